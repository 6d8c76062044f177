"""JSON and YAML with the lines kept: what is wrong with a value is told with the line that it stands on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

from candidates.resume.errors import Problem, ResumeBroken

Path = tuple[str | int, ...]
# A resume is lists in mappings in lists; what goes deeper is meant to break a parser.
DEEPEST = 12
_ABSENT = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """The values of a file, and the line of each by its path."""

    value: Any
    lines: dict[Path, int]


def path_in_words(path: Path) -> str:
    """("work", 2, "name") as "work[2].name"."""
    words = ""
    for step in path:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else str(step)
    return words


def parse_json(text: str) -> Parsed:
    """Read JSON. Raises ResumeBroken for what is none, for a name that is there twice, and for too deep a nesting."""
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_int=_number, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ResumeBroken("", [Problem(f"{error.msg} (column {error.colno})", line=error.lineno)]) from None
    except _TwiceError as error:
        line = _second_line(text, error.name)
        raise ResumeBroken("", [Problem(f"“{error.name}” is there twice", line=line)]) from None
    except RecursionError:
        raise ResumeBroken("", [Problem("the values are nested too deeply")]) from None
    except UnicodeEncodeError:
        raise ResumeBroken("", [Problem("it holds half a character (\\ud800 to \\udfff)")]) from None
    try:
        # Almost all JSON is YAML too, and only YAML's reader tells lines. Where it is not, paths have to do.
        lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ResumeBroken):
        lines = {}
    _check_depth(value)
    return Parsed(value, lines)


def parse_yaml(text: str) -> Parsed:
    """Read YAML without its cleverness: every value is text, a date stays as it was written, no aliases, no tags."""
    try:
        loader = yaml.SafeLoader(text)
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent):
                    line = event.start_mark.line + 1 if event.start_mark else None
                    raise ResumeBroken("", [Problem("references (*name) are not taken here", line=line)])
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise ResumeBroken("", [Problem(what or "this is not YAML", line=mark.line + 1 if mark else None)]) from None
    except (yaml.YAMLError, RecursionError):
        raise ResumeBroken("", [Problem("this is not YAML that can be read")]) from None
    if node is None:
        raise ResumeBroken("", [Problem("the file holds nothing")])
    value = _plain(node)
    _check_depth(value)
    return Parsed(value, _lines(node))


class _TwiceError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _number(digits: str) -> int | str:
    """A number; one with more digits than anything is counted by is left as it was written."""
    return int(digits) if len(digits) <= 15 else digits


def _no_number(name: str) -> float:
    raise ResumeBroken("", [Problem(f"{name} is no value in JSON")])


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(name)
        found[name] = value
    return found


def _second_line(text: str, name: str) -> int | None:
    """The line of the second time that a name stands in a text, where it is that simple."""
    quoted = json.dumps(name, ensure_ascii=False)
    first = text.find(quoted)
    second = text.find(quoted, first + 1)
    return text.count("\n", 0, second) + 1 if first >= 0 and second >= 0 else None


def _plain(node: yaml.Node, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ResumeBroken("", [Problem("the values are nested too deeply", line=node.start_mark.line + 1)])
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ResumeBroken("", [Problem("a name must be plain text", line=key.start_mark.line + 1)])
            if key.value in found:
                raise ResumeBroken("", [Problem(f"“{key.value}” is there twice", line=key.start_mark.line + 1)])
            found[str(key.value)] = _plain(value, depth + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, depth + 1) for value in node.value]
    is_bare = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if is_bare and node.value in _ABSENT else str(node.value)


def _lines(node: yaml.Node | None, path: Path = ()) -> dict[Path, int]:
    if node is None or len(path) > DEEPEST:
        return {}
    found: dict[Path, int] = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found |= _lines(value, (*path, str(key.value)))
            found[(*path, str(key.value))] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            found |= _lines(value, (*path, position))
    return found


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ResumeBroken("", [Problem("the values are nested too deeply")])
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _check_depth(one, depth + 1)
