"""How each field of the profile is asked for, and why, in the candidate's words and language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.matching.description import ANYWHERE
from candidates.schemas import ProfileField
from intake.schemas import FieldType, Gap
from intake.states import GapReason


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the profile as it is asked for."""

    label: str | Promise
    type: FieldType
    question: str | Promise
    why: str | Promise
    unit: str | Promise = ""
    lowest: float | None = None
    highest: float | None = None


_REACH = gettext_lazy("So that the hiring team can reach you.")
_FIT = gettext_lazy("So that your experience is compared with what the role needs as it is today.")
_ROLE = gettext_lazy("This role works with such customers or companies, so it counts if you have too.")

PROFILE: dict[str, Asked] = {
    "name": Asked(
        gettext_lazy("Name"),
        "string",
        gettext_lazy("What is your full name?"),
        gettext_lazy("So that the hiring team knows how to address you."),
    ),
    "email": Asked(gettext_lazy("E-mail"), "email", gettext_lazy("Which e-mail address can we reach you at?"), _REACH),
    "phone": Asked(
        gettext_lazy("Phone"),
        "phone",
        gettext_lazy("Which phone number can we reach you at, with its country code?"),
        _REACH,
    ),
    "linkedin_url": Asked(
        gettext_lazy("LinkedIn profile"),
        "url",
        gettext_lazy("What is the address of your LinkedIn profile?"),
        gettext_lazy("So that the hiring team finds the profile that you keep yourself."),
    ),
    "current_role": Asked(
        gettext_lazy("Current role"),
        "string",
        gettext_lazy("What is your job title at present, or what was the latest one?"),
        _FIT,
    ),
    "current_company": Asked(
        gettext_lazy("Current company"),
        "string",
        gettext_lazy("Which company do you work for at present, or did you work for last?"),
        _FIT,
    ),
    "location": Asked(
        gettext_lazy("Location"),
        "string",
        gettext_lazy("Which city and country do you live in?"),
        gettext_lazy("So that the hiring team can plan for time zone and place of work."),
    ),
    "years_experience": Asked(
        gettext_lazy("Years of experience"),
        "number",
        gettext_lazy("How many years of professional experience do you have?"),
        _FIT,
        gettext_lazy("years"),
        0,
        70,
    ),
    "industries": Asked(
        gettext_lazy("Industries"),
        "string_list",
        gettext_lazy("Which industries have you worked in?"),
        _FIT,
    ),
    "skills": Asked(
        gettext_lazy("Skills"),
        "string_list",
        gettext_lazy("Which skills, tools and methods do you use in your work?"),
        _FIT,
    ),
    "education": Asked(
        gettext_lazy("Education"),
        "string",
        gettext_lazy("What is your highest degree, in which subject and from which school?"),
        _FIT,
    ),
    "bio": Asked(
        gettext_lazy("Summary"),
        "string",
        gettext_lazy("How would you sum up your career in two or three sentences?"),
        gettext_lazy("So that the hiring team reads about your career in your own words."),
    ),
    "certifications": Asked(
        gettext_lazy("Certifications"),
        "string_list",
        gettext_lazy("Which certificates or licences do you hold?"),
        _FIT,
    ),
    "achievements": Asked(
        gettext_lazy("Achievements"),
        "string_list",
        gettext_lazy("Which results or awards of your work should we know of?"),
        gettext_lazy("So that what you have achieved is not overlooked."),
    ),
    "is_founder": Asked(
        gettext_lazy("Founder"),
        "boolean",
        gettext_lazy("Have you founded or co-founded a company?"),
        _FIT,
    ),
    "startup_experience": Asked(
        gettext_lazy("Startup experience"),
        "boolean",
        gettext_lazy("Have you worked at a startup?"),
        _ROLE,
    ),
    "enterprise_experience": Asked(
        gettext_lazy("Enterprise experience"),
        "boolean",
        gettext_lazy("Have you sold to or worked with large companies?"),
        _ROLE,
    ),
    "sold_to_finance": Asked(
        gettext_lazy("Sold to finance"),
        "boolean",
        gettext_lazy("Have you sold to banks or other financial companies?"),
        _ROLE,
    ),
    "max_acv": Asked(
        gettext_lazy("Largest annual contract value"),
        "number",
        gettext_lazy("What is the largest annual contract value that you have closed, in US dollars?"),
        gettext_lazy("So that the size of the deals that you know is compared with those of this role."),
        gettext_lazy("US dollars"),
        0,
        1_000_000_000,
    ),
    "quota_attainment": Asked(
        gettext_lazy("Quota attainment"),
        "number",
        gettext_lazy("What percentage of your sales quota did you reach in the last full year?"),
        gettext_lazy("So that your results are compared fairly with those of other candidates."),
        gettext_lazy("percent"),
        0,
        1_000,
    ),
}


def beyond_profile(field: ProfileField) -> Asked:
    """How a field is asked for that a job wants beyond the profile: by its description, which the recruiter wrote."""
    told = " ".join(field.description.split()).rstrip(".?!:") or field.field_name.replace("_", " ")
    why = _("The hiring team asks this of everybody who applies for this role.")
    if field.field_type == "boolean" and told.endswith(ANYWHERE):
        question = _("Do you have experience with this: %(what)s?") % {"what": told.removesuffix(ANYWHERE)}
    elif field.field_type == "boolean":
        question = _("Is this true of you: %(what)s?") % {"what": told}
    elif field.field_type == "number":
        question = _("Which number would you give for this: %(what)s?") % {"what": told}
    elif field.field_type == "string_list":
        question = _("What would you list for this: %(what)s?") % {"what": told}
    else:
        question = _("What would you like to tell us about this: %(what)s?") % {"what": told}
    label = field.field_name.replace("_", " ")
    return Asked(label[:1].upper() + label[1:], field.field_type, question, why)


def as_gap(name: str, asked: Asked, *, reason: GapReason, is_required: bool, known: list[dict[str, Any]]) -> Gap:
    """A gap as it is stored, in the language in force."""
    return Gap(
        field=name,
        label=str(asked.label),
        type=asked.type,
        unit=str(asked.unit),
        question=str(asked.question),
        why=str(asked.why),
        reason=reason,
        is_required=is_required,
        known=known,
        lowest=asked.lowest,
        highest=asked.highest,
    )


def spec(field: str, *, language: str = "en") -> Gap:
    """A field of the profile as something to write to, although it is no gap: what the form may correct."""
    with translation.override(language):
        return as_gap(field, PROFILE[field], reason=GapReason.STALE, is_required=False, known=[])
