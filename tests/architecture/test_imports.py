"""The floors of the house: imports run downward only."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
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
        ("interviews/states.py", "import agents.worker"),
        ("interviews/transcript.py", "from livekit import rtc"),
    ],
)
def test_import_contracts_can_fail(tmp_path: Path, module: str, line: str) -> None:
    for folder in ("config", "agents", "intake", "coaching", "interviews", "candidates", "accounts", "llm"):
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
        for folder in ("accounts", "agents", "candidates", "interviews", "llm")
        for path in (ROOT / folder).rglob("*.py")
        if "rest_framework" in (text := path.read_text())
        and "import ninja" in text.replace("from ninja", "import ninja")
    ]
    assert both == []


def imported(source: str) -> Iterator[str]:
    """The full names of everything that a module imports, at its top or anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def who_imports(module: str, root: Path = ROOT) -> set[str]:
    """The files of ours that import a module or something of it."""
    return {
        str(path.relative_to(root))
        for folder in ("config", "agents", "interviews", "candidates", "accounts", "llm")
        for path in (root / folder).rglob("*.py")
        if any(f"{name}.".startswith(f"{module}.") for name in imported(path.read_text()))
    }


def test_the_livekit_server_is_spoken_to_at_one_place() -> None:
    assert who_imports("livekit.api") == {"interviews/rooms/server.py"}


def test_people_who_talk_are_made_in_agents_alone() -> None:
    for module in ("livekit.agents", "livekit.plugins"):
        assert {file.split("/")[0] for file in who_imports(module)} == {"agents"}


@pytest.mark.parametrize("line", ["from livekit import api", "import livekit.api.webhook", "from livekit.api import x"])
def test_a_second_place_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "worker.py").write_text(f"def late() -> None:\n    {line}\n")
    assert who_imports("livekit.api", tmp_path) == {"agents/worker.py"}
