"""The pages of sign-up, sign-in and one's own account: /coaching."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-up", views.sign_up, name="sign-up"),
    path("sign-up/again", views.send_again, name="send-again"),
    path("verify", views.verify, name="verify"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/code", views.code, name="code"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("forgot", views.forgot, name="forgot"),
    path("reset", views.reset, name="reset"),
    path("account", views.account, name="account"),
    path("account/name", views.rename, name="rename"),
    path("account/password", views.change_password, name="change-password"),
    path("account/sign-ins/<uuid:sign_in_id>/end", views.end_sign_in, name="end-sign-in"),
    path("account/sign-ins/end-others", views.end_others, name="end-others"),
    path("account/second-step", views.second_step_page, name="second-step"),
    path("account/delete", views.delete, name="delete"),
]
