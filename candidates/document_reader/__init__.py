"""Read the text of an untrusted file in a process of its own, under limits of memory, time and output.

`python -m candidates.document_reader pdf < file` writes one JSON object: state ("read" or "refused"), reason, text, and
hidden, a list of {"text", "why"}: what a person cannot see but a model would read. Nothing of Django is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_CHARACTERS = 200_000
MOST_HIDDEN = 40
MOST_HIDDEN_CHARACTERS = 2_000


class Unreadable(Exception):
    """A file that gives no text; the message is written for the recruiter."""


@dataclass
class Reading:
    """The text that a person sees, and what they do not."""

    text: str = ""
    hidden: list[dict[str, str]] = field(default_factory=list)

    def hide(self, text: str, why: str) -> None:
        """Note a passage that no reader sees."""
        text = " ".join(text.split())
        if text and len(self.hidden) < MOST_HIDDEN:
            self.hidden.append({"text": text[:MOST_HIDDEN_CHARACTERS], "why": why})
