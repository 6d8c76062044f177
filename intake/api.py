"""`/api/pluto/candidates/{id}/intake-link`: the link by which a candidate completes their own data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import Flag, Id, StrictSerializer, read_body
from candidates.api.base import RecruiterView, find_candidate, find_job, person_of
from candidates.api.documenting import ApiSchema
from intake import inviting


class IntakeLinkRequestSerializer(StrictSerializer):
    """What the link is for; without a body, for the candidate's own job, in English, and not mailed."""

    send = Flag(default=False, help_text="Mail it to the candidate's address, in your name.")
    job = Id(required=False, allow_null=True, help_text="Ask for what this job wants. Default: the candidate's own.")
    language = serializers.ChoiceField(
        choices=sorted(inviting.languages()),
        default=inviting.DEFAULT_LANGUAGE,
        help_text="Of the letter and the pages; the candidate can change it.",
    )


class IntakeLinkSerializer(serializers.Serializer[Any]):
    """A link that was just made: `intake_url` is shown this once."""

    intake_url = serializers.CharField(help_text="With the token, which the page trades for a cookie at once.")
    expires_at = serializers.DateTimeField()
    candidate_name = serializers.CharField(allow_null=True)
    sent = serializers.BooleanField()


class IntakeLinkRevokedSerializer(serializers.Serializer[Any]):
    candidate_id = serializers.UUIDField()
    revoked = serializers.IntegerField(help_text="How many links were still good.")


class _NotKept(ApiSchema):
    """An answer that holds a secret is kept nowhere, so it can't be given again for the same Idempotency-Key."""

    def get_override_parameters(self) -> list[Any]:
        return []


REQUEST_EXAMPLE = OpenApiExample("Make it and mail it in German", {"send": True, "language": "de"}, request_only=True)
MADE_EXAMPLE = OpenApiExample(
    "A link",
    {
        "intake_url": "https://hire.example.com/intake/019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11?token=eyJhbGciOi…",
        "expires_at": "2026-11-23T14:08:00.123456Z",
        "candidate_name": "Ada Okafor",
        "sent": True,
    },
    response_only=True,
    status_codes=["201"],
)
REVOKED_EXAMPLE = OpenApiExample(
    "Revoked",
    {"candidate_id": "019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11", "revoked": 1},
    response_only=True,
    status_codes=["200"],
)


class _Making:
    """Stands in a class of its own so that RecruiterView does not keep the answer of its POST for a day."""

    @extend_schema(
        operation_id="intake_link_create",
        summary="Make an intake link",
        description="Opens a round of intake, or keeps the one that is open, and makes the link to it, good for two "
        "days. A link that was made before opens nothing from then on. Repeating the request makes another link; "
        "Idempotency-Key is not honoured here, since the answer holds a secret that is stored nowhere.",
        tags=["Candidates"],
        request=IntakeLinkRequestSerializer,
        responses={201: IntakeLinkSerializer},
        examples=[REQUEST_EXAMPLE, MADE_EXAMPLE],
    )
    def post(self, request: Request, candidate_id: UUID) -> Response:
        """Make the link, and mail it where that is asked for."""
        given = read_body(request, IntakeLinkRequestSerializer)
        candidate = find_candidate(candidate_id)
        do = inviting.send if given["send"] else inviting.invite
        made = do(
            candidate=candidate,
            actor=person_of(request),
            site=request.build_absolute_uri("/"),
            job=find_job(given.get("job")),
            language=given["language"],
        )
        body = {
            "intake_url": made.intake_url,
            "expires_at": made.expires_at.isoformat(),
            "candidate_name": made.candidate_name or None,
            "sent": bool(made.sent_to),
        }
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class IntakeLinkView(_Making, RecruiterView):
    """`POST` makes it (anew), `DELETE` revokes it."""

    schema = _NotKept()

    @extend_schema(
        operation_id="intake_link_revoke",
        summary="Revoke an intake link",
        description="It opens nothing from now on, and neither do the cookies that it was traded for. A round in "
        "which nothing was answered ends; what was answered stays and waits for another link. Twice is fine.",
        tags=["Candidates"],
        responses={200: IntakeLinkRevokedSerializer},
        examples=[REVOKED_EXAMPLE],
    )
    def delete(self, request: Request, candidate_id: UUID) -> Response:
        """Revoke the link."""
        candidate = find_candidate(candidate_id)
        return Response({"candidate_id": str(candidate.pk), "revoked": inviting.revoke(candidate=candidate)})
