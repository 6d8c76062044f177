"""Sessions of one trainee: made, listed, changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coaching import lifecycle, messages, sessions
from coaching.errors import TooFewTurns, WrongState
from coaching.models import Session
from coaching.sessions import Filters
from coaching.states import PreparationType, SessionState
from tests.coaching.talking import FULL, session, trainee

pytestmark = pytest.mark.django_db


def begun(one: Session, turns: int = 1) -> Session:
    for number in range(turns):
        messages.hear(user_id=one.user_id, session_id=one.pk, text=FULL, key=str(number))
    return sessions.find(user=one.user, session_id=one.pk)


def ids(page: sessions.Page) -> list[Any]:
    return [row.pk for row in page.rows]


def test_session_is_set_up_with_what_was_said_of_it() -> None:
    one = session(
        kind=PreparationType.SALES, meeting_subtype="Renewal", agenda="The price", tone="hard", role_context=""
    )
    assert (one.status, one.preparation_type, one.turns, one.overall) == ("setup", "Sales", 0, None)
    assert (one.meeting_subtype, one.agenda, one.tone) == ("Renewal", "The price", "hard")
    with pytest.raises(TypeError):
        sessions.make(user=one.user, preparation_type=PreparationType.SALES, status="completed")


def test_list_is_newest_first_and_walked_by_its_cursor() -> None:
    user = trainee()
    made = [session(user).pk for _ in range(5)]
    session(trainee("other@example.com"))
    first = sessions.page(user=user, filters=Filters(), after=None, limit=2)
    assert (ids(first), first.next) == (made[:2:-1], made[3])
    second = sessions.page(user=user, filters=Filters(), after=first.next, limit=3)
    assert (ids(second), second.next) == (made[2::-1], None)


def test_list_leaves_archived_ones_out_unless_they_are_asked_for() -> None:
    user = trainee()
    kept, away = session(user), session(user, PreparationType.OTHER)
    lifecycle.archive(away)
    assert ids(sessions.page(user=user, filters=Filters(), after=None, limit=50)) == [kept.pk]
    assert ids(sessions.page(user=user, filters=Filters(status="archived"), after=None, limit=50)) == [away.pk]
    assert ids(sessions.page(user=user, filters=Filters(status="setup"), after=None, limit=50)) == [kept.pk]
    assert ids(sessions.page(user=user, filters=Filters(preparation_type="Other"), after=None, limit=50)) == []


def test_list_takes_one_query_however_long_it_is() -> None:
    user = trainee()
    for _ in range(8):
        session(user)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        sessions.page(user=user, filters=Filters(), after=None, limit=50)
    assert len(asked) == 1


def test_kind_is_settled_once_something_was_said_and_the_rest_once_it_is_over() -> None:
    one = session()
    assert sessions.change(session=one, values={"preparation_type": "Sales"}).preparation_type == "Sales"
    one = begun(one, 3)
    with pytest.raises(WrongState, match="once you have begun"):
        sessions.change(session=one, values={"preparation_type": "Pitch"})
    assert sessions.change(session=one, values={"preparation_type": "Sales", "tone": "hard"}).tone == "hard"
    one = lifecycle.complete(sessions.find(user=one.user, session_id=one.pk))
    with pytest.raises(WrongState, match="over"):
        sessions.change(session=one, values={"tone": "soft"})
    assert sessions.change(session=one, values={"tone": "hard", "status": "completed"}).status == "completed"


def test_status_can_not_be_changed_around_the_rule_of_three_turns() -> None:
    one = begun(session(), 2)
    with pytest.raises(TooFewTurns):
        sessions.change(session=one, values={"status": SessionState.COMPLETED, "tone": "hard"})
    one.refresh_from_db()
    assert (one.status, one.tone) == ("in_progress", "")  # all of it or nothing
    one = begun(one, 3)
    assert sessions.change(session=one, values={"status": "completed"}).completed_at is not None
    one.user.refresh_from_db()
    assert one.user.activated_at is not None


def test_detour_by_the_archive_does_not_help() -> None:
    one = session()
    sessions.change(session=one, values={"status": "archived"})
    one = sessions.find(user=one.user, session_id=one.pk)
    with pytest.raises(WrongState):
        sessions.change(session=one, values={"status": "completed"})
    assert sessions.change(session=one, values={"status": "setup"}).status == "setup"


@pytest.mark.parametrize(
    ("turns", "complete", "to"),
    [(0, False, "completed"), (1, False, "setup"), (3, True, "in_progress"), (3, True, "setup")],
)
def test_moves_that_are_none_are_refused(turns: int, complete: bool, to: str) -> None:
    one = begun(session(), turns)
    if complete:
        lifecycle.complete(one)
    with pytest.raises(WrongState):
        sessions.change(session=one, values={"status": to})


def test_session_can_be_begun_by_its_status() -> None:
    assert sessions.change(session=session(), values={"status": "in_progress"}).started_at is not None
