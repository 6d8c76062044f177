"""How a session was held: judged by a model against closed questions, from text alone, and counted by code.

- `evaluate(session, force=False)` → models.Evaluation. Kept once and answered again; with `force` judged anew and kept
  beside the first. Raises errors.WrongState (not completed), errors.TooShort, or llm.errors.LLMError.
- `newest(session)` → models.Evaluation; raises errors.NotEvaluated.
- `too_short(session)` → why a session can't be judged yet, in words; empty where enough was said.
- `shown(evaluation)` → schemas.EvaluationShape, what the API and the pages give.

weights    the eighteen criteria, the six dimensions, every weight and boundary
answers    what a model may answer
hearing    a session's words as a model sees them, and what was measured in them
judging    the question, the check of every quote, stretches put together
telling    strengths, improvement areas and the summary
keeping    rows, and one evaluation at a time
"""

from __future__ import annotations

from coaching.evaluation.judging import Findings
from coaching.evaluation.keeping import evaluate, judged, newest, of, shown, too_short

__all__ = ["Findings", "evaluate", "judged", "newest", "of", "shown", "too_short"]
