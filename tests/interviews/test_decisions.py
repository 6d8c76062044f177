"""What a person decides on an interview."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from candidates import profiles
from candidates.models import Candidate, Change
from candidates.states import ChangeSource
from interviews import analysis, decisions, lifecycle
from interviews.admin.interview_filters import to_confirm
from interviews.decisions import Overtaken, ReasonRequired
from interviews.errors import WrongState
from interviews.models import Decision, Interview
from interviews.states import InterviewState, Recommendation, Role
from tests.interviews import talking
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def recruiter() -> User:
    return User.objects.create_user(email="sasha@example.com", password="a long pass phrase", name="Sasha Example")


def proposed(interview: Interview) -> Recommendation:
    return Recommendation(analysis.analyse(interview.room).result["recommendation"])


def test_confirming_needs_no_reason(simulator: Simulator) -> None:
    interview = talking.interview()
    wanted = proposed(interview)
    made = decisions.decide(interview, recommendation=wanted, actor=recruiter())
    assert (made.recommendation, made.proposed, made.reason) == (wanted, wanted, "")


@pytest.mark.parametrize("reason", ["", "   ", "\x00"])
def test_overriding_needs_a_reason(simulator: Simulator, reason: str) -> None:
    interview = talking.interview()
    proposed(interview)
    with pytest.raises(ReasonRequired):
        decisions.decide(interview, recommendation=Recommendation.NO_HIRE, reason=reason, actor=None)
    assert not Decision.objects.exists()


def test_a_decision_over_anothers_is_made_by_who_has_seen_it(simulator: Simulator) -> None:
    interview, one, other = (
        talking.interview(),
        recruiter(),
        User.objects.create_user(email="kim@example.com", name="Kim"),
    )
    wanted = proposed(interview)
    first = decisions.decide(interview, recommendation=Recommendation.NO_HIRE, reason="Rude.", actor=one, last_seen=0)
    with pytest.raises(Overtaken, match="Sasha Example has decided “No Hire” in the meantime"):
        decisions.decide(interview, recommendation=wanted, actor=other, last_seen=0)
    assert Decision.objects.get() == first
    made = decisions.decide(interview, recommendation=wanted, actor=other, last_seen=first.pk)
    assert interview.decisions.first() == made


def test_deciding_without_an_analysis_needs_a_reason() -> None:
    interview = talking.interview()
    with pytest.raises(ReasonRequired, match="Nothing was proposed"):
        decisions.decide(interview, recommendation=Recommendation.HIRE, actor=None)
    made = decisions.decide(interview, recommendation=Recommendation.HIRE, reason="I was there.", actor=None)
    assert made.proposed == ""


def test_decisions_only_grow_and_the_newest_counts(simulator: Simulator) -> None:
    interview, person = talking.interview(), recruiter()
    wanted = proposed(interview)
    decisions.decide(interview, recommendation=Recommendation.NO_HIRE, reason="First thought.", actor=person)
    decisions.decide(interview, recommendation=wanted, actor=person)
    assert [one.recommendation for one in interview.decisions.all()] == [wanted, Recommendation.NO_HIRE]
    candidate = Candidate.objects.get(pk=interview.candidate_id)
    assert candidate.recommendation == wanted


def test_candidate_follows_with_who_and_from_where() -> None:
    interview, person = talking.interview(), recruiter()
    decisions.decide(interview, recommendation=Recommendation.HIRE, reason="I was there.", actor=person)
    change = Change.objects.get(candidate=interview.candidate_id, field="recommendation")
    assert (change.old, change.new, change.actor, change.source) == (None, "Hire", person, ChangeSource.INTERVIEW)


def test_decision_on_an_ai_candidate_leaves_the_person_alone() -> None:
    interview = talking.interview(role=Role.INTERVIEWER)
    made = decisions.decide(interview, recommendation=Recommendation.HIRE, reason="For practice.", actor=None)
    assert made.pk
    assert Candidate.objects.get(pk=interview.candidate_id).recommendation is None


@pytest.mark.parametrize(
    "status", [InterviewState.SCHEDULED, InterviewState.ACTIVE, InterviewState.CANCELLED, InterviewState.FAILED]
)
def test_only_completed_interviews_are_decided(status: InterviewState) -> None:
    interview = talking.interview(status=status)
    with pytest.raises(WrongState):
        decisions.decide(interview, recommendation=Recommendation.HIRE, reason="Early.", actor=None)


def test_unknown_recommendations_are_refused() -> None:
    with pytest.raises(profiles.Refused):
        decisions.decide(talking.interview(), recommendation="Maybe", reason="Why not.", actor=None)


def test_deleted_candidates_are_not_decided_on() -> None:
    interview = talking.interview()
    profiles.delete(candidate=interview.candidate, source=ChangeSource.CONSOLE, actor=None)
    with pytest.raises(WrongState, match="deleted"):
        decisions.decide(interview, recommendation=Recommendation.HIRE, reason="Yes.", actor=None)
    assert not Decision.objects.exists()


def awaits(interview: Interview) -> bool:
    return Interview.objects.values_list("awaits_decision", flat=True).get(pk=interview.pk)


def test_interview_awaits_a_decision_from_its_analysis_until_a_person_has_spoken(simulator: Simulator) -> None:
    interview = talking.interview()
    assert not awaits(interview)
    wanted = proposed(interview)
    assert awaits(interview)
    analysis.queue(interview.room)
    assert not awaits(interview)
    analysis.drain()
    assert awaits(interview)
    decisions.decide(interview, recommendation=wanted, actor=recruiter())
    assert not awaits(interview)


def test_interview_that_ends_after_its_analysis_awaits_a_decision(simulator: Simulator) -> None:
    interview = talking.interview()
    Interview.objects.filter(pk=interview.pk).update(status=InterviewState.ACTIVE)
    proposed(interview)
    assert not awaits(interview)
    interview.refresh_from_db()
    lifecycle.transition(interview, InterviewState.COMPLETED)
    assert awaits(interview)


def test_where_an_ai_played_the_candidate_nothing_is_to_be_decided(simulator: Simulator) -> None:
    interview = talking.interview(role=Role.INTERVIEWER)
    analysis.analyse(interview.room)
    assert not awaits(interview)


def test_analyses_to_confirm_are_read_from_their_index() -> None:
    """However many interviews there are, the list and its count touch those alone that wait."""
    rows = to_confirm(Interview.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for asked in (rows.order_by("-created_at", "-id")[:51], rows.order_by("-created_at", "-id")[:1_001]):
        plan = asked.explain()
        assert "interview_awaits_decision" in plan
        assert "Sort" not in plan
