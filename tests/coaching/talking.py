"""Made-up trainees who talk with the coach over HTTP, for tests. Everybody here is invented."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from accounts import tokens
from accounts.models import User
from coaching import messages, sessions
from coaching.models import Message, Session
from coaching.states import PreparationType
from tests.candidates.recruiting import recruiter

FULL = (
    "We sort the invoices of 300 small workshops. Each of them loses 6 hours a week to paper, and with us it is 1: I "
    "built the first version myself in 4 months."
)


def trainee(email: str = "trainee@example.com") -> User:
    """Somebody with an account and no rights."""
    return recruiter(email, is_staff=False)


def token_of(user: User) -> str:
    """An access token."""
    return tokens.open_for(user).access


def client_of(user: User) -> Client:
    """A client that sends an access token of the user."""
    return Client(headers={"Authorization": f"Bearer {token_of(user)}"})


def session(user: User | None = None, kind: PreparationType = PreparationType.PITCH, **texts: str) -> Session:
    """A session that was just set up."""
    return sessions.make(user=user or trainee(), preparation_type=kind, **texts)


def spoken(one: Session, turns: int) -> Session:
    """The session after so many turns, as the chat stores them; no model is asked."""
    for number in range(turns):
        heard = messages.hear(user_id=one.user_id, session_id=one.pk, text=FULL, key=str(number))
        messages.say(session_id=one.pk, text="I see. And then?", answers=heard.message)
    one.refresh_from_db()
    return one


def said(session: Session) -> list[tuple[int, str, str]]:
    """(number, side, state) of every message, in order."""
    rows = Message.objects.filter(session_id=session.pk).order_by("number")
    return list(rows.values_list("number", "side", "state"))


class Answer:
    """A response to POST …/messages over a real socket, read as JSON or event by event."""

    def __init__(
        self,
        base_url: str,
        session: Session,
        body: Any,
        *,
        bearer: str,
        stream: bool = False,
        path: str = "messages",
        seconds: float = 300,
    ) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=seconds)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
        if stream:
            headers["Accept"] = "text/event-stream"
        self.connection.request("POST", f"/api/v1/sessions/{session.pk}/{path}", json.dumps(body), headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def json(self) -> Any:
        return json.loads(self.response.read())

    def error(self) -> str:
        return str(self.json()["error"]["code"])

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        kind = ""
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                yield kind, json.loads(line[6:])

    def drop(self) -> None:
        self.connection.close()
        self.response.close()
