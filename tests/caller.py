"""A person on the line: joins a LiveKit room, speaks in a computer's voice, hears what is played, reads the captions.

    async with Caller(url, token) as caller:
        await caller.heard_until_quiet()
        ended = await caller.say("I would rather not answer that.")
        began = await caller.next_sound(after=ended)

Times are of `time.monotonic()`, taken where the caller's own sound leaves and where the agent's arrives: what a person
at a telephone would measure. Speech comes from espeak-ng, with silence behind it as from an open microphone.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import subprocess
import time
import wave
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from livekit import rtc

RATE = 48_000
FRAME = RATE // 100  # 10 ms
# Louder than this (of 32,768, as root mean square over 10 ms) is sound; silence through Opus stays far below.
LOUD = 200.0
# Pauses within speech are shorter than this.
PAUSE_SECONDS = 0.7


def has_voice() -> bool:
    """Whether espeak-ng is there to speak."""
    return shutil.which("espeak-ng") is not None


@lru_cache(maxsize=256)
def speech(text: str, *, words_per_minute: int = 160) -> bytes:
    """`text` spoken: 48 kHz, 16 bit, one channel, without silence before and behind."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", "en-us", "-s", str(words_per_minute), "--stdout", text], check=True, capture_output=True
    ).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(np.float32)
    loud = np.flatnonzero(np.abs(samples) > 300)
    samples = samples[loud[0] : loud[-1] + 1]
    places = np.arange(0, len(samples), rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16).tobytes()


@dataclass
class Caption:
    """One line of captions as it stands; it grows while it is spoken."""

    id: str
    identity: str
    text: str = ""
    is_final: bool = False


class Caller:
    """See the module. `identity` and room come from the token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.room = rtc.Room()
        self.captions: list[Caption] = []
        self.left: asyncio.Event = asyncio.Event()  # the room was closed, or we were thrown out
        self.agent_came: list[float] = []
        # Stretches of sound heard: [began, ended]; the last one may go on.
        self.sounds: list[list[float]] = []
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=50)
        self._to_say = bytearray()
        self._said: asyncio.Future[float] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Caller:
        await self.join()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def join(self, *, microphone: bool = True) -> None:
        self.room.on("track_subscribed", self._on_track)
        self.room.on("disconnected", lambda *_: self.left.set())
        self.room.on("participant_connected", self._on_participant)
        self.room.register_text_stream_handler("lk.transcription", self._on_caption)
        await self.room.connect(self.url, self.token)
        for participant in self.room.remote_participants.values():
            self._on_participant(participant)
        if microphone:
            track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
            await self.room.local_participant.publish_track(
                track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            )
            self._start(self._speak())

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self.room.disconnect()

    @property
    def agent(self) -> rtc.RemoteParticipant | None:
        """The agent in the room, if one is there."""
        kind = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        return next((one for one in self.room.remote_participants.values() if one.kind == kind), None)

    async def say(self, text: str, **voice: Any) -> float:
        """Say something; returns when the last of it has left the microphone, with that time."""
        self._said = asyncio.get_running_loop().create_future()
        self._to_say += speech(text, **voice)
        return await self._said

    def hush(self) -> None:
        """Stop speaking, in the middle of a word if need be."""
        self._to_say.clear()

    async def type(self, text: str, *, key: str = "") -> None:
        """Send words instead of saying them; under a `key`, as the room's page does, which is the same for a repeat."""
        attributes = {"key": key} if key else None
        await self.room.local_participant.send_text(text, topic="lk.chat", attributes=attributes)

    async def next_sound(self, *, after: float, timeout: float = 120.0) -> float:
        """When the agent was first heard after a moment: the beginning of a stretch of sound."""
        async with asyncio.timeout(timeout):
            while True:
                for began, _ in self.sounds:
                    if began >= after:
                        return began
                await asyncio.sleep(0.005)

    async def heard_until_quiet(self, *, after: float = 0.0, timeout: float = 120.0) -> float:
        """Wait until the agent was heard after a moment and has been quiet for a while; returns when it fell quiet."""
        async with asyncio.timeout(timeout):
            while True:
                if self.sounds and self.sounds[-1][1] > after and time.monotonic() - self.sounds[-1][1] > PAUSE_SECONDS:
                    return self.sounds[-1][1]
                await asyncio.sleep(0.02)

    async def caption(self, *, holding: str = "", by_agent: bool = True, timeout: float = 120.0) -> Caption:
        """The first finished caption of one side that holds certain words."""
        async with asyncio.timeout(timeout):
            while True:
                for caption in self.captions:
                    own = caption.identity == self.room.local_participant.identity
                    if caption.is_final and own != by_agent and holding.lower() in caption.text.lower():
                        return caption
                await asyncio.sleep(0.02)

    async def _speak(self) -> None:
        """Sound or silence, ten milliseconds at a time, as a microphone gives it."""
        silence = bytes(FRAME * 2)
        while True:
            was_speaking = bool(self._to_say)
            data = bytes(self._to_say[: FRAME * 2]).ljust(FRAME * 2, b"\0") if was_speaking else silence
            del self._to_say[: FRAME * 2]
            await self._source.capture_frame(rtc.AudioFrame(data, RATE, 1, FRAME))
            if was_speaking and not self._to_say and self._said is not None and not self._said.done():
                # What is queued has yet to leave.
                self._said.set_result(time.monotonic() + self._source.queued_duration)

    def _on_participant(self, participant: rtc.RemoteParticipant) -> None:
        if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            self.agent_came.append(time.monotonic())

    def _on_track(
        self, track: rtc.RemoteTrack, _: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT:
            self._start(self._listen(track))

    async def _listen(self, track: rtc.RemoteTrack) -> None:
        stream = rtc.AudioStream(track, sample_rate=16_000, num_channels=1)
        try:
            async for event in stream:
                samples = np.frombuffer(event.frame.data, dtype=np.int16).astype(np.float32)
                if len(samples) and float(np.sqrt(np.mean(samples * samples))) > LOUD:
                    self._heard(time.monotonic())
        finally:
            await stream.aclose()

    def _heard(self, now: float) -> None:
        if self.sounds and now - self.sounds[-1][1] < PAUSE_SECONDS:
            self.sounds[-1][1] = now
        else:
            self.sounds.append([now, now])

    def _on_caption(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._start(self._read(reader, identity))

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        attributes = reader.info.attributes or {}
        id_ = attributes.get("lk.segment_id") or reader.info.stream_id
        caption = next((one for one in self.captions if one.id == id_), None)
        if caption is None:
            caption = Caption(id_, identity)
            self.captions.append(caption)
        text = ""
        async for piece in reader:
            text += piece
            caption.text = text
        caption.is_final = attributes.get("lk.transcription_final") == "true" or caption.is_final
        if (reader.info.attributes or {}).get("lk.transcription_final") == "true":
            caption.text = text

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
