"""The shapes of requests and answers of accounts. Requests are validated by them; answers are what they document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.parsing import StrictSerializer, Text
from accounts.models import SignInKind
from accounts.passwords import LONGEST
from accounts.profiles import LONGEST_EMAIL, LONGEST_NAME

LONGEST_TOKEN = 2_000


def _password(**more: Any) -> Text:
    # Spaces are part of a password.
    return Text(max_length=LONGEST, trim_whitespace=False, style={"input_type": "password"}, **more)


class SignUpSerializer(StrictSerializer):
    email = Text(max_length=LONGEST_EMAIL)
    name = Text(max_length=LONGEST_NAME)
    password = _password(help_text="At least 8 characters; not a common one, and not close to name or address.")


class CredentialsSerializer(StrictSerializer):
    email = Text(max_length=LONGEST_EMAIL)
    password = _password()
    code = Text(
        max_length=20,
        required=False,
        help_text="For recruiters who switched on a second step: their app's code now, or a recovery code.",
    )


class EmailSerializer(StrictSerializer):
    email = Text(max_length=LONGEST_EMAIL)


class ByLinkSerializer(StrictSerializer):
    token = Text(max_length=LONGEST_TOKEN, help_text="What stands behind the # of the mailed link.")
    password = _password()


class RefreshSerializer(StrictSerializer):
    refresh = Text(max_length=LONGEST_TOKEN)


class ChangePasswordSerializer(StrictSerializer):
    current_password = _password()
    new_password = _password()


class DeleteSerializer(StrictSerializer):
    password = _password()


class ProfileRequestSerializer(StrictSerializer):
    name = Text(max_length=LONGEST_NAME)


class ProfileChangeSerializer(StrictSerializer):
    name = Text(max_length=LONGEST_NAME, required=False)


# --- answers ----------------------------------------------------------------------------------------------------------
class ToldSerializer(serializers.Serializer[Any]):
    """What was said to everybody alike."""

    message = serializers.CharField()


class TokensSerializer(serializers.Serializer[Any]):
    """Who has signed in, with an access token and a refresh token that is good for one use."""

    user_id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Trade it by `auth/refresh`, once, for two new ones.")


class UserSerializer(serializers.Serializer[Any]):
    """Who is signed in."""

    user_id = serializers.UUIDField(source="pk")
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    is_recruiter = serializers.BooleanField(source="is_staff")
    created_at = serializers.DateTimeField(source="date_joined")
    activated_at = serializers.DateTimeField(allow_null=True, help_text="When the first practice was completed.")


class SignInSerializer(serializers.Serializer[Any]):
    """A device on which somebody is signed in."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=SignInKind.choices)
    device = serializers.CharField(allow_blank=True, help_text="The browser or program, as it names itself.")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="To some minutes; a browser's to the hour.")
    expires_at = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class AccountSerializer(UserSerializer):
    """All that is held of somebody, and where they are signed in."""

    email_verified_at = serializers.DateTimeField(allow_null=True)
    sign_ins = SignInSerializer(many=True)
    held = serializers.DictField(
        child=serializers.IntegerField(), help_text="What a deletion takes along: how many of each kind."
    )
    kept = serializers.CharField(allow_blank=True, help_text="What would have to stay, and why; empty where nothing.")


class AccountDeletedSerializer(serializers.Serializer[Any]):
    """What is gone for good."""

    deleted = serializers.DictField(child=serializers.IntegerField(), help_text="How many of each kind.")
    kept = serializers.CharField(allow_blank=True, help_text="What had to stay, and why; empty where nothing did.")


class ChangedSerializer(serializers.Serializer[Any]):
    """The password is another one. Who asked with a token gets new ones; a browser's session goes on without."""

    message = serializers.CharField()
    token = serializers.CharField(allow_null=True)
    refresh = serializers.CharField(allow_null=True)


class SignedOutSerializer(serializers.Serializer[Any]):
    signed_out = serializers.BooleanField()


class EndedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    ended_at = serializers.DateTimeField()
