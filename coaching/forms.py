"""The form that sets a session up."""

from __future__ import annotations

from typing import Any

from django import forms

from coaching.sessions import SETUP_TEXTS
from coaching.states import PreparationType

# What each kind of preparation is for, in one line, and an example of each field of the form.
CARDS: dict[str, dict[str, str]] = {
    PreparationType.INTERVIEW: {
        "icon": "person",
        "for": "A job interview, as the one who is asked",
        "meeting_subtype": "First interview, product manager",
        "agenda": "My last two jobs, why I change, what I would do in the first three months",
        "tone": "Friendly, thorough",
        "role_context": "I have led a team of four; the interviewer would be my manager",
    },
    PreparationType.CORPORATE: {
        "icon": "talk",
        "for": "A meeting at work: a status, a budget, a difficult talk",
        "meeting_subtype": "Asking for two more people",
        "agenda": "What the team carries, what slips, what two more people would change",
        "tone": "Under pressure, fair",
        "role_context": "I lead the support team; opposite is the head of operations",
    },
    PreparationType.PITCH: {
        "icon": "spark",
        "for": "An idea or a company before people who decide about money",
        "meeting_subtype": "Seed round, first meeting",
        "agenda": "The problem, what we built, who pays for it, what we ask for",
        "tone": "Sceptical, curious",
        "role_context": "I am the founder; opposite is a partner of a small fund",
    },
    PreparationType.SALES: {
        "icon": "clock",
        "for": "A conversation with somebody who might buy",
        "meeting_subtype": "Second call, a logistics company",
        "agenda": "Find out what they need, show how we save time, agree on a trial",
        "tone": "Busy, price-conscious",
        "role_context": "I sell planning software; opposite is the head of dispatch",
    },
    PreparationType.PRESENTATION: {
        "icon": "send",
        "for": "A talk, and the questions after it",
        "meeting_subtype": "Results of the year, 10 minutes",
        "agenda": "Three results, one failure, what comes next",
        "tone": "Attentive, asks for detail",
        "role_context": "I present to forty colleagues; one of them asks for all",
    },
    PreparationType.OTHER: {
        "icon": "dot",
        "for": "Any other conversation that matters to you",
        "meeting_subtype": "Talking to my landlord",
        "agenda": "What I want to reach, and what I want to avoid",
        "tone": "Reserved",
        "role_context": "Who I am, and who is opposite",
    },
}


class SetupForm(forms.Form):
    """What a session is for, and with whom it is played. Only the kind has to be chosen."""

    preparation_type = forms.ChoiceField(choices=PreparationType.choices, initial=PreparationType.INTERVIEW)
    meeting_subtype = forms.CharField(label="What exactly?", required=False, max_length=SETUP_TEXTS["meeting_subtype"])
    agenda = forms.CharField(
        label="What should come up?", required=False, max_length=SETUP_TEXTS["agenda"], widget=forms.Textarea
    )
    tone = forms.CharField(label="How is the other side?", required=False, max_length=SETUP_TEXTS["tone"])
    role_context = forms.CharField(
        label="Who are you, and who is opposite?",
        required=False,
        max_length=SETUP_TEXTS["role_context"],
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        for name in SETUP_TEXTS:
            widget = self.fields[name].widget
            kind = "gr-textarea" if isinstance(widget, forms.Textarea) else "gr-input"
            widget.attrs |= {"class": kind, "id": f"field-{name}"}
            if isinstance(widget, forms.Textarea):
                widget.attrs["rows"] = 3
            if self.is_bound and self.errors.get(name):
                widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error-{name}"}
