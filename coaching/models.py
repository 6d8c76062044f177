"""Practice sessions of one trainee, what was said in them, and how it was evaluated.

Nothing of it is for recruiters: no admin page, no search and no endpoint of theirs reads these tables.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from candidates.models.columns import UUID7, in_choices
from coaching.states import Dimension, MessageState, PreparationType, SessionState, Side
from interviews.models import Room
from interviews.states import Medium


def packed_figures() -> CombinedExpression:
    """Preparation type, overall score in tenths and the six scores as one number; null where there is no score.

    From the highest bits: 4 for the type's place in PreparationType, 12 for the tenths, and 8 for each score in the
    order of Dimension: in bytes (int8send) two, and then one a score. coaching.trends reads it.
    """
    whole = models.BigIntegerField()
    places = [models.When(preparation_type=kind, then=place) for place, kind in enumerate(PreparationType.values)]
    packed = Cast(models.Case(*places), whole) * 2**12 + Cast(models.F("overall") * 10, whole)
    for place in range(len(Dimension)):
        packed = packed * 2**8 + Cast(models.F(f"scores__{place}"), whole)
    return packed


class Session(models.Model):
    """One practice: what for, with whom it is played, and where it stands."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_sessions", db_index=False
    )
    preparation_type = models.CharField(max_length=12, choices=PreparationType.choices)
    meeting_subtype = models.CharField(max_length=120, blank=True, help_text='E.g. "Series A pitch".')
    agenda = models.TextField(max_length=4000, blank=True)
    tone = models.CharField(max_length=120, blank=True, help_text='How the counterpart is, e.g. "sceptical".')
    role_context = models.TextField(max_length=4000, blank=True, help_text="Who the trainee is, and who is opposite.")
    status = models.CharField(max_length=11, choices=SessionState.choices, default=SessionState.SETUP)
    # Where an archived session goes back to.
    archived_from = models.CharField(max_length=11, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    # How many messages there are, and how many of them are the trainee's; raised under the row's lock.
    messages_count = models.PositiveIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0, help_text="The trainee's messages.")
    # What was said before the last messages, in the model's words, and the number of the last message that is in it.
    summary = models.TextField(blank=True)
    summary_until = models.PositiveIntegerField(default=0)
    # What the newest evaluation says, written with it: history and trends read these and no other table. The scores
    # stand in the order of states.Dimension, 0 to 100 each.
    overall = models.DecimalField(max_digits=4, decimal_places=1, null=True, editable=False)
    scores = ArrayField(models.PositiveSmallIntegerField(), null=True, editable=False)
    # The same and the preparation type as one number of eight bytes: what trends read, a thousand sessions at once.
    figures = models.GeneratedField(
        expression=packed_figures(), output_field=models.BigIntegerField(null=True), db_persist=True
    )
    # Where it is talked aloud, or was last.
    room = models.OneToOneField(Room, null=True, on_delete=models.SET_NULL, related_name="practice_session")

    class Meta:
        indexes = [
            # The history of one trainee, newest first.
            models.Index(fields=["user", "-id"], name="session_user_newest"),
            # The same, of one status.
            models.Index(fields=["user", "status", "-id"], name="session_user_status"),
            # The trends of one trainee (coaching.trends): everything that they read, in the order of completion.
            models.Index(
                fields=["user", "completed_at", "id"],
                include=["figures"],
                condition=models.Q(status=SessionState.COMPLETED, figures__isnull=False),
                name="session_figures",
            ),
        ]
        constraints = [
            in_choices("preparation_type", PreparationType, name="session_type_known"),
            in_choices("status", SessionState, name="session_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.preparation_type}: {self.status}"


class Message(models.Model):
    """What one side said. A trainee's message is stored before the coach is asked, an answer when it has ended."""

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="messages", db_index=False)
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    side = models.CharField(max_length=7, choices=Side.choices)
    text = models.TextField()
    state = models.CharField(max_length=8, choices=MessageState.choices)
    medium = models.CharField(max_length=5, choices=Medium.choices, default=Medium.TEXT)
    # Of the caller's choosing: the same one again is the same message.
    key = models.CharField(max_length=80)
    # The trainee's message that this one answers; null for the coach's opening.
    answers = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="answer")
    receipt = models.JSONField(null=True, help_text="llm.receipts.Receipt of the coach's words.")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["session", "number"]
        constraints = [
            # The conversation in order, and the last messages of it.
            models.UniqueConstraint(fields=["session", "number"], name="message_number_once"),
            # Sent twice is stored once.
            models.UniqueConstraint(fields=["session", "key"], name="message_key_once"),
            in_choices("side", Side, name="message_side_known"),
            in_choices("state", MessageState, name="message_state_known"),
            in_choices("medium", Medium, name="message_medium_known"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.side}"


class Evaluation(models.Model):
    """How one session was judged, once. Judged again, it stands beside the first; the newest counts."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="evaluations", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="From 1.")
    is_newest = models.BooleanField(default=True)
    # 0 to 100 each.
    clarity_structure = models.PositiveSmallIntegerField()
    relevance_focus = models.PositiveSmallIntegerField()
    confidence_delivery = models.PositiveSmallIntegerField()
    language_quality = models.PositiveSmallIntegerField()
    tone_alignment = models.PositiveSmallIntegerField()
    engagement = models.PositiveSmallIntegerField()
    # The weighted mean of the six, counted by code.
    overall = models.DecimalField(max_digits=4, decimal_places=1)
    # What each score rests on: a list of schemas.Criterion, with the level, the quote and its message.
    criteria = models.JSONField(default=list)
    # Lists of schemas.Strength, ImprovementArea and PracticeSuggestion; quotes are verbatim and name their message.
    strengths = models.JSONField(default=list)
    improvement_areas = models.JSONField(default=list)
    practice_suggestions = models.JSONField(default=list)
    summary = models.TextField()
    summary_quotes = models.JSONField(default=list, help_text="A list of schemas.Quote.")
    measured = models.JSONField(default=dict, help_text="schemas.Measured: counted, never asked of a model.")
    notes = models.JSONField(default=list, help_text="What of the model's answer was not accepted, and why.")
    turns = models.PositiveIntegerField(help_text="How many of the trainee's messages were judged.")
    receipts = models.JSONField(help_text="A list of llm.receipts.Receipt.")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["session", "number"]
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="evaluation_number_once"),
            # The one that counts: of one session, and for the trends.
            models.UniqueConstraint(
                fields=["session"], name="evaluation_newest_once", condition=models.Q(is_newest=True)
            ),
            *(
                models.CheckConstraint(condition=models.Q(**{f"{name}__lte": 100}), name=f"evaluation_{name}_range")
                for name in Dimension.values
            ),
        ]

    def __str__(self) -> str:
        return f"{self.overall}"
