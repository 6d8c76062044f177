"""Strict readers of what clients send: JSON bodies, query parameters, and the fields of both.

Strict, because a value that is silently bent ("yes" to true, "5" to 5) or dropped (a mistyped filter) gives an answer
to another question than the one asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from accounts.api.errors import Malformed, TooLarge


class StrictJSONParser(JSONParser):
    """One JSON object of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, holding only text that Postgres can store."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(f"The body is larger than {limit // 1024} KiB.")
        try:
            # Refuses NaN, Infinity, lone surrogates, invalid UTF-8 and bottomless nesting, unlike json.loads.
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Malformed("The body is not valid JSON.") from error
        if not isinstance(body, dict):
            raise Malformed("The body must be a JSON object.")
        if b"\\u0000" in raw and holds_nul(body):
            raise Malformed("Text may not hold the character U+0000.")
        return body


def holds_nul(value: Any) -> bool:
    """Whether any text within a JSON value holds U+0000, which Postgres can't store."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(holds_nul(part) for part in value)


# --- fields that don't bend -----------------------------------------------------------------------------------------


class Text(serializers.CharField):
    """A string; numbers are not written out as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """true or false; not "yes", 1 or "on"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(data)


class Number(serializers.FloatField):
    """A JSON number; not a string of digits, not true."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class Id(serializers.UUIDField):
    """A UUID in its usual spelling."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        return read_id(data) if isinstance(data, str) and _is_id(data) else self.fail("invalid", value=data)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that names the fields it does not know instead of dropping them."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({str(name): ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


def read_body(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The validated body of a request; raises a 400 that names each field at fault."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


# --- query parameters -----------------------------------------------------------------------------------------------


def read_id(text: str) -> uuid.UUID:
    """A UUID from its usual spelling of 36 characters; raises ValueError for anything else."""
    if not _is_id(text):
        raise ValueError("Not a UUID.")
    return uuid.UUID(text)


def _is_id(text: str) -> bool:
    try:
        return len(text) == 36 and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def read_whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or not low <= int(text) <= high:
            raise ValueError(f"Not a whole number from {low} to {high}.")
        return int(text)

    return read


def read_one_of(values: Collection[str]) -> Callable[[str], str]:
    """A reader of a closed set of words."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"Not one of: {', '.join(values)}.")
        return text

    return read


def read_flag(text: str) -> bool:
    """true or false."""
    if text not in ("true", "false"):
        raise ValueError("Not true or false.")
    return text == "true"


def read_text(longest: int) -> Callable[[str], str]:
    """A reader of text of at most `longest` characters, without U+0000."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"Longer than {longest} characters.")
        if "\0" in text:
            raise ValueError("May not hold the character U+0000.")
        return text

    return read


def read_query(request: Request, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The query parameters that were given, each read by its reader; raises a 400 that names each one at fault."""
    values: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for name, given in request.query_params.lists():
        reader = readers.get(name)
        if reader is None:
            faults[name] = [f"There is no such parameter. There are: {', '.join(readers) or 'none'}."]
        elif len(given) > 1:
            faults[name] = ["Given more than once."]
        else:
            try:
                values[name] = reader(given[0])
            except ValueError as error:
                faults[name] = [str(error)]
    if faults:
        raise Malformed("Some query parameters are not valid.", code="invalid", fields=faults)
    return values
