"""What stands around every view: rows of browsers that are signed in, and the answer to whoever is locked out.

`browser_sign_ins` keeps a SignIn row for each browser, whichever page signed it in or out. It looks at a request's
session when the answer is ready, and only where something has used the session: requests with a token or a key pay
nothing. A browser that goes on is written down once an hour.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

from asgiref.sync import iscoroutinefunction, sync_to_async
from axes.helpers import get_lockout_response
from axes.middleware import AxesMiddleware
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware

from accounts import tokens
from accounts.browser_sessions import digest_of
from accounts.models import SignIn, SignInEnd, SignInKind, User
from accounts.signing_in import device_of

# In the session: the SignIn's id, and when it was last written down (seconds since 1970).
ID, SEEN = "sign_in", "sign_in_seen"
SEEN_EVERY_SECONDS = 3600

Answer = HttpResponseBase


@sync_and_async_middleware
def browser_sign_ins(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware; stands behind SessionMiddleware, which saves what it changes."""
    if iscoroutinefunction(get_response):
        answer = cast(Callable[[HttpRequest], Awaitable[Answer]], get_response)

        async def later(request: HttpRequest) -> Answer:
            response = await answer(request)
            if _is_due(request):
                await sync_to_async(_keep)(request)
            return response

        return later

    def now(request: HttpRequest) -> Answer:
        response: Answer = get_response(request)
        if _is_due(request):
            _keep(request)
        return response

    return now


class LockedOut(AxesMiddleware):  # type: ignore[misc]  # axes has no types
    """Axes' own, which under ASGI (8.3.1) takes the credentials for the view's answer, and so ended in a 500."""

    async def __acall__(self, request: HttpRequest) -> Answer:
        """The view's answer, or what AXES_LOCKOUT_CALLABLE makes of it."""
        response: Answer = await self.get_response(request)
        if getattr(request, "axes_locked_out", False):
            credentials = getattr(request, "axes_credentials", None)
            response = await sync_to_async(get_lockout_response)(request, response, credentials)
        return response


def _is_due(request: HttpRequest) -> bool:
    """Whether somebody signed in or out in this request, or was last seen an hour ago. Asks no database."""
    session = request.session
    # A session that was used is in memory by now, and one that was not tells nothing new.
    if not session.accessed or not hasattr(session, "_session_cache"):
        return False
    if session.get(SESSION_KEY) is None:
        return bool(session.modified and _cookie(request))
    known = session.get(ID) is not None and session.session_key == _cookie(request)
    return not known or session.get(SEEN, 0) < time.time() - SEEN_EVERY_SECONDS


def _keep(request: HttpRequest) -> None:
    """Bring the row in line with the session."""
    session, cookie = request.session, _cookie(request)
    before = SignIn.objects.filter(digest=digest_of(cookie)) if cookie else SignIn.objects.none()
    if session.get(SESSION_KEY) is None:
        before.end(SignInEnd.SIGNED_OUT)
        return
    if session.session_key is None:
        session.create()
    facts = {
        "digest": digest_of(str(session.session_key)),
        "last_seen_at": timezone.now(),
        "expires_at": timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE),
    }
    session[SEEN] = int(time.time())
    known = session.get(ID)
    # The same browser goes on, perhaps under a new key, as after a change of password.
    if known and SignIn.objects.filter(pk=UUID(known), ended_at=None).update(**facts):
        return
    if cookie and cookie != session.session_key:
        before.end(SignInEnd.SIGNED_OUT)  # somebody else was signed in here
    try:
        with transaction.atomic():
            user_id = User._meta.pk.to_python(session[SESSION_KEY])
            made = SignIn.objects.create(user_id=user_id, kind=SignInKind.BROWSER, device=device_of(request), **facts)
        session[ID] = str(made.pk)
        SignIn.objects.filter(user_id=user_id).end_all_but_newest(tokens.MOST_AT_ONCE)
    except IntegrityError:
        # Two first requests of one session at once, or the account was deleted in this very request.
        return


def _cookie(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
