"""Let somebody in by the password alone, where no administrator is left who could do it in the console."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_step
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Switch off the second step of somebody's sign-in, for who lost phone and recovery codes. Make sure who asks: "
        "from then on the password alone is enough. Administrators can do the same in the console, under Users."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose second step it is")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody has the address {email}.")
        if not second_step.switch_off(user):
            raise CommandError(f"{user.email} has no second step.")
        self.stdout.write(f"{user.email} signs in by the password alone from now on.")
