from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from candidates.management.commands import make_sample_csv
from candidates.models import Candidate, Import, Job

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "name,email\nAda Love,ada@example.com\nBob Ray,bob@example.com\n"
BAD = "name,email\nAda Love,ada@example.com\nBob Ray,nobody at example\n"


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(content: str, name: str = "people.csv") -> str:
        (tmp_path / name).write_text(content)
        return str(tmp_path / name)

    return write


def ran(*args: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    out = io.StringIO()
    try:
        call_command("import_candidates", *args, stdout=out, skip_checks=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_a_sound_file_is_read_and_summed_up(written: Any) -> None:
    code, out = ran(written(GOOD))
    assert code == 0
    assert "2 rows: 2 candidates made, 0 updated, 0 failed." in out
    assert Candidate.objects.count() == 2


def test_failed_rows_are_named_and_make_the_exit_code_1(written: Any) -> None:
    code, out = ran(written(BAD))
    assert code == 1
    assert "line 3: This is not an e-mail address." in out
    assert Candidate.objects.count() == 1


def test_dry_run_writes_nothing(written: Any) -> None:
    code, out = ran(written(BAD), "--dry-run")
    assert code == 1
    assert "would make 1 candidates" in out
    assert not Candidate.objects.exists()
    assert not Import.objects.exists()


def test_several_files_come_in_one_after_the_other(written: Any) -> None:
    code, _ = ran(written(GOOD, "one.csv"), written("name,email\nCy,c@example.com\n", "two.csv"))
    assert code == 0
    assert Import.objects.count() == 2
    assert Candidate.objects.count() == 3


def test_job_no_score_and_mapping_are_passed_on(written: Any) -> None:
    job = Job.objects.create(title="Account Executive")
    code, out = ran(
        written("Wer,Post\nAda Love,ada@example.com\n"),
        *("--job", "account executive", "--no-score", "--mapping", '{"Wer": "name", "Post": "email"}'),
    )
    assert code == 0, out
    import_ = Import.objects.get()
    assert (import_.job_id, import_.score) == (job.pk, False)
    assert Candidate.objects.get().name == "Ada Love"


@pytest.mark.parametrize(
    "args",
    [
        ("missing.csv",),
        ("{file}", "--job", "No such job"),
        ("{file}", "--mapping", "not json"),
        ("{file}", "--mapping", '{"0": "no_such_field"}'),
        ("{empty}",),
    ],
)
def test_what_can_not_be_used_makes_the_exit_code_2(written: Any, args: tuple[str, ...]) -> None:
    paths = {"{file}": written(GOOD), "{empty}": written("", "empty.csv")}
    code, out = ran(*(paths.get(arg, arg) for arg in args))
    assert code == 2
    assert out
    assert not Candidate.objects.exists()


def test_the_sample_file_is_the_same_every_time_and_holds_what_was_asked(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        call_command("make_sample_csv", str(tmp_path / name), rows=400, skip_checks=True, stderr=io.StringIO())
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    code, _ = ran(str(tmp_path / "one.csv"))
    import_ = Import.objects.get()
    people = make_sample_csv.rows(400, bad_share=0.01, duplicate_share=0.05, seed=1)
    broken = sum(cells[2] in make_sample_csv.BROKEN for cells in people)
    assert code == (1 if broken else 0)
    assert (import_.rows_total, import_.rows_failed) == (400, broken)
    assert 5 <= import_.duplicates <= 40
