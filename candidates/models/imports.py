"""Imports: the file, its rows that failed, the work that each candidate still needs, and what happened when."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from candidates.models.columns import in_choices
from candidates.models.jobs import Job
from candidates.models.people import Candidate
from candidates.states import ImportPhase, ImportStatus, WorkKind, WorkState


class Import(models.Model):
    """One file on its way in. Status and counters are written by candidates.importing and candidates.pipeline only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to="imports/")
    filename = models.TextField()
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    # {column position as text: field name or null}; empty until the reader has proposed one.
    mapping = models.JSONField(default=dict)
    # What the reader found: {encoding, delimiter, header_line, headers, source}
    dialect = models.JSONField(default=dict)
    score = models.BooleanField(default=True, help_text="Go on to scoring without asking.")
    status = models.CharField(max_length=20, choices=ImportStatus.choices, default=ImportStatus.IDLE)
    phase = models.CharField(max_length=12, choices=ImportPhase.choices, default=ImportPhase.MAPPING)
    message = models.TextField(blank=True)
    error = models.TextField(blank=True)
    # The import whose failed rows this one brings back mended.
    mends = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="mended_by")

    # --- counters
    rows_total = models.PositiveIntegerField(null=True, help_text="Known once the file was read to its end.")
    rows_read = models.PositiveIntegerField(default=0)
    rows_failed = models.PositiveIntegerField(default=0)
    candidates_made = models.PositiveIntegerField(default=0)
    candidates_total = models.PositiveIntegerField(
        default=0, help_text="Candidates made or updated: rows of work of kind extract, counted in their transaction."
    )
    duplicates = models.PositiveIntegerField(default=0, help_text="Rows that updated a candidate, or stood twice.")
    extracted = models.PositiveIntegerField(default=0)
    scored = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Candidates set aside after three attempts.")
    # Where reading goes on after a crash: committed together with the rows before it.
    # {"offset": bytes decoded so far…, "line": …}; see candidates.importing.
    checkpoint = models.JSONField(default=dict)

    # --- money, in US dollars
    cost_estimate_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="imports")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    # The reader's lease: a sweep gives a file whose reader died to another one.
    claim = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    read_attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began to read the file.")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            in_choices("status", ImportStatus, name="import_status_known"),
            in_choices("phase", ImportPhase, name="import_phase_known"),
        ]

    def __str__(self) -> str:
        return self.filename


class RowError(models.Model):
    """A row of a file that failed, with its line number and the reason; can be downloaded, mended and sent again."""

    id = models.BigAutoField(primary_key=True)
    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="row_errors", db_index=False)
    line = models.PositiveIntegerField(help_text="Line of the file on which the row starts, counted from 1.")
    code = models.CharField(max_length=40)
    reason = models.TextField()
    field = models.CharField(max_length=40, blank=True)
    cells = models.JSONField(default=list)
    # The import that brought this row back mended; null while it still stands open.
    mended_by = models.ForeignKey(
        Import, null=True, on_delete=models.SET_NULL, related_name="mended_errors", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["of_import", "line"], name="row_error_list"),
            # Undo of an import that mended rows takes the marks back.
            models.Index(fields=["mended_by"], name="row_error_mended", condition=models.Q(mended_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Work(models.Model):
    """One candidate's next piece of work. See DESIGN "Work rows": a killed worker costs time, never a row."""

    id = models.BigAutoField(primary_key=True)
    # Null for work outside an import, e.g. a re-score asked for in the console.
    of_import = models.ForeignKey(Import, null=True, on_delete=models.CASCADE, related_name="work", db_index=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="work")
    kind = models.CharField(max_length=8, choices=WorkKind.choices)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True, help_text="A retry waits until then.")
    error_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Claiming the next batch of one import (or of none).
            models.Index(fields=["of_import", "kind", "id"], name="work_ready", condition=models.Q(state="ready")),
            # The sweep of expired leases.
            models.Index(fields=["lease_expires_at"], name="work_leases", condition=models.Q(state="claimed")),
            # What an import still has open, and its confirmation or cancelling.
            models.Index(
                fields=["of_import", "kind", "state"], name="work_open", condition=~models.Q(state__in=["done"])
            ),
        ]
        constraints = [
            in_choices("kind", WorkKind, name="work_kind_known"),
            in_choices("state", WorkState, name="work_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.state}"


class Event(models.Model):
    """Something that happened to an import, for streams to replay from: ids rise in the order of commits per import."""

    id = models.BigAutoField(primary_key=True)
    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["of_import", "id"], name="event_replay")]

    def __str__(self) -> str:
        return f"{self.id}: {self.kind}"


class IdempotentAnswer(models.Model):
    """The answer to a POST that carried an Idempotency-Key: the same key and body get the same answer again."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    # Null while the first request is still being answered.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"idempotency key of {self.user_id}"
