"""A resume cut into lines and sections: headings, bullets, and titles in the headers of positions."""

from __future__ import annotations

import re
from typing import Literal

from candidates.matching import titles
from candidates.matching.words import singular

Section = Literal["position", "experience", "education", "skills", "certificates", "aside", "text"]
_HEADINGS: tuple[tuple[Section, str], ...] = (
    (
        "experience",
        r"(?:(?:professional|work|working|relevant|employment|career|clinical|teaching|legal|sales|industry|nursing|"
        r"selected|other|additional|management|technical|military|internship)\s+)*(?:experiences?|employment|history|"
        r"background|positions?(?:\s+held)?|career(?:\s+history)?|internships?|berufserfahrung|werdegang)"
        r"(?:\s+(?:history|summary))?",
    ),
    (
        "education",
        r"(?:academic\s+)?(?:education|academics?|qualifications|studies|ausbildung|studium|degrees?)"
        r"(?:al)?(?:\s+(?:background|history|qualifications|(?:&|and)\s+\w+))?|academic\s+\w+|relevant\s+coursework",
    ),
    (
        "skills",
        r"(?:(?:key|core|technical|professional|relevant|additional|soft|hard|computer|other|top|clinical|language|"
        r"programming|it)\s+)*(?:skills?|competenc(?:y|ies)|technolog(?:y|ies)|tools|tech\s+stack|stack|expertise|"
        r"proficienc(?:y|ies)|strengths|languages|software|kenntnisse|areas\s+of\s+expertise|skills?\s*(?:&|and|/)\s*\w+"
        r"(?:\s+\w+)?)(?:\s+(?:set|summary|used))?",
    ),
    (
        "certificates",
        r"(?:professional\s+)?(?:certificat(?:es?|ions?)|licen[sc]es?|licensure|credentials|accreditations?|"
        r"bar\s+admissions?|memberships?)(?:\s*(?:&|and|/|,)\s*[\w ]+)?",
    ),
    ("text", r"(?:(?:personal|key|selected|side|academic|notable)\s+)?projects?|(?:professional\s+|executive\s+)?(?:summary|profile|"
             r"objective|about(?:\s+me)?)|achievements|accomplishments|awards(?:\s+.*)?|publications|volunteer(?:ing)?"
             r"(?:\s+\w+)?|research"),
    ("aside", r"(?:interests|hobbies|references|interests\s*(?:&|and)\s*\w+)(?:\s+.*)?"),
)  # fmt: skip
_HEADING = re.compile(
    r"^[\s#*•=_-]*(?:" + "|".join(f"(?P<h{n}>{pattern})" for n, (_, pattern) in enumerate(_HEADINGS)) + r")\s*[*=_-]*\s*(?P<colon>[:—–-]|$)",
    re.IGNORECASE,
)  # fmt: skip
_LINE = re.compile(r"[^\n\r]+")
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+(?=[A-Z0-9•])|\s+[|•·]\s+|\s{3,}")
BULLET = re.compile(r"^\s*(?:[-*•·‣▪●–—o]\s|\d{1,2}[.)]\s)")


def title_in(line: str) -> tuple[int, int] | None:
    """Where in a header line a title stands, as offsets."""
    begin = 0
    for cut in (*_CUT.finditer(line), None):
        start, end = begin, cut.start() if cut else len(line)
        begin = cut.end() if cut else end
        words = line[start:end]
        if len(words) < 2 or len(words) > 90:
            continue
        forms = [singular(word) for word in titles.expanded(words)]
        if any(titles.phrase_at(forms, at) for at in range(len(forms))) or titles.seems_title(forms):
            while start < end and not line[start].isalnum():
                start += 1
            while end > start and line[end - 1] in " \t-–—:*•(":
                end -= 1
            if end - start > 1:
                return start, end
    return None


# What separates the parts of a header: "Senior Engineer, Platform | Acme GmbH (2019 – 2021)", "Nurse at St. Mary".
_CUT = re.compile(r"\s+(?:at|@|with|for|bei)\s+|\s-\s|\s*[,|•·()\t;:–—]\s*|\b(?:19|20)\d\d", re.IGNORECASE)


def heading_of(line: str) -> tuple[Section, bool] | None:
    """(section, whether its content follows on the same line) if a line is a heading."""
    match = _HEADING.match(line)
    if match is None:
        return None
    rest = line[match.end() :].strip()
    if rest and match["colon"] != ":":
        return None
    for number, (section, _) in enumerate(_HEADINGS):
        if match[f"h{number}"] is not None:
            return section, bool(rest)
    return None


def lines_of(text: str) -> list[tuple[int, int]]:
    """Lines as offsets; long ones are cut into sentences, since exports often put a resume on one line."""
    made = []
    for match in _LINE.finditer(text):
        start, end = match.span()
        if end - start > 160:
            for cut in _SENTENCE_END.finditer(text, start, end):
                if cut.start() > start:
                    made.append((start, cut.start()))
                start = cut.end()
        if start < end and not text[start:end].isspace():
            made.append((start, end))
    return made or [(0, len(text))]
