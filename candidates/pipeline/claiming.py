"""Taking rows of work, fairly over imports, and loading what is needed to do them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates import doorbell
from candidates.models import Assessment, Candidate, Document, Import, Rubric, Work
from candidates.states import RUNNING, WorkKind, WorkState

MAX_ATTEMPTS = 3

_CLAIM = """
UPDATE candidates_work SET state = 'claimed', claim = %(claim)s, lease_expires_at = %(lease)s
WHERE id IN (
    SELECT id FROM candidates_work
    WHERE of_import_id {party} AND kind = %(kind)s AND state = 'ready' AND (not_before IS NULL OR not_before <= now())
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id, of_import_id, candidate_id, attempts
"""


@dataclass(slots=True, eq=False)
class Piece:
    """A claimed row of work with all that doing it takes, so that the doing needs no database."""

    work_id: int
    claim: UUID
    kind: WorkKind
    attempts: int
    candidate: Candidate
    import_id: UUID | None = None
    rubric: Rubric | None = None
    documents: Sequence[Document] = ()
    algorithm: Assessment | None = None
    needs_model: bool = field(default=True)

    @property
    def scope(self) -> str:
        """What model calls for this piece are booked on."""
        return f"import:{self.import_id}" if self.import_id else ""


def lease_end() -> datetime:
    """When a lease that begins now ends."""
    return timezone.now() + timedelta(seconds=settings.WORK_LEASE_SECONDS)


def claim(kind: WorkKind, *, limit: int) -> list[Piece]:
    """Claim up to `limit` ready rows of one kind and load them.

    Running imports, and the work outside any import, take turns: each gets an equal share, and what one leaves is
    offered to the others again. Rows of an import that waits or has ended are not touched. The claim is committed
    before the rows are loaded.
    """
    parties = _parties(kind)
    if not parties or limit < 1:
        return []
    random.shuffle(parties)
    claim_id = uuid4()
    rows: list[tuple[int, UUID | None, UUID, int]] = []
    while parties and len(rows) < limit:
        share = max(1, (limit - len(rows)) // len(parties))
        hungry = []
        for party in parties:
            wanted = min(share, limit - len(rows))
            if wanted < 1:
                break
            got = _claim_of(party, kind, claim_id, wanted)
            rows += got
            if len(got) == wanted:
                hungry.append(party)
        parties = hungry
    return load(rows, kind=kind, claim_id=claim_id)


def _parties(kind: WorkKind) -> list[UUID | None]:
    running = Import.objects.filter(status__in=RUNNING)
    if kind == WorkKind.SCORE:
        running = running.filter(score=True)
    return [None, *running.values_list("id", flat=True)]


def _claim_of(
    party: UUID | None, kind: WorkKind, claim_id: UUID, limit: int
) -> list[tuple[int, UUID | None, UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(party="IS NULL" if party is None else "= %(party)s"),
            {"claim": claim_id, "lease": lease_end(), "party": party, "kind": kind, "limit": limit},
        )
        return sorted(cursor.fetchall())


def load(rows: Iterable[tuple[int, UUID | None, UUID, int]], *, kind: WorkKind, claim_id: UUID) -> list[Piece]:
    """Everything that doing these claimed rows takes, in five queries at most, whatever their number."""
    rows = list(rows)
    if not rows:
        return []
    candidate_ids = [row[2] for row in rows]
    candidates = {
        candidate.pk: candidate for candidate in Candidate.objects.defer("search").filter(id__in=candidate_ids)
    }
    documents: defaultdict[UUID, list[Document]] = defaultdict(list)
    # A refused document has no text, but may hide some: that is a red flag.
    ended = Document.objects.filter(candidate_id__in=candidate_ids).exclude(state=Document.State.RECEIVED)
    for document in ended.order_by("created_at", "id"):
        documents[document.candidate_id].append(document)
    algorithms: dict[UUID, Assessment] = {}
    if kind == WorkKind.SCORE:
        algorithms = {
            assessment.candidate_id: assessment
            for assessment in Assessment.objects.filter(
                candidate_id__in=candidate_ids, kind=Assessment.Kind.ALGORITHM, is_current=True
            )
        }
    jobs = {candidate.job_id for candidate in candidates.values() if candidate.job_id}
    rubrics = {
        rubric.job_id: rubric
        # With the job: a judge is told its title.
        for rubric in Rubric.objects.filter(job_id__in=jobs)
        .select_related("job")
        .order_by("job_id", "-version")
        .distinct("job_id")
    }
    pieces = []
    for work_id, import_id, candidate_id, attempts in rows:
        # A candidate that was deleted since took its rows of work along.
        if (candidate := candidates.get(candidate_id)) is None:
            continue
        pieces.append(
            Piece(
                work_id=work_id,
                claim=claim_id,
                kind=kind,
                attempts=attempts,
                candidate=candidate,
                import_id=import_id,
                rubric=rubrics.get(candidate.job_id) if candidate.job_id else None,
                documents=documents.get(candidate_id, ()),
                algorithm=algorithms.get(candidate_id),
            )
        )
    return pieces


def work_is_ready() -> bool:
    """Whether a drain that starts now would find anything."""
    due = Work.objects.filter(state=WorkState.READY).filter(Q(not_before=None) | Q(not_before__lte=timezone.now()))
    if due.filter(of_import=None).exists():
        return True
    running = Import.objects.filter(status__in=RUNNING)
    mine = due.filter(of_import=OuterRef("pk"))
    return (
        running.filter(Exists(mine.filter(kind=WorkKind.EXTRACT))).exists()
        or running.filter(score=True).filter(Exists(mine.filter(kind=WorkKind.SCORE))).exists()
    )


def queue_scores(*, candidates: QuerySet[Candidate], kind: WorkKind = WorkKind.SCORE) -> int:
    """Make work outside any import for `candidates`, except for those that such work waits for already.

    Returns how many rows were made. `kind` EXTRACT begins from the start: free text, algorithmic score, then the model.
    """
    waiting = Work.objects.filter(
        candidate=OuterRef("pk"), of_import=None, kind=kind, state=WorkState.READY, attempts=0
    )
    wanted = candidates.filter(~Exists(waiting)).order_by().values("id")
    sql, parameters = wanted.query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO candidates_work (candidate_id, kind, state, attempts, error_code, reason) "  # noqa: S608
            f"SELECT wanted.id, %s, 'ready', 0, '', '' FROM ({sql}) AS wanted",
            [kind, *parameters],
        )
        made = int(cursor.rowcount)
        doorbell.ring_drain()
    return made
