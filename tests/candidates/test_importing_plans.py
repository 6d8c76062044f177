"""How Postgres finds what a chunk asks for: by the keys, not by walking through the table."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from candidates.importing.duplicates import _LOOK_UP, KEYS
from candidates.importing.writing import _LOCK_WORK, prepare_transaction
from candidates.models import Candidate, Import, Work
from candidates.states import WorkKind
from tests.candidates.reading_files import received

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3_000


@pytest.fixture
def import_() -> Import:
    """An import in full course: its candidates and their work are there, and no statistics know of them."""
    import_ = received(b"Email\nada@example.com\n")
    Candidate.objects.bulk_create(
        Candidate(
            made_by_import=import_,
            email_key=f"{number}@example.com",
            linkedin_key=f"in/example-{number}",
            phone_key=f"+1202555{number:04}",
        )
        for number in range(MANY)
    )
    made = Candidate.objects.values_list("id", flat=True)
    Work.objects.bulk_create(Work(of_import=import_, candidate_id=one, kind=WorkKind.EXTRACT) for one in made)
    return import_


def indexes_used(statement: str, values: list[Any]) -> set[str]:
    """The indexes in the plan of a statement of a chunk's transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        prepare_transaction(cursor)
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan
    return set(re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", plan))


def test_known_candidates_are_found_by_their_keys(import_: Import) -> None:
    keys = [[f"{number}@example.com" for number in range(0, MANY, 2)]] * len(KEYS)
    assert indexes_used(_LOOK_UP, keys) == {"candidate_email", "candidate_linkedin", "candidate_phone"}


def test_work_of_updated_candidates_is_found_by_the_candidates(import_: Import) -> None:
    ids = list(Candidate.objects.values_list("id", flat=True)[:100])
    used = indexes_used(_LOCK_WORK, [[*ids, uuid4()], import_.pk])
    assert not used & {"work_ready", "work_open"}
    assert any(name.startswith("candidates_work_candidate_id") for name in used)
