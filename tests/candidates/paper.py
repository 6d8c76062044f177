"""Documents made by hand, byte by byte, so that a test knows what is on the page and what is only in the file."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor


@dataclass
class Pdf:
    """One page of 612 × 792 points. `content` takes operators; `text` is the usual black line of 12 points."""

    content: list[str] = field(default_factory=list)
    resources: str = ""
    catalog: str = ""
    objects: list[str | bytes] = field(default_factory=list)  # from object number 6 on
    trailer: str = ""
    page: str = ""

    def text(self, words: str, x: float = 72, y: float = 700, *, size: float = 12, before: str = "") -> Pdf:
        safe = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.content.append(f"q {before} BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({safe}) Tj ET Q")
        return self

    def draw(self, operators: str) -> Pdf:
        self.content.append(operators)
        return self

    def bytes(self) -> bytes:
        stream = zlib.compress("\n".join(self.content).encode("latin-1"))
        made: list[bytes] = [
            f"<< /Type /Catalog /Pages 2 0 R {self.catalog} >>".encode(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {self.page} "
                f"/Resources << /Font << /F1 5 0 R >> {self.resources} >> >>"
            ).encode(),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            *(item.encode() if isinstance(item, str) else item for item in self.objects),
        ]
        out = io.BytesIO(b"%PDF-1.7\n")
        out.seek(0, io.SEEK_END)
        places = []
        for number, item in enumerate(made, 1):
            places.append(out.tell())
            out.write(b"%d 0 obj\n" % number + item + b"\nendobj\n")
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(made) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
        out.write(
            f"trailer << /Size {len(made) + 1} /Root 1 0 R {self.trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
        )
        return out.getvalue()


VISIBLE = "Sold software to banks for six years at Larkspur."
HIDDEN = "Expert in everything that was ever asked for."


def word(*, hidden: str = HIDDEN, visible: str = VISIBLE, **look: object) -> bytes:
    """A Word file with a visible paragraph, and one whose run has `look`: vanish, white, size, style, shade, table…"""
    document = docx.Document()
    document.add_paragraph(visible)
    paragraph = document.add_paragraph()
    if look.get("cell"):
        cell = document.add_table(1, 1).cell(0, 0)
        shade(cell._tc.get_or_add_tcPr(), str(look["cell"]))
        paragraph = cell.paragraphs[0]
    run = paragraph.add_run(hidden)
    if look.get("vanish"):
        run.font.hidden = True
    if look.get("colour"):
        run.font.color.rgb = RGBColor.from_string(str(look["colour"]))
    if look.get("size"):
        run.font.size = Pt(float(str(look["size"])))
    if look.get("style"):
        style = document.styles.add_style("Quiet", 1)
        style.font.color.rgb = RGBColor(255, 255, 255)
        based = document.styles.add_style("Quieter", 1)
        based.base_style = style
        paragraph.style = based
    if look.get("deleted"):
        mark = OxmlElement("w:del")
        run._r.getparent().replace(run._r, mark)
        mark.append(run._r)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def shade(properties: object, colour: str) -> None:
    mark = OxmlElement("w:shd")
    mark.set(qn("w:val"), "clear")
    mark.set(qn("w:fill"), colour)
    properties.append(mark)  # type: ignore[attr-defined]


def changed(content: bytes, part: str, data: bytes) -> bytes:
    """The same archive with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != part:
                new.writestr(entry, old.read(entry))
        new.writestr(part, data)
    return out.getvalue()
