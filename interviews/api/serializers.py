"""The shapes of requests. Answers are pydantic shapes: see `shapes`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.parsing import Flag, Id, Number, StrictSerializer, Text
from interviews.states import Medium, ParticipantType, Role, Speaker

NAME_LENGTH = 200
# The shortest text that a pre-brief can be made from, in characters.
LEAST_CHARACTERS = 50
LONGEST_TEXT = 100_000
LONGEST_TURN = 20_000
MOST_TURNS = 2_000

# Who can be let into a room by hand; agents come by themselves.
_LET_IN = [choice for choice in ParticipantType.choices if choice[0] != ParticipantType.AGENT]


class EmptySerializer(StrictSerializer):
    """Nothing: an empty body, or {}."""


class MediumField(serializers.ChoiceField):
    """Voice or text; absent or null is voice where it is configured, else text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=Medium.choices,
            required=False,
            allow_null=True,
            help_text="Default: voice where it is configured, else text. Voice without it is a 503 that says what to "
            "set.",
            **options,
        )


class MakeRoomSerializer(StrictSerializer):
    """Who meets."""

    interviewer_name = Text(max_length=NAME_LENGTH)
    candidate_name = Text(required=False, allow_blank=True, max_length=NAME_LENGTH)
    medium = MediumField()


class JoinSerializer(StrictSerializer):
    """Who is to be let in."""

    participant_name = Text(max_length=NAME_LENGTH)
    participant_type = serializers.ChoiceField(
        choices=_LET_IN, help_text="Only an interviewer's token may moderate; an observer only listens."
    )


class RemoveSerializer(StrictSerializer):
    """Who is to be put out."""

    identity = Text(max_length=120, help_text="As in the room's participants.")


class WriteBriefingSerializer(StrictSerializer):
    """What an interviewer writes down before the interview."""

    candidate_name = Text(required=False, allow_blank=True, default="", max_length=NAME_LENGTH)
    role = Text(required=False, allow_blank=True, default="", max_length=NAME_LENGTH)
    resume_summary = Text(required=False, allow_blank=True, default="", max_length=20_000)
    notes = Text(required=False, allow_blank=True, default="", max_length=20_000)
    focus_areas = serializers.ListField(child=Text(max_length=500), required=False, default=list, max_length=30)


class ChatSerializer(StrictSerializer):
    """What to ask the briefing assistant."""

    message = Text(max_length=4_000)


class GivenTurnSerializer(StrictSerializer):
    """What one side said."""

    speaker = serializers.ChoiceField(choices=Speaker.choices)
    text = Text(max_length=LONGEST_TURN)
    started_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When the first word was said.")


class TranscriptSerializer(StrictSerializer):
    """Words that were spoken elsewhere, for a room that has none of its own."""

    transcript = serializers.ListField(
        child=GivenTurnSerializer(),
        required=False,
        max_length=MOST_TURNS,
        help_text="Kept with the room. A room whose words were spoken here keeps those, and this is not looked at.",
    )


class PrebriefSerializer(StrictSerializer):
    """What a pre-brief is made from."""

    job_description = Text(min_length=LEAST_CHARACTERS, max_length=LONGEST_TEXT)
    resume = Text(min_length=LEAST_CHARACTERS, max_length=LONGEST_TEXT)
    company_context = Text(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class SuggestSerializer(StrictSerializer):
    """Where the conversation stands."""

    last_exchange = Text(max_length=LONGEST_TURN, help_text="The last question and its answer.")
    full_transcript = Text(allow_blank=True, max_length=LONGEST_TEXT)
    elapsed_minutes = Number(min_value=0, max_value=1_440)
    briefing_context = Text(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class PracticeSerializer(StrictSerializer):
    """Who the practice candidate shall be."""

    candidate_id = Id(
        required=False, allow_null=True, help_text="Plays this candidate; default: a candidate who was made up."
    )


class PrepareSerializer(StrictSerializer):
    """How the room for a candidate shall be."""

    medium = MediumField()


class StartSerializer(StrictSerializer):
    """An interview to start."""

    candidate_id = Id()
    job_id = Id(required=False, allow_null=True, help_text="Default: the candidate's job.")
    stage = Text(required=False, default="screening", max_length=40, help_text="The key of a stage plan.")
    role = serializers.ChoiceField(
        choices=Role.choices,
        required=False,
        default=Role.INTERVIEWER,
        help_text="The human's part; an agent takes the other one.",
    )
    medium = MediumField()
    is_training = Flag(
        required=False,
        default=False,
        help_text="The AI candidate hides something, which the debrief reveals. Only with role interviewer.",
    )
    traits = serializers.ListField(
        child=Text(max_length=40),
        required=False,
        allow_null=True,
        max_length=10,
        help_text="What it hides, by key; default: random.",
    )
