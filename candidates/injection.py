"""Words that are meant for a model and not for a reader, and characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from candidates.evidence import fold


class Suspicion(NamedTuple):
    """Something suspicious at text[start:end]; `why` is one plain sentence."""

    code: str  # "prompt_injection" or "hidden_text", as in states.RedFlag
    why: str
    start: int
    end: int


_WHOM = (
    r"(?:ai|a\.i\.|llms?|gpt|chat\s?gpt|language\s+model|assistant|model|bot|system|screener|"
    r"recruit(?:er|ing)\s+(?:ai|bot|system)|ats|reviewer|evaluator|grader)"
)
_PERSON = r"(?:this|the|my|that)\s+(?:candidate|applicant|resume|cv|profile|person|application)"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (
            r"\b(?:ignore|disregard|forget|override|bypass|skip|do\s+not\s+(?:follow|apply|obey)"
            r"|pay\s+no\s+attention\s+to)\b[\s,:-]+(?:\w+\s+){0,3}?"
            r"(?:(?:previous|prior|preceding|above|earlier|former|initial|original|existing|other|your|system|these"
            r"|those|"
            r"all|any|every|the(?:\s+(?:scoring|grading|rating|system|evaluation|hidden|above|previous))"
            r"|the(?=\s+rubric))\s+){1,4}(?:instructions?|prompts?|rules?|directions?|guidelines?|commands?|text"
            r"|criteria|"
            r"rubrics?|messages?|context|training|constraints?|orders)\b",
            "It tells a reader to ignore their instructions.",
        ),
        (
            rf"\b(?:give|award|assign|grant|rate|score|grade|mark|rank|evaluate)\b\s+(?:{_PERSON}|me|him|her|them"
            rf"|us)\b[^.\n]{{0,40}}?"
            r"(?:\b100\b|\b10\s*/\s*10\b|\b\d{1,3}\s*%|\b(?:full|top|maximum|highest|perfect|best|high|excellent)\b)",
            "It asks for a certain score.",
        ),
        (
            # "They rated them a strong hire" tells of work; only the speaker's own rating is asked for here.
            rf"\b(?:give|award|assign|grant|rate|score|grade|mark|rank|evaluate)\b\s+(?:{_PERSON}|me)\b[^.\n]{{0,40}}?"
            r"\bstrong\s+hire\b",
            "It asks for a certain rating.",
        ),
        (
            rf"\b(?:recommend|select|hire|shortlist|approve|accept|advance"
            rf"|pass)\s+{_PERSON}\b[^.\n]{{0,60}}\b(?:regardless|"
            r"immediately|always|without|no\s+matter|strongly|unconditionally|automatically)",
            "It asks to be chosen.",
        ),
        (
            r"\b(?:score|rating|level|grade|rank)\s*(?:must|should|shall|has\s+to|needs\s+to"
            r"|is\s+to)\s+be\s+(?:set\s+to\s+)?"
            r"(?:100|10\b|full|maximum|the\s+(?:highest|maximum)|perfect|[\"']full)",
            "It says what the score has to be.",
        ),
        (
            r"\b(?:forget|disregard|ignore)\s+(?:everything|anything|all(?:\s+of\s+that)?)\s+(?:you|above|before"
            r"|said|written|that)\b"
            r"|\bfrom\s+now\s+on\s*,?\s+you\b",
            "It tells a reader to forget what they were told.",
        ),
        (
            r"\b(?:give|assign|award|grant|return|output)\s+(?:(?:me|them|us|it)\s+)?(?:a\s+|the\s+)?"
            r"(?:(?:full|maximum|max|highest|perfect|top)\s+(?:possible\s+)?(?:scores?|ratings?|grades?|levels?"
            r"|marks?|points?|tier)\b"
            r"|(?:score\s+(?:of\s+)?)?(?:100|10\s*/\s*10)(?=\s*(?:$|[.!,;)\"'\n]|/\s*100|points?|out\s+of)))"
            r"|\bdeserves?\s+(?:the\s+|a\s+)?(?:maximum|highest|full|top|best|perfect)\s+(?:score|rating|tier|marks?"
            r"|level)\b",
            "It asks for a certain score.",
        ),
        (
            r"\b(?:answer|respond|reply|output)\s+(?:only|just|always|exclusively)\b[^.\n]{0,30}"
            r"\b(?:full|100|top|highest|maximum|yes|hire|strong)\b",
            "It dictates an answer.",
        ),
        (
            # The commonest order in other languages.
            r"\bignorier(?:e|en|t)?\b[^.!?\n]{0,30}\b(?:anweisung|instruktion|vorgabe|regel)\w*"
            r"|\bignore[rz]?\b[^.!?\n]{0,20}\b(?:les|vos|toutes|ces)\b[^.!?\n]{0,20}\b(?:instructions?|consignes?"
            r"|r[eè]gles?)\b"
            r"|\bignor[ae]\w*\b[^.!?\n]{0,30}\b(?:instruccion\w*|instru[cç][oõ]es|istruzion\w+|reglas|regole|regras)"
            r"|игнорир\w+[^.!?\n]{0,40}(?:инструкц|указан|правил)"
            r"|(?:忽略|无视|無視)[^。！？\n]{0,12}(?:指令|指示|提示|说明|規則|规则)|(?:指示|命令|指令)[^。！？\n]{0,6}(?:無視|无视|忽略)"
            r"|تجاهل[^.!؟\n]{0,30}(?:التعليمات|تعليمات|الأوامر|الاوامر|أوامر)",
            "It tells a reader to ignore their instructions.",
        ),
        (
            r"\b(?:set\s+(?:the|your|its|all|every|each|score|level|rating)\b|return|output|respond\s+with"
            r"|answer\s+with|reply\s+with|print|report)\b[^.\n]{0,30}\b(?:score|level|"
            r"rating|\"?full\"?|json|strong\s+hire)\b[^.\n]{0,20}(?:\b100\b|\bfull\b|\bmax|=|:)",
            "It dictates an answer.",
        ),
        (
            rf"\b(?:note|message|instructions?|attention|dear|hello|hey|hi)\b[\s,:-]*(?:to|for)?\s*(?:the\s+|any\s+"
            rf"|all\s+)?{_WHOM}\b\s*[:,;.!-]"
            r"|\bif\s+you\s+are\s+(?:an?\s+)?(?:ai|llm|large\s+language|language\s+model|bot|automated)",
            "It speaks to a model.",
        ),
        (
            r"\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:ai|helpful|unbiased|lenient|generous|chat\s?gpt"
            r"|language\s+model|assistant|no\s+longer)\b"
            r"|\bas\s+an?\s+(?:ai\s+|large\s+)?language\s+model\b|\bact\s+as\s+(?:an?\s+)?"
            r"(?:ai|assistant|recruiter|hiring\s+manager)\b|\bnew\s+(?:system\s+)?(?:instructions?|prompt)\s*:",
            "It gives a model a new part to play.",
        ),
        (
            # What a program would be told: who it talks to now, what it holds, the names of its fields and tools.
            r"\byou\s+are\s+now\s+(?:an?\s+|the\s+|in\s+)?(?:admin\w*|root|super\s?user|developer\s+mode|unrestricted)\b"
            r"|\b(?:mark|set|fill|complete|close|treat|consider)\s+(?:all|every|each)\s+(?:of\s+the\s+|the\s+|open\s+)?"
            r"(?:gaps?|fields?|questions?)\b[^.\n]{0,30}\b(?:filled|completed?|answered|closed|done|true|yes|full)\b"
            r"|\bupdate_candidate_profile\b|\b(?:algo|ai|combined|interview)_score\b|\b(?:intake|interview|ai)_status\b",
            "It speaks to the program that reads it.",
        ),
        (
            r"</?(?:system|assistant|user|instructions?|prompt)>|\[/?(?:INST|SYS)\]|<\|[a-z_]+\|>|<</?SYS>>"
            r"|^\s*(?:system|assistant)\s*:\s*(?:you\b|the\s+candidate|ignore)"
            r"|#{2,}\s*(?:system|instruction|new instructions?)\b|\b(?:begin|end)\s+(?:of\s+)?system\s+prompt"
            r"|\bsystem\s+prompt\b",
            "It imitates the marks that divide a model's messages.",
        ),
        (
            rf"\b(?:all|every|each)\s+(?:of\s+the\s+)?criteri(?:a|on)\b[^.\n]{{0,40}}\b(?:met|fulfilled|satisfied"
            rf"|full|100)\b|"
            rf"{_PERSON}\s+(?:meets|satisfies|fulfills)\s+all\s+(?:the\s+)?(?:criteria|requirements)"
            rf"|{_PERSON}\s+(?:is|must\s+be|should\s+be)"
            r"\s+(?:the\s+)?(?:best|perfect|top|ideal|only|ranked|rated|considered|scored)\b",
            "It claims the outcome instead of telling facts.",
        ),
    )
)
# A cheap sieve: without one of these words none of the patterns can match.
_SIEVE = re.compile(
    r"ignore|disregard|forget|override|bypass|skip|follow|attention|give|award|assign|grant|rate|score|grade|mark"
    r"|rank|evaluate|"
    r"recommend|select|hire|shortlist|approve|accept|advance|pass|level|set |apply|obey|now on|deserve"
    r"|language model|lenient|generous|return|output|respond|answer|reply|print|report|"
    r"note|message|instruction|dear|hello|hey|hi |you are|act as|system|assistant|\[inst|<\||criteri|this candidate|"
    r"(?:the|my|that) (?:candidate|applicant)|_profile|_status|mark all|fill all|ignor|игнорир|忽略|无视|無視|تجاهل",
    re.IGNORECASE,
)
# Zero-width characters, direction overrides, soft hyphens in runs, and the tag characters that spell unseen ASCII.
_UNSEEN = re.compile(
    "[\u200b\u2060\u2061-\u2064\u180e\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]+"
    "|[\u200c\u200d]{2,}|\u00ad{2,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]{3,}")


def find(text: str) -> list[Suspicion]:
    """What in a text is addressed to a model or kept from the reader's eyes, in order of its place.

    A single zero-width character is an accident of copying; eight of them, a tag character, or a direction override
    are not.
    """
    if not text:
        return []
    found: list[Suspicion] = []
    plain = text
    if not text.isascii():
        found += _hidden(text)
        plain = _seen(text)
    found += _orders(plain)
    if _INVISIBLE.search(text):
        # Invisible characters split words: look again without them, and lead the places back.
        folded = fold(text)
        known = {one.why for one in found}
        for one in _orders(folded.text):
            if one.why not in known:
                start, end = folded.span(one.start, one.end)
                found.append(one._replace(start=start, end=end))
    return sorted(found, key=lambda one: one.start)


_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")


def _orders(plain: str) -> list[Suspicion]:
    """The first passage of each sort that speaks to a model."""
    found = []
    if _SIEVE.search(plain):
        for pattern, why in _PATTERNS:
            match = pattern.search(plain)
            if match is not None:
                found.append(Suspicion("prompt_injection", why, match.start(), match.end()))
    return found


def decoded(text: str) -> str:
    """What tag characters spell."""
    return "".join(chr(ord(character) - 0xE0000) for run in _TAGS.findall(text) for character in run)


def _hidden(text: str) -> list[Suspicion]:
    runs = list(_UNSEEN.finditer(text))
    if text.startswith("\ufeff") and runs and runs[0].start() == 0 and len(runs[0][0]) == 1:
        runs = runs[1:]
    if not runs:
        return []
    found = []
    spelt = decoded(text)
    if spelt:
        first = _TAGS.search(text)
        assert first is not None  # noqa: S101 - something was decoded
        found.append(Suspicion("hidden_text", "Invisible tag characters spell out text.", first.start(), first.end()))
        if any(pattern.search(spelt) for pattern, _ in _PATTERNS):
            found.append(
                Suspicion(
                    "prompt_injection", "Invisible characters spell out words to a model.", first.start(), first.end()
                )
            )
    count = sum(len(run[0]) for run in runs)
    if not spelt and (count >= 8 or any(set(run[0]) & _OVERRIDES for run in runs)):
        found.append(
            Suspicion("hidden_text", f"{count} invisible characters stand in the text.", runs[0].start(), runs[0].end())
        )
    return found


_OVERRIDES = {"\u202d", "\u202e"}


def _seen(text: str) -> str:
    """The text as a reader sees it, at the same length: full-width and styled letters read as plain ones."""
    made = []
    for character in text:
        if character.isascii():
            made.append(character)
            continue
        folded = unicodedata.normalize("NFKD", character)
        made.append(folded[0] if folded and folded[0].isascii() else character)
    return "".join(made)
