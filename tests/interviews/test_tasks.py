"""Work in the background: rung for, swept for, given up; by real workers where processes meet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from interviews import interviewing, rooms, sweeping, tasks
from interviews.analysis.keeping import LEASE, PAUSE
from interviews.models import Analysis, Hint, Interview, Room, RoomEvent, Turn
from interviews.states import AnalysisState, Audience, EndReason, InterviewState, Role, Speaker
from tests import processes
from tests.interviews.holding import EXCHANGES, hold, say, start
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
QUESTION, ANSWER = EXCHANGES[2]


def ended(*, exchanges: int = 6) -> Interview:
    """An interview of a person, held and ended: it waits for its analysis."""
    interview = start(Role.CANDIDATE).interview
    hold(interview, exchanges=exchanges)
    return interviewing.end(Interview.objects.get(pk=interview.pk), reason=EndReason.FINISHED)


def answered(*, seconds_ago: float = 20) -> Turn:
    """An answer in a running interview that a human leads, without a hint."""
    started = start(Role.INTERVIEWER)
    say(started.room, Speaker.INTERVIEWER, QUESTION)
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return say(started.room, Speaker.CANDIDATE, ANSWER, by_agent=True, started_at=at, ended_at=at)


# --- one task at a time ----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_analyse_twice_is_one_analysis(simulator: Simulator) -> None:
    interview = ended()
    for _ in range(2):
        tasks.analyse(str(interview.room_id))
    assert Analysis.objects.filter(room=interview.room_id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hint_is_for_the_interviewer_alone_and_given_once(simulator: Simulator) -> None:
    turn = answered()
    for _ in range(2):
        tasks.coach_turn(str(turn.pk))
    hint = Hint.objects.get(turn=turn)
    event = RoomEvent.objects.get(room=turn.room_id, kind="hint")
    assert event.audience == Audience.INTERVIEWER
    assert event.data["verdict"] == hint.verdict
    assert len(simulator.calls()) == 1


def test_tasks_for_what_is_gone_do_nothing() -> None:
    tasks.coach_turn("999999999")
    tasks.analyse("00000000-0000-4000-8000-000000000000")
    assert not Hint.objects.exists()
    assert not Analysis.objects.exists()


def test_the_sweep_of_rooms_ends_a_room_whose_time_is_over_with_its_interview() -> None:
    interview = start(Role.CANDIDATE).interview
    hold(interview, exchanges=1)
    Room.objects.filter(pk=interview.room_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep_rooms()
    interview.refresh_from_db()
    assert (interview.status, interview.end_reason) == (InterviewState.COMPLETED, EndReason.EXPIRED)
    assert Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.QUEUED


def test_the_sweep_of_rooms_with_nothing_open_changes_nothing() -> None:
    tasks.sweep_rooms()
    assert not RoomEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_more_analyses_are_made_at_once_than_allowed(simulator: Simulator, settings: Settings) -> None:
    settings.ANALYSES_AT_ONCE = 1
    busy, paused, waiting = ended(), ended(), ended()
    now = timezone.now()
    rooms_of = Room.objects.filter
    rooms_of(pk=busy.room_id).update(analysis_lease_expires_at=now + LEASE, analysis_attempts=1)
    rooms_of(pk=paused.room_id).update(analysis_lease_expires_at=now + PAUSE, analysis_attempts=1)
    tasks.analyse(str(waiting.room_id))
    assert Room.objects.get(pk=waiting.room_id).analysis_state == AnalysisState.QUEUED
    rooms_of(pk=busy.room_id).update(analysis_state=AnalysisState.DONE)
    tasks.analyse(str(waiting.room_id))
    assert Room.objects.get(pk=waiting.room_id).analysis_state == AnalysisState.DONE


# --- what waits ------------------------------------------------------------------------------------------------------
def test_the_sweep_rings_for_what_waits_and_that_nobody_is_at() -> None:
    waiting, taken = ended(exchanges=1), ended(exchanges=1)
    Room.objects.filter(pk=taken.room_id).update(analysis_lease_expires_at=timezone.now() + timedelta(minutes=1))
    assert sweeping.sweep() == 1
    answered()
    assert sweeping.sweep() == 2
    Room.objects.filter(pk=waiting.room_id).update(analysis_state=AnalysisState.DONE)
    assert sweeping.sweep() == 1


@pytest.mark.parametrize(("seconds_ago", "is_owed"), [(1, False), (20, True), (600, False)])
def test_a_hint_is_owed_for_a_while(seconds_ago: float, is_owed: bool) -> None:
    turn = answered(seconds_ago=seconds_ago)
    assert sweeping.owed_hints() == ([turn.pk] if is_owed else [])


def test_no_hint_is_owed_for_an_answer_to_an_ai_or_in_an_ended_interview() -> None:
    at = timezone.now() - timedelta(seconds=20)
    say(start(Role.CANDIDATE).room, Speaker.CANDIDATE, ANSWER, started_at=at, ended_at=at)
    turn = answered()
    interviewing.end(Interview.objects.get(room=turn.room_id), reason=EndReason.BY_PERSON)
    assert sweeping.owed_hints() == []


def test_an_analysis_whose_workers_were_all_killed_fails_and_says_so() -> None:
    lost, tried_twice, at_it = ended(exchanges=1), ended(exchanges=1), ended(exchanges=1)
    past, soon = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(minutes=1)
    for interview, attempts, lease in ((lost, 3, past), (tried_twice, 2, past), (at_it, 3, soon)):
        Room.objects.filter(pk=interview.room_id).update(analysis_attempts=attempts, analysis_lease_expires_at=lease)
    assert sweeping.give_up() == 1
    states = [Room.objects.get(pk=one.room_id).analysis_state for one in (lost, tried_twice, at_it)]
    assert states == [AnalysisState.FAILED, AnalysisState.QUEUED, AnalysisState.QUEUED]
    assert "3 times" in Room.objects.get(pk=lost.room_id).analysis_reason
    assert RoomEvent.objects.filter(room=lost.room_id, kind="analysis", data__state="failed").exists()
    assert sweeping.give_up() == 0


# --- across processes ------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_worker_gives_hints_and_analyses_by_itself(simulator: Simulator) -> None:
    processes.wipe_redis()
    with processes.worker():
        started = start(Role.INTERVIEWER)
        say(started.room, Speaker.INTERVIEWER, QUESTION)
        turn = say(started.room, Speaker.CANDIDATE, ANSWER, by_agent=True)
        processes.wait_until(lambda: Hint.objects.filter(turn=turn).exists(), what="a hint")
        interview = ended()
        processes.wait_until(
            lambda: Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.DONE,
            what="an analysis",
        )
    assert Analysis.objects.filter(room=interview.room_id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_lost_with_redis_is_done_all_the_same(simulator: Simulator) -> None:
    interview = ended()
    late = start(Role.CANDIDATE).interview
    hold(late, exchanges=1)
    rooms.close(late.room, reason=EndReason.LEFT_EMPTY)  # and the process that would have ended it is gone
    processes.wipe_redis()
    with processes.worker(), processes.beat(WORK_SWEEP_SECONDS=1):
        processes.wait_until(
            lambda: Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.DONE,
            what="the analysis whose ring was lost",
        )
        processes.wait_until(
            lambda: Interview.objects.get(pk=late.pk).status == InterviewState.COMPLETED,
            what="the interview whose room was closed",
        )
