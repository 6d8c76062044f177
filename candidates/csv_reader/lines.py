"""Physical lines of a file from a byte offset on, decoded block by block, in flat memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES = 256 * 1024
# A row may take this much, quoted newlines included: far above any resume, far below what a bad file could send.
ROW_LIMIT_BYTES = 2 * 1024 * 1024


class RowTooLong(Exception):
    """The row in progress went past ROW_LIMIT_BYTES: one endless line, or a quote that is never closed."""


class Lines:
    """An iterator over lines, each with its line end, that can say at which byte the next one begins.

    Bytes that do not decode become lone surrogates (and `suspicious_block` is set), so that encoding a line again gives
    the bytes it came from: offsets stay exact in a broken file too.
    """

    def __init__(self, file: BinaryIO, *, encoding: str, offset: int = 0) -> None:
        self._file = file
        self._encoding = encoding
        self._is_utf16 = encoding.startswith("utf-16")
        self._errors = "surrogatepass" if self._is_utf16 else "surrogateescape"
        self._base = offset
        self._size = 0
        self._tail = b""
        self._text = ""
        self._buffer = io.StringIO()
        self.block = 0
        # The block in which the row in progress began; the reader keeps it up to date.
        self.row_block = 0
        self.is_exhausted = False
        # The last block that held NUL or bytes that do not decode.
        self.suspicious_block = -1
        file.seek(offset)

    def __iter__(self) -> Iterator[str]:
        while self._load():
            # Not `yield from`: that would close the buffer together with this generator, and `position` needs it.
            for line in self._buffer:  # noqa: UP028
                yield line
        self.is_exhausted = True

    def position(self) -> int:
        """The byte offset at which the next line begins."""
        consumed = self._text[: self._buffer.tell()]
        if consumed.isascii() and not self._is_utf16:
            return self._base + len(consumed)
        return self._base + len(consumed.encode(self._encoding, self._errors))

    def _load(self) -> bool:
        """Bring the next block, cut at a line end, into the buffer; False at the end of the file."""
        self._base += self._size
        self._size, self._text, self._buffer = 0, "", io.StringIO()
        if (self.block - self.row_block) * BLOCK_BYTES >= ROW_LIMIT_BYTES:
            raise RowTooLong
        pieces = [self._tail]
        held = len(self._tail)
        while True:
            block = self._file.read(BLOCK_BYTES)
            if not block:
                data, cut = b"".join(pieces), held
                break
            pieces.append(block)
            held += len(block)
            if b"\n" in block or b"\r" in block:
                data = b"".join(pieces)
                cut = self._last_line_end(data)
                if cut:
                    break
                pieces = [data]
            if held > ROW_LIMIT_BYTES:
                self._tail = b""
                raise RowTooLong
        self._tail = data[cut:]
        if not cut:
            return False
        self.block += 1
        self._size = cut
        self._text = self._decoded(data[:cut])
        self._buffer = io.StringIO(self._text, newline="")
        return True

    def _last_line_end(self, data: bytes) -> int:
        """Length of the leading part that ends with a line end; 0 if there is none."""
        if self._is_utf16:
            unit = "\n".encode(self._encoding)
            at = data.rfind(unit)
            while at > 0 and at % 2:  # the two bytes straddle two units: not a line end
                at = data.rfind(unit, 0, at + 1)
            return at + 2 if at >= 0 and at % 2 == 0 else 0
        at = data.rfind(b"\n")
        if at < 0:  # the line ends of old Macs; a last one may be half of "\r\n"
            at = data.rfind(b"\r", 0, len(data) - 1)
        return at + 1

    def _decoded(self, data: bytes) -> str:
        try:
            text = data.decode(self._encoding)
        except UnicodeDecodeError:
            self.suspicious_block = self.block
            if self._is_utf16 and len(data) % 2:
                data = data[:-1]
            text = data.decode(self._encoding, self._errors)
        if "\x00" in text:
            self.suspicious_block = self.block
        return text


def end_of_line(file: BinaryIO, *, encoding: str, offset: int) -> int:
    """The byte offset behind the line that begins at `offset`, found without holding the line."""
    newline = "\n".encode(encoding)
    width = len(newline)
    file.seek(offset)
    while block := file.read(BLOCK_BYTES):
        at = block.find(newline)
        while at > 0 and at % width:
            at = block.find(newline, at + 1)
        if at >= 0:
            return offset + at + width
        offset += len(block)
    return offset
