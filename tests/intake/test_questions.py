"""Questions in the candidate's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from candidates.matching import description
from candidates.schemas import ProfileField
from intake import questions
from intake.answers import shown, understand
from tests.intake.saying import gap


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("field", sorted(questions.PROFILE))
def test_every_question_has_a_translation(field: str, language: str) -> None:
    english, other = questions.spec(field), questions.spec(field, language=language)
    assert other.question != english.question
    assert other.why != english.why
    assert bool(other.unit) is bool(english.unit)
    if other.unit:
        assert other.unit != english.unit


@pytest.mark.parametrize("kind", ["boolean", "number", "string", "string_list"])
def test_question_beyond_the_profile_is_put_in_the_candidates_language(kind: str) -> None:
    field = ProfileField(field_name="shift_work", field_type=kind, description="Works in shifts.", is_required=True)  # type: ignore[arg-type]
    questions_asked = set()
    for language in ("en", "de", "es"):
        with translation.override(language):
            asked = questions.beyond_profile(field)
        assert "Works in shifts" in asked.question
        assert asked.label == "Shift work"
        questions_asked.add(asked.question)
    assert len(questions_asked) == 3


def test_values_and_problems_are_told_in_the_candidates_language() -> None:
    assert shown(gap("is_founder"), True, language="de") == "ja"
    assert shown(gap("is_founder"), False, language="es") == "no"
    assert shown(questions.spec("years_experience", language="de"), 7.5, language="de") == "7,5 Jahre"
    assert understand(gap("years_experience"), "Banane", language="de").problem == "Ich habe keine Zahl verstanden."
    assert understand(gap("years_experience"), "noventa", language="es").problem == "Debería ser un número de 0 a 70."


def test_skill_that_a_job_asks_for_is_asked_about_in_plain_words() -> None:
    fields = {one.field_name: one for one in description.draft("Head Baker", "You must know SQL.").fields}
    assert questions.beyond_profile(fields["sql"]).question == "Do you have experience with this: SQL?"
