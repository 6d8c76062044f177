"""A session on paper: A4, in a Unicode font, with bars for scores."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from django.contrib.staticfiles import finders
from fpdf import FPDF
from fpdf.enums import XPos, YPos

# Told where the font lacks a sign: it has Latin, Greek, Cyrillic, Hebrew, Arabic and more, and no East Asian script.
BOXES = (
    "Some signs of this session are not in the font of this PDF and stand as empty boxes. The same session downloaded "
    "as Markdown holds them all."
)
_BOX = "□"
# What is drawn without a sign of its own: joiners, and how the sign before is to look.
_UNSEEN = ("Cc", "Cf", "Mn", "Zs", "Zl", "Zp")
_LEFTWARDS = ("R", "AL")
_INK, _PALE, _GREEN, _RULE = (28, 36, 33), (100, 112, 106), (23, 122, 92), (222, 228, 225)


class Paper(FPDF):
    """A4 with a Unicode font; what the font has no sign for is drawn as an empty box, which is told; nothing fails.

    `words` is all that will be written. Where some of it runs from right to left, letters are joined and ordered as in
    Arabic or Hebrew, which takes five times as long.
    """

    def __init__(self, words: str) -> None:
        super().__init__(format="A4")
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("Text", style, _font(file))
        self.set_margins(20, 20, 20)
        self.set_auto_page_break(auto=True, margin=20)
        self.set_title("Practice session")
        self.set_creator("Greenroom")
        self.add_page()
        self.set_font("Text", "", 10)
        self.set_text_shaping(any(unicodedata.bidirectional(sign) in _LEFTWARDS for sign in words))
        drawn = self.fonts["text"].cmap  # type: ignore[union-attr]  # added above, so none of PDF's own
        missing = {sign for sign in words if ord(sign) not in drawn}
        unseen = {sign for sign in missing if unicodedata.category(sign) in _UNSEEN}
        self._has_boxes = missing != unseen
        self._drawable = str.maketrans({sign: "" if sign in unseen else _BOX for sign in missing} | {"\t": " "})

    def title_line(self, title: str, date: str) -> None:
        """What it is, and of which day."""
        self._write(title, size=20, style="B", height=10)
        self._write(date, size=10, colour=_PALE, height=6)
        if self._has_boxes:
            self._write(BOXES, size=9, colour=_PALE, height=5)
        self.ln(4)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.ln(5)
        if self.will_page_break(24):  # a heading does not stand alone at the foot of a page
            self.add_page()
        self._write(text, size=13, style="B", colour=_GREEN, height=8)
        self.ln(1)

    def text(self, text: str) -> None:  # type: ignore[override]  # of FPDF's own, which writes at a place
        """A paragraph."""
        self._write(text, height=5.5)
        self.ln(1.5)

    def labelled(self, label: str, text: str) -> None:
        """A paragraph with a word above it, which does not stand alone at the foot of a page."""
        if self.will_page_break(12):
            self.add_page()
        self._write(label, size=9, style="B", colour=_PALE, height=5)
        self.text(text)

    def quote(self, text: str) -> None:
        """Words that somebody said, set in."""
        self.set_left_margin(26)
        self.set_x(26)
        self._write(f"“{text}”", size=9.5, colour=_PALE, height=5)
        self.set_left_margin(20)
        self.set_x(20)
        self.ln(1.5)

    def bar(self, label: str, score: int) -> None:
        """A score from 0 to 100 as a bar with its figure."""
        top = self.get_y()
        self.set_font("Text", "", 9.5)
        self.set_text_color(*_INK)
        self.cell(62, 6.5, label)
        self.set_fill_color(*_RULE)
        self.rect(84, top + 2.2, 86, 2.4, style="F", round_corners=True, corner_radius=1.2)
        if score:
            self.set_fill_color(*_GREEN)
            self.rect(84, top + 2.2, max(2.4, 86 * score / 100), 2.4, style="F", round_corners=True, corner_radius=1.2)
        self.set_xy(174, top)
        self.cell(16, 6.5, str(score), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write(
        self, text: str, *, size: float = 10, style: str = "", colour: tuple[int, int, int] = _INK, height: float = 5
    ) -> None:
        self.set_font("Text", style, size)
        self.set_text_color(*colour)
        for line in text.strip().splitlines():
            align = "R" if _runs_leftwards(line) else "L"
            drawable = line.translate(self._drawable) or " "
            self.multi_cell(0, height, drawable, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _runs_leftwards(line: str) -> bool:
    """Whether the first letter of a line belongs to a script that is written from right to left."""
    sides = (unicodedata.bidirectional(sign) for sign in line)
    return next((side for side in sides if side in ("L", *_LEFTWARDS)), "L") in _LEFTWARDS


def _font(name: str) -> Path:
    """A font that the build put among the static files."""
    found = finders.find(f"built/fonts/{name}")
    if not isinstance(found, str):
        raise FileNotFoundError(f"built/fonts/{name} is missing: run `make frontend`")
    return Path(found)
