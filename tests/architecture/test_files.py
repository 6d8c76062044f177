"""Rules about files: names that say something, locks without addresses, settings that are explained."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMPTY_NAMES = {"utils", "helpers", "services", "common", "misc", "signals"}


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).exists()]


def empty_names(paths: list[Path]) -> list[str]:
    return [str(path) for path in paths if EMPTY_NAMES & {*path.parts[:-1], path.stem}]


def addresses(text: str) -> list[str]:
    return re.findall(r"https?://\S+", text)


def settings_read(text: str) -> set[str]:
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", text))


def settings_explained(text: str) -> set[str]:
    return set(re.findall(r"^#? ?([A-Z_]+)=", text, flags=re.MULTILINE))


def test_modules_are_named_for_what_they_hold() -> None:
    assert empty_names([path.relative_to(ROOT) for path in tracked("*.py")]) == []


def test_the_name_rule_can_fail() -> None:
    assert empty_names(
        [Path("candidates/utils.py"), Path("candidates/helpers/x.py"), Path("candidates/mapping.py")]
    ) == [
        "candidates/utils.py",
        "candidates/helpers/x.py",
    ]


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    locks = tracked("requirements*.lock", "*package-lock.json")
    assert len(locks) >= 3
    for lock in locks:
        text = lock.read_text()
        assert "sha256:" in text or "sha512-" in text, lock.name
        found = [address for address in addresses(text) if "resolved" in text or lock.suffix == ".lock"]
        assert found == [], lock.name
        assert '"resolved"' not in text, lock.name


def test_every_setting_is_explained() -> None:
    read = settings_read((ROOT / "config/settings.py").read_text())
    assert len(read) > 20
    assert read - settings_explained((ROOT / ".env.example").read_text()) == set()


def test_the_setting_rule_can_fail() -> None:
    assert settings_read('X = env.bool("NEW_SETTING", default=True)') - settings_explained("DEBUG=true") == {
        "NEW_SETTING"
    }


def test_no_file_is_longer_than_it_should_be() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked("*.py")
        if "migrations" not in path.parts and "tests" not in path.parts and path.parts[-2] != "benchmarks"
        if (count := len(path.read_text().splitlines())) > 450
    }
    assert long == {}
