"""The pages of practice: nobody sees another's session, a wrong form says so, and nothing is done by GET."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from coaching.messages import LONGEST_MESSAGE
from coaching.models import Evaluation, Message, Session
from coaching.sessions import SETUP_TEXTS
from coaching.states import MessageState, SessionState
from tests.coaching import practised
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
PAGES = ("", "/evaluation", "/export.md", "/export.pdf")
DEEDS = ("/say", "/change", "/complete", "/evaluate", "/archive", "/restore")


@pytest.fixture
def user(db: None) -> User:
    return practised.trainee("Noa Winter")


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(session: Session | str, page: str = "") -> str:
    return f"/coaching/sessions/{session if isinstance(session, str) else session.pk}{page}"


def text(response: Any) -> str:
    return str(response.getvalue().decode())


def test_a_session_of_somebody_else_is_not_there(client: Client, user: User) -> None:
    theirs = practised.session(status=SessionState.IN_PROGRESS)
    done = practised.session()
    practised.judged(done, [50] * 6)
    before = (Session.objects.order_by("pk").values().first(), Message.objects.count(), Evaluation.objects.count())
    for one in (address(theirs), address(done), address(str(uuid4()))):
        answers = [client.get(one + page) for page in PAGES] + [
            client.post(one + deed, {"text": "Hi"}) for deed in DEEDS
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert not [answer for answer in answers if practised.AGENDA in text(answer)]
    # A recruiter or an administrator is nobody else.
    user.is_staff = user.is_superuser = True
    user.save()
    assert client.get(address(done)).status_code == 404
    after = (Session.objects.order_by("pk").values().first(), Message.objects.count(), Evaluation.objects.count())
    assert after == before
    for page in ("/coaching", "/coaching/history", "/coaching/progress", "/coaching/export"):
        assert practised.AGENDA not in text(client.get(page))


def test_nobody_gets_in_without_signing_in_and_nothing_is_done_by_get(client: Client, user: User) -> None:
    held = practised.session(user=user)
    for page in PAGES:
        answer = Client().get(address(held, page))
        assert answer["Location"].startswith("/coaching/sign-in?next=")
    for deed in DEEDS:
        assert Client().post(address(held, deed))["Location"] == "/coaching/sign-in"
        assert client.get(address(held, deed)).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(user)
    assert {guarded.post(address(held, deed)).status_code for deed in DEEDS} == {403}
    assert Session.objects.get().status == SessionState.COMPLETED


def test_setting_up_takes_what_the_form_allows(client: Client) -> None:
    assert client.get("/coaching/new?type=Dance").status_code == 200
    for wrong in (
        {},
        {"preparation_type": "Dance"},
        {"preparation_type": "Pitch", "tone": "x" * 5000},
        {"preparation_type": "Pitch", "agenda": "\x00"},
    ):
        assert client.post("/coaching/new", wrong).status_code == 422
    assert not Session.objects.exists()
    made = client.post("/coaching/new", {"preparation_type": "Pitch", "agenda": "One<b>", "tone": "Kind"})
    held = Session.objects.get()
    assert made["Location"] == address(held)
    assert (held.agenda, held.tone) == ("One<b>", "Kind")
    page = text(client.get(made["Location"]))
    assert "One&lt;b&gt;" in page
    assert "<b>" not in page.partition("<main")[2]
    assert client.post(address(held, "/change"), {"agenda": "Two"}).status_code == 303
    held.refresh_from_db()
    assert held.agenda == "Two"
    assert client.post(address(held, "/change"), {"agenda": "x" * 50_000}).status_code == 422


@pytest.mark.django_db(transaction=True)  # the chat has a connection of its own
def test_words_are_kept_when_they_are_too_long_or_nobody_answers(client: Client, user: User) -> None:
    held = practised.session((("c", "Good morning."),), user=user, status=SessionState.IN_PROGRESS)
    long = "word " * (LONGEST_MESSAGE // 5 + 1)
    refused = client.post(address(held, "/say"), {"text": long})
    assert refused.status_code == 422
    assert long.strip() in text(refused)  # in the box, to be shortened
    assert Message.objects.count() == 1
    # No model is set up here.
    failed = client.post(address(held, "/say"), {"text": "We build a scale."})
    assert failed.status_code == 503
    assert "Your words are kept" in text(failed)
    assert Message.objects.filter(text="We build a scale.", state=MessageState.FAILED).exists()


def test_completing_asks_for_three_answers_and_once_is_enough(client: Client, user: User, simulator: Simulator) -> None:
    held = practised.session(practised.GOOD[:4], user=user, status=SessionState.IN_PROGRESS)
    early = client.post(address(held, "/complete"))
    assert early.status_code == 409
    assert "at least 3" in text(early)
    done = practised.session(user=user)
    assert client.get(address(done, "/evaluation"))["Location"] == address(done)
    assert client.post(address(done, "/evaluate"))["Location"] == address(done, "/evaluation")
    assert client.post(address(done, "/evaluate")).status_code == 303
    assert Evaluation.objects.count() == 1
    assert client.post(address(done, "/evaluate"), {"again": "1"}).status_code == 303
    assert Evaluation.objects.count() == 2
    assert "Dashed: the evaluation before." in text(client.get(address(done, "/evaluation")))
    for odd in ("1", "99", "x", "-1", "²"):
        assert client.get(address(done, "/evaluation"), {"number": odd}).status_code == 200


def test_a_short_session_or_a_silent_model_is_told_and_nothing_is_lost(client: Client, user: User) -> None:
    done = practised.session(user=user)
    assert client.post(address(done, "/evaluate")).status_code == 503  # no model is set up
    brief = practised.session((("t", "Yes."), ("t", "No."), ("t", "So.")), user=user)
    assert client.post(address(brief, "/evaluate")).status_code == 422
    assert not Evaluation.objects.exists()


def test_too_short_to_judge_is_said_before_the_session_ends(client: Client, user: User, simulator: Simulator) -> None:
    said = (("t", "Yes."), ("t", "No."), ("t", "So."))
    held = practised.session(said, user=user, status=SessionState.IN_PROGRESS)
    told = client.post(address(held, "/complete"))
    assert told.status_code == 422
    assert "3 messages of yours with 3 words" in text(told)
    assert "End it without an evaluation" in text(told)
    held.refresh_from_db()
    assert held.status == SessionState.IN_PROGRESS
    # Whoever wants to ends it all the same, and is led on.
    assert client.post(address(held, "/complete"), {"anyway": "1"})["Location"] == address(held)
    held.refresh_from_db()
    assert held.status == SessionState.COMPLETED
    page = text(client.get(address(held)))
    assert "Evaluate it" not in page
    assert "Practise it again" in page
    assert not simulator.calls()


def test_pressed_twice_a_session_is_completed_and_evaluated_once(
    client: Client, user: User, simulator: Simulator
) -> None:
    held = practised.session(user=user, status=SessionState.IN_PROGRESS)
    for _ in range(2):
        assert client.post(address(held, "/complete"))["Location"] == address(held, "/evaluation")
    assert Evaluation.objects.count() == 1
    client.post(address(held, "/archive"))
    assert client.post(address(held, "/complete")).status_code == 409
    # Put away, it offers to be taken back, and nothing that would be refused.
    page = text(client.get(address(held, "/evaluation")))
    assert "Take out of the archive" in page
    assert "Evaluate once more" not in page


def test_setting_up_twice_or_again_makes_one_until_it_is_begun(client: Client, user: User) -> None:
    done = practised.session(user=user, agenda="One\n\nTwo")
    form = {name: getattr(done, name) for name in ("preparation_type", *SETUP_TEXTS)}
    places = {client.post("/coaching/new", form)["Location"] for _ in range(3)}
    assert len(places) == 1
    again = Session.objects.exclude(pk=done.pk).get()
    assert {name: getattr(again, name) for name in form} == form
    Session.objects.filter(pk=again.pk).update(messages_count=1)
    assert client.post("/coaching/new", form)["Location"] not in places
    assert client.post("/coaching/new", form | {"tone": ""})["Location"] not in places
    # Somebody else's is never taken up.
    other = practised.session((), status=SessionState.SETUP, preparation_type="Sales", completed_at=None)
    assert client.post("/coaching/new", form | {"preparation_type": "Sales"})["Location"] != address(other)


def test_pages_count_with_the_api(client: Client, user: User, settings: Any, simulator: Simulator) -> None:
    settings.COACHING_MESSAGES_PER_MINUTE = settings.API_MODEL_REQUESTS_PER_MINUTE = 2
    held = practised.session(user=user, status=SessionState.IN_PROGRESS)
    done = practised.session(user=user)
    for page, body in ((address(held, "/say"), {}), (address(done, "/evaluate"), {"again": "1"})):
        answers = [client.post(page, body) for _ in range(5)]  # a new minute may begin on the way
        assert answers[0].status_code == 303
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused, page
        assert int(refused[0]["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["coach opening", "\x00", "ä", "x" * 500])
def test_key_that_is_none_is_nobody_elses_message(client: Client, user: User, key: str, simulator: Simulator) -> None:
    held = practised.session((), user=user, status=SessionState.SETUP, completed_at=None)
    assert client.post(address(held, "/say"), {}).status_code == 303  # the coach opens
    assert client.post(address(held, "/say"), {"text": "We build a scale.", "key": key}).status_code == 303
    assert list(held.messages.values_list("side", flat=True)) == ["coach", "trainee", "coach"]


def test_form_that_was_refused_keeps_what_was_typed(client: Client, user: User) -> None:
    held = practised.session(user=user, status=SessionState.IN_PROGRESS)
    refused = client.post(address(held, "/change"), {"agenda": "Typed with care", "tone": "x" * 500})
    assert refused.status_code == 422
    assert "Typed with care" in text(refused)


def test_history_takes_any_filter_and_any_cursor(client: Client, user: User) -> None:
    practised.evaluated(user, 40, 60, kinds=("Pitch", "Sales"))
    for query in ("status=completed", "type=Sales", "cursor=x", f"cursor={uuid4()}", "status=%00&type=<x>", "cursor="):
        answer = client.get(f"/coaching/history?{query}")
        assert answer.status_code == 200, query
        assert "<x>" not in text(answer)
    assert text(client.get("/coaching/history?type=Sales")).count('class="gr-session-row"') == 1
    for wanted in ("tone_alignment", "nothing", "%00"):
        assert client.get(f"/coaching/progress?dimension={wanted}").status_code == 200


def test_a_step_of_the_plan_is_a_session_to_begin(client: Client, user: User) -> None:
    practised.evaluated(user, 40, 40, 40)
    assert client.post("/coaching/next/99").status_code == 404
    made = client.post("/coaching/next/1")
    held = Session.objects.latest("pk")
    assert made["Location"] == address(held)
    assert held.agenda
    assert held.status == SessionState.SETUP


def test_archived_is_put_away_and_taken_back(client: Client, user: User) -> None:
    held = practised.session(user=user)
    for _ in range(2):
        assert client.post(address(held, "/archive")).status_code == 200
    assert 'class="gr-session-row"' not in text(client.get("/coaching/history"))
    assert client.post(address(held, "/restore")).status_code == 303
    assert 'class="gr-session-row"' in text(client.get("/coaching/history"))


def test_files_are_named_by_kind_and_day_and_kept_by_nobody_between(client: Client, user: User) -> None:
    held = practised.session(user=user, meeting_subtype="Secret\r\nX: y")
    for page, kind in (("/export.md", "text/markdown; charset=utf-8"), ("/export.pdf", "application/pdf")):
        answer = client.get(address(held, page))
        assert answer["Content-Type"] == kind
        assert "Secret" not in answer["Content-Disposition"]
        assert answer["Content-Disposition"].startswith('attachment; filename="pitch-20')
        assert answer["Cache-Control"] == "no-store"
    assert client.get("/coaching/export")["Content-Type"] == "application/json"
