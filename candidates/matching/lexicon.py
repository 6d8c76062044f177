"""Skills by all their names, what knowing one says about another, and where a name is also an ordinary word.

The data files are lists of groups; see the head of data/skills_software.txt for their form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

from candidates.matching.words import singular, split, stem

# What counts of a skill that is only implied by another, and how many steps of implication are followed.
IMPLIED_SHARE = 0.9
IMPLIED_STEPS = 4
RELATED_SHARE = 0.45
SIBLING_ACTIVITIES = 0.4

_GROUP = re.compile(
    r"^\[(?P<name>[^\]|]+?)(?:\s*\|\s*(?P<flags>[^\]]*))?\]\s*(?:=\s*(?P<aliases>[^>]*))?(?:>\s*(?P<implied>.*))?$"
)


@dataclass(slots=True)
class Skill:
    """One skill. `implies` are what it takes to have it; `related` what counts in part for it, with the share."""

    name: str
    aliases: list[str] = field(default_factory=list)
    implies: list[str] = field(default_factory=list)
    related: dict[str, float] = field(default_factory=dict)
    # By stems ("negotiating contracts" for contract negotiation) or by exact forms (names of products).
    by_stem: bool = False
    # The name is also an ordinary word (Go, Excel, R): case and surroundings must fit.
    ambiguous: bool = False
    is_group: bool = False
    group: str = ""
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a skill as words, ready to be looked for."""

    words: tuple[str, ...]
    skill: str
    by_stem: bool
    # The exact spelling that an ambiguous name must have, or "".
    cased: str


class Lexicon:
    """All skills, by canonical name; `names` maps the words of every alias to its skills."""

    def __init__(self) -> None:
        self.skills: dict[str, Skill] = {}
        self.exact: dict[tuple[str, ...], Name] = {}
        self.stemmed: dict[tuple[str, ...], Name] = {}
        self.longest = 1
        for path in sorted((Path(__file__).with_name("data")).glob("skills_*.txt")):
            self._load(path)
        self._index()

    def resolve(self, name: str) -> Skill | None:
        """The skill of this name or alias, or None. "Excel" and "MS Excel" give the same one."""
        words = split(name)
        hit = self.exact.get(tuple(singular(word) for word in words)) or self.stemmed.get(
            tuple(stem(word) for word in words)
        )
        return self.skills[hit.skill] if hit else None

    def answers(self, name: str) -> dict[str, float]:
        """Every skill whose presence says something about `name`, with the share that it counts for."""
        return dict(_answers(name))

    def names_of(self, skill: str) -> list[Name]:
        """All names of a skill."""
        return self._by_skill.get(skill, [])

    def _load(self, path: Path) -> None:
        group: Skill | None = None
        siblings: float = 0.0
        members: list[Skill] = []
        implied: list[str] = []
        by_stem = soft = False

        def close() -> None:
            for one in members:
                for other in members:
                    if siblings and one is not other:
                        one.related.setdefault(other.name, siblings)

        for raw in path.read_text(encoding="utf-8").splitlines():
            line = raw.strip()
            if not line or line.startswith("#"):
                continue
            heading = _GROUP.match(line)
            if heading:
                close()
                members = []
                flags = (heading["flags"] or "").split()
                by_stem, soft = "stem" in flags, "soft" in flags
                siblings = next((float(flag[1:]) for flag in flags if flag.startswith("~")), 0.0)
                if by_stem:
                    # Activities of one field stand in for each other far less than one product does for another.
                    siblings *= SIBLING_ACTIVITIES
                implied = _items(heading["implied"])
                group = None
                if "anonymous" not in flags:
                    group = self._skill(heading["name"].strip())
                    group.is_group, group.by_stem = True, True
                    group.soft = soft
                    group.aliases += _items(heading["aliases"])
                    group.implies += implied
                continue
            skill = self._entry(line, by_stem=by_stem, soft=soft)
            skill.group = group.name if group else ""
            if group:
                skill.implies.append(group.name)
            else:
                skill.implies += implied
            members.append(skill)
        close()

    def _entry(self, line: str, *, by_stem: bool, soft: bool) -> Skill:
        line, _, related = line.partition("~")
        line, _, implied = line.partition(" > ")
        name, _, aliases = line.partition(" = ")
        name = name.strip()
        ambiguous = name.endswith("!")
        skill = self._skill(name.rstrip("!"))
        skill.ambiguous, skill.by_stem, skill.soft = ambiguous, by_stem, soft
        skill.aliases += _items(aliases)
        skill.implies += _items(implied)
        for item in _items(related):
            other, _, share = item.partition(":")
            skill.related[other.strip()] = float(share) if share else RELATED_SHARE
        return skill

    def _skill(self, name: str) -> Skill:
        return self.skills.setdefault(name, Skill(name))

    def _index(self) -> None:
        self._by_skill: dict[str, list[Name]] = {}
        for skill in self.skills.values():
            for position, alias in enumerate((skill.name, *skill.aliases)):
                cased = ""
                if alias.endswith("!"):
                    alias = alias.rstrip("!")
                    cased = alias
                elif position == 0 and skill.ambiguous:
                    cased = alias
                words = split(alias)
                name: Name
                if not words:
                    continue
                # A single word never matches by its stem: "production" is no "product".
                if skill.by_stem and len(words) > 1:
                    name = Name(tuple(stem(word) for word in words), skill.name, True, cased)
                    self.stemmed.setdefault(name.words, name)
                else:
                    name = Name(tuple(singular(word) for word in words), skill.name, False, cased)
                    self.exact.setdefault(name.words, name)
                self._by_skill.setdefault(skill.name, []).append(name)
                self.longest = max(self.longest, len(words))
        # What is related is so both ways, unless the other way is given a share of its own.
        for skill in list(self.skills.values()):
            for other, share in list(skill.related.items()):
                if other in self.skills:
                    self.skills[other].related.setdefault(skill.name, share)
            skill.implies = [parent for parent in skill.implies if parent in self.skills and parent != skill.name]
        self._implied_by: dict[str, list[str]] = {}
        for skill in self.skills.values():
            for parent in skill.implies:
                self._implied_by.setdefault(parent, []).append(skill.name)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every single word of every name: what is spelt like one of these is no misspelling."""
        return frozenset(word for names in (self.exact, self.stemmed) for phrase in names for word in phrase)

    def implied_by(self, name: str) -> list[str]:
        """The skills that imply this one directly."""
        return self._implied_by.get(name, [])


@cache
def load() -> Lexicon:
    """The lexicon, read once per process."""
    return Lexicon()


@lru_cache(maxsize=5000)
def _answers(name: str) -> tuple[tuple[str, float], ...]:
    lexicon = load()
    found = {name: 1.0}
    layer = [name]
    for step in range(1, IMPLIED_STEPS + 1):
        following = []
        for parent in layer:
            for child in lexicon.implied_by(parent):
                if child not in found:
                    # A member of a group is the group ("a CRM"); else each step of implication says a little less.
                    whole = lexicon.skills[parent].is_group and parent == name
                    found[child] = 1.0 if whole else round(IMPLIED_SHARE**step, 3)
                    following.append(child)
        layer = following
    skill = lexicon.skills.get(name)
    if skill:
        for other, share in skill.related.items():
            if other not in found:
                found[other] = share
        # Who knows the wider subject knows something of the narrower one.
        for parent in skill.implies:
            if parent not in found and parent != skill.group:
                found[parent] = 0.25
        if skill.group and skill.group not in found and not skill.is_group:
            found[skill.group] = 0.3
    return tuple(found.items())


def _items(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]
