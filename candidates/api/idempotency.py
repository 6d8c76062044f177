"""`Idempotency-Key`: a POST that is sent again, because its answer was lost on the way, is done once.

The key is written down before the work begins and the answer after it. The same key with the same request gets the
stored answer; with another request it is refused; while the first is still being answered it is told to wait. Answers
of 5xx and 429 are not kept: those are to be tried again. Keys live for a day.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Concatenate, cast
from uuid import UUID

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.errors import Malformed
from accounts.models import User
from candidates.api.errors import KeyReused, StillAnswering
from candidates.models import IdempotentAnswer
from llm.errors import GreenroomError

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
# A request that has not ended by then died with its process; its key may be taken over.
ABANDONED_AFTER = timedelta(minutes=15)

Handler = Callable[Concatenate[Any, Request, ...], HttpResponseBase]


def once_per_key(handler: Handler) -> Handler:
    """Wrap a view's `post` so that it honours the header. A request without the header passes untouched."""

    @functools.wraps(handler)
    def wrapped(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        # Keys belong to accounts. Who has none (the holder of a room's token) may only do what twice is once anyway.
        if key is None or not isinstance(request.user, User):
            return handler(view, request, *args, **kwargs)
        if not 1 <= len(key) <= 255 or not key.isprintable():
            raise Malformed(f"{HEADER} must have 1 to 255 printable characters.", fields={HEADER: ["Not valid."]})
        record = _claim(request, key, digest_of(request))
        if record.status is not None:
            return Response(record.body, status=record.status, headers={"Idempotent-Replayed": "true"})
        try:
            response = _answer(view, handler, request, *args, **kwargs)
        except BaseException:
            record.delete()
            raise
        if response.status_code >= 500 or response.status_code == 429:
            record.delete()
        else:
            record.status = response.status_code
            record.body = orjson.loads(JSONRenderer().render(response.data)) if response.data is not None else None
            record.save(update_fields=["status", "body"])
        return response

    return wrapped


def _answer(view: APIView, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Response:
    """The handler's answer; an error that it foresees is an answer too."""
    try:
        response = handler(view, request, *args, **kwargs)
    except (GreenroomError, APIException) as error:
        response = view.handle_exception(error)
    if not isinstance(response, Response):
        raise TypeError(f"{type(view).__name__}.post must answer with a DRF Response")
    return response


def _claim(request: Request, key: str, digest: str) -> IdempotentAnswer:
    """The key's row: fresh (status null) for this request to fill, or with the answer to give again."""
    now = timezone.now()
    mine = {"request_digest": digest, "status": None, "body": None, "created_at": now}
    person = cast(UUID, request.user.pk)
    rows = IdempotentAnswer.objects.filter(user_id=person, key=key)
    record, made = IdempotentAnswer.objects.get_or_create(user_id=person, key=key, defaults={"request_digest": digest})
    if made:
        return record
    expired = record.created_at < now - KEPT_FOR
    abandoned = record.status is None and record.created_at < now - ABANDONED_AFTER
    # Compare-and-set on the time: of several that find the same dead row, one takes it over.
    if (expired or abandoned) and rows.filter(created_at=record.created_at).update(**mine):
        record.refresh_from_db()
        return record
    if record.request_digest != digest:
        raise KeyReused(f"This {HEADER} was used for another request. Send a new one.")
    if record.status is None:
        raise StillAnswering("The first request with this key is still being answered.", retry_after=1)
    return record


def digest_of(request: Request) -> str:
    """SHA-256 over what was asked: method, address and content.

    JSON counts by its values (key order and spaces don't matter), a multipart body by its fields and the bytes of its
    files, read in chunks: its boundary differs at each sending.
    """
    digest = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            digest.update(len(raw).to_bytes(8, "big") + raw)

    add(request.method or "", request.get_full_path())
    data = request.data
    if not hasattr(data, "lists"):
        add(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
        return digest.hexdigest()
    fields: Iterable[tuple[str, list[Any]]] = sorted(data.lists(), key=lambda pair: pair[0])
    for name, values in fields:
        for value in values:
            if isinstance(value, UploadedFile):
                content = hashlib.sha256()
                for chunk in value.chunks():
                    content.update(chunk)
                value.seek(0)
                add("file", name, value.name or "", content.digest())
            else:
                add("field", name, str(value))
    return digest.hexdigest()


def purge() -> int:
    """Forget the keys that are older than a day; return how many."""
    return IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
