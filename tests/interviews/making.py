"""Made-up interviews for tests: rows as a held conversation leaves them, with an analysis, a debrief and a pre-brief.

Everybody here is invented. Results have the shapes that the analysis, the debrief and the pre-brief give; their figures
are set, not computed, so a page's test does not break when a weight changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Job
from interviews.lifecycle import refresh_awaiting
from interviews.models import Analysis, Hint, Interview, Prebrief, Room, Turn
from interviews.states import AGENT_FOR, AnalysisState, EndReason, InterviewState, Medium, Role, Speaker, Verdict

# (stage, question, follow-up, text); the candidate's turns have no stage.
SAID: tuple[tuple[Speaker, str, str, bool, str], ...] = (
    (
        Speaker.INTERVIEWER,
        "opening",
        "",
        False,
        "Good morning. I am an AI interviewer; a person reads this later and decides. What drew you to this bakery?",
    ),
    (
        Speaker.CANDIDATE,
        "",
        "",
        False,
        "You bake through the night with long ferments, and I have done nothing else for nine years. "
        "I also like that the shop is across the street from the ovens.",
    ),
    (
        Speaker.INTERVIEWER,
        "experience",
        "scale",
        False,
        "What was the largest night you were in charge of, and how did it go?",
    ),
    (
        Speaker.CANDIDATE,
        "",
        "",
        False,
        "Six hundred loaves on the night before Easter. I split the team in two, moved the rye forward by an hour, "
        "and we were done at five with four loaves lost.",
    ),
    (
        Speaker.INTERVIEWER,
        "behavioural",
        "apprentice",
        False,
        "Tell me about somebody you taught. What did you change when it did not work?",
    ),
    (Speaker.CANDIDATE, "", "", False, "I had an apprentice who could not shape. It got better."),
    (
        Speaker.INTERVIEWER,
        "behavioural",
        "apprentice",
        True,
        "What exactly did you do differently, and how did you see that it worked?",
    ),
    (
        Speaker.CANDIDATE,
        "",
        "",
        False,
        "Um, I stopped showing it and let her teach me instead. After two weeks her loaves stood as high as mine; "
        "the old head baker never noticed anything, he never does.",
    ),
    (
        Speaker.INTERVIEWER,
        "closing",
        "",
        False,
        "Thank you. That was all from me. A person will get in touch within a week.",
    ),
)
PLAN: dict[str, Any] = {
    "key": "screening",
    "name": "Screening",
    "minutes": 25,
    "stages": [
        {"key": "opening", "label": "Opening", "kind": "opening", "goal": "Welcome", "questions": [], "minutes": 3},
        {
            "key": "experience",
            "label": "Experience",
            "kind": "experience",
            "goal": "What was really done",
            "questions": [{"key": "scale", "text": "What was the largest night you were in charge of?"}],
            "minutes": 8,
        },
        {
            "key": "behavioural",
            "label": "How they work",
            "kind": "behavioural",
            "goal": "One case in full",
            "questions": [{"key": "apprentice", "text": "Tell me about somebody you taught."}],
            "minutes": 8,
        },
        {"key": "closing", "label": "Closing", "kind": "closing", "goal": "Thank", "questions": [], "minutes": 3},
    ],
    "questions_to_avoid": [],
    "topics_to_explore": ["Working with a budget"],
}
PERSONA: dict[str, Any] = {
    "name": "Amara Voss",
    "traits": [
        {
            "key": "gap",
            "label": "A gap in the career",
            "behaviour": "Skips over eleven months after the second job.",
            "how_to_find": "Walk through the career year by year, and ask what came between.",
        },
        {
            "key": "inflated_title",
            "label": "A title that is too big",
            "behaviour": "Says head baker, and was one of three shift leaders.",
            "how_to_find": "Ask who reported to them, and who signed the rota.",
        },
    ],
}


def make_interview(
    candidate: Candidate,
    *,
    role: Role = Role.CANDIDATE,
    status: InterviewState = InterviewState.COMPLETED,
    medium: Medium = Medium.TEXT,
    stage: str = "screening",
    analysis_state: AnalysisState | None = None,
    began: datetime | None = None,
    said: Sequence[tuple[Speaker, str, str, bool, str]] | None = None,
    made_by: User | None = None,
    **values: Any,
) -> Interview:
    """An interview with its room. A completed one was held in full and is analysed unless `analysis_state` says else.

    `said` are its turns; by default all of SAID for an ended one, the first four for an active one, none for others.
    """
    is_over = status in (InterviewState.COMPLETED, InterviewState.CANCELLED, InterviewState.FAILED)
    began = began or timezone.now() - timedelta(minutes=50 if is_over else 6)
    if said is None:
        said = {InterviewState.COMPLETED: SAID, InterviewState.ACTIVE: SAID[:4]}.get(status, ())
    state = analysis_state or (
        AnalysisState.DONE if status == InterviewState.COMPLETED and said else AnalysisState.NONE
    )
    person = candidate.name or "Candidate"
    room = Room.objects.create(
        medium=medium,
        interviewer_name="Ida Sommer" if role == Role.INTERVIEWER else "AI interviewer",
        candidate_name=person,
        candidate=candidate,
        made_by=made_by,
        expires_at=began + timedelta(hours=2),
        started_at=began if said else None,
        ended_at=began + timedelta(minutes=20) if is_over else None,
        agent_name=AGENT_FOR[role],
        analysis_state=state,
    )
    interview = Interview.objects.create(
        **{
            "room": room,
            "candidate": candidate,
            "job": candidate.job,
            "stage": stage,
            "role": role,
            "agent_type": AGENT_FOR[role],
            "status": status,
            "plan": PLAN | {"key": stage},
            "persona": PERSONA if role == Role.INTERVIEWER else {},
            "progress": {"stage": "experience", "question": "scale"} if status == InterviewState.ACTIVE else {},
            "end_reason": EndReason.FINISHED if status == InterviewState.COMPLETED else "",
            "made_by": made_by,
            "created_at": began - timedelta(minutes=2),
            "started_at": began if said else None,
            "ended_at": began + timedelta(minutes=20) if is_over else None,
            **values,
        }
    )
    make_turns(interview, said, began=began)
    if state == AnalysisState.DONE:
        make_analysis(interview)
        refresh_awaiting(room.pk)
    interview.refresh_from_db()
    return interview


def make_turns(
    interview: Interview, said: Sequence[tuple[Speaker, str, str, bool, str]], *, began: datetime
) -> list[Turn]:
    """The turns of a conversation, one after the other at the pace of speech."""
    moment, made = began, []
    agent = Speaker.INTERVIEWER if interview.role == Role.CANDIDATE else Speaker.CANDIDATE
    for number, (speaker, stage, question, is_follow_up, text) in enumerate(said, start=1):
        ended = moment + timedelta(seconds=len(text.split()) / 2.4)
        made.append(
            Turn.objects.create(
                room_id=interview.room_id,
                number=number,
                speaker=speaker,
                by_agent=speaker == agent,
                text=text,
                key=f"turn-{number}",
                started_at=moment,
                ended_at=ended,
                medium=interview.room.medium,
                stage=stage,
                question=question,
                is_follow_up=is_follow_up,
            )
        )
        moment = ended + timedelta(seconds=1.5)
    return made


def make_hint(turn: Turn, *, verdict: Verdict = Verdict.NEEDS_PROBING) -> Hint:
    """What the copilot said about a turn."""
    return Hint.objects.create(
        turn=turn, verdict=verdict, issue="no_result", suggestion="Ask what came of it, in numbers.", quote=""
    )


def make_analysis(interview: Interview, **changes: Any) -> Analysis:
    """The analysis of SAID; `changes` replace parts of its result."""
    return Analysis.objects.create(
        room_id=interview.room_id,
        result=analysis_result(interview) | changes,
        metrics=speech_metrics(),
        turns=len(SAID),
        receipts=[
            {
                "call_id": "c7",
                "purpose": "analyse",
                "model": "simulated/one",
                "prompt_name": "interviews/analysis",
                "prompt_hash": "abcdef0123456789",
                "input_tokens": 1_900,
                "output_tokens": 640,
                "cost_usd": 0.0031,
                "latency_ms": 840,
            }
        ],
    )


def analysis_result(interview: Interview) -> dict[str, Any]:
    """An AnalysisResult as JSON."""
    return {
        "subject": "person" if interview.role == Role.CANDIDATE else "ai_candidate",
        "subject_note": "",
        "pairs": [
            _pair(1, "motivation", 1, [2], ("strong", "strong", "partial", "strong"), "motivation", "Motivation", None),
            _pair(
                2,
                "experience",
                3,
                [4],
                ("full", "strong", "strong", "full"),
                "ownership",
                "Ownership",
                (4, "I split the team in two, moved the rye forward by an hour"),
            ),
            _pair(
                3,
                "behavioural",
                5,
                [6, 8],
                ("strong", "partial", "partial", "partial"),
                "star",
                "STAR",
                (8, "After two weeks her loaves stood as high as mine"),
                follow_ups=[7],
            ),
        ],
        "overall_score": 71,
        "communication": {"score": 66, "pairs": [1, 2, 3], "reason": "Clear, and short where a case was asked for."},
        "technical": {"score": 88, "pairs": [2], "reason": "Planned a night of six hundred loaves."},
        "cultural_fit": {"score": 58, "pairs": [1, 3], "reason": "Teaches well; speaks ill of a colleague."},
        "highlights": [
            {
                "text": "Led the largest night with hardly a loss",
                "quote": "done at five with four loaves lost",
                "turn": 4,
            }
        ],
        "red_flags": [
            {
                "code": "blame",
                "text": "Speaks ill of the head baker",
                "severity": "low",
                "quote": "the old head baker never noticed anything, he never does",
                "turn": 8,
                "moves": False,
            }
        ],
        "areas_to_probe": [
            {"area": "Working with a budget", "question": "What did a night cost, and who decided on it?", "turn": None}
        ],
        "recommendation": "Hire",
        "recommendation_reasons": [
            "Three of three questions were answered, and the quotes were all said.",
            "The experience that the job asks for was shown with a case.",
        ],
        "confidence": {
            "score": 0.78,
            "answered_share": 1.0,
            "quotes_held_share": 1.0,
            "judged_answers": 3,
            "reason": "Few questions were asked.",
        },
        "summary": "Three answers were judged; strongest on experience, weakest on how they work.",
        "notes": ["One quote was said by nobody and was left out."],
    }


def speech_metrics() -> dict[str, Any]:
    """SpeechMetrics as JSON."""
    interviewer = {
        "turns": 5,
        "words": 78,
        "seconds": 33.0,
        "words_per_minute": 142.0,
        "fillers": 0,
        "filler_rate": 0.0,
        "questions": 4,
        "open_questions": 4,
        "talk_share": 0.44,
    }
    candidate = interviewer | {
        "turns": 4,
        "words": 98,
        "fillers": 1,
        "filler_rate": 1.0,
        "questions": 0,
        "open_questions": 0,
        "talk_share": 0.56,
    }
    return {
        "duration_seconds": 92.0,
        "interviewer": interviewer,
        "candidate": candidate,
        "longest_monologue_seconds": 14.5,
        "interruptions": 0,
    }


def debrief(*, is_training: bool = True) -> dict[str, Any]:
    """A Debriefing as JSON; one trait found, one missed, and one question that nobody may ask."""
    traits = [
        PERSONA["traits"][0]
        | {"outcome": "found", "turn": 3, "quote": "What was the largest night", "reason": "You asked for the years."},
        PERSONA["traits"][1] | {"outcome": "missed", "turn": None, "quote": None, "reason": ""},
    ]
    parts = [
        ("traits", "Found what was hidden", 40, 0.5),
        ("open_questions", "Open questions", 20, 1.0),
        ("listening", "Let the other speak", 20, 0.8),
        ("follow_ups", "Followed up", 10, None),
        ("fair_questions", "Fair questions", 10, 0.0),
    ]
    return {
        "summary": "A calm conversation that stayed on the surface in one place.",
        "strengths": ["Opened kindly and said how long it takes"],
        "improvements": ["Ask who reported to whom before you take a title as it stands"],
        "follow_up_questions": ["Who signed the rota?"],
        "recommendation": None,
        "conduct": {
            "questions": 6,
            "open_questions": 5,
            "open_share": 5 / 6,
            "talk_share": 0.38,
            "follow_ups": 1,
            "prohibited": [{"turn": 5, "quote": "Do you have children?", "topic": "family"}],
        },
        "training": {
            "traits": traits,
            "parts": [
                {
                    "key": key,
                    "label": label,
                    "weight": weight,
                    "share": share,
                    "points": weight * (share or 0),
                    "explanation": f"About {label.lower()}.",
                }
                for key, label, weight, share in parts
            ],
            "score": 62,
            "grade": "C",
            "grade_note": "Solid, with one thing overlooked.",
        }
        if is_training
        else None,
        "made_by": "model",
        "notes": [],
        "receipts": [],
    }


def make_prebrief(candidate: Candidate, *, room: Room | None = None) -> Prebrief:
    """A kept pre-brief."""
    return Prebrief.objects.create(
        digest=f"{candidate.pk.hex}{'r' if room else 'c'}".ljust(64, "0")[:64],
        candidate=candidate,
        room=room,
        result=prebrief_result(),
        receipts=[],
    )


def prebrief_result() -> dict[str, Any]:
    """A PrebriefResult as JSON."""
    said = {"quote": "Baked 400 loaves a night", "status": "verified", "source": "source_text"}
    unsaid = {"quote": None, "status": "not_given", "source": None}

    def part(level: str, score: int | None, evidence: dict[str, Any] = unsaid) -> dict[str, Any]:
        return {"level": level, "score": score, "weight": 1.0, "reason": f"This is {level}.", "evidence": evidence}

    return {
        "fit_score": 74,
        "fit_summary": "Bakes at the scale that is asked for; nothing tells about budgets.",
        "fit_breakdown": {
            "technical_skills": part("full", 100, said),
            "experience_relevance": part("strong", 75),
            "leadership_potential": part("strong", 75),
            "communication_signals": part("unknown", None),
            "culture_fit_signals": part("partial", 50),
            "growth_trajectory": part("partial", 50),
        },
        "skill_matches": [
            {
                "skill": "Baking at scale",
                "is_required": True,
                "level": "full",
                "score": 100,
                "evidence": said,
                "reason": "Four hundred loaves a night.",
            },
            {
                "skill": "Welding",
                "is_required": False,
                "level": "none",
                "score": 0,
                "evidence": unsaid,
                "reason": "Nothing tells of it.",
            },
        ],
        "strengths": [
            {"strength": "Baked in a team of three", "evidence": said, "how_to_verify": "Ask who did what at night."}
        ],
        "concerns": [
            {
                "concern": "No word about budgets",
                "severity": "medium",
                "question": "What did a night cost?",
                "evidence": unsaid,
            },
            {
                "concern": "The newest position is undated",
                "severity": "high",
                "question": "When did you begin there?",
                "evidence": said,
            },
        ],
        "suggested_questions": [
            {
                "question": "What was your largest night?",
                "purpose": "Scale, and what was theirs in it",
                "follow_up": "What would you do differently?",
            }
        ],
        "topics_to_avoid": ["Plans for a family"],
        "tldr": "A baker who works at scale and teaches; probe budgets.",
        "key_things_to_remember": ["Nine years of night shifts", "Teaches apprentices"],
        "made_by": "model",
        "notes": [],
        "receipts": [],
    }


def make_bakery(name: str = "Head Baker") -> Job:
    """An open job to interview for."""
    return Job.objects.create(title=name, description="We look for somebody who bakes, teaches and leads a night.")


def _pair(
    number: int,
    kind: str,
    asked: int,
    answered: list[int],
    levels: tuple[str, str, str, str],
    metric: str,
    label: str,
    quote: tuple[int, str] | None,
    follow_ups: Sequence[int] = (),
) -> dict[str, Any]:
    scores = {"none": 0.0, "weak": 2.5, "partial": 5.0, "strong": 7.5, "full": 10.0}
    answer = " ".join(SAID[turn - 1][4] for turn in answered)
    relevance, clarity, depth, own = ({"level": level, "score": scores[level]} for level in levels)
    return {
        "number": number,
        "state": "judged",
        "type": kind,
        "question": SAID[asked - 1][4],
        "question_turn": asked,
        "follow_up_turns": list(follow_ups),
        "answer_turns": answered,
        "answer": answer,
        "words": len(answer.split()),
        "relevance": relevance,
        "clarity": clarity,
        "depth": depth,
        "metric": own | {"name": metric, "label": label},
        "score": sum(scores[level] for level in levels) / 4,
        "quote": quote[1] if quote else None,
        "quote_turn": quote[0] if quote else None,
        "quote_status": "verified" if quote else "not_given",
        "reason": f"About {label.lower()}.",
    }
