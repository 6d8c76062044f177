"""All files with a sentence that nobody sees (HIDDEN), and those with one that only looks as if it were so (SEEN)."""

from __future__ import annotations

from tests.samples import hidden_docx, hidden_pdf

HIDDEN = hidden_pdf.HIDDEN | hidden_docx.HIDDEN
SEEN = hidden_pdf.SEEN | hidden_docx.SEEN
# Ordinary properties, as programs and people write them.
PROPERTIES = hidden_pdf.PROPERTIES | hidden_docx.PROPERTIES
