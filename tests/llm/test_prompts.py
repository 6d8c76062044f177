from __future__ import annotations

import hashlib

import pytest

from llm import prompts


def test_load_gives_text_and_hash() -> None:
    prompt = prompts.load("candidates/judge")
    assert prompt.text
    assert prompt.hash == hashlib.sha256(prompt.text.encode()).hexdigest()
    assert prompts.load("candidates/judge") is prompt


@pytest.mark.parametrize("name", ["judge", "../secrets/judge", "candidates/../judge", "candidates/judge.md", ""])
def test_load_refuses_names_of_another_form(name: str) -> None:
    with pytest.raises(ValueError, match="name of a prompt"):
        prompts.load(name)


def test_load_tells_a_missing_prompt_or_app() -> None:
    with pytest.raises(FileNotFoundError):
        prompts.load("candidates/nothing_of_this_name")
    with pytest.raises(LookupError):
        prompts.load("nobody/judge")


def test_a_line_that_names_another_prompt_stands_for_its_text() -> None:
    prompt = prompts.load("coaching/pitch")
    assert prompts.load("coaching/rules").text in prompt.text
    assert "{{" not in prompt.text
    assert prompt.hash == hashlib.sha256(prompt.text.encode()).hexdigest()
