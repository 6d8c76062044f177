"""Resumes in three formats: what is taken, and how what is wrong is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from candidates import resume
from candidates.checks import published_resume
from candidates.resume import ResumeBroken, ResumeMissing
from tests import processes

SAMPLE = Path(settings.BASE_DIR) / "candidates" / "demo" / "resume.json"
NO_OBJECT = "this must be an object with names and values"
NO_ADDRESS = "this must be an address that begins with https:// or http://"
MARKDOWN = """\
# Robin Sample

Builds data teams. Lives in [Rotterdam](https://robin.example.com).

## Work

### Head of Data, Example Energy

2021 to today

- Leads 14 people.
- Moved *220* jobs to `Kafka`.

## Languages

Dutch and English
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


def written(folder: Path, text: str | bytes, name: str = "resume.json") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def problems(folder: Path, text: str | bytes, name: str = "resume.json") -> list[str]:
    with pytest.raises(ResumeBroken) as broken:
        resume.load(written(folder, text, name))
    assert broken.value.message.startswith(f"{name} can't be used:")
    return [str(one) for one in broken.value.problems]


def test_the_sample_is_a_json_resume_without_a_slip() -> None:
    found = resume.load(SAMPLE)
    assert found.name == "Robin Sample"
    assert found.headline == "Head of Data"
    assert found.notes == ()
    assert [section.title for section in found.sections][:3] == ["About", "Work", "Volunteering"]
    ids = [passage.id for passage in found.grounds.passages]
    assert len(ids) == len(set(ids)) > 40
    source = SAMPLE.read_text()
    long = [one for one in found.grounds.passages if ".highlights" in one.path]
    assert long
    assert all(one.text in source for one in long)
    assert next(one for one in long if "220" in one.text).path == "work[0].highlights[0]"


def test_yaml_tells_the_same_as_json(folder: Path) -> None:
    import yaml

    text = yaml.safe_dump(json.loads(SAMPLE.read_text()), sort_keys=False, allow_unicode=True, width=60)
    found = resume.load(written(folder, text, "resume.yaml"))
    assert [one.text for one in found.grounds.passages] == [one.text for one in resume.load(SAMPLE).grounds.passages]


def test_a_date_in_yaml_stays_as_it_was_written(folder: Path) -> None:
    text = "basics: {name: Robin Sample}\nwork:\n  - name: Example\n    startDate: 2019-04-30\n    endDate: 2021\n"
    found = resume.load(written(folder, text, "r.yml"))
    assert [one.text for one in found.grounds.passages][-1] == "Example · 2019-04-30 – 2021"


def test_markdown_is_cut_into_what_can_be_quoted(folder: Path) -> None:
    found = resume.load(written(folder, MARKDOWN, "resume.md"))
    assert found.name == "Robin Sample"
    assert [section.title for section in found.sections] == ["About", "Work", "Languages"]
    told = {one.text: (one.where, one.path) for one in found.grounds.passages}
    assert told["Leads 14 people."] == ("Work · Head of Data, Example Energy", "line 11")
    assert "Moved 220 jobs to Kafka." in told
    assert "Builds data teams. Lives in Rotterdam (https://robin.example.com)." in told


def test_a_plain_object_with_further_keys_is_taken(folder: Path) -> None:
    text = json.dumps(
        {"name": "Robin Sample", "email": "robin@example.com", "openSource": ["tidewatch", {"role": "lead"}]}
    )
    found = resume.load(written(folder, text))
    assert [section.title for section in found.sections] == ["About", "Open source"]
    assert [one.text for one in found.sections[1].entries[0].passages] == ["tidewatch", "lead"]


def test_names_that_look_like_slips_are_noted(folder: Path) -> None:
    text = json.dumps(
        {"basics": {"name": "Robin"}, "wrok": [{"name": "A"}], "work": [{"name": "A", "startdate": "2019"}]}
    )
    found = resume.load(written(folder, text))
    assert found.notes == ("wrok: did you mean “work”?", "work[0].startdate: did you mean “startDate”?")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"basics": {"name": "Robin"},\n "work": [}', "line 2: Expecting value (column 11)"),
        ('{"basics": {"name": "Robin"}} more', "line 1: Extra data (column 31)"),
        ("[1, 2]", "line 1: the whole must be one object with names and values"),
        ("{}", "line 1, basics: this is needed"),
        ('{"basics":\n{}}', "line 1, basics.name: this is needed"),
        ('{"basics":\n{"name": "  "}}', "line 2, basics.name: this is needed"),
        ('{"basics": {"name": "R"},\n"work": [\n{"name": "A",\n"startDate": "April 2019"}]}',
         "line 4, work[0].startDate: this must be a date like 2019, 2019-04 or 2019-04-30"),
        ('{"basics": {"name": "R"},\n"work": [\n{"name": "A", "startDate": "2021-05", "endDate": "2019"}]}',
         "line 3, work[0]: it ends (2019) before it begins (2021-05)"),
        ('{"basics": {"name": "R"},\n"work": {"name": "A"}}', "line 2, work: this must be a list"),
        ('{"basics": {"name": "R"},\n"skills": ["Python"]}', f"line 2, skills[0]: {NO_OBJECT}"),
        ('{"basics": {"name": "R",\n"url": "robin"}}', f"line 2, basics.url: {NO_ADDRESS}"),
        ('{"basics": {"name": "R",\n"url": "javascript:alert(1)"}}', f"line 2, basics.url: {NO_ADDRESS}"),
        ('{"basics": {"name": "R",\n"email": "robin"}}', "line 2, basics.email: this must be an e-mail address"),
        ('{"basics": {"name": "R"},\n"work": [],\n"work": []}', "line 3: “work” is there twice"),
        ('{"basics": {"name": "R"}}', "besides the name it tells nothing"),
        ('{"basics": {"name": "R",\n"url": "https://[bad"}}', f"line 2, basics.url: {NO_ADDRESS}"),
        ('{"basics": {"name": "R"},\n"work": [{"name": "A",\n"startDate": "2019-02-30"}]}',
         "line 3, work[0].startDate: there is no such day"),
        ('{"basics": {"name": "R", "height": NaN}}', "NaN is no value in JSON"),
        ('{"basics": {"name": "R", "motto": "\\ud83d"}}', "it holds half a character (\\ud800 to \\udfff)"),
        ("   \n", "the file is empty"),
        (b'{"basics":\n {"name": "\xff"}}', "line 2: this is not UTF-8"),
        ("[" * 100_000, "the values are nested too deeply"),
    ],
)  # fmt: skip
def test_broken_json_is_told_by_line_and_path(folder: Path, text: str | bytes, problem: str) -> None:
    assert problems(folder, text) == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("basics:\n  name: Robin\n work: []", "line 3"),
        ("basics: {name: R}\nwork: &a [*a]", "line 2: references (*name) are not taken here"),
        ("a: &a [x, x]\nb: &b [*a, *a]", "line 2: references (*name) are not taken here"),
        ("basics: {name: R}\nwork:\n  - startDate: soon", "line 3, work[0].startDate: this must be a date"),
        ("basics: {name: R}\nbasics: {name: S}", "line 2: “basics” is there twice"),
        ("- just\n- a list", "line 1: the whole must be one object"),
        ("name: !!python/object/apply:os.system ['true']\nx: 1", "line 1"),
        ("# nothing", "the file holds nothing"),
        ("a: " + "[" * 40 + "x" + "]" * 40, "nested too deeply"),
    ],
)
def test_broken_yaml_is_told_by_line(folder: Path, text: str, problem: str) -> None:
    assert problem in " ".join(problems(folder, text, "resume.yaml"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Robin Sample\n\nSome words", "line 1: the name must come first, as a heading: “# Robin Sample”"),
        ("## Work\n\n- Baker", "line 1: the first heading must be the name: “# Robin Sample”"),
        ("# Robin Sample\n", "besides the name it tells nothing"),
    ],
)
def test_broken_markdown_is_told_by_line(folder: Path, text: str, problem: str) -> None:
    assert problems(folder, text, "resume.md") == [problem]


def test_a_picture_or_a_long_number_is_no_problem(folder: Path) -> None:
    found = resume.load(written(folder, "# Robin Sample\n\n![](me.png)\n\n## Work\n\n- Baker\n", "resume.md"))
    assert [one.text for one in found.grounds.passages] == ["Robin Sample", "Baker"]
    assert found.headline == ""
    long = "1" * 5000
    assert resume.load(written(folder, f'{{"name": "Robin", "digits": {long}}}')).sections[-1].title == "Digits"


def test_all_problems_are_told_at_once(folder: Path) -> None:
    text = '{"basics": {"name": ""},\n"work": [{"startDate": "x"}],\n"education": [{"endDate": "y"}]}'
    assert [one.split(":")[0] for one in problems(folder, text)] == [
        "line 1, basics.name",
        "line 2, work[0].startDate",
        "line 3, education[0].endDate",
    ]


def test_other_files_and_missing_ones_are_refused(folder: Path) -> None:
    assert problems(folder, "%PDF-1.7", "resume.pdf") == ["the name ends in none of .json, .yaml, .yml, .md, .markdown"]
    assert "the most is" in problems(folder, " " * 600_000)[0]
    with pytest.raises(ResumeMissing, match="There is no file"):
        resume.load(folder / "nothing.json")


def taken_or_refused(content: str, name: str) -> None:
    """A file is read into passages with words, or refused with at least one problem; nothing else may happen."""
    with tempfile.TemporaryDirectory() as place:
        try:
            found = resume.load(written(Path(place), content.encode("utf-8", "replace"), name))
        except ResumeBroken as error:
            texts = [str(problem) for problem in error.problems]
        else:
            texts = [one.text for one in found.grounds.passages]
    assert texts
    assert all(text.strip() for text in texts)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
        lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=12), inside, max_size=4),
        max_leaves=12,
    )
)
def test_any_json_is_taken_or_refused_with_a_problem(value: Any) -> None:
    inside = {"basics": {"name": "Robin Sample", "extra": value}, "work": [{"name": "A", "more": value}]}
    for whole in (value, inside):
        taken_or_refused(json.dumps(whole), "resume.json")


@given(st.text(max_size=200), st.sampled_from(["r.yaml", "r.md", "r.json"]))
def test_any_text_is_taken_or_refused_with_a_problem(text: str, name: str) -> None:
    taken_or_refused(text, name)


def test_check_resume_tells_and_exits(folder: Path) -> None:
    told = StringIO()
    call_command("check_resume", str(SAMPLE), "--show", stdout=told)
    assert "work[0].highlights[3]: Hired 9 of the 14 people; two left in four years." in told.getvalue()
    assert "resume.json is fine: Robin Sample, 10 sections" in told.getvalue()
    with pytest.raises(CommandError, match=r"line 1, basics: this is needed"):
        call_command("check_resume", str(written(folder, "{}")))
    noted = StringIO()
    slip = written(folder, json.dumps({"basics": {"name": "R"}, "wrok": ["baker"]}))
    call_command("check_resume", str(slip), stdout=StringIO(), stderr=noted)
    assert "did you mean “work”" in noted.getvalue()


@pytest.mark.django_db
def test_the_page_shows_the_resume_and_keeps_to_itself(client: Client) -> None:
    response = client.get("/")
    body = response.content.decode()
    assert response.status_code == 200
    assert "Ask about Robin Sample" in body
    assert "made up" in body
    assert "Hired 9 of the 14 people; two left in four years." in body
    assert 'data-url="/ws"' in body
    assert "/admin/" in body
    assert 'href="/coaching"' in body
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in body
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("file", ["", "/nowhere/resume.json"])
def test_without_a_resume_the_page_shows_its_doors(client: Client, settings: Settings, file: str) -> None:
    settings.RESUME_FILE = file
    body = client.get("/").content.decode()
    assert "No resume is published here" in body
    assert 'href="/coaching"' in body
    assert "data-chat" not in body


def test_the_page_escapes_what_a_resume_holds(client: Client, settings: Settings, folder: Path) -> None:
    text = json.dumps({"basics": {"name": "<b>Robin</b>"}, "work": [{"name": "<script>alert(1)</script>"}]})
    settings.RESUME_FILE = str(written(folder, text))
    body = client.get("/").content.decode()
    assert "<script>alert" not in body
    assert "<b>Robin" not in body


@pytest.mark.parametrize(("file", "found"), [("", []), ("/nowhere/resume.json", ["candidates.E001"])])
def test_the_system_check_tells_of_a_missing_resume(settings: Settings, file: str, found: list[str]) -> None:
    settings.RESUME_FILE = file
    assert [one.id for one in published_resume()] == found


@pytest.mark.django_db
def test_a_server_with_a_broken_resume_does_not_start_and_says_why(folder: Path) -> None:
    broken = written(folder, '{"basics":\n{"name": "Robin", "url": "nowhere"}}')
    started = subprocess.run(
        [sys.executable, "-c", "import config.asgi"],
        cwd=settings.BASE_DIR,
        env=processes.environment(RESUME_FILE=broken),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert started.returncode == 1
    assert "RESUME_FILE: resume.json can't be used:\n  line 2, basics.url: this must be an address" in started.stderr
    assert "Traceback" not in started.stderr
