"""What the languages of intake call things: yes and no, halves and millions, dots and at signs. Data for the readers.

Every table is written in lower case and without accents where people leave them out too; `tongue` gives English for a
language that is not there. A new language is one more module.
"""

from __future__ import annotations

from intake.answers.tongues.english import ENGLISH
from intake.answers.tongues.german import GERMAN
from intake.answers.tongues.spanish import SPANISH
from intake.answers.tongues.tables import Tongue, any_of

__all__ = ["ENGLISH", "Tongue", "any_of", "tongue"]

_TONGUES = {one.code: one for one in (ENGLISH, GERMAN, SPANISH)}


def tongue(language: str) -> Tongue:
    """The tables of a language such as "de" or "de-AT"; English where there are none."""
    return _TONGUES.get(language.lower().replace("_", "-").split("-")[0], ENGLISH)
