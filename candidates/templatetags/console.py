"""The console's components as template tags, and values as people read them. See docs/CONSOLE_COMPONENTS.md."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from candidates.states import RUNNING, ImportStatus, Tier

register = template.Library()

_IMPORT_TONES: dict[str, str] = {
    ImportStatus.IDLE: "warn",
    ImportStatus.EXTRACTING: "info",
    ImportStatus.WAITING_CONFIRMATION: "warn",
    ImportStatus.SCORING: "info",
    ImportStatus.COMPLETE: "ok",
    ImportStatus.ERROR: "bad",
    ImportStatus.CANCELLED: "plain",
}


@register.inclusion_tag("console/tier_badge.html")
def tier_badge(tier: str | None, *, unstable: bool = False) -> dict[str, Any]:
    """A tier with its name and a five-step mark; "Not scored" for None."""
    known = Tier(tier) if tier in Tier.values else None
    steps = len(Tier) - list(Tier).index(known) if known else 0
    return {
        "label": tier or "Not scored",
        "slug": known.name.lower() if known else "none",
        "steps": [step < steps for step in range(5)],
        "unstable": unstable,
    }


@register.inclusion_tag("console/score_bar.html")
def score_bar(
    kind: str, value: int | None, *, label: str = "", low: int | None = None, high: int | None = None
) -> dict[str, Any]:
    """A score of 0–100 as a bar. `kind` is algo, ai or combined; `low` and `high` draw the band where they differ."""
    name = {"algo": "Algorithmic score", "ai": "AI score", "combined": "Combined score"}[kind]
    band = low is not None and high is not None and low != high
    return {"kind": kind, "value": value, "label": label, "name": name, "low": low, "high": high, "band": band}


@register.inclusion_tag("console/status_pill.html")
def status_pill(label: str, tone: str = "plain", *, busy: bool = False) -> dict[str, Any]:
    """A short status. `tone` is ok, warn, bad, info or plain; `busy` lets its dot breathe."""
    return {"label": label, "tone": tone, "busy": busy}


@register.inclusion_tag("console/status_pill.html")
def import_pill(import_: Any) -> dict[str, Any]:
    """The status of an import as a pill."""
    if import_.undone_at:
        return {"label": "Undone", "tone": "plain", "busy": False}
    label = "Not started" if import_.status == ImportStatus.IDLE else import_.get_status_display()
    return {"label": label, "tone": _IMPORT_TONES[import_.status], "busy": import_.status in RUNNING}


@register.inclusion_tag("console/progress.html")
def progress_bar(percent: float, label: str, *, tone: str = "", thin: bool = False) -> dict[str, Any]:
    """How far something is, 0–100. `label` names it for screen readers; `tone` is "", warn or bad."""
    return {"percent": max(0.0, min(100.0, float(percent))), "label": label, "tone": tone, "thin": thin}


@register.filter
def number(value: float | int | Decimal | None) -> str:
    """1234567 → "1,234,567"; None → "–"."""
    return "–" if value is None else f"{value:,.0f}"


@register.filter
def usd(value: float | Decimal | None) -> str:
    """US dollars with cents; "<$0.01" for less than a cent; None → "–"."""
    if value is None:
        return "–"
    if 0 < value < Decimal("0.01"):
        return "<$0.01"
    return f"${value:,.2f}"


@register.filter
def bytes_read(value: int | None) -> str:
    """1400000 → "1.4 MB"; None → "–"."""
    if value is None:
        return "–"
    step = 0 if value < 1000 else min(3, int(math.log10(value) // 3))
    return f"{value / 1000**step:.{1 if step > 1 else 0}f} {('B', 'kB', 'MB', 'GB')[step]}"


@register.filter
def ago(moment: datetime | None) -> str:
    """A moment as "just now", "5 min ago", "3 h ago", or its date; None → "never"."""
    if moment is None:
        return "never"
    passed = timezone.now() - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed.seconds // 60} min ago"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} h ago"
    return f"{timezone.localtime(moment):%-d %b %Y}"


@register.filter
def lasted(started: datetime | None, finished: datetime | None) -> str:
    """The time between two moments as "42 s" or "3 min 5 s"; "–" where one is missing."""
    if started is None or finished is None:
        return "–"
    seconds = max(0, round((finished - started).total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


@register.filter
def get_item(mapping: dict[Any, Any], key: Any) -> Any:
    """The value of a key that only the template knows."""
    return mapping.get(key)
