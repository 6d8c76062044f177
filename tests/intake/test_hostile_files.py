"""Hostile files at the wizard's door: a clear message and another try; whoever comes meanwhile notices nothing."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from candidates.models import Candidate, Document
from intake import filling, resumes
from tests import processes
from tests.candidates.paper import VISIBLE, Pdf
from tests.intake.coming import agreed, at, person, round_of
from tests.samples import hidden, hostile


@pytest.fixture(autouse=True)
def _uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


def upload(client: Client, who: Candidate, content: bytes, name: str = "resume.pdf") -> str:
    """Send a file as the wizard's form does; return the page that follows."""
    response = client.post(at(who, "resume"), {"resume": SimpleUploadedFile(name, content)})
    return str(response.content.decode()) if response.status_code != 303 else page(client, who)


def page(client: Client, who: Candidate) -> str:
    return str(client.get(at(who, "resume")).content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("pdf_packed_400_times", "It is too large when unpacked."),
        ("pdf_forms_a_billion_times", "It has more drawn on a page than can be checked."),
        ("pdf_tables_in_a_circle", "The file is broken."),
        ("docx_lying_sizes", "It is too large when unpacked."),
        ("docx_a_billion_laughs", "The file is broken."),
        ("docx_entity_of_a_file", "It has a document type declaration, which no Word file has."),
        ("docx_macros", "It has a program in it (macros). Please send a file without."),
        ("docx_said_to_be_encrypted", "It is protected by a password."),
        ("pdf_a_page_of_html_before", "neither a PDF, a Word file (.docx) nor plain text"),
        ("docx_spreadsheet", "neither a PDF, a Word file (.docx) nor plain text"),
        ("txt_program", "neither a PDF, a Word file (.docx) nor plain text"),
    ],
)
def test_hostile_file_is_refused_in_plain_words_and_another_one_taken(name: str, says: str) -> None:
    sample = hostile.FILES[name]
    who = person()
    client = agreed(who)
    shown = upload(client, who, sample.make(), sample.name)
    if sample.state != "untaken":
        assert "is being read" in shown
        filling.fill(round_of(who))
        shown = page(client, who)
    assert says in shown
    assert "Try another file, or go on without one." in shown
    assert upload(client, who, Pdf().text(VISIBLE).bytes())
    filling.fill(round_of(who))
    assert "resume.pdf was read" in page(client, who)


@pytest.mark.django_db
def test_what_is_hidden_in_a_resume_is_proposed_to_nobody() -> None:
    who = person(location=None)
    client = agreed(who)
    upload(client, who, hidden.HIDDEN["pdf_under_tiles"].make())
    filling.fill(round_of(who))
    document = Document.objects.get()
    assert document.text == VISIBLE
    assert document.hidden
    assert not [one for one in round_of(who).answers.all() if "Expert" in str(one.value) or "Expert" in one.quote]


@pytest.mark.django_db
def test_flood_of_files_from_one_link_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumes, "FILES_WITHIN_AN_HOUR", 2)
    who = person()
    client = agreed(who)
    for number in range(2):
        assert "is being read" in upload(client, who, f"Resume number {number}.".encode(), "resume.txt")
    assert "You have sent many files already." in upload(client, who, b"Resume number 3.", "resume.txt")
    assert Document.objects.count() == 2
    # The one that is there goes on, and so does whoever sent it.
    assert client.post(at(who, "resume"), {"skip": "1"})["Location"] == at(who, "profile")


def state_of(who: Candidate) -> str:
    return Document.objects.get(candidate=who).state


@pytest.mark.django_db(transaction=True)
def test_hostile_file_hurts_neither_other_files_nor_other_requests(settings: Settings) -> None:
    """Two workers' processes, one file that fills a core until it is stopped, three people who only want to go on."""
    hurt, *others = (person(name=f"Candidate {number}") for number in range(4))
    attacker, *clients = (agreed(who) for who in (hurt, *others))
    slow = next(sample for sample in hostile.FILES.values() if sample.is_slow)
    with processes.web() as site, processes.worker(children=2):
        upload(attacker, hurt, slow.make())
        for number, (client, who) in enumerate(zip(clients, others, strict=True)):
            upload(client, who, Pdf().text(f"{VISIBLE} {number}").bytes())
        answered, waited, end = [], [], time.monotonic() + 240
        while time.monotonic() < end and {state_of(who) for who in others} != {Document.State.READ}:
            began = time.monotonic()
            answered.append(asked(site, clients[0], at(others[0], "resume")))
            waited.append(time.monotonic() - began)
            time.sleep(0.05)
        assert [state_of(who) for who in others] == [Document.State.READ] * 3
        assert state_of(hurt) == Document.State.RECEIVED, "it was over before the others were read: nothing is shown"
    assert set(answered) == {200}
    assert max(waited) < 9


@pytest.mark.django_db(transaction=True)
def test_one_reader_at_a_time_reads_all_files_one_after_the_other() -> None:
    people = [person(name=f"Candidate {number}") for number in range(4)]
    clients = [agreed(who) for who in people]
    with processes.worker(children=3, READERS_AT_ONCE=1):
        for client, who in zip(clients, people, strict=True):
            upload(client, who, Pdf().text(f"{VISIBLE} {who.pk}").bytes())
        processes.wait_until(
            lambda: all(round_of(who).filled_from is not None for who in people), what="all files read"
        )
    assert {round_of(who).fill_attempts for who in people} == {1}


def asked(site: str, client: Client, path: str) -> int:
    """The status of a page of the real server, asked for with a browser's cookies."""
    caller = http.client.HTTPConnection(site.removeprefix("http://"), timeout=120)
    try:
        cookies = "; ".join(f"{one.key}={one.value}" for one in client.cookies.values())
        caller.request("GET", path, headers={"Cookie": cookies})
        return caller.getresponse().status
    finally:
        caller.close()
