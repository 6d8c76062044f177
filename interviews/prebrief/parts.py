"""The six parts of a fit, their weights, and what an interview leaves alone. docs/INTERVIEWS.md publishes them."""

from __future__ import annotations

from candidates.schemas import Criterion


def _part(key: str, label: str, weight: float, description: str, related: str, *, figures: bool = False) -> Criterion:
    return Criterion(
        key=key,
        label=label,
        kind="judged",
        description=description,
        weight=weight,
        parameters={"related": related.split(), "figures": figures},
    )


# `related` are words by which a quote may speak of the part (candidates.judging bounds a level whose quote has none).
PARTS: tuple[Criterion, ...] = (
    _part(
        "technical_skills",
        "Technical skills",
        2.0,
        "Skills, tools and methods that this job asks for, shown in use and not only listed.",
        "built designed developed used tools software methods certified implemented ran wrote sold managed systems crm",
        figures=True,
    ),
    _part(
        "experience_relevance",
        "Experience that fits",
        2.0,
        "Work in a like role, at a like size and in a like field, for as long as this job asks.",
        "years role manager executive engineer senior lead customers clients team industry market responsible worked",
        figures=True,
    ),
    _part(
        "leadership_potential",
        "Leadership potential",
        0.75,
        "Has led people, projects or decisions, or brought others along without being their manager.",
        "led lead managed mentored hired trained coached supervised team owner headed founded initiated drove",
    ),
    _part(
        "communication_signals",
        "Signs of communication",
        0.75,
        "Has presented, written, negotiated, taught or worked with customers or other departments.",
        "presented wrote negotiated taught trained spoke customers stakeholders documentation workshops published "
        "talks sold explained advised",
    ),
    _part(
        "culture_fit_signals",
        "Signs of how they work with others",
        0.5,
        "How they work with others and what they care about in work, as far as the company's context asks for it.",
        "team volunteer collaborated together helped mentored shared community cross-functional startup open customers "
        "ownership built founded learning",
    ),
    _part(
        "growth_trajectory",
        "Growth",
        0.75,
        "Responsibility, scope or skill has grown over time: promotions, larger teams, new fields learned.",
        "promoted promotion grew rose senior from advanced learned head director expanded increased became within",
    ),
)
# A resume that says nothing about these two does not fit; about the others it often says nothing, which is left out.
MUST_BE_TOLD = frozenset({"technical_skills", "experience_relevance"})

TOPICS_TO_AVOID: tuple[str, ...] = (
    "Age, birth, and years of graduation",
    "Family: marriage, children, pregnancy, care of relatives",
    "Health and disability (what the job itself needs may be described, and asked of everybody alike)",
    "Religion and belief",
    "Origin, citizenship, accent and mother tongue (only whether they may work here, asked of everybody alike)",
    "Gender and sexual orientation",
    "Politics and union membership",
    "Past pay (what they expect may be asked)",
)
