"""The wall between recruiters and what trainees practise: nothing of it is anywhere that a recruiter can look."""

# ruff: noqa: F811  # `world` is a fixture of another test
from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts import deletion
from accounts.models import User
from accounts.tokens import open_for
from coaching import lifecycle, talking
from coaching.models import Session
from interviews import room_events, rooms, transcript
from interviews.models import Room
from interviews.states import AnalysisState, EndReason, Medium, ParticipantType, Speaker
from interviews.transcript import Said
from tests.architecture.test_permissions import TABLE, World, world  # noqa: F401
from tests.candidates.recruiting import candidate, client_of, recruiter
from tests.coaching.practised import judged, session, trainee

pytestmark = pytest.mark.django_db(transaction=True)

# One is searched for, and nobody may find the other one, which stands beside it wherever it stands.
ASKED, HIDDEN = "zirkonvale", "quokkabridge"
PHRASE = f"{ASKED} {HIDDEN}"
# Doors behind which recruiters and administrators look.
LOOKED_AT = ("api", "live", "console", "superuser")
SEARCHES = (
    f"/admin/search/?s={ASKED}",
    f"/admin/accounts/user/?q={ASKED}",
    f"/admin/candidates/candidate/?q={ASKED}",
    f"/admin/candidates/job/?q={ASKED}",
    f"/admin/candidates/import/?q={ASKED}",
    f"/admin/interviews/interview/?q={ASKED}",
    f"/admin/intake/intake/?q={ASKED}",
    f"/admin/llm/call/?q={ASKED}",
    f"/api/pluto/results?q={ASKED}",
    f"/api/pluto/results/csv?q={ASKED}",
    f"/api/interviews?q={ASKED}",
)


def practised() -> tuple[Session, Room]:
    """A session with the phrase in everything that a trainee writes or hears, and in the room where it was said."""
    said = [(side, f"{PHRASE} {side}") for side in "ctctct"]
    texts = dict.fromkeys(("meeting_subtype", "agenda", "tone", "role_context", "summary"), PHRASE)
    held = session(said, user=trainee("Tara Trainee"), status="in_progress", **texts)
    room = talking.open_room(held, medium=Medium.TEXT)
    for number, (speaker, by_agent) in enumerate(((Speaker.INTERVIEWER, True), (Speaker.CANDIDATE, False))):
        transcript.record(
            room_id=room.pk, said=Said(key=f"said-{number}", speaker=speaker, text=PHRASE, by_agent=by_agent)
        )
    room_events.append(room.pk, "agent", {"state": PHRASE})
    quoted: Any = [{"text": PHRASE, "quote": PHRASE, "message": 2}]
    judged(
        held,
        [50] * 6,
        **dict.fromkeys(("strengths", "improvement_areas", "practice_suggestions", "summary_quotes", "notes"), quoted),
    )
    held.evaluations.update(summary=PHRASE)
    return held, room


def recruiters_of(world: World) -> dict[str, Client]:
    """A recruiter and an administrator by everything that lets them in."""
    superuser = User.objects.get(is_superuser=True)
    return {
        **{f"recruiter's {door}": client for door, client in world.recruiters.items()},
        "administrator's session": world.superuser,
        "administrator's key": client_of(superuser, name="administrator"),
        "administrator's token": Client(headers={"Authorization": f"Bearer {open_for(superuser).access}"}),
    }


def addresses(world: World, held: Session, room: Room) -> set[str]:
    """Every address of the recruiters' side: of what is theirs, and with what is the trainee's in its place."""
    theirs: dict[str, Any] = {
        **{name: held.pk for name, value in world.ids.items() if isinstance(value, UUID)},
        "<name>": room.name,
        "<str:room_name>": room.name,
        "<path:object_id>": held.user_id,
        "<id>": held.user_id,
    }
    found = set()
    for row in TABLE:
        if row.door in LOOKED_AT and "GET" in row.verbs:
            found.add(world.address(row))
            address = row.address
            for name, value in {**world.ids, **theirs}.items():
                address = address.replace(name, str(value))
            found.add(address)
    return found


def leaks(clients: dict[str, Client], urls: Iterable[str], *words: str, shut: str = "") -> list[tuple[str, str, str]]:
    """Where one of these words stands in an answer, or a stream opens at an address with `shut` in it."""
    found = []
    for url in sorted(urls):
        for who, client in clients.items():
            if url.startswith("/admin/") and "session" not in who:
                continue  # the console knows people by their session alone
            response: Any = client.get(url)
            if response.streaming and response.is_async:  # stays open, so what it would tell is not waited for
                found += [(who, url, "a stream")] if shut and shut in url else []
                continue
            body = response.getvalue() if response.streaming else response.content
            text = body.decode("utf-8", "replace") + str(response.headers)
            found += [(who, url, word) for word in words if word in text]
    return found


def test_no_page_list_search_or_export_of_recruiters_holds_a_word_of_practice(world: World) -> None:
    held, room = practised()
    urls = addresses(world, held, room)
    assert len(urls) > 100
    assert leaks(recruiters_of(world), {*urls, *SEARCHES}, HIDDEN, shut=room.name) == []


def test_no_page_of_recruiters_tells_that_there_is_a_session(world: World) -> None:
    held, room = practised()
    theirs = {world.address(row) for row in TABLE if row.door in LOOKED_AT and "GET" in row.verbs}
    user = f"/admin/accounts/user/{held.user_id}"
    assert {url: world.superuser.get(url).status_code for url in (f"{user}/change/", f"{user}/delete/")} == {
        f"{user}/change/": 200,
        f"{user}/delete/": 200,
    }
    about = {f"{user}/change/", f"{user}/delete/", f"{user}/history/", f"{user}/password/"}
    clients = {"recruiter's session": world.recruiters["session"], "administrator's session": world.superuser}
    assert leaks(clients, theirs | about, str(held.pk), room.name, str(room.pk)) == []
    assert leaks(clients, about, "session", "ractice", "Pitch") == []
    chosen = {"action": "delete_selected", "_selected_action": [str(held.user_id)]}
    asked = world.superuser.post("/admin/accounts/user/", chosen).content.decode()
    assert "Are you sure" in asked
    assert not [word for word in ("session", "ractice", "Pitch") if word in asked]


def test_the_sweep_finds_what_is_planted_on_the_other_side(world: World) -> None:
    held, room = practised()
    candidate(70, name=PHRASE)  # as if somebody copied it there
    found = leaks(recruiters_of(world), {*addresses(world, held, room), *SEARCHES}, HIDDEN)
    assert {(who, url) for who, url, _ in found} >= {
        ("recruiter's key", "/api/pluto/results"),
        ("recruiter's token", "/api/pluto/results/csv"),
        ("administrator's session", "/admin/candidates/candidate/"),
    }


ROOM_ROUTES = [row for row in TABLE if "<str:room_name>" in row.route or "<name>" in row.route]
BODIES: dict[str, dict[str, Any]] = {
    "join": {"participant_name": "Rita", "participant_type": "observer"},
    "remove": {"identity": "trainee-1"},
    "chat": {"message": "What was said?"},
    "turns": {"text": "Hello."},
}


@pytest.mark.parametrize("row", ROOM_ROUTES, ids=lambda row: row.route)
def test_room_of_practice_is_one_that_does_not_exist(world: World, row: Any) -> None:
    _, room = practised()
    body = BODIES.get(row.route.rsplit("/", 1)[-1], {})
    for who, client in recruiters_of(world).items():
        for verb in ("GET", "POST"):
            theirs, nowhere = (
                client.generic(
                    verb,
                    "/" + row.route.replace("<str:room_name>", name).replace("<name>", name),
                    b"" if verb == "GET" else (str(body).replace("'", '"')).encode(),
                    content_type="application/json" if verb == "POST" else "",
                )
                for name in (room.name, "room-of-nobody")
            )
            assert (theirs.status_code, theirs.content) == (nowhere.status_code, nowhere.content), (who, verb)
            assert theirs.status_code in ({404} if verb in row.verbs and body else {400, 404, 405}), (who, verb)
    room.refresh_from_db()
    assert room.ended_at is None
    assert not room.participants.exists()


def test_trainee_comes_to_the_room_by_its_own_token_and_to_no_other(world: World) -> None:
    held, room = practised()
    token = rooms.admit(room, name="Tara", type=ParticipantType.CANDIDATE, identity=f"trainee-{held.pk.hex}")
    bearer = Client(headers={"Authorization": f"Bearer {token.token}"})
    assert bearer.get(f"/live/rooms/{room.name}/events").status_code == 200
    assert bearer.get(f"/live/rooms/{world.ids['<name>']}/events").status_code == 401
    assert bearer.post(f"/api/rooms/{room.name}/end", {}, content_type="application/json").status_code == 403


def test_ended_session_closes_its_room_and_a_deleted_account_leaves_none() -> None:
    held, first = practised()
    talking.close_room(held, reason=EndReason.BY_PERSON)
    second = talking.open_room(held, medium=Medium.TEXT)
    assert (second.pk != first.pk, list(talking.rooms_of(held))) == (True, [first, second])
    lifecycle.complete(held)
    second.refresh_from_db()
    assert second.ended_at is not None
    assert {one.analysis_state for one in talking.rooms_of(held)} == {AnalysisState.NONE}  # nobody is judged on it
    other = recruiter("kept@example.com")
    kept = talking.open_room(session(user=other, status="in_progress"), medium=Medium.TEXT)
    deletion.erase(held.user)
    assert list(Room.objects.all()) == [kept]
