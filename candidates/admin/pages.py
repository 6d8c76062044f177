"""A page of our own within the console's frame."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def console_page(
    request: HttpRequest, template: str, *, title: str, status: int = 200, context: dict[str, Any]
) -> TemplateResponse:
    """Render `template` (a path below templates/admin/) with the frame's own context."""
    full = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/{template}", full, status=status)


# The way of a file, as the pages of an import show it.
STEPS = ("File", "Columns", "Check", "Import")


def import_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    """One of the pages of imports; `step` in the context says how far the file has come."""
    full = {"steps": list(enumerate(STEPS, start=1)), **context}
    return console_page(request, f"imports/{template}.html", title="Imports", status=status, context=full)


def moment_of(text: str) -> datetime | None:
    """A moment with its time zone, as an address or a form gives it back to us; None for anything else."""
    try:
        found = parse_datetime(text.replace(" ", "+"))  # a "+" in an address is read as a space
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
