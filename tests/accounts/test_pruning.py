"""What accounts leave behind goes when its time has come, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts import letters, pruning
from accounts.browser_sessions import SessionStore
from accounts.models import Letter, LetterKind, SignIn, User
from accounts.tokens import open_for
from tests.accounts.joining import OTHER, login, trainee

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=100)


@pytest.fixture
def _leftovers(db: None) -> None:
    user = trainee()
    kept, ended, old = open_for(user), open_for(user), open_for(user)
    assert kept.sign_in.ended_at is None
    SignIn.objects.filter(pk=ended.sign_in.pk).update(ended_at=LONG_AGO)
    SignIn.objects.filter(pk=old.sign_in.pk).update(expires_at=LONG_AGO)
    for email, joined in (("new@example.com", timezone.now()), ("never@example.com", LONG_AGO)):
        trainee(email, password=None, email_verified_at=None, date_joined=joined)
    letters.owe(user, LetterKind.RESET)
    Letter.objects.filter(pk=letters.owe(user, LetterKind.RESET).pk).update(created_at=LONG_AGO)
    for _ in range(2):
        SessionStore().create()
    Session.objects.filter(pk=Session.objects.all()[0].pk).update(expire_date=LONG_AGO)
    login(password=OTHER)
    login("other@example.com", OTHER)
    AccessAttempt.objects.filter(pk=AccessAttempt.objects.all()[0].pk).update(attempt_time=LONG_AGO)


@pytest.mark.usefixtures("_leftovers")
def test_what_is_due_goes_once() -> None:
    due = {
        "ended sign-ins": 2,
        "accounts that were never confirmed": 1,
        "letters": 1,
        "sessions that ran out": 1,
        "wrong passwords": 1,
    }
    out = StringIO()
    call_command("prune_accounts", dry_run=True, stdout=out)
    assert "2 ended sign-ins would go" in out.getvalue()
    assert pruning.prune() == due
    assert pruning.prune() == dict.fromkeys(due, 0)
    assert set(User.objects.values_list("email", flat=True)) == {"robin.sample@example.com", "new@example.com"}
    assert [model.objects.count() for model in (SignIn, Letter, Session, AccessAttempt)] == [1, 1, 1, 1]


def test_an_account_in_use_is_never_pruned() -> None:
    trainee(date_joined=LONG_AGO)
    trainee("staff@example.com", email_verified_at=None, date_joined=LONG_AGO, is_staff=True)
    call_command("prune_accounts", stdout=StringIO())
    assert User.objects.count() == 2
