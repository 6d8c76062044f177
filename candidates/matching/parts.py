"""A job description cut into lines, and what part of it each line belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Part = Literal["required", "preferred", "duties", "about", "boilerplate"]

_PARTS: tuple[tuple[Part, str], ...] = (
    (
        "preferred",
        r"(?:nice|good|great|bonus|plus)[\s-]*(?:to[\s-]*have|points?|es|if)?\b.*|preferred\b.*|desir(?:ed|able)\b.*|"
        r"(?:it['’]?s\s+a\s+|a\s+)?(?:big\s+)?plus(?:es)?\b.*|(?:would|will)\s+be\s+(?:a\s+)?(?:nice|plus|bonus|great).*|bonus\b.*|"
        r"(?:additional|optional|extra)\s+(?:skills|qualifications|requirements).*|advantageous\b.*|ideally\b.*|"
        r"(?:extra\s+credit|what\s+would\s+make\s+you\s+stand\s+out|what\s+sets\s+you\s+apart|stand[\s-]?out).*|not\s+required\b.*",
    ),
    (
        "boilerplate",
        r"(?:what\s+we\s+offer|we\s+offer|benefits?|perks?|compensation|salary|pay(?:\s+range)?|why\s+(?:join|work|us|you)|our\s+offer|"
        r"equal\s+opportunit\w*|eeo|diversity|how\s+to\s+apply|application\s+process|to\s+apply|the\s+process|interview\s+process|"
        r"total\s+rewards?|working\s+conditions|physical\s+(?:demands|requirements)|work\s+environment|schedule|location|hours|"
        r"disclaimer|privacy|next\s+steps|what\s+you(?:['’]ll|\s+will)?\s+get|what['’]?s\s+in\s+it\s+for\s+you|"
        r"accommodations?|job\s+type|contact|wir\s+bieten)\b.*",
    ),
    (
        "about",
        r"(?:about\s+(?:us|the\s+company|our|[A-Z]\w+)|who\s+we\s+are|our\s+(?:company|mission|story|values|culture|team)|company\s+overview|"
        r"the\s+company|(?:about\s+the\s+)?team|mission)\b.*",
    ),
    (
        "duties",
        r"(?:(?:key|main|primary|core|essential|your|job|day[\s-]to[\s-]day|principal)\s+)*(?:responsibilit\w+|duties|tasks|functions|accountabilities)\b.*|"
        r"what\s+you(?:['’]ll|\s+will)\s+(?:do|be\s+doing|work\s+on|own).*|what\s+you\s+do\b.*|the\s+role\b.*|about\s+the\s+(?:role|job|position).*|"
        r"(?:job|role|position)\s+(?:summary|description|overview|purpose).*|in\s+this\s+role.*|your\s+(?:role|mission|impact|day).*|"
        r"you\s+will\b.{0,20}|overview|summary|how\s+you(?:['’]ll|\s+will).*|the\s+opportunity.*|aufgaben|scope\b.*|a\s+day\s+in.*|purpose\b.*",
    ),
    (
        "required",
        r"(?:(?:minimum|basic|key|required|essential|must[\s-]have|core|job|position|education|experience|technical|mandatory|candidate)\s+"
        r"(?:and\s+|&\s+|/\s*)?)*(?:requirements?|qualifications?|required|must[\s-]haves?|skills?|competencies|criteria|experience|profile|"
        r"essentials?|education|knowledge|abilities|credentials|licen[sc]\w+|certifications?)\b.{0,45}|"
        r"what\s+(?:you(?:['’]ll)?\s+(?:bring|need|have)|we(?:['’]re|\s+are)?\s+(?:look|need|expect|require|want)).*|who\s+you\s+are.*|"
        r"(?:you\s+(?:have|bring|are)|you\s+should\s+have|we(?:['’]re|\s+are)\s+looking\s+for|ideal\s+candidate|the\s+ideal|about\s+you|"
        r"your\s+(?:profile|background|skills|qualifications|experience)|skills\s+(?:and|&)\s+\w+|person\s+specification|to\s+be\s+successful|"
        r"to\s+succeed|looking\s+for|must\s+have|essential)\b.*|musts?|needs?|wants?|needed|you\s+need|conditions|person|experience/?\w*",
    ),
)  # fmt: skip
_HEADS = [(part, re.compile(rf"^(?:{pattern})$", re.IGNORECASE)) for part, pattern in _PARTS]
_PREFERRED = re.compile(
    r"\b(?:preferred|preferably|prefer|nice[\s-]to[\s-]have|a\s+(?:big\s+|strong\s+|definite\s+)?plus|(?:is|are)\s+a\s+(?:\w+\s+)?bonus|bonus\b|"
    r"desir(?:ed|able)|advantage(?:ous)?|ideally|would\s+be\s+(?:great|nice|helpful|an?\s+\w+)|helpful|optional|"
    r"not\s+(?:strictly\s+)?(?:required|necessary|essential|mandatory)|beneficial|welcome|an\s+asset)\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must|required|require[sd]?|mandatory|essential|minimum|at\s+least|necessary|need(?:ed)?|critical|proven|strong|extensive|"
    r"expert(?:ise)?|in[\s-]depth|deep|solid|advanced)\b",
    re.IGNORECASE,
)
# "EIT (PE preferred) and 2 years": what stands in brackets is preferred, the rest is not.
_ASIDE_PREFERRED = re.compile(
    r"\s*\((?P<inside>[^()]*\b(?:preferred|preferably|a\s+plus|desirable|desired|ideally|an?\s+advantage|nice\s+to\s+have|optional)\b[^()]*)\)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\s*;\s+|,\s+(?=(?:but\s+|and\s+)?[^,;.]{2,50}\b(?:preferred|(?:is|are|would\s+be)\s+(?:a\s+(?:big\s+)?plus|an\s+advantage|nice|desirable))[.;]?$)"
)
_FURNITURE = re.compile(
    r"equal\s+opportunit|regardless\s+of|without\s+regard\s+to|reasonable\s+accommodat|race,|sexual\s+orientation|veteran\s+status|"
    r"401\s?\(?k|dental|vision\s+insurance|health\s+insurance|paid\s+(?:time|leave|parental)|\bpto\b|parental\s+leave|days?\s+of\s+(?:leave|vacation|holiday)|"
    r"competitive\s+(?:salary|pay|compensation)|salary\s+range|per\s+(?:hour|annum|year)\b|stock\s+options|equity\b.{0,20}(?:package|grant)|free\s+lunch|gym\b|"
    r"we\s+offer|we\s+are\s+an?\s+equal|background\s+check|drug\s+(?:test|screen)|e-verify|apply\s+(?:now|today|by|at|via|with)|send\s+(?:your|us)|"
    r"visa\s+sponsor|authoriz\w+\s+to\s+work|right\s+to\s+work|fast[\s-]growing\s+company|founded\s+in|headquartered|series\s+[a-e]\b|our\s+(?:customers|mission|"
    r"offices?|values)|tuition|work[\s-]life|bonus\s+(?:scheme|plan|potential)|commission\b.{0,15}(?:plan|uncapped)|dog[\s-]friendly|lift\s+\d+|(?:ability|able)\s+to\s+(?:stand|lift|sit|walk|bend|kneel|climb)|up\s+to\s+\d+\s*(?:lbs|pounds)|"
    r"relocation\s+(?:assistance|package)|flexible\s+(?:hours|working)|training\s+budget|pension|cookies|privacy\s+policy|[$€£]\s?\d[\d,.]*\s*k?\s*(?:-|–|to\b|per\b|/|an?\s+(?:year|hour)|annual)|\bOTE\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•·‣▪●◦–—]+|o\s|\d{1,2}[.)]|✓|✔|→)\s*")
_SENTENCE = re.compile(
    r"(?<=[a-z0-9)+#][.!?;])(?<!e\.g\.)(?<!i\.e\.)(?<!Sr\.)(?<!Jr\.)(?<!St\.)(?<!Mr\.)(?<!Dr\.)(?<!vs\.)\s+(?=[A-Z•\-*0-9])"
    r"|(?<=[A-Z]{2}[.!?;])\s+(?=[A-Z])|\s+[•·▪●]\s+"
)


@dataclass(slots=True)
class Line:
    """One line, or one sentence of a long one, and the part of the description that it belongs to."""

    text: str
    part: Part
    is_must: bool


def read(description: str) -> list[Line]:
    """Cut a description into lines and say what part each belongs to. Headings themselves are left out."""
    made: list[Line] = []
    part: Part = "about"
    seen_heading = False
    for raw in description.splitlines():
        text = raw.strip()
        if not text:
            continue
        is_bullet = bool(_BULLET.match(text))
        text = _BULLET.sub("", text).strip().strip("*_#").strip()
        if not text:
            continue
        heading, rest = _heading(text, is_bullet=is_bullet)
        if heading is not None:
            part, seen_heading = heading, True
            if not rest:
                continue
            text = rest
        for place, sentence in enumerate(_SENTENCE.split(text)):
            sentence = sentence.strip()
            # "Responsibilities: ... Qualifications: ..." on one line.
            if place and ":" in sentence[:40]:
                heading, rest = _heading(sentence, is_bullet=is_bullet)
                if heading is not None:
                    part, seen_heading, sentence = heading, True, rest
            if len(sentence) < 2:
                continue
            for clause in _clauses(sentence):
                belongs = _part_of(clause, part, is_bullet=is_bullet, seen=seen_heading)
                if belongs == "about" and ASKS.search(sentence) and not _FURNITURE.search(sentence):
                    belongs = "required"
                made.append(Line(clause, belongs, bool(_MUST.search(clause))))
    return made if seen_heading else [_without_headings(line) for line in made]


def _clauses(sentence: str) -> list[str]:
    """A sentence, apart from what it only prefers: the whole of it where nothing, or everything, is preferred."""
    if not _PREFERRED.search(sentence):
        return [sentence]
    asides = [match["inside"] for match in _ASIDE_PREFERRED.finditer(sentence)]
    rest = _ASIDE_PREFERRED.sub("", sentence)
    made = (
        [part.strip() for part in _CLAUSE.split(rest) if part and part.strip()] if _PREFERRED.search(rest) else [rest]
    )
    return [clause for clause in [*made, *asides] if len(clause) > 1]


def _without_headings(line: Line) -> Line:
    """A description without headings: what is neither talk of the company nor a duty is asked for."""
    if line.part != "about" or _COMPANY.match(line.text):
        return line
    return Line(line.text, "required", line.is_must)


_COMPANY = re.compile(r"(?:we|our|us|the\s+company|at\s+[A-Z]\w+|about|join|welcome|founded|as\s+an?)\b", re.IGNORECASE)


def _heading(text: str, *, is_bullet: bool) -> tuple[Part | None, str]:
    """(the part that a heading opens, what follows it on the same line)."""
    head, colon, rest = text.partition(":")
    candidate = head.strip(" *_#") if colon else text.strip(" *_#.-–—")
    if not candidate or len(candidate) > 60 or (not colon and (is_bullet or len(candidate.split()) > 7)):
        return None, ""
    if colon and len(candidate.split()) > 8:
        return None, ""
    if colon and rest.strip() and is_bullet:
        return None, ""
    if not colon and text[-1:] in ".;,":
        return None, ""
    candidate = re.sub(r"\s+", " ", candidate)
    for part, pattern in _HEADS:
        if pattern.match(candidate):
            # "Required: CPA" and "Experience: 5 years" go on on the line; "Requirements" may also say "(preferred)".
            if part == "required" and re.search(
                r"\b(?:preferred|nice|bonus|desired|desirable|plus)\b", candidate, re.IGNORECASE
            ):
                part = "preferred"
            return part, rest.strip()
    return None, ""


def _part_of(sentence: str, part: Part, *, is_bullet: bool, seen: bool) -> Part:
    if _FURNITURE.search(sentence):
        return "boilerplate"
    if part == "boilerplate":
        return part
    if _PREFERRED.search(sentence):
        return "preferred"
    if part == "preferred":
        return part
    if part in ("about", "duties") and ASKS.search(sentence):
        return "required"
    if part == "about" and (is_bullet and not seen):
        return "required"
    if part == "about" and re.match(r"(?:you\s+will|you['’]ll|responsible\s+for)\b", sentence, re.IGNORECASE):
        return "duties"
    return part


ASKS = re.compile(
    r"\b(?:required|requires?\s+(?:a|an|at|\d|strong|experience)|must\s+(?:have|be|hold|possess)|(?:years?|yrs)['’]?\s+(?:of\s+)?(?:\w+[\s/-]){0,4}"
    r"(?:experience|in\b)|experience\s+(?:with|in|of|using|working|as)|proficien\w+\s+(?:in|with)|knowledge\s+of|degree\s+in|bachelor|master['’]?s|"
    r"certification|licen[sc]e|fluen\w+\s+in|familiar\w*\s+with|expertise\s+in|skilled\s+in|(?:we\s+need|looking\s+for|seeking)\s+(?:a|an|someone)\b|"
    r"background\s+in|you\s+(?:have|know|bring|are\s+(?:fluent|experienced|proficient))|minimum|at\s+least)\b",
    re.IGNORECASE,
)
