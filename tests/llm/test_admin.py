from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from llm import figures
from llm.models import Call

pytestmark = pytest.mark.django_db


@pytest.fixture
def recruiter(client: Client) -> Client:
    cache.clear()
    client.force_login(User.objects.create_user("ledger@example.org", "a long password", is_staff=True))
    return client


def make_call(**values: Any) -> Call:
    values = {
        "created_at": timezone.now(),
        "purpose": "judge",
        "model": "some/model",
        "outcome": Call.Outcome.OK,
        "cost_usd": Decimal("0.25"),
        "latency_ms": 1000,
        "input_tokens": 100,
        "output_tokens": 20,
    } | values
    return Call.objects.create(**values)


def test_the_list_shows_and_filters_calls(recruiter: Client) -> None:
    make_call()
    make_call(purpose="extract", model="other/model", outcome=Call.Outcome.TIMED_OUT)
    page = recruiter.get(reverse("admin:llm_call_changelist")).content.decode()
    assert "some/model" in page
    assert "Timed out" in page
    some = recruiter.get(reverse("admin:llm_call_changelist"), {"purpose": "extract"}).context["cl"]
    assert [call.purpose for call in some.result_list] == ["extract"]
    ok = recruiter.get(reverse("admin:llm_call_changelist"), {"outcome__exact": "ok"}).context["cl"]
    assert [call.model for call in ok.result_list] == ["some/model"]


def test_nothing_in_the_ledger_can_be_changed(recruiter: Client) -> None:
    call = make_call()
    assert recruiter.get(reverse("admin:llm_call_add")).status_code == 403
    assert recruiter.get(reverse("admin:llm_call_change", args=[call.pk])).status_code == 200
    assert recruiter.post(reverse("admin:llm_call_change", args=[call.pk]), {"purpose": "x"}).status_code == 403
    assert recruiter.post(reverse("admin:llm_call_delete", args=[call.pk])).status_code == 403
    assert recruiter.get(reverse("admin:llm_call_change", args=[uuid.uuid4()])).status_code == 302


def test_the_page_of_costs_has_a_table_beside_each_chart(recruiter: Client) -> None:
    make_call()
    page = recruiter.get(reverse("admin:llm_call_costs"), {"days": 30}).content.decode()
    assert page.count("data-cost-chart=") == page.count("data-latency-chart=") == page.count("<table") == 3
    assert "0.2500" in page


def test_the_page_of_costs_says_when_there_is_nothing(recruiter: Client) -> None:
    assert "No model call in the last 7 days" in recruiter.get(reverse("admin:llm_call_costs")).content.decode()


def test_the_ledger_is_not_for_strangers(client: Client) -> None:
    assert client.get(reverse("admin:llm_call_costs")).status_code == 302
    client.force_login(User.objects.create_user("trainee@example.org", "a long password"))
    assert client.get(reverse("admin:llm_call_costs")).status_code in (302, 403)
    assert client.get(reverse("admin:llm_call_changelist")).status_code == 302


def test_report_sums_by_day_purpose_and_model() -> None:
    now = timezone.now()
    for latency in (100, 200, 300):
        make_call(latency_ms=latency)
    make_call(created_at=now - dt.timedelta(days=2), purpose="extract", model="other/model", cost_usd=Decimal(1))
    make_call(outcome=Call.Outcome.CACHED, cost_usd=0)
    make_call(outcome=Call.Outcome.TIMED_OUT, latency_ms=60_000, cost_usd=0)
    make_call(outcome=Call.Outcome.STARTED, cost_usd=Decimal(9), latency_ms=0)
    make_call(created_at=now - dt.timedelta(days=40))
    report = figures.report(days=7)
    assert (report.total.cost_usd, report.total.cached, report.total.failed) == (Decimal("1.75"), 1, 1)
    assert [line.name for line in report.purposes] == ["extract", "judge"]
    judge = report.purposes[1]
    assert (judge.p50_ms, judge.p95_ms, judge.calls) == (200, 290, 5)
    assert [line.name for line in report.models] == ["other/model", "some/model"]
    assert len(report.days) == 7
    assert report.days[-1].name == str(timezone.localdate())
    assert report.days[-3].cost_usd == 1
    assert report.days[0].p50_ms is None
