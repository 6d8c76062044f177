"""Find a candidate's name in a text: whole, in parts, as initials, in handles, in any case and script.

A part that means nothing else goes wherever it stands. A part that is also a word, a month, a place, a skill or an
employer (common_words.txt) goes in two cases only: beside another part of the name, and where the words around it show
that a person is meant. The second rule holds in every text for every such word, whoever the candidate is; otherwise
"Will led the team" would differ between Will's resume and another's, and "Will relocate" would be lost to Will alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

TOKEN = "[name]"  # noqa: S105 - what stands in place of a name
_LETTER = r"[^\W\d_]"
# Marks that belong to the letter before them, and invisible characters that can split a word.
_MARK = r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u200b-\u200d\u2060\u00ad\ufeff]"
_WORD = re.compile(rf"{_LETTER}(?:{_LETTER}|{_MARK}|['’ʼ‐‑-](?={_LETTER}))*")
_PIECES = re.compile(r"['’ʼ‐‑-]")
_POSSESSIVE = re.compile(r"['’ʼ]s$", re.IGNORECASE)
_GAP = re.compile(r"[ \t\u00a0]{0,2}[.,]?[ \t\u00a0]{0,2}|[ \t]*\r?\n[ \t]*|[-‐‑]|[ \t]*[(\"“'‘][ \t]*|[)\"”'’][ \t]*")
_HANDLE = re.compile(r"(?<![\w.-])[\w.-]{4,64}")
_NOT_IN_WORDS = re.compile(r"[\d_.]")
# Scripts written without spaces between words.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f\uf900-\ufaff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC_PREFIXES = "وفبلك"
_PARTICLES = frozenset(
    (
        *("de", "del", "della", "der", "den", "di", "da", "do", "dos", "das", "du", "la", "le", "van", "von", "vom"),
        *("zu", "zum", "zur", "al", "el", "ul", "bin", "ben", "ibn", "bint", "abu", "abd", "ter", "ten", "te", "y"),
        *("e", "of"),
        *("st", "san", "santa", "mac", "mc", "jr", "sr", "ii", "iii", "iv", "phd", "md", "mba"),
    )
)
_SPELLED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ß": "ss", "ё": "е", "й": "и"}
)


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """A word's letters alone, in lower case, without accents and invisible characters."""
    if word.isascii():
        return "".join(filter(str.isalpha, word.lower()))
    plain = unicodedata.normalize("NFKD", word.casefold()).translate(_SPELLED)
    return "".join(filter(str.isalpha, plain))


def _read_common_words() -> dict[str, str]:
    """{word: class} from common_words.txt: lines of "class: word word …", # for comments."""
    words: dict[str, str] = {}
    for line in (Path(__file__).with_name("common_words.txt")).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, _, listed = line.partition(":")
            for word in listed.split():
                # A month, place, skill or employer is judged more narrowly, so that class wins.
                if kind != "word" or word not in words:
                    words[word] = kind
    return words


COMMON = _read_common_words()


@dataclass(frozen=True)
class Name:
    """A candidate's name, ready to be looked for."""

    full: str
    parts: frozenset[str] = field(default=frozenset())
    joined: frozenset[str] = field(default=frozenset())
    handles: frozenset[str] = field(default=frozenset())
    unspaced_pattern: re.Pattern[str] | None = None
    stems: tuple[str, ...] = ()
    particles: frozenset[str] = frozenset()
    _seen: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, full: str | None) -> Name:
        """Take a name apart. Titles and particles ("von", "bin") are no parts; a nickname in brackets is one."""
        full = full or ""
        parts: list[str] = []
        particles: set[str] = set()
        unspaced: list[str] = []
        for match in _WORD.finditer(full):
            word = match[0]
            if _UNSPACED.search(word):
                unspaced.append(word)
                continue
            pieces = [folded(piece) for piece in _PIECES.split(word)]
            particles |= _PARTICLES.intersection(pieces)
            for part in (folded(word), *pieces):
                if len(part) > 1 and part not in _PARTICLES and part not in _TITLES and part not in parts:
                    parts.append(part)
        joined = {a + b for a in parts for b in parts if a != b and len(a) > 2 and len(b) > 2}
        handles = joined | {a + b for a in parts for b in parts if a != b}
        handles |= {a[0] + b for a in parts for b in parts if a != b and len(b) > 2}
        handles |= {a + b[0] for a in parts for b in parts if a != b and len(a) > 2}
        if len(parts) > 1:
            joined.add(folded(full))
        if unspaced:
            everything = "".join(unspaced)
            given = {everything[1:]} if len(unspaced) == 1 and 3 <= len(everything) <= 4 else set()
            orders = (unspaced, unspaced[::-1])
            written = {gap.join(order) for order in orders for gap in ("", " ", ", ", "，", "、", "·", "\u3000")}
            unspaced = sorted({*written, *unspaced, *given}, key=len, reverse=True)
        return cls(
            full=full,
            parts=frozenset(parts),
            joined=frozenset(joined - COMMON.keys()),
            handles=frozenset(handles | joined),
            unspaced_pattern=_any_of([word for word in unspaced if len(word) > 1]),
            stems=tuple(part.rstrip("аяеоуиьы") for part in parts if _CYRILLIC.search(part) and len(part) > 3),
            particles=frozenset(particles),
        )

    def has(self, word: str) -> bool:
        """Whether a word of a text is a part of the name, or joined from parts."""
        known = self._seen.get(word)
        if known is None:
            known = self._seen[word] = self._has(word)
        return known

    def _has(self, word: str) -> bool:
        plain = folded(word)
        if plain in self.parts or plain in self.joined:
            return True
        if self.stems and any(plain.startswith(stem) and len(plain) - len(stem) <= 3 for stem in self.stems):
            return True  # Cyrillic names change their endings
        if plain[:1] in _ARABIC_PREFIXES and plain[:1] and plain[1:] in self.parts:
            return True  # "and", "to", "by" are written onto the name
        pieces = [folded(piece) for piece in _PIECES.split(word)]
        return len(pieces) > 1 and all(piece in self.parts for piece in pieces)


_TITLES = frozenset({"mr", "mrs", "ms", "mx", "miss", "dr", "prof", "sir", "madam", "herr", "frau", "esq"})


def _any_of(words: list[str]) -> re.Pattern[str] | None:
    """One or several of the words, the longest first, with nothing but separators between them."""
    if not words:
        return None
    either = "|".join(map(re.escape, words))
    return re.compile(rf"(?:{either})(?:[ \t,，、·(（\n]{{0,2}}(?:{either}))*")


# What shows that a person is meant. The short list serves words that are often no name: places, skills, employers.
_DOES = (
    r"led|leads|built|builds|managed|manages|joined|grew|sold|sells|closed|closes|drove|drives|exceeded|earned|"
    r"graduated|speaks|lives|specializ\w+|specialis\w+|founded|co-?founded|holds|brings|studied|enjoys|loves|thrives|"
    r"excels|mentored|coached|hired|negotiated|achieved|delivered|worked|works|began|reports|reported|volunteers|volunteered|"
    r"consistently|successfully|personally|who"
)
_IS = (
    r"is|was|has|had|started|created|launched|developed|served|serves|spent|also|currently|recently|previously|can|did|"
    r"does"
)
_OWNS = (
    r"(?:former\s+|previous\s+|direct\s+|own\s+)?(?:managers?|boss|career|experience|background|colleagues?|work|role|"
    r"skills?|strengths?|ability|abilities|performance|leadership|contributions?|achievements?|resume|profile|responsibilities|quota|references?|"
    r"responsibility|approach|passion|expertise|track\s+record)"
)
_AFTER_NARROW = re.compile(rf"['’ʼ]s[ \t]+{_OWNS}\b|[ \t]+(?:{_DOES})\b", re.IGNORECASE)
_AFTER = re.compile(rf"['’ʼ]s\b|[ \t]+(?:{_DOES}|{_IS})\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:\bi\s+am|\bi['’]m|\bmy\s+name\s+is|\bname\s*:|\bnamed|\bcalled|\bcontact|\bcandidate\s*:?|\bdear|\bhi|\bhello|\bregards,?|"
    r"\bsincerely,?|\bask\s+for|\bmeet|\babout|\b(?:Mr|Mrs|Ms|Mx|Dr|Miss|Prof)\b\.?)\s+$",
    re.IGNORECASE,
)


def find(text: str, name: Name) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, "[name]") of each place where `text` names the candidate."""
    for match in name.unspaced_pattern.finditer(text) if name.unspaced_pattern else ():
        yield match.start(), match.end(), TOKEN
    if name.handles:
        for match in _HANDLE.finditer(text):
            if _NOT_IN_WORDS.search(match[0]) and _is_handle(match[0], name):
                yield match.start(), match.end(), TOKEN
    yield from _in_words(text, name)


def _is_handle(word: str, name: Name) -> bool:
    letters = folded(word)
    return letters in name.handles or any(len(joined) > 5 and joined in letters for joined in name.handles)


@dataclass(slots=True)
class _Word:
    start: int
    end: int
    text: str

    @property
    def common(self) -> str | None:
        """The class of a word that is often no name, or None."""
        plain = folded(self.text)
        if kind := COMMON.get(plain):
            return kind
        return "short" if len(plain) < 3 and plain.isascii() else None


def _in_words(text: str, name: Name) -> Iterator[tuple[int, int, str]]:
    words = [_word(match) for match in _WORD.finditer(text)]
    position = 0
    while position < len(words):
        word = words[position]
        if not (name.has(word.text) or _initial(text, word, name)):
            kind = COMMON.get(folded(word.text)) if word.text[0].isupper() else None
            if kind and _means_person(text, word, is_wide=kind == "word"):
                yield word.start, word.end, TOKEN
            position += 1
            continue
        last, sure = _sequence(text, words, position, name)
        if last is None:
            position += 1
            continue
        start, end = word.start, words[last].end
        kind = word.common
        if (
            sure
            or kind is None
            or _alone(text, start, end)
            # Here the name itself speaks for a person, so more words around it will do.
            or _means_person(text, word, is_wide=True)
            or (kind == "word" and _mid_sentence(text, word))
        ):
            while position and folded(words[position - 1].text) in name.particles:
                if not _GAP.fullmatch(text, words[position - 1].end, start):
                    break
                position -= 1
                start = words[position].start
            yield start, end, TOKEN
        position = last + 1


def _word(match: re.Match[str]) -> _Word:
    text = _POSSESSIVE.sub("", match[0])
    return _Word(match.start(), match.start() + len(text), text)


def _sequence(text: str, words: list[_Word], first: int, name: Name) -> tuple[int | None, bool]:
    """The last word of the name that begins at word `first`, and whether it is surely the name; (None, …) if none is.

    Parts follow each other across a space, comma, hyphen or line end; particles and initials stand between or around.
    """
    parts = int(name.has(words[first].text))
    last = first if parts else None
    sure = parts == 1 and folded(words[first].text) in name.joined
    position = first + 1
    while position < len(words) and _GAP.fullmatch(text, words[position - 1].end, words[position].start):
        word = words[position]
        if name.has(word.text):
            if not parts and not word.text[0].isupper():
                break  # "I will", where Will's other name begins with I
            parts += 1
            last = position
        elif _initial(text, word, name):
            goes_on = position + 1 < len(words) and name.has(words[position + 1].text)
            if last == position - 1 and words[last].text[0].isupper() and not goes_on:
                last = position  # "Jane D."
        elif folded(word.text) not in _PARTICLES:
            break
        position += 1
    return last, sure or (last is not None and last > first)


def _initial(text: str, word: _Word, name: Name) -> bool:
    """Whether a word is a capital that may stand for a part; "I" does so only before a full stop."""
    if len(word.text) != 1 or not word.text.isupper() or (word.text == "I" and text[word.end : word.end + 1] != "."):
        return False
    plain = folded(word.text)
    return any(part.startswith(plain) for part in name.parts)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the line holds nothing else: a heading or a signature."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    around = text[begin:start] + text[end : stop if stop >= 0 else len(text)]
    return not around.strip(" \t\r,.|*#-–—_") and "\n" in text


def _means_person(text: str, word: _Word, *, is_wide: bool) -> bool:
    if not word.text[0].isupper() or (word.text.isupper() and len(word.text) > 1):
        return False
    after = _AFTER if is_wide else _AFTER_NARROW
    return bool(after.match(text, word.end) or _BEFORE.search(text, max(0, word.start - 24), word.start))


def _mid_sentence(text: str, word: _Word) -> bool:
    """Whether a capital stands where only a name has one: inside a sentence, with no capital beside it."""
    if not word.text[0].isupper() or word.text.isupper():
        return False
    before = text[max(0, word.start - 24) : word.start]
    lead = re.search(rf"({_LETTER}+)[,;]?[ \t]+$", before)
    follow = re.match(rf"[ \t]+({_LETTER})", text[word.end : word.end + 8])
    return bool(lead and lead[1].islower() and not (follow and follow[1].isupper()))
