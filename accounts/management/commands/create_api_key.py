"""Make an API key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiKey, User


class Command(BaseCommand):
    help = (
        "Make a key with which a program may use the recruiting API, and print it. It is printed this once: only a "
        "hash of it is stored. Send it as “Authorization: Bearer KEY”. What the program does is recorded under the "
        "key's name and the recruiter it belongs to. Keys are revoked in the console, under API keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the key is for, e.g. “nightly export”")
        parser.add_argument(
            "--user",
            metavar="EMAIL",
            help="the recruiter whom the key belongs to; may be left out where there is only one",
        )

    def handle(self, *, name: str, user: str | None = None, **options: Any) -> None:
        name = name.strip()
        if not 1 <= len(name) <= 100:
            raise CommandError("The name must have 1 to 100 characters.")
        key, secret = ApiKey.make(user=_recruiter(user), name=name)
        self.stderr.write(f"{key.name}, for {key.user}. Keep it: it is not shown again.")
        self.stdout.write(secret)


def _recruiter(email: str | None) -> User:
    """The one recruiter meant; raises CommandError where that is nobody, or not clear."""
    recruiters = User.objects.filter(is_staff=True, is_active=True)
    if email:
        found = recruiters.filter(email=email.strip().lower()).first()
        if found is None:
            raise CommandError(f"There is no recruiter with the address {email}.")
        return found
    first_two = list(recruiters[:2])
    if not first_two:
        raise CommandError("There is no recruiter yet. Make one with “manage.py createsuperuser”.")
    if len(first_two) > 1:
        raise CommandError("There are several recruiters. Say whose key it is: --user EMAIL.")
    return first_two[0]
