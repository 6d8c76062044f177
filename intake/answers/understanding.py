"""What a candidate's words say to one gap: a typed value, whether to ask back first, or what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from intake.answers import dates, letters, numbers
from intake.answers.showing import bounds
from intake.answers.tongues import ENGLISH, Tongue, any_of, tongue
from intake.answers.typed import MOST_ITEMS, typed
from intake.errors import WrongValue
from intake.questions import PROFILE
from intake.schemas import Gap
from intake.states import GapReason

# Longer words are read up to here.
LONGEST = 20_000
MANY_WORDS = 20
MOST_WORDS_OF_NO = 5
MOST_WORDS_OF_CHOICE = 8
MOST_WORDS_OF_LEAVING = 12


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood.

    `value` is of the gap's type (intake.answers.typed takes it), or None where nothing was. `needs_confirmation`: it
    may be meant in another way, and `alternatives` holds the values that it may be, the likeliest (`value`) first,
    where there are several; with several, ask which. `problem` says in the candidate's language why there is no value,
    as something to tell the candidate; it is "" where there is one.
    """

    value: Any = None
    needs_confirmation: bool = False
    problem: str = ""
    alternatives: tuple[Any, ...] = ()


def understand(gap: Gap, said: str, *, language: str) -> Understood:
    """Read what was said or typed to a gap's question. Needs no model, and never raises for what was said.

    A correction counts ("five, no sorry, six" is 6, to be confirmed). To the question of something that may be out of
    date, "yes" means what is known. Words that decline to answer are no value; that they decline is told by `declines`.
    """
    with translation.override(language):
        speaks = tongue(language)
        words = " ".join(said[:LONGEST].replace("\x00", "").split())
        if not words:
            return Understood(problem=_("I did not get an answer."))
        if (known := _as_known(gap, words, speaks) or _one_of_two(gap, words, speaks)) is not None:
            return known
        if gap.type not in ("boolean", "number") and gap.field in PROFILE and _has_none(words, speaks):
            return Understood(problem=_("If there is none, you can skip this question."))
        if gap.type in ("string", "string_list") and _tells_nothing(gap, words, speaks, language):
            return Understood(problem=_("I did not get an answer."))
        words, corrected = _corrected(gap, words, speaks)
        found = _READERS[gap.type](gap, words, speaks)
        if corrected and found.value is not None:
            found = replace(found, needs_confirmation=True)
        return _checked(gap, found)


def yes_or_no(said: str, *, language: str) -> bool | None:
    """Whether words agree or disagree; None where they do neither or both. Extra words are allowed: "yes, go on"."""
    return _agreement(said, tongue(language))


def declines(said: str, *, language: str) -> bool:
    """Whether the words ask to leave a question out, or say that there is nothing to tell: "skip", "I don't know"."""
    speaks = tongue(language)
    text = _plain(said, speaks)
    if len(text.split()) > MOST_WORDS_OF_LEAVING:
        return False
    leaves = _listed(speaks.skip, ENGLISH.skip, speaks.unknown, ENGLISH.unknown)
    around = _listed(speaks.regrets, ENGLISH.regrets)
    if re.fullmatch(rf"(?:{around}\s+)*{leaves}(?:\s+(?:{leaves}|{around}))*", " ".join(text.split())):
        return True
    # "I don't know" may stand in an answer ("I don't know the street, but Ghent"); who would rather not gives none.
    phrases = [phrase for phrase in (*speaks.skip, *ENGLISH.skip) if " " in phrase]
    return re.search(rf"\b{any_of(phrases)}\b", text) is not None


# --- by type --------------------------------------------------------------------------------------------------------
def _boolean(gap: Gap, words: str, speaks: Tongue) -> Understood:
    agreed = _agreement(words, speaks)
    if agreed is None:
        return Understood(problem=_("I could not tell whether that is a yes or a no."), needs_confirmation=True)
    return Understood(agreed)


def _number(gap: Gap, words: str, speaks: Tongue) -> Understood:
    found = numbers.read(words, gap, tongue=speaks)
    if not found.values:
        return Understood(problem=_("I did not hear a number."))
    if found.other_currency:
        return Understood(problem=_("Please give it in %(unit)s.") % {"unit": gap.unit or _("US dollars")})
    return _of(found.values, certain=found.certain)


def _email(gap: Gap, words: str, speaks: Tongue) -> Understood:
    found = letters.email(words, tongue=speaks)
    if not found.forms:
        return Understood(problem=_("That does not look like an e-mail address. Please spell or type it."))
    return _of(found.forms, certain=found.certain)


def _phone(gap: Gap, words: str, speaks: Tongue) -> Understood:
    found = letters.phone(words, tongue=speaks)
    if not found.forms:
        return Understood(problem=_("That does not look like a phone number. Please give it with its country code."))
    return _of(found.forms, certain=found.certain)


def _url(gap: Gap, words: str, speaks: Tongue) -> Understood:
    found = letters.url(words, tongue=speaks, linkedin=gap.field == "linkedin_url")
    if not found.forms:
        return Understood(problem=_("That does not look like a web address. Please spell or type it."))
    return _of(found.forms, certain=found.certain)


def _text(gap: Gap, words: str, speaks: Tongue) -> Understood:
    if dates.is_date(gap):
        told = dates.read(words, tongue=speaks)
        if told.forms:
            return _of(told.forms, certain=told.certain)
    text = words if gap.field == "bio" else without_lead(words, speaks)
    before = {"current_company": speaks.at, "location": speaks.within}.get(gap.field)
    if before:
        text = re.sub(rf"^{any_of(before)}\s+(?=\w)", "", text, flags=re.IGNORECASE)
    if not re.search(r"\w", text):
        return Understood(problem=_("I did not get an answer."))
    # A question back, or a story in answer to a name, was hardly meant to be written down as it is.
    unlikely = words.endswith("?") or (gap.field in PROFILE and gap.field != "bio" and len(text.split()) > MANY_WORDS)
    return Understood(text, needs_confirmation=unlikely)


def _list(gap: Gap, words: str, speaks: Tongue) -> Understood:
    text = without_lead(words, speaks)
    # Where semicolons divide, commas and "and" belong to the items.
    divided = re.search(r"[;•·]", text) is not None
    parts = re.split(r"[;•·]+" if divided else r",(?!\d)", text)
    certain = True
    items: list[str] = []
    joins = any_of(speaks.joins)
    for part in parts:
        pieces = [part] if divided else re.split(rf"\s+{joins}\s+|^\s*{joins}\s+", part, flags=re.IGNORECASE)
        # "research and development" is one thing, "Python and SQL" are two: only the speaker knows.
        certain = certain and not (
            len(pieces) > 1 and len(parts) == 1 and any(" " in piece.strip() for piece in pieces)
        )
        items += pieces
    kept = [item for item in (_item(piece, speaks) for piece in items) if item]
    if not kept:
        return Understood(problem=_("I did not get an answer."))
    once: dict[str, str] = {}
    for item in kept:
        once.setdefault(item.casefold(), item)
    unique = list(once.values())[:MOST_ITEMS]
    certain = certain and not any(len(item.split()) > 6 for item in unique)
    return Understood(unique, needs_confirmation=not certain)


_READERS = {
    "boolean": _boolean,
    "number": _number,
    "string": _text,
    "string_list": _list,
    "email": _email,
    "phone": _phone,
    "url": _url,
}


# --- what all share --------------------------------------------------------------------------------------------------
def _of(values: tuple[Any, ...], *, certain: bool) -> Understood:
    return Understood(values[0], needs_confirmation=not certain, alternatives=values if len(values) > 1 else ())


def _checked(gap: Gap, found: Understood) -> Understood:
    """With values as they are kept; a value that the gap does not take is a problem."""
    if found.value is None:
        return found
    kept: list[Any] = []
    for value in found.alternatives or (found.value,):
        try:
            clean = typed(gap, value)
        except WrongValue:
            continue
        if clean not in kept:
            kept.append(clean)
    if not kept:
        if gap.type == "number" and (gap.lowest is not None or gap.highest is not None):
            return Understood(problem=_("It should be a number %(bounds)s.") % {"bounds": bounds(gap)})
        return Understood(problem=_("That can't be taken as an answer here."))
    return replace(found, value=kept[0], alternatives=tuple(kept) if len(kept) > 1 else ())


def _as_known(gap: Gap, words: str, speaks: Tongue) -> Understood | None:
    """What a bare "yes" or "no" means where the question says what is known."""
    if gap.type == "boolean" or len(gap.known) != 1 or gap.reason == GapReason.CONTRADICTORY or len(words.split()) > 5:
        return None
    agreed = _agreement(words, speaks)
    if agreed is None or re.search(r"\d", words):
        return None
    text = _plain(words, speaks)
    said = speaks.yes if agreed else speaks.no
    rest = re.sub(rf"\b{any_of(said)}(?!\w)", " ", text)
    if re.search(r"[^\W\d_]{4,}", rest):
        return None
    if agreed:
        return _checked(gap, Understood(gap.known[0]["value"]))
    return Understood(problem=_("What is it now?"))


def _one_of_two(gap: Gap, words: str, speaks: Tongue) -> Understood | None:
    """What "the resume is right" or "the first one" means where the question names two."""
    if gap.reason != GapReason.CONTRADICTORY or len(gap.known) != 2 or re.search(r"[\d@]", words):
        return None
    text = _bare(words)
    meant = [bool(re.search(rf"(?<!\w){_listed(phrases)}(?!\w)", text)) for phrases in (speaks.first, speaks.second)]
    if sum(meant) != 1 or len(text.split()) > MOST_WORDS_OF_CHOICE:
        return None
    is_wrong = re.search(rf"(?<!\w){_listed(speaks.no)}(?!\w)", text) is not None
    value = gap.known[meant.index(not is_wrong)]["value"]
    return _checked(gap, Understood(value, needs_confirmation=is_wrong))


def _has_none(words: str, speaks: Tongue) -> bool:
    """Whether a few words say that there is no such thing: "no", "I don't have one"."""
    if len(words.split()) > MOST_WORDS_OF_NO or re.search(r"[@\d.]\w", words) or _agreement(words, speaks) is not False:
        return False
    # "no, Globex" tells something behind its comma; "nein, keine" does not.
    behind = " ".join(re.split(r"[,;]", words)[1:]).casefold()
    return not re.search(r"\w{4,}", re.sub(rf"(?<!\w){_listed(speaks.no, speaks.nothing)}(?!\w)", " ", behind))


def _corrected(gap: Gap, words: str, speaks: Tongue) -> tuple[str, bool]:
    """The words after the last correction of oneself, and whether there was one."""
    # A "no" between commas takes back what stands before it.
    marker = rf"(?:^|[\s,;.–-]){any_of(speaks.corrects)}[\s,;.:–-]+|[,;.]\s*(?:no|nope|nein|nee)[,;]\s+"
    found = list(re.finditer(marker, words, re.IGNORECASE))
    if not found:
        return words, False
    before, after = words[: found[-1].start()], words[found[-1].end() :]
    if not re.search(r"\w", after):
        return before, True
    if not re.search(r"\w", before):
        return after, False
    if gap.type == "string_list" and "," in before:
        # Only the last item was wrong.
        return f"{before.rstrip(' ,').rpartition(',')[0]}, {after}", True
    return after, True


def without_lead(words: str, speaks: Tongue) -> str:
    """The words without talk before and behind the answer: "well, I work as a nurse, thanks" is "nurse"."""
    lead = re.compile(rf"^\W*{_listed(speaks.leads, speaks.fillers)}(?![\w'-])[\s,:.]*", re.IGNORECASE)
    tail = re.compile(rf"[\s,]{any_of(speaks.fillers)}$", re.IGNORECASE)
    text = words
    while (shorter := lead.sub("", text, count=1)) != text and re.search(r"\w", shorter):
        text = shorter
    # Anchored on what is left without its marks: searched with them, a text of commas alone takes for ever.
    while (found := tail.search(bare := text.rstrip(" ,;:.!?"))) and re.search(r"\w", bare[: found.start()]):
        text = bare[: found.start()]
    text = text.strip(" ,;:")
    return text[:-1].rstrip() if text.endswith((".", "!", "?")) and not re.search(r"\b\w{1,4}\.$", text) else text


def _item(piece: str, speaks: Tongue) -> str:
    text = without_lead(piece.strip(), speaks).strip(" ,;:\"'")
    return text if re.search(r"\w", text) else ""


def _agreement(words: str, speaks: Tongue) -> bool | None:
    text = _plain(words, speaks)
    if re.search(rf"\b{_listed(speaks.unsure)}\b", text):
        return None
    yes = re.search(rf"(?<![\w']){_listed(speaks.yes, ('ok', 'okay'))}(?![\w'])", text)
    no = re.search(rf"(?<![\w']){_listed(speaks.no)}(?![\w'])", text)
    if yes and no:
        # "no, I haven't … yes, that is right": the longer phrase holds the shorter one ("that is not right").
        if no.start() <= yes.start() and no.end() >= yes.end():
            return False
        if yes.start() <= no.start() and yes.end() >= no.end():
            return True
        return None
    if yes:
        rest = re.sub(rf"(?<![\w']){_listed(speaks.yes)}(?![\w'])", " ", text)
        if re.search(rf"(?<!\w){any_of(speaks.negates)}(?!\w)|n't\b", rest):
            # "that is not right" is a no; of a longer story only its teller knows what the "not" belongs to.
            return False if len(rest.split()) <= MOST_WORDS_OF_NO else None
        return True
    return False if no else None


def _only_agrees(words: str, speaks: Tongue) -> bool:
    """Whether words are a yes and nothing else: no place, no name and no skill is called so."""
    return re.fullmatch(rf"(?:{_listed(speaks.yes, ('ok', 'okay'))}\s*)+", _bare(words).strip()) is not None


def _tells_nothing(gap: Gap, words: str, speaks: Tongue, language: str) -> bool:
    """Whether words would only be written down as a text because any words can be: "yes", "not sure", "skip"."""
    if gap.field in PROFILE and _only_agrees(words, speaks):
        return True
    text = _plain(words, speaks)
    is_unsure = re.fullmatch(_listed(speaks.unsure, speaks.unknown, ENGLISH.unsure, ENGLISH.unknown), text) is not None
    return is_unsure or declines(words, language=language)


def _plain(words: str, speaks: Tongue) -> str:
    return re.sub(rf"(?<!\w){any_of(speaks.fillers)}(?!\w)", " ", _bare(words)).strip()


def _bare(words: str) -> str:
    """The words in lower case without their marks."""
    text = " ".join(words[:LONGEST].casefold().replace("’", "'").split())
    return re.sub(r"[.,;:!?¿¡\"]+", " ", text)


def _listed(*phrases: tuple[str, ...]) -> str:
    return any_of([phrase for several in phrases for phrase in several])
