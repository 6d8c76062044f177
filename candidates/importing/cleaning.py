"""One cell → the value a field holds. "" stands for null; what a field can't hold raises Unreadable.

What follows from a value that can't be read:
- an e-mail column that holds no address fails the row: the address is what we reach and recognise a person by;
- a text longer than its field takes fails the row: to cut it would be to change it;
- any other value (years, money, booleans, links, phones) becomes null, and the cell stays in `other_columns`, since the
  rest of the row is worth having.
"""

from __future__ import annotations

import re
from functools import lru_cache

import orjson

from candidates.importing.copying import array_literal
from candidates.mapping.fitting import BLANK
from candidates.mapping.keys import PLAIN_EMAIL, email_key, linkedin_key, phone_key

SHORT_LIMIT = 1_000
LONG_LIMIT = 100_000  # of a searched text: keeps the search vector of a row below Postgres' 1 MB
SOURCE_LIMIT = 1_000_000
NOBODY = frozenset(
    {"unknown user", "unknown", "unknown candidate", "linkedin member", "anonymous", "no name", "test user"}
)
TRUE = frozenset({"t", "true", "yes", "y", "1", "1.0", "x", "ja", "oui", "si"})
FALSE = frozenset({"f", "false", "no", "n", "0", "0.0", "nein", "non"})
SPLIT_MANY = re.compile(r"[;,|/\n]|\s+or\s+")
YEARS = re.compile(
    r"(?:about |approx\.? |over |more than |>|~)?(\d{1,3}(?:[.,]\d+)?)\s*(?:[-–]\s*\d{1,3}(?:[.,]\d+)?)?\s*\+?\s*"
    r"(?P<unit>years?|yrs?\.?|y|months?|mos?\.?|jahre|ans)?(?: of experience)?(?:\s*(\d{1,2})\s*(?:months?|mos?\.?))?",
    re.IGNORECASE,
)
PLAIN_YEARS = re.compile(r"\d{1,2}(?:\.\d{1,3})?\Z").match
MONEY = re.compile(r"(\d[\d.,\s]*)\s*(k|m|mm|mio|million|thousand|b|bn)?\b", re.IGNORECASE)
MONEY_WORDS = re.compile(r"[\s$€£¥~<>+/()-]|usd|eur|gbp|acv|arr|per year|annually|to|approx\.?|up|\.", re.IGNORECASE)
FACTORS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9}


# What a spreadsheet would run as a formula, and exports therefore protect with an apostrophe.
APOSTROPHED = frozenset("+=-@")


class Unreadable(Exception):
    """A value that its field can't hold; the message is a reason for people, without the value itself."""


def without_nul(json: str) -> str:
    """JSON without escaped NUL characters, which it may hold and Postgres may not."""
    return json.replace("\\u0000", "") if "\\u0000" in json else json


def text(cell: str) -> str:
    """A short text on one line. Marks that stand for "nothing" are null; a spreadsheet's protecting apostrophe goes."""
    value = cell.strip()
    if value[:1] == "'" and value[1:2] in APOSTROPHED:
        value = value[1:]
    if not value or (len(value) < 15 and value.lower() in BLANK):
        return ""
    if not value.isprintable() or "  " in value:
        value = " ".join(value.split())
    return value


def long_text(cell: str) -> str:
    """A text with its line breaks."""
    value = cell.strip()
    if value[:1] == "'" and value[1:2] in APOSTROPHED:
        value = value[1:]
    return "" if len(value) < 15 and value.lower() in BLANK else value


def name(cell: str) -> str:
    """A name; the placeholders that exports put for a hidden person are null."""
    value = text(cell)
    return "" if value.lower() in NOBODY else value


def email(cell: str) -> tuple[str, str]:
    """(address as written, key). Of several addresses the first valid one counts. Raises Unreadable."""
    value = cell.strip()
    lower = value.lower()
    if PLAIN_EMAIL(lower):
        return value, lower
    if lower in BLANK:
        return "", ""
    value = value.lstrip("'")
    for part in [value, *re.split(r"[\s,;|<>()\[\]\"]+", value)]:
        part = part.removeprefix("mailto:").strip(".")
        key = email_key(part) if "@" in part else None
        if key:
            return part, key
    raise Unreadable("This is not an e-mail address.")


def phone(cell: str) -> tuple[str, str]:
    """(number as written, key). A number that can't be placed is kept without a key. Raises Unreadable."""
    value = text(cell)
    if not value:
        return "", ""
    key = phone_key(value)
    if key:
        return value, key
    for part in SPLIT_MANY.split(value):
        part = part.strip().lstrip("'")
        key = phone_key(part)
        if key:
            return part, key
    if sum(map(str.isdigit, value)) >= 5 and len(value) <= 60:
        return value, ""
    raise Unreadable("This is not a phone number.")


def linkedin(cell: str) -> tuple[str, str]:
    """(address of the person's profile, key). Of several links the first LinkedIn one counts. Raises Unreadable."""
    value = cell.strip()
    if not value or value.lower() in BLANK:
        return "", ""
    key = linkedin_key(value)
    if not key:
        for part in re.split(r"[\s,;|<>\"]+", value):
            key = linkedin_key(part)
            if key:
                value = part
                break
        else:
            raise Unreadable("This is not the address of a LinkedIn profile.")
    if len(value) > SHORT_LIMIT:
        raise Unreadable("This address is too long.")
    if "linkedin.com" not in value.lower():
        return f"https://www.linkedin.com/{key}", key
    return value if value.startswith(("https://", "http://")) else f"https://{value}", key


def years(cell: str) -> str:
    """Years as a number: "5+ years", "3 yrs", "18 months", of a range the lower end. Raises Unreadable outside 0–70."""
    value = cell.strip()
    if PLAIN_YEARS(value):
        number = float(value)
    elif value.lower() in BLANK:
        return ""
    else:
        found = YEARS.fullmatch(value.lstrip("'"))
        if not found:
            raise Unreadable("This is not a number of years.")
        number = float(found[1].replace(",", "."))
        if (found["unit"] or "").lower().startswith("mo"):
            number = round(number / 12, 2)
        elif found[3]:
            number = round(number + int(found[3]) / 12, 2)
    if not 0 <= number <= 70:
        raise Unreadable("These are not years that a person can have worked.")
    return repr(number)


@lru_cache(maxsize=20_000)
def money(cell: str) -> str:
    """An amount: "120k", "$1.2M", "1,200,000", of a range the higher end. Raises Unreadable."""
    value = cell.strip().lstrip("'").lower()
    if value in BLANK:
        return ""
    amounts = [_number(digits) * FACTORS.get(unit, 1) for digits, unit in MONEY.findall(value)]
    if not amounts or MONEY_WORDS.sub("", MONEY.sub("", value)) or not 0 <= max(amounts) < 1e12:
        raise Unreadable("This is not an amount of money.")
    return repr(max(amounts))


def _number(digits: str) -> float:
    """Digits with marks of thousands and decimals in either order: "1,200.50", "1.200,50", "1.5", "1,5"."""
    digits = re.sub(r"\s", "", digits).rstrip(".,")
    mark = max(digits.rfind("."), digits.rfind(","))
    if mark >= 0:
        whole, rest = re.sub(r"[.,]", "", digits[:mark]), digits[mark + 1 :]
        is_thousands = len(rest) == 3 and (digits.count(digits[mark]) > 1 or digits[mark] == "," or whole != "0")
        return float(whole + rest) if is_thousands else float(f"{whole or 0}.{rest}")
    return float(digits)


@lru_cache(maxsize=20_000)
def percent(cell: str) -> str:
    """A percentage as its number: "110%" is 110. Raises Unreadable."""
    value = cell.strip().lstrip("'")
    if value.lower() in BLANK:
        return ""
    found = re.fullmatch(r"~?(-?\d+(?:[.,]\d+)?)\s*(?:%|percent)?\+?(?: of quota)?", value, re.IGNORECASE)
    if not found or not 0 <= float(found[1].replace(",", ".")) <= 10_000:
        raise Unreadable("This is not a percentage.")
    return repr(float(found[1].replace(",", ".")))


def boolean(cell: str) -> str:
    """ "t" or "f" from any usual spelling. Raises Unreadable."""
    value = cell.strip().lower()
    if value in TRUE:
        return "t"
    if value in FALSE:
        return "f"
    if value in BLANK:
        return ""
    raise Unreadable("This is neither yes nor no.")


def items(cell: str) -> list[str]:
    """The values of a list: JSON, else split at semicolons, pipes or lines, else at commas; doubles are dropped."""
    value = cell.strip()
    if not value or value.lower() in BLANK or value in ("[]", "{}"):
        return []
    found: list[object] = []
    if value[0] == "[":
        try:
            loaded = orjson.loads(without_nul(value))
            found = [one.get("name", "") if isinstance(one, dict) else one for one in loaded]
        except orjson.JSONDecodeError:
            found = []
    if not found:
        if value[0] in "[{" and value[-1] in "]}":  # a list as Python or Postgres print it
            value = re.sub(r"[\[\]{}'\"]", "", value)
        mark = next((mark for mark in ("\n", ";", "|", "·", "•") if mark in value), ",")
        found = list(value.split(mark))
    kept: dict[str, str] = {}
    for one in found:
        clean, folded = _item(str(one)) if one is not None else ("", "")
        if clean and len(clean) <= 200:
            kept.setdefault(folded, clean)
    return list(kept.values())[:200]


@lru_cache(maxsize=20_000)
def _item(value: str) -> tuple[str, str]:
    """One value of a list, on one line, and what doubles of it are known by."""
    clean = " ".join(value.split())
    return clean, clean.lower()


@lru_cache(maxsize=10_000)
def list_literal(cell: str) -> str:
    """The values of a list as a Postgres array, or "" where there are none."""
    found = items(cell)
    return array_literal(found) if found else ""
