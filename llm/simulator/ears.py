"""Ears: pocketsphinx in processes of its own, which are spoken to through a pipe.

`python -m llm.simulator.ears` reads requests from its input, each a line of JSON ({"bytes", "sentences"}) and so many
bytes of a sound file, and answers each with a line of JSON ({"text", "seconds"} or {"error"}). It ends with its input.

Where sentences are given, nothing else is heard: a grammar of their parts, in any order and number, so that it does not
matter where a pause cut an utterance. What was heard is given back as it was written. Without sentences ordinary words
are heard by the general language model, which understands clear speech about as well as it did in 2015.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import hashlib
import io
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import unicodedata
from typing import IO, Any

RATE = 16_000
_ROOM_SECONDS = 0.3
_ROOM_NOISE = 20  # of 32,768
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
_PART = re.compile(r"[^.!?;:,—–]+[.!?;:,—–]*")
# The sounds of English in the alphabet that espeak-ng writes, and in the one that the dictionary is written in.
_SAID_AS = (
    "tʃ=CH dʒ=JH aɪ=AY aʊ=AW eɪ=EY oʊ=OW əʊ=OW ɔɪ=OY əl=AH+L ɑː=AA ɔː=AO ɜː=ER iː=IY uː=UW oː=AO ɐ=AH ᵻ=IH ɑ=AA æ=AE "
    "ʌ=AH ə=AH ɔ=AO ɛ=EH ɚ=ER ɝ=ER ɪ=IH i=IY ʊ=UH u=UW e=EY a=AA o=OW ɒ=AA b=B d=D ð=DH f=F ɡ=G g=G h=HH j=Y k=K l=L "
    "m=M n=N ŋ=NG p=P ɹ=R r=R s=S ʃ=SH t=T ɾ=D θ=TH v=V w=W z=Z ʒ=ZH"
)
_SOUNDS = {pair.partition("=")[0]: pair.partition("=")[2].replace("+", " ") for pair in _SAID_AS.split()}
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))


def words_of(text: str) -> list[str]:
    """The words of a text as the grammar knows them: small letters without accents, and digits."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def parts_of(sentences: list[str]) -> dict[tuple[str, ...], str]:
    """The parts of sentences between two marks, by their words."""
    parts = (part.strip() for sentence in sentences for part in _PART.findall(sentence))
    return {tuple(words): part for part in parts if (words := words_of(part))}


def as_written(words: list[str], parts: dict[tuple[str, ...], str]) -> str:
    """Words that were heard as the texts that they are the words of; words of no part stay as they are.

    But the beginning of a part behind a whole one is left out, and so is a single first word: breath and other noise
    sound like many things.
    """
    written: list[str] = []
    longest = max(map(len, parts), default=0)
    position = 0
    while position < len(words):
        for length in range(min(longest, len(words) - position), 0, -1):
            if part := parts.get(tuple(words[position : position + length])):
                written.append(part)
                position += length
                break
        else:
            rest = tuple(words[position:])
            if (written or len(rest) == 1) and any(part[: len(rest)] == rest for part in parts):
                break
            written.append(words[position])
            position += 1
    return " ".join(written)


class Listener:
    """Two decoders, each made when needed: one with a search for each set of sentences, one for ordinary words."""

    def __init__(self) -> None:
        from pocketsphinx import get_model_path

        self._model = get_model_path("en-us")
        self._for_sentences: Any = None
        self._for_words: Any = None
        self._searches: set[str] = set()

    def hear(self, sound: bytes, sentences: list[str]) -> tuple[str, float]:
        """What is said in a sound file, and how many seconds it takes."""
        samples = decoded(sound) if sound else b""
        parts = parts_of(sentences)
        decoder = self._ready_for(parts) if parts else self._ready_for_words()
        if not samples:
            return "", 0.0
        decoder.start_utt()
        decoder.process_raw(with_room(samples), no_search=False, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        words = re.sub(r"\(\d+\)", "", heard.hypstr).split() if heard else []
        return as_written(words, parts), len(samples) / (2 * RATE)

    def _ready_for_words(self) -> Any:
        if self._for_words is None:
            self._for_words = self._decoder(lm=f"{self._model}/en-us.lm.bin")
        return self._for_words

    def _ready_for(self, parts: dict[tuple[str, ...], str]) -> Any:
        if self._for_sentences is None:
            # Narrower beams than usual: some sentences leave little to confuse, and this saves a fifth of the time.
            self._for_sentences = self._decoder(lm=None, beam=1e-40, pbeam=1e-40, wbeam=1e-25)
        decoder = self._for_sentences
        name = hashlib.sha256(json.dumps(sorted(parts.values())).encode()).hexdigest()[:16]
        if name not in self._searches:
            for word in {word for part in parts for word in part}:
                # The dictionary learns what it lacks (names, numbers) as espeak-ng says it.
                if decoder.lookup_word(word) is None:
                    decoder.add_word(word, sounds_of(word), True)
            choices = " | ".join(" ".join(part) for part in parts)
            decoder.add_jsgf_string(
                name, f"#JSGF V1.0;\ngrammar said;\npublic <said> = <part>+;\n<part> = {choices};\n"
            )
            self._searches.add(name)
        decoder.activate_search(name)
        return decoder

    def _decoder(self, **options: Any) -> Any:
        from pocketsphinx import Decoder

        dictionary = f"{self._model}/cmudict-en-us.dict"
        return Decoder(hmm=f"{self._model}/en-us", dict=dictionary, loglevel="FATAL", samprate=RATE, **options)


def sounds_of(word: str) -> str:
    """How a word is said, in the dictionary's alphabet."""
    program = shutil.which("espeak-ng")
    said = ""
    if program is not None:
        command = [program, "-q", "--ipa", "-v", "en-us", word]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return " ".join(_SOUNDS[sound] for sound in _SOUND.findall(re.sub(r"[ˈˌ\s]", "", said))) or "AH"


def decoded(sound: bytes) -> bytes:
    """The samples of a sound file of any form: 16 bits, one channel, 16,000 a second."""
    import av

    with av.open(io.BytesIO(sound), mode="r") as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


def with_room(samples: bytes) -> bytes:
    """Samples with the quiet noise of a room in and around them: the model was never in a place of perfect silence."""
    silence = bytes(2 * int(RATE * _ROOM_SECONDS))
    sound = array.array("h", silence + samples + silence)
    noise = random.Random(0)
    draws = [noise.randint(-_ROOM_NOISE, _ROOM_NOISE) for _ in range(RATE)]
    for position, draw in zip(range(len(sound)), itertools.cycle(draws), strict=False):
        sound[position] = max(-32_768, min(32_767, sound[position] + draw))
    return sound.tobytes()


def main(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    listener = Listener()
    while line := requests.readline():
        asked = json.loads(line)
        sound = requests.read(asked["bytes"])
        try:
            text, seconds = listener.hear(sound, asked["sentences"])
            answer: dict[str, Any] = {"text": text, "seconds": seconds}
        except Exception as error:  # noqa: BLE001 - sound that is none: say so, and go on listening
            answer = {"error": type(error).__name__}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


class DeafError(RuntimeError):
    """The sound could not be heard: no file of sound, or (status 503) no ears: pocketsphinx is not installed."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Ears:
    """As many listening processes as there are cores (four at most), started when they are first needed."""

    def __init__(self) -> None:
        self._idle: asyncio.Queue[asyncio.subprocess.Process | None] = asyncio.Queue()
        self._all: set[asyncio.subprocess.Process] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_warm = False
        self.count = max(1, min(4, os.cpu_count() or 1))
        for _ in range(self.count):
            self._idle.put_nowait(None)  # a place for one that is not started yet

    async def hear(self, sound: bytes, sentences: list[str]) -> tuple[str, float]:
        """What is said in `sound`, and how long it takes, in seconds. Raises DeafError."""
        task = asyncio.create_task(self._ask(sound, sentences))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A caller that goes away must not leave a process in the middle of an answer.
        answer = await asyncio.shield(task)
        if "error" in answer:
            raise DeafError(f"this sound could not be heard: {answer['error']}")
        return str(answer["text"]), float(answer["seconds"])

    async def warm(self, sentences: list[str]) -> None:
        """Start all processes and have each get to know these sentences."""
        self.is_warm = True
        await asyncio.gather(*(self.hear(b"", sentences) for _ in range(self.count)), return_exceptions=True)

    async def close(self) -> None:
        """End all processes."""
        for task in self._tasks:
            task.cancel()
        for process in self._all:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._all))

    async def _ask(self, sound: bytes, sentences: list[str]) -> dict[str, Any]:
        process = await self._idle.get()
        try:
            if process is None or process.returncode is not None:
                process = await self._start()
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            head = json.dumps({"bytes": len(sound), "sentences": sentences})
            process.stdin.write(head.encode() + b"\n" + sound)
            await process.stdin.drain()
            answer: dict[str, Any] = json.loads(await process.stdout.readline())
        except BaseException as error:
            # What it would say next is not known: the next request gets a new one.
            if process is not None:
                self._all.discard(process)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            process = None
            if isinstance(error, (OSError, json.JSONDecodeError)):
                raise DeafError("no ears: is pocketsphinx installed?", status=503) from None
            raise
        finally:
            self._idle.put_nowait(process)
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "llm.simulator.ears"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._all.add(process)
        return process


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
