"""Intake: one round of asking one candidate for what is missing, the answers, and the notices that come of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from candidates.models import Candidate, Document, Job
from candidates.models.columns import UUID7, in_choices
from intake.states import OPEN, AnswerState, IntakeState, InviteeState, NoticeKind, Step, Via
from interviews.models import Room


class Intake(models.Model):
    """One round of intake. At most one round of a candidate is open; links open the candidate's open round."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="intakes")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=11, choices=IntakeState.choices, default=IntakeState.INVITED)
    # How far the candidate has come; they may go back, and the same link goes on here.
    step = models.CharField(max_length=7, choices=Step.choices, default=Step.CONSENT)
    language = models.CharField(max_length=8, default="en")
    consent_version = models.CharField(max_length=20, blank=True)
    consent_text = models.JSONField(default=list, help_text="What was agreed to, as it was shown.")
    consented_at = models.DateTimeField(null=True)
    # A list of schemas.Gap: what is asked for; nothing else can be written by form or agent.
    gaps = models.JSONField(default=list)
    # Raised by each write: a form of another tab that has not seen it is told so, and nothing of it is lost.
    revision = models.PositiveIntegerField(default=0)
    document = models.ForeignKey(Document, null=True, on_delete=models.SET_NULL, related_name="+")
    # The document that the proposals and the gaps rest on; equals `document` once that was read and used.
    filled_from = models.UUIDField(null=True)
    # How often a worker began to read it: one that kills each of its readers is done without in the end.
    fill_attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The conversation with the agent, where there is one: its turns are the transcript.
    room = models.OneToOneField(Room, null=True, on_delete=models.SET_NULL, related_name="intake")
    # Where the agent stands: {"field", "heard", …}; written with the turn that moved it.
    progress = models.JSONField(default=dict)
    flags = models.JSONField(default=list, help_text="What a person should look at: [{code, turn, quote}].")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    invited_at = models.DateTimeField(null=True, help_text="When the invitation was last mailed.")
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    # What the merge did: {"fields": […], "score_before": …, "score_after": …, "changes": [ids]}
    outcome = models.JSONField(default=dict)
    erasure_asked_at = models.DateTimeField(null=True)
    # A wish that was declined: who, and why in the words that the candidate reads. They may ask again.
    erasure_declined_at = models.DateTimeField(null=True)
    erasure_declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    erasure_reason = models.TextField(blank=True, default="", db_default="")
    # The copy that the candidate gets by mail; nobody mails it before copy_after: a worker is at it, or one has failed.
    copy_mailed_at = models.DateTimeField(null=True)
    copy_after = models.DateTimeField(null=True)
    copy_attempts = models.PositiveSmallIntegerField(default=0)
    # Written right before the letter is given to the mail server. One whose worker died after that may have arrived.
    copy_handed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The rounds of one candidate, newest first.
            models.Index(fields=["candidate", "-created_at"], name="intake_candidate_newest"),
            # Retention: rounds that ended long ago.
            models.Index(fields=["state", "completed_at"], name="intake_state_completed"),
            # Erasures that are due.
            models.Index(
                fields=["erasure_asked_at"],
                name="intake_erasure_asked",
                condition=models.Q(erasure_asked_at__isnull=False),
            ),
            # The sweep: resumes that may wait for a worker.
            models.Index(
                fields=["id"],
                name="intake_resume_given",
                condition=models.Q(state="in_progress", document__isnull=False),
            ),
        ]
        constraints = [
            in_choices("state", IntakeState, name="intake_state_known"),
            in_choices("step", Step, name="intake_step_known"),
            models.UniqueConstraint(
                fields=["candidate"], name="intake_open_once", condition=models.Q(state__in=sorted(OPEN))
            ),
        ]

    def __str__(self) -> str:
        return f"intake: {self.get_state_display()}"


class Answer(models.Model):
    """What a candidate said to one gap, or corrected of what was known. The current one of a field counts."""

    id = models.BigAutoField(primary_key=True)
    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="answers", db_index=False)
    field = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    via = models.CharField(max_length=6, choices=Via.choices)
    state = models.CharField(max_length=8, choices=AnswerState.choices)
    quote = models.TextField(blank=True, help_text="Words of the resume or of the turn that it rests on.")
    turn = models.PositiveIntegerField(null=True, help_text="Number of the turn in which it was said.")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["intake", "id"]
        constraints = [
            # Two at once: the second one waits on the first and then takes its place.
            models.UniqueConstraint(
                fields=["intake", "field"], name="answer_current_once", condition=models.Q(is_current=True)
            ),
            in_choices("via", Via, name="answer_via_known"),
            in_choices("state", AnswerState, name="answer_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.state}"


class Notice(models.Model):
    """Something a recruiter should hear of, in the console's bell and by e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="notices")
    created_at = models.DateTimeField(db_default=models.functions.Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    # Nobody mails it before: a worker is at it, or an attempt failed.
    mail_after = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The bell: what one recruiter has not read.
            models.Index(fields=["recipient", "-created_at"], name="notice_unread", condition=models.Q(read_at=None)),
            # Mails that are owed.
            models.Index(fields=["created_at"], name="notice_unmailed", condition=models.Q(mailed_at=None)),
        ]
        constraints = [
            # Completion twice is one notice.
            models.UniqueConstraint(fields=["intake", "kind", "recipient"], name="notice_once"),
            in_choices("kind", NoticeKind, name="notice_kind_known"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Mailing(models.Model):
    """Invitations to many candidates at once, mailed by a worker in one recruiter's name."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Where people reach Greenroom, as it was when the recruiter asked: a worker has no request to read it from.
    site = models.CharField(max_length=300)
    language = models.CharField(max_length=8, default="en")
    # Null: each candidate is asked for what their own job wants.
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return "mailing of intake links"


class Invitee(models.Model):
    """One candidate of a mailing: a work row, claimed by a worker with a lease, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="invitees", db_index=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=InviteeState.choices, default=InviteeState.WAITING)
    reason = models.CharField(max_length=200, blank=True, help_text="Why nothing was sent, for the recruiter.")
    attempts = models.PositiveSmallIntegerField(default=0)
    # Nobody takes it before: it is being mailed, or rests after an attempt that failed.
    not_before = models.DateTimeField(null=True)
    # Written right before the letter is given to the mail server. One whose worker died after that may have arrived.
    handed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["mailing", "id"]
        indexes = [
            # Claiming, and the sweep: who waits.
            models.Index(fields=["mailing", "id"], name="invitee_waiting", condition=models.Q(state="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "candidate"], name="invitee_once"),
            in_choices("state", InviteeState, name="invitee_state_known"),
        ]

    def __str__(self) -> str:
        return f"invitee: {self.state}"
