"""`GET /intake/{id}/validate?token=`: whether an intake link works, for whom, and what it will ask for."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import links, throttling
from accounts.api.shapes import ErrorSerializer
from intake import entering, wizard


class GapSerializer(serializers.Serializer[object]):
    """One thing that the candidate will be asked for."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    question = serializers.CharField()
    is_required = serializers.BooleanField()


class ValidSerializer(serializers.Serializer[object]):
    """Whether a link works; nothing else is told of one that does not."""

    valid = serializers.BooleanField()
    candidate_name = serializers.CharField(allow_null=True)
    gaps = GapSerializer(many=True)


class Validate(APIView):
    """Looks at a link and leaves no trace: it is neither used up nor noted as opened."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="intake_validate",
        summary="Check an intake link",
        description=(
            "Whether the token of an intake link opens this candidate's intake. Needs the token and nothing else. "
            "Every token that does not work gets the same answer, whatever is wrong with it; after too many of them "
            "the answer is 429 with Retry-After."
        ),
        tags=["Intake"],
        auth=[],
        parameters=[
            OpenApiParameter("token", str, required=True, description="What stands behind `?token=` in the link.")
        ],
        responses={200: ValidSerializer, **dict.fromkeys((400, 404, 429, 500, 503), ErrorSerializer)},
        examples=[
            OpenApiExample(
                "A link that works",
                value={
                    "valid": True,
                    "candidate_name": "Amara Voss",
                    "gaps": [
                        {
                            "field": "location",
                            "label": "Location",
                            "question": "Which city and country do you live in?",
                            "is_required": True,
                        }
                    ],
                },
                response_only=True,
            ),
            OpenApiExample(
                "One that does not", value={"valid": False, "candidate_name": None, "gaps": []}, response_only=True
            ),
        ],
    )
    def get(self, request: Request, candidate_id: UUID) -> Response:
        token = request.query_params.get("token", "")
        # No report of an error holds the token from here on.
        request.META["QUERY_STRING"] = ""
        address = throttling.address_of(request._request)
        so_far, left = throttling.count(f"validate:{address}")
        if so_far > settings.API_REQUESTS_PER_MINUTE:
            raise Throttled(wait=left)
        try:
            intake = entering.look(token=token, candidate_id=candidate_id, address=address)
        except links.InvalidLink:
            return self._answer({"valid": False, "candidate_name": None, "gaps": []})
        asked = [
            gap.model_dump(include={"field", "label", "question", "is_required"}) for gap in wizard.asked_for(intake)
        ]
        return self._answer({"valid": True, "candidate_name": intake.candidate.name, "gaps": asked})

    def _answer(self, content: dict[str, object]) -> Response:
        return Response(content, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
