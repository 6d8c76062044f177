"""The archive that a Word file is: parts unpacked under limits, how they belong together, and what else is in it."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass

from lxml import etree

from candidates.document_reader import Reading, Unreadable

MOST_ENTRIES = 2_000
MOST_PART_BYTES = 30 * 1024**2
MOST_BYTES = 60 * 1024**2
MOST_PROPERTY_BYTES = 1024**2
_MOST_RELATIONS = 100

_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": (
        b"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
    ),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MACROS = re.compile(r"(?i)(?:^|/)vba(?:project|data)[^/]*$")
# Where a part is loaded from that is not on the reader's own machine.
_ELSEWHERE = re.compile(r"(?i)(?:https?|ftp|mhtml|ms-[a-z]+):|\\\\|//|file:/*(?:\\\\|/{2,}[^/]*\.)")


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part names another one for: `kind` is header, image, styles…; `target` is a part, or an address."""

    kind: str
    target: str
    is_external: bool


class Package:
    """A Word file's parts. Raises Unreadable for what is no Word file, is protected, or would unpack to too much."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
                raise Unreadable("It is protected by a password, or in the old .doc format.") from error
            raise Unreadable("The file is broken.") from error
        entries = self._archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES * 4:
            raise Unreadable("It is too large when unpacked.")
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) < len(entries):
            # Two parts of one name: programs differ in which they show.
            raise Unreadable("The file is broken.")
        if any(_MACROS.search(name) for name in self._entries):
            raise Unreadable("It has a program in it (macros). Please send a file without.")
        self._budget = MOST_BYTES
        types = self.data("[Content_Types].xml")
        if types is not None and b"macroenabled" in types.lower():
            raise Unreadable("It has a program in it (macros). Please send a file without.")
        main = [one.target for one in self.relations("").values() if one.kind == "officeDocument"]
        self.main = main[0] if main else "word/document.xml"
        if self.main not in self._entries or not self.main.startswith("word/"):
            raise Unreadable("It is no Word document.")

    def data(self, name: str, most: int = MOST_PART_BYTES) -> bytes | None:
        """A part's bytes, never more than the limit whatever its header claims; None where there is no such part."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        if entry.flag_bits & 1:
            raise Unreadable("It is protected by a password.")
        limit = min(most, self._budget)
        with self._archive.open(entry) as part:
            data = part.read(limit + 1)
        if len(data) > limit:
            raise Unreadable("It is too large when unpacked.")
        self._budget -= len(data)
        return data

    def part(self, name: str, most: int = MOST_PART_BYTES) -> etree._Element | None:
        """A part's XML; None where there is no such part."""
        data = self.data(name, most)
        return None if data is None else parsed(data)

    def relations(self, of: str) -> dict[str, Relation]:
        """What a part ("" for the file as a whole) names others for, by id."""
        folder, name = posixpath.split(of)
        root = self.part(posixpath.join(folder, "_rels", f"{name}.rels"), MOST_PROPERTY_BYTES)
        found: dict[str, Relation] = {}
        for one in root.iter(_RELATION) if root is not None else ():
            target = one.get("Target", "")
            is_external = one.get("TargetMode") == "External"
            if not is_external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[one.get("Id", "")] = Relation(one.get("Type", "").rpartition("/")[2], target, is_external)
        return found

    def describe(self, reading: Reading) -> None:
        """Note title, keywords and the like, and what of the file can do more than be read, or was not read."""
        for name in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"):
            try:
                root = self.part(name, MOST_PROPERTY_BYTES)
            except Unreadable:
                reading.warn("metadata", "Its properties could not be read.")
                continue
            for element in root.iter() if root is not None else ():
                label = str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
                if element.text and label.lower() not in _DULL:
                    reading.describe(label, element.text)
        for name in [name for name in self._entries if name.endswith(".rels")][:_MOST_RELATIONS]:
            folder, _, own = name.rpartition("_rels/")
            for one in self.relations(folder + own.removesuffix(".rels")).values():
                if one.is_external and one.kind != "hyperlink" and _ELSEWHERE.match(one.target):
                    reading.warn("loads", "It loads something from another place when it is opened.")
                elif one.kind in ("oleObject", "package", "aFChunk", "control", "subDocument"):
                    reading.warn("embedded_file", "It has other files in it, which were not read.")


# Written by programs, and nobody's words.
_DULL = frozenset(
    {
        "created",
        "modified",
        "revision",
        "totaltime",
        "pages",
        "words",
        "characters",
        "application",
        "docsecurity",
        "lines",
        "paragraphs",
        "scalecrop",
        "linksuptodate",
        "characterswithspaces",
        "shareddoc",
        "hyperlinkschanged",
        "appversion",
        "i4",
        "bool",
        "filetime",
        "lastprinted",
        "template",
    }
)


def parsed(data: bytes) -> etree._Element:
    """XML without entities, network or document types; the strict namespaces of ISO read as the usual ones."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    if _STRICT in data[:20_000]:
        for strict, usual in _TRANSITIONAL.items():
            data = data.replace(strict, usual)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("The file is broken.") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("It has a document type declaration, which no Word file has.")
    return root
