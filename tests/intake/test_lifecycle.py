"""The life of a round, and the status that a candidate's rounds add up to."""

from __future__ import annotations

import pytest

from candidates.models import Candidate
from candidates.states import IntakeStatus
from intake import lifecycle
from intake.errors import WrongState
from intake.models import Intake
from intake.states import INTAKE_MOVES, IntakeState, Step
from tests.intake import rounds

pytestmark = pytest.mark.django_db


def status_of(who: Candidate) -> str:
    return Candidate.objects.values_list("intake_status", flat=True).get(pk=who.pk)


@pytest.mark.parametrize("was", list(IntakeState))
@pytest.mark.parametrize("to", list(IntakeState))
def test_every_move_is_made_or_refused_as_the_table_says(was: IntakeState, to: IntakeState) -> None:
    intake = rounds.intake(state=was, gaps=[])
    if to in INTAKE_MOVES[was]:
        assert lifecycle.transition(intake, to).state == to
    else:
        with pytest.raises(WrongState):
            lifecycle.transition(intake, to)
        assert Intake.objects.get(pk=intake.pk).state == was


def test_a_move_that_another_process_was_first_with_is_refused() -> None:
    intake = rounds.intake(state=IntakeState.INVITED, gaps=[])
    stale = Intake.objects.get(pk=intake.pk)
    lifecycle.withdraw(intake)
    with pytest.raises(WrongState):
        lifecycle.transition(stale, IntakeState.IN_PROGRESS)
    assert lifecycle.begin(stale).state == IntakeState.WITHDRAWN


def test_beginning_twice_begins_once_and_tells_the_other_tab() -> None:
    intake = rounds.intake(state=IntakeState.INVITED, step=Step.CONSENT, gaps=[])
    first = lifecycle.begin(intake, step=Step.RESUME)
    began = first.started_at
    assert (first.state, first.step, first.revision, status_of(first.candidate)) == (
        IntakeState.IN_PROGRESS,
        Step.RESUME,
        1,
        IntakeStatus.IN_PROGRESS,
    )
    assert lifecycle.begin(Intake.objects.get(pk=intake.pk)).started_at == began


def test_a_withdrawn_round_puts_back_what_the_earlier_ones_add_up_to() -> None:
    who = rounds.candidate()
    lifecycle.refresh_standing(who.pk)
    assert status_of(who) == IntakeStatus.NONE
    rounds.intake(who, state=IntakeState.COMPLETED, gaps=[])
    again = rounds.intake(who, state=IntakeState.INVITED, gaps=[])
    lifecycle.refresh_standing(who.pk)
    assert status_of(who) == IntakeStatus.INVITED
    assert lifecycle.withdraw(again)
    assert not lifecycle.withdraw(again)
    assert status_of(who) == IntakeStatus.COMPLETED
