"""Word files that were made to hurt whoever opens them: see hostile."""

from __future__ import annotations

import io
import struct
import zipfile

from tests.candidates.paper import VISIBLE, changed, word
from tests.samples.hurting import MIB, Sample

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def document(inner: str) -> bytes:
    return f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{inner}</w:body></w:document>'.encode()


def with_body(inner: str | bytes) -> bytes:
    return changed(word(hidden=""), "word/document.xml", inner if isinstance(inner, bytes) else document(inner))


def with_part(name: str, data: bytes, base: bytes | None = None) -> bytes:
    """A Word file with one more part; changed() replaces it where it is there."""
    return changed(base or word(hidden=""), name, data)


PARAGRAPH = f"<w:p><w:r><w:t>{VISIBLE}</w:t></w:r></w:p>"


def lying_sizes() -> bytes:
    """A part that claims 1,000 bytes, in the directory and at its own place, and unpacks to 64 MiB."""
    content = bytearray(with_body(b"<w:document>" + b" " * 64 * MIB + b"</w:document>"))
    size = struct.pack("<L", 64 * MIB + 27)
    for start in _places(bytes(content), size):
        content[start : start + 4] = struct.pack("<L", 1_000)
    return bytes(content)


def _places(content: bytes, what: bytes) -> list[int]:
    found, at = [], content.find(what)
    while at >= 0:
        found.append(at)
        at = content.find(what, at + 1)
    return found


def nested(levels: int) -> bytes:
    """Word files in Word files; the innermost unpacks to 64 MiB."""
    inner = with_body(b"<w:document>" + b" " * 64 * MIB + b"</w:document>")
    for _ in range(levels):
        inner = with_part("word/embeddings/inner.docx", inner)
    return inner


def entries(count: int) -> bytes:
    """Nothing but a directory of `count` names, as small as it can be."""
    one = struct.pack("<LHHHHHHLLLHHHHHLL", 0x02014B50, 20, 20, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)
    first = struct.pack("<LHHHHHLLLHH", 0x04034B50, 20, 0, 0, 0, 0, 0, 0, 0, 17, 0) + b"word/document.xml"
    directory = (one + b"word/document.xml") * count
    end = struct.pack("<LHHHHLLH", 0x06054B50, 0, 0, count % 65536, count % 65536, len(directory), len(first), 0)
    return first + directory + end


def twice() -> bytes:
    """Two parts of one name."""
    out = io.BytesIO(word(hidden=""))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/document.xml", document(PARAGRAPH.replace(VISIBLE, "Decoy.")))
    return out.getvalue()


def flagged(method: int, flags: int) -> bytes:
    """The document's part in a method that nobody knows, or said to be encrypted."""
    content = bytearray(word(hidden=""))
    for signature, at_flags, at_method, at_name in ((b"PK\x03\x04", 6, 8, 30), (b"PK\x01\x02", 8, 10, 46)):
        for start in _places(bytes(content), signature):
            if content[start + at_name :].startswith(b"word/document.xml"):
                struct.pack_into("<H", content, start + at_flags, flags)
                struct.pack_into("<H", content, start + at_method, method)
    return bytes(content)


def relation(kind: str, target: str, *, is_external: bool = True) -> bytes:
    """A Word file that names another part, or another place, for something."""
    base = word(hidden="")
    with zipfile.ZipFile(io.BytesIO(base)) as archive:
        known = archive.read("word/_rels/document.xml.rels")
    mode = ' TargetMode="External"' if is_external else ""
    kind = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    one = f'<Relationship Id="rIdX" Type="{kind}" Target="{target}"{mode}/></Relationships>'.encode()
    return changed(base, "word/_rels/document.xml.rels", known.replace(b"</Relationships>", one))


LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12))
DOCTYPE = (
    '<?xml version="1.0"?><!DOCTYPE d [{}]>'
    + f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t{{}}>{{}}</w:t></w:r></w:p></w:body></w:document>'
)


def typed(declared: str, text: str, attribute: str = "") -> bytes:
    return with_body(DOCTYPE.format(declared, attribute, text).encode())


DOCX = "resume.docx"
WORDS = {
    "unpacks_to_64_mib": Sample(
        lambda: with_body(b"<w:document>" + b" " * 64 * MIB + b"</w:document>"), "refused", "too large", DOCX
    ),
    "lying_sizes": Sample(lying_sizes, "refused", "broken|too large", DOCX),
    "files_in_files": Sample(lambda: nested(3), "read", "", DOCX),
    "two_hundred_thousand_entries": Sample(lambda: entries(160_000), "refused", "too large", DOCX),
    "two_parts_of_one_name": Sample(twice, "refused", "broken", DOCX),
    "unknown_method": Sample(lambda: flagged(99, 0), "refused", "broken", DOCX),
    "said_to_be_encrypted": Sample(lambda: flagged(8, 1), "refused", "password", DOCX),
    "deep_xml": Sample(lambda: with_body("<w:ins>" * 200_000 + "</w:ins>" * 200_000), "refused", "broken", DOCX),
    "deep_as_allowed": Sample(lambda: with_body("<w:ins>" * 240 + PARAGRAPH + "</w:ins>" * 240), "read", "", DOCX),
    "millions_of_elements": Sample(lambda: with_body("<w:p/>" * 4_500_000), "refused", "too large|broken", DOCX),
    "long_attribute": Sample(lambda: with_body(f'<w:p w:x="{"x" * 20 * MIB}"/>'), "refused", "broken|too large", DOCX),
    "long_text": Sample(
        lambda: with_body(PARAGRAPH.replace(VISIBLE, "word " * 4 * MIB)), "refused", "broken|too large", DOCX
    ),
    "styles_in_a_circle": Sample(
        lambda: with_part(
            "word/styles.xml",
            f'<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:default="1" w:styleId="A"><w:basedOn w:val="B"/>'
            '</w:style><w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'.encode(),
        ),
        "read",
        "",
        DOCX,
    ),
    "entity_of_a_file": Sample(
        lambda: typed('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"), "refused", "document type", DOCX
    ),
    "entity_of_the_network": Sample(
        lambda: typed('<!ENTITY f SYSTEM "http://127.0.0.1:1/x">', "&f;"), "refused", "document type", DOCX
    ),
    "parameter_entity": Sample(
        lambda: typed('<!ENTITY % f SYSTEM "file:///etc/passwd"> %f;', "x"), "refused", "document type|broken", DOCX
    ),
    "a_billion_laughs": Sample(
        lambda: typed('<!ENTITY l0 "ha">' + LAUGHS, "&l11;"), "refused", "document type|broken", DOCX
    ),
    "laughs_in_an_attribute": Sample(
        lambda: typed('<!ENTITY l0 "ha">' + LAUGHS, "x", ' w:x="&l11;"'),
        "refused",
        "document type|broken|too large",
        DOCX,
    ),
    "entity_in_utf_16": Sample(
        lambda: with_body(
            DOCTYPE.format('<!ENTITY f SYSTEM "file:///etc/passwd">', "", "&f;")
            .replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>')
            .encode("utf-16")
        ),
        "refused",
        "document type|broken",
        DOCX,
    ),
    "included_file": Sample(
        lambda: with_body(
            PARAGRAPH
            + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        ),
        "read",
        "",
        DOCX,
    ),
    "macros": Sample(lambda: with_part("word/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 50), "refused", "macros", DOCX),
    "macros_by_type": Sample(
        lambda: with_part(
            "[Content_Types].xml",
            b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/'
            b'document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>',
        ),
        "refused",
        "macros",
        DOCX,
    ),
    "template_elsewhere": Sample(
        lambda: relation("attachedTemplate", "https://example.com/t.dotm"), "read", "another place", DOCX
    ),
    "picture_elsewhere": Sample(
        lambda: relation("image", "\\\\example.com\\share\\x.png"), "read", "another place", DOCX
    ),
    "program_object": Sample(
        lambda: relation("oleObject", "embeddings/oleObject1.bin", is_external=False), "read", "other files", DOCX
    ),
    "dynamic_data": Sample(
        lambda: with_body(
            PARAGRAPH
            + "<w:p><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO cmd</w:instrText></w:r></w:p>"
        ),
        "read",
        "another place",
        DOCX,
    ),
    "cut_off": Sample(lambda: word(hidden="")[:9_000], "refused", "broken", DOCX),
    "spreadsheet": Sample(
        lambda: changed(b"PK\x05\x06" + b"\x00" * 18, "xl/workbook.xml", b"<x/>"), "untaken", "", DOCX
    ),
    "spreadsheet_with_a_word": Sample(
        lambda: changed(b"PK\x05\x06" + b"\x00" * 18, "word/notes.txt", b"x"), "refused", "no Word document", DOCX
    ),
}
