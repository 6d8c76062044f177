"""What every page must say about the model that answers."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def model_notice(request: HttpRequest) -> dict[str, str]:
    """Give templates `model_notice`: "simulated", "off" (no key), or "" where a real model is configured."""
    if settings.LLM_SIMULATED:
        return {"model_notice": "simulated"}
    return {"model_notice": "" if settings.LLM_API_KEY else "off"}
