"""Evaluations that are made at the same time, of one session and of many, and beside a deletion."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts import deletion
from coaching import evaluation
from coaching.errors import SessionNotFound
from coaching.evaluation import keeping
from coaching.models import Evaluation, Session
from interviews.turnstile import Busy
from llm.errors import Unavailable
from tests.coaching import practised
from tests.processes import wait_until
from tests.simulator import Simulator


def judged_calls(simulator: Simulator) -> int:
    return sum(call["schema"] == "Judgement" for call in simulator.calls())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("force", [False, True])
def test_two_at_once_make_one_evaluation(simulator: Simulator, force: bool) -> None:
    held = practised.session()
    simulator.control(latency=0.4)
    made: list[Evaluation] = []
    gate = threading.Barrier(3)

    def one() -> None:
        gate.wait()
        try:
            made.append(evaluation.evaluate(held, force=force))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({one.pk for one in made}) == 1
    assert len(made) == 3
    assert Evaluation.objects.count() == 1
    assert judged_calls(simulator) == 1


@pytest.mark.django_db(transaction=True)
def test_one_trainee_holds_three_threads_at_most_and_others_are_not_kept_waiting(simulator: Simulator) -> None:
    user = practised.trainee()
    held = [practised.session(user=user) for _ in range(keeping.AT_ONCE + 2)]
    simulator.control(latency=0.6)
    outcomes: list[str] = []
    gate = threading.Barrier(len(held) + 1)

    def one(session: Session) -> None:
        gate.wait()
        try:
            evaluation.evaluate(session)
            outcomes.append("made")
        except Busy:
            outcomes.append("busy")
        finally:
            connection.close()

    # Somebody else's is made beside them.
    threads = [threading.Thread(target=one, args=(session,)) for session in [*held, practised.session()]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["busy"] * 2 + ["made"] * (keeping.AT_ONCE + 1)
    # The places are given back, also by what fails.
    simulator.control(latency=0, broken_models=["openai/gpt-4.1-mini"], rate_5xx=1.0)
    for _ in range(keeping.AT_ONCE + 1):
        with pytest.raises(Unavailable):
            evaluation.evaluate(held[0], force=True)
    simulator.reset()
    assert {evaluation.evaluate(session).number for session in held} == {1}


@pytest.mark.django_db(transaction=True)
def test_account_deleted_while_the_model_thinks_leaves_nothing(simulator: Simulator) -> None:
    held = practised.session()
    simulator.control(latency=1.0)
    outcomes: list[str] = []

    def judge() -> None:
        try:
            evaluation.evaluate(held)
        except SessionNotFound as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    thread = threading.Thread(target=judge)
    thread.start()
    wait_until(lambda: judged_calls(simulator) == 1, seconds=10, what="the model asked")
    deletion.erase(held.user)
    thread.join(30)
    assert outcomes == ["not_found"]
    assert not Evaluation.objects.exists()
