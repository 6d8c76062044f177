"""The ranked list, as pages and as a download."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from accounts.api.parsing import read_flag, read_id, read_one_of, read_query, read_text, read_whole_number
from candidates import exporting, ranking
from candidates.api.base import RecruiterView, json_text
from candidates.api.documenting import LIST_EXAMPLE
from candidates.api.serializers import ResultsSerializer
from candidates.states import IntakeStatus, InterviewStatus, Tier

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
_FILTERS = {
    "tier": read_one_of(Tier.values),
    "job": read_id,
    "import": read_id,
    "min_score": read_whole_number(0, 100),
    "interview_status": read_one_of(InterviewStatus.values),
    "intake_status": read_one_of(IntakeStatus.values),
    "q": read_text(200),
}
_PAGING = {"limit": read_whole_number(1, LARGEST_LIMIT), "cursor": read_text(200)}


def _parameter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


FILTER_PARAMETERS = [
    _parameter("tier", "Only this tier.", type="string", enum=Tier.values),
    _parameter("job", "Only candidates for this job.", type="string", format="uuid"),
    _parameter("import", "Only candidates that this import made.", type="string", format="uuid"),
    _parameter("min_score", "Only a combined score of at least this.", type="integer", minimum=0, maximum=100),
    _parameter("interview_status", "Only this interview status.", type="string", enum=InterviewStatus.values),
    _parameter("intake_status", "Only this intake status.", type="string", enum=IntakeStatus.values),
    _parameter(
        "q",
        "Words of name, e-mail, role, company, place, education, bio, skills and industries: all must be there; "
        '"quoted phrases", `or` and `-not` work; the last word may be unfinished.',
        type="string",
        maxLength=200,
        pattern="^[^\\u0000]*$",
    ),
]
PAGING_PARAMETERS = [
    _parameter("limit", "Candidates on a page.", type="integer", minimum=1, maximum=LARGEST_LIMIT, default=50),
    _parameter("cursor", "`next` of the page before.", type="string", maxLength=200),
]


class ResultsView(RecruiterView):
    @extend_schema(
        operation_id="list_results",
        summary="The ranked list",
        description="Best combined score first, unscored candidates last; the newest first among equals. The order is "
        "stable: `next` goes on exactly after the last candidate of the page, however deep.",
        parameters=[*FILTER_PARAMETERS, *PAGING_PARAMETERS],
        responses=ResultsSerializer,
        examples=[LIST_EXAMPLE],
        tags=["Candidates"],
    )
    def get(self, request: Request) -> HttpResponse:
        values = read_query(request, _FILTERS | _PAGING)
        cursor = values.pop("cursor", "")
        page = ranking.page(
            limit=values.pop("limit", DEFAULT_LIMIT),
            after=ranking.Cursor.decode(cursor) if cursor else None,
            filters=_filters(values),
        )
        following = f'"{page.next.encode()}"' if page.next else "null"
        return json_text(f'{{"results":{page.json},"next":{following}}}')


class _CSVRenderer(BaseRenderer):
    """Names the format for documentation; the stream renders itself."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return JSONRenderer().render(data)


class _AlwaysCSV(BaseContentNegotiation):
    """The address says what comes; errors are JSON, as everywhere."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0] if parsers else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[-1], renderers[-1].media_type


class ResultsCsvView(RecruiterView):
    renderer_classes = [_CSVRenderer, JSONRenderer]
    content_negotiation_class = _AlwaysCSV

    @extend_schema(
        operation_id="download_results",
        summary="The ranked list as CSV",
        description="The whole list in one stream, of one moment. Cells that a spreadsheet would take for formulas "
        "carry an apostrophe.",
        parameters=[
            *FILTER_PARAMETERS,
            _parameter("bom", "Begin with a byte order mark, for older spreadsheets.", type="boolean", default=False),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
        tags=["Candidates"],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        values = read_query(request, _FILTERS | {"bom": read_flag})
        bom = values.pop("bom", False)
        return exporting.response(_filters(values), request=request._request, bom=bom)


def _filters(values: dict[str, Any]) -> ranking.Filters:
    of_import = values.pop("import", None)
    text = values.pop("q", "").strip()
    return ranking.Filters(of_import=of_import, q=text or None, **values)
