"""Pre-briefs: what an interviewer should know of a candidate and a job before the interview.

- `make(room=, job_description=, resume=, company_context="")` from texts; `of(candidate)` from what is stored. Both
  return a `PrebriefResult`, kept by the digest of what it was made from.

gathering  the job's demands, the candidate's texts, what matching knows
making     the model's levels checked, kept by digest
shaping    the fit counted, the contract's shape
computing  what can be told without a model
parts      the six parts and their weights
"""

from __future__ import annotations

from interviews.prebrief.making import make, of
from interviews.prebrief.shapes import (
    Concern,
    Evidence,
    FitBreakdown,
    FitPart,
    PrebriefResult,
    SkillMatch,
    Strength,
)
from interviews.prebrief.shaping import fit_score

__all__ = [
    "Concern",
    "Evidence",
    "FitBreakdown",
    "FitPart",
    "PrebriefResult",
    "SkillMatch",
    "Strength",
    "fit_score",
    "make",
    "of",
]
