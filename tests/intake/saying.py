"""Numbers, addresses and phone numbers in words, for tests that read them back; gaps to read them for."""

from __future__ import annotations

from typing import Any

from intake import questions
from intake.schemas import Gap
from intake.states import GapReason

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
EINER = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
ZEHNER = "_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
UNOS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
).split()
DECENAS = "_ _ veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
CIENTOS = (
    "_ ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()


def gap(field: str = "max_acv", **values: Any) -> Gap:
    """A gap of a field of the profile, or one beyond it where a type is given."""
    if field in questions.PROFILE and "type" not in values:
        return questions.spec(field).model_copy(update=values)
    made: dict[str, Any] = {
        "field": field,
        "label": field,
        "question": "?",
        "why": "",
        "reason": GapReason.MISSING,
        "is_required": True,
    }
    return Gap(**{**made, **values})


def english(number: int) -> str:
    """A whole number below a billion as Britons say it: "one hundred and twenty thousand and five"."""
    for size, name in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= size:
            rest = number % size
            joined = " and " if rest < 100 else " "
            return f"{english(number // size)} {name}" + (f"{joined}{english(rest)}" if rest else "")
    if number >= 100:
        return f"{ONES[number // 100]} hundred" + (f" and {english(number % 100)}" if number % 100 else "")
    if number >= 20:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


def german(number: int, *, last: bool = True) -> str:
    """A whole number below a billion as Germans say it: "hundertzwanzigtausendfünf"."""
    if number >= 1_000_000:
        count, rest = divmod(number, 1_000_000)
        million = "eine Million" if count == 1 else f"{german(count, last=False)} Millionen"
        return million + (f" {german(rest)}" if rest else "")
    if number >= 1_000:
        count, rest = divmod(number, 1_000)
        return ("ein" if count == 1 else german(count, last=False)) + "tausend" + (german(rest) if rest else "")
    if number >= 100:
        count, rest = divmod(number, 100)
        return ("ein" if count == 1 else EINER[count]) + "hundert" + (german(rest, last=last) if rest else "")
    if number >= 20:
        one = number % 10
        return (("ein" if one == 1 else EINER[one]) + "und" if one else "") + ZEHNER[number // 10]
    return "ein" if number == 1 and not last else EINER[number]


def spanish(number: int) -> str:
    """A whole number below a million as Spaniards say it: "ciento veinte mil cinco"."""
    if number >= 1_000:
        count, rest = divmod(number, 1_000)
        thousand = "mil" if count == 1 else f"{_before_mil(count)} mil"
        return thousand + (f" {spanish(rest)}" if rest else "")
    if number == 100:
        return "cien"
    if number > 100:
        return f"{CIENTOS[number // 100]} {spanish(number % 100)}" if number % 100 else CIENTOS[number // 100]
    if number >= 30:
        return DECENAS[number // 10] + (f" y {UNOS[number % 10]}" if number % 10 else "")
    return UNOS[number]


def _before_mil(count: int) -> str:
    words = spanish(count)
    if words.endswith("veintiuno"):
        return words.removesuffix("veintiuno") + "veintiún"
    return words.removesuffix("uno") + "un" if words.endswith("uno") else words
