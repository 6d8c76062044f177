"""From the start click to the agent in the room, beside what LiveKit itself takes for a room and an empty agent.

    python -m benchmarks.interview_start [--starts 40]

Everything as in production: a LiveKit server, granian, `manage.py agent_worker` with one process of each kind kept
warm, Postgres, the simulated model. A start is `POST /api/interviews/start` over HTTP with an API key, by turns as
interviewer and as candidate; each interview is ended again, and the next start waits until a process is warm.

- whole: from sending the request until LiveKit shows the agent in the room.
- click: until the answer with room and token is there.
- livekit: the same without us: CreateRoom and CreateDispatch by LiveKit's own client, and a worker of livekit-agents
  whose entrypoint does nothing but connect. By turns with ours, so that both meet the same machine.
- ours: whole - livekit, at the median and at the 99th percentile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MOST_WHOLE_MS, MOST_OURS_MS = 1_000.0, 150.0
PORT = int(os.environ.get("BENCH_PORT", "8306"))
BARE = "bare"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=40, help="of each kind (default: %(default)s)")
    parser.add_argument("--times", action="store_true", help="print each start")
    parser.add_argument("--bare-worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


# --- LiveKit alone ---------------------------------------------------------------------------------------------------
async def only_connect(job: Any) -> None:
    """What every agent does first, and nothing else."""
    await job.connect()


def bare_worker() -> None:
    """Serve empty agents, until killed."""
    from livekit.agents import AgentServer

    server = AgentServer(num_idle_processes=1, load_fnc=lambda: 0.0, load_threshold=1.0, host="127.0.0.1", port=0)
    server.rtc_session(only_connect, agent_name=BARE)

    async def run() -> None:
        server.on("worker_registered", lambda *_: print("ready:", flush=True))
        await server.run()

    asyncio.run(run())


def bare_start(number: int) -> tuple[float, float, str]:
    """(seconds until the room and its dispatch stand, until the agent is there, the room's name)."""
    from interviews.rooms import server

    name = f"bare-{number}-{time.monotonic_ns()}"
    began = time.perf_counter()
    server.open_room(name, metadata={}, empty_seconds=60, departure_seconds=60)
    server.dispatch(name, agent_name=BARE, metadata={})
    answered = time.perf_counter() - began
    wait_for_agent(name)
    return answered, time.perf_counter() - began, name


# --- ours ------------------------------------------------------------------------------------------------------------
def ask(path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return dict(json.load(response))


def our_start(number: int, key: str, candidate_id: str) -> tuple[float, float, str]:
    """(seconds until the answer, until the agent is there, the interview's id)."""
    role = ("interviewer", "candidate")[number % 2]
    began = time.perf_counter()
    made = ask("/api/interviews/start", {"candidate_id": candidate_id, "role": role, "medium": "voice"}, key)
    answered = time.perf_counter() - began
    wait_for_agent(made["room_name"])
    return answered, time.perf_counter() - began, made["interview_id"]


def wait_for_agent(name: str, *, seconds: float = 20.0) -> None:
    """Until LiveKit shows an agent in this room; asked every ten milliseconds."""
    from interviews.rooms import server

    deadline = time.monotonic() + seconds
    while not any(session.is_agent for session in server.sessions(name)):
        if time.monotonic() > deadline:
            raise SystemExit(f"no agent came within {seconds:g} s")
        time.sleep(0.01)


def wait_until_warm(pids: list[int], *, seconds: float = 60.0) -> None:
    """Until the workers' processes have been idle for a second: the next warm process is ready then."""
    import psutil

    def used() -> float:
        total = 0.0
        for pid in pids:
            for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                try:
                    total += sum(process.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    continue
        return total

    deadline, quiet, before = time.monotonic() + seconds, 0, used()
    while quiet < 4 and time.monotonic() < deadline:
        time.sleep(0.25)
        now = used()
        quiet = quiet + 1 if now - before < 0.03 else 0
        before = now


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def start_process(*command: str, log: Path, is_ready: Callable[[str], bool]) -> subprocess.Popen[bytes]:
    with log.open("wb") as writing:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "LOG_LEVEL": "INFO"},
            stdout=writing,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while not is_ready(log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit(f"{' '.join(command)} did not start; see {log}")
        time.sleep(0.1)
    return process


def measure(arguments: argparse.Namespace, pids: list[int]) -> dict[str, list[float]]:
    """The starts, by turns; each list in ms."""
    from accounts.models import ApiKey, User
    from interviews.rooms import server
    from tests.candidates.recruiting import candidate

    recruiter = User.objects.create_user("rhea@example.com", is_staff=True, name="Rhea")
    key = ApiKey.make(user=recruiter, name="benchmark")[1]
    one = str(candidate(70).pk)
    found: dict[str, list[float]] = {"click": [], "whole": [], "livekit": [], "calls": []}
    for number in range(-2, arguments.starts):  # the first of each kind load what a process loads once
        wait_until_warm(pids)
        click, whole, interview_id = our_start(number, key, one)
        ask(f"/api/interviews/{interview_id}/end", {}, key)
        wait_until_warm(pids)
        calls, bare, name = bare_start(number)
        server.close_room(name)
        if number >= 0:
            for what, seconds in (("click", click), ("whole", whole), ("livekit", bare), ("calls", calls)):
                found[what].append(1000 * seconds)
            if arguments.times:
                print(f"{1000 * click:8.0f} {1000 * whole:8.0f} {1000 * bare:8.0f}", flush=True)
    return found


def report(found: dict[str, list[float]]) -> bool:
    """Print the figures; whether the targets are reached."""
    print(f"{len(found['whole'])} starts each, load {os.getloadavg()[0]:.1f}; ms")
    print("               median      p99")
    for what in ("whole", "click", "livekit", "calls"):
        print(f"{what:12} {percentile(found[what], 0.5):8.0f} {percentile(found[what], 0.99):8.0f}")
    ours = [percentile(found["whole"], share) - percentile(found["livekit"], share) for share in (0.5, 0.99)]
    print(
        f"{'ours':12} {ours[0]:8.0f} {ours[1]:8.0f}   (whole at most {MOST_WHOLE_MS:g}, ours at most {MOST_OURS_MS:g})"
    )
    return percentile(found["whole"], 0.99) <= MOST_WHOLE_MS and max(ours) <= MOST_OURS_MS


def main() -> int:
    arguments = parse_arguments()
    if arguments.bare_worker:
        bare_worker()
        return 0
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_API_KEY": "simulated",
        "LLM_SIMULATED": "true",
        "LLM_REQUESTS_PER_MINUTE": "1000000",
        "API_REQUESTS_PER_MINUTE": "1000000",
        "API_MODEL_REQUESTS_PER_MINUTE": "1000000",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.conf import settings

    from benchmarks.model_fan_out import database
    from config import livekit
    from tests import processes
    from tests.simulator import Simulator

    data_directory = Path(settings.DATA_DIR)
    program = livekit.binary(data_directory)
    if program is None:
        print("skipped: there is no LiveKit server; `make livekit-server` builds one")
        return 0
    logs = data_directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    key, secret = livekit.keys(data_directory)
    running = livekit.start(
        program,
        ports=livekit.ports(PORT),
        key=key,
        secret=secret,
        webhook_url=f"http://127.0.0.1:{PORT}/live/livekit/webhook",
        log=logs / "livekit-bench.log",
    )
    simulator = Simulator()
    workers: list[subprocess.Popen[bytes]] = []
    try:
        for name, value in {
            **running.settings(),
            "LIVEKIT_PUBLIC_URL": running.url,
            "LLM_BASE_URL": simulator.base_url,
            "SPEECH_BASE_URL": simulator.base_url,
            "SPEECH_API_KEY": "simulated",
        }.items():
            setattr(settings, name, value)
            os.environ[name] = value
        with database(), processes.web(port=PORT):
            os.environ["DATABASE_URL"] = processes.database_url()
            os.environ["REDIS_URL"] = settings.REDIS_URL
            bare = ("-m", "benchmarks.interview_start", "--bare-worker")
            ours = ("manage.py", "agent_worker", "--rooms", "8", "--warm", "1")
            for number, command in enumerate((bare, ours)):
                log = logs / f"start-worker-{number}.log"
                workers.append(start_process(*command, log=log, is_ready=lambda text: "ready:" in text))
            reached = report(measure(arguments, [worker.pid for worker in workers]))
            for worker in workers:
                worker.terminate()
                worker.wait(timeout=30)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
        simulator.stop()
        running.stop()
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
