"""Debriefs: what came of a conversation and how the interviewer led it; in training, what was found and a grade.

- `debrief(room)` → `Debriefing`, kept on the room; raises errors.TooThin where nothing was said.
"""

from __future__ import annotations

from interviews.debriefing.shapes import Conduct, Debriefing, GradePart, ProbedTrait, ProhibitedQuestion, Training
from interviews.debriefing.telling import debrief

__all__ = [
    "Conduct",
    "Debriefing",
    "GradePart",
    "ProbedTrait",
    "ProhibitedQuestion",
    "Training",
    "debrief",
]
