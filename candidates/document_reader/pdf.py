"""PDF files: the text that stands visibly on the page, and apart from it what is there but cannot be seen."""

from __future__ import annotations

import io

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFObjectNotFound, PDFObjRef
from pdfminer.psexceptions import PSException

from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable, pdf_contents
from candidates.document_reader.pdf_drawing import Interpreter, layers_off
from candidates.document_reader.pdf_page import UNKNOWN_LETTER, Page, text_of

MOST_PAGES = 60
# No file of the size that is taken has so many; a table may claim billions.
MOST_OBJECTS = 1_000_000
# Processor time after which no further page is begun: what was read by then is kept, and the rest is named as unread.
LAST_PAGE_SECONDS = 4.5


def read(content: bytes, reading: Reading) -> None:
    """Read a PDF. Raises Unreadable for one that is encrypted, broken, a scan without text, or not a PDF."""
    try:
        document = _Document(PDFParser(io.BytesIO(content)))
        if not document.catalog:
            raise Unreadable("The file is broken.")
        if any(count > MOST_OBJECTS for xref in document.xrefs for _, count in getattr(xref, "ranges", ())):
            raise Unreadable("The file is broken.")
        pieces, device = _pages(document, reading)
        pdf_contents.properties(document, reading)
        pdf_contents.warnings(document, reading)
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
    if letters.count(UNKNOWN_LETTER) * 3 > len(letters):
        raise Unreadable("Its fonts do not say which letters they draw.")
    reading.text = text.replace(UNKNOWN_LETTER, "")


class _Document(PDFDocument):
    """Ends what the library follows for ever: an object that is only the name of another one, in a circle."""

    def getobj(self, objid: int) -> object:
        found = super().getobj(objid)
        seen = {objid}
        while isinstance(found, PDFObjRef):
            if found.objid in seen:
                raise PDFObjectNotFound(objid)
            seen.add(found.objid)
            found = super().getobj(found.objid)
        return found


def _pages(document: PDFDocument, reading: Reading) -> tuple[list[str], Page]:
    """The visible text of each page, and the device that drew them."""
    device = Page(PDFResourceManager(), layers_off=layers_off(document))
    interpreter = Interpreter(device.rsrcmgr, device)
    pieces: list[str] = []
    length = 0
    for page in PDFPage.create_pages(document):
        if len(pieces) >= MOST_PAGES or length > MOST_CHARACTERS or reading.seconds > LAST_PAGE_SECONDS:
            reading.warn("not_all_read", f"Only its first {len(pieces)} pages were read.")
            break
        interpreter.process_page(page)
        pieces.append(text_of(device.get_result()))
        length += len(pieces[-1])
        for why, text in device.unseen:
            reading.hide(text, why)
    return pieces, device
