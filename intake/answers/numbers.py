"""Numbers as people say and write them: "a hundred and twenty k", "1.2m", "two thousand seventeen or eighteen".

Words become digits by text2num, which knows the cardinals of each language. What it does not know is brought into its
form before ("a half million"), or read from its digits after: magnitudes behind a decimal, pairs ("twenty seventeen"),
ranges, choices, units.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from text_to_num import alpha2digit

from intake.answers.tongues import ENGLISH, Tongue, any_of
from intake.schemas import Gap

Measure = Literal["years", "months", "weeks", "days", "money", "percent", "year", ""]
# More than anybody says; a longer text is read up to here.
LONGEST = 2_000

_MAGNITUDES: dict[str, tuple[float, str]] = {
    "qqh": (1e2, r"hundred|hundert|cientos"),
    "qqk": (1e3, r"k|thousand|tsd\.?|tausend|mil"),
    "qqm": (1e6, r"m|mm|mn|mio\.?|million(?:s|en)?|mill[oó]n(?:es)?|millones"),
    "qqb": (1e9, r"b|bn|mrd\.?|billion|billions|milliarden?|mil\s+millones"),
}
_SPOKEN = "|".join(pattern for _, pattern in _MAGNITUDES.values())
_SIGNS = re.compile(r"[$€£¥]|\b(?:usd|us\$|eur|gbp|chf)\b")
_OTHER_MONEY = re.compile(
    r"[€£¥]|\b(?:eur|euros?|gbp|pounds?|sterling|pfund|libras?|chf|franken|francs?|yen|inr|rupees?|pesos?|cad|aud)\b"
)
_DOLLARS = re.compile(r"\$|\b(?:usd|dollars?|d[oó]lares|bucks)\b")
_PERCENT = re.compile(r"%|\b(?:percent|per\s+cent|pct|prozent)\b")
_FIGURE = re.compile(
    r"(?<![\w.,])(?P<minus>[-−]\s?|minus\s+|menos\s+)?(?P<digits>\d[\d.,]*\d|\d)(?:\s?(?P<magnitude>qq[hkmb]))?(?!\w|[.,]\d)(?P<plus>\s?\+)?"
)
# A share that is told as a multiple: "1.2x".
_MULTIPLE = re.compile(r"(?<![\w.,])(\d{1,2})(?:[.,](\d{1,2}))?\s?(?:x|-?fache?)\b", re.IGNORECASE)
_DAYS: dict[str, float] = {"years": 365.25, "months": 365.25 / 12, "weeks": 7.0, "days": 1.0, "decades": 3652.5}


@dataclass(frozen=True, slots=True)
class Figures:
    """What numbers a text tells, in the gap's unit. `certain` where it tells one number in one way."""

    values: tuple[float, ...] = ()
    certain: bool = True
    # The words are of another currency than the field.
    other_currency: bool = False


@dataclass(slots=True)
class _Figure:
    readings: tuple[float, ...]
    start: int
    end: int
    magnitude: float = 1.0
    unit: str = ""
    certain: bool = True

    @property
    def value(self) -> float:
        return self.readings[0]


def measure(gap: Gap) -> Measure:
    """What a number of this field counts, told by the field's name, which is English whatever the candidate speaks."""
    known: dict[str, Measure] = {"years_experience": "years", "max_acv": "money", "quota_attainment": "percent"}
    if gap.field in known:
        return known[gap.field]
    words = set(gap.field.split("_"))
    for name, signs in _MEASURES:
        if words & signs:
            return name
    return ""


_MEASURES: tuple[tuple[Measure, frozenset[str]], ...] = (
    ("years", frozenset({"years", "yrs"})),
    ("months", frozenset({"months"})),
    ("weeks", frozenset({"weeks"})),
    ("days", frozenset({"days"})),
    ("year", frozenset({"year"})),
    ("percent", frozenset({"percent", "percentage", "pct", "rate", "attainment"})),
    ("money", frozenset({"usd", "dollars", "acv", "arr", "revenue", "budget", "amount", "salary", "deal", "quota"})),
)


def read(said: str, gap: Gap, *, tongue: Tongue, today: date | None = None) -> Figures:
    """The numbers that a text tells for a gap."""
    counted = measure(gap)
    multiples = 0
    if counted == "percent":
        said, multiples = _MULTIPLE.subn(lambda found: f"{float(f'{found[1]}.{found[2] or 0}') * 100:.0f} %", said)
    text = in_digits(said, tongue)
    figures = _joined(_figures(text, tongue), text, counted)
    if not figures:
        if re.search(rf"\b{any_of(tongue.nothing)}\b", text):
            return Figures((0.0,), certain=False)
        return Figures()
    if counted in _DAYS:
        figures = _in_time(figures, text, counted, tongue, today or date.today())
    fitting = [figure for figure in figures if any(_fits(gap, reading) for reading in figure.readings)]
    values, certain = _chosen(fitting or figures, text, counted, tongue)
    certain = certain and not multiples and len(fitting) in (0, len(figures))
    within = tuple(value for value in values if _fits(gap, value))
    other = counted == "money" and bool(_OTHER_MONEY.search(text)) and not _DOLLARS.search(text)
    certain = certain and len(set(values)) == 1
    if within and len(within) < len(values):
        # What can't be meant is no alternative; that it was there leaves a doubt only between two that can.
        certain = len(set(within)) == 1 and len(figures) == 1
    return Figures(tuple(dict.fromkeys(within or values)), certain, other)


def in_digits(said: str, tongue: Tongue) -> str:
    """The text in lower case with its numbers in digits; magnitudes that stand apart from them are marked qqk, qqm…"""
    text = said[:LONGEST].casefold().replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    text = re.sub(r"(?<=\d)['’](?=\d{3})", "", text)
    # "a hundred-and-twenty-k": what joins words is no minus.
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=\s)'(?=[0-4]\d\b)", "20", re.sub(r"(?<=\s)'(?=[5-9]\d\b)", "19", text))
    for sign, digits in (("½", "5"), ("¼", "25"), ("¾", "75")):
        text = re.sub(rf"(\d+)?\s?{sign}", lambda found, d=digits: f"{found[1] or 0}{tongue.decimal}{d}", text)  # type: ignore[misc]
    text = re.sub(r"(\d+)\s+1/2\b", rf"\1{tongue.decimal}5", text)
    text = re.sub(r"(\d+)\s?y\s?(\d+)\s?mo?\b", rf"\1 {tongue.years[0]} \2 {tongue.months[0]}", text)
    units = any_of([*tongue.years, *tongue.months, *tongue.weeks, *tongue.days])
    text = re.sub(rf"(?<=\d)({units})\b", r" \1", text)
    # Thousands in groups: 1 200 000.
    text = re.sub(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,]\d)(?!\d)", lambda found: found[0].replace(" ", ""), text)
    for pattern, replacement in tongue.swaps:
        text = re.sub(pattern, replacement, text)
    points = any_of(tongue.point)
    text = re.sub(rf"(\b{points}\b(?:\s+[^\W\d]+){{1,4}}?\s+)({_SPOKEN})\b", _marked, text)
    text = re.sub(rf"(\d[\d.,]*\s?)({_SPOKEN})(?!\w)", _marked, text)
    text = re.sub(r"[^\W\d_]+(?:[\s-]+[^\W\d_]+)*", lambda found: counted(found[0], tongue), text)
    text = re.sub(rf"(\d)\s+{points}\s+(\d+)", rf"\1{tongue.decimal}\2", text)
    return re.sub(rf"(\d[\d.,]*\s?)({_SPOKEN})(?!\w)", _marked, text)


def _marked(found: re.Match[str]) -> str:
    for mark, (_, pattern) in reversed(_MAGNITUDES.items()):
        if re.fullmatch(pattern, found[2]):
            return f"{found[1]}{mark}"
    return found[0]


@cache
def _has_numbers(code: str) -> bool:
    try:
        alpha2digit("", code)
    except ValueError:
        return False
    return True


def counted(words: str, tongue: Tongue) -> str:
    """The numbers of a run of words as digits, the other words as they are: "five or forty-five" is "5 or 45"."""
    code = tongue.code if _has_numbers(tongue.code) else ENGLISH.code
    return str(alpha2digit(words, code, 0))


def _figures(text: str, tongue: Tongue) -> list[_Figure]:
    found = []
    for match in _FIGURE.finditer(text):
        magnitude = _MAGNITUDES[match["magnitude"]][0] if match["magnitude"] else 1.0
        readings = _written(match["digits"], tongue, has_magnitude=magnitude > 1)
        if not readings:
            continue
        sign = -1.0 if match["minus"] and not _is_range(text, match) else 1.0
        values = tuple(sign * _round(reading * magnitude) for reading in readings)
        certain = len(values) == 1 and not match["plus"]
        found.append(_Figure(values, match.start("digits"), match.end(), magnitude, certain=certain))
    return found


def _is_range(text: str, match: re.Match[str]) -> bool:
    """Whether the dash before a number stands between two ("5 -7")."""
    return bool(re.search(r"\d\s*(?:qq[hkmb])?\s*$", text[: match.start()])) and not match["minus"].strip().isalpha()


def _written(digits: str, tongue: Tongue, *, has_magnitude: bool) -> tuple[float, ...]:
    """A written number in every way that it may be meant; the likeliest first."""
    marks = [mark for mark in ".," if mark in digits]
    if not marks:
        return (float(digits),)
    last = max(digits.rfind("."), digits.rfind(","))
    mark = digits[last]
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    as_decimal = float(f"{whole or '0'}.{rest}")
    if len(marks) == 2:
        return (as_decimal,) if digits.count(mark) == 1 else ()
    groups = digits.split(mark)
    is_grouped = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3 and groups[0] != "0"
    if len(groups) > 2:
        return (float("".join(groups)),) if is_grouped else ()
    if not is_grouped or has_magnitude:
        return (as_decimal,)
    as_thousands = float(whole + rest)
    return (as_thousands,) if mark != tongue.decimal else (as_thousands, as_decimal)


def _round(value: float) -> float:
    """Without the dust that decimals leave: 1.1 × 1,000,000."""
    return round(value, 6)


def _joined(figures: list[_Figure], text: str, counted: Measure) -> list[_Figure]:
    """Numbers said in parts as one: "1 million 200 thousand", "twenty seventeen", "one twenty"."""
    kept: list[_Figure] = []
    for figure in figures:
        before = kept[-1] if kept else None
        between = text[before.end : figure.start] if before else ""
        if before is None or not re.fullmatch(r"\s+(?:and\s+|und\s+|y\s+)?", between):
            kept.append(figure)
        elif before.magnitude > figure.magnitude and abs(figure.value) < before.magnitude:
            total = before.value + figure.value
            kept[-1] = _Figure((total,), before.start, figure.end, figure.magnitude, certain=before.certain)
        elif (pair := _pair(before, figure)) is not None and between.strip() == "":
            is_year = counted in ("year", "") and 1900 <= pair <= 2100
            kept[-1] = _Figure((pair,), before.start, figure.end, figure.magnitude, certain=is_year)
        else:
            kept.append(figure)
    return kept


def _pair(one: _Figure, other: _Figure) -> float | None:
    """Hundreds left out: 20 and 17 are 2017, 1 and 20k are 120k."""
    count = other.value / other.magnitude
    if one.magnitude == 1 and one.value in range(1, 100) and count in range(10, 100):
        return _round((one.value * 100 + count) * other.magnitude)
    return None


def _in_time(figures: list[_Figure], text: str, counted: Measure, tongue: Tongue, today: date) -> list[_Figure]:
    """Spans of time in the field's unit: months of years, years and months together, "since 2015"."""
    units = {
        "years": tongue.years,
        "months": tongue.months,
        "weeks": tongue.weeks,
        "days": tongue.days,
        "decades": tongue.decades,
    }
    for figure in figures:
        behind = text[figure.end : figure.end + 30]
        for unit, words in units.items():
            if re.match(rf"(?:\s*|-){any_of(words)}(?!\w)", behind):
                figure.unit = unit
                figure.readings = tuple(_span(value, unit, counted) for value in figure.readings)
    figures = _since(figures, text, counted, tongue, today)
    kept: list[_Figure] = []
    for figure in figures:
        before_it = kept[-1] if kept else None
        if (
            before_it is not None
            and before_it.unit
            and figure.unit
            and _DAYS[before_it.unit] > _DAYS[figure.unit]
            and re.fullmatch(r"\W*\w*\W*(?:and|und|y|con)?\W*", text[before_it.end : figure.start])
        ):
            total = round(before_it.value + figure.value, 2)
            kept[-1] = _Figure((total,), before_it.start, figure.end, unit=before_it.unit, certain=before_it.certain)
        else:
            kept.append(figure)
    return kept


def _since(figures: list[_Figure], text: str, counted: Measure, tongue: Tongue, today: date) -> list[_Figure]:
    """Years of the calendar as the time since then, or from one to the other; never certain."""
    kept: list[_Figure] = []
    year = 0.0  # of the calendar, which the figure kept last stands for
    for figure in figures:
        if figure.unit or figure.value not in range(1950, today.year + 1) or counted not in ("years", "months"):
            kept.append(figure)
            continue
        between = text[kept[-1].end : figure.start] if kept else ""
        if year and re.fullmatch(rf"\s*(?:{any_of(tongue.until)}|[-–])\s*", between):
            kept[-1].readings = (_span(figure.value - year, "years", counted),)
            kept[-1].end, year = figure.end, 0.0
        else:
            year = figure.value
            span = _span(today.year - year, "years", counted)
            kept.append(_Figure((span,), figure.start, figure.end, unit="years", certain=False))
    return kept


def _span(value: float, unit: str, counted: str) -> float:
    if unit == counted:
        return value
    months = {"years": 12.0, "months": 1.0, "decades": 120.0}
    if unit in months and counted in months:
        return round(value * months[unit] / months[counted], 2)
    return round(value * _DAYS[unit] / _DAYS[counted], 2)


def _chosen(figures: list[_Figure], text: str, counted: Measure, tongue: Tongue) -> tuple[tuple[float, ...], bool]:
    """The numbers that are meant, the likeliest first, and whether that is certain."""
    fitting = [figure for figure in figures if _is_marked(figure, text, counted)]
    chosen = fitting or figures
    linked = _linked(figures, text, tongue)
    if linked:
        return linked, False
    values = tuple(reading for figure in chosen for reading in figure.readings)
    certain = len(figures) == 1 and chosen[0].certain
    if re.search(rf"\b{any_of(tongue.over)}\s+\S{{0,3}}$", text[: chosen[0].start]):
        certain = False
    return (values if len(chosen) > 1 or len(figures) == 1 else chosen[0].readings), certain


def _is_marked(figure: _Figure, text: str, counted: Measure) -> bool:
    """Whether the words beside a number say that it counts what the field counts."""
    around = text[max(0, figure.start - 5) : figure.start], text[figure.end : figure.end + 12]
    if counted in _DAYS:
        return bool(figure.unit)
    if counted == "percent":
        return bool(re.match(rf"\s*(?:{_PERCENT.pattern})", around[1]))
    if counted == "money":
        behind = re.match(rf"\s*(?:{_DOLLARS.pattern})", around[1])
        is_year = figure.magnitude == 1 and 1950 <= figure.value <= 2100
        return bool((figure.value >= 1e3 and not is_year) or behind or re.search(r"[$€£]\s?$", around[0]))
    return counted == "year" and 1900 <= figure.value <= 2100


def _linked(figures: list[_Figure], text: str, tongue: Tongue) -> tuple[float, ...]:
    """The numbers of a choice or a range ("2017 or 18", "100 to 120k"), or none where there is no such thing."""
    found: list[float] = []
    for one, other in itertools.pairwise(figures):
        between = text[one.end : other.start]
        unit, words = any_of([*tongue.years, *tongue.months]), any_of([*tongue.either, *tongue.until])
        link = re.fullmatch(rf"\W*(?:{unit}\s+)?(?:{words}\b|[-–/])\W*", between)
        if not link:
            continue
        first, second = one.value, other.value
        magnitude = max(other.magnitude, _round_magnitude(second))
        if one.magnitude == 1 and 0 < first < 1_000 and magnitude > 1 and second / magnitude < 1_000:
            # "100 to 120k", "eighty to ninety thousand": what stands behind the second belongs to both.
            first = _round(first * magnitude)
        if first >= 1_000 and 0 <= second < 100 and first % 100 < second and other.magnitude == one.magnitude == 1:
            second = first - first % 100 + second
        found += [value for value in (first, second) if value not in found]
    return tuple(found)


def _round_magnitude(value: float) -> float:
    return next((size for size in (1e9, 1e6, 1e3) if value >= size and value % size == 0), 1.0)


def _fits(gap: Gap, value: float) -> bool:
    return (gap.lowest is None or value >= gap.lowest) and (gap.highest is None or value <= gap.highest)
