"""How an interviewer asked: measured from the turns, not judged."""

from __future__ import annotations

from collections.abc import Sequence

from interviews import protected, speech_metrics
from interviews.analysis.pairing import pairs_of
from interviews.debriefing.shapes import Conduct, ProhibitedQuestion
from interviews.models import Turn


def measure(turns: Sequence[Turn]) -> Conduct:
    """Questions, how many of them open, talk share, follow-ups, and questions about protected topics."""
    side = speech_metrics.measure(turns).interviewer
    return Conduct(
        questions=side.questions,
        open_questions=side.open_questions,
        open_share=round(side.open_questions / side.questions, 4) if side.questions else None,
        talk_share=side.talk_share,
        follow_ups=sum(len(pair.follow_ups) for pair in pairs_of(turns)),
        prohibited=[
            ProhibitedQuestion(turn=one.turn, quote=one.quote, topic=one.topic)
            for one in protected.questions_about(turns)
        ],
    )
