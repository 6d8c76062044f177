"""What the library leaves out of a PDF's drawing: transparency, clipping, shading, and layers that are switched off."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFObjRef, PDFStream, dict_value, list_value, resolve1
from pdfminer.psparser import PSLiteral, literal_name
from pdfminer.utils import MATRIX_IDENTITY, apply_matrix_rect, mult_matrix

from candidates.document_reader import Unreadable
from candidates.document_reader.pdf_page import Page, State
from candidates.document_reader.shapes import common

_PAINTS = re.compile(rb"(?<![^\s\]>)])(?:f\*?|F|B\*?|b\*?|S|s|sh|Do|Tj|TJ|'|\"|EI)(?![^\s])")
# Far more than any program that makes pages uses; a file beyond them is made to be slow.
MOST_STATES = 5_000
MOST_OPERANDS = 20_000
_PLAIN_BLENDS = frozenset({"Normal", "Compatible"})


class Interpreter(PDFPageInterpreter):
    """Keeps beside the library's graphics state what it does not know of, in Page.state."""

    device: Page

    def init_state(self, ctm: Any) -> None:
        super().init_state(ctm)
        self._states: list[State] = []
        self._marks: list[bool] = []
        self._is_clipping = False

    def push(self, obj: Any) -> None:
        super().push(obj)
        if len(self.argstack) > MOST_OPERANDS:
            raise Unreadable("The file is broken.")

    def do_q(self) -> None:
        super().do_q()
        if len(self.gstack) > MOST_STATES:
            raise Unreadable("The file is broken.")
        self._states.append(self.device.state)

    def do_Q(self) -> None:  # noqa: N802 - the operator's name
        super().do_Q()
        if self._states:
            self.device.state = self._states.pop()

    def do_gs(self, name: Any) -> None:
        states = dict_value(self.resources.get("ExtGState") or {})
        given = dict_value(states.get(literal_name(name)) or {})
        changed: dict[str, Any] = {}
        for key, attribute in (("ca", "fill_alpha"), ("CA", "stroke_alpha")):
            alpha = resolve1(given.get(key))
            if isinstance(alpha, int | float):
                changed[attribute] = float(alpha)
        if "BM" in given:
            mode = resolve1(given["BM"])
            modes = mode if isinstance(mode, list) else [mode]
            changed["is_blended"] = not any(literal_name(one) in _PLAIN_BLENDS for one in modes)
        if "SMask" in given:
            changed["is_masked"] = _masks_everything(resolve1(given["SMask"]))
        if changed:
            self.device.state = replace(self.device.state, **changed)

    # --- clipping: the path counts from the operator that ends it -----------------------------------------------------
    def do_W(self) -> None:  # noqa: N802
        self._is_clipping = True

    def do_W_a(self) -> None:  # noqa: N802
        self._is_clipping = True

    def do_n(self) -> None:
        path = self.curpath
        super().do_n()
        self._clipped(path)

    def do_S(self) -> None:  # noqa: N802
        path = self.curpath
        super().do_S()
        self._clipped(path)

    def do_f(self) -> None:
        path = self.curpath
        super().do_f()
        self._clipped(path)

    def do_F(self) -> None:  # noqa: N802 - an old name of f that the library ignores, and viewers do not
        self.do_f()

    def do_f_a(self) -> None:
        path = self.curpath
        super().do_f_a()
        self._clipped(path)

    def do_B(self) -> None:  # noqa: N802
        path = self.curpath
        super().do_B()
        self._clipped(path)

    def do_B_a(self) -> None:  # noqa: N802
        path = self.curpath
        super().do_B_a()
        self._clipped(path)

    def _clipped(self, path: Any) -> None:
        if self._is_clipping:
            self._is_clipping = False
            self.device.clip(path)

    def do_sh(self, name: object) -> None:
        self.device.shade()

    # --- layers -------------------------------------------------------------------------------------------------------
    def do_BMC(self, tag: Any) -> None:  # noqa: N802
        self._marks.append(False)

    def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802
        off = literal_name(tag) == "OC" and self._is_off(props) if isinstance(tag, PSLiteral) else False
        self._marks.append(off)
        self.device.hidden_depth += off

    def do_EMC(self) -> None:  # noqa: N802
        if self._marks:
            self.device.hidden_depth -= self._marks.pop()

    def do_Do(self, xobjid_arg: Any) -> None:  # noqa: N802
        drawn = resolve1(self.xobjmap.get(literal_name(xobjid_arg)))
        off = drawn is not None and self._layer_is_off(drawn.get("OC"))
        self.device.count_drawing()
        state, depth = self.device.state, self.device.hidden_depth
        self.device.hidden_depth += off
        if isinstance(drawn, PDFStream) and literal_name(drawn.get("Subtype")) == "Form" and "BBox" in drawn:
            # Of a form only what lies in its own box is drawn.
            matrix: Any = tuple(resolve1(one) for one in list_value(drawn.get("Matrix") or MATRIX_IDENTITY))
            corners: Any = tuple(resolve1(one) for one in list_value(drawn["BBox"]))
            box = apply_matrix_rect(mult_matrix(matrix, self.ctm), corners)
            self.device.state = replace(state, clip=common(state.clip, box))
        super().do_Do(xobjid_arg)
        # Whatever the form left open ends with it; the device draws for this stream again.
        self.device.state, self.device.hidden_depth = state, depth
        self.device.set_ctm(self.ctm)

    def _is_off(self, props: Any) -> bool:
        if isinstance(props, dict):
            return self._layer_is_off(props)
        if not isinstance(props, PSLiteral):
            return False
        return self._layer_is_off(dict_value(self.resources.get("Properties") or {}).get(literal_name(props)))

    def _layer_is_off(self, layer: Any) -> bool:
        """Whether a layer, or a membership of layers (OCMD), is not shown."""
        if isinstance(layer, PDFObjRef) and layer.objid in self.device.layers_off:
            return True
        members = resolve1(layer)
        if not isinstance(members, dict) or "OCGs" not in members:
            return False
        groups = members["OCGs"]
        groups = [groups] if isinstance(groups, PDFObjRef) and not isinstance(resolve1(groups), list) else groups
        off = [getattr(one, "objid", None) in self.device.layers_off for one in list_value(groups)]
        if not off:
            return False
        policy = literal_name(resolve1(members["P"])) if "P" in members else "AnyOn"
        return {"AllOn": any(off), "AnyOff": not any(off), "AllOff": not all(off)}.get(policy, all(off))


def layers_off(document: PDFDocument) -> frozenset[int]:
    """Object ids of the layers that are switched off when the file is opened."""
    properties = resolve1(document.catalog.get("OCProperties"))
    if not isinstance(properties, dict):
        return frozenset()
    start = dict_value(properties.get("D") or {})
    every = [one for one in list_value(properties.get("OCGs") or []) if isinstance(one, PDFObjRef)]
    off = {one.objid for one in list_value(start.get("OFF") or []) if isinstance(one, PDFObjRef)}
    base = resolve1(start.get("BaseState"))
    if isinstance(base, PSLiteral) and literal_name(base) == "OFF":
        on = {one.objid for one in list_value(start.get("ON") or []) if isinstance(one, PDFObjRef)}
        off |= {one.objid for one in every} - on
    if start.get("AS"):
        # Layers may say themselves that a viewer does not show them.
        for one in every:
            usage = dict_value(dict_value(one).get("Usage") or {})
            view = resolve1(dict_value(usage.get("View") or {}).get("ViewState"))
            if isinstance(view, PSLiteral) and literal_name(view) == "OFF":
                off.add(one.objid)
    return frozenset(off)


def _masks_everything(mask: Any) -> bool:
    """Whether a soft mask lets nothing through: one that paints nothing is black, or clear, all over."""
    if not isinstance(mask, dict) or "BC" in mask:
        return False
    group = resolve1(mask.get("G"))
    if not isinstance(group, PDFStream) or "TR" in mask:
        return False
    return _PAINTS.search(group.get_data()) is None
