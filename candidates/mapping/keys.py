"""What duplicates are found by: one form for all the ways in which one address, profile or number is written."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from django.conf import settings
from email_validator import EmailNotValidError, validate_email

# Plain addresses, which are nearly all: what matches here is what email-validator would accept too, 50 times faster.
PLAIN_EMAIL = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@"
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"(?:com|org|net|edu|gov|io|co|ai|dev|me|info|biz|app|us|uk|de|fr|es|it|nl|pl|se|no|dk|fi|ch|at|be|pt|ie|ca|au|nz|in|br|mx|jp)\Z"
).match
# North American numbers in any of their usual spellings, with an extension if they have one.
AMERICAN_PHONE = re.compile(
    r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]{0,2}([2-9]\d\d)[ .-]?(\d{4})"
    r"(?:[ ,;]*(?:ext|x|extension)[.: ]{0,2}(\d{1,6}))?\Z",
    re.IGNORECASE,
).match
BRITISH_PHONE = re.compile(r"\+44 ?(?:\(0\) ?)?([1-37-9]\d{2,4})[ -]?(\d{3})[ -]?(\d{3,4})\Z").match
PLAIN_LINKEDIN = re.compile(
    r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/([a-z0-9_-]{2,100})/?\Z", re.IGNORECASE
).match
LINKEDIN = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)*linkedin\.com/(?:mwlite/)?"
    r"(in|pub|sales/lead|sales/people|talent/profile|recruiter/profile|profile/view)[/?]([^\s?#]+)",
    re.IGNORECASE,
).match


def email_key(email: str | None) -> str | None:
    """The address in lower case, or None where it is no address."""
    if not email:
        return None
    lower = email.strip().lower()
    return lower if PLAIN_EMAIL(lower) else _validated_email(lower)


@lru_cache(maxsize=20_000)
def _validated_email(lower: str) -> str | None:
    try:
        return str(validate_email(lower, check_deliverability=False).normalized.lower())
    except EmailNotValidError:
        return None


def linkedin_key(url: str | None) -> str | None:
    """A person's LinkedIn profile as "in/handle", without host, language, query or case; None for anything else.

    Company pages and posts are no persons. Ids of Sales Navigator and Recruiter keep their case, since it counts there.
    """
    if not url:
        return None
    plain = PLAIN_LINKEDIN(url)
    if plain:
        return f"in/{plain[1].lower()}"
    return _folded_linkedin(url.strip())


@lru_cache(maxsize=20_000)
def _folded_linkedin(url: str) -> str | None:
    url = url.replace("%00", "")  # Postgres holds no NUL
    found = LINKEDIN(url)
    if not found:
        handle = re.fullmatch(r"/?in/([\w%-]{2,100})/?", url, re.IGNORECASE)
        return f"in/{unquote(handle[1]).lower()}" if handle else None
    kind, path = found[1].lower(), unquote(found[2]).strip("/")
    if not path:
        return None
    if kind == "in":
        return f"in/{path.split('/')[0].lower()}"[:300]
    if kind == "pub":
        return f"pub/{path.lower()}"[:300]
    return f"{kind}/{path.split(',')[0].split('/')[0]}"[:300]


def phone_key(phone: str | None) -> str | None:
    """The number as E.164, with "x" and the extension behind it where there is one; None where it is no number.

    A number without a country code is read as one of settings.PHONE_REGION.
    """
    if not phone:
        return None
    if settings.PHONE_REGION == "US" or phone.startswith("+"):
        found = AMERICAN_PHONE(phone)
        if found:
            area, exchange, number, extension = found.groups()
            return f"+1{area}{exchange}{number}x{extension}" if extension else f"+1{area}{exchange}{number}"
        found = BRITISH_PHONE(phone)
        if found and len(digits := "".join(found.groups())) == 10:
            return f"+44{digits}"
    return _parsed_phone(phone.strip().lstrip("'"), settings.PHONE_REGION)


@lru_cache(maxsize=20_000)
def _parsed_phone(phone: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    key = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{key}x{number.extension}" if number.extension else key
