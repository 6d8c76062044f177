"""Writing answers: the fields of the round alone, typed, one current one of each, told at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from candidates.profiles import EDITABLE
from candidates.schemas import ProfileField
from intake import answers
from intake.errors import IntakeNotFound, UnknownField, WrongState, WrongValue
from intake.models import Answer, Intake
from intake.states import AnswerState, IntakeState, Step, Via
from interviews import rooms
from interviews.models import RoomEvent
from tests.intake import rounds

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake() -> Intake:
    return rounds.intake(job=rounds.job())


def write(intake: Intake, field: str, value: Any, **more: Any) -> Answer:
    return answers.record(intake, field=field, value=value, **{"via": Via.CHAT, **more})


def test_answer_to_a_gap_is_kept_and_raises_the_revision(intake: Intake) -> None:
    made = write(intake, "max_acv", 120_000, quote="a hundred and twenty k", turn=4)
    assert (made.value, made.state, made.via, made.turn) == (120_000.0, AnswerState.ACCEPTED, Via.CHAT, 4)
    assert intake.revision == 1
    assert Intake.objects.get(pk=intake.pk).revision == 1
    assert answers.current(intake) == {"max_acv": made}


def test_field_that_the_job_asks_for_beyond_the_profile_is_typed_too(intake: Intake) -> None:
    assert write(intake, "can_travel", True).value is True
    assert write(intake, "notice_period_weeks", 6).value == 6.0
    with pytest.raises(WrongValue):
        write(intake, "can_travel", "yes")


def test_field_of_a_job_with_the_name_of_a_column_is_no_column() -> None:
    wanted = [
        ProfileField(field_name=name, field_type="string", description="A topic", is_required=True)
        for name in ("job", "tier", "ai_score")
    ]
    made = rounds.intake(job=rounds.job(*wanted))
    assert write(made, "job", "welding").value == "welding"
    assert write(made, "ai_score", "good").value == "good"


def test_later_answer_takes_the_place_of_the_one_before(intake: Intake) -> None:
    write(intake, "max_acv", 120_000)
    write(intake, "max_acv", 130_000)
    assert [answer.value for answer in answers.current(intake).values()] == [130_000.0]
    assert Answer.objects.filter(intake=intake, field="max_acv").count() == 2
    assert intake.revision == 2


def test_same_answer_again_is_the_one_that_is_there(intake: Intake) -> None:
    first = write(intake, "max_acv", 120_000, turn=4)
    assert write(intake, "max_acv", 120_000, turn=4) == first
    assert intake.revision == 1
    assert Answer.objects.count() == 1


def test_skipped_gap_has_no_value(intake: Intake) -> None:
    assert write(intake, "max_acv", None, state=AnswerState.SKIPPED).value is None
    with pytest.raises(WrongValue):
        write(intake, "max_acv", 5, state=AnswerState.SKIPPED)
    with pytest.raises(WrongValue, match="skip"):
        write(intake, "max_acv", None)


@pytest.mark.parametrize(
    "field",
    [
        "algo_score",
        "ai_score",
        "tier",
        "job",
        "id",
        "deleted_at",
        "interview_status",
        "gaps",
        "state",
        "",
        "name",
        "x" * 99,
    ],
)
@pytest.mark.parametrize("via", [Via.CHAT, Via.VOICE])
def test_agent_can_write_nothing_but_gaps(intake: Intake, field: str, via: Via) -> None:
    with pytest.raises(UnknownField) as refused:
        write(intake, field, 100, via=via)
    assert "max_acv" in refused.value.message
    assert not Answer.objects.exists()
    assert Intake.objects.get(pk=intake.pk).revision == 0


def test_form_corrects_the_profile_from_its_page_on_and_nothing_else(intake: Intake) -> None:
    assert write(intake, "name", "Ada B. Example", via=Via.FORM).value == "Ada B. Example"
    for field in ("job", "ai_score", "tier", "nothing"):
        with pytest.raises(UnknownField):
            write(intake, field, "1", via=Via.FORM)
    early = rounds.intake(step=Step.CONSENT)
    with pytest.raises(UnknownField):
        write(early, "name", "Ada", via=Via.FORM)


def test_every_field_of_the_profile_but_the_job_can_be_corrected() -> None:
    made = rounds.intake(step=Step.REVIEW, gaps=[])
    fields = answers.fields_of(made)
    for field in EDITABLE:
        if field != "job":
            assert fields.spec(field, Via.FORM).field == field


def test_correction_can_clear_what_was_known(intake: Intake) -> None:
    assert write(intake, "phone", None, via=Via.FORM).value is None
    assert write(intake, "skills", None, via=Via.FORM).value == []
    with pytest.raises(WrongValue):
        write(intake, "can_travel", None, via=Via.FORM)


def test_ended_round_takes_no_answer() -> None:
    for state in (IntakeState.COMPLETED, IntakeState.WITHDRAWN):
        made = rounds.intake(state=state)
        with pytest.raises(WrongState):
            write(made, "max_acv", 5)


def test_gaps_that_count_are_those_of_the_row() -> None:
    """What the caller holds may be old, or have been tampered with."""
    made = rounds.intake()
    made.gaps = [*made.gaps, {**made.gaps[0], "field": "ai_score", "type": "number"}]
    with pytest.raises(UnknownField):
        write(made, "ai_score", 100)


def test_removed_intake_is_not_found() -> None:
    made = rounds.intake()
    Intake.objects.filter(pk=made.pk).delete()
    with pytest.raises(IntakeNotFound):
        write(made, "max_acv", 5)


def test_answer_is_told_in_the_room_of_the_conversation(intake: Intake) -> None:
    intake.room = rooms.make(interviewer_name="Intake", made_by=None)
    intake.save(update_fields=["room"])
    write(intake, "max_acv", 120_000)
    event = RoomEvent.objects.get(room=intake.room, kind="answer")
    assert event.data == {
        "field": "max_acv",
        "label": "Largest annual contract value",
        "state": "accepted",
        "via": "chat",
        "shown": "120,000 US dollars",
        "revision": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_answers_at_the_same_time_are_one_after_the_other() -> None:
    intake = rounds.intake()
    failures: list[Exception] = []

    def answer(value: int) -> None:
        try:
            write(Intake.objects.get(pk=intake.pk), "max_acv", value)
        except Exception as error:  # told to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(value,)) for value in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Answer.objects.filter(intake=intake).count() == 8
    assert Answer.objects.filter(intake=intake, is_current=True).count() == 1
    assert Intake.objects.get(pk=intake.pk).revision == 8
