"""Degrees: their levels, their subjects, and how a job asks for them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from candidates.matching.words import Text, content_stems

LEVELS = ("high_school", "associate", "bachelor", "master", "doctorate")
LABELS = {
    "high_school": "High school diploma",
    "associate": "Associate degree",
    "bachelor": "Bachelor's degree",
    "master": "Master's degree",
    "doctorate": "Doctorate",
}
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "doctorate",
        r"ph\.?\s?d\b\.?|doctor(?:ate|al)\b|doctor\s+of\b|d\.?phil\b|\bm\.?d\.(?=\W|$)|\bM\.?D\b(?=[,;.)\s]|$)|"
        r"\bj\.?d\b\.?(?=[\s,;.)/]|$)|juris\s+doctor|pharm\.?\s?d\b|\bd\.?n\.?p\b|\bd\.?d\.?s\b|\bd\.?v\.?m\b|"
        r"\bpsy\.?d\b|\bed\.?d\b|\bdpt\b|promotion\s+zum|promoviert",
    ),
    (
        "master",
        r"master(?:['’]?s)?(?=['’]?s?\s+(?:degree|of|in|level|or|and|program|diploma|prefer|require|qualification|thesis)\b)|"
        r"master['’]s|\bmasters\b|\bm\.?\s?sc\b\.?|\bm\.s\.?(?=\W|$)|\bMS\b(?=\s+[a-z(]|[,;/)]|\.\s|$)|\bm\.a\.(?=\W|$)|"
        r"(?<!,\s)\bMA\b(?=\s+[a-z(]|/)|\bm\.?b\.?a\b|\bm\.?eng\b|\bm\.?ed\b\.?|\bmph\b|\bm\.?s\.?n\b|\bm\.?s\.?w\b|"
        r"\bll\.?m\b|\bm\.?phil\b|\bm\.?tech\b|\bmfa\b|\bm\.?arch\b|\bmpa\b|\bmpp\b|\bmacc\b|\bmlis\b|\bmca\b|\bm\.?com\b|"
        r"\bdipl(?:om)?\.?-?(?:ing|inf|kfm|kffr|psych|wirt)?\w*\.?(?=\s+in\b|[-\s](?:ing|inf|kauf)|\s+univ)|"
        r"diplom(?:ingenieur|informatik|kauf)\w*|magister|post-?graduate\s+degree|graduate\s+degree|advanced\s+degree|"
        r"\bstaatsexamen\b",
    ),
    (
        "bachelor",
        r"bachelor(?:['’]?s)?\b|baccalaureate|\bb\.?\s?sc\b\.?|\bb\.s\.?(?=\W|$)|\bBS\b(?=\s+[a-z(]|[,;/)]|\.\s|$)|"
        r"\bb\.a\.(?=\W|$)|\bBA\b(?=\s+[a-z(]|[,;/)]|\.\s|$)|\bBS\s*/\s*BA\b|\bBA\s*/\s*BS\b|\bb\.?eng\b|\bb\.?tech\b|"
        r"\bb\.?com\b|\bbba\b|\bb\.?s\.?n\b|\bb\.?ed\b|\bll\.?b\b|\bbfa\b|\bb\.?arch\b|\bbsw\b|\bbca\b|\bb\.?e\.(?=\s|,)|"
        r"undergraduate\s+degree|(?:university|college|four[- ]year|4[- ]year|honou?rs|hochschul\w*)[- ]degree|"
        r"degree[- ]qualified|\blicenciatura\b|\blicence\s+en\b|(?<!advanced )(?<!graduate )(?<!associate )(?<!associates )"
        r"(?<!associate's )(?<!associate’s )(?<!doctoral )(?<!master's )(?<!master’s )(?<!masters )(?<!professional )"
        r"\bdegrees?\b(?!\s+of)|"
        r"\bdiplom\b(?!a)|\buniversity\s+graduate",
    ),
    (
        "associate",
        r"associate(?:['’]?s)?\s+degree|associate\s+(?:of|in)\s+(?:arts|science|applied|nursing)|associate['’]s|"
        r"\ba\.?a\.?s\b\.?(?=\s|,|$)|\ba\.a\.|\ba\.s\.|\bAS\s+in\b|\bAA\s+in\b|\badn\b|\bfoundation\s+degree|"
        r"\bhnd\b|\bhigher\s+national\s+diploma|\b(?:two|2)[- ]year\s+degree|vocational\s+(?:training|degree|diploma)|"
        r"trade\s+school|technical\s+(?:diploma|school|degree)|apprenticeship|ausbildung|\bdiploma\s+in\b|"
        r"\bdiploma\s+of\b|college\s+diploma",
    ),
    (
        "high_school",
        r"high[- ]?school|\bged\b|\bg\.e\.d|secondary\s+school|a-levels?\b|\babitur\b|\bgcses?\b|\bhs\s+diploma|"
        r"\bmatric\b|school\s+leaving|\bbaccalaur[ée]at\b",
    ),
)
_LEVELS = [(level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _PATTERNS]
# "MS Office", "Scrum Master" and friends are no degrees; short forms count only in capitals.
_CASED = re.compile(r"^(?:ms|ma|bs|ba|as|aa|md|jd)$", re.IGNORECASE)
_NOT_DEGREE = re.compile(
    r"scrum\s*master|master\s+(?:data|service|electrician|plumber|mechanic|schedul|plan|black)|headmaster|webmaster|ms\s+"
    r"(?:office|excel|word|project|teams|sql|dynamics|azure|access|powerpoint|visio|outlook)|sales\s+associate|"
    r"high[- ]school\s+(?:teacher|students?|math|english|science|level|classes|curricul)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\b(?:pursuing|candidate|in\s+progress|expected|currently\s+(?:studying|enrolled|completing)|ongoing|incomplete|"
    r"dropped\s+out|did\s+not\s+(?:finish|complete|graduate)|coursework\s+toward|working\s+towards?|no\s+degree|"
    r"credits?\s+toward)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"equivalent\s+(?:\w+\s+){0,3}experience|or\s+(?:the\s+)?equivalent|experience\s+(?:in\s+lieu|may\s+substitute)|"
    r"in\s+lieu\s+of|(?:something|or\s+anything)\s+equivalent|equivalent\s+combination|"
    r"or\s+(?:\d+|\w+)\s+(?:additional\s+|more\s+|\+\s*)?years|or\s+(?:relevant|related|comparable|commensurate|similar)\s+(?:\w+\s+){0,2}experience",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?:degree|bachelor['’]?s?|master['’]?s?|ph\.?d\.?|diploma|b\.?\s?sc\.?|m\.?\s?sc\.?|\bb\.?s\.?|\bb\.?a\.?|\bm\.?s\.?|"
    r"\bm\.?a\.?|doctorate|mba|b\.?eng\.?|m\.?eng\.?|b\.?tech|m\.?tech|b\.?com|\bbs|\bba|\bms|\bma|degrees?\s*\([^)]*\))"
    r"(?:\s+degree)?(?:\s*\([^)]*\))?\s*(?:in|of\s+(?:science|arts|engineering|business\s+administration|commerce|laws?)"
    r"(?:\s*\([^)]*\))?\s*(?:in|,|-|–)?|of|,|-|–|:)\s+(?P<subject>[^.;\n(|•]{3,160})",
    re.IGNORECASE,
)
_SUBJECT_END = re.compile(
    r"\b(?:or\s+(?:an?\s+)?(?:related|similar|relevant|equivalent|comparable|other|something)|from|at|with|required|preferred|and\s+\d|"
    r"university|college|institute|school|graduated|19\d\d|20\d\d|is|plus|or\s+\w+\s+experience)\b|\d",
    re.IGNORECASE,
)
# Subjects that count for one another.
_KIN: tuple[frozenset[str], ...] = tuple(
    frozenset(words.split())
    for words in (
        "comput softwar inform informat it cybersecur data ai mathemat electr electron machin artifici intellig program",
        "busi administr financ econom market commerc account mba management manag",
        "mechan industri manufactur aerospac automot electr mechatron engin civil chemic robot materi",
        "statist mathemat econom physic data quantit oper actuari econometr",
        "nurs health medicin medic bsn healthcar clinic public",
        "market commun journal english advertis media public relat",
        "design fine art graphic hci visual interact ux illustr",
        "psycholog social sociolog counsel human hr resourc",
        "law legal jd juri llb paralegal",
        "biolog chemistri biochemistri microbiolog life scienc pharmac biotechnolog biomed laboratori",
        "educ teach pedagog curriculum instruct earli childhood",
        "suppli logist oper chain industri",
        "civil structur construct architectur build environment",
        "hospit tourism hotel culinari",
    )
)


# None of the patterns above can match where none of these words stands.
_TELLS = re.compile(
    r"(?:degree|bachelor|master|doctor|diplom|dipl\b|juris|school|highschool|college|universit|studium|apprentic|vocational|undergrad|"
    r"graduat|postgrad|licenciat|licence|abitur|ausbildung|magister|matric|gcse|staatsexamen|promo|baccal|associate|hochschul|"
    r"foundation|national|levels?$|phd|ph$|phil$|dphil|pharm|psyd|edd$|hnd$|adn$|ged$|llb$|llm$|bba$|bfa$|bca$|mca$|mfa$|mp[hap]$|mlis$|"
    r"macc$|dnp$|d[dv][sm]$|dpt$|jd$|md$|[bm](?:sc?|a|eng|tech|ed|com|arch|phil|ba|s[nw])?$|be$|a[as]$|aas$|hs$|bachelors|llm|bsc|msc)"
)
# Of these only what begins in capitals is a degree: "as" is not AS, "be" is not B.E.
_SHORT = frozenset("a as aa b ba be bs m ma md ms me hs".split())


@lru_cache(maxsize=100_000)
def _tells(word: str) -> bool:
    return _TELLS.match(word) is not None


def _near_degrees(text: Text) -> list[tuple[int, int]]:
    """Stretches of a text around the words that degrees are told with."""
    made: list[tuple[int, int]] = []
    for number, word in enumerate(text.words):
        if not _tells(word) or (word in _SHORT and not text.text[text.starts[number]].isupper()):
            continue
        start, end = max(0, text.starts[number] - 24), min(len(text.text), text.ends[number] + 32)
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return made


class Degree(NamedTuple):
    """A degree found at text[start:end]; `rank` is its place in LEVELS, `finished` is False while it is pursued."""

    rank: int
    finished: bool
    subject: frozenset[str]
    start: int
    end: int


class Wanted(NamedTuple):
    """What a line of a job description asks for: the lowest level that does, subjects, and whether experience may replace it."""

    level: str
    subject: str
    or_experience: bool


def degrees(source: Text | str) -> list[Degree]:
    """The degrees that a text tells, in order of their place."""
    if isinstance(source, str):
        source = Text("", source)
    text = source.text
    found: list[Degree] = []
    near_words = _near_degrees(source)
    if not near_words:
        return []
    for rank in range(len(LEVELS) - 1, -1, -1):
        pattern = _LEVELS[len(LEVELS) - 1 - rank][1]
        for match in (match for start, end in near_words for match in pattern.finditer(text, start, end)):
            if not _is_degree(match, text):
                continue
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            begin = max(text.rfind("\n", 0, match.start()), text.rfind(". ", 0, match.start())) + 1
            stop = text.find("\n", match.end())
            stop = len(text) if stop < 0 else stop
            line = text[begin : min(stop, match.end() + 200)]
            near = text[max(begin, match.start() - 60) : min(stop, match.end() + 80)]
            found.append(Degree(rank, not _UNFINISHED.search(near), subject_of(line), match.start(), match.end()))
    return sorted(found, key=lambda degree: degree.start)


def wanted(line: str) -> Wanted | None:
    """What a requirement line asks for in education, or None if it asks for nothing of the kind.

    Of several levels ("Bachelor's or Master's") the lowest is enough.
    """
    ranks = [
        rank
        for rank in range(len(LEVELS))
        for match in _LEVELS[len(LEVELS) - 1 - rank][1].finditer(line)
        if _is_degree(match, line)
    ]
    if not ranks:
        return None
    match = _SUBJECT.search(line)
    subject = ""
    if match:
        subject = match["subject"]
        end = _SUBJECT_END.search(subject)
        subject = (subject[: end.start()] if end else subject).strip(" ,-–")
        subject = re.sub(r"(?:[\s,]+(?:or|and))+$", "", subject)
    return Wanted(LEVELS[min(ranks)], subject, bool(_INSTEAD.search(line)))


@lru_cache(maxsize=20_000)
def subject_of(line: str) -> frozenset[str]:
    """The stems of a degree's subject, as far as the line tells."""
    match = _SUBJECT.search(line)
    text = match["subject"] if match else line
    if match:
        end = _SUBJECT_END.search(text)
        text = text[: end.start()] if end else text
    return frozenset(word for word in content_stems(text) if word not in _DEGREE_WORDS)


def subject_fit(asked: frozenset[str], had: frozenset[str]) -> float:
    """How well a subject fits: the same words 1, a neighbouring field 0.7, unknown 0.7, another 0.4."""
    if not asked:
        return 1.0
    if not had:
        return 0.7
    if asked & had:
        return 1.0
    if any(asked & kin and had & kin for kin in _KIN):
        return 0.7
    return 0.4


def _is_degree(match: re.Match[str], text: str) -> bool:
    found = match[0].replace(".", "").strip()
    if _CASED.match(found) and "." not in match[0] and not found.isupper():
        return False
    # March, a bed and the med-surg ward are no M.Arch, B.Ed and M.Ed.
    if (
        found.lower() in ("march", "bed", "med")
        and "." not in match[0]
        and not (found[:2].isupper() and not found.isupper())
    ):
        return False
    around = text[max(0, match.start() - 8) : match.end() + 14]
    other = _NOT_DEGREE.search(around)
    return other is None


_DEGREE_WORDS = frozenset(
    (
        "degre bachelor master diploma univers colleg school institut bsc msc bs ba ms ma phd mba scienc art "
        "graduat gpa honor cum laud magna summa relat disciplin equival"
    ).split()
)
