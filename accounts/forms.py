"""The forms of account pages. What a value must be like is said by accounts.profiles and accounts.passwords alone."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.passwords import LONGEST as LONGEST_PASSWORD
from accounts.profiles import LONGEST_EMAIL, LONGEST_NAME
from llm.errors import GreenroomError


class PlainForm(forms.Form):
    """A form whose fields are drawn by templates/accounts/field.html; also takes errors of the domain's functions."""

    required_css_class = ""
    use_required_attribute = True
    # What a page with this form answers after it was sent and not taken; no client takes that for done.
    status = 422
    retry_after: int | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        for name, field in self.fields.items():
            kind = "gr-check__box" if isinstance(field, forms.BooleanField) else "gr-input"
            described = [f"help-{name}"] if field.help_text else []
            if self.is_bound and self.errors.get(name):
                described.append(f"error-{name}")
                field.widget.attrs["aria-invalid"] = "true"
            field.widget.attrs |= {"class": kind, "id": f"field-{name}"}
            if described:
                field.widget.attrs["aria-describedby"] = " ".join(described)

    def refuse(self, error: GreenroomError) -> None:
        """Show an error of ours at the fields that it names, or above the form where this form has none of them."""
        placed = False
        for name, told in (error.fields or {}).items():
            if name in self.fields:
                placed = True
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error-{name}"}
                for text in told:
                    self.add_error(name, text)
        if not placed:
            self.add_error(None, error.message)
        if error.status == 429:
            self.status, self.retry_after = 429, error.retry_after


def _email() -> forms.CharField:
    return forms.CharField(
        label="E-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


def _password(label: str = "Password", *, new: bool, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"}),
    )


_GOOD = "At least eight characters; a few words are easier to keep than one with signs."
_TOKEN = "Everything after # in the link that we mailed."  # noqa: S105  # a label


class SignUpForm(PlainForm):
    name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = _email()
    password = _password(new=True, help_text=_GOOD)


class SignInForm(PlainForm):
    email = _email()
    password = _password(new=False)


class CodeForm(PlainForm):
    """A code of the second step."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="From your app now, or one of your recovery codes.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
    )


class SwitchOnForm(PlainForm):
    """The app's first code; and the password, or a stolen session could shut its owner out by another's app."""

    code = forms.CharField(
        label="Code that the app shows",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "inputmode": "numeric"}),
    )
    password = _password("Your password, to be sure", new=False)


class EmailForm(PlainForm):
    """For a forgotten password, or another mail to confirm."""

    email = _email()


class VerifyForm(PlainForm):
    """The token comes from behind the # of the mailed link, by a script or by hand."""

    token = forms.CharField(
        label="Code from the mail",
        max_length=4000,
        help_text=_TOKEN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = _password("The password that you chose", new=False)


class ResetForm(PlainForm):
    token = forms.CharField(
        label="Code from the mail",
        max_length=4000,
        help_text=_TOKEN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = _password("New password", new=True, help_text=_GOOD)


class NameForm(PlainForm):
    name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class ChangePasswordForm(PlainForm):
    current_password = _password("Your password now", new=False)
    new_password = _password("New password", new=True, help_text=_GOOD)


class PasswordForm(PlainForm):
    """For what a stolen session must not be enough for."""

    password = _password("Your password, to be sure", new=False)
