"""Examples of requests and answers. A test holds each answer against the shape that it is an example of."""

from __future__ import annotations

from typing import Any

from interviews.api.documenting import example

ROOM_NAME = "room-0f3c9a7be1d24c55a0d3b8e6f1c2a9"
_INTERVIEW_ID = "019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11"
_CANDIDATE_ID = "019aa7c4-1f00-7a11-8c22-9d0e1f2a3b4c"
_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ…"  # noqa: S105  an example in the documentation
_EXPIRES = "2026-11-21T16:08:00.123456+00:00"
_LINK = f"http://127.0.0.1:8000/admin/interviews/interview/{_INTERVIEW_ID}/room/"

MADE_EXAMPLE = example(
    "A room",
    {
        "room_name": ROOM_NAME,
        "room_url": "wss://live.example.com",
        "interviewer_token": _TOKEN,
        "expires_at": _EXPIRES,
        "medium": "voice",
    },
    status="201",
)
STARTED_EXAMPLE = example(
    "An AI interviewer is on its way",
    {
        "interview_id": _INTERVIEW_ID,
        "room_name": ROOM_NAME,
        "room_url": _LINK,
        "token": _TOKEN,
        "role": "candidate",
        "agent_type": "interviewer-agent",
        "medium": "text",
        "stage": "screening",
        "status": "scheduled",
        "is_training": False,
        "expires_at": _EXPIRES,
    },
    status="201",
)
START_EXAMPLE = example(
    "Let an AI interview the candidate", {"candidate_id": _CANDIDATE_ID, "role": "candidate"}, request=True
)
TRAINING_EXAMPLE = example(
    "Practise on an AI candidate with something to hide",
    {"candidate_id": _CANDIDATE_ID, "role": "interviewer", "is_training": True},
    request=True,
)
BRIEFING_EXAMPLE = example(
    "A briefing",
    {
        "candidate_name": "Ada Okafor",
        "role": "Account Executive",
        "resume_summary": "Sold software to banks for six years.",
        "notes": "Was recommended by Sales.",
        "focus_areas": ["Forecasting", "Reason for leaving"],
    },
    request=True,
)
CHAT_EXAMPLE = example("A question", {"message": "What should I ask about forecasting?"}, request=True)
COACH_EXAMPLE = example(
    "After an answer",
    {
        "last_exchange": "Interviewer: How did you forecast?\nCandidate: We looked at the pipeline every week.",
        "full_transcript": "Interviewer: Welcome.\nCandidate: Hello.\nInterviewer: How did you forecast?\n"
        "Candidate: We looked at the pipeline every week.",
        "elapsed_minutes": 6,
    },
    request=True,
)
GIVEN_EXAMPLE = example(
    "Words that were spoken elsewhere",
    {
        "transcript": [
            {"speaker": "interviewer", "text": "Tell me about a deal that you lost."},
            {"speaker": "candidate", "text": "I lost the largest one of 2024, because I met procurement too late."},
        ]
    },
    request=True,
)
PREBRIEF_EXAMPLE = example(
    "Both texts",
    {
        "job_description": "Account Executive. At least four years of selling software to banks; forecasting.",
        "resume": "Ada Okafor. Six years of selling software to banks at Northwind. Closed forty deals.",
    },
    request=True,
)

# --- answers ---------------------------------------------------------------------------------------------------------
_ROOM = {
    "room_name": ROOM_NAME,
    "status": "open",
    "medium": "text",
    "interviewer_name": "Rae Recruiter",
    "candidate_name": "Ada Okafor",
    "candidate_id": _CANDIDATE_ID,
    "interview_id": None,
    "agent_type": None,
    "recording": False,
    "created_at": "2026-11-21T14:08:00.123456+00:00",
    "started_at": None,
    "ended_at": None,
    "expires_at": _EXPIRES,
    "analysis_state": "none",
    "participants": [
        {
            "identity": "interviewer-5b1f0c",
            "name": "Rae Recruiter",
            "type": "interviewer",
            "joined_at": None,
            "left_at": None,
            "removed_at": None,
        }
    ],
}
ROOM_EXAMPLE = example("An open room", _ROOM, status="200")
ENDED_ROOM_EXAMPLE = example(
    "An ended room", _ROOM | {"status": "ended", "ended_at": "2026-11-21T14:40:00.5+00:00"}, status="200"
)
JOINED_EXAMPLE = example(
    "Let in",
    {
        "token": _TOKEN,
        "room_url": "wss://live.example.com",
        "identity": "candidate-7c41aa",
        "participant_type": "candidate",
        "expires_at": _EXPIRES,
    },
    status="200",
)
REMOVED_EXAMPLE = example(
    "Put out",
    {"room_name": ROOM_NAME, "identity": "candidate-7c41aa", "removed_at": "2026-11-21T14:20:00.1+00:00"},
    status="200",
)
_BRIEFING: dict[str, Any] = BRIEFING_EXAMPLE.value
_PROMPT = (
    "Interview with Ada Okafor for the role Account Executive.\n\nWhat the resume says:\nSold software to banks for "
    "six years.\n\nLook into:\n- Forecasting"
)
BRIEFING_SHOWN_EXAMPLE = example(
    "With its prompt", _BRIEFING | {"room_name": ROOM_NAME, "briefing_prompt": _PROMPT}, status="200"
)
CHAT_REPLY_EXAMPLE = example(
    "An answer",
    {
        "response": "The resume says nothing of forecasting.\n\n- How do you forecast your pipeline?",
        "message_id": 12,
        "messages": 2,
    },
    status="200",
)
CANDIDATE_ROOM_EXAMPLE = example(
    "With the briefing filled in",
    MADE_EXAMPLE.value
    | {
        "candidate_id": _CANDIDATE_ID,
        "interview_status": "briefing",
        "briefing": _BRIEFING,
        "briefing_prompt": _PROMPT,
    },
    status="201",
)
COACH_REPLY_EXAMPLE = example(
    "A suggestion",
    {
        "last_question_type": "experience",
        "answer_quality": "weak",
        "suggested_next_question": "Which deal did you forecast wrongly last year, and what did you change since?",
        "reasoning": "The answer says what the team did, and nothing of a result.",
        "should_change_topic": False,
        "topic_suggestion": None,
    },
    status="200",
)
PRACTICE_EXAMPLE = example(
    "A credential",
    {
        "client_secret": "ek_…",
        "expires_at": "2026-11-21T14:09:00+00:00",
        "model": "gpt-realtime",
        "url": "https://speech.example.com/v1/realtime",
    },
    status="201",
)
_EVIDENCE = {"quote": "Sold software to banks for six years", "status": "verified", "source": "resume"}
_PART = {"level": "strong", "score": 75, "weight": 1.0, "reason": "Six years in this market.", "evidence": _EVIDENCE}
PREBRIEF_REPLY_EXAMPLE = example(
    "A pre-brief",
    {
        "fit_score": 75,
        "fit_summary": "A good fit: six years of selling to banks.",
        "fit_breakdown": dict.fromkeys(
            (
                *("technical_skills", "experience_relevance", "leadership_potential"),
                *("communication_signals", "culture_fit_signals", "growth_trajectory"),
            ),
            _PART,
        ),
        "skill_matches": [
            {
                "skill": "Selling to banks",
                "is_required": True,
                "level": "strong",
                "score": 75,
                "evidence": _EVIDENCE,
                "reason": "Six years.",
            }
        ],
        "strengths": [
            {
                "strength": "Knows the buyers",
                "evidence": _EVIDENCE,
                "how_to_verify": "Ask for the last deal, step by step.",
            }
        ],
        "concerns": [
            {
                "concern": "Nothing is said of forecasting",
                "severity": "medium",
                "question": "How do you forecast your pipeline?",
                "evidence": {"quote": None, "status": "not_given", "source": None},
            }
        ],
        "suggested_questions": [
            {"question": "How do you forecast your pipeline?", "purpose": "To see method and results.", "follow_up": ""}
        ],
        "topics_to_avoid": ["Family plans"],
        "tldr": "Six years of selling to banks; ask about forecasting.",
        "key_things_to_remember": ["Forty deals closed"],
        "made_by": "model",
        "notes": [],
        "receipts": [],
    },
    status="200",
)

_INTERVIEW: dict[str, Any] = {
    "interview_id": _INTERVIEW_ID,
    "room_name": ROOM_NAME,
    "candidate_id": _CANDIDATE_ID,
    "candidate_name": "Ada Okafor",
    "job_id": None,
    "job_title": None,
    "stage": "screening",
    "plan_name": "Screening",
    "role": "candidate",
    "agent_type": "interviewer-agent",
    "medium": "text",
    "status": "completed",
    "end_reason": "finished",
    "is_training": False,
    "flags": [],
    "analysis_state": "done",
    "analysis_reason": None,
    "overall_score": 72,
    "recommendation": "Hire",
    "decision": None,
    "created_at": "2026-11-21T14:08:00.123456+00:00",
    "started_at": "2026-11-21T14:09:10.2+00:00",
    "ended_at": "2026-11-21T14:31:42.9+00:00",
    "expires_at": _EXPIRES,
}
INTERVIEW_EXAMPLE = example("A completed interview", _INTERVIEW, status="200")
CANCELLED_EXAMPLE = example(
    "Called off",
    _INTERVIEW
    | {
        "status": "cancelled",
        "end_reason": "by_person",
        "analysis_state": "none",
        "overall_score": None,
        "recommendation": None,
    },
    status="200",
)
INTERVIEWS_EXAMPLE = example("The last page", {"results": [_INTERVIEW], "next": None}, status="200")
DETAIL_EXAMPLE = example(
    "With its plan",
    _INTERVIEW
    | {
        "plan": {
            "key": "screening",
            "name": "Screening",
            "minutes": 25,
            "stages": [
                {
                    "key": "opening",
                    "label": "Opening",
                    "kind": "opening",
                    "goal": "",
                    "questions": [
                        {
                            "key": "screening-motivation",
                            "text": "What made you interested in this role?",
                            "listen_for": "",
                            "follow_up": "",
                        }
                    ],
                    "own_questions": 0,
                    "minutes": 5,
                }
            ],
            "questions_to_avoid": [],
            "topics_to_explore": [],
        },
        "progress": {"is_over": True, "end_reason": "finished"},
        "turns": 17,
    },
    status="200",
)
TRANSCRIPT_EXAMPLE = example(
    "The first question",
    {
        "interview_id": _INTERVIEW_ID,
        "room_name": ROOM_NAME,
        "results": [
            {
                "number": 1,
                "speaker": "interviewer",
                "by_agent": True,
                "text": "Hello, I am an AI. What made you interested in this role?",
                "started_at": "2026-11-21T14:09:10.2+00:00",
                "ended_at": "2026-11-21T14:09:14.8+00:00",
                "medium": "text",
                "stage": "opening",
                "question": "screening-motivation",
                "is_follow_up": False,
                "interrupted": False,
                "hint": None,
            }
        ],
        "next": "1",
    },
    status="200",
)
UNDER_WAY_EXAMPLE = example(
    "A worker is at it", {"state": "queued", "message": "A worker is at it. Ask again."}, status="202"
)
