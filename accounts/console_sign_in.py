"""The console's sign-in: Django's own page and checks, and the second step for whoever switched it on.

Its page for another password gives way to the account's own: that one counts guesses at the password before.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import second_step
from accounts.models import User
from accounts.pages import next_page
from accounts.signing_in import await_code


class CodeAsked(Exception):
    """The password was right, and a code is to follow. Passes through the form, which knows errors of values alone."""

    def __init__(self, user: User) -> None:
        super().__init__("a code is asked for")
        self.user = user


class ConsoleSignInForm(AdminAuthenticationForm):
    """Nobody is signed in by a password where a second step is on."""

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse who may not use the console; raises CodeAsked where the second step comes next."""
        super().confirm_login_allowed(user)
        if second_step.is_on(user):
            raise CodeAsked(user)


def sign_in(request: HttpRequest) -> HttpResponse:
    """`/admin/login/`. On to the page that asks for the code, where there is one to ask for."""
    try:
        return admin.site.login(request)
    except CodeAsked as asked:
        await_code(request=request, user=asked.user)
        going = next_page(request, otherwise=reverse("admin:index"))
        return HttpResponseRedirect(f"{reverse('accounts:code')}?{urlencode({'next': going})}")


def change_password(request: HttpRequest) -> HttpResponse:
    """`/admin/password_change/`: on to the page of one's account."""
    return HttpResponseRedirect(reverse("accounts:account"))
