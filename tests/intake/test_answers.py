"""What a candidate's words are taken for, and which values a field takes."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import questions
from intake.answers import Understood, dates, declines, shown, typed, understand, yes_or_no
from intake.answers.tongues import tongue
from intake.errors import WrongValue
from intake.schemas import Gap
from intake.states import GapReason
from tests.intake.saying import gap

FLAG = gap("can_travel", type="boolean")
NOTE = gap("notice_period", type="string")
LIST = gap("languages_spoken", type="string_list")
START = gap("start_date", type="string")


def said(words: str, field: str | Gap = "years_experience", language: str = "en") -> Understood:
    asked = field if isinstance(field, Gap) else gap(field)
    return understand(asked, words, language=language)


# --- yes and no -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "words", "meant"),
    [
        ("en", "Yes, I have.", True),
        ("en", "yeah, sure", True),
        ("en", "Absolutely!", True),
        ("en", "That's right", True),
        ("en", "no", False),
        ("en", "No, not really.", False),
        ("en", "I don't think so", False),
        ("en", "Of course not", False),
        ("en", "That is not right", False),
        ("en", "I have never done that", False),
        ("en", "Sure, why not", True),
        ("en", "I haven't, no", False),
        ("en", "never", False),
        ("de", "Ja, klar", True),
        ("de", "Doch", True),
        ("de", "Nein, noch nie", False),
        ("de", "Das stimmt nicht", False),
        ("de", "Natürlich nicht", False),
        ("de", "Leider nicht", False),
        ("es", "Sí, claro", True),
        ("es", "No, nunca", False),
        ("es", "Para nada", False),
        ("es", "Claro que no", False),
        ("es", "Cómo no", True),
    ],
)
def test_yes_or_no_is_understood(language: str, words: str, meant: bool) -> None:
    assert said(words, FLAG, language) == Understood(meant)
    assert yes_or_no(words, language=language) is meant


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "maybe"),
        ("en", "sort of"),
        ("en", "yes and no"),
        ("en", "yes, although I am not sure what you would count as one"),
        ("en", "potatoes"),
        ("de", "jein"),
        ("es", "no sé"),
    ],
)
def test_neither_yes_nor_no_is_a_problem(language: str, words: str) -> None:
    found = said(words, FLAG, language)
    assert found.value is None
    assert found.problem
    assert yes_or_no(words, language=language) is None


# --- numbers ----------------------------------------------------------------------------------------------------------
def test_number_that_is_clear_needs_no_confirmation() -> None:
    assert said("about eight years") == Understood(8.0)
    assert said("a hundred and twenty k", "max_acv") == Understood(120_000.0)


def test_number_that_may_be_two_comes_with_both() -> None:
    found = said("two thousand seventeen or eighteen", gap("graduation_year", type="number"))
    assert found == Understood(2017.0, needs_confirmation=True, alternatives=(2017.0, 2018.0))


def test_number_out_of_bounds_is_a_problem_that_names_them() -> None:
    assert said("ninety").problem == "It should be a number from 0 to 70."
    assert said("minus five").value is None


def test_alternative_out_of_bounds_is_none() -> None:
    assert said("60 or 80 years").alternatives == ()
    assert said("60 or 80 years").needs_confirmation


def test_other_currency_is_asked_for_again() -> None:
    assert said("120k euros", "max_acv").problem == "Please give it in US dollars."


@pytest.mark.parametrize("words", ["", "   ", "\x00", "..."])
def test_silence_is_a_problem(words: str) -> None:
    for field in ("name", "email", "phone", "linkedin_url", "skills", "years_experience", "is_founder"):
        assert said(words, field).value is None
        assert said(words, field).problem


# --- corrections ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "field", "words", "value"),
    [
        ("en", "years_experience", "five, no sorry, six", 6.0),
        ("en", "max_acv", "5 million, no, six million", 6_000_000.0),
        ("en", "current_company", "I'm at Acme, no wait, Globex Inc.", "Globex Inc."),
        ("en", "skills", "Python, Java, no sorry, JavaScript", ["Python", "JavaScript"]),
        ("de", "years_experience", "fünf, nein Moment, sechs", 6.0),
        ("es", "years_experience", "cinco, perdón, seis", 6.0),
    ],
)
def test_correction_counts_and_is_confirmed(language: str, field: str, words: str, value: Any) -> None:
    assert said(words, field, language) == Understood(value, needs_confirmation=True)


# --- texts and lists --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "field", "words", "value"),
    [
        ("en", "current_role", "Well, I work as a senior nurse, thanks.", "senior nurse"),
        ("en", "current_company", "I'm at Globex Inc.", "Globex Inc."),
        ("en", "location", "I live in Berlin, Germany", "Berlin, Germany"),
        ("en", "name", "My name is Theodora The", "Theodora The"),
        ("en", "current_role", "Itinerant baker", "Itinerant baker"),
        ("en", "current_company", "I'm currently at Acme", "Acme"),
        ("en", "current_company", "At&T", "At&T"),
        ("en", "current_company", "A.B.C. Corp.", "A.B.C. Corp."),
        ("de", "location", "Ich wohne in Wien", "Wien"),
        ("de", "current_role", "Ich arbeite als Bäckerin bei Muster", "Bäckerin bei Muster"),
        ("es", "current_role", "Trabajo como enfermera", "enfermera"),
    ],
)
def test_talk_around_a_text_is_left_out(language: str, field: str, words: str, value: str) -> None:
    assert said(words, field, language) == Understood(value)


@pytest.mark.parametrize("field", ["linkedin_url", "email", "phone", "current_company", "certifications"])
@pytest.mark.parametrize(("language", "words"), [("en", "I don't have one"), ("de", "nein, keine"), ("es", "no")])
def test_none_of_it_is_no_value(field: str, language: str, words: str) -> None:
    found = said(words, field, language)
    assert found.value is None
    assert found.problem
    assert said("No, not needed.", NOTE) == Understood("No, not needed")


def test_question_back_is_not_taken_without_asking() -> None:
    assert said("What do you mean by that?", "location").needs_confirmation
    assert said("story " * 30, "current_role").needs_confirmation


@pytest.mark.parametrize(
    ("language", "words", "items", "confirm"),
    [
        ("en", "I know Python, SQL, and C++", ["Python", "SQL", "C++"], False),
        ("en", "Python and SQL", ["Python", "SQL"], False),
        ("en", "mostly Python, a bit of SQL and some Excel", ["Python", "SQL", "Excel"], False),
        ("en", "R&D, C#, .NET", ["R&D", "C#", ".NET"], False),
        ("en", "Python; research and development", ["Python", "research and development"], False),
        ("en", "research and machine learning", ["research", "machine learning"], True),
        ("en", "python, Python, PYTHON", ["python"], False),
        ("en", "1,200 volts, welding", ["1,200 volts", "welding"], False),
        ("de", "Ich kann Python und SQL", ["Python", "SQL"], False),
        ("es", "Python y SQL", ["Python", "SQL"], False),
    ],
)
def test_list_is_divided(language: str, words: str, items: list[str], confirm: bool) -> None:
    assert said(words, "skills", language) == Understood(items, needs_confirmation=confirm)


# --- what is known already -------------------------------------------------------------------------------------------
def test_yes_to_what_may_be_out_of_date_means_what_is_known() -> None:
    stale = gap("location", reason=GapReason.STALE, known=[{"value": "Leeds", "source": "profile"}])
    assert said("Yes, still", stale) == Understood("Leeds")
    assert said("no", stale).problem == "What is it now?"
    assert said("No, I live in York now", stale).value
    assert said("York", stale) == Understood("York")
    assert understand(stale, "ja, immer noch", language="de") == Understood("Leeds")


@pytest.mark.parametrize(
    ("language", "words", "value", "confirm"),
    [
        ("en", "The resume is right.", 8.0, False),
        ("en", "the second one", 8.0, False),
        ("en", "What you know is right", 5.0, False),
        ("en", "the resume is wrong", 5.0, True),
        ("en", "seven", 7.0, False),
        ("de", "Der Lebenslauf stimmt", 8.0, False),
        ("de", "das erste", 5.0, False),
        ("es", "el currículum", 8.0, False),
    ],
)
def test_one_of_two_that_were_named_can_be_chosen(language: str, words: str, value: float, confirm: bool) -> None:
    both = [{"value": 5.0, "source": "profile"}, {"value": 8.0, "source": "resume"}]
    asked = gap("years_experience", reason=GapReason.CONTRADICTORY, known=both)
    assert said(words, asked, language) == Understood(value, needs_confirmation=confirm)


def test_yes_to_a_contradiction_means_neither() -> None:
    both = [{"value": 5.0, "source": "profile"}, {"value": 8.0, "source": "resume"}]
    found = said("yes", gap("years_experience", reason=GapReason.CONTRADICTORY, known=both))
    assert found.value is None
    assert found.problem


# --- declining --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "words", "declined"),
    [
        ("en", "skip", True),
        ("en", "Skip it, please.", True),
        ("en", "um, I'd rather not say", True),
        ("en", "I passed the exam and skip breakfast every day of the week, mostly on weekends", False),
        ("en", "I passed the CPA exam", False),
        ("de", "Überspringen, bitte", True),
        ("de", "Das möchte ich nicht sagen", True),
        ("es", "Prefiero no decirlo", True),
        ("es", "paso", True),
        ("es", "skip", True),
        ("en", "I don't know, skip", True),
        ("en", "sorry, no idea", True),
        ("en", "That's private.", True),
        ("en", "I don't know the street, but Ghent", False),
        ("en", "I don't work anywhere at present.", True),
        ("en", "Currently I'm between jobs", True),
        ("en", "I'm not working at Acme any more, but at Bolt", False),
        ("en", "sorry", False),
        ("en", "", False),
        ("de", "Zurzeit arbeitslos", True),
        ("es", "Actualmente no tengo trabajo", True),
        ("de", "weiß ich nicht, überspringen", True),
        ("de", "Keine Ahnung, tut mir leid", True),
        ("es", "no lo sé", True),
        ("es", "sáltalo, por favor", True),
    ],
)
def test_wish_to_leave_a_question_out_is_heard(language: str, words: str, declined: bool) -> None:
    assert declines(words, language=language) is declined


@pytest.mark.parametrize(
    "words", ["I don't know, skip", "not sure", "I'm not sure", "no idea", "skip", "I'm unemployed"]
)
@pytest.mark.parametrize("field", ["current_role", "skills", "education"])
def test_words_that_tell_nothing_are_written_down_as_no_text(field: str, words: str) -> None:
    found = said(words, gap(field))
    assert found.value is None
    assert found.problem


# --- dates ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "words", "forms", "certain"),
    [
        ("en", "the first of March 2027", ("2027-03-01",), True),
        ("en", "1 Mar 2027", ("2027-03-01",), True),
        ("en", "2027-03-01", ("2027-03-01",), True),
        ("en", "March 2027", ("2027-03",), True),
        ("en", "March 1st", ("2027-03-01",), False),
        ("en", "03/04/2027", ("2027-03-04", "2027-04-03"), False),
        ("en", "13/04/2027", ("2027-04-13",), True),
        ("en", "in two weeks", ("2026-12-05",), False),
        ("en", "right now", ("2026-11-21",), False),
        ("en", "31 February 2027", (), True),
        ("en", "three months", (), True),
        ("de", "am 1.3.2027", ("2027-03-01",), True),
        ("de", "ab ersten März 2027", ("2027-03-01",), True),
        ("de", "in drei Monaten", ("2027-02-21",), False),
        ("es", "el 1 de marzo de 2027", ("2027-03-01",), True),
        ("es", "dentro de dos semanas", ("2026-12-05",), False),
    ],
)
def test_date_is_read(language: str, words: str, forms: tuple[str, ...], certain: bool) -> None:
    found = dates.read(words, tongue=tongue(language), today=date(2026, 11, 21))
    assert found.forms == forms
    assert found.certain is certain


def test_only_a_field_of_a_date_is_read_as_one() -> None:
    assert said("1 March 2027", START) == Understood("2027-03-01")
    assert said("1 March 2027", NOTE) == Understood("1 March 2027")
    assert said("whenever you like", START) == Understood("whenever you like")


# --- values -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "value", "kept"),
    [
        (FLAG, True, True),
        (gap("years_experience"), 8, 8.0),
        (gap("name"), "  Ada   Example ", "Ada Example"),
        (LIST, ["  English ", "english", ""], ["English"]),
        (gap("email"), "ada@EXAMPLE.com", "ada@example.com"),
        (gap("phone"), "+1 202-555-0143", "+1 202-555-0143"),
        (gap("linkedin_url"), "linkedin.com/in/ada", "https://linkedin.com/in/ada"),
    ],
)
def test_value_of_the_right_type_is_kept(asked: Gap, value: Any, kept: Any) -> None:
    assert typed(asked, value) == kept


@pytest.mark.parametrize(
    ("asked", "value", "tells"),
    [
        (FLAG, "yes", "true or false"),
        (FLAG, 1, "true or false"),
        (gap("years_experience"), "8", "a number in years"),
        (gap("years_experience"), True, "a number"),
        (gap("years_experience"), float("nan"), "a number"),
        (gap("years_experience"), 71, "from 0 to 70"),
        (gap("years_experience"), -1, "from 0 to 70"),
        (gap("name"), 5, "text"),
        (gap("name"), " ", "not empty"),
        (gap("name"), "x" * 501, "500 characters"),
        (NOTE, "x" * 2_001, "2,000 characters"),
        (LIST, "English", "a list of texts"),
        (LIST, [], "1 to 200"),
        (LIST, [1], "a list of texts"),
        (LIST, ["x"] * 3 + [str(number) for number in range(250)], "1 to 200"),
        (gap("email"), "ada at example", "an e-mail address"),
        (gap("phone"), "12", "a phone number"),
        (gap("linkedin_url"), "https://example.com/ada", "LinkedIn"),
        (gap("linkedin_url"), "javascript:alert(1)", "LinkedIn"),
        (gap("portfolio", type="url"), "javascript:alert(1)", "web address"),
    ],
)
def test_other_value_is_refused_with_what_the_field_takes(asked: Gap, value: Any, tells: str) -> None:
    with pytest.raises(WrongValue) as refused:
        typed(asked, value)
    assert tells in refused.value.message
    assert refused.value.message.startswith(asked.field)


def test_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(WrongValue) as refused:
        typed(gap("email"), "ada-secret-at-example")
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("asked", "value", "language", "words"),
    [
        (gap("max_acv"), 120_000.0, "en", "120,000 US dollars"),
        (gap("years_experience"), 7.5, "en", "7.5 years"),
        (gap("years_experience"), 1.0, "en", "1 year"),
        (gap("graduation_year", type="number"), 2017.0, "en", "2017"),
        (gap("max_acv"), 120_000.0, "de", "120.000 US dollars"),
        (LIST, ["English", "German"], "en", "English, German"),
        (FLAG, False, "en", "no"),
        (gap("name"), None, "en", ""),
    ],
)
def test_value_is_shown_as_people_read_it(asked: Gap, value: Any, language: str, words: str) -> None:
    assert shown(asked, value, language=language) == words


@given(
    st.text(max_size=400),
    st.sampled_from([*(questions.spec(field) for field in questions.PROFILE), FLAG, NOTE, LIST, START]),
    st.sampled_from(["en", "de", "es", "xx"]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_gives_a_value_that_the_field_takes_or_a_problem(
    words: str, asked: Gap, language: str
) -> None:
    found = understand(asked, words, language=language)
    assert (found.value is None) == bool(found.problem)
    for value in (*found.alternatives, *([] if found.value is None else [found.value])):
        assert typed(asked, value) == value
    assert not found.alternatives or found.alternatives[0] == found.value


@pytest.mark.parametrize(
    "words", ["no " * 6_000, "1 " * 10_000, "a" * 20_000, ", " * 9_000, "sorry " * 3_000, "@." * 9_000]
)
def test_long_words_are_read_quickly(words: str) -> None:
    began = time.process_time()
    for field in ("name", "email", "phone", "linkedin_url", "skills", "years_experience", "is_founder", "max_acv"):
        said(words, field)
        declines(words, language="en")
    assert time.process_time() - began < 5  # of the processor, whatever else the machine does


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Yes."), ("en", "Yes, yes!"), ("en", "Okay"), ("de", "Ja, genau."), ("es", "Sí.")]
)
@pytest.mark.parametrize("field", ["location", "current_role", "skills"])
def test_mere_yes_is_no_text(field: str, language: str, words: str) -> None:
    read = understand(gap(field), words, language=language)
    assert read.value is None
    assert read.problem
