"""What a person says of themselves: an e-mail address and a name, as they are kept."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import Invalid
from accounts.models import User

LONGEST_EMAIL, LONGEST_NAME = 254, 200


def clean_email(email: str) -> str:
    """An e-mail address as it is kept; raises Invalid."""
    cleaned = email.strip().lower()
    try:
        if len(cleaned) > LONGEST_EMAIL:
            raise ValidationError("too long")
        validate_email(cleaned)
    except ValidationError:
        raise Invalid({"email": ["Enter an e-mail address, like name@example.com."]}) from None
    return cleaned


def clean_name(name: str) -> str:
    """A name on one line; raises Invalid."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid({"name": ["What should we call you?"]})
    if len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise Invalid({"name": [f"At most {LONGEST_NAME} characters, all of them printable."]})
    return cleaned


def rename(*, user: User, name: str) -> User:
    """Take another name; raises Invalid."""
    user.name = clean_name(name)
    user.save(update_fields=["name"])
    return user
