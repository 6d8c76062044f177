"""One page of a PDF as it is drawn: each letter with its ink, everything painted, and which letters nobody sees.

A letter is hidden if it is drawn invisibly or fully transparent, in the colour of what lies behind it, at two points or
less, squeezed together, off the page, outside of what is drawn at all, on a layer that is switched off, or under
something painted over it later.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import (
    LAParams,
    LTChar,
    LTContainer,
    LTFigure,
    LTPage,
    LTTextBox,
    LTTextContainer,
    LTTextGroup,
    LTTextGroupLRTB,
)
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.utils import apply_matrix_pt, apply_matrix_rect, mult_matrix

from candidates.document_reader import Unreadable
from candidates.document_reader.colours import Colour, of_space, unreadable
from candidates.document_reader.shapes import Box, Painted, Point, Polygon, Shape, area, box_of, common, curve, is_box

TINY_POINTS = 2.0
# Per cent of the letters' own width.
NARROW = 5.0
FAINT = 0.05
SOLID = 0.95
MOST_LETTERS_ON_A_PAGE = 60_000
# Forms and pictures: a form may draw a form ten times, which draws the next one ten times.
MOST_DRAWINGS_ON_A_PAGE = 10_000
# Joining boxes of text in reading order compares each with each other; from here on they are read from top to bottom.
MOST_BOXES = 250
# A page that is one picture with all its text drawn invisibly is a scan with recognised text: that text is the page's.
SCAN_SHARE = 0.5
MOST_MASK_BYTES = 4 * 1024**2
UNKNOWN_LETTER = "\ufffd"
_NO_INK = (3, 7)
_INVISIBLE = "drawn invisibly"


@dataclass(frozen=True, slots=True)
class State:
    """What the library does not keep of the graphics state. `clip` is what is drawn at all."""

    clip: Box
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    is_masked: bool = False
    is_blended: bool = False


@dataclass(frozen=True, slots=True)
class _Ink:
    """How one letter was drawn, noted while it was."""

    order: int
    colour: Colour | None
    clip: Box
    why: str | None


class _Flat:
    """Reads the boxes of a crowded page or figure from top to bottom instead of comparing each with each other."""

    def group_textboxes(self, laparams: LAParams, boxes: Sequence[LTTextBox]) -> list[LTTextGroup]:
        if len(boxes) > MOST_BOXES:
            return [LTTextGroupLRTB(boxes)]
        found: list[LTTextGroup] = super().group_textboxes(laparams, boxes)  # type: ignore[misc]
        return found


class _Sheet(_Flat, LTPage):
    pass


class _Figure(_Flat, LTFigure):
    pass


class Page(PDFPageAggregator):
    """Takes a page's drawing, parts hidden letters from the rest, and lays out the rest."""

    def __init__(self, rsrcmgr: PDFResourceManager, *, layers_off: frozenset[int] = frozenset()) -> None:
        super().__init__(rsrcmgr, laparams=LAParams(all_texts=True))
        self.layers_off = layers_off
        self.unseen: list[tuple[str, str]] = []
        self.pictures = 0
        self._begin((0, 0, 1, 1))

    def _begin(self, sheet: Box) -> None:
        self.hidden_depth = 0
        self.state = State(clip=sheet)
        self._order = 0
        self._render = 0
        self._scaling = 100.0
        self._letters = 0
        self._drawings = 0
        self._pictured = 0.0
        self._ink: dict[int, _Ink] = {}
        self._painted = Painted(sheet)

    # --- what the library calls ---------------------------------------------------------------------------------------
    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        super().begin_page(page, ctm)
        size = (0.0, 0.0, self.cur_item.width, self.cur_item.height)
        self.cur_item = _Sheet(self.pageno, size)
        self._begin(common(size, apply_matrix_rect(ctm, page.cropbox)))

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:
        self._stack.append(self.cur_item)
        self.cur_item = _Figure(name, bbox, mult_matrix(matrix, self.ctm))

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        self._render, self._scaling = textstate.render, textstate.scaling
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(self, *arguments: Any, **named: Any) -> float:
        self._letters += 1
        if self._letters > MOST_LETTERS_ON_A_PAGE:
            raise Unreadable("It has more text on a page than a person could read.")
        advance: float = super().render_char(*arguments, **named)
        letter = self.cur_item._objs[-1]
        assert isinstance(letter, LTChar)  # noqa: S101 - the library has just put it there
        drawn = letter.graphicstate
        is_outlined = self._render % 4 == 1
        colour = of_space(drawn.scolor, drawn.scs) if is_outlined else of_space(drawn.ncolor, drawn.ncs)
        why = None
        if self.hidden_depth:
            why = "on a layer that is switched off"
        elif self._render in _NO_INK:
            why = _INVISIBLE
        elif self.state.is_masked or (self.state.stroke_alpha if is_outlined else self.state.fill_alpha) <= FAINT:
            why = "fully transparent"
        elif abs(self._scaling) <= NARROW:
            why = "in letters too narrow to see"
        self._order += 1
        self._ink[id(letter)] = _Ink(self._order, colour, self.state.clip, why)
        return advance

    def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:
        """Note what is painted. The library's own objects for it are not made: no text rests on them."""
        if self.hidden_depth or self.state.is_masked:
            return
        polygons = self.polygons(path)
        if fill and polygons:
            outline = None if is_box(polygons) else tuple(polygons)
            box = common(box_of([point for polygon in polygons for point in polygon]), self.state.clip)
            self._paint(box, of_space(gstate.ncolor, gstate.ncs), outline=outline, is_even_odd=evenodd)
        width = float(gstate.linewidth or 0)
        if stroke and width > 2:
            # A thick line is a painted area; those that run level or upright are all that anybody hides text with.
            colour = of_space(gstate.scolor, gstate.scs)
            for polygon in polygons:
                for (ax, ay), (bx, by) in itertools.pairwise(polygon):
                    if abs(ax - bx) > 0.5 and abs(ay - by) > 0.5:
                        continue
                    across, along = (0.0, width / 2) if abs(ay - by) <= 0.5 else (width / 2, 0.0)
                    x0, y0, x1, y1 = box_of([(ax, ay), (bx, by)])
                    box = (x0 - across, y0 - along, x1 + across, y1 + along)
                    self._paint(common(box, self.state.clip), colour, alpha=self.state.stroke_alpha)

    def render_image(self, name: str, stream: Any) -> None:
        super().render_image(name, stream)
        self.pictures += 1
        if self.hidden_depth or self.state.is_masked:
            return
        box = common(self.cur_item.bbox, self.state.clip)
        self._pictured = max(self._pictured, area(box))
        self._paint(box, None, cover=_cover(stream))

    def handle_undefined_char(self, font: Any, cid: int) -> str:
        return UNKNOWN_LETTER

    def end_page(self, page: PDFPage) -> None:
        assert isinstance(self.cur_item, LTPage)  # noqa: S101 - the library's own promise
        self.unseen = []
        letters = list(_letters(self.cur_item))
        faults = {id(letter): self._fault(letter) for letter in letters}
        if self._is_scan(letters):
            faults = dict.fromkeys(faults)
        self._gather([(letter, faults[id(letter)]) for letter in letters])
        _drop(self.cur_item, {key for key, fault in faults.items() if fault})
        super().end_page(page)
        self._ink.clear()

    # --- what the interpreter calls -----------------------------------------------------------------------------------
    def polygons(self, path: Sequence[Any]) -> list[Polygon]:
        """A path as polygons on the page, its curves cut into four."""
        found: list[Polygon] = []
        points: list[Point] = []
        for name, *numbers in path:
            if name == "m":
                if len(points) > 1:
                    found.append(tuple(points))
                points = [apply_matrix_pt(self.ctm, (numbers[0], numbers[1]))]
            elif name == "h":
                if points and points[-1] != points[0]:
                    points.append(points[0])
            elif points:
                given = [
                    apply_matrix_pt(self.ctm, (numbers[at], numbers[at + 1])) for at in range(0, len(numbers) - 1, 2)
                ]
                points += given if name == "l" else curve(name, points[-1], given)
        if len(points) > 1:
            found.append(tuple(points))
        return found

    def clip(self, path: Sequence[Any]) -> None:
        """From here on only what lies within the path is drawn."""
        polygons = self.polygons(path)
        within = box_of([point for polygon in polygons for point in polygon]) if polygons else (0.0, 0.0, 0.0, 0.0)
        self.state = replace(self.state, clip=common(self.state.clip, within))

    def count_drawing(self) -> None:
        """Count a form or picture. Raises Unreadable where there are more than anybody draws."""
        self._drawings += 1
        if self._drawings > MOST_DRAWINGS_ON_A_PAGE:
            raise Unreadable("It has more drawn on a page than can be checked.")

    def shade(self) -> None:
        """Note a flow of colours over all that is drawn at all."""
        if not self.hidden_depth and not self.state.is_masked:
            self._paint(self.state.clip, None)

    # --- what is seen -------------------------------------------------------------------------------------------------
    def _paint(
        self,
        box: Box,
        colour: Colour | None,
        *,
        outline: tuple[Polygon, ...] | None = None,
        is_even_odd: bool = False,
        cover: tuple[float, float] = (1.0, 1.0),
        alpha: float | None = None,
    ) -> None:
        alpha = self.state.fill_alpha if alpha is None else alpha
        least, most = alpha * cover[0], alpha * cover[1]
        if most <= FAINT:
            return
        self._order += 1
        if self.state.is_blended:
            # What is multiplied with what lies under it, as a marker's line is, lets letters through.
            least, colour = 0.0, None
        self._painted.add(Shape(self._order, box, colour, alpha, least >= SOLID, outline, is_even_odd))

    def _is_scan(self, letters: Sequence[LTChar]) -> bool:
        page = self.cur_item.width * self.cur_item.height
        inked = [letter for letter in letters if letter.get_text().strip()]
        return (
            bool(inked)
            and self._pictured >= SCAN_SHARE * page
            and all(self._ink[id(letter)].why == _INVISIBLE for letter in inked)
        )

    def _fault(self, letter: LTChar) -> str | None:
        """Why nobody sees a letter, or None."""
        ink = self._ink[id(letter)]
        if ink.why is not None:
            return ink.why
        x, y = (letter.x0 + letter.x1) / 2, (letter.y0 + letter.y1) / 2
        if not (0 <= x <= self.cur_item.width and 0 <= y <= self.cur_item.height):
            return "off the page"
        if letter.size <= TINY_POINTS or letter.height <= TINY_POINTS:
            return "in letters too small to see"
        left, bottom, right, top = ink.clip
        if not (left <= x <= right and bottom <= y <= top):
            return "outside of what is drawn"
        is_covered = self._painted.is_covered(x, y, after=ink.order)
        if is_covered and self._painted.covers(letter.bbox, after=ink.order):
            return "under something painted over it"
        behind = self._painted.behind(x, y, before=ink.order)
        if behind is not None and ink.colour is not None and unreadable(ink.colour, behind):
            return "in the colour of its background"
        return None

    def _gather(self, letters: Sequence[tuple[LTChar, str | None]]) -> None:
        """Hidden letters as passages: in the order of drawing, a space where the pen jumped."""
        passage: list[str] = []
        reason: str | None = None
        last: LTChar | None = None
        for letter, fault in letters:
            text = letter.get_text()
            if fault != reason and text.strip():
                if passage and reason:
                    self.unseen.append((reason, "".join(passage)))
                passage, reason, last = [], fault, None
            if reason is None:
                continue
            if last is not None:
                jumped = abs(letter.y0 - last.y0) > 0.3 * last.height or not (
                    -0.5 * last.height <= letter.x0 - last.x1 <= 0.2 * max(last.height, 0.1)
                )
                if jumped:
                    passage.append(" ")
            passage.append(text)
            last = letter
        if passage and reason:
            self.unseen.append((reason, "".join(passage)))


def text_of(page: LTPage) -> str:
    """The visible text in reading order."""
    return "".join(_boxes(page))


def _boxes(container: LTContainer[Any]) -> Iterator[str]:
    for item in container:
        if isinstance(item, LTTextContainer):
            yield item.get_text().rstrip("\n") + "\n"
        elif isinstance(item, LTContainer):
            yield from _boxes(item)


def _cover(stream: Any) -> tuple[float, float]:
    """How much of what lies under a picture it hides, where it hides least and where most, from 0 to 1."""
    if resolve1(stream.get_any(("ImageMask", "IM"))) or resolve1(stream.get("Mask")) is not None:
        return 0.0, 1.0
    mask = resolve1(stream.get("SMask"))
    if mask is None:
        return 1.0, 1.0
    # A mask that can't be told from outside may do anything.
    if not isinstance(mask, PDFStream) or (mask.rawdata is not None and len(mask.rawdata) > MOST_MASK_BYTES):
        return 0.0, 1.0
    if resolve1(mask.get("BitsPerComponent")) != 8 or any("DCT" in str(name) for name, _ in mask.get_filters()):
        return 0.0, 1.0
    data = mask.get_data()
    return (min(data) / 255, max(data) / 255) if data else (0.0, 1.0)


def _letters(container: LTContainer[Any]) -> Iterator[LTChar]:
    for item in container:
        if isinstance(item, LTChar):
            yield item
        elif isinstance(item, LTContainer):
            yield from _letters(item)


def _drop(container: LTContainer[Any], hidden: set[int]) -> None:
    container._objs = [item for item in container._objs if id(item) not in hidden]
    for item in container._objs:
        if isinstance(item, LTContainer):
            _drop(item, hidden)
