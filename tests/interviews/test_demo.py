"""The sample interviews: whole, computed like any other, loaded once, and without a model."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from accounts.models import User
from candidates.demo import jobs
from candidates.models import Candidate, Change, Job
from candidates.states import ChangeSource, InterviewStatus
from interviews import interviewing
from interviews.analysis import AnalysisResult
from interviews.debriefing import Debriefing
from interviews.demo import loading
from interviews.models import Analysis, Hint, Interview, Participant, Room, Turn
from interviews.states import AnalysisState, InterviewState, Role
from tests.candidates.recruiting import candidate, recruiter

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """The demo recruiter, and two candidates for each sample job."""
    for title in (jobs.ENGINEER.title, jobs.ACCOUNT_EXECUTIVE.title):
        job = Job.objects.create(title=title)
        candidate(90, job=job, name="Runa Northolt")
        candidate(70, job=job, name="Samir Ashgrove")
    return recruiter(name="Demo Recruiter")


def sample(role: Role) -> Interview:
    return Interview.objects.select_related("room", "candidate").get(role=role)


def test_both_samples_are_loaded_once(person: User) -> None:
    assert loading.load(recruiter=person) == 2
    assert loading.is_loaded()
    assert loading.load(recruiter=person) == 0
    assert Interview.objects.count() == 2


def test_without_the_sample_people_nothing_is_loaded() -> None:
    assert loading.load(recruiter=recruiter()) == 0
    assert not loading.is_loaded()


def test_the_interview_of_a_person_has_everything_that_comes_of_one(person: User) -> None:
    loading.load(recruiter=person)
    interview = sample(Role.CANDIDATE)
    assert (interview.status, interview.candidate.name) == (InterviewState.COMPLETED, "Runa Northolt")
    assert interview.room.analysis_state == AnalysisState.DONE
    result = AnalysisResult.model_validate(Analysis.objects.get(room=interview.room).result)
    assert result.subject == "person"
    assert len(result.pairs) == 8
    assert {pair.state for pair in result.pairs} == {"judged"}
    assert result.notes == [], "every quote of the sample was really said"
    assert result.technical.score is not None
    assert result.highlights
    assert result.red_flags
    debrief = Debriefing.model_validate(interview.room.debrief)
    assert debrief.notes == []
    assert len(debrief.strengths) == 3
    assert debrief.recommendation == result.recommendation
    who = Candidate.objects.get(pk=interview.candidate_id)
    assert (who.interview_status, who.room_name) == (InterviewStatus.COMPLETED, interview.room.name)
    assert (who.interview_score, who.recommendation) == (result.overall_score, result.recommendation)
    assert Change.objects.filter(candidate=who, source=ChangeSource.INTERVIEW).count() == 2


def test_the_training_is_graded_and_says_nothing_of_the_person(person: User) -> None:
    loading.load(recruiter=person)
    interview = sample(Role.INTERVIEWER)
    assert interview.is_training
    assert Hint.objects.filter(turn__room=interview.room).count() == 5
    for hint in Hint.objects.select_related("turn"):
        assert hint.quote in hint.turn.text
        assert hint.turn.by_agent
    debrief = Debriefing.model_validate(interview.room.debrief)
    assert debrief.training is not None
    assert [trait.outcome for trait in debrief.training.traits] == ["missed", "found"]
    assert [one.turn for one in debrief.conduct.prohibited] == [11]
    assert debrief.notes == []
    result = AnalysisResult.model_validate(Analysis.objects.get(room=interview.room).result)
    assert result.subject == "ai_candidate"
    assert result.notes == []
    assert "declined" in {pair.state for pair in result.pairs}
    who = Candidate.objects.get(pk=interview.candidate_id)
    assert (who.interview_score, who.recommendation) == (None, None)


def test_the_samples_are_shown_like_any_other(person: User) -> None:
    loading.load(recruiter=person)
    for interview in Interview.objects.all():
        shown = interviewing.status_of(interview)
        assert shown["overall_score"] is not None
        numbers = list(Turn.objects.filter(room=interview.room).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert Participant.objects.filter(room=interview.room, left_at=None).count() == 0


def test_the_second_best_wait_for_theirs_with_a_briefing(person: User) -> None:
    loading.load(recruiter=person)
    for second in Candidate.objects.filter(name="Samir Ashgrove"):
        assert second.interview_status == InterviewStatus.BRIEFING
        assert Room.objects.get(name=second.room_name).briefing is not None


def test_the_command_says_when_all_is_there(person: User) -> None:
    Job.objects.filter(title=jobs.ENGINEER.title).get().imports.create(filename="sample-engineers.csv", size=1)
    out = io.StringIO()
    call_command("load_demo", email=person.email, stdout=out)
    assert "2 interviews" in out.getvalue()
    out = io.StringIO()
    call_command("load_demo", email=person.email, stdout=out)
    assert "already there" in out.getvalue()
