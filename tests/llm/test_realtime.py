from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from llm import budget, realtime
from llm.errors import CapReached, LLMError, NotConfigured, RateLimited, Refused, Unavailable
from llm.models import Call
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
INSTRUCTIONS = "You are a made-up candidate."


@pytest.fixture
def service(simulator: Simulator, settings: Any) -> Simulator:
    settings.REALTIME_BASE_URL, settings.REALTIME_API_KEY = simulator.base_url, "kept-to-ourselves"
    return simulator


def test_a_credential_is_short_lived_and_not_our_key(service: Simulator, settings: Any) -> None:
    made = realtime.credential(instructions=INSTRUCTIONS)
    assert made.client_secret.startswith("ek_")
    assert settings.REALTIME_API_KEY not in made.client_secret
    assert dt.timedelta(0) < made.expires_at - timezone.now() <= dt.timedelta(minutes=2)
    assert made.model == settings.REALTIME_MODEL
    assert made.url == f"{service.base_url}/realtime/calls"
    assert made.client_secret not in repr(made)
    (theirs,) = service.calls()
    assert (theirs["kind"], theirs["model"]) == ("realtime", settings.REALTIME_MODEL)
    call = Call.objects.get()
    assert (call.purpose, call.outcome, call.cost_usd) == ("realtime", Call.Outcome.OK, 0)
    assert INSTRUCTIONS not in str(vars(call))


@pytest.mark.parametrize(
    "missing", [["REALTIME_BASE_URL"], ["REALTIME_API_KEY"], ["REALTIME_BASE_URL", "REALTIME_API_KEY"]]
)
def test_what_is_not_set_is_named(service: Simulator, settings: Any, missing: list[str]) -> None:
    for name in missing:
        setattr(settings, name, "")
    assert not realtime.is_configured()
    with pytest.raises(NotConfigured) as told:
        realtime.credential(instructions=INSTRUCTIONS)
    assert told.value.status == 503
    for name in ("REALTIME_BASE_URL", "REALTIME_API_KEY"):
        assert (name in told.value.message) == (name in missing)
    assert not service.calls()


@pytest.mark.parametrize(
    ("faults", "error", "outcome"),
    [
        (["401"], Refused, Call.Outcome.REFUSED),
        (["400"], Refused, Call.Outcome.REFUSED),
        (["429", "429"], RateLimited, Call.Outcome.UNAVAILABLE),
        (["503", "503"], Unavailable, Call.Outcome.UNAVAILABLE),
        (["disconnect", "disconnect"], Unavailable, Call.Outcome.UNAVAILABLE),
    ],
)
def test_a_service_that_fails_is_told_plainly(
    service: Simulator, faults: list[str], error: type[LLMError], outcome: str
) -> None:
    service.control(next_audio=faults)
    with pytest.raises(error) as told:
        realtime.credential(instructions=INSTRUCTIONS)
    assert "simulated" not in told.value.message
    assert Call.objects.get().outcome == outcome


def test_a_passing_failure_is_met_with_one_more_attempt(service: Simulator) -> None:
    service.control(next_audio=["503"])
    assert realtime.credential(instructions=INSTRUCTIONS).client_secret


def test_the_days_cap_refuses_new_credentials(service: Simulator) -> None:
    budget.set_cap(budget.day_scope(), 0)
    with pytest.raises(CapReached):
        realtime.credential(instructions=INSTRUCTIONS)
    assert not service.calls()
