"""JSON Resume (https://jsonresume.org/schema, version 1) as far as it is checked; further keys are welcome everywhere.

Everything is optional there but here a name is not: an answer must be able to say of whom it speaks.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

_DATE = re.compile(r"[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _is_date(value: str) -> str:
    if value and not _DATE.fullmatch(value):
        raise ValueError("this must be a date like 2019, 2019-04 or 2019-04-30")
    if len(value) == 10:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError("there is no such day") from None
    return value


def _is_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:  # "https://[bad"
        parts = urlsplit("")
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("this must be an address that begins with https:// or http://")
    return value


def _is_mail(value: str) -> str:
    if value and not _MAIL.fullmatch(value):
        raise ValueError("this must be an e-mail address")
    return value


def _is_there(value: str) -> str:
    if not value.strip():
        raise ValueError("this is needed")
    return value


Line = Annotated[str, StringConstraints(max_length=500)]
Words = Annotated[str, StringConstraints(max_length=10_000)]
Date = Annotated[str, AfterValidator(_is_date)]
Address = Annotated[str, AfterValidator(_is_address)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class Place(_Part):
    address: Line | None = None
    postalCode: Line | None = None  # noqa: N815 - the standard's own names
    city: Line | None = None
    countryCode: Line | None = None  # noqa: N815
    region: Line | None = None


class Profile(_Part):
    network: Line | None = None
    username: Line | None = None
    url: Address | None = None


class Basics(_Part):
    name: Annotated[Line, AfterValidator(_is_there)]
    label: Line | None = None
    image: str | None = None
    email: Annotated[str, AfterValidator(_is_mail)] | None = None
    phone: Line | None = None
    url: Address | None = None
    summary: Words | None = None
    location: Place | None = None
    profiles: list[Profile] | None = None


class _Dated(_Part):
    startDate: Date | None = None  # noqa: N815
    endDate: Date | None = None  # noqa: N815

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        start, end = self.startDate or "", self.endDate or ""
        length = min(len(start), len(end))
        if length and end[:length] < start[:length]:
            raise ValueError(f"it ends ({end}) before it begins ({start})")
        return self


class Work(_Dated):
    name: Line | None = None
    position: Line | None = None
    location: Line | None = None
    description: Words | None = None
    url: Address | None = None
    summary: Words | None = None
    highlights: list[Words] | None = None
    keywords: list[Line] | None = None


class Volunteer(_Dated):
    organization: Line | None = None
    position: Line | None = None
    url: Address | None = None
    summary: Words | None = None
    highlights: list[Words] | None = None


class Education(_Dated):
    institution: Line | None = None
    url: Address | None = None
    area: Line | None = None
    studyType: Line | None = None  # noqa: N815
    score: Line | None = None
    courses: list[Line] | None = None


class Award(_Part):
    title: Line | None = None
    date: Date | None = None
    awarder: Line | None = None
    summary: Words | None = None


class Certificate(_Part):
    name: Line | None = None
    date: Date | None = None
    issuer: Line | None = None
    url: Address | None = None


class Publication(_Part):
    name: Line | None = None
    publisher: Line | None = None
    releaseDate: Date | None = None  # noqa: N815
    url: Address | None = None
    summary: Words | None = None


class Skill(_Part):
    name: Line | None = None
    level: Line | None = None
    keywords: list[Line] | None = None


class Language(_Part):
    language: Line | None = None
    fluency: Line | None = None


class Interest(_Part):
    name: Line | None = None
    keywords: list[Line] | None = None


class Reference(_Part):
    name: Line | None = None
    reference: Words | None = None


class Project(_Dated):
    name: Line | None = None
    description: Words | None = None
    highlights: list[Words] | None = None
    keywords: list[Line] | None = None
    url: Address | None = None
    roles: list[Line] | None = None
    entity: Line | None = None
    type: Line | None = None


class JsonResume(_Part):
    """The whole file."""

    basics: Basics
    work: list[Work] | None = None
    volunteer: list[Volunteer] | None = None
    education: list[Education] | None = None
    awards: list[Award] | None = None
    certificates: list[Certificate] | None = None
    publications: list[Publication] | None = None
    skills: list[Skill] | None = None
    languages: list[Language] | None = None
    interests: list[Interest] | None = None
    references: list[Reference] | None = None
    projects: list[Project] | None = None


ENTRIES: dict[str, type[BaseModel]] = {
    "work": Work,
    "volunteer": Volunteer,
    "education": Education,
    "awards": Award,
    "certificates": Certificate,
    "publications": Publication,
    "skills": Skill,
    "languages": Language,
    "interests": Interest,
    "references": Reference,
    "projects": Project,
}
