"""Ears, mouth and manners of an agent in a room: hearing and speaking by the configured service, and when to do which.

Any service with OpenAI's /audio/transcriptions and /audio/speech serves (SPEECH_*). What tells speech from noise, and
the end of a turn from a pause for thought, runs inside this process, from models that come with livekit-agents.

A speech service that fails must not end or stall an interview. So the ears return "nothing understood" and the mouth a
moment of silence where the service gives no answer: the words still go out as captions, typed answers are still taken,
and whoever holds the conversation is told (`Troubles`) and can say so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, cast

from django.conf import settings
from livekit.agents import (
    AgentSession,
    APIConnectOptions,
    APIError,
    inference,
    stt,
    tts,
)
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions, TextInputOptions
from livekit.agents.voice.room_io.types import TextInputCallback
from livekit.plugins.openai import stt as openai_stt
from livekit.plugins.openai import tts as openai_tts

from agents.people import DOOR

# Silence after which what was said so far is transcribed. Shorter cuts sentences to pieces, which are heard worse.
PAUSE_SECONDS = 0.4
# Nothing said by anybody for so long is a silence, and the agent's to break.
SILENCE_SECONDS = 20.0
# Speech of the human, while the agent talks, from which on it counts as an interruption.
INTERRUPTION_SECONDS = 0.5

# Words that were heard as sound and are no text after so long were not understood.
UNDERSTANDING_SECONDS = 9.0

# How long the speech service may take: to understand, over all attempts, and to begin to speak, at each of two.
HEARING_SECONDS = 8.0
FIRST_SOUND_SECONDS = 5.0
# A service that failed is not asked again for so long, or every sentence would wait for it.
REST_SECONDS = 10.0

# 16 kHz is what the models in here hear; any other rate would be converted for each of them.
_HEARD_RATE = 16_000
_ATTEMPTS = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=4.0)
_ONE_ATTEMPT = APIConnectOptions(max_retry=0, timeout=4.0)
_SILENT_PCM = bytes(openai_tts.SAMPLE_RATE * 2 // 5)  # 0.2 s of it, 16 bit


class Sense(StrEnum):
    HEARING = "hearing"
    SPEAKING = "speaking"


# Called with the sense, and whether it works, each time that changes.
OnChange = Callable[[Sense, bool], None]


class Troubles:
    """Which senses work. `on_change` hears of every change, once."""

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._failed_at: dict[Sense, float] = {}

    def failed(self, sense: Sense) -> None:
        is_new = sense not in self._failed_at
        self._failed_at[sense] = time.monotonic()
        if is_new:
            self._on_change(sense, False)

    def works(self, sense: Sense) -> None:
        if self._failed_at.pop(sense, None) is not None:
            self._on_change(sense, True)

    def rests(self, sense: Sense) -> bool:
        """Whether it failed a moment ago and should not be tried yet."""
        failed_at = self._failed_at.get(sense)
        return failed_at is not None and time.monotonic() - failed_at < REST_SECONDS


class Ears(openai_stt.STT):
    """Speech to text. Where the service fails, nothing was understood; it never raises."""

    def __init__(self, troubles: Troubles) -> None:
        super().__init__(
            model=settings.SPEECH_TO_TEXT_MODEL,
            base_url=settings.SPEECH_BASE_URL,
            api_key=settings.SPEECH_API_KEY or "none",
        )
        self.troubles = troubles

    async def recognize(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = _ATTEMPTS,
    ) -> stt.SpeechEvent:
        try:
            async with asyncio.timeout(HEARING_SECONDS):
                heard = await super().recognize(buffer, language=language, conn_options=conn_options)
        except (APIError, TimeoutError):
            self.troubles.failed(Sense.HEARING)
            return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT)
        self.troubles.works(Sense.HEARING)
        return heard


class Mouth(openai_tts.TTS):
    """Text to speech. Where the service fails, a moment of silence is "spoken", and the words go out as text alone."""

    def __init__(self, troubles: Troubles) -> None:
        super().__init__(
            model=settings.TEXT_TO_SPEECH_MODEL,
            voice=settings.TEXT_TO_SPEECH_VOICE,
            speed=settings.TEXT_TO_SPEECH_SPEED,
            base_url=settings.SPEECH_BASE_URL,
            api_key=settings.SPEECH_API_KEY or "none",
            # Raw samples need no decoder, and the first of them can be played as soon as they come.
            response_format="pcm",
        )
        self.troubles = troubles

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = _ONE_ATTEMPT) -> tts.ChunkedStream:
        return _Utterance(tts=self, input_text=text, conn_options=conn_options)


class _Utterance(openai_tts.ChunkedStream):
    """One sentence on its way to sound."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        troubles = cast(Mouth, self._tts).troubles
        if not troubles.rests(Sense.SPEAKING):
            for _ in range(2):
                sound = _Sound(output_emitter)
                try:
                    async with asyncio.timeout(FIRST_SOUND_SECONDS) as limit:
                        sound.on_begin = partial(limit.reschedule, None)
                        await super()._run(cast(tts.AudioEmitter, sound))
                except (APIError, TimeoutError):
                    pass
                if sound.began:  # what came is heard, even where the rest is missing
                    troubles.works(Sense.SPEAKING)
                    output_emitter.flush()
                    return
            troubles.failed(Sense.SPEAKING)
        sound = _Sound(output_emitter)
        sound.initialize(
            request_id="silence",
            sample_rate=openai_tts.SAMPLE_RATE,
            num_channels=openai_tts.NUM_CHANNELS,
            mime_type="audio/pcm",
        )
        sound.push(_SILENT_PCM)
        sound.flush()


class _Sound:
    """Stands before the emitter, which can be begun once only, until the first sound has really come."""

    def __init__(self, emitter: tts.AudioEmitter) -> None:
        self._emitter = emitter
        self._options: dict[str, Any] = {}
        self.began = False
        self.on_begin: Callable[[], None] | None = None

    def initialize(self, **options: Any) -> None:
        self._options = options | {"request_id": options.get("request_id") or "none"}

    def push(self, data: bytes) -> None:
        if not self.began:
            self.began = True
            if self.on_begin is not None:
                self.on_begin()
            self._emitter.initialize(**self._options)
        self._emitter.push(data)

    def flush(self) -> None:
        if self.began:
            self._emitter.flush()


def _to_nobody(sense: Sense, works: bool) -> None:
    """Nobody uses these senses yet."""


_ready: list[tuple[Ears, Mouth]] = []


def make_ready() -> None:
    """Make the senses of this process's one conversation. Their clients take a third of a second to build, which would
    stand between a person who has come and the first word."""
    if not _ready:
        troubles = Troubles(_to_nobody)
        ears, mouth = Ears(troubles), Mouth(troubles)
        # The client imports these when they are first used, and the event loop would stand still for that.
        _ = ears._client.audio.transcriptions, mouth._client.audio.speech.with_streaming_response
        _ready.append((ears, mouth))


def new_session(*, on_change: OnChange, language: str = "en") -> AgentSession[Any]:
    """A session that hears and speaks `language`. `on_change` is told when a sense stops working, and works again."""
    make_ready()
    ears, mouth = _ready.pop()
    ears.update_options(language=language)
    ears.troubles = mouth.troubles = Troubles(on_change)
    return AgentSession(
        stt=ears,
        tts=mouth,
        llm=DOOR,
        vad=inference.VAD(min_silence_duration=PAUSE_SECONDS),
        turn_handling={
            "turn_detection": inference.TurnDetector(version="v1-mini"),
            "endpointing": {
                "mode": "fixed",
                "min_delay": settings.TURN_WAIT_SECONDS,
                "max_delay": max(settings.TURN_WAIT_SECONDS, settings.TURN_LONGEST_WAIT_SECONDS),
            },
            "interruption": {
                "enabled": True,
                "mode": "vad",
                "min_duration": INTERRUPTION_SECONDS,
                "resume_false_interruption": True,
            },
            # A transcript comes after the pause that ends a turn, so asking the model before the turn has ended would
            # gain next to nothing, and would cost a call for each time that somebody goes on after all.
            "preemptive_generation": {"enabled": False},
        },
        user_away_timeout=SILENCE_SECONDS,
        transcription_timeout=UNDERSTANDING_SECONDS,
        # Browsers take the echo out of what their microphone hears.
        aec_warmup_duration=None,
        conn_options=SessionConnectOptions(
            stt_conn_options=_ATTEMPTS,
            tts_conn_options=_ONE_ATTEMPT,
            llm_conn_options=_ONE_ATTEMPT,
            # The session must not close itself over an error: whoever holds it decides.
            max_unrecoverable_errors=1_000_000,
        ),
    )


def room_options(*, on_text: TextInputCallback, identity: str) -> RoomOptions:
    """How a session stands in its room: sound both ways, captions of both sides, typed words taken as spoken ones.

    It stays when the human leaves, who may just be reloading the page. `identity` is the human's.
    """
    return RoomOptions(
        audio_input=AudioInputOptions(sample_rate=_HEARD_RATE, frame_size_ms=32, auto_gain_control=False),
        text_input=TextInputOptions(text_input_cb=on_text),
        participant_identity=identity,
        close_on_disconnect=False,
        delete_room_on_close=False,
    )


__all__ = ["Ears", "Mouth", "Sense", "Troubles", "new_session", "room_options"]
