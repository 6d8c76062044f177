"""A pytest plugin that speaks before Django reads its settings (a conftest comes too late for that).

Tests have embedded servers of their own under .data/test, never those of `make run`, unless the environment says else.
Each process of a run with several (pytest-xdist) has its own.
"""

from __future__ import annotations

import os
from pathlib import Path

_ours = Path(__file__).resolve().parent.parent / ".data" / "test"
_data = Path(os.environ.setdefault("GREENROOM_DATA_DIR", str(_ours)))
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["GREENROOM_DATA_DIR"] = str(_data / worker)
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
# All tests come from one address: its limits are tested where they are set lower.
for limit in ("SIGN_INS_PER_MINUTE", "ACCOUNT_REQUESTS_PER_MINUTE"):
    os.environ.setdefault(limit, "100000")
