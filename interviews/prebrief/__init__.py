"""Pre-briefs: what an interviewer should know of a candidate and a job before the interview.

- `make(room=, job_description=, resume=, company_context="")` from texts; `of(candidate)` from what is stored. Both
  return a `PrebriefResult`, kept by the digest of what it was made from.
"""

from __future__ import annotations

from interviews.prebrief.shapes import (
    Concern,
    Evidence,
    FitBreakdown,
    FitPart,
    PrebriefResult,
    SkillMatch,
    Strength,
)

__all__ = ["Concern", "Evidence", "FitBreakdown", "FitPart", "PrebriefResult", "SkillMatch", "Strength"]
