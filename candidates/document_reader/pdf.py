"""PDF files: the text that stands visibly on the page, and apart from it what is there but cannot be seen.

A letter is hidden if it is drawn invisibly or fully transparent, in the colour of what lies behind it, at two points or
less, off the page, on a layer that is switched off, or under a shape painted over it later.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LAParams, LTChar, LTContainer, LTPage, LTTextContainer
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFObjRef, dict_value, list_value, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.psparser import PSLiteral, literal_name

from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable
from candidates.document_reader.colours import BLACK, WHITE, Colour, of_components, unreadable

MOST_PAGES = 60
TINY_POINTS = 2.0
# A page that is one picture with all its text drawn invisibly is a scan with recognised text: that text is the page's.
SCAN_SHARE = 0.5
_NO_INK = (3, 7)
_UNKNOWN_LETTER = "\ufffd"
Box = tuple[float, float, float, float]


def read(content: bytes, reading: Reading) -> None:
    """Read a PDF. Raises Unreadable for one that is encrypted, broken, a scan without text, or not a PDF."""
    try:
        document = PDFDocument(PDFParser(io.BytesIO(content)))
        if not document.catalog:
            raise Unreadable("The file is broken.")
        device = _Page(PDFResourceManager(), laparams=LAParams(all_texts=True), layers_off=_layers_off(document))
        interpreter = _Interpreter(device.rsrcmgr, device)
        pieces: list[str] = []
        for page in itertools.islice(PDFPage.create_pages(document), MOST_PAGES):
            interpreter.process_page(page)
            pieces.append(_text_of(device.get_result()))
            for why, text in device.unseen:
                reading.hide(text, why)
            if sum(map(len, pieces)) > MOST_CHARACTERS:
                break
    except PDFPasswordIncorrect as error:
        raise Unreadable("It is protected by a password.") from error
    except PDFEncryptionError as error:
        raise Unreadable("It is encrypted in a way that cannot be read.") from error
    except (PSException, AssertionError, RecursionError, TypeError, ValueError, KeyError) as error:
        raise Unreadable("The file is broken.") from error
    text = "\n".join(pieces).strip()
    if not pieces:
        raise Unreadable("It has no pages.")
    if not any(character.isalnum() for character in text):
        if device.pictures:
            raise Unreadable("It is a scan: a picture without text. Please send a file with text.")
        raise Unreadable("It has no text that a person can see.")
    letters = [character for character in text if not character.isspace()]
    if letters.count(_UNKNOWN_LETTER) * 3 > len(letters):
        raise Unreadable("Its fonts do not say which letters they draw.")
    reading.text = text.replace(_UNKNOWN_LETTER, "")


@dataclass(frozen=True, slots=True)
class _Ink:
    """How one letter was drawn, noted while it was."""

    order: int
    colour: Colour | None
    why: str | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """A filled shape or a picture (colour None), in the order of painting."""

    order: int
    box: Box
    colour: Colour | None


class _Page(PDFPageAggregator):
    """Takes a page's drawing, parts hidden letters from the rest, and lays out the rest."""

    def __init__(
        self, rsrcmgr: PDFResourceManager, *, laparams: LAParams | None = None, layers_off: frozenset[int] = frozenset()
    ) -> None:
        super().__init__(rsrcmgr, laparams=laparams)
        self.layers_off = layers_off
        self.alpha = 1.0
        self.unseen: list[tuple[str, str]] = []
        self.pictures = 0
        self._begin()

    def _begin(self) -> None:
        self.hidden_depth = 0
        self.alpha = 1.0
        self._order = 0
        self._render = 0
        self._ink: dict[int, _Ink] = {}
        self._shapes: list[_Shape] = []

    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        self._begin()
        super().begin_page(page, ctm)
        width, height = self.cur_item.width, self.cur_item.height
        self._visible: Box = (0, 0, width, height)
        if page.rotate == 0:
            left, bottom = page.mediabox[0], page.mediabox[1]
            x0, y0, x1, y1 = page.cropbox
            self._visible = (x0 - left, y0 - bottom, x1 - left, y1 - bottom)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        self._render = textstate.render
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(self, *arguments: Any, **named: Any) -> float:
        advance = super().render_char(*arguments, **named)
        letter = self.cur_item._objs[-1]
        assert isinstance(letter, LTChar)  # noqa: S101 - the library has just put it there
        state = letter.graphicstate
        outlined = self._render % 4 == 1
        colour = _colour(state.scolor, state.scs) if outlined else _colour(state.ncolor, state.ncs)
        why = None
        if self.hidden_depth:
            why = "on a layer that is switched off"
        elif self._render in _NO_INK:
            why = "drawn invisibly"
        elif self.alpha <= 0.05:
            why = "fully transparent"
        self._order += 1
        self._ink[id(letter)] = _Ink(self._order, colour, why)
        return advance

    def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:
        before = len(self.cur_item._objs)
        super().paint_path(gstate, stroke, fill, evenodd, path)
        if fill and self.alpha >= 0.95:
            for shape in self.cur_item._objs[before:]:
                self._order += 1
                self._shapes.append(_Shape(self._order, shape.bbox, _colour(gstate.ncolor, gstate.ncs) or BLACK))

    def render_image(self, name: str, stream: Any) -> None:
        super().render_image(name, stream)
        self.pictures += 1
        self._order += 1
        self._shapes.append(_Shape(self._order, self.cur_item.bbox, None))

    def handle_undefined_char(self, font: Any, cid: int) -> str:
        return _UNKNOWN_LETTER

    def end_page(self, page: PDFPage) -> None:
        assert isinstance(self.cur_item, LTPage)  # noqa: S101 - the library's own promise
        self.unseen = []
        letters = list(_letters(self.cur_item))
        faults = {id(letter): self._fault(letter) for letter in letters}
        if self._is_scan(letters, faults):
            faults = dict.fromkeys(faults)
        self._gather([(letter, faults[id(letter)]) for letter in letters])
        _drop(self.cur_item, {key for key, fault in faults.items() if fault})
        super().end_page(page)

    def _is_scan(self, letters: Sequence[LTChar], faults: dict[int, str | None]) -> bool:
        page = self.cur_item.width * self.cur_item.height
        pictured = max((_area(shape.box) for shape in self._shapes if shape.colour is None), default=0.0)
        inked = [letter for letter in letters if letter.get_text().strip()]
        return (
            bool(inked)
            and pictured >= SCAN_SHARE * page
            and all(self._ink[id(letter)].why == "drawn invisibly" for letter in inked)
        )

    def _fault(self, letter: LTChar) -> str | None:
        """Why nobody sees a letter, or None."""
        ink = self._ink[id(letter)]
        if ink.why is not None:
            return ink.why
        x, y = (letter.x0 + letter.x1) / 2, (letter.y0 + letter.y1) / 2
        left, bottom, right, top = self._visible
        if not (left <= x <= right and bottom <= y <= top):
            return "off the page"
        if letter.size <= TINY_POINTS or letter.height <= TINY_POINTS:
            return "in letters too small to see"
        behind: Colour | None = WHITE
        for shape in self._shapes:
            x0, y0, x1, y1 = shape.box
            if not (x0 <= x <= x1 and y0 <= y <= y1):
                continue
            if shape.order < ink.order:
                behind = shape.colour
            elif x0 <= letter.x0 + 1 and letter.x1 - 1 <= x1 and y1 - y0 >= letter.height * 0.6:
                return "under something painted over it"
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


class _Interpreter(PDFPageInterpreter):
    """Adds what the library leaves out: transparency, and layers that are switched off."""

    device: _Page

    def do_q(self) -> None:
        super().do_q()
        self._alphas = [*getattr(self, "_alphas", []), self.device.alpha]

    def do_Q(self) -> None:  # noqa: N802 - the operator's name
        super().do_Q()
        if alphas := getattr(self, "_alphas", None):
            self.device.alpha = alphas.pop()

    def do_gs(self, name: Any) -> None:
        states = dict_value(self.resources.get("ExtGState") or {})
        state = dict_value(states.get(literal_name(name)) or {})
        alpha = resolve1(state.get("ca"))
        if isinstance(alpha, int | float):
            self.device.alpha = float(alpha)

    def do_BMC(self, tag: Any) -> None:  # noqa: N802
        self._marks = [*getattr(self, "_marks", []), False]

    def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802
        off = literal_name(tag) == "OC" and self._is_off(props) if isinstance(tag, PSLiteral) else False
        self._marks = [*getattr(self, "_marks", []), off]
        self.device.hidden_depth += off

    def do_EMC(self) -> None:  # noqa: N802
        if marks := getattr(self, "_marks", None):
            self.device.hidden_depth -= marks.pop()

    def do_Do(self, xobjid_arg: Any) -> None:  # noqa: N802
        form = resolve1(self.xobjmap.get(literal_name(xobjid_arg)))
        off = form is not None and self._layer_is_off(form.get("OC"))
        alpha = self.device.alpha
        self.device.hidden_depth += off
        super().do_Do(xobjid_arg)
        self.device.hidden_depth -= off
        self.device.alpha = alpha

    def _is_off(self, props: Any) -> bool:
        if not isinstance(props, PSLiteral):
            return False
        return self._layer_is_off(dict_value(self.resources.get("Properties") or {}).get(literal_name(props)))

    def _layer_is_off(self, layer: Any) -> bool:
        if isinstance(layer, PDFObjRef) and layer.objid in self.device.layers_off:
            return True
        members = resolve1(layer)
        if isinstance(members, dict) and "OCGs" in members:
            groups = members["OCGs"]
            groups = [groups] if isinstance(groups, PDFObjRef) and not isinstance(resolve1(groups), list) else groups
            listed = list_value(groups)
            return bool(listed) and all(getattr(one, "objid", None) in self.device.layers_off for one in listed)
        return False


def _layers_off(document: PDFDocument) -> frozenset[int]:
    """Object ids of the layers that are switched off when the file is opened."""
    properties = resolve1(document.catalog.get("OCProperties"))
    if not isinstance(properties, dict):
        return frozenset()
    start = dict_value(properties.get("D") or {})
    off = {one.objid for one in list_value(start.get("OFF") or []) if isinstance(one, PDFObjRef)}
    if literal_name(start["BaseState"]) == "OFF" if isinstance(start.get("BaseState"), PSLiteral) else False:
        every = {one.objid for one in list_value(properties.get("OCGs") or []) if isinstance(one, PDFObjRef)}
        off |= every - {one.objid for one in list_value(start.get("ON") or []) if isinstance(one, PDFObjRef)}
    return frozenset(off)


def _colour(value: Any, space: Any) -> Colour | None:
    """A colour of a PDF as RGB; None for patterns and tables of colours, which count as visible."""
    name = getattr(space, "name", "")
    if name in ("Pattern", "Indexed", "Lab"):
        return None
    if name in ("Separation", "DeviceN"):
        # A tint of one ink: 0 is no ink at all.
        tint = value[0] if isinstance(value, tuple | list) and len(value) == 1 else value
        return of_components(1 - tint) if isinstance(tint, int | float) else None
    return of_components(value)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


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


def _text_of(page: LTPage) -> str:
    """The visible text in reading order."""
    return "".join(_boxes(page))


def _boxes(container: LTContainer[Any]) -> Iterator[str]:
    for item in container:
        if isinstance(item, LTTextContainer):
            yield item.get_text().rstrip("\n") + "\n"
        elif isinstance(item, LTContainer):
            yield from _boxes(item)
