"""Invitations to many candidates at once: who gets one, and mailing them one after the other from rows.

A worker claims a row for a while, mails outside of any transaction, and writes down what came of it. One that is killed
in between leaves a row that another takes after its lease. Where the letter may have left by then (`Invitee.handed_at`,
see letters), the candidate gets no second one by itself, since its link would shut the first one's: the recruiter sees
that it may have arrived, and decides.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.queueing import one_at_a_time
from candidates import doorbell
from candidates.models import Candidate, Job
from candidates.states import IntakeStatus
from intake import inviting, letters
from intake.errors import WrongState
from intake.models import Invitee, Mailing
from intake.states import InviteeState
from interviews.errors import MailNotSent
from llm.errors import GreenroomError

# A mailing goes to people whom somebody has looked at; more than this is a mistake, or another tool's work.
MOST_AT_ONCE = 2_000
LEASE = timedelta(minutes=2)
REST = timedelta(seconds=30)
MOST_ATTEMPTS = 3

# The stages of an intake in which a letter is not wanted by itself: why, for the recruiter.
_ANSWERING = "Is answering now; a new link would shut the page."
_INVITED = "Was invited before."
_COMPLETED = "Has completed intake before."
_MAILED_ELSEWHERE = "Gets a letter by another mailing that is under way."
_MEANWHILE = "Was invited, or has completed intake, in the meantime."
# What the recruiter reads where nobody knows whether a letter has left.
_PERHAPS = "May have arrived: the line broke while the mail server took it. Trying again sends another link."


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a mailing to these candidates would do; `chosen` is the sum of the rest."""

    chosen: int
    to_mail: int
    without_address: int
    answering: int
    invited: int
    completed: int


def outlook(rows: QuerySet[Candidate], *, again: bool) -> Outlook:
    """Who of these candidates would get a letter. `again`: also those who were invited or have completed before."""
    counted = (
        rows.filter(deleted_at=None)
        .order_by()
        .aggregate(
            chosen=Count("pk"),
            without_address=Count("pk", filter=_without_address()),
            answering=Count("pk", filter=~_without_address() & Q(intake_status=IntakeStatus.IN_PROGRESS)),
            invited=Count("pk", filter=~_without_address() & Q(intake_status=IntakeStatus.INVITED)),
            completed=Count("pk", filter=~_without_address() & Q(intake_status=IntakeStatus.COMPLETED)),
        )
    )
    left_out = counted["without_address"] + counted["answering"]
    if not again:
        left_out += counted["invited"] + counted["completed"]
    return Outlook(to_mail=counted["chosen"] - left_out, **counted)


def begin(
    *,
    rows: QuerySet[Candidate],
    actor: User,
    site: str,
    job: Job | None = None,
    language: str = inviting.DEFAULT_LANGUAGE,
    again: bool = False,
    rings: bool = True,
) -> Mailing:
    """Write down whom to invite, and ring for a worker to mail them. Raises WrongState for nobody, or too many.

    Without `rings` the caller drains it.
    """
    rows = rows.filter(deleted_at=None)
    count = rows.order_by()[: MOST_AT_ONCE + 1].count()
    if not count:
        raise WrongState("No candidate was chosen.")
    if count > MOST_AT_ONCE:
        raise WrongState(f"At most {MOST_AT_ONCE:,} candidates can be invited at once. Narrow the list.")
    with transaction.atomic():
        # Of two mailings that begin at once the second finds whom the first one mails to.
        one_at_a_time("intake mailings")
        # A form that is sent twice, or two recruiters with the same list: a second letter would shut the first one's
        # link.
        elsewhere = set(
            Invitee.objects.filter(state=InviteeState.WAITING, candidate__in=rows.order_by().values("pk"))
            .order_by()
            .values_list("candidate", flat=True)
        )
        mailing = Mailing.objects.create(made_by=actor, site=site.rstrip("/"), language=language, job=job)
        now = timezone.now()
        Invitee.objects.bulk_create(
            _invitee(mailing, *facts, is_elsewhere=facts[0] in elsewhere, again=again, now=now)
            for facts in rows.order_by("-rank", "-id").values_list("pk", "email", "intake_status")
        )
        if rings:
            doorbell.ring("intake.tasks.send_mailing", str(mailing.pk))
    return mailing


def drain(mailing: Mailing, *, told: Callable[[Invitee], None] | None = None) -> int:
    """Mail to everybody who waits, over one connection; return how many letters were sent.

    Several at once share the rows. `told` is called after each. A mail server that is away makes rows rest; the sweep
    takes them up again.
    """
    if mailing.made_by is None:
        waiting = mailing.invitees.filter(state=InviteeState.WAITING)
        waiting.update(state=InviteeState.FAILED, reason="Who sent this has left.", done_at=timezone.now())
        return 0
    _settle_lost(mailing)
    sent = 0
    with _line() as line:
        while (invitee := _claim(mailing)) is not None:
            sent += _mail(mailing, invitee, mailing.made_by, line)
            if told is not None:
                told(invitee)
    return sent


def waiting() -> list[UUID]:
    """The mailings with somebody to mail to now: those of a lost ring, a killed worker, or a mail server back again."""
    due = Invitee.objects.filter(Q(not_before=None) | Q(not_before__lt=timezone.now()), state=InviteeState.WAITING)
    return list(due.order_by().values_list("mailing", flat=True).distinct()[:100])


def sweep() -> int:
    """Ring for every mailing that waits; return how many."""
    found = waiting()
    for mailing_id in found:
        doorbell.ring("intake.tasks.send_mailing", str(mailing_id))
    return len(found)


def try_again(mailing: Mailing) -> int:
    """Let those who could not be mailed wait for another attempt; return how many."""
    with transaction.atomic():
        failed = mailing.invitees.filter(state=InviteeState.FAILED)
        count = failed.update(
            state=InviteeState.WAITING, reason="", attempts=0, not_before=None, handed_at=None, done_at=None
        )
        doorbell.ring("intake.tasks.send_mailing", str(mailing.pk))
    return count


def counts(mailing: Mailing) -> dict[str, int]:
    """How many stand where, of every state, and their `total`."""
    return counts_of([mailing])[mailing.pk]


def counts_of(mailings: Iterable[Mailing]) -> dict[UUID, dict[str, int]]:
    """The same of several by their ids, in one statement."""
    told = {one.pk: {**dict.fromkeys(InviteeState.values, 0), "total": 0} for one in mailings}
    rows = Invitee.objects.filter(mailing__in=list(told)).order_by()
    for mailing_id, state, count in rows.values_list("mailing", "state").annotate(Count("pk")):
        told[mailing_id][state] = count
        told[mailing_id]["total"] += count
    return told


def _without_address() -> Q:
    return Q(email=None) | Q(email="")


def _invitee(
    mailing: Mailing,
    candidate_id: UUID,
    email: str | None,
    intake_status: str,
    *,
    is_elsewhere: bool,
    again: bool,
    now: datetime,
) -> Invitee:
    state, reason = InviteeState.WAITING, ""
    if not (email or "").strip():
        state = InviteeState.NO_ADDRESS
    elif intake_status == IntakeStatus.IN_PROGRESS:
        state, reason = InviteeState.LEFT_OUT, _ANSWERING
    elif is_elsewhere:
        state, reason = InviteeState.LEFT_OUT, _MAILED_ELSEWHERE
    elif not again and intake_status == IntakeStatus.INVITED:
        state, reason = InviteeState.LEFT_OUT, _INVITED
    elif not again and intake_status == IntakeStatus.COMPLETED:
        state, reason = InviteeState.LEFT_OUT, _COMPLETED
    done_at = None if state == InviteeState.WAITING else now
    return Invitee(mailing=mailing, candidate_id=candidate_id, state=state, reason=reason, done_at=done_at)


def _settle_lost(mailing: Mailing) -> None:
    """End the rows whose worker was killed while a letter left: it arrived if its link was opened, else it may have."""
    lost = mailing.invitees.filter(
        state=InviteeState.WAITING, handed_at__isnull=False, not_before__lt=timezone.now()
    ).select_related("candidate")
    for invitee in lost:
        arrived = inviting.standing(invitee.candidate).state in ("opened", "used")
        state, reason = (InviteeState.SENT, "") if arrived else (InviteeState.FAILED, _PERHAPS)
        # Compare and set: another worker may settle it right now, or the recruiter try again.
        mailing.invitees.filter(pk=invitee.pk, state=InviteeState.WAITING, handed_at=invitee.handed_at).update(
            state=state, reason=reason, not_before=None, done_at=timezone.now()
        )


def _claim(mailing: Mailing) -> Invitee | None:
    """The next one to mail to, leased to this process; the lease is committed before anything is sent."""
    with transaction.atomic():
        found = (
            mailing.invitees.select_for_update(skip_locked=True, of=("self",))
            .select_related("candidate__job")
            .filter(Q(not_before=None) | Q(not_before__lt=timezone.now()), state=InviteeState.WAITING, handed_at=None)
            .order_by("id")
            .first()
        )
        if found is not None:
            found.attempts += 1
            found.not_before = timezone.now() + LEASE
            found.save(update_fields=["attempts", "not_before"])
    return found


def _mail(mailing: Mailing, invitee: Invitee, sender: User, line: BaseEmailBackend) -> bool:
    """Mail to one; whether it went out. What happened in the meantime (deleted, is answering now) is looked at anew."""
    candidate = invitee.candidate
    state, reason, not_before = InviteeState.SENT, "", None
    if candidate.intake_status == IntakeStatus.IN_PROGRESS:
        state, reason = InviteeState.LEFT_OUT, _ANSWERING
    elif _was_met(candidate, since=mailing.created_at):
        state, reason = InviteeState.LEFT_OUT, _MEANWHILE
    else:
        try:
            inviting.send(
                candidate=candidate,
                actor=sender,
                site=mailing.site,
                job=mailing.job,
                language=mailing.language,
                connection=line,
                before=lambda: _note_handing_over(invitee),
            )
        except letters.TakenOver:
            return False  # this worker was too slow: whoever has the row now writes down what came of it
        except letters.PerhapsSent:
            state, reason = InviteeState.FAILED, _PERHAPS
            with contextlib.suppress(OSError):
                line.close()
        except MailNotSent:
            is_last = invitee.attempts >= MOST_ATTEMPTS
            state = InviteeState.FAILED if is_last else InviteeState.WAITING
            reason = "The mail server did not take the message."
            not_before = None if is_last else timezone.now() + REST * invitee.attempts
            invitee.handed_at = None
            with contextlib.suppress(OSError):
                line.close()  # the next one begins with a connection of its own
        except GreenroomError as error:
            state, reason = InviteeState.FAILED, error.message[:200]
    invitee.state, invitee.reason, invitee.not_before = state, reason, not_before
    invitee.done_at = None if state == InviteeState.WAITING else timezone.now()
    invitee.save(update_fields=["state", "reason", "not_before", "handed_at", "done_at"])
    return state == InviteeState.SENT


def _was_met(candidate: Candidate, *, since: datetime) -> bool:
    """Whether somebody has mailed a link to them, or they have handed in, since this letter was ordered."""
    later = Q(invited_at__gt=since) | Q(completed_at__gt=since)
    return candidate.intakes.filter(later).exists()


def _note_handing_over(invitee: Invitee) -> bool:
    """Write down that the letter leaves now, if the row is still this worker's."""
    invitee.handed_at = timezone.now()
    still_ours = Invitee.objects.filter(
        pk=invitee.pk, state=InviteeState.WAITING, attempts=invitee.attempts, handed_at=None
    )
    return bool(still_ours.update(handed_at=invitee.handed_at))


@contextlib.contextmanager
def _line() -> Iterator[BaseEmailBackend]:
    """One connection to the mail server for many letters; it opens with the first of them."""
    line = mail.get_connection()
    try:
        yield line
    finally:
        with contextlib.suppress(OSError):
            line.close()
