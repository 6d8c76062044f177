"""A job description → criteria: which lines ask for something, what of it must be, and how much each counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from candidates import rubric as rubrics
from candidates.matching import asking, titles
from candidates.matching.asking import Ask
from candidates.matching.parts import ASKS, Line, Part, read
from candidates.matching.words import EMPTY_STEMS, STOP, split, stem
from candidates.rubric import RubricDraft
from candidates.schemas import Criterion, ProfileField

# Criteria beyond this many are left out, the least weighty first: a rubric is read by a person.
MOST = 18
MOST_CHARACTERS = 60_000
OVERLAP_WORDS = 40
# What follows the name of a skill or certificate in the description of the field that asks for it.
ANYWHERE = ": shown anywhere in the profile"

WEIGHTS: dict[Part, float] = {"required": 1.0, "preferred": 0.45, "duties": 0.55, "about": 0.5}
IN_TITLE, REPEATED, MUST = 0.4, 0.15, 0.2
ANY_SUBJECT = 0.6
SOFT = 0.35  # traits of character that every resume claims


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
    fields = [
        one for one in rubrics.default_fields() if one.field_name not in _SALES_FIELDS or wanted.family in _SELLING
    ]
    fields += [
        ProfileField(
            field_name=criterion.key,
            field_type="boolean",
            description=f"{criterion.label}{ANYWHERE}",
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


def _gather(title: str, lines: list[Line]) -> list[Found]:
    """Everything asked for, once each: the strictest part and all years count."""
    found: dict[tuple[str, str], Found] = {}
    order = 0
    in_title = asking.skills_in(title)
    title_words = {stem(word) for word in split(title)} | EMPTY_STEMS
    initials = "".join(word[0] for word in split(title) if word not in STOP and word[0].isalpha())
    for line in lines:
        if line.part == "boilerplate" or (line.part == "about" and not ASKS.search(line.text)):
            continue
        for ask in asking.read(line.text, duties=line.part == "duties"):
            if ask.open and ask.kind == "skill" and _says_title(ask.names[0], title_words, initials):
                continue
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


def _says_title(name: str, title_words: set[str] | frozenset[str], initials: str) -> bool:
    """Whether an unknown name is the job's title over again, spelt out or as its initials."""
    words = split(name)
    if all(stem(word) in title_words for word in words):
        return True
    return len(words[0]) > 2 and initials.startswith(words[0]) and all(len(word) < 4 for word in words[1:])


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
            key=rubrics.key_for("years of experience", taken), label=label, kind="years", weight=round(min(2.0, weight + 0.4), 2),
            is_required=required, description="Years in this or a near field.", parameters=parameters,
        )  # fmt: skip
    if ask.kind == "education":
        return Criterion(
            key=rubrics.key_for("education", taken), label=ask.label, kind="education",
            # A degree in whatever subject says little of who is right for this job.
            weight=round(min(1.0, weight) * (1.0 if ask.parameters.get("subject") else ANY_SUBJECT), 2),
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
    """The job's title where the caller has none: what is sought by name, or the first short line that is a title."""
    for line in lines[:8]:
        match = _SOUGHT.search(line.text)
        if match and titles.parse(match[1]).named:
            return match[1].strip()
    for line in lines[:8]:
        if len(line.text.split()) <= 6 and titles.parse(line.text).named:
            return line.text.strip(" .:-")
    return ""


_SOUGHT = re.compile(
    r"(?:looking\s+for|seeking|seeks|hiring|needs?|wanted|searching\s+for|recruiting)\s*:?\s+(?:an?\s+|our\s+next\s+)?"
    r"(?:experienced\s+|talented\s+|motivated\s+|skilled\s+)?([^.,;:]{3,60}?)(?:\s+(?:to|who|with|for|in|at|on|that)\b|[.,;:]|$)",
    re.IGNORECASE,
)
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
