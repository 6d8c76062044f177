"""Who may do what where: one table over every route. A route without a row fails, and so does a row without a route."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.sites import site
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from pytest_django import Settings

from accounts.models import ApiKey, SignIn, SignInEnd
from accounts.tokens import open_for
from candidates.models import Change, Document, Job, SavedView
from candidates.states import ChangeSource
from coaching import sessions as practice
from coaching.states import PreparationType
from intake.models import Intake, Mailing, Notice
from intake.states import NoticeKind
from interviews.states import Role
from tests.candidates.making import running_import
from tests.candidates.recruiting import candidate, client_of, error_of, recruiter
from tests.interviews.holding import start

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Let in: whatever the answer to a request without any content is, it is neither a refusal nor a breakdown.
IN = frozenset(range(200, 500)) - {401, 403, 405}


@dataclass(frozen=True)
class Row:
    """A route, an address on it, and what a recruiter gets there; the door says what everybody else gets.

    Doors: `api` (recruiters only: 401 and 403 in the one shape), `live` (the same, as streams), `own` (anybody with an
    account, for what is their own; API keys are nobody there), `own live` (the same, as streams), `console` (recruiters
    only: others are sent to the sign-in), `own page` (people with an account and a session: others likewise),
    `superuser` (part of the console that only superusers may use), `open`.
    Verbs that are not named answer a recruiter with 405; the console does not promise that.
    """

    route: str
    door: str
    verbs: dict[str, Iterable[int]] = field(default_factory=dict)
    url: str = ""

    @property
    def address(self) -> str:
        return "/" + (self.url or self.route)


PROFILE = "api/pluto/candidates/<uuid:candidate_id>"
AUTH, USERS = "api/v1/auth", "api/v1/users"
ROOM, INTERVIEW = "api/rooms/<str:room_name>", "api/interviews/<uuid:interview_id>"
GUEST = "interviews/<uuid:interview_id>"
WIZARD = "intake/<uuid:candidate_id>"
SESSION, MESSAGES = "api/v1/sessions/<uuid:session_id>", "api/v1/sessions/<uuidstr:session_id>/messages"
PRACTICE = "coaching/sessions/<uuid:session_id>"
TABLE = [
    # --- the API
    Row("api/pluto", "api", {"GET": {200}}),
    Row("api/pluto/analyze-jd", "api", {"POST": {400}}),
    Row("api/pluto/upload", "api", {"POST": {415}}),
    Row("api/pluto/status", "api", {"GET": {200}}),
    Row("api/pluto/score", "api", {"POST": {409}}),
    Row("api/pluto/results", "api", {"GET": {200}}),
    Row("api/pluto/results/csv", "api", {"GET": {200}}),
    Row(PROFILE, "api", {"GET": {200}, "PATCH": {200}, "DELETE": {200}}),
    Row(f"{PROFILE}/explanation", "api", {"GET": {200}}),
    Row(f"{PROFILE}/questions", "api", {"GET": {200}}),
    Row("api/pluto/compare", "api", {"POST": {400}}),
    Row("api/pluto/rescore", "api", {"POST": {400}}),
    # --- rooms and interviews; a room's own token opens `remove` and `end` too: see tests/interviews/test_api_rooms.py
    Row("api/rooms", "api", {"POST": {400}}),
    Row(ROOM, "api", {"GET": {200}}),
    Row(f"{ROOM}/join", "api", {"POST": {400}}),
    Row(f"{ROOM}/remove", "api", {"POST": {400}}),
    Row(f"{ROOM}/end", "api", {"POST": {200}}),
    Row(f"{ROOM}/briefing", "api", {"GET": {200, 404}, "POST": {200}}),
    Row(f"{ROOM}/chat", "api", {"POST": {400}}),
    Row(f"{ROOM}/debrief", "api", {"POST": {422}}),
    Row("api/prebrief/<str:room_name>", "api", {"POST": {400}}),
    Row("api/coach/suggest", "api", {"POST": {400}}),
    Row("api/realtime/session", "api", {"POST": {503}}),
    Row("api/analytics/<str:room_name>", "api", {"POST": {422}}),
    Row("api/interviews", "api", {"GET": {200}}),
    Row("api/interviews/start", "api", {"POST": {400}}),
    Row(INTERVIEW, "api", {"GET": {200}}),
    Row(f"{INTERVIEW}/transcript", "api", {"GET": {200}}),
    Row(f"{INTERVIEW}/end", "api", {"POST": {200}}),
    Row(f"{INTERVIEW}/cancel", "api", {"POST": {200}}),
    Row(f"{INTERVIEW}/analytics", "api", {"POST": {422}}),
    Row(f"{INTERVIEW}/link", "api", {"POST": {201, 409}, "DELETE": {200}}),
    Row(f"{PROFILE}/interview", "api", {"POST": {201}}),
    Row(f"{PROFILE}/prebrief", "api", {"GET": {200}}),
    Row(f"{PROFILE}/intake-link", "api", {"POST": {201}, "DELETE": {200}}),
    # --- accounts
    *(
        Row(f"{AUTH}/{name}", "open", {"POST": {400}})
        for name in (
            "signup",
            "verify-email",
            "resend-verification",
            "login",
            "refresh",
            "forgot-password",
            "reset-password",
        )
    ),
    Row(f"{AUTH}/me", "own", {"GET": {200}}),
    Row(f"{AUTH}/logout", "own", {"POST": {200}}),
    Row(f"{USERS}/profile", "own", {"GET": {200}, "PUT": {400}, "PATCH": {200}}),
    Row(f"{USERS}/account", "own", {"GET": {200}, "DELETE": {400}}),
    Row(f"{USERS}/change-password", "own", {"POST": {400}}),
    Row(f"{USERS}/sign-ins/<uuid:sign_in_id>", "own", {"DELETE": {404}}),
    # --- practice. The session of the address is a superuser's: it is there for nobody else, whoever they are.
    Row("api/v1/sessions", "own", {"GET": {200}, "POST": {400}}),
    Row(SESSION, "own", {"GET": {404}, "PATCH": {404}, "DELETE": {404}}),
    Row(f"{SESSION}/complete", "own", {"POST": {404}}),
    Row(f"{SESSION}/evaluate", "own", {"POST": {404}}),
    Row(f"{SESSION}/evaluation", "own", {"GET": {404}}),
    Row(MESSAGES, "own live", {"GET": {404}, "POST": {400}}),
    Row(f"{MESSAGES}/stop", "own live", {"POST": {404}}),
    Row("api/v1/analytics/trends", "own", {"GET": {200}}),
    Row("api/v1/analytics/improvements", "own", {"GET": {200}}),
    Row("api/v1/analytics/practice-plan", "own", {"GET": {200}}),
    Row("api/v1/", "open", {"GET": {404}}),
    # --- streams
    Row("live/imports/events", "live", {"GET": {200}}),
    Row("live/imports/<uuidstr:import_id>/events", "live", {"GET": {200}}),
    Row("live/rooms/<name>/events", "live", {"GET": {200}}),
    Row("live/intakes/<uuidstr:candidate_id>/events", "live", {"GET": {200}}),
    Row("live/rooms/<name>/turns", "live", {"POST": {400}}),
    # For the LiveKit server alone: not even a recruiter can sign as it does.
    Row("live/livekit/webhook", "open", {"POST": {401}}),
    # --- open to all
    Row("", "open", {"GET": {200}}),
    Row("favicon.ico", "open", {"GET": {302}}),
    Row("health", "open", {"GET": {200}}),
    Row("healthz", "open", {"GET": {200, 503}}),
    Row("openapi.json", "open", {"GET": {200}}),
    Row("docs", "open", {"GET": {200}}),
    Row("live/", "open", {"GET": {404}}),
    Row("^(?:api|live)(?:/.*)?$", "open", {verb: {404} for verb in VERBS}, url="api/nothing"),
    Row("demo/mail", "open", {"GET": {404}}),  # outside the demo
    # --- pages of sign-up and sign-in: a form that is empty is a 422, whoever is signed in is sent on
    Row("coaching", "open", {"GET": {200}}),
    Row("coaching/sign-up", "open", {"GET": {200, 303}, "POST": {422, 303}}),
    Row("coaching/sign-up/again", "open", {"POST": {303}}),
    Row("coaching/verify", "open", {"GET": {200}, "POST": {422}}),
    Row("coaching/sign-in", "open", {"GET": {200, 303}, "POST": {422, 303}}),
    Row("coaching/sign-in/code", "open", {"GET": {303}, "POST": {303}}),
    Row("coaching/sign-out", "open", {"POST": {303}}),
    Row("coaching/forgot", "open", {"GET": {200}, "POST": {422}}),
    Row("coaching/reset", "open", {"GET": {200}, "POST": {422}}),
    # --- pages of one's own; the session of the address is a superuser's, as above
    Row("coaching/account", "own page", {"GET": {200}}),
    Row("coaching/account/name", "own page", {"POST": {422}}),
    Row("coaching/account/password", "own page", {"POST": {422}}),
    Row("coaching/account/sign-ins/<uuid:sign_in_id>/end", "own page", {"POST": {404}}),
    Row("coaching/account/sign-ins/end-others", "own page", {"POST": {303}}),
    Row("coaching/account/second-step", "own page", {"GET": {200, 404}}),  # for recruiters
    Row("coaching/account/delete", "own page", {"GET": {200}, "POST": {422}}),
    Row("coaching/new", "own page", {"GET": {200}, "POST": {422}}),
    Row("coaching/next/<int:position>", "own page", {"POST": {303}}),
    *(Row(f"coaching/{name}", "own page", {"GET": {200}}) for name in ("history", "progress", "export")),
    Row(PRACTICE, "own page", {"GET": {404}}),
    *(
        Row(f"{PRACTICE}/{doing}", "own page", {"POST": {404}})
        for doing in ("say", "change", "complete", "evaluate", "archive", "restore")
    ),
    Row(f"{PRACTICE}/talk", "own page", {"GET": {404}, "POST": {404}}),
    *(Row(f"{PRACTICE}/{part}", "own page", {"GET": {404}}) for part in ("evaluation", "export.md", "export.pdf")),
    # --- candidates who come by a link: without its cookie nobody gets beyond a page that tells nothing
    Row(GUEST, "open", {"GET": {200}, "POST": {410, 429}}),
    Row(f"{GUEST}/consent", "open", {"GET": {410}, "POST": {410}}),
    Row(f"{GUEST}/room", "open", {"GET": {410}}),
    Row(f"{GUEST}/end", "open", {"POST": {410}}),
    Row(f"{GUEST}/thanks", "open", {"GET": {200}}),
    # --- the same for intake; a link's token is the door of `validate`, which tells anybody else that it is not valid
    Row(WIZARD, "open", {"GET": {200}, "POST": {410, 429}}),
    Row(f"{WIZARD}/validate", "open", {"GET": {200, 429}}),
    Row(f"{WIZARD}/language", "open", {"POST": {410}}),
    *(
        Row(f"{WIZARD}/{step}", "open", {"GET": {410}, "POST": {410}})
        for step in ("consent", "resume", "profile", "gaps", "talk", "review")
    ),
    *(Row(f"{WIZARD}/{page}", "open", {"GET": {410}}) for page in ("done", "download")),
    Row(f"{WIZARD}/erase", "open", {"POST": {410}}),
    # --- the console's frame
    Row("admin/", "console", {"GET": {200}}),
    Row("admin/search/", "console", {"GET": IN}),
    Row("admin/login/", "open", {"GET": {200, 302}}),
    Row("admin/logout/", "console", {"POST": {200, 302}}),
    Row("admin/password_change/", "console", {"GET": {302}}),  # on to /coaching/account
    Row("admin/password_change/done/", "console", {"GET": {200}}),
    Row("admin/autocomplete/", "console", {"GET": {403}}),  # without naming a field that has one
    Row("admin/jsi18n/", "console", {"GET": {200}}),
    Row("admin/r/<path:content_type_id>/<path:object_id>/", "console", {"GET": {404}}, url="admin/r/1/1/"),
    Row("admin/^(?P<app_label>…)/$", "console", {"GET": IN}, url="admin/candidates/"),
    Row("admin/(?P<url>.*)$", "console", {"GET": {404}}, url="admin/nothing"),
]


def console(prefix: str, routes: dict[str, set[str]], *, door: str = "console") -> None:
    """Rows of one part of the console, with the verbs by which it lets a recruiter in."""
    TABLE.extend(Row(f"{prefix}{route}", door, dict.fromkeys(verbs, IN)) for route, verbs in routes.items())


PAGE, ACT, BOTH = {"GET"}, {"POST"}, {"GET", "POST"}
MODEL = {
    "": PAGE,
    "add/": PAGE,
    "<path:object_id>/history/": PAGE,
    "<path:object_id>/delete/": PAGE,
    "<path:object_id>/change/": PAGE,
    "<path:object_id>/": PAGE,
}
console("admin/accounts/user/", MODEL, door="superuser")
# Keys are revoked and never deleted; the ledger is written by calls alone. Not even a superuser may do otherwise.
for part, refused in (
    ("accounts/apikey", {"<path:object_id>/delete/"}),
    ("llm/call", {"add/", "<path:object_id>/delete/"}),
):
    console(
        f"admin/{part}/", {route: verbs for route, verbs in MODEL.items() if route not in refused}, door="superuser"
    )
    TABLE.extend(Row(f"admin/{part}/{route}", "superuser", {"GET": {403}}) for route in sorted(refused))
console("admin/llm/call/", {"costs/": PAGE}, door="superuser")
console("admin/accounts/user/", {"<id>/password/": PAGE}, door="superuser")
console("admin/accounts/apikey/", {"<uuid:key_id>/revoke": ACT}, door="superuser")
IMPORT = "<uuid:import_id>"
console(
    "admin/candidates/import/",
    {
        "": PAGE,
        "add/": PAGE,
        "figures/": PAGE,
        f"{IMPORT}/change/": PAGE,
        f"{IMPORT}/mapping/": PAGE,
        f"{IMPORT}/check/": BOTH,
        f"{IMPORT}/confirm/": ACT,
        f"{IMPORT}/cancel/": ACT,
        f"{IMPORT}/undo/": ACT,
        f"{IMPORT}/failed-rows.csv": PAGE,
        f"{IMPORT}/mend/": ACT,
    },
)
JOB = "<uuid:job_id>"
console(
    "admin/candidates/job/",
    {
        "": PAGE,
        "add/": PAGE,
        f"{JOB}/change/": PAGE,
        f"{JOB}/preview/": ACT,
        f"{JOB}/rubric/": ACT,
        f"{JOB}/analysis/": ACT,
        f"{JOB}/rubric/<int:version>/restore/": ACT,
        f"{JOB}/rescore/": ACT,
        f"{JOB}/open/": ACT,
    },
)
PERSON = "<uuid:candidate_id>"
console(
    "admin/candidates/candidate/",
    {
        "": PAGE,
        "add/": PAGE,
        "bulk/": ACT,
        "export/": PAGE,
        "restore/": ACT,
        "views/": ACT,
        "views/<int:view_id>/forget/": ACT,
        "merge/": PAGE,
        "compare/": PAGE,
        "compare/find/": PAGE,
        f"{PERSON}/change/": PAGE,
        f"{PERSON}/edit/": ACT,
        f"{PERSON}/undo/<int:change_id>/": ACT,
        f"{PERSON}/rescore/": ACT,
        f"{PERSON}/scoring/": PAGE,
        f"{PERSON}/questions/": ACT,
        f"{PERSON}/delete/": ACT,
        f"{PERSON}/documents/": ACT,
        f"{PERSON}/documents/<uuid:document_id>/": PAGE,
    },
)
HELD = "<uuid:interview_id>"
console(
    "admin/interviews/interview/",
    {
        "": PAGE,
        "start/": BOTH,
        "running/": PAGE,
        "candidate/<uuid:candidate_id>/": PAGE,
        "candidate/<uuid:candidate_id>/prebrief/": BOTH,
        f"{HELD}/change/": PAGE,
        f"{HELD}/room/": PAGE,
        f"{HELD}/link/": BOTH,
        f"{HELD}/progress/": PAGE,
        f"{HELD}/transcript/": PAGE,
        f"{HELD}/transcript.txt": PAGE,
        f"{HELD}/decide/": ACT,
        f"{HELD}/analyse/": ACT,
        f"{HELD}/end/": ACT,
        f"{HELD}/cancel/": ACT,
        f"{HELD}/prebrief/": BOTH,
        f"{HELD}/debrief/": BOTH,
        f"{HELD}/briefing/": BOTH,
        f"{HELD}/briefing/chat/": ACT,
    },
)
ROUND, MAILING, NOTICE = "<uuid:intake_id>", "<uuid:mailing_id>", "<uuid:notice_id>"
console(
    "admin/intake/intake/",
    {
        "": PAGE,
        "candidate/<uuid:candidate_id>/": PAGE,
        "candidate/<uuid:candidate_id>/link/": BOTH,
        f"{ROUND}/change/": PAGE,
        f"{ROUND}/undo/": ACT,
        f"{ROUND}/erase/": ACT,
        f"{ROUND}/decline/": ACT,
    },
)
console(
    "admin/intake/mailing/",
    {"": PAGE, "add/": ACT, f"{MAILING}/change/": PAGE, f"{MAILING}/progress/": PAGE, f"{MAILING}/again/": ACT},
)
console("admin/intake/notice/", {"": PAGE, "bell/": PAGE, "read/": ACT, f"{NOTICE}/open/": ACT})
ROUNDS = {"": BOTH, "restore/": ACT, "move/": ACT, "undo/": ACT}
console(
    "admin/interviews/stageplan/",
    {
        "": PAGE,
        **{f"{prefix}{route}": verbs for prefix in (f"job/{JOB}/", "general/") for route, verbs in ROUNDS.items()},
    },
)


def routes(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        # The admin lists its apps in one route; which they are is not this table's matter.
        here = before + re.sub(r"\(\?P<app_label>[^)]*\)", "(?P<app_label>…)", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, here)
        else:
            yield here


def without_a_row(found: Iterable[str]) -> set[str]:
    return set(found) - {row.route for row in TABLE}


def test_every_route_has_a_row() -> None:
    assert without_a_row(routes(get_resolver().url_patterns)) == set()


def test_every_row_has_a_route_and_only_one() -> None:
    assert {row.route for row in TABLE} - set(routes(get_resolver().url_patterns)) == set()
    assert len({row.route for row in TABLE}) == len(TABLE)


def test_a_new_route_without_a_row_is_found() -> None:
    added = [*get_resolver().url_patterns, path("api/pluto/secrets", lambda request: None)]
    assert without_a_row(routes(added)) == {"api/pluto/secrets"}


def test_every_model_of_the_console_stands_in_the_table() -> None:
    for model in site._registry:
        prefix = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert any(row.route.startswith(prefix) for row in TABLE), prefix


@dataclass
class World:
    """People at the door, and things behind it."""

    strangers: dict[str, Client]
    recruiters: dict[str, Client]
    # Those with an account, whoever they are, by token and by session.
    people: dict[str, Client]
    superuser: Client
    ids: dict[str, Any]

    def address(self, row: Row) -> str:
        address = row.address
        for name, value in self.ids.items():
            address = address.replace(name, str(value))
        assert "<" not in address, address
        return address


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    staff, trainee = recruiter(), recruiter("trainee@example.com", is_staff=False)
    gone = recruiter("gone@example.com", is_active=False)
    sessions = {name: Client() for name in ("recruiter", "trainee", "superuser")}
    sessions["recruiter"].force_login(staff)
    sessions["trainee"].force_login(trainee)
    superuser = recruiter("super@example.com", is_superuser=True)
    sessions["superuser"].force_login(superuser)
    tokens = {
        user.email: Client(headers={"Authorization": f"Bearer {open_for(user).access}"})
        for user in (staff, trainee, gone)
    }
    ended = open_for(staff)
    SignIn.objects.filter(pk=ended.sign_in.pk).end(SignInEnd.SIGNED_OUT)
    revoked = client_of(staff, name="revoked")
    ApiKey.objects.filter(name="revoked").revoke()
    one, job, import_ = candidate(60), Job.objects.create(title="Opening"), running_import(1)
    interview = start(Role.CANDIDATE, actor=staff).interview
    intake = Intake.objects.create(candidate=one, made_by=staff)
    notice = Notice.objects.create(kind=NoticeKind.INTAKE_COMPLETED, recipient=staff, candidate=one, intake=intake)
    settings.MEDIA_ROOT = tmp_path
    settings.API_WRONG_KEYS_PER_MINUTE = 1_000_000  # one wrong key at every door is many
    document = Document.objects.create(
        candidate=one,
        file=ContentFile(b"Text.", name="cv.txt"),
        filename="cv.txt",
        content_type="text/plain",
        size=5,
        sha256="0" * 64,
    )
    return World(
        strangers={
            "anonymous": Client(),
            "wrong key": Client(headers={"Authorization": "Bearer gr_wrong"}),
            "revoked key": revoked,
            "key of one who left": client_of(gone),
            "token of one who left": tokens[gone.email],
            "token of one who signed out": Client(headers={"Authorization": f"Bearer {ended.access}"}),
            "a refresh token": Client(headers={"Authorization": f"Bearer {open_for(staff).refresh}"}),
            "trainee": sessions["trainee"],
            "token of a trainee": tokens[trainee.email],
            "key of a trainee": client_of(trainee),
        },
        recruiters={"session": sessions["recruiter"], "key": client_of(staff), "token": tokens[staff.email]},
        people={
            "trainee's session": sessions["trainee"],
            "trainee's token": tokens[trainee.email],
            "recruiter's session": sessions["recruiter"],
            "recruiter's token": tokens[staff.email],
        },
        superuser=sessions["superuser"],
        ids={
            "<uuid:candidate_id>": one.pk,
            "<uuid:job_id>": job.pk,
            "<uuid:import_id>": import_.pk,
            "<uuidstr:import_id>": import_.pk,
            "<name>": interview.room.name,
            "<str:room_name>": interview.room.name,
            "<uuid:interview_id>": interview.pk,
            "<uuid:document_id>": document.pk,
            "<uuidstr:candidate_id>": one.pk,
            "<uuid:intake_id>": intake.pk,
            "<uuid:mailing_id>": Mailing.objects.create(made_by=staff, site="http://testserver").pk,
            "<uuid:notice_id>": notice.pk,
            "<uuid:sign_in_id>": uuid4(),
            **dict.fromkeys(
                ("<uuid:session_id>", "<uuidstr:session_id>"),
                practice.make(user=superuser, preparation_type=PreparationType.PITCH).pk,
            ),
            "<uuid:key_id>": ApiKey.objects.filter(user=staff).latest("created_at").pk,
            "<int:change_id>": Change.objects.create(candidate=one, field="location", source=ChangeSource.API).pk,
            "<int:view_id>": SavedView.objects.create(user=staff, name="Mine").pk,
            "<int:version>": 1,
            "<int:position>": 1,
            "<id>": staff.pk,
            "<path:object_id>": uuid4(),
        },
    )


def rows(*doors: str) -> Any:
    return pytest.mark.parametrize("row", [row for row in TABLE if row.door in doors], ids=lambda row: row.route or "/")


def ask(client: Client, verb: str, address: str) -> Any:
    content = "application/json" if verb in ("POST", "PUT", "PATCH") else ""
    return client.generic(verb, address, b"{}" if content else b"", content_type=content)


@rows("api")
def test_the_api_is_for_recruiters(world: World, row: Row) -> None:
    address = world.address(row)
    for verb in VERBS:
        for who, client in world.strangers.items():
            response = ask(client, verb, address)
            known = "trainee" in who
            assert response.status_code == (403 if known else 401), (who, verb)
            if verb != "HEAD":
                error_of(response)
            assert known or response["WWW-Authenticate"].startswith("Bearer")
        for who, client in world.recruiters.items():
            if verb in ("HEAD", "DELETE"):  # HEAD goes with GET; DELETE would take the next one's candidate away
                continue
            response = ask(client, verb, address)
            assert response.status_code in row.verbs.get(verb, {405}), (who, verb, response.content[:200])
    if "DELETE" in row.verbs:
        assert ask(world.recruiters["key"], "DELETE", address).status_code in row.verbs["DELETE"]


@rows("api")
def test_a_stranger_learns_nothing_of_what_exists(world: World, row: Row) -> None:
    somewhere_else = re.sub(r"<uuid:\w+>", str(uuid4()), row.address)
    assert ask(Client(), "GET", somewhere_else).status_code == 401
    assert Client().post(somewhere_else, b"\xff", content_type="text/plain").status_code == 401


def test_a_session_needs_its_csrf_token_to_write(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(recruiter("other@example.com"))
    assert client.post("/api/pluto/rescore", {"weights": {}}, content_type="application/json").status_code == 403
    assert client.get("/api/pluto/results").status_code == 200


@pytest.mark.django_db(transaction=True)
@rows("live")
def test_streams_are_for_recruiters(world: World, row: Row) -> None:
    address = world.address(row)
    for verb, statuses in row.verbs.items():
        for who, client in world.strangers.items():
            assert ask(client, verb, address).status_code == (403 if "trainee" in who else 401), who
        for client in world.recruiters.values():
            assert ask(client, verb, address).status_code in statuses


@pytest.mark.django_db(transaction=True)
@rows("own")
def test_what_is_somebodys_own_is_for_people_with_an_account(world: World, row: Row) -> None:
    address = world.address(row)
    nobody = {who: one for who, one in world.strangers.items() if who not in ("trainee", "token of a trainee")}
    for verb in (*(verb for verb in VERBS if verb != "POST"), "POST"):  # POST may sign out
        for who, client in {**nobody, "key of a recruiter": world.recruiters["key"]}.items():
            response = ask(client, verb, address)
            assert response.status_code == 401, (who, verb)
            if verb != "HEAD":
                error_of(response)
            assert response["WWW-Authenticate"].startswith("Bearer")
        for who, client in world.people.items():
            if verb == "HEAD":
                continue
            response = ask(client, verb, address)
            assert response.status_code in row.verbs.get(verb, {405}), (who, verb, response.content[:200])


@pytest.mark.django_db(transaction=True)
@rows("own live")
def test_streams_of_ones_own_are_for_people_with_an_account(world: World, row: Row) -> None:
    address = world.address(row)
    nobody = {who: one for who, one in world.strangers.items() if who not in ("trainee", "token of a trainee")}
    for verb, statuses in row.verbs.items():
        for who, client in {**nobody, "key of a recruiter": world.recruiters["key"]}.items():
            response = ask(client, verb, address)
            assert response.status_code == 401, (who, verb)
            error_of(response)
            assert response["WWW-Authenticate"].startswith("Bearer")
        for who, client in world.people.items():
            assert ask(client, verb, address).status_code in statuses, (who, verb)
        said = client.generic("POST", address, b'{"text": "Hello."}', content_type="application/json")
        assert said.status_code == 404


@rows("own page")
def test_pages_of_ones_own_send_strangers_to_the_sign_in(world: World, row: Row) -> None:
    address = world.address(row)
    # A page knows people by their session alone.
    nobody = {who: one for who, one in world.strangers.items() if who != "trainee"}
    for verb, statuses in row.verbs.items():
        for who, client in nobody.items():
            response = ask(client, verb, address)
            assert response.status_code == 302, (who, verb, response.status_code)
            assert response["Location"].startswith("/coaching/sign-in"), (who, verb)
        for who in ("trainee's session", "recruiter's session"):
            response = ask(world.people[who], verb, address)
            assert response.status_code in statuses, (who, verb, response.status_code)


@rows("open")
def test_what_is_open_is_open_to_all_and_only_to_read(world: World, row: Row) -> None:
    for client in (*world.strangers.values(), *world.recruiters.values()):
        for verb, statuses in row.verbs.items():
            assert ask(client, verb, world.address(row)).status_code in statuses, verb


@rows("console", "superuser")
def test_the_console_sends_strangers_to_the_sign_in(world: World, row: Row) -> None:
    address = world.address(row)
    for who, client in world.strangers.items():
        for verb in ("GET", "POST"):
            response = ask(client, verb, address)
            assert response.status_code == 302, (who, verb, response.status_code)
            assert response["Location"].startswith("/admin/login/") or row.route == "admin/logout/", (who, verb)


@rows("console")
def test_the_console_lets_recruiters_in(world: World, row: Row) -> None:
    for verb, statuses in row.verbs.items():
        response = ask(world.recruiters["session"], verb, world.address(row))
        assert response.status_code in statuses, (verb, response.status_code)
        assert "/admin/login/" not in response.get("Location", ""), verb


@rows("superuser")
def test_accounts_and_the_ledger_are_for_superusers(world: World, row: Row) -> None:
    for verb, statuses in row.verbs.items():
        assert ask(world.superuser, verb, world.address(row)).status_code in statuses, verb
