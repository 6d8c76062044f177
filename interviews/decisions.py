"""What a person decides on an interview: the recommendation confirmed, or overridden with a reason. Rows only grow."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from candidates import profiles
from candidates.profiles.editing import Gone
from interviews import lifecycle, room_events
from interviews.errors import WrongState
from interviews.models import Decision, Interview
from interviews.states import InterviewState, Recommendation, Role
from llm.errors import GreenroomError

LONGEST_REASON = 5_000


class ReasonRequired(GreenroomError):
    """A decision other than the proposed one needs a reason."""

    code = "reason_required"
    status = 400


class Overtaken(GreenroomError):
    """Somebody else decided while this decision was made: whoever saves over it shall know it."""

    code = "wrong_state"
    status = 409


def decide(
    interview: Interview,
    *,
    recommendation: Recommendation | str,
    reason: str = "",
    actor: User | None,
    last_seen: int | None = None,
) -> Decision:
    """Keep a person's word on an interview; return the new row. Earlier decisions stay, the newest one counts.

    What differs from the analysis's recommendation, or is decided without one, needs a reason. Where a person was
    interviewed the candidate's recommendation follows, with its history; where an AI played the candidate nothing does.
    `last_seen` is the id of the newest decision that the person had before them (0: none; None: not looked at).
    Raises ReasonRequired, Overtaken where another decision came in between, WrongState for an interview that is not
    completed, or Refused for an unknown recommendation.
    """
    if recommendation not in Recommendation.values:
        raise profiles.Refused("There is no such recommendation.", fields={"recommendation": ["Unknown."]})
    chosen = Recommendation(recommendation)
    why = reason.replace("\x00", "").strip()[:LONGEST_REASON]
    with transaction.atomic():
        # The order of locks everywhere: room, interview, candidate.
        room = room_events.locked(interview.room_id)
        interview.refresh_from_db(fields=["status", "role", "candidate"])
        if interview.status != InterviewState.COMPLETED:
            raise WrongState(
                f"This interview is “{interview.get_status_display()}”; only a completed one can be decided."
            )
        before = interview.decisions.select_related("actor").first()
        if last_seen is not None and before is not None and before.pk != last_seen:
            raise Overtaken(
                f"{before.actor or 'Somebody'} has decided “{before.recommendation}” in the meantime. Look at that "
                "first; if you save again, yours counts."
            )
        newest = room.analyses.first()
        proposed = str(newest.result["recommendation"]) if newest is not None else ""
        if chosen != proposed and not why:
            message = "Say why it differs from what was proposed." if proposed else "Nothing was proposed: say why."
            raise ReasonRequired(message, fields={"reason": [message]})
        decision = Decision.objects.create(
            interview=interview, recommendation=chosen, proposed=proposed, reason=why, actor=actor
        )
        decision.refresh_from_db(fields=["created_at"])
        lifecycle.refresh_awaiting(interview.room_id)
        if interview.role != Role.INTERVIEWER:
            _tell_candidate(interview, chosen, actor)
    return decision


def _tell_candidate(interview: Interview, chosen: Recommendation, actor: User | None) -> None:
    try:
        profiles.record_interview(
            candidate=interview.candidate,
            recommendation=chosen.value,
            actor=actor,
            actor_label="" if actor is not None else "Interview decision",
        )
    except Gone:
        raise WrongState("The candidate was deleted. Restore them before you decide.") from None
