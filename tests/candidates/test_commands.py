"""The commands that export and score again."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from candidates import profiles
from candidates.models import Work
from candidates.states import ChangeSource
from tests.candidates.recruiting import candidate
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def said(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_an_export_holds_what_the_options_ask_for(tmp_path: Path) -> None:
    high = candidate(82, name="=Robin")
    candidate(20)
    target = tmp_path / "out.csv"
    said("export_candidates", str(target), "--min-score", "80", "--bom")
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(StringIO(raw.decode("utf-8-sig"), newline=""))
    assert (row["id"], row["name"]) == (str(high.pk), "'=Robin")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_an_export_replaces_a_file_only_when_told_to(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    with pytest.raises(CommandError, match="--force"):
        said("export_candidates", str(target))
    assert target.read_text() == "mine"
    said("export_candidates", str(target), "--force")
    assert target.read_text().startswith("id,name,")


@pytest.mark.parametrize(
    "arguments",
    [["--job", str(uuid4())], ["--import", str(uuid4())], ["--min-score", "101"], ["--tier", "Best"], ["--job", "x"]],
)
def test_an_export_of_what_does_not_exist_says_so(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        said("export_candidates", str(tmp_path / "out.csv"), *arguments)
    assert not list(tmp_path.iterdir())


def test_an_export_to_nowhere_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be written"):
        said("export_candidates", str(tmp_path / "missing" / "out.csv"))


def test_other_weights_are_counted_at_once() -> None:
    one = candidate(None)
    profiles.edit(
        candidate=one, values={"years_experience": 3, "is_founder": True}, source=ChangeSource.API, actor=None
    )
    assert "1 candidates would" in said("rescore", "--weight", "years=2", "--dry-run")
    assert "1 candidates ranked" in said("rescore", "--weight", "years=0")
    one.refresh_from_db()
    assert one.algo_score == 20


def test_scoring_again_is_queued_for_those_meant(simulator: Simulator) -> None:
    candidate(50, ai=50, ai_status="scored")
    failed = candidate(50, ai_status="failed")
    assert "1 candidates would" in said("rescore", "--failed", "--dry-run")
    assert not Work.objects.exists()
    assert "1 candidates queued" in said("rescore", "--failed")
    assert Work.objects.get().candidate == failed


@pytest.mark.parametrize(
    "arguments",
    [
        [],  # no model is configured
        ["--job", str(uuid4())],
        ["--weight", "years=3"],
        ["--weight", "years"],
        ["--weight", "shoe_size=1"],
        ["--weight", "years=1", "--failed"],
    ],
)
def test_what_can_not_be_scored_says_why(arguments: list[str]) -> None:
    candidate(50)
    with pytest.raises(CommandError):
        said("rescore", *arguments)
    assert not Work.objects.exists()
