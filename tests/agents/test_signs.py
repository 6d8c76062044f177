"""Signs of life between a worker and the processes it started."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from agents import signs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(signs.VARIABLE, str(tmp_path))
    return tmp_path


def test_sign_is_seen_while_it_is_fresh(place: Path) -> None:
    fresh, old = uuid4(), uuid4()
    signs.give(fresh)
    signs.give(old)
    os.utime(place / str(old), (time.time() - 10, time.time() - 10))
    assert signs.alive(place, within=2.0) == [fresh]


def test_sign_given_again_is_fresh_again(place: Path) -> None:
    room = uuid4()
    signs.give(room)
    os.utime(place / str(room), (time.time() - 10, time.time() - 10))
    signs.give(room)
    assert signs.alive(place, within=2.0) == [room]


def test_sign_that_stays_tells_of_a_death(place: Path) -> None:
    killed, ended = uuid4(), uuid4()
    signs.give(killed)
    signs.give(ended)
    signs.take_back(ended)
    assert (signs.has(place, killed), signs.has(place, ended)) == (True, False)


def test_taking_back_twice_is_taking_back_once(place: Path) -> None:
    room = uuid4()
    signs.give(room)
    signs.take_back(room)
    signs.take_back(room)
    assert signs.alive(place, within=60.0) == []


def test_process_without_a_worker_gives_no_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(signs.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    signs.give(uuid4())
    signs.take_back(uuid4())
    assert list(tmp_path.iterdir()) == []
