"""The analysis of what was said in a room: judged answer by answer by a model, counted by code.

- `analyse(room)` → `models.Analysis`; raises errors.TooThin, or llm.errors.LLMError where it failed. Keeps
  Room.analysis_state, announces it, and hands score and recommendation to the candidate where a person answered.
- In the background: `queue(room)` rings for a worker, which calls `work(room_id)`; the sweep rings for `waiting()`.
- `shown(analysis)` → `Analytics`, what the API answers.

pairing   questions and answers, from who spoke when
judging   the model's levels and quotes, checked
weighing  levels → numbers: every weight and threshold
keeping   rows, states, leases
"""

from __future__ import annotations

from interviews.analysis.keeping import analyse, drain, queue, shown, waiting, work
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
    "analyse",
    "drain",
    "queue",
    "shown",
    "waiting",
    "work",
]
