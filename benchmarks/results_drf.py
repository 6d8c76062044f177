"""The other rival of benchmarks.results_list: stock DRF, a ModelSerializer and CursorPagination."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.generics import ListAPIView  # noqa: E402
from rest_framework.pagination import CursorPagination  # noqa: E402

from candidates.api.serializers import CandidateSerializer  # noqa: E402
from candidates.models import Candidate  # noqa: E402


class StockSerializer(serializers.ModelSerializer[Candidate]):
    score_basis = serializers.SerializerMethodField()
    job = serializers.UUIDField(source="job_id")
    import_id = serializers.UUIDField(source="made_by_import_id")

    class Meta:
        model = Candidate
        fields = CandidateSerializer.Meta.fields

    def get_score_basis(self, row: Candidate) -> str | None:
        if row.combined_score is None:
            return None
        return "algorithm" if row.ai_score is None else "combined"


class Paging(CursorPagination):
    page_size = 50
    ordering = ("-rank", "-id")


class StockList(ListAPIView[Candidate]):
    queryset = Candidate.objects.filter(deleted_at=None).defer("search")
    serializer_class = StockSerializer
    pagination_class = Paging


urlpatterns = [path("results", StockList.as_view())]


# Django with this address alone, and with the same middleware as Greenroom.
settings.ROOT_URLCONF = "benchmarks.results_drf"
application = WSGIHandler()
