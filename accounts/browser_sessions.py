"""Sessions of browsers, of which the database holds no key: whoever reads it can take nobody's place.

The engine is Django's own for databases; only a row's key is the SHA-256 of the cookie, cut to the column's width. 160
bits of it are left, of a key with 160 random bits, so nothing can be found or guessed. Since a SignIn keeps the same
digest in full, a browser is signed out from elsewhere by deleting its session's row: requests pay nothing for that.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

_WIDTH = 40


def digest_of(session_key: str) -> str:
    """SHA-256, hex, of the key that stands in the cookie."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def stored_key(session_key: str = "", *, digest: str = "") -> str:
    """The key of a session's row, from the cookie's key or from its digest."""
    return (digest or digest_of(session_key))[:_WIDTH]


class SessionStore(db.SessionStore):
    """What SESSION_ENGINE names."""

    def _get_session_from_db(self) -> Any:
        found = self.model.objects.filter(**self._row()).first()
        if found is None:
            self._session_key = None
        return found

    async def _aget_session_from_db(self) -> Any:
        found = await self.model.objects.filter(**self._row()).afirst()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        return await super().aexists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        row = await super().acreate_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            self.model.objects.filter(session_key=stored_key(key)).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            await self.model.objects.filter(session_key=stored_key(key)).adelete()

    def _row(self) -> dict[str, Any]:
        return {"session_key": stored_key(self.session_key or ""), "expire_date__gt": timezone.now()}
