"""How a candidate comes in: a link's token for a cookie, and the cookie for the round that it opens."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from accounts import links
from accounts.models import Link
from candidates.models import Candidate
from intake.models import Intake
from intake.states import OPEN, IntakeState

PURPOSE = "intake"
# Whoever came in before the link ran out may finish after it: what they have typed is not lost to a clock. A link that
# was revoked ends at once all the same.
GRACE = timedelta(hours=2)


def trade(*, token: str, candidate_id: UUID, address: str) -> Link:
    """A token for its link, for a cookie to be made of. `address` is the caller's, whose wrong links are counted.

    Raises accounts.links.InvalidLink for every fault alike, and TooManyWrongLinks after too many of them.
    """
    link = links.exchange(token, purpose=PURPOSE, subject_id=candidate_id, address=address)
    if _newest(candidate_id) is None:  # withdrawn, or the candidate was deleted: the cookie would open nothing
        raise links.InvalidLink
    return link


def look(*, token: str, candidate_id: UUID, address: str) -> Intake:
    """The open round that a token is for; leaves no trace. Raises as `trade` does."""
    links.look(token, purpose=PURPOSE, subject_id=candidate_id, address=address)
    intake = _newest(candidate_id)
    if intake is None or intake.state not in OPEN:
        raise links.InvalidLink
    return intake


def holder(*, cookie: str, candidate_id: UUID) -> tuple[Intake, Link]:
    """The round that this cookie opens, and its link. Raises InvalidLink for every fault alike.

    Good for a completed round too, whose pages then say thank you, and hand out and erase what is held; and for some
    time after the link's end, so that nobody is cut off in the middle.
    """
    link = links.from_cookie(cookie, purpose=PURPOSE, subject_id=candidate_id, or_closed=True, grace=GRACE)
    intake = _newest(candidate_id)
    if intake is None:
        raise links.InvalidLink
    return intake, link


def _newest(candidate_id: UUID) -> Intake | None:
    """The candidate's newest round, if it was not withdrawn and the candidate not deleted."""
    rounds = Intake.objects.select_related("candidate", "job", "made_by", "document", "room")
    intake = rounds.filter(candidate_id=candidate_id).order_by("-created_at", "-id").first()
    if intake is None or intake.state == IntakeState.WITHDRAWN or not _is_live(intake.candidate):
        return None
    return intake


def _is_live(candidate: Candidate) -> bool:
    return candidate.deleted_at is None
