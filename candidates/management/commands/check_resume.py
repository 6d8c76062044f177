"""`manage.py check_resume FILE`: whether a resume can be published, and what visitors could read of it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from candidates import resume


class Command(BaseCommand):
    help = "Check a resume (JSON, YAML or Markdown): tells what is wrong by line or path. Exit code 1 if it is broken."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--show", action="store_true", help="list every passage that an answer could quote")

    def handle(self, *args: Any, file: Path, show: bool, **options: Any) -> None:
        try:
            found = resume.load(file)
        except (resume.ResumeBroken, resume.ResumeMissing) as error:
            raise CommandError(error.message) from None
        for note in found.notes:
            self.stderr.write(self.style.WARNING(f"note: {note}"))
        if show:
            for section in found.sections:
                self.stdout.write(f"\n{section.title}")
                for entry in section.entries:
                    for passage in entry.passages:
                        self.stdout.write(f"  {passage.path}: {passage.text}")
            self.stdout.write("")
        grounds = found.grounds
        self.stdout.write(
            self.style.SUCCESS(
                f"{file.name} is fine: {found.name}, {len(found.sections)} sections, {len(grounds.passages)} passages, "
                f"about {grounds.tokens:,} tokens with each question."
            )
        )
