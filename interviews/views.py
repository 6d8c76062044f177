"""The pages of a candidate who came by a link: welcome, consent, room, thanks. No account, and nothing else opens.

The address of each page is clean: the link's token stands behind its `#`, is posted once by the page, and becomes a
cookie that is bound to this interview's pages. No GET uses anything up, so a mail scanner may open the link.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import links as accounts_links
from accounts import throttling
from accounts.models import Link
from interviews import consent, guest_pages, interviewing, links, room_page, rooms
from interviews.models import Interview, Participant
from interviews.states import ENDED, EndReason, Medium, ParticipantType


def _show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    interview_id = (context or {}).pop("interview_id", None)
    interview = (context or {}).get("interview")
    shared = _shared(request, interview_id or (interview.pk if interview else None))
    return render(request, f"interviews/{template}", shared | (context or {}), status=status)


_page = guest_pages.guest_page(_show)


def _holder(request: HttpRequest, interview_id: UUID) -> tuple[Interview, Link]:
    cookie = request.COOKIES.get(accounts_links.cookie_name(links.PURPOSE), "")
    return links.holder(cookie=cookie, interview_id=interview_id)


@require_http_methods(["GET", "HEAD", "POST"])
@_page
@sensitive_post_parameters("token")
def welcome(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    """What the link opens. POST trades the token for the cookie; GET shows the invitation to who holds that.

    Without the cookie GET answers the same page for every address, whether there is such an interview or not.
    """
    if request.method == "POST":
        return _trade(request, interview_id)
    try:
        interview, _ = _holder(request, interview_id)
    except accounts_links.InvalidLink:
        return _show(request, "opening.html", {"interview_id": interview_id})
    if _is_over(interview):
        return _to("thanks", interview_id)
    return _show(
        request,
        "welcome.html",
        {
            "step": 1,
            "interview": interview,
            "minutes": links.minutes_of(interview),
            "sender": _sender(interview),
            "is_voice": interview.room.medium == Medium.VOICE,
            "is_agreed": consent.is_given(interview),
            "is_begun": interview.started_at is not None,
        },
    )


def _trade(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    token = request.POST.get("token", "").strip()
    link = links.trade(token=token, interview_id=interview_id, address=throttling.address_of(request))
    return _with_cookie(_to("welcome", interview_id), link)


def _with_cookie(response: HttpResponse, link: Link) -> HttpResponse:
    accounts_links.set_cookie(response, link, path=reverse("interviews:welcome", args=[link.subject_id]))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@_page
def agree(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    """Ask for consent to the words of now, keep it, and go on to the room."""
    interview, _ = _holder(request, interview_id)
    if _is_over(interview):
        return _to("thanks", interview_id)
    is_agreed = request.POST.get("agree") == consent.VERSION
    if request.method == "POST" and is_agreed:
        consent.give(interview)
    if consent.is_given(interview):
        return _to("room", interview_id)
    context = {
        "step": 2,
        "interview": interview,
        "statements": consent.statements_for(interview),
        "is_missing": request.method == "POST",
    }
    return _show(request, "consent.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@guest_pages.guest_page(_show, voice=True)
def room(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    """The room. A token for it is made anew each time, always for the same participant: a reload comes back."""
    interview, link = _holder(request, interview_id)
    if _is_over(interview):
        return _to("thanks", interview_id)
    if not consent.is_given(interview):
        return _to("agree", interview_id)
    ends = link.expires_at
    link = links.arrive(interview, link)
    name = interview.candidate.name or interview.room.candidate_name or "Candidate"
    token = rooms.admit(
        interview.room, name=name, type=ParticipantType.CANDIDATE, identity=f"candidate-{interview.pk.hex}"
    )
    participant = Participant.objects.get(room=interview.room, identity=token.identity)
    thanks = reverse("interviews:thanks", args=[interview_id])
    state = room_page.state_of(
        interview,
        token=token.token,
        participant=participant,
        urls={
            "events": f"/live/rooms/{interview.room.name}/events",
            "turns": f"/live/rooms/{interview.room.name}/turns",
            "end": reverse("interviews:end", args=[interview_id]),
            "leave": reverse("interviews:welcome", args=[interview_id]),
            "after": thanks,
        },
    )
    context = {
        "state": state,
        "interview": interview,
        "sender": _sender(interview),
        "is_console": False,
        "is_interviewer": False,
        "is_observer": False,
        "title": "Your interview",
    }
    response = render(request, "rooms/room.html", _shared(request, interview_id) | context)
    return response if link.expires_at == ends else _with_cookie(response, link)


@require_POST
@_page
def end(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    """The candidate ends the interview: for good, and before its plan is over if they like."""
    interview, _ = _holder(request, interview_id)
    if not _is_over(interview):
        interviewing.end(interview, reason=EndReason.BY_PERSON)
    return _to("thanks", interview_id)


@require_safe
@_page
def thanks(request: HttpRequest, interview_id: UUID) -> HttpResponse:
    """What happens next: the same words for everybody, so nothing is told to who only guessed an address."""
    return _show(request, "thanks.html", {"step": 4})


def _is_over(interview: Interview) -> bool:
    return interview.status in ENDED or interview.room.is_over


def _sender(interview: Interview) -> str:
    return interview.made_by.name if interview.made_by and interview.made_by.name else interview.room.interviewer_name


def _to(name: str, interview_id: UUID) -> HttpResponse:
    """On to another of these pages, by GET."""
    return guest_pages.on_to(f"interviews:{name}", interview_id)


def _shared(request: HttpRequest, interview_id: UUID | None) -> dict[str, Any]:
    return guest_pages.shared(request) | {"interview_id": interview_id, "consent_version": consent.VERSION}
