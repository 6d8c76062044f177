"""A pytest plugin that speaks before Django reads its settings (a conftest comes too late for that).

Tests have embedded servers of their own under .data/test, never those of `make run`, unless the environment says else.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("GREENROOM_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".data" / "test"))
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
