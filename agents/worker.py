"""The worker: waits at LiveKit for rooms that want an agent, and holds each conversation in a process of its own.

LiveKit knows workers by one name each, and there are four kinds of people here, so one worker process registers for
each: as AI candidate, as AI interviewer, as intake agent and as coach. They share the count of rooms, the signs of life
and the end.

What kills a conversation's process kills no other one. The room gets a new agent: at once from this worker where it
saw the process die, else within seconds from the sweep (interviews.rooms), from whichever worker lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Coroutine
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from livekit.agents import NOT_GIVEN, AgentServer, JobRequest

from agents import signs
from agents.job import hold, prewarm
from agents.sitting import room_of
from candidates import rows
from coaching import talking as practice
from intake import talking
from interviews import interviewing, room_events, rooms
from interviews.models import Interview, Room
from interviews.states import AgentType, EndReason

logger = logging.getLogger(__name__)

# The identity of the agent in every room. A new one takes the place of the old one by it: LiveKit lets an identity in
# once, so a room never has two agents, and a dead one's empty chair is gone the moment its successor sits down.
IDENTITY = "agent"
LOOK_EVERY_SECONDS = 0.2
TELL_EVERY_SECONDS = 1.0
# Signs older than this are not passed on.
SIGN_SECONDS = 1.6
# A conversation whose process dies so often in so many seconds can't be held.
MOST_DEATHS = 4
DEATHS_WITHIN_SECONDS = 120.0
# Under these names agents are asked for, and so they are called in their rooms.
LABELS: dict[str, str] = {
    **{kind.value: kind.label for kind in AgentType},
    talking.AGENT_NAME: talking.AGENT_LABEL,
    practice.AGENT_NAME: practice.AGENT_LABEL,
}
ROOT = Path(__file__).resolve().parent.parent


class Worker:
    """The servers and what they share. `most_rooms` at a time, `warm` processes of each kind kept ready."""

    def __init__(self, *, most_rooms: int, warm: int, place: Path) -> None:
        self.most_rooms = most_rooms
        self.place = place
        self.servers = {name: self._server(name, warm=warm) for name in LABELS}
        self._registered: set[str] = set()
        self._ready = asyncio.Event()
        self._jobs: dict[str, UUID] = {}
        self._deaths: defaultdict[UUID, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_DEATHS))
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event, *, drain_seconds: float) -> None:
        """Work until `stop`; then wait up to `drain_seconds` for conversations to end by themselves, and hand over.

        Raises what a server died of.
        """
        servers = [asyncio.create_task(server.run(), name=f"server {name}") for name, server in self.servers.items()]
        watchers = [asyncio.create_task(self._watch()), asyncio.create_task(self._tell())]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopped, *servers, *watchers], return_when=asyncio.FIRST_COMPLETED)
            if drain_seconds > 0 and stop.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.gather(*(server.drain(round(drain_seconds)) for server in self.servers.values()))
            for task in (*servers, *watchers):
                if task.done():
                    task.result()
        finally:
            watchers[0].cancel()
            stopped.cancel()
            # Each process hears of it, stores what is said, takes its sign back and leaves the room.
            await asyncio.gather(*(server.aclose() for server in self.servers.values()), return_exceptions=True)
            for task in (watchers[1], *servers, *self._tasks):
                task.cancel()
            await asyncio.gather(stopped, *watchers, *servers, *self._tasks, return_exceptions=True)

    def _server(self, name: str, *, warm: int) -> AgentServer:
        address = urlsplit(settings.LIVEKIT_URL)
        nearby = address.hostname in ("127.0.0.1", "localhost", "::1")
        server = AgentServer(
            ws_url=settings.LIVEKIT_URL,
            api_key=settings.LIVEKIT_API_KEY,
            api_secret=settings.LIVEKIT_API_SECRET,
            setup_fnc=prewarm,
            preload_modules=["agents.warm", "agents.job"],
            num_idle_processes=warm,
            # A busy machine starts processes slowly; that is no reason to kill them.
            initialize_process_timeout=90.0,
            shutdown_process_timeout=10.0,
            # Rooms are what is limited, and counted. A share of the processor, as by default, would turn rooms away
            # because something else on this machine is busy.
            load_fnc=self._load,
            load_threshold=1.0,
            # A LiveKit that is away comes back; nobody is helped by a worker that has given up.
            max_retry=sys.maxsize,
            host="127.0.0.1",
            port=0,
            http_proxy=None if nearby else NOT_GIVEN,
        )
        server.rtc_session(hold, agent_name=name, on_request=_accept)
        server.on("worker_registered", lambda *_: self._on_registered(name))
        return server

    def _load(self) -> float:
        return len(self._active()) / self.most_rooms

    def _active(self) -> dict[str, UUID]:
        """Job ids and rooms of the conversations that are held right now."""
        found: dict[str, UUID] = {}
        for server in self.servers.values():
            with contextlib.suppress(AttributeError):  # one that has not begun to run
                for info in server.active_jobs:
                    if (room_id := room_of(info.job.metadata)) is not None:
                        found[info.job.id] = room_id
        return found

    def _on_registered(self, name: str) -> None:
        self._registered.add(name)
        if len(self._registered) == len(self.servers) and not self._ready.is_set():
            self._ready.set()
            names = ", ".join(self.servers)
            logger.info("ready: %s at %s, up to %d rooms", names, settings.LIVEKIT_URL, self.most_rooms)

    async def _tell(self) -> None:
        """Pass the signs of life on, once a second, in one statement for all rooms."""
        while True:
            began = time.monotonic()
            if found := signs.alive(self.place, within=SIGN_SECONDS):
                try:
                    await rows.ask(_mark_seen, found)
                except Exception as error:  # noqa: BLE001  Postgres may be away for a moment; the next second tells
                    logger.warning("the signs of life could not be written (%s)", type(error).__name__)
            await asyncio.sleep(max(0.1, TELL_EVERY_SECONDS - (time.monotonic() - began)))

    async def _watch(self) -> None:
        """See which conversations are gone, and whether they ended or died."""
        while True:
            active = self._active()
            for job_id in self._jobs.keys() - active.keys():
                room_id = self._jobs[job_id]
                if room_id not in active.values() and signs.has(self.place, room_id):
                    (self.place / str(room_id)).unlink(missing_ok=True)
                    self._start(self._replace(room_id))
            if active.keys() != self._jobs.keys():
                logger.info("holding %d of up to %d rooms", len(active), self.most_rooms)
            self._jobs = active
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _replace(self, room_id: UUID) -> None:
        deaths = self._deaths[room_id]
        deaths.append(time.monotonic())
        often = len(deaths) == MOST_DEATHS and deaths[-1] - deaths[0] < DEATHS_WITHIN_SECONDS
        logger.warning("the process that held room %s died; %s", room_id, "giving it up" if often else "replacing it")
        try:
            await rows.ask(_give_up if often else _ask_for_another, room_id)
        except Exception as error:  # noqa: BLE001  Postgres may be away for a moment; the sweep sees the room, too
            logger.warning("room %s is left to the sweep (%s)", room_id, type(error).__name__)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _accept(request: JobRequest) -> None:
    if room_of(request.job.metadata) is None:
        await request.reject()
        return
    await request.accept(identity=IDENTITY, name=LABELS[request.agent_name])


def _mark_seen(room_ids: list[UUID]) -> None:
    Room.objects.filter(pk__in=room_ids, ended_at=None).update(agent_seen_at=timezone.now())


def _ask_for_another(room_id: UUID) -> None:
    room = Room.objects.filter(pk=room_id, ended_at=None).first()
    if room is not None and not room.is_over:
        rooms.dispatch(room)


def _give_up(room_id: UUID) -> None:
    interview = Interview.objects.filter(room_id=room_id).first()
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        return
    room_events.append(room_id, "agent", {"state": "failed"})
    if interview is not None:
        interviewing.fail(interview, reason=EndReason.AGENT_FAILED)
    else:  # an intake, whose form is still there; or a practice, whose page is
        rooms.close(room, reason=EndReason.AGENT_FAILED)


def run(*, most_rooms: int, warm: int, drain_seconds: float) -> None:
    """Work until SIGTERM or SIGINT. Blocks; belongs into the main thread of a process of its own."""
    # What the job processes inherit: addresses instead of embedded servers of their own, and where modules are found
    # by a server process that does not know the directory this one was started in.
    os.environ |= {"DATABASE_URL": settings.DATABASE_URL, "REDIS_URL": settings.REDIS_URL}
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    for name in ("livekit", "livekit.agents"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="greenroom-agents-") as place:
        os.environ[signs.VARIABLE] = place
        asyncio.run(_run(Path(place), most_rooms=most_rooms, warm=warm, drain_seconds=drain_seconds))


async def _run(place: Path, *, most_rooms: int, warm: int, drain_seconds: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = Worker(most_rooms=most_rooms, warm=warm, place=place)
    await worker.run(stop, drain_seconds=drain_seconds)
    logger.info("stopped")
