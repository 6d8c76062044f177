"""Two records of one person, one of whom is being asked for what is missing."""

from __future__ import annotations

import pytest

from candidates import profiles
from candidates.models import Change
from candidates.profiles.merging import CannotMerge
from intake import holding, lifecycle, merging
from intake.models import Intake
from intake.states import IntakeState
from tests.intake import rounds
from tests.intake.test_merging import answered

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [IntakeState.INVITED, IntakeState.IN_PROGRESS])
def test_record_with_an_open_round_is_not_merged_away(state: IntakeState) -> None:
    keep, other = rounds.candidate(), rounds.candidate(name="A. Example")
    intake = rounds.intake(other, state=state)
    with pytest.raises(CannotMerge, match=r"^A\. Example "):
        profiles.merge(keep=keep, other=other, actor=None)
    other.refresh_from_db()
    assert other.deleted_at is None
    assert not Change.objects.exists()
    # The other way round nobody stands before a shut door.
    profiles.merge(keep=other, other=keep, actor=None)
    intake.refresh_from_db()
    assert (intake.state, intake.candidate) == (state, other)


def test_record_whose_round_was_taken_back_is_merged() -> None:
    keep, other = rounds.candidate(), rounds.candidate(name="A. Example")
    lifecycle.withdraw(rounds.intake(other))
    profiles.merge(keep=keep, other=other, actor=None)
    other.refresh_from_db()
    assert other.deleted_at is not None


def test_what_a_round_gave_goes_along_and_is_erased_with_the_person() -> None:
    keep, other = rounds.candidate(), rounds.candidate(name="A. Example")
    merging.complete(answered(other, {"phone": "+1 202 555 0143"}))
    other.refresh_from_db()
    profiles.merge(keep=keep, other=other, actor=None)
    keep.refresh_from_db()
    assert keep.phone == "+1 202 555 0143"
    assert holding.erase(keep).candidates == 2
    assert not Intake.objects.exists()
