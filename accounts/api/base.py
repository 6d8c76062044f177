"""What the views of accounts, and those of everything that belongs to one person alone, have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.documenting import AccountSchema
from accounts.api.parsing import StrictJSONParser
from accounts.authentication import IsTrainee, TokenAuthentication
from accounts.models import SignIn, User
from accounts.throttling import TraineeThrottle
from accounts.tokens import Opened


class TraineeView(APIView):
    """A view for anybody with an account, by a token or a browser's session, for what is their own.

    Who asks is settled before anything else of a request is looked at. `errors` names, by method, the statuses that an
    operation can answer beside those of all.
    """

    schema = AccountSchema()
    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsTrainee]
    throttle_classes = [TraineeThrottle]
    parser_classes = [StrictJSONParser]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    errors: ClassVar[dict[str, tuple[int, ...]]] = {}


class OpenView(TraineeView):
    """A view for everybody: it looks at no session and no token, so it needs no CSRF token either."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []


def person_of(request: Request) -> User:
    """Who asks; the permission check has made sure that it is somebody."""
    if not isinstance(request.user, User):
        raise TypeError("a view of somebody's own things was reached by nobody")
    return request.user


def sign_in_of(request: Request) -> SignIn | None:
    """The sign-in whose token was sent; None for a browser's session."""
    return request.auth if isinstance(request.auth, SignIn) else None


def secret(body: dict[str, Any], *, status: int = 200) -> Response:
    """An answer that holds tokens, or something about a person: nobody on the way keeps it."""
    return Response(body, status=status, headers={"Cache-Control": "no-store"})


def signed_in(opened: Opened) -> Response:
    """Who has signed in, and the two tokens."""
    user = opened.user
    return secret(
        {
            "user_id": str(user.pk),
            "email": user.email,
            "name": user.name,
            "token": opened.access,
            "refresh": opened.refresh,
        }
    )
