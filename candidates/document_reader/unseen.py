"""Characters that nobody sees: taken out of the text, and told where they carry something."""

from __future__ import annotations

import re
import unicodedata

from candidates.document_reader import Reading

# Tag characters mirror ASCII and are drawn as nothing. A flag emoji may carry a few of them (England, Scotland, Wales).
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,6}\U000e007f")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
# Variation selectors, two ranges: 256 values that can spell bytes.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_ZERO_WIDTH = re.compile("[\u200b\u2060-\u2064\u180e\ufeff\u200e\u200f\u00ad\u115f\u1160\u3164\uffa0]+")
# Joiners shape Arabic, Indic scripts and emoji; beside Latin letters they only hide.
_JOINERS = re.compile("(?<![^\\s\x21-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x21-\u024f])|[\u200c\u200d]{2,}")
_FEW = 8


def separate(reading: Reading) -> None:
    """Take unseen characters out of `reading.text`; note in `reading.hidden` what they spell or how many there are."""
    text = reading.text
    flags: list[str] = []

    def keep_flag(match: re.Match[str]) -> str:
        flags.append(match[0])
        return "\ue000"

    text = _FLAG.sub(keep_flag, text.replace("\ue000", ""))
    spelt = "".join(
        chr(ord(tag) - 0xE0000) for run in _TAGS.findall(text) for tag in run if 0x20 <= ord(tag) - 0xE0000 < 0x7F
    )
    text = _TAGS.sub("", text)
    reading.hide(spelt, "written in characters that are drawn as nothing")
    for run in _SELECTORS.findall(text):
        reading.hide(_bytes_of(run), "written in characters that are drawn as nothing")
    text = _SELECTORS.sub("", text)
    if "\u202e" in text or "\u202d" in text:
        reading.hide(
            "Characters that turn the direction of writing.", "letters stand in another order than they are seen"
        )
    text = _OVERRIDES.sub("", text)
    count = sum(len(run) for pattern in (_ZERO_WIDTH, _JOINERS) for run in pattern.findall(text))
    if count >= _FEW:
        reading.hide(f"{count} invisible characters between the letters.", "characters without width")
    text = _JOINERS.sub("", _ZERO_WIDTH.sub("", text))
    for flag in flags:
        text = text.replace("\ue000", flag, 1)
    reading.text = _tidied(text)


def _bytes_of(selectors: str) -> str:
    values = [ord(one) - 0xFE00 if ord(one) < 0xFE10 else ord(one) - 0xE0100 + 16 for one in selectors]
    return bytes(values).decode("utf-8", errors="replace").replace("\x00", "")


def _tidied(text: str) -> str:
    """Without control characters (Postgres holds no NUL), with plain line ends and no long runs of empty lines."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\f", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    text = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))
    # From the first of them on only: at each of a million spaces, looking for the end of the line takes for ever.
    text = re.sub(r"(?<![ \t\u00a0])[ \t\u00a0]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
