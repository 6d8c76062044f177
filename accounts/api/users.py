"""`/api/v1/users`: one's own profile, account, password and sign-ins."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import deletion, passwords, profiles, signing_in
from accounts.api.base import TraineeView, person_of, secret, sign_in_of
from accounts.api.documenting import ME
from accounts.api.parsing import read_body
from accounts.api.serializers import (
    AccountDeletedSerializer,
    AccountSerializer,
    ChangedSerializer,
    ChangePasswordSerializer,
    DeleteSerializer,
    EndedSerializer,
    ProfileChangeSerializer,
    ProfileRequestSerializer,
    UserSerializer,
)

TAGS = ["Accounts"]


class ProfileView(TraineeView):
    """Read it, or take another name."""

    @extend_schema(
        operation_id="profile",
        summary="Your profile",
        tags=TAGS,
        responses={200: UserSerializer},
        examples=[ME],
    )
    def get(self, request: Request) -> Response:
        """What others may call you, and by which address you sign in."""
        return _profile(request)

    @extend_schema(
        operation_id="profile_replace",
        summary="Replace your profile",
        description="The name is all that can be changed: the address is what the account is known by.",
        tags=TAGS,
        request=ProfileRequestSerializer,
        responses={200: UserSerializer},
        examples=[ME],
    )
    def put(self, request: Request) -> Response:
        """Take another name."""
        profiles.rename(user=person_of(request), **read_body(request, ProfileRequestSerializer))
        return _profile(request)

    @extend_schema(
        operation_id="profile_change",
        summary="Change your profile",
        description="What is not sent stays. The name is all that can be changed.",
        tags=TAGS,
        request=ProfileChangeSerializer,
        responses={200: UserSerializer},
        examples=[ME],
    )
    def patch(self, request: Request) -> Response:
        """Take another name, if one is sent."""
        body = read_body(request, ProfileChangeSerializer)
        if "name" in body:
            profiles.rename(user=person_of(request), name=body["name"])
        return _profile(request)


class AccountView(TraineeView):
    """What is held, and away with it."""

    errors = {"DELETE": (409, 422)}

    @extend_schema(
        operation_id="account",
        summary="All that is held of you",
        description="Where you are signed in, and how much of what kind a deletion would take along.",
        tags=TAGS,
        responses={200: AccountSerializer},
    )
    def get(self, request: Request) -> Response:
        """The account, its sign-ins, and what hangs on it."""
        user, current = person_of(request), sign_in_of(request)
        if current is None:
            current = signing_in.browser_sign_in(request._request)
        shown = dict(UserSerializer(user).data)
        shown["email_verified_at"] = user.email_verified_at
        shown["sign_ins"] = [
            {
                "id": str(one.pk),
                "kind": one.kind,
                "device": one.device,
                "created_at": one.created_at,
                "last_seen_at": one.last_seen_at,
                "expires_at": one.expires_at,
                "current": one == current,
            }
            for one in signing_in.sign_ins(user)
        ]
        shown["held"] = deletion.holdings(user)
        shown["kept"] = deletion.KEPT if deletion.leaves_a_record(user) else ""
        return secret(shown)

    @extend_schema(
        operation_id="account_delete",
        summary="Delete your account",
        description="Asks for the password. Everything goes for good: practice sessions, messages, evaluations, keys, "
        "sign-ins. Of a recruiter, what was done to candidates stays under a number in place of the name.",
        tags=TAGS,
        request=DeleteSerializer,
        responses={200: AccountDeletedSerializer},
    )
    def delete(self, request: Request) -> Response:
        """Delete it, and say what is gone."""
        body = read_body(request, DeleteSerializer)
        done = deletion.delete(request=request._request, user=person_of(request), **body)
        return Response({"deleted": done.counts, "kept": done.kept})


class ChangePasswordView(TraineeView):
    """Another password, for who knows the one before."""

    errors = {"POST": (422,)}

    @extend_schema(
        operation_id="change_password",
        summary="Change your password",
        description="Ends all sign-ins, that of the token which is sent too: the answer has new tokens. A browser's "
        "own session goes on.",
        tags=TAGS,
        request=ChangePasswordSerializer,
        responses={200: ChangedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Change it."""
        body = read_body(request, ChangePasswordSerializer)
        user, by_token = person_of(request), sign_in_of(request) is not None
        passwords.change(
            request=request._request,
            user=user,
            current=body["current_password"],
            new=body["new_password"],
            in_browser=not by_token,
        )
        opened = signing_in.open_tokens(request=request._request, user=user) if by_token else None
        return secret(
            {
                "message": "The new password is set. You are signed out everywhere else.",
                "token": opened.access if opened else None,
                "refresh": opened.refresh if opened else None,
            }
        )


class EndSignInView(TraineeView):
    """Away with a device that was lost, or is nobody's that one knows."""

    errors = {"DELETE": (404,)}

    @extend_schema(
        operation_id="sign_in_end",
        summary="End one of your sign-ins",
        description="Its tokens, or its browser's session, open nothing from then on. Twice is fine.",
        tags=TAGS,
        request=None,
        responses={200: EndedSerializer},
    )
    def delete(self, request: Request, sign_in_id: UUID) -> Response:
        """End it."""
        ended = signing_in.end(user=person_of(request), sign_in_id=sign_in_id)
        return Response({"id": str(ended.pk), "ended_at": ended.ended_at})


def _profile(request: Request) -> Response:
    return secret(dict(UserSerializer(person_of(request)).data))
