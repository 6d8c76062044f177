"""Making a pre-brief: the model's levels where their quotes stand, else what matching knows; counted in code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import orjson

from candidates import evidence, judging
from candidates.answers import CriterionAnswer, Judgement
from candidates.models import Candidate
from candidates.prohibited import is_prohibited
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus
from interviews import levels, protected
from interviews.models import Interview, Prebrief, Room
from interviews.prebrief import computing, gathering
from interviews.prebrief.answers import PrebriefAnswer
from interviews.prebrief.gathering import Gathered
from interviews.prebrief.parts import PARTS
from interviews.prebrief.shapes import Concern, Evidence, PrebriefResult, Strength
from interviews.prebrief.shaping import MOST, askable, evidence_of, line, result_of
from interviews.schemas import SuggestedQuestion
from llm import client, prompts
from llm.client import Receipt
from llm.errors import BrokenAnswer, LLMError

PROMPT = "interviews/prebrief"
PURPOSE = "prebrief"
# Counts up when what code makes of the same answer changes, so that what is kept is made anew.
VERSION = 1
MOST_QUESTIONS = 7


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
    fitting = computing.experience(gathered)
    parts = [
        computing.bounded(one, fitting) if one.key == "experience_relevance" else one
        for one in _checked(gathered, PARTS, answer.parts, notes)
    ]
    skills = _checked(gathered, gathered.skills, answer.skills, notes)
    if not any(one.quote_status is QuoteStatus.VERIFIED for one in (*parts, *skills)):
        raise BrokenAnswer("The model's pre-brief rests on words that stand nowhere, so it was not used.")
    strengths = []
    for item in answer.strengths[:MOST]:
        held = _evidence(gathered, item.quote, shown)
        if not is_prohibited(item.strength):
            strengths.append(
                Strength(strength=line(item.strength), evidence=held, how_to_verify=askable(item.how_to_verify))
            )
    concerns = [
        Concern(
            concern=line(item.concern),
            severity=item.severity,
            question=askable(item.question),
            evidence=_evidence(gathered, item.quote, shown, may_lack=True),
        )
        for item in answer.concerns[:MOST]
        if not is_prohibited(item.concern)
    ]
    questions = [
        SuggestedQuestion(
            question=line(item.question), purpose=line(item.purpose), follow_up=askable(item.follow_up, "")
        )
        for item in answer.suggested_questions
        if item.question.strip() and protected.topic_of(item.question) is None
    ]
    if len(questions) < len(answer.suggested_questions):
        notes.append("A suggested question touched a protected topic and was dropped.")
    computed_questions = computing.questions(gathered.skills, {one.key: one for one in skills})
    result = result_of(
        gathered,
        parts,
        skills,
        shown,
        strengths=sorted(strengths, key=lambda one: one.evidence.status is not QuoteStatus.VERIFIED),
        concerns=concerns,
        questions=(questions or computed_questions)[:MOST_QUESTIONS],
        topics=[line(text) for text in answer.topics_to_avoid if text.strip()][:3],
        tldr=line(answer.tldr),
        remember=[line(text) for text in answer.key_things_to_remember if text.strip() and not is_prohibited(text)],
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
            evidence=evidence_of(one, shown),
            how_to_verify="Ask for the largest piece of work they did with it, and what came of it.",
        )
        for one in sorted(strong, key=lambda one: -one.weight)[:4]
    ]
    return result_of(
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
