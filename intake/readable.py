"""What is held of a candidate as a page to read: one file that opens anywhere, without the help of Greenroom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext

from intake.questions import PROFILE
from intake.readable_words import CODED, CODES, LABELS

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


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
            part.lines.append((label, _text(value, name)))
    return part


def _label(name: str) -> str:
    if name in LABELS:
        return str(LABELS[name])
    if name in PROFILE:
        return str(PROFILE[name].label)
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_text(one, name) for one in value)
    if isinstance(value, int | float):
        plain = int(value) if value == int(value) else round(value, 2)
        # A year is no amount.
        return str(number_format(plain, use_l10n=True, force_grouping=abs(plain) >= 10_000))
    text = str(value)
    if name in CODED and text in CODES:
        return str(CODES[text])
    if name == "field" and text in PROFILE:
        return str(PROFILE[text].label)
    if name == "language":
        return str(dict(settings.LANGUAGES).get(text, text))
    if name == "not_included":
        return gettext(text)
    if _MOMENT.match(text) and (moment := parse_datetime(text)) is not None:
        # Whoever reads it may live elsewhere: a time says whose it is.
        zone = date_format(moment := timezone.localtime(moment), " e") if timezone.is_aware(moment) else ""
        return date_format(moment, "DATETIME_FORMAT") + zone
    return text
