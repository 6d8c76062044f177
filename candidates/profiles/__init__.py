"""Changing what is known of a candidate: each change is a row that says who, when and from where, and can be undone."""

from candidates.profiles.editing import create, edit
from candidates.profiles.fields import EDITABLE, ProfileField, Refused, validated
from candidates.profiles.interviewed import record_interview
from candidates.profiles.merging import merge
from candidates.profiles.removing import delete, restore
from candidates.profiles.undoing import NotUndoable, undo

__all__ = [
    "EDITABLE",
    "NotUndoable",
    "ProfileField",
    "Refused",
    "create",
    "delete",
    "edit",
    "merge",
    "record_interview",
    "restore",
    "undo",
    "validated",
]
