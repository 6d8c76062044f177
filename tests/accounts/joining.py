"""People who sign up, confirm and sign in, for tests; and the mails that they get."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client

from accounts import letters
from accounts.models import User

AUTH, USERS = "/api/v1/auth", "/api/v1/users"
EMAIL, NAME = "robin.sample@example.com", "Robin Sample"
PASSWORD, OTHER = "a long walk by the river", "another stroll along the lake"
JSON = "application/json"


def trainee(email: str = EMAIL, *, password: str | None = PASSWORD, **fields: Any) -> User:
    """Somebody with a confirmed account."""
    return User.objects.create_user(email, password, **{"name": NAME, **fields})


def post(address: str, body: dict[str, Any] | None = None, *, client: Client | None = None, **extra: Any) -> Any:
    """POST JSON."""
    return (client or Client()).post(address, body or {}, content_type=JSON, **extra)


def sign_up(email: str = EMAIL, **fields: Any) -> Any:
    """POST auth/signup."""
    return post(f"{AUTH}/signup", {"email": email, "name": NAME, "password": PASSWORD, **fields})


def login(email: str = EMAIL, password: str = PASSWORD, **extra: Any) -> Any:
    """POST auth/login."""
    return post(f"{AUTH}/login", {"email": email, "password": password}, **extra)


def tokens_of(email: str = EMAIL, password: str = PASSWORD) -> tuple[str, str]:
    """Sign in; the access token and the refresh token."""
    body = login(email, password).json()
    return body["token"], body["refresh"]


def bearing(token: str) -> Client:
    """A client that sends an access token."""
    return Client(headers={"Authorization": f"Bearer {token}"})


def mailed() -> list[Any]:
    """Send what is owed, and empty the mailbox."""
    for letter_id in letters.owed():
        letters.send(letter_id)
    found = list(mail.outbox)
    mail.outbox.clear()
    return found


def token_in(message: Any) -> str:
    """The token of a mailed link."""
    found = re.search(r"/coaching/(?:verify|reset)#(\S+)", message.body)
    assert found, message.body
    return found[1]
