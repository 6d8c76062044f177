"""What the intake agent says in fixed words, in the candidate's language: all but its answers to their questions."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from agents import wording
from agents.intake_moves import Act, Because, Decision, Heard, Write
from intake.answers import shown
from intake.schemas import Gap
from intake.states import AnswerState
from interviews.states import EndReason, Medium

# More values than this are noted without repeating them.
_MOST_REPEATED = 3


def notice(*, name: str, role: str, medium: Medium, recording: bool, is_back: bool, language: str) -> str:
    """What a candidate is told first: that it is an AI, what is kept, what they may do, whom to turn to instead."""
    with override(language):
        if is_back:
            greeting = _("Welcome back, %(name)s.") % {"name": name} if name else _("Welcome back.")
        else:
            greeting = _("Hello %(name)s, and welcome.") % {"name": name} if name else _("Hello, and welcome.")
        about = _(" for the role of %(role)s") % {"role": role} if role else ""
        sound = ""
        if medium == Medium.VOICE:
            sound = _(" Sound is recorded.") if recording else _(" Sound is not recorded.")
        return " ".join(
            [
                greeting,
                _("I am an AI assistant, not a person."),
                _("I help to complete your profile%(about)s, one question at a time.") % {"about": about},
                _("What we say is kept as text.") + sound,
                _("You can say “skip” or “stop” at any time, and fill in the form instead."),
                _("To talk to a person, turn to %(contact)s.") % {"contact": human_contact()},
            ]
        )


def human_contact() -> str:
    """How to reach a person, as the end of a sentence, in the language in force."""
    told = wording.human_contact()
    return _("the person who invited you") if told == "the person who invited you" else told


def said(decision: Decision, *, gaps: dict[str, Gap], language: str, own: str = "") -> str:
    """The whole turn. `own` is a model's answer to what the candidate asked."""
    with override(language):
        parts = [_leading(decision, gaps, language)]
        match decision.act:
            case Act.ASK:
                parts.append(decision.gap.question if decision.gap else "")
            case Act.CONFIRM:
                parts.append(read_back(decision.gap, decision.heard, language) if decision.gap else "")
            case Act.AGAIN:
                parts += [decision.problem, decision.gap.question if decision.gap else ""]
            case Act.ANSWER:
                parts += [own or _about(decision.gap), _open(decision, language)]
            case Act.WAIT:
                parts.append(_("Take your time."))
                parts.append(_open(decision, language) if not decision.progress.asides > 1 else "")
            case Act.CHECK:
                parts.append(_("Are you still there? Take all the time you need."))
            case Act.OFFER_END:
                parts.append(_("Shall we stop here? What you have told me is kept, and the form takes the rest."))
            case Act.END:
                parts.append(_farewell(decision))
        return " ".join(part for part in parts if part)


def read_back(gap: Gap, heard: Heard | None, language: str) -> str:
    """What was heard, as a question."""
    if heard is None:
        return gap.question
    values = [shown(gap, value, language=language) for value in heard.alternatives or [heard.value]]
    with override(language):
        if len(values) > 1:
            either = _("%(some)s or %(last)s") % {"some": ", ".join(values[:-1]), "last": values[-1]}
            return _("%(label)s: did you mean %(either)s?") % {"label": gap.label, "either": either}
        return _("%(label)s: I heard %(value)s. Is that right?") % {"label": gap.label, "value": values[0]}


def cut_off(decision: Decision, language: str) -> str:
    """After an interruption of the connection, in voice: the open question once more."""
    with override(language):
        return _("I am sorry, we were cut off for a moment.") + f" {_open(decision, language)}".rstrip()


def nothing_left(language: str) -> str:
    """Where all is answered before a word was said."""
    with override(language):
        return _("There is nothing left to ask. Please go on to the review.")


def _leading(decision: Decision, gaps: dict[str, Gap], language: str) -> str:
    """What comes before the question: what was written, or why not."""
    noted = _noted(decision.writes, gaps, language)
    if noted:
        return noted
    match decision.because:
        case Because.SKIPPED:
            return _("No problem, we leave that one out.")
        case Because.WRONG:
            return _("Thank you for telling me.")
        case Because.LEFT:
            return _("Let us leave that for the form, where you can type it.")
        case Because.SILENT if decision.act in (Act.AGAIN, Act.ASK, Act.CONFIRM):
            return _("I will ask once more.")
    return ""


def _noted(writes: tuple[Write, ...], gaps: dict[str, Gap], language: str) -> str:
    written = [one for one in writes if one.state == AnswerState.ACCEPTED and one.field in gaps]
    if not written:
        return ""
    if len(written) > _MOST_REPEATED:
        return _("Thank you, I have noted all of that.")
    if len(written) == 1:
        value = shown(gaps[written[0].field], written[0].value, language=language)
        return _("Noted: %(value)s.") % {"value": _short(value)}
    told = [
        f"{gaps[one.field].label}: {_short(shown(gaps[one.field], one.value, language=language))}" for one in written
    ]
    return _("Noted: %(value)s.") % {"value": "; ".join(told)}


def _short(value: str) -> str:
    value = value.rstrip(".")
    return value if len(value) <= 120 else f"{value[:117].rstrip()}…"


def _about(gap: Gap | None) -> str:
    """An answer that is always true: why it is asked, and who knows more."""
    why = gap.why if gap is not None else ""
    more = _("If you would like to know more, a person can tell you: %(contact)s.") % {"contact": human_contact()}
    return f"{why} {more}".strip()


def _open(decision: Decision, language: str) -> str:
    if decision.gap is None:
        return ""
    if decision.heard is not None:
        return read_back(decision.gap, decision.heard, language)
    return decision.gap.question


def _farewell(decision: Decision) -> str:
    contact = {"contact": human_contact()}
    match decision.progress.end_reason:
        case EndReason.DISTRESS:
            return (
                _("I am sorry that you are going through this. We stop here, and nothing of it counts against you.")
                + " "
                + _("Please talk to a person: you can reach %(contact)s.") % contact
                + " "
                + _("If you are in danger, please call your local emergency number now. Take care of yourself.")
            )
        case EndReason.ABUSE:
            return (
                _("I will end our talk here. The form is still there for you, and so is a person: %(contact)s.")
                % contact
            )
        case EndReason.LEFT_EMPTY:
            return _("It seems that this is not a good moment, so I will end here. What you told me is kept.")
        case EndReason.FINISHED:
            return _(
                "That is all I wanted to ask. Thank you! Please look through your answers on the next page; you can "
                "change each of them there."
            )
    return _("Of course, we stop here. What you told me is kept, and you can fill in the rest in the form. Goodbye!")
