"""A job description → criteria: which lines ask for something, what of it must be, and how much each counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from candidates import rubric as rubrics
from candidates.matching import asking, titles
from candidates.matching.asking import Ask
from candidates.matching.words import EMPTY_STEMS, STOP, split, stem
from candidates.rubric import RubricDraft
from candidates.schemas import Criterion, ProfileField

Part = Literal["required", "preferred", "duties", "about", "boilerplate"]

# Criteria beyond this many are left out, the least weighty first: a rubric is read by a person.
MOST = 18
MOST_CHARACTERS = 60_000
OVERLAP_WORDS = 40

WEIGHTS: dict[Part, float] = {"required": 1.0, "preferred": 0.45, "duties": 0.55, "about": 0.5}
IN_TITLE, REPEATED, MUST = 0.4, 0.15, 0.2
SOFT = 0.35  # traits of character that every resume claims

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
        r"to\s+succeed|looking\s+for|must\s+have|essential)\b.*",
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
_FURNITURE = re.compile(
    r"equal\s+opportunit|regardless\s+of|without\s+regard\s+to|reasonable\s+accommodat|race,|sexual\s+orientation|veteran\s+status|"
    r"401\s?\(?k|dental|vision\s+insurance|health\s+insurance|paid\s+(?:time|leave|parental)|\bpto\b|parental\s+leave|days?\s+of\s+(?:leave|vacation|holiday)|"
    r"competitive\s+(?:salary|pay|compensation)|salary\s+range|per\s+(?:hour|annum|year)\b|stock\s+options|equity\b.{0,20}(?:package|grant)|free\s+lunch|gym\b|"
    r"we\s+offer|we\s+are\s+an?\s+equal|background\s+check|drug\s+(?:test|screen)|e-verify|apply\s+(?:now|today|by|at|via|with)|send\s+(?:your|us)|"
    r"visa\s+sponsor|authoriz\w+\s+to\s+work|right\s+to\s+work|fast[\s-]growing\s+company|founded\s+in|headquartered|series\s+[a-e]\b|our\s+(?:customers|mission|"
    r"offices?|values)|tuition|work[\s-]life|bonus\s+(?:scheme|plan|potential)|commission\b.{0,15}(?:plan|uncapped)|dog[\s-]friendly|lift\s+\d+|up\s+to\s+\d+\s*(?:lbs|pounds)|"
    r"relocation\s+(?:assistance|package)|flexible\s+(?:hours|working)|training\s+budget|pension|cookies|privacy\s+policy|[$€£]\s?\d",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•·‣▪●◦–—]+|o\s|\d{1,2}[.)]|✓|✔|→)\s*")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z•\-*])|\s+[•·▪●]\s+")


@dataclass(slots=True)
class Line:
    """One line, or one sentence of a long one, and the part of the description that it belongs to."""

    text: str
    part: Part
    is_must: bool


@dataclass(slots=True)
class Found:
    """Something asked for, gathered from all lines that ask for it."""

    ask: Ask
    part: Part
    is_must: bool
    times: int = 1
    order: int = 0
    aliases: set[str] = field(default_factory=set)


def draft(title: str, description: str) -> RubricDraft:
    """The rubric that a description asks for; see candidates.rubric.from_description."""
    title = " ".join(title.split())[:200]
    lines = read(description[:MOST_CHARACTERS])
    if not title:
        title = _title_in(lines)
    wanted = titles.parse(title)
    found = _gather(title, lines)
    kept = _select(found, title, description)
    criteria = _criteria(kept, title, lines)
    fields = [one for one in rubrics.default_fields() if one.field_name not in _SALES_FIELDS or wanted.family in _SELLING]
    fields += [
        ProfileField(
            field_name=criterion.key,
            field_type="boolean",
            description=f"{criterion.label}: shown anywhere in the profile",
            is_required=True,
        )
        for criterion in criteria
        if criterion.is_required and criterion.kind in ("skill", "certificate")
    ]
    return RubricDraft(
        role_type=(wanted.family or "other").replace("_", " ") if title else "",
        criteria=criteria,
        fields=fields,
        red_flag_indicators=_indicators(criteria, wanted),
    )


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
        for sentence in _SENTENCE.split(text) if len(text) > 120 else [text]:
            sentence = sentence.strip()
            if len(sentence) < 2:
                continue
            made.append(Line(sentence, _part_of(sentence, part, is_bullet=is_bullet, seen=seen_heading), bool(_MUST.search(sentence))))
    return made


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
            if part == "required" and re.search(r"\b(?:preferred|nice|bonus|desired|desirable|plus)\b", candidate, re.IGNORECASE):
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
    if part in ("about", "duties") and _ASKS.search(sentence):
        return "required"
    if part == "about" and (is_bullet and not seen):
        return "required"
    if part == "about" and re.match(r"(?:you\s+will|you['’]ll|responsible\s+for)\b", sentence, re.IGNORECASE):
        return "duties"
    return part


_ASKS = re.compile(
    r"\b(?:required|requires?\s+(?:a|an|at|\d|strong|experience)|must\s+(?:have|be|hold|possess)|(?:years?|yrs)['’]?\s+(?:of\s+)?(?:\w+[\s/-]){0,4}"
    r"(?:experience|in\b)|experience\s+(?:with|in|of|using|working|as)|proficien\w+\s+(?:in|with)|knowledge\s+of|degree\s+in|bachelor|master['’]?s|"
    r"certification|licen[sc]e|fluen\w+\s+in|familiar\w*\s+with|expertise\s+in|skilled\s+in|(?:we\s+need|looking\s+for|seeking)\s+(?:a|an|someone)\b|"
    r"background\s+in|you\s+(?:have|know|bring|are\s+(?:fluent|experienced|proficient))|minimum|at\s+least)\b",
    re.IGNORECASE,
)


def _gather(title: str, lines: list[Line]) -> list[Found]:
    """Everything asked for, once each: the strictest part and all years count."""
    found: dict[tuple[str, str], Found] = {}
    order = 0
    in_title = asking.skills_in(title)
    for line in lines:
        if line.part == "boilerplate" or (line.part == "about" and not _ASKS.search(line.text)):
            continue
        for ask in asking.read(line.text, duties=line.part == "duties"):
            key = (ask.kind, ask.key)
            order += 1
            known = found.get(key)
            if known is None:
                found[key] = Found(ask, line.part, line.is_must, order=order)
                continue
            known.times += 1
            known.is_must = known.is_must or (line.is_must and line.part == "required")
            if _RANK[line.part] < _RANK[known.part]:
                known.part = line.part
            if ask.years and (not known.ask.years or line.part == "required"):
                known.ask.years = max(ask.years, known.ask.years or 0)
            if ask.kind == "years" and ask.years:
                known.ask.most = known.ask.most or ask.most
    for name in in_title:
        key = ("skill", name.lower())
        if key in found:
            found[key].part = "required"
        else:
            found[key] = Found(Ask("skill", name, [name]), "required", True, order=0)
    return _without_repeats(list(found.values()))


def _without_repeats(found: list[Found]) -> list[Found]:
    """Drop what another criterion asks for already: an item of a list that also stands alone, years asked for twice."""
    single = {one.ask.names[0].lower() for one in found if one.ask.kind == "skill" and len(one.ask.names) == 1}
    kept: list[Found] = []
    for one in found:
        if one.ask.kind == "skill" and len(one.ask.names) > 1:
            names = [name for name in one.ask.names if name.lower() not in single or one.ask.any_of]
            if not names:
                continue
            if one.ask.any_of and all(name.lower() in single for name in names):
                continue
            one.ask.names = names
        kept.append(one)
    years = [one for one in kept if one.ask.kind == "years"]
    if len(years) > 1:
        years.sort(key=lambda one: (_RANK[one.part], -(one.ask.years or 0)))
        kept = [one for one in kept if one.ask.kind != "years" or one is years[0]]
    return kept


_RANK: dict[Part, int] = {"required": 0, "duties": 1, "preferred": 2, "about": 3, "boilerplate": 4}


def _select(found: list[Found], title: str, description: str) -> list[tuple[Found, float]]:
    """The weightiest criteria, in the order in which the description names them."""
    title_stems = {stem(word) for word in split(title)}
    weighed = []
    for one in found:
        weight = WEIGHTS.get(one.part, 0.5)
        if one.part == "required" and one.is_must:
            weight += MUST
        if one.ask.kind == "skill" and any(stem(word) in title_stems for name in one.ask.names for word in split(name)):
            weight += IN_TITLE
        weight += REPEATED * min(2, one.times - 1)
        if one.ask.soft:
            weight = min(weight, SOFT)
        if one.ask.open and one.part != "required":
            weight *= 0.6
        elif one.ask.open:
            weight *= 0.75
        if one.ask.kind in ("certificate",) and one.part == "required":
            weight += 0.15
        weighed.append((one, round(min(2.0, weight), 2)))
    soft = [pair for pair in weighed if pair[0].ask.soft]
    soft.sort(key=lambda pair: -pair[1])
    weighed = [pair for pair in weighed if not pair[0].ask.soft] + soft[:2]
    weighed.sort(key=lambda pair: -pair[1])
    return sorted(weighed[: MOST - 2], key=lambda pair: pair[0].order)


def _criteria(kept: list[tuple[Found, float]], title: str, lines: list[Line]) -> list[Criterion]:
    taken: set[str] = set()
    made: list[Criterion] = []
    if title:
        made.append(
            Criterion(
                key=rubrics.key_for("title", taken),
                label=f"Has worked as {title}",
                kind="title",
                description="The current or an earlier title: function first, then seniority.",
                weight=1.5,
                is_required=False,
                parameters={"title": title},
            )
        )
    for one, weight in kept:
        made.append(_criterion(one, weight, title, taken))
    words = _words(lines, title)
    if len(words) >= 5:
        made.append(
            Criterion(
                key=rubrics.key_for("similar work", taken),
                label="Work like that of the description",
                kind="skill",
                description="Main words of the description that occur in the profile.",
                weight=1.2,
                parameters={"words": [[word, weight] for word, weight in words]},
            )
        )
    return made


def _criterion(one: Found, weight: float, title: str, taken: set[str]) -> Criterion:
    ask, required = one.ask, one.part == "required" and not one.ask.soft
    if ask.kind == "years":
        years = ask.years or 0
        parameters: dict[str, object] = {"years": years, "field": title}
        if ask.most:
            parameters["most"] = ask.most
        label = f"{years:g} years of experience" if not ask.most else f"{years:g}–{ask.most:g} years of experience"
        return Criterion(
            key=rubrics.key_for("years of experience", taken), label=label, kind="years", weight=min(2.0, weight + 0.4),
            is_required=required, description="Years in this or a near field.", parameters=parameters,
        )  # fmt: skip
    if ask.kind == "education":
        return Criterion(
            key=rubrics.key_for("education", taken), label=ask.label, kind="education", weight=min(1.0, weight),
            is_required=required, parameters=ask.parameters,
        )  # fmt: skip
    if ask.kind == "certificate":
        names = {"certificate": ask.names[0]} if len(ask.names) == 1 else {"any_of": ask.names}
        return Criterion(
            key=rubrics.key_for(ask.label, taken), label=ask.label, kind="certificate", weight=weight, is_required=required,
            parameters=names,
        )  # fmt: skip
    listed: dict[str, object]
    if len(ask.names) == 1:
        listed = {"skill": ask.names[0]}
    else:
        listed = {"any_of" if ask.any_of else "all_of": ask.names}
        if not ask.any_of:
            weight = min(2.0, round(weight * (1 + 0.2 * (len(ask.names) - 1)), 2))
    label = ask.label
    if ask.years:
        listed["years"] = ask.years
        label = f"{label}, {ask.years:g} years"
    return Criterion(
        key=rubrics.key_for(ask.label, taken), label=label, kind="skill", weight=weight, is_required=required, parameters=listed,
        description=ask.source[:200],
    )  # fmt: skip


def _words(lines: list[Line], title: str) -> list[tuple[str, float]]:
    """The description's own words that carry meaning, the most telling first, with a weight from how often they stand."""
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for line in lines:
        if line.part in ("boilerplate", "about"):
            continue
        for word in set(split(line.text)):
            stemmed = stem(word)
            if len(word) < 3 or word in STOP or stemmed in EMPTY_STEMS or word[0].isdigit():
                continue
            counts[stemmed] += 1
            shown.setdefault(stemmed, word)
    for word in split(title):
        stemmed = stem(word)
        if stemmed not in EMPTY_STEMS and word not in STOP and len(word) > 2:
            counts[stemmed] += 2
            shown.setdefault(stemmed, word)
    return [(shown[one], float(min(3, count))) for one, count in counts.most_common(OVERLAP_WORDS)]


def _title_in(lines: list[Line]) -> str:
    """The job's title where the caller has none: the first short line that is one."""
    for line in lines[:8]:
        if len(line.text) <= 80 and titles.parse(line.text).named:
            return line.text.strip(" .:-")
    for line in lines[:8]:
        match = re.search(r"(?:looking\s+for|seeking|hiring|need)\s+(?:an?|our\s+next)\s+([^.,;]{3,60}?)(?:\s+(?:to|who|with|for|in|at)\b|[.,;]|$)", line.text, re.IGNORECASE)  # noqa: E501
        if match and titles.parse(match[1]).named:
            return match[1].strip()
    return ""


_SELLING = ("sales", "business_development", "account_management", "presales")
_SALES_FIELDS = frozenset(
    ("is_founder", "startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment")
)


def _indicators(criteria: list[Criterion], wanted: titles.Title) -> list[str]:
    """What a recruiter should look out for in this job's candidates."""
    made = ["Mean tenure under 18 months", "More than 6 months between positions"]
    years = next((one.parameters["years"] for one in criteria if one.kind == "years"), None)
    if years:
        made.append(f"Far more than the {years:g} years asked for")
    if wanted.rung >= titles.SENIOR:
        made.append("A senior title after few years")
    made += [f"No sign of {one.label}" for one in criteria if one.kind == "certificate" and one.is_required]
    return made
