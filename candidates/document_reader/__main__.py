"""The process that reads one file: limits first, then the file from standard input, then one JSON object."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys

# Named here and not in settings: this process knows no Django. What stands above of time is in candidates.documents.
MEMORY_BYTES = 256 * 1024**2
# At the first the reader ends by itself and says so; at the second the kernel kills it, wherever it hangs.
CPU_SECONDS = 7
MOST_CPU_SECONDS = 8
# Reading a hostile file may take all that it is allowed to: whoever waits for a page comes first.
NICE = 5


def main(kind: str) -> dict[str, object]:
    """Read standard input as `kind` (pdf, docx or txt) and return what to print."""
    # After the limits are set, so that they hold for the libraries too.
    from candidates.document_reader import MOST_CHARACTERS, OutOfTime, Reading, Unreadable, guard, unseen
    from candidates.document_reader.docx import read as read_docx
    from candidates.document_reader.pdf import read as read_pdf
    from candidates.document_reader.plain import read as read_plain

    readers = {"pdf": read_pdf, "docx": read_docx, "txt": read_plain}
    reading = Reading()
    refused: dict[str, object] = {"state": "refused", "text": "", "hidden": [], "warnings": [], "properties": []}
    try:
        content = sys.stdin.buffer.read()
        guard.shut()
        readers[kind](content, reading)
        unseen.separate(reading)
        if not any(character.isalnum() for character in reading.text):
            raise Unreadable("It has no text that a person can see.")
        if len(reading.text) > MOST_CHARACTERS:
            reading.warn("not_all_read", f"Only the first {MOST_CHARACTERS:,} characters were read.")
    except Unreadable as error:
        return refused | {"reason": str(error), "hidden": reading.hidden, "warnings": reading.warnings}
    except OutOfTime:
        return refused | {"reason": "Reading it took too long."}
    except MemoryError:
        return refused | {"reason": "It is too large when unpacked."}
    except Exception:  # noqa: BLE001 - whatever a broken file makes a parser do, it is a broken file
        return refused | {"reason": "The file is broken."}
    return {
        "state": "read",
        "reason": "",
        "text": reading.text[:MOST_CHARACTERS],
        "hidden": reading.hidden,
        "warnings": reading.warnings,
        "properties": reading.properties,
    }


def _out_of_time(_signal: int, _frame: object) -> None:
    from candidates.document_reader import OutOfTime

    # Once: the kernel would ring each second, also while what was read is written out.
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    raise OutOfTime


def limit() -> None:
    """Put this process under its limits; they hold until it ends and can't be raised again."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _out_of_time)
    logging.disable(logging.CRITICAL)  # parsers log what they find, which is personal


if __name__ == "__main__":
    limit()
    found = main(sys.argv[1])
    # What was read is told even if the time runs out just now.
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    sys.stdout.buffer.write(json.dumps(found).encode())
    sys.stdout.flush()
    # Taking a broken file's objects apart one by one may take as long as reading them did.
    os._exit(0)
