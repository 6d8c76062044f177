"""Pictures, shapes and text boxes of a Word file: where they lie, what they hide, and what stands in them.

Word's own layout is not built up again. What is said about a page is taken from the breaks that Word noted when it
saved, and lengths of text are estimated, always so that in doubt text counts as seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from candidates.document_reader.colours import Colour, of_hex, unreadable
from candidates.document_reader.docx_looks import UNKNOWN, Look

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
VML = "{urn:schemas-microsoft-com:vml}"
_EMU_PER_POINT = 12_700
_TINY_POINTS = 2.0
# What covers so much of a page's width and height covers its text.
_PAGE_SHARE = 0.6
_FULL_ALPHA = 95_000
_TOO_SMALL = "in a box too small to see"
_OFF_PAGE = "off the page"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The size of a page in points."""

    width: float = 612.0
    height: float = 792.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that floats. `fill` is None where it has none; sizes and places are points."""

    width: float
    height: float
    is_behind: bool
    is_wrapped: bool
    fill: Colour | None
    is_solid: bool
    picture: str | None
    vertical: tuple[str, float]

    @property
    def is_cover(self) -> bool:
        """Whether it lies over text and shows nothing of it, as far as its fill tells."""
        return not (self.is_behind or self.is_wrapped) and (self.is_solid or self.picture is not None)

    def covers_page(self, sheet: Sheet) -> bool:
        """Whether it covers the page that it hangs on."""
        return self.width >= _PAGE_SHARE * sheet.width and self.height >= _PAGE_SHARE * sheet.height

    def covered_below(self, sheet: Sheet) -> float:
        """How many points of text it covers from the top of its own paragraph on; 0 where that can't be told."""
        frame, offset = self.vertical
        if frame not in ("paragraph", "line") or self.width < _PAGE_SHARE * sheet.width or offset > 3:
            return 0.0
        return self.height + offset

    @property
    def backdrop(self) -> bool:
        """Whether light letters can be read before it."""
        if not self.is_behind:
            return False
        return self.picture is not None or (
            self.fill is not None and (self.fill is UNKNOWN or not _is_light(self.fill))
        )


def floating(anchor: etree._Element) -> Drawing:
    """What a wp:anchor says."""
    width, height = _extent(anchor)
    vertical = anchor.find(f"{WP}positionV")
    offset = _points(vertical.findtext(f"{WP}posOffset")) if vertical is not None else None
    blip = anchor.find(f".//{_PIC}blipFill/{A}blip")
    shape = anchor.find(f".//{WPS}wsp/{WPS}spPr")
    fill, is_solid = _fill(shape)
    return Drawing(
        width=width,
        height=height,
        is_behind=anchor.get("behindDoc") in ("1", "true"),
        is_wrapped=anchor.find(f"{WP}wrapNone") is None,
        fill=fill,
        is_solid=is_solid,
        picture=blip.get(f"{_R}embed") if blip is not None else None,
        vertical=(vertical.get("relativeFrom", "") if vertical is not None else "", offset or 0.0),
    )


def look_inside(drawing: etree._Element, sheet: Sheet, around: Look) -> Look:
    """How text in a wp:anchor or wp:inline is seen as a whole, before its own shape's fill is looked at."""
    inside = Look(vanished=around.vanished, place=around.place)
    named = drawing.find(f"{WP}docPr")
    if named is not None and named.get("hidden") in ("1", "true"):
        return Look(vanished=True)
    width, height = _extent(drawing)
    if drawing.find(f"{WP}extent") is not None and min(width, height) <= _TINY_POINTS:
        return Look(vanished=inside.vanished, place=_TOO_SMALL)
    for axis, size, length in (("positionH", sheet.width, width), ("positionV", sheet.height, height)):
        position = drawing.find(WP + axis)
        offset = _points(position.findtext(f"{WP}posOffset")) if position is not None else None
        if offset is None or position is None:
            continue
        is_on_page = position.get("relativeFrom") == "page"
        if offset >= size or (offset + length <= 0 if is_on_page else offset + length <= -size):
            return Look(vanished=inside.vanished, place=_OFF_PAGE)
    return inside


def look_in_shape(shape: etree._Element, around: Look) -> Look:
    """How text in a wps:wsp is seen: before the shape's own fill."""
    fill, _ = _fill(shape.find(f"{WPS}spPr"))
    if fill is None and _has_styled_fill(shape):
        fill = UNKNOWN
    return Look(vanished=around.vanished, place=around.place, behind=fill or around.behind)


def look_in_old_shape(shape: etree._Element, around: Look) -> Look:
    """How text in a shape of VML is seen."""
    style = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (part.partition(":") for part in shape.get("style", "").split(";")[:60])
    }
    if style.get("visibility") == "hidden" or style.get("display") == "none":
        return Look(vanished=True)
    place = around.place
    for name in ("width", "height"):
        length = _length(style.get(name, ""))
        if length is not None and length <= _TINY_POINTS:
            place = _TOO_SMALL
    for name in ("left", "margin-left", "top", "margin-top"):
        length = _length(style.get(name, ""))
        if length is not None and abs(length) >= 1_400:
            place = _OFF_PAGE
    filled = shape.get("fillcolor")
    behind = around.behind
    if filled is not None and shape.get("filled") not in ("f", "false"):
        behind = of_hex(filled.partition(" ")[0].lstrip("#")) or UNKNOWN
    elif shape.find(f"{VML}fill") is not None or shape.find(f"{VML}imagedata") is not None:
        behind = UNKNOWN
    return Look(vanished=around.vanished, place=place, behind=behind)


def is_opaque_picture(name: str, start: bytes) -> bool:
    """Whether a picture's file lets nothing through, by its name and first bytes."""
    if start[:2] == b"\xff\xd8":
        return True
    if start[:8] == b"\x89PNG\r\n\x1a\n" and len(start) > 26:
        return start[25] in (0, 2, 3) and b"tRNS" not in start
    return start[:2] == b"BM" and name.lower().endswith(".bmp")


def _fill(shape: etree._Element | None) -> tuple[Colour | None, bool]:
    """The colour that a shape is filled with (UNKNOWN for what is no plain colour), and whether it lets nothing by."""
    if shape is None:
        return None, False
    solid = shape.find(f"{A}solidFill")
    if solid is not None:
        alpha = solid.find(f".//{A}alpha")
        is_solid = alpha is None or (_number(alpha.get("val")) or 0) >= _FULL_ALPHA
        plain = solid.find(f"{A}srgbClr")
        colour = of_hex(plain.get("val", "")) if plain is not None and len(plain) == 0 else None
        return colour or UNKNOWN, is_solid
    if any(shape.find(A + name) is not None for name in ("gradFill", "blipFill", "pattFill")):
        return UNKNOWN, False
    return None, False


def _has_styled_fill(shape: etree._Element) -> bool:
    properties = shape.find(f"{WPS}spPr")
    if properties is not None and properties.find(f"{A}noFill") is not None:
        return False
    reference = shape.find(f"{WPS}style/{A}fillRef")
    return reference is not None and reference.get("idx", "0") != "0"


def _is_light(colour: Colour) -> bool:
    return unreadable((1.0, 1.0, 1.0), colour)


def _extent(drawing: etree._Element) -> tuple[float, float]:
    extent = drawing.find(f"{WP}extent")
    if extent is None:
        return 0.0, 0.0
    return _points(extent.get("cx")) or 0.0, _points(extent.get("cy")) or 0.0


def _points(emu: str | None) -> float | None:
    number = _number(emu)
    return None if number is None else number / _EMU_PER_POINT


def _number(text: str | None) -> float | None:
    try:
        return float((text or "").strip())
    except ValueError:
        return None


_LENGTH = re.compile(r"(-?[\d.]+)(pt|in|cm|mm|px)?$")
_UNITS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, None: 0.75}


def _length(text: str) -> float | None:
    match = _LENGTH.match(text)
    number = _number(match[1]) if match else None
    return None if match is None or number is None else number * _UNITS[match[2]]
