"""What a resume tells by rule alone, where there is no model to read it: each value with the words it rests on.

Few fields, and only where form or a lexicon leaves no doubt: contact details, the title of the current position, years,
skills, degree, certificates. What is found is proposed to the candidate and never taken without their word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import phonenumbers
from django.conf import settings

from candidates import mapping
from candidates.matching import asking, certificates, education, lexicon
from candidates.matching.resume import Resume
from candidates.matching.words import Text
from candidates.models import Candidate, Document
from intake.schemas import ProposedValue

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINKEDIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)?linkedin\.com/(?:in|pub)/[\w%-]+", re.IGNORECASE)
_LABELLED = re.compile(
    r"^[ \t]*(?P<label>location|address|city|wohnort|ort|standort|ubicaci[oó]n|ciudad|residencia)[ \t]*[:–-][ \t]*"
    r"(?P<value>[^\n]{2,80})$",
    re.IGNORECASE | re.MULTILINE,
)
# A street is more than a recruiter needs; what is kept is the place.
_STREET = re.compile(r"\d{1,4}[a-z]?\b|str(?:aße|asse|eet|\.)|avenue|calle|road", re.IGNORECASE)
MOST_SKILLS = 40


def read(document: Document, text: str) -> list[ProposedValue]:
    """The values that a document's text tells. `text` is the document's without what is withheld."""
    source = f"document:{document.pk}"
    found: dict[str, ProposedValue] = {}
    for field, value, quote in _facts(document, text):
        found.setdefault(field, ProposedValue(field=field, value=value, quote=quote, source=source))
    return list(found.values())


def _facts(document: Document, text: str) -> Iterator[tuple[str, Any, str]]:
    for match in _EMAIL.finditer(text):
        if mapping.email_key(match[0].strip(".")):
            yield "email", match[0].strip("."), _line(text, match.start(), match.end())
    for match in _LINKEDIN.finditer(text):
        address = match[0] if "://" in match[0] else f"https://{match[0]}"
        yield "linkedin_url", address, _line(text, match.start(), match.end())
    # The contact details stand at the top; further down are numbers of references and years.
    for number in phonenumbers.PhoneNumberMatcher(text[:1_500], settings.PHONE_REGION):
        yield "phone", number.raw_string, _line(text, number.start, number.end)
    for match in _LABELLED.finditer(text):
        if not _STREET.search(match["value"]):
            yield "location", match["value"].strip(" ."), match[0].strip()
    yield from _career(document, text)
    yield from _skills(text)
    for degree in sorted(education.degrees(text), key=lambda one: -one.rank)[:1]:
        if degree.finished:
            line = _line(text, degree.start, degree.end)
            yield "education", line, line
    words = Text("document", text)
    held = [one for one in certificates.find(words) if one.held]
    if held:
        names = [text[words.starts[one.first] : words.ends[one.last]] for one in held]
        first = held[0]
        yield (
            "certifications",
            list(dict.fromkeys(names)),
            _line(text, words.starts[first.first], words.ends[first.last]),
        )


def _career(document: Document, text: str) -> Iterator[tuple[str, Any, str]]:
    # A stand-in without a profile: what the resume tells by itself.
    alone = Document(pk=document.pk, text=text)
    resume = Resume(Candidate(), [alone])
    current = [position for position in resume.positions if position.is_current and position.title]
    if len(current) == 1:
        place = current[0]
        yield "current_role", place.title, _line(text, place.start, place.end)
    claimed = next((one for one in resume.held if not one.is_current), None)
    for span in resume.durations.get(f"document:{document.pk}", ()):
        quote = _line(text, span.begin, span.finish)
        if re.search(r"experience|erfahrung|experiencia", quote, re.IGNORECASE) and span.years <= 60:
            yield "years_experience", float(span.years), quote
    if claimed is not None and not resume.positions:
        yield "current_role", text[claimed.start : claimed.end], _line(text, claimed.start, claimed.end)


def _skills(text: str) -> Iterator[tuple[str, Any, str]]:
    known = lexicon.load().skills
    mentions = [one for one in asking.mentions_in(Text("document", text)) if not known[one.skill].soft]
    if mentions:
        names: dict[str, str] = {}
        for one in mentions:
            names.setdefault(one.skill, text[one.start : one.end])
        yield "skills", list(names.values())[:MOST_SKILLS], _line(text, mentions[0].start, mentions[0].end)


def _line(text: str, start: int, end: int) -> str:
    """The line around a passage, on one line and not longer than a quote may be."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    line = text[begin : stop if stop >= 0 else len(text)]
    if len(line) > 300:
        line = text[max(begin, start - 100) : end + 100]
    return " ".join(line.split())
