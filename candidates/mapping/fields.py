"""What a column of a file can be mapped to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ValueType = Literal["text", "long_text", "email", "phone", "linkedin", "number", "money", "percent", "boolean", "list"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A choice in the mapping. `takes_many`: several columns may share it, in the order of the file."""

    label: str
    type: ValueType
    group: str
    takes_many: bool = False


PERSON, WORK, TEXT, SIGNALS, OTHER = "Person", "Work", "Text", "Signals", "Other"

# Fields of the profile, and parts that are joined into one: first and last name, the parts of a place, dated jobs.
FIELDS: dict[str, FieldSpec] = {
    "name": FieldSpec("Name", "text", PERSON),
    "first_name": FieldSpec("First name", "text", PERSON),
    "last_name": FieldSpec("Last name", "text", PERSON),
    "email": FieldSpec("E-mail", "email", PERSON),
    "phone": FieldSpec("Phone", "phone", PERSON),
    "linkedin_url": FieldSpec("LinkedIn URL", "linkedin", PERSON),
    "location": FieldSpec("Location", "text", PERSON),
    "city": FieldSpec("City", "text", PERSON),
    "state": FieldSpec("State or region", "text", PERSON),
    "country": FieldSpec("Country", "text", PERSON),
    "current_role": FieldSpec("Current role", "text", WORK),
    "current_company": FieldSpec("Current company", "text", WORK),
    "current_dates": FieldSpec("Dates of the current job", "text", WORK),
    "previous_role": FieldSpec("Previous role", "text", WORK),
    "previous_company": FieldSpec("Previous company", "text", WORK),
    "previous_dates": FieldSpec("Dates of the previous job", "text", WORK),
    "years_experience": FieldSpec("Years of experience", "number", WORK),
    "industries": FieldSpec("Industries", "list", WORK, takes_many=True),
    "skills": FieldSpec("Skills", "list", WORK, takes_many=True),
    "education": FieldSpec("Education", "text", WORK),
    "school": FieldSpec("School", "text", WORK),
    "degree": FieldSpec("Degree", "text", WORK),
    "education_dates": FieldSpec("Dates of education", "text", WORK),
    "certifications": FieldSpec("Certifications", "list", WORK, takes_many=True),
    "achievements": FieldSpec("Achievements", "list", WORK, takes_many=True),
    "bio": FieldSpec("Bio or summary", "long_text", TEXT),
    "source_text": FieldSpec("Free text: resume, notes, descriptions", "long_text", TEXT, takes_many=True),
    "enrichment": FieldSpec("Enrichment data (JSON)", "long_text", TEXT),
    "is_founder": FieldSpec("Founder", "boolean", SIGNALS),
    "startup_experience": FieldSpec("Startup experience", "boolean", SIGNALS),
    "enterprise_experience": FieldSpec("Enterprise experience", "boolean", SIGNALS),
    "sold_to_finance": FieldSpec("Sold to finance", "boolean", SIGNALS),
    "max_acv": FieldSpec("Largest annual contract value", "money", SIGNALS),
    "quota_attainment": FieldSpec("Quota attainment, percent", "percent", SIGNALS),
    "leave_out": FieldSpec("Leave out: do not keep this column", "text", OTHER, takes_many=True),
}
