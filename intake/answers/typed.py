"""Whether a value is of its gap's type and within its bounds; nothing is guessed here."""

from __future__ import annotations

import math
from typing import Any

import phonenumbers
from django.conf import settings
from django.utils import translation
from email_validator import EmailNotValidError, validate_email

from candidates import mapping, profiles
from intake.answers.showing import bounds
from intake.errors import WrongValue
from intake.questions import PROFILE
from intake.schemas import Gap

LONGEST_TEXT = 2_000
LONGEST_ITEM = 500
MOST_ITEMS = 200


def typed(gap: Gap, value: Any) -> Any:
    """The value as it is kept. Raises WrongValue, whose message says what the field takes.

    Text is stripped and put on one line, a list loses empty items and repetitions. A field of the profile has to be
    what candidates.profiles takes too, so that no accepted answer fails when it is merged.
    """
    check = {
        "boolean": _boolean,
        "number": _number,
        "string": _text,
        "string_list": _list,
        "email": _email,
        "phone": _phone,
        "url": _url,
    }[gap.type]
    clean = check(gap, value)
    if gap.field in PROFILE:
        try:
            clean = profiles.validated({gap.field: clean})[gap.field]
        except profiles.Refused as error:
            reason = " ".join((error.fields or {}).get(gap.field, [error.message]))
            raise WrongValue(f"{gap.field}: {reason}", fields={gap.field: [reason]}) from None
    return clean


def wrong(gap: Gap, takes: str) -> WrongValue:
    """The refusal of a value: what the field takes, without the value, which may be personal."""
    return WrongValue(f"{gap.field} takes {takes}", fields={gap.field: [f"Takes {takes}"]})


def _boolean(gap: Gap, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong(gap, "true or false.")
    return value


def _number(gap: Gap, value: Any) -> float:
    unit = f" in {gap.unit}" if gap.unit else ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong(gap, f"a number{unit}, in digits and without its unit, such as 120000.")
    if (gap.lowest is not None and value < gap.lowest) or (gap.highest is not None and value > gap.highest):
        with translation.override("en"):
            raise wrong(gap, f"a number{unit} {bounds(gap)}.")
    return float(value)


def _text(gap: Gap, value: Any) -> str:
    text = _one_line(gap, value)
    if len(text) > LONGEST_TEXT:
        raise wrong(gap, f"text of at most {LONGEST_TEXT:,} characters.")
    return text


def _one_line(gap: Gap, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(gap, "text.")
    text = " ".join(value.replace("\x00", "").split())
    if not text:
        raise wrong(gap, "text that is not empty.")
    return text


def _list(gap: Gap, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(gap, 'a list of texts, such as ["first", "second"].')
    items: dict[str, str] = {}
    for item in value:
        text = " ".join(item.replace("\x00", "").split())
        if len(text) > LONGEST_ITEM:
            raise wrong(gap, f"a list of texts of at most {LONGEST_ITEM} characters each.")
        if text:
            items.setdefault(text.casefold(), text)
    if not 0 < len(items) <= MOST_ITEMS:
        raise wrong(gap, f"a list of 1 to {MOST_ITEMS} texts.")
    return list(items.values())


def _email(gap: Gap, value: Any) -> str:
    try:
        # Whether the domain takes mail is not asked of the network: the address is used soon enough.
        return str(validate_email(_one_line(gap, value), check_deliverability=False).normalized)
    except EmailNotValidError:
        raise wrong(gap, "an e-mail address, such as name@example.com.") from None


def _phone(gap: Gap, value: Any) -> str:
    text = _one_line(gap, value)
    try:
        number = phonenumbers.parse(text, settings.PHONE_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise wrong(gap, "a phone number with its country code, such as +1 202 555 0123.")
    return text


def _url(gap: Gap, value: Any) -> str:
    text = _one_line(gap, value)
    if gap.field == "linkedin_url":
        key = mapping.linkedin_key(text)
        if key is None:
            raise wrong(gap, "the address of a LinkedIn profile, such as https://www.linkedin.com/in/name.")
        if "linkedin.com" not in text.lower():
            return f"https://www.linkedin.com/{key}"
    try:
        return str(profiles.validated({"linkedin_url": text})["linkedin_url"])
    except profiles.Refused:
        raise wrong(gap, "a web address, such as https://example.com.") from None
