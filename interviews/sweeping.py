"""What the periodic sweep looks for besides rooms: work whose ring was lost, or whose worker died at it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from interviews import analysis, doorbell, room_events
from interviews.analysis.keeping import MOST_ATTEMPTS, PAUSE
from interviews.models import Room, Turn
from interviews.states import AnalysisState, Audience, InterviewState, Role, Speaker

# A finished answer whose hint is not there by then is owed one; after so long nobody needs it any more.
HINT_OWED_AFTER = timedelta(seconds=8)
HINT_WORTH_FOR = timedelta(seconds=90)


def sweep() -> int:
    """Ring for every analysis and hint that waits and that nobody is at; return how many rings that were."""
    give_up()
    waiting = analysis.waiting()
    for room_id in waiting:
        doorbell.ring_analyser(room_id)
    owed = owed_hints()
    for turn_id in owed:
        doorbell.ring_copilot(turn_id)
    return len(waiting) + len(owed)


def analyse(room_id: UUID) -> None:
    """Analyse a room that waits for it, unless enough are at that already; then ring for the next one.

    An analysis takes its time, and the sweep that brings lost agents back within seconds may find all processes of a
    worker taken. A room that has to wait is rung for again: by the one that ends, or by the sweep.
    """
    # A room that only waits for another attempt has a lease too, but never such a long one.
    taken_lately = timezone.now() + PAUSE * MOST_ATTEMPTS
    under_way = Room.objects.filter(analysis_state=AnalysisState.QUEUED, analysis_lease_expires_at__gt=taken_lately)
    if under_way.exclude(pk=room_id).count() >= settings.ANALYSES_AT_ONCE:
        return
    analysis.work(room_id)
    for next_id in analysis.waiting(limit=1):
        doorbell.ring_analyser(next_id)


def give_up() -> int:
    """Fail the analyses that have used up their attempts without a word: their workers were killed. Return how many.

    Failed is a state of its own: nothing is concluded about anybody, and a person can ask for it again.
    """
    given_up = 0
    now = timezone.now()
    lost = Room.objects.filter(
        analysis_state=AnalysisState.QUEUED,
        analysis_lease_expires_at__lt=now,
        analysis_attempts__gte=MOST_ATTEMPTS,
    )
    reason = f"It was tried {MOST_ATTEMPTS} times, and each time the process that worked on it ended."
    for room in lost[:100]:
        with transaction.atomic():
            room_events.locked(room.pk)
            failed = Room.objects.filter(
                pk=room.pk, analysis_state=AnalysisState.QUEUED, analysis_lease_expires_at__lt=now
            ).update(analysis_state=AnalysisState.FAILED, analysis_reason=reason, analysis_lease_expires_at=None)
            if failed:
                room_events.append(
                    room.pk,
                    "analysis",
                    {"state": AnalysisState.FAILED.value, "reason": reason},
                    audience=Audience.INTERVIEWER,
                )
        given_up += failed
    return given_up


def owed_hints(limit: int = 100) -> list[int]:
    """The latest answers in running interviews led by humans that have no hint yet, by the id of their turns."""
    now = timezone.now()
    return list(
        Turn.objects.filter(
            room__interview__status=InterviewState.ACTIVE,
            room__interview__role=Role.INTERVIEWER,
            speaker=Speaker.CANDIDATE,
            hint=None,
            ended_at__range=(now - HINT_WORTH_FOR, now - HINT_OWED_AFTER),
        )
        .order_by("id")
        .values_list("id", flat=True)[:limit]
    )
