"""Users and API keys in the console."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import deletion, second_step
from accounts.errors import LastAdministrator
from accounts.models import ApiKey, User

# Rights here are two: recruiter and administrator. Groups would be a page that does nothing.
admin.site.unregister(Group)
# They show keys and codes, which nobody else needs to see; people look after their own at /coaching/account.
admin.site.unregister([TOTPDevice, StaticDevice])


class UserForm(UserChangeForm):  # type: ignore[misc]  # unfold has no types
    """Nobody takes from the only administrator what makes them one."""

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError where nobody could let others in any more."""
        cleaned: dict[str, Any] = super().clean()
        stays = cleaned.get("is_superuser") and cleaned.get("is_active")
        if not stays and self.instance.is_active and deletion.only_administrators([self.instance]):
            raise forms.ValidationError("This is the only administrator. Make somebody else one first.")
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """Accounts; only administrators see them."""

    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "name", "role", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = ()
    actions = ["switch_off_second_step"]
    readonly_fields = ["last_login", "date_joined", "email_verified_at"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name"]}),
        ("What this account may do", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined", "email_verified_at"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"classes": ["wide"], "fields": ["email", "name", "is_staff", "usable_password", "password1", "password2"]},
        ),
    ]

    @display(description="Role", label={"Administrator": "info", "Recruiter": "success"})  # type: ignore[untyped-decorator]
    def role(self, user: User) -> str:
        if user.is_superuser:
            return "Administrator"
        return "Recruiter" if user.is_staff else "No access to the console"

    @admin.action(description="Switch off the second step (for somebody who lost phone and codes)")
    def switch_off_second_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people in by their password alone again."""
        count = sum(second_step.switch_off(user) for user in queryset)
        self.message_user(request, f"Switched off for {count} of {queryset.count()}.")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whom an administrator makes an account for is known to somebody: the address counts as confirmed."""
        if not change:
            obj.email_verified_at = timezone.now()
        super().save_model(request, obj, form, change)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes with an account, as counts: what trainees practise is nobody's to see, titles included.

        The only administrators are told as protected, which Django deletes nothing of.
        """
        found = list(objs)
        counts: Counter[str] = Counter()
        for user in found:
            counts.update(deletion.holdings(user))
        protected = [f"{user.email}, the only administrator" for user in deletion.only_administrators(found)]
        return [user.email for user in found], dict(counts), set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self._erase(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._erase(request, list(queryset))

    def _erase(self, request: HttpRequest, users: list[User]) -> None:
        for user in users:
            try:
                done = deletion.erase(user)
            except LastAdministrator as error:
                self.message_user(request, f"{user.email} was not deleted. {error.message}", messages.ERROR)
            else:
                if done.kept:
                    self.message_user(request, done.kept.replace("What you did", f"What {user.email} did", 1))


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = ApiKey
        fields = ["name"]
        help_texts = {"name": "What will use this key, e.g. “nightly export”."}


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):  # type: ignore[misc]
    """A recruiter's own keys (an administrator sees all): made here, shown once, revoked, never changed or deleted."""

    form = ApiKeyForm
    list_display = ["name", "beginning", "user", "state", "last_used_at", "created_at"]
    search_fields = ["name", "start"]
    list_select_related = ["user"]
    actions = ["revoke_selected"]
    change_form_outer_before_template = "admin/accounts/apikey/revoke.html"

    @display(description="Key")  # type: ignore[untyped-decorator]
    def beginning(self, key: ApiKey) -> str:
        return f"{key.start}…"

    @display(description="State", label={"In force": "success", "Revoked": "danger"})  # type: ignore[untyped-decorator]
    def state(self, key: ApiKey) -> str:
        return "Revoked" if key.revoked_at else "In force"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        keys: QuerySet[ApiKey] = super().get_queryset(request)
        if request.user.is_superuser:
            return keys
        return keys.filter(user=request.user) if isinstance(request.user, User) else keys.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return self.has_module_permission(request)

    has_add_permission = has_module_permission

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        # Asked without a key it means "may use the list's actions".
        return obj is None and self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return ["name"] if obj is None else ["name", "beginning", "user", "created_at", "last_used_at", "revoked_at"]

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        own = [path("<uuid:key_id>/revoke", revoke, name="accounts_apikey_revoke")]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Replace the unsaved key of the form by a real one; its secret lives as long as this request."""
        if isinstance(request.user, User):
            made, request._made_secret = ApiKey.make(user=request.user, name=obj.name)  # type: ignore[attr-defined]
            obj.__dict__.update(made.__dict__)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret in the answer itself: kept in a message or session it would be stored."""
        context = {
            **self.admin_site.each_context(request),
            "title": "API key made",
            "key": obj,
            "secret": request._made_secret,  # type: ignore[attr-defined]
            "address": request.build_absolute_uri("/api/pluto/results"),
        }
        response = TemplateResponse(request, "admin/accounts/apikey/made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke_view(self, request: HttpRequest, key_id: Any) -> HttpResponse:
        """POST: revoke one key and go back to the list."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._revoke(request, self.get_queryset(request).filter(pk=key_id))
        return HttpResponseRedirect(reverse("admin:accounts_apikey_changelist"))

    @admin.action(description="Revoke the chosen keys")
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self._revoke(request, queryset)

    def _revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        count = ApiKey.objects.filter(pk__in=keys.values("pk")).revoke()
        word = "key was" if count == 1 else "keys were"
        self.message_user(
            request, f"{count} {word} revoked; programs that use them are refused from now on.", messages.SUCCESS
        )
