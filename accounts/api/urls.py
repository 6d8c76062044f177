"""The addresses of sign-up, sign-in and one's own account, exactly as in the contract: /api/v1, no trailing slash."""

from __future__ import annotations

from django.urls import path

from accounts.api.auth import (
    ForgotPasswordView,
    LoginView,
    LogoutView,
    MeView,
    RefreshView,
    ResendVerificationView,
    ResetPasswordView,
    SignUpView,
    VerifyEmailView,
)
from accounts.api.users import AccountView, ChangePasswordView, EndSignInView, ProfileView

app_name = "accounts-api"
urlpatterns = [
    path("auth/signup", SignUpView.as_view(), name="sign-up"),
    path("auth/verify-email", VerifyEmailView.as_view(), name="verify-email"),
    path("auth/resend-verification", ResendVerificationView.as_view(), name="resend-verification"),
    path("auth/login", LoginView.as_view(), name="login"),
    path("auth/logout", LogoutView.as_view(), name="logout"),
    path("auth/refresh", RefreshView.as_view(), name="refresh"),
    path("auth/me", MeView.as_view(), name="me"),
    path("auth/forgot-password", ForgotPasswordView.as_view(), name="forgot-password"),
    path("auth/reset-password", ResetPasswordView.as_view(), name="reset-password"),
    path("users/profile", ProfileView.as_view(), name="profile"),
    path("users/account", AccountView.as_view(), name="account"),
    path("users/change-password", ChangePasswordView.as_view(), name="change-password"),
    path("users/sign-ins/<uuid:sign_in_id>", EndSignInView.as_view(), name="sign-in"),
]
