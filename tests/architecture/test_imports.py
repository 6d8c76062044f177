"""The floors of the house: imports run downward only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120)


def test_import_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("llm/errors.py", "import candidates.states"),
        ("accounts/models.py", "import candidates.models"),
        ("candidates/states.py", "import openai"),
    ],
)
def test_import_contracts_can_fail(tmp_path: Path, module: str, line: str) -> None:
    for folder in ("config", "candidates", "accounts", "llm"):
        for source in (ROOT / folder).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    planted = tmp_path / module
    planted.write_text(planted.read_text() + f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout


def test_the_two_api_frameworks_never_meet_in_one_module() -> None:
    both = [
        str(path.relative_to(ROOT))
        for folder in ("accounts", "candidates", "llm")
        for path in (ROOT / folder).rglob("*.py")
        if "rest_framework" in (text := path.read_text())
        and "import ninja" in text.replace("from ninja", "import ninja")
    ]
    assert both == []
