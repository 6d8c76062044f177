"""`make run`: everything on one machine, with one command and one Ctrl-C.

Starts the embedded servers where no URL is configured, brings the database up to date, loads the sample data once, and
then runs web, worker, beat and (where no model key is set) the simulated model side by side until it is stopped. Where
`make livekit-server` has built one, LiveKit's server and the agents who talk run beside them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from config import livekit

DEMO_EMAIL = "recruiter@example.com"
DEMO_PASSWORD = "greenroom-demo"  # noqa: S105  printed at start; exists only in a debug run
CHILD_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    # Celery's warning about root: on one's own machine, in a container, that is how it is.
    "PYTHONWARNINGS": "ignore:You're running the worker",
}
# A busy or slow machine takes long to import everything; a process that ends is noticed at once.
MODEL_SECONDS = 60
SITE_SECONDS = 120
# As interviews.rooms.configuration has it; here nothing of Django's is loaded yet.
VOICE_NEEDS = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "SPEECH_BASE_URL")
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run until Ctrl-C or until one of the processes ends; return the exit code."""
    port = int(os.environ.get("PORT", "8000"))
    if _answers(port):
        sys.stderr.write(f"Port {port} is taken. Stop what listens there, or choose another: make run PORT=8001\n")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    simulated = "LLM_API_KEY" not in os.environ and not _in_env_file("LLM_API_KEY")
    if simulated:
        model_port = _free_port()
        os.environ |= {
            "LLM_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
            "LLM_API_KEY": "simulated",
            "LLM_SIMULATED": "true",
        }
        # The simulated model sets no limit of its own; this one keeps the machine usable.
        os.environ.setdefault("LLM_REQUESTS_PER_MINUTE", "12000")
        os.environ.setdefault("LLM_TOKENS_PER_MINUTE", "100000000")
        # Its dollars are play money: a trial with a large file shall not end at a cap.
        os.environ.setdefault("LLM_IMPORT_CAP_USD", "1000")
        os.environ.setdefault("LLM_DAILY_CAP_USD", "5000")
    os.environ.setdefault("GREENROOM_DEMO", "true")
    if not _in_env_file("SITE_URL"):
        # Where links in mails lead: here, whatever the port.
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    if os.environ["GREENROOM_DEMO"].lower() in ("true", "1", "on", "yes") and not _in_env_file("EMAIL_BACKEND"):
        # Mails stay on this machine; pages that say "look into your mailbox" lead to them.
        os.environ.setdefault("EMAIL_BACKEND", "config.demo_mail.Mailbox")
    if simulated and not _in_env_file("HUMAN_CONTACT"):
        # Whom the sample candidates can turn to; beside a real model nobody is made up.
        os.environ.setdefault("HUMAN_CONTACT", DEMO_EMAIL)

    import django
    from django.conf import settings

    # This process alone holds the embedded servers: the children get their addresses and leave them alone.
    django.setup()
    os.environ |= {"DATABASE_URL": settings.DATABASE_URL, "REDIS_URL": settings.REDIS_URL}
    model = _start_model(model_port) if simulated else None
    rooms = _start_livekit(port, settings.DATA_DIR) if not settings.LIVEKIT_URL else None
    if simulated and not settings.SPEECH_BASE_URL and shutil.which("espeak-ng"):
        # The simulated model speaks and hears too.
        os.environ |= {"SPEECH_BASE_URL": os.environ["LLM_BASE_URL"], "SPEECH_API_KEY": "simulated"}
    missing = [name for name in VOICE_NEEDS if not (os.environ.get(name) or getattr(settings, name))]
    try:
        _prepare(demo=settings.DEBUG and settings.DEMO)
        return _run_processes(
            port=port, data_directory=settings.DATA_DIR, debug=settings.DEBUG, simulated=simulated, missing=missing
        )
    finally:
        for stop in (rooms and rooms.stop, model and (lambda: _stop(model))):
            if stop:
                stop()


def _prepare(*, demo: bool) -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    if demo:
        call_command("load_demo", email=DEMO_EMAIL, password=DEMO_PASSWORD)
    connections.close_all()


def _run_processes(*, port: int, data_directory: Path, debug: bool, simulated: bool, missing: list[str]) -> int:
    from honcho.manager import Manager

    python = sys.executable
    beat_file = data_directory / "celerybeat-schedule"
    manager = Manager()
    commands = {
        "web": f"{python} -m granian --interface asginl --host 127.0.0.1 --port {port} --log-level warning "
        "config.asgi:application",
        # One for a drain, one for a file, one for what people wait for, and one that is always free for the sweeps.
        "worker": f"{python} -m celery --quiet -A config worker --loglevel warning --concurrency 4",
        "beat": f"{python} -m celery --quiet -A config beat --loglevel warning --schedule {beat_file}",
    }
    if not missing:
        commands["agents"] = f"{python} manage.py agent_worker"
    for name, command in commands.items():
        manager.add_process(name, command, cwd=str(ROOT), env={**os.environ, **CHILD_ENVIRONMENT})
    parent = os.getpid()
    if os.fork() == 0:  # tell the address only once the site answers
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _announce(port, parent=parent, debug=debug, simulated=simulated, missing=missing)
        os._exit(0)
    signal.signal(signal.SIGHUP, lambda *_: manager.terminate())
    manager.loop()
    return int(manager.returncode or 0)


def _announce(port: int, *, parent: int, debug: bool, simulated: bool, missing: Sequence[str]) -> None:
    address = f"http://127.0.0.1:{port}"
    answered = _within(SITE_SECONDS, lambda: os.getppid() != parent or _is_healthy(f"{address}/health"))
    if os.getppid() != parent:  # it has ended, and said why
        return
    if not answered:
        sys.stderr.write(
            f"\nThe site does not answer on {address} after {SITE_SECONDS} s. The lines above may say why.\n"
        )
        return
    lines = [f"Greenroom runs on {address}/admin/"]
    if debug:
        lines.append(f"Sign in as {DEMO_EMAIL} with the password {DEMO_PASSWORD}")
    if simulated:
        lines.append("No model key is set: a simulated model answers. Set LLM_API_KEY in .env for a real one.")
    lines.append(_about_voice(missing))
    lines.append("Ctrl-C ends everything.")
    width = max(map(len, lines))
    sys.stdout.write("\n".join(["", "─" * width, *lines, "─" * width, ""]) + "\n")
    sys.stdout.flush()


def _about_voice(missing: Sequence[str]) -> str:
    if not missing:
        return "Interviews can be held by voice; the agents are ready in about fifteen seconds."
    if "LIVEKIT_URL" in missing:
        return "Interviews are held in text. `make livekit-server` (once, needs Go) switches voice on: docs/VOICE.md"
    if "SPEECH_BASE_URL" in missing and os.environ.get("LLM_SIMULATED") == "true":
        return "Interviews are held in text: voice needs SPEECH_BASE_URL, or espeak-ng on this machine: docs/VOICE.md"
    return f"Interviews are held in text. Voice needs {', '.join(missing)}: docs/VOICE.md"


def _start_livekit(port: int, data_directory: Path) -> livekit.Running | None:
    program = livekit.binary(data_directory)
    if program is None:
        return None
    key, secret = livekit.keys(data_directory)
    try:
        running = livekit.start(
            program,
            ports=livekit.ports(port),
            key=key,
            secret=secret,
            webhook_url=f"http://127.0.0.1:{port}/live/livekit/webhook",
            log=data_directory / "livekit.log",
        )
    except (RuntimeError, OSError) as error:
        sys.stderr.write(f"{error}\nGoing on without voice.\n")
        return None
    os.environ |= running.settings()
    return running


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=10)


def _start_model(port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "simulate_model", "--port", str(port)],
        cwd=ROOT,
        start_new_session=True,  # Ctrl-C goes to us first; we end it after the worker
    )
    if _within(MODEL_SECONDS, lambda: _answers(port) or process.poll() is not None) and process.poll() is None:
        return process
    process.kill()
    raise SystemExit("The simulated model did not start.")


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether `holds` becomes true in so many seconds; asks ten times a second."""
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own loopback address
            return True
    except OSError:  # no connection, no answer in time, or an error for an answer
        return False


def _in_env_file(name: str) -> bool:
    file = ROOT / ".env"
    return file.exists() and any(
        line.startswith(f"{name}=") and line.strip() != f"{name}=" for line in file.read_text().splitlines()
    )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
