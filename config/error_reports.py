"""What Django tells of an unforeseen error, on a debug run's page and in mails to ADMINS, without what opens doors.

Django hides what it knows to be secret by its name: settings, the session's cookie. Here the cookies and tokens of
people who come by a link are secret too, and so is whatever anybody typed. They stand in the variables of each frame,
in addresses and in headers, so that tokens are taken out by their form, wherever in a report they are.
"""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

# Signed tokens (JWT: header, payload, signature) and API keys (accounts.models.ApiKey).
_SECRET = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?|\bgr_[\w-]{20,}")


class ReportFilter(SafeExceptionReporterFilter):
    """Hides every cookie and all that was posted, in debug runs as well."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: a debug run may hold a real person's data."""
        return True

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """The names of the cookies alone."""
        return dict.fromkeys(getattr(request, "COOKIES", {}), self.cleansed_substitute)

    def get_post_parameters(self, request: HttpRequest | None) -> QueryDict:
        """The names of what was posted alone."""
        posted = QueryDict(mutable=True)
        for name in request.POST if request is not None else ():
            posted[name] = self.cleansed_substitute
        return posted


class Reporter(ExceptionReporter):
    """Writes Django's own reports, and takes tokens out of what was written."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(without_secrets(super().get_traceback_text()))


def without_secrets(text: str) -> str:
    """`text` with every signed token and API key in it blotted out."""
    return _SECRET.sub(SafeExceptionReporterFilter.cleansed_substitute, text)
