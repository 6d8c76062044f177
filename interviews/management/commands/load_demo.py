"""`manage.py load_demo`: sample data to explore with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from candidates.demo import loading as people
from interviews.demo import loading as interviews


class Command(BaseCommand):
    help = (
        "Load sample data once: a demo recruiter, two jobs with rubrics, sixty people who do not exist, imported, "
        "extracted and scored through the same pipeline as real ones, and two interviews that were held with two of "
        "them. Does nothing where all of it is there already. Needs a model that answers: `make run` starts the "
        "simulated one, or run `manage.py simulate_model` first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", default="recruiter@example.com", help="the demo recruiter's e-mail address")
        parser.add_argument(
            "--password", help="the demo recruiter's password; without one, an existing account is needed"
        )

    def handle(self, *args: Any, email: str, password: str | None, **options: Any) -> None:
        people_are_there = people.is_loaded()
        if people_are_there and interviews.is_loaded():
            self.stdout.write("Sample data: already there.")
            return
        recruiter = people.recruiter(email=email, password=password)
        if recruiter is None:
            raise CommandError(f"There is no account for {email}; give --password to make one.")
        if not people_are_there:
            self.stdout.write("Sample data: importing and scoring sixty people …")
            report = people.load(recruiter=recruiter)
            self.stdout.write(
                self.style.SUCCESS(
                    f"Sample data: {report.jobs} jobs, {report.candidates} candidates, {report.imports} imports."
                )
            )
        loaded = interviews.load(recruiter=recruiter)
        self.stdout.write(self.style.SUCCESS(f"Sample data: {loaded} interviews."))
