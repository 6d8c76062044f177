"""What to ask a candidate for: what the job or the profile wants and is missing, out of date, or told in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from candidates import completeness, mapping, rubric
from candidates.evidence import Source
from candidates.models import Candidate, Change, Document, Job, Rubric
from candidates.prohibited import is_prohibited
from candidates.schemas import ProfileField
from intake.answers.showing import shown
from intake.models import Answer
from intake.questions import PROFILE, as_gap, beyond_profile
from intake.schemas import Gap, ProposedValue
from intake.states import AnswerState, GapReason, IntakeState

# What changes in a working life by itself. The rest (a degree, a founded company) stays true.
_CHANGING = ("current_role", "current_company", "location", "years_experience")
# More than this is no conversation any more: required ones come first.
MOST_GAPS = 25


def of(
    candidate: Candidate,
    *,
    job: Job | None,
    documents: Sequence[Document],
    proposals: Sequence[ProposedValue] = (),
    language: str = "en",
    now: datetime | None = None,
) -> list[Gap]:
    """The gaps of a candidate for a job, required ones first, each with its question in `language`.

    `documents` are those whose text counts as known. `proposals` are values found in the candidate's new resume (see
    `filling`): a missing field with a proposal is no gap, since the candidate sees and corrects it with what is known;
    a known one that the resume tells otherwise is a contradiction. What nobody may ask of a candidate is never asked,
    whatever the rubric says.
    """
    version = rubric.current(job) if job is not None else None
    wanted = wanted_by(version)
    missing = _missing(candidate, version, documents)
    proposed = {one.field: one for one in proposals}
    as_of = _as_of(candidate, documents)
    oldest = (now or timezone.now()) - timedelta(days=settings.INTAKE_STALE_DAYS)
    found: list[Gap] = []
    with translation.override(language):
        for field in wanted:
            name = field.field_name
            known: list[dict[str, Any]] = []
            value = getattr(candidate, name) if name in PROFILE else None
            if value not in (None, "", []):
                known.append({"value": value, "source": "profile", "as_of": as_of[name].date().isoformat()})
            if name in missing:
                reason = GapReason.MISSING
                if name in proposed and name in PROFILE:
                    continue
                if name in proposed:
                    # No page shows it among what is known: the question itself says what the resume tells.
                    known.append(_told(proposed[name]))
            elif name in proposed and differs(name, value, proposed[name].value):
                reason = GapReason.CONTRADICTORY
                known.append(_told(proposed[name]))
            elif name in _CHANGING and known and name not in proposed and as_of[name] < oldest:
                reason = GapReason.STALE
            else:
                continue
            asked = PROFILE[name] if name in PROFILE else beyond_profile(field)
            gap = as_gap(name, asked, reason=reason, is_required=field.is_required, known=known)
            gap.question = _question(gap, language)
            found.append(gap)
    found.sort(key=lambda gap: not gap.is_required)
    return found[:MOST_GAPS]


def wanted_by(version: Rubric | None) -> list[ProfileField]:
    """The fields that a rubric wants, or those wanted of everybody, without what nobody may ask for."""
    fields = [ProfileField.model_validate(field) for field in version.fields] if version is not None else []
    wanted: dict[str, ProfileField] = {}
    for field in fields or rubric.default_fields():
        is_allowed = field.field_name in PROFILE or not is_prohibited(
            f"{field.field_name.replace('_', ' ')} {field.description}"
        )
        # A rubric may name a field twice, as required and as preferred: it is asked for once.
        if is_allowed and (field.field_name not in wanted or field.is_required):
            wanted[field.field_name] = field
    return list(wanted.values())


def differs(field: str, known: Any, told: Any) -> bool:
    """Whether two sources tell a field in different ways, beyond case, marks and a more or less of detail.

    A list is not contradicted by another one: the resume names more, or less. Years differ from two on, since people
    count them in different ways; other numbers from a twentieth on.
    """
    if known in (None, "", []) or told in (None, "", []) or isinstance(known, list) or field == "bio":
        return False
    if isinstance(known, bool) or isinstance(told, bool):
        return known is not told
    if isinstance(known, int | float) and isinstance(told, int | float):
        return abs(known - told) >= 2 if field == "years_experience" else abs(known - told) > 0.05 * max(known, told)
    fold = {"email": mapping.email_key, "phone": mapping.phone_key, "linkedin_url": mapping.linkedin_key}.get(field)
    if fold is not None:
        return fold(str(known)) != fold(str(told))
    one, other = _words(str(known)), _words(str(told))
    return not (one <= other or other <= one)


def _says(source: Source, value: str) -> bool:
    """Whether a text has these words side by side, whatever their case and the marks between."""
    wanted = Source("", value).words
    return bool(wanted.strip()) and wanted in source.words


def _question(gap: Gap, language: str) -> str:
    """The question of a gap in which something is known already: it says what."""
    values = [shown(gap, known["value"], language=language) for known in gap.known]
    if gap.reason == GapReason.STALE:
        return _("We know of this: %(label)s: %(value)s. Is that still so, or what is it now?") % {
            "label": gap.label,
            "value": values[0],
        }
    if gap.reason == GapReason.CONTRADICTORY:
        return _("%(label)s: we know %(one)s, and your resume says %(other)s. Which one is right?") % {
            "label": gap.label,
            "one": values[0],
            "other": values[1],
        }
    if values:
        return _("%(label)s: your resume says %(value)s. Is that right, or what should it be?") % {
            "label": gap.label,
            "value": values[0],
        }
    return gap.question


def _words(text: str) -> set[str]:
    return set(Source("", text).words.split())


def _told(proposal: ProposedValue) -> dict[str, Any]:
    return {"value": proposal.value, "source": "resume", "quote": proposal.quote}


def _missing(candidate: Candidate, version: Rubric | None, documents: Sequence[Document]) -> set[str]:
    measured = completeness.measure(candidate, version, documents=documents)
    return {*measured.missing_required, *measured.missing_preferred}


def _as_of(candidate: Candidate, documents: Sequence[Document]) -> dict[str, datetime]:
    """Since when each field has been known as it is: its last change, the import, or a document that still says so."""
    times = dict.fromkeys(PROFILE, candidate.created_at)
    changes = Change.objects.filter(candidate=candidate, field__in=PROFILE).order_by("id")
    for field, at in changes.values_list("field", "created_at"):
        times[field] = max(at, times[field])
    # What the candidate confirmed in an earlier round is fresh again, although no value changed.
    said = Answer.objects.filter(
        intake__candidate=candidate,
        intake__state=IntakeState.COMPLETED,
        is_current=True,
        state=AnswerState.ACCEPTED,
        field__in=PROFILE,
    )
    for field, at in said.values_list("field", "created_at"):
        times[field] = max(at, times[field])
    for document in documents:
        source = Source("document", document.text)
        for field in _CHANGING:
            value = getattr(candidate, field)
            if isinstance(value, str) and document.created_at > times[field] and _says(source, value):
                times[field] = document.created_at
    return times
