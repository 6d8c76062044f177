"""Who a row is: a candidate that we know, a row that came before it, or somebody new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from candidates.importing.copying import array_literal
from candidates.mapping import fold


@dataclass(slots=True)
class Known:
    """Candidates by their keys; `phone` also holds what tells two people with one number apart."""

    email: dict[str, str] = field(default_factory=dict)
    linkedin: dict[str, str] = field(default_factory=dict)
    phone: dict[str, tuple[str, str, str]] = field(default_factory=dict)


# Of several candidates under one key the oldest counts: ids rise with time, and the last one read stays in the dict.
# The deleted are left out behind a fence: beside the keys, `deleted_at IS NULL` would open the partial indexes of the
# ranked list to the planner, and where statistics are older than the import it would read the whole table by them.
KEYS = ("email_key", "linkedin_key", "phone_key")
_FOUND = """
    by_{key} AS MATERIALIZED (
        SELECT '{key}' AS by, {key} AS key, id, deleted_at, name, email_key FROM candidates_candidate
        WHERE {key} = ANY(%s::text[])
    )
"""
_LOOK_UP = f"""
    WITH {",".join(_FOUND.format(key=key) for key in KEYS)}
    SELECT by, key, replace(id::text, '-', ''), coalesce(name, ''), coalesce(email_key, '')
    FROM ({" UNION ALL ".join(f"SELECT * FROM by_{key}" for key in KEYS)}) found
    WHERE deleted_at IS NULL ORDER BY id DESC
"""  # noqa: S608 - names of this module


def key_arrays(values: Mapping[str, Sequence[str]]) -> tuple[str, str, str]:
    """The rows' keys as Postgres arrays, sorted, "" where there are none; made in the reading thread."""
    emails, linkedins, phones = (sorted(set(values[key]) - {""}) for key in KEYS)
    return tuple(array_literal(keys) if keys else "" for keys in (emails, linkedins, phones))  # type: ignore[return-value]


def look_up(cursor: Any, arrays: tuple[str, str, str]) -> Known:
    """The candidates in the database that share a key with these rows. `cursor` is psycopg's own.

    A sorted list against the index (`= ANY`): Postgres walks the b-tree once instead of descending for each key. The
    plan is chosen for these very keys (prepare=False), so that it never settles on reading the whole table.
    """
    known = Known()
    if not any(arrays):
        return known
    found = cursor.execute(_LOOK_UP, [keys or "{}" for keys in arrays], prepare=False).fetchall()
    for by, key, who, name, email in found:
        if by == "phone_key":
            known.phone[key] = (who, name, email)
        else:
            (known.email if by == "email_key" else known.linkedin)[key] = who
    return known


def resolve(values: Mapping[str, Sequence[str]], ids: Sequence[str], known: Known) -> list[str]:
    """For each row the id of its candidate: its own (from `ids`) where it is new, else that of the one it updates.

    By e-mail, then LinkedIn, then phone, in the order of the file, so that a row also finds those before it. One number
    is often shared by a family or an office: by phone alone a row does not match somebody whose e-mail and name both
    differ. `known` takes the rows up.
    """
    by_email, by_linkedin, by_phone = known.email, known.linkedin, known.phone
    targets: list[str] = []
    for own, email, linkedin, phone, name in zip(
        ids, values["email_key"], values["linkedin_key"], values["phone_key"], values["name"], strict=True
    ):
        target = by_email.get(email) if email else None
        if target is None and linkedin:
            target = by_linkedin.get(linkedin)
        if phone:
            if target is None and (found := by_phone.get(phone)) is not None:
                who, other_name, other_email = found
                if not (email and other_email and email != other_email and _differ(name, other_name)):
                    target = who
            if phone not in by_phone:
                by_phone[phone] = (target or own, name, email)
        if target is None:
            target = own
        if email:
            by_email[email] = target
        if linkedin:
            by_linkedin[linkedin] = target
        targets.append(target)
    return targets


def _differ(one: str, other: str) -> bool:
    """Whether two names are those of two people: both known, and no word in common."""
    return bool(one and other) and not {fold(word) for word in one.split()} & {fold(word) for word in other.split()}
