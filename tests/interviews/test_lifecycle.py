"""What rooms and interviews add up to for their candidate; what else lifecycle does is tried where it happens."""

from __future__ import annotations

import pytest
from django.db import connection

from candidates.models import Candidate
from interviews import lifecycle
from interviews.models import Room
from tests.interviews import talking

pytestmark = pytest.mark.django_db


def test_rooms_of_a_candidate_are_those_made_for_them_and_those_of_their_interviews() -> None:
    interview = talking.interview()
    Room.objects.filter(pk=interview.room_id).update(candidate=None)
    of_people = talking.room((), candidate=interview.candidate)
    talking.interview(candidate=Candidate.objects.create(name="Somebody Else"))
    assert {room.pk for room in lifecycle.rooms_of(interview.candidate_id)} == {interview.room_id, of_people.pk}


def test_rooms_of_a_candidate_are_read_from_indexes() -> None:
    """However many rooms there are: this is asked at the beginning and at the end of each."""
    candidate = Candidate.objects.create(name="Nobody Yet")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = lifecycle.rooms_of(candidate.pk).explain()
    assert "Seq Scan" not in plan, plan
    assert "Filter" not in plan, plan
