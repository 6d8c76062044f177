"""What there is to know of one language, and how its tables are written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


def words(listed: str) -> tuple[str, ...]:
    """Words written as "dot dash"."""
    return tuple(listed.split())


def phrases(listed: str) -> tuple[str, ...]:
    """Phrases written as "not at all, never"."""
    return tuple(phrase.strip() for phrase in listed.split(",") if phrase.strip())


def names(listed: str) -> Mapping[str, str]:
    """Pairs written as "dot=. dash=-"."""
    return dict(pair.split("=", 1) for pair in listed.split())


def any_of(phrases: tuple[str, ...] | list[str]) -> str:
    """A pattern for one of several phrases, the longest first, whatever the white space in them."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered) + ")"


@dataclass(frozen=True)
class Tongue:
    """One language.

    `region` is where a phone number without a country code is from, where the deployment says nothing better. `decimal`
    is the mark of decimals. `swaps` are regular expressions that bring numbers into the form that text2num knows.
    """

    code: str
    region: str
    decimal: str
    # --- yes and no
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    # What turns a yes beside it into a no: "of course not".
    negates: tuple[str, ...]
    # Of two that were named, what is known before and what the resume says.
    first: tuple[str, ...]
    second: tuple[str, ...]
    # --- talk around an answer
    skip: tuple[str, ...]
    # That there is no answer to give: not to be written down as one.
    unknown: tuple[str, ...]
    # What people say beside either of them.
    regrets: tuple[str, ...]
    corrects: tuple[str, ...]
    leads: tuple[str, ...]
    fillers: tuple[str, ...]
    # --- numbers
    point: tuple[str, ...]
    either: tuple[str, ...]
    until: tuple[str, ...]
    over: tuple[str, ...]
    nothing: tuple[str, ...]
    years: tuple[str, ...]
    months: tuple[str, ...]
    weeks: tuple[str, ...]
    days: tuple[str, ...]
    decades: tuple[str, ...]
    since: tuple[str, ...]
    repeats: Mapping[str, int]
    swaps: tuple[tuple[str, str], ...]
    zero: tuple[str, ...] = ()
    # --- spelling
    signs: Mapping[str, str] = field(default_factory=dict)
    # Those that are called by two words, one of which may be a sign by itself: "guion bajo" is no dash.
    paired_signs: Mapping[str, str] = field(default_factory=dict)
    capital: tuple[str, ...] = ()
    as_in: tuple[str, ...] = ()
    # What announces that a word is spelled once more: "ada, that's a d a".
    spells: tuple[str, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    # --- lists and dates
    joins: tuple[str, ...] = ()
    # What stands before a company, and before a place.
    at: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    month_names: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
