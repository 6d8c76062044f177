"""The copy that candidates get by mail: what they said, as it was taken, right after a round is completed.

A mail is owed for each completed round until `Intake.copy_mailed_at` says that it went out, as in `notices`. One that
may have gone out (`copy_handed_at`, see letters) is not mailed again: nobody needs two, and the page has it too.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from candidates import doorbell
from intake import answers, letters, notices, questions
from intake.models import Intake
from intake.states import AnswerState, IntakeState, NoticeKind
from interviews.errors import MailNotSent

# A copy that could not be sent for so long is of no use any more; the page offers it too.
OWED_FOR = timedelta(days=2)


def order(intake: Intake) -> None:
    """Have the copy mailed. Belongs into the transaction that completes the round."""
    doorbell.ring("intake.tasks.mail_copy", str(intake.pk))


def owed(*, limit: int = 200) -> list[UUID]:
    """Rounds whose copy is owed now."""
    return list(_owed().order_by("completed_at").values_list("pk", flat=True)[:limit])


def send(intake_id: UUID) -> bool:
    """Mail a round's copy to its candidate, in their language; whether it went out now. Twice is once."""
    now = timezone.now()
    intake = _owed().select_related("candidate", "made_by", "job").filter(pk=intake_id).first()
    if intake is None:
        return False
    attempt = intake.copy_attempts + 1
    # Compare and set: of two workers one goes on, and no transaction is open while the server is spoken to.
    claimed = Intake.objects.filter(pk=intake_id, copy_mailed_at=None, copy_attempts=intake.copy_attempts).update(
        copy_attempts=attempt, copy_after=now + notices.LEASE * attempt
    )
    senders = notices.recipients(intake, NoticeKind.INTAKE_COMPLETED)
    if not claimed or not senders:
        return False
    facts = {
        "name": intake.candidate.name or "",
        "job": intake.job.title if intake.job else "",
        "lines": lines(intake),
        "document": intake.document.filename if intake.document else "",
    }
    message = letters.letter(
        "copy",
        to=intake.candidate.email or "",
        sender=senders[0],
        language=intake.language,
        facts=facts,
        key=f"copy:{intake_id}",
    )
    row = Intake.objects.filter(pk=intake_id)
    try:
        letters.deliver(
            message,
            before=lambda: bool(row.filter(copy_handed_at=None).update(copy_handed_at=timezone.now())),
        )
    except (letters.PerhapsSent, letters.TakenOver):
        return False
    except MailNotSent:
        row.filter(copy_mailed_at=None).update(copy_handed_at=None)
        return False
    row.update(copy_mailed_at=timezone.now())
    return True


def lines(intake: Intake) -> list[tuple[str, str]]:
    """(label, value) of each accepted answer, in the round's language; a value that was cleared is ""."""
    asked = answers.fields_of(intake).gaps
    found = []
    for name, answer in answers.current(intake).items():
        if answer.state == AnswerState.ACCEPTED:
            gap = asked.get(name) or questions.spec(name, language=intake.language)
            found.append((gap.label, answers.shown(gap, answer.value, language=intake.language)))
    return found


def _owed() -> QuerySet[Intake]:
    now = timezone.now()
    rows = Intake.objects.filter(
        Q(copy_after=None) | Q(copy_after__lte=now),
        state=IntakeState.COMPLETED,
        completed_at__gt=now - OWED_FOR,
        copy_mailed_at=None,
        copy_handed_at=None,
        copy_attempts__lt=notices.MOST_ATTEMPTS,
        candidate__deleted_at=None,
        candidate__email__isnull=False,
    )
    return rows.exclude(candidate__email="")
