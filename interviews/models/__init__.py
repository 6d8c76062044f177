from interviews.models.interviews import (
    Analysis,
    Decision,
    Hint,
    Interview,
    InterviewConsent,
    Prebrief,
    StagePlan,
)
from interviews.models.rooms import BriefingMessage, Participant, Room, RoomEvent, Turn, WebhookDelivery

__all__ = [
    "Analysis",
    "BriefingMessage",
    "Decision",
    "Hint",
    "Interview",
    "InterviewConsent",
    "Participant",
    "Prebrief",
    "Room",
    "RoomEvent",
    "StagePlan",
    "Turn",
    "WebhookDelivery",
]
