"""Erase what is kept no longer than the settings say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from intake import retention


class Command(BaseCommand):
    help = "Erase what is kept no longer than the RETENTION_… settings say. Beat runs this every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run = options["dry_run"]
        total = 0
        for purged in retention.purge(dry_run=dry_run):
            rule = purged.rule
            if purged.count is None:
                self.stdout.write(f"{rule.what}: kept for ever ({rule.setting}=0)")
                continue
            total += purged.count
            self.stdout.write(f"{rule.what} {rule.days:g} days ago or longer: {purged.count:,}")
        self.stdout.write(f"{'Would erase' if dry_run else 'Erased'} {total:,} in all.")
