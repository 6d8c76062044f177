"""A resume in JSON or YAML: JSON Resume as its schema has it, and any further keys of one's own."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from candidates.grounding import Passage
from candidates.resume import schema
from candidates.resume.errors import Problem, ResumeBroken
from candidates.resume.parts import Builder, Resume
from candidates.resume.syntax import Parsed, Path, path_in_words

# Of each section: its heading, what its entries are called by, and the texts that follow. Whatever else an entry holds
# comes after these.
_SECTIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "work": ("Work", ("position", "name"), ("summary", "description", "highlights", "keywords")),
    "volunteer": ("Volunteering", ("position", "organization"), ("summary", "highlights")),
    "education": ("Education", ("studyType", "area", "institution"), ("courses", "score")),
    "awards": ("Awards", ("title", "awarder"), ("summary",)),
    "certificates": ("Certificates", ("name", "issuer"), ()),
    "publications": ("Publications", ("name", "publisher"), ("summary",)),
    "skills": ("Skills", ("name", "level"), ("keywords",)),
    "languages": ("Languages", ("language", "fluency"), ()),
    "interests": ("Interests", ("name",), ("keywords",)),
    "references": ("References", ("name",), ("reference",)),
    "projects": ("Projects", ("name", "entity", "type"), ("description", "highlights", "keywords", "roles")),
}
_DATES = ("startDate", "endDate", "date", "releaseDate")
# About the file, not about the person.
_ASIDE = frozenset({"$schema", "meta"})
_LABELS = {"url": "Website", "score": "Grade", "gpa": "Grade", "keywords": "", "courses": "Courses", "roles": "Roles"}
_MOST_PROBLEMS = 20


def read_structured(parsed: Parsed) -> Resume:
    """Check a resume's values and cut them into passages. Raises ResumeBroken with all that is wrong."""
    value = parsed.value
    if not isinstance(value, dict):
        raise ResumeBroken("", [Problem("the whole must be one object with names and values", line=1)])
    value = dict(value)
    if "basics" not in value and isinstance(value.get("name"), str):
        # A plain object of one's own, with the name at its top.
        value["basics"] = {key: value.pop(key) for key in list(value) if key in schema.Basics.model_fields}
    problems = _problems(value, parsed)
    if problems:
        raise ResumeBroken("", problems[:_MOST_PROBLEMS])
    builder = Builder()
    basics = _without_nothing(value.get("basics") or {})
    _about(builder, basics)
    for name in [*_SECTIONS, *value]:
        if name in _ASIDE or name == "basics" or not (entries := value.get(name)):
            continue
        if name in _SECTIONS:
            title, head, texts = _SECTIONS[name]
            value.pop(name)
            found = [_entry(builder, entry, (name, place), head, texts) for place, entry in enumerate(entries)]
            builder.section(title, found)
        else:
            builder.section(_in_words(name), [_anything(builder, entries, (name,), _in_words(name))])
    if sum(len(section.entries) for section in builder.sections) < 2 and len(basics) < 2:
        raise ResumeBroken("", [Problem("besides the name it tells nothing")])
    headline = str(basics.get("label") or "")
    return Resume(str(basics["name"]), headline, tuple(builder.sections), tuple(_notes(parsed.value)))


def _problems(value: dict[str, Any], parsed: Parsed) -> list[Problem]:
    found: list[Problem] = []
    try:
        schema.JsonResume.model_validate(value)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            path: Path = tuple(problem["loc"])
            found.append(Problem(_said(problem["type"], problem["msg"]), _line(parsed, path), path_in_words(path)))
    return sorted(found, key=lambda one: one.line or 0)


def _said(kind: str, message: str) -> str:
    words = {
        "missing": "this is needed",
        "string_type": "this must be text",
        "list_type": "this must be a list",
        "model_type": "this must be an object with names and values",
        "dict_type": "this must be an object with names and values",
    }
    return words.get(kind) or message.removeprefix("Value error, ")


def _line(parsed: Parsed, path: Path) -> int | None:
    """The line of a value, or of what should hold it."""
    for length in range(len(path), -1, -1):
        if (line := parsed.lines.get(path[:length])) is not None:
            return line
    return None


def _notes(value: dict[str, Any]) -> list[str]:
    """Names that look like slips: they are taken as they are, as something of one's own."""
    notes = []
    known = {"": [*schema.JsonResume.model_fields, "$schema"]}
    known |= {name: list(model.model_fields) for name, model in schema.ENTRIES.items()}
    for name, inside in value.items():
        if name not in known[""] and (near := difflib.get_close_matches(name, known[""], 1, 0.75)):
            notes.append(f"{name}: did you mean “{near[0]}”?")
        for place, entry in enumerate(inside if isinstance(inside, list) else []):
            notes += [
                f"{name}[{place}].{key}: did you mean “{near[0]}”?"
                for key in (entry if isinstance(entry, dict) and name in known else ())
                if key not in known[name] and (near := difflib.get_close_matches(key, known[name], 1, 0.75))
            ]
    return notes


def _about(builder: Builder, basics: dict[str, Any]) -> None:
    """Who this is: name, what they do, how and where they are reached."""
    name, label = str(basics["name"]), basics.get("label")
    who = f"{name}, {label}" if label else name
    passages = builder.passages(who, where="About", path="basics.name", is_head=True)
    if place := basics.get("location"):
        parts = ("address", "postalCode", "city", "region", "countryCode")
        if known := ", ".join(str(place[key]) for key in parts if place.get(key)):
            passages += builder.passages(f"Location: {known}", where="About", path="basics.location")
    for key, said in (("email", "E-mail"), ("phone", "Phone"), ("url", "Website")):
        if basics.get(key):
            passages += builder.passages(f"{said}: {basics[key]}", where="About", path=f"basics.{key}")
    for place_in_list, profile in enumerate(basics.get("profiles") or []):
        words = " ".join(str(profile[key]) for key in ("username", "url") if profile.get(key))
        path = f"basics.profiles[{place_in_list}]"
        passages += builder.passages(f"{profile.get('network') or 'Profile'}: {words}", where="About", path=path)
    if summary := basics.get("summary"):
        passages += builder.passages(str(summary), where="About", path="basics.summary")
    rest = {key: one for key, one in basics.items() if key not in schema.Basics.model_fields}
    for key, one in rest.items():
        passages += _anything(builder, one, ("basics", key), "About")
    builder.section("About", [passages])


def _entry(
    builder: Builder, entry: dict[str, Any], path: Path, head: tuple[str, ...], texts: tuple[str, ...]
) -> list[Passage]:
    """One job, school, skill…: a head with its names, time and place, then each of its texts."""
    section = _SECTIONS[str(path[0])][0]
    entry = _without_nothing(entry)
    names = [str(entry.pop(key)) for key in head if key in entry]
    first = ", ".join(names)
    if path[0] == "languages" and len(names) == 2:
        first = f"{names[0]}: {names[1]}"
    if path[0] == "skills" and len(names) == 2:
        first = f"{names[0]} ({names[1]})"
    time = _time(entry)
    line = " · ".join(part for part in (first, time, str(entry.pop("location", "") or "")) if part)
    where = f"{section} · {first}" if first else section
    passages = builder.passages(line, where=section, path=path_in_words(path), is_head=True) if line else []
    for key in [*texts, *(key for key in entry if key not in texts)]:
        if key in entry:
            passages += _anything(builder, entry[key], (*path, key), where)
    return passages


def _time(entry: dict[str, Any]) -> str:
    """The time of an entry, taken out of it: "2019-04 – 2022-11", "2019-04 – today", "2021"."""
    start, end, *others = (entry.pop(key, None) for key in _DATES)
    if start:
        return f"{start} – {end or 'today'}"
    return str(end or next((one for one in others if one), "") or "")


def _anything(builder: Builder, value: Any, path: Path, where: str) -> list[Passage]:
    """A value of any shape as passages, each with its path."""
    if value is None or value in ("", [], {}):
        return []
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if isinstance(value, list):
        is_short = all(not isinstance(one, dict | list) for one in value) and sum(len(str(one)) for one in value) <= 300
        if is_short and key != "highlights":
            label = _LABELS.get(key, _in_words(key))
            words = ", ".join(_as_text(one) for one in value)
            return builder.passages(f"{label}: {words}" if label else words, where=where, path=path_in_words(path))
        return [
            passage for place, one in enumerate(value) for passage in _anything(builder, one, (*path, place), where)
        ]
    if isinstance(value, dict):
        flat = {name: one for name, one in value.items() if not isinstance(one, dict | list) and one not in (None, "")}
        words = " · ".join(_as_text(one) for one in flat.values())
        found = builder.passages(words, where=where, path=path_in_words(path)) if words else []
        for name, one in value.items():
            if name not in flat:
                found += _anything(builder, one, (*path, name), f"{where} · {_in_words(name)}")
        return found
    text = _as_text(value)
    if key not in ("summary", "description", "highlights", "reference") and isinstance(path[-1], str) and len(path) > 1:
        text = f"{_LABELS.get(key) or _in_words(key)}: {text}"
    return builder.passages(text, where=where, path=path_in_words(path))


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _in_words(name: str) -> str:
    """A name of the file as words: "openSource" and "open_source" are "Open source"."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).replace("_", " ")
    spaced = " ".join(spaced.split())
    return spaced[:1].upper() + spaced[1:]


def _without_nothing(entry: dict[str, Any] | BaseModel) -> dict[str, Any]:
    values = entry if isinstance(entry, dict) else entry.model_dump()
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
