"""Which step is open when, and what going on does."""

from __future__ import annotations

import pytest

from intake import answers, lifecycle, wizard
from intake.models import Intake
from intake.states import AnswerState, IntakeState, Step, Via
from interviews.states import Medium
from tests.intake.coming import agreed, at, come, form_of, person, round_of, walked

pytestmark = pytest.mark.django_db


def at_gaps() -> Intake:
    who = person(location=None)
    walked(who, "gaps")
    return round_of(who)


def test_steps_open_one_after_the_other_and_back_is_always_open() -> None:
    intake = at_gaps()
    is_open = {step: wizard.may_open(intake, step) for step in wizard.ORDER}
    assert [step for step, is_it in is_open.items() if is_it] == [Step.CONSENT, Step.RESUME, Step.PROFILE, Step.GAPS]
    stages = wizard.stages(intake, Step.PROFILE)
    assert [stage.state for stage in stages] == ["done", "done", "current", "ahead", "ahead", "ahead", "ahead"]
    assert [bool(stage.url) for stage in stages] == [True, True, False, True, False, False, False]


def test_going_on_twice_is_once_and_never_goes_back() -> None:
    intake = at_gaps()
    before = intake.revision
    assert wizard.advance(intake, past=Step.RESUME) == wizard.url(intake, Step.PROFILE)
    assert (intake.step, intake.revision) == (Step.GAPS, before)
    for _ in range(2):
        assert wizard.advance(intake, past=Step.GAPS) == wizard.url(intake, Step.TALK)
    assert (intake.step, intake.revision) == (Step.TALK, before + 1)


def test_talk_is_passed_over_where_nothing_is_left_to_ask() -> None:
    intake = at_gaps()
    for gap in wizard.gaps_of(intake):
        answers.record(intake, field=gap.field, value=None, via=Via.FORM, state=AnswerState.SKIPPED)
    assert wizard.still_open(intake) == []
    assert wizard.advance(intake, past=Step.GAPS) == wizard.url(intake, Step.REVIEW)


def test_what_was_only_heard_is_still_open() -> None:
    intake = at_gaps()
    answers.record(intake, field="location", value="Ghent", via=Via.CHAT, state=AnswerState.PROPOSED)
    assert "location" in {gap.field for gap in wizard.still_open(intake)}


def test_another_language_puts_the_questions_anew_and_keeps_the_answers() -> None:
    intake = at_gaps()
    answers.record(intake, field="location", value="Ghent", via=Via.FORM)
    fields = [gap.field for gap in wizard.gaps_of(intake)]
    wizard.speak(intake, "de")
    assert [gap.field for gap in wizard.gaps_of(intake)] == fields
    questions = {gap.field: gap.question for gap in wizard.gaps_of(intake)}
    assert questions["location"] == "In welcher Stadt und welchem Land wohnen Sie?"
    assert answers.current(intake)["location"].value == "Ghent"


def test_withdrawn_round_goes_no_further() -> None:
    intake = at_gaps()
    lifecycle.withdraw(intake)
    wizard.advance(intake, past=Step.GAPS)
    assert (intake.state, intake.step) == (IntakeState.WITHDRAWN, Step.GAPS)
    assert not wizard.may_open(intake, Step.TALK)


def test_talk_is_chosen_opened_left_and_taken_up_again() -> None:
    who = person(location=None)
    client = walked(who, "gaps")
    response = client.post(at(who, "gaps"), form_of(client, who, "gaps") | {"talk": "1"})
    assert response["Location"] == at(who, "talk")
    assert "Use the form, without AI" in client.get(at(who, "talk")).content.decode()
    assert client.post(at(who, "talk"), {"medium": "text"})["Location"] == at(who, "talk")
    room = round_of(who).room
    assert room is not None
    assert room.medium == Medium.TEXT
    shown = client.get(at(who, "talk"))
    assert 'id="room-state"' in shown.content.decode()
    assert "connect-src 'self'" in shown["Content-Security-Policy"]
    assert client.post(at(who, "talk"), {"go": "1"})["Location"] == at(who, "review")
    room.refresh_from_db()
    assert room.is_over
    assert client.post(at(who, "talk"), {"medium": "text"}).status_code == 303
    assert round_of(who).room != room


def test_gaps_are_fixed_before_anybody_is_asked() -> None:
    who = person(location=None)
    come(who)
    Intake.objects.update(gaps=[])
    assert "location" in {gap.field for gap in wizard.asked_for(round_of(who))}
    agreed(who)
    assert "location" in {gap.field for gap in wizard.gaps_of(round_of(who))}
