"""What a candidate types into the wizard's forms: shown, read back, and laid beside what another tab has written.

Each input travels with the text that it was shown with (`was_…`). So a form tells what its own tab has changed, and
only that is written: two tabs that change different things both win. Where both changed the same thing, nothing of the
later form is written; it comes back with everything typed in it and says what the other tab wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, UnreadablePostError
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candidates.models import Candidate
from intake import answers, questions
from intake.answers.recording import CORRECTABLE
from intake.errors import WrongValue
from intake.models import Answer, Intake
from intake.questions import PROFILE
from intake.schemas import Gap
from intake.states import AnswerState, GapReason, Via

AREAS = frozenset({"education", "bio"})
_INPUTS = {"email": "email", "phone": "tel", "url": "url"}
_COMPLETIONS = {
    "name": "name",
    "email": "email",
    "phone": "tel",
    "linkedin_url": "url",
    "current_role": "organization-title",
    "current_company": "organization",
}


@dataclass
class Entry:
    """One field of a form: what stands in it, and what is to be said about it."""

    spec: Gap
    answer: Answer | None = None
    # What is known without this round, as people read it.
    before: str = ""
    text: str = ""
    was: str = ""
    # It is a gap: emptied, it is left out; a field of the profile is cleared.
    is_asked: bool = False
    is_skipped: bool = False
    error: str = ""
    # What another tab, or the talk, wrote here since this form was shown.
    elsewhere: str | None = None
    # What is known of it where several sources tell it, or an old one: (as people read it, where it comes from).
    choices: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"field_{self.spec.field}"

    @property
    def is_proposed(self) -> bool:
        return self.answer is not None and self.answer.state == AnswerState.PROPOSED

    @property
    def is_rejected(self) -> bool:
        return self.answer is not None and self.answer.state == AnswerState.REJECTED

    @property
    def quote(self) -> str:
        return self.answer.quote if self.answer is not None else ""

    @property
    def via(self) -> str:
        return self.answer.via if self.answer is not None else ""

    @property
    def kind(self) -> str:
        """How the field is asked for: choice, area or line."""
        if self.spec.type == "boolean":
            return "choice"
        return "area" if self.spec.type == "string_list" or self.spec.field in AREAS else "line"

    @property
    def input_type(self) -> str:
        # Not "url": a browser would refuse an address without https://, which we take.
        return {"email": "email", "phone": "tel"}.get(self.spec.type, "text")

    @property
    def input_mode(self) -> str:
        return "decimal" if self.spec.type == "number" else _INPUTS.get(self.spec.type, "")

    @property
    def autocomplete(self) -> str:
        return _COMPLETIONS.get(self.spec.field, "off")

    @property
    def help(self) -> str:
        """What the field takes, where that does not go without saying."""
        if self.spec.type == "string_list":
            return _("One on each line.")
        if self.spec.type == "number" and self.spec.unit:
            return _("In %(unit)s.") % {"unit": self.spec.unit}
        return ""

    @property
    def is_marked(self) -> bool:
        return bool(self.error) or self.elsewhere is not None


# --- values and their text --------------------------------------------------------------------------------------------
def text_of(spec: Gap, value: Any) -> str:
    """A value as it stands in its input, in the language in force."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        plain = int(value) if value == int(value) else round(value, 2)
        return str(formats.number_format(plain, use_l10n=True, force_grouping=False))
    return "\n".join(str(item) for item in value) if isinstance(value, list) else str(value)


def value_of(spec: Gap, text: str, *, language: str) -> Any:
    """What was typed, as the field's type. Raises WrongValue with words for the person."""
    if spec.type == "boolean":
        if text not in ("yes", "no"):
            raise WrongValue(_("Choose yes or no."))
        return text == "yes"
    if spec.type == "number":
        understood = answers.understand(spec, text, language=language)
        if understood.value is None:
            # What is wrong with a number is told as in the talk; that none was heard is nothing to tell a reader.
            problem = understood.problem if any(sign.isdigit() for sign in text) else ""
            raise WrongValue(problem or _("Enter a number in digits, such as 12."))
        if understood.needs_confirmation:
            shown = answers.shown(spec, understood.value, language=language)
            raise WrongValue(_("Did you mean %(value)s? Please write it in digits.") % {"value": shown})
        return understood.value
    value: Any = text
    if spec.type == "string_list":
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        value = [item.strip() for item in lines[0].split(",") if item.strip()] if len(lines) == 1 else lines
    try:
        return answers.typed(spec, value)
    except WrongValue:
        raise WrongValue(_takes(spec)) from None


def _takes(spec: Gap) -> str:
    if spec.field == "linkedin_url":
        return _("Enter the address of a LinkedIn profile, such as https://www.linkedin.com/in/name.")
    return {
        "email": _("Enter an e-mail address, such as name@example.com."),
        "phone": _("Enter a phone number with its country code, such as +1 202 555 0123."),
        "url": _("Enter a web address, such as https://example.com."),
        "string_list": _("Enter up to 200 items, one on each line, none of them longer than 500 characters."),
    }.get(spec.type, _("This text is too long, or empty. Please shorten it."))


def known(candidate: Candidate, name: str) -> Any:
    """What the profile holds of a field; None where it holds nothing, or has no such field."""
    value = getattr(candidate, name) if name in PROFILE else None
    return None if value in ("", []) else value


# --- the three forms --------------------------------------------------------------------------------------------------
def profile(intake: Intake) -> list[Entry]:
    """What we know, and what the resume tells: every field of the profile that is not asked for as a gap."""
    asked = {gap["field"] for gap in intake.gaps}
    given = answers.current(intake)
    specs = [questions.spec(name, language=intake.language) for name in PROFILE if name in CORRECTABLE - asked]
    return [_entry(intake, spec, given.get(spec.field)) for spec in specs]


def gaps(intake: Intake) -> list[Entry]:
    """What is asked for, each with the answer that it has."""
    given = answers.current(intake)
    found = []
    for gap in map(Gap.model_validate, intake.gaps):
        entry = _entry(intake, gap, given.get(gap.field), is_asked=True)
        entry.choices = [
            (answers.shown(gap, one["value"], language=intake.language), one.get("source", "")) for one in gap.known
        ]
        found.append(entry)
    return found


def review(intake: Intake) -> list[Entry]:
    """What will change: each answer that differs from what is known, those left aside among them."""
    asked = {gap["field"]: Gap.model_validate(gap) for gap in intake.gaps}
    found = []
    for name, answer in answers.current(intake).items():
        if answer.state == AnswerState.SKIPPED or answer.value == known(intake.candidate, name):
            continue
        if answer.value in (None, []) and known(intake.candidate, name) is None:
            continue
        spec = asked.get(name) or questions.spec(name, language=intake.language)
        entry = _entry(intake, spec, answer)
        entry.is_asked = name in asked
        entry.text = entry.was = text_of(spec, answer.value)
        found.append(entry)
    return found


def _entry(intake: Intake, spec: Gap, answer: Answer | None, *, is_asked: bool = False) -> Entry:
    value = known(intake.candidate, spec.field)
    entry = Entry(spec, answer, before=answers.shown(spec, value, language=intake.language), is_asked=is_asked)
    if is_asked:
        # What is out of date or told in two ways is for the candidate to say, not to be left standing.
        value = None
    counts = answer is not None and answer.state in (AnswerState.ACCEPTED, AnswerState.PROPOSED)
    is_doubtful = is_asked and entry.is_proposed and spec.reason == GapReason.CONTRADICTORY
    if answer is not None and counts and not is_doubtful:
        value = answer.value
    entry.text = entry.was = text_of(spec, value)
    entry.is_skipped = answer is not None and answer.state == AnswerState.SKIPPED
    return entry


# --- reading a form back ----------------------------------------------------------------------------------------------
def save(intake: Intake, entries: Iterable[Entry], posted: Mapping[str, str], *, accepts: bool = True) -> bool:
    """Write what this form has changed; False where something of it was wrong or taken by another tab.

    Then nothing is written, and the entries hold what was typed and what is to be said. `entries` are those of now.
    `accepts`: what was proposed and left as it is counts as accepted.
    """
    entries = list(entries)
    is_good = True
    writes: list[dict[str, Any]] = []
    for entry in entries:
        write = _read(intake, entry, posted, accepts=accepts)
        is_good = is_good and not entry.is_marked
        if write is not None:
            writes.append(write)
    if not is_good:
        return False
    with transaction.atomic():
        for write in writes:
            answers.record(intake, **write)
    return True


def _read(intake: Intake, entry: Entry, posted: Mapping[str, str], *, accepts: bool) -> dict[str, Any] | None:
    """What one input asks to write, if anything."""
    if f"was_{entry.name}" not in posted:
        # It came up after this form was shown.
        entry.elsewhere = entry.text if entry.is_proposed or entry.answer is not None else None
        return None
    typed, was, now = (_plain(text) for text in (posted.get(entry.name, ""), posted[f"was_{entry.name}"], entry.text))
    if typed in ("", was):
        # One of the known values was picked. What was typed besides counts more.
        typed = _picked(entry, posted) or typed
    entry.text = typed
    answer, name = entry.answer, entry.spec.field
    if posted.get(f"keep_{entry.name}"):
        if answer is None or entry.is_rejected:
            return None
        return {"field": name, "value": answer.value, "state": AnswerState.REJECTED} | _origin(answer)
    if posted.get(f"skip_{entry.name}"):
        entry.is_skipped = True
        if typed and typed != was:
            entry.is_skipped, entry.error = False, _("Either answer, or leave it out.")
            return None
        return _skipped(entry)
    if typed != was and now not in (was, typed):
        entry.elsewhere, entry.was = now, now
        return None
    if typed == was:
        # Untouched here: whatever another tab wrote stays.
        entry.text = now
        takes_back = entry.is_rejected and f"kept_{entry.name}" in posted
        if answer is not None and accepts and ((entry.is_proposed and now == was and now) or takes_back):
            return {"field": name, "value": answer.value} | _origin(answer)
        return None
    if not typed:
        return _skipped(entry) if entry.is_asked else _cleared(entry)
    try:
        value = value_of(entry.spec, typed, language=intake.language)
    except WrongValue as error:
        entry.error = error.message
        return None
    return {"field": name, "value": value, "via": Via.FORM}


def _picked(entry: Entry, posted: Mapping[str, str]) -> str:
    """The known value that was picked in place of typing it, as its input would hold it; "" for none."""
    place = posted.get(f"pick_{entry.name}", "")
    known_ones = entry.spec.known
    if not place.isdecimal() or int(place) >= len(known_ones):
        return ""
    return _plain(text_of(entry.spec, known_ones[int(place)]["value"]))


def _origin(answer: Answer) -> dict[str, Any]:
    return {"via": answer.via, "quote": answer.quote, "turn": answer.turn}


def _skipped(entry: Entry) -> dict[str, Any] | None:
    if entry.answer is not None and entry.answer.state == AnswerState.SKIPPED:
        return None
    return {"field": entry.spec.field, "value": None, "via": Via.FORM, "state": AnswerState.SKIPPED}


def _cleared(entry: Entry) -> dict[str, Any]:
    return {"field": entry.spec.field, "value": None, "via": Via.FORM}


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, text) of what somebody has typed into one of these forms and could not save.

    Needs no round: it is told to whoever sent it, in the language in force, and holds nothing but what they sent. The
    label is empty for what a job asks beyond the profile. A file that was sent is not read for this.
    """
    if request.method != "POST" or request.content_type != "application/x-www-form-urlencoded":
        return []
    try:
        posted = request.POST.dict()
    except (SuspiciousOperation, UnreadablePostError):  # too large, or broken off
        return []
    found = []
    for name, text in posted.items():
        field = name.removeprefix("field_")
        if name != field and _plain(text) and _plain(text) != _plain(posted.get(f"was_{name}", "")):
            label = questions.spec(field, language=get_language() or "en").label if field in PROFILE else ""
            found.append((label, _plain(text)))
    return found


def _plain(text: str) -> str:
    """A text as it compares with another one: browsers send line ends of their own."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
