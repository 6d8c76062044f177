"""Mail intake links to many candidates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from accounts.models import User
from candidates.models import Candidate, Job
from candidates.states import Tier
from intake import inviting, mailings
from intake.models import Invitee
from intake.states import InviteeState
from llm.errors import GreenroomError


class Command(BaseCommand):
    help = (
        "Mail an intake link to every candidate of a job or a tier, or of both. Those without an e-mail address, and "
        "those who are answering now, are left out; so are those who were invited before, unless --again is given. "
        "The exit code is 1 where a letter could not be sent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--job", type=UUID, metavar="ID", help="only candidates for this job")
        parser.add_argument(
            "--tier",
            action="append",
            default=[],
            choices=Tier.values,
            help="only this tier; may be given several times",
        )
        parser.add_argument("--again", action="store_true", help="also who was invited or has completed before")
        parser.add_argument(
            "--from", dest="sender", metavar="EMAIL", help="the recruiter in whose name; needed where there are several"
        )
        parser.add_argument("--language", default=inviting.DEFAULT_LANGUAGE, choices=sorted(inviting.languages()))
        parser.add_argument(
            "--site", default=settings.SITE_URL, help="where candidates reach Greenroom (default: %(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="say who would get a letter, and send nothing")

    def handle(
        self,
        *,
        job: UUID | None,
        tier: list[str],
        again: bool,
        sender: str | None,
        language: str,
        site: str,
        dry_run: bool,
        **options: Any,
    ) -> None:
        rows = _chosen(job, tier)
        found = mailings.outlook(rows, again=again)
        if dry_run:
            left_out = found.chosen - found.to_mail - found.without_address
            self.stdout.write(
                f"{found.to_mail:,} of {found.chosen:,} would get a letter; {found.without_address:,} have no e-mail "
                f"address, {left_out:,} would be left out. Nothing was sent."
            )
            return
        if not site:
            raise CommandError("Say with --site, or in SITE_URL, where candidates reach Greenroom.")
        if not found.to_mail:
            self.stdout.write(f"Nobody of {found.chosen:,} is to be mailed; {found.without_address:,} have no address.")
            return
        try:
            mailing = mailings.begin(
                rows=rows, actor=_sender(sender), site=site, language=language, again=again, rings=False
            )
        except GreenroomError as error:
            raise CommandError(error.message) from error
        done = 0

        def tell(invitee: Invitee) -> None:
            nonlocal done
            done += 1
            if self.stdout.isatty():
                self.stdout.write(f"\r{done:,} of {found.to_mail:,}", ending="")
                self.stdout.flush()

        mailings.drain(mailing, told=tell)
        if self.stdout.isatty():
            self.stdout.write("")
        counted = mailings.counts(mailing)
        not_sent = counted[InviteeState.FAILED] + counted[InviteeState.WAITING]
        self.stdout.write(
            f"{counted[InviteeState.SENT]:,} sent, {counted[InviteeState.NO_ADDRESS]:,} without an e-mail address, "
            f"{counted[InviteeState.LEFT_OUT]:,} left out, {not_sent:,} not sent."
        )
        if not_sent:
            raise CommandError("Some letters were not sent; a worker tries again what waits.")


def _chosen(job_id: UUID | None, tiers: list[str]) -> QuerySet[Candidate]:
    rows = Candidate.objects.live()
    if job_id is None and not tiers:
        raise CommandError("Say whom to invite: --job, --tier, or both.")
    if job_id is not None:
        if not Job.objects.filter(pk=job_id).exists():
            raise CommandError(f"There is no job {job_id}.")
        rows = rows.filter(job=job_id)
    return rows.filter(tier__in=tiers) if tiers else rows


def _sender(email: str | None) -> User:
    """The recruiter in whose name the letters go out: the one named, or the only one there is."""
    recruiters = User.objects.filter(is_staff=True, is_active=True)
    if email is not None:
        found = recruiters.filter(email__iexact=email).first()
        if found is None:
            raise CommandError(f"There is no recruiter {email}.")
        return found
    some = list(recruiters[:2])
    if len(some) != 1:
        raise CommandError("Say with --from in whose name the letters go out.")
    return some[0]
