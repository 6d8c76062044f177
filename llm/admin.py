"""The ledger in the console: every model call, and what calls cost and how long they take. Nothing can be changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action, display

from llm import budget, figures
from llm.models import Call

PERIODS = (7, 30, 90)
_COUNTED_AT_MOST = 10_000
_KEPT_SECONDS = 60


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Counts no further than somebody would page: the list stays fast however long the ledger becomes."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Call] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:_COUNTED_AT_MOST].count()


class KnownValuesFilter(admin.SimpleListFilter):
    """The values that stand in a column, looked up once a minute."""

    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        key = f"llm:known:{self.column}"
        values: list[str] | None = cache.get(key)
        if values is None:
            values = sorted(Call.objects.order_by().values_list(self.column, flat=True).distinct()[:100])
            cache.set(key, values, timeout=_KEPT_SECONDS)
        return [(value, value) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class PurposeFilter(KnownValuesFilter):
    title = "purpose"
    parameter_name = column = "purpose"


class ModelFilter(KnownValuesFilter):
    title = "model"
    parameter_name = column = "model"


@admin.register(Call)
class CallAdmin(ModelAdmin):  # type: ignore[misc]
    """Calls, newest first, and the page of costs."""

    list_display = ("when", "purpose", "model", "result", "tokens", "cost", "latency", "attempt", "prompt_name")
    list_filter = (PurposeFilter, ModelFilter, "outcome", ("created_at", RangeDateFilter))
    list_filter_submit = True
    ordering = ("-created_at",)
    search_fields = ("scope", "prompt_name")
    search_help_text = "Scope (import:…, interview:…) or prompt"
    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    actions_list = ("costs",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return False

    @display(description="When", ordering="created_at")  # type: ignore[untyped-decorator]
    def when(self, call: Call) -> str:
        moment = f"{timezone.localtime(call.created_at):%Y-%m-%d %H:%M:%S}"
        return format_html('<span class="gr-nowrap">{}</span>', moment)

    @display(  # type: ignore[untyped-decorator]
        description="Outcome",
        ordering="outcome",
        label={
            "OK": "success",
            "From the cache": "success",
            "OK after repair": "info",
            "Started": "info",
            "Rate limited": "warning",
            "Abandoned": "warning",
            "Timed out": "danger",
            "Unavailable": "danger",
            "Refused": "danger",
            "Broken answer": "danger",
        },
    )
    def result(self, call: Call) -> str:
        return str(Call.Outcome(call.outcome).label)

    @display(description="Tokens in / out")  # type: ignore[untyped-decorator]
    def tokens(self, call: Call) -> str:
        return f"{call.input_tokens:,} / {call.output_tokens:,}"

    @display(description="Cost, USD", ordering="cost_usd")  # type: ignore[untyped-decorator]
    def cost(self, call: Call) -> str:
        return f"{call.cost_usd:.6f}"

    @display(description="Latency, ms", ordering="latency_ms")  # type: ignore[untyped-decorator]
    def latency(self, call: Call) -> str:
        return f"{call.latency_ms:,}"

    @action(description="Costs and latency", url_path="costs", icon="monitoring")  # type: ignore[untyped-decorator]
    def costs(self, request: HttpRequest) -> HttpResponse:
        """The page of charts, each with its table."""
        asked = request.GET.get("days", "")
        days = int(asked) if asked.isdigit() and int(asked) in PERIODS else PERIODS[0]
        key = f"llm:report:{days}"
        found: figures.Report | None = cache.get(key)
        if found is None:
            found = figures.report(days=days)
            cache.set(key, found, timeout=_KEPT_SECONDS)
        today = budget.day_scope()
        context = {
            **self.admin_site.each_context(request),
            "title": "Costs and latency of model calls",
            "report": found,
            "tables": [
                ("days", "By day", "Day", found.days),
                ("purposes", "By purpose", "Purpose", found.purposes),
                ("models", "By model", "Model", found.models),
            ],
            "chart_data": {
                name: [{**asdict(line), "cost_usd": float(line.cost_usd)} for line in lines]
                for name, lines in (("days", found.days), ("purposes", found.purposes), ("models", found.models))
            },
            "periods": [(period, period == days) for period in PERIODS],
            "days": days,
            "spent_today": budget.spent_usd(today),
            "cap_today": budget.cap_usd(today),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/llm/call/costs.html", context)
