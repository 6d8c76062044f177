"""Finding the terms of a rubric in a resume, and how much each place where one stands is worth."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from candidates.matching import lexicon, worth
from candidates.matching.lexicon import Name
from candidates.matching.resume import Resume
from candidates.matching.words import EMPTY_STEMS, GENERIC, STOP, Text, content_stems, singular, split, stem

# A misspelling of a word this long may differ by one edit, of a longer one by two.
FUZZY_FROM, FUZZY_TWO_FROM = 6, 11
# The words of an open term stand within so many tokens of each other.
WINDOW = 7
# From so many words on, a line that the description has word for word was copied from it, and is no evidence.
# A short line may be chance; three of them are not.
COPIED_WORDS, SHORT_COPIED_WORDS, SHORT_COPIED_LINES = 7, 4, 3
COPIED = 0.2

# What may stand beside an ambiguous name to show that it is meant: "in Go", "Excel spreadsheets", "R, Python".
_CUE_BEFORE = frozenset(
    (
        "in using with ms microsoft apache adobe google proficient proficiency language languages knowledge of "
        "and or advanced intermediate experience via skills tools technologies stack expert written framework"
    ).split()
)
_CUE_AFTER = frozenset(
    (
        "programming language developer development engineer code coding script scripts framework spreadsheet "
        "spreadsheets macros api apis app apps backend services service microservices package packages pivot "
        "formulas vlookup skills certified administrator software platform data model models analysis pipeline "
        "dashboards server stack and or"
    ).split()
)
_SEPARATOR = re.compile(r"^\s*(?:[,;/|•·\n&+]|\s-\s|$)")
_SEPARATOR_BEFORE = re.compile(r"(?:[,;/|•·\n:&(+]|\s-|^)\s*$")


class Hit(NamedTuple):
    """A term found: `share` says how far it answers the criterion, `worth` what its place counts for."""

    criterion: int
    item: int
    share: float
    worth: float
    text: int  # index into resume.texts
    start: int
    end: int
    position: int  # index into resume.positions, or -1
    listed: bool


@dataclass(slots=True)
class Term:
    """A name that is looked for, and what it answers: criterion, the item of it, and the share."""

    name: Name
    answers: list[tuple[int, int, float]] = field(default_factory=list)


@dataclass(slots=True)
class OpenTerm:
    """Words that no lexicon knows: they count together within a window, in part where only some stand there."""

    criterion: int
    item: int
    stems: tuple[str, ...]


class Finder:
    """The terms of one rubric, compiled for looking them up in any number of resumes."""

    def __init__(self) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
        self._stemmed: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
        self._terms: dict[tuple[bool, tuple[str, ...], str], Term] = {}
        self._open: list[OpenTerm] = []
        self._open_stems: frozenset[str] = frozenset()
        # Whole words that a misspelling may stand for, by first letter.
        self._spelt: dict[str, list[tuple[str, Term]]] = {}
        self._lines: list[tuple[str, int]] = []
        self._misspelt: dict[str, Term | None] = {}

    def add(self, criterion: int, item: int, wanted: str) -> None:
        """Look for a skill by all its names and by what implies it; or, if unknown, for its words."""
        skills = lexicon.load()
        known = skills.resolve(wanted)
        if known is not None:
            for skill, share in skills.answers(known.name).items():
                # Singular and plural of a name are one: each place where it stands counts once.
                for name in dict.fromkeys(skills.names_of(skill)):
                    self._term(name).answers.append((criterion, item, share))
            return
        short, long = acronym(wanted)
        for phrase in (short, long) if short else (wanted,):
            words = split(phrase)
            if not words:
                continue
            self._term(Name(tuple(singular(word) for word in words), wanted, False, "")).answers.append(
                (criterion, item, 1.0)
            )
            content = tuple(dict.fromkeys(content_stems(phrase)))
            if len(content) > 1 or (content and len(words) > 1):
                self._open.append(OpenTerm(criterion, item, content))
            elif content and len(words) == 1 and len(words[0]) > 4:
                self._term(Name((stem(words[0]),), wanted, True, "")).answers.append((criterion, item, 1.0))

    def copied_from(self, line: str) -> None:
        """Remember a line of the description: whoever pastes it into a resume shows nothing by it."""
        words = split(line)
        joined = f" {' '.join(words)} "
        if len(words) >= SHORT_COPIED_WORDS and (joined, len(words)) not in self._lines:
            self._lines.append((joined, len(words)))

    def close(self) -> None:
        """Build the look-up tables; called once after the last `add`."""
        for term in self._terms.values():
            table = self._stemmed if term.name.by_stem else self._exact
            table.setdefault(term.name.words[0], []).append((term.name.words, term))
            words = term.name.words
            if len(words) == 1 and not term.name.by_stem and not term.name.cased and len(words[0]) >= FUZZY_FROM:
                self._spelt.setdefault(words[0][0], []).append((words[0], term))
        for table in (self._exact, self._stemmed):
            for entries in table.values():
                entries.sort(key=lambda entry: -len(entry[0]))
        self._open_stems = frozenset(one for term in self._open for one in term.stems)

    def hits(self, resume: Resume) -> Iterator[Hit]:
        """Every place where a term stands, with its worth; negated ones are left out."""
        supported = bool(resume.positions) or resume.years is not None or bool(resume.candidate.current_role)
        for number, text in enumerate(resume.texts):
            copied = self._copied(text) if len(text.words) >= COPIED_WORDS else []
            for hit in self._in_text(resume, number, text, supported=supported):
                if any(start <= hit.start < end for start, end in copied):
                    yield hit._replace(worth=hit.worth * COPIED, position=-1, listed=True)
                else:
                    yield hit

    def _copied(self, text: Text) -> list[tuple[int, int]]:
        """The stretches of a text that the description has word for word."""
        joined = f" {' '.join(text.words)} "
        lines = [(line, length) for line, length in self._lines if line in joined]
        if len(lines) < SHORT_COPIED_LINES:
            lines = [(line, length) for line, length in lines if length >= COPIED_WORDS]
        found = []
        for line, length in lines:
            at = joined.find(line)
            while at >= 0:
                first = joined.count(" ", 0, at)
                found.append((text.starts[first], text.ends[first + length - 1]))
                at = joined.find(line, at + 1)
        return found

    # --- one text --------------------------------------------------------------------------------------------------
    def _in_text(self, resume: Resume, number: int, text: Text, *, supported: bool) -> Iterator[Hit]:
        words = text.words
        exact, stemmed = text.singulars, text.stems
        known = self._exact
        stems = self._stemmed
        count = len(words)
        reach = -1
        open_at: dict[str, list[int]] = {}
        for at in range(count):
            if stemmed[at] in self._open_stems:
                open_at.setdefault(stemmed[at], []).append(at)
            best: tuple[int, Term] | None = None
            entries = known.get(exact[at])
            if entries:
                for phrase, term in entries:
                    length = len(phrase)
                    if (
                        length == 1 or (tuple(exact[at : at + length]) == phrase and text.is_phrase(at, length))
                    ) and self._fits(text, at, length, term):
                        best = (length, term)
                        break
            entries = stems.get(stemmed[at])
            if entries:
                for phrase, term in entries:
                    length = len(phrase)
                    if (best is None or length > best[0]) and (
                        length == 1 or (tuple(stemmed[at : at + length]) == phrase and text.is_phrase(at, length))
                    ):
                        best = (length, term)
                        break
            if best is None and len(words[at]) >= FUZZY_FROM - 1 and at > reach:
                term_or_none = self._fuzzy(exact[at], words[at])
                best = (1, term_or_none) if term_or_none else None
            if best is None or at + best[0] - 1 <= reach:
                continue
            reach = at + best[0] - 1
            start, end = text.starts[at], text.ends[reach]
            counts, position, listed = worth.of(resume, text, start, end, supported=supported)
            if counts:
                for criterion, item, share in best[1].answers:
                    yield Hit(criterion, item, share, counts, number, start, end, position, listed)
        if open_at:
            yield from self._open_hits(resume, number, text, open_at, supported=supported)

    def _open_hits(
        self, resume: Resume, number: int, text: Text, at: dict[str, list[int]], *, supported: bool
    ) -> Iterator[Hit]:
        for term in self._open:
            present = [one for one in term.stems if one in at]
            if not present or (len(term.stems) > 1 and len(present) * 2 < len(term.stems)):
                continue
            window = _closest(at, present)
            if window is None:
                continue
            first, last, covered = window
            share = covered / len(term.stems)
            if share < 0.5:
                continue
            # Half of the words is a hint, all of them together are the thing itself.
            share = 1.0 if share == 1.0 else 0.65 * share
            start, end = text.starts[first], text.ends[last]
            counts, position, listed = worth.of(resume, text, start, end, supported=supported)
            if counts:
                yield Hit(term.criterion, term.item, share, counts, number, start, end, position, listed)

    def _fits(self, text: Text, at: int, length: int, term: Term) -> bool:
        """Whether an ambiguous name is meant here: right case, and it stands in a list or beside a cue."""
        cased = term.name.cased
        if not cased:
            return True
        start, end = text.starts[at], text.ends[at + length - 1]
        raw = text.text[start:end]
        before, after = text.text[max(0, start - 24) : start], text.text[end : end + 24]
        if after[:1] == "-" or (before[-1:] == "-" and before[-2:-1].isalnum()):
            return False  # go-to-market, C-level, R-rated
        in_list = bool(_SEPARATOR.match(after)) and bool(_SEPARATOR_BEFORE.search(before))
        if raw != cased:
            return (in_list and len(cased) > 2 and text.name == "skills") or (
                in_list and len(cased) > 2 and "," in before + after
            )
        if len(cased) == 1 and (
            (after[:1] in ".'’&" and not after[1:2].isspace()) or re.match(r"\.\s+[A-Z][a-z]", after)
        ):
            return False  # an initial: "Jack R. Smith"
        if in_list:
            return True
        last_word = text.words[at - 1] if at and "\n" not in text.text[text.ends[at - 1] : start] else ""
        next_at = at + length
        next_word = (
            text.words[next_at]
            if next_at < len(text.words) and "\n" not in text.text[end : text.starts[next_at]]
            else ""
        )
        starts_sentence = not last_word or before.rstrip()[-1:] in ".!?•*"
        if len(cased) <= 2:
            return last_word in _CUE_BEFORE or (next_word in _CUE_AFTER and next_word not in ("and", "or", "service"))
        if starts_sentence:
            return next_word in _CUE_AFTER
        return raw.isupper() or last_word in _CUE_BEFORE or next_word in _CUE_AFTER or raw[0].isupper()

    def _fuzzy(self, form: str, word: str) -> Term | None:
        """The term that this word misspells, if it is close to one and no word of its own."""
        if form in self._misspelt:
            return self._misspelt[form]
        found: Term | None = None
        if form.isalpha() and not _is_known_word(word, form):
            for spelt, term in self._spelt.get(form[0], ()):
                allowed = 2 if len(spelt) >= FUZZY_TWO_FROM else 1
                # One word at the beginning of the other is another form of it, or another word: market, Marketo.
                if abs(len(spelt) - len(form)) > allowed or spelt.startswith(form) or form.startswith(spelt):
                    continue
                if DamerauLevenshtein.distance(form, spelt, score_cutoff=allowed) <= allowed:
                    found = term
                    break
        if len(self._misspelt) < 100_000:
            self._misspelt[form] = found
        return found

    def _term(self, name: Name) -> Term:
        return self._terms.setdefault((name.by_stem, name.words, name.cased), Term(name))


def acronym(phrase: str) -> tuple[str, str]:
    """("SEO", "Search Engine Optimization") of "Search Engine Optimization (SEO)" or the other way round; else ("", "")."""
    match = re.match(r"^\s*(?P<a>[^()]+?)\s*\((?P<b>[^()]+)\)\s*$", phrase)
    if match is None:
        return "", ""
    one, other = match["a"].strip(), match["b"].strip()
    if len(one) > len(other):
        one, other = other, one
    return (one, other) if re.fullmatch(r"[A-Z][A-Za-z&/]{1,7}", one) else ("", "")


def _closest(at: dict[str, list[int]], present: Sequence[str]) -> tuple[int, int, int] | None:
    """The window of at most WINDOW tokens that holds most of the stems: (first, last, how many)."""
    places = sorted((place, number) for number, one in enumerate(present) for place in at[one])
    best: tuple[int, int, int] | None = None
    low = 0
    for high in range(len(places)):
        while places[high][0] - places[low][0] > WINDOW:
            low += 1
        covered = len({number for _, number in places[low : high + 1]})
        if best is None or covered > best[2]:
            best = (places[low][0], places[high][0], covered)
    return best


def near_years(hits: Iterable[Hit], spans: Sequence[tuple[int, int, float]], text: int, whole: str) -> float | None:
    """Years that the text ties to a skill: "5 years of Python", "Python (5 yrs)". `spans` are durations (begin, end, years)."""
    best: float | None = None
    if not spans:
        return None
    begins = [span[0] for span in spans]
    for hit in hits:
        if hit.text != text or hit.share < 0.85:
            continue
        for number in range(
            max(0, bisect_left(begins, hit.start) - 2), min(len(spans), bisect_left(begins, hit.end) + 2)
        ):
            begin, end, years = spans[number]
            between = whole[end : hit.start] if end <= hit.start else whole[hit.end : begin]
            if len(between) > 45 or re.search(r"[.;\n]", between):
                continue
            if end <= hit.start:
                fits = re.fullmatch(
                    r"['’]?\s*(?:of\s+)?(?:[\w-]+\s+){0,3}?(?:experience\s+)?(?:[\w-]+\s+){0,2}?(?:(?:with|in|of|using)\s+)?(?:[\w#+./&-]+(?:,\s*|\s+and\s+|\s*/\s*|\s+)){0,3}",
                    between,
                )
            else:
                fits = re.fullmatch(
                    r"\s*(?:(?:experience|development|develop\w+|programm\w+|engineer\w*|work)\s*)?(?:[(:–—-]\s*|for\s+|with\s+|over\s+|~\s*|,\s*)+(?:over\s+|more\s+than\s+|about\s+)?",
                    between,
                )
            if fits:
                best = max(best or 0.0, years)
    return best


def _is_known_word(word: str, form: str) -> bool:
    """Whether a word is a word of its own (then it misspells nothing)."""
    known = lexicon.load().words
    stemmed = stem(word)
    return form in known or stemmed in known or word in STOP or word in GENERIC or stemmed in EMPTY_STEMS
