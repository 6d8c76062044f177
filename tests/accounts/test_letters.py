"""Mails about accounts: owed as rows, sent once, with links that are stored nowhere."""

from __future__ import annotations

import hashlib
import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import redis
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts import letters, passwords, tasks
from accounts.models import Letter, LetterKind, Link, User
from tests import processes
from tests.accounts.joining import AUTH, EMAIL, OTHER, PASSWORD, login, mailed, post, sign_up, token_in, trainee
from tests.mailbox import Mailbox

pytestmark = pytest.mark.django_db


def test_a_letter_is_sent_once() -> None:
    letter = letters.owe(trainee(), LetterKind.RESET)
    assert letters.owed() == [letter.pk]
    assert letters.send(letter.pk)
    assert not letters.send(letter.pk)
    assert letters.owed() == []
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "1 hour and" in message.body
    html = str(message.alternatives[0][0])
    assert token_in(message) in html
    assert "/coaching/reset#" in html


def test_a_letter_to_nobody_is_work_without_mail() -> None:
    letter = letters.owe(None, LetterKind.RESET)
    assert not letters.send(letter.pk)
    assert letters.owed() == []
    assert mail.outbox == []
    assert not letters.send(uuid4())


def test_a_slow_mail_server_keeps_no_worker_for_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    user = trainee()
    for kind in (LetterKind.RESET, LetterKind.CHANGED, LetterKind.KNOWN):
        letters.owe(user, kind)
    monkeypatch.setattr(tasks, "SWEEP_SECONDS", 0)
    for sent in (1, 2, 3):
        tasks.sweep()
        assert len(mail.outbox) == sent


def test_a_mail_server_that_is_away_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    letter = letters.owe(trainee(), LetterKind.RESET)
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", away)
        assert not letters.send(letter.pk)
    assert letters.owed() == []  # it rests
    Letter.objects.update(not_before=timezone.now())
    assert letters.owed() == [letter.pk]
    assert letters.send(letter.pk)
    # The link of the mail that did not go out opens nothing.
    assert Link.objects.filter(revoked_at=None).count() == 1
    assert passwords.holder_of(token_in(mail.outbox[0])).email == EMAIL


def test_what_could_not_be_sent_for_long_is_left() -> None:
    letter = letters.owe(trainee(), LetterKind.RESET)
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=13))
    assert letters.owed() == []
    assert not letters.send(letter.pk)


def test_nobodys_mailbox_is_flooded(settings: Settings) -> None:
    settings.ACCOUNT_LETTERS_PER_HOUR = 3
    trainee()
    for _ in range(5):
        post(f"{AUTH}/forgot-password", {"email": EMAIL})
    assert len(mailed()) == 3
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=2))
    post(f"{AUTH}/forgot-password", {"email": EMAIL})
    assert len(mailed()) == 1


def test_a_letter_that_says_nothing_true_any_more_is_not_sent() -> None:
    sign_up()
    User.objects.update(email_verified_at=timezone.now())
    assert mailed() == []
    letters.owe(trainee("gone@example.com", is_active=False), LetterKind.RESET)
    assert mailed() == []


def test_a_new_password_is_told() -> None:
    user = trainee()
    passwords._set(user, OTHER)
    (message,) = mailed()
    assert message.subject == "Your password was changed"
    assert "#" not in message.body


def test_no_table_holds_the_token_of_a_mailed_link() -> None:
    sign_up()
    token = token_in(mailed()[0])
    secrets = (token, token.split(".")[2], jwt.decode(token, options={"verify_signature": False})["jti"])
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE to_jsonb(t)::text ~ %s', ["|".join(secrets)])
            assert cursor.fetchone() == (0,), table
        # Shown to find one: what is stored of it, its digest.
        digest = hashlib.sha256(secrets[2].encode()).hexdigest()
        cursor.execute("SELECT count(*) FROM accounts_link t WHERE to_jsonb(t)::text ~ %s", [digest])
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_parallel_sign_ups_with_one_address_make_one_account_and_one_link_that_works() -> None:
    gate = threading.Barrier(12)
    given = [f"{PASSWORD} {number}" for number in range(12)]

    def join(password: str) -> int:
        gate.wait()
        try:
            return int(sign_up(password=password).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(join, given)) == {201}
    assert User.objects.count() == 1
    mailed()
    assert Link.objects.filter(revoked_at=None).count() <= 1
    user = User.objects.get()
    assert sum(user.check_password(password) for password in given) == 1


@pytest.mark.django_db(transaction=True)
def test_of_parallel_resets_by_one_link_one_goes_through() -> None:
    trainee()
    post(f"{AUTH}/forgot-password", {"email": EMAIL})
    token = token_in(mailed()[0])
    gate = threading.Barrier(6)

    def reset(number: int) -> int:
        gate.wait()
        try:
            body = {"token": token, "password": f"{OTHER} {number}"}
            return int(post(f"{AUTH}/reset-password", body).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(reset, range(6)))
    assert sorted(statuses) == [200] + [410] * 5
    assert login(password=f"{OTHER} {statuses.index(200)}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_is_owed_and_no_token_passes_through_redis(settings: Settings) -> None:
    """A real worker and a real mail server; the ring carries the letter's id alone."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("conversations")
        post(f"{AUTH}/forgot-password", {"email": trainee().email})
        post(f"{AUTH}/forgot-password", {"email": "nobody@example.com"})
        rings = client.lrange("conversations", 0, -1)
    assert len(rings) == 2  # for nobody, too
    assert all(EMAIL.encode() not in ring for ring in rings)
    with Mailbox() as mailbox, processes.worker(**mailbox.settings()):
        processes.wait_until(lambda: not Letter.objects.filter(done_at=None).exists(), seconds=60, what="letters sent")
        (letter,) = mailbox.letters
    assert letter["To"] == EMAIL
    body = letter.get_body(("plain",))
    assert body is not None
    secret = body.get_content().split("#")[1].split()[0]
    assert secret.encode() not in b"".join(rings)
    assert post(f"{AUTH}/reset-password", {"token": secret, "password": OTHER}).status_code == 200
