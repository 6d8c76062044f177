"""The resume that visitors may ask about: one file, read and checked when a server starts.

    resume = load(Path("resume.json"))     # or .yaml, .yml, .md
    resume.grounds, resume.sections, resume.notes

JSON and YAML take JSON Resume (https://jsonresume.org/schema) and any further keys of one's own; Markdown takes a name
as its first heading and whatever follows. What is wrong is told with its line or its path, all of it at once.
`manage.py check_resume FILE` does the same without a server.
"""

from __future__ import annotations

import functools
from pathlib import Path

from django.conf import settings

from candidates.resume.errors import Problem, ResumeBroken, ResumeMissing
from candidates.resume.markdown import read_markdown
from candidates.resume.parts import Resume, Section
from candidates.resume.structured import read_structured
from candidates.resume.syntax import parse_json, parse_yaml

__all__ = ["FORMATS", "Problem", "Resume", "ResumeBroken", "ResumeMissing", "Section", "load", "published"]

FORMATS = (".json", ".yaml", ".yml", ".md", ".markdown")
# Far more than any resume; a file beyond it is another file.
MOST_BYTES = 512 * 1024


def load(file: Path) -> Resume:
    """Read and check a resume. Raises ResumeMissing, or ResumeBroken with every problem that was found."""
    if file.suffix.lower() not in FORMATS:
        raise ResumeBroken(file.name, [Problem(f"the name ends in none of {', '.join(FORMATS)}")])
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= MOST_BYTES else b""
    except FileNotFoundError:
        raise ResumeMissing(f"There is no file {file}.") from None
    except OSError as error:
        raise ResumeMissing(f"{file} can't be read: {error.strerror}.") from None
    if size > MOST_BYTES:
        raise ResumeBroken(file.name, [Problem(f"it has {size:,} bytes; the most is {MOST_BYTES:,}")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ResumeBroken(file.name, [Problem("this is not UTF-8", line=line)]) from None
    if not text.strip():
        raise ResumeBroken(file.name, [Problem("the file is empty")])
    try:
        if file.suffix.lower() in (".md", ".markdown"):
            return read_markdown(text)
        return read_structured(parse_json(text) if file.suffix.lower() == ".json" else parse_yaml(text))
    except ResumeBroken as broken:
        raise ResumeBroken(file.name, broken.problems) from None


def published() -> Resume | None:
    """The resume that this site answers about, read once in a process; None where RESUME_FILE names none.

    Raises ResumeMissing or ResumeBroken.
    """
    return _published(str(settings.RESUME_FILE)) if settings.RESUME_FILE else None


@functools.lru_cache(maxsize=4)
def _published(file: str) -> Resume:
    return load(Path(file))
