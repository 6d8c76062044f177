"""Where a session stands, and how it gets there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from coaching import leaving, lifecycle, messages, sessions
from coaching.errors import SessionNotFound, TooFewTurns, WrongState
from coaching.models import Message, Session
from coaching.states import SESSION_MOVES, MessageState, SessionState
from llm.errors import GreenroomError
from tests.coaching.talking import FULL, session, trainee
from tests.processes import wait_until

pytestmark = pytest.mark.django_db


def say(one: Session, times: int = 1) -> None:
    for number in range(times):
        messages.hear(user_id=one.user_id, session_id=one.pk, text=FULL, key=f"{one.turns}-{number}")
    one.refresh_from_db()


def at(status: SessionState) -> Session:
    """A session that stands there, by the ordinary way."""
    one = session()
    if status in (SessionState.IN_PROGRESS, SessionState.COMPLETED):
        say(one, 3)
    if status == SessionState.COMPLETED:
        lifecycle.complete(one)
    if status == SessionState.ARCHIVED:
        lifecycle.archive(one)
    assert one.status == status
    return one


def test_every_status_is_reached_and_can_be_left() -> None:
    reached = {to for moves in SESSION_MOVES.values() for to in moves}
    assert reached | {SessionState.SETUP} == set(SessionState)
    assert set(SESSION_MOVES) == set(SessionState)
    assert all(SESSION_MOVES.values())


def test_first_message_begins_the_session() -> None:
    one = session()
    say(one)
    assert (one.status, one.turns, one.messages_count) == (SessionState.IN_PROGRESS, 1, 1)
    assert one.started_at is not None


def test_session_is_complete_with_three_turns_and_activates_the_user() -> None:
    one = session()
    for turns in range(3):
        with pytest.raises(TooFewTurns, match=f"So far: {turns}"):
            lifecycle.complete(one)
        say(one)
    assert lifecycle.complete(one).status == SessionState.COMPLETED
    assert one.completed_at is not None
    first = one.user
    first.refresh_from_db()
    activated_at = first.activated_at
    assert activated_at is not None
    again = session(first)
    say(again, 3)
    lifecycle.complete(again)
    first.refresh_from_db()
    assert first.activated_at == activated_at


def test_stale_count_of_turns_completes_nothing() -> None:
    one = session()
    say(one, 2)
    one.turns = 3  # read before, or made up
    with pytest.raises(WrongState):
        lifecycle.complete(one)
    one.refresh_from_db()
    assert one.status == SessionState.IN_PROGRESS


@pytest.mark.parametrize("status", [SessionState.COMPLETED, SessionState.ARCHIVED])
def test_what_is_over_is_not_completed_again(status: SessionState) -> None:
    one = at(status)
    with pytest.raises(WrongState):
        lifecycle.complete(one)


@pytest.mark.parametrize("status", [SessionState.SETUP, SessionState.IN_PROGRESS, SessionState.COMPLETED])
def test_completing_or_beginning_takes_nothing_out_of_the_archive(status: SessionState) -> None:
    one = lifecycle.archive(at(status))
    before = Session.objects.filter(pk=one.pk).values().get()
    for deed in (lifecycle.complete, lifecycle.begin):
        with pytest.raises(WrongState):
            deed(one)
    assert Session.objects.filter(pk=one.pk).values().get() == before


@pytest.mark.parametrize("status", [SessionState.SETUP, SessionState.IN_PROGRESS, SessionState.COMPLETED])
def test_archive_keeps_where_it_came_from_and_gives_it_back(status: SessionState) -> None:
    one = at(status)
    lifecycle.archive(one)
    assert (one.status, one.archived_from) == (SessionState.ARCHIVED, status)
    archived_at = one.archived_at
    assert lifecycle.archive(one).archived_at == archived_at  # twice is fine
    for other in set(SessionState) - {status, SessionState.ARCHIVED}:
        with pytest.raises(WrongState, match="Out of the archive"):
            sessions.change(session=one, values={"status": other})
    lifecycle.restore(one)
    assert (one.status, one.archived_from, one.archived_at) == (status, "", None)
    with pytest.raises(WrongState, match="not archived"):
        lifecycle.restore(one)


def test_stale_view_archives_from_where_the_session_stands() -> None:
    one = session()
    stale = Session.objects.get(pk=one.pk)
    say(one, 3)
    lifecycle.complete(one)
    lifecycle.archive(stale)
    assert (stale.status, stale.archived_from) == (SessionState.ARCHIVED, SessionState.COMPLETED)


@pytest.mark.parametrize("status", [SessionState.COMPLETED, SessionState.ARCHIVED])
def test_nothing_is_said_in_what_is_over(status: SessionState) -> None:
    one = at(status)
    before = Message.objects.filter(session=one).count()
    with pytest.raises(WrongState, match="over"):
        messages.hear(user_id=one.user_id, session_id=one.pk, text=FULL, key="late")
    assert Message.objects.filter(session=one).count() == before


def test_answer_that_was_begun_is_kept_after_the_end() -> None:
    one = at(SessionState.COMPLETED)
    last = Message.objects.filter(session=one).latest("number")
    stored, status = messages.say(session_id=one.pk, text="Well, then", state=MessageState.STOPPED, answers=last)
    assert (stored.number, status) == (4, SessionState.COMPLETED)
    assert not Message.objects.filter(session=one, state=MessageState.OWED).exists()


def test_answer_in_a_session_that_was_deleted_is_dropped() -> None:
    one = session()
    say(one)
    last = Message.objects.get(session=one)
    pk = one.pk
    one.user.delete()
    with pytest.raises(SessionNotFound):
        messages.say(session_id=pk, text="Hello?", answers=last)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_complete_at_once_one_does() -> None:
    one = session()
    say(one, 3)
    outcomes: list[str] = []
    ready = threading.Barrier(6)

    def complete() -> None:
        try:
            mine = Session.objects.get(pk=one.pk)
            ready.wait()
            lifecycle.complete(mine)
            outcomes.append("completed")
        except GreenroomError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads: list[Any] = [threading.Thread(target=complete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["completed", *["wrong_state"] * 5]


def test_session_deleted_meanwhile_is_not_archived_but_gone() -> None:
    one = session()
    Session.objects.filter(pk=one.pk).delete()
    with pytest.raises(SessionNotFound):
        lifecycle.archive(one)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_said_or_completed_beside_a_deletion_of_the_account() -> None:
    one = session()
    say(one, 3)
    outcomes: list[str] = []

    def told(deed: Callable[[], object]) -> None:
        try:
            deed()
            outcomes.append("done")
        except GreenroomError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    deeds: list[Callable[[], object]] = [
        lambda: messages.hear(user_id=one.user_id, session_id=one.pk, text=FULL, key="beside"),
        lambda: messages.say(session_id=one.pk, text="Well."),
        lambda: lifecycle.complete(Session.objects.get(pk=one.pk)),
        lambda: lifecycle.archive(Session.objects.get(pk=one.pk)),
    ]
    threads = [threading.Thread(target=told, args=(deed,)) for deed in deeds]
    with transaction.atomic():  # as accounts.deletion goes about it
        User.objects.select_for_update().get(pk=one.user_id)
        leaving.erase_rooms(one.user)
        for thread in threads:
            thread.start()
        wait_until(lambda: waiting_for_locks() == len(threads), seconds=10, what="all wait for the deletion")
        assert outcomes == []
        User.objects.filter(pk=one.user_id).delete()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["not_found", "not_found", "not_found", "wrong_state"]
    assert not Message.objects.exists()


def waiting_for_locks() -> int:
    """How many connections of this database wait for a row of somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_others_find_nothing() -> None:
    one = session()
    with pytest.raises(SessionNotFound):
        sessions.find(user=trainee("other@example.com"), session_id=one.pk)
    with pytest.raises(SessionNotFound):
        messages.hear(user_id=trainee("third@example.com").pk, session_id=one.pk, text=FULL, key="a")
