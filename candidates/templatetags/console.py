"""The console's components as template tags, and values as people read them. See docs/CONSOLE_COMPONENTS.md."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

from candidates import presenting
from candidates.states import RUNNING, ImportStatus

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


register.simple_tag(presenting.tier_badge)


@register.simple_tag
def score_bar(
    kind: str, value: int | None, *, label: str = "", low: int | None = None, high: int | None = None
) -> SafeString:
    """A score of 0–100 as a bar. `kind` is algo, ai or combined; `low` and `high` draw the band where they differ."""
    return presenting.score_bar(value, kind, low=low, high=high, label=label)


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
    """A moment as "just now", "5 min ago", "3 h ago", "2 d ago", or its date; None → "never"."""
    return presenting.ago(moment) or "never"


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
