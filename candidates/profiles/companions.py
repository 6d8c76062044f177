"""What apps above keep of candidates, and what becomes of it when two records of one person become one.

This app knows nothing of them: each says at its start what goes along (`register`), and how it goes back where the
merge is undone. Everything happens in the transaction of the merge.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from accounts.models import User
from candidates.models import Candidate, Change


@dataclass(frozen=True, slots=True)
class Followed:
    """What went along: `moved` is JSON that `go_back` gets, `changes` are those of the candidate who stays."""

    moved: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


class Companion(abc.ABC):
    """The rows of one app. `name` is the key under which the history keeps what was moved."""

    name: ClassVar[str]

    def objection(self, other: Candidate) -> str:
        """Why `other` can't be folded into another record now, in words for the recruiter; empty where nothing is."""
        return ""

    @abc.abstractmethod
    def lock(self, candidate_id: UUID) -> None:
        """Lock the rows of a candidate that come before the candidate's own in the order of locks."""

    @abc.abstractmethod
    def follow(self, *, keep: Candidate, other: Candidate, actor: User | None, actor_label: str) -> Followed:
        """Move what is kept of `other` to `keep`; both are locked."""

    @abc.abstractmethod
    def go_back(self, moved: dict[str, Any], *, keep: Candidate, other: Candidate) -> None:
        """Move back what a merge had moved, as far as it is still there."""


_companions: dict[str, Companion] = {}


def register(companion: Companion) -> None:
    """From now on these rows go along. Twice is once."""
    _companions[companion.name] = companion


def all_of_them() -> list[Companion]:
    """Every app that goes along, the lowest first."""
    return list(_companions.values())
