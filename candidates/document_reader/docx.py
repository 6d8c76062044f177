"""Word files: the text as Word shows it, read from the XML itself so that nothing hidden slips through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from lxml import etree

from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable
from candidates.document_reader import docx_drawings as drawings
from candidates.document_reader.colours import of_hex
from candidates.document_reader.docx_looks import NO_CONTRAST, Look, Styles, W, look_of, place_of, row_place, shading
from candidates.document_reader.docx_package import Package, Relation

MOST_DEPTH = 250
# Light letters before a dark picture or shape are a name on a banner. More of them than this are no heading.
MOST_ON_BACKDROP = 400
_COVERED = "under something painted over it"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_VML_SHAPES = frozenset(drawings.VML + name for name in ("shape", "rect", "roundrect", "oval"))
# What Word does not show: deleted and moved text, field codes, properties.
_SKIPPED = frozenset(W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "tblPr", "sectPr"))
_LOADING = re.compile(r"(?i)\b(?:DDE(?:AUTO)?|INCLUDETEXT|INCLUDEPICTURE)\b")


def read(content: bytes, reading: Reading) -> None:
    """Read a DOCX. Raises Unreadable for what is none, is protected, has macros, or would unpack to too much."""
    package = Package(content)
    package.describe(reading)
    body = package.part(package.main)
    assert body is not None  # noqa: S101 - Package has seen that it is there
    relations = package.relations(package.main)
    named = [one.target for one in relations.values() if one.kind == "styles"]
    styles = Styles(package.part(named[0] if named else "word/styles.xml"))
    others = [root for name in _shown_parts(body, relations) if (root := package.part(name)) is not None]
    if _LOADING.search("".join(_field_codes(body))):
        reading.warn("loads", "It loads something from another place when it is opened.")
    sheet = _sheet(body)
    floating = [drawings.floating(anchor) for root in (body, *others) for anchor in root.iter(f"{drawings.WP}anchor")]
    on_backdrop = MOST_ON_BACKDROP if any(one.backdrop for one in floating) else 0
    pictures = {
        key: drawings.is_opaque_picture(one.target, (package.data(one.target) or b"")[:2_000])
        for key, one in relations.items()
        if one.kind == "image" and any(key == drawn.picture and drawn.is_cover for drawn in floating)
    }
    page = body.find(f"{W}background")
    behind = of_hex(page.get(f"{W}color", "")) if page is not None else None
    pieces: list[str] = []
    for root in (body, *others):
        walk = _Walk(styles, reading, sheet, pictures, _notes_used(body), on_backdrop)
        walk.block(root, Look(behind=behind), 0)
        pieces.append(walk.text())
        on_backdrop = walk.on_backdrop
        if sum(map(len, pieces)) > MOST_CHARACTERS:
            break
    reading.text = "\n".join(piece.strip() for piece in pieces if piece.strip())


def _shown_parts(body: etree._Element, relations: dict[str, Relation]) -> Iterator[str]:
    """Headers and footers that a section names, and notes. What nothing names is not shown by Word, nor read."""
    shown = {
        mark.get(f"{_R}id")
        for name in ("headerReference", "footerReference")
        for mark in body.iter(W + name)
        if mark.get(f"{W}type") != "first" or mark.getparent().find(f"{W}titlePg") is not None
    }
    for key, one in relations.items():
        if one.kind in ("footnotes", "endnotes") or (one.kind in ("header", "footer") and key in shown):
            yield one.target


def _notes_used(body: etree._Element) -> frozenset[tuple[str, str | None]]:
    """The notes that the text refers to, as (footnote or endnote, id)."""
    return frozenset(
        (name, mark.get(f"{W}id")) for name in ("footnote", "endnote") for mark in body.iter(f"{W}{name}Reference")
    )


def _field_codes(body: etree._Element) -> Iterator[str]:
    for element in body.iter(f"{W}instrText", f"{W}fldSimple"):
        yield element.text or element.get(f"{W}instr") or ""


def _sheet(body: etree._Element) -> drawings.Sheet:
    size = body.find(f".//{W}sectPr/{W}pgSz")
    try:
        width, height = (float(size.get(W + name, "")) / 20 for name in ("w", "h")) if size is not None else (0.0, 0.0)
    except ValueError:
        return drawings.Sheet()
    return drawings.Sheet(width, height) if width > 50 and height > 50 else drawings.Sheet()


class _Walk:
    """One part from top to bottom: visible text to `pieces`, the rest to the reading's hidden passages."""

    def __init__(
        self,
        styles: Styles,
        reading: Reading,
        sheet: drawings.Sheet,
        pictures: dict[str, bool],
        notes: frozenset[tuple[str, str | None]],
        on_backdrop: int,
    ) -> None:
        self.styles, self.reading, self.sheet = styles, reading, sheet
        self.pictures, self.notes, self.on_backdrop = pictures, notes, on_backdrop
        # The page that text stands on, and the text; text in drawings stands on none, since it may lie before a cover.
        self._pieces: list[tuple[int, str]] = []
        self._page = 0
        self._in_drawing = 0
        self._covered_pages: set[int] = set()
        self._cover_left = 0.0
        self._unseen: list[str] = []
        self._why = ""

    def text(self) -> str:
        """The visible text; what stands on a page that is covered as a whole goes to the hidden passages."""
        self.flush()
        for page in sorted(self._covered_pages):
            self.reading.hide("".join(text for at, text in self._pieces if at == page), _COVERED)
        return "".join(text for page, text in self._pieces if page not in self._covered_pages)

    def block(self, node: etree._Element, look: Look, depth: int) -> None:
        """Everything in a node, from top to bottom. Raises Unreadable where it is nested deeper than any document."""
        if depth > MOST_DEPTH:
            raise Unreadable("The file is broken.")
        for child in node:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SKIPPED or tag == _FALLBACK:
                continue
            if tag == f"{W}p":
                self._paragraph(child, look, depth)
            elif tag == f"{W}r":
                self._run(child, look, depth)
            elif tag == f"{W}tc":
                behind = shading(child.find(f"{W}tcPr/{W}shd"))
                self.block(child, replace(look, behind=behind or look.behind), depth + 1)
                self._put("\t")
            elif tag == f"{W}tr":
                self.block(child, replace(look, place=look.place or row_place(child)), depth + 1)
                self._put("\n")
            elif tag in (f"{W}footnote", f"{W}endnote"):
                if (tag.removeprefix(W), child.get(f"{W}id")) in self.notes:
                    self.block(child, look, depth + 1)
            elif tag in (f"{drawings.WP}anchor", f"{drawings.WP}inline"):
                self._drawing(child, look, depth)
            elif tag == f"{drawings.WPS}wsp":
                self.block(child, drawings.look_in_shape(child, look), depth + 1)
            elif tag in _VML_SHAPES:
                self._in_drawing += 1
                self.block(child, drawings.look_in_old_shape(child, look), depth + 1)
                self._in_drawing -= 1
            else:
                self.block(child, look, depth + 1)

    def _drawing(self, node: etree._Element, look: Look, depth: int) -> None:
        if node.tag == f"{drawings.WP}anchor" and not self._in_drawing:
            drawn = drawings.floating(node)
            if drawn.is_cover and (drawn.picture is None or self.pictures.get(drawn.picture)):
                if drawn.covers_page(self.sheet):
                    self._covered_pages.add(self._page)
                self._cover_left = max(self._cover_left, drawn.covered_below(self.sheet))
        self._in_drawing += 1
        self.block(node, drawings.look_inside(node, self.sheet, look), depth + 1)
        self._in_drawing -= 1

    def _paragraph(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{W}pPr")
        style = properties.find(f"{W}pStyle") if properties is not None else None
        named = self.styles.of(style.get(f"{W}val") if style is not None else self.styles.paragraph)
        behind = shading(properties.find(f"{W}shd")) if properties is not None else None
        drawn = named.over(self.styles.default)
        place = look.place or place_of(properties, 20 * self.sheet.width) or drawn.place
        start = len(self._pieces)
        look = replace(
            drawn, behind=behind or drawn.behind or look.behind, vanished=look.vanished or drawn.vanished, place=place
        )
        self.block(node, look, depth + 1)
        self.flush()
        if not self._in_drawing and self._cover_left > 0:
            self._cover(start, look)
        self._put("\n")

    def _cover(self, start: int, look: Look) -> None:
        """Take a paragraph from the text that a drawing over it covers as a whole."""
        own = [at for at in range(start, len(self._pieces)) if self._pieces[at][0] >= 0]
        text = "".join(self._pieces[at][1] for at in own)
        size = (look.half_points or 22) / 2
        # More lines, and higher ones, than there can be: text that may stick out counts as seen.
        height = (ceil(len(text) * 0.55 * size / (0.6 * self.sheet.width)) or 1) * 1.3 * size
        if height <= self._cover_left:
            self.reading.hide(text, _COVERED)
            for at in reversed(own):
                del self._pieces[at]
        self._cover_left = max(0.0, self._cover_left - height - 10)

    def _run(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{W}rPr")
        style = properties.find(f"{W}rStyle") if properties is not None else None
        named = self.styles.of(style.get(f"{W}val")) if style is not None else Look()
        drawn = look_of(properties).over(named).over(look)
        for child in node:
            tag = child.tag
            if tag == f"{W}t":
                self._say(child.text or "", drawn)
            elif tag in (f"{W}tab", f"{W}ptab"):
                self._say("\t", drawn)
            elif tag in (f"{W}br", f"{W}cr"):
                if child.get(f"{W}type") == "page":
                    self._page += 1
                self._say("\n", drawn)
            elif tag == f"{W}lastRenderedPageBreak":
                self._page += 1
            elif tag == f"{W}noBreakHyphen":
                self._say("-", drawn)
            elif isinstance(tag, str) and tag not in _SKIPPED and tag != _FALLBACK:
                # A drawing with a text box: it is not drawn as the run is, but hidden where the run is.
                self.block(child, Look(behind=look.behind, vanished=drawn.vanished, place=look.place), depth + 1)

    def _say(self, text: str, look: Look) -> None:
        why = look.fault()
        if why == NO_CONTRAST and look.behind is None and len(text) <= self.on_backdrop:
            self.on_backdrop -= len(text)
            why = None
        if why is None:
            self.flush()
            self._put(text)
            return
        if why != self._why:
            self.flush()
        self._why = why
        self._unseen.append(text)

    def _put(self, text: str) -> None:
        self._pieces.append((-1 if self._in_drawing else self._page, text))

    def flush(self) -> None:
        """End the hidden passage that is being gathered."""
        if self._unseen:
            self.reading.hide("".join(self._unseen), self._why)
            self._unseen = []
