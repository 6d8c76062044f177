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
