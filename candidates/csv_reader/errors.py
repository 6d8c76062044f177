"""Why a whole file is refused. What is wrong with a single row is a `rows.Problem`, and the file goes on."""

from __future__ import annotations

from llm.errors import GreenroomError


class NotCsv(GreenroomError):
    """The bytes are no CSV text: another type of file under this name."""

    code = "not_csv"
    status = 415


class EmptyFile(GreenroomError):
    """Nothing in it, or a header and no rows."""

    code = "empty_file"
    status = 422


class TooLarge(GreenroomError):
    """More bytes than this installation takes."""

    code = "file_too_large"
    status = 413
