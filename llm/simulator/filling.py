"""Any JSON schema, filled from any data: what the simulator answers where it knows no better."""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.text import Passage, best, passages, shortened, texts_in, words

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_BOUND = re.compile(r"(exclusiveMinimum|exclusiveMaximum|minimum|maximum|minItems|maxItems) (\d+(?:\.\d+)?)")
_QUOTES = ("quote", "evidence", "excerpt", "citation")


class Filler:
    """Fills a schema from data: copies what has the same name, quotes what fits, and leaves the rest empty."""

    def __init__(self, data: Any, text: str, lot: random.Random) -> None:
        self.data = data
        self.lot = lot
        texts = dict(texts_in(data)) if data is not None else {"text": text}
        self.passages: list[Passage] = passages(texts)
        self.given = dict(_named_values(data))

    def fill(self, schema: dict[str, Any], *, name: str = "", about: str = "") -> Any:
        """A value that fits `schema`. `name` is the property's, `about` what stands around it."""
        if "enum" in schema:
            return self._choose(schema["enum"], f"{name} {about}")
        if "const" in schema:
            return schema["const"]
        for several in ("anyOf", "oneOf"):
            if options := schema.get(several):
                value = None
                for option in sorted(options, key=lambda option: option.get("type") == "null"):
                    value = self.fill(option, name=name, about=f"{about} {schema.get('description', '')}")
                    if value not in (None, "", []) or option.get("type") == "null":
                        return value
                return value
        kind = schema.get("type")
        if isinstance(kind, list):
            return self.fill({**schema, "type": next((one for one in kind if one != "null"), "null")}, name=name)
        about = f"{about} {name.replace('_', ' ')} {schema.get('description', '')}"
        given = self.given.get(name)
        if kind == "object" or "properties" in schema:
            return {key: self.fill(value, name=key, about=about) for key, value in schema.get("properties", {}).items()}
        if kind == "array":
            return self._array(schema, name, about, given)
        if kind == "boolean":
            return given if isinstance(given, bool) else best(self.passages, words(about))[1] >= 2
        if kind in ("integer", "number"):
            return self._number(schema, about, given, whole=kind == "integer")
        if kind == "string":
            return self._string(name, about, given)
        return None

    def _choose(self, choices: list[Any], about: str) -> Any:
        named = [choice for choice in choices if isinstance(choice, str)]
        text = " ".join(passage.text.lower() for passage in self.passages[:40])
        for choice in named:
            if choice.lower().replace("_", " ") in text:
                return choice
        return self.lot.choice([choice for choice in choices if choice is not None] or choices)

    def _array(self, schema: dict[str, Any], name: str, about: str, given: Any) -> list[Any]:
        items = schema.get("items") or {}
        bounds = _bounds(schema)
        if isinstance(given, list) and items.get("type") == "string" and all(isinstance(one, str) for one in given):
            return list(given)
        listed = self.given.get(name)
        if "properties" in items and isinstance(listed, list):
            # One answer for each thing that was listed under the same name.
            answers = []
            for one in listed:
                inner = Filler(one, "", self.lot)
                inner.passages = self.passages
                label = " ".join(str(value) for value in one.values()) if isinstance(one, dict) else str(one)
                answers.append(inner.fill(items, about=label))
            return answers
        wanted = words(about)
        ranked = sorted(self.passages, key=lambda passage: -len(passage.words & wanted))
        count = int(min(max(3, bounds.get("minItems", 0)), bounds.get("maxItems", 3)))
        filled = []
        for passage in ranked[:count]:
            if items.get("type") == "string":
                filled.append(shortened(passage.text))
            else:
                filled.append(self.fill(items, name=name, about=f"{passage.text}"))
        while len(filled) < bounds.get("minItems", 0):
            filled.append(self.fill(items, name=name, about=about))
        return filled

    def _number(self, schema: dict[str, Any], about: str, given: Any, *, whole: bool) -> float | int:
        bounds = _bounds(schema)
        low, high = bounds.get("minimum", 0), bounds.get("maximum")
        value = 0.0
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            value = given
        else:
            passage, fits = best((one for one in self.passages if one.has_figure), words(about))
            if passage is not None and fits >= 1 and (number := _NUMBER.search(passage.text)):
                value = float(number[0].replace(",", ""))
            elif high is not None:
                value = low + (high - low) * self.lot.uniform(0.4, 0.8)
        value = max(low, value if high is None else min(high, value))
        return round(value) if whole else round(value, 2)

    def _string(self, name: str, about: str, given: Any) -> str:
        if isinstance(given, str) and given:
            return given
        passage, _ = best(self.passages, words(about))
        if passage is None:
            passage = self.passages[0] if self.passages else None
        if passage is None:
            return "Nothing was said about this."
        if any(mark in name for mark in _QUOTES):
            return passage.text
        return f"The text says: {shortened(passage.text)}."


def _bounds(schema: dict[str, Any]) -> dict[str, float]:
    """Limits of a number or list, whether as keywords or in words of the description."""
    bounds = {key: float(value) for key, value in _BOUND.findall(str(schema.get("description", "")))}
    for key in ("minimum", "maximum", "minItems", "maxItems"):
        if isinstance(schema.get(key), (int, float)):
            bounds[key] = float(schema[key])
    return bounds


def _named_values(data: Any) -> list[tuple[str, Any]]:
    """Every named value in JSON data; where a name stands twice, the outermost counts."""
    found: list[tuple[str, Any]] = []
    level = [data]
    while level:
        deeper: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                found += [(key, value) for key, value in node.items()]
                deeper += list(node.values())
            elif isinstance(node, list):
                deeper += node
        level = deeper
    return list(dict(reversed(found)).items())
