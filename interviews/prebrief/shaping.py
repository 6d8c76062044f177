"""From checked levels to the pre-brief: the fit counted from its parts, and everything in the contract's shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from candidates.prohibited import is_prohibited
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus, RedFlag
from interviews import levels, protected
from interviews.levels import Level
from interviews.prebrief import computing
from interviews.prebrief.gathering import Gathered
from interviews.prebrief.parts import MUST_BE_TOLD, PARTS, TOPICS_TO_AVOID
from interviews.prebrief.shapes import Concern, Evidence, FitBreakdown, FitPart, PrebriefResult, SkillMatch, Strength
from interviews.schemas import SuggestedQuestion

MOST = 6
_FLAG_SEVERITY: dict[str, Literal["low", "medium", "high"]] = {
    RedFlag.PROMPT_INJECTION: "high",
    RedFlag.HIDDEN_TEXT: "high",
    RedFlag.TITLE_INFLATION: "medium",
    RedFlag.JOB_HOPPING: "medium",
    RedFlag.GAPS: "low",
    RedFlag.OVERQUALIFIED: "low",
}


def result_of(
    gathered: Gathered,
    parts: Sequence[CriterionResult],
    skills: Sequence[CriterionResult],
    shown: Callable[[str], str],
    *,
    strengths: list[Strength],
    concerns: list[Concern],
    questions: list[SuggestedQuestion],
    topics: list[str],
    tldr: str,
    remember: list[str],
    notes: list[str],
) -> PrebriefResult:
    by_key = {one.key: one for one in parts}
    technical = computing.technical(gathered.skills, skills)
    if technical is not None:
        by_key["technical_skills"] = technical
    required = {item.key for item in gathered.skills if item.is_required}
    fit = fit_score(by_key)
    breakdown = {part.key: _part(part, by_key[part.key], shown) for part in PARTS}
    matches = [
        SkillMatch(
            skill=one.label,
            is_required=one.key in required,
            level=one.level,
            score=_score(one),
            evidence=evidence_of(one, shown),
            reason=one.explanation,
        )
        for one in skills
    ]
    summary = _summary(fit, by_key)
    missing = [one for one in matches if one.is_required and one.level in ("none", "unknown")]
    concerns = [*_of_flags(gathered), *concerns, *([] if concerns else _of_missing(missing))][:MOST]
    return PrebriefResult(
        fit_score=fit,
        fit_summary=summary,
        fit_breakdown=FitBreakdown.model_validate(breakdown),
        skill_matches=matches,
        strengths=strengths,
        concerns=concerns,
        suggested_questions=questions,
        topics_to_avoid=[*TOPICS_TO_AVOID, *topics],
        tldr=tldr if tldr and not is_prohibited(tldr) else summary,
        key_things_to_remember=(remember or _remember(matches, concerns))[:4],
        made_by="computed",
        notes=notes,
        receipts=[],
    )


def fit_score(parts: dict[str, CriterionResult]) -> int | None:
    """The fit, 0–100: the mean of the parts' shares by their weights (PARTS).

    A part that the texts tell nothing about is left out, but for those of MUST_BE_TOLD, where nothing is none. Null
    where nothing at all is told.
    """
    if all(one.level == "unknown" for one in parts.values()):
        return None
    value = levels.mean(
        (
            parts[part.key].share
            if parts[part.key].level != "unknown"
            else (0.0 if part.key in MUST_BE_TOLD else None),
            part.weight,
        )
        for part in PARTS
    )
    return levels.percent(value)


def _score(one: CriterionResult) -> int | None:
    return None if one.level == "unknown" else levels.percent(one.share)


def _part(part: Criterion, one: CriterionResult, shown: Callable[[str], str]) -> FitPart:
    return FitPart(
        level=one.level, score=_score(one), weight=part.weight, reason=one.explanation, evidence=evidence_of(one, shown)
    )


def evidence_of(one: CriterionResult, shown: Callable[[str], str]) -> Evidence:
    stands = one.quote_status is QuoteStatus.VERIFIED and one.quote is not None and one.quote_source is not None
    return Evidence(
        quote=one.quote if stands else None,
        status=one.quote_status,
        source=shown(one.quote_source) if stands and one.quote_source is not None else None,
    )


def _summary(fit: int | None, parts: dict[str, CriterionResult]) -> str:
    """The fit in words, from the levels alone."""
    if fit is None:
        return "The texts tell nothing that the fit could be judged by."
    strong = _labels(parts, ("strong", "full"))
    weak = _labels(parts, ("none", "weak"))
    unknown = _labels(parts, ("unknown",))
    told = [
        f"strong on {', '.join(strong)}" if strong else "",
        f"weak on {', '.join(weak)}" if weak else "",
        f"nothing told about {', '.join(unknown)}" if unknown else "",
    ]
    words = "; ".join(one for one in told if one)
    return f"Fit {fit} of 100{f': {words}' if words else ''}."


def _labels(parts: dict[str, CriterionResult], of: tuple[Level, ...]) -> list[str]:
    return [part.label.lower() for part in PARTS if parts[part.key].level in of]


def _of_flags(gathered: Gathered) -> list[Concern]:
    """What code found: short tenures, gaps, hidden text, orders to a model. Each is a question, not a verdict."""
    return [
        Concern(
            concern=flag.explanation,
            severity=_FLAG_SEVERITY.get(flag.code, "medium"),
            question=computing.FLAG_QUESTIONS.get(flag.code, "What is behind this?"),
            evidence=Evidence(
                quote=flag.quote,
                status=QuoteStatus.VERIFIED if flag.quote else QuoteStatus.NOT_NEEDED,
                source=None,
            ),
        )
        for flag in gathered.flags
    ]


def _of_missing(missing: Sequence[SkillMatch]) -> list[Concern]:
    return [
        Concern(
            concern=f"{one.skill} is required, and the texts show nothing of it.",
            severity="medium",
            question=f"What have you done with {one.skill}, if anything? Please describe one case.",
            evidence=Evidence(quote=None, status=QuoteStatus.NOT_NEEDED, source=None),
        )
        for one in missing[:4]
    ]


def _remember(matches: Sequence[SkillMatch], concerns: Sequence[Concern]) -> list[str]:
    best = [one for one in matches if one.level in ("strong", "full")][:2]
    return [*(f"Shown: {one.skill}." for one in best), *(f"Ask: {one.question}" for one in concerns[:2])]


def askable(text: str, instead: str = "Ask for one concrete example, their own part, and the result.") -> str:
    """A text that an interviewer will say or act on, unless it touches a protected topic."""
    words = line(text)
    return words if words and protected.topic_of(words) is None else instead


def line(text: str, limit: int = 400) -> str:
    # What stands for the name in the question may come back in the answer.
    joined = " ".join(text.replace("[name]", "the candidate").split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1].rstrip()}…"
