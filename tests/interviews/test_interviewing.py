"""The life of an interview: started, begun, ended, called off; and what it makes of the candidate's own status."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Change, Job
from candidates.states import ChangeSource, InterviewStatus
from interviews import analysis, interviewing, rooms
from interviews.errors import RoomOver, UnknownStage, VoiceNotConfigured, WrongState
from interviews.models import Interview, Participant, Room, RoomEvent, StagePlan
from interviews.states import (
    INTERVIEW_MOVES,
    AgentType,
    AnalysisState,
    EndReason,
    InterviewState,
    Medium,
    ParticipantType,
    Role,
    Speaker,
)
from tests.candidates.recruiting import candidate, recruiter
from tests.interviews.holding import hold, say, start
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def status_of(one: Candidate) -> tuple[str, str | None]:
    one.refresh_from_db()
    return one.interview_status, one.room_name


# --- starting --------------------------------------------------------------------------------------------------------
def test_start_as_interviewer_brings_an_ai_candidate_with_the_profile() -> None:
    who = candidate(60, bio="Sold software to banks for six years.")
    started = start(Role.INTERVIEWER, who=who)
    interview = started.interview
    assert (interview.status, interview.role, interview.agent_type) == ("scheduled", "interviewer", "interview-agent")
    assert started.room.agent_name == AgentType.CANDIDATE
    assert started.room.interviewer_name == "Rae Recruiter"
    assert interview.persona["traits"] == []
    assert "six years" in interview.persona["background"]
    assert interview.plan["stages"]
    holder = rooms.holder_of(started.token.token)
    assert (holder.room, holder.participant.type) == (started.room, ParticipantType.INTERVIEWER)


def test_start_as_candidate_brings_an_ai_interviewer_and_a_candidates_token() -> None:
    started = start(Role.CANDIDATE)
    assert started.interview.agent_type == AgentType.INTERVIEWER
    assert started.interview.persona == {}
    assert started.room.interviewer_name == interviewing.AI_INTERVIEWER
    holder = rooms.holder_of(started.token.token)
    assert holder.participant.type == ParticipantType.CANDIDATE
    assert not holder.may_moderate


def test_the_role_is_stored_in_the_rooms_metadata_too() -> None:
    for role in Role:
        assert start(role).room.metadata["role"] == role.value


def test_start_takes_the_candidates_job_where_none_is_given() -> None:
    job = Job.objects.create(title="Account Executive")
    assert start(who=candidate(60, job=job)).interview.job == job
    other = Job.objects.create(title="Sales Engineer")
    assert start(who=candidate(60, job=job), job=other).interview.job == other


def test_training_hides_random_traits_or_the_chosen_ones() -> None:
    assert len(start(is_training=True).interview.persona["traits"]) == 2
    chosen = start(is_training=True, traits=["employment_gap"]).interview
    assert [trait["key"] for trait in chosen.persona["traits"]] == ["employment_gap"]
    assert start(Role.CANDIDATE, is_training=True).interview.is_training is False


def test_traits_without_training_are_not_used() -> None:
    assert start(traits=["employment_gap"]).interview.persona["traits"] == []


def test_a_plan_that_changes_later_does_not_change_a_started_interview() -> None:
    interview = start().interview
    StagePlan.objects.filter(key="screening").update(stages=[])
    interview.refresh_from_db()
    assert interview.plan["stages"]


def test_an_unknown_stage_leaves_no_room_behind() -> None:
    with pytest.raises(UnknownStage):
        start(stage="nonsense")
    assert not Room.objects.exists()


def test_voice_without_configuration_says_what_to_set_and_leaves_nothing_behind() -> None:
    with pytest.raises(VoiceNotConfigured, match="LIVEKIT_URL"):
        start(medium=Medium.VOICE)
    assert not Room.objects.exists()


def test_a_medium_that_is_not_named_is_text_where_there_is_no_voice() -> None:
    assert start(medium=None).room.medium == Medium.TEXT


@pytest.mark.django_db(transaction=True)
def test_a_start_that_fails_half_way_closes_its_room() -> None:
    job = Job.objects.create(title="Account Executive")
    gone = Job.objects.get(pk=job.pk)
    job.delete()
    with pytest.raises(IntegrityError):  # as the transaction that stores the interview ends
        start(who=candidate(60), job=gone)
    assert not Interview.objects.exists()
    assert Room.objects.count() == 1
    assert not Room.objects.filter(ended_at=None).exists()


# --- moves -----------------------------------------------------------------------------------------------------------
def test_the_first_turn_begins_an_interview_once() -> None:
    started = start()
    say(started.room, Speaker.INTERVIEWER, "Hello, how are you?")
    started.interview.refresh_from_db()
    began = started.interview.started_at
    assert started.interview.status == InterviewState.ACTIVE
    assert began is not None
    say(started.room, Speaker.CANDIDATE, "Fine.", by_agent=True)
    started.interview.refresh_from_db()
    assert started.interview.started_at == began
    assert RoomEvent.objects.filter(kind="status").count() == 1


def test_begin_leaves_an_ended_interview_as_it_is() -> None:
    interview = start().interview
    interviewing.cancel(interview)
    assert interviewing.begin(interview).status == InterviewState.CANCELLED


@pytest.mark.parametrize("was", InterviewState.values)
@pytest.mark.parametrize("to", InterviewState)
def test_only_the_moves_of_the_table_are_possible(was: str, to: InterviewState) -> None:
    interview = start().interview
    Interview.objects.filter(pk=interview.pk).update(status=was)
    interview.refresh_from_db()
    if to in INTERVIEW_MOVES[was]:
        assert interviewing.transition(interview, to).status == to
    else:
        with pytest.raises(WrongState):
            interviewing.transition(interview, to)
        assert Interview.objects.get(pk=interview.pk).status == was


def test_a_move_that_somebody_else_made_first_is_refused() -> None:
    mine = start().interview
    theirs = Interview.objects.get(pk=mine.pk)
    interviewing.transition(theirs, InterviewState.ACTIVE)
    with pytest.raises(WrongState, match="moved on"):
        interviewing.transition(mine, InterviewState.ACTIVE)


def test_every_status_can_be_reached() -> None:
    reached = {to for moves in INTERVIEW_MOVES.values() for to in moves} | {InterviewState.SCHEDULED}
    assert reached == set(InterviewState)


# --- ending ----------------------------------------------------------------------------------------------------------
def test_end_completes_closes_the_room_and_queues_the_analysis() -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview, exchanges=1)
    interview = Interview.objects.get(pk=started.interview.pk)
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    room = Room.objects.get(pk=started.room.pk)
    assert (interview.status, interview.end_reason) == ("completed", "by_person")
    assert interview.ended_at is not None
    assert room.ended_at is not None
    assert room.analysis_state == AnalysisState.QUEUED
    with pytest.raises(RoomOver):
        say(room, Speaker.CANDIDATE, "One more thing.")
    with pytest.raises(RoomOver):
        rooms.holder_of(started.token.token)


def test_end_twice_is_once() -> None:
    interview = start(Role.CANDIDATE).interview
    hold(interview, exchanges=1)
    interview.refresh_from_db()
    interviewing.end(interview, reason=EndReason.FINISHED)
    before = interview.ended_at
    other = Interview.objects.get(pk=interview.pk)
    interviewing.end(other, reason=EndReason.BY_PERSON)
    assert (other.ended_at, other.end_reason) == (before, "finished")
    assert RoomEvent.objects.filter(kind="status", data__status="completed").count() == 1


def test_an_interview_to_which_nobody_came_is_cancelled_and_not_completed() -> None:
    for reason in (EndReason.LEFT_EMPTY, EndReason.EXPIRED):
        interview = start(Role.CANDIDATE).interview
        interviewing.end(interview, reason=reason)
        assert (interview.status, interview.end_reason) == ("cancelled", reason.value)
        assert Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.NONE
        assert status_of(interview.candidate)[0] == InterviewStatus.NOT_SCHEDULED


def test_an_interview_that_was_left_without_a_word_is_cancelled_too() -> None:
    started = start(Role.CANDIDATE)
    say(started.room, Speaker.INTERVIEWER, "Hello, I am an AI.", by_agent=True)
    interview = Interview.objects.get(pk=started.interview.pk)
    assert interview.status == InterviewState.ACTIVE
    interviewing.end(interview, reason=EndReason.LEFT_EMPTY)
    assert (interview.status, interview.end_reason) == ("cancelled", "left_empty")
    assert status_of(interview.candidate)[0] == InterviewStatus.NOT_SCHEDULED


def test_cancel_puts_back_what_is_true_and_analyses_nothing() -> None:
    who = candidate(60)
    held = start(Role.CANDIDATE, who=who)
    hold(held.interview, exchanges=1)
    interviewing.end(Interview.objects.get(pk=held.interview.pk), reason=EndReason.FINISHED)
    second = start(Role.CANDIDATE, who=who)
    assert status_of(who) == (InterviewStatus.BRIEFING, second.room.name)
    interviewing.cancel(second.interview)
    assert status_of(who) == (InterviewStatus.COMPLETED, held.room.name)
    assert Room.objects.get(pk=second.room.pk).analysis_state == AnalysisState.NONE
    assert interviewing.cancel(second.interview).status == InterviewState.CANCELLED


def test_a_completed_interview_cannot_be_cancelled() -> None:
    interview = start().interview
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    with pytest.raises(WrongState, match="Completed"):
        interviewing.cancel(interview)


def test_a_failed_interview_is_not_analysed_and_leaves_the_candidate_without_one() -> None:
    interview = start(Role.CANDIDATE).interview
    hold(interview, exchanges=1)
    interview.refresh_from_db()
    interviewing.fail(interview)
    assert (interview.status, interview.end_reason) == ("failed", "agent_failed")
    assert Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.NONE
    assert status_of(interview.candidate) == (InterviewStatus.NOT_SCHEDULED, None)
    assert interviewing.fail(interview).status == InterviewState.FAILED


@pytest.mark.django_db(transaction=True)
def test_of_many_ends_at_once_one_counts() -> None:
    interview = start(Role.CANDIDATE).interview
    hold(interview, exchanges=1)
    reasons = [EndReason.BY_PERSON, EndReason.FINISHED, EndReason.LEFT_EMPTY, EndReason.DISTRESS]
    ready = threading.Barrier(len(reasons))

    def end(reason: EndReason) -> None:
        mine = Interview.objects.get(pk=interview.pk)
        ready.wait()
        try:
            interviewing.end(mine, reason=reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=[reason]) for reason in reasons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    interview.refresh_from_db()
    assert interview.status == InterviewState.COMPLETED
    events = RoomEvent.objects.filter(room=interview.room_id, kind="status", data__status="completed")
    assert [event.data["end_reason"] for event in events] == [interview.end_reason]


# --- settling --------------------------------------------------------------------------------------------------------
def test_a_closed_room_ends_its_interview() -> None:
    left, late = start(Role.CANDIDATE), start(Role.CANDIDATE)
    hold(left.interview, exchanges=1)
    hold(late.interview, exchanges=1)
    rooms.close(left.room, reason=EndReason.LEFT_EMPTY)
    Room.objects.filter(pk=late.room.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    late.room.refresh_from_db()
    rooms.close(late.room, reason=EndReason.EXPIRED)
    assert interviewing.settle() == 2
    assert Interview.objects.get(pk=left.interview.pk).end_reason == EndReason.LEFT_EMPTY
    assert Interview.objects.get(pk=late.interview.pk).end_reason == EndReason.EXPIRED
    assert interviewing.settle() == 0


def test_an_ended_interview_closes_its_room() -> None:
    interview = start().interview
    interviewing.transition(interview, InterviewState.COMPLETED, reason=EndReason.BY_PERSON)
    assert interviewing.settle() == 1
    assert Room.objects.get(pk=interview.room_id).ended_at is not None


# --- the candidate's own status --------------------------------------------------------------------------------------
def test_the_candidate_goes_from_briefing_over_in_progress_to_completed() -> None:
    who = candidate(60)
    assert status_of(who) == (InterviewStatus.NOT_SCHEDULED, None)
    started = start(Role.CANDIDATE, who=who)
    assert status_of(who) == (InterviewStatus.BRIEFING, started.room.name)
    say(started.room, Speaker.INTERVIEWER, "Hello?", by_agent=True)
    assert status_of(who) == (InterviewStatus.IN_PROGRESS, started.room.name)
    interviewing.end(Interview.objects.get(pk=started.interview.pk), reason=EndReason.FINISHED)
    assert status_of(who) == (InterviewStatus.COMPLETED, started.room.name)


def test_training_says_nothing_about_the_person() -> None:
    who = candidate(60)
    started = start(who=who, is_training=True)
    say(started.room, Speaker.INTERVIEWER, "Hello?")
    assert status_of(who) == (InterviewStatus.NOT_SCHEDULED, None)
    interviewing.end(Interview.objects.get(pk=started.interview.pk), reason=EndReason.FINISHED)
    assert status_of(who) == (InterviewStatus.NOT_SCHEDULED, None)


def test_a_room_of_humans_counts_from_when_the_candidate_came() -> None:
    who = candidate(60)
    room, _ = interviewing.prepare(candidate=who, actor=recruiter())
    assert status_of(who) == (InterviewStatus.BRIEFING, room.name)
    say(room, Speaker.INTERVIEWER, "Is anybody there?")
    assert status_of(who) == (InterviewStatus.BRIEFING, room.name)
    say(room, Speaker.CANDIDATE, "I am.")
    assert status_of(who) == (InterviewStatus.IN_PROGRESS, room.name)
    interviewing.end_room(room, reason=EndReason.BY_PERSON)
    assert status_of(who) == (InterviewStatus.COMPLETED, room.name)


def test_a_room_of_humans_that_was_left_empty_leaves_nothing_completed() -> None:
    who = candidate(60)
    room, _ = interviewing.prepare(candidate=who, actor=recruiter())
    interviewing.end_room(room, reason=EndReason.LEFT_EMPTY)
    assert status_of(who) == (InterviewStatus.NOT_SCHEDULED, None)


def test_prepare_fills_the_briefing_in_and_admits_the_interviewer() -> None:
    who = candidate(60, job=Job.objects.create(title="Account Executive"), bio="Six years of sales.")
    room, token = interviewing.prepare(candidate=who, actor=recruiter(name="Rae"))
    assert room.briefing is not None
    assert room.briefing["role"] == "Account Executive"
    assert "Six years of sales." in room.briefing_prompt
    assert rooms.holder_of(token.token).may_moderate
    assert Participant.objects.get(room=room).name == "Rae"


@pytest.mark.django_db(transaction=True)
def test_the_analysis_gives_the_candidate_a_score_with_its_history(simulator: Simulator) -> None:
    interview = start(Role.CANDIDATE).interview
    hold(interview)
    interviewing.end(Interview.objects.get(pk=interview.pk), reason=EndReason.FINISHED)
    made = analysis.work(interview.room_id)
    assert made is not None
    who = Candidate.objects.get(pk=interview.candidate_id)
    assert who.interview_score == made.result["overall_score"]
    assert who.recommendation == made.result["recommendation"]
    changes = Change.objects.filter(candidate=who, source=ChangeSource.INTERVIEW)
    assert {change.field for change in changes} == {"interview_score", "recommendation"}


@pytest.mark.django_db(transaction=True)
def test_neither_a_thin_nor_a_failed_nor_a_played_interview_gives_a_score(simulator: Simulator) -> None:
    thin, failed, played = start(Role.CANDIDATE).interview, start(Role.CANDIDATE).interview, start().interview
    hold(thin, exchanges=1)
    hold(failed)
    hold(played)
    for interview in (thin, failed, played):
        interviewing.end(Interview.objects.get(pk=interview.pk), reason=EndReason.FINISHED)
    analysis.work(thin.room_id)
    analysis.work(played.room_id)
    simulator.control(next=["401"] * 10)
    analysis.work(failed.room_id)
    states = [Room.objects.get(pk=one.room_id).analysis_state for one in (thin, failed, played)]
    assert states == [AnalysisState.TOO_THIN, AnalysisState.FAILED, AnalysisState.DONE]
    for interview in (thin, failed, played):
        who = Candidate.objects.get(pk=interview.candidate_id)
        assert (who.interview_score, who.recommendation) == (None, None)
        assert who.interview_status == InterviewStatus.COMPLETED


def test_what_is_shown_of_an_interview_needs_one_query() -> None:
    interview = start().interview
    with CaptureQueriesContext(connection) as captured:
        shown = interviewing.status_of(interview)
    assert len(captured) == 1
    assert (shown["interview_id"], shown["status"]) == (str(interview.pk), "scheduled")
    assert shown["overall_score"] is None


def test_a_recruiters_address_is_never_shown_in_a_room() -> None:
    assert interviewing.name_of(User(email="rae@example.com")) == interviewing.UNNAMED_RECRUITER
    assert interviewing.name_of(None) == interviewing.UNNAMED_RECRUITER
