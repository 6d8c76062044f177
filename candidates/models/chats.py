"""Conversations about a resume that may go on after a dropped connection."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class ResumeChat(models.Model):
    """What was asked and answered on one socket, sealed with a key that only its client has. See candidates.chats."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Null for visitors: they ask about the site's own resume, and nobody knows who they are.
    candidate = models.ForeignKey("Candidate", null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    # What the secret is known by, without being told by it.
    door = models.BinaryField(max_length=32)
    # Which connection goes on with it: another one that comes with the secret takes it over.
    holder = models.UUIDField()
    sealed = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "resume chat"
        indexes = [
            # Those to forget.
            models.Index(fields=["expires_at"], name="resume_chat_expires"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
