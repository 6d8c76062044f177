"""The ledger of model calls, the money caps, and the answers already paid for."""

from __future__ import annotations

import uuid

from django.db import models


class Call(models.Model):
    """One request to the provider (or one answer from the cache): a receipt. Holds no text of prompt or answer."""

    class Outcome(models.TextChoices):
        STARTED = "started", "Started"
        OK = "ok", "OK"
        CACHED = "cached", "From the cache"
        REPAIRED = "repaired", "OK after repair"
        BROKEN = "broken", "Broken answer"
        RATE_LIMITED = "rate_limited", "Rate limited"
        TIMED_OUT = "timed_out", "Timed out"
        UNAVAILABLE = "unavailable", "Unavailable"
        REFUSED = "refused", "Refused"
        ABANDONED = "abandoned", "Abandoned"  # our side stopped waiting: cancelled, or shut down

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_index=True)
    purpose = models.CharField(max_length=40)
    # What the money was spent for, e.g. "import:<uuid>" or "interview:<uuid>"; empty for a call outside any of them.
    scope = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=120)
    prompt_name = models.CharField(max_length=80)
    prompt_hash = models.CharField(max_length=64)
    attempt = models.PositiveSmallIntegerField(default=1)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    # US dollars. While the outcome is "started": what was set aside for the call. It stays if the caller was killed.
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.STARTED)

    class Meta:
        verbose_name = "model call"
        ordering = ["-created_at"]
        indexes = [
            # The charts: one purpose, or one model, over the last days.
            models.Index(fields=["purpose", "created_at"], name="call_purpose_day"),
            # What an import or an interview has cost so far.
            models.Index(fields=["scope"], name="call_scope", condition=~models.Q(scope="")),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} · {self.model} · {self.outcome}"


class Budget(models.Model):
    """A money cap that was set for one scope; scopes without a row have the default cap of the settings."""

    scope = models.CharField(max_length=80, primary_key=True)
    cap_usd = models.DecimalField(max_digits=12, decimal_places=6)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.scope}: {self.cap_usd} USD"


class CachedAnswer(models.Model):
    """A validated answer, kept so that the same question on the same text is not paid twice."""

    # SHA-256 over model, prompt hash, schema and data.
    key = models.CharField(max_length=64, primary_key=True)
    answer = models.JSONField()
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.key
