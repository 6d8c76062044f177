"""Making a pre-brief: the model's levels where their quotes stand, else what matching knows; counted in code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import orjson

from candidates import evidence, judging
from candidates.answers import CriterionAnswer, Judgement
from candidates.models import Candidate
from candidates.prohibited import is_prohibited
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus, RedFlag
from interviews import levels, protected
from interviews.levels import Level
from interviews.models import Interview, Prebrief, Room
from interviews.prebrief import computing, gathering
from interviews.prebrief.answers import PrebriefAnswer
from interviews.prebrief.gathering import Gathered
from interviews.prebrief.parts import MUST_BE_TOLD, PARTS, TOPICS_TO_AVOID
from interviews.prebrief.shapes import (
    Concern,
    Evidence,
    FitBreakdown,
    FitPart,
    PrebriefResult,
    SkillMatch,
    Strength,
)
from interviews.schemas import SuggestedQuestion
from llm import client, prompts
from llm.client import Receipt
from llm.errors import BrokenAnswer, LLMError

PROMPT = "interviews/prebrief"
PURPOSE = "prebrief"
# Counts up when what code makes of the same answer changes, so that what is kept is made anew.
VERSION = 1
MOST = 6
MOST_QUESTIONS = 7
_FLAG_SEVERITY: dict[str, Literal["low", "medium", "high"]] = {
    RedFlag.PROMPT_INJECTION: "high",
    RedFlag.HIDDEN_TEXT: "high",
    RedFlag.TITLE_INFLATION: "medium",
    RedFlag.JOB_HOPPING: "medium",
    RedFlag.GAPS: "low",
    RedFlag.OVERQUALIFIED: "low",
}


def make(*, room: Room, job_description: str, resume: str, company_context: str = "") -> PrebriefResult:
    """The pre-brief of a room, from texts; the same texts in the same room are not paid twice.

    Without a usable model it is built from what matching finds, and says so. Waits for a model: never call it inside a
    transaction.
    """
    interview = Interview.objects.filter(room=room).first()
    name = room.candidate_name or (room.candidate.name if room.candidate is not None else "") or ""
    return _kept(
        f"room:{room.pk}",
        gathering.of_texts(job_description=job_description, resume=resume, company_context=company_context, name=name),
        scope=f"interview:{interview.pk}" if interview is not None else "",
        room=room,
        # A pasted text has no field names.
        shown=lambda source: "resume" if source == "source_text" else source,
    )


def of(candidate: Candidate) -> PrebriefResult:
    """The pre-brief of a candidate, from what is stored; made anew when any of it changes. As `make` else."""
    return _kept(f"candidate:{candidate.pk}", gathering.of_candidate(candidate), candidate=candidate)


def _kept(
    owner: str,
    gathered: Gathered,
    *,
    scope: str = "",
    room: Room | None = None,
    candidate: Candidate | None = None,
    shown: Callable[[str], str] = lambda source: source,
) -> PrebriefResult:
    digest = _digest(owner, gathered)
    stored = Prebrief.objects.filter(digest=digest).first()
    if stored is not None:
        return PrebriefResult.model_validate(stored.result)
    result, is_final = _made(gathered, scope=scope, shown=shown)
    if is_final:
        receipts = [receipt.model_dump(mode="json") for receipt in result.receipts]
        Prebrief.objects.get_or_create(
            digest=digest,
            defaults={
                "room": room,
                "candidate": candidate,
                "result": result.model_dump(mode="json"),
                "receipts": receipts,
            },
        )
    return result


def _digest(owner: str, gathered: Gathered) -> str:
    """SHA-256 of everything that the result rests on, and whose it is: it is deleted along with them."""
    model = client.models_for(PURPOSE) if client.is_configured() else []
    content = {
        "owner": owner,
        "version": VERSION,
        "prompt": prompts.load(PROMPT).hash,
        "models": model,
        "role": gathered.role,
        "job": gathered.job_description,
        "context": gathered.company_context,
        "skills": [item.model_dump(mode="json") for item in gathered.skills],
        "texts": gathered.originals,
        "computed": {key: [one.level, one.share] for key, one in gathered.computed.items()} if not model else {},
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _made(gathered: Gathered, *, scope: str, shown: Callable[[str], str]) -> tuple[PrebriefResult, bool]:
    """(the pre-brief, whether to keep it): one that a failing model left to matching is made again next time."""
    if not client.is_configured():
        return _computed(gathered, "No model is configured: this is what matching found.", shown), True
    try:
        answer, receipt = client.ask_now(PURPOSE, PROMPT, gathered.data(), PrebriefAnswer, scope=scope)
        return _judged(gathered, answer, receipt, shown), True
    except LLMError as error:
        return _computed(gathered, f"{error.message} This is what matching found.", shown), False


# --- with a model ----------------------------------------------------------------------------------------------------
def _judged(
    gathered: Gathered, answer: PrebriefAnswer, receipt: Receipt, shown: Callable[[str], str]
) -> PrebriefResult:
    notes: list[str] = []
    parts = _checked(gathered, PARTS, answer.parts, notes)
    skills = _checked(gathered, gathered.skills, answer.skills, notes)
    if not any(one.quote_status is QuoteStatus.VERIFIED for one in (*parts, *skills)):
        raise BrokenAnswer("The model's pre-brief rests on words that stand nowhere, so it was not used.")
    strengths = []
    for item in answer.strengths[:MOST]:
        held = _evidence(gathered, item.quote, shown)
        if not is_prohibited(item.strength):
            strengths.append(
                Strength(strength=_line(item.strength), evidence=held, how_to_verify=_askable(item.how_to_verify))
            )
    concerns = [
        Concern(
            concern=_line(item.concern),
            severity=item.severity,
            question=_askable(item.question),
            evidence=_evidence(gathered, item.quote, shown, may_lack=True),
        )
        for item in answer.concerns[:MOST]
        if not is_prohibited(item.concern)
    ]
    questions = [
        SuggestedQuestion(
            question=_line(item.question), purpose=_line(item.purpose), follow_up=_askable(item.follow_up, "")
        )
        for item in answer.suggested_questions
        if item.question.strip() and protected.topic_of(item.question) is None
    ]
    if len(questions) < len(answer.suggested_questions):
        notes.append("A suggested question touched a protected topic and was dropped.")
    computed_questions = computing.questions(gathered.skills, {one.key: one for one in skills})
    result = _result(
        gathered,
        parts,
        skills,
        shown,
        strengths=sorted(strengths, key=lambda one: one.evidence.status is not QuoteStatus.VERIFIED),
        concerns=concerns,
        questions=(questions or computed_questions)[:MOST_QUESTIONS],
        topics=[_line(text) for text in answer.topics_to_avoid if text.strip()][:3],
        tldr=_line(answer.tldr),
        remember=[_line(text) for text in answer.key_things_to_remember if text.strip() and not is_prohibited(text)],
        notes=notes,
    )
    return result.model_copy(update={"made_by": "model", "receipts": [receipt]})


def _checked(
    gathered: Gathered, criteria: Sequence[Criterion], answers: list[CriterionAnswer], notes: list[str]
) -> list[CriterionResult]:
    """The answers with every quote checked, as candidates.judging does; what does not stand is not known."""
    brief = judging.Brief(
        criteria=list(criteria), role=gathered.role, material=gathered.material, computed=gathered.computed
    )
    checked = judging.check(brief, Judgement(criteria=answers, summary="", pros=[], cons=[], questions=[]))
    notes += checked.notes
    return [
        one.model_copy(update={"level": "unknown", "share": 0.0})
        if one.quote_status in (QuoteStatus.UNSUPPORTED, QuoteStatus.NOT_GIVEN)
        else one
        for one in checked.results
    ]


def _evidence(
    gathered: Gathered, quote: str | None, shown: Callable[[str], str], *, may_lack: bool = False
) -> Evidence:
    """A quote as it stands in the original text, or that it does not stand anywhere."""
    found = evidence.as_original(gathered.material.sources.check(quote), gathered.material.segments)
    if found.place is None:
        lacks = may_lack and found.status is QuoteStatus.NOT_GIVEN
        return Evidence(quote=None, status=QuoteStatus.NOT_NEEDED if lacks else found.status, source=None)
    name = found.place.source
    words = gathered.material.originals[name][found.place.start : found.place.end]
    return Evidence(quote=words, status=found.status, source=shown(gathered.material.names[name]))


# --- without one -----------------------------------------------------------------------------------------------------
def _computed(gathered: Gathered, note: str, shown: Callable[[str], str]) -> PrebriefResult:
    skills = computing.skills(gathered)
    parts = computing.parts(gathered)
    by_key = {one.key: one for one in skills}
    strong = [one for one in skills if one.share >= levels.SHARES["strong"] and one.quote]
    strengths = [
        Strength(
            strength=f"{one.label}: {one.explanation}",
            evidence=_of_result(one, shown),
            how_to_verify="Ask for the largest piece of work they did with it, and what came of it.",
        )
        for one in sorted(strong, key=lambda one: -one.weight)[:4]
    ]
    return _result(
        gathered,
        parts,
        skills,
        shown,
        strengths=strengths,
        concerns=[],
        questions=computing.questions(gathered.skills, by_key)[:MOST_QUESTIONS],
        topics=[],
        tldr="",
        remember=[],
        notes=[note],
    )


# --- what both have in common ----------------------------------------------------------------------------------------
def _result(
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
            evidence=_of_result(one, shown),
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
        level=one.level, score=_score(one), weight=part.weight, reason=one.explanation, evidence=_of_result(one, shown)
    )


def _of_result(one: CriterionResult, shown: Callable[[str], str]) -> Evidence:
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


def _askable(text: str, instead: str = "Ask for one concrete example, their own part, and the result.") -> str:
    """A text that an interviewer will say or act on, unless it touches a protected topic."""
    words = _line(text)
    return words if words and protected.topic_of(words) is None else instead


def _line(text: str, limit: int = 400) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1].rstrip()}…"
