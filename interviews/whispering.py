"""Events that are not kept: words as they come, somebody typing. Announced through Postgres, never stored or replayed.

A whisper is put into a queue and sent by a thread of this process, on a connection of its own that it gives up when it
has nothing to do. So whispering never waits for the database, may be done from synchronous and asynchronous code alike,
and costs one statement per pause however many conversations go on: pieces of the same text that come within a pause
are sent as one.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from candidates.listening import connection_parameters

logger = logging.getLogger(__name__)

# Long enough for several pieces to travel together, short enough for words to flow.
_PAUSE_SECONDS = 0.03
# After so long without a whisper the thread ends, and its connection with it.
_IDLE_SECONDS = 1.0
# A NOTIFY holds less than 8,000 bytes; a character takes up to 12 of them in JSON.
_LONGEST_TEXT = 500
# Postgres is away, or far too slow: what nobody can read in time need not be kept.
_MOST_WAITING = 5_000
_ANNOUNCE = "SELECT pg_notify(%s, text) FROM unnest(%s::text[]) AS text"


@dataclass(slots=True)
class _Whisper:
    kind: str
    audience: str
    data: dict[str, Any]


class _Whisperer:
    """The queue and its thread. There is one in each process."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, dict[Hashable, _Whisper]] = {}
        self._count = 0
        self._numbers = 0
        self._lock = threading.Lock()
        # Held from the taking of pieces until Postgres has them.
        self._sending = threading.Lock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, channel: str, room_id: UUID, whisper: _Whisper) -> None:
        with self._lock:
            if self._count >= _MOST_WAITING:
                return
            waiting = self._waiting.setdefault(room_id, {})
            place: Hashable = (whisper.kind, whisper.audience, whisper.data.get("key"))
            text, before = whisper.data.get("text"), waiting.get(place)
            if before is not None and isinstance(text, str):
                joined = before.data["text"] + text
                if len(joined) <= _LONGEST_TEXT and _follows(before.data, whisper.data):
                    before.data = {**before.data, "text": joined}
                    return
                # That one is whole: it keeps its turn under a name that nobody looks for, and a new one begins.
                waiting[object()] = waiting.pop(place)
            self._count += 1 if place not in waiting else 0
            waiting[place] = whisper
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, args=(channel,), name="whisperer", daemon=True)
                self._thread.start()
        self._woken.set()

    def forget(self, room_id: UUID, key: str) -> None:
        with self._sending, self._lock:
            waiting = self._waiting.get(room_id, {})
            for place in [place for place, whisper in waiting.items() if whisper.data.get("key") == key]:
                del waiting[place]
                self._count -= 1

    def _take(self) -> list[str]:
        with self._lock:
            waiting, self._waiting, self._count = self._waiting, {}, 0
        texts = []
        for room_id, whispers in waiting.items():
            for whisper in whispers.values():
                # Numbered, since Postgres drops the second of two equal notices of one transaction.
                self._numbers += 1
                notice = {"room": str(room_id), "kind": whisper.kind, "audience": whisper.audience}
                texts.append(json.dumps({**notice, "n": self._numbers, "data": whisper.data}))
        return texts

    def _run(self, channel: str) -> None:
        try:
            with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
                while self._woken.wait(_IDLE_SECONDS) or self._goes_on():
                    self._woken.clear()
                    with self._sending:
                        if texts := self._take():
                            connection.execute(_ANNOUNCE, [channel, texts])
                    time.sleep(_PAUSE_SECONDS)
        except psycopg.Error as error:
            logger.warning("whispers were lost (%s)", type(error).__name__)
            with self._lock:
                self._waiting, self._count, self._thread = {}, 0, None

    def _goes_on(self) -> bool:
        """Whether something came in at the last moment; else the thread ends, and the next whisper starts another."""
        with self._lock:
            if not self._waiting:
                self._thread = None
            return self._thread is not None


def _follows(before: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether a piece goes on where the one before it ended: one that says where it stands may also begin anew."""
    at = data.get("at")
    return at is None or at == before.get("at", 0) + len(before["text"])


_whisperer = _Whisperer()


def _renew() -> None:
    """A forked child has neither its parent's thread nor, for certain, an open lock."""
    global _whisperer
    _whisperer = _Whisperer()


os.register_at_fork(after_in_child=_renew)


def whisper(channel: str, room_id: UUID, kind: str, data: dict[str, Any], audience: str) -> None:
    """Send an event to those who listen now. Never waits, never raises; what can't be sent is lost."""
    text = data.get("text")
    if isinstance(text, str) and len(text) > _LONGEST_TEXT:
        for start in range(0, len(text), _LONGEST_TEXT):
            piece = {**data, "text": text[start : start + _LONGEST_TEXT]}
            if isinstance(data.get("at"), int):
                piece["at"] = data["at"] + start
            whisper(channel, room_id, kind, piece, audience)
        return
    _whisperer.add(channel, room_id, _Whisper(kind, audience, data))


def forget(room_id: UUID, key: str) -> None:
    """Drop the pieces of a text that still wait here: it is about to be announced by an event that says it all.

    Waits for pieces that are being sent just now, so that none of them is heard after the event.
    """
    _whisperer.forget(room_id, key)
