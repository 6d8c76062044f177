"""Rooms: where people and agents meet, who is in them, and what was said."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from candidates.models import Candidate
from candidates.models.columns import UUID7, in_choices
from interviews.states import PRACTICE_AGENT, AnalysisState, Audience, Medium, ParticipantType, Speaker


def new_room_name() -> str:
    """A name that can't be guessed: 120 random bits."""
    return f"room-{secrets.token_hex(15)}"


def new_identity(kind: str) -> str:
    """An identity for somebody who has none yet; others in the room see it, so it tells nothing but the part."""
    return f"{kind}-{secrets.token_hex(6)}"


class RoomQuerySet(models.QuerySet["Room"]):
    """Rooms, and which of them are whose to see."""

    def for_recruiters(self) -> RoomQuerySet:
        """All but those in which trainees practise: for recruiters these do not exist."""
        return self.exclude(agent_name=PRACTICE_AGENT)


class Room(models.Model):
    """A meeting of two hours at most. `medium` text means: no LiveKit room stands behind it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    name = models.CharField(max_length=64, unique=True, default=new_room_name)
    medium = models.CharField(max_length=5, choices=Medium.choices, default=Medium.TEXT)
    interviewer_name = models.CharField(max_length=200)
    candidate_name = models.CharField(max_length=200, blank=True)
    candidate = models.ForeignKey(Candidate, null=True, blank=True, on_delete=models.SET_NULL, related_name="rooms")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="When the first participant came, or the first turn ended.")
    ended_at = models.DateTimeField(null=True)
    # Since when nobody but agents is in it; the sweep ends a room that stays so. Null while a person is there.
    empty_since = models.DateTimeField(null=True)
    recording = models.BooleanField(default=False, help_text="Whether sound is recorded; words always are.")
    # What everybody in it may know, e.g. the human's role; goes to LiveKit as the room's metadata and into tokens.
    metadata = models.JSONField(default=dict)

    # --- the briefing: what the interviewer should know beforehand
    briefing = models.JSONField(null=True, help_text="schemas.Briefing, or null where none was given.")
    briefing_prompt = models.TextField(blank=True)
    debrief = models.JSONField(null=True, help_text="schemas.Debrief, with its receipts.")

    # --- the agent that belongs into it (empty: humans alone)
    agent_name = models.CharField(max_length=40, blank=True)
    # When LiveKit was last asked for it, and the agent's last sign of life: what the sweep looks at.
    dispatched_at = models.DateTimeField(null=True)
    agent_seen_at = models.DateTimeField(null=True)

    # --- the analysis of what was said
    analysis_state = models.CharField(max_length=8, choices=AnalysisState.choices, default=AnalysisState.NONE)
    analysis_reason = models.TextField(blank=True, help_text="Why there is none: too thin, or what failed.")
    analysis_attempts = models.PositiveSmallIntegerField(default=0)
    analysis_lease_expires_at = models.DateTimeField(null=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        indexes = [
            # The sweep: rooms that are open.
            models.Index(fields=["expires_at"], name="room_open", condition=models.Q(ended_at=None)),
            # Those that LiveKit may still have open: not ended, or lately.
            models.Index(fields=["ended_at"], name="room_voice_ended", condition=models.Q(medium="voice")),
            # Whom a room was made for, by what its maker wrote down with it.
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="room_metadata"),
            models.Index(
                fields=["analysis_lease_expires_at"],
                name="room_analysis_queued",
                condition=models.Q(analysis_state="queued"),
            ),
        ]
        constraints = [
            in_choices("medium", Medium, name="room_medium_known"),
            in_choices("analysis_state", AnalysisState, name="room_analysis_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.expires_at <= timezone.now()


class Participant(models.Model):
    """Somebody who was given a token for a room. `identity` is theirs alone in this room."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="participants", db_index=False)
    identity = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=11, choices=ParticipantType.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    # When the newest session in the room began, and when it ended; null while it lasts. Sessions are told apart by
    # their beginnings, so news of them may come in any order.
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    # In text rooms: the last sign of an open page.
    seen_at = models.DateTimeField(null=True)
    # From then on no token of this identity opens the room again.
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "identity"], name="participant_once"),
            in_choices("type", ParticipantType, name="participant_type_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.type})"


class Turn(models.Model):
    """What one side said before the other spoke. Stored when it is finished, by the server; never changed."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="turns", db_index=False)
    number = models.PositiveIntegerField(help_text="From 1, without gaps, in the order of storing.")
    speaker = models.CharField(max_length=11, choices=Speaker.choices)
    by_agent = models.BooleanField(default=False)
    text = models.TextField()
    # Given by whoever stores it, so that storing twice is storing once.
    key = models.CharField(max_length=80)
    started_at = models.DateTimeField(help_text="When the first word was said or typed.")
    ended_at = models.DateTimeField()
    medium = models.CharField(max_length=5, choices=Medium.choices, default=Medium.TEXT)
    interrupted = models.BooleanField(default=False, help_text="Cut off by the human; text is what was heard.")
    # Which stage and question of the plan an agent's turn opened; empty for others.
    stage = models.CharField(max_length=40, blank=True)
    question = models.CharField(max_length=60, blank=True)
    is_follow_up = models.BooleanField(default=False)
    receipt = models.JSONField(null=True, help_text="Of the model call that it came from.")

    class Meta:
        ordering = ["room", "number"]
        constraints = [
            models.UniqueConstraint(fields=["room", "number"], name="turn_number_once"),
            models.UniqueConstraint(fields=["room", "key"], name="turn_key_once"),
            in_choices("speaker", Speaker, name="turn_speaker_known"),
            in_choices("medium", Medium, name="turn_medium_known"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.speaker}"


class BriefingMessage(models.Model):
    """One message between an interviewer and the briefing assistant."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="briefing_messages")
    by_assistant = models.BooleanField()
    text = models.TextField()
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["room", "id"]

    def __str__(self) -> str:
        return f"{self.id}: {'assistant' if self.by_assistant else 'interviewer'}"


class RoomEvent(models.Model):
    """Something that happened in a room, for streams to replay from: ids rise in the order of commits per room."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=20)
    audience = models.CharField(max_length=11, choices=Audience.choices, default=Audience.ALL)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["room", "id"], name="room_event_replay")]
        constraints = [in_choices("audience", Audience, name="room_event_audience_known")]

    def __str__(self) -> str:
        return f"{self.id}: {self.kind}"


class WebhookDelivery(models.Model):
    """A LiveKit webhook that was taken in: the same event delivered again changes nothing."""

    event_id = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.event_id}"
