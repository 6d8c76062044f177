"""How scores, tiers, flags and times are put into words on every page of the console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from candidates.models import Candidate
from candidates.profiles import COLUMN
from candidates.states import AiStatus, RedFlag, Tier

# Of each tier: its style name and how many of the five steps of its mark are filled.
_TIERS = {tier.value: (tier.name.lower(), len(Tier) - place) for place, tier in enumerate(Tier)}
_NO_TIER = ("none", 0)

RED_FLAG_NOTES: dict[str, str] = {
    RedFlag.JOB_HOPPING: "Stays under 18 months on average.",
    RedFlag.GAPS: "More than six months between two jobs.",
    RedFlag.TITLE_INFLATION: "A title that the years or duties do not carry.",
    RedFlag.OVERQUALIFIED: "Far more experience than the job asks for.",
    RedFlag.HIDDEN_TEXT: "A document holds text that a reader can't see.",
    RedFlag.PROMPT_INJECTION: "A text tries to give instructions to the model. They were not followed.",
}

AI_NOTES: dict[str, str] = {
    AiStatus.NONE: "Not judged by a model yet: the combined score is the algorithmic one alone.",
    AiStatus.FAILED: "The model gave no usable answer: the combined score is the algorithmic one alone.",
    AiStatus.NOT_CONFIGURED: "No model is configured: the combined score is the algorithmic one alone.",
    AiStatus.SCORED: "",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value with the words for it, for badges."""

    value: str
    label: str
    note: str = ""


def tier_class(tier: str | None) -> str:
    """The style name of a tier: "top" … "poor", or "none"."""
    return _TIERS.get(tier or "", _NO_TIER)[0]


def red_flags(values: Iterable[str]) -> list[Labelled]:
    """Red flags with label and explanation; one that is not known keeps its own name."""
    known = dict(RedFlag.choices)
    return [
        Labelled(value, str(known.get(value, value.replace("_", " ").capitalize())), RED_FLAG_NOTES.get(value, ""))
        for value in values
    ]


def field_label(name: str) -> str:
    """A profile field's name in words: "years_experience" is "Years of experience"."""
    try:
        label = str(getattr(Candidate._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:  # a job's own field is no column of ours
        label = name.removeprefix(COLUMN).replace("_", " ")
    return label[:1].upper() + label[1:]


def band_of(candidate: Candidate) -> str:
    """The score's band as "74–82"; "" where judging again gave the same score."""
    low, high = candidate.score_low, candidate.score_high
    return f"{low}–{high}" if low is not None and high is not None and low != high else ""


def people(count: int) -> str:
    """How many candidates, in words: "1 candidate", "1,200 candidates"."""
    return "1 candidate" if count == 1 else f"{count:,} candidates"


def initials(name: str | None) -> str:
    """One or two letters for a face; "?" where no name is known."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    return ((words[0][0] + words[-1][0]) if len(words) > 1 else words[0][0] if words else "?").upper()


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago in the largest whole unit: "4 min ago", "3 d ago"; a date beyond 30 days."""
    if moment is None:
        return ""
    seconds = int(((now or timezone.now()) - moment).total_seconds())
    if seconds < 60:
        return "just now"
    for unit, length, most in (("min", 60, 60), ("h", 3600, 24), ("d", 86_400, 30)):
        if seconds < length * most:
            return f"{seconds // length} {unit} ago"
    return f"{timezone.localtime(moment):%-d %b %Y}"


def shown(value: Any) -> str:
    """A field's value as words: absent is a dash, never an empty box."""
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_position(item) if isinstance(item, dict) else str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _position(item: dict[str, Any]) -> str:
    """A dated job in words: "Baker at Sample Mills (2015 – today)"."""
    what = " at ".join(str(item[key]) for key in ("title", "company") if item.get(key))
    return f"{what} ({item.get('start') or '?'} – {item.get('end') or 'today'})"


def tier_badge(tier: str | None, *, unstable: bool = False) -> SafeString:
    """A tier as a badge: its name and a five-step mark, so that it can be told without colour."""
    style, steps = _TIERS.get(tier or "", _NO_TIER)
    marks = '<i class="on"></i>' * steps + "<i></i>" * (len(Tier) - steps)
    mark = f'<span class="gr-tier__mark" aria-hidden="true">{marks}</span>'
    doubt = (
        '<span class="gr-tier__unstable" title="Not certain: judged again, the tier was another one">'
        '<span aria-hidden="true">±</span><span class="gr-hidden-text">not certain</span></span>'
    )
    # tier comes from a closed set that the database checks, so nothing here needs escaping
    return mark_safe(  # noqa: S308
        f'<span class="gr-tier gr-tier--{style}">{mark}{tier or "Not scored"}{doubt if unstable else ""}</span>'
    )


def score_bar(
    value: int | None, kind: str, *, low: int | None = None, high: int | None = None, label: str = ""
) -> SafeString:
    """A score of 0–100 as a bar with its number; with `low` and `high`, the band that repeated judging gave.

    `kind` is "algo", "ai" or "combined". An absent score is a dash: never an empty bar that looks like 0.
    """
    labelled = f'<span class="gr-score__label">{escape(label)}</span>' if label else ""
    style = f"gr-score gr-score--{kind}{' gr-score--labelled' if label else ''}"
    if value is None:
        return mark_safe(  # noqa: S308
            f'<span class="{style}">{labelled}<span class="gr-score__track"></span>'
            '<span class="gr-score__value gr-score__value--none" title="No score">—</span></span>'
        )
    band = ""
    if low is not None and high is not None and low != high:
        band = (
            f'<span class="gr-score__band" style="--low:{low}%;--high:{high}%" title="Between {low} and {high}"></span>'
        )
    return mark_safe(  # noqa: S308
        f'<span class="{style}">{labelled}<span class="gr-score__track">'
        f'<span class="gr-score__fill" style="--value:{value}%"></span>{band}</span>'
        f'<span class="gr-score__value">{value}</span></span>'
    )
