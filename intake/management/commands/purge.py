"""Erase what is kept no longer than the settings say, or one candidate at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates.models import Candidate
from intake import holding, retention


class Command(BaseCommand):
    help = "Erase what is kept no longer than the RETENTION_… settings say. Beat runs this every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and erase nothing")
        parser.add_argument("--candidate", type=UUID, help="erase this one now instead, e.g. since they asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run, candidate_id = options["dry_run"], options["candidate"]
        if candidate_id is not None:
            self._erase(candidate_id, dry_run=dry_run)
            return
        total = 0
        for purged in retention.purge(dry_run=dry_run):
            rule = purged.rule
            if purged.count is None:
                self.stdout.write(f"{rule.what}: kept for ever ({rule.setting}=0)")
                continue
            total += purged.count
            self.stdout.write(f"{rule.what} {rule.days:g} days ago or longer: {purged.count:,}")
        self.stdout.write(f"{'Would erase' if dry_run else 'Erased'} {total:,} in all.")

    def _erase(self, candidate_id: UUID, *, dry_run: bool) -> None:
        candidate = Candidate.objects.filter(pk=candidate_id).first()
        if candidate is None:
            raise CommandError("There is no such candidate.")
        if dry_run:
            self.stdout.write("Would erase 1 candidate with everything that hangs on them.")
            return
        erased = holding.erase(candidate)
        self.stdout.write(
            f"Erased {erased.candidates} record(s), {erased.documents} document(s) and {erased.rooms} conversation(s)."
        )
