from interviews.models.interviews import Analysis, Decision, Hint, Interview, Prebrief, StagePlan
from interviews.models.rooms import BriefingMessage, Participant, Room, RoomEvent, Turn, WebhookDelivery

__all__ = [
    "Analysis",
    "BriefingMessage",
    "Decision",
    "Hint",
    "Interview",
    "Participant",
    "Prebrief",
    "Room",
    "RoomEvent",
    "StagePlan",
    "Turn",
    "WebhookDelivery",
]
