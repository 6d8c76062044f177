"""Text files."""

from __future__ import annotations

import unicodedata

from candidates.document_reader import MOST_CHARACTERS, Reading, Unreadable

# More than can be kept, since much of it may be white space or unseen characters, which are taken out.
MOST_LOOKED_AT = 4 * MOST_CHARACTERS


def read(content: bytes, reading: Reading) -> None:
    """Decode UTF-8, UTF-16 (with a mark) or Windows-1252. Raises Unreadable for what is no text."""
    text = decoded(content)
    if text is None:
        raise Unreadable("It is no plain text.")
    if len(text) > MOST_LOOKED_AT:
        reading.warn("not_all_read", f"Only the first {MOST_LOOKED_AT:,} characters were looked at.")
    reading.text = text[:MOST_LOOKED_AT]


def decoded(content: bytes) -> str | None:
    """The text of `content`, or None if it is none."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = sum(unicodedata.category(character) in ("Cc", "Cn", "Co") for character in text[:20_000])
        strange -= sum(text[:20_000].count(character) for character in "\t\n\r\f")
        return text if strange <= len(text[:20_000]) // 500 else None
    return None
