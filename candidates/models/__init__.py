from candidates.models.chats import ResumeChat
from candidates.models.imports import Event, IdempotentAnswer, Import, RowError, Work
from candidates.models.jobs import Assessment, Job, Rubric
from candidates.models.people import Candidate, CandidateQuerySet, Change, Document
from candidates.models.saved_views import SavedView

__all__ = [
    "Assessment",
    "Candidate",
    "CandidateQuerySet",
    "Change",
    "Document",
    "Event",
    "IdempotentAnswer",
    "Import",
    "Job",
    "ResumeChat",
    "RowError",
    "Rubric",
    "SavedView",
    "Work",
]
