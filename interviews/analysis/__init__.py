"""The analysis of what was said in a room: judged answer by answer by a model, counted by code.

- `analyse(room)` → `models.Analysis`; raises errors.TooThin, or llm.errors.LLMError where it failed. Keeps
  Room.analysis_state, announces it, and hands score and recommendation to the candidate where a person answered.
- `queue(room)` and `drain()`: the same in the background, as rows with a lease; `drain` returns how many were done.
- `shown(analysis)` → `Analytics`, what the API answers.
"""

from __future__ import annotations

from interviews.analysis.shapes import (
    AnalysisResult,
    Analytics,
    AreaToProbe,
    Confidence,
    Dimension,
    Highlight,
    Judged,
    QuestionAnswer,
    RedFlag,
    TypeMetric,
)

__all__ = [
    "AnalysisResult",
    "Analytics",
    "AreaToProbe",
    "Confidence",
    "Dimension",
    "Highlight",
    "Judged",
    "QuestionAnswer",
    "RedFlag",
    "TypeMetric",
]
