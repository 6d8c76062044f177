"""Job titles: the function family, the rung on the ladder of seniority, and how close two titles are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from candidates.matching.words import EMPTY_STEMS, singular, split, stem

# Rungs. "Manager" as part of a role's own name (account manager, product manager) is no rung.
INTERN, JUNIOR, MIDDLE, SENIOR, LEAD, DIRECTOR, EXECUTIVE, CHIEF = range(8)
_RUNGS: dict[str, int] = {
    **dict.fromkeys(("intern", "internship", "apprentice", "trainee", "student", "werkstudent", "volunteer"), INTERN),
    **dict.fromkeys(("junior", "entry", "graduate", "jr", "assistant", "aide", "helper"), JUNIOR),
    **dict.fromkeys(("senior", "sr", "snr", "experienced", "iii"), SENIOR),
    **dict.fromkeys(("lead", "staff", "principal", "manager", "supervisor", "foreman", "superintendent", "iv"), LEAD),
    **dict.fromkeys(("director", "head", "controller", "dean", "gm"), DIRECTOR),
    **dict.fromkeys(("vp", "svp", "evp", "avp"), EXECUTIVE),
    **dict.fromkeys(("chief", "ceo", "cto", "cfo", "coo", "cmo", "cio", "cpo", "chro", "ciso", "cro", "founder",
                     "cofounder", "president", "owner", "partner"), CHIEF),
}  # fmt: skip
# Words before which the rung word is part of the role's name: {rung word: words before it}.
_ROLE_NAMES = {
    "manager": frozenset(
        (
            "account product project program programme case office community content social media customer success "
            "brand category property client relationship campaign territory partner partnership partnerships release "
            "portfolio growth marketing crm fund contract contracts delivery event events development seo acquisition "
            "channel implementation onboarding course claims care"
        ).split()
    ),
    "assistant": frozenset(
        (
            "administrative executive medical personal dental nursing physician teaching legal virtual office "
            "research shop sales healthcare care pharmacy laboratory lab admin kitchen"
        ).split()
    ),
    "staff": frozenset(["chief", "of"]),
    "lead": frozenset(),
    "partner": frozenset(
        [
            "business",
            "hr",
            "people",
            "talent",
            "finance",
            "client",
            "channel",
            "resource",
            "resources",
            "acquisition",
            "recruiting",
        ]
    ),
    "president": frozenset(["vice"]),
    "executive": frozenset(),
    "controller": frozenset(["credit", "traffic", "inventory", "stock", "document"]),
    "head": frozenset(),
    "student": frozenset(),
}
_ROLE_AFTER = {
    "staff": frozenset(["accountant", "nurse", "attorney", "pharmacist", "writer", "physician", "auditor", "rn"]),
    "assistant": frozenset(["professor", "principal", "controller", "director", "manager", "vice"]),
    "principal": frozenset(["investigator", "school"]),
    "lead": frozenset(["generation", "gen"]),
    "partner": frozenset(["manager", "marketing", "success"]),
    "head": frozenset(["chef", "teacher"]),
    "student": frozenset(["affairs", "success", "services"]),
    "entry": frozenset(["clerk", "operator", "specialist"]),
    "owner": frozenset(["relations"]),
    "product": frozenset(["owner"]),
}
_EXPANSIONS = {
    "sr": "senior", "snr": "senior", "jr": "junior", "swe": "software engineer", "sde": "software engineer", "sdet": "test automation engineer", "dev": "developer",
    "eng": "engineer", "engr": "engineer", "mgr": "manager", "mngr": "manager", "dir": "director", "admin": "administrator",
    "asst": "assistant", "assoc": "associate", "coord": "coordinator", "exec": "executive", "rep": "representative",
    "reps": "representative", "acct": "account", "tech": "technician", "sre": "site reliability engineer",
    "dba": "database administrator", "sdr": "sales development representative", "ml": "machine learning",
    "bdr": "business development representative", "bdm": "business development manager", "ae": "account executive",
    "csm": "customer success manager", "csr": "customer service representative", "am": "account manager",
    "kam": "key account manager", "rn": "registered nurse", "lpn": "licensed practical nurse", "np": "nurse practitioner",
    "lvn": "licensed practical nurse", "cna": "certified nursing assistant", "emt": "emergency medical technician",
    "hrbp": "hr business partner", "ta": "talent acquisition", "ceo": "chief executive officer", "bi": "business intelligence",
    "cto": "chief technology officer", "cfo": "chief financial officer", "coo": "chief operating officer",
    "cmo": "chief marketing officer", "cio": "chief information officer", "cpa": "certified public accountant",
    "chro": "chief human resources officer", "qa": "quality assurance", "ba": "business analyst", "da": "data analyst",
    "ds": "data scientist", "fp&a": "financial planning and analysis", "pr": "public relations", "cra": "clinical research associate",
    "crc": "clinical research coordinator", "tpm": "technical program manager", "vp": "vp", "gm": "general manager",
    "pa": "physician assistant", "ehs": "environmental health and safety", "hse": "environmental health and safety",
    "smm": "social media manager", "ux": "user experience", "ui": "user interface", "sysadmin": "system administrator",
    "fullstack": "full stack", "frontend": "front end", "backend": "back end", "cofounder": "founder",
}  # fmt: skip
# Words that many titles share and that say little of the function.
_COMMON = frozenset(
    stem(word)
    for word in (
        "manager specialist coordinator associate representative officer assistant executive lead senior junior "
        "director head chief consultant analyst engineer technician administrator staff principal i ii iii iv of "
        "and the for at in intern trainee vp vice president supervisor expert professional agent partner level "
        "entry mid team global regional national international certified licensed registered remote hybrid "
        "contract temporary full part time m f d w x"
    ).split()
)


class Title(NamedTuple):
    """A title taken apart. `words` are the stems that tell the function; `family` may be unknown."""

    text: str
    family: str | None
    rung: int
    words: frozenset[str]
    all_words: frozenset[str]
    named: bool  # a phrase of the family's list was found, not a single word that may stand anywhere


@cache
def _families() -> tuple[dict[tuple[str, ...], str], dict[str, dict[str, float]], int]:
    """(phrase → family, family → neighbours, length of the longest phrase) from the data file."""
    phrases: dict[tuple[str, ...], str] = {}
    near: dict[str, dict[str, float]] = {}
    path = Path(__file__).with_name("data") / "titles.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head, _, tail = line.partition("]:")
        family, _, neighbours = head.partition("[")
        family = family.strip()
        near[family] = {
            name: float(share) for name, share in (item.split() for item in neighbours.split(",") if item.strip())
        }
        for phrase in tail.split(","):
            words = tuple(_form(word) for word in expanded(phrase))
            if words:
                phrases.setdefault(words, family)
    return phrases, near, max(map(len, phrases))


@cache
def first_words() -> frozenset[str]:
    """The words that known titles begin with: nothing else needs to be tried for one."""
    return frozenset(phrase[0] for phrase in _families()[0])


@lru_cache(maxsize=20_000)
def parse(text: str) -> Title:
    """Take a title apart: "Sr. SWE" → family software, rung senior, words {softwar}."""
    words = expanded(text)
    family, found = family_in(tuple(words))
    rung = _rung(words)
    stems = [stem(word) for word in words if not word.isdigit()]
    return Title(
        text=text,
        family=family,
        rung=rung,
        words=frozenset(word for word in stems if word not in _COMMON),
        all_words=frozenset(stems),
        named=found,
    )


def expanded(text: str) -> list[str]:
    """The words of a title with abbreviations spelt out."""
    lower = text.lower()
    if " to " in lower:
        text = _BOSS.sub("", text)
    if "vice" in lower or "co-founder" in lower:
        text = re.sub(r"\bvice[ -]president\b", "vp", text, flags=re.IGNORECASE)
        text = re.sub(r"\bco-founder\b", "founder", text, flags=re.IGNORECASE)
    return [part for word in split(text) for part in _EXPANSIONS.get(word, word).split()]


# "Executive Assistant to the CEO" is no chief.
_BOSS = re.compile(
    r"\s+(?:reporting\s+)?to\s+(?:the\s+|our\s+)?(?:c[eftoim]+o|chief|president|managing|director|vp|board|partners|head|founder|management)\b.*",
    re.IGNORECASE,
)


@lru_cache(maxsize=50_000)
def family_in(words: tuple[str, ...]) -> tuple[str | None, bool]:
    """The family of the longest known phrase among the words (the last of equals), and whether one was found."""
    phrases, _, longest = _families()
    forms = [_form(word) for word in words]
    best: tuple[int, int, str] | None = None
    for start in range(len(forms)):
        for length in range(min(longest, len(forms) - start), 0, -1):
            family = phrases.get(tuple(forms[start : start + length]))
            if family is not None:
                if best is None or (length, start) >= best[:2]:
                    best = (length, start, family)
                break
    if best is not None:
        return best[2], True
    # No phrase as a whole: "Backend Software Python Engineer". Two words of one apart still tell the family.
    held = set(forms)
    loose = [(len(phrase), family) for phrase, family in phrases.items() if len(phrase) > 1 and held.issuperset(phrase)]
    if loose:
        return max(loose)[1], True
    # Not even that: the family in whose titles these words stand most often, "HVAC helper" among the trades.
    votes: dict[str, float] = {}
    for form in forms:
        for family, share in _votes().get(form, {}).items():
            votes[family] = votes.get(family, 0.0) + share
    best_vote = max(votes.items(), key=lambda vote: (vote[1], vote[0]), default=(None, 0.0))
    return (best_vote[0] if best_vote[1] >= 0.4 else None), False


@cache
def _votes() -> dict[str, dict[str, float]]:
    """For each telling word of titles, how its phrases are spread over the families."""
    counts: dict[str, dict[str, int]] = {}
    for phrase, family in _families()[0].items():
        for word in phrase:
            if stem(word) not in _COMMON and not word.isdigit():
                of = counts.setdefault(word, {})
                of[family] = of.get(family, 0) + 1
    return {word: {family: number / sum(of.values()) for family, number in of.items()} for word, of in counts.items()}


def phrase_at(forms: list[str], position: int) -> tuple[int, str] | None:
    """The longest known title phrase that starts at this word: (number of words, family). For finding titles in prose."""
    if forms[position] not in first_words():
        return None
    phrases, _, longest = _families()
    for length in range(min(longest, len(forms) - position), 0, -1):
        family = phrases.get(tuple(forms[position : position + length]))
        if family is not None and (length > 1 or forms[position] not in _FIELDS):
            return length, family
    return None


# Words that tell the family inside a title, and are no title in prose.
_FIELDS = frozenset(
    "software sale sales marketing ux hr operation operations logistic logistics devops counsel judge support faculty data "
    "closer hunter server payroll recruiting".split()
)


def nearness(wanted: str | None, had: str | None) -> float:
    """How far experience of one family counts in another, 0–1."""
    if wanted is None or had is None:
        return 0.0
    if wanted == had:
        return 1.0
    return _nearness(wanted, had)


@cache
def _nearness(wanted: str, had: str) -> float:
    _, near, _ = _families()
    direct = max(near.get(wanted, {}).get(had, 0.0), near.get(had, {}).get(wanted, 0.0) * 0.8)
    # A neighbour's neighbour is a little closer than a stranger: warehouse work to a production line.
    over = max(
        (share * near.get(middle, {}).get(had, 0.0) for middle, share in near.get(wanted, {}).items()), default=0.0
    )
    return max(direct, 0.6 * over)


@lru_cache(maxsize=50_000)
def similarity(wanted: Title, had: Title) -> float:
    """How close a held title is to the wanted one, 0–1: function first, then words in common, then the rung."""
    close = nearness(wanted.family, had.family)
    shared = len(wanted.words & had.words) / len(wanted.words) if wanted.words else 0.0
    if wanted.all_words and wanted.all_words <= had.all_words:
        function = 1.0
    elif wanted.family is None or had.family is None:
        function = 0.8 * shared + (0.2 * len(wanted.all_words & had.all_words) / max(1, len(wanted.all_words)))
    else:
        function = close * (0.85 + 0.15 * shared) if close == 1.0 else 0.85 * close + 0.15 * shared
    below = wanted.rung - had.rung
    fit = (1.0 if below >= -2 else 0.9) if below <= 0 else (1.0, 0.85, 0.7, 0.55)[min(below, 3)]
    return function * fit


def seems_title(words: Iterable[str]) -> bool:
    """Whether these words hold a word that heads titles."""
    return any(word in _HEADS for word in words)


_HEADS = frozenset(
    (
        "manager engineer developer analyst specialist coordinator director assistant consultant associate "
        "technician officer representative administrator supervisor nurse teacher accountant designer architect "
        "executive lead head intern trainee vp founder president partner clerk agent scientist lawyer attorney "
        "paralegal counsel recruiter writer editor planner buyer operator driver chef cook cashier therapist "
        "pharmacist helper apprentice tutor nanny installer inspector worker attendant guard pilot mechanic electrician welder plumber guide coach physician"
    ).split()
)


def _form(word: str) -> str:
    return singular(word)


def _rung(words: list[str]) -> int:
    found = [MIDDLE]
    low: list[int] = []
    for position, word in enumerate(words):
        rung = _RUNGS.get(word)
        if rung is None:
            continue
        before = words[position - 1] if position else ""
        after = words[position + 1] if position + 1 < len(words) else ""
        if before in _ROLE_NAMES.get(word, ()) or after in _ROLE_AFTER.get(word, ()):
            continue
        if word == "owner" and before == "product":
            continue
        if rung == CHIEF and word == "chief" and after == "of":
            rung = DIRECTOR  # chief of staff
        (low if rung < MIDDLE else found).append(rung)
    highest = max(found)
    return min(low) if low and highest <= MIDDLE else highest


CONTENT_FREE = _COMMON | EMPTY_STEMS
