"""Red flags: what a recruiter should ask about. Each is a question, not a verdict, with its reason and its quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from candidates import injection
from candidates.matching import dates, matchers, titles
from candidates.matching.resume import Position, Resume, source_texts
from candidates.models import Candidate, Document, Rubric
from candidates.states import RedFlag

SHORT_TENURE_MONTHS = 18
ENDED_POSITIONS = 3
GAP_MONTHS = 6
# Below so many years a title of the top rungs is unusual enough to ask about.
YEARS_FOR_DIRECTOR = 5
YEARS_FOR_SENIOR = 2
# More than this many times the years asked for, and at least so many years above them.
OVERQUALIFIED_TIMES = 2.0
OVERQUALIFIED_YEARS = 8


class RedFlagFinding(NamedTuple):
    """One red flag: a code of states.RedFlag, a plain sentence, and the words it rests on (None where computed)."""

    code: str
    explanation: str
    quote: str | None = None


def find(
    candidate: Candidate,
    *,
    documents: Sequence[Document] = (),
    rubric: Rubric | None = None,
    today: date | None = None,
) -> list[RedFlagFinding]:
    """Every red flag of a candidate, at most one of each code, in the order of states.RedFlag.

    - job_hopping: the mean tenure of ended positions is under 18 months. At least three must have ended: two short
      jobs are a coincidence, and the current one has no tenure yet. Positions named as internship, contract, freelance
      or temporary work are short by nature and do not count.
    - gaps_in_employment: more than 6 months between positions; where only years are known, more than 18.
    - title_inflation: a title of the top rungs after few years, or a chief of a company of one.
    - overqualified: needs a rubric that asks for years: at least 8 more and more than twice as many, or two rungs above
      the wanted title.
    - hidden_text, prompt_injection: found in documents when they were read, or in the texts themselves.

    `today` is for tests and for scoring again as of an earlier day.
    """
    found: list[RedFlagFinding] = []
    if candidate.bio or candidate.source_text or candidate.positions or documents:
        resume = matchers.resume_of(candidate, documents, today=today)
        positions = _distinct(resume.positions)
        found += [
            finding for finding in (_job_hopping(positions, resume), _gaps(positions, resume)) if finding is not None
        ]
        inflation = _title_inflation(candidate, positions, resume)
        overqualified = _overqualified(resume, rubric) if rubric is not None else None
        found += [finding for finding in (inflation, overqualified) if finding is not None]
    elif candidate.current_role:
        resume = matchers.resume_of(candidate, documents, today=today)
        inflation = _title_inflation(candidate, [], resume)
        overqualified = _overqualified(resume, rubric) if rubric is not None else None
        found += [finding for finding in (inflation, overqualified) if finding is not None]
    return found + _suspicious(candidate, documents)


def _distinct(positions: Sequence[Position]) -> list[Position]:
    """Positions in order of their start; one that two sources tell of counts once."""
    kept: list[Position] = []
    for position in sorted(positions, key=lambda one: (one.first, one.last)):
        twin = any(
            abs(position.first - other.first) <= 6
            and abs(position.last - other.last) <= 6
            and position.source != other.source
            for other in kept
        )
        if not twin:
            kept.append(position)
    return kept


def _job_hopping(positions: Sequence[Position], resume: Resume) -> RedFlagFinding | None:
    ended = [one for one in positions if not one.is_current and not _BRIEF.search(one.title)]
    if len(ended) < ENDED_POSITIONS:
        return None
    mean = sum(one.last - one.first for one in ended) / len(ended)
    if mean >= SHORT_TENURE_MONTHS:
        return None
    shortest = min(ended, key=lambda one: one.last - one.first)
    return RedFlagFinding(
        RedFlag.JOB_HOPPING.value,
        f"{len(ended)} ended positions lasted {mean:.0f} months on average; under {SHORT_TENURE_MONTHS} is short.",
        _quote(resume, shortest),
    )


_BRIEF = re.compile(
    r"\b(?:intern(?:ship)?|contract(?:or)?|freelance\w*|temp(?:orary)?|seasonal|trainee|co-?op|travel\s+nurse|volunteer|"
    r"locum|summer|working\s+student|werkstudent|apprentice)\b",
    re.IGNORECASE,
)


def _gaps(positions: Sequence[Position], resume: Resume) -> RedFlagFinding | None:
    found = dates.gaps([(one.first, one.last, one.exact) for one in positions], over_months=GAP_MONTHS)
    if not found:
        return None
    longest = max(found, key=lambda gap: gap[1] - gap[0])
    after = next(one for one in positions if one.first == longest[1])
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return RedFlagFinding(
        RedFlag.GAPS.value,
        f"{longest[1] - longest[0]} months without a position, {_month(longest[0])} to {_month(longest[1] - 1)}{more}.",
        _quote(resume, after),
    )


def _title_inflation(candidate: Candidate, positions: Sequence[Position], resume: Resume) -> RedFlagFinding | None:
    years = resume.years
    if years is None:
        return None
    held = [(candidate.current_role or "", None)] if candidate.current_role else []
    current = [(one.title, one) for one in positions if one.is_current and one.title]
    for title, position in [*held, *current]:
        parsed = titles.parse(title)
        needed = 0
        if parsed.rung >= titles.DIRECTOR:
            needed = YEARS_FOR_DIRECTOR
        elif parsed.rung in (titles.SENIOR, titles.LEAD) and _SENIOR.search(title):
            needed = YEARS_FOR_SENIOR
        if candidate.is_founder or _OWN.search(title):
            needed = 0  # whoever founds a company may call themselves its chief
        if years < needed:
            return RedFlagFinding(
                RedFlag.TITLE_INFLATION.value,
                f"“{title}” after {years:.1f} years of experience; such a title usually takes {needed} or more.",
                _quote(resume, position) if position else title,
            )
    return None


_SENIOR = re.compile(r"\b(?:senior|sr|principal|staff\s+(?:software|engineer)|lead)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:founder|co-?founder|owner|freelance\w*|self[- ]employed|partner)\b", re.IGNORECASE)


def _overqualified(resume: Resume, rubric: Rubric) -> RedFlagFinding | None:
    asked = [item for item in rubric.criteria if item["kind"] == "years" and item["parameters"].get("years")]
    years = resume.years
    if asked and years is not None:
        most = max(float(item["parameters"].get("most") or item["parameters"]["years"]) for item in asked)
        if years > most * OVERQUALIFIED_TIMES and years - most >= OVERQUALIFIED_YEARS:
            return RedFlagFinding(
                RedFlag.OVERQUALIFIED.value, f"{years:.0f} years of experience where the job asks for {most:g}.", None
            )
    wanted = next((item["parameters"].get("title") for item in rubric.criteria if item["kind"] == "title"), None)
    if wanted and resume.held:
        rung = titles.parse(str(wanted)).rung
        newest = resume.held[0]
        if newest.title.rung >= titles.DIRECTOR and newest.title.rung - max(rung, titles.MIDDLE) >= 3:
            return RedFlagFinding(
                RedFlag.OVERQUALIFIED.value,
                f"“{newest.title.text}” stands well above “{wanted}”.",
                newest.title.text,
            )
    return None


def _suspicious(candidate: Candidate, documents: Sequence[Document]) -> list[RedFlagFinding]:
    """Hidden text and words to a model, at most one finding of each."""
    found: dict[str, RedFlagFinding] = {}
    for document in documents:
        for item in document.hidden or ():
            text = str(item.get("text", "")) if isinstance(item, dict) else str(item)
            why = str(item.get("why", "")) if isinstance(item, dict) else ""
            found.setdefault(
                RedFlag.HIDDEN_TEXT.value,
                RedFlagFinding(
                    RedFlag.HIDDEN_TEXT.value,
                    f"A document holds text that a reader cannot see{f' ({why})' if why else ''}.",
                    text[:300] or None,
                ),
            )
            if any(one.code == RedFlag.PROMPT_INJECTION.value for one in injection.find(text)):
                found.setdefault(
                    RedFlag.PROMPT_INJECTION.value,
                    RedFlagFinding(
                        RedFlag.PROMPT_INJECTION.value, "A document's hidden text speaks to a model.", text[:300]
                    ),
                )
    for text in source_texts(candidate, documents).values():
        for one in injection.find(text):
            found.setdefault(one.code, RedFlagFinding(one.code, one.why, text[one.start : one.end][:300]))
    return [found[code] for code in (RedFlag.HIDDEN_TEXT.value, RedFlag.PROMPT_INJECTION.value) if code in found]


def _quote(resume: Resume, position: Position) -> str | None:
    """The line that tells of a position."""
    for text in resume.texts:
        if text.name == position.source and position.start >= 0:
            begin = text.text.rfind("\n", 0, position.start) + 1
            end = text.text.find("\n", position.end)
            begin, end = max(begin, position.start - 120), min(len(text.text) if end < 0 else end, position.end + 120)
            return text.text[begin:end].strip() or None
    return None


def _month(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"
