"""A resume in Markdown: the first heading is the name, further headings are sections with what stands under them."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from candidates.grounding import Passage
from candidates.resume.errors import Problem, ResumeBroken
from candidates.resume.parts import Builder, Resume

_TEXTS = frozenset({"text", "code_inline", "html_inline"})


def read_markdown(text: str) -> Resume:
    """Read a resume. Raises ResumeBroken where there is no name, or nothing besides it."""
    tokens = MarkdownIt("commonmark").parse(text)
    name, headline, title = "", "", "About"
    builder = Builder()
    entries: list[list[Passage]] = [[]]
    heading = ""
    for position, token in enumerate(tokens):
        if token.type != "inline":
            if token.type in ("fence", "code_block", "html_block") and name:
                line = (token.map or [0])[0] + 1
                entries[-1] += builder.passages(token.content, where=_where(title, heading), path=f"line {line}")
            continue
        words, line = _words(token), (token.map or [0])[0] + 1
        opening = tokens[position - 1]
        if opening.type == "heading_open":
            if not name:
                if opening.tag != "h1":
                    raise ResumeBroken("", [Problem("the first heading must be the name: “# Robin Sample”", line=line)])
                name = words
                entries[-1] += builder.passages(words, where="Name", path=f"line {line}", is_head=True)
            elif opening.tag in ("h1", "h2"):
                builder.section(title, entries)
                title, heading, entries = words, "", [[]]
            else:
                heading = words
                head = builder.passages(words, where=title, path=f"line {line}", is_head=True)
                entries.append(head)
            continue
        if not name:
            raise ResumeBroken("", [Problem("the name must come first, as a heading: “# Robin Sample”", line=line)])
        if words and not headline and not builder.sections and opening.type == "paragraph_open":
            headline = words.splitlines()[0][:160]
        entries[-1] += builder.passages(words, where=_where(title, heading), path=f"line {line}")
    builder.section(title, entries)
    if not name:
        raise ResumeBroken("", [Problem("there is no heading with a name: “# Robin Sample”", line=1)])
    if sum(len(entry.passages) for section in builder.sections for entry in section.entries) < 2:
        raise ResumeBroken("", [Problem("besides the name it tells nothing")])
    return Resume(name, headline, tuple(builder.sections))


def _where(title: str, heading: str) -> str:
    return f"{title} · {heading}" if heading else title


def _words(token: Token) -> str:
    """The words of a line, without its marks; a link keeps its address, which may be all that it is for."""
    words = ""
    address = ""
    for child in token.children or []:
        if child.type in _TEXTS:
            words += child.content
        elif child.type in ("softbreak", "hardbreak"):
            words += " " if child.type == "softbreak" else "\n"
        elif child.type == "link_open":
            address = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            if address and not words.endswith(address.removeprefix("mailto:")):
                words += f" ({address.removeprefix('mailto:')})"
            address = ""
        elif child.type == "image":
            words += child.content
    return words.strip()
