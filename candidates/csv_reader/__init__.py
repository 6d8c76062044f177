"""CSV bytes → rows: encoding, delimiter and header found by rules, any size in flat memory, true line numbers."""

from candidates.csv_reader.errors import EmptyFile, NotCsv, TooLarge
from candidates.csv_reader.rows import Batch, Problem, RowReader
from candidates.csv_reader.sniffing import Dialect, EncodingScan, refuse_other_types, sniff

__all__ = [
    "Batch",
    "Dialect",
    "EmptyFile",
    "EncodingScan",
    "NotCsv",
    "Problem",
    "RowReader",
    "TooLarge",
    "refuse_other_types",
    "sniff",
]
