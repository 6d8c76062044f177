"""Text that nobody sees who opens the file is kept apart and told; what innocent programs draw is read as it stands."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from candidates import documents, red_flags
from candidates.document_reader import Reading, docx, pdf, unseen
from candidates.models import Candidate, Document
from tests.candidates.paper import HIDDEN as SENTENCE
from tests.candidates.paper import VISIBLE
from tests.samples import hidden
from tests.samples.hiding import Hiding


def read(sample: Hiding) -> Reading:
    """The sample as the reader's process reads it, in this one."""
    reading = Reading()
    {"pdf": pdf.read, "docx": docx.read}[sample.name.rpartition(".")[2]](sample.make(), reading)
    unseen.separate(reading)
    return reading


@pytest.mark.parametrize("way", [way for way in hidden.HIDDEN if "properties" not in way])
def test_hidden_sentence_is_kept_apart(way: str) -> None:
    sample = hidden.HIDDEN[way]
    reading = read(sample)
    assert SENTENCE not in reading.text
    assert VISIBLE in reading.text
    # What no program shows and no model reads is not told: nobody could be taken in by it.
    assert [sample.why in item["why"] for item in reading.hidden] == [True] * bool(sample.why)


@pytest.mark.parametrize("way", hidden.SEEN)
def test_sentence_that_is_seen_is_read_and_nobody_is_accused(way: str) -> None:
    reading = read(hidden.SEEN[way])
    assert SENTENCE in reading.text
    assert VISIBLE in reading.text
    assert reading.hidden == []


@pytest.fixture
def someone(tmp_path: Path, settings: Settings) -> Candidate:
    settings.MEDIA_ROOT = tmp_path
    return Candidate.objects.create(id=uuid4(), name="Robin Sample")


def sent(someone: Candidate, content: bytes, name: str) -> Document:
    made = documents.attach(candidate=someone, file=SimpleUploadedFile(name, content))
    documents.read(made.pk)
    made.refresh_from_db()
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("way", [way for way in hidden.HIDDEN if "properties" in way])
def test_properties_that_speak_to_a_model_are_told_and_never_read(someone: Candidate, way: str) -> None:
    document = sent(someone, hidden.HIDDEN[way].make(), hidden.HIDDEN[way].name)
    assert document.text == VISIBLE
    assert "properties" in document.hidden[0]["why"]
    found = {one.code for one in red_flags.find(someone, documents=[document])}
    assert "hidden_text" in found
    assert ("prompt_injection" in found) == ("stuffed" not in way)


@pytest.mark.django_db
@pytest.mark.parametrize("way", hidden.PROPERTIES)
def test_ordinary_properties_accuse_nobody(someone: Candidate, way: str) -> None:
    document = sent(someone, hidden.PROPERTIES[way](), "resume." + way.partition("_")[0])
    assert (document.text, document.hidden) == (VISIBLE, [])


@pytest.mark.django_db
def test_hidden_sentence_reaches_the_recruiter_as_a_red_flag(someone: Candidate) -> None:
    document = sent(someone, hidden.HIDDEN["pdf_behind_a_picture"].make(), "resume.pdf")
    flag = next(one for one in red_flags.find(someone, documents=[document]) if one.code == "hidden_text")
    assert "painted over" in flag.explanation
    assert flag.quote == SENTENCE
