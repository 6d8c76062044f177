"""Two candidates side by side. A model prefers one on each criterion and quotes why; code decides who is ahead.

The model is asked in both orders, because models favour a position; what it says only in one order counts half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from candidates import judging, material, scoring
from candidates import rubric as rubrics
from candidates.answers import Comparison as Answer
from candidates.answers import Preference
from candidates.material import Material
from candidates.models import Candidate, Rubric
from candidates.schemas import Criterion, CriterionResult, Shape
from candidates.states import QuoteStatus
from llm import client
from llm.client import Receipt
from llm.errors import GreenroomError, LLMError

PROMPT = "candidates/compare"
PURPOSE = "compare"
# A lead smaller than this share of all weight is no lead.
LEAST_LEAD = 0.1
# Two combined scores closer than this are as good as equal.
LEAST_POINTS = scoring.BOUNDARY_WIDTH
MOST = 4

Letter = Literal["A", "B"]


class SamePerson(GreenroomError):
    """Both sides are the same candidate."""

    code = "same_candidate"
    status = 422


class CriterionVerdict(Shape):
    """Who stands better on one criterion, with the words that show it."""

    key: str
    label: str
    weight: float
    better: Literal["A", "B", "TIE"]
    reason: str
    quote_a: str | None = None
    quote_b: str | None = None


class ComparedSide(Shape):
    candidate_id: str
    strengths: list[str]
    weaknesses: list[str]


class Comparison(Shape):
    """The answer: who is ahead, how sure that is, and why."""

    winner: Literal["A", "B", "TIE"]
    confidence: float = Field(ge=0, le=1, description="0–1, computed from the lead and how steady it was")
    candidate_a: ComparedSide
    candidate_b: ComparedSide
    key_differentiator: str
    recommendation: str
    criteria: list[CriterionVerdict]
    made_by: Literal["model", "computed"]
    note: str = Field(default="", description="Why no model took part, where none did")
    receipts: list[Receipt] = Field(default_factory=list)


def compare(a: Candidate, b: Candidate) -> dict[str, Any]:
    """Compare two candidates; the JSON form of `Comparison`.

    Both are held against the rubric of their job, or, if their jobs differ, the general criteria. Without a usable
    model the stored assessments are compared, and the answer says so. Raises SamePerson. Never called inside a
    transaction: it may wait for a model.
    """
    if a.pk == b.pk:
        raise SamePerson("Choose two different candidates.")
    same_job = a.job is not None and a.job_id == b.job_id
    rubric = rubrics.current(a.job) if same_job and a.job is not None else None
    note = "No model is configured."
    if client.is_configured():
        try:
            return _judged(a, b, rubric, a.job.title if same_job and a.job is not None else "")
        except LLMError as error:
            note = error.message
    return _computed(a, b, rubric, note)


@dataclass
class _Tally:
    """What both orders said of one criterion: `lead` is +1 for A, −1 for B, their mean in between."""

    criterion: Criterion
    lead: float
    steady: bool
    reason: str
    quotes: dict[Letter, str | None]

    @property
    def better(self) -> Literal["A", "B", "TIE"]:
        return "A" if self.lead > 0 else "B" if self.lead < 0 else "TIE"


def _judged(a: Candidate, b: Candidate, rubric: Rubric | None, role: str) -> dict[str, Any]:
    criteria = judging.judged_criteria(rubric)
    question = [f"{item.label} {item.description}" for item in criteria]
    sides: dict[Letter, Material] = {
        "A": material.blinded(a, list(a.documents.order_by("created_at", "id")), question=question),
        "B": material.blinded(b, list(b.documents.order_by("created_at", "id")), question=question),
    }
    orders: list[tuple[Letter, Letter]] = [("A", "B"), ("B", "A")]
    answers: list[tuple[tuple[Letter, Letter], Answer]] = []
    receipts = []
    for order in orders:
        data = {
            "role": role,
            "criteria": judging.asked(criteria),
            "first": sides[order[0]].texts,
            "second": sides[order[1]].texts,
        }
        answer, receipt = client.ask_now(PURPOSE, PROMPT, data, Answer)
        answers.append((order, answer))
        receipts.append(receipt)
    tallies = [_tally(criterion, answers, sides) for criterion in criteria]
    total = sum(item.criterion.weight for item in tallies) or 1.0
    lead = sum(item.criterion.weight * item.lead for item in tallies) / total
    steady = sum(item.criterion.weight for item in tallies if item.steady) / total
    winner: Literal["A", "B", "TIE"] = "TIE" if abs(lead) < LEAST_LEAD else "A" if lead > 0 else "B"
    sure = steady * (1 - abs(lead) if winner == "TIE" else 0.5 + abs(lead) / 2)
    (first, _), said = answers[0]
    own = {
        first: (said.first_strengths, said.first_weaknesses),
        "B": (said.second_strengths, said.second_weaknesses),
    }
    told = _strongest(tallies)
    return _verdict(
        a,
        b,
        winner=winner,
        confidence=sure,
        tallies=tallies,
        own=own,
        differentiator=told or _renamed(said.key_differentiator),
        made_by="model",
        receipts=receipts,
    )


def _tally(
    criterion: Criterion, answers: list[tuple[tuple[Letter, Letter], Answer]], sides: dict[Letter, Material]
) -> _Tally:
    leads: list[float] = []
    reasons: list[str] = []
    quotes: dict[Letter, str | None] = {"A": None, "B": None}
    for (first, second), answer in answers:
        item = next((one for one in answer.preferences if one.key == criterion.key), None)
        lead = 0.0
        if item is not None:
            standing = {
                first: _standing(item.first_quote, sides[first]),
                second: _standing(item.second_quote, sides[second]),
            }
            for letter, words in standing.items():
                quotes[letter] = quotes[letter] or words
            better = _named(item, first, second)
            # A preference counts only with words that stand in the texts of the side that is preferred.
            if better is not None and standing[better] is not None:
                lead = 1.0 if better == "A" else -1.0
                reasons.append(_renamed(item.reason, first, second))
        leads.append(lead)
    mean = sum(leads) / len(leads)
    reason = reasons[0] if mean and reasons else "No difference that the texts show in both readings."
    return _Tally(criterion, mean, leads[0] == leads[-1], reason, quotes)


def _named(item: Preference, first: Letter, second: Letter) -> Letter | None:
    return {"first": first, "second": second}.get(item.better)


def _standing(quote: str | None, side: Material) -> str | None:
    """The quote as it stands in the original text, or None if it does not stand there."""
    found = side.sources.check(quote)
    if found.status is not QuoteStatus.VERIFIED or found.place is None:
        return None
    name = found.place.source
    start, end = side.segments[name].original(found.place.start, found.place.end)
    return side.originals[name][start:end]


def _renamed(text: str, first: Letter = "A", second: Letter = "B") -> str:
    """A model's sentence with the letters of the answer for "the first candidate" and "the second candidate"."""
    text = " ".join(text.split())[:400]
    for word, letter in (("first", first), ("second", second)):
        for form in (f"the {word} candidate", f"The {word} candidate", f"the {word} profile", f"The {word} profile"):
            text = text.replace(form, f"candidate {letter}" if form[0] == "t" else f"Candidate {letter}")
    return text


def _strongest(tallies: list[_Tally]) -> str:
    """The criterion that moves the lead most, in words."""
    top = max(tallies, key=lambda item: abs(item.lead) * item.criterion.weight, default=None)
    if top is None or not top.lead:
        return ""
    letter: Letter = "A" if top.lead > 0 else "B"
    quote = top.quotes[letter]
    return f"{top.criterion.label}: candidate {letter} is ahead{f' (“{quote}”)' if quote else ''}."


def _computed(a: Candidate, b: Candidate, rubric: Rubric | None, note: str) -> dict[str, Any]:
    """Compare what is stored: the scores for the lead, the criteria of both assessments for the reasons."""
    levels: dict[Letter, dict[str, CriterionResult]] = {"A": _results(a, rubric), "B": _results(b, rubric)}
    scores = [one.combined_score if one.combined_score is not None else _score(one, rubric) for one in (a, b)]
    points = scores[0] - scores[1]
    winner: Literal["A", "B", "TIE"] = "TIE" if abs(points) < LEAST_POINTS else "A" if points > 0 else "B"
    tallies = []
    for key in dict.fromkeys([*levels["A"], *levels["B"]]):
        one, other = levels["A"].get(key), levels["B"].get(key)
        known = one or other
        if known is None:
            continue
        difference = (one.share if one else 0.0) - (other.share if other else 0.0)
        if known.max_points < 0 or (known.key == "red_flags"):
            continue
        tallies.append(
            _Tally(
                Criterion(key=key, label=known.label, kind="judged", weight=min(2.0, max(0.0, known.weight))),
                difference,
                True,
                f"{one.level if one else 'unknown'} against {other.level if other else 'unknown'}.",
                {"A": one.quote if one else None, "B": other.quote if other else None},
            )
        )
    sure = 1 - abs(points) / LEAST_POINTS / 2 if winner == "TIE" else 0.5 + min(abs(points), 50) / 100
    return _verdict(
        a,
        b,
        winner=winner,
        confidence=sure,
        tallies=tallies,
        own={},
        differentiator=_strongest(tallies) or f"{abs(points)} points in the combined score.",
        made_by="computed",
        note=f"{note} What is stored was compared instead.",
    )


def _results(candidate: Candidate, rubric: Rubric | None) -> dict[str, CriterionResult]:
    """Results by key: the stored ones for this rubric, else computed now."""
    stored = list(
        candidate.assessments.filter(is_current=True, rubric=rubric).order_by("kind")  # the model's come last and win
    )
    if not stored:
        stored = [scoring.assess(candidate, rubric=rubric, documents=list(candidate.documents.all()))]
    return {
        result.key: result
        for assessment in stored
        for result in (CriterionResult.model_validate(item) for item in assessment.criteria)
    }


def _score(candidate: Candidate, rubric: Rubric | None) -> int:
    return scoring.assess(candidate, rubric=rubric, documents=list(candidate.documents.all())).score or 0


def _verdict(
    a: Candidate,
    b: Candidate,
    *,
    winner: Literal["A", "B", "TIE"],
    confidence: float,
    tallies: list[_Tally],
    own: dict[Any, tuple[list[str], list[str]]],
    differentiator: str,
    made_by: Literal["model", "computed"],
    note: str = "",
    receipts: list[Receipt] | None = None,
) -> dict[str, Any]:
    ranked = sorted(tallies, key=lambda item: -abs(item.lead) * item.criterion.weight)
    ahead = {"A": [item for item in ranked if item.lead > 0], "B": [item for item in ranked if item.lead < 0]}
    sides = {}
    for letter, other, candidate in (("A", "B", a), ("B", "A", b)):
        strengths, weaknesses = own.get(letter, ([], []))
        sides[letter] = ComparedSide(
            candidate_id=str(candidate.pk),
            # What code could check comes first, what the model only said fills up.
            strengths=_listed([f"{item.criterion.label}: {item.reason}" for item in ahead[letter]], strengths),
            weaknesses=_listed([f"{item.criterion.label}: {item.reason}" for item in ahead[other]], weaknesses),
        )
    names = {"A": "candidate A", "B": "candidate B"}
    if winner == "TIE":
        advice = "Neither is ahead. Interview both, and ask about the criteria on which they differ."
    else:
        behind = "B" if winner == "A" else "A"
        keep = f" Ask {names[behind]} about {ahead[behind][0].criterion.label.lower()}." if ahead[behind] else ""
        certainty = "clearly" if confidence >= 0.75 else "somewhat"
        advice = f"Go on with {names[winner]} first, who is {certainty} ahead by the rubric.{keep}"
    return Comparison(
        winner=winner,
        confidence=round(min(1.0, max(0.0, confidence)), 2),
        candidate_a=sides["A"],
        candidate_b=sides["B"],
        key_differentiator=differentiator,
        recommendation=advice,
        criteria=[
            CriterionVerdict(
                key=item.criterion.key,
                label=item.criterion.label,
                weight=item.criterion.weight,
                better=item.better,
                reason=item.reason,
                quote_a=item.quotes["A"],
                quote_b=item.quotes["B"],
            )
            for item in tallies
        ],
        made_by=made_by,
        note=note,
        receipts=receipts or [],
    ).model_dump(mode="json")


def _listed(checked: list[str], said: list[str]) -> list[str]:
    texts = [*checked, *(_renamed(text) for text in said if text.strip())]
    return list(dict.fromkeys(texts))[:MOST]
