"""What was said, in rows: kept once, numbered without gaps, answered by whoever comes next."""

from __future__ import annotations

import pytest

from coaching import messages
from coaching.messages import LARGEST_WINDOW, LONGEST_MESSAGE, MOST_CHARACTERS
from coaching.models import Message, Session
from coaching.states import MessageState, Side
from tests.coaching.talking import said, session

pytestmark = pytest.mark.django_db


def hear(one: Session, text: str = "Hello.", key: str = "") -> Message:
    key = key or f"key-{Message.objects.count()}"
    return messages.hear(user_id=one.user_id, session_id=one.pk, text=text, key=key).message


def test_same_key_is_the_same_message() -> None:
    one = session()
    first = messages.hear(user_id=one.user_id, session_id=one.pk, text="Hello.", key="a")
    again = messages.hear(user_id=one.user_id, session_id=one.pk, text="Something else.", key="a")
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.message.pk, again.message.text, again.turn_number) == (first.message.pk, "Hello.", 1)
    other = session(one.user)
    assert messages.hear(user_id=one.user_id, session_id=other.pk, text="Hello.", key="a").is_new


def test_same_answer_is_stored_once() -> None:
    one = session()
    message = hear(one)
    first, _ = messages.say(session_id=one.pk, text="Good morning.", answers=message)
    again, _ = messages.say(session_id=one.pk, text="Good evening.", answers=message)
    assert (again.pk, again.text) == (first.pk, "Good morning.")
    assert said(one) == [(1, "trainee", "answered"), (2, "coach", "whole")]


def test_answer_stands_behind_what_it_answers_whenever_it_came() -> None:
    one = session()
    first = hear(one, "First.")
    second = hear(one, "Second.")  # while the first is being answered
    answer, _ = messages.say(session_id=one.pk, text="To the first.", answers=first)
    standing = messages.standing(one.pk)
    assert [message.text for message in standing.messages] == ["First.", "To the first.", "Second."]
    assert standing.owed is not None
    assert standing.owed.pk == second.pk
    assert messages.answer_to(first) == answer
    assert messages.answer_to(second) is None
    both, _ = messages.say(session_id=one.pk, text="To the second.", answers=second)
    assert messages.answer_to(second) == both
    assert [number for number, _, _ in said(one)] == [1, 2, 3, 4]


def test_one_answer_holds_for_all_that_were_owed() -> None:
    one = session()
    several = [hear(one, f"{number}.") for number in range(3)]
    messages.fail(session_id=one.pk, until=1)
    assert [state for _, _, state in said(one)] == ["failed", "owed", "owed"]
    answer, _ = messages.say(session_id=one.pk, text="To all of it.", answers=several[-1])
    assert [state for _, _, state in said(one)] == ["answered"] * 3 + ["whole"]
    assert {messages.answer_to(message) for message in several} == {answer}


def test_failing_late_does_not_take_an_answer_away() -> None:
    one = session()
    message = hear(one)
    messages.say(session_id=one.pk, text="Good morning.", answers=message)
    messages.fail(session_id=one.pk, until=message.number)
    assert said(one)[0] == (1, "trainee", "answered")


def test_stopped_words_are_replaced_once() -> None:
    one = session()
    message = hear(one)
    messages.say(session_id=one.pk, text="Good mor", state=MessageState.STOPPED, answers=message)
    stopped = messages.standing(one.pk).stopped
    assert stopped is not None
    anew, _ = messages.say(session_id=one.pk, text="Good morning.", answers=None, instead_of=stopped)
    assert (anew.pk, anew.text, anew.state, anew.answers_id) == (stopped.pk, "Good morning.", "whole", message.pk)
    again, _ = messages.say(session_id=one.pk, text="Good evening.", instead_of=stopped)
    assert again.text == "Good morning."
    assert messages.standing(one.pk).stopped is None


def test_words_said_anew_may_hold_what_no_row_can() -> None:
    one = session()
    messages.say(session_id=one.pk, text="Good mor", state=MessageState.STOPPED, answers=hear(one))
    stopped = messages.standing(one.pk).stopped
    anew, _ = messages.say(session_id=one.pk, text="Good\x00 morning.", instead_of=stopped)
    assert anew.text == "Good morning."


def test_what_was_stopped_stays_where_the_trainee_went_on() -> None:
    one = session()
    messages.say(session_id=one.pk, text="Good mor", state=MessageState.STOPPED, answers=hear(one))
    hear(one, "Let me go on.")
    assert messages.standing(one.pk).stopped is None


def test_too_long_is_refused_typed_and_cut_spoken() -> None:
    one = session()
    with pytest.raises(ValueError, match="too long"):
        hear(one, "a" * (LONGEST_MESSAGE + 1))
    heard = messages.hear(
        user_id=one.user_id, session_id=one.pk, text="a\x00" * LONGEST_MESSAGE, key="spoken", cut=True
    )
    assert heard.message.text == "a" * LONGEST_MESSAGE


def test_conversation_that_is_read_has_bounds() -> None:
    one = session()
    for number in range(LARGEST_WINDOW + 5):
        hear(one, f"{number}.")
    standing = messages.standing(one.pk)
    assert [message.number for message in standing.messages] == list(range(6, LARGEST_WINDOW + 6))
    for _ in range(LARGEST_WINDOW):
        hear(one, "a" * LONGEST_MESSAGE)
    standing = messages.standing(one.pk)
    assert sum(len(message.text) for message in standing.messages) <= MOST_CHARACTERS
    assert len(standing.messages) >= messages.WINDOW
    assert standing.owed is not None


def test_pages_go_on_where_they_ended() -> None:
    one = session()
    for number in range(5):
        hear(one, f"{number}.")
    first, following = messages.page(user_id=one.user_id, session_id=one.pk, after=0, limit=3)
    assert ([row.number for row in first], following) == ([1, 2, 3], 3)
    rest, end = messages.page(user_id=one.user_id, session_id=one.pk, after=3, limit=3)
    assert ([row.number for row in rest], end) == ([4, 5], None)
    assert {row.side for row in rest} == {Side.TRAINEE}
