"""Read the text of an untrusted file in a process of its own, under limits of memory, time and output.

`python -m candidates.document_reader pdf < file` writes one JSON object: state ("read" or "refused"), reason, text,
hidden (a list of {"text", "why"}: what a person cannot see but a model would read), warnings (a list of {"code",
"text"}: what in the file can do more than be read, and what of it was not read) and properties (a list of {"name",
"text"}: title, keywords and the like). Nothing of Django is imported here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

MOST_CHARACTERS = 200_000
MOST_HIDDEN = 40
MOST_HIDDEN_CHARACTERS = 2_000
MOST_WARNINGS = 12
MOST_PROPERTIES = 60


class Unreadable(Exception):
    """A file that gives no text; the message is written for the recruiter."""


class OutOfTime(BaseException):
    """The processor time for one file is used up. No `except Exception` of a library can swallow it."""


@dataclass
class Reading:
    """The text that a person sees, and what they do not."""

    text: str = ""
    hidden: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    properties: list[dict[str, str]] = field(default_factory=list)
    _started: float = field(default_factory=time.process_time)

    @property
    def seconds(self) -> float:
        """Processor time since the reading began."""
        return time.process_time() - self._started

    def hide(self, text: str, why: str) -> None:
        """Note a passage that no reader sees."""
        text = " ".join(text.split())
        if text and len(self.hidden) < MOST_HIDDEN:
            self.hidden.append({"text": text[:MOST_HIDDEN_CHARACTERS], "why": why})

    def warn(self, code: str, text: str) -> None:
        """Note once what whoever opens the file has to know; `text` is one plain sentence."""
        if len(self.warnings) < MOST_WARNINGS and all(one["code"] != code for one in self.warnings):
            self.warnings.append({"code": code, "text": text})

    def describe(self, name: str, text: str) -> None:
        """Note a property of the file that no page shows: title, keywords and the like."""
        text = " ".join(text.split())
        if text and len(self.properties) < MOST_PROPERTIES:
            self.properties.append({"name": name[:100], "text": text[:MOST_HIDDEN_CHARACTERS]})
