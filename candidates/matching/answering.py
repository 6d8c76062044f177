"""How each kind of criterion is answered from one resume."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from candidates.matching import certificates, dates, education, titles
from candidates.matching.occurrences import Finder, Hit, near_years
from candidates.matching.resume import Held, Resume
from candidates.matching.titles import Title
from candidates.matching.words import Text, content_stems, stem

QUOTE_BEFORE, QUOTE_AFTER = 90, 130
# What a skill counts for where years of it are asked for and none can be shown; the rest grows with the years.
YEARS_FLOOR = 0.4
# A resume never repeats every word of a description; from this part of its words on the overlap is complete.
ENOUGH_OVERLAP = 0.5
YEARS_FOR_DEGREE = 5
LOWER_CERTIFICATE = 0.5
PAST_TITLE, PROSE_TITLE = 0.93, 0.85


class Answer(NamedTuple):
    """One criterion answered: the share of its points, the words it rests on (text[start:end] of a source), and why.

    `known` is False where the profile says nothing of the kind at all.
    """

    share: float
    explanation: str
    quote: str | None = None
    source: str | None = None
    start: int | None = None
    end: int | None = None
    known: bool = True


NOTHING = Answer(0.0, "Nothing in the profile speaks to this.", known=False)


class Skill(NamedTuple):
    """What a skill criterion looks for: all of the items, or any one of them, with years behind it or not."""

    items: tuple[str, ...]
    needs_all: bool
    years: float


class Context:
    """The criteria of one rubric, compiled. Answers by index of the criterion; see `answers`."""

    def __init__(self, criteria: Sequence[dict[str, Any]]) -> None:
        self.criteria = criteria
        self.finder = Finder()
        self.skills: dict[int, Skill] = {}
        self.overlaps: dict[int, list[tuple[str, str, float]]] = {}
        self.certificates: dict[int, tuple[str, ...]] = {}
        self.title: Title | None = None
        for number, item in enumerate(criteria):
            parameters = item.get("parameters") or {}
            if item["kind"] == "skill" and parameters.get("words"):
                self.overlaps[number] = [
                    (stem(str(word)), str(word), float(weight)) for word, weight in parameters["words"]
                ]
            elif item["kind"] == "skill":
                self._add_skill(number, item, parameters)
            elif item["kind"] == "certificate":
                names = _names(item, parameters, "certificate")
                self.certificates[number] = tuple(certificates.canonical(name) or name for name in names)
                for position, name in enumerate(names):
                    if certificates.canonical(name) is None:
                        self.finder.add(number, position, name)
            elif item["kind"] == "title" and self.title is None:
                self.title = titles.parse(str(parameters.get("title") or item["label"]))
        if self.title is None:
            asked = next((item["parameters"].get("field") for item in criteria if item["kind"] == "years"), None)
            self.title = titles.parse(str(asked)) if asked else None
        self.finder.close()

    def answers(self, resume: Resume) -> dict[int, Answer]:
        """The answers to all criteria, by index."""
        hits: dict[int, list[Hit]] = {}
        for hit in self.finder.hits(resume):
            hits.setdefault(hit.criterion, []).append(hit)
        made: dict[int, Answer] = {}
        for number, item in enumerate(self.criteria):
            kind, parameters = item["kind"], item.get("parameters") or {}
            if number in self.overlaps:
                made[number] = self._overlap(self.overlaps[number], resume)
            elif kind == "skill":
                made[number] = self._skill(self.skills[number], hits.get(number, []), resume)
            elif kind == "years":
                made[number] = self._years(parameters, hits, resume)
            elif kind == "title":
                made[number] = self._title(str(parameters.get("title") or item["label"]), resume)
            elif kind == "education":
                made[number] = self._education(parameters, hits, resume)
            elif kind == "certificate":
                made[number] = self._certificate(number, hits.get(number, []), resume)
        return made

    def _add_skill(self, number: int, item: dict[str, Any], parameters: dict[str, Any]) -> None:
        items = tuple(_names(item, parameters, "skill"))
        years = parameters.get("years")
        needs_all = bool(parameters.get("all_of"))
        self.skills[number] = Skill(items, needs_all, float(years) if years else 0.0)
        for position, name in enumerate(items):
            self.finder.add(number, position, name)
        self.finder.copied_from(str(item.get("description") or ""))

    # --- skills ------------------------------------------------------------------------------------------------------
    def _skill(self, skill: Skill, hits: list[Hit], resume: Resume) -> Answer:
        if not hits:
            return NOTHING
        by_item: dict[int, list[Hit]] = {}
        for hit in hits:
            by_item.setdefault(hit.item, []).append(hit)
        shares = {item: self._item_share(skill, found, resume) for item, found in by_item.items()}
        if skill.needs_all:
            share = sum(one for one, _ in shares.values()) / len(skill.items)
            best_item = max(shares, key=lambda item: shares[item][0])
            missing = [name for number, name in enumerate(skill.items) if number not in by_item]
            why = f"{len(by_item)} of {len(skill.items)} found" + (f"; not {', '.join(missing)}." if missing else ".")
        else:
            best_item = max(shares, key=lambda item: shares[item][0])
            share, why = shares[best_item]
        best = max(by_item[best_item], key=lambda hit: hit.share * hit.worth)
        return _quoted(share, why, resume.texts[best.text], best.start, best.end)

    def _item_share(self, skill: Skill, hits: list[Hit], resume: Resume) -> tuple[float, str]:
        """(share, explanation) of one skill from all places where it, or something that speaks for it, stands."""
        best = max(hits, key=lambda hit: hit.share * hit.worth)
        share = best.share * best.worth
        proof = [hit for hit in hits if not hit.listed and hit.share >= 0.8]
        if len(proof) > 1 and share < 0.9:
            share = min(0.9, share + 0.06)
        found = resume.texts[best.text].text[best.start : best.end]
        place = "in a position" if best.position >= 0 else "in a list" if best.listed else "in the text"
        why = f"“{found}” {place}." if best.share >= 0.99 else f"“{found}” {place}, which counts in part."
        if skill.years:
            years = self._years_of(hits, resume)
            if years is None:
                total = resume.years
                share *= YEARS_FLOOR + (1 - YEARS_FLOOR) * (0.5 * min(1.0, total / skill.years) if total else 0.0)
                why += f" How long is not told; {skill.years:g} years are asked for."
            else:
                share *= YEARS_FLOOR + (1 - YEARS_FLOOR) * min(1.0, years / skill.years)
                why += f" About {years:.1f} of {skill.years:g} years."
        return share, why

    def _years_of(self, hits: list[Hit], resume: Resume) -> float | None:
        """Years of a skill: what the text ties to it, or what positions that mention it cover; None if neither."""
        places = {hit.position for hit in hits if hit.position >= 0 and hit.share >= 0.6 and hit.worth >= 0.6}
        dated = dates.years_in(resume.months_of(places)) if places else None
        told: float | None = None
        for number, text in enumerate(resume.texts):
            spans = [(one.begin, one.finish, one.years) for one in resume.durations.get(text.name, ())]
            near = near_years(hits, spans, number, text.text)
            if near is not None:
                told = max(told or 0.0, near)
        if told is None:
            return dated
        return max(told, dated or 0.0)

    # --- years -------------------------------------------------------------------------------------------------------
    def _years(self, parameters: dict[str, Any], hits: dict[int, list[Hit]], resume: Resume) -> Answer:
        """Years in the field against the years asked for; years elsewhere count by how near their field is."""
        needed = float(parameters.get("years") or 0)
        total = resume.years
        if total is None:
            return NOTHING._replace(explanation="No years of experience are told.")
        relevant, closest = self._relevant_years(total, hits, resume)
        relevant = min(relevant, total)
        # Many years of something else do not add up to a few of the thing itself.
        share = min(1.0, closest * 1.1, relevant / needed if needed > 0 else 1.0)
        why = f"{total:.1f} years of experience, {relevant:.1f} of them close to the job; {needed:g} asked for."
        position = max(resume.positions, key=lambda one: one.last - one.first, default=None)
        if position is not None and resume.candidate.years_experience is None:
            text = next((text for text in resume.texts if text.name == position.source), None)
            if text is not None:
                return _quoted(share, why, text, position.start, position.end)
        return Answer(share, why)

    def _relevant_years(self, total: float, hits: dict[int, list[Hit]], resume: Resume) -> tuple[float, float]:
        """(years weighed by how near each position is to the job, the nearness of the nearest one)."""
        coverage = self._coverage(hits)
        overall = self._role_relevance(resume, coverage)
        if not resume.positions:
            return total * overall, overall
        asked = max(2.0, 0.3 * len(self.skills))
        in_position: dict[int, set[int]] = {}
        for number, found in hits.items():
            for hit in found:
                if hit.position >= 0 and hit.share >= 0.6 and number in self.skills:
                    in_position.setdefault(hit.position, set()).add(number)
        # Prose often names the title once, before its dates.
        unnamed = resume.held[0].title.text if resume.held else ""
        weighed = []
        for index, position in enumerate(resume.positions):
            by_skill = min(1.0, len(in_position.get(index, ())) / asked)
            weighed.append(
                (position.first, position.last, self._relevance(titles.parse(position.title or unnamed), by_skill))
            )
        months = _weighed_months(weighed)
        dated = resume.years_in_positions
        # Years that the field or a claim adds to the dated ones count like the average of these.
        extra = max(0.0, total - dated) * (months / 12 / dated if dated else overall)
        return months / 12 + extra, max(weight for _, _, weight in weighed)

    def _coverage(self, hits: dict[int, list[Hit]]) -> float:
        if not self.skills:
            return 0.5
        met = sum(
            1 for number in self.skills if any(hit.share >= 0.6 and hit.worth > 0.4 for hit in hits.get(number, ()))
        )
        return met / len(self.skills)

    def _relevance(self, had: Title, by_skill: float) -> float:
        """How far time in a position counts: by its title's function, and by the asked skills that it mentions."""
        wanted = self.title
        if wanted is None or (wanted.family is None and not wanted.words):
            return 0.3 + 0.7 * by_skill
        if had.family is None or wanted.family is None:
            shared = len(wanted.words & had.words) / len(wanted.words) if wanted.words else 0.0
            return max(shared, 0.25 + 0.6 * by_skill if had.family is None else 0.15 + 0.6 * by_skill)
        close = titles.nearness(wanted.family, had.family)
        return max(close, 0.55 * by_skill)

    def _role_relevance(self, resume: Resume, coverage: float) -> float:
        if not resume.held:
            return self._relevance(titles.parse(""), min(1.0, coverage * 1.5))
        by_skill = min(1.0, coverage * 1.5)
        return max(self._relevance(held.title, by_skill) for held in resume.held[:6])

    def _education(self, parameters: dict[str, Any], hits: dict[int, list[Hit]], resume: Resume) -> Answer:
        """The degree; where the job lets experience stand in for it, only experience near the job does."""
        told = _education(parameters, resume)
        years = resume.years or 0.0
        if not parameters.get("or_experience") or years < YEARS_FOR_DEGREE or told.share >= 0.8:
            return told
        _, closest = self._relevant_years(years, hits, resume)
        share = 0.8 * min(1.0, closest / 0.5)
        if share <= told.share:
            return told
        return Answer(share, f"{years:.0f} years of experience stand in for the degree, as the job allows.")

    # --- titles --------------------------------------------------------------------------------------------------------
    def _title(self, wanted: str, resume: Resume) -> Answer:
        asked = titles.parse(wanted)
        best: tuple[float, Held] | None = None
        for number, held in enumerate(resume.held):
            weight = 1.0 if held.is_current or number == 0 else PAST_TITLE if held.years else PROSE_TITLE
            share = titles.similarity(asked, held.title) * weight
            if best is None or share > best[0]:
                best = (share, held)
        if best is None:
            return NOTHING._replace(explanation="No title is told.")
        share, held = best
        if share < 0.05:
            return Answer(0.0, f"“{held.title.text}” is another kind of work.")
        why = f"“{held.title.text}” against “{wanted}”."
        text = next((text for text in resume.texts if text.name == held.source), None)
        return _quoted(share, why, text, held.start, held.end) if text else Answer(share, why)

    # --- words in common -----------------------------------------------------------------------------------------------
    def _overlap(self, words: list[tuple[str, str, float]], resume: Resume) -> Answer:
        total = sum(weight for _, _, weight in words)
        had = {one for text in resume.texts for one in text.stems}
        found = [(word, weight) for stemmed, word, weight in words if stemmed in had]
        if not total or not found:
            return NOTHING
        share = min(1.0, sum(weight for _, weight in found) / total / ENOUGH_OVERLAP)
        names = ", ".join(word for word, _ in sorted(found, key=lambda one: -one[1])[:8])
        return Answer(share, f"{len(found)} of the {len(words)} main words of the description occur: {names}.")

    # --- certificates ----------------------------------------------------------------------------------------------------
    def _certificate(self, number: int, hits: list[Hit], resume: Resume) -> Answer:
        best: Answer | None = None
        for text in resume.texts:
            for found in certificates.find(text):
                for name in self.certificates[number]:
                    # The lower rung of what is asked for (OSHA 10 for OSHA 30) counts in part.
                    whole = certificates.includes(found.name, name)
                    if not whole and not certificates.includes(name, found.name):
                        continue
                    start, end = text.starts[found.first], text.ends[found.last]
                    if _DENIED.search(text.text[max(0, start - 30) : start]):
                        continue
                    share = (1.0 if whole else LOWER_CERTIFICATE) * (1.0 if found.held else 0.35)
                    why = f"“{text.text[start:end]}”" + ("" if whole else ", a step towards it")
                    why += "." if found.held else ", not held yet or no longer."
                    if best is None or share > best.share:
                        best = _quoted(share, why, text, start, end)
        for hit in hits:
            # An unknown certificate is a phrase; where it stands says less than that it stands.
            share = hit.share * (1.0 if hit.worth > 0.4 else 0.4)
            if best is None or share > best.share:
                text = resume.texts[hit.text]
                best = _quoted(share, f"“{text.text[hit.start : hit.end]}”.", text, hit.start, hit.end)
        return best or NOTHING


_DENIED = re.compile(r"\b(?:no|not|without|never|non)\b[\w\s-]{0,20}$", re.IGNORECASE)


def _education(parameters: dict[str, Any], resume: Resume) -> Answer:
    """The highest degree against the one asked for, and its subject."""
    wanted = str(parameters.get("level") or "bachelor")
    rank = education.LEVELS.index(wanted) if wanted in education.LEVELS else 2
    asked = frozenset(content_stems(str(parameters.get("subject") or "")))
    best: tuple[float, Text, education.Degree] | None = None
    for text in resume.texts:
        if text.name in ("skills", "current_role", "industries", "positions"):
            continue
        for degree in education.degrees(text):
            below = rank - degree.rank
            level = 1.0 if below <= 0 else (0.5 if below == 1 else 0.2)
            if not degree.finished:
                level *= 0.6
            share = level * education.subject_fit(asked, degree.subject)
            if best is None or share > best[0]:
                best = (share, text, degree)
    if best is None:
        return NOTHING._replace(explanation="No degree is told.")
    share, text, degree = best
    label = education.LABELS[education.LEVELS[degree.rank]]
    why = (
        f"{label}{'' if degree.finished else ', not finished'}; asked for: {education.LABELS[education.LEVELS[rank]]}."
    )
    return _quoted(share, why, text, degree.start, degree.end)


def _weighed_months(spans: Sequence[tuple[int, int, float]]) -> float:
    """Months covered, each counted once with the best weight that holds in it."""
    cuts = sorted({edge for first, last, _ in spans for edge in (first, last)})
    total = 0.0
    for begin, end in itertools.pairwise(cuts):
        total += (end - begin) * max(
            (weight for first, last, weight in spans if first <= begin and end <= last), default=0.0
        )
    return total


def _names(item: dict[str, Any], parameters: dict[str, Any], key: str) -> list[str]:
    names = parameters.get("any_of") or parameters.get("all_of")
    if names:
        return [str(name) for name in names if str(name).strip()]
    return [str(parameters.get(key) or item["label"])]


def _quoted(share: float, why: str, text: Text, start: int, end: int) -> Answer:
    """An answer with the line around text[start:end] as its quote, cut at words where it is long."""
    whole = text.text
    begin = whole.rfind("\n", 0, start) + 1
    stop = whole.find("\n", end)
    stop = len(whole) if stop < 0 else stop
    if start - begin > QUOTE_BEFORE:
        cut = whole.rfind(". ", begin, start)
        begin = (
            cut + 2 if cut >= start - 2 * QUOTE_BEFORE else whole.find(" ", start - QUOTE_BEFORE, start) + 1 or start
        )
    if stop - end > QUOTE_AFTER:
        cut = whole.find(". ", end, end + QUOTE_AFTER)
        stop = cut + 1 if cut > 0 else whole.rfind(" ", end, end + QUOTE_AFTER)
        stop = stop if stop > end else end
    while begin < start and whole[begin] in " \t\r-*•·|":
        begin += 1
    while stop > end and whole[stop - 1] in " \t\r|":
        stop -= 1
    return Answer(share, why, whole[begin:stop], text.name, begin, stop)
