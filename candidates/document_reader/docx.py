"""Word files: the text as Word shows it, read from the XML itself so that nothing hidden slips through.

A run's look comes from the defaults, its paragraph's style, its own style and its own properties, in this order.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace

from lxml import etree

from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable
from candidates.document_reader.colours import BLACK, WHITE, Colour, of_hex, unreadable

MOST_ENTRIES = 2_000
MOST_PART_BYTES = 30 * 1024**2
MOST_BYTES = 60 * 1024**2
# Half-points: text of two points or less is a speck.
TINY_HALF_POINTS = 4
MOST_DEPTH = 250

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
# What Word does not show: deleted and moved text, field codes, properties.
_SKIPPED = frozenset(_W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "tblPr", "sectPr"))
_HIGHLIGHTS: dict[str, Colour] = {
    "black": BLACK,
    "white": WHITE,
    "yellow": (1, 1, 0),
    "green": (0, 1, 0),
    "cyan": (0, 1, 1),
    "magenta": (1, 0, 1),
    "blue": (0, 0, 1),
    "red": (1, 0, 0),
    "darkBlue": (0, 0, 0.5),
    "darkCyan": (0, 0.5, 0.5),
    "darkGreen": (0, 0.5, 0),
    "darkMagenta": (0.5, 0, 0.5),
    "darkRed": (0.5, 0, 0),
    "darkYellow": (0.5, 0.5, 0),
    "darkGray": (0.5, 0.5, 0.5),
    "lightGray": (0.75, 0.75, 0.75),
}


@dataclass(frozen=True)
class Look:
    """How a run is drawn; None: nothing was said."""

    vanished: bool | None = None
    colour: Colour | None = None
    half_points: float | None = None
    behind: Colour | None = None
    scale: float | None = None

    def over(self, other: Look) -> Look:
        """This look, with what it does not say taken from `other`."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(other, **said)

    def fault(self) -> str | None:
        """Why nobody sees text of this look, or None."""
        if self.vanished:
            return "marked as hidden"
        if self.half_points is not None and self.half_points <= TINY_HALF_POINTS:
            return "in letters too small to see"
        if self.scale is not None and self.scale <= 5:
            return "in letters too narrow to see"
        if self.colour is not None and unreadable(self.colour, self.behind or WHITE):
            return "in the colour of its background"
        return None


def read(content: bytes, reading: Reading) -> None:
    """Read a DOCX. Raises Unreadable for what is none, is protected, or would unpack to too much."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError) as error:
        if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise Unreadable("It is protected by a password, or in the old .doc format.") from error
        raise Unreadable("The file is broken.") from error
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES * 4:
        raise Unreadable("It is too large when unpacked.")
    parts = sorted((entry for entry in entries if _PARTS.fullmatch(entry.filename)), key=lambda entry: entry.filename)
    if not any(entry.filename == "word/document.xml" for entry in parts):
        raise Unreadable("It is no Word document.")
    budget = MOST_BYTES
    styles = Styles(None)
    if (found := next((entry for entry in entries if entry.filename == "word/styles.xml"), None)) is not None:
        data = _unpacked(archive, found, budget)
        budget -= len(data)
        styles = Styles(_parsed(data))
    pieces = []
    # The document itself first, then headers, footers and notes.
    for entry in sorted(parts, key=lambda entry: entry.filename != "word/document.xml"):
        data = _unpacked(archive, entry, budget)
        budget -= len(data)
        root = _parsed(data)
        page = root.find(f"{_W}background")
        behind = of_hex(page.get(f"{_W}color", "")) if page is not None else None
        walk = _Walk(styles, reading)
        walk.block(root, Look(behind=behind), 0)
        walk.flush()
        pieces.append("".join(walk.pieces))
        if sum(map(len, pieces)) > MOST_CHARACTERS:
            break
    reading.text = "\n".join(piece.strip() for piece in pieces if piece.strip())


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> bytes:
    """One part, never more than the limit whatever its header claims."""
    limit = min(MOST_PART_BYTES, budget)
    if entry.flag_bits & 1:
        raise Unreadable("It is protected by a password.")
    with archive.open(entry) as part:
        data = part.read(limit + 1)
    if len(data) > limit:
        raise Unreadable("It is too large when unpacked.")
    return data


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)  # entities, network and DTDs are off
    except etree.XMLSyntaxError as error:
        raise Unreadable("The file is broken.") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("It has a document type declaration, which no Word file has.")
    if _STRICT in (root.nsmap or {}).values():
        data = data.replace(_STRICT.encode(), _W[1:-1].encode())
        root = etree.fromstring(data, parser)
    return root


class Styles:
    """The looks of a document's styles by id, each with those that it is based on worked in."""

    def __init__(self, root: etree._Element | None) -> None:
        self.default = Look()
        self._own: dict[str, tuple[Look, str | None]] = {}
        self.paragraph: str | None = None
        if root is None:
            return
        properties = root.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr")
        if properties is not None:
            self.default = look_of(properties)
        for style in root.iter(f"{_W}style"):
            based = style.find(f"{_W}basedOn")
            own = look_of(style.find(f"{_W}rPr"))
            behind = _shading(style.find(f"{_W}pPr/{_W}shd"))
            name = style.get(f"{_W}styleId", "")
            self._own[name] = (
                replace(own, behind=own.behind or behind),
                based.get(f"{_W}val") if based is not None else None,
            )
            if style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") in ("1", "true"):
                self.paragraph = name

    def of(self, name: str | None) -> Look:
        look = Look()
        for _ in range(20):  # a chain of styles that goes round in circles ends here
            if name is None or name not in self._own:
                break
            own, name = self._own[name]
            look = look.over(own)
        return look


def look_of(properties: etree._Element | None) -> Look:
    """What a w:rPr element says."""
    if properties is None:
        return Look()
    colour = properties.find(f"{_W}color")
    size = properties.find(f"{_W}sz")
    scale = properties.find(f"{_W}w")
    highlight = properties.find(f"{_W}highlight")
    behind = _HIGHLIGHTS.get(highlight.get(f"{_W}val", "")) if highlight is not None else None
    shown: Colour | None = None
    if colour is not None:
        shown = of_hex(colour.get(f"{_W}val", ""))
        if shown is None:
            theme = colour.get(f"{_W}themeColor", "")
            shown = WHITE if theme in ("background1", "light1") else BLACK
    vanish = [
        mark for name in ("vanish", "webHidden", "specVanish") if (mark := properties.find(_W + name)) is not None
    ]
    return Look(
        vanished=any(mark.get(f"{_W}val", "1") not in ("0", "false", "off") for mark in vanish) if vanish else None,
        colour=shown,
        half_points=_number(size),
        behind=behind or _shading(properties.find(f"{_W}shd")),
        scale=_number(scale),
    )


def _number(element: etree._Element | None) -> float | None:
    try:
        return float(element.get(f"{_W}val", "")) if element is not None else None
    except ValueError:
        return None


def _shading(element: etree._Element | None) -> Colour | None:
    if element is None:
        return None
    pattern = element.get(f"{_W}val", "clear")
    return of_hex(element.get(f"{_W}color" if pattern == "solid" else f"{_W}fill", ""))


class _Walk:
    """One part from top to bottom: visible text to `pieces`, the rest to the reading's hidden passages."""

    def __init__(self, styles: Styles, reading: Reading) -> None:
        self.styles = styles
        self.reading = reading
        self.pieces: list[str] = []
        self._unseen: list[str] = []
        self._why = ""

    def block(self, node: etree._Element, look: Look, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise Unreadable("The file is broken.")
        for child in node:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SKIPPED or tag == _FALLBACK:
                continue
            if tag == f"{_W}p":
                self._paragraph(child, look, depth)
            elif tag == f"{_W}r":
                self._run(child, look, depth)
            elif tag == f"{_W}tc":
                behind = _shading(child.find(f"{_W}tcPr/{_W}shd"))
                self.block(child, replace(look, behind=behind or look.behind), depth + 1)
                self.pieces.append("\t")
            else:
                self.block(child, look, depth + 1)
                if tag == f"{_W}tr":
                    self.pieces.append("\n")

    def _paragraph(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{_W}pPr")
        style = properties.find(f"{_W}pStyle") if properties is not None else None
        named = self.styles.of(style.get(f"{_W}val") if style is not None else self.styles.paragraph)
        behind = _shading(properties.find(f"{_W}shd")) if properties is not None else None
        drawn = named.over(self.styles.default)
        self.block(node, replace(drawn, behind=behind or drawn.behind or look.behind), depth + 1)
        self.flush()
        self.pieces.append("\n")

    def _run(self, node: etree._Element, look: Look, depth: int) -> None:
        properties = node.find(f"{_W}rPr")
        style = properties.find(f"{_W}rStyle") if properties is not None else None
        named = self.styles.of(style.get(f"{_W}val")) if style is not None else Look()
        drawn = look_of(properties).over(named).over(look)
        for child in node:
            tag = child.tag
            if tag == f"{_W}t":
                self._say(child.text or "", drawn)
            elif tag in (f"{_W}tab", f"{_W}ptab"):
                self._say("\t", drawn)
            elif tag in (f"{_W}br", f"{_W}cr"):
                self._say("\n", drawn)
            elif tag in (f"{_W}noBreakHyphen",):
                self._say("-", drawn)
            elif isinstance(tag, str) and tag not in _SKIPPED and tag != _FALLBACK:
                self.block(child, Look(behind=look.behind), depth + 1)  # a drawing with a text box

    def _say(self, text: str, look: Look) -> None:
        why = look.fault()
        if why is None:
            self.flush()
            self.pieces.append(text)
            return
        if why != self._why:
            self.flush()
        self._why = why
        self._unseen.append(text)

    def flush(self) -> None:
        """End the hidden passage that is being gathered."""
        if self._unseen:
            self.reading.hide("".join(self._unseen), self._why)
            self._unseen = []
