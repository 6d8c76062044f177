"""A candidate with only the link: invited, let in, and led through the wizard by plain forms."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from django.test import Client

from accounts.models import User
from candidates.models import Candidate, Job
from intake import consent, inviting
from intake.models import Intake
from tests.candidates.recruiting import candidate

SITE = "https://hire.example.com"


def person(**values: Any) -> Candidate:
    """A candidate of whom something is known and much is not."""
    job = Job.objects.create(title="Head Baker", description="Bakes.")
    made = {"name": "Amara Voss", "email": f"amara.{uuid4().hex[:6]}@example.com", "job": job, "location": None}
    return candidate(**made | values)


def invited(who: Candidate, actor: User | None = None, **options: Any) -> str:
    """The token of a new link."""
    made = inviting.invite(candidate=who, actor=actor, site=SITE, job=who.job, **options)
    parts = urlsplit(made.intake_url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{SITE}/intake/{who.pk}"
    return parse_qs(parts.query)["token"][0]


def at(who: Candidate | UUID, step: str = "") -> str:
    """The address of a step."""
    pk = who if isinstance(who, UUID) else who.pk
    return f"/intake/{pk}" + (f"/{step}" if step else "")


def come(who: Candidate, token: str | None = None, **options: Any) -> Client:
    """A browser that has traded the link for its cookie."""
    client = Client(**options)
    response = client.post(at(who), {"token": token or invited(who)})
    assert response.status_code == 303, response.content
    assert response["Location"] == at(who)
    return client


def agreed(who: Candidate, **options: Any) -> Client:
    """A browser whose person has agreed to the words of now."""
    client = come(who, **options)
    response = client.post(at(who, "consent"), {"agree": consent.VERSION})
    assert response["Location"] == at(who, "resume"), response.content
    return client


def walked(who: Candidate, to: str, **options: Any) -> Client:
    """A browser that stands on `to`: profile, gaps or review, with nothing filled in on the way."""
    client = agreed(who, **options)
    response = client.post(at(who, "resume"), {"skip": "1"})
    assert response["Location"] == at(who, "profile")
    for step in ("profile", "gaps"):
        if step == to:
            break
        response = client.post(at(who, step), form_of(client, who, step))
        assert response.status_code == 303, response.content.decode()
    return client


def round_of(who: Candidate) -> Intake:
    """The newest round."""
    return Intake.objects.select_related("candidate", "job").filter(candidate=who).latest("created_at")


_INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>(?:\n?([^<]*)</textarea>)?")


def form_of(client: Client, who: Candidate, step: str, **typed: str) -> dict[str, str]:
    """What a browser would send of a step's page, with `typed` (by field) in place of what stands there."""
    return fields_in(client.get(at(who, step)).content.decode(), **typed)


def fields_in(page: str, **typed: str) -> dict[str, str]:
    """The same, of a page that is at hand."""
    found: dict[str, str] = {}
    for match in _INPUT.finditer(page.partition("<main")[2]):
        tag = match.group(0)
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag.partition(">")[0]))
        if "name" not in attributes or attributes.get("type") == "file":
            continue
        if attributes.get("type") in ("radio", "checkbox") and " checked" not in tag.partition(">")[0]:
            continue
        found[attributes["name"]] = unescape(attributes.get("value", match.group(1) or ""))
    return found | {f"field_{name}": text for name, text in typed.items()}
