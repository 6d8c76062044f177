"""What becomes of interviews and rooms where two records of one person become one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from candidates import profiles
from candidates.models import Candidate, Change
from candidates.states import InterviewStatus
from interviews import analysis, interviewing, rooms
from interviews.models import Interview, Prebrief, Room
from interviews.states import EndReason, Medium, Role
from tests.candidates.recruiting import candidate, recruiter
from tests.interviews.holding import hold, start
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def pair() -> tuple[Candidate, Candidate]:
    """Two records of one person: who stays, and who is merged away."""
    return candidate(name="Robin Sample"), candidate(name="R. Sample")


def merge(keep: Candidate, other: Candidate, actor: User | None = None) -> Change:
    """Make them one; return the change that undoes it."""
    return profiles.merge(keep=keep, other=other, actor=actor)[-1]


def held(who: Candidate, *, role: Role = Role.CANDIDATE) -> Interview:
    """An interview that has ended, with an analysis."""
    interview = start(role, who=who).interview
    hold(interview)
    interview.refresh_from_db()
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    interview.refresh_from_db()
    analysis.analyse(interview.room)
    return interview


def owner(row: Interview | Room | Prebrief) -> Candidate | None:
    row.refresh_from_db()
    return row.candidate


def test_interviews_rooms_and_prebriefs_go_along_and_come_back() -> None:
    keep, other = pair()
    own, theirs = start(who=keep).interview, start(Role.CANDIDATE, who=other).interview
    alone = rooms.make(interviewer_name="Kim", candidate_name="R. Sample", medium=Medium.TEXT, made_by=None)
    Room.objects.filter(pk=alone.pk).update(candidate=other)
    prebrief = Prebrief.objects.create(digest="a" * 64, candidate=other, result={})
    merged = merge(keep, other)
    assert [owner(one) for one in (own, theirs, alone, prebrief)] == [keep] * 4
    keep.refresh_from_db(), other.refresh_from_db()
    assert keep.interview_status == InterviewStatus.BRIEFING
    assert (other.interview_status, other.room_name) == (InterviewStatus.NOT_SCHEDULED, None)

    profiles.undo(merged, None)
    assert [owner(one) for one in (own, theirs, alone, prebrief)] == [keep, other, other, other]
    other.refresh_from_db()
    assert other.interview_status == InterviewStatus.BRIEFING


def test_running_interview_is_not_disturbed() -> None:
    keep, other = pair()
    interview = start(Role.CANDIDATE, who=other).interview
    turns = hold(interview, exchanges=1)
    merge(keep, other)
    hold(interview, exchanges=1)
    assert interview.room.turns.count() == len(turns) + 2
    keep.refresh_from_db()
    assert (keep.interview_status, keep.room_name) == (InterviewStatus.IN_PROGRESS, interview.room.name)


def test_score_of_the_newer_interview_counts_and_is_put_back(simulator: Simulator) -> None:
    keep, other = pair()
    held(keep)
    Candidate.objects.filter(pk=keep.pk).update(interview_score=1, recommendation="No Hire")
    held(other)
    other.refresh_from_db()
    told = (other.interview_score, other.recommendation)
    assert told[0] not in (None, 1)
    merged = merge(keep, other)
    keep.refresh_from_db()
    assert (keep.interview_score, keep.recommendation) == told
    profiles.undo(merged, None)
    keep.refresh_from_db()
    assert (keep.interview_score, keep.recommendation) == (1, "No Hire")


def test_score_of_an_older_interview_changes_nothing(simulator: Simulator) -> None:
    keep, other = pair()
    held(other)
    held(keep)
    Candidate.objects.filter(pk=keep.pk).update(interview_score=1, recommendation="No Hire")
    keep.refresh_from_db()
    merge(keep, other)
    keep.refresh_from_db()
    assert (keep.interview_score, keep.recommendation) == (1, "No Hire")


@pytest.mark.django_db(transaction=True)
def test_merging_while_somebody_talks_waits_and_loses_nothing() -> None:
    recruiter()
    keep, other = pair()
    interview = start(Role.CANDIDATE, who=other).interview

    def talk() -> int:
        try:
            running = Interview.objects.select_related("room").get(pk=interview.pk)
            return len(hold(running)) + len(hold(running))
        finally:
            connection.close()

    def fold() -> Change:
        try:
            return merge(Candidate.objects.get(pk=keep.pk), Candidate.objects.get(pk=other.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said, merged = pool.submit(talk), pool.submit(fold)
        assert merged.result().field == "merged"
        assert said.result() == 24
    assert owner(interview) == keep
    keep.refresh_from_db()
    assert keep.interview_status == InterviewStatus.IN_PROGRESS
