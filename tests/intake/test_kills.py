"""Killed workers, servers and browsers: nothing confirmed is lost, nothing is merged or mailed twice."""

from __future__ import annotations

import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Link, User
from candidates.models import Candidate, Change, Document
from intake import answers, consent, filling, merging, resumes, tasks
from intake.models import Answer, Intake, Notice
from intake.states import AnswerState, IntakeState, Step, Via
from tests import processes
from tests.intake import rounds
from tests.intake.coming import agreed, at, come, form_of, invited, person, round_of, walked
from tests.intake.test_merging import SAID, answered
from tests.processes import Process, wait_until
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

How = Literal["whole", "child"]


# --- a worker that reads a resume ------------------------------------------------------------------------------------
def handed_in(text: str = rounds.RESUME) -> Intake:
    """A round whose candidate has just sent a resume."""
    intake = rounds.intake(step=Step.RESUME)
    resumes.receive(intake, SimpleUploadedFile("resume.txt", text.encode()))
    return intake


def is_begun(intake: Intake) -> bool:
    """A worker has the file, and nobody has read it."""
    found = Intake.objects.select_related("document").get(pk=intake.pk)
    return found.fill_attempts > 0


def is_asked_about(intake: Intake) -> bool:
    """The file was read, and the model thinks about it."""
    found = Intake.objects.select_related("document").get(pk=intake.pk)
    return found.document is not None and found.document.state == Document.State.READ


def is_used(intake: Intake) -> bool:
    found = Intake.objects.get(pk=intake.pk)
    return found.filled_from == found.document_id


@pytest.mark.parametrize(("how", "moment"), [("whole", is_begun), ("whole", is_asked_about), ("child", is_asked_about)])
def test_resume_of_a_killed_reader_is_read_by_the_next_one(
    how: How, moment: Any, simulator: Simulator, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    simulator.control(latency=60)
    intake = handed_in()
    worker = processes.start_worker(children=2)
    try:
        wait_until(lambda: moment(intake), every=0.005, what="a worker at the resume")
        if how == "whole":
            worker.kill()
        else:
            for pid in range(len(worker.children())):
                worker.kill_child(pid)
        assert not is_used(intake)
        simulator.control(latency=0)
        if how == "whole":
            worker = processes.start_worker(children=2)
        with processes.beat(WORK_SWEEP_SECONDS=1):
            wait_until(lambda: is_used(intake), what="the resume used")
    finally:
        worker.stop()
    document = Document.objects.get()
    assert document.state == Document.State.READ, document.reason
    given = answers.current(intake)
    # Proposed, or known already: where the work of the candidate was drained first, the profile has it from that file,
    # and what is known is not proposed.
    known = given["email"].value if "email" in given else Candidate.objects.get().email
    assert known == "ada.example@example.com", (list(given), worker.output())
    assert {one.state for one in given.values()} <= {AnswerState.PROPOSED}
    # Read twice, proposed once.
    assert Answer.objects.filter(intake=intake).count() == len(given)


def test_lost_ring_is_rung_again_by_the_sweep_and_not_all_the_time(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    intake = handed_in()
    assert filling.waiting() == [intake.pk]
    assert (resumes.sweep(), resumes.sweep()) == (1, 0)
    tasks.fill(str(intake.pk))
    assert filling.waiting() == []
    assert is_used(intake)


def test_reader_at_work_is_not_joined_by_another(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    intake = handed_in()
    found: list[filling.Filled] = []

    def second() -> None:
        try:
            found.append(filling.fill(Intake.objects.get(pk=intake.pk)))
        finally:
            connection.close()

    with filling._alone(intake.pk) as alone:
        assert alone
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert (found[0].proposals, is_used(intake)) == ([], False)
    assert filling.fill(intake).proposals


def test_resume_that_kills_its_readers_is_done_without(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    intake = handed_in()
    Intake.objects.filter(pk=intake.pk).update(fill_attempts=filling.MOST_ATTEMPTS)
    tasks.fill(str(intake.pk))
    intake.refresh_from_db()
    assert resumes.standing(intake).state == "refused"
    assert "limits of memory and time" in resumes.standing(intake).problem
    assert filling.waiting() == []
    # Another file has its own attempts.
    resumes.receive(intake, SimpleUploadedFile("other.txt", rounds.RESUME.replace("Leeds", "York").encode()))
    tasks.fill(str(intake.pk))
    assert resumes.standing(Intake.objects.get()).state == "read"


# --- a server that merges --------------------------------------------------------------------------------------------
def test_server_killed_in_the_middle_of_a_merge_has_merged_nothing(site_of: Any) -> None:
    noor = User.objects.create_superuser("noor@example.com", "a long password")
    who = person()
    client = walked(who, "review")
    intake = round_of(who)
    Intake.objects.filter(pk=intake.pk).update(made_by=noor)
    answers.record(intake, field="location", value="Ghent, Belgium", via=Via.FORM)
    form = form_of(client, who, "review") | {"send": "1"}
    cookie = client.cookies["greenroom_intake"].value

    server = site_of()
    with transaction.atomic():
        # The merge ends the link almost at its end: it stands there, with everything written and nothing committed.
        list(Link.objects.select_for_update().filter(subject_id=who.pk))
        sending = threading.Thread(target=server.post, args=(at(who, "review"), form, cookie))
        sending.start()
        wait_until(lambda: waits_for_a_lock("accounts_link"), what="the merge at the link")
        server.process.kill()
        sending.join()
    wait_until(lambda: not waits_for_a_lock("accounts_link"), what="the dead server's connection ended")
    intake.refresh_from_db()
    assert intake.state == IntakeState.IN_PROGRESS
    assert not Change.objects.exists()
    assert not Notice.objects.exists()
    assert answers.current(intake)["location"].value == "Ghent, Belgium"

    server = site_of()
    for _ in range(3):  # the browser that got no answer sends again, and the person too
        assert server.post(at(who, "review"), form, cookie)[0] == 303
    intake.refresh_from_db()
    assert intake.state == IntakeState.COMPLETED
    assert [change.field for change in Change.objects.all()] == ["location"]
    assert Notice.objects.count() == 1
    who.refresh_from_db()
    assert (who.location, who.enrichment_fields) == ("Ghent, Belgium", ["location"])


def waits_for_a_lock(table: str) -> bool:
    """Whether some statement about a table waits for a lock."""
    with connection.cursor() as cursor:
        # Within a transaction it would be looked at once only.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE %s",
            [f"%{table}%"],
        )
        return bool(cursor.fetchone()[0])


# --- a browser that is closed ----------------------------------------------------------------------------------------
class Site:
    """A web server, spoken to as a browser does that may be closed at any moment."""

    def __init__(self, base_url: str, process: Process) -> None:
        self.address = urllib.parse.urlsplit(base_url).netloc
        self.process = process

    def post(self, path: str, form: dict[str, str], cookie: str) -> tuple[int, str]:
        """(status, body); (0, "") where no answer came."""
        line = HTTPConnection(self.address, timeout=300)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"greenroom_intake={cookie}",
            "Sec-Fetch-Site": "same-origin",
        }
        try:
            line.request("POST", path, urllib.parse.urlencode(form), headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            line.close()


@pytest.fixture
def site_of() -> Iterator[Any]:
    """Makes a web server; the one before must be dead by then."""
    opened: list[Any] = []

    def start() -> Site:
        block = processes.web_process()
        base_url, process = block.__enter__()
        opened.append(block)
        return Site(base_url, process)

    yield start
    for block in opened:
        block.__exit__(None, None, None)


def test_upload_that_breaks_off_leaves_nothing(site_of: Any) -> None:
    who = person()
    client = agreed(who)
    server = site_of()
    cookie = client.cookies["greenroom_intake"].value
    body = (
        b'--x\r\nContent-Disposition: form-data; name="resume"; filename="resume.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n" + rounds.RESUME.encode()
    )
    line = HTTPConnection(server.address, timeout=30)
    line.putrequest("POST", at(who, "resume"))
    for name, value in {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(len(body) * 3),
        "Cookie": f"greenroom_intake={cookie}",
        "Sec-Fetch-Site": "same-origin",
    }.items():
        line.putheader(name, value)
    line.endheaders()
    line.send(body)
    time.sleep(0.5)
    line.close()
    time.sleep(0.5)
    assert not Document.objects.exists()
    intake = round_of(who)
    assert (intake.step, intake.document) == (Step.RESUME, None)
    # And the next attempt is an ordinary one.
    response = client.post(at(who, "resume"), {"resume": SimpleUploadedFile("resume.txt", rounds.RESUME.encode())})
    assert response.status_code == 303
    assert Document.objects.get().candidate == who


@pytest.mark.parametrize("step", ["consent", "resume", "profile", "gaps", "review"])
def test_browser_closed_at_a_step_goes_on_there_by_the_same_link(step: str) -> None:
    """The cookie is gone with the browser; what was saved is not, and is merged once at the end."""
    who = person(location=None, current_company="Old Mill")
    token = invited(who)

    def closed_after(posted: str, form: dict[str, str]) -> Client:
        """A browser sends a step and is closed before it sees what comes of it; another one comes by the link."""
        browser.post(at(who, posted), form)
        return come_again()

    def come_again() -> Client:
        client = Client()
        assert client.post(at(who), {"token": token}).status_code == 303
        return client

    browser = come_again()
    steps = ["consent", "resume", "profile", "gaps", "review"]
    forms: dict[str, Any] = {
        "consent": lambda: {"agree": consent.VERSION},
        "resume": lambda: {"skip": "1"},
        "profile": lambda: form_of(browser, who, "profile", current_company="New Mill"),
        "gaps": lambda: form_of(browser, who, "gaps", location="Ghent, Belgium"),
        "review": lambda: form_of(browser, who, "review") | {"send": "1"},
    }
    for name in steps[: steps.index(step)]:
        browser.post(at(who, name), forms[name]())
    if step != "review":
        browser = closed_after(step, forms[step]())
        for name in steps[steps.index(step) + 1 :]:
            assert browser.get(at(who, name)).status_code == 200, name
            browser.post(at(who, name), forms[name]())
    else:
        browser.post(at(who, "review"), forms["review"]())
        # The round is completed and its link is used up: whoever opens it once more comes to nothing.
        assert Client().post(at(who), {"token": token}).status_code == 410
    intake = round_of(who)
    assert intake.state == IntakeState.COMPLETED
    who.refresh_from_db()
    assert (who.location, who.current_company) == ("Ghent, Belgium", "New Mill")
    assert sorted(change.field for change in Change.objects.filter(candidate=who)) == ["current_company", "location"]
    # Handed in again by the first browser, or by its page from before: one effect.
    assert browser.post(at(who, "review"), {"send": "1"}).status_code == 303
    assert Change.objects.filter(candidate=who).count() == 2


def test_round_that_outlives_its_link_is_completed_once_by_the_next_one() -> None:
    who = person(location=None)
    browser = walked(who, "review")
    intake = round_of(who)
    answers.record(intake, field="location", value="Ghent, Belgium", via=Via.CHAT)
    form = form_of(browser, who, "review") | {"send": "1"}
    Link.objects.filter(subject_id=who.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    before = browser.post(at(who, "review"), form).status_code
    assert before in (303, 410)
    intake.refresh_from_db()
    # Either it counted, or nothing of it is lost.
    assert answers.current(intake)["location"].state == AnswerState.ACCEPTED
    if intake.state != IntakeState.COMPLETED:
        assert not Change.objects.exists()
        again = come(who)
        assert again.get(at(who, "review")).status_code == 200
        for _ in range(2):
            assert again.post(at(who, "review"), form_of(again, who, "review") | {"send": "1"}).status_code == 303
        intake.refresh_from_db()
    assert intake.state == IntakeState.COMPLETED
    assert [change.field for change in Change.objects.all()] == ["location"]


def test_round_is_completed_once_also_after_its_link_has_run_out() -> None:
    intake = answered()
    Link.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    first, second = merging.complete(intake), merging.complete(Intake.objects.get(pk=intake.pk))
    assert (first.is_first, second.is_first) == (True, False)
    assert Change.objects.count() == len(SAID)
