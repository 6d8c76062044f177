"""Pages: sign up, confirm, sign in and out, a forgotten password, and one's own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import deletion, passwords, profiles, second_step, signing_in, signing_up, throttling
from accounts.errors import Invalid, LastAdministrator, LockedOut, WrongCode, WrongCredentials, WrongPassword
from accounts.forms import (
    ChangePasswordForm,
    CodeForm,
    EmailForm,
    NameForm,
    PasswordForm,
    PlainForm,
    ResetForm,
    SignInForm,
    SignUpForm,
    SwitchOnForm,
    VerifyForm,
)
from accounts.links import InvalidLink
from accounts.pages import next_page, on_to, page, person, show

asked = require_http_methods(["GET", "HEAD", "POST"])
# What somebody typed stays out of reports of errors.
secret = sensitive_post_parameters("password", "current_password", "new_password", "token", "email", "code")


def _home() -> str:
    return reverse("coaching:home")


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form sent, were it nothing; None where nobody has sent one."""
    return request.POST if request.method == "POST" else None


def _filled(form: PlainForm, template: str, request: HttpRequest, **context: Any) -> HttpResponse:
    """A page with its form; the status says whether that was sent and refused, and why."""
    response = show(request, template, {"form": form, **context}, status=form.status if form.is_bound else 200)
    if form.retry_after is not None:
        response.headers["Retry-After"] = str(form.retry_after)
    return response


# --- sign up ---------------------------------------------------------------------------------------------------------
@asked
@secret
@csrf_protect
@page()
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account. Everybody is sent on to the same words about a mail."""
    if request.user.is_authenticated:
        return on_to("coaching:home")
    form = SignUpForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        throttling.slow_down(request, "sign-up")
        try:
            signing_up.sign_up(**form.cleaned_data)
        except Invalid as error:
            form.refuse(error)
        else:
            return show(request, "accounts/mailed.html", {"kind": "confirm", "email": form.cleaned_data["email"]})
    return _filled(form, "accounts/sign_up.html", request, here="sign-up")


@require_POST
@secret
@csrf_protect
@page()
def send_again(request: HttpRequest) -> HttpResponse:
    """The mail to confirm, once more."""
    form = EmailForm(request.POST)
    if not form.is_valid():
        return on_to("accounts:sign-up")
    throttling.slow_down(request, "resend")
    signing_up.send_again(email=form.cleaned_data["email"])
    return show(
        request, "accounts/mailed.html", {"kind": "confirm", "email": form.cleaned_data["email"], "again": True}
    )


@asked
@secret
@csrf_protect
@page()
def verify(request: HttpRequest) -> HttpResponse:
    """Confirm the address with the mailed token and the password, and be signed in."""
    form = VerifyForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            user = signing_up.verify(request=request, **form.cleaned_data)
        except (WrongPassword, LockedOut) as error:
            form.refuse(error)
        except InvalidLink:
            return show(request, "accounts/link_over.html", {"kind": "confirm"}, status=410)
        else:
            signing_in.open_browser(request=request, user=user)
            messages.success(request, "Your address is confirmed. Welcome!", extra_tags="ok")
            return on_to("coaching:home")
    return _filled(form, "accounts/verify.html", request)


# --- sign in and out -------------------------------------------------------------------------------------------------
@asked
@secret
@csrf_protect
@page()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, and on to where somebody wanted to go."""
    going = next_page(request, otherwise=_home())
    if request.user.is_authenticated:
        return _to(going)
    form = SignInForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            is_in = signing_in.sign_in_browser(request=request, **form.cleaned_data)
        except (WrongCredentials, LockedOut) as error:
            form.refuse(error)
            form.status = error.status
        else:
            return _to(going if is_in else f"{reverse('accounts:code')}?{urlencode({'next': going})}")
    shown = {"next": going if going != _home() else "", "here": "sign-in"}
    return _filled(form, "accounts/sign_in.html", request, **shown)


@asked
@secret
@csrf_protect
@page()
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code, after the password."""
    going = next_page(request, otherwise=_home())
    if signing_in.awaits_code(request) is None:
        return on_to("accounts:sign-in")
    form = CodeForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            user = signing_in.pass_code(request=request, code=form.cleaned_data["code"])
        except WrongCode as error:
            form.refuse(error)
        else:
            return _to(going) if user is not None else on_to("accounts:sign-in")
    return _filled(form, "accounts/code.html", request, next=going, here="sign-in")


@require_POST
@csrf_protect
@page()
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session; twice is fine."""
    signing_in.sign_out(request=request, sign_in=None)
    return on_to("accounts:sign-in")


# --- a forgotten password --------------------------------------------------------------------------------------------
@asked
@secret
@csrf_protect
@page()
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link to set a new password. Everybody gets the same words."""
    form = EmailForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        throttling.slow_down(request, "forgot")
        passwords.forgot(email=form.cleaned_data["email"])
        return show(request, "accounts/mailed.html", {"kind": "reset", "email": form.cleaned_data["email"]})
    return _filled(form, "accounts/forgot.html", request)


@asked
@secret
@csrf_protect
@page()
def reset(request: HttpRequest) -> HttpResponse:
    """Set a new password with the mailed token; signing in with it comes after."""
    form = ResetForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            passwords.reset(address=throttling.address_of(request), **form.cleaned_data)
        except Invalid as error:
            form.refuse(error)
        except InvalidLink:
            return show(request, "accounts/link_over.html", {"kind": "reset"}, status=410)
        else:
            messages.success(request, "The new password is set. Sign in with it.", extra_tags="ok")
            return on_to("accounts:sign-in")
    return _filled(form, "accounts/reset.html", request)


# --- one's own account -----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD"])
@page(signed_in=True)
def account(request: HttpRequest) -> HttpResponse:
    """Name, password, where one is signed in, and away with it all."""
    return _account(request)


@require_POST
@csrf_protect
@page(signed_in=True)
def rename(request: HttpRequest) -> HttpResponse:
    """Take another name."""
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            profiles.rename(user=person(request), name=form.cleaned_data["name"])
        except Invalid as error:
            form.refuse(error)
        else:
            messages.success(request, "Your name is saved.", extra_tags="ok")
            return on_to("accounts:account")
    return _account(request, name_form=form)


@require_POST
@secret
@csrf_protect
@page(signed_in=True)
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password; this browser stays signed in, all others do not."""
    form = ChangePasswordForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            passwords.change(
                request=request, user=person(request), current=values["current_password"], new=values["new_password"]
            )
        except (WrongPassword, LockedOut, Invalid) as error:
            form.refuse(error)
        else:
            messages.success(request, "The new password is set. You are signed out everywhere else.", extra_tags="ok")
            return on_to("accounts:account")
    return _account(request, password_form=form)


@require_POST
@csrf_protect
@page(signed_in=True)
def end_sign_in(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """Sign one device out."""
    signing_in.end(user=person(request), sign_in_id=sign_in_id)
    messages.success(request, "That device is signed out.", extra_tags="ok")
    return on_to("accounts:account")


@require_POST
@csrf_protect
@page(signed_in=True)
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    count = signing_in.end_others(user=person(request), but=signing_in.browser_sign_in(request))
    words = "You are signed in here alone." if count else "There was no other device."
    messages.success(request, words, extra_tags="ok")
    return on_to("accounts:account")


@asked
@secret
@csrf_protect
@page(signed_in=True)
def second_step_page(request: HttpRequest) -> HttpResponse:
    """Switch the second step of a recruiter's sign-in on, look after it, and off again; each with the password."""
    user = person(request)
    is_on = second_step.is_on(user)
    # Who was a recruiter and is none any more can still switch it off.
    if not (user.is_staff or is_on):
        raise Http404
    sent, doing = _sent(request), request.POST.get("do", "")
    form: PlainForm = PasswordForm(sent) if is_on else SwitchOnForm(sent)
    codes: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            signing_in.confirm(request=request, user=user, password=form.cleaned_data["password"])
            if not is_on:
                codes = second_step.confirm(user, form.cleaned_data["code"])
            elif doing == "codes":
                codes = second_step.renew_codes(user)
            elif doing == "off":
                second_step.switch_off(user)
                messages.success(request, "Signing in asks for the password alone again.", extra_tags="ok")
                return on_to("accounts:account")
        except (WrongCode, WrongPassword, LockedOut) as error:
            form.refuse(error)
    if codes:
        return show(request, "accounts/second_step.html", {"is_on": is_on, "codes": codes, "here": "account"})
    shown = {
        "is_on": is_on,
        "enrolment": None if is_on else second_step.begin(user),
        "codes_left": second_step.codes_left(user),
        "here": "account",
    }
    return _filled(form, "accounts/second_step.html", request, **shown)


@asked
@secret
@csrf_protect
@page(signed_in=True)
def delete(request: HttpRequest) -> HttpResponse:
    """What would go, and, with the password, away with it."""
    user = person(request)
    form = PasswordForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            done = deletion.delete(request=request, user=user, password=form.cleaned_data["password"])
        except (WrongPassword, LockedOut, LastAdministrator) as error:
            form.refuse(error)
        else:
            return show(request, "accounts/deleted.html", {"gone": deletion.in_words(done.counts), "kept": done.kept})
    held = {
        "held": deletion.in_words(deletion.holdings(user)),
        "kept": deletion.KEPT if deletion.leaves_a_record(user) else "",
        "here": "account",
    }
    return _filled(form, "accounts/delete.html", request, **held)


def _account(
    request: HttpRequest, *, name_form: NameForm | None = None, password_form: ChangePasswordForm | None = None
) -> HttpResponse:
    """One's own account, with a form on it that was refused, where there is one."""
    user = person(request)
    context = {
        "name_form": name_form or NameForm(initial={"name": user.name}),
        "password_form": password_form or ChangePasswordForm(),
        "sign_ins": signing_in.sign_ins(user),
        "current": signing_in.browser_sign_in(request),
        "second_step": second_step.is_on(user),
        "here": "account",
    }
    return _filled(name_form or password_form or NameForm(), "accounts/account.html", request, **context)


def _to(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=303)
