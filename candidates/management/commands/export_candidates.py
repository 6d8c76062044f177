"""Write the ranked list as CSV."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates import exporting, ranking
from candidates.models import Import, Job
from candidates.states import IntakeStatus, InterviewStatus, Tier


class Command(BaseCommand):
    help = (
        "Write candidates as CSV, best score first: to a file, or to the terminal for use in a pipe. Cells that a "
        "spreadsheet would take for formulas carry an apostrophe. The options narrow the list; all must hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="where to write; “-” or nothing is the terminal")
        parser.add_argument("--tier", choices=Tier.values, help="only this tier")
        parser.add_argument("--job", type=UUID, metavar="ID", help="only candidates for this job")
        parser.add_argument("--import", type=UUID, dest="of_import", metavar="ID", help="only what this import made")
        parser.add_argument("--min-score", type=_score, metavar="N", help="only a combined score of at least N (0–100)")
        parser.add_argument("--interview-status", choices=InterviewStatus.values, help="only this interview status")
        parser.add_argument("--intake-status", choices=IntakeStatus.values, help="only this intake status")
        parser.add_argument("--search", dest="q", metavar="WORDS", help="only where all of these words stand")
        parser.add_argument("--bom", action="store_true", help="begin with a byte order mark, for older spreadsheets")
        parser.add_argument("--force", action="store_true", help="replace the file if there is one")

    def handle(self, *, file: str, bom: bool, force: bool, **options: Any) -> None:
        narrowing = ("tier", "job", "of_import", "min_score", "interview_status", "intake_status", "q")
        filters = ranking.Filters(**{name: options[name] for name in narrowing})
        if filters.job and not Job.objects.filter(pk=filters.job).exists():
            raise CommandError(f"There is no job {filters.job}.")
        if filters.of_import and not Import.objects.filter(pk=filters.of_import).exists():
            raise CommandError(f"There is no import {filters.of_import}.")
        blocks = exporting.rows(filters, bom=bom)
        if file == "-":
            for block in blocks:
                sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
            return
        target = Path(file)
        if target.exists() and not force:
            raise CommandError(f"{target} is there already. Add --force to replace it.")
        try:
            size = _write(target, blocks)
        except OSError as error:
            raise CommandError(f"{target} can't be written: {error.strerror}.") from error
        self.stderr.write(f"{target}: {size:,} bytes")


def _write(target: Path, blocks: Iterable[bytes]) -> int:
    """Write to a file beside it first, so that a broken-off export leaves no half file; return its size."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as part:
        try:
            for block in blocks:
                part.write(block)
            size = part.tell()
            part.close()
            Path(part.name).chmod(0o666 & ~_umask())
            Path(part.name).replace(target)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    return size


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _score(text: str) -> int:
    try:
        score = int(text)
    except ValueError:
        score = -1
    if not 0 <= score <= 100:
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 100")
    return score
