"""Events: replayed from an id, thinned when old, announced at commit, and large ones announced without their data."""

from __future__ import annotations

import json
from datetime import timedelta

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from candidates import events
from candidates.listening import connection_parameters
from candidates.models import Event, Import


@pytest.fixture
def imports(db: None) -> tuple[Import, Import]:
    return Import.objects.create(filename="a.csv"), Import.objects.create(filename="b.csv")


def test_after_replays_one_import_in_order_and_the_newest_of_each(imports: tuple[Import, Import]) -> None:
    first, second = imports
    ids = [events.append(owner.pk, "note", {"n": n}) for n, owner in enumerate((first, second, first, second, first))]

    of_first = events.after(ids[0], import_id=first.pk)
    assert [event.data["n"] for event in of_first] == [2, 4]
    assert [event.data["n"] for event in events.after(0, import_id=None)] == [3, 4]
    assert events.after(ids[-1], import_id=first.pk) == []
    assert events.newest_id() == events.newest_id(first.pk) == ids[-1]
    assert events.newest_id(second.pk) == ids[3]


def test_old_progress_is_thinned_but_neither_changes_nor_the_newest(imports: tuple[Import, Import]) -> None:
    first, second = imports
    for kind in ("extracting", events.PROGRESS, events.PROGRESS, "complete", events.PROGRESS):
        events.append(first.pk, kind, {})
    events.append(second.pk, events.PROGRESS, {})
    Event.objects.update(created_at=timezone.now() - timedelta(hours=1))

    assert events.thin() == 2
    left = list(Event.objects.filter(of_import=first).order_by("id").values_list("kind", flat=True))
    assert left == ["extracting", "complete", events.PROGRESS]
    assert Event.objects.filter(of_import=second).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_is_announced_at_commit_and_never_without() -> None:
    import_ = Import.objects.create(filename="a.csv")
    with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
        connection.execute(f"LISTEN {events.CHANNEL}")
        with transaction.atomic():
            events.append(import_.pk, "lost", {})
            transaction.set_rollback(True)
        small = events.append(import_.pk, "small", {"message": "ä"})
        large = events.append(import_.pk, "large", {"message": "ä" * 10_000})
        notices = [json.loads(notice.payload) for notice in connection.notifies(timeout=5, stop_after=2)]
    assert [notice["id"] for notice in notices] == [small, large]
    assert notices[0]["data"] == {"message": "ä"}
    assert "data" not in notices[1]
