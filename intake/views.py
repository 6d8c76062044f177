"""The wizard: the pages of a candidate who came by an intake link. No account, no JavaScript but for talk and chat.

The mailed link carries its token, so that it works without scripts. GET shows a page with one button and uses nothing
up, because mail scanners open links; the button's POST trades the token for a cookie and a clean address.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import links as accounts_links
from accounts import throttling
from intake import consent, entering, forms, merging, resumes, wizard
from intake.models import Intake
from intake.states import OPEN, IntakeState, Step
from interviews import guest_pages, rooms
from llm.errors import GreenroomError

# Longer than any token of ours: what is longer is not put into a page.
_LONGEST_TOKEN = 2_000
# How often the page that waits for a resume to be read looks again, without any script.
_LOOK_AGAIN_SECONDS = 2


def show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """One of the wizard's pages, with what all of them show: steps, languages, a person to turn to."""
    found = dict(context or {})
    if status == accounts_links.InvalidLink.status:
        # The way in was closed while somebody was typing: what they sent is handed back to them, to be copied.
        found["typed"] = forms.typed_in(request)
    intake: Intake | None = found.get("intake")
    step = found.get("step", "")
    shared = guest_pages.shared(request) | {
        "languages": settings.LANGUAGES,
        "stages": wizard.stages(intake, step) if intake is not None and step in wizard.ORDER else [],
        "place": wizard.ORDER.index(Step(step)) + 1 if step in wizard.ORDER else 0,
        "places": len(wizard.ORDER),
        "otherwise": _("the person who invited you"),
    }
    return render(request, f"intake/{template}", shared | found, status=status)


page = guest_pages.guest_page(show)
_FORM = require_http_methods(["GET", "HEAD", "POST"])


def holder_of(request: HttpRequest, candidate_id: UUID) -> Intake:
    """The round of whoever holds the cookie; from here on the page speaks their language."""
    cookie = request.COOKIES.get(accounts_links.cookie_name(entering.PURPOSE), "")
    intake, _link = entering.holder(cookie=cookie, candidate_id=candidate_id)
    translation.activate(intake.language)
    return intake


def _guest(request: HttpRequest) -> None:
    """Nobody is known yet: the page speaks what the browser asks for."""
    translation.activate(translation.get_language_from_request(request))


def to_step(intake: Intake, step: str | None = None) -> HttpResponse:
    """On to a step, or to the one that the candidate has come to."""
    return HttpResponseRedirect(wizard.url(intake, step), status=303)


@_FORM
@guest_pages.in_own_language
@page
@sensitive_post_parameters("token")
def welcome(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """What the link opens. POST trades the token for the cookie; GET greets who holds that, or goes on where they were.

    Without the cookie GET answers the same page for every address, whether there is such a candidate or not.
    """
    _guest(request)
    if request.method == "POST":
        token = request.POST.get("token", "").strip()
        address = throttling.address_of(request)
        link = entering.trade(token=token, candidate_id=candidate_id, address=address)
        response = guest_pages.on_to("intake:welcome", candidate_id)
        path = reverse("intake:welcome", args=[candidate_id])
        accounts_links.set_cookie(response, link, path=path, grace=entering.GRACE)
        return response
    token = _taken_token(request)
    try:
        intake = holder_of(request, candidate_id)
    except accounts_links.InvalidLink:
        return show(request, "opening.html", {"candidate_id": candidate_id, "token": token})
    if token:
        return guest_pages.on_to("intake:welcome", candidate_id)
    if intake.state != IntakeState.INVITED:
        return to_step(intake)
    return show(request, "welcome.html", {"intake": intake, "is_voice": rooms.is_voice_configured()})


def _taken_token(request: HttpRequest) -> str:
    """The token of the mailed address, taken out of the request: no report of an error holds it from here on."""
    token = request.GET.get("token", "").strip()
    request.GET = QueryDict()
    request.META["QUERY_STRING"] = ""
    return token if len(token) <= _LONGEST_TOKEN else ""


@require_POST
@guest_pages.in_own_language
@page
def language(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Go on in another language, on the same step."""
    intake = holder_of(request, candidate_id)
    wizard.speak(intake, request.POST.get("language", ""))
    step = request.POST.get("step", "")
    is_step = step in wizard.ORDER and wizard.may_open(intake, step) and intake.state != IntakeState.INVITED
    return to_step(intake, step) if is_step else guest_pages.on_to("intake:welcome", candidate_id)


@_FORM
@guest_pages.in_own_language
@page
def agree(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Ask for consent to the words of now, keep it, and go on."""
    intake = holder_of(request, candidate_id)
    if intake.state not in OPEN:
        return to_step(intake)
    is_missing = False
    if request.method == "POST":
        if request.POST.get("agree") == consent.VERSION:
            consent.give(intake)
            wizard.has_begun(intake)
            return to_step(intake)
        is_missing = True
    context = {
        "intake": intake,
        "step": Step.CONSENT,
        "statements": consent.statements(language=intake.language),
        "version": consent.VERSION,
        "is_given": consent.is_given(intake),
        "is_missing": is_missing,
    }
    return show(request, "consent.html", context, status=422 if is_missing else 200)


@_FORM
@guest_pages.in_own_language
@page
@sensitive_post_parameters()
def resume(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Take a resume in, wait for it to be read, or go on without one."""
    intake = holder_of(request, candidate_id)
    if not wizard.may_open(intake, Step.RESUME):
        return to_step(intake)
    problem, is_missing = "", False
    if request.method == "POST":
        if "skip" in request.POST:
            wizard.has_begun(intake)
            return HttpResponseRedirect(wizard.advance(intake, past=Step.RESUME), status=303)
        problem = _received(request, intake)
        if not problem:
            return to_step(intake, Step.RESUME)
        is_missing = "resume" not in request.FILES
    standing = resumes.standing(intake)
    context = {
        "intake": intake,
        "step": Step.RESUME,
        "standing": standing,
        # Of the file that was just sent; what is wrong with the one that was read is in `standing`.
        "problem": problem,
        "is_missing": is_missing,
        "limit": settings.DOCUMENT_MAX_BYTES // 1024**2,
    }
    response = show(request, "resume.html", context, status=422 if problem else 200)
    if standing.state == "reading" and not problem:
        # A header and no <meta>: the page says that it does so, and has nothing in it that could be lost.
        response.headers["Refresh"] = str(_LOOK_AGAIN_SECONDS)
    return response


def _received(request: HttpRequest, intake: Intake) -> str:
    """Take the file of a form in; return why not, or nothing."""
    file = request.FILES.get("resume")
    if file is None:
        return _("Choose a file first, or go on without one.")
    try:
        resumes.receive(intake, file)
    except GreenroomError as error:
        return resumes.problem_of(error)
    return ""


@_FORM
@guest_pages.in_own_language
@page
@sensitive_post_parameters()
def profile(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """What we know, to be corrected."""
    intake = holder_of(request, candidate_id)
    if not wizard.may_open(intake, Step.PROFILE):
        return to_step(intake)
    wizard.has_begun(intake)
    entries = forms.profile(intake)
    if request.method == "POST" and forms.save(intake, entries, request.POST.dict()):
        return HttpResponseRedirect(wizard.advance(intake, past=Step.PROFILE), status=303)
    context = {
        "intake": intake,
        "step": Step.PROFILE,
        "filled": [entry for entry in entries if entry.text or entry.was or entry.is_marked],
        "empty": [entry for entry in entries if not (entry.text or entry.was or entry.is_marked)],
    }
    return show(request, "profile.html", context | _marks(entries), status=_status(entries))


@_FORM
@guest_pages.in_own_language
@page
@sensitive_post_parameters()
def gaps(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """What is asked for, as a plain form; everything in it may be talked or typed about instead."""
    intake = holder_of(request, candidate_id)
    if not wizard.may_open(intake, Step.GAPS):
        return to_step(intake)
    wizard.has_begun(intake)
    entries = forms.gaps(intake)
    if request.method == "POST" and forms.save(intake, entries, request.POST.dict()):
        onward = wizard.advance(intake, past=Step.GAPS)
        if "talk" not in request.POST and wizard.still_open(intake):
            wizard.advance(intake, past=Step.TALK)
            onward = wizard.url(intake, Step.REVIEW)
        return HttpResponseRedirect(onward, status=303)
    context = {"intake": intake, "step": Step.GAPS, "entries": entries}
    return show(request, "gaps.html", context | _marks(entries), status=_status(entries))


@_FORM
@guest_pages.in_own_language
@page
@sensitive_post_parameters()
def review(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Every change, to be accepted, corrected or left aside; then all of it is handed in."""
    intake = holder_of(request, candidate_id)
    if not wizard.may_open(intake, Step.REVIEW):
        return to_step(intake)
    entries = forms.review(intake)
    if request.method == "POST" and forms.save(intake, entries, request.POST.dict()):
        if "send" in request.POST:
            merging.complete(intake)
            return to_step(intake, Step.DONE)
        return to_step(intake, Step.REVIEW)
    context = {
        "intake": intake,
        "step": Step.REVIEW,
        "entries": entries,
        "open": wizard.still_open(intake),
        "talk_url": wizard.url(intake, Step.TALK),
    }
    return show(request, "review.html", context | _marks(entries), status=_status(entries))


@require_safe
@guest_pages.in_own_language
@page
def done(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Thank you: what was handed in, a copy of what is held, and the way to have it erased."""
    intake = holder_of(request, candidate_id)
    if intake.state != IntakeState.COMPLETED:
        return to_step(intake)
    changed = len(merging.outcome_of(intake).fields)
    return show(request, "done.html", {"intake": intake, "step": Step.DONE, "changed": changed})


def _marks(entries: list[forms.Entry]) -> dict[str, Any]:
    return {
        "wrong": [entry for entry in entries if entry.error],
        "elsewhere": [entry for entry in entries if entry.elsewhere is not None],
    }


def _status(entries: list[forms.Entry]) -> int:
    if any(entry.elsewhere is not None for entry in entries):
        return 409
    return 422 if any(entry.error for entry in entries) else 200
