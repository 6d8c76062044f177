"""Ears and mouth against the simulated speech service, and what becomes of them when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from django.conf import settings
from livekit import rtc
from livekit.agents import stt

from agents import voice
from agents.voice import Ears, Mouth, Sense, Troubles
from tests.caller import RATE, has_voice, speech
from tests.simulator import Simulator

pytestmark = pytest.mark.skipif(not has_voice(), reason="no espeak-ng here: nobody can speak")

SENTENCE = "I led the renewal of our largest customer myself."
Changes = list[tuple[Sense, bool]]


@pytest.fixture
def service(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr(settings, "SPEECH_BASE_URL", simulator.base_url)
    monkeypatch.setattr(settings, "SPEECH_API_KEY", "simulated")
    simulator.control(sentences=[SENTENCE])
    return simulator


def _hear(text: str, changes: Changes, *, times: int = 1) -> list[stt.SpeechEvent]:
    async def hear() -> list[stt.SpeechEvent]:
        ears = Ears(Troubles(lambda sense, works: changes.append((sense, works))))
        # As it comes from a room: at 16 kHz, with half a second of silence around it.
        samples = np.frombuffer(bytes(RATE) + speech(text) + bytes(RATE), dtype=np.int16)[::3]
        frame = rtc.AudioFrame(samples.tobytes(), RATE // 3, 1, len(samples))
        return [await ears.recognize([frame]) for _ in range(times)]

    return asyncio.run(hear())


def _speak(text: str, changes: Changes, *, times: int = 1) -> list[rtc.AudioFrame]:
    async def speak() -> list[rtc.AudioFrame]:
        mouth = Mouth(Troubles(lambda sense, works: changes.append((sense, works))))
        try:
            return [await mouth.synthesize(text).collect() for _ in range(times)]
        finally:
            await mouth.aclose()

    return asyncio.run(speak())


def _loudness(frame: rtc.AudioFrame) -> float:
    samples = np.frombuffer(frame.data, dtype=np.int16).astype(np.float32)
    return float(np.sqrt(np.mean(samples * samples)))


def test_ears_hear_what_is_said(service: Simulator) -> None:
    changes: Changes = []
    [heard] = _hear(SENTENCE, changes)
    assert heard.alternatives[0].text == SENTENCE
    assert changes == []


def test_ears_of_a_failing_service_hear_nothing_and_say_so_once(service: Simulator) -> None:
    service.control(next_audio=["500"] * 4)
    changes: Changes = []
    first, second, third = _hear(SENTENCE, changes, times=3)
    assert (first.alternatives, second.alternatives) == ([], [])
    assert third.alternatives[0].text == SENTENCE
    assert changes == [(Sense.HEARING, False), (Sense.HEARING, True)]


def test_ears_survive_one_failed_request(service: Simulator) -> None:
    service.control(next_audio=["503"])
    changes: Changes = []
    [heard] = _hear(SENTENCE, changes)
    assert heard.alternatives[0].text == SENTENCE
    assert changes == []


def test_mouth_speaks(service: Simulator) -> None:
    changes: Changes = []
    [sound] = _speak(SENTENCE, changes)
    assert sound.duration > 1.5
    assert _loudness(sound) > 500
    assert changes == []


def test_mouth_of_a_failing_service_is_silent_for_a_moment_and_is_left_alone(service: Simulator) -> None:
    service.control(next_audio=["500", "500"])
    before = len(service.calls())
    changes: Changes = []
    first, second = _speak(SENTENCE, changes, times=2)
    assert (_loudness(first), _loudness(second)) == (0.0, 0.0)
    assert first.duration < 0.5
    assert changes == [(Sense.SPEAKING, False)]
    assert len(service.calls()) - before == 2  # the second sentence did not wait for the service again


def test_mouth_speaks_at_the_second_attempt(service: Simulator) -> None:
    service.control(next_audio=["disconnect"])
    changes: Changes = []
    [sound] = _speak(SENTENCE, changes)
    assert _loudness(sound) > 500
    assert changes == []


def test_mouth_of_a_service_that_hangs_does_not_hang(service: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "FIRST_SOUND_SECONDS", 0.5)
    service.control(next_audio=["hang", "hang"])
    changes: Changes = []
    [sound] = _speak(SENTENCE, changes)
    assert _loudness(sound) == 0.0
    assert changes == [(Sense.SPEAKING, False)]


def test_ears_of_a_service_that_hangs_do_not_hang(service: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "HEARING_SECONDS", 0.5)
    service.control(next_audio=["hang"])
    changes: Changes = []
    [heard] = _hear(SENTENCE, changes)
    assert heard.alternatives == []
    assert changes == [(Sense.HEARING, False)]


def test_mouth_without_a_service_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SPEECH_BASE_URL", "http://127.0.0.1:9/v1")
    changes: Changes = []
    [sound] = _speak(SENTENCE, changes)
    assert _loudness(sound) == 0.0
    assert changes == [(Sense.SPEAKING, False)]
