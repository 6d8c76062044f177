"""Addresses and phone numbers, written and spelled."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.answers import letters
from intake.answers.letters import Spelled
from intake.answers.tongues import tongue
from tests.intake.saying import EINER, ONES, UNOS

SIGNS = {
    "en": {".": "dot", "-": "dash", "_": "underscore", "@": "at", "+": "plus", "/": "slash"},
    "de": {".": "Punkt", "-": "Bindestrich", "_": "Unterstrich", "@": "at", "+": "plus", "/": "Schrägstrich"},
    "es": {".": "punto", "-": "guion", "_": "subrayado", "@": "arroba", "+": "más", "/": "barra"},
}
DIGITS = {"en": ONES[:10], "de": EINER[:10], "es": UNOS[:10]}


def email(said: str, language: str = "en") -> Spelled:
    return letters.email(said, tongue=tongue(language))


def phone(said: str, language: str = "en") -> Spelled:
    return letters.phone(said, tongue=tongue(language))


def url(said: str, language: str = "en", *, linkedin: bool = True) -> Spelled:
    return letters.url(said, tongue=tongue(language), linkedin=linkedin)


def spelled(text: str, language: str) -> str:
    """Letter by letter, with the names of signs and digits."""
    words = [
        SIGNS[language].get(character, DIGITS[language][int(character)] if character.isdigit() else character)
        for character in text
    ]
    return " ".join(words)


@pytest.mark.parametrize(
    ("language", "said", "address"),
    [
        ("en", "ada dot example at example dot com", "ada.example@example.com"),
        ("en", "It's a d a at example dot org.", "ada@example.org"),
        ("en", "my email is capital A d a seven at example dot com", "ada7@example.com"),
        ("en", "b as in bravo, o, double b at example dot com", "bobb@example.com"),
        ("en", "ada underscore example at mail dot example dot co dot uk", "ada_example@mail.example.co.uk"),
        ("en", "ada dot example@example.com", "ada.example@example.com"),
        ("en", "ada.example at example.com", "ada.example@example.com"),
        ("en", "A-D-A-7 at example.com", "ada7@example.com"),
        ("en", "it's ada, that's a d a, at example dot com", "ada@example.com"),
        ("de", "ada Punkt beispiel ät example Minus firma Punkt de", "ada.beispiel@example-firma.de"),
        ("de", "meine E-Mail ist a wie Anton d wie Dora a at example Punkt de", "ada@example.de"),
        ("es", "mi correo es ada punto ejemplo arroba example punto es", "ada.ejemplo@example.es"),
        ("es", "ana guion bajo ruiz arroba example punto es", "ana_ruiz@example.es"),
        ("es", "ana barra baja ruiz arroba example punto es", "ana_ruiz@example.es"),
        ("en", "ada under score example at example full stop org", "ada_example@example.org"),
    ],
)
def test_spelled_email_is_put_together_and_never_certain(language: str, said: str, address: str) -> None:
    found = email(said, language)
    assert found.forms[0] == address
    assert not found.certain


def test_words_of_an_email_that_may_be_parted_have_alternatives() -> None:
    assert email("ada example at example dot com").forms == (
        "adaexample@example.com",
        "ada.example@example.com",
        "ada_example@example.com",
        "ada-example@example.com",
    )


def test_two_written_emails_are_asked_about() -> None:
    found = email("ada@example.com or ada@example.org")
    assert found == Spelled(("ada@example.com", "ada@example.org"), certain=False)


def test_written_email_is_certain() -> None:
    assert email("you can write to Ada.Example@example.com, please") == Spelled(("Ada.Example@example.com",))


@pytest.mark.parametrize(("written", "meant"), [("ada@gmial.com", "ada@gmail.com"), ("ada@gmail.con", "ada@gmail.com")])
def test_slip_in_a_common_domain_is_asked_about(written: str, meant: str) -> None:
    assert email(written) == Spelled((written, meant), certain=False)


@pytest.mark.parametrize("said", ["at", "ada at", "no idea", "ada@", "@@", "", "dot dot dot at dot", "ada@example"])
def test_what_is_no_email_gives_none(said: str) -> None:
    assert email(said).forms == ()


LOCAL = st.from_regex(r"[a-z][a-z0-9]{0,8}([._-][a-z0-9]{1,8})?", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,6})?\.(com|org|net|info)", fullmatch=True)


@given(LOCAL, DOMAIN, st.sampled_from(["en", "de", "es"]))
@settings(max_examples=150, deadline=None)
def test_email_comes_back_spelled_and_written(local: str, domain: str, language: str) -> None:
    address = f"{local}@{domain}"
    assert email(spelled(address, language), language).forms[0] == address
    assert email(address, language).forms[0] == address


@pytest.mark.parametrize(
    ("language", "said", "number"),
    [
        ("en", "plus one two oh two, five five five, oh one four three", "+1 202-555-0143"),
        ("en", "two zero two, triple five, zero one four three", "+1 202-555-0143"),
        ("en", "plus forty-nine one five one two three four five six seven eight nine", "+49 1512 3456789"),
        (
            "en",
            "you can reach me at plus four four seven seven double zero nine double zero one two three",
            "+44 7700 900123",
        ),
        ("de", "null eins fünf eins zwei drei vier fünf sechs sieben acht neun", "+49 1512 3456789"),
        ("de", "plus neunundvierzig eins fünf eins zwo drei vier fünf sechs sieben acht neun", "+49 1512 3456789"),
        ("es", "más treinta y cuatro seis cero cero doce treinta y cuatro cincuenta y seis", "+34 600 12 34 56"),
    ],
)
def test_spoken_phone_number_is_put_together_and_never_certain(language: str, said: str, number: str) -> None:
    assert phone(said, language) == Spelled((number,), certain=False)


def test_written_phone_number_with_country_is_certain() -> None:
    assert phone("+1 202-555-0143") == Spelled(("+1 202-555-0143",))
    assert phone("It's +1 (202) 555-0143, thanks") == Spelled(("+1 202-555-0143",))
    assert phone("0049 151 23456789") == Spelled(("+49 1512 3456789",))


def test_phone_number_without_country_is_asked_about() -> None:
    assert phone("(202) 555-0143 ext. 12") == Spelled(("+1 202-555-0143 ext. 12",), certain=False)
    assert phone("my number is 202.555.0143, call me after 5") == Spelled(("+1 202-555-0143",), certain=False)
    assert phone("0151 23456789", "de") == Spelled(("+49 1512 3456789",), certain=False)


@pytest.mark.parametrize("said", ["", "no phone", "12", "I have two phones", "one two three", "+"])
def test_what_is_no_phone_number_gives_none(said: str) -> None:
    assert phone(said).forms == ()


@given(st.integers(200, 989), st.integers(0, 99), st.sampled_from(["en", "de", "es"]))
@settings(max_examples=150, deadline=None)
def test_phone_number_comes_back_spoken_and_written(area: int, last: int, language: str) -> None:
    # Numbers that nobody has: 555-01xx of any area.
    digits = f"+1{area}55501{last:02}"
    parsed = phonenumbers.parse(digits)
    assume(phonenumbers.is_valid_number(parsed))
    expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert phone(spelled(digits, language), language).forms == (expected,)
    assert phone(digits, language) == Spelled((expected,))


@pytest.mark.parametrize(
    ("language", "said", "address"),
    [
        ("en", "linkedin dot com slash in slash ada dash example", "https://linkedin.com/in/ada-example"),
        ("en", "it's www dot linkedin dot com slash in slash adaexample", "https://www.linkedin.com/in/adaexample"),
        ("en", "my handle is ada-example", "https://www.linkedin.com/in/ada-example"),
        (
            "de",
            "linkedin Punkt com Schrägstrich in Schrägstrich ada Bindestrich beispiel",
            "https://linkedin.com/in/ada-beispiel",
        ),
        ("es", "linkedin punto com barra in barra ada guion ejemplo", "https://linkedin.com/in/ada-ejemplo"),
    ],
)
def test_spelled_profile_is_put_together_and_never_certain(language: str, said: str, address: str) -> None:
    found = url(said, language)
    assert found.forms[0] == address
    assert not found.certain


def test_written_profile_is_certain() -> None:
    assert url("https://www.linkedin.com/in/ada-example/") == Spelled(("https://www.linkedin.com/in/ada-example",))
    assert url("see linkedin.com/in/ada-example.") == Spelled(("https://linkedin.com/in/ada-example",))


def test_other_address_is_no_profile() -> None:
    assert url("https://example.com/ada").forms == ()
    assert url("https://example.com/ada", linkedin=False) == Spelled(("https://example.com/ada",))


@given(st.text(max_size=300), st.sampled_from(["en", "de", "es"]))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_readers(said: str, language: str) -> None:
    email(said, language)
    phone(said, language)
    url(said, language)
