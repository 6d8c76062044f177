"""What is held of a candidate as a page to read: one file that opens anywhere, without the help of Greenroom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from intake.questions import PROFILE

TITLES: dict[str, str | Promise] = {
    "profile": gettext_lazy("Your profile"),
    "beyond_the_profile": gettext_lazy("What was asked or came beyond it"),
    "positions": gettext_lazy("Positions found in your texts"),
    "documents": gettext_lazy("Documents"),
    "history": gettext_lazy("Every change of your profile"),
    "before_intake": gettext_lazy("What was known before you answered"),
    "rounds": gettext_lazy("Your answers and talks"),
    "interviews": gettext_lazy("Interviews"),
    "conversations": gettext_lazy("Conversations"),
    "scores": gettext_lazy("Scores, and how they came about"),
    "links": gettext_lazy("Links that were sent to you"),
}


@dataclass
class Part:
    """A heading with its lines, and parts below it."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def html(held: Mapping[str, Any], *, language: str) -> str:
    """What `holding.held` says as an HTML file: complete by itself, no script, nothing loaded from anywhere."""
    with translation.override(language):
        facts = {"part": parts_of(held), "language": language, "made_at": timezone.now()}
        return render_to_string("intake/held.html", facts)


def parts_of(held: Mapping[str, Any]) -> Part:
    """The same as headings and lines, in the language in force. What is not known is left out."""
    return _part(gettext("Everything that is held of you"), held)


def _part(title: str, values: Mapping[str, Any]) -> Part:
    part = Part(title)
    for name, value in values.items():
        if value in (None, "", [], {}):
            continue
        label = _label(name)
        if isinstance(value, Mapping):
            part.parts.append(_part(label, value))
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            below = [_part(str(number), one) for number, one in enumerate(value, 1) if isinstance(one, Mapping)]
            part.parts.append(Part(label, parts=below))
        else:
            part.lines.append((label, _text(value)))
    return part


def _label(name: str) -> str:
    if name in TITLES:
        return str(TITLES[name])
    if name in PROFILE:
        return str(PROFILE[name].label)
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
