"""A voice: espeak-ng says a text, in the form of sound that was asked for. The same text is said once and kept."""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import struct
import wave
from collections import OrderedDict
from typing import Any

RATE = 24_000  # samples a second, 16 bits, one channel: what OpenAI's service gives as "pcm"
_BYTES_PER_SECOND = RATE * 2
_WORDS_PER_MINUTE = 165
# OpenAI's voices, each told apart by a variant of espeak-ng's.
_VARIANTS = {
    "alloy": "en-us",
    "ash": "en-us+m3",
    "ballad": "en-us+m7",
    "coral": "en-us+f2",
    "echo": "en-us+m1",
    "fable": "en-gb",
    "nova": "en-us+f3",
    "onyx": "en-us+m4",
    "sage": "en-us+f4",
    "shimmer": "en-us+f5",
    "verse": "en-us+m2",
}
# response_format: content type, container, codec
_ENCODED = {
    "mp3": ("audio/mpeg", "mp3", "libmp3lame"),
    "opus": ("audio/ogg", "ogg", "libopus"),
    "aac": ("audio/aac", "adts", "aac"),
    "flac": ("audio/flac", "flac", "flac"),
}
CONTENT_TYPES = {"pcm": "audio/pcm", "wav": "audio/wav"} | {name: form[0] for name, form in _ENCODED.items()}
_KEPT_BYTES = 64 * 1024 * 1024
_AT_ONCE = 4


class NoVoice(RuntimeError):
    """espeak-ng, or what turns its sound into another form, is not installed here."""


class Voice:
    """Says texts; keeps what it said last, up to 64 MiB."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, float, str], tuple[bytes, float]] = OrderedDict()
        self._size = 0
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def say(self, text: str, *, voice: str, speed: float, form: str) -> tuple[bytes, float]:
        """The sound of `text` in the form of a key of CONTENT_TYPES, and how many seconds it takes. Raises NoVoice."""
        key = (text, voice, speed, form)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        async with self._places:
            spoken = await _spoken(text, voice=_VARIANTS.get(voice, "en-us"), speed=speed)
            said = await asyncio.to_thread(_formed, spoken, form)
        self._kept[key] = said
        self._size += len(said[0])
        while self._size > _KEPT_BYTES and len(self._kept) > 1:
            _, (oldest, _) = self._kept.popitem(last=False)
            self._size -= len(oldest)
        return said


async def _spoken(text: str, *, voice: str, speed: float) -> bytes:
    """The wav that espeak-ng writes for a text."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise NoVoice("espeak-ng is not installed")
    pace = str(int(_WORDS_PER_MINUTE * max(0.25, min(4.0, speed))))
    process = await asyncio.create_subprocess_exec(
        program,
        *("-v", voice, "-s", pace, "-b", "1", "--stdin", "--stdout"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        sound, _ = await process.communicate(text.encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    return sound


def _formed(spoken: bytes, form: str) -> tuple[bytes, float]:
    start = spoken.find(b"data") + 8
    # Written to a pipe, its header does not know how long the sound is: all that follows is sound.
    samples = b"" if start < 44 else spoken[start : len(spoken) - (len(spoken) - start) % 2]
    rate = struct.unpack_from("<I", spoken, 24)[0] if samples else RATE
    sound = resampled(samples, rate, RATE) if samples else bytes(_BYTES_PER_SECOND // 10)
    seconds = len(sound) / _BYTES_PER_SECOND
    if form == "pcm":
        return sound, seconds
    if form == "wav":
        return as_wav(sound, RATE), seconds
    return _encoded(sound, form), seconds


def as_wav(samples: bytes, rate: int) -> bytes:
    """16-bit samples of one channel as a wav file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples)
    return file.getvalue()


def resampled(samples: bytes, rate: int, to: int) -> bytes:
    """16-bit samples of one channel at another rate."""
    if rate == to or not samples:
        return samples
    av = _av()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=to)
    frames = [*resampler.resample(_frame(samples, rate)), *resampler.resample(None)]
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


def _encoded(samples: bytes, form: str) -> bytes:
    _, container, codec = _ENCODED[form]
    file = io.BytesIO()
    with _av().open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        resampler = _av().AudioResampler(
            format=stream.codec_context.format, layout="mono", rate=RATE, frame_size=stream.codec_context.frame_size
        )
        for frame in [*resampler.resample(_frame(samples, RATE)), *resampler.resample(None)]:
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def _frame(samples: bytes, rate: int) -> Any:
    frame = _av().AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.planes[0].update(samples.ljust(frame.planes[0].buffer_size, b"\0"))
    frame.sample_rate = rate
    frame.pts = 0
    return frame


def _av() -> Any:
    """PyAV comes with livekit-agents; it is loaded when somebody wants to hear something, which most never do."""
    try:
        import av
    except ImportError:
        raise NoVoice("PyAV is not installed") from None
    return av
