"""What recruiters' pages hear of an intake, and when."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from django.db import connection, transaction

from intake import answers, events
from intake.events import Happening
from intake.models import Intake
from intake.states import Via
from tests.intake import rounds

pytestmark = pytest.mark.django_db(transaction=True)


def watched(intake: Intake, *acts: object) -> list[tuple[Happening | None, float]]:
    """What is heard of each act, and how long that took, in seconds; an act is a function, done in a thread."""

    def do(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        finally:
            connection.close()

    async def listen() -> list[tuple[Happening | None, float]]:
        heard = []
        async with events.watch(intake.candidate_id) as watching:
            # Listening begins with a happening "unknown": read what there is.
            await watching.next(seconds=2)
            for act in acts:
                began = time.perf_counter()
                threading.Thread(target=do, args=(act,)).start()
                heard.append((await watching.next(seconds=1.5), time.perf_counter() - began))
        return heard

    return asyncio.run(listen())


def test_accepted_answer_is_heard_within_a_second() -> None:
    intake = rounds.intake()
    heard = watched(intake, lambda: answers.record(intake, field="max_acv", value=5, via=Via.FORM))
    assert heard[0][0] == Happening("answer", "max_acv", "accepted", 1)
    assert heard[0][1] < 1


def test_other_candidates_and_failed_transactions_are_not_heard() -> None:
    intake, other = rounds.intake(), rounds.intake()

    def fail() -> None:
        with transaction.atomic():
            answers.record(intake, field="max_acv", value=5, via=Via.FORM)
            transaction.set_rollback(True)

    heard = watched(intake, lambda: answers.record(other, field="max_acv", value=5, via=Via.FORM), fail)
    assert [happening for happening, _ in heard] == [None, None]


def test_change_of_the_round_is_heard() -> None:
    intake = rounds.intake()

    def change() -> None:
        with transaction.atomic():
            events.announce_round(intake)

    assert watched(intake, change)[0][0] == Happening("round", "", "in_progress", 0)


def test_newest_overtakes_what_was_not_taken() -> None:
    async def overtaken() -> list[Happening | None]:
        watching = events.Watching()
        watching.offer(Happening("answer", "name", "accepted", 1))
        watching.offer(Happening("answer", "email", "accepted", 2))
        return [await watching.next(seconds=0.1), await watching.next(seconds=0.1)]

    assert asyncio.run(overtaken()) == [Happening("answer", "email", "accepted", 2), None]
