"""Forget ended sign-ins, accounts that were never confirmed, and the like; beat does it each night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import pruning


class Command(BaseCommand):
    help = "Delete ended sign-ins, accounts whose address was never confirmed, old letters and sessions that ran out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        done = "would go" if dry_run else "gone"
        for name, count in pruning.prune(dry_run=dry_run).items():
            self.stdout.write(f"{count:>8,} {name} {done}")
