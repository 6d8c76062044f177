"""Practice taken along: Markdown in which nothing becomes markup, PDF in any script, JSON that lacks nothing."""

from __future__ import annotations

import io
import json
import unicodedata
from typing import Any

import pytest
from pdfminer.high_level import extract_text

from coaching import evaluation, exporting
from coaching.messages import in_order
from coaching.models import Message, Session
from coaching.states import SessionState
from tests.coaching import practised
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

LINES = "Not a heading\n===\n- no point\n1. no number\n    no code\n+2 percent, 38.5 more"
HOSTILE = "# Not a heading\n<script>alert(1)</script> [a link](https://example.org) *bold* `code` | a cell ~~gone~~ \\"
WORDS = "Grüße aus Köln: 12 € für Ελένη, Иван, 林さん und 🦊👩‍🚀. نعم"


def text_of(paper: bytes) -> str:
    return " ".join(extract_text(io.BytesIO(paper)).split())


def held(*said: tuple[str, str], **named: str) -> Session:
    return practised.session(said or practised.GOOD, **named)


def test_markdown_holds_what_was_said_and_makes_nothing_of_it() -> None:
    session = held(("c", "Good morning."), ("t", HOSTILE), agenda=HOSTILE, meeting_subtype="A _name_")
    found = exporting.markdown(session)
    assert "\n# Not" not in found
    escaped = (
        r"\# Not a heading" + "  \n"
        r"\<script\>alert(1)\</script\> \[a link\](https://example.org) \*bold\* \`code\` \| a cell \~\~gone\~\~ \\"
    )
    assert f"**You:** {escaped}\n" in found
    assert f"**What should come up:** {escaped}\n" in found
    assert r"A \_name\_" in found
    lines = "Not a heading  \n\\===  \n\\- no point  \n1\\. no number  \nno code  \n\\+2 percent, 38.5 more"
    assert f"**You:** {lines}\n" in exporting.markdown(held(("t", LINES)))
    assert "**Coach:** Good morning." in found
    assert found.startswith("# Pitch\n")
    assert "Evaluation" not in found


def test_markdown_and_paper_hold_the_evaluation_with_its_quotes(simulator: Simulator) -> None:
    session = held()
    made = evaluation.shown(evaluation.evaluate(session))
    found, paper = exporting.markdown(session), text_of(exporting.pdf(session))
    assert f"## Evaluation: {made.overall:g} of 100" in found
    assert f"Evaluation: {made.overall:g} of 100" in paper
    for strength in made.strengths:
        assert strength.quote.quote[:40] in found.replace("\\", "")
        assert strength.quote.quote[:20] in paper
    for name in ("Clarity and structure", "Engagement", "Tone"):
        assert name in found
        assert name in paper


def test_paper_takes_any_script_and_any_length() -> None:
    long = "Antwort mit Donaudampfschifffahrtsgesellschaftskapitän. " * 150
    session = held(("c", WORDS), ("t", long), ("t", "x" * 3000), meeting_subtype=WORDS, agenda="\x1b\x07 bell")
    paper = exporting.pdf(session)
    assert paper.startswith(b"%PDF")
    text = text_of(paper)
    for word in ("Grüße aus Köln", "12 €", "Ελένη", "Иван", "Donaudampfschifffahrtsgesellschaftskapitän"):
        assert word in text
    assert exporting.pdf(practised.session((), status=SessionState.SETUP)).startswith(b"%PDF")


def test_quotes_are_marked_where_they_were_said(simulator: Simulator) -> None:
    session = held()
    made = evaluation.shown(evaluation.evaluate(session))
    said = in_order(list(Message.objects.filter(session=session)))
    marked = exporting.marked(said, made)
    assert ["".join(piece.text for piece in one.pieces) for one in marked] == [one.text for one in said]
    quotes = [quote for quotes in made.quotes.values() for quote in quotes]
    assert quotes
    for quote in quotes:
        pieces = next(one.pieces for one in marked if one.message.number == quote.message)
        assert quote.quote in "".join(piece.text for piece in pieces if piece.about)
    assert not [piece for one in marked if one.message.side == "coach" for piece in one.pieces if piece.about]


def test_paper_tells_of_boxes_only_where_there_are_some() -> None:
    told = "stand as empty boxes"
    with_boxes = text_of(exporting.pdf(held(("t", "林さん said yes."))))
    assert told in with_boxes
    assert "□□□ said yes." in with_boxes
    assert told not in text_of(exporting.pdf(held(("t", "Grüße, Ελένη\tIvan\x1b, été"))))


def test_paper_joins_and_orders_what_runs_from_right_to_left() -> None:
    paper = exporting.pdf(held(("t", "مرحبا")))
    # As drawn: joined letters, each in the form of its place, the last one first.
    drawn = extract_text(io.BytesIO(paper))
    assert unicodedata.normalize("NFKC", "ﺎﺒﺣﺮﻣ") in unicodedata.normalize("NFKC", drawn)
    assert "مرحبا" not in drawn


def test_name_above_words_is_on_their_page() -> None:
    paper = exporting.pdf(held(*((side, f"Said {number}.") for number in range(60) for side in "tc")))
    pages = [" ".join(page.split()) for page in extract_text(io.BytesIO(paper)).split("\f") if page.strip()]
    assert len(pages) > 2
    assert not [page for page in pages if page.endswith(("You", "Coach"))]


def test_paper_of_an_endless_session_ends_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ON_PAPER", 100)
    text = text_of(exporting.pdf(held(("t", "Short."), ("c", "x" * 200), ("t", "Never printed."))))
    assert "Short." in text
    assert "Not printed" in text
    assert "Never printed." not in text


def test_setting_type_writes_no_letter_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    exporting.pdf(held())
    assert not [record for record in caplog.records if record.name.startswith("fontTools")]


def test_everything_is_read_a_few_sessions_at_a_time(django_assert_max_num_queries: Any) -> None:
    user = practised.trainee()
    for _ in range(45):
        practised.session((("t", "Yes."),), user=user)
    with django_assert_max_num_queries(12):
        found = json.loads(b"".join(exporting.everything(user)))
    assert len(found["sessions"]) == 45
    assert found["sessions"][0]["started_at"]


def test_everything_is_whole_and_of_one_person_alone(simulator: Simulator) -> None:
    user = practised.trainee("Noa Winter", "noa@example.com")
    session = held(user=user)  # type: ignore[arg-type]
    made = evaluation.evaluate(session)
    practised.session((("t", WORDS),), user=user, status=SessionState.ARCHIVED)
    practised.session((("t", "Words of somebody else."),))
    data = b"".join(exporting.everything(user))
    found = json.loads(data)
    assert found["account"]["email"] == "noa@example.com"
    assert [one["status"] for one in found["sessions"]] == ["completed", "archived"]
    first = found["sessions"][0]
    assert [one["text"] for one in first["messages"]] == [text for _, text in practised.GOOD]
    assert [one["number"] for one in first["evaluations"]] == [made.number]
    assert first["evaluations"][0]["overall"] == float(made.overall)
    assert found["sessions"][1]["messages"][0]["text"] == WORDS
    assert b"somebody else" not in data
    assert b"password" not in data
