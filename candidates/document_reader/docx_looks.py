"""How a run of a Word file is drawn: what its defaults, styles and own properties say, in this order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from candidates.document_reader.colours import BLACK, WHITE, Colour, of_hex, unreadable

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
# Half-points: text of two points or less is a speck. Lines and rows are counted in twentieths of a point.
TINY_HALF_POINTS = 4
TINY_TWIPS = 40
# Half-points that a run may be raised or lowered: more, and it leaves the page.
MOST_RAISED = 1_400
# A background of which nobody knows the colour: a picture, a theme's colour, a pattern.
UNKNOWN: Colour = (-1.0, -1.0, -1.0)
NO_CONTRAST = "in the colour of its background"

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
    """How a run is drawn; None: nothing was said. `place` says why nobody sees what stands there, however drawn."""

    vanished: bool | None = None
    colour: Colour | None = None
    half_points: float | None = None
    behind: Colour | None = None
    scale: float | None = None
    place: str | None = None

    def over(self, other: Look) -> Look:
        """This look, with what it does not say taken from `other`."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(other, **said)

    def fault(self) -> str | None:
        """Why nobody sees text of this look, or None."""
        if self.vanished:
            return "marked as hidden"
        if self.place:
            return self.place
        if self.half_points is not None and self.half_points <= TINY_HALF_POINTS:
            return "in letters too small to see"
        if self.scale is not None and self.scale <= 5:
            return "in letters too narrow to see"
        if self.behind is not UNKNOWN and self.colour is not None and unreadable(self.colour, self.behind or WHITE):
            return NO_CONTRAST
        return None


class Styles:
    """The looks of a document's styles by id, each with those that it is based on worked in."""

    def __init__(self, root: etree._Element | None) -> None:
        self.default = Look()
        self._own: dict[str, tuple[Look, str | None]] = {}
        self.paragraph: str | None = None
        if root is None:
            return
        properties = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        if properties is not None:
            self.default = look_of(properties)
        for style in root.iter(f"{W}style"):
            based = style.find(f"{W}basedOn")
            own = look_of(style.find(f"{W}rPr"))
            paragraph = style.find(f"{W}pPr")
            behind = shading(paragraph.find(f"{W}shd")) if paragraph is not None else None
            name = style.get(f"{W}styleId", "")
            self._own[name] = (
                replace(own, behind=own.behind or behind, place=own.place or place_of(paragraph)),
                based.get(f"{W}val") if based is not None else None,
            )
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true"):
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
    colour = properties.find(f"{W}color")
    size = properties.find(f"{W}sz")
    scale = properties.find(f"{W}w")
    highlight = properties.find(f"{W}highlight")
    behind = _HIGHLIGHTS.get(highlight.get(f"{W}val", "")) if highlight is not None else None
    shown: Colour | None = None
    if colour is not None:
        shown = of_hex(colour.get(f"{W}val", ""))
        if shown is None:
            theme = colour.get(f"{W}themeColor", "")
            shown = WHITE if theme in ("background1", "light1") else BLACK
    vanish = [
        # Not webHidden: that is printed, and only left out of a page of the web.
        mark
        for name in ("vanish", "specVanish")
        if (mark := properties.find(W + name)) is not None
    ]
    raised = number(properties.find(f"{W}position"))
    place = "off the page" if raised is not None and abs(raised) >= MOST_RAISED else None
    fill = properties.find(f"{_W14}textFill")
    if fill is not None and _is_clear(fill):
        place = "fully transparent"
    return Look(
        place=place,
        vanished=any(mark.get(f"{W}val", "1") not in ("0", "false", "off") for mark in vanish) if vanish else None,
        colour=shown,
        half_points=number(size),
        behind=behind or shading(properties.find(f"{W}shd")),
        scale=number(scale),
    )


def number(element: etree._Element | None) -> float | None:
    try:
        return float(element.get(f"{W}val", "")) if element is not None else None
    except ValueError:
        return None


def shading(element: etree._Element | None) -> Colour | None:
    if element is None:
        return None
    pattern = element.get(f"{W}val", "clear")
    return of_hex(element.get(f"{W}color" if pattern == "solid" else f"{W}fill", ""))


def place_of(properties: etree._Element | None, width: float = 12_240.0) -> str | None:
    """Why nobody sees what stands in a paragraph with these w:pPr: off a page of `width` twips, or in no line."""
    if properties is None:
        return None
    spacing = properties.find(f"{W}spacing")
    if spacing is not None and spacing.get(f"{W}lineRule") == "exact":
        line = _twips(spacing, "line")
        if line is not None and line <= TINY_TWIPS:
            return "in lines too low to see"
    indent = properties.find(f"{W}ind")
    if indent is not None:
        left = _twips(indent, "left")
        left = _twips(indent, "start") if left is None else left
        if left is not None and abs(left) >= width:
            return "off the page"
    frame = properties.find(f"{W}framePr")
    if frame is not None and any(abs(_twips(frame, name) or 0) >= 1.5 * width for name in ("x", "y")):
        return "off the page"
    return None


def row_place(row: etree._Element) -> str | None:
    """Why nobody sees a table's row."""
    properties = row.find(f"{W}trPr")
    if properties is None:
        return None
    height = properties.find(f"{W}trHeight")
    if height is not None and height.get(f"{W}hRule") == "exact" and (_twips(height, "val") or 0) <= TINY_TWIPS:
        return "in a row too low to see"
    return "marked as hidden" if properties.find(f"{W}hidden") is not None else None


def _twips(element: etree._Element, name: str) -> float | None:
    try:
        return float(element.get(W + name, ""))
    except ValueError:
        return None


def _is_clear(fill: etree._Element) -> bool:
    """Whether letters are filled with nothing. Word counts alpha as what shines through."""
    if fill.find(f"{_W14}noFill") is not None:
        return True
    for alpha in fill.iter(f"{_W14}alpha"):
        try:
            if float(alpha.get(f"{_W14}val", "0").rstrip("%")) >= 95_000:
                return True
        except ValueError:
            continue
    return False
