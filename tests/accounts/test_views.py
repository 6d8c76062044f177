"""The pages of accounts: what each says to whom, what a wrong value does, and that nobody is led off the site."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts import second_step
from accounts.models import SignIn, User
from interviews.states import Role
from tests.accounts.joining import AUTH, EMAIL, NAME, OTHER, PASSWORD, mailed, token_in, tokens_of, trainee
from tests.candidates.recruiting import candidate
from tests.coaching import practised
from tests.interviews.holding import start

pytestmark = pytest.mark.django_db
AT = "/coaching"
NEWCOMER = {"name": NAME, "email": EMAIL, "password": PASSWORD}


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or trainee())
    return client


def sign_in(client: Client | None = None, **fields: Any) -> Any:
    return (client or Client()).post(f"{AT}/sign-in", {"email": EMAIL, "password": PASSWORD} | fields)


def text(response: Any) -> str:
    return str(response.content.decode())


# --- sign up


def test_signing_up_by_pages_ends_in_a_confirmed_account() -> None:
    client = Client()
    response = client.post(f"{AT}/sign-up", NEWCOMER)
    assert response.status_code == 200
    assert EMAIL in text(response)
    assert "Look into your mailbox" in text(response)
    assert "Open the mailbox of the demo" not in text(response)
    assert sign_in().status_code == 401
    token = token_in(mailed()[0])
    assert client.get(f"{AT}/verify").status_code == 200
    assert client.post(f"{AT}/verify", {"token": token, "password": OTHER}).status_code == 422
    response = client.post(f"{AT}/verify", {"token": token, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (303, AT)
    assert client.get(f"{AUTH}/me").json()["email"] == EMAIL
    over = Client().post(f"{AT}/verify", {"token": token, "password": PASSWORD})
    assert over.status_code == 410
    assert "used or too old" in text(over)
    assert client.get(f"{AT}/sign-up")["Location"] == AT


def test_the_page_says_the_same_of_every_address() -> None:
    trainee("taken@example.com")
    told = [
        text(Client().post(f"{AT}/sign-up", NEWCOMER | {"email": email})).replace(email, "…")
        for email in ("taken@example.com", "free@example.com")
    ]
    asked = [
        text(Client().post(f"{AT}/forgot", {"email": email})).replace(email, "…")
        for email in ("taken@example.com", "nobody@example.com")
    ]
    again = [
        text(Client().post(f"{AT}/sign-up/again", {"email": email})).replace(email, "…")
        for email in ("taken@example.com", "nobody@example.com")
    ]
    for one, other in (told, asked, again):
        assert without_secrets(one) == without_secrets(other)


def without_secrets(page: str) -> list[str]:
    """The page but for what differs each time: its CSRF tokens and the nonce of its style."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "nonce=" not in line]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"password": "12345678"}, "password"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_nothing_is_sent(wrong: dict[str, str], field: str) -> None:
    response = Client().post(f"{AT}/sign-up", NEWCOMER | wrong)
    page = text(response)
    assert response.status_code == 422
    assert f'id="error-{field}"' in page
    assert 'aria-invalid="true"' in page
    assert PASSWORD not in page  # no page repeats a password
    assert not User.objects.exists()
    assert not mailed()


# --- sign in and out


@pytest.mark.parametrize(
    ("wanted", "going"),
    [
        ("/coaching/progress", "/coaching/progress"),
        ("", AT),
        ("https://example.org/", AT),
        ("//example.org/", AT),
        ("/\\example.org", AT),
        ("javascript:alert(1)", AT),
        ("http:///example.org", AT),
    ],
)
def test_signing_in_leads_on_within_this_site_alone(wanted: str, going: str) -> None:
    trainee()
    client = Client()
    response = sign_in(client, next=wanted)
    assert (response.status_code, response["Location"]) == (303, going)
    # Who is signed in already is led no further either.
    assert client.get(f"{AT}/sign-in", {"next": wanted})["Location"] == going
    assert Client().get(f"{AT}/sign-in", {"next": wanted}).status_code == 200


def test_a_page_that_needs_a_sign_in_leads_there_and_back() -> None:
    trainee()
    client = Client()
    response = client.get(f"{AT}/history?status=completed")
    assert response["Location"] == "/coaching/sign-in?next=%2Fcoaching%2Fhistory%3Fstatus%3Dcompleted"
    page = text(client.get(response["Location"]))
    assert 'name="next" value="/coaching/history?status=completed"' in page
    # A form that was sent is not sent again by a redirect: then it is back to the start.
    assert client.post(f"{AT}/account/name", {"name": "X"})["Location"] == "/coaching/sign-in"


def test_wrong_passwords_lock_this_page_like_every_door(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = settings.SIGN_IN_FAILURES = 3
    trainee()
    answers = [sign_in(password=OTHER) for _ in range(2)]
    assert [one.status_code for one in answers] == [401, 401]
    locked = sign_in(password=OTHER)
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0
    assert sign_in().status_code == 429  # the right one too
    assert OTHER not in text(locked)


def test_a_lock_is_told_within_each_page_and_goes_with_a_new_password(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 2
    client = signed_in()
    sign_in(password=OTHER)
    fields = {"password": OTHER, "current_password": OTHER, "new_password": "yet another good one"}
    for page in ("delete", "password"):
        locked = client.post(f"{AT}/account/{page}", fields, headers={"Accept": "text/html"})
        assert locked.status_code == 429
        assert int(locked["Retry-After"]) > 0
        assert "Too many wrong passwords" in text(locked).partition("<main")[2]
        assert "<nav" in text(locked), "the page goes on"
    assert sign_in().status_code == 429
    Client().post(f"{AT}/forgot", {"email": EMAIL})
    assert Client().post(f"{AT}/reset", {"token": token_in(mailed()[0]), "password": OTHER}).status_code == 303
    assert sign_in(password=OTHER).status_code == 303


def test_the_way_back_is_an_address_whatever_somebody_made_of_it() -> None:
    trainee()
    assert sign_in(next="/coaching/history\r\nX-Made: up")["Location"] == "/coaching/history%0D%0AX-Made:%20up"
    assert sign_in(next="/coaching/hinüber")["Location"] == "/coaching/hin%C3%BCber"


def test_signing_out_ends_it_here_and_twice_is_fine() -> None:
    client = signed_in()
    assert client.get(f"{AT}/sign-out").status_code == 405
    for _ in range(2):
        assert client.post(f"{AT}/sign-out")["Location"] == f"{AT}/sign-in"
    assert client.get(f"{AUTH}/me").status_code == 401


def test_forms_of_other_sites_do_nothing() -> None:
    trainee()
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get())
    for page in ("sign-in", "sign-up", "forgot", "sign-out", "account/name", "account/delete", "account/password"):
        refused = client.post(f"{AT}/{page}", {"name": "Eve", "email": EMAIL, "password": PASSWORD})
        assert refused.status_code == 403
        # Who has only signed in in another window meanwhile is told what to do, and by us.
        assert "This page is too old" in text(refused)
        assert 'href="/"' in text(refused)
    assert User.objects.get().name == NAME


# --- a forgotten password


def test_a_forgotten_password_is_set_anew_once() -> None:
    trainee()
    other = signed_in(User.objects.get())
    assert Client().post(f"{AT}/forgot", {"email": EMAIL}).status_code == 200
    token = token_in(mailed()[0])
    client = Client()
    weak = client.post(f"{AT}/reset", {"token": token, "password": "12345678"})
    assert weak.status_code == 422
    assert 'id="error-password"' in text(weak)
    response = client.post(f"{AT}/reset", {"token": token, "password": OTHER})
    assert response["Location"] == f"{AT}/sign-in"
    assert "The new password is set" in text(client.get(response["Location"]))
    assert other.get(f"{AUTH}/me").status_code == 401
    assert client.post(f"{AT}/reset", {"token": token, "password": PASSWORD}).status_code == 410
    assert sign_in(password=OTHER).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a" * 3000, "<script>"])
def test_a_made_up_token_opens_nothing(token: str) -> None:
    trainee()
    for page in ("verify", "reset"):
        response = Client().post(f"{AT}/{page}", {"token": token, "password": OTHER})
        assert response.status_code == (410 if token else 422)
        assert "<script>" not in text(response).partition("<main")[2]
    assert sign_in().status_code == 303


def test_mails_are_no_flood_from_one_place(settings: Settings) -> None:
    settings.ACCOUNT_REQUESTS_PER_MINUTE = 2
    answers = [Client().post(f"{AT}/forgot", {"email": EMAIL}, REMOTE_ADDR="192.0.2.61") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert "That did not work" in text(answers[-1])
    assert not mail.outbox


# --- one's own account


def test_an_account_is_looked_after_on_its_page() -> None:
    user = trainee()
    client, device = signed_in(user), tokens_of()[0]
    assert client.get(f"{AUTH}/me").status_code == 200
    page = text(client.get(f"{AT}/account"))
    assert "This one" in page
    assert client.post(f"{AT}/account/name", {"name": " "}).status_code == 422
    assert client.post(f"{AT}/account/name", {"name": "Sasha Sample"}).status_code == 303
    assert "Sasha Sample" in text(client.get(f"{AT}/account"))
    other = SignIn.objects.in_force().exclude(kind="browser").get()
    assert client.post(f"{AT}/account/sign-ins/{other.pk}/end").status_code == 303
    assert Client(headers={"Authorization": f"Bearer {device}"}).get(f"{AUTH}/me").status_code == 401
    tokens_of()
    assert client.post(f"{AT}/account/sign-ins/end-others").status_code == 303
    assert SignIn.objects.in_force().count() == 1


def test_nobody_ends_the_sign_in_of_somebody_else() -> None:
    theirs = signed_in(trainee("theirs@example.com"))
    theirs.get(f"{AUTH}/me")
    row = SignIn.objects.get(user__email="theirs@example.com")
    assert signed_in().post(f"{AT}/account/sign-ins/{row.pk}/end").status_code == 404
    assert theirs.get(f"{AUTH}/me").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "status"),
    [(OTHER, "yet another good one", 422), (PASSWORD, "1234", 422), (PASSWORD, OTHER, 303)],
)
def test_a_password_is_changed_by_who_knows_it(current: str, new: str, status: int) -> None:
    trainee()
    client = signed_in(User.objects.get())
    fields = {"current_password": current, "new_password": new}
    response = client.post(f"{AT}/account/password", fields)
    assert response.status_code == status
    assert client.get(f"{AUTH}/me").status_code == 200
    assert User.objects.get().check_password(new if status == 303 else PASSWORD)


def test_deleting_says_what_goes_and_asks_for_the_password() -> None:
    user = trainee()
    practised.judged(practised.session(user=user), [50] * 6)
    client = signed_in(user)
    page = text(client.get(f"{AT}/account/delete"))
    for told in ("1 session<", "1 evaluation<", "7 messages<"):
        assert told in page
    assert client.post(f"{AT}/account/delete", {"password": OTHER}).status_code == 422
    assert User.objects.exists()
    done = client.post(f"{AT}/account/delete", {"password": PASSWORD})
    assert done.status_code == 200
    assert "1 session<" in text(done)
    assert not User.objects.exists()
    assert client.get(f"{AT}/account").status_code == 302


def test_what_goes_is_told_in_whole_words() -> None:
    user = trainee(is_staff=True)
    start(Role.INTERVIEWER, who=candidate(60), actor=user)
    second_step.begin(user)
    client = signed_in(user)
    page = text(client.get(f"{AT}/account/delete"))
    assert "1 app that makes codes<" in page
    assert "1 user<" in page
    done = text(client.post(f"{AT}/account/delete", {"password": PASSWORD}))
    assert "1 name, address and password<" in done
    assert "29 CFR 1602.14" in done


def test_every_page_of_accounts_keeps_to_itself() -> None:
    client = signed_in()
    for page in ("sign-up", "sign-in", "forgot", "verify", "reset", "account", "account/delete"):
        response = (client if page.startswith("account") else Client()).get(f"{AT}/{page}")
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "same-origin"
