"""Date ranges and durations in prose. A month is counted as year × 12 + (month − 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from candidates.matching.words import windows

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero jänner",
            "february feb febr februar février febrero",
            "march mar märz maerz mrz mars marzo",
            "april apr avril abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août agosto",
            "september sept sep septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
# Where a season or quarter begins, as a month.
_SEASONS = {"winter": 1, "spring": 3, "summer": 6, "fall": 9, "autumn": 9, "q1": 1, "q2": 4, "q3": 7, "q4": 10}
_NAMED = "|".join(sorted({*_MONTHS, *_SEASONS}, key=len, reverse=True))
_NOW = r"present|current(?:ly)?|now|today|ongoing|to\s+date|date|heute|jetzt|aktuell|actualidad|aujourd['’]hui"
_YEAR = r"(?:19[5-9]\d|20[0-6]\d)"
_POINT = (
    rf"(?:(?P<{{0}}name>{_NAMED})\.?[\s,/’'\-]*(?:of\s+)?(?P<{{0}}nyear>{_YEAR}|(?<=['’\-\s])\d\d(?!\d))"
    rf"|(?P<{{0}}iso>{_YEAR})[\-/.](?P<{{0}}isom>1[0-2]|0?[1-9])(?:[\-/.][0-3]?\d)?(?!\d)"
    rf"|(?:[0-3]?\d[./])?(?P<{{0}}m>1[0-2]|0?[1-9])[./\-](?:[0-3]?\d/)?(?P<{{0}}my>{_YEAR})"
    rf"|(?:(?:mid|early|late)[-\s]+)?(?P<{{0}}year>{_YEAR}))"
)
_RANGE = re.compile(
    rf"(?<![\w$€£.,])(?P<since>since|seit|from|ab|starting|started|joined\s+in|joined)?\s*{_POINT.format('a')}"
    rf"(?:\s*(?:[-–—―‐‑~→]+|\bto\b|\buntil\b|\btill\b|\bthrough\b|\bthru\b|\bbis\b|\band\b(?=\s*{_YEAR}))\s*"
    rf"(?:(?P<now>{_NOW})\b|{_POINT.format('b')}|(?P<short>\d\d)(?!\d)|(?P<open>(?=\s*(?:$|\n|[)\]|,;·•]))))|)",
    re.IGNORECASE,
)
_HAS_YEAR = re.compile(r"\d\d")
# "9/15 to 4/19": months and two-digit years; both sides are needed, for 9/15 alone may be a day.
_SHORT = r"(?P<{0}m>1[0-2]|0?[1-9])/['’]?(?P<{0}y>\d\d)(?![\d/])"
_SHORT_RANGE = re.compile(
    rf"(?<![\w/.$€£-]){_SHORT.format('a')}\s*(?:[-–—]|\bto\b|\buntil\b|\bthrough\b|\bbis\b)\s*(?:(?P<now>{_NOW})\b|{_SHORT.format('b')})",
    re.IGNORECASE,
)


class Range(NamedTuple):
    """A stretch of time found at text[begin:finish]; months first ≤ m < last. `exact` is False where only years stand."""

    first: int
    last: int
    is_current: bool
    exact: bool
    begin: int
    finish: int


def month_of(day: date) -> int:
    """The month's number of a day."""
    return day.year * 12 + day.month - 1


def ranges(text: str, today: date) -> list[Range]:
    """The date ranges in a text, in order; a lone date is none, "since 2020" runs to `today`.

    Years alone count from the middle of one to the middle of the other, so that 2015–2018 is three years.
    """
    now = month_of(today) + 1
    found = []
    near = windows(_HAS_YEAR, text, before=30, after=60)
    for match in (match for start, end in near for match in _RANGE.finditer(text, start, end)):
        group = match.groupdict()
        is_range = bool(group["now"] or group["short"] or group["open"] is not None or _has_point(group, "b"))
        since = (group["since"] or "").lower()
        if not is_range and since not in ("since", "seit", "ab"):
            continue
        first, exact = _point(group, "a")
        if first is None:
            continue
        if group["now"] or not is_range or group["open"] is not None:
            last, is_current, end_exact = now, True, True
            if group["open"] is not None and not (group["aname"] or group["am"]):
                continue  # "2019 –" at a line's end is a heading more often than a job that goes on
        elif group["short"]:
            year = first // 12
            last, is_current, end_exact = (year - year % 100 + int(group["short"])) * 12 + 6, False, False
        else:
            point, end_exact = _point(group, "b")
            if point is None:
                continue
            # A month named as the end was worked in; an end after today is a plan, which has not been worked yet.
            last, is_current = point + (1 if end_exact else 0), False
            if last > now:
                last, is_current = now, True
        if not exact and not end_exact and first == last:
            last = first + 6
        if first >= last or last - first > 12 * 60:
            continue
        found.append(Range(first, last, is_current, exact and end_exact, match.start("since") if since else
                           _start(match), match.end()))  # fmt: skip
    if "/" in text:
        found += _short_ranges(text, now)
        found.sort(key=lambda one: one.begin)
    return found


def _short_ranges(text: str, now: int) -> list[Range]:
    """Ranges such as "9/15 to 4/19" and "1/20-present"."""
    made = []
    for match in _SHORT_RANGE.finditer(text):
        first = _century(match["ay"]) * 12 + int(match["am"]) - 1
        last = now if match["now"] else min(now, _century(match["by"]) * 12 + int(match["bm"]))
        if first < last <= first + 12 * 60:
            made.append(Range(first, last, bool(match["now"]), True, match.start(), match.end()))
    return made


def _century(digits: str) -> int:
    year = int(digits)
    return year + (2000 if year < 60 else 1900)


def parse_month(value: object) -> tuple[int, bool] | None:
    """A stored date such as "2019-04", "2019" or "Apr 2019" as (month, exact); None for anything else."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    match = _SINGLE.match(str(value).strip())
    if match is None:
        return None
    month, exact = _point(match.groupdict(), "a")
    return None if month is None else (month, exact)


_SINGLE = re.compile(_POINT.format("a"), re.IGNORECASE)


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of months without overlaps, in order: time worked at two places at once counts once."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        elif last > first:
            result.append((first, last))
    return result


def years_in(spans: Iterable[tuple[int, int]]) -> float:
    """Years covered by spans of months, overlaps counted once."""
    return sum(last - first for first, last in merged(spans)) / 12


def _start(match: re.Match[str]) -> int:
    starts = [match.start(name) for name in ("aname", "aiso", "am", "ayear") if match.group(name) is not None]
    return min(starts) if starts else match.start()


def _has_point(group: dict[str, str | None], side: str) -> bool:
    return any(group[side + part] for part in ("name", "iso", "m", "year"))


def _point(group: dict[str, str | None], side: str) -> tuple[int | None, bool]:
    """The month of one side of a range, and whether a month was named."""
    name, iso, month, year = (group[side + part] for part in ("name", "iso", "m", "year"))
    if name:
        digits = group[side + "nyear"] or ""
        number = int(digits)
        if len(digits) == 2:
            number += 2000 if number < 60 else 1900
        lower = name.lower()
        return number * 12 + (_MONTHS.get(lower) or _SEASONS[lower]) - 1, True
    if iso:
        return int(iso) * 12 + int(group[side + "isom"] or 1) - 1, True
    if month:
        return int(group[side + "my"] or 0) * 12 + int(month) - 1, True
    if year:
        return int(year) * 12 + 6, False
    return None, False


# --- durations: "5+ years", "at least four years", "3-5 yrs", "a decade" ---------------------------------------------
_NUMBERS = {
    word: number
    for number, word in enumerate(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen twenty"
        ).split()
    )
} | {"a": 1, "an": 1, "half": 0.5, "twenty-five": 25, "thirty": 30}
_NUMBER = r"\d{1,2}(?:[.,]\d)?|" + "|".join(
    sorted((w for w in _NUMBERS if w not in ("a", "an", "half")), key=len, reverse=True)
)
_DURATION = re.compile(
    rf"(?<![\w.,$€£/-])(?P<low>{_NUMBER})(?:\s*\(\d{{1,2}}\))?\s*(?P<more>\+|plus\b|or\s+more\b)?"
    rf"(?:\s*(?:-|–|—|to|or)\s*(?P<high>{_NUMBER})\s*\+?)?[\s-]*"
    r"(?:full\s+|solid\s+|whole\s+)?(?P<unit>years?|yrs?|jahren?|months?|mos?)\b\.?['’]?(?:\s*(?P<after>or\s+more|plus|\+))?"
    r"|(?P<decade>(?:a|one|two|2)\s+decades?|decades?\b)",
    re.IGNORECASE,
)  # fmt: skip


_UNIT = re.compile(r"years?\b|yrs?\b|months?\b|mos?\b|jahr|decade")


class Duration(NamedTuple):
    """Years asked for or stated at text[begin:finish]; `most` is the upper end of a range such as "3–5 years"."""

    years: float
    most: float | None
    begin: int
    finish: int


def durations(text: str) -> list[Duration]:
    """Every number of years (or months) in a text: "3+ yrs", "at least four years", "3–5 years", "a decade"."""
    found = []
    near = windows(_UNIT, text, before=48, after=24)
    for match in (match for start, end in near for match in _DURATION.finditer(text, start, end)):
        if match["decade"]:
            word = match["decade"].lower()
            years = 20.0 if word.startswith(("two", "2")) or word == "decades" else 10.0
            found.append(Duration(years, None, match.start(), match.end()))
            continue
        low = _number(match["low"])
        high = _number(match["high"]) if match["high"] else None
        if match["unit"].lower().startswith("mo"):
            low, high = low / 12, None if high is None else high / 12
        if low > 60 or (low == 0 and not high):
            continue
        if high is not None and high < low:
            high = None
        found.append(Duration(low, high, match.start(), match.end()))
    return found


def _number(text: str) -> float:
    word = text.lower()
    return float(_NUMBERS[word]) if word in _NUMBERS else float(word.replace(",", "."))


def gaps(spans: Sequence[tuple[int, int, bool]], *, over_months: int) -> list[tuple[int, int]]:
    """Stretches between positions longer than `over_months`; spans are (first, last, exact).

    Where only years are known a gap counts from two calendar years apart, since 2018 and 2019 may well touch.
    """
    found = []
    end: int | None = None
    end_exact = True
    for first, last, exact in sorted(spans):
        if end is not None and first > end:
            allowed = over_months if exact and end_exact else over_months + 12
            if first - end > allowed:
                found.append((end, first))
        if end is None or last >= end:
            end, end_exact = last, exact
    return found
