"""Pages: sign up, confirm, sign in and out, a forgotten password, and one's own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import deletion, passwords, profiles, second_step, signing_in, signing_up, throttling
from accounts.errors import Invalid, LastAdministrator, LockedOut, WrongCode, WrongCredentials, WrongPassword
from accounts.forms import (
    ChangePasswordForm,
    CodeForm,
    DeleteForm,
    EmailForm,
    NameForm,
    PlainForm,
    ResetForm,
    SignInForm,
    SignUpForm,
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
    """A page with its form; a form that was refused is a 422, so that no client takes it for done."""
    return show(request, template, {"form": form, **context}, status=422 if form.is_bound else 200)


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
            form.refuse(error.fields, error.message)
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
            form.refuse(error.fields, error.message)
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
    status, wait = 422, None
    if request.method == "POST" and form.is_valid():
        try:
            is_in = signing_in.sign_in_browser(request=request, **form.cleaned_data)
        except (WrongCredentials, LockedOut) as error:
            form.refuse(None, error.message)
            status, wait = error.status, error.retry_after
        else:
            return _to(going if is_in else f"{reverse('accounts:code')}?{urlencode({'next': going})}")
    shown = {"form": form, "next": going if going != _home() else "", "here": "sign-in"}
    response = show(request, "accounts/sign_in.html", shown, status=status if form.is_bound else 200)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


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
            form.refuse(error.fields, error.message)
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
            passwords.reset(address=signing_in.address_of(request), **form.cleaned_data)
        except Invalid as error:
            form.refuse(error.fields, error.message)
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
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, "Your name is saved.", extra_tags="ok")
            return on_to("accounts:account")
    return _account(request, name_form=form, status=422)


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
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, "The new password is set. You are signed out everywhere else.", extra_tags="ok")
            return on_to("accounts:account")
    return _account(request, password_form=form, status=422)


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
    """Switch the second step of a recruiter's sign-in on, look after it, and off again with the password."""
    user = person(request)
    if not user.is_staff:
        raise Http404
    codes: list[str] = []
    doing = request.POST.get("do", "")
    form: PlainForm = CodeForm()
    off_form = DeleteForm()
    status = 200
    try:
        if request.method == "POST" and doing == "on":
            form = CodeForm(request.POST)
            if form.is_valid():
                codes = second_step.confirm(user, form.cleaned_data["code"])
        elif request.method == "POST":
            off_form = DeleteForm(request.POST)
            if off_form.is_valid():
                signing_in.confirm(request=request, user=user, password=off_form.cleaned_data["password"])
                if doing == "codes" and second_step.is_on(user):
                    codes = second_step.renew_codes(user)
                elif doing == "off":
                    second_step.switch_off(user)
                    messages.success(request, "Signing in asks for the password alone again.", extra_tags="ok")
                    return on_to("accounts:account")
    except WrongCode as error:
        form.refuse(error.fields, error.message)
    except (WrongPassword, LockedOut) as error:
        off_form.refuse(error.fields, error.message)
    if form.errors or off_form.errors:
        status = 422
    is_on = second_step.is_on(user)
    shown = {
        "is_on": is_on,
        "enrolment": None if is_on else second_step.begin(user),
        "codes": codes,
        "codes_left": second_step.codes_left(user),
        "form": form,
        "off_form": off_form,
        "doing": doing,
        "here": "account",
    }
    return show(request, "accounts/second_step.html", shown, status=status)


@asked
@secret
@csrf_protect
@page(signed_in=True)
def delete(request: HttpRequest) -> HttpResponse:
    """What would go, and, with the password, away with it."""
    user = person(request)
    form = DeleteForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            done = deletion.delete(request=request, user=user, password=form.cleaned_data["password"])
        except (WrongPassword, LockedOut, LastAdministrator) as error:
            form.refuse(error.fields, error.message)
        else:
            return show(request, "accounts/deleted.html", {"counts": done.counts, "kept": done.kept})
    held = {
        "held": deletion.holdings(user),
        "kept": deletion.KEPT if deletion.leaves_a_record(user) else "",
        "here": "account",
    }
    return _filled(form, "accounts/delete.html", request, **held)


def _account(
    request: HttpRequest,
    *,
    name_form: NameForm | None = None,
    password_form: ChangePasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    context = {
        "name_form": name_form or NameForm(initial={"name": user.name}),
        "password_form": password_form or ChangePasswordForm(),
        "sign_ins": signing_in.sign_ins(user),
        "current": signing_in.browser_sign_in(request),
        "second_step": user.is_staff and second_step.is_on(user),
        "here": "account",
    }
    return show(request, "accounts/account.html", context, status=status)


def _to(address: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": address})
