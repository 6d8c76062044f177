"""What is kept no longer than the settings say goes, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts import links
from accounts.models import Link, User
from candidates import profiles
from candidates.models import Candidate, Import
from candidates.states import ChangeSource, ImportPhase, ImportStatus, InterviewStatus
from intake import entering, erasing, holding, lifecycle, merging, notices, retention, talking
from intake.models import Intake, Notice
from intake.states import IntakeState, NoticeKind
from interviews.models import Room
from interviews.states import Medium
from tests.intake import rounds
from tests.intake.test_merging import answered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten_days(settings: Settings) -> None:
    for rule in retention.RULES:
        setattr(settings, rule.setting, 10.0)


def ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def asked(days: float) -> Candidate:
    intake = rounds.intake()
    holding.ask_erasure(intake)
    Intake.objects.filter(pk=intake.pk).update(erasure_asked_at=ago(days))
    return intake.candidate


def deleted(days: float) -> Candidate:
    who = rounds.candidate()
    profiles.delete(candidate=who, source=ChangeSource.CONSOLE, actor=None)
    Candidate.objects.filter(pk=who.pk).update(deleted_at=ago(days))
    return who


def untouched(days: float) -> Candidate:
    who = rounds.candidate()
    Candidate.objects.filter(pk=who.pk).update(updated_at=ago(days))
    return who


def abandoned(days: float) -> Intake:
    intake = rounds.intake(gaps=[])
    links.issue(purpose=entering.PURPOSE, subject_id=intake.candidate_id, hours=1, made_by=None)
    Link.objects.filter(subject_id=intake.candidate_id).update(expires_at=ago(days))
    Intake.objects.filter(pk=intake.pk).update(created_at=ago(days))
    return intake


def talked(days: float) -> Intake:
    intake = answered(said={})
    talking.open_room(intake, medium=Medium.TEXT)
    merging.complete(intake)
    Intake.objects.filter(pk=intake.pk).update(completed_at=ago(days))
    return intake


def imported(days: float) -> Import:
    return Import.objects.create(
        filename="people.csv",
        file=ContentFile(b"name\nAda\n", name="people.csv"),
        status=ImportStatus.COMPLETE,
        phase=ImportPhase.DONE,
        finished_at=ago(days),
    )


def linked(days: float) -> Link:
    issued = links.issue(purpose="interview", subject_id=rounds.candidate().pk, hours=1, made_by=None)
    Link.objects.filter(pk=issued.link.pk).update(expires_at=ago(days))
    return issued.link


def noticed(days: float) -> Notice:
    user, _ = User.objects.get_or_create(email="noor@example.com", defaults={"is_staff": True})
    intake = rounds.intake(made_by=user, gaps=[])
    notices.make(intake, NoticeKind.INTAKE_COMPLETED)
    intake.notices.update(created_at=ago(days))
    return intake.notices.get()


def is_withdrawn(intake: Intake) -> bool:
    return Intake.objects.get(pk=intake.pk).state == IntakeState.WITHDRAWN


def is_gone(row: Any) -> bool:
    return not type(row).objects.filter(pk=row.pk).exists()


def has_no_file(import_: Import) -> bool:
    return not Import.objects.get(pk=import_.pk).file


def has_no_room(intake: Intake) -> bool:
    return Intake.objects.get(pk=intake.pk).room is None and not Room.objects.filter(intake=intake).exists()


CASES: dict[str, tuple[Callable[[float], Any], Callable[[Any], bool]]] = {
    "erasures": (asked, is_gone),
    "deleted": (deleted, is_gone),
    "untouched": (untouched, is_gone),
    "rounds": (abandoned, is_withdrawn),
    "talks": (talked, has_no_room),
    "files": (imported, has_no_file),
    "links": (linked, is_gone),
    "notices": (noticed, is_gone),
}


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == {rule.name for rule in retention.RULES}


@pytest.mark.parametrize("rule", retention.RULES, ids=lambda rule: rule.name)
def test_what_is_due_goes_and_what_is_not_stays(rule: retention.Rule, settings: Settings) -> None:
    make, is_done = CASES[rule.name]
    for other in retention.RULES:
        if other is not rule:
            setattr(settings, other.setting, 0.0)
    due, young = make(11), make(9)
    counted = {one.rule.name: one.count for one in retention.purge(dry_run=True)}
    assert counted.pop(rule.name) == 1
    assert set(counted.values()) == {None}
    assert not is_done(due)
    removed = {one.rule.name: one.count for one in retention.purge()}
    assert removed[rule.name] == 1
    assert is_done(due)
    assert not is_done(young)
    assert {one.rule.name: one.count for one in retention.purge()}[rule.name] == 0


@pytest.mark.parametrize("rule", retention.RULES, ids=lambda rule: rule.name)
def test_zero_days_keep_for_ever(rule: retention.Rule, settings: Settings) -> None:
    make, is_done = CASES[rule.name]
    row = make(4_000)
    for one in retention.RULES:
        setattr(settings, one.setting, 0.0)
    retention.purge()
    assert not is_done(row)


def test_nobody_is_forgotten_in_the_middle_of_something() -> None:
    talking_now, invited = untouched(50), untouched(50)
    Candidate.objects.filter(pk=talking_now.pk).update(interview_status=InterviewStatus.IN_PROGRESS)
    rounds.intake(invited, gaps=[])
    Candidate.objects.filter(pk=invited.pk).update(updated_at=ago(50))
    retention.purge()
    assert not is_gone(talking_now)
    assert not is_gone(invited)


def test_a_round_with_a_working_link_goes_on_however_old_it_is() -> None:
    intake = abandoned(50)
    links.issue(purpose=entering.PURPOSE, subject_id=intake.candidate_id, hours=48, made_by=None)
    retention.purge()
    assert not is_withdrawn(intake)


def test_a_settled_wish_is_not_carried_out() -> None:
    who = asked(50)
    noor = User.objects.create_user("noor@example.com", is_staff=True)
    erasing.decline(who.intakes.get(), actor=noor, reason="A claim.")
    retention.purge()
    assert not is_gone(who)


def test_deleting_somebody_who_asked_for_it_erases_them_the_next_night() -> None:
    who, bystander = asked(1), deleted(1)
    retention.purge()
    assert not is_gone(who)
    profiles.delete(candidate=who, source=ChangeSource.CONSOLE, actor=None)
    retention.purge()
    assert is_gone(who)
    assert not is_gone(bystander)


def test_more_than_a_batch_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(8):
        deleted(50)
    counts = {one.rule.name: one.count for one in retention.purge()}
    assert counts["deleted"] == 8


def test_the_command_counts_first_and_erases_when_told() -> None:
    who = deleted(50)
    shown = io.StringIO()
    call_command("purge", "--dry-run", stdout=shown)
    assert "candidates who were deleted 10 days ago or longer: 1" in shown.getvalue()
    assert "Would erase 1 in all." in shown.getvalue()
    assert not is_gone(who)
    call_command("purge", stdout=(shown := io.StringIO()))
    assert "Erased 1 in all." in shown.getvalue()
    assert is_gone(who)


def test_a_switched_off_rule_is_told(settings: Settings) -> None:
    settings.RETENTION_CANDIDATE_DAYS = 0.0
    call_command("purge", "--dry-run", stdout=(shown := io.StringIO()))
    assert "kept for ever (RETENTION_CANDIDATE_DAYS=0)" in shown.getvalue()


def test_a_withdrawn_round_leaves_the_candidate_without_a_status() -> None:
    intake = abandoned(50)
    lifecycle.refresh_standing(intake.candidate_id)
    Candidate.objects.filter(pk=intake.candidate_id).update(updated_at=F("created_at"))
    retention.purge()
    assert Candidate.objects.get(pk=intake.candidate_id).intake_status == "none"


def test_one_candidate_can_be_erased_now() -> None:
    who, other = rounds.candidate(), rounds.candidate(name="Robin Sample")
    call_command("purge", "--candidate", str(who.pk), "--dry-run", stdout=io.StringIO())
    assert not is_gone(who)
    call_command("purge", "--candidate", str(who.pk), stdout=(shown := io.StringIO()))
    assert "Erased 1 record(s)" in shown.getvalue()
    assert is_gone(who)
    assert not is_gone(other)
    with pytest.raises(CommandError):
        call_command("purge", "--candidate", str(who.pk), stdout=io.StringIO())
