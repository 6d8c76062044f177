"""The life of a round of intake, and what it makes of the candidate's own status.

`transition` is the only way from one state to another: a compare-and-set on the round's row, told to those who watch,
in one transaction. Locks are taken in one order everywhere: the conversation's room, the intake's row, the candidate's.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from candidates.models import Candidate
from candidates.states import IntakeStatus
from intake import answers, events
from intake.errors import WrongState
from intake.models import Intake
from intake.states import INTAKE_MOVES, OPEN, IntakeState

_STANDING = {IntakeState.INVITED: IntakeStatus.INVITED, IntakeState.IN_PROGRESS: IntakeStatus.IN_PROGRESS}


def transition(intake: Intake, to: IntakeState, **values: Any) -> Intake:
    """Move a round on, if it is still where `intake` says it is; return it refreshed.

    `values` are other columns to set in the same statement. The candidate's own intake status follows in the same
    transaction. Raises WrongState where the move is not allowed, or where another process moved the round first.
    """
    was = intake.state
    if to not in INTAKE_MOVES[was]:
        raise WrongState(f"An intake that is “{IntakeState(was).label}” can't become “{to.label}”.")
    with transaction.atomic():
        answers.locked(intake.pk)
        moved = Intake.objects.filter(pk=intake.pk, state=was).update(state=to, revision=F("revision") + 1, **values)
        if not moved:
            raise WrongState("The intake has moved on in the meantime. Look at it again.")
        intake.refresh_from_db()
        events.announce_round(intake)
        refresh_standing(intake.candidate_id)
    return intake


def begin(intake: Intake, **values: Any) -> Intake:
    """Invited → in progress, when the candidate has agreed. A round that is further on is left as it is.

    `values` are columns to set with it, e.g. which words were agreed to.
    """
    if intake.state == IntakeState.INVITED:
        try:
            return transition(intake, IntakeState.IN_PROGRESS, started_at=timezone.now(), **values)
        except WrongState:  # another tab was first, or a recruiter withdrew it
            intake.refresh_from_db()
    return intake


def withdraw(intake: Intake) -> bool:
    """End a round without its answers being merged; whether this call did it. One that has ended stays as it is."""
    intake.refresh_from_db()
    if intake.state not in OPEN:
        return False
    try:
        transition(intake, IntakeState.WITHDRAWN)
    except WrongState:
        intake.refresh_from_db()
        return False
    return True


def refresh_standing(candidate_id: UUID) -> None:
    """Write to the candidate what its rounds add up to: intake_status.

    Computed from the rows and not moved step by step, so that a withdrawn round puts back what is true without anybody
    remembering what was true before. Belongs into the transaction that made or changed a round.
    """
    with transaction.atomic():
        # The lock comes first: of two rounds that change at the same time, the later one must see the earlier one.
        rows = Candidate.objects.select_for_update(no_key=True).only("intake_status")
        candidate = rows.filter(pk=candidate_id).first()
        if candidate is None:
            return
        status = standing_of(candidate_id)
        if candidate.intake_status != status:
            Candidate.objects.filter(pk=candidate_id).update(intake_status=status, updated_at=timezone.now())


def standing_of(candidate_id: UUID) -> IntakeStatus:
    """A candidate's intake status by its rounds: that of the open one, else whether one was completed."""
    states = set(Intake.objects.filter(candidate=candidate_id).values_list("state", flat=True))
    for state, status in _STANDING.items():
        if state in states:
            return status
    return IntakeStatus.COMPLETED if IntakeState.COMPLETED in states else IntakeStatus.NONE
