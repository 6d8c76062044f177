"""What is kept of a conversation: sealed, for its holder, for a while; and how questions are counted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from candidates import chat_limits, chats, tasks
from candidates.chats import Chat, NoSuchChat
from candidates.models import ResumeChat
from candidates.resume_chat import Exchange
from tests.candidates.recruiting import candidate, recruiter

pytestmark = pytest.mark.django_db
SAID = Exchange(
    "Do they bake?", "They bake rye bread [1].", "They bake rye bread [p2].", [{"number": 1, "quote": "rye"}]
)


def kept(**of: object) -> Chat:
    chat = Chat(history=[SAID], **of)  # type: ignore[arg-type]
    assert chats.keep(chat)
    return chat


def taken_up(chat: Chat, **changes: object) -> Chat:
    known = {"chat_id": chat.id, "secret": chat.secret, "candidate_id": chat.candidate_id, "user_id": chat.user_id}
    return chats.resume(**(known | changes))  # type: ignore[arg-type]


def test_a_conversation_comes_back_by_its_secret_and_by_nothing_else() -> None:
    about, user = candidate(), recruiter()
    chat = kept(candidate_id=about.pk, user_id=user.pk)
    other = kept()
    wrong: tuple[dict[str, object], ...] = (
        {"secret": ""},
        {"secret": other.secret},
        {"chat_id": uuid4()},
        {"chat_id": other.id},
        {"candidate_id": None},
        {"candidate_id": candidate().pk},
        {"user_id": None},
        {"user_id": recruiter("other@example.com").pk},
    )
    for changes in wrong:
        with pytest.raises(NoSuchChat) as refused:
            taken_up(chat, **changes)
        assert refused.value.message == "That conversation is over or can't be gone on with from here."
    assert taken_up(chat).history == [SAID]


def test_a_row_tells_nothing_without_the_secret() -> None:
    chat = kept()
    row = ResumeChat.objects.get()
    stored = bytes(row.sealed) + bytes(row.door) + str(row.holder).encode()
    for words in (b"bake", b"rye", chat.secret.encode()):
        assert words not in stored
    ResumeChat.objects.update(sealed=bytes(row.sealed)[:-1] + b"\x00")
    with pytest.raises(NoSuchChat):
        taken_up(chat)


def test_two_seals_of_the_same_words_differ() -> None:
    chat = Chat(history=[SAID])
    assert chat.sealed() != chat.sealed()


def test_only_the_newest_holder_writes() -> None:
    old = kept()
    new = taken_up(old)
    old.history.append(SAID)
    assert not chats.keep(old)
    chats.leave(old)
    chats.forget(old)
    row = ResumeChat.objects.get()
    assert row.expires_at > timezone.now() + timedelta(hours=1)
    new.history.append(SAID)
    assert chats.keep(new)
    assert len(taken_up(new).history) == 2


def test_what_is_over_is_forgotten_and_nothing_else(settings: Settings) -> None:
    settings.RESUME_CHAT_GRACE_SECONDS = 0
    over, still = kept(), kept()
    chats.leave(over)
    with pytest.raises(NoSuchChat):
        taken_up(over)
    tasks.forget_chats()
    assert list(ResumeChat.objects.values_list("pk", flat=True)) == [still.id]
    chats.forget(still)
    assert not ResumeChat.objects.exists()


def test_a_long_conversation_keeps_its_newest_part() -> None:
    chat = Chat(history=[Exchange(str(number), "a", "a") for number in range(80)])
    chats.keep(chat)
    again = taken_up(chat)
    assert [one.question for one in again.history] == [str(number) for number in range(30, 80)]


def counted(limits: dict[str, int], times: int) -> list[int]:
    async def ask() -> list[int]:
        return [await chat_limits.seconds_to_wait(limits) for _ in range(times)]

    return asyncio.run(ask())


def test_questions_are_counted_for_each_name_and_refused_ones_for_none() -> None:
    address, session = f"address:{uuid4()}", f"session:{uuid4()}"
    assert counted({session: 3, address: 5}, 3) == [0, 0, 0]
    refused = counted({session: 3, address: 5}, 2)
    assert all(50 <= wait <= 60 for wait in refused)
    assert counted({f"session:{uuid4()}": 3, address: 5}, 3)[:2] == [0, 0]
    assert counted({f"session:{uuid4()}": 3, address: 5}, 1)[0] > 0


def test_the_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_limits, "WINDOW_SECONDS", 1)

    async def ask(name: str) -> list[bool]:
        allowed = []
        for pause in (0, 0.6, 0, 0.5, 0, 0.6):
            await asyncio.sleep(pause)
            allowed.append(not await chat_limits.seconds_to_wait({name: 2}))
        return allowed

    # Two in any one second: the first leaves the window before the second does.
    expected = [True, True, False, True, False, True]
    for _ in range(5):  # a machine that stops for half a second asks at other moments
        name = f"address:{uuid4()}"
        if (allowed := asyncio.run(ask(name))) == expected:
            break
    assert allowed == expected
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        assert client.pttl(f"chat:{name}") <= 1000


def test_without_redis_questions_pass(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert counted({"address:x": 0}, 1) == [0]


def test_addresses_are_counted_apart_and_not_told() -> None:
    one, other = chat_limits.known_as("192.0.2.1"), chat_limits.known_as("192.0.2.2")
    assert one == chat_limits.known_as("192.0.2.1") != other
    assert "192.0.2" not in one
