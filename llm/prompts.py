"""Prompts: Markdown files beside their app, loaded once and known by their hash."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps

_NAME = re.compile(r"(?P<app>[a-z][a-z_]*)/(?P<file>[a-z][a-z0-9_-]*)")
# A line of a prompt that stands for the whole of another one, which several have in common.
_INCLUDED = re.compile(rb"(?m)^\{\{ (?P<name>[a-z0-9_/-]+) \}\}\n?")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's name ("candidates/judge"), its text, and the SHA-256 of that text in hex."""

    name: str
    text: str
    hash: str


@functools.cache
def load(name: str) -> Prompt:
    """Read `<app>/prompts/<file>.md` for a name of the form "<app>/<file>".

    The text becomes the system message byte for byte, the same in every call, so that the provider can cache it and the
    ledger can tell by the hash which wording an answer rests on. A line `{{ app/file }}` stands for that file's text.
    Raises ValueError for a name of another form, LookupError for an unknown app, FileNotFoundError for a missing file:
    all three are mistakes of ours, not of a user.
    """
    content = _INCLUDED.sub(lambda found: _content(found["name"].decode()), _content(name))
    return Prompt(name=name, text=content.decode(), hash=hashlib.sha256(content).hexdigest())


def _content(name: str) -> bytes:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"not the name of a prompt: {name!r}")
    path = Path(apps.get_app_config(match["app"]).path) / "prompts" / f"{match['file']}.md"
    return path.read_bytes()
