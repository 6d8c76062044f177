"""Speech over HTTP: /v1/audio/speech, /v1/audio/transcriptions and /v1/realtime/client_secrets, in OpenAI's form.

A voice that is a machine's and ears that are hard of hearing, so that real sound goes through a real room in the demo
and in tests. Voice and ears are processes of their own: the server goes on answering others.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import orjson
from aiohttp import web

from llm.simulator.ears import DeafError, Ears
from llm.simulator.records import PROVIDER, Entry, Provider, as_error, as_json
from llm.simulator.voice import CONTENT_TYPES, NoVoice, Voice

T = TypeVar("T")

_EARS: web.AppKey[Ears] = web.AppKey("ears", Ears)
_VOICE: web.AppKey[Voice] = web.AppKey("voice", Voice)
_WARMING: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("warming", set)
_CHUNK_BYTES = 9_600
_LONGEST_TEXT = 4_096
_HANG_SECONDS = 3600.0


async def open_ears(app: web.Application) -> AsyncIterator[None]:
    """Give the server a voice and ears, which start when they are first needed; end them with it."""
    app[_VOICE], app[_EARS], app[_WARMING] = Voice(), Ears(), set()
    yield
    for task in app[_WARMING]:
        task.cancel()
    await app[_EARS].close()


def warm(app: web.Application) -> None:
    """Have the ears ready for the sentences that may be heard now; nobody waits for it."""
    task = asyncio.get_running_loop().create_task(app[_EARS].warm(app[PROVIDER].behaviour.sentences))
    app[_WARMING].add(task)
    task.add_done_callback(app[_WARMING].discard)


async def speech(request: web.Request) -> web.StreamResponse:
    """Say a text, as a file of sound or as server-sent events of it, as `stream_format` asks."""
    provider = request.app[PROVIDER]
    try:
        asked: dict[str, Any] = orjson.loads(await request.read())
        text, form = asked["input"], asked.get("response_format") or "mp3"
        speed = float(asked.get("speed") or 1.0)
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_TEXT or form not in CONTENT_TYPES:
            raise ValueError
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return as_error(400, "input (1 to 4096 characters) is required, and a response_format that is known")
    entry = _entry(provider, "speech", model=str(asked.get("model") or ""), said=text)
    with _noted(entry):
        if refused := await _fault(request, provider, entry):
            return refused
        try:
            sound, entry.sound_seconds = await _at_least(
                provider.behaviour.speech_seconds,
                request.app[_VOICE].say(text, voice=str(asked.get("voice") or ""), speed=speed, form=form),
            )
        except NoVoice as error:
            entry.status = 503
            return as_error(503, str(error))
        if not request.app[_EARS].is_warm:
            warm(request.app)  # whoever is spoken to will answer
        entry.status = 200
        if asked.get("stream_format") == "sse":
            return await _speak_events(request, sound, input_tokens=max(1, len(text) // 4))
        return web.Response(body=sound, content_type=CONTENT_TYPES[form])


async def transcriptions(request: web.Request) -> web.StreamResponse:
    """Write down what is said in a file of sound."""
    provider = request.app[PROVIDER]
    form = await request.post()
    file, wanted = form.get("file"), str(form.get("response_format") or "json")
    if not isinstance(file, web.FileField) or wanted not in ("json", "verbose_json", "text"):
        return as_error(400, "a file is required, and a response_format of json, verbose_json or text")
    sound = file.file.read()
    entry = _entry(provider, "transcription", model=str(form.get("model") or ""))
    entry.digest = hashlib.sha256(sound).hexdigest()[:24]
    with _noted(entry):
        if refused := await _fault(request, provider, entry):
            return refused
        try:
            entry.said, entry.sound_seconds = await _at_least(
                provider.behaviour.transcription_seconds,
                request.app[_EARS].hear(sound, provider.behaviour.sentences),
            )
        except DeafError as error:
            entry.status = error.status
            return as_error(error.status, str(error))
        entry.status = 200
        if wanted == "text":
            return web.Response(text=entry.said + "\n")
        answer: dict[str, Any] = {"text": entry.said, "usage": {"type": "duration", "seconds": entry.sound_seconds}}
        if wanted == "verbose_json":
            answer |= {"task": "transcribe", "language": "english", "duration": entry.sound_seconds, "segments": []}
        return as_json(answer)


async def client_secrets(request: web.Request) -> web.StreamResponse:
    """A short-lived secret for a speech-to-speech session, which is as far as this simulation goes."""
    provider = request.app[PROVIDER]
    try:
        asked: dict[str, Any] = orjson.loads(await request.read() or b"{}")
        session = asked.get("session") or {}
        seconds = int((asked.get("expires_after") or {}).get("seconds") or 600)
        model = str(session["model"])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return as_error(400, "a session with a model is required")
    entry = _entry(provider, "realtime", model=model)
    with _noted(entry):
        if refused := await _fault(request, provider, entry):
            return refused
        entry.status = 200
        value = f"ek_simulated_{hashlib.sha256(f'{entry.n} {entry.at}'.encode()).hexdigest()[:32]}"
        session = {"type": "realtime", "object": "realtime.session", "id": f"sess_{entry.n}", **session}
        return as_json({"value": value, "expires_at": int(time.time()) + seconds, "session": session})


def _entry(provider: Provider, kind: Any, *, model: str, said: str = "") -> Entry:
    entry = Entry(n=len(provider.ledger) + 1, at=time.time(), model=model, kind=kind, said=said)
    provider.ledger.append(entry)
    return entry


@contextlib.contextmanager
def _noted(entry: Entry) -> Any:
    try:
        yield
    except (asyncio.CancelledError, ConnectionError):
        entry.status = 499
        raise
    finally:
        entry.ended = time.time()


async def _fault(request: web.Request, provider: Provider, entry: Entry) -> web.StreamResponse | None:
    """What `next_audio` has for this request, or None where it is to be served."""
    if not provider.behaviour.next_audio:
        return None
    planned = provider.behaviour.next_audio.pop(0)
    if planned == "ok":
        return None
    entry.fault, entry.status = planned, int(planned) if planned.isdigit() else 499
    if planned == "hang":
        await asyncio.sleep(_HANG_SECONDS)
    if planned == "disconnect" and request.transport is not None:
        request.transport.abort()
    response = as_error(entry.status, "the simulated speech service was told to fail")
    if planned == "429":
        response.headers["Retry-After"] = "1"
    return response


async def _at_least(seconds: float, work: Awaitable[T]) -> T:
    """What `work` gives, not before so many seconds are over: the service is told how slow it is."""
    began = asyncio.get_running_loop().time()
    result = await work
    if (left := began + seconds - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(left)
    return result


async def _speak_events(request: web.Request, sound: bytes, *, input_tokens: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    for start in range(0, len(sound), _CHUNK_BYTES):
        piece = base64.b64encode(sound[start : start + _CHUNK_BYTES]).decode()
        event = {"type": "speech.audio.delta", "audio": piece}
        await response.write(b"data: " + orjson.dumps(event) + b"\n\n")
    usage = {"input_tokens": input_tokens, "output_tokens": len(sound) // 2_400, "total_tokens": 0}
    usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
    await response.write(b"data: " + orjson.dumps({"type": "speech.audio.done", "usage": usage}) + b"\n\n")
    await response.write_eof()
    return response
