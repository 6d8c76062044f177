"""Everything that somebody may try with a link of intake, over HTTP: none of it opens anything, all of it looks alike.

What a signed token must withstand by itself is tried in tests/accounts/test_links.py; here the same attacks, and those
that need pages, knock at every door of the wizard.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from accounts import links, throttling
from accounts.models import Link
from candidates.models import Candidate
from intake import entering, inviting, lifecycle, merging
from intake.models import Answer, Intake
from intake.states import IntakeState
from tests import processes
from tests.accounts.test_links import ATTACKS, claims_of, resigned
from tests.intake.coming import agreed, at, come, form_of, invited, person, round_of, walked

# One of the attacks signs with SHA-512 and our 32 bytes.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")]
COOKIE = links.cookie_name(entering.PURPOSE)
NOTHING = {"valid": False, "candidate_name": None, "gaps": []}
# Every address behind the cookie, with what a browser would send there.
DOORS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "consent", {}),
    ("POST", "consent", {"agree": "2026-11-21"}),
    ("GET", "resume", {}),
    ("POST", "resume", {"skip": "1"}),
    ("GET", "profile", {}),
    ("POST", "profile", {}),
    ("GET", "gaps", {}),
    ("POST", "gaps", {}),
    ("GET", "talk", {}),
    ("POST", "talk", {"medium": "text"}),
    ("GET", "review", {}),
    ("POST", "review", {"send": "1"}),
    ("GET", "done", {}),
    ("GET", "download", {}),
    ("POST", "erase", {"sure": "yes"}),
    ("POST", "language", {"language": "de"}),
)


def in_text(text: str) -> str:
    """As it can be typed into an address or a form: half of a pair of surrogates can't."""
    return text.encode(errors="replace").decode()


ON_TOKENS: dict[str, Callable[[str], str]] = {
    **{name: lambda token, attack=attack: in_text(attack(token)) for name, attack in ATTACKS.items()},  # type: ignore[misc]
    "wrong audience": lambda token: resigned(token, aud="interview"),
    "several audiences": lambda token: resigned(token, aud=["intake", "interview"]),
    "a cookie's audience": lambda token: resigned(token, aud="intake:cookie"),
    "another signature": lambda token: f"{token.rpartition('.')[0]}.{'A' * 43}",
}
ON_COOKIES: dict[str, Callable[[str], str]] = {
    **ON_TOKENS,
    "wrong audience": lambda cookie: resigned(cookie, aud="interview:cookie"),
    "several audiences": lambda cookie: resigned(cookie, aud=["intake:cookie", "intake"]),
    "a link's audience": lambda cookie: resigned(cookie, aud="intake"),
    "a link of nobody": lambda cookie: resigned(cookie, jti=str(uuid4())),
}
del ON_COOKIES["a cookie's audience"]


@pytest.fixture(autouse=True)
def _unhurried(settings: Settings, tmp_path: Path) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 1_000_000
    settings.MEDIA_ROOT = tmp_path


class Seen(NamedTuple):
    """What somebody without a link can tell two answers by."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]


def seen(response: Any, *ids: UUID) -> Seen:
    """An answer without what differs by chance (the nonce) or was in the question (the id)."""

    def plain(text: str) -> str:
        for one in ids:
            text = text.replace(str(one), "ID")
        return re.sub(r"nonce[-=]\"?[\w+/=-]+", "nonce", text)

    headers = sorted((name, plain(value)) for name, value in response.headers.items() if name != "Content-Length")
    return Seen(response.status_code, plain(response.content.decode()), tuple(headers))


def rows() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
            found[table] = [text for (text,) in cursor.fetchall()]
    return found


def knock(door: tuple[str, str, dict[str, str]], who: Candidate | UUID, *, cookie: str = "") -> Any:
    """Go to an address with this cookie, however odd it is."""
    verb, step, data = door
    headers = {"HTTP_COOKIE": f"{COOKIE}={cookie}"} if cookie else {}
    send: Any = getattr(Client(), verb.lower())
    return send(at(who, step), data, **headers)


def cookie_of(client: Client) -> str:
    return str(client.cookies[COOKIE].value)


# --- wrong tokens and wrong cookies -----------------------------------------------------------------------------------
@pytest.mark.parametrize("attack", list(ON_TOKENS))
def test_wrong_token_opens_nothing_and_tells_nothing(attack: str) -> None:
    who = person()
    token = invited(who)
    wrong = ON_TOKENS[attack](token)
    before = rows()
    response = Client().post(at(who), {"token": wrong})
    assert seen(response) == seen(Client().post(at(who), {"token": ""}))
    assert response.status_code == 410
    assert not response.cookies
    assert Client().get(at(who, "validate"), {"token": wrong}).json() == NOTHING
    assert rows() == before
    come(who, token)  # the true one goes on working


@pytest.mark.parametrize("attack", list(ON_COOKIES))
def test_wrong_cookie_opens_nothing_and_tells_nothing(attack: str) -> None:
    who = person()
    client = walked(who, "gaps")
    wrong = ON_COOKIES[attack](cookie_of(client))
    before = rows()
    for door in (("GET", "gaps", {}), ("POST", "gaps", {"field_location": "Ghent"}), ("GET", "download", {})):
        response = knock(door, who, cookie=wrong or "x")
        assert response.status_code == 410
        assert seen(response) == seen(knock(door, who))
    assert rows() == before
    assert client.get(at(who, "gaps")).status_code == 200


def test_every_door_is_closed_without_a_cookie() -> None:
    who = person()
    walked(who, "gaps")
    before = rows()
    pages = {seen(knock(door, who, cookie=cookie)) for door in DOORS for cookie in ("", "nonsense")}
    assert [page.status for page in pages] == [410]
    assert rows() == before


def test_token_is_no_cookie_and_a_cookie_no_token() -> None:
    who = person()
    token = invited(who)
    client = come(who, token)
    assert Client().post(at(who), {"token": cookie_of(client)}).status_code == 410
    assert {knock(door, who, cookie=token).status_code for door in DOORS} == {410}


def test_token_counts_in_the_form_of_the_link_alone() -> None:
    who = person()
    token = invited(who)
    before = rows()
    bearer = {"Authorization": f"Bearer {token}"}
    for response in (
        Client(headers=bearer).get(at(who, "consent")),
        Client(headers=bearer).post(at(who), {}),
        Client().get(at(who, "consent"), {"token": token}),
        Client().post(f"{at(who)}?token={token}", {}),
        Client().post(at(who), f'{{"token": "{token}"}}', content_type="application/json"),
        knock(("GET", "consent", {}), who, cookie=f'x"; token={token}; sessionid={token}'),
    ):
        assert response.status_code == 410
        assert not response.cookies
    for verb in ("put", "patch", "delete"):
        assert getattr(Client(), verb)(at(who), {"token": token}).status_code == 405
    assert rows() == before


# --- another's link ---------------------------------------------------------------------------------------------------
def test_link_of_one_opens_nothing_of_another() -> None:
    mine, theirs = person(), person(name="Ben Okoro")
    token = invited(mine)
    thief = agreed(mine)
    walked(theirs, "gaps")
    before = rows()
    response = Client().post(at(theirs), {"token": token})
    assert (response.status_code, dict(response.cookies)) == (410, {})
    assert Client().post(at(theirs), {"token": resigned(token, sub=str(theirs.pk))}).status_code == 410
    for cookie in (cookie_of(thief), resigned(cookie_of(thief), sub=str(theirs.pk))):
        assert {knock(door, theirs, cookie=cookie).status_code for door in DOORS} == {410}
    assert rows() == before


def test_cookie_of_one_beside_that_of_another_opens_its_own_alone() -> None:
    mine, theirs = person(), person(name="Ben Okoro")
    both = f"{cookie_of(come(mine))}; {COOKIE}={cookie_of(come(theirs))}"
    statuses = [knock(("GET", "consent", {}), one, cookie=both).status_code for one in (mine, theirs)]
    # Two cookies of one name: one of them counts, and opens what it was made for.
    assert statuses == [410, 200]


def test_links_of_interview_and_intake_are_not_mixed_up() -> None:
    who = person()
    client = come(who)
    other = links.issue(purpose="interview", subject_id=who.pk, hours=1, made_by=None)
    assert Client().post(at(who), {"token": other.token}).status_code == 410
    assert {knock(door, who, cookie=links.cookie_for(other.link)).status_code for door in DOORS} == {410}
    guest = f"/interviews/{who.pk}"
    assert Client().post(guest, {"token": invited(who)}).status_code == 410
    cookie = f"greenroom_interview={cookie_of(client)}"
    assert Client().get(f"{guest}/consent", HTTP_COOKIE=cookie).status_code == 410


# --- links that are over ----------------------------------------------------------------------------------------------
def _expired(who: Candidate) -> None:
    Link.objects.update(expires_at=timezone.now() - entering.GRACE - timedelta(seconds=1))


def _deleted(who: Candidate) -> None:
    Candidate.objects.filter(pk=who.pk).update(deleted_at=timezone.now())


OVER: dict[str, Callable[[Candidate], Any]] = {
    "expired": _expired,
    "revoked": lambda who: inviting.revoke(candidate=who),
    "replaced": invited,
    "withdrawn": lambda who: lifecycle.withdraw(round_of(who)),
    "candidate deleted": _deleted,
}


@pytest.mark.parametrize("how", list(OVER))
def test_link_that_is_over_opens_nothing_nor_does_its_cookie(how: str) -> None:
    who = person()
    token = invited(who)
    cookie = cookie_of(come(who, token))
    OVER[how](who)
    before = rows()
    response = Client().post(at(who), {"token": token})
    assert seen(response) == seen(Client().post(at(who), {"token": ""}))
    assert Client().get(at(who, "validate"), {"token": token}).json() == NOTHING
    assert {seen(knock(door, who, cookie=cookie)) for door in DOORS} == {seen(knock(DOORS[0], who))}
    assert _but_openings(rows()) == _but_openings(before)


def _but_openings(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {table: texts for table, texts in found.items() if table != "accounts_link"}


def test_nothing_is_replayed_after_completion() -> None:
    who = person()
    token = invited(who)
    client = walked(who, "review", token=token)
    sent = form_of(client, who, "review") | {"send": "1"}
    assert client.post(at(who, "review"), sent)["Location"] == at(who, "done")
    before = rows()
    assert Client().post(at(who), {"token": token}).status_code == 410
    assert Client().get(at(who, "validate"), {"token": token}).json() == NOTHING
    for verb, step, data in DOORS:
        if step in ("done", "download", "erase"):
            continue  # the person's own thank-you, copy and erasure stay open until the link runs out
        response = getattr(client, verb.lower())(at(who, step), data | {"field_location": "Bruges"})
        # From the clean address too it goes on to the thank-you.
        assert (response.status_code, response["Location"]) in [(303, at(who, "done")), (303, at(who))], (verb, step)
    assert client.get(at(who))["Location"] == at(who, "done")
    assert client.post(at(who, "review"), sent)["Location"] == at(who, "done")
    assert rows() == before
    assert {knock(door, who, cookie="x").status_code for door in DOORS} == {410}


# --- enumeration ------------------------------------------------------------------------------------------------------
def test_ids_can_not_be_told_apart() -> None:
    invited_one, known_one, deleted_one = person(), person(), person()
    own = invited(person(name="Mallory Sample"))
    invited(invited_one)
    invited(deleted_one)
    _deleted(deleted_one)
    agreed(done := person())
    Intake.objects.filter(candidate=done).update(step="review")
    merging.complete(round_of(done))
    ids = [invited_one.pk, known_one.pk, deleted_one.pk, done.pk, uuid4(), UUID(int=invited_one.pk.int + 1)]
    cookie = cookie_of(come(person()))
    tries: list[Callable[[UUID], Any]] = [
        lambda pk: Client().get(at(pk)),
        lambda pk: Client().head(at(pk)),
        lambda pk: Client().get(at(pk), {"token": "guessed"}),
        lambda pk: Client().get(at(pk), {"token": own}),
        lambda pk: Client().post(at(pk), {"token": "guessed"}),
        lambda pk: Client().post(at(pk), {"token": own}),
        lambda pk: Client().get(at(pk, "validate"), {"token": own}),
        lambda pk: Client().get(at(pk, "validate")),
        lambda pk: Client().delete(at(pk)),
        *(lambda pk, door=door: knock(door, pk) for door in DOORS),  # type: ignore[misc]
        *(lambda pk, door=door: knock(door, pk, cookie=cookie) for door in DOORS),  # type: ignore[misc]
    ]
    for number, one in enumerate(tries):
        answers, asked = set(), set()
        for pk in ids:
            with CaptureQueriesContext(connection) as queries:
                answers.add(seen(one(pk), *ids))
            # The same questions to the database: time tells no more than the page does.
            asked.add(tuple(re.sub(r"'[^']*'", "?", query["sql"]) for query in queries))
        assert len(answers) == 1, (number, [answer.status for answer in answers])
        assert len(asked) == 1, (number, asked)


# --- mail scanners ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": "Mozilla/5.0 (compatible; MSOffice 16; SafeLinks)"},
        {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_scanner_that_follows_every_link_uses_nothing_up(headers: dict[str, str]) -> None:
    who = person()
    token = invited(who)
    before = rows()
    scanner = Client(headers=headers)
    for _ in range(3):
        page = scanner.get(at(who), {"token": token})
        assert page.status_code == 200
        for link in re.findall(r'(?:href|action)="(/[^"#]*)"', page.content.decode()):
            scanner.get(link)
        scanner.head(at(who), {"token": token})
        scanner.options(at(who), {"token": token})
        assert scanner.get(at(who, "validate"), {"token": token}).json()["valid"]
    assert not scanner.cookies
    assert rows() == before
    come(who, token)


# --- too many tries ---------------------------------------------------------------------------------------------------
def test_guessing_is_slowed_down_over_all_doors_and_candidates(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 5
    # The count begins anew with each minute; this one does not end.
    monkeypatch.setattr(throttling, "_window", lambda name: (f"throttle:{name}:guessing", 30))
    address = {"REMOTE_ADDR": f"198.51.100.{uuid4().int % 250}"}
    people = [person() for _ in range(3)]
    token = invited(people[0])
    answers = []
    for number in range(12):
        who, wrong = people[number % 3], f"guess-{number}"
        # An address that somebody makes up is not the one that counts.
        forwarded = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        if number % 2:
            answers.append(Client().get(at(who, "validate"), {"token": wrong}, **address, **forwarded))
        else:
            answers.append(Client().post(at(who), {"token": wrong}, **address, **forwarded))
    statuses = [answer.status_code for answer in answers]
    assert statuses == [410, 200, 410, 200, *[429] * 8]
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in answers[4:])
    assert len({seen(answer, *(one.pk for one in people)).body for answer in answers[4::2]}) == 1
    # Who has the right link comes in from behind the same address, and others are not kept waiting.
    assert Client().post(at(people[0]), {"token": token}, **address).status_code == 303
    assert Client().post(at(people[1]), {"token": "x"}, REMOTE_ADDR="192.0.2.250").status_code == 410


# --- many at once, against a real server ------------------------------------------------------------------------------
LIMIT = 20


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One web server for all of these."""
    with django_db_blocker.unblock(), processes.web(WRONG_LINKS_PER_MINUTE=LIMIT) as address:
        yield address


class Answered(NamedTuple):
    status: int
    cookie: str
    page: str


def post(site: str, path: str, data: dict[str, str]) -> Answered:
    caller = http.client.HTTPConnection(urlsplit(site).netloc, timeout=300)
    try:
        caller.request("POST", path, urlencode(data), {"Content-Type": "application/x-www-form-urlencoded"})
        response = caller.getresponse()
        body = re.sub(r"nonce[-=]\"?[\w+/=-]+", "nonce", response.read().decode())
        return Answered(response.status, response.headers.get("Set-Cookie", ""), body)
    finally:
        caller.close()


def all_at_once(site: str, attempts: list[tuple[str, dict[str, str]]]) -> list[Answered]:
    """Send all of these at the same moment."""
    start = threading.Barrier(len(attempts))

    def attempt(one: tuple[str, dict[str, str]]) -> Answered:
        start.wait(timeout=120)
        return post(site, *one)

    with ThreadPoolExecutor(max_workers=len(attempts)) as pool:
        return list(pool.map(attempt, attempts))


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_forged_links_at_once_none_passes(site: str) -> None:
    with redis.Redis.from_url(django_settings.REDIS_URL) as counters:
        counters.delete(*counters.keys("throttle:wrong-link:*") or ["none"])
    who, other = person(), person(name="Ben Okoro")
    token, theirs = invited(who), invited(other)
    forgeries = [attack(token) for name, attack in ON_TOKENS.items() if name not in ("far too long", "nothing")]
    attempts = [(at(who), {"token": forgeries[number % len(forgeries)]}) for number in range(80)]
    attempts += [(at(who), {"token": theirs})] * 20
    answers = all_at_once(site, attempts)
    assert {answer.status for answer in answers} == {410, 429}
    assert {answer.cookie for answer in answers} == {""}
    # One plain page for whatever is wrong, and one for too many.
    assert len({answer.page for answer in answers}) == 2
    # A minute may turn in between: then it is counted anew, once.
    assert sum(answer.status == 410 for answer in answers) <= 2 * LIMIT
    assert not Link.objects.exclude(opened_at=None).exists()
    assert set(Intake.objects.values_list("state", flat=True)) == {IntakeState.INVITED}
    # The true one opens, although its address is locked out for others.
    assert post(site, at(who), {"token": token}).status == 303


@pytest.mark.django_db(transaction=True)
def test_a_hundred_true_exchanges_at_once_open_one_round(site: str) -> None:
    who = person()
    token = invited(who)
    answers = all_at_once(site, [(at(who), {"token": token})] * 100)
    assert {answer.status for answer in answers} == {303}
    link = Link.objects.get()
    assert link.opened_at is not None
    assert Intake.objects.count() == 1
    assert not Answer.objects.exists()
    for answer in answers[:3]:
        cookie = answer.cookie.partition("=")[2].partition(";")[0]
        assert links.from_cookie(cookie, purpose=entering.PURPOSE, subject_id=who.pk) == link
        assert claims_of(cookie)["aud"] == "intake:cookie"


@pytest.mark.django_db(transaction=True)
def test_link_revoked_in_a_rush_opens_nothing_afterwards(site: str) -> None:
    who = person()
    token = invited(who)
    revoked = threading.Event()

    def take_back() -> None:
        try:
            inviting.revoke(candidate=who)
            revoked.set()
        finally:
            connection.close()

    def attempt(number: int) -> tuple[bool, Answered]:
        if number == 20:
            taker.start()
        was_revoked = revoked.is_set()
        return was_revoked, post(site, at(who), {"token": token})

    taker = threading.Thread(target=take_back)
    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = list(pool.map(attempt, range(100)))
    taker.join()
    # Whoever came before it passed, and nobody who began after it.
    assert {answer.status for _, answer in answers} <= {303, 410, 429}
    assert not any(answer.cookie for was_revoked, answer in answers if was_revoked)
    for cookie in {answer.cookie.partition("=")[2].partition(";")[0] for _, answer in answers if answer.cookie}:
        with pytest.raises(links.InvalidLink):
            links.from_cookie(cookie, purpose=entering.PURPOSE, subject_id=who.pk, or_closed=True)
