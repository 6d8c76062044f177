"""Exports that can be told by their headers, and what their ambiguous columns mean there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vendor:
    """`signs`: sets of folded headers, any one of which proves the vendor. `columns`: what differs from the aliases;
    a field, or None with the reason in `reasons`."""

    name: str
    signs: tuple[frozenset[str], ...]
    columns: dict[str, str | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def _signs(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split()) for one in sets)


APPLIED = "the job applied to, not the candidate's own"

VENDORS = (
    Vendor(
        "Indeed",
        _signs("candidatelocation relevantexperience interestlevel", "candidatelocation jobtitle interestlevel"),
        {"jobtitle": None, "relevantexperience": "source_text"},
        {"jobtitle": APPLIED},
    ),
    Vendor(
        "Lever",
        _signs("leverprofileid", "leverpostingurl", "fullname archivereason origin"),
        {"links": "linkedin_url", "tags": None},
    ),
    Vendor(
        "Greenhouse",
        _signs("prospectpool prospectstage", "whogetscredit milestone", "candidateid rejectionreason job"),
        {"socialmedia": "linkedin_url", "job": None},
        {"job": APPLIED},
    ),
    Vendor("LinkedIn connections", _signs("firstname lastname url connectedon"), {"url": "linkedin_url"}),
    Vendor("LinkedIn Talent Hub", _signs("candidateid projectid hiringstateid"), {"profileurl": "linkedin_url"}),
    Vendor(
        "LinkedIn Recruiter",
        _signs("firstname lastname pipelinestage", "publicprofileurl headline", "firstname profileurl project stage"),
    ),
    Vendor("Apollo", _signs("apollocontactid", "companynameforemails personlinkedinurl")),
    Vendor("PhantomBuster", _signs("linkedinprofileurl linkedinheadline", "profileurl connectionsince")),
    Vendor("PeopleForce", _signs("skypeid curencycode", "fullname skypeid createdbyid")),
    Vendor("HubSpot", _signs("lifecyclestage")),
    Vendor("Sales hiring", _signs("crustdataenrichmentdata", "yearssalesexperience otemin")),
    Vendor("Workable", _signs("disqualifiedreason jobshortcode")),
    Vendor(
        "Bullhorn or Zoho",
        _signs("currentemployer currentjobtitle", "currentemployer skillset", "currentemployer experienceinyears"),
    ),
)

# The two columns that a download of failed rows adds; see candidates.importing.mending.
MENDED_LINE = re.compile(
    r"Line of import ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE
)
MENDED_REASON = "Reason it failed"


def vendor_of(folded_headers: set[str]) -> Vendor | None:
    """The vendor whose signs are all there; None for a plain spreadsheet."""
    return next((vendor for vendor in VENDORS if any(signs <= folded_headers for signs in vendor.signs)), None)
