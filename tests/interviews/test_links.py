"""Interview links: made, mailed, revoked, traded for a cookie; and everything that somebody might try with them."""

from __future__ import annotations

import base64
import json
import re
import smtplib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
import redis
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import links as accounts_links
from accounts.models import Link, User
from candidates.models import Job
from interviews import consent, interviewing, lifecycle, links, room_events
from interviews.errors import MailNotSent, NoAddress, WrongState
from interviews.models import Interview, InterviewConsent, Participant, Room
from interviews.states import EndReason, InterviewState, Medium, ParticipantType, Role
from tests import processes
from tests.candidates.recruiting import candidate, client_of, error_of, recruiter
from tests.interviews.making import make_hint, make_interview

SITE = "https://hire.example.com"


@pytest.fixture
def ida(db: None) -> User:
    return recruiter("ida.sommer@example.com", name="Ida Sommer")


@pytest.fixture
def interview(ida: User) -> Interview:
    """An interview by an AI interviewer to which nobody has come yet."""
    return scheduled(ida)


def scheduled(actor: User, *, role: Role = Role.CANDIDATE, **person: Any) -> Interview:
    job = Job.objects.create(title="Head Baker", description="Bakes.")
    who = candidate(**{"name": "Amara Voss", "email": f"amara.{uuid4().hex[:6]}@example.com", "job": job} | person)
    made = make_interview(who, role=role, status=InterviewState.SCHEDULED, made_by=actor)
    Room.objects.filter(pk=made.room_id).update(expires_at=timezone.now() + timedelta(hours=2))
    return Interview.objects.select_related("room", "candidate", "job", "made_by").get(pk=made.pk)


def address_of(interview: Interview, part: str = "") -> str:
    return f"/interviews/{interview.pk}{part}"


def token_for(interview: Interview) -> str:
    return links.make(interview=interview, actor=interview.made_by, site=SITE).interview_url.partition("#")[2]


def come(interview: Interview, token: str | None = None) -> Client:
    """A browser that has traded the link for its cookie."""
    client = Client()
    response = client.post(address_of(interview), {"token": token or token_for(interview)})
    assert response.status_code == 303
    return client


def agree(client: Client, interview: Interview) -> None:
    response = client.post(address_of(interview, "/consent"), {"agree": consent.VERSION})
    assert response["Location"] == address_of(interview, "/room")


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


# --- making, mailing, revoking ----------------------------------------------------------------------------------------


def test_link_carries_its_token_where_servers_never_see_it(interview: Interview) -> None:
    made = links.make(interview=interview, actor=interview.made_by, site=SITE + "/")
    address, _, token = made.interview_url.partition("#")
    assert address == f"{SITE}/interviews/{interview.pk}"
    assert claims_of(token)["sub"] == str(interview.pk)
    assert made.candidate_name == "Amara Voss"
    assert timedelta(hours=47) < made.expires_at - timezone.now() <= timedelta(hours=48)


def test_room_waits_as_long_as_the_link_and_then_has_its_full_time(interview: Interview) -> None:
    made = links.make(interview=interview, actor=None, site=SITE)
    interview.room.refresh_from_db()
    assert interview.room.expires_at == made.expires_at + timedelta(hours=2)
    link = Link.objects.get()
    links.arrive(interview, link)  # to look in and go again costs nothing
    interview.room.refresh_from_db()
    assert interview.room.expires_at == made.expires_at + timedelta(hours=2)
    lifecycle.begin(interview)
    interview.room.refresh_from_db()
    left = interview.room.expires_at - timezone.now()
    assert timedelta(minutes=119) < left <= timedelta(hours=2)


def test_token_of_a_room_that_waits_for_days_is_good_for_hours(interview: Interview) -> None:
    client = come(interview)
    agree(client, interview)
    state = state_of(client.get(address_of(interview, "/room")).text)
    in_two_hours = timezone.now() + timedelta(hours=2)
    assert jwt.decode(state["token"], options={"verify_signature": False})["exp"] <= in_two_hours.timestamp() + 1
    assert datetime.fromisoformat(state["room"]["expires_at"]) <= in_two_hours


def test_link_that_would_run_out_during_the_interview_holds_until_its_end(interview: Interview) -> None:
    token_for(interview)
    Link.objects.update(expires_at=timezone.now() + timedelta(minutes=3))
    interview.room.refresh_from_db()
    link = links.arrive(interview, Link.objects.get())
    assert timedelta(minutes=119) < link.expires_at - timezone.now() <= timedelta(hours=2)
    assert Link.objects.get().expires_at == link.expires_at
    client = Client()
    client.cookies[accounts_links.cookie_name("interview")] = accounts_links.cookie_for(link)
    agree(client, interview)
    assert client.get(address_of(interview, "/room")).status_code == 200


def test_new_link_takes_the_place_of_the_one_before(interview: Interview) -> None:
    first = token_for(interview)
    client = come(interview, first)
    second = token_for(interview)
    assert Client().post(address_of(interview), {"token": first}).status_code == 410
    assert client.get(address_of(interview, "/consent")).status_code == 410
    assert Client().post(address_of(interview), {"token": second}).status_code == 303


def test_revoked_link_and_its_cookies_open_nothing(interview: Interview) -> None:
    client = come(interview)
    agree(client, interview)
    assert links.standing(interview).state == "opened"
    assert links.revoke(interview=interview) == 1
    assert links.revoke(interview=interview) == 0
    assert client.get(address_of(interview, "/room")).status_code == 410
    assert client.post(address_of(interview, "/end")).status_code == 410
    assert links.standing(interview).state == "revoked"
    interview.refresh_from_db()
    assert interview.status == InterviewState.SCHEDULED


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_made_while_the_interview_begins_waits_for_it(interview: Interview) -> None:
    """Whoever stores a turn holds the room and then moves the interview: a link takes the rows in the same order."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            room_events.locked(interview.room_id)
            making = pool.submit(on_a_connection_of_its_own, lambda: token_for(interview))
            processes.wait_until(is_somebody_waiting_for_a_lock, what="the link to wait for the room")
            Interview.objects.filter(pk=interview.pk).update(started_at=None)
        assert making.result(timeout=processes.PATIENCE)


def on_a_connection_of_its_own(what: Callable[[], Any]) -> Any:
    try:
        return what()
    finally:
        connection.close()


def is_somebody_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same activity again and again
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


def test_standing_tells_where_the_link_stands(interview: Interview) -> None:
    assert links.standing(interview).state == "none"
    token_for(interview)
    assert links.standing(interview).state == "open"
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert links.standing(interview).state == "expired"
    token_for(interview)
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    assert links.standing(interview).state == "used"


@pytest.mark.parametrize("state", [InterviewState.COMPLETED, InterviewState.CANCELLED])
def test_ended_interview_gets_no_link(ida: User, state: InterviewState) -> None:
    ended = make_interview(candidate(), status=state, made_by=ida)
    with pytest.raises(WrongState, match="has ended"):
        links.make(interview=ended, actor=ida, site=SITE)
    assert not Link.objects.exists()


def test_interview_of_an_ai_candidate_gets_no_link(ida: User) -> None:
    with pytest.raises(WrongState, match="AI plays the candidate"):
        links.make(interview=scheduled(ida, role=Role.INTERVIEWER), actor=ida, site=SITE)


def test_interview_that_a_recruiter_began_gets_no_link(ida: User) -> None:
    begun = make_interview(candidate(), status=InterviewState.ACTIVE, made_by=ida)
    with pytest.raises(WrongState, match="taken the candidate's part"):
        links.make(interview=begun, actor=ida, site=SITE)


def test_mail_goes_to_the_candidate_in_the_senders_name(ida: User, interview: Interview, settings: Settings) -> None:
    settings.HUMAN_CONTACT = "talent@example.com"
    sent = links.send(interview=interview, actor=ida, site=SITE)
    (message,) = mail.outbox
    assert message.to == [interview.candidate.email] == [sent.sent_to]
    assert message.reply_to == ["ida.sommer@example.com"]
    assert message.subject == "Your interview for Head Baker"
    (html,) = [str(part.content) for part in message.alternatives]  # type: ignore[attr-defined]
    for text in (str(message.body), html):
        assert sent.interview_url in text
        assert "Ida Sommer invites you" in text
        assert "about 25 minutes" in text
        assert "talent@example.com" in text
    assert Client().post(address_of(interview), {"token": sent.interview_url.partition("#")[2]}).status_code == 303


def test_names_in_mail_are_text_and_subjects_have_one_line(ida: User) -> None:
    one = scheduled(ida, name="<b>Amara</b>\nVoss")
    Job.objects.update(title="Head\r\nBcc: eve@example.com <i>")
    one.job.refresh_from_db()  # type: ignore[union-attr]
    links.send(interview=one, actor=ida, site=SITE)
    (message,) = mail.outbox
    assert message.subject == "Your interview for Head Bcc: eve@example.com <i>"
    assert message.bcc == []
    assert "&lt;b&gt;Amara&lt;/b&gt;" in str(message.alternatives[0].content)  # type: ignore[attr-defined]


def test_mail_without_an_address_is_refused_before_a_link_is_made(ida: User) -> None:
    with pytest.raises(NoAddress):
        links.send(interview=scheduled(ida, email=None), actor=ida, site=SITE)
    assert not Link.objects.exists()


def test_link_of_a_mail_that_was_not_sent_is_revoked(ida: User, interview: Interview, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(MailNotSent):
        links.send(interview=interview, actor=ida, site=SITE)
    assert links.standing(interview).state == "revoked"
    assert issubclass(smtplib.SMTPException, OSError)  # what the mail server refuses is caught by the same line


# --- the API ----------------------------------------------------------------------------------------------------------


def test_api_makes_a_link_and_revokes_it(ida: User, interview: Interview) -> None:
    api = client_of(ida)
    response = api.post(f"/api/interviews/{interview.pk}/link", {}, content_type="application/json")
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body["candidate_name"] == "Amara Voss"
    assert body["sent"] is False
    token = body["interview_url"].partition("#")[2]
    assert body["interview_url"].startswith(f"http://testserver/interviews/{interview.pk}#")
    come(interview, token)
    assert api.delete(f"/api/interviews/{interview.pk}/link").json()["revoked"] == 1
    assert api.delete(f"/api/interviews/{interview.pk}/link").json()["revoked"] == 0
    assert Client().post(address_of(interview), {"token": token}).status_code == 410


def test_api_mails_the_link_where_asked(ida: User, interview: Interview) -> None:
    response = client_of(ida).post(
        f"/api/interviews/{interview.pk}/link", {"send": True}, content_type="application/json"
    )
    assert response.json()["sent"] is True
    assert response.json()["interview_url"] in str(mail.outbox[0].body)


def test_api_says_why_there_is_no_link(ida: User, interview: Interview) -> None:
    api = client_of(ida)
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    for identity, status, code in ((interview.pk, 409, "wrong_state"), (uuid4(), 404, "interview_not_found")):
        response = api.post(f"/api/interviews/{identity}/link", {}, content_type="application/json")
        assert response.status_code == status
        assert error_of(response)["code"] == code
    wrong = api.post(f"/api/interviews/{interview.pk}/link", {"mail": True}, content_type="application/json")
    assert wrong.status_code == 400
    assert "mail" in error_of(wrong)["fields"]


def test_api_keeps_no_answer_that_holds_a_token(ida: User, interview: Interview) -> None:
    api = client_of(ida)
    answers = [
        api.post(
            f"/api/interviews/{interview.pk}/link",
            {},
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        ).json()
        for _ in range(2)
    ]
    assert answers[0]["interview_url"] != answers[1]["interview_url"]
    assert found_in_database(answers[0]["interview_url"].partition("#")[2]) == []


# --- the pages: the way of a candidate --------------------------------------------------------------------------------


def test_looking_uses_nothing_up_and_tells_nothing(interview: Interview) -> None:
    token = token_for(interview)
    scanner = Client()
    for path in (address_of(interview), f"{address_of(interview)}?token={token}"):
        for _ in range(3):
            page = scanner.get(path)
            assert page.status_code == 200
            assert "Amara" not in page.text
            assert "Ida" not in page.text
            assert scanner.head(path).status_code == 200
    assert scanner.cookies == {}
    assert Link.objects.get().opened_at is None
    unknown = Client().get(f"/interviews/{uuid4()}")
    assert unknown.status_code == 200
    assert re.sub(r"[0-9a-f-]{36}", "", without_nonce(unknown.text)) == re.sub(
        r"[0-9a-f-]{36}", "", without_nonce(page.text)
    )
    come(interview, token)


def without_nonce(text: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", text)


def test_candidate_comes_agrees_and_is_in_the_room(interview: Interview) -> None:
    client = come(interview)
    welcome = client.get(address_of(interview)).text
    for words in ("Amara Voss", "Ida Sommer invites you", "Head Baker", "About 25 minutes", "You talk with an AI"):
        assert words in welcome
    assert client.get(address_of(interview, "/room"))["Location"] == address_of(interview, "/consent")
    page = client.get(address_of(interview, "/consent")).text
    for statement in consent.statements_for(interview):
        assert statement.replace("'", "&#x27;") in page
    agree(client, interview)
    kept = InterviewConsent.objects.get(interview=interview)
    assert kept.version == consent.VERSION
    assert kept.statements == consent.statements_for(interview)
    assert timezone.now() - kept.given_at < timedelta(minutes=1)
    room = client.get(address_of(interview, "/room"))
    state = state_of(room.text)
    assert state["me"] == {
        "identity": f"candidate-{interview.pk.hex}",
        "name": "Amara Voss",
        "speaker": "candidate",
        "is_interviewer": False,
    }
    participant = Participant.objects.get(room=interview.room)
    assert participant.type == ParticipantType.CANDIDATE
    # A reload is the same participant, with a token of its own.
    again = state_of(client.get(address_of(interview, "/room")).text)
    assert again["me"]["identity"] == participant.identity
    assert Participant.objects.count() == 1


def state_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="room-state" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_consent_is_asked_for_until_it_is_given(interview: Interview) -> None:
    client = come(interview)
    for given in ({}, {"agree": "on"}, {"agree": "2020-01-01"}):
        response = client.post(address_of(interview, "/consent"), given)
        assert response.status_code == 422
        assert "Tick the box" in response.text
    assert not InterviewConsent.objects.exists()
    agree(client, interview)
    agree(client, interview)
    assert InterviewConsent.objects.count() == 1


def test_consent_to_other_words_is_asked_for_anew(interview: Interview, monkeypatch: pytest.MonkeyPatch) -> None:
    client = come(interview)
    agree(client, interview)
    monkeypatch.setattr(consent, "VERSION", "2027-01-01")
    assert client.get(address_of(interview, "/room"))["Location"] == address_of(interview, "/consent")


def test_consent_tells_what_becomes_of_sound(ida: User) -> None:
    one = make_interview(candidate(), status=InterviewState.SCHEDULED, medium=Medium.VOICE, made_by=ida)
    assert consent.NOT_RECORDED in consent.statements_for(one)
    one.room.recording = True
    assert consent.RECORDED in consent.statements_for(one)
    assert consent.NOT_RECORDED not in consent.statements_for(one)


def test_candidates_page_holds_nothing_for_interviewers(ida: User) -> None:
    one = make_interview(candidate(name="Amara Voss"), status=InterviewState.ACTIVE, made_by=ida)
    InterviewConsent.objects.create(interview=one, version=consent.VERSION, statements=[])
    make_hint(one.room.turns.get(number=2))
    Room.objects.filter(pk=one.room_id).update(briefing={"notes": "Ask about the gap."})
    page = come(one).get(address_of(one, "/room")).text
    state = state_of(page)
    assert state["hints"] == []
    assert [set(stage) for stage in state["stages"]] == [{"key", "label", "state"}] * 4
    for secret in (
        "in numbers",
        "Ask about the gap",
        "data-part=&quot;hints",
        'data-part="hints"',
        "largest night you",
    ):
        assert secret not in page.replace(json.dumps(state["turns"]), "")[: page.index("room-state")]
    assert [turn["number"] for turn in state["turns"]] == [1, 2, 3, 4]


def test_recruiter_listens_where_the_candidate_comes_by_a_link(ida: User, interview: Interview) -> None:
    client = Client()
    client.force_login(ida)
    path = f"/admin/interviews/interview/{interview.pk}/room/"
    assert state_of(client.get(path).text)["me"]["speaker"] == "candidate"
    token_for(interview)
    page = client.get(path).text
    assert state_of(page)["me"]["speaker"] == ""
    assert 'data-part="composer"' not in page


def test_ending_ends_for_good_and_says_what_comes_next(interview: Interview) -> None:
    client = come(interview)
    agree(client, interview)
    response = client.post(address_of(interview, "/end"))
    assert response["Location"] == address_of(interview, "/thanks")
    interview.refresh_from_db()
    assert interview.status == InterviewState.COMPLETED
    assert interview.end_reason == EndReason.BY_PERSON
    for part in ("", "/consent", "/room"):
        assert client.get(address_of(interview, part))["Location"] == address_of(interview, "/thanks")
    assert client.post(address_of(interview, "/end"))["Location"] == address_of(interview, "/thanks")
    thanks = client.get(address_of(interview, "/thanks")).text
    assert "What happens next" in thanks
    assert "Amara" not in thanks
    # Somebody else on another device: the link is closed with the interview.
    assert Link.objects.get().closed_at is not None


def test_removed_candidate_gets_a_plain_page(interview: Interview) -> None:
    client = come(interview)
    agree(client, interview)
    client.get(address_of(interview, "/room"))
    Participant.objects.update(removed_at=timezone.now())
    response = client.get(address_of(interview, "/room"))
    assert response.status_code == 403
    assert "You were removed from this room." in response.text


# --- headers, cookie --------------------------------------------------------------------------------------------------


def test_cookie_is_out_of_reach_of_scripts_and_bound_to_the_interview(interview: Interview) -> None:
    client = come(interview)
    (morsel,) = client.cookies.values()
    assert morsel["httponly"] is True
    assert morsel["samesite"] in ("Lax", "Strict")
    assert morsel["path"] == address_of(interview)
    other = scheduled(interview.made_by)  # type: ignore[arg-type]
    thief = Client()
    thief.cookies[morsel.key] = morsel.value
    assert thief.get(address_of(other, "/consent")).status_code == 410
    assert thief.get(address_of(interview, "/consent")).status_code == 200


def test_pages_keep_to_themselves(interview: Interview, settings: Settings) -> None:
    settings.LIVEKIT_PUBLIC_URL = "https://voice.example.com/rtc"
    client = come(interview)
    agree(client, interview)
    for part in ("", "/consent", "/room", "/thanks"):
        response = client.get(address_of(interview, part))
        policy = dict(line.strip().partition(" ")[::2] for line in response["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["connect-src"] == ("'self' wss://voice.example.com" if part == "/room" else "'self'")
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Frame-Options"] == "DENY"
        assert "noindex" in response["X-Robots-Tag"]
        if response.status_code == 200:
            assert " style=" not in response.text
            assert not re.search(r"<script(?![^>]+(?:src=|application/json))", response.text)


def test_forms_of_other_sites_are_refused(interview: Interview) -> None:
    client = come(interview)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.com"},
    ):
        for part, data in (("/consent", {"agree": consent.VERSION}), ("/end", {}), ("", {"token": "x"})):
            assert client.post(address_of(interview, part), data, headers=headers).status_code == 403
    assert not InterviewConsent.objects.exists()
    good = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    response = client.post(address_of(interview, "/consent"), {"agree": consent.VERSION}, headers=good)
    assert response.status_code == 303


# --- attacks on the token ---------------------------------------------------------------------------------------------


def forged(token: str, *, key: bytes | str | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token's claims with changes, signed anew: with a key of ours unless said else."""
    kid = jwt.get_unverified_header(token)["kid"]
    own = next(iter(accounts_links._keys().values()))
    changed = {name: value for name, value in (claims_of(token) | claims).items() if value is not None}
    return jwt.encode(changed, own if key is None else key, algorithm="HS256", headers={"kid": kid} | (header or {}))


def unsigned(token: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims_of(token))}."


def test_every_fault_is_answered_by_the_same_page(ida: User, interview: Interview, settings: Settings) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 1_000
    token, other = token_for(interview), token_for(scheduled(ida))
    now = int(timezone.now().timestamp())
    head, body, signature = token.split(".")
    tries = {
        "nothing": "",
        "rubbish": "rubbish",
        "other bytes": "\x00\x01é",
        "too long": token + "x" * 5_000,
        "another's": other,
        "cut": token[:-5],
        "another signature": f"{head}.{body}.{'A' * len(signature)}",
        "another body": f"{head}.{other.split('.')[1]}.{signature}",
        "no signature": unsigned(token),
        "wrong key": forged(token, key=b"x" * 32),
        "unknown key": forged(token, header={"kid": "x"}),
        "expired": forged(token, exp=now - 60),
        "not yet valid": forged(token, nbf=now + 600),
        "another audience": forged(token, aud="intake"),
        "a cookie's audience": forged(token, aud="interview:cookie"),
        "another issuer": forged(token, iss="evil"),
        "without an end": forged(token, exp=None),
        "without an id": forged(token, jti=None),
        "an unknown id": forged(token, jti="x" * 32),
        "another subject": forged(other, sub=str(interview.pk)),
        "the cookie": accounts_links.cookie_for(Link.objects.get(subject_id=interview.pk)),
    }
    pages = set()
    for what, attempt in tries.items():
        client = Client()
        response = client.post(address_of(interview), {"token": attempt})
        assert response.status_code == 410, what
        assert client.cookies == {}, what
        pages.add(without_nonce(response.text))
    assert len(pages) == 1
    assert Link.objects.get(subject_id=interview.pk).opened_at is None
    come(interview, token)


def test_expired_revoked_and_closed_links_look_alike(interview: Interview, settings: Settings) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 1_000
    pages = set()
    for change in ("expires_at", "revoked_at", "closed_at"):
        token = token_for(interview)
        Link.objects.filter(revoked_at=None).update(**{change: timezone.now()})
        response = Client().post(address_of(interview), {"token": token})
        assert response.status_code == 410
        pages.add(without_nonce(response.text))
    assert len(pages) == 1


def test_token_in_place_of_the_cookie_opens_nothing(interview: Interview) -> None:
    client = Client()
    client.cookies[accounts_links.cookie_name("interview")] = token_for(interview)
    assert client.get(address_of(interview, "/consent")).status_code == 410


def test_cookie_opens_no_api_and_no_stream(interview: Interview) -> None:
    client = come(interview)
    agree(client, interview)
    for path in (f"/api/interviews/{interview.pk}", f"/api/rooms/{interview.room.name}"):
        assert client.get(path).status_code == 401
    assert client.get(f"/admin/interviews/interview/{interview.pk}/room/").status_code == 302


def test_guessing_is_slowed_down(interview: Interview, settings: Settings) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 5
    with redis.Redis.from_url(django_settings.REDIS_URL) as server:
        server.delete(*server.keys("throttle:wrong-link:*") or ["none"])
    client = Client(REMOTE_ADDR="203.0.113.7")
    statuses = [client.post(address_of(interview), {"token": f"guess-{number}"}).status_code for number in range(8)]
    assert statuses[0] == 410
    assert statuses[-1] == 429
    assert int(client.post(address_of(interview), {"token": "x"})["Retry-After"]) <= 60
    # A right link opens all the same: nobody is locked out by others behind the same address.
    come(interview)


# --- where the token must not be --------------------------------------------------------------------------------------


def found_in_database(*words: str) -> list[str]:
    """The tables in which any row, written out as text, holds one of these words."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # Rows as text: whatever the column, whatever its type.
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE ANY (%s)', [[f"%{w}%" for w in words]]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def found_in_redis(*words: str) -> list[str]:
    found = []
    with redis.Redis.from_url(django_settings.REDIS_URL) as server:
        for key in server.scan_iter():
            try:
                kept = server.dump(key) or b""
            except redis.ResponseError:
                continue
            if any(word.encode() in key + kept for word in words):
                found.append(key.decode(errors="replace"))
    return found


@pytest.mark.django_db(transaction=True)
def test_token_is_in_no_log_no_row_and_not_in_redis(ida: User, interview: Interview) -> None:
    api = client_of(ida)
    with processes.web_process(LOG_LEVEL="DEBUG") as (site, server):
        path = f"{site}/interviews/{interview.pk}"
        made = json.loads(
            ask(
                f"{site}/api/interviews/{interview.pk}/link",
                b"{}",
                **{"Authorization": api.defaults["HTTP_AUTHORIZATION"], "Content-Type": "application/json"},
            )
        )
        token = made["interview_url"].partition("#")[2]
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        wrong = urllib.parse.urlencode({"token": token[:-3] + "abc"}).encode()
        with pytest.raises(urllib.error.HTTPError):
            opener.open(path, wrong)
        with opener.open(path, urllib.parse.urlencode({"token": token}).encode()) as page:
            assert page.url == path
            assert b"Amara Voss" in page.read()
        with opener.open(f"{path}/consent", urllib.parse.urlencode({"agree": consent.VERSION}).encode()) as page:
            assert page.url == f"{path}/room"
            room_token = state_of(page.read().decode())["token"]
        processes.wait_until(lambda: interview.room.participants.exists(), what="the participant")
        log = server.output()
    jti, signature = claims_of(token)["jti"], token.split(".")[2]
    secrets = (token, jti, signature, signature[:-3], room_token, room_token.split(".")[2])
    assert [secret for secret in secrets if secret in log] == []
    assert found_in_database(*secrets) == []
    assert found_in_redis(*secrets) == []
    # The search itself finds what is there.
    assert found_in_database("Amara Voss")
    assert UUID(claims_of(token)["sub"]) == interview.pk


def ask(url: str, body: bytes, **headers: str) -> bytes:
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return bytes(response.read())
