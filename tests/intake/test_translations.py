"""Every text of the wizard, of its letters and of its questions has words in every language that is offered."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

from candidates.models import Candidate
from intake import answers, holding, merging, readable, readable_words
from intake.questions import PROFILE
from intake.states import Via
from intake.talk_words import words
from tests.intake import rounds
from tests.intake.coming import at, person, walked

ROOT = Path(settings.BASE_DIR)
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
_IN_TEMPLATE = re.compile(r"""\b(?:_|gettext|ngettext)\(\s*u?((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))""")


def texts() -> set[str]:
    """What the code and the templates of intake ask to have translated."""
    found = {text for path in (ROOT / "intake").rglob("*.py") for text in _in_code(path)}
    for path in (ROOT / "templates" / "intake").rglob("*.*"):
        found |= {str(ast.literal_eval(one)) for one in _IN_TEMPLATE.findall(templatize(path.read_text()))}
    return found


def _in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def catalogue(code: str) -> gettext.GNUTranslations:
    """The compiled catalogue, as it is delivered."""
    with (ROOT / "locale" / code / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


# What the room's script says to recruiters and in interviews alone, whose pages are in English.
_NOT_IN_A_TALK = (
    *("Strong answer", "Adequate", "Weak answer", "Ask further", "Turn ${", "Show turn ${", "Put into my message"),
    *("Hint: ${", "Now: ${", "Could not be ended. Try again.", "There is no connection. Try again."),
)
# Quoted or in backticks: a capital, and either a space or a text that is handed to what speaks to the person.
_SENTENCE = re.compile(r"""["`]((?:[A-Z]|\{name\} )[^"`\n]*? [^"`\n]*)["`]""")
_WORD = re.compile(r"""\b(?:(?:say|banner|announce)\(|pill\("[^"]*", )"([^"]+)\"""")


def said_by(script: str) -> set[str]:
    """The texts of a script that a person reads or hears; comments, addresses and headers are none."""
    code = re.sub(r"^\s*(?://|/?\*).*$", "", script, flags=re.MULTILINE)
    found = set(_WORD.findall(code)) | set(_SENTENCE.findall(code))
    return {one for one in found if not one.startswith(("Bearer ", "PT$"))}


def scripts() -> Iterator[Path]:
    source = ROOT / "frontend" / "src"
    yield from (source / "room.js", *(source / "room").glob("*.js"))


def test_texts_of_the_talks_script_are_all_translated() -> None:
    said = {one for path in scripts() for one in said_by(path.read_text())}
    assert len(said) > 30
    known = words().keys()
    assert {one for one in said if one not in known and not one.startswith(_NOT_IN_A_TALK)} == set()


def test_text_of_a_script_without_words_is_found() -> None:
    planted = 'banner("Something that nobody translated.");\n// announce("A comment.")\nsay("mute");'
    assert said_by(planted) == {"Something that nobody translated.", "mute"}


def test_words_for_the_script_are_all_said_by_it() -> None:
    everything = "\n".join(path.read_text() for path in scripts())
    assert [text for text in words() if f'"{text}"' not in everything] == []


def test_german_and_spanish_are_offered() -> None:
    assert {"de", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_is_missing(code: str) -> None:
    asked = texts()
    assert len(asked) > 250
    known = {key if isinstance(key, str) else key[0] for key in catalogue(code)._catalog}  # type: ignore[attr-defined]
    assert asked - known == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_translations_keep_the_places_of_values(code: str) -> None:
    for key, text in catalogue(code)._catalog.items():  # type: ignore[attr-defined]
        original = key if isinstance(key, str) else key[0]
        assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", original)), original


@pytest.mark.parametrize("code", LANGUAGES)
def test_compiled_catalogue_is_that_of_the_sources(code: str) -> None:
    source = (ROOT / "locale" / code / "LC_MESSAGES" / "django.po").read_text()
    assert "#, fuzzy" not in source
    compiled = catalogue(code)
    for block in source.split("\n\n")[1:]:
        text = {name: _joined(lines) for name, lines in re.findall(r'^(msgid|msgstr) ((?:".*"\n?)+)', block, re.M)}
        if text.get("msgstr"):
            assert compiled.gettext(text["msgid"]) == text["msgstr"]


def _joined(lines: str) -> str:
    return "".join(str(ast.literal_eval(line)) for line in lines.strip().split("\n"))


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "says"), [("de", "Was wir gern wüssten"), ("es", "Lo que nos gustaría saber")])
def test_pages_and_questions_speak_the_chosen_language(code: str, says: str) -> None:
    who = person()
    client = walked(who, "gaps")
    client.post(at(who, "language"), {"language": code, "step": "gaps"})
    shown = client.get(at(who, "gaps")).content.decode()
    assert f'<html lang="{code}"' in shown
    assert says in shown
    assert {"de": "In welcher Stadt", "es": "¿En qué ciudad"}[code] in shown


def test_stranger_is_greeted_in_the_language_of_the_browser(db: None) -> None:
    response = Client().get("/intake/0198f000-0000-7000-8000-000000000000", headers={"Accept-Language": "de-AT"})
    assert "Ihre Einladung" in response.content.decode()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_name_of_what_is_held_has_a_word(db: None, code: str) -> None:
    """No name of the code and no machine's date on the page that people read."""
    intake = rounds.intake(job=rounds.job(), language=code)
    answers.record(intake, field="location", value="Leeds", via=Via.FORM)
    merging.complete(intake)
    held = holding.held(Candidate.objects.get(pk=intake.candidate_id))
    known = readable_words.LABELS.keys() | PROFILE.keys()
    # What a list brought, and what a job asks beyond the profile, has names of its own.
    for free in ("before_intake", "beyond_the_profile", "positions"):
        held[free] = None
    assert names_in(held) - known == set()
    page = readable.html(held, language=code)
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d", page)
    assert {"de": "Ihre eigenen Antworten", "es": "sus propias respuestas"}[code] in page


def names_in(value: object) -> set[str]:
    """All names within a JSON value."""
    if isinstance(value, dict):
        return {str(name) for name in value} | {name for one in value.values() for name in names_in(one)}
    return {name for one in value for name in names_in(one)} if isinstance(value, list) else set()
