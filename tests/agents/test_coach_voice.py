"""A practice by voice, from the button on the session's page to its evaluation: a real room, real sound, the worker."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from django.test import Client

from candidates import rows
from coaching.models import Message, Session
from interviews.models import Room
from interviews.states import Medium
from tests.agents.voices import until
from tests.caller import Caller
from tests.coaching.talking import session
from tests.processes import PATIENCE, Process
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
# Together long enough to be judged, and without a pause in which a turn would end.
SAID = (
    "We sort the invoices of three hundred small workshops that lose six hours a week to paper and to phone calls",
    "Each of them wins back five hours a week because our program reads the paper and asks only about what is odd",
    "We ask you for half a million so that we can hire two engineers and reach three thousand workshops by next year",
)


def _state(client: Client, held: Session) -> dict[str, Any]:
    """What the talk's page gives its script, as a browser gets it by the button."""
    address = f"/coaching/sessions/{held.pk}"
    assert "Talk aloud" in client.get(address).content.decode()
    assert client.post(f"{address}/talk").status_code == 303
    page = client.get(f"{address}/talk")
    assert page.status_code == 200
    assert "ws://" in page["Content-Security-Policy"]
    found = re.search(r'<script id="room-state" type="application/json">(.*?)</script>', page.content.decode(), re.S)
    assert found is not None
    return dict(json.loads(found[1]))


def _spoken(held: Session) -> list[tuple[str, str, str]]:
    return list(Message.objects.filter(session=held).order_by("number").values_list("side", "text", "medium"))


def test_practice_is_talked_aloud_kept_and_evaluated(agent_worker: Process, simulator: Simulator) -> None:
    simulator.control(sentences=list(SAID))
    held = session(agenda="Raise half a million for invoices")
    client = Client()
    client.force_login(held.user)
    state = _state(client, held)

    async def talk() -> None:
        caller = Caller(state["room"]["livekit_url"], state["token"])
        await caller.join()
        await caller.heard_until_quiet()
        for number, words in enumerate(SAID, start=1):
            said = await caller.say(words)
            answered = await caller.next_sound(after=said)
            await caller.heard_until_quiet(after=answered)
            await until(lambda: rows.ask(_spoken, held), lambda spoken, most=2 * number: len(spoken) > most)
        assert any(caption.text.strip() for caption in caller.captions)
        done = await rows.ask(client.post, f"/coaching/sessions/{held.pk}/complete")
        assert done.status_code == 303
        assert done["Location"].endswith("/evaluation")
        await asyncio.wait_for(caller.left.wait(), PATIENCE)  # the room has closed with the session
        await caller.leave()

    asyncio.run(talk())
    spoken = _spoken(held)
    assert [side for side, _, _ in spoken] == ["coach", *["trainee", "coach"] * 3]
    assert [text for side, text, _ in spoken if side == "trainee"] == list(SAID)
    assert {medium for _, _, medium in spoken} == {Medium.VOICE}
    held.refresh_from_db()
    assert (held.status, held.turns) == ("completed", 3)
    assert held.overall is not None
    room = Room.objects.get(practice_session=held)
    assert [turn.text for turn in room.turns.order_by("number")] == [text for _, text, _ in spoken]
    assert SAID[0] in client.get(f"/coaching/sessions/{held.pk}/evaluation").content.decode()
