"""One line of a job description → what it asks for: skills, years, degrees, certificates."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from candidates.matching import certificates, dates, education, lexicon
from candidates.matching.lexicon import Name
from candidates.matching.parts import ASKS
from candidates.matching.words import EMPTY_STEMS, STOP, Text, stem

MOST_OPEN = 2
MOST_TALK_WORDS, FEW_WORDS = 14, 3
MOST_OPEN_WORDS = 4
# From so many names joined by commas and "and" on, they are one criterion that counts each in part.
LIST_FROM = 4

_EITHER = re.compile(r"\bor\b|/|\beither\b|\band/or\b", re.IGNORECASE)
_EXAMPLES = re.compile(
    r"\b(?:such\s+as|like|e\.?\s?g\.?|for\s+example|one\s+(?:or\s+more\s+)?of|any\s+of|at\s+least\s+one|similar|equivalent|"
    r"comparable|preferably)\b|\betc\b",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"^[\s,/&;:\-]*(?:(?:and|or|and/or|as\s+well\s+as|plus|&)[\s,]*)?(?:(?:the|an?|some|basic|strong|good|either|other|modern)\s)?$",
    re.IGNORECASE,
)
_CHUNK = re.compile(
    r"[,;:()/]|\s[-–—]\s|\b(?:and|or|with|in|of|to|for|using|by|on|at|from|the|a|an|as|such|including|across|within)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|without)\b[^.;,]{0,40}$", re.IGNORECASE)
_NOT_ASKED = re.compile(
    r"\b(?:not\s+(?:required|necessary|needed|a\s+requirement|essential)|no\s+(?:\w+\s+){0,4}(?:required|necessary|needed)|"
    r"we\s+(?:do\s+not|don['’]?t)\s+(?:need|require|expect|care))\b",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(
    r"\b(?P<name>(?:[A-Z][\w&+./-]*\s+){0,4}[A-Z][\w&+./-]*)\s+(?:certification|certificate|licen[sc]e|certified|licensure|credential|accreditation|registration)\b"
)
_NOT_CERTIFICATE = frozenset(
    "a an the valid active current relevant professional industry required preferred must state".split()
)
_AGE = re.compile(
    r"\b(?:years?\s+old|of\s+age|\d+\s+years?\s+(?:ago|in\s+business)|over\s+the\s+(?:past|last|next)\s+\w+\s+years)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Ask:
    """Something asked for. `names` are alternatives where `any_of`, else all wanted; `open`: no lexicon knows them."""

    kind: str
    key: str
    names: list[str]
    any_of: bool = True
    years: float | None = None
    most: float | None = None
    soft: bool = False
    open: bool = False
    source: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def label(self) -> str:
        """A short name for people."""
        if self.text:
            return self.text
        shown = [_shown(name) for name in self.names]
        if len(shown) < 2:
            return shown[0] if shown else self.key
        return ", ".join(shown[:-1]) + (" or " if self.any_of else " and ") + shown[-1]


class Mention(NamedTuple):
    """A known skill named in a line."""

    skill: str
    start: int
    end: int


def read(line: str, *, duties: bool = False) -> list[Ask]:
    """What a line asks for. Of duties only known skills count: what one will do is no demand by itself."""
    if _NOT_ASKED.search(line) and not education.wanted(line):
        return []
    if _AGE.search(line):
        return _certificates(Text("line", line))[0]
    asks: list[Ask] = []
    degree = None if duties else education.wanted(line)
    if degree is not None:
        asks.append(_education(degree, line))
    text = Text("line", line)
    taken: list[tuple[int, int]] = []
    if not duties:
        found, taken = _certificates(text)
        asks += found
    spans = dates.durations(line)
    if spans and not duties:
        # The longest counts: "5 years in sales, 3 of them in enterprise".
        longest = max(spans, key=lambda one: one.years)
        if longest.years <= 30:
            asks.append(Ask("years", "years", [], years=longest.years, most=longest.most, source=line))
    subject = _subject_span(line) if degree is not None else None
    mentions = [
        one
        for one in mentions_in(text)
        if not any(one.start < end and start < one.end for start, end in taken)
        and not (subject and subject[0] <= one.start < subject[1])
        and not _DENIED.search(line[max(0, one.start - 50) : one.start])
    ]
    skills = _skills(mentions, line, duties=duties)
    _tie_years(skills, spans, line, mentions)
    asks += skills
    if not duties and degree is None:
        asks += _open(line, mentions, taken, spans, few=bool(skills) or bool(taken))
    return asks


def skills_in(text: str) -> list[str]:
    """The known skills that a short text such as a title names, without traits of character."""
    skills = lexicon.load().skills
    return list(dict.fromkeys(one.skill for one in mentions_in(Text("text", text)) if not skills[one.skill].soft))


def mentions_in(text: Text) -> list[Mention]:
    """The known skills in a text, longest names first; ambiguous ones only in their own spelling."""
    words = lexicon.load()
    exact, stemmed = text.singulars, text.stems
    found: list[Mention] = []
    at = 0
    while at < len(exact):
        step = 1
        for length in range(min(words.longest, len(exact) - at), 0, -1):
            name = words.exact.get(tuple(exact[at : at + length])) or words.stemmed.get(
                tuple(stemmed[at : at + length])
            )
            if name is None:
                continue
            start, end = text.starts[at], text.ends[at + length - 1]
            if (
                "\n" in text.text[start:end]
                or not text.is_phrase(at, length)
                or not _meant(name, text.text, start, end)
            ):
                continue
            skill = name.skill
            if name.words == ("gcp",) and _CLINICAL.search(text.text):
                skill = "Clinical research"
            found.append(Mention(skill, start, end))
            step = length
            break
        at += step
    return found


def _meant(name: Name, text: str, start: int, end: int) -> bool:
    if not name.cased:
        return True
    if text[start:end] != name.cased:
        return False
    after, before = text[end : end + 12], text[max(0, start - 12) : start]
    if after[:1] == "-" or before[-1:] == "-":
        return False
    # At the start of a line a verb is more likely: "Lead a team", "Excel in sales".
    if not before.strip() and len(name.cased) > 1:
        return bool(re.match(r"\s*(?:[,;/).]|$|and\b|or\b|\()", after)) or bool(
            re.match(
                r"\s+(?:develop|program|engineer|framework|experience|skills|language|knowledge|API|spreadsheet)", after
            )
        )
    return True


def _skills(mentions: list[Mention], line: str, *, duties: bool) -> list[Ask]:
    known = lexicon.load().skills
    hard = [one for one in mentions if not known[one.skill].soft]
    asks = (
        []
        if duties
        else [
            Ask("skill", one.skill.lower(), [one.skill], soft=True, source=line)
            for one in mentions
            if known[one.skill].soft
        ]
    )
    # A group beside its own members ("cloud platforms such as AWS") only introduces them.
    named = {one.skill for one in hard}
    introduced = {parent for name in named for parent in _parents(name)}
    hard = [one for one in hard if not (known[one.skill].is_group and one.skill in introduced)]
    chains: list[list[Mention]] = []
    for one in hard:
        if chains and _JOINT.match(line[chains[-1][-1].end : one.start]):
            chains[-1].append(one)
        else:
            chains.append([one])
    examples = bool(_EXAMPLES.search(line))
    for chain in (part for whole in chains for part in _alternatives(whole, line)):
        names = list(dict.fromkeys(one.skill for one in chain))
        between = line[chain[0].end : chain[-1].start] if len(chain) > 1 else ""
        after = line[chain[-1].end : chain[-1].end + 25]
        either = len(names) > 1 and (
            bool(_EITHER.search(between)) or (examples and bool(_EXAMPLES.search(line[: chain[0].start] + after)))
        )
        if either:
            asks.append(Ask("skill", "|".join(sorted(names)).lower(), names, any_of=True, source=line))
        elif len(names) >= LIST_FROM:
            asks.append(Ask("skill", "&".join(sorted(names)).lower(), names, any_of=False, source=line))
        else:
            asks += [Ask("skill", name.lower(), [name], source=line) for name in names]
    # "An HRIS (Workday or similar)" asks once.
    among = {name for ask in asks if ask.any_of and len(ask.names) > 1 for name in ask.names}
    return [ask for ask in asks if len(ask.names) > 1 or ask.names[0] not in among]


def _alternatives(chain: list[Mention], line: str) -> list[list[Mention]]:
    """A list of names apart where commas separate and "or" only joins neighbours: "Terraform, Python or Go, SIEM".

    "Python, Go or Rust" stays whole, since there the "or" closes the list.
    """
    joints = [line[one.end : other.start] for one, other in itertools.pairwise(chain)]
    either = [bool(_EITHER.search(joint)) for joint in joints]
    if not any(either) or all(either[either.index(True) :]):
        return [chain]
    parts = [[chain[0]]]
    for one, joined in zip(chain[1:], either, strict=True):
        if joined:
            parts[-1].append(one)
        else:
            parts.append([one])
    return parts


def _parents(name: str) -> set[str]:
    known = lexicon.load().skills
    skill = known.get(name)
    found: set[str] = set()
    for parent in skill.implies if skill else ():
        found.add(parent)
        found |= set(known[parent].implies)
    return found


def _tie_years(asks: list[Ask], spans: list[dates.Duration], line: str, mentions: list[Mention]) -> None:
    """Give a skill the years that the line ties to it: "at least 4 years of Python, with Django or FastAPI"."""
    for span in spans:
        rest = line[span.finish : span.finish + 90]
        clause = re.split(r"[,;.(]|\b(?:and\s+\d|with\s+at\s+least|including|plus)\b", rest)[0]
        tied = [one.skill for one in mentions if span.finish <= one.start < span.finish + len(clause)]
        if not tied:
            before = line[max(0, span.begin - 40) : span.begin]
            if re.search(r"[(:–-]\s*$", before):  # "Python (5 years)"
                near = [one.skill for one in mentions if one.end <= span.begin and span.begin - one.end < 6]
                tied = near[-1:]
        for ask in asks:
            if not ask.soft and any(name in tied for name in ask.names):
                ask.years = span.years


def _education(degree: education.Wanted, line: str) -> Ask:
    label = education.LABELS[degree.level]
    if degree.subject:
        label += f", {degree.subject}"
    if degree.or_experience:
        label += ", or equivalent experience"
    return Ask(
        "education", "education", [], source=line, text=label[:150],
        parameters={"level": degree.level, "subject": degree.subject, "or_experience": degree.or_experience},
    )  # fmt: skip


def _subject_span(line: str) -> tuple[int, int]:
    """The part of an education line that tells degree and subject, where no skill is asked for."""
    cut = re.search(
        r"[;.]\s|\b(?:plus|and)\s+(?:\d|at\s+least|experience|proven|strong)|\bwith\s+(?:\d|experience|strong)", line
    )
    return 0, cut.start() if cut else len(line)


def _certificates(text: Text) -> tuple[list[Ask], list[tuple[int, int]]]:
    line = text.text
    found = certificates.find(text)
    spans = [(text.starts[one.first], text.ends[one.last]) for one in found]
    names = list(dict.fromkeys(one.name for one in found))
    if names:
        between = line[spans[0][0] : spans[-1][1]]
        around = between + line[spans[-1][1] : spans[-1][1] + 30]
        if len(names) > 1 and (_EITHER.search(between) or _EXAMPLES.search(around)):
            return [Ask("certificate", "|".join(sorted(names)), names, source=line)], spans
        return [Ask("certificate", name, [name], source=line) for name in names], spans
    match = _CERTIFICATE.search(line)
    if match:
        words = [word for word in match["name"].split() if word.lower() not in _NOT_CERTIFICATE]
        if words and len(" ".join(words)) > 1:
            name = " ".join(words)
            return [Ask("certificate", name.lower(), [name], open=True, source=line)], [match.span()]
    return [], []


def _open(
    line: str, mentions: list[Mention], taken: list[tuple[int, int]], spans: list[dates.Duration], *, few: bool
) -> list[Ask]:
    """What no lexicon knows: product names and acronyms in capitals, else the words that carry the line's meaning."""
    covered = [(one.start, one.end) for one in mentions] + taken + [(one.begin, one.finish) for one in spans]
    names: list[str] = []
    for match in _PROPER.finditer(line):
        start, end = match.span()
        if any(start < stop and begin < end for begin, stop in covered):
            continue
        word = match[0].strip()
        if (
            match.start() == 0
            and not (word.isupper() and len(word) > 1)
            and not any(c.isupper() or c.isdigit() for c in word[1:])
        ):
            continue  # the first word of a sentence is in capitals by rule
        parts = [part for part in word.split() if stem(part.lower()) not in EMPTY_STEMS and part.lower() not in STOP]
        if not re.search(r"[A-Za-z]", "".join(parts)) or parts[-1].lower() in _EMPLOYERS:
            continue
        if parts and not all(part.lower() in _PLACES for part in parts):
            names.append(" ".join(parts))
    asks = [
        Ask("skill", name.lower(), [name], open=True, source=line) for name in list(dict.fromkeys(names))[:MOST_OPEN]
    ]
    if asks or few:
        return asks
    # A long sentence that does not ask for anything in so many words is talk; its words are no demands.
    if len(line.split()) > MOST_TALK_WORDS and not ASKS.search(line):
        return []
    best: list[str] = []
    for chunk in _chunks(line, covered):
        words = [word for word in re.findall(r"[^\W_]+(?:['’+#&.-][^\W_]+)*", chunk) if _telling(word)]
        # One word alone, out of a sentence, says too little: "the pass", "order stock".
        if len(words) > 1 or (words and len(line.split()) <= FEW_WORDS):
            best.append(" ".join(words[:MOST_OPEN_WORDS]))
    best.sort(key=lambda words: -min(3, len(words.split())))
    years = spans[0].years if spans and len(best) else None
    return [
        Ask("skill", name.lower(), [name], open=True, years=years if number == 0 else None, source=line)
        for number, name in enumerate(best[:MOST_OPEN])
    ]


_PROPER = re.compile(
    r"\b(?:[A-Z][a-z]*[A-Z0-9][\w+#-]*|[A-Z]{2,}[\w+#/-]*|[A-Z][\w+#&-]+)(?:\s+(?:[A-Z][\w+#&-]*|\d+(?:\.\d+)?))*"
)
# GCP is a cloud everywhere but in trials of medicines, where it is good clinical practice.
_CLINICAL = re.compile(
    r"\b(?:clinical|ich|trials?|patients?|protocols?|sponsors?|monitoring\s+visits?|study|studies|gmp|glp)\b",
    re.IGNORECASE,
)
_EMPLOYERS = frozenset(
    "inc ltd llc gmbh ag corp corporation plc center centre hospital university clinic group school holdings".split()
)
_PLACES = frozenset(
    "english us usa uk eu europe america united states kingdom new york london remote monday friday pm am".split()
)


def _chunks(line: str, covered: list[tuple[int, int]]) -> list[str]:
    blank = list(line)
    for start, end in covered:
        blank[start:end] = "," * (end - start)
    return _CHUNK.split("".join(blank))


def _telling(word: str) -> bool:
    lower = word.lower()
    return len(lower) > 2 and lower not in STOP and stem(lower) not in EMPTY_STEMS and not lower[0].isdigit()


def _shown(name: str) -> str:
    return name[:1].upper() + name[1:] if name else name
