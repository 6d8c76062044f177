"""The frame of the recruiter's console: colours, navigation, the badge about the model, and search from anywhere.

It stands on the roof because it knows everyone: each floor's pages are named here and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_safe

from llm.context import model_notice

if TYPE_CHECKING:
    from unfold.dataclasses import SearchResult

_GREY = (98.6, 96.8, 92.6, 87.2, 70.8, 54.5, 44.0, 36.8, 27.6, 20.4, 14.0)
_STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
# A grey with a breath of green; lightness follows django-unfold's own steps, so that its contrasts hold.
BASE = {
    step: f"oklch({lightness}% {0.003 + 0.00013 * (100 - lightness):.4f} 168)"
    for step, lightness in zip(_STEPS, _GREY, strict=True)
}
PRIMARY = dict(
    zip(
        _STEPS,
        (
            *("#eefaf5", "#d6f3e6", "#b0e5cf", "#7dd2b2", "#49b791", "#2b9f7b"),
            *("#177a5c", "#15644d", "#144f3f", "#113f34", "#08251f"),
        ),
        strict=True,
    )
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: what a recruiter does first, what happens behind it second."""
    user = request.user
    home = reverse("admin:index")

    def item(title: str, icon: str, route: str, permission: str = "") -> dict[str, Any]:
        link = reverse(route)
        allowed = user.is_superuser or not permission or user.has_perm(permission)
        here = request.path.startswith(link) if link != home else request.path == home
        # Of intake all pages; rounds are a page of interviews; the compare page lies below the candidate list.
        if route == "admin:intake_mailing_changelist":
            here = here or request.path.startswith(reverse("admin:intake_intake_changelist"))
        if route == "admin:interviews_interview_changelist":
            here = here or request.path.startswith(reverse("admin:interviews_stageplan_changelist"))
        if route == "admin:candidates_candidate_changelist":
            here = here and not request.path.startswith(reverse("admin:candidates_candidate_compare"))
        return {"title": title, "icon": icon, "link": link, "active": here, "permission": lambda request: allowed}

    return [
        {
            "items": [
                item("Home", "home", "admin:index"),
                item("Candidates", "group", "admin:candidates_candidate_changelist"),
                item("Jobs", "work", "admin:candidates_job_changelist"),
                item("Interviews", "record_voice_over", "admin:interviews_interview_changelist"),
                item("Intake", "assignment_ind", "admin:intake_mailing_changelist"),
                item("Imports", "upload_file", "admin:candidates_import_changelist"),
                item("Compare", "compare_arrows", "admin:candidates_candidate_compare"),
            ]
        },
        {
            "title": "Administration",
            "separator": True,
            "items": [
                item("Model calls", "receipt_long", "admin:llm_call_changelist"),
                item("Users", "badge", "admin:accounts_user_changelist", "accounts.view_user"),
                item("API keys", "key", "admin:accounts_apikey_changelist"),
            ],
        },
    ]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The home page, put together from what each floor has to say."""
    # Not at the top: settings name this module before the apps are there.
    from candidates.admin import home as of_candidates
    from intake.admin import home as of_intake
    from interviews.admin import home as of_interviews

    context = of_candidates.dashboard(request, context) | of_interviews.dashboard_part(request)
    context["needs"] = [*context.pop("interview_needs"), *of_intake.needs(), *context["needs"]]
    return context


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """What the search box that opens everywhere finds."""
    from candidates.admin import home as of_candidates
    from interviews.admin import home as of_interviews

    return [*of_candidates.search(request, term), *of_interviews.search(term)]


def environment(request: HttpRequest) -> list[str] | None:
    """The badge in the header that says what answers in place of a model; None where a real one is configured."""
    notice = model_notice(request)["model_notice"]
    return {"simulated": ["Simulated model", "warning"], "off": ["No model configured", "info"]}.get(notice)


def sign_in_hint(request: HttpRequest) -> dict[str, Any]:
    """The sample recruiter's sign-in, told on the sign-in page of a debug run with sample data and nowhere else."""
    if not (settings.DEBUG and settings.DEMO):
        return {}
    from config.run import DEMO_EMAIL, DEMO_PASSWORD

    return {"demo_sign_in": {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}}


def styles(request: HttpRequest) -> str:
    return static("built/console.css")


def scripts(request: HttpRequest) -> str:
    return static("built/console.js")


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """`GET /favicon.ico`, which browsers ask for by themselves on pages that name no icon, as those of errors."""
    return HttpResponseRedirect(favicon(request))


FRAME: dict[str, Any] = {
    "SITE_TITLE": "Greenroom",
    "SITE_HEADER": "Greenroom",
    "SITE_SUBHEADER": "Recruiter's console",
    "SITE_SYMBOL": "door_open",
    "SITE_URL": None,
    "LOGIN": {"form": "accounts.console_sign_in.ConsoleSignInForm"},
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": reverse_lazy("accounts:account")}]},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "config.console.environment",
    "GLOBAL_CALLBACK": "config.console.sign_in_hint",
    "DASHBOARD_CALLBACK": "config.console.dashboard",
    "STYLES": [styles],
    "SCRIPTS": [scripts],
    "BORDER_RADIUS": "6px",
    "COLORS": {"base": BASE, "primary": PRIMARY},
    "COMMAND": {"search_models": False, "search_callback": "config.console.search", "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "config.console.navigation",
    },
}
