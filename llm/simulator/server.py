"""The simulated provider over HTTP: /v1/chat/completions, /v1/models, and /control, /ledger, /health for tests.

For /v1/audio and /v1/realtime see llm.simulator.audio.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from dataclasses import asdict
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from llm.simulator import answers, audio
from llm.simulator.behaviour import Behaviour, Fault, merged
from llm.simulator.records import PROVIDER, Entry, Provider, as_error, as_json
from llm.simulator.request import ChatRequest, UnreadableRequest

# US dollars per token as OpenRouter lists them, in texts. Any other model's name is served too, at the first price.
PRICES: dict[str, tuple[str, str]] = {
    "openai/gpt-4.1-mini": ("0.0000004", "0.0000016"),
    "openai/gpt-4.1": ("0.000002", "0.000008"),
    "simulated/small": ("0.0000001", "0.0000004"),
    "simulated/large": ("0.000003", "0.000015"),
}
_HANG_SECONDS = 3600.0
# A token of English, as an answer's tokens are counted.
_TOKEN_CHARACTERS = 4


def application(behaviour: Behaviour) -> web.Application:
    """The server's aiohttp application."""
    provider = Provider(initial=behaviour, behaviour=behaviour)
    provider.set(behaviour)
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app[PROVIDER] = provider
    app.add_routes(
        [
            web.post("/v1/chat/completions", chat),
            web.get("/v1/models", models),
            web.post("/v1/audio/speech", audio.speech),
            web.post("/v1/audio/transcriptions", audio.transcriptions),
            web.post("/v1/realtime/client_secrets", audio.client_secrets),
            web.post("/control", control),
            web.get("/control", show_control),
            web.post("/reset", reset),
            web.get("/ledger", ledger),
            web.get("/health", health),
        ]
    )
    app.cleanup_ctx.append(audio.open_ears)
    return app


async def health(request: web.Request) -> web.Response:
    return as_json({"status": "ok", "simulated": True})


async def models(request: web.Request) -> web.Response:
    """The price list, in OpenRouter's form."""
    listed = [
        {
            "id": name,
            "object": "model",
            "created": 1_700_000_000,
            "owned_by": "simulator",
            "name": name,
            "context_length": 128_000,
            "pricing": {"prompt": prompt, "completion": completion},
        }
        for name, (prompt, completion) in PRICES.items()
    ]
    return as_json({"object": "list", "data": listed})


async def control(request: web.Request) -> web.Response:
    """Change some of the behaviour; the answer is all of it."""
    provider = request.app[PROVIDER]
    try:
        provider.set(merged(provider.behaviour, orjson.loads(await request.read() or b"{}")))
    except (ValidationError, orjson.JSONDecodeError, re.error) as error:
        return as_error(400, f"no such behaviour: {error}")
    if provider.behaviour.sentences:
        audio.warm(request.app)
    return as_json(provider.behaviour.model_dump())


async def show_control(request: web.Request) -> web.Response:
    return as_json(request.app[PROVIDER].behaviour.model_dump())


async def reset(request: web.Request) -> web.Response:
    """Back to how it was started: behaviour, windows and ledger."""
    provider = request.app[PROVIDER]
    provider.set(provider.initial)
    in_flight = provider.gate.in_flight
    provider.gate.requests.clear()
    provider.gate.tokens.clear()
    provider.gate.token_sum = 0
    provider.gate.in_flight = in_flight
    provider.ledger.clear()
    provider.seen.clear()
    return as_json({"status": "ok"})


async def ledger(request: web.Request) -> web.Response:
    """Every request since the start or the last reset; `?since=n` leaves out the first n."""
    provider = request.app[PROVIDER]
    since = int(request.query.get("since", "0"))
    return as_json({"total": len(provider.ledger), "calls": [asdict(entry) for entry in provider.ledger[since:]]})


async def chat(request: web.Request) -> web.StreamResponse:
    provider = request.app[PROVIDER]
    try:
        asked = ChatRequest.read(await request.read())
    except UnreadableRequest as error:
        return as_error(400, str(error))
    behaviour = provider.behaviour
    provider.seen[asked.digest] += 1
    lot = random.Random(f"{behaviour.seed}:{asked.digest}:{provider.seen[asked.digest]}")
    marked = provider.marker.search(asked.text)
    entry = Entry(
        n=len(provider.ledger) + 1,
        at=time.time(),
        model=asked.model,
        schema=asked.schema_name,
        digest=asked.digest,
        marker=(marked[1] if marked.re.groups else marked[0]) if marked else None,
        in_flight=provider.gate.in_flight + 1,
        input_tokens=asked.input_tokens,
    )
    provider.ledger.append(entry)
    turned = provider.gate.enter(behaviour, asked.input_tokens)
    if turned is not None:
        entry.limit, entry.status, entry.ended = turned.limit, 429, time.time()
        return _too_many(turned.retry_after)
    try:
        response = await _serve(request, provider, asked, entry, lot)
        entry.status = entry.status or response.status
        return response
    except (asyncio.CancelledError, ConnectionError):
        entry.status = 499
        raise
    finally:
        entry.ended = time.time()
        provider.gate.leave()


async def _serve(
    request: web.Request, provider: Provider, asked: ChatRequest, entry: Entry, lot: random.Random
) -> web.StreamResponse:
    behaviour = provider.behaviour
    fault: Fault | None
    if behaviour.next:
        planned = behaviour.next.pop(0)
        fault = None if planned == "ok" else planned
    else:
        fault = behaviour.fault_for(lot, text=asked.text, model=asked.model)
    entry.fault = fault
    if fault == "429":
        return _too_many(behaviour.retry_after)
    seconds = behaviour.seconds(lot)
    if seconds and not asked.stream:
        await asyncio.sleep(seconds)
    if fault is not None and fault.isdigit():
        return as_error(int(fault), "the simulated model was told to fail")
    if fault == "hang":
        await asyncio.sleep(_HANG_SECONDS)
    if fault == "disconnect":
        entry.status = 499
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)
    if fault == "error_in_body":
        return as_json({"error": {"code": 502, "message": "the simulated upstream failed"}})
    answer = answers.answer(asked, behaviour, lot)
    if fault in ("broken_json", "no_json", "schema_violation"):
        answer.content = answers.spoilt(answer.content, fault)
    entry.output_tokens = answer.output_tokens
    prompt_price, completion_price = PRICES.get(asked.model, PRICES["openai/gpt-4.1-mini"])
    entry.cost_usd = round(entry.input_tokens * float(prompt_price) + answer.output_tokens * float(completion_price), 9)
    provider.gate.spend(answer.output_tokens)
    usage = {
        "prompt_tokens": entry.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": entry.input_tokens + answer.output_tokens,
        "cost": entry.cost_usd,
    }
    head = {"id": f"gen-{entry.n}", "created": int(entry.at), "model": asked.model, "provider": "simulator"}
    if asked.stream:
        return await _stream(request, head, answer, usage, behaviour=behaviour, seconds=seconds, fault=fault)
    body = orjson.dumps(
        {
            **head,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": answer.message(), "finish_reason": answer.finish_reason}],
            "usage": usage,
        }
    )
    if fault == "slow_stream":
        return await _trickle(request, body)
    return web.Response(body=body, content_type="application/json")


async def _stream(
    request: web.Request,
    head: dict[str, Any],
    answer: answers.Answer,
    usage: dict[str, Any],
    *,
    behaviour: Behaviour,
    seconds: float,
    fault: Fault | None,
) -> web.StreamResponse:
    """The answer as server-sent events, as fast as it was told to be (a slow one: a second between any two)."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    rate = behaviour.tokens_per_second
    deltas = answer.deltas(_TOKEN_CHARACTERS if rate else 24)
    began = asyncio.get_running_loop().time() + behaviour.first_token_seconds + (seconds if rate else 0)
    pause = 1.0 if fault == "slow_stream" else 1 / rate if rate else seconds / max(1, len(deltas))
    middle = len(deltas) // 2 + 1 if fault in ("cut_stream", "error_in_stream") else None
    chunk = {**head, "object": "chat.completion.chunk"}
    for position, delta in enumerate(deltas):
        # By the clock, not by sleeping so long between any two: what writing takes must not make the model slower.
        # With a rate the first words come when their time is there; `latency` alone is spread before each piece.
        due = began + pause * (max(0, position - 1) if rate else position + 1)
        if (left := due - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)
        if position == middle:
            return await _break_off(request, response, told=fault == "error_in_stream")
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        await response.write(b"data: " + orjson.dumps({**chunk, "choices": [choice]}) + b"\n\n")
    end = {"index": 0, "delta": {}, "finish_reason": answer.finish_reason}
    await response.write(
        b"data: "
        + orjson.dumps({**chunk, "choices": [end]})
        + b"\n\ndata: "
        + orjson.dumps({**chunk, "choices": [], "usage": usage})
        + b"\n\ndata: [DONE]\n\n"
    )
    await response.write_eof()
    return response


async def _break_off(request: web.Request, response: web.StreamResponse, *, told: bool) -> web.StreamResponse:
    """End a stream in its middle: by an error that it tells of, as OpenRouter does, or by a lost connection."""
    if told:
        error = {"error": {"code": 502, "message": "the simulated upstream failed"}, "choices": []}
        await response.write(b"data: " + orjson.dumps(error) + b"\n\n")
        await response.write_eof()
    elif request.transport is not None:
        request.transport.abort()
    return response


async def _trickle(request: web.Request, body: bytes) -> web.StreamResponse:
    """A whole answer, but a few bytes a second: always alive, never done in time."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for start in range(0, len(body), 16):
        await response.write(body[start : start + 16])
        await asyncio.sleep(0.5)
    await response.write_eof()
    return response


def _too_many(retry_after: float) -> web.Response:
    response = as_error(429, "too many requests")
    response.headers["Retry-After"] = str(math.ceil(retry_after))
    return response


async def serve(*, host: str, port: int, behaviour: Behaviour, started: Any = None) -> None:
    """Serve until cancelled. `started`, where given, is called with the port once requests are answered."""
    # handler_cancellation: a caller that goes away frees its place at once, as with a real provider.
    runner = web.AppRunner(application(behaviour), access_log=None, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        if started is not None:
            started(runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
