"""`/api/interviews/{id}/link`: the link by which a candidate without an account comes to an AI interview."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import Flag, StrictSerializer, read_body
from candidates.api.base import RecruiterView, person_of
from candidates.api.documenting import ApiSchema
from interviews import links
from interviews.api.base import find_interview


class LinkRequestSerializer(StrictSerializer):
    """Whether to mail the link to the candidate; without a body it is only made."""

    send = Flag(default=False, help_text="Mail it to the candidate's address, in your name.")


class LinkSerializer(serializers.Serializer[Any]):
    """A link that was just made: `interview_url` is shown this once."""

    interview_id = serializers.UUIDField()
    interview_url = serializers.CharField(help_text="With the token behind its #, which browsers send to nobody.")
    expires_at = serializers.DateTimeField()
    candidate_name = serializers.CharField(allow_null=True)
    sent = serializers.BooleanField()


class RevokedSerializer(serializers.Serializer[Any]):
    interview_id = serializers.UUIDField()
    revoked = serializers.IntegerField(help_text="How many links were still good.")


class _NotKept(ApiSchema):
    """An answer that holds a secret is kept nowhere, so it can't be given again for the same Idempotency-Key."""

    def get_override_parameters(self) -> list[Any]:
        return []


class _Making:
    """Stands in a class of its own so that RecruiterView does not keep the answer of its POST for a day."""

    @extend_schema(
        operation_id="interview_link_create",
        summary="Make an interview link",
        description="For an interview with role candidate that has not ended. A link that was made before opens "
        "nothing from then on. Repeating the request makes another link; Idempotency-Key is not honoured here, since "
        "the answer holds a secret that is stored nowhere.",
        tags=["Interviews"],
        request=LinkRequestSerializer,
        responses={201: LinkSerializer},
        examples=[OpenApiExample("Make it and mail it", {"send": True}, request_only=True)],
    )
    def post(self, request: Request, interview_id: UUID) -> Response:
        """Make the link, and mail it where that is asked for."""
        is_sent = bool(read_body(request, LinkRequestSerializer)["send"])
        interview = find_interview(interview_id)
        site = request.build_absolute_uri("/")
        do = links.send if is_sent else links.make
        made = do(interview=interview, actor=person_of(request), site=site)
        body = {
            "interview_id": str(interview.pk),
            "interview_url": made.interview_url,
            "expires_at": made.expires_at.isoformat(),
            "candidate_name": made.candidate_name or None,
            "sent": is_sent,
        }
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class InterviewLinkView(_Making, RecruiterView):
    """`POST` makes it (anew), `DELETE` revokes it."""

    schema = _NotKept()

    @extend_schema(
        operation_id="interview_link_revoke",
        summary="Revoke an interview link",
        description="It opens nothing from now on, and neither do the cookies that it was traded for. Twice is fine.",
        tags=["Interviews"],
        responses={200: RevokedSerializer},
    )
    def delete(self, request: Request, interview_id: UUID) -> Response:
        """Revoke the link."""
        interview = find_interview(interview_id)
        return Response({"interview_id": str(interview.pk), "revoked": links.revoke(interview=interview)})
