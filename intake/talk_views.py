"""The wizard's talk: the same agent by voice or by text, beside a form that asks the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from intake import answers, talking, wizard
from intake.models import Intake
from intake.states import AnswerState, Step
from intake.talk_words import words
from intake.views import holder_of, show, to_step
from interviews import guest_pages, room_page, rooms
from interviews.models import Participant, Room
from interviews.states import Medium, ParticipantType, Speaker

# Room for a word or two on each question; the clock on the page counts against it.
_LEAST_MINUTES = 5


@require_http_methods(["GET", "HEAD", "POST"])
@guest_pages.in_own_language
@guest_pages.guest_page(show, voice=True)
def talk(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Choose between talking, typing and the form; then the room, until the candidate goes on to the review.

    A token for the room is made anew each time, always for the same participant: a reload comes back.
    """
    intake = holder_of(request, candidate_id)
    if not wizard.may_open(intake, Step.TALK):
        return to_step(intake)
    if request.method == "POST":
        return _act(request, intake)
    room = intake.room
    if room is None or room.is_over or "choose" in request.GET:
        return _choose(request, intake)
    return _room(request, intake, room)


def _act(request: HttpRequest, intake: Intake) -> HttpResponse:
    medium = request.POST.get("medium", "")
    if medium in Medium.values:
        talking.open_room(intake, medium=Medium(medium))
        return to_step(intake, Step.TALK)
    # The candidate goes on; the talk may be taken up again from the review.
    talking.close_room(intake)
    return HttpResponseRedirect(wizard.advance(intake, past=Step.TALK), status=303)


def _choose(request: HttpRequest, intake: Intake) -> HttpResponse:
    context = {
        "intake": intake,
        "step": Step.TALK,
        "open": wizard.still_open(intake),
        "is_voice": rooms.is_voice_configured(),
        "is_open": intake.room is not None and not intake.room.is_over,
    }
    return show(request, "choose.html", context)


def _room(request: HttpRequest, intake: Intake, room: Room) -> HttpResponse:
    name = intake.candidate.name or _("You")
    admitted = rooms.admit(room, name=name, type=ParticipantType.CANDIDATE, identity=f"candidate-{intake.pk.hex}")
    participant = Participant.objects.get(room=room, identity=admitted.identity)
    urls = {
        "events": f"/live/rooms/{room.name}/events",
        "turns": f"/live/rooms/{room.name}/turns",
        "end": wizard.url(intake, Step.TALK),
        "leave": wizard.url(intake, Step.GAPS),
        "after": wizard.url(intake, Step.TALK),
    }
    noted = _noted(intake)
    state = room_page.room_state(room, token=admitted.token, participant=participant, urls=urls) | {
        "agent": {"speaker": Speaker.INTERVIEWER, "label": _("AI assistant")},
        "names": {"interviewer": _("AI assistant"), "candidate": name},
        "status": "active",
        "minutes": max(_LEAST_MINUTES, len(noted)),
        "stages": [],
        "hints": [],
        "words": words(),
    }
    context = {
        "intake": intake,
        "step": Step.TALK,
        "room": room,
        "state": state,
        "noted": noted,
        "left": sum(one["asked"] and one["state"] not in wizard.ANSWERED for one in noted),
        "human_contact": settings.HUMAN_CONTACT,
    }
    return show(request, "talk.html", context)


def _noted(intake: Intake) -> list[dict[str, Any]]:
    """Each question of this round and the answer that it has, as the page shows them."""
    given = answers.current(intake)
    found = []
    for gap in wizard.gaps_of(intake):
        answer = given.get(gap.field)
        shown = ""
        if answer is not None and answer.state in (AnswerState.ACCEPTED, AnswerState.PROPOSED):
            shown = answers.shown(gap, answer.value, language=intake.language)
        state = answer.state if answer is not None else ""
        found.append({"field": gap.field, "label": gap.label, "shown": shown, "state": state, "asked": True})
    return found
