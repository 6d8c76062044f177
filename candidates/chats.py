"""Where a conversation about a resume is kept, so that it can go on after a dropped connection or a restart.

While a socket is open its history is in this process. After each answer it is also kept as a row, encrypted with a key
that is made from the client's secret: the secret is told to the client once and not stored, so nobody who has the
database alone can read a row, we included. A closed conversation is forgotten after RESUME_CHAT_GRACE_SECONDS; "forget"
does it at once. Deleting a candidate or a user deletes the conversations too.

`holder` is a fencing token: one connection goes on with a conversation, and another that comes with the secret takes
it over. A write of the one before then changes nothing, and tells it so.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection
from django.utils import timezone

from candidates.models import ResumeChat
from candidates.resume_chat import Exchange
from llm.errors import GreenroomError

# An open conversation whose server was killed is kept so long after its last answer.
_OPEN_SECONDS = 2 * 60 * 60
_NONCE_BYTES = 12
# Above what a context takes anyhow; older exchanges are of no use to an answer.
MOST_EXCHANGES = 50


class NoSuchChat(GreenroomError):
    """Not there, over, somebody else's, or opened with a wrong secret: one answer for all of them."""

    code = "chat_not_found"
    status = 404


@dataclass
class Chat:
    """A conversation as its connection holds it. The id may be told to anybody, the secret opens it."""

    id: UUID = field(default_factory=uuid4)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    candidate_id: UUID | None = None
    user_id: UUID | None = None
    history: list[Exchange] = field(default_factory=list)
    holder: UUID = field(default_factory=uuid4)
    is_kept: bool = False

    def _key(self) -> bytes:
        return hmac.digest(self.secret.encode(), b"greenroom resume chat: history of " + self.id.bytes, "sha256")

    @property
    def door(self) -> bytes:
        """What the row knows the secret by. Made apart from the key, which can't be worked out from it."""
        return hmac.digest(self.secret.encode(), b"greenroom resume chat: door of " + self.id.bytes, "sha256")

    def _whose(self) -> bytes:
        return f"{self.id}:{self.candidate_id}:{self.user_id}".encode()

    def sealed(self) -> bytes:
        """The history, encrypted and bound to this conversation and its two people."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = orjson.dumps([asdict(one) for one in self.history[-MOST_EXCHANGES:]])
        return nonce + AESGCM(self._key()).encrypt(nonce, plain, self._whose())

    def open(self, sealed: bytes) -> None:
        """Take the history out of what `sealed` made. Raises NoSuchChat where it was made of something else."""
        try:
            plain = AESGCM(self._key()).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._whose())
        except InvalidTag:
            raise _gone() from None
        self.history = [Exchange(**one) for one in orjson.loads(plain)]


def keep(chat: Chat) -> bool:
    """Write a conversation down; False where another connection has taken it over, and nothing was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO candidates_resumechat (id, candidate_id, user_id, door, holder, sealed, expires_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at
             WHERE candidates_resumechat.holder = excluded.holder
            """,
            [chat.id, chat.candidate_id, chat.user_id, chat.door, chat.holder, chat.sealed(), _in(_OPEN_SECONDS)],
        )
        chat.is_kept = cursor.rowcount == 1
    return chat.is_kept


def resume(chat_id: UUID, secret: str, *, candidate_id: UUID | None, user_id: UUID | None) -> Chat:
    """Take over a conversation by its secret, history included. Raises NoSuchChat."""
    chat = Chat(id=chat_id, secret=secret, candidate_id=candidate_id, user_id=user_id, is_kept=True)
    whose = {"candidate_id": candidate_id, "user_id": user_id}
    row = ResumeChat.objects.filter(pk=chat_id, expires_at__gt=timezone.now(), **whose).first()
    if row is None or not hmac.compare_digest(bytes(row.door), chat.door):
        raise _gone()
    # First the holder, then the history: what the connection before writes in between is seen, or is not written.
    ResumeChat.objects.filter(pk=chat_id).update(holder=chat.holder, expires_at=_in(_OPEN_SECONDS))
    row.refresh_from_db(fields=["sealed"])
    chat.open(bytes(row.sealed))
    return chat


def leave(chat: Chat) -> None:
    """The connection is gone: what it held is kept for the grace alone."""
    ResumeChat.objects.filter(pk=chat.id, holder=chat.holder).update(
        expires_at=_in(float(settings.RESUME_CHAT_GRACE_SECONDS))
    )


def forget(chat: Chat) -> None:
    """Forget a conversation now."""
    ResumeChat.objects.filter(pk=chat.id, holder=chat.holder).delete()


def forget_expired() -> int:
    """Delete all conversations whose time is over; return how many."""
    return ResumeChat.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _gone() -> NoSuchChat:
    return NoSuchChat("That conversation is over or can't be gone on with from here.")


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
