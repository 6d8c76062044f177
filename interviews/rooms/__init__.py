"""Rooms: made, entered, left and closed, with LiveKit behind them where people speak.

    room = rooms.make(interviewer_name=…, made_by=user, agent_name="interviewer-agent")
    token = rooms.admit(room, name="Ada", type=ParticipantType.CANDIDATE)
    holder = rooms.holder_of(token.token)
    rooms.close(room, reason=EndReason.BY_PERSON)

Postgres holds the truth; LiveKit is told of it, and asked what it knows by `sweep`, so a call or a webhook that was
lost costs seconds. Nothing else in Greenroom speaks to the LiveKit server (see `server`).
"""

from interviews.rooms.configuration import is_voice_configured, voice_hint, voice_missing
from interviews.rooms.dispatching import dispatch
from interviews.rooms.life import admit, close, made_for, make, remove
from interviews.rooms.sweeping import sweep
from interviews.rooms.tokens import Holder, Token, holder_of

__all__ = [
    "Holder",
    "Token",
    "admit",
    "close",
    "dispatch",
    "holder_of",
    "is_voice_configured",
    "made_for",
    "make",
    "remove",
    "sweep",
    "voice_hint",
    "voice_missing",
]
