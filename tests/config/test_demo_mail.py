"""The demo's mailbox: mails stay on this machine and can be read on a page, in the demo and nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from pytest_django import Settings

from config.demo_mail import Mailbox

pytestmark = pytest.mark.django_db
BACKEND = "config.demo_mail.Mailbox"


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.DEMO = settings.DEBUG = True
    return tmp_path / "mail"


def send(subject: str, *, text: str = "Hello.", attached: str = "") -> None:
    message = EmailMessage(subject, text, "from@example.com", ["nadja@example.com"], connection=get_connection(BACKEND))
    if attached:
        message.attach(attached, b"BEGIN:VCALENDAR", "text/calendar")
    assert message.send() == 1


def test_mails_are_kept_for_this_user_alone_and_read_newest_first(place: Path) -> None:
    assert "Nothing was sent yet" in Client().get("/demo/mail").content.decode()
    send("The first, with ümlauts 🦊")
    send("The <second>", text="Open http://127.0.0.1:8000/coaching/verify#abc:def now. <b>", attached="when.ics")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()} == {0o600}
    page = Client().get("/demo/mail").content.decode()
    assert page.index("The &lt;second&gt;") < page.index("The first, with ümlauts 🦊")
    newest = sorted(file.name for file in place.iterdir())[-1]
    opened = Client().get("/demo/mail", {"mail": newest})
    text = opened.content.decode()
    assert 'href="http://127.0.0.1:8000/coaching/verify#abc:def"' in text
    assert "&lt;b&gt;" in text
    assert "when.ics" in text
    assert opened["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("demo", "debug"), [(False, True), (True, False), (False, False)])
def test_the_page_is_nowhere_but_in_the_demo(place: Path, settings: Settings, demo: bool, debug: bool) -> None:
    send("For the demo")
    settings.DEMO, settings.DEBUG = demo, debug
    response = Client().get("/demo/mail")
    assert response.status_code == 404
    assert "For the demo" not in response.content.decode()


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "..%2Fsecret", "secret", "0" * 20 + "-" + "0" * 8, "\x00"]
)
def test_no_other_file_is_read(place: Path, name: str) -> None:
    send("A mail")
    for file in (place / "secret", place.parent / "secret"):
        file.write_text("Subject: secret\n\nsecret words")
    response = Client().get("/demo/mail", {"mail": name})
    assert response.status_code == 404
    assert "secret words" not in Client().get("/demo/mail").content.decode()


def test_mails_of_one_moment_are_all_kept(place: Path) -> None:
    messages = [EmailMessage(str(number), "", "from@example.com", ["to@example.com"]) for number in range(20)]
    assert Mailbox().send_messages(messages) == 20
    assert len(list(place.iterdir())) == 20
