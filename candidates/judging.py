"""The model's judgement: it names a level and a quote for each criterion, code checks the quotes and counts.

A level counts only if its quote stands in the candidate's own texts. What a model says beyond that moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from candidates import evidence, material, scoring
from candidates.answers import InterviewQuestion, Judgement, Level
from candidates.matching import lexicon
from candidates.matching.words import content_stems
from candidates.material import Material
from candidates.models import Assessment, Candidate, Document, Rubric
from candidates.rubric import criteria_of
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus
from llm import client
from llm.client import Receipt

PROMPT = "candidates/judge"
PURPOSE = "judge"
SHARES: dict[Level, float] = {"none": 0.0, "weak": 0.25, "partial": 0.5, "strong": 0.75, "full": 1.0, "unknown": 0.0}
_STEPS: tuple[Level, ...] = ("none", "weak", "partial", "strong", "full")
_MOST_POINTS = 4
_MOST_QUESTIONS = 5

# What is judged where no job, or a job without a rubric of its own, says what counts. The default formula computes its
# own terms from the profile's fields; these are what only reading can tell.
DEFAULT: list[Criterion] = [
    Criterion(
        key="track_record",
        label="Track record of results",
        kind="judged",
        description="States measured results: quota attained, revenue, growth, deals closed, targets beaten.",
        parameters={
            "related": [
                "exceeded",
                "achieved",
                "president",
                "club",
                "top",
                "ranked",
                "award",
                "winner",
                "percent",
                "won",
                "grew",
                "increased",
                "saved",
            ],
            "figures": True,
        },
        weight=1.5,
    ),
    Criterion(
        key="deal_size",
        label="Size and difficulty of deals or projects",
        kind="judged",
        description="Has carried large, long or complex deals or projects; amounts, team sizes or durations are told.",
        parameters={
            "related": [
                "contract",
                "account",
                "budget",
                "million",
                "team",
                "enterprise",
                "acv",
                "arr",
                "negotiated",
                "managed",
            ],
            "figures": True,
        },
        weight=1.0,
    ),
    Criterion(
        key="finance_buyers",
        label="Work with financial customers",
        kind="judged",
        description="Has sold to or worked with banks, insurers, funds, payment or other financial companies.",
        parameters={
            "related": [
                "bank",
                "fintech",
                "insurance",
                "investment",
                "capital",
                "wealth",
                "trading",
                "credit",
                "hedge",
                "broker",
                "treasury",
                "lending",
                "asset",
            ]
        },
        weight=1.0,
    ),
    Criterion(
        key="enterprise_buyers",
        label="Work with large companies",
        kind="judged",
        description="Has sold to or worked with large organisations: enterprise accounts, procurement.",
        parameters={
            "related": ["fortune", "global", "corporate", "multinational", "strategic", "key", "major", "government"]
        },
        weight=1.0,
    ),
    Criterion(
        key="ownership",
        label="Ownership and building from nothing",
        kind="judged",
        description="Has founded, started or built something: a company, a territory, a team, a product.",
        parameters={
            "related": [
                "founder",
                "launched",
                "opened",
                "created",
                "first",
                "hire",
                "scratch",
                "greenfield",
                "startup",
                "led",
                "initiated",
                "owner",
                "entrepreneur",
            ]
        },
        weight=1.0,
    ),
    Criterion(
        key="progression",
        label="Growth of responsibility",
        kind="judged",
        description="Responsibility has grown over time: promotions, larger teams, quotas, regions or scope.",
        parameters={
            "related": [
                "promoted",
                "head",
                "director",
                "manager",
                "senior",
                "lead",
                "vice",
                "president",
                "rose",
                "advanced",
                "grew",
            ]
        },
        weight=1.0,
    ),
]


@dataclass(frozen=True)
class Brief:
    """What is asked about one candidate, and what the answer is checked against."""

    criteria: list[Criterion]
    role: str
    material: Material
    computed: dict[str, CriterionResult]

    def data(self) -> dict[str, object]:
        return {"role": self.role, "criteria": asked(self.criteria), "sources": self.material.texts}


@dataclass(frozen=True)
class Judged:
    """One judgement after the checks: `score` is 0–100, `notes` say what was not accepted."""

    results: list[CriterionResult]
    score: int
    summary: str
    pros: list[str]
    cons: list[str]
    questions: list[InterviewQuestion]
    notes: list[str] = field(default_factory=list)


def judged_criteria(rubric: Rubric | None) -> list[Criterion]:
    """What a model judges: the rubric's own criteria, or the general ones where it has terms of the formula only."""
    # A criterion that counts words is for the matcher alone: there is nothing in it to judge.
    own = [item for item in criteria_of(rubric) if item.kind != "formula" and "words" not in item.parameters]
    return own or DEFAULT


def role_of(rubric: Rubric | None) -> str:
    """The title of the rubric's job, if the job was loaded along with it; no query is made."""
    return rubric.job.title if rubric is not None and Rubric.job.is_cached(rubric) else ""


def asked(criteria: Sequence[Criterion]) -> list[dict[str, str]]:
    """Criteria as a model sees them: no weight, nothing that hints at what a level is worth."""
    return [{"key": item.key, "label": item.label, "description": item.description} for item in criteria]


def prepare(
    candidate: Candidate,
    *,
    rubric: Rubric | None,
    documents: Sequence[Document] = (),
    algorithm: Assessment | None = None,
) -> Brief:
    """Gather and blind what is to be judged. `algorithm` is what code computed: it bounds what is arithmetic."""
    criteria = judged_criteria(rubric)
    computed = [CriterionResult.model_validate(result) for result in algorithm.criteria] if algorithm else []
    return Brief(
        criteria=criteria,
        role=role_of(rubric),
        material=material.blinded(
            candidate, documents, question=[f"{item.label} {item.description}" for item in criteria]
        ),
        computed={result.key: result for result in computed},
    )


async def ask(brief: Brief, *, scope: str, variation: int = 0) -> tuple[Judged, Receipt]:
    """Ask for one judgement and check it. Raises llm.errors.LLMError where no usable answer comes."""
    answer, receipt = await client.ask(PURPOSE, PROMPT, brief.data(), Judgement, scope=scope, variation=variation)
    return check(brief, answer), receipt


def check(brief: Brief, answer: Judgement) -> Judged:
    """Verify every quote of an answer and count the score from the levels that stand."""
    given = {item.key: item for item in reversed(answer.criteria)}  # of two answers to one criterion the first counts
    total = sum(criterion.weight for criterion in brief.criteria)
    notes: list[str] = []
    results = []
    for criterion in brief.criteria:
        item = given.get(criterion.key)
        if item is None:
            notes.append(f"{criterion.label}: the model did not answer.")
        found = brief.material.sources.check(item.quote if item else None)
        found = evidence.as_original(found, brief.material.segments)
        level: Level = item.level if item else "unknown"
        reason = _line(item.reason) if item else "The model did not answer this criterion."
        quote, source, start, end = item.quote if item else None, None, None, None
        if found.place is not None:
            source, start, end = brief.material.names[found.place.source], found.place.start, found.place.end
            quote = brief.material.originals[found.place.source][start:end]
        elif level not in ("none", "unknown"):
            notes.append(f"{criterion.label}: the model said {level}, which does not count. {found.reason}")
            reason = f"{found.reason} The model said {level}: {reason}"
            level = "none"
        if bound := _bound(criterion, level, quote or "", brief.computed.get(criterion.key)):
            notes.append(f"{criterion.label}: the model said {level}, counted as {bound[0]}. {bound[1]}")
            level, reason = bound[0], f"{bound[1]} {reason}"
        share = SHARES[level]
        full = 100 * criterion.weight / total if total else 0.0
        status = found.status
        if status is QuoteStatus.NOT_GIVEN and level in ("none", "unknown") and (item is None or item.level == level):
            status = QuoteStatus.NOT_NEEDED
        results.append(
            CriterionResult(
                key=criterion.key,
                label=criterion.label,
                weight=criterion.weight,
                level=level,
                share=share,
                points=round(full * share, 2),
                max_points=round(full, 2),
                quote=quote,
                quote_status=status,
                quote_source=source,
                quote_start=start,
                quote_end=end,
                explanation=reason,
            )
        )
    if brief.material.shortened:
        notes.append(f"Only the first {material.MOST_CHARACTERS:,} characters of a long text were judged.")
    return Judged(
        results=results,
        score=scoring.score_of(results),
        summary=_line(answer.summary),
        pros=[_line(text) for text in answer.pros if text.strip()][:_MOST_POINTS],
        cons=[_line(text) for text in answer.cons if text.strip()][:_MOST_POINTS],
        questions=answer.questions[:_MOST_QUESTIONS],
        notes=notes,
    )


def _bound(
    criterion: Criterion, level: Level, quote: str, computed: CriterionResult | None
) -> tuple[Level, str] | None:
    """The level to use instead of one that is higher than what stands behind it, and why; None where it may stand.

    Two things are no matter of judgement: arithmetic on years, and whether a quote speaks of the criterion at all.
    """
    if level not in _STEPS:
        return None
    if criterion.kind == "years" and computed is not None and computed.level != "unknown":
        highest = min(_STEPS.index(computed.level) + 1, len(_STEPS) - 1)
        if _STEPS.index(level) > highest:
            return _STEPS[highest], "The years that can be computed allow no more."
    if level in ("strong", "full") and not (computed is not None and computed.share >= SHARES["partial"]):
        figures = bool(criterion.parameters.get("figures")) and any(character.isdigit() for character in quote)
        if not figures and not (_words_of(criterion) & set(content_stems(quote))):
            return "partial", "The quote does not speak of the criterion."
    return None


def _words_of(criterion: Criterion) -> frozenset[str]:
    """The stems of all words by which a criterion goes: its label, description and related words, a skill's aliases."""
    skill = str(criterion.parameters.get("skill", ""))
    listed = [skill, *criterion.parameters.get("any_of", ()), *criterion.parameters.get("related", ())]
    return _stems_of(" ".join((criterion.label, criterion.description, *map(str, listed))), skill)


@lru_cache(maxsize=4096)
def _stems_of(text: str, skill: str) -> frozenset[str]:
    known = lexicon.load().resolve(skill) if skill else None
    aliases = [known.name, *known.aliases, *known.implies, *known.related] if known is not None else []
    return frozenset(content_stems(" ".join((text, *aliases))))


def _line(text: str, limit: int = 400) -> str:
    """A model's sentence as one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
