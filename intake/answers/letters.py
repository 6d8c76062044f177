"""Addresses and phone numbers as people spell them: "ada dot example at …", "plus four nine one, double two"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat
from rapidfuzz.distance import DamerauLevenshtein

from candidates import mapping
from intake.answers.numbers import counted, in_digits
from intake.answers.tongues import ENGLISH, Tongue, any_of

LONGEST = 500
_WRITTEN_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_WRITTEN_URL = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/[^\s,;]*)?", re.IGNORECASE)
# Whoever is one keystroke away from one of these probably meant it.
_COMMON_DOMAINS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com"),
    *("msn.com", "protonmail.com", "proton.me", "gmx.de", "gmx.net", "web.de", "t-online.de", "yahoo.es", "hotmail.es"),
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a text spells: the likeliest form first, and whether there is no doubt about it."""

    forms: tuple[str, ...] = ()
    certain: bool = True


def email(said: str, *, tongue: Tongue) -> Spelled:
    """The e-mail address that a text writes or spells. A spelled one is never certain: letters sound alike."""
    text = said[:LONGEST].strip()
    written_ones = list(_WRITTEN_EMAIL.finditer(text))
    if written_ones and not _is_half_spelled(text, written_ones[0], tongue):
        found = [_valid_email(one[0].strip(".'`")) for one in written_ones]
        valid = list(dict.fromkeys(address for address in found if address is not None))
        if valid:
            meant = _meant(valid[0])
            return Spelled((*valid, *meant)[:4], certain=len(valid) == 1 and not meant)
    forms = []
    for joined in _address_forms(text, tongue):
        for written in _WRITTEN_EMAIL.findall(joined):
            if (address := _valid_email(written.strip("."))) is not None:
                forms += [address, *_meant(address)]
    return Spelled(tuple(dict.fromkeys(forms))[:4], certain=False)


def _is_half_spelled(text: str, written: re.Match[str], tongue: Tongue) -> bool:
    """Whether an address that a speech service wrote is only a part of what was spelled: "ada dot example@…"."""
    signs = any_of([*ENGLISH.signs, *tongue.signs])
    before, behind = text[: written.start()], text[written.end() :]
    return bool(
        re.search(rf"\b{signs}\s+$|(?:^|\s)[^\W_]\s+$", before, re.IGNORECASE)
        or re.match(rf"\s+{signs}\b", behind, re.IGNORECASE)
    )


def _valid_email(text: str) -> str | None:
    try:
        return str(validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError:
        return None


def _meant(address: str) -> tuple[str, ...]:
    """The address with the common domain that its own is one slip away from: gmial.com, gmail.con."""
    name, _, domain = address.rpartition("@")
    if domain in _COMMON_DOMAINS:
        return ()
    close = [known for known in _COMMON_DOMAINS if DamerauLevenshtein.distance(domain, known, score_cutoff=1) == 1]
    # gmx.net and gmx.de are both real; a slip is told from them by standing in no list.
    return tuple(f"{name}@{known}" for known in close[:1])


def url(said: str, *, tongue: Tongue, linkedin: bool) -> Spelled:
    """The web address that a text writes or spells; of LinkedIn also a bare handle."""
    text = said[:LONGEST].strip()
    certain = bool(_WRITTEN_URL.search(text))
    forms: list[str] = []
    for joined in [text] if certain else _address_forms(text, tongue):
        for written in _WRITTEN_URL.findall(joined):
            address = written.rstrip(".,)/")
            if not linkedin or mapping.linkedin_key(address):
                forms.append(address if "://" in address else f"https://{address}")
    if linkedin and not forms:
        for joined in _address_forms(text, tongue):
            handle = re.sub(r"^.*linkedin\.com/?(?:in)?/?", "", joined).strip("/@ ")
            if re.fullmatch(r"[\w%-]{3,100}", handle):
                forms.append(f"https://www.linkedin.com/in/{handle}")
        certain = False
    return Spelled(tuple(dict.fromkeys(forms))[:4], certain)


def phone(said: str, *, tongue: Tongue) -> Spelled:
    """The phone number that a text writes or spells, in international form.

    A number without a country code is read as one of settings.PHONE_REGION, else of the language's own country, and is
    not certain.
    """
    text = said[:LONGEST].strip()
    if not _has_words(text, tongue) and (written := _written_phone(text, tongue)).forms:
        return written
    spoken = re.sub(rf"\b{any_of(_plus(tongue))}\b", "+", _digits(text, tongue))
    extension = re.search(r"(?:ext|extension|x|durchwahl|extensi[oó]n)\.?\s*(\d{1,6})\s*$", spoken)
    number = re.sub(r"[^\d+]", "", spoken[: extension.start()] if extension else spoken)
    number = number[:1] + number[1:].replace("+", "")
    if number.startswith("00"):
        number = f"+{number[2:]}"
    regions = [None] if number.startswith("+") else list(dict.fromkeys([settings.PHONE_REGION, tongue.region]))
    forms: list[tuple[bool, str]] = []
    for region in regions:
        try:
            parsed = phonenumbers.parse(f"{number};ext={extension[1]}" if extension else number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            valid = bool(phonenumbers.is_valid_number(parsed))
            forms.append((valid, str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))))
    forms.sort(key=lambda form: not form[0])
    certain = bool(forms) and forms[0][0] and number.startswith("+") and not _has_words(text, tongue)
    return Spelled(tuple(form for _, form in forms), certain)


def _written_phone(text: str, tongue: Tongue) -> Spelled:
    """The phone numbers that stand in a text in digits."""
    for region in dict.fromkeys([settings.PHONE_REGION, tongue.region]):
        found = list(phonenumbers.PhoneNumberMatcher(text, region))
        if found:
            forms = [str(phonenumbers.format_number(one.number, PhoneNumberFormat.INTERNATIONAL)) for one in found]
            unique = tuple(dict.fromkeys(forms))
            has_country = found[0].raw_string.startswith(("+", "＋"))
            return Spelled(unique[:4], certain=has_country and len(unique) == 1)
    return Spelled()


def _plus(tongue: Tongue) -> list[str]:
    return [word for word, sign in {**ENGLISH.signs, **tongue.signs}.items() if sign == "+"]


def _has_words(text: str, tongue: Tongue) -> bool:
    """Whether digits were said as words."""
    return re.sub(r"\D", "", text) != re.sub(r"\D", "", _digits(text, tongue))


def _digits(text: str, tongue: Tongue) -> str:
    """The text with numbers, zeros and repetitions ("double five") as digits."""
    folded = text.casefold()
    if tongue.zero:
        folded = re.sub(rf"\b{any_of(tongue.zero)}\b(?!')", "zero", folded)
    for word, times in tongue.repeats.items():
        folded = re.sub(rf"\b{word}\s+([^\W_]+)", lambda found, times=times: " ".join([found[1]] * times), folded)  # type: ignore[misc]
    # Digit by digit, so that "five, five" and "five five" are both 55; a comma parts the groups of text2num.
    return re.sub(r"(?<=\d)\s*qqh", "00", in_digits(folded, tongue))


def _address_forms(said: str, tongue: Tongue) -> list[str]:
    """What a spelled address is when its words are put together; a second form where words may have been parted."""
    text = said.strip().rstrip(".?!")
    lead = re.compile(rf"^\W*{any_of(tongue.leads)}\b[\s,:]*", re.IGNORECASE)
    while (shorter := lead.sub("", text, count=1)) != text and shorter:
        text = shorter
    text = text.casefold()
    for phrase, sign in {**ENGLISH.paired_signs, **tongue.paired_signs}.items():
        text = re.sub(rf"\b{any_of([phrase])}\b", f" {sign} ", text)
    for phrase in (*tongue.capital,):
        text = re.sub(rf"\b{re.escape(phrase)}\s+(?=[^\W\d_]\b)", "", text)
    # "ada, that's a d a": the letters stand for the word.
    text = re.sub(rf"[^\s,]+,?\s+{any_of(tongue.spells)},?\s+(?=[^\W\d_]\b)", "", text)
    # "A-D-A-7", as speech services write letters.
    text = re.sub(r"(?<![\w-])(?:[^\W_]-){2,}[^\W_](?![\w-])", lambda found: found[0].replace("-", ""), text)
    # "b as in bravo", "b wie berta": the letter alone.
    text = re.sub(rf"\b([^\W\d_])\s+{any_of(tongue.as_in)}\s+[^\W\d_]+", r"\1", text)
    for word, times in tongue.repeats.items():
        text = re.sub(rf"\b{word}\s+([^\W_])\b", lambda found, times=times: found[1] * times, text)  # type: ignore[misc]
    signs = {**ENGLISH.signs, **tongue.signs}
    tokens = re.findall(r"[^\W_]+(?:-[^\W_]+)*|[@._/+:~#&-]", text)
    in_figures = _with_figures(tokens, signs, tongue)
    forms = _put_together(in_figures, signs, tongue)
    # "seven" may be part of a name after all.
    return forms if in_figures == tokens else [*forms, *_put_together(tokens, signs, tongue)]


def _put_together(tokens: list[str], signs: Mapping[str, str], tongue: Tongue) -> list[str]:
    made: list[str] = []
    parted = False
    for token in tokens:
        if token in signs:
            made.append(signs[token])
        elif token in tongue.letters and len(token) > 1 and _is_letter_place(made):
            made.append(tongue.letters[token])
        else:
            is_word = token.isalpha() and len(token) > 1
            if made and is_word and made[-1] not in signs.values() and len(made[-1]) > 1:
                parted = True
                made.append(" ")
            made.append(token)
    spelled = "".join(made)
    if not parted:
        return [spelled.replace(" ", "")]
    return [spelled.replace(" ", ""), *(spelled.replace(" ", mark) for mark in (".", "_", "-"))]


def _is_letter_place(made: list[str]) -> bool:
    """Whether the name of a letter ("bee") follows letters that were spelled one by one."""
    return bool(made) and len(made[-1]) == 1 and made[-1].isalnum()


def _with_figures(tokens: list[str], signs: Mapping[str, str], tongue: Tongue) -> list[str]:
    """The tokens with numbers in digits: "ada twenty three" is ada23. A word that only holds one stays as it is."""
    made: list[str] = []
    for is_number, run in itertools.groupby(tokens, lambda token: token not in signs and _is_number(token, tongue)):
        words = list(run)
        made += counted(" ".join(words), tongue).split() if is_number else words
    return made


def _is_number(token: str, tongue: Tongue) -> bool:
    return token.replace("-", "").isalpha() and counted(token, tongue).isdigit()
