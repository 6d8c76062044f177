"""`/api/v1/auth`: sign up, confirm, sign in and out, refresh, and a forgotten password."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import doors, passwords, signing_in, signing_up, throttling, tokens
from accounts.api.base import OpenView, TraineeView, person_of, secret, sign_in_of, signed_in
from accounts.api.documenting import ME, SIGN_IN, SIGN_UP, TOKENS
from accounts.api.parsing import read_body
from accounts.api.serializers import (
    ByLinkSerializer,
    CredentialsSerializer,
    EmailSerializer,
    RefreshSerializer,
    SignedOutSerializer,
    SignUpSerializer,
    TokensSerializer,
    ToldSerializer,
    UserSerializer,
)
from accounts.errors import InvalidToken

SIGNED_UP = "We have sent you a mail. Open its link to confirm the address; then you can sign in."
SENT_AGAIN = "If an account waits for this address to be confirmed, we have sent the mail again."
FORGOTTEN = "If there is an account with this address, we have sent it a link to set a new password."
TAGS = ["Accounts"]


class SignUpView(OpenView):
    errors = {"POST": (503,)}

    @extend_schema(
        operation_id="sign_up",
        summary="Sign up",
        description="Everybody gets this answer, also where the address has an account: then its owner is mailed that. "
        "The address has to be confirmed by the mailed link (`auth/verify-email`) before anybody can sign in.",
        tags=TAGS,
        request=SignUpSerializer,
        responses={201: ToldSerializer},
        examples=[SIGN_UP],
    )
    def post(self, request: Request) -> Response:
        """Make an account, or have its owner told."""
        throttling.slow_down(request._request, "sign-up")
        signing_up.sign_up(**read_body(request, SignUpSerializer))
        return Response({"message": SIGNED_UP}, status=201)


class VerifyEmailView(OpenView):
    errors = {"POST": (410, 422)}

    @extend_schema(
        operation_id="verify_email",
        summary="Confirm an address",
        description="By the token of the mailed link and the password chosen at sign-up, once; signs in. The password "
        "makes sure that whoever confirms the address is who signed up with it.",
        tags=TAGS,
        request=ByLinkSerializer,
        responses={200: TokensSerializer},
        examples=[TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Confirm and sign in."""
        user = signing_up.verify(request=request._request, **read_body(request, ByLinkSerializer))
        return signed_in(signing_in.open_tokens(request=request._request, user=user))


class ResendVerificationView(OpenView):
    errors = {"POST": (503,)}

    @extend_schema(
        operation_id="resend_verification",
        summary="Have the link to confirm mailed again",
        description="The link mailed before opens nothing from then on. Everybody gets this answer.",
        tags=TAGS,
        request=EmailSerializer,
        responses={200: ToldSerializer},
    )
    def post(self, request: Request) -> Response:
        """Owe the mail once more, where somebody waits for it."""
        throttling.slow_down(request._request, "resend")
        signing_up.send_again(**read_body(request, EmailSerializer))
        return Response({"message": SENT_AGAIN})


class LoginView(OpenView):
    errors = {"POST": (401, 503)}

    @extend_schema(
        operation_id="sign_in",
        summary="Sign in",
        description="An unknown address, a wrong password and an address that is not confirmed get the same 401. "
        "Recruiters who switched on a second step send its code too; without a right one it is a 401 `second_step`.",
        tags=TAGS,
        request=CredentialsSerializer,
        responses={200: TokensSerializer},
        examples=[SIGN_IN, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Two tokens for address and password."""
        body = read_body(request, CredentialsSerializer)
        return signed_in(signing_in.sign_in(request=request._request, **body))


class RefreshView(OpenView):
    errors = {"POST": (401,)}

    @extend_schema(
        operation_id="refresh",
        summary="Trade a refresh token",
        description="For a new access token and a new refresh token; the one sent is worth nothing from then on. One "
        "that was traded before ends the whole sign-in.",
        tags=TAGS,
        request=RefreshSerializer,
        responses={200: TokensSerializer},
        examples=[TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Rotate."""
        body = read_body(request, RefreshSerializer)
        try:
            return signed_in(tokens.rotate(body["refresh"]))
        except InvalidToken as error:
            if error.is_forged and (refusal := doors.refusal(request._request, error.message)).status == 429:
                raise refusal from error
            raise


class LogoutView(TraineeView):
    @extend_schema(
        operation_id="sign_out",
        summary="Sign out",
        description="The sign-in of the token (or session) that is sent ends, and every token of it.",
        tags=TAGS,
        request=None,
        responses={200: SignedOutSerializer},
    )
    def post(self, request: Request) -> Response:
        """End this sign-in."""
        signing_in.sign_out(request=request._request, sign_in=sign_in_of(request))
        return Response({"signed_out": True})


class MeView(TraineeView):
    @extend_schema(
        operation_id="me",
        summary="Who is signed in",
        tags=TAGS,
        responses={200: UserSerializer},
        examples=[ME],
    )
    def get(self, request: Request) -> Response:
        """The account that asks."""
        return secret(dict(UserSerializer(person_of(request)).data))


class ForgotPasswordView(OpenView):
    errors = {"POST": (503,)}

    @extend_schema(
        operation_id="forgot_password",
        summary="Have a link to set a new password mailed",
        description="It is good for an hour and for one use. Everybody gets this answer.",
        tags=TAGS,
        request=EmailSerializer,
        responses={200: ToldSerializer},
    )
    def post(self, request: Request) -> Response:
        """Owe the mail, where there is an account."""
        throttling.slow_down(request._request, "forgot")
        passwords.forgot(**read_body(request, EmailSerializer))
        return Response({"message": FORGOTTEN})


class ResetPasswordView(OpenView):
    errors = {"POST": (410,)}

    @extend_schema(
        operation_id="reset_password",
        summary="Set a new password by a mailed link",
        description="Ends all sign-ins of the account, and signs nobody in. A weak password uses nothing up.",
        tags=TAGS,
        request=ByLinkSerializer,
        responses={200: ToldSerializer},
    )
    def post(self, request: Request) -> Response:
        """Set it, once."""
        body = read_body(request, ByLinkSerializer)
        passwords.reset(**body, address=throttling.address_of(request._request))
        return Response({"message": "The new password is set. Sign in with it."})
