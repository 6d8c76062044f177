"""The one door from async code to the database, as agents know it: it stands on a floor that coaching reaches too."""

from __future__ import annotations

from candidates.rows import ask

__all__ = ["ask"]
