"""A chat request as the simulator reads it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import orjson

_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n```", re.DOTALL)
_AGAIN = re.compile(r"This is reading (\d+) of the same data")


class UnreadableRequest(ValueError):
    """The request is not one that an OpenAI-compatible server would take."""


@dataclass(slots=True)
class ChatRequest:
    """What is asked: messages, the JSON schema of the answer or the tools, and the data in the user's message."""

    model: str
    messages: list[dict[str, Any]]
    digest: str
    input_tokens: int
    stream: bool = False
    schema: dict[str, Any] | None = None
    schema_name: str = ""
    tools: list[dict[str, Any]] = field(default_factory=list)
    tool_choice: Any = None
    # The last user's message, and the JSON found fenced in the first one (None where there is none).
    text: str = ""
    data: Any = None
    reading: int = 1

    @classmethod
    def read(cls, body: bytes) -> ChatRequest:
        """Parse a request's body; raises UnreadableRequest."""
        try:
            raw = orjson.loads(body)
            messages = raw["messages"]
            model = raw["model"]
            if not isinstance(messages, list) or not messages or not isinstance(model, str):
                raise UnreadableRequest("model and messages are required")
            texts = [(str(message["role"]), _text_of(message)) for message in messages]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableRequest(f"not a chat request: {type(error).__name__}") from None
        asked = [text for role, text in texts if role == "user"]
        request = cls(
            model=model,
            messages=messages,
            digest=hashlib.sha256("\0".join(text for _, text in texts).encode()).hexdigest()[:24],
            input_tokens=max(1, len(body) // 4),
            stream=bool(raw.get("stream")),
            tools=raw.get("tools") or [],
            tool_choice=raw.get("tool_choice"),
            text=asked[0] if len(asked) == 1 else "\n".join(asked),
        )
        form = raw.get("response_format") or {}
        if form.get("type") == "json_schema":
            request.schema = form["json_schema"].get("schema") or {}
            request.schema_name = str(form["json_schema"].get("name") or "")
        elif form.get("type") == "json_object":
            request.schema = {"type": "object", "properties": {}}
        if fenced := _FENCED.search(request.text):
            try:
                request.data = orjson.loads(fenced[1])
            except json.JSONDecodeError:
                request.data = None
        if again := _AGAIN.search(request.text):
            request.reading = int(again[1])
        return request

    @property
    def last_role(self) -> str:
        return str(self.messages[-1]["role"])


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")
