"""What all tests share: servers of their own under .data/test, never those of `make run`."""

from __future__ import annotations

import os
from pathlib import Path

# Before Django reads its settings: tests have embedded servers of their own unless told otherwise.
os.environ.setdefault("GREENROOM_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".data" / "test"))
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
