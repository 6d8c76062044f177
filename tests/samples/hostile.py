"""Files that were made to hurt whoever opens them, byte by byte and always the same; nothing in them runs anything.

    for name, sample in hostile.FILES.items():
        content = sample.make()

`state` is what comes of it: "read", "refused" with `says` in the reason, or "untaken" where it is refused before it is
kept. For files that are read, `says` stands in a warning, or is empty.
"""

from __future__ import annotations

from tests.candidates.paper import VISIBLE
from tests.samples import hostile_docx, hostile_pdf
from tests.samples.hurting import MIB, Sample

TXT = "resume.txt"
TEXTS = {
    "one_line_of_spaces": Sample(lambda: VISIBLE.encode() + b" " * 9 * MIB, "read", "Only the first", TXT),
    "nothing_but_widthless": Sample(
        lambda: VISIBLE.encode() + "\u200b".encode() * 3 * MIB, "read", "Only the first", TXT
    ),
    "marks_on_marks": Sample(lambda: VISIBLE.encode() + "\u0301".encode() * 4 * MIB, "read", "Only the first", TXT),
    "tags_without_end": Sample(
        lambda: VISIBLE.encode() + "\U000e0041".encode() * 2 * MIB, "read", "Only the first", TXT
    ),
    "zeros": Sample(lambda: b"\x00" * MIB, "untaken", "", TXT),
    "program": Sample(lambda: b"MZ\x90\x00\x03" + bytes(range(256)) * 40, "untaken", "", TXT),
    "pdf_by_name_alone": Sample(lambda: VISIBLE.encode(), "read"),
}
FILES = {
    **{f"pdf_{name}": sample for name, sample in hostile_pdf.PDFS.items()},
    **{f"docx_{name}": sample for name, sample in hostile_docx.WORDS.items()},
    **{f"txt_{name}": sample for name, sample in TEXTS.items()},
}
