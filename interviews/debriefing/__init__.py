"""Debriefs: what came of a conversation and how the interviewer led it; in training, what was found and a grade.

- `debrief(room)` → `Debriefing`, kept on the room; raises errors.TooThin where next to nothing was said.
"""

from __future__ import annotations

from interviews.debriefing.shapes import Conduct, Debriefing, GradePart, ProbedTrait, ProhibitedQuestion, Training

__all__ = ["Conduct", "Debriefing", "GradePart", "ProbedTrait", "ProhibitedQuestion", "Training"]
