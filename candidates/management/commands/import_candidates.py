"""Import candidates from CSV files, as the console does, from a shell."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Q
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from candidates import importing, lifecycle, pipeline
from candidates.models import Import, Job
from candidates.states import ImportStatus
from llm.errors import GreenroomError

SHOWN_ERRORS = 10
STILL = (ImportStatus.WAITING_CONFIRMATION, ImportStatus.COMPLETE, ImportStatus.ERROR, ImportStatus.CANCELLED)


class Command(BaseCommand):
    help = """\
Import candidates from one or more CSV files.

Columns are recognised by their headers; say --dry-run first to see which, and what would happen. A row that can't be
imported fails alone and is printed with its line number and reason; a row that names somebody already known (by e-mail,
LinkedIn URL or phone) updates that candidate. After reading, workers extract and score: --wait waits for them.

Exit code: 0 when every row was imported, 1 when rows failed, 2 when a file or an option could not be used.

Examples:
  manage.py import_candidates people.csv --dry-run
  manage.py import_candidates greenhouse.csv lever.csv --job "Account Executive" --wait
  manage.py import_candidates odd.csv --mapping '{"Wer": "name", "Post": "email", "Nr": null}'
"""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a CSV file")
        parser.add_argument("--job", help="put the candidates on this job (its title or id)")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen and write nothing")
        parser.add_argument(
            "--no-score", action="store_true", help="stop before the model is paid; confirm later in the console"
        )
        parser.add_argument(
            "--wait", action="store_true", help="wait until workers have extracted and scored everything"
        )
        parser.add_argument(
            "--mapping", help='JSON {"header or position": "field" or null} for columns to be mapped otherwise'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(file=self.stdout, soft_wrap=True, highlight=False)  # type: ignore[arg-type]
        job = _job(options["job"])
        mapping = _mapping(options["mapping"])
        missing = [str(path) for path in options["files"] if not path.is_file()]
        if missing:
            raise CommandError(f"There is no file {', '.join(missing)}.", returncode=2)
        failed = False
        for path in options["files"]:
            try:
                failed |= self._import(path, job, mapping, options)
            except GreenroomError as error:
                details = "".join(f"\n  {name}: {' '.join(reasons)}" for name, reasons in (error.fields or {}).items())
                raise CommandError(f"{path.name}: {error.message}{details}", returncode=2) from None
        if failed:
            sys.exit(1)

    def _import(self, path: Path, job: Job | None, mapping: dict[str, str | None] | None, options: Any) -> bool:
        """Bring one file in; whether rows failed."""
        with path.open("rb") as opened:
            import_ = importing.receive(
                file=File(opened),
                filename=path.name,
                made_by=None,
                job=job,
                score=not options["no_score"],
                mapping=mapping,
            )
        self._show_mapping(path, import_)
        if options["dry_run"]:
            try:
                return self._try(import_)
            finally:
                import_.file.delete(save=False)
                import_.delete()
        lifecycle.start(import_)
        self._read(import_)
        if options["wait"]:
            self._wait(import_)
        return self._sum_up(import_)

    def _show_mapping(self, path: Path, import_: Import) -> None:
        source = import_.dialect.get("source")
        self.console.print(f"{path.name}{f' ({source})' if source else ''}", style="bold", markup=False)
        for column in importing.preview(import_).columns:
            label = importing.label_of(column.field) if column.field else f"not mapped: {column.why}"
            self.console.print(f"  {column.header} → {label}", markup=False)

    def _try(self, import_: Import) -> bool:
        found = importing.dry_run(import_, seconds=None)
        self.console.print(
            f"Dry run: {found.rows:,} rows; would make {found.would_make:,} candidates, update {found.would_update:,}, "
            f"fail {found.would_fail:,}. Nothing was written.",
        )
        self._show_errors([(error.line, error.reason) for error in found.errors], found.would_fail)
        return found.would_fail > 0

    def _read(self, import_: Import) -> None:
        """Read in this process; where a worker was quicker to take the file, watch it."""
        reader = threading.Thread(target=_read_and_close, args=(import_.pk,), daemon=True)
        reader.start()
        self._watch(
            import_,
            "Reading",
            lambda now: (int(now.checkpoint.get("offset", 0)) if now.rows_total is None else now.size, now.size or 1),
            lambda now: now.rows_total is not None or now.status in (ImportStatus.ERROR, ImportStatus.CANCELLED),
        )
        reader.join()

    def _wait(self, import_: Import) -> None:
        self._watch(
            import_,
            "Extracting and scoring",
            lambda now: (lifecycle.progress_of(now), 100),
            lambda now: now.status in STILL,
        )

    def _watch(
        self,
        import_: Import,
        title: str,
        progress_of: Callable[[Import], tuple[int, int]],
        is_over: Callable[[Import], bool],
    ) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            task = progress.add_task(title)
            while True:
                import_.refresh_from_db()
                done, total = progress_of(import_)
                progress.update(task, completed=done, total=total)
                if is_over(import_):
                    return
                time.sleep(0.2)

    def _sum_up(self, import_: Import) -> bool:
        import_.refresh_from_db()
        self.console.print(
            f"{import_.rows_read:,} rows: {import_.candidates_made:,} candidates made, "
            f"{import_.duplicates:,} updated, {import_.rows_failed:,} failed. Import {import_.pk}, "
            f"{import_.get_status_display().lower()}.",
            markup=False,
        )
        errors = import_.row_errors.order_by("line").values_list("line", "reason")[:SHOWN_ERRORS]
        self._show_errors(list(errors), import_.rows_failed)
        if import_.status in (ImportStatus.ERROR, ImportStatus.CANCELLED):
            raise CommandError(import_.error or import_.message or "The import did not end.", returncode=2)
        return import_.rows_failed > 0

    def _show_errors(self, errors: list[tuple[int, str]], count: int) -> None:
        for line, reason in errors[:SHOWN_ERRORS]:
            self.console.print(f"  line {line}: {reason}", markup=False)
        if count > SHOWN_ERRORS:
            self.console.print(f"  … and {count - SHOWN_ERRORS:,} more; the console offers them as a file.")


def _read_and_close(import_id: UUID) -> None:
    try:
        pipeline.read_import(import_id)
    finally:
        connection.close()


def _job(wanted: str | None) -> Job | None:
    if not wanted:
        return None
    condition = Q(title__iexact=wanted)
    with contextlib.suppress(ValueError):
        condition |= Q(pk=UUID(wanted))
    found = list(Job.objects.filter(condition)[:2])
    if len(found) != 1:
        raise CommandError(f"{'No' if not found else 'More than one'} job is called “{wanted}”.", returncode=2)
    return found[0]


def _mapping(text: str | None) -> dict[str, str | None] | None:
    if not text:
        return None
    try:
        mapping = json.loads(text)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict):
        raise CommandError('--mapping must be JSON such as {"Header": "name", "Other": null}.', returncode=2)
    return mapping
