"""Who may use the recruiting pages of the console, said once."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from accounts.models import User

PageView = Callable[..., HttpResponseBase]


def recruiter(request: HttpRequest) -> User:
    """Who asks. The console's pages let nobody through who is not signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class RecruiterAdmin(ModelAdmin):  # type: ignore[misc]
    """An admin whose pages are our own; every recruiter (staff) may use them."""

    def has_view_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False  # deleting is one of our own actions, and can be undone

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def pages(self) -> list[tuple[str, PageView, str]]:
        """(path, view, URL name without the model's prefix), in the order in which they are tried."""
        return []

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [path(route, self.admin_site.admin_view(view), name=prefix + name) for route, view, name in self.pages()]
