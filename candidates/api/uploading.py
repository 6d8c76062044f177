"""Files on their way in: upload, status, and the word to go on."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Malformed, NotFound, TooLarge
from accounts.api.parsing import holds_nul, read_body, read_flag, read_id, read_query
from accounts.models import User
from candidates import importing, job_analysis, lifecycle, rubric
from candidates.api.base import RecruiterView, find_job, person_of
from candidates.api.documenting import ACCEPTED_EXAMPLE, STATUS_EXAMPLE
from candidates.api.serializers import (
    JOB_TITLE_LENGTH,
    AcceptedSerializer,
    ImportProgressSerializer,
    ScoreSerializer,
    UploadSerializer,
)
from candidates.models import Import, Job
from candidates.states import ImportPhase, ImportStatus

# What the other fields and the envelope of a multipart body may add to the file.
_ENVELOPE_BYTES = 1024 * 1024
_FIELDS = ("job", "job_description", "mapping", "score")


class LimitedUpload(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file, never to memory, and stops one that grows past the limit.

    The declared length is checked before; this is for bodies that declare none, or lie.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_MAX_BYTES:
            raise TooLarge(_too_large())
        super().receive_data_chunk(raw_data, start)

    def upload_interrupted(self) -> None:
        if getattr(self, "file", None) is not None:
            super().upload_interrupted()


class UploadView(RecruiterView):
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isdecimal() and int(declared) > settings.IMPORT_MAX_BYTES + _ENVELOPE_BYTES:
            raise TooLarge(_too_large())
        request._request.upload_handlers = [LimitedUpload(request._request)]

    @extend_schema(
        operation_id="upload",
        summary="Import a CSV",
        description="Reads any usual CSV export. Columns are mapped by themselves, or by `mapping`. The import goes on "
        "in the background; several may run side by side. 415: not a CSV. 422: empty, or no usable column. 413: too "
        "large.",
        request={"multipart/form-data": UploadSerializer},
        responses={202: AcceptedSerializer},
        examples=[ACCEPTED_EXAMPLE],
        tags=["Imports"],
    )
    def post(self, request: Request) -> Response:
        file, fields = _parts(request)
        if "job" in fields and "job_description" in fields:
            raise Malformed("Send job or job_description, not both.", fields={"job_description": ["Not with job."]})
        job_id = _read(fields, "job", read_id)
        score = _read(fields, "score", read_flag)
        mapping = _read(fields, "mapping", _read_mapping)
        person = person_of(request)
        job = find_job(job_id)
        description = fields.get("job_description")
        if description is not None:
            description = job_analysis.checked(description)
        import_ = importing.receive(
            file=file,
            filename=file.name or "upload.csv",
            made_by=person,
            job=job,
            score=score is not False,
            mapping=mapping,
        )
        if description is not None:
            # After the file was accepted: a refused one leaves no job behind.
            import_.job = _job_from(description, person)
            import_.save(update_fields=["job"])
        lifecycle.start(import_)
        return _accepted(import_)


class StatusView(RecruiterView):
    @extend_schema(
        operation_id="import_status",
        summary="How far an import is",
        parameters=[
            OpenApiParameter("import_id", uuid.UUID, OpenApiParameter.QUERY, description="Default: the newest import.")
        ],
        responses=ImportProgressSerializer,
        examples=[STATUS_EXAMPLE],
        tags=["Imports"],
    )
    def get(self, request: Request) -> Response:
        import_id = read_query(request, {"import_id": read_id}).get("import_id")
        import_ = _find(request, import_id)
        return Response(_NONE_YET if import_ is None else lifecycle.status_of(import_))


class ScoreView(RecruiterView):
    @extend_schema(
        operation_id="score",
        summary="Score an import that waits",
        description="Starts AI scoring of an import that waits for confirmation; 409 for one that does not.",
        request=ScoreSerializer,
        responses={202: AcceptedSerializer},
        examples=[ACCEPTED_EXAMPLE],
        tags=["Imports"],
    )
    def post(self, request: Request) -> Response:
        import_ = _find(request, read_body(request, ScoreSerializer).get("import_id"))
        if import_ is None:
            raise NotFound("There is no import yet.", code="import_not_found")
        import_ = lifecycle.confirm(import_)
        return _accepted(import_)


def _accepted(import_: Import) -> Response:
    """The import goes on in the background; where to ask how far it is."""
    body = {
        "import_id": import_.pk,
        "status": import_.status,
        "check_status_at": f"{reverse('api:status')}?import_id={import_.pk}",
        "job": import_.job_id,
    }
    return Response(body, status=status.HTTP_202_ACCEPTED)


# What /status answers before the first import.
_NONE_YET: dict[str, Any] = {
    "import_id": None,
    "filename": None,
    "status": ImportStatus.IDLE,
    "phase": ImportPhase.MAPPING,
    "progress": 0,
    "message": "Nothing was imported yet.",
    "candidates_total": None,
    **dict.fromkeys(("candidates_extracted", "candidates_scored", "candidates_failed"), 0),
    "rows_total": None,
    **dict.fromkeys(("rows_read", "rows_failed", "duplicates"), 0),
    "cost_usd": 0.0,
    **dict.fromkeys(("cost_estimate_usd", "eta_seconds", "error", "created_at", "finished_at")),
}


def _parts(request: Request) -> tuple[UploadedFile[bytes], dict[str, str]]:
    """The file and the other fields of a multipart body; raises a 400 that names what is missing or unknown."""
    data = request.data
    if not isinstance(data, QueryDict):
        raise Malformed("The body must be multipart/form-data.")
    faults: dict[str, list[str]] = {}
    fields: dict[str, str] = {}
    for name, values in data.lists():
        if name == "file":
            if len(values) > 1 or not isinstance(values[0], UploadedFile):
                faults[name] = ["Must be one file."]
        elif name not in _FIELDS:
            faults[name] = ["There is no such field."]
        elif len(values) > 1 or not isinstance(values[0], str):
            faults[name] = ["Must be one text."]
        elif holds_nul(values[0]):
            faults[name] = ["May not hold the character U+0000."]
        else:
            fields[name] = values[0]
    if "file" not in data:
        faults["file"] = ["No file was sent."]
    file: Any = data.get("file")
    if faults or not isinstance(file, UploadedFile):
        raise Malformed("The upload is not valid.", code="invalid", fields=faults)
    return file, fields


def _read(fields: dict[str, str], name: str, reader: Any) -> Any:
    """One optional field, read; an empty one counts as absent, since forms send those."""
    text = fields.get(name, "")
    if not text:
        return None
    try:
        return reader(text)
    except ValueError as error:
        raise Malformed("The upload is not valid.", code="invalid", fields={name: [str(error)]}) from None


def _read_mapping(text: str) -> dict[str, str | None]:
    try:
        mapping = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("Not valid JSON.") from None
    if not isinstance(mapping, dict) or not all(value is None or isinstance(value, str) for value in mapping.values()):
        raise ValueError("Must be an object of columns and field names (or null).")
    if holds_nul(mapping):
        raise ValueError("May not hold the character U+0000.")
    return mapping


def _find(request: Request, import_id: uuid.UUID | None) -> Import | None:
    if import_id is None:
        return lifecycle.newest(person_of(request))
    import_ = Import.objects.filter(pk=import_id).first()
    if import_ is None:
        raise NotFound("There is no such import.", code="import_not_found")
    return import_


def _job_from(description: str, person: User) -> Job:
    """A job with a rubric drawn from its description by matching alone: an upload does not wait for a model."""
    title = description.splitlines()[0].strip(" #*:\t")[:JOB_TITLE_LENGTH] or "Untitled job"
    draft = rubric.from_description(title, description)
    with transaction.atomic():
        job = Job.objects.create(title=title, description=description, role_type=draft.role_type[:60], made_by=person)
        if draft.criteria:
            rubric.save(job, draft, actor=person)
    return job


def _too_large() -> str:
    return f"The file is larger than {settings.IMPORT_MAX_BYTES // 1024**2:,} MiB."
