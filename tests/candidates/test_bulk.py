"""Many candidates at once: deleted and back, put on a job, each with its line in the history."""

from __future__ import annotations

import pytest

from accounts.models import User
from candidates import bulk, profiles
from candidates.models import Assessment, Candidate, Change, Job, Work
from candidates.states import AiStatus, WorkKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def recruiter() -> User:
    return User.objects.create_superuser("noor@example.com", "a long password", name="Noor")


def make(count: int, **values: object) -> list[Candidate]:
    return [Candidate.objects.create(name=f"Robin Sample {number}", **values) for number in range(count)]


def test_deletion_is_undone_by_its_stamp_and_brings_nobody_else_back(recruiter: User) -> None:
    people = make(4)
    earlier, _ = bulk.delete(rows=Candidate.objects.filter(pk=people[0].pk), actor=recruiter)
    count, stamp = bulk.delete(rows=Candidate.objects.filter(pk__in=[one.pk for one in people[:3]]), actor=recruiter)
    assert (earlier, count) == (1, 2)
    assert bulk.undo_delete(stamp=stamp, actor=recruiter) == 2
    assert bulk.undo_delete(stamp=stamp, actor=recruiter) == 0
    assert set(Candidate.objects.live()) == set(people[1:])


def test_deletion_stands_in_the_history_and_can_be_undone_there(recruiter: User) -> None:
    (person,) = make(1)
    bulk.delete(rows=Candidate.objects.all(), actor=recruiter)
    change = Change.objects.get()
    assert (change.field, change.old, change.new, change.actor) == ("deleted", False, True, recruiter)
    profiles.undo(change, recruiter)
    person.refresh_from_db()
    assert person.deleted_at is None


def test_restore_brings_back_only_the_deleted(recruiter: User) -> None:
    people = make(3)
    bulk.delete(rows=Candidate.objects.filter(pk=people[0].pk), actor=recruiter)
    assert bulk.restore(rows=Candidate.objects.all(), actor=recruiter) == 1
    assert Change.objects.filter(field="deleted", new=False).count() == 1


def test_assigning_moves_queues_and_takes_away_the_other_jobs_ai_score(recruiter: User) -> None:
    old, new = Job.objects.create(title="Baker"), Job.objects.create(title="Welder")
    people = make(2, job=old, ai_score=70, combined_score=70, ai_status=AiStatus.SCORED)
    settled = make(1, job=new, ai_score=60, combined_score=60)[0]
    Assessment.objects.create(candidate=people[0], kind=Assessment.Kind.MODEL, score=70)
    assert bulk.assign(rows=Candidate.objects.all(), job=new, actor=recruiter) == 2
    person = Candidate.objects.get(pk=people[0].pk)
    assert (person.job, person.ai_score, person.ai_status) == (new, None, AiStatus.NONE)
    assert not Assessment.objects.filter(is_current=True).exists()
    assert set(Work.objects.filter(kind=WorkKind.EXTRACT).values_list("candidate_id", flat=True)) == {
        one.pk for one in people
    }
    settled.refresh_from_db()
    assert settled.ai_score == 60


def test_assignment_can_be_undone_from_the_history(recruiter: User) -> None:
    old, new = Job.objects.create(title="Baker"), Job.objects.create(title="Welder")
    (person,) = make(1, job=old)
    bulk.assign(rows=Candidate.objects.all(), job=new, actor=recruiter)
    profiles.undo(Change.objects.get(field="job"), recruiter)
    person.refresh_from_db()
    assert person.job == old


def test_assigning_to_no_job_leaves_those_without_one_alone(recruiter: User) -> None:
    make(2)
    make(1, job=Job.objects.create(title="Baker"))
    assert bulk.assign(rows=Candidate.objects.all(), job=None, actor=recruiter) == 1
    assert Change.objects.get().new is None
