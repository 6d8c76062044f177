"""The process that reads one file: limits first, then the file from standard input, then one JSON object."""

from __future__ import annotations

import json
import logging
import resource
import sys

# Named here and not in settings: this process knows no Django.
MEMORY_BYTES = 256 * 1024**2
CPU_SECONDS = 10


def main(kind: str) -> dict[str, object]:
    """Read standard input as `kind` (pdf, docx or txt) and return what to print."""
    # After the limits are set, so that they hold for the libraries too.
    from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable, unseen
    from candidates.document_reader.docx import read as read_docx
    from candidates.document_reader.pdf import read as read_pdf
    from candidates.document_reader.plain import read as read_plain

    readers = {"pdf": read_pdf, "docx": read_docx, "txt": read_plain}
    reading = Reading()
    try:
        readers[kind](sys.stdin.buffer.read(), reading)
        unseen.separate(reading)
        if not any(character.isalnum() for character in reading.text):
            raise Unreadable("It has no text that a person can see.")
    except Unreadable as error:
        return {"state": "refused", "reason": str(error), "text": "", "hidden": reading.hidden}
    except MemoryError:
        return {"state": "refused", "reason": "It is too large when unpacked.", "text": "", "hidden": []}
    except Exception:  # noqa: BLE001 - whatever a broken file makes a parser do, it is a broken file
        return {"state": "refused", "reason": "The file is broken.", "text": "", "hidden": []}
    return {"state": "read", "reason": "", "text": reading.text[:MOST_CHARACTERS], "hidden": reading.hidden}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)  # parsers log what they find, which is personal
    sys.stdout.buffer.write(json.dumps(main(sys.argv[1])).encode())
