"""The parts of `make run` that wait."""

from __future__ import annotations

import os
import sys

import pytest

from config import run


def test_a_model_that_ends_at_once_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SystemExit, match="did not start"):
        run._start_model(8250)


def test_a_site_that_never_answers_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "SITE_SECONDS", 0.2)
    run._announce(run._free_port(), parent=os.getppid(), debug=True, simulated=True, missing=[])
    told = capsys.readouterr()
    assert "does not answer" in told.err
    assert told.out == ""


def test_nothing_is_told_after_make_run_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    run._announce(run._free_port(), parent=-1, debug=True, simulated=True, missing=[])
    assert capsys.readouterr() == ("", "")
