"""How far a text meets a criterion, by rule: shared words, figures, and verbs of doing."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

from llm.simulator.text import Passage, passages, words

LEVELS = ("none", "weak", "partial", "strong", "full")
_DOING = re.compile(
    r"\b(?:led|built|ran|closed|designed|founded|co-founded|managed|grew|launched|moved|introduced|negotiated|reached|"
    r"exceeded|delivered|owned|created|cut|raised|won|trained|wrote|sold|opened|hired|redesigned|reduced|increased|"
    r"developed|mentored|set up|rolled out|promoted|achieved)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule)s?\b|\bgive\b.{0,40}\b(?:100|full|top|highest)\b"
    r"|\byou are now\b|\bsystem prompt\b|\ball criteria\b.{0,40}\b(?:met|full)\b|\bas an ai\b",
    re.IGNORECASE,
)
# Words of a criterion and words that say the same in a resume: what a model knows and an overlap of words does not.
_KIN: tuple[tuple[str, str], ...] = (
    ("track record results", "quota attainment revenue growth target exceeded ranked award increased reduced saved"),
    ("deal size large contract", "million acv arr contract closed worth signed year"),
    ("finance financial bank", "bank banks insurer insurance fintech treasury payments lender broker fund asset"),
    ("enterprise large companies", "enterprise procurement fortune global accounts stakeholders corporate"),
    ("ownership founded built nothing", "founded co-founder startup first hire launched started scratch"),
    ("growth responsibility progression", "promoted promotion senior lead head director manager team led mentored"),
    ("degree education bachelor", "bsc msc beng university college degree bachelor master phd ba ma"),
    ("cloud", "aws gcp azure google cloud kubernetes terraform"),
    ("automated testing", "tests pytest unit integration ci continuous pipeline"),
    ("sql database data model", "postgresql mysql postgres schema indexes queries"),
    ("event streaming", "kafka rabbitmq streaming queue events"),
    ("leadership led team", "led managed mentored team reports hired trained"),
    ("start-up", "startup founded seed early"),
    ("api services backend", "api rest service services django fastapi flask requests"),
)
_FAMILIES = tuple((words(known), words(kin)) for known, kin in _KIN)


@dataclass(frozen=True, slots=True)
class Weighed:
    """How one criterion stands: its level's position in LEVELS or None where the text says nothing, and the passage."""

    key: str
    label: str
    level: int | None
    passage: Passage | None

    @property
    def level_name(self) -> str:
        return "unknown" if self.level is None else LEVELS[self.level]


def orders_in(read: list[Passage]) -> Passage | None:
    """The first passage that gives orders to a model."""
    return next((passage for passage in read if _ORDERS.search(passage.text)), None)


def material(sources: Any) -> list[Passage]:
    """Every passage of a profile's sources."""
    if isinstance(sources, dict):
        return passages({str(name): str(text) for name, text in sources.items() if isinstance(text, str)})
    return passages({"text": str(sources)})


def weigh(criterion: dict[str, Any], read: list[Passage]) -> Weighed:
    """Find the passage that speaks most for a criterion, and how strongly it does."""
    key, label = str(criterion.get("key", "")), str(criterion.get("label", ""))
    named = words(label) or words(key.replace("_", " "))
    described = words(str(criterion.get("description", ""))) - named
    kin: set[str] = set()
    for known, related in _FAMILIES:
        if len(known & (named | described)) >= min(2, len(known)):
            kin |= related
    highest, chosen, others = 0.0, None, 0
    for passage in read:
        shared_named = len(passage.words & named)
        shared = len(passage.words & described)
        shared_kin = len(passage.words & kin) if kin else 0
        if not (shared_named or shared or shared_kin):
            continue
        score = 3.0 * shared_named / max(1, len(named)) + min(2.0, 0.6 * shared) + min(2.2, 0.9 * shared_kin)
        if score >= 0.9:
            others += 1
            score += 0.9 if passage.has_figure else 0.0
            score += 0.9 if _DOING.search(passage.text) else 0.0
            if passage.source == "profile":
                score = min(score, 3.3)  # a list of skills is a claim, not a fact
        if score > highest and not _ORDERS.search(passage.text):
            highest, chosen = score, passage
    if chosen is None or highest < 0.9:
        return Weighed(key, label, None, None)
    highest += 0.3 * min(3, others - 1)
    level = 1 if highest < 1.9 else 2 if highest < 3.1 else 3 if highest < 4.5 else 4
    return Weighed(key, label, level, chosen)


def wavering(weighed: Weighed, reading: int, lot: random.Random) -> Weighed:
    """A later reading of the same text now and then comes to the next level, as a model's does."""
    if reading <= 1 or weighed.level is None or lot.random() > 0.25:
        return weighed
    level = min(4, max(1, weighed.level + lot.choice((-1, 1))))
    return Weighed(weighed.key, weighed.label, level, weighed.passage)
