"""Rows of a file → candidates in Postgres: received, previewed, tried, read chunk by chunk, mended, undone."""

from candidates.importing.mending import error_rows_csv
from candidates.importing.reading import FileGone, read_rows
from candidates.importing.receiving import (
    BadMapping,
    NoUsableColumn,
    Preview,
    check_size,
    label_of,
    preview,
    receive,
    set_mapping,
)
from candidates.importing.trying import DryRun, dry_run
from candidates.importing.undoing import UndoReport, undo

__all__ = [
    "BadMapping",
    "DryRun",
    "FileGone",
    "NoUsableColumn",
    "Preview",
    "UndoReport",
    "check_size",
    "dry_run",
    "error_rows_csv",
    "label_of",
    "preview",
    "read_rows",
    "receive",
    "set_mapping",
    "undo",
]
