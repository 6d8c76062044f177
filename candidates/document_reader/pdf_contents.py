"""What a PDF holds beside its pages: properties that no page shows, and what can do more than be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import PSLiteral, literal_name
from pdfminer.utils import decode_text

from candidates.document_reader import Reading

MOST_METADATA_BYTES = 512 * 1024
# Of a file's objects so many are looked at for actions; hostile files have more, ordinary ones a few thousand.
_MOST_LOOKED_AT = 20_000
# Processor time since the start, after which what was read is kept and the rest is not looked at.
_MOST_SECONDS = 5.5
# Dates and the names of programs are written by programs, and are nobody's words.
_DULL = frozenset({"CreationDate", "ModDate", "Producer", "Creator", "Trapped"})
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_PDF = "{http://ns.adobe.com/pdf/1.3/}"
_SCRIPTS = ("It has a program in it (JavaScript).", "program")
_LAUNCHES = ("It can start other programs.", "launch")
_SENDS = ("It can send what is filled in to another place.", "sends")
_EMBEDDED = ("It has other files in it, which were not read.", "embedded_file")
_ACTIONS = {"JavaScript": _SCRIPTS, "Launch": _LAUNCHES, "SubmitForm": _SENDS, "ImportData": _SENDS}


def properties(document: PDFDocument, reading: Reading) -> None:
    """Note title, keywords and the like, of the Info dictionary and of XMP."""
    for info in document.info:
        for name, value in list(info.items())[:100]:
            value = resolve1(value)
            if isinstance(value, bytes) and str(name) not in _DULL:
                reading.describe(str(name), decode_text(value))
    stream = resolve1(document.catalog.get("Metadata"))
    if not isinstance(stream, PDFStream):
        return
    data = stream.get_data()
    if len(data) > MOST_METADATA_BYTES:
        reading.warn("metadata", "Its properties are longer than those of any resume; they were not read.")
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", data).strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return  # whoever wrote it broken: no page shows it, and nobody reads it
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith((_DUBLIN_CORE, _PDF)):
            name = element.tag.rpartition("}")[2]
            if name not in _DULL:
                reading.describe(name, " ".join(element.itertext()))
        for name, value in element.attrib.items():
            if name.startswith((_DUBLIN_CORE, _PDF)) and name.rpartition("}")[2] not in _DULL:
                reading.describe(name.rpartition("}")[2], value)


def warnings(document: PDFDocument, reading: Reading) -> None:
    """Tell whoever opens the file what it can do, by the actions in its objects, wherever they hang."""
    looked_at = 0
    for xref in document.xrefs:
        for objid in xref.get_objids():
            looked_at += 1
            if looked_at > _MOST_LOOKED_AT or reading.seconds > _MOST_SECONDS:
                reading.warn("not_all_read", "It has more parts than any resume; not all were looked at.")
                return
            try:
                found = document.getobj(objid)
            except Exception:  # noqa: BLE001, S112 - a broken object that no page needs breaks nothing
                continue
            for text, code in _of(found):
                reading.warn(code, text)


def _of(found: Any) -> Iterator[tuple[str, str]]:
    """What one object, and what stands directly in it, can do."""
    waiting = [found.attrs if isinstance(found, PDFStream) else found]
    for _ in range(500):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one[:200]
        elif isinstance(one, dict):
            action = one.get("S")
            if isinstance(action, PSLiteral) and literal_name(action) in _ACTIONS:
                yield _ACTIONS[str(literal_name(action))]
            if "JS" in one or "JavaScript" in one:
                yield _SCRIPTS
            kind = one.get("Type")
            if "EmbeddedFiles" in one or (isinstance(kind, PSLiteral) and literal_name(kind) == "EmbeddedFile"):
                yield _EMBEDDED
            if "XFA" in one:
                yield ("It has a form of an old kind (XFA), which was not read.", "xfa")
            waiting += [value for value in list(one.values())[:200] if isinstance(value, list | dict)]
