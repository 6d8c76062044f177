"""Pages of practice: set up, talk, evaluation, history, progress. Everything on them works without a script too."""

from __future__ import annotations

import re
import uuid
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages as news
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import on_to, page, person, show
from candidates import streaming
from coaching import chat, evaluation, exporting, lifecycle, limits, pictures, practice, sessions, trends
from coaching.errors import TooFewTurns, TooShort, WrongState
from coaching.forms import CARDS, SetupForm
from coaching.messages import KEY, LONGEST_MESSAGE, in_order
from coaching.models import Message, Session
from coaching.states import TALKING, Dimension, MessageState, PreparationType, SessionState, Side
from interviews import rooms
from llm.client import is_configured
from llm.errors import LLMError

asked = require_http_methods(["GET", "HEAD", "POST"])
# What was typed stays out of reports of errors.
private = sensitive_post_parameters()
_LATELY = 5
_PAGE = 20


# --- home and setting up ---------------------------------------------------------------------------------------------
@require_safe
@page()
def home(request: HttpRequest) -> HttpResponse:
    """What to do next, and what was done; for who is not signed in, what this is."""
    if not request.user.is_authenticated:
        return show(request, "coaching/welcome.html", {"cards": _cards()})
    user = person(request)
    found = sessions.page(user=user, filters=sessions.Filters(), after=None, limit=_LATELY)
    context = {
        "plan": practice.plan(user),
        "lately": found.rows,
        "has_more": found.next is not None,
        "cards": _cards(),
        "here": "practice",
    }
    return show(request, "coaching/home.html", context)


@asked
@private
@csrf_protect
@page(signed_in=True)
def set_up(request: HttpRequest) -> HttpResponse:
    """Choose what to prepare for, and say as much about it as one likes."""
    if request.method == "POST":
        form = SetupForm(request.POST)
        if form.is_valid():
            return _begin(request, form.cleaned_data)
    else:
        kind = request.GET.get("type", "")
        form = SetupForm(initial={"preparation_type": kind if kind in PreparationType.values else "Interview"})
    context = {"form": form, "cards": _cards(form["preparation_type"].value()), "here": "practice"}
    return show(request, "coaching/set_up.html", context, status=422 if form.is_bound else 200)


@require_POST
@csrf_protect
@page(signed_in=True)
def begin_step(request: HttpRequest, position: int) -> HttpResponse:
    """A step of the practice plan as a session, ready to begin."""
    step = next((one for one in practice.plan(person(request)).steps if one.position == position), None)
    if step is None:
        raise Http404
    return _begin(request, step.session.model_dump())


def _begin(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    kind = PreparationType(values.pop("preparation_type"))
    made = sessions.make_once(user=person(request), preparation_type=kind, **values)
    return on_to("coaching:session", made.pk)


def _cards(chosen: str = "") -> list[dict[str, Any]]:
    return [{"value": kind, "label": kind.label, "chosen": kind == chosen, **CARDS[kind]} for kind in PreparationType]


# --- one session -----------------------------------------------------------------------------------------------------
@require_safe
@ensure_csrf_cookie
@page(signed_in=True)
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The conversation: to hold while it lasts, to read afterwards."""
    return _session(request, _find(request, session_id))


@require_POST
@private
@csrf_protect
@page(signed_in=True)
def say(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A message, or the coach's opening, or an answer that is owed, where no script does it."""
    held = _find(request, session_id)
    text = request.POST.get("text", "").replace("\x00", "").strip()
    who: dict[str, Any] = {"user_id": held.user_id, "session_id": held.pk}
    limits.count_message(held.user_id)
    if len(text) > LONGEST_MESSAGE:
        told = f"This is longer than {LONGEST_MESSAGE:,} characters. Nothing was sent: shorten it, or send it in two."
        return _session(request, held, draft=text, trouble=told, status=422)
    try:
        if text:
            key = request.POST.get("key", "")
            async_to_sync(chat.say)(text=text, key=key if re.fullmatch(KEY, key) else uuid.uuid4().hex, **who)
        elif "retry" in request.POST:
            async_to_sync(chat.retry)(**who)
        elif not held.messages_count:
            async_to_sync(chat.open_up)(**who)
    except LLMError:
        told = "The coach could not answer just now. Your words are kept; ask for the answer again."
        return _session(request, _find(request, session_id), trouble=told, status=503)
    return on_to("coaching:session", held.pk)


@require_POST
@private
@csrf_protect
@page(signed_in=True)
def change(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """What the session is about, said differently while it lasts."""
    held = _find(request, session_id)
    values = request.POST.copy()
    values["preparation_type"] = held.preparation_type
    form = SetupForm(values)
    if not form.is_valid():
        told = " ".join(str(text) for texts in form.errors.values() for text in texts)
        return _session(request, held, form=form, trouble=told, status=422)
    sessions.change(session=held, values={name: form.cleaned_data[name] for name in sessions.SETUP_TEXTS})
    return on_to("coaching:session", held.pk)


@require_POST
@csrf_protect
@page(signed_in=True)
def complete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End the session and have it evaluated. Where that will be refused, nothing ends unless the trainee says so."""
    held = _find(request, session_id)
    is_enough = held.turns >= lifecycle.LEAST_TURNS and held.status == SessionState.IN_PROGRESS
    if is_enough and (short := evaluation.too_short(held)):
        if "anyway" not in request.POST:
            return _session(request, held, trouble=short, is_short=True, status=422)
        lifecycle.complete(held)
        return on_to("coaching:session", held.pk)
    try:
        lifecycle.complete(held)
    except TooFewTurns as error:
        return _session(request, held, trouble=error.message, status=error.status)
    except WrongState as error:
        held = _find(request, session_id)
        if held.status != SessionState.COMPLETED:
            return _session(request, held, trouble=error.message, status=error.status)
        # Pressed twice: the second one waits for the same evaluation.
    return _evaluated(request, held)


@require_POST
@csrf_protect
@page(signed_in=True)
def evaluate(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Have a completed session evaluated, or once more."""
    return _evaluated(request, _find(request, session_id), force="again" in request.POST)


@require_safe
@page(signed_in=True)
def evaluation_page(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Scores with the words that they rest on, in the conversation where these were said."""
    held = _find(request, session_id)
    all_of_it = evaluation.of(held)
    if not all_of_it:
        return on_to("coaching:session", held.pk)
    wanted = request.GET.get("number", "")
    chosen = next((one for one in all_of_it if str(one.number) == wanted), all_of_it[-1])
    found = evaluation.shown(chosen)
    before = next((one for one in all_of_it if one.number == chosen.number - 1), None)
    scores = {dimension.value: getattr(chosen, dimension.value) for dimension in Dimension}
    context = {
        "session": held,
        "evaluation": found,
        "numbers": [one.number for one in all_of_it],
        "is_archived": held.status == SessionState.ARCHIVED,
        "radar": pictures.radar(
            scores, {dimension.value: getattr(before, dimension.value) for dimension in Dimension} if before else None
        ),
        "dimensions": [
            {
                "key": dimension.value,
                "label": dimension.label,
                "score": scores[dimension.value],
                "weight": getattr(found.weights, dimension.value),
                "criteria": [one for one in found.criteria if one.dimension == dimension],
            }
            for dimension in Dimension
        ],
        "before": before,
        "conversation": exporting.marked(in_order(list(held.messages.all())), found),
        "here": "history",
    }
    return show(request, "coaching/evaluation.html", context)


@require_POST
@csrf_protect
@page(signed_in=True)
def archive(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Put a session away; the message offers to take it back."""
    held = _find(request, session_id)
    lifecycle.archive(held)
    return show(request, "coaching/archived.html", {"session": held, "here": "history"})


@require_POST
@csrf_protect
@page(signed_in=True)
def restore(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Take a session out of the archive."""
    held = _find(request, session_id)
    lifecycle.restore(held)
    news.success(request, "The session is back.", extra_tags="ok")
    return on_to("coaching:session", held.pk)


def _find(request: HttpRequest, session_id: UUID) -> Session:
    return sessions.find(user=person(request), session_id=session_id)


def _session(
    request: HttpRequest,
    held: Session,
    *,
    form: SetupForm | None = None,
    draft: str = "",
    trouble: str = "",
    is_short: bool = False,
    status: int = 200,
) -> HttpResponse:
    said = in_order(list(Message.objects.filter(session=held).order_by("number")))
    last = said[-1] if said else None
    owed = last is not None and last.side == Side.TRAINEE and last.state != MessageState.ANSWERED
    is_unjudged = held.status == SessionState.COMPLETED and held.overall is None
    context = {
        "session": held,
        "said": said,
        "is_open": held.status in TALKING,
        "is_completed": held.status == SessionState.COMPLETED,
        "is_archived": held.status == SessionState.ARCHIVED,
        "owed": owed,
        "last_said": next((one.text for one in reversed(said) if one.side == Side.TRAINEE), ""),
        "stopped": last is not None and last.state == MessageState.STOPPED,
        "least": lifecycle.LEAST_TURNS,
        "missing": max(0, lifecycle.LEAST_TURNS - held.turns),
        "is_ready": is_configured(),
        "voice_missing": rooms.voice_missing(),
        "draft": draft,
        "trouble": trouble,
        "is_short": is_short,
        "too_short": evaluation.too_short(held) if is_unjudged else "",
        "longest": LONGEST_MESSAGE,
        "key": uuid.uuid4().hex,
        "form": form or SetupForm(initial={name: getattr(held, name) for name in sessions.SETUP_TEXTS}),
        "here": "practice" if held.status in TALKING else "history",
    }
    return show(request, "coaching/session.html", context, status=status)


def _evaluated(request: HttpRequest, held: Session, *, force: bool = False) -> HttpResponse:
    limits.count_evaluation(held.user_id)
    try:
        evaluation.evaluate(held, force=force)
    except TooShort as error:
        return _session(request, _find(request, held.pk), trouble=error.message, status=error.status)
    except LLMError:
        told = "The evaluation could not be made just now. The session is kept; try again in a moment."
        return _session(request, _find(request, held.pk), trouble=told, status=503)
    return on_to("coaching:evaluation", held.pk)


# --- all of them -----------------------------------------------------------------------------------------------------
@require_safe
@page(signed_in=True)
def history(request: HttpRequest) -> HttpResponse:
    """All sessions, newest first, by where they stand and what they were for."""
    status, kind = request.GET.get("status", ""), request.GET.get("type", "")
    status = status if status in SessionState.values else ""
    kind = kind if kind in PreparationType.values else ""
    try:
        after = UUID(request.GET["cursor"]) if "cursor" in request.GET else None
    except ValueError:
        after = None
    filters = sessions.Filters(status=status or None, preparation_type=kind or None)
    found = sessions.page(user=person(request), filters=filters, after=after, limit=_PAGE)
    context = {
        "rows": found.rows,
        "next": found.next,
        "status": status,
        "kind": kind,
        "is_filtered": bool(status or kind),
        "states": SessionState.choices,
        "kinds": PreparationType.choices,
        "here": "history",
    }
    return show(request, "coaching/history.html", context)


@require_safe
@page(signed_in=True)
def progress(request: HttpRequest) -> HttpResponse:
    """How one gets on: lines, averages, what keeps coming back, and the plan drawn from it."""
    user = person(request)
    found = trends.trends(user)
    wanted = request.GET.get("dimension", "")
    dimension = Dimension(wanted) if wanted in Dimension.values else None
    averages = found.averages.model_dump()
    context = {
        "trends": found,
        "averages": [
            {"key": one.value, "label": one.label, "score": averages[one.value], "chosen": one == dimension}
            for one in Dimension
        ],
        "lines": pictures.lines(found.score_progression, dimension),
        "dimension": dimension,
        "plan": practice.plan(user),
        "here": "progress",
    }
    return show(request, "coaching/progress.html", context)


# --- taking it along -------------------------------------------------------------------------------------------------
@require_safe
@page(signed_in=True)
def export_markdown(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One session with its newest evaluation, as Markdown."""
    held = _find(request, session_id)
    return _file(exporting.markdown(held).encode(), "text/markdown; charset=utf-8", f"{_name(held)}.md")


@require_safe
@page(signed_in=True)
def export_pdf(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The same as PDF."""
    held = _find(request, session_id)
    return _file(exporting.pdf(held), "application/pdf", f"{_name(held)}.pdf")


@require_safe
@page(signed_in=True)
def export_all(request: HttpRequest) -> HttpResponse:
    """All that is held of somebody's account and practice, as JSON."""
    whole = exporting.everything(person(request))
    name = "greenroom-practice.json"
    # Streams, which a page may: its headers are all that is looked at on the way.
    return streaming.download(whole, request=request, filename=name, content_type="application/json")  # type: ignore[return-value]


def _name(held: Session) -> str:
    # The address and the file's name tell the kind and the day, nothing that somebody wrote.
    return slugify(f"{held.preparation_type} {held.created_at:%Y-%m-%d}")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
