"""Dates as people say and write them: "the first of March", "1.3.2027", "03/04/2027", "in two weeks", "immediately"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.parser import ParserError, parse
from dateutil.relativedelta import relativedelta

from intake.answers.numbers import in_digits
from intake.answers.tongues import ENGLISH, Tongue, any_of
from intake.schemas import Gap

# Words of a field's name that say that it holds a date.
_NAMES = frozenset({"date", "available", "availability", "start", "earliest", "deadline", "until", "since"})
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|\.|º|ª)(?!\d)")


@dataclass(frozen=True, slots=True)
class Day:
    """The dates that a text may tell, as YYYY-MM-DD, or YYYY-MM where no day is told; the likeliest first."""

    forms: tuple[str, ...] = ()
    certain: bool = True


def is_date(gap: Gap) -> bool:
    """Whether a text field holds a date."""
    return gap.type == "string" and bool(_NAMES & set(gap.field.split("_")))


def read(said: str, *, tongue: Tongue, today: date | None = None) -> Day:
    """The date that a text tells, or none; a text that tells more than a date has none."""
    today = today or date.today()
    text = said.casefold().strip()
    if re.search(rf"(?<!\w){any_of(tongue.now)}(?!\w)", text):
        return Day((today.isoformat(),), certain=False)
    if found := _ISO.search(text):
        return _valid(*(int(part) if part else None for part in found.groups()))
    if found := _NUMERIC.search(text):
        return _numeric(found, tongue)
    text = in_digits(_ORDINAL.sub("", text), tongue)
    if (later := _later(text, tongue, today)) is not None:
        return Day((later.isoformat(),), certain=False)
    return _named(text, tongue, today)


def _numeric(found: re.Match[str], tongue: Tongue) -> Day:
    """Day and month in digits: which of the two comes first is known of dots, and of numbers above 12."""
    one, other, year = (int(part) for part in found.groups())
    year += 2000 if year < 100 else 0
    day_first = _valid(year, other, one).forms
    month_first = _valid(year, one, other).forms
    if "." in found[0] or tongue.code != ENGLISH.code:
        return Day(day_first or month_first, certain=bool(day_first))
    forms = tuple(dict.fromkeys(month_first + day_first))
    return Day(forms, certain=len(forms) == 1)


def _valid(year: int | None, month: int | None, day: int | None) -> Day:
    try:
        told = date(year or 0, month or 0, day or 1)
    except ValueError:
        return Day()
    return Day((told.isoformat() if day else told.isoformat()[:7],))


def _later(text: str, tongue: Tongue, today: date) -> date | None:
    """A day given by its distance: "in 2 weeks", "in 3 months"."""
    spans = {"days": tongue.days, "weeks": tongue.weeks, "months": tongue.months, "years": tongue.years}
    found = re.fullmatch(
        r"\W*(?:\w+\W+){0,4}?(?:in|within|after|nach|en|dentro\s+de)\s+(\d{1,3})\s+(?P<unit>[^\W\d]+)"
        r"(?:\W+\w+){0,4}\W*",
        text,
    )
    if not found:
        return None
    for unit, words in spans.items():
        if found["unit"] in words:
            count = int(found[1])
            return today + (timedelta(days=count) if unit == "days" else relativedelta(**{unit: count}))  # type: ignore[arg-type]
    return None


def _named(text: str, tongue: Tongue, today: date) -> Day:
    """A date with the name of its month; without a year it is the next one to come, to be confirmed."""
    names = tongue.month_names
    month = next((number for number, name in enumerate(names, 1) if re.search(rf"\b{name}\b", text)), None)
    if month is None:
        # Short forms of English: "1 Mar 2027".
        found = re.search(r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b", text)
        if found is None or tongue.code != ENGLISH.code:
            return Day()
        try:
            month = parse(found[0]).month
        except ParserError:  # pragma: no cover - the pattern names months alone
            return Day()
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    years = [number for number in numbers if 1950 <= number <= 2100]
    days = [number for number in numbers if 1 <= number <= 31]
    if len(numbers) != len(years) + len(days) or len(years) > 1 or len(days) > 1:
        return Day()
    day = days[0] if days else None
    if years:
        return _valid(years[0], month, day)
    year = today.year if (month, day or 31) >= (today.month, today.day) else today.year + 1
    return Day(_valid(year, month, day).forms, certain=False)
