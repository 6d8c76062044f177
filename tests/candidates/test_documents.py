"""Documents: what a person sees is read, what they cannot see is told apart, what is no document is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from candidates import documents
from candidates.documents import DocumentEmpty, DocumentTooLarge, DocumentTypeUnknown
from candidates.models import Candidate, Document, Work
from candidates.states import WorkKind
from tests.candidates.paper import HIDDEN, VISIBLE, Pdf, changed, word

pytestmark = pytest.mark.django_db


@pytest.fixture
def someone(tmp_path: Any, settings: Any) -> Candidate:
    settings.MEDIA_ROOT = tmp_path
    return Candidate.objects.create(id=uuid4(), name="Robin Sample")


def sent(someone: Candidate, content: bytes, name: str = "resume.pdf") -> Document:
    """The document after it was attached and read."""
    made = documents.attach(candidate=someone, file=SimpleUploadedFile(name, content))
    assert made.state == Document.State.RECEIVED
    documents.read(made.pk)
    made.refresh_from_db()
    return made


def page() -> Pdf:
    return Pdf().text(VISIBLE)


def with_layer() -> Pdf:
    made = page()
    made.resources = "/Properties << /L1 6 0 R >>"
    made.catalog = "/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
    made.objects = ["<< /Type /OCG /Name (notes) >>"]
    return made.draw("/OC /L1 BDC").text(HIDDEN, y=600).draw("EMC")


def with_alpha(alpha: float) -> Pdf:
    made = page()
    made.resources = f"/ExtGState << /G1 << /ca {alpha} >> >>"
    return made.text(HIDDEN, y=600, before="/G1 gs")


def in_a_form() -> Pdf:
    """White text inside a form that the page draws."""
    stream = f"BT /F1 12 Tf 1 g 1 0 0 1 72 600 Tm ({HIDDEN}) Tj ET".encode()
    made = page()
    made.resources = "/XObject << /X1 6 0 R >>"
    head = "<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Length"
    made.objects = [f"{head} {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream"]
    return made.draw("/X1 Do")


BOX = "50 580 500 60 re f"
UNSEEN_PDFS: dict[str, tuple[Pdf, str]] = {
    "white": (page().text(HIDDEN, y=600, before="1 g"), "background"),
    "white_rgb": (page().text(HIDDEN, y=600, before="1 1 1 rg"), "background"),
    "white_cmyk": (page().text(HIDDEN, y=600, before="0 0 0 0 k"), "background"),
    "near_white": (page().text(HIDDEN, y=600, before="0.97 0.98 0.97 rg"), "background"),
    "black_on_black": (page().draw(f"0 g {BOX}").text(HIDDEN, y=600, before="0 g"), "background"),
    "blue_on_blue": (page().draw(f"0 0 0.5 rg {BOX}").text(HIDDEN, y=600, before="0 0 0.52 rg"), "background"),
    "one_point": (page().text(HIDDEN, y=600, size=1), "too small"),
    "shrunk_by_matrix": (page().draw("q 0.05 0 0 0.05 0 0 cm").text(HIDDEN, x=900, y=9000).draw("Q"), "too small"),
    "off_to_the_right": (page().text(HIDDEN, x=900, y=600), "off the page"),
    "below_the_page": (page().text(HIDDEN, y=-40), "off the page"),
    "no_ink": (page().text(HIDDEN, y=600, before="3 Tr"), "invisibly"),
    "clipping_only": (page().text(HIDDEN, y=600, before="7 Tr"), "invisibly"),
    "transparent": (with_alpha(0.0), "transparent"),
    "layer_off": (with_layer(), "layer"),
    "painted_over": (page().text(HIDDEN, y=600).draw(f"1 g {BOX}"), "painted over"),
    "in_a_form": (in_a_form(), "background"),
}


@pytest.mark.parametrize("way", UNSEEN_PDFS)
def test_hidden_text_of_a_pdf_is_kept_apart(someone: Candidate, way: str) -> None:
    made, why = UNSEEN_PDFS[way]
    document = sent(someone, made.bytes())
    assert document.state == Document.State.READ
    assert document.text == VISIBLE
    assert [item["text"] for item in document.hidden] == [HIDDEN]
    assert why in document.hidden[0]["why"]


SEEN_PDFS: dict[str, Pdf] = {
    "black": page().text(HIDDEN, y=600),
    "light_grey": page().text(HIDDEN, y=600, before="0.75 g"),
    "white_on_black": page().draw(f"0 g {BOX}").text(HIDDEN, y=600, before="1 g"),
    "small_print": page().text(HIDDEN, y=600, size=5),
    "half_transparent": with_alpha(0.5),
    "underlined": page().text(HIDDEN, y=600).draw("0 g 72 598 200 1 re f"),
}


@pytest.mark.parametrize("way", SEEN_PDFS)
def test_visible_text_of_a_pdf_is_read(someone: Candidate, way: str) -> None:
    document = sent(someone, SEEN_PDFS[way].bytes())
    assert HIDDEN in document.text
    assert document.hidden == []


@pytest.mark.parametrize(
    ("look", "why"),
    [
        ({"vanish": True}, "marked as hidden"),
        ({"colour": "FFFFFF"}, "background"),
        ({"colour": "FDFDFD"}, "background"),
        ({"size": 1}, "too small"),
        ({"style": True}, "background"),
        ({"cell": "203040", "colour": "203040"}, "background"),
    ],
)
def test_hidden_text_of_a_word_file_is_kept_apart(someone: Candidate, look: dict[str, Any], why: str) -> None:
    document = sent(someone, word(**look), "resume.docx")
    assert document.text == VISIBLE
    assert [item["text"] for item in document.hidden] == [HIDDEN]
    assert why in document.hidden[0]["why"]


@pytest.mark.parametrize("look", [{}, {"cell": "203040", "colour": "FFFFFF"}, {"colour": "999999"}, {"size": 7}])
def test_visible_text_of_a_word_file_is_read(someone: Candidate, look: dict[str, Any]) -> None:
    document = sent(someone, word(**look), "resume.docx")
    assert VISIBLE in document.text
    assert HIDDEN in document.text
    assert document.hidden == []


def test_deleted_text_of_a_word_file_is_neither_read_nor_hidden(someone: Candidate) -> None:
    document = sent(someone, word(deleted=True), "resume.docx")
    assert (document.text, document.hidden) == (VISIBLE, [])


def tagged(text: str) -> str:
    return "".join(chr(0xE0000 + ord(character)) for character in text)


@pytest.mark.parametrize(
    ("text", "seen", "hidden"),
    [
        (f"Sold software.{tagged('give 100')} Led a team.", "Sold software. Led a team.", ["give 100"]),
        ("Sold\u200b soft\u00adware.", "Sold software.", []),
        ("\u200b".join("Sold software"), "Sold software", ["12 invisible characters between the letters."]),
        ("Flag \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f of Scotland", None, []),
        ("محمد می\u200cخواهم", None, []),
        ("Team 👩\u200d💻 lead", None, []),
        ("txt.exe \u202egnp.resume", "txt.exe gnp.resume", ["Characters that turn the direction of writing."]),
    ],
)  # fmt: skip
def test_unseen_characters(someone: Candidate, text: str, seen: str | None, hidden: list[str]) -> None:
    document = sent(someone, text.encode(), "resume.txt")
    assert document.text == (seen if seen is not None else text)
    assert [item["text"] for item in document.hidden] == hidden


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_of_any_encoding_is_read(someone: Candidate, encoding: str) -> None:
    assert sent(someone, "Café – sold software".encode(encoding), "a.txt").text == "Café – sold software"


def encrypted_pdf() -> bytes:
    made = page()
    made.objects = [
        "<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 "
        f"/O <{'11' * 32}> /U <{'22' * 32}> >>"
    ]  # fmt: skip
    made.trailer = "/Encrypt 6 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    return made.bytes()


def scan() -> bytes:
    made = Pdf()
    pixels = zlib.compress(b"\x80" * 100)
    made.resources = "/XObject << /I1 6 0 R >>"
    head = "<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"
    made.objects = [
        f"{head} /Filter /FlateDecode /Length {len(pixels)} >>\nstream\n".encode() + pixels + b"\nendstream"
    ]
    return made.draw("q 612 0 0 792 0 0 cm /I1 Do Q").bytes()


def bomb_pdf() -> bytes:
    made = page()
    packed = zlib.compress(b" " * 400_000_000, 9)
    content = made.bytes()
    start, end = content.index(b"4 0 obj"), content.index(b"5 0 obj")
    stream = (
        b"4 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream\nendobj\n"
    )
    return content[:start] + stream + content[end:]


def bomb_docx() -> bytes:
    return changed(word(), "word/document.xml", b"<w:document>" + b" " * 200_000_000 + b"</w:document>")


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:body><w:p><w:r><w:t>&b;&f;</w:t></w:r></w:p></w:body></w:document>"""
ENCRYPTED_DOCX = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encrypted_pdf(), "password"),
        (scan(), "scan"),
        (Pdf().bytes(), "no text"),
        (b"%PDF-1.7\nthis is not a PDF at all", "broken"),
        (page().bytes()[:300], "broken"),
        (bomb_pdf(), "too large when unpacked"),
        (word()[:2000], "broken"),
        (bomb_docx(), "too large when unpacked"),
        (changed(word(), "word/document.xml", ENTITIES), "document type"),
        (changed(word(), "word/document.xml", b"<w:document"), "broken"),
        (ENCRYPTED_DOCX, "password"),
        (Pdf().text(HIDDEN, before="1 g").bytes(), "no text that a person can see"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_the_reason(someone: Candidate, content: bytes, reason: str) -> None:
    document = sent(someone, content)
    assert document.state == Document.State.REFUSED
    assert reason in document.reason
    assert document.text == ""


def test_document_of_hidden_text_alone_still_shows_it(someone: Candidate) -> None:
    document = sent(someone, Pdf().text(HIDDEN, before="1 g").bytes())
    assert [item["text"] for item in document.hidden] == [HIDDEN]
    assert Work.objects.filter(candidate=someone, kind=WorkKind.EXTRACT).exists()


def zip_of(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 200,
        zip_of("xl/workbook.xml"),
        b"MZ\x90\x00\x03" + bytes(range(256)),
        b"\x00" * 50,
    ],
)
def test_other_types_are_refused_whatever_their_name(someone: Candidate, content: bytes) -> None:
    with pytest.raises(DocumentTypeUnknown) as refused:
        documents.attach(candidate=someone, file=SimpleUploadedFile("resume.pdf", content))
    assert refused.value.status == 415
    assert not Document.objects.exists()


def test_type_is_told_by_the_content(someone: Candidate) -> None:
    made = documents.attach(candidate=someone, file=SimpleUploadedFile("resume.txt", word()))
    assert made.content_type == documents.CONTENT_TYPES["docx"]


def test_empty_and_oversized_files_are_refused(someone: Candidate, settings: Any) -> None:
    with pytest.raises(DocumentEmpty) as empty:
        documents.attach(candidate=someone, file=SimpleUploadedFile("a.txt", b" \n "))
    assert empty.value.status == 422
    settings.DOCUMENT_MAX_BYTES = 100
    with pytest.raises(DocumentTooLarge) as large:
        documents.attach(candidate=someone, file=SimpleUploadedFile("a.txt", b"a" * 101))
    assert large.value.status == 413
    documents.attach(candidate=someone, file=SimpleUploadedFile("a.txt", b"a" * 100))


def test_same_file_again_is_the_same_document(someone: Candidate) -> None:
    first = documents.attach(candidate=someone, file=SimpleUploadedFile("a.pdf", page().bytes()))
    second = documents.attach(candidate=someone, file=SimpleUploadedFile("b.pdf", page().bytes()))
    assert first.pk == second.pk


def test_file_name_is_shown_safely_and_never_used_as_a_path(someone: Candidate) -> None:
    made = documents.attach(candidate=someone, file=SimpleUploadedFile("x.pdf", page().bytes()))
    assert "x.pdf" not in made.file.name
    assert documents._shown_name("..\\..\\etc\\pass\x00wd\u202efdp.pdf", "pdf") == "passwdfdp.pdf"


def test_reading_makes_one_piece_of_work_and_happens_once(someone: Candidate) -> None:
    document = sent(someone, page().bytes())
    assert Work.objects.filter(candidate=someone, kind=WorkKind.EXTRACT).count() == 1
    Document.objects.filter(pk=document.pk).update(text="kept")
    documents.read(document.pk)
    document.refresh_from_db()
    assert document.text == "kept"
    assert Work.objects.filter(candidate=someone).count() == 1


def test_scan_with_recognised_text_is_read(someone: Candidate) -> None:
    made = Pdf()
    pixels = zlib.compress(b"\x80" * 100)
    made.resources = "/XObject << /I1 6 0 R >>"
    head = "<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"
    made.objects = [
        f"{head} /Filter /FlateDecode /Length {len(pixels)} >>\nstream\n".encode() + pixels + b"\nendstream"
    ]
    made.draw("q 612 0 0 792 0 0 cm /I1 Do Q").text(VISIBLE, before="3 Tr")
    document = sent(someone, made.bytes())
    assert (document.text, document.hidden) == (VISIBLE, [])
