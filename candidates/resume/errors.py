"""What can be wrong with a resume's file."""

from __future__ import annotations

from dataclasses import dataclass

from llm.errors import GreenroomError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, and where, by line (from 1) or by path ("work[2].startDate"), or both."""

    what: str
    line: int | None = None
    path: str = ""

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.path) if part)
        return f"{where}: {self.what}" if where else self.what


class ResumeMissing(GreenroomError):
    """There is no such file, or it can't be opened."""

    code = "resume_missing"
    status = 503


class ResumeBroken(GreenroomError):
    """The file is no resume. `problems` names all that is wrong, in the order of the file."""

    code = "resume_broken"
    status = 503

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("\n".join([f"{name or 'The resume'} can't be used:", *(f"  {one}" for one in problems)]))
        self.problems = problems
