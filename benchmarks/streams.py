"""A thousand open event streams in one web process: memory of each, database connections held, and how soon all hear.

    python -m benchmarks.streams [--streams 1000] [--rooms 1] [--rounds 20]

One granian ASGI process as in production; the readers are plain sockets in this process. All streams are of one room
unless --rooms says else: the widest fan-out there is.

- memory: growth of the server's private memory (USS) from ten open streams to all of them ÷ streams, in KiB, after
  everything has been idle for a moment. The first ten warm up what a process loads once.
- idle: sessions of the server at Postgres while nothing happens, but for the one that listens. What the pool keeps for
  whoever comes next is given back within a minute or two; the benchmark waits for that.
- reach: from before the event's transaction begins to the last reader having it in hand, in ms; the worst round counts.
"""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MOST_KIB, MOST_IDLE, MOST_REACH_MS = 60.0, 0, 250.0
PORT = int(os.environ.get("BENCH_PORT", "8304"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1_000, help="open at the same time (default: %(default)s)")
    parser.add_argument("--rooms", type=int, default=1, help="that they are of (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="events that all must hear (default: %(default)s)")
    parser.add_argument("--wait", type=float, default=90.0, help="most seconds for the pool to shrink")
    return parser.parse_args()


class Readers:
    """Sockets that each hold a stream open. One selector reads them all."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []
        self.heard: dict[socket.socket, bytes] = {}

    def open(self, name: str, token: str) -> None:
        """Open one stream and wait until its replay has begun."""
        sock = socket.create_connection(("127.0.0.1", PORT))
        sock.sendall(
            f"GET /live/rooms/{name}/events HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {token}\r\n"
            "Accept: text/event-stream\r\nUser-Agent: benchmark\r\n\r\n".encode()
        )
        head = b""
        while b"retry: 2000" not in head:
            piece = sock.recv(4096)
            if not piece:
                raise SystemExit(f"a stream was refused: {head[:300]!r}")
            head += piece
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ)
        self.sockets.append(sock)
        self.heard[sock] = b""

    def until_all(self, marks: dict[socket.socket, bytes], *, seconds: float) -> list[float]:
        """When each reader had its mark in hand; raises where one does not in time."""
        waiting, times = dict(marks), []
        deadline = time.monotonic() + seconds
        while waiting:
            if time.monotonic() > deadline:
                raise SystemExit(f"{len(waiting)} readers did not hear it within {seconds:g} s")
            for key, _ in self.selector.select(timeout=0.2):
                sock: Any = key.fileobj
                self.heard[sock] = (self.heard[sock] + sock.recv(65_536))[-4_096:]
                if sock in waiting and waiting[sock] in self.heard[sock]:
                    del waiting[sock]
                    times.append(time.monotonic())
        return times

    def drain(self, seconds: float) -> None:
        """Read heartbeats for a while."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            for key, _ in self.selector.select(timeout=min(0.2, left)):
                key.fileobj.recv(65_536)  # type: ignore[union-attr]

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()


def private_kib(pids: list[int]) -> float:
    """Memory that these processes alone hold."""
    import psutil

    return sum(psutil.Process(pid).memory_full_info().uss for pid in pids) / 1024


def connections_of_server(ours: set[int]) -> tuple[int, int]:
    """(sessions at Postgres that listen, others) that are not this process's own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query LIKE 'LISTEN%%' OR query = 'SELECT 1', count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> ALL(%s) AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND application_name NOT LIKE 'benchmark%%' GROUP BY 1",
            [list(ours)],
        )
        found = dict(cursor.fetchall())
    return found.get(True, 0), found.get(False, 0)


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536) if most > 0 else 65_536, most))
    import django
    import psutil

    django.setup()
    from django.db import connection

    from benchmarks.model_fan_out import database
    from interviews import room_events, rooms
    from interviews.states import Medium, ParticipantType
    from tests import processes

    with database():
        made = [
            rooms.make(interviewer_name="Rhea", made_by=None, medium=Medium.TEXT)
            for _ in range(max(1, arguments.rooms))
        ]
        tokens = [rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE).token for room in made]
        readers = Readers()
        with processes.web_process(port=PORT) as (_, process):
            pids = [process.pid, *process.children()]
            try:
                for number in range(10):
                    readers.open(made[number % len(made)].name, tokens[number % len(made)])
                readers.drain(3)
                before = private_kib(pids)
                began = time.monotonic()
                for number in range(10, arguments.streams):
                    readers.open(made[number % len(made)].name, tokens[number % len(made)])
                opened = (arguments.streams - 10) / (time.monotonic() - began)
                readers.drain(3)
                each = (private_kib(pids) - before) / (arguments.streams - 10)

                reaches = []
                cpu = sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)
                for round_ in range(arguments.rounds):
                    mark = f"round-{round_}-{time.monotonic_ns()}"
                    started = time.monotonic()
                    for room in made:
                        room_events.append(room.pk, "note", {"mark": mark})
                    marks = dict.fromkeys(readers.sockets, mark.encode())
                    reaches.append(1000 * (max(readers.until_all(marks, seconds=10)) - started))
                    readers.drain(0.2)
                cpu = sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids) - cpu
                after = (private_kib(pids) - before) / (arguments.streams - 10)

                ours = {connection.connection.info.backend_pid} if connection.connection else set()
                waited, (listening, idle) = 0.0, connections_of_server(ours)
                while idle and waited < arguments.wait:
                    readers.drain(5)
                    waited += 5
                    listening, idle = connections_of_server(ours)
            finally:
                readers.close()
    load = os.getloadavg()[0]
    print(f"{arguments.streams} streams of {len(made)} room(s), opened {opened:.0f} a second; load {load:.1f}")
    each_ms = 1000 * cpu / arguments.rounds
    print(f"processor  {each_ms:8.1f} ms of the server's for one event that all hear")
    print(f"memory     {each:8.1f} KiB each at rest, {after:.1f} after the events     (at most {MOST_KIB:g})")
    print(
        f"idle       {idle:8d} connections besides {listening} that listens, after {waited:.0f} s (at most {MOST_IDLE})"
    )
    print(
        f"reach      {max(reaches):8.1f} ms worst, {statistics.median(reaches):.1f} median of {len(reaches)} rounds "
        f"(at most {MOST_REACH_MS:g})"
    )
    reached = max(each, after) <= MOST_KIB and idle <= MOST_IDLE and max(reaches) <= MOST_REACH_MS
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
