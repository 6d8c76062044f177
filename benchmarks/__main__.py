"""Run every benchmark, one after the other: `make bench`, or `python -m benchmarks NAME…` for some."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import time

BENCHMARKS = {
    "import_speed": "CSV import against raw COPY, bulk_create and django-import-export",
    "model_fan_out": "model calls per minute against the provider's limit",
    "results_list": "GET /api/pluto/results of a million against FastAPI + asyncpg and stock DRF",
    "console_list": "the console's candidate list at a million against a thousand",
    "voice_turn": "a spoken turn, measured on the caller's sound, against the stages it must wait for",
    "streams": "a thousand open event streams in one process: memory, connections, reach",
    "interview_start": "start click → room, token, agent in the room",
    "text_turn": "a typed turn of an interview against the model's own time, fifty at once",
    "resume_chat": "two thousand open sockets, two hundred answers at once against the model's own time",
    "intake_wizard": "two hundred candidates in the intake wizard at once, against a static file of the same server",
    "coaching_trends": "a trainee's progress over a thousand sessions against ten",
    "coaching_message": "a message to the coach against the model's own time, fifty trainees at once",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; default: all")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    print(f"{platform.machine()}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d %H:%M')}")
    failed = []
    for name in names:
        print(f"\n=== {name}: {BENCHMARKS[name]}", flush=True)
        started = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
        print(f"({time.monotonic() - started:.0f} s)", flush=True)
    if failed:
        print(f"\nbelow target or broken: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
