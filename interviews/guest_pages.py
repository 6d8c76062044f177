"""What holds for every page of people who come by a link, without an account: of interviews, and of intake above.

Forms are taken from our own pages alone, errors become a plain page that tells nothing, and the headers keep a page to
itself: kept nowhere, framed nowhere, and no address of it is told to anybody.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from accounts import frame
from accounts import links as accounts_links
from interviews import room_page
from llm.errors import GreenroomError

Page = Callable[..., HttpResponse]


class Show(Protocol):
    """Renders one of an app's own templates: `refused.html` and `trouble.html` at least."""

    def __call__(
        self, request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse: ...


class CrossSite(GreenroomError):
    """A form of another site was sent to one of these pages."""

    code = "permission_denied"
    status = 403


def guest_page(show: Show, *, voice: bool = False) -> Callable[[Page], Page]:
    """Make a view one of these pages. With `voice` its scripts may also speak to the LiveKit server.

    Django's own check of forms needs the Referer or Origin header, and `Referrer-Policy: no-referrer` makes browsers
    send none and "null". So where a form comes from is told by Sec-Fetch-Site, which no page can forge, and a form of
    another site comes without the cookie (SameSite=Lax).
    """

    def decorated(view: Page) -> Page:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            nonce = request.csp_nonce = frame.new_nonce()  # type: ignore[attr-defined]
            try:
                if request.method == "POST" and not is_from_here(request):
                    raise CrossSite("This form was sent from another site.")
                response = view(request, *args, **kwargs)
            except (accounts_links.InvalidLink, CrossSite) as error:
                response = show(request, "refused.html", status=error.status)
            except accounts_links.TooManyWrongLinks as error:
                response = show(request, "refused.html", {"is_throttled": True}, status=429)
                response.headers["Retry-After"] = str(error.retry_after or 60)
            except GreenroomError as error:
                response = show(request, "trouble.html", {"message": error.message}, status=error.status)
            room_page.keep_to_itself(response, nonce=nonce, voice=voice)
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return csrf_exempt(wrapped)

    return decorated


def is_from_here(request: HttpRequest) -> bool:
    """Whether a form was sent by a page of this site, or by the person themselves."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin in (None, "null") or urlsplit(origin).netloc == request.get_host()


def shared(request: HttpRequest) -> dict[str, Any]:
    """What the frame of such a page needs (templates/rooms/shell.html)."""
    return frame.facts(request.csp_nonce)  # type: ignore[attr-defined]


def on_to(name: str, *args: object) -> HttpResponse:
    """On to another page, by GET."""
    return HttpResponseRedirect(reverse(name, args=args), status=303)


def in_own_language(view: Page) -> Page:
    """Let a view, and the page of an error in it, choose a language; the thread speaks its own again afterwards."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            return view(request, *args, **kwargs)

    return wrapped
