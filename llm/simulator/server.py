"""The simulated provider over HTTP: /v1/chat/completions, /v1/models, and /control, /ledger, /health for tests."""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from llm.simulator import answers
from llm.simulator.behaviour import Behaviour, Fault, merged
from llm.simulator.gate import Gate
from llm.simulator.request import ChatRequest, UnreadableRequest

# US dollars per token as OpenRouter lists them, in texts. Any other model's name is served too, at the first price.
PRICES: dict[str, tuple[str, str]] = {
    "openai/gpt-4.1-mini": ("0.0000004", "0.0000016"),
    "openai/gpt-4.1": ("0.000002", "0.000008"),
    "simulated/small": ("0.0000001", "0.0000004"),
    "simulated/large": ("0.000003", "0.000015"),
}
_HANG_SECONDS = 3600.0


@dataclass(slots=True)
class Entry:
    """One request in the simulator's own ledger. `fault` is what was done to it; `limit` is the limit that it met."""

    n: int
    at: float
    model: str
    schema: str
    digest: str
    marker: str | None
    in_flight: int
    input_tokens: int
    output_tokens: int = 0
    cost_usd: float = 0.0
    # 0 while it is under way; 499: the caller went away before the answer
    status: int = 0
    fault: str | None = None
    limit: str | None = None
    ended: float | None = None


@dataclass(slots=True)
class Provider:
    """Everything that the server knows."""

    initial: Behaviour
    behaviour: Behaviour
    gate: Gate = field(default_factory=Gate)
    ledger: list[Entry] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    marker: re.Pattern[str] = re.compile("")

    def set(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.marker = re.compile(behaviour.marker_pattern)


PROVIDER: web.AppKey[Provider] = web.AppKey("provider", Provider)


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
            web.post("/control", control),
            web.get("/control", show_control),
            web.post("/reset", reset),
            web.get("/ledger", ledger),
            web.get("/health", health),
        ]
    )
    return app


async def health(request: web.Request) -> web.Response:
    return _json({"status": "ok", "simulated": True})


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
    return _json({"object": "list", "data": listed})


async def control(request: web.Request) -> web.Response:
    """Change some of the behaviour; the answer is all of it."""
    provider = request.app[PROVIDER]
    try:
        provider.set(merged(provider.behaviour, orjson.loads(await request.read() or b"{}")))
    except (ValidationError, orjson.JSONDecodeError, re.error) as error:
        return _error(400, f"no such behaviour: {error}")
    return _json(provider.behaviour.model_dump())


async def show_control(request: web.Request) -> web.Response:
    return _json(request.app[PROVIDER].behaviour.model_dump())


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
    return _json({"status": "ok"})


async def ledger(request: web.Request) -> web.Response:
    """Every request since the start or the last reset; `?since=n` leaves out the first n."""
    provider = request.app[PROVIDER]
    since = int(request.query.get("since", "0"))
    return _json({"total": len(provider.ledger), "calls": [asdict(entry) for entry in provider.ledger[since:]]})


async def chat(request: web.Request) -> web.StreamResponse:
    provider = request.app[PROVIDER]
    try:
        asked = ChatRequest.read(await request.read())
    except UnreadableRequest as error:
        return _error(400, str(error))
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
        return _error(int(fault), "the simulated model was told to fail")
    if fault == "hang":
        await asyncio.sleep(_HANG_SECONDS)
    if fault == "disconnect":
        entry.status = 499
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)
    if fault == "error_in_body":
        return _json({"error": {"code": 502, "message": "the simulated upstream failed"}})
    answer = answers.answer(asked, behaviour, lot)
    if fault in ("broken_json", "schema_violation"):
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
        return await _stream(request, head, answer, usage, seconds=seconds, slow=fault == "slow_stream")
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
    seconds: float,
    slow: bool,
) -> web.StreamResponse:
    """The answer as server-sent events, spread over `seconds` (a slow one: a second between any two)."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    deltas = answer.deltas()
    pause = 1.0 if slow else seconds / max(1, len(deltas))
    chunk = {**head, "object": "chat.completion.chunk"}
    for delta in deltas:
        if pause:
            await asyncio.sleep(pause)
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        await response.write(b"data: " + orjson.dumps({**chunk, "choices": [choice]}) + b"\n\n")
    end = {"index": 0, "delta": {}, "finish_reason": answer.finish_reason}
    await response.write(b"data: " + orjson.dumps({**chunk, "choices": [end]}) + b"\n\n")
    await response.write(b"data: " + orjson.dumps({**chunk, "choices": [], "usage": usage}) + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
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
    response = _error(429, "too many requests")
    response.headers["Retry-After"] = str(math.ceil(retry_after))
    return response


def _error(status: int, message: str) -> web.Response:
    return _json({"error": {"code": status, "message": message}}, status=status)


def _json(content: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


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
