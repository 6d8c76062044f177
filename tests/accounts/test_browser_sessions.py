"""Browsers that are signed in: no key in the database, one row per device, ended from anywhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.browser_sessions import SessionStore, digest_of
from accounts.middleware import SEEN
from accounts.models import SignIn, SignInEnd, User
from tests.accounts.joining import AUTH, OTHER, PASSWORD, trainee

pytestmark = pytest.mark.django_db


def signed_in(**headers: str) -> Client:
    """A recruiter's browser, by the console's own sign-in page."""
    client = Client(headers=headers)
    fields = {"username": "recruiter@example.com", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", fields).status_code == 302
    return client


@pytest.fixture(autouse=True)
def _recruiter(db: None) -> None:
    trainee("recruiter@example.com", is_staff=True)


def key_of(client: Client) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def test_the_database_holds_no_key_that_opens_a_session() -> None:
    client = signed_in()
    key = key_of(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text FROM django_session s")
        sessions = "".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT row_to_json(s)::text FROM accounts_signin s")
        sign_ins = "".join(row for (row,) in cursor.fetchall())
    assert key not in sessions + sign_ins
    stored = Session.objects.get().session_key
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = stored
    assert thief.get(f"{AUTH}/me").status_code == 401
    assert client.get(f"{AUTH}/me").status_code == 200


def test_a_browser_that_signs_in_is_a_row_and_stays_one() -> None:
    client = signed_in(**{"User-Agent": "A browser\x07 of mine"})
    row = SignIn.objects.get()
    assert (row.kind, row.device, row.digest) == ("browser", "A browser of mine", digest_of(key_of(client)))
    client.get("/admin/")
    client.get(f"{AUTH}/me")
    assert SignIn.objects.get().pk == row.pk


def test_signing_out_ends_the_row_whichever_page_does_it() -> None:
    for page in ("/admin/logout/", f"{AUTH}/logout"):
        client = signed_in()
        assert client.post(page).status_code in (200, 302)
        assert SignIn.objects.filter(ended_because=SignInEnd.SIGNED_OUT).count() == SignIn.objects.count()
        assert client.get(f"{AUTH}/me").status_code == 401


def test_ending_a_row_signs_its_browser_out_and_no_other() -> None:
    one, other = signed_in(), signed_in()
    SignIn.objects.filter(digest=digest_of(key_of(one))).end(SignInEnd.BY_PERSON)
    assert one.get(f"{AUTH}/me").status_code == 401
    assert other.get(f"{AUTH}/me").status_code == 200


def test_a_script_that_signs_in_again_and_again_leaves_no_endless_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_AT_ONCE", 3)
    browsers = [signed_in() for _ in range(5)]
    assert [one.get(f"{AUTH}/me").status_code for one in browsers] == [401, 401, 200, 200, 200]
    assert SignIn.objects.in_force().count() == 3


def test_another_person_in_the_same_browser_is_another_row() -> None:
    trainee("sasha@example.com", is_staff=True)
    client = signed_in()
    fields = {"username": "sasha@example.com", "password": PASSWORD, "next": "/admin/"}
    client.post("/admin/login/", fields)
    states = dict(SignIn.objects.values_list("user__email", "ended_because"))
    assert states == {"recruiter@example.com": "signed_out", "sasha@example.com": ""}


def test_a_change_of_password_ends_all_but_this_browser() -> None:
    here, there = signed_in(), signed_in()
    # The console's own page would not count guesses at the password before.
    fields = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert here.post("/admin/password_change/", fields)["Location"] == "/coaching/account"
    assert User.objects.get().check_password(PASSWORD)
    fields = {"current_password": PASSWORD, "new_password": OTHER}
    assert here.post("/coaching/account/password", fields).status_code == 303
    assert here.get(f"{AUTH}/me").status_code == 200
    assert there.get(f"{AUTH}/me").status_code == 401
    assert SignIn.objects.in_force().count() == 1


def test_a_browser_is_written_down_once_an_hour_and_asked_about_never() -> None:
    client = signed_in()
    client.get(f"{AUTH}/me")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{AUTH}/me")
    assert len(captured) == 2  # the session and its user, as without sign-ins
    earlier = timezone.now() - timedelta(days=1)
    SignIn.objects.update(last_seen_at=earlier)
    session = client.session
    session[SEEN] -= 3601
    session.save()
    client.get(f"{AUTH}/me")
    assert SignIn.objects.get().last_seen_at > earlier


def test_a_visitor_who_is_not_signed_in_leaves_no_row() -> None:
    client = Client()
    client.get("/admin/login/")
    client.get("/health")
    assert not SignIn.objects.exists()
    assert not Session.objects.exists()


def test_an_expired_session_opens_nothing() -> None:
    client = signed_in()
    Session.objects.update(expire_date=timezone.now())
    assert client.get(f"{AUTH}/me").status_code == 401


def test_the_engine_does_what_djangos_does() -> None:
    assert import_module(django_settings.SESSION_ENGINE).SessionStore is SessionStore
    store = SessionStore()
    store["word"] = "kept"
    store.save()
    key = str(store.session_key)
    assert store.exists(key)
    assert SessionStore(key)["word"] == "kept"
    assert not store.exists(Session.objects.get().session_key)
    store.cycle_key()
    assert not store.exists(key)
    assert SessionStore(store.session_key)["word"] == "kept"
    store.delete()
    assert not Session.objects.exists()
    assert SessionStore(key).session_key == key
    gone = SessionStore(key)
    assert gone.get("word") is None
    assert gone.session_key is None  # nobody chooses the key of a session


@pytest.mark.django_db(transaction=True)
def test_the_engine_and_the_rows_work_in_async_code_too() -> None:
    async def walk() -> tuple[int, int]:
        store = SessionStore()
        await store.aset("word", "kept")
        await store.asave()
        key = str(store.session_key)
        assert await SessionStore(key).aget("word") == "kept"
        assert await store.aexists(key)
        await store.adelete()
        assert not await store.aexists(key)
        client = AsyncClient()
        fields = {"username": "recruiter@example.com", "password": PASSWORD, "next": "/admin/"}
        response = await client.post("/admin/login/", fields)
        signed_in = await SignIn.objects.in_force().acount()
        await sync_to_async(connections.close_all)()
        return response.status_code, signed_in

    assert asyncio.run(walk()) == (302, 1)
