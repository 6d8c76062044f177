"""Answers: from what a candidate says or types to a typed value, and from there to a row.

Two halves that know nothing of each other. `understand` reads words ("a hundred and twenty k") and says what it takes
them for, and whether to ask back. `record` writes a value that is already of the field's type, and nothing else: what
it refuses, it refuses with a message that a person and a model can act on.
"""

from intake.answers.recording import Fields, current, fields_of, locked, record
from intake.answers.showing import shown
from intake.answers.typed import typed
from intake.answers.understanding import Understood, declines, understand, yes_or_no

__all__ = [
    "Fields",
    "Understood",
    "current",
    "declines",
    "fields_of",
    "locked",
    "record",
    "shown",
    "typed",
    "understand",
    "yes_or_no",
]
