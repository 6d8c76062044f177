"""The simulated speech service, as OpenAI's client and LiveKit's plugin meet it."""

from __future__ import annotations

import array
import asyncio
import io
import random
import shutil
import statistics
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from llm.simulator import ears, voice
from tests import processes
from tests.simulator import Simulator
from tests.timing import quickest

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
pytest.importorskip("pocketsphinx")

SENTENCES = [
    "I led a team of six engineers for three years.",
    "We cut the cost of hosting by half, and nobody noticed.",
    "I would rather not say.",
    "What does a normal week look like?",
]


@pytest.fixture
def client(simulator: Simulator) -> openai.OpenAI:
    return openai.OpenAI(base_url=simulator.base_url, api_key="any", max_retries=0, timeout=60)


def said(client: openai.OpenAI, text: str, form: Any = "wav", **options: Any) -> bytes:
    options = {"model": "gpt-4o-mini-tts", "voice": "alloy"} | options
    return client.audio.speech.create(input=text, response_format=form, **options).content


def heard(client: openai.OpenAI, sound: bytes, name: str = "said.wav") -> str:
    return client.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=(name, sound)).text


def seconds_of(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        return file.getnframes() / file.getframerate()


# --- speech


def test_speech_is_sound_of_a_likely_length(client: openai.OpenAI, simulator: Simulator) -> None:
    wav = said(client, SENTENCES[0])
    assert 2 < seconds_of(wav) < 6
    pcm = said(client, SENTENCES[0], "pcm")
    assert len(pcm) / 48_000 == pytest.approx(seconds_of(wav), abs=0.01)
    assert len(set(pcm)) > 50  # no silence
    assert len(said(client, SENTENCES[0], "pcm", speed=2.0)) < 0.7 * len(pcm)
    assert said(client, SENTENCES[0], "pcm", voice="nova") != pcm
    entry = simulator.calls()[0]
    assert (entry["kind"], entry["said"], entry["status"]) == ("speech", SENTENCES[0], 200)
    assert entry["sound_seconds"] == pytest.approx(seconds_of(wav), abs=0.01)


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_speech_comes_in_each_form_that_is_asked_for(client: openai.OpenAI, form: str) -> None:
    import av

    with av.open(io.BytesIO(said(client, SENTENCES[0], form))) as file:
        frames = list(file.decode(audio=0))
    seconds = sum(frame.samples / frame.sample_rate for frame in frames)
    assert seconds == pytest.approx(len(said(client, SENTENCES[0], "pcm")) / 48_000, abs=0.2)


def test_what_was_said_before_is_said_at_once(client: openai.OpenAI) -> None:
    text = "This sentence was never said before in this session."
    first = said(client, text)
    assert said(client, text) == first
    assert quickest(lambda: said(client, text), below=0.05, tries=20) < 0.05


@pytest.mark.parametrize("body", [{"input": ""}, {"input": "x" * 5000}, {"response_format": "vinyl"}])
def test_speech_that_cannot_be_is_refused(client: openai.OpenAI, body: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(**{"input": "Hello.", "model": "m", "voice": "alloy"} | body)


def test_speech_takes_the_time_it_was_told_to_take(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(speech_seconds=0.4)
    assert 0.4 <= quickest(lambda: said(client, SENTENCES[2]), below=0.9) < 0.9


# --- transcriptions


def test_sentences_are_heard_as_they_were_written(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    for sentence in SENTENCES:
        assert heard(client, said(client, sentence)) == sentence
    entries = [entry for entry in simulator.calls() if entry["kind"] == "transcription"]
    assert [entry["said"] for entry in entries] == SENTENCES
    assert all(entry["sound_seconds"] > 0.5 for entry in entries)


def test_several_sentences_and_parts_of_one_are_heard(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    both = f"{SENTENCES[2]} {SENTENCES[0]}"
    assert heard(client, said(client, both)) == both
    part = "We cut the cost of hosting by half,"
    assert heard(client, said(client, part)) == part


def test_names_and_numbers_that_no_dictionary_has_are_heard(client: openai.OpenAI, simulator: Simulator) -> None:
    sentences = ["My name is Priyanka Okonkwo.", "I sold 7 licences to Zyntrexa.", "It was in Kraków."]
    simulator.control(sentences=sentences)
    for sentence in sentences:
        assert heard(client, said(client, sentence)) == sentence


def test_other_sentences_can_be_told_at_any_time(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    assert heard(client, said(client, SENTENCES[0])) == SENTENCES[0]
    simulator.control(sentences=["Something else was said."])
    assert heard(client, said(client, "Something else was said.")) == "Something else was said."


def test_ordinary_words_are_heard_without_sentences(client: openai.OpenAI) -> None:
    words = set(heard(client, said(client, "I want to work with people.")).split())
    assert len(words & {"i", "want", "to", "work", "with", "people"}) >= 3, words


@pytest.mark.parametrize("form", ["mp3", "flac"])
def test_other_forms_of_sound_are_heard_too(client: openai.OpenAI, simulator: Simulator, form: str) -> None:
    simulator.control(sentences=SENTENCES)
    assert heard(client, said(client, SENTENCES[0], form), f"said.{form}") == SENTENCES[0]


def test_what_is_no_sound_is_refused_and_the_next_is_heard(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    for _ in range(5):
        with pytest.raises(openai.BadRequestError):
            heard(client, b"this is no sound")
    assert heard(client, said(client, SENTENCES[1])) == SENTENCES[1]


def test_forms_of_a_transcription(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    sound = ("said.wav", said(client, SENTENCES[0]))
    text = client.audio.transcriptions.create(model="whisper-1", file=sound, response_format="text")
    assert str(text).strip() == SENTENCES[0]
    whole = client.audio.transcriptions.create(model="whisper-1", file=sound, response_format="verbose_json")
    assert (whole.text, whole.language) == (SENTENCES[0], "english")
    with pytest.raises(openai.BadRequestError):
        client.audio.transcriptions.create(model="whisper-1", file=sound, response_format="srt")


def test_transcription_takes_the_time_it_was_told_to_take(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    sound = said(client, SENTENCES[2])
    heard(client, sound)
    simulator.control(transcription_seconds=0.8)
    assert 0.8 <= quickest(lambda: heard(client, sound), below=1.2) < 1.2


def test_four_rooms_at_once_are_heard_while_the_server_answers(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    sounds = [said(client, sentence) for sentence in SENTENCES]
    heard(client, sounds[0])
    waits: list[float] = []
    with ThreadPoolExecutor(max_workers=4) as rooms:
        answers = [rooms.submit(heard, client, sound) for sound in sounds * 3]
        while not all(answer.done() for answer in answers):
            began = time.monotonic()
            client.models.list()
            waits.append(time.monotonic() - began)
            time.sleep(0.02)
    assert [answer.result() for answer in answers] == SENTENCES * 3
    assert statistics.median(waits) < 0.25


@pytest.mark.parametrize(
    ("fault", "error"),
    [("401", openai.AuthenticationError), ("429", openai.RateLimitError), ("503", openai.InternalServerError)],
)
def test_speech_and_transcriptions_fail_on_demand(
    client: openai.OpenAI, simulator: Simulator, fault: str, error: type[Exception]
) -> None:
    sound = said(client, SENTENCES[0])
    simulator.control(next_audio=[fault, fault, "ok"], sentences=SENTENCES)
    with pytest.raises(error):
        said(client, SENTENCES[0])
    with pytest.raises(error):
        heard(client, sound)
    assert heard(client, sound) == SENTENCES[0]


def test_a_caller_that_goes_away_costs_nobody_else_anything(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES, next_audio=["hang", "disconnect"])
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=1.5).audio.speech.create(input="Hello.", model="m", voice="alloy")
    with pytest.raises(openai.APIConnectionError):
        said(client, "Hello.")
    assert heard(client, said(client, SENTENCES[3])) == SENTENCES[3]
    processes.wait_until(
        lambda: [entry["status"] for entry in simulator.calls()[:2]] == [499, 499], what="both noted as gone"
    )


# --- as LiveKit's plugin speaks and listens


def test_livekits_plugin_speaks_and_listens(simulator: Simulator) -> None:
    from livekit import rtc
    from livekit.agents import utils
    from livekit.plugins import openai as plugin

    simulator.control(sentences=SENTENCES)

    async def talk() -> tuple[str, float, str]:
        options: dict[str, Any] = {"base_url": simulator.base_url, "api_key": "any"}
        async with utils.http_context.open():
            for form in ("pcm", "wav", "mp3"):
                tts = plugin.TTS(model="gpt-4o-mini-tts", voice="alloy", response_format=form, **options)
                frames = [event.frame async for event in tts.synthesize(SENTENCES[0])]
                stt = plugin.STT(model="gpt-4o-mini-transcribe", **options)
                told = await stt.recognize(rtc.combine_audio_frames(frames))
                await tts.aclose()
                await stt.aclose()
                assert told.alternatives[0].text == SENTENCES[0], form
        return told.alternatives[0].text, sum(frame.duration for frame in frames), told.alternatives[0].language

    text, seconds, language = asyncio.run(talk())
    assert text == SENTENCES[0]
    assert 2 < seconds < 6
    assert language == "en"


# --- words and what they are written as


def test_parts_are_found_again_in_what_was_heard() -> None:
    parts = ears.parts_of(SENTENCES)
    assert "We cut the cost of hosting by half," in parts.values()
    words = ["and", "nobody", "noticed", "i", "would", "rather", "not", "say", "um"]
    assert ears.as_written(words, parts) == "and nobody noticed. I would rather not say. um"
    assert ears.as_written([], parts) == ""
    assert ears.as_written(["i", "would", "rather", "not", "say", "what"], parts) == "I would rather not say."
    assert ears.as_written(["what"], parts) == ""
    assert ears.as_written(["what", "does", "a"], parts) == "what does a"


def test_noise_is_not_heard_as_a_sentence(client: openai.OpenAI, simulator: Simulator) -> None:
    simulator.control(sentences=SENTENCES)
    chance = random.Random(3)
    for loudness in (0, 100, 2_000):
        samples = array.array("h", [chance.randint(-loudness, loudness) for _ in range(24_000)])
        assert heard(client, voice.as_wav(samples.tobytes(), 24_000)) == ""


def test_an_unknown_word_gets_its_sounds() -> None:
    assert ears.sounds_of("zyntrexa").split()[:3] == ["Z", "IH", "N"]
    assert ears.sounds_of("7").split() == ["S", "EH", "V", "AH", "N"]
