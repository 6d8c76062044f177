"""Who opens a socket: from which page, from which address, and as whom.

A handshake carries a browser's cookies whatever page it comes from, and no other check of Django's stands before it.
So the rule is the one that Django has for forms: the Origin must be this very site, or one of CSRF_TRUSTED_ORIGINS. No
page can leave it out or forge it; a program that sends none has no cookies to abuse, and is let through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import cookies
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from accounts import throttling

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """A socket's handshake as a request, as far as it tells who asks: address, headers, cookies. Asks no database."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = str(scope.get("path", ""))
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    request.META = {"REMOTE_ADDR": str(client[0]), "SERVER_NAME": str(server[0]), "SERVER_PORT": str(server[1])}
    for name, value in scope.get("headers", ()):
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        joined = value.decode("latin-1")
        request.META[key] = f"{request.META[key]},{joined}" if key in request.META else joined
    jar: cookies.SimpleCookie = cookies.SimpleCookie()
    try:
        jar.load(request.META.get("HTTP_COOKIE", ""))
    except cookies.CookieError:
        jar = cookies.SimpleCookie()
    request.COOKIES = {name: morsel.value for name, morsel in jar.items()}
    request.META["wsgi.url_scheme"] = "https" if scope.get("scheme") == "wss" else "http"
    return request


def with_person(request: HttpRequest) -> HttpRequest:
    """The same with session and user, read from the database each time: who has signed out is nobody at once."""
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return request


def address_of(scope: dict[str, Any]) -> str:
    """The address that a socket comes from, as it is counted (accounts.throttling)."""
    return throttling.address_of(request_of(scope))


class OwnOrigin:
    """Lets sockets through that come from a page of this site, or from no page at all."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if is_own(scope):
            await self.application(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)


def is_own(scope: dict[str, Any]) -> bool:
    """Whether the page that opens a socket is ours, and the Host one that we serve."""
    origins = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"origin"]
    try:
        host = request_of(scope).get_host()
    except DisallowedHost:
        return False
    if not origins:
        return True
    if len(origins) > 1:
        return False
    try:
        parts = urlsplit(origins[0])
    except ValueError:
        return False
    if origins[0] in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
