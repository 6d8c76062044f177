"""What all pages of people with an account have in common: the frame, strict headers, errors told on a page.

@page()
def sign_in(request): ...

@page(signed_in=True)
def account(request): ...
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import frame
from accounts.models import User
from llm.errors import GreenroomError

View = Callable[..., HttpResponse]


def page(*, signed_in: bool = False) -> Callable[[View], View]:
    """Make a page of a view: its headers, and a page of its own for each error of ours that it raises.

    With `signed_in`, whoever is not is sent to the sign-in and back from there; the view may rely on `person(request)`.
    """

    def decorated(view: View) -> View:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            nonce = request.csp_nonce = frame.new_nonce()  # type: ignore[attr-defined]
            if signed_in and not request.user.is_authenticated:
                # A form that was sent can't be sent again by a redirect: then it is back to the start.
                back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
                query = f"?{urlencode({'next': back})}" if back else ""
                response: HttpResponse = HttpResponseRedirect(reverse("accounts:sign-in") + query)
            else:
                try:
                    response = view(request, *args, **kwargs)
                except GreenroomError as error:
                    response = show(request, "coaching/trouble.html", {"message": error.message}, status=error.status)
                    if error.retry_after is not None:
                        response.headers["Retry-After"] = str(error.retry_after)
            if "Content-Security-Policy" not in response.headers:
                response.headers["Content-Security-Policy"] = frame.content_policy(nonce)
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Referrer-Policy", "same-origin")
            return response

        return wrapped

    return decorated


def show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page in the frame of coaching (templates/coaching/frame.html)."""
    shared = frame.facts(request.csp_nonce) | {"is_demo": settings.DEMO}  # type: ignore[attr-defined]
    return render(request, template, shared | (context or {}), status=status)


def person(request: HttpRequest) -> User:
    """Who is signed in, on a page that lets in nobody else."""
    if not isinstance(request.user, User):
        raise TypeError("this page lets in people who are signed in, and nobody else")
    return request.user


def next_page(request: HttpRequest, *, otherwise: str) -> str:
    """Where to go on after signing in: what `next` names, if that is a page of this site; else `otherwise`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise


def on_to(name: str, *args: object) -> HttpResponse:
    """On to another page, by GET."""
    return HttpResponseRedirect(reverse(name, args=args), status=303)
