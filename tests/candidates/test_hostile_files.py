"""Hostile files: each is read or refused with a clear reason, within 256 MiB and 10 seconds, and hurts nobody else.

Memory and time are measured on the process that takes the file apart, by a small one that starts it: a process that is
forked from this one would count this one's memory as its own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from candidates import documents
from candidates.document_reader import __main__ as limits
from candidates.documents import DocumentTypeUnknown, ReadersBusy, TooManyDocuments
from candidates.models import Candidate, Document
from tests.candidates.paper import VISIBLE, Pdf
from tests.candidates.recruiting import recruiter
from tests.samples import hostile

ROOT = Path(__file__).resolve().parents[2]
MOST_MIB = 256
MOST_SECONDS = 10
# As it is without the patience that tests have (tests/conftest.py).
READING_SECONDS = documents.READING_SECONDS
_LAUNCHER = """
import json, resource, subprocess, sys
ended = subprocess.run([sys.executable, *sys.argv[1:]], stdin=sys.stdin.buffer, capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
told = ended.stdout.decode()
print(json.dumps([ended.returncode, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, told]))
"""


@dataclass(frozen=True)
class Measured:
    """What a process used and said; MiB at most, and seconds of processor time."""

    code: int
    mebibytes: float
    seconds: float
    output: str


def measured(*command: str, content: bytes = b"") -> Measured:
    """Run Python with these arguments, from a process that is small itself."""
    ended = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, *command],
        input=content,
        capture_output=True,
        cwd=ROOT,
        check=True,
        timeout=300,
    )
    return Measured(*json.loads(ended.stdout))


@pytest.mark.parametrize("name", [name for name, sample in hostile.FILES.items() if sample.state != "untaken"])
def test_hostile_file_is_read_or_refused_within_the_limits(name: str) -> None:
    sample = hostile.FILES[name]
    content = sample.make()
    kind = name.partition("_")[0]
    assert documents.sniffed(content) == ("txt" if name == "txt_pdf_by_name_alone" else kind)
    used = measured("-m", "candidates.document_reader", kind, content=content)
    assert used.mebibytes <= MOST_MIB
    assert used.seconds <= limits.MOST_CPU_SECONDS + 0.5
    assert used.code == 0, "killed by the kernel, and not ended by itself"
    found = json.loads(used.output)
    told = " ".join([found["reason"], *(one["text"] for one in found["warnings"])])
    assert re.fullmatch(sample.state, found["state"]), told
    assert re.search(sample.says, told), told
    if found["state"] == "read":
        assert VISIBLE in found["text"]
        assert "root:" not in found["text"]
    else:
        assert found["reason"]
        assert found["text"] == ""


def test_measure_sees_what_is_used() -> None:
    # Without limits more than is allowed is measured as more: the test above can fail.
    used = measured("-c", "data = bytearray(300 * 1024**2); data[::4096] = b'x' * len(data[::4096])")
    assert used.mebibytes > MOST_MIB
    assert measured("-c", "import time\nwhile time.process_time() < 1: pass").seconds >= 1


def under_limits(code: str) -> str:
    """What a process says that ran `code` under the reader's limits."""
    before = "from candidates.document_reader.__main__ import limit; limit()\n"
    return measured("-c", before + code).output.strip()


def test_memory_is_limited_by_the_kernel() -> None:
    tried = "try:\n    bytearray(250 * 1024**2)\n    print('had')\nexcept MemoryError:\n    print('refused')"
    assert under_limits(tried) == "refused"


def test_time_is_limited_by_the_kernel() -> None:
    assert limits.MOST_CPU_SECONDS < READING_SECONDS <= MOST_SECONDS
    set_ = "import resource; print(*resource.getrlimit(resource.RLIMIT_CPU))"
    assert under_limits(set_) == f"{limits.CPU_SECONDS} {limits.MOST_CPU_SECONDS}"


def test_no_file_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / "made"
    tried = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\ntry:\n    f = open({str(target)!r}, 'wb')"
    tried += "\n    f.write(b'x' * 9000); f.close()\n    print('written')\nexcept OSError:\n    print('refused')"
    assert under_limits(tried) == "refused"
    assert target.stat().st_size == 0


@pytest.mark.parametrize(
    "tried",
    [
        "open('/etc/passwd').read()",
        "open('.env').read()",
        "import os; os.open('/tmp', os.O_RDONLY)",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import pickle; pickle.loads(b'cos\\nsystem\\n.')",
        "import ctypes; ctypes.CDLL(None)",
        "import os; os.kill(1, 0)",
    ],
)
def test_reader_that_is_taken_over_can_do_nothing(tried: str) -> None:
    code = "import socket, urllib.request, pickle, subprocess, os\n"
    code += "from candidates.document_reader import guard\nguard.shut()"
    code += f"\ntry:\n    {tried}\n    print('done')\nexcept guard.Forbidden:\n    print('refused')"
    assert measured("-c", code).output.strip() == "refused"


# --- what is kept -----------------------------------------------------------------------------------------------------
@pytest.fixture
def someone(tmp_path: Path, settings: Settings, db: Any) -> Candidate:
    settings.MEDIA_ROOT = tmp_path
    return Candidate.objects.create(id=uuid4(), name="Robin Sample")


def attached(someone: Candidate, content: bytes, name: str = "resume.pdf", **options: Any) -> Document:
    return documents.attach(candidate=someone, file=SimpleUploadedFile(name, content), **options)


def page(words: str = VISIBLE) -> bytes:
    return Pdf().text(words).bytes()


@pytest.mark.parametrize("name", [name for name, sample in hostile.FILES.items() if sample.state == "untaken"])
def test_what_is_no_document_is_not_kept(someone: Candidate, name: str) -> None:
    with pytest.raises(DocumentTypeUnknown):
        attached(someone, hostile.FILES[name].make(), hostile.FILES[name].name)
    assert not Document.objects.exists()


def test_what_a_file_can_do_is_kept_with_it(someone: Candidate) -> None:
    made = attached(someone, hostile.FILES["pdf_javascript"].make())
    documents.read(made.pk)
    made.refresh_from_db()
    assert (made.state, made.text) == (Document.State.READ, VISIBLE)
    assert made.warnings == [{"code": "program", "text": "It has a program in it (JavaScript)."}]
    client = Client()
    client.force_login(recruiter())
    shown = client.get(reverse("admin:candidates_candidate_change", args=[someone.pk])).content.decode()
    assert "It has a program in it (JavaScript)." in shown


def test_file_is_called_what_it_is(someone: Candidate) -> None:
    assert attached(someone, page(), "resume.html").filename == "resume.html.pdf"
    assert attached(someone, page("Other."), "Resume.PDF").filename == "Resume.PDF"
    assert attached(someone, b"Some text.", "resume.pdf").filename == "resume.pdf.txt"


def test_flood_of_files_is_stopped(someone: Candidate) -> None:
    first = attached(someone, page("1"), most=(2, 3))
    attached(someone, page("2"), most=(2, 3))
    with pytest.raises(TooManyDocuments) as refused:
        attached(someone, page("3"), most=(2, 3))
    assert refused.value.status == 429
    # The same file again is no new one.
    assert attached(someone, page("1"), most=(2, 3)).pk == first.pk
    Document.objects.update(created_at="2020-01-01T00:00:00Z")
    attached(someone, page("3"), most=(2, 3))
    with pytest.raises(TooManyDocuments):
        attached(someone, page("4"), most=(2, 3))


# --- one reader for a file, and few of them ---------------------------------------------------------------------------
class Elsewhere:
    """Another process that holds locks, as a worker does while it reads."""

    def __enter__(self) -> Elsewhere:
        known = connection.get_connection_params()
        named = {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
        self.own = psycopg.connect(**named, autocommit=True)
        return self

    def holds(self, name: str) -> None:
        row = self.own.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
        assert row == (True,)

    def __exit__(self, *_: object) -> None:
        self.own.close()


def test_file_that_somebody_reads_is_left_to_them(someone: Candidate) -> None:
    made = attached(someone, page())
    with Elsewhere() as other:
        other.holds(f"document:{made.pk}")
        with pytest.raises(ReadersBusy):
            documents.read(made.pk)
    made.refresh_from_db()
    assert made.state == Document.State.RECEIVED
    # The other one died: its lock went with it.
    documents.read(made.pk)
    made.refresh_from_db()
    assert made.state == Document.State.READ


def test_no_more_readers_than_are_allowed(someone: Candidate, settings: Settings) -> None:
    settings.READERS_AT_ONCE = 2
    made = attached(someone, page())
    with Elsewhere() as other:
        other.holds("document-reader:0")
        documents.read(made.pk)
        following = attached(someone, page("More."))
        other.holds("document-reader:1")
        with pytest.raises(ReadersBusy):
            documents.read(following.pk)
        # Nothing of what was tried is left behind.
        other.holds(f"document:{following.pk}")


def test_who_finds_readers_busy_comes_again_once_and_less_often_the_longer_it_lasts(someone: Candidate) -> None:
    made = attached(someone, page())
    soon = documents.comes_again(made.pk)
    assert soon is not None
    assert 1 < soon <= 1.4
    assert documents.comes_again(made.pk) is None  # one is on its way
    cache.clear()
    Document.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    later = documents.comes_again(made.pk)
    assert later is not None
    assert 8 <= later <= 12
    cache.clear()
    documents.read(made.pk)
    assert documents.comes_again(made.pk) is None


def test_reader_that_is_too_slow_is_ended(someone: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "READING_SECONDS", 1.5)
    made = attached(someone, hostile.FILES["pdf_lzw_in_flate"].make())
    with pytest.raises(ReadersBusy):  # it had less processor time than a file needs: the machine was slow
        documents.read(made.pk)
    made.refresh_from_db()
    assert made.state == Document.State.RECEIVED
    # A machine that is busy for so long is no excuse any more.
    Document.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    documents.read(made.pk)
    made.refresh_from_db()
    assert (made.state, made.reason) == (Document.State.REFUSED, "Reading it took too long.")
