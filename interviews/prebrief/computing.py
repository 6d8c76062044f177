"""What can be told before an interview without a model: matching's results, and plain rules that never claim much."""

from __future__ import annotations

import re
from collections.abc import Sequence

from candidates import scoring
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus, RedFlag
from interviews import levels
from interviews.prebrief.gathering import Gathered
from interviews.prebrief.parts import PARTS
from interviews.schemas import SuggestedQuestion

# By these kinds of criteria technical skill is counted; by those, how far the experience fits.
SKILL_KINDS = frozenset({"skill", "certificate"})
EXPERIENCE_KINDS = frozenset({"years", "title", "education"})
FLAG_QUESTIONS: dict[str, str] = {
    RedFlag.JOB_HOPPING: "You changed jobs after short times. What led to each change?",
    RedFlag.GAPS: "There is time between your positions. What would you like us to know about your work in that time?",
    RedFlag.TITLE_INFLATION: "What were you responsible for under that title, and who reported to you?",
    RedFlag.OVERQUALIFIED: "What draws you to this role, given the ones you have held?",
    RedFlag.HIDDEN_TEXT: "Your document holds text that can't be seen. How did that come about?",
    RedFlag.PROMPT_INJECTION: "Your document speaks to a computer program. How did that come about?",
}
# Sentences that tell something of a part. Such a rule sees that something is claimed, not how much it is worth: so it
# never gives more than `partial`.
_TELLS: dict[str, re.Pattern[str]] = {
    "leadership_potential": re.compile(
        r"(?i)\b(?:led|managed|mentored|hired|supervised|coached|headed|built)\b[^.\n]{0,60}\b(?:team|people|reports?|staff|"
        r"engineers?|executives?|developers?|juniors?|colleagues|department|interns?)\b"
    ),
    "communication_signals": re.compile(
        r"(?i)\b(?:presented|negotiated|taught|published|spoke\s+at|workshops?|keynote|advised)\b"
        r"|\b(?:trained|coached)\b[^.\n]{0,40}\b(?:people|staff|team|customers|clients|colleagues|apprentices?|juniors?)\b"
        r"|\bwrote\b[^.\n]{0,30}\b(?:articles?|guides?|documentation|proposals?|reports?|offers?|books?)\b"
    ),
    "culture_fit_signals": re.compile(
        r"(?i)\b(?:volunteer\w*|cross-functional|collaborat\w+|community|open[- ]source|mentored|pro bono)\b"
    ),
    "growth_trajectory": re.compile(
        r"(?i)\bpromoted\b|\bpromotion\b|\brose\s+(?:from|to)\b|\bgrew\s+(?:from|into)\b|\badvanced\s+(?:from|to)\b"
        r"|\bfrom\s+\w+(?:\s+\w+){0,3}\s+to\s+(?:senior|lead|head|director|manager)\b"
    ),
}
_SENTENCE = re.compile(r"[^\n.;]+(?:\.(?!\s|$)[^\n.;]*)*")


def skills(gathered: Gathered) -> list[CriterionResult]:
    """What matching, or an earlier judgement, knows of each thing the job asks for."""
    return [gathered.computed.get(item.key) or _unknown(item) for item in gathered.skills]


def technical(criteria: Sequence[Criterion], results: Sequence[CriterionResult]) -> CriterionResult | None:
    """Technical skill, counted from the skills that the job names by their weights; None where it names none.

    A skill that the texts don't show counts as none beside others that they show; where they show none, nothing is
    known. The evidence is that of the skill that stands best.
    """
    kinds = {item.key: item.kind for item in criteria}
    named = [one for one in results if kinds.get(one.key) in SKILL_KINDS and one.weight > 0]
    if not named:
        return None
    if all(one.level == "unknown" for one in named):
        return _unknown(next(part for part in PARTS if part.key == "technical_skills"))
    share = levels.mean((one.share, one.weight) for one in named) or 0.0
    best = max(named, key=lambda one: (one.quote_status is QuoteStatus.VERIFIED, one.share * one.weight))
    shown = sum(one.share >= levels.SHARES["partial"] for one in named)
    return _made(
        "technical_skills", share, f"{shown} of {len(named)} skills that the job names are shown.", evidence=best
    )


def parts(gathered: Gathered) -> list[CriterionResult]:
    """The six parts without a model: skills and experience from matching, the others from what sentences claim."""
    fitting = experience(gathered)
    if fitting is None:
        known = [one for key, one in gathered.computed.items() if key == "years" and one.level != "unknown"]
        fitting = _experience_of(known) if known else None
    return [
        fitting if part.key == "experience_relevance" and fitting is not None else _claimed(part, gathered)
        for part in PARTS
    ]


def experience(gathered: Gathered) -> CriterionResult | None:
    """How far the experience fits, as matching reads the job's years, title and education; None where it tells none."""
    kinds = {item.key: item.kind for item in gathered.skills}
    told = [
        one for key, one in gathered.computed.items() if kinds.get(key) in EXPERIENCE_KINDS and one.level != "unknown"
    ]
    return _experience_of(told) if told else None


def _experience_of(results: Sequence[CriterionResult]) -> CriterionResult:
    share = levels.mean((one.share, max(one.weight, 0.1)) for one in results) or 0.0
    best = max(results, key=lambda one: (one.quote_status is QuoteStatus.VERIFIED, one.share))
    told = " ".join(one.explanation for one in results[:2])
    return _made("experience_relevance", share, told, evidence=best)


def bounded(one: CriterionResult, computed: CriterionResult | None) -> CriterionResult:
    """A judged part, no more than one step above what can be computed of it."""
    if computed is None or one.level == "unknown" or computed.level == "unknown":
        return one
    highest = levels.STEPS[min(levels.STEPS.index(computed.level) + 1, len(levels.STEPS) - 1)]
    level = levels.at_most(one.level, highest)
    if level == one.level:
        return one
    why = f"The years, titles and education that can be compared allow no more than {level}."
    return one.model_copy(
        update={"level": level, "share": levels.SHARES[level], "explanation": f"{why} {one.explanation}"}
    )


def questions(criteria: Sequence[Criterion], results: dict[str, CriterionResult]) -> list[SuggestedQuestion]:
    """Questions from a template: first what is required and not shown, then what is shown in part."""
    made = []
    for item in sorted(criteria, key=lambda one: (_share(one, results), not one.is_required, -one.weight)):
        label = item.label.strip().rstrip(".")
        share = _share(item, results)
        if share < levels.SHARES["weak"]:
            question = f"What have you done with “{label}”? Please describe one case from start to result."
            purpose = "The texts show nothing of it."
        elif share < levels.SHARES["strong"]:
            question = f"Your profile touches on “{label}”. What was your own part, and what came of it?"
            purpose = "The texts show it only in part."
        else:
            question = f"On “{label}”: which result are you proudest of, and how was it measured?"
            purpose = "To check a strong claim."
        made.append(
            SuggestedQuestion(
                question=question, purpose=purpose, follow_up="What would you do differently today, and why?"
            )
        )
    return made


def _share(item: Criterion, results: dict[str, CriterionResult]) -> float:
    one = results.get(item.key)
    return one.share if one is not None and one.level != "unknown" else 0.0


def _claimed(part: Criterion, gathered: Gathered) -> CriterionResult:
    """A part by the first sentence that tells of it: never more than partial."""
    pattern = _TELLS.get(part.key)
    for asked, text in gathered.material.texts.items() if pattern is not None else ():
        for sentence in _SENTENCE.finditer(text):
            words = sentence[0].strip(" \t-•*")
            if pattern is None or not pattern.search(words):
                continue
            start = text.index(words, sentence.start())
            begin, end = gathered.material.segments[asked].original(start, start + len(words))
            return CriterionResult(
                key=part.key,
                label=part.label,
                weight=part.weight,
                level="partial",
                share=levels.SHARES["partial"],
                points=0.0,
                max_points=0.0,
                quote=gathered.material.originals[asked][begin:end],
                quote_status=QuoteStatus.VERIFIED,
                quote_source=gathered.material.names[asked],
                quote_start=begin,
                quote_end=end,
                explanation="A sentence claims it; no model has weighed it.",
            )
    return _unknown(part)


def _unknown(item: Criterion) -> CriterionResult:
    return CriterionResult(
        key=item.key,
        label=item.label,
        weight=item.weight,
        level="unknown",
        share=0.0,
        points=0.0,
        max_points=0.0,
        explanation="Nothing is known about it.",
    )


def _made(key: str, share: float, explanation: str, *, evidence: CriterionResult) -> CriterionResult:
    part = next(one for one in PARTS if one.key == key)
    return CriterionResult(
        key=key,
        label=part.label,
        weight=part.weight,
        level=levels.level_of(share),
        share=scoring.rounded(share * 100) / 100,
        points=0.0,
        max_points=0.0,
        quote=evidence.quote,
        quote_status=evidence.quote_status,
        quote_source=evidence.quote_source,
        quote_start=evidence.quote_start,
        quote_end=evidence.quote_end,
        explanation=explanation,
    )
