"""One candidate's texts, cut into sections and positions: where each word stands and how many years are behind it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from candidates.matching import dates, titles
from candidates.matching.dates import Range
from candidates.matching.sections import BULLET, Section, heading_of, lines_of, title_in
from candidates.matching.words import Text
from candidates.models import Candidate, Document

# Longer than any resume; what stands behind it is not read, so that one pasted book cannot stall a worker.
MOST_CHARACTERS = 60_000

_SCHOOL = re.compile(
    r"\b(?:universit\w*|college|school|institute|academy|bachelor|master|b\.?sc|m\.?sc|ph\.?d|diploma|degree|mba|b\.?a|"
    r"b\.?s|hochschule|graduat\w+|gpa|coursework|major)\b",
    re.IGNORECASE,
)
_EMAIL_OR_LINK = re.compile(
    r"\S+@\S+\.\S+|(?:https?://|www\.)\S+|\b(?:linkedin|github|gitlab|bitbucket)\.com/\S*", re.IGNORECASE
)
_UNIT = re.compile(r"year|yr|month|decade|jahr|Year|YEAR")
_TOTAL = re.compile(
    r"(?:\+|years?|yrs?|decades?)['’]?\s+(?:\w+\s+){0,2}?(?:of\s+)?(?:[\w&/-]+\s+){0,4}?(?:experience|exp\b|career|background)"
    r"|experience\s*(?:[:–-]|of)?\s*(?:over\s+|more\s+than\s+)?\d|(?:with|over|for|have|brings?)\s+(?:over\s+|more\s+than\s+)?"
    r"\w+\+?\s+(?:years|yrs)|(?:years|yrs)\s+(?:in|as|at|on|spent|working|building|leading|managing|selling)\b",
    re.IGNORECASE,
)  # fmt: skip


class Position(NamedTuple):
    """A job that was held: months first ≤ m < last, and the part of a source that tells of it (-1 where none does)."""

    title: str
    first: int
    last: int
    is_current: bool
    exact: bool
    source: str
    start: int
    end: int


class Held(NamedTuple):
    """A title that the candidate holds or held, and where it stands."""

    title: titles.Title
    is_current: bool
    years: float
    source: str
    start: int
    end: int


class Resume:
    """What is known of a candidate as text. Names and contact details are masked, so that a name never scores."""

    def __init__(self, candidate: Candidate, documents: Sequence[Document] = (), *, today: date | None = None) -> None:
        self.today = today or date.today()
        self.candidate = candidate
        self._name = _name_pattern(candidate.name)
        self.texts: list[Text] = [
            Text(name, text[:MOST_CHARACTERS], self._masked(text[:MOST_CHARACTERS]))
            for name, text in source_texts(candidate, documents).items()
        ]
        self._marks: dict[str, tuple[list[int], list[tuple[Section, int]]]] = {}
        self.positions: list[Position] = []
        for text in self.texts:
            if text.name in FREE_TEXTS or text.name.startswith("document:"):
                self._read(text)
        self.positions += self._stored_positions()

    def place(self, text: Text, start: int) -> tuple[Section, int]:
        """The section in which an offset stands, and the index of its position (-1 outside of positions)."""
        marks = self._marks.get(text.name)
        if marks is None:
            return _FIELD_SECTIONS.get(text.name, "text"), -1
        starts, places = marks
        return places[bisect_right(starts, start) - 1]

    @cached_property
    def years_in_positions(self) -> float:
        """Years covered by dated positions, overlaps counted once."""
        return dates.years_in((position.first, position.last) for position in self.positions)

    @cached_property
    def years(self) -> float | None:
        """Years of experience: the field, else the larger of what dates cover and what the text claims, else None.

        A claim counts for at most five years more than the dates show, where there are dates.
        """
        if self.candidate.years_experience is not None:
            return float(self.candidate.years_experience)
        dated = self.years_in_positions
        claimed = self._claimed_years
        if dated:
            return max(dated, min(claimed or 0.0, dated + 5))
        return claimed

    @cached_property
    def durations(self) -> dict[str, list[dates.Duration]]:
        """The numbers of years that each text tells, by its name."""
        return {text.name: dates.durations(text.text) for text in self.texts if _UNIT.search(text.text)}

    @cached_property
    def held(self) -> list[Held]:
        """Titles, the current one first: the field, those of positions, those that prose tells."""
        found: list[Held] = []
        role = self.candidate.current_role
        if role and role.strip():
            found.append(Held(titles.parse(role.strip()), True, 0.0, "current_role", 0, len(role)))
        found += [
            Held(
                titles.parse(position.title),
                position.is_current,
                (position.last - position.first) / 12,
                position.source,
                position.start,
                position.end,
            )
            for position in sorted(self.positions, key=lambda one: -one.last)
            if position.title
        ]
        found += self._titles_in_prose()
        return found

    def months_of(self, indexes: Iterable[int]) -> list[tuple[int, int]]:
        """The spans of the positions with these indexes."""
        return [(self.positions[index].first, self.positions[index].last) for index in indexes]

    # --- reading ---------------------------------------------------------------------------------------------------
    def _masked(self, text: str) -> str:
        """The text with addresses and the candidate's name blanked out, at the same length."""
        text = _EMAIL_OR_LINK.sub(_blank, text) if "@" in text or "/" in text or "www." in text else text
        return self._name.sub(_blank, text) if self._name else text

    def _read(self, text: Text) -> None:
        """Find headings and positions of one text, and mark which offset belongs to which."""
        lines = lines_of(text.text)
        found: dict[int, list[Range]] = {}
        for one in dates.ranges(text.text, self.today):
            at = bisect_right(lines, (one.begin, 1 << 60)) - 1
            if at >= 0:
                found.setdefault(at, []).append(one)
        marks: list[tuple[int, Section, int]] = [(0, "text", -1)]
        section: Section = "text"
        taken = -1  # the last line that a position's header claimed
        for number, (start, end) in enumerate(lines):
            line = text.text[start:end]
            opened = heading_of(line)
            if opened is not None:
                kind, inline = opened
                if inline:
                    marks.append((start, kind, -1))
                    marks.append((end, section, -1))
                else:
                    section = kind
                    marks.append((start, kind, -1))
                if not found.get(number):
                    continue
            for one in found.get(number, ()):
                if section == "education" or section == "aside" or self._is_study(text, lines, number, section):
                    if section not in ("education", "aside"):
                        marks.append((start, "education", -1))
                        marks.append((end, section, -1))
                    continue
                first = self._header(text, lines, number, taken, found)
                title, begin, stop = self._title(text, lines, first, number)
                if section in ("text", "skills", "certificates") and not title and section != "text":
                    continue
                self.positions.append(
                    Position(title, one.first, one.last, one.is_current, one.exact, text.name, begin, stop)
                )
                marks.append((lines[first][0], "position", len(self.positions) - 1))
                taken = number
        marks.sort(key=lambda mark: mark[0])
        self._marks[text.name] = ([mark[0] for mark in marks], [(mark[1], mark[2]) for mark in marks])

    def _is_study(self, text: Text, lines: list[tuple[int, int]], number: int, section: Section) -> bool:
        """Whether a dated line outside the education section tells of studies."""
        if section == "experience":
            return False
        line = text.text[lines[number][0] : lines[number][1]]
        return bool(_SCHOOL.search(line)) and title_in(line) is None

    def _header(
        self, text: Text, lines: list[tuple[int, int]], number: int, taken: int, found: dict[int, list[Range]]
    ) -> int:
        """The line on which the position with a range on line `number` begins: up to two lines above it."""
        line = text.text[lines[number][0] : lines[number][1]]
        if title_in(line) is not None:
            return number
        first = number
        for above in range(number - 1, max(taken, number - 3), -1):
            words = text.text[lines[above][0] : lines[above][1]].strip()
            if above in found or BULLET.match(words) or heading_of(words) or len(words) > 110 or words.endswith("."):
                break
            first = above
            if title_in(words) is not None:
                break
        return first

    def _title(self, text: Text, lines: list[tuple[int, int]], first: int, number: int) -> tuple[str, int, int]:
        """The title in a position's header, or on the line after it: (title, start, end)."""
        for line in (*range(number, first - 1, -1), number + 1):
            if line >= len(lines):
                break
            start, end = lines[line]
            hit = title_in(text.text[start:end])
            if hit is not None:
                return text.text[start + hit[0] : start + hit[1]], start + hit[0], start + hit[1]
        start, end = lines[number]
        return "", start, end

    def _stored_positions(self) -> list[Position]:
        """Positions of the profile's own field."""
        made = []
        lines = source_lines(self.candidate.positions or [])
        offset = 0
        for item, line in zip(self.candidate.positions or [], lines, strict=True):
            begin, offset = offset, offset + len(line) + 1
            if not isinstance(item, dict):
                continue
            first = dates.parse_month(item.get("start"))
            last = dates.parse_month(item.get("end"))
            is_current = bool(item.get("is_current")) or (first is not None and item.get("end") in (None, ""))
            now = dates.month_of(self.today) + 1
            if first is None:
                continue
            end, exact = (now, True) if is_current or last is None else (last[0] + (1 if last[1] else 0), last[1])
            end = min(end, now)
            if not exact and not first[1] and end == first[0]:
                end += 6
            if end > first[0]:
                made.append(
                    Position(
                        str(item.get("title") or ""),
                        first[0],
                        end,
                        is_current,
                        exact and first[1],
                        "positions",
                        begin,
                        begin + len(line),
                    )
                )
        return made

    @cached_property
    def _claimed_years(self) -> float | None:
        """The largest total that prose claims: "12+ years of experience in…"."""
        best: float | None = None
        for text in self.texts:
            if text.name not in FREE_TEXTS and not text.name.startswith("document:") and text.name != "achievements":
                continue
            for one in self.durations.get(text.name, ()):
                near = text.text[max(0, one.begin - 30) : one.finish + 60]
                if one.years <= 50 and (_TOTAL.search(near) or _after_title(text.text, one.begin, one.finish)):
                    best = max(best or 0.0, one.years)
        return best

    def _titles_in_prose(self) -> list[Held]:
        """Titles in free text outside of dated positions: "Registered nurse with eight years in…"."""
        found: list[Held] = []
        for text in self.texts:
            if text.name not in FREE_TEXTS and not text.name.startswith("document:"):
                continue
            forms = text.singulars
            first_words = titles.first_words()
            position = 0
            while position < len(forms) and len(found) < 12:
                if forms[position] not in first_words:
                    position += 1
                    continue
                hit = titles.phrase_at(forms, position)
                if hit is None or (hit[0] == 1 and not titles.seems_title(forms[position : position + 1])):
                    position += 1
                    continue
                begin = position
                while begin and position - begin < 3 and forms[begin - 1] in _BEFORE_TITLE:
                    begin -= 1
                start, end = text.starts[begin], text.ends[position + hit[0] - 1]
                section, index = self.place(text, start)
                if index < 0 and section in ("text", "experience"):
                    found.append(Held(titles.parse(text.text[start:end]), False, 0.0, text.name, start, end))
                position += hit[0]
        if not found and not self.positions:
            found = self._opening_titles()
        return found

    def _opening_titles(self) -> list[Held]:
        """What the first line of a text calls the candidate, if no known title stands anywhere."""
        for text in self.texts:
            if text.name not in FREE_TEXTS and not text.name.startswith("document:"):
                continue
            start, end = lines_of(text.text)[0]
            hit = title_in(text.text[start : min(end, start + 100)])
            if hit is not None:
                words = text.text[start + hit[0] : start + hit[1]]
                return [Held(titles.parse(words), False, 0.0, text.name, start + hit[0], start + hit[1])]
        return []


FREE_TEXTS = ("bio", "source_text")
_FIELD_SECTIONS: dict[str, Section] = {
    "skills": "skills",
    "education": "education",
    "certifications": "certificates",
    "achievements": "text",
    "current_role": "experience",
    "positions": "experience",
    "industries": "skills",
}
_BEFORE_TITLE = frozenset(("senior sr junior jr lead principal staff chief associate assistant head deputy").split())


def source_texts(candidate: Candidate, documents: Sequence[Document] = ()) -> dict[str, str]:
    """The texts that quotes come from, by the names that `quote_source` uses. Lists are one item a line."""
    made = {
        "bio": candidate.bio or "",
        "source_text": candidate.source_text or "",
        **{f"document:{document.pk}": document.text for document in documents},
        "current_role": candidate.current_role or "",
        "skills": "\n".join(str(item) for item in candidate.skills or ()),
        "education": candidate.education or "",
        "certifications": "\n".join(str(item) for item in candidate.certifications or ()),
        "achievements": "\n".join(str(item) for item in candidate.achievements or ()),
        "industries": "\n".join(str(item) for item in candidate.industries or ()),
        "positions": "\n".join(source_lines(candidate.positions or [])),
    }
    return {name: text for name, text in made.items() if text.strip()}


def source_lines(positions: Sequence[object]) -> list[str]:
    """Stored positions as lines of text: "Account Executive, Larkspur, 2019-04 – present"."""
    lines = []
    for item in positions:
        if not isinstance(item, dict):
            lines.append(" ")
            continue
        until = item.get("end") or ("present" if item.get("is_current") or item.get("start") else "")
        dated = " – ".join(str(part) for part in (item.get("start"), until) if part)
        parts = (item.get("title"), item.get("company"), dated, item.get("description"))
        lines.append(", ".join(str(part).replace("\n", " ") for part in parts if part) or " ")
    return lines


def _after_title(text: str, begin: int, finish: int) -> bool:
    """Whether a duration follows a title: "IT project manager, 6 years", "Nurse with three years on a ward"."""
    start = max(text.rfind("\n", 0, begin), text.rfind(". ", 0, begin)) + 1
    before = text[start:begin]
    return (
        len(before) < 80
        and bool(_JOINS.search(before))
        and not text[finish : finish + 5].lower().startswith(" ago")
        and title_in(before) is not None
    )


_JOINS = re.compile(r"(?:[,(:–—-]|\b(?:for|with|of|over))\s*(?:about\s+|over\s+|more\s+than\s+)?$", re.IGNORECASE)


def _name_pattern(name: str | None) -> re.Pattern[str] | None:
    """The candidate's name, whole, or its parts of three letters and more where they are capitalised."""
    parts = [part for part in re.findall(r"[^\W\d_]+", name or "") if len(part) > 1]
    if len(parts) < 2:
        return None
    whole = r"[\s.,]+(?:[A-Z]\.?\s+)?".join(re.escape(part) for part in parts)
    turned = r",?\s+".join(re.escape(part) for part in (parts[-1], *parts[:-1]))
    return re.compile(rf"\b(?:{whole}|{turned})\b", re.IGNORECASE)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
