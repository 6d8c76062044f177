"""Changing what is known of a candidate: each change is a row that says who, when and from where, and can be undone."""

from candidates.profiles.columns import COLUMN, write_columns
from candidates.profiles.editing import bring_scores_along, create, edit, lock, stored, write
from candidates.profiles.fields import EDITABLE, ProfileField, Refused, validated
from candidates.profiles.interviewed import record_interview
from candidates.profiles.merging import merge
from candidates.profiles.removing import delete, restore
from candidates.profiles.undoing import NotUndoable, undo, undo_all

__all__ = [
    "COLUMN",
    "EDITABLE",
    "NotUndoable",
    "ProfileField",
    "Refused",
    "bring_scores_along",
    "create",
    "delete",
    "edit",
    "lock",
    "merge",
    "record_interview",
    "restore",
    "stored",
    "undo",
    "undo_all",
    "validated",
    "write",
    "write_columns",
]
