"""A value as people read and hear it."""

from __future__ import annotations

from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from intake.schemas import Gap


def shown(gap: Gap, value: Any, *, language: str) -> str:
    """The value in words: "yes", "8 years", "120,000 US dollars", "Python, SQL"; "" where there is none."""
    if value is None or value in ("", []):
        return ""
    with translation.override(language):
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int | float):
            if value == 1 and gap.unit == _("years"):
                return _("1 year")
            return f"{number(gap, value)} {gap.unit}".rstrip()
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return str(value)


def number(gap: Gap, value: float) -> str:
    """A number as the language in force writes it; a year has no mark of thousands."""
    if value == int(value):
        grouped = not (gap.unit == "" and 1900 <= value <= 2100)
        return str(formats.number_format(int(value), use_l10n=True, force_grouping=grouped))
    return str(formats.number_format(round(value, 2), use_l10n=True, force_grouping=True)).rstrip("0").rstrip(".,")


def bounds(gap: Gap) -> str:
    """The bounds of a number, in the language in force: "from 0 to 70"."""
    lowest = "" if gap.lowest is None else number(gap, gap.lowest)
    highest = "" if gap.highest is None else number(gap, gap.highest)
    if not lowest:
        return _("of at most %(highest)s") % {"highest": highest}
    if not highest:
        return _("of at least %(lowest)s") % {"lowest": lowest}
    return _("from %(lowest)s to %(highest)s") % {"lowest": lowest, "highest": highest}
