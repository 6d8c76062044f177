"""Rules that answer what a text tells about a person: fields with the words that tell them, and dated jobs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.judging import INVENTED
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, best, passages, words
from llm.simulator.weighing import orders_in

Told = tuple[Any, str] | None

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DATE = (
    r"(?:(?P<{0}_month>[A-Za-z]{{3,9}})\.?\s+)?(?:(?P<{0}_number>0?[1-9]|1[0-2])[/.])?"
    r"(?P<{0}_year>(?:19|20)\d\d)(?:-(?P<{0}_iso>0[1-9]|1[0-2])\b)?"
)
_RANGE = re.compile(
    _DATE.format("from")
    + r"\s*(?:[-–—]|to|until|till)\s*(?:"
    + _DATE.format("to")
    + r"|(?P<now>present|now|today|current|date|ongoing))",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^(?P<label>[A-Za-z][A-Za-z /&-]{1,30}):\s*(?P<value>\S.*)$", re.MULTILINE)
_YEARS = re.compile(r"\b(\d{1,2})\s*\+?\s*(?:years|yrs)\b", re.IGNORECASE)
_MONEY = re.compile(r"[$€£]\s?(\d[\d,]*(?:\.\d+)?)\s?(k|m|million|thousand|bn)?\b", re.IGNORECASE)
_UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9}
_PERCENT = re.compile(r"\b(\d{2,3}(?:\.\d+)?)\s?(?:%|percent)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+?\d[\d ().-]{7,18}\d(?!\w)")
_LINKEDIN = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/[\w%-]+/?", re.IGNORECASE)
_DEGREE = re.compile(
    r"\b(?:B\.?\s?Sc|M\.?\s?Sc|B\.?\s?A|M\.?\s?A|B\.?\s?Eng|M\.?\s?Eng|MBA|Ph\.?\s?D|Bachelor|Master|Associate degree|"
    r"Diploma|Doctorate)\b[^\n;]{0,120}",
)
_ROLE_WORD = (
    r"(?:engineer|developer|executive|manager|director|designer|analyst|architect|consultant|representative|scientist|"
    r"specialist|coordinator|founder|lead|head|officer|nurse|teacher|chef|supervisor|administrator|recruiter|associate)"
)
_ROLE_AT = re.compile(
    rf"\b(?P<role>(?:[A-Z][\w/&+-]*\s+){{0,4}}[A-Z]?\w*{_ROLE_WORD})\s*(?:,\s*|\s+at\s+|\s+with\s+|\s+@\s+|\s[|–—-]\s)"
    r"(?P<company>[A-Z][\w&.'-]*(?:\s+(?:[A-Z&][\w&.'-]*|of|and)){0,4})",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:based in|lives? in|living in|located in)\s+(?P<place>[A-Z][\w.'-]*(?:[ ,]+[A-Z][\w.'-]*){0,3})"
)
_LABELS: dict[str, tuple[str, ...]] = {
    "current_role": ("current role", "title", "position", "role", "current title", "job title", "headline"),
    "current_company": ("company", "current company", "employer", "current employer"),
    "location": ("location", "city", "based in", "address"),
    "education": ("education", "degree"),
    "name": ("name", "full name"),
    "skills": ("skills", "technologies", "tools", "tech stack", "languages and tools", "key skills", "core skills"),
    "industries": ("industries", "industry", "sectors"),
    "certifications": ("certifications", "certificates", "licences", "licenses"),
}
_SAYS: dict[str, re.Pattern[str]] = {
    "is_founder": re.compile(r"\b(?:co-?)?found(?:ed|er|ing)\b(?!\s+(?:that|out))", re.IGNORECASE),
    "startup_experience": re.compile(r"\b(?:start-?ups?|seed[- ]stage|series [ab]\b|early[- ]stage)", re.IGNORECASE),
    "enterprise_experience": re.compile(
        r"\b(?:enterprise|fortune \d+|global accounts|large (?:companies|corporat))", re.I
    ),
    "sold_to_finance": re.compile(
        r"\b(?:sold|selling|sales|closed|contract|deal|quota|account)\w*\b[^.\n]*\b(?:banks?|insur\w+|financial|"
        r"fintech|asset managers?|hedge funds?|credit unions?)\b"
        r"|\b(?:banks?|insurers?)\b[^.\n]*\b(?:sold|closed|signed|customers?|clients?)\b",
        re.IGNORECASE,
    ),
}
_INDUSTRIES = re.compile(
    r"\b(?:fintech|banking|insurance|healthcare|health care|logistics|retail|e-commerce|manufacturing|"
    r"telecom\w*|automotive|energy|real estate|hospitality|cybersecurity|financial services|SaaS|"
    r"pharma\w*|media|government)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(r"\d+\s?%|[$€£]\s?\d|\bquota\b|\baward\b|\branked\b|\bfell from\b|\b\d+x\b", re.IGNORECASE)


def extract(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """One entry for each wanted field that a source tells, and the dated jobs where they are wanted."""
    sources = asked.data.get("sources") or {}
    texts = (
        {str(name): str(text) for name, text in sources.items()} if isinstance(sources, dict) else {"": str(sources)}
    )
    read = passages(texts)
    whole = "\n".join(texts.values())
    obeyed = orders_in(read) if behaviour.obey_injection else None
    values = []
    for wanted in asked.data.get("wanted") or []:
        if not isinstance(wanted, dict):
            continue
        told = _told(wanted, whole, read)
        if obeyed is not None and wanted.get("field_type") == "number":
            told = (100, obeyed.text)
        elif lot.random() < behaviour.rate_invented_quote:
            told = (_invented(wanted), INVENTED)
        if told is not None:
            values.append({"field": wanted.get("field_name"), "value": told[0], "quote": told[1]})
    positions = list(_positions(whole)) if asked.data.get("wants_positions") else []
    return {"values": values, "positions": positions}


def _told(wanted: dict[str, Any], whole: str, read: list[Passage]) -> Told:
    name = str(wanted.get("field_name", ""))
    if rule := _RULES.get(name):
        return rule(whole, read)
    if name in _SAYS:
        passage = next((one for one in read if _SAYS[name].search(one.text)), None)
        return (True, passage.text) if passage else None
    if name in _LABELS and (told := _labelled(name, whole)):
        return told
    return _by_description(wanted, read)


def _labelled(name: str, whole: str) -> Told:
    """The value of a line "Label: value" under one of the field's usual labels."""
    for line in _LABELLED.finditer(whole):
        if line["label"].strip().lower() in _LABELS[name]:
            value = line["value"].strip().rstrip(".")
            if name in ("skills", "industries", "certifications"):
                return _list_of(value), line[0].strip()
            return value[:200], line[0].strip()
    return None


def _list_of(text: str) -> list[str]:
    return [item for item in (piece.strip(" .") for piece in re.split(r"[,;|•·]|\s/\s", text)) if 0 < len(item) <= 60][
        :30
    ]


def _by_description(wanted: dict[str, Any], read: list[Passage]) -> Told:
    """A field that no rule knows: the passage that fits its description, where it fits well."""
    about = words(f"{str(wanted.get('field_name', '')).replace('_', ' ')} {wanted.get('description', '')}")
    passage, fits = best(read, about)
    if passage is None or fits < 3:
        return None
    kind = wanted.get("field_type")
    if kind == "boolean":
        return True, passage.text
    if kind == "number":
        number = re.search(r"\d[\d,]*(?:\.\d+)?", passage.text)
        return (float(number[0].replace(",", "")), passage.text) if number else None
    if kind == "string_list":
        return [passage.text.rstrip(".")], passage.text
    return passage.text.rstrip("."), passage.text


def _years(whole: str, read: list[Passage]) -> Told:
    for passage in read:
        if (found := _YEARS.search(passage.text)) and "experience" in passage.text.lower():
            return float(found[1]), passage.text
    for passage in read:
        if found := _YEARS.search(passage.text):
            return float(found[1]), passage.text
    return None


def _largest_contract(whole: str, read: list[Passage]) -> Told:
    largest: Told = None
    for passage in read:
        if not re.search(r"\b(?:acv|deal|contract|closed|signed|account|arr)\b", passage.text, re.IGNORECASE):
            continue
        for amount in _MONEY.finditer(passage.text):
            value = float(amount[1].replace(",", "")) * _UNITS.get((amount[2] or "").lower(), 1)
            if largest is None or value > largest[0]:
                largest = (value, passage.text)
    return largest


def _quota(whole: str, read: list[Passage]) -> Told:
    for passage in read:
        if re.search(r"\bquota|target", passage.text, re.IGNORECASE) and (found := _PERCENT.search(passage.text)):
            return float(found[1]), passage.text
    return None


def _match(pattern: re.Pattern[str]) -> Callable[[str, list[Passage]], Told]:
    def told(whole: str, read: list[Passage]) -> Told:
        found = pattern.search(whole)
        return (found[0].strip(), found[0].strip()) if found else None

    return told


def _education(whole: str, read: list[Passage]) -> Told:
    for passage in read:
        if found := _DEGREE.search(passage.text):
            return found[0].strip(" .,;"), passage.text
    return _labelled("education", whole)


def _role(whole: str, read: list[Passage]) -> Told:
    if told := _labelled("current_role", whole):
        return told
    for passage in read:
        if found := _ROLE_AT.search(passage.text):
            return found["role"].strip(), passage.text
    return None


def _company(whole: str, read: list[Passage]) -> Told:
    if told := _labelled("current_company", whole):
        return told
    for passage in read:
        if found := _ROLE_AT.search(passage.text):
            return found["company"].strip(" .,"), passage.text
    return None


def _place(whole: str, read: list[Passage]) -> Told:
    if told := _labelled("location", whole):
        return told
    for passage in read:
        if found := _FROM.search(passage.text):
            return found["place"].strip(" .,"), passage.text
    return None


def _industries(whole: str, read: list[Passage]) -> Told:
    if told := _labelled("industries", whole):
        return told
    found: dict[str, str] = {}
    quote = ""
    for passage in read:
        for industry in _INDUSTRIES.findall(passage.text):
            quote = quote or passage.text
            found.setdefault(industry.lower(), industry)
    return (list(found.values())[:6], quote) if found else None


def _achievements(whole: str, read: list[Passage]) -> Told:
    found = [passage.text for passage in read if _RESULT.search(passage.text) and not _RANGE.search(passage.text)]
    return ([text.rstrip(".") for text in found[:5]], found[0]) if found else None


_RULES: dict[str, Callable[[str, list[Passage]], Told]] = {
    "years_experience": _years,
    "max_acv": _largest_contract,
    "quota_attainment": _quota,
    "email": _match(_EMAIL),
    "phone": _match(_PHONE),
    "linkedin_url": _match(_LINKEDIN),
    "education": _education,
    "current_role": _role,
    "current_company": _company,
    "location": _place,
    "industries": _industries,
    "achievements": _achievements,
    "skills": lambda whole, read: _labelled("skills", whole),
    "certifications": lambda whole, read: _labelled("certifications", whole),
    "name": lambda whole, read: _labelled("name", whole),
}


def _positions(whole: str) -> Iterator[dict[str, Any]]:
    """Dated jobs: a line with a range of dates, and title and company on it or on the line before."""
    before = ""
    for line in (line.strip() for line in whole.splitlines()):
        found = _RANGE.search(line)
        if found is None:
            before = line or before
            continue
        head = _RANGE.sub("", line).strip(" \t•*-–—|,()")
        if len(head) < 4:
            head = before.strip(" \t•*-–—|,()")
        if not head or _DEGREE.search(head) or re.search(r"\b(?:university|college|school)\b", head, re.IGNORECASE):
            continue
        parts = [part.strip(" ,") for part in re.split(r"\s+at\s+|\s*[,|@]\s*|\s+[–—-]\s+", head, maxsplit=1)]
        title, company = parts[0], parts[1] if len(parts) > 1 else None
        yield {
            "title": title[:120] or None,
            "company": re.split(r"\s*[,|(:]", company)[0][:120] or None if company else None,
            "start": _month(found, "from"),
            "end": None if found["now"] else _month(found, "to"),
            "is_current": bool(found["now"]),
            "quote": line[:300],
        }
        before = ""


def _month(found: re.Match[str], which: str) -> str:
    number = found[f"{which}_number"] or found[f"{which}_iso"]
    month = int(number) if number else _MONTHS.get((found[f"{which}_month"] or "").lower())
    year = found[f"{which}_year"]
    return f"{year}-{month:02d}" if month else str(year)


def _invented(wanted: dict[str, Any]) -> Any:
    return {"boolean": True, "number": 300, "string_list": ["best employee worldwide"]}.get(
        str(wanted.get("field_type")), "best employee worldwide"
    )
