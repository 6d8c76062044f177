"""A whole intake with real processes, then a search for the link's token and the cookie in all that was left behind.

Logs, a dump of the whole database, everything that Redis was ever told (Celery's messages among it) and what it keeps,
every answer after the exchange, every letter but the invitation, every file. That the search finds what is there is
shown by a leak planted in each of these places. What a browser sends along is in tests/console/test_intake_trace.py.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from accounts.models import ApiKey
from candidates.models import Candidate
from intake import consent
from intake.models import Intake
from intake.states import IntakeState
from tests import processes
from tests.accounts.test_links import everything_stored
from tests.candidates.recruiting import recruiter
from tests.intake import rounds
from tests.intake.coming import at, fields_in, person, round_of
from tests.interviews.test_links import state_of
from tests.mailbox import Mailbox
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = ("answers", "database", "files", "letters", "logs", "redis", "redis traffic")
Form = Mapping[str, str]


@dataclass
class Answered:
    """One answer as it came over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        return "\n".join([*(f"{key}: {value}" for key, value in self.headers), self.body])


@dataclass
class Visitor:
    """A browser that keeps one cookie, and every answer that it was given."""

    site: str
    answers: list[Answered] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, verb: str, path: str, content: bytes | None = None, **headers: str) -> Answered:
        caller = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=300)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            caller.request(verb, path, content, headers)
            response = caller.getresponse()
            body = response.read().decode(errors="replace")
        finally:
            caller.close()
        given = Answered(response.status, response.getheaders(), body)
        for morsel in SimpleCookie(given.header("Set-Cookie")).values():
            self.cookies[morsel.key] = morsel.value
        self.answers.append(given)
        return given

    def get(self, path: str) -> Answered:
        return self.ask("GET", path)

    def post(self, path: str, data: Form) -> Answered:
        return self.ask("POST", path, urlencode(data).encode(), **{"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, content: bytes) -> Answered:
        edge = "edge-of-a-part"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="resume"; filename="cv.txt"\r\n\r\n'
        whole = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.ask("POST", path, whole, **{"Content-Type": f"multipart/form-data; boundary={edge}"})


@contextmanager
def redis_traffic() -> Iterator[Callable[[], str]]:
    """Every command that Redis is given meanwhile, whoever sends it; ask for what was heard so far."""
    heard: list[bytes] = []
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        monitor = client.connection_pool.get_connection()
        monitor.send_command("MONITOR")
        wire: socket.socket = monitor._sock
        wire.settimeout(None)

        def listen() -> None:
            # As it comes: redis-py's own reader gives up at commands that it can't part into words.
            with contextlib.suppress(OSError):
                while piece := wire.recv(65_536):
                    heard.append(piece)

        def so_far() -> str:
            mark = uuid4().hex
            client.echo(mark)
            processes.wait_until(lambda: mark.encode() in b"".join(heard), what="the last command")
            return unpacked(b"".join(heard).decode(errors="replace"))

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield so_far
        finally:
            wire.shutdown(socket.SHUT_RDWR)
            listener.join(timeout=10)
            monitor.disconnect()


def unpacked(text: str) -> str:
    """The text, and behind it whatever in it is written as base64: Celery's messages are."""
    found = [text]
    for packed in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text):
        with contextlib.suppress(binascii.Error):
            found.append(base64.b64decode(packed, validate=True).decode(errors="replace"))
    return "\n".join(found)


def redis_kept() -> str:
    """Every key with what it holds, as Redis would write it to its file, and as plain text where it is a list."""
    found: list[bytes] = []
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        for key in client.scan_iter():
            found += [key, client.dump(key) or b""]
            if client.type(key) == b"list":  # messages of Celery; a dump may compress them
                found += client.lrange(key, 0, -1)
            elif client.type(key) == b"hash":
                found += [part for pair in client.hgetall(key).items() for part in pair]
    return unpacked(b"\n".join(found).decode(errors="replace"))


def files() -> str:
    """What uploads left, and what Postgres and everything else that tests start wrote to their logs."""
    roots = [Path(django_settings.MEDIA_ROOT), Path(django_settings.DATA_DIR) / "uploads"]
    paths = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode(errors="replace") for path in paths)


def found_in(places: Mapping[str, str], *secrets: str) -> list[str]:
    """The places in which one of these secrets stands, in their order."""
    assert all(len(secret) > 15 for secret in secrets), "too short to be told from chance"
    return sorted(place for place, text in places.items() if any(secret in text for secret in secrets))


@dataclass
class Intaken:
    """One intake under way: its person, their browser, and what there is to be found out of it."""

    who: Candidate
    visitor: Visitor
    token: str = field(repr=False)
    talk_token: str = field(default="", repr=False)

    @property
    def cookie(self) -> str:
        return self.visitor.cookies["greenroom_intake"]

    @property
    def secrets(self) -> list[str]:
        """What opens something, whole or in the part that can't be guessed."""
        parts = [self.token, self.token.split(".")[2], self.cookie, self.cookie.split(".")[2]]
        return [*parts, *([self.talk_token, self.talk_token.split(".")[2]] if self.talk_token else [])]

    def step(self, step: str = "") -> str:
        return at(self.who, step)

    def sends(self, step: str, onward: str, **typed: str) -> None:
        """Fill in a step's form as it stands, with this typed in, and go on."""
        form = fields_in(self.visitor.get(self.step(step)).body, **typed)
        self.goes(self.visitor.post(self.step(step), form), onward)

    def goes(self, answer: Answered, onward: str) -> None:
        assert (answer.status, answer.header("Location")) == (303, self.step(onward)), answer.body[:2_000]


def invite_by_mail(site: str, key: str, who: Candidate, mailbox: Mailbox) -> str:
    """Have the recruiter's program mail a link; return its token, which stands in the letter and in the answer."""
    answer = Visitor(site).ask(
        "POST",
        f"/api/pluto/candidates/{who.pk}/intake-link",
        json.dumps({"send": True}).encode(),
        **{"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    assert answer.status == 201, answer.body
    token = parse_qs(urlsplit(json.loads(answer.body)["intake_url"]).query)["token"][0]
    assert token in mailbox.texts()[0]
    return token


def comes_in(of: Intaken) -> None:
    """A scanner looks, a typing error is made, and the person comes in."""
    scanner = Visitor(of.visitor.site)
    assert scanner.get(f"{of.step()}?{urlencode({'token': of.token})}").status == 200
    assert scanner.get(f"{of.step('validate')}?{urlencode({'token': of.token})}").status == 200
    assert Visitor(of.visitor.site).post(of.step(), {"token": of.token[:-3]}).status == 410
    assert Visitor(of.visitor.site).get(f"{of.step('nowhere')}?{urlencode({'token': of.token})}").status == 404
    assert of.visitor.get(f"{of.step()}?{urlencode({'token': of.token})}").header("Referrer-Policy") == "no-referrer"
    of.goes(of.visitor.post(of.step(), {"token": of.token}), "")
    # From here on nothing that is answered may hold what opened the door.
    of.visitor.answers.clear()


def walks_through(of: Intaken) -> None:
    """Consent, resume, profile, gaps, a typed talk, review, done, and the copy of what is held."""
    visitor = of.visitor
    assert visitor.get(of.step()).status == 200
    of.goes(visitor.post(of.step("consent"), {"agree": consent.VERSION}), "resume")
    of.goes(visitor.upload(of.step("resume"), rounds.RESUME.encode()), "resume")
    processes.wait_until(
        lambda: "Refresh" not in dict(visitor.get(of.step("resume")).headers), what="resume read", every=0.5
    )
    of.goes(visitor.post(of.step("resume"), {"skip": "1"}), "profile")
    of.sends("profile", "gaps", current_company="New Mill")
    form = fields_in(visitor.get(of.step("gaps")).body, location="Ghent, Belgium")
    of.goes(visitor.post(of.step("gaps"), form | {"talk": "1"}), "talk")
    of.goes(visitor.post(of.step("talk"), {"medium": "text"}), "talk")
    state = state_of(visitor.get(of.step("talk")).body)
    of.talk_token = state["token"]
    for body in ({"resume": True}, {"text": "I would rather skip that.", "key": "one"}):
        answer = visitor.ask(
            "POST",
            state["urls"]["turns"],
            json.dumps(body).encode(),
            **{"Authorization": f"Bearer {of.talk_token}", "Content-Type": "application/json"},
        )
        assert "event: status" in answer.body, answer.body
    of.goes(visitor.post(of.step("talk"), {"go": "1"}), "review")
    # The link is opened once more, on the way.
    of.goes(visitor.get(f"{of.step()}?{urlencode({'token': of.token})}"), "")
    of.sends("review", "review")
    assert round_of(of.who).state == IntakeState.IN_PROGRESS


def finishes(of: Intaken) -> None:
    visitor = of.visitor
    form = fields_in(visitor.get(of.step("review")).body)
    of.goes(visitor.post(of.step("review"), form | {"send": "1"}), "done")
    for path in (of.step("done"), of.step("download"), of.step("download") + "?as=page", of.step("gaps")):
        visitor.get(path)
    assert visitor.post(of.step(), {"token": of.token}).status == 410
    assert Intake.objects.get().state == IntakeState.COMPLETED


def test_nothing_of_link_and_cookie_is_left_behind(simulator: Simulator, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    del simulator
    user = recruiter("ida.sommer@example.com", name="Ida Sommer")
    key = ApiKey.make(user=user, name="tests")[1]
    who = person(current_company="Old Mill", phone=None)
    with Mailbox() as mailbox, redis_traffic() as traffic:
        changes = {"LOG_LEVEL": "DEBUG", **mailbox.settings()}
        with processes.web_process(**changes) as (site, web), processes.worker(**changes) as worker:
            of = Intaken(who, Visitor(site), invite_by_mail(site, key, who, mailbox))
            comes_in(of)
            walks_through(of)
            finishes(of)
            processes.wait_until(lambda: len(mailbox.letters) >= 3, what="copy and notice mailed")

            def places() -> dict[str, str]:
                return {
                    "answers": "\n".join(answer.text for answer in of.visitor.answers),
                    "database": everything_stored(),
                    "files": files(),
                    # The invitation is what carries the token; no other letter does.
                    "letters": "\n".join(mailbox.texts()[1:]),
                    "logs": web.output() + worker.output(),
                    "redis": redis_kept(),
                    "redis traffic": traffic(),
                }

            # The page of the talk holds the talk's own token, as it must.
            talk_pages = [answer for answer in of.visitor.answers if of.talk_token in answer.body]
            assert len(talk_pages) == 1
            of.visitor.answers.remove(talk_pages[0])
            left = places()
            assert found_in(left, *of.secrets) == []
            # The search looks where something is.
            assert {"answers", "database", "letters", "logs"} <= set(found_in(left, str(who.pk)))
            assert "redis traffic" in found_in(left, str(round_of(who).pk))
            assert "Ada Example" in left["files"]
            assert "Ghent, Belgium" in left["letters"]
            plant_a_leak_everywhere(of, key, settings, mailbox)
            assert found_in(places(), of.token) == list(PLACES)


def plant_a_leak_everywhere(of: Intaken, key: str, settings: Settings, mailbox: Mailbox) -> None:
    """What a mistake of ours would do: a token among a row, a message, an address, a letter, a file."""
    Candidate.objects.filter(pk=of.who.pk).update(bio=of.token)
    # Without the readable summary that Celery puts beside the arguments.
    current_app.send_task("intake.tasks.fill", args=[of.token], argsrepr="…", queue="nobody-listens")
    of.visitor.ask("GET", f"/api/pluto/candidates/{of.who.pk}", Authorization=f"Bearer {key}")
    Visitor(of.visitor.site).get(f"/intake/{of.token}")  # Django logs the path of what is not there
    default_storage.save("leak.txt", ContentFile(of.token.encode()))
    for name, value in mailbox.settings().items():
        setattr(settings, name, value)
    mail.send_mail("Leak", of.token, None, ["amara@example.com"])
