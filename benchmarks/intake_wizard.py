"""Two hundred candidates in the intake wizard at once, against a static file of the same server in the same run.

    python -m benchmarks.intake_wizard [--candidates 200] [--pause 6] [--resumes 0.25] [--wsgi]

One server as `make run` starts it: a granian ASGI process (--wsgi: two processes with threads, as in the Procfile).
Postgres, Redis, a Celery worker that reads the resumes, and the callers are on the same cores. Each candidate goes the
whole way with a connection of their own, as a phone does: link, exchange, consent, resume (a share of them upload one
and wait until it was read, twenty seconds at most), what we know, gaps, review, done. Two scenes:

- steady: everybody thinks --pause seconds before each step (drawn between half and one and a half of it), much sooner
  than anybody reads. That is what "two hundred at once" is in life.
- rush: nobody thinks. All two hundred ask for something all the time; what is measured then is how full the cores are.

By turns with each step every candidate fetches a static file (a stylesheet of the page), so that both meet the same
server at the same moments. Page ÷ static, at the median and the 95th percentile, is what counts; and that no answer was
an error, nobody got another one's page, and what everybody typed stands in their own profile at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PORT = int(os.environ.get("BENCH_PORT", "8704"))
STATIC = "/static/built/intake.css"
# A phone would have given up by then.
MOST_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
STEPS = (
    *("link", "exchange", "welcome", "consent", "agree", "resume", "upload", "skip", "profile", "save profile"),
    *("gaps", "save gaps", "review", "hand in", "done"),
)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=200, help="at the same time (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=6.0, help="seconds before each step (default: %(default)s)")
    parser.add_argument("--resumes", type=float, default=0.25, help="share who upload one (default: %(default)s)")
    parser.add_argument("--scene", choices=["steady", "rush"], action="append", help="only this one")
    parser.add_argument("--wsgi", action="store_true", help="served by WSGI, two processes, as in the Procfile")
    return parser.parse_args()


class Failed(Exception):
    """An answer that is no good."""


class Meanwhile(Exception):
    """The form comes back, since something of it was written in the meantime."""

    def __init__(self, page: str) -> None:
        super().__init__("409")
        self.page = page


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Candidate:
    """One person with a link, and how long each of their steps took, in seconds."""

    number: int
    path: str
    token: str
    has_resume: bool
    cookie: str = ""
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    static: list[float] = field(default_factory=list)
    # Without their resume: it is read meanwhile, and may tell what they would have been asked for.
    went_on: bool = False
    wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def place(self) -> str:
        """What they type; nobody else types it."""
        return f"Ghent number {self.number}"

    @property
    def mill(self) -> str:
        return f"Mill number {self.number}"

    async def send(self, verb: str, path: str, content: bytes = b"", kind: str = "") -> Answer:
        """One request over the connection that is kept open; opened anew where the server has closed it."""
        head = f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAccept-Language: en\r\n"
        head += f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        head += f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n" if content else ""
        for attempt in (1, 2):
            if self.wire is None:
                self.wire = await asyncio.open_connection("127.0.0.1", PORT, limit=2**20)
            reader, writer = self.wire
            try:
                writer.write(head.encode() + b"\r\n" + content)
                async with asyncio.timeout(MOST_SECONDS):
                    return await self.read(reader)
            except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as error:
                self.wire = None
                writer.close()
                if attempt == 2 or verb == "POST" or isinstance(error, TimeoutError):
                    raise Failed(f"{verb} {path.partition('?')[0]}: {type(error).__name__}") from error
        raise AssertionError

    async def read(self, reader: asyncio.StreamReader) -> Answer:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = b""
        if "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            while size := int((await reader.readline()).strip(), 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        return Answer(int(first.split(" ")[1]), headers, body.decode())

    async def step(
        self, name: str, verb: str, path: str, content: bytes = b"", kind: str = "", *, onward: str | None = None
    ) -> Answer:
        """Take a step and note how long it took; `onward` is where it must lead, None for a page."""
        began = time.perf_counter()
        answer = await self.send(verb, path, content, kind)
        self.taken[name].append(time.perf_counter() - began)
        if answer.status == 409 and self.went_on:
            raise Meanwhile(answer.body)
        right = (200, "") if onward is None else (303, f"{self.path}{onward}")
        if (answer.status, answer.headers.get("location", "")) != right:
            raise Failed(f"{name}: {answer.status} {answer.headers.get('location', '')} {answer.body[:200]!r}")
        return answer

    async def fetch_static(self) -> None:
        began = time.perf_counter()
        answer = await self.send("GET", STATIC)
        self.static.append(time.perf_counter() - began)
        if answer.status != 200:
            raise Failed(f"static file: {answer.status}")

    async def walk(self, *, pause: float, wait: float) -> None:
        """The whole way, once."""
        lot = random.Random(self.number)
        await asyncio.sleep(wait)

        async def think() -> None:
            if pause:
                await asyncio.sleep(pause * lot.uniform(0.5, 1.5))
            # Beside each step, now before it and now after the last one.
            await self.fetch_static()

        await self.step("link", "GET", f"{self.path}?{urlencode({'token': self.token})}")
        await think()
        answer = await self.step("exchange", *self.form("", {"token": self.token}), onward="")
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        await self.step("welcome", "GET", self.path)
        await think()
        await self.step("consent", "GET", f"{self.path}/consent")
        await think()
        from intake import consent

        await self.step("agree", *self.form("/consent", {"agree": consent.VERSION}), onward="/resume")
        await self.step("resume", "GET", f"{self.path}/resume")
        await think()
        if self.has_resume:
            await self.upload()
        await self.step("skip", *self.form("/resume", {"skip": "1"}), onward="/profile")
        await self.fill("profile", "save profile", "/gaps", think)
        await think()
        await self.fill("gaps", "save gaps", "/review", think)
        await think()
        await self.fill("review", "hand in", "/done", think)
        await think()
        done = await self.step("done", "GET", f"{self.path}/done")
        if "everything has arrived" not in done.body:
            raise Failed("done: another page")
        if self.wire is not None:
            self.wire[1].close()

    async def upload(self) -> None:
        """Upload a resume, and look again every two seconds, as the page does, until it was read."""
        from tests.intake.rounds import RESUME

        edge = "edge-of-a-part"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="resume"; filename="cv.txt"\r\n\r\n'
        whole = f"{head}{RESUME}\nNumber {self.number}\r\n--{edge}--\r\n".encode()
        path = f"{self.path}/resume"
        await self.step("upload", "POST", path, whole, f"multipart/form-data; boundary={edge}", onward="/resume")
        began = time.perf_counter()
        while "refresh" in (await self.step("resume", "GET", path)).headers:
            if time.perf_counter() - began > PATIENCE_SECONDS:
                self.went_on = True  # the page lets them go on without waiting
                return
            await asyncio.sleep(2)
        self.taken["(resume read)"].append(time.perf_counter() - began)

    async def fill(self, page: str, save: str, onward: str, think: Callable[[], Awaitable[None]]) -> None:
        """Get a form, think, and send it as it stands with one's own words typed in where it asks for them."""
        from tests.intake.coming import fields_in

        shown = await self.step(page, "GET", f"{self.path}/{page}")
        form = fields_in(shown.body)
        if page == "review":
            if not self.went_on and (self.place not in shown.body or self.mill not in shown.body):
                raise Failed("review: what was typed is not there")
            form["send"] = "1"
        else:
            # With a resume the place is known and corrected on the first page; without one it is asked for.
            for name, text in (("location", self.place), ("current_company", self.mill)):
                if f"was_field_{name}" in form:
                    form[f"field_{name}"] = text
        await think()
        for _ in range(3):
            try:
                await self.step(save, *self.form(f"/{page}", form), onward=onward)
                return
            except Meanwhile as news:
                # What a resume told in the meantime is shown first, and then sent along.
                form = fields_in(news.page) | ({"send": "1"} if page == "review" else {})
        raise Failed(f"{save}: asked again and again")

    def form(self, part: str, data: dict[str, str]) -> tuple[str, str, bytes, str]:
        return "POST", f"{self.path}{part}", urlencode(data).encode(), "application/x-www-form-urlencoded"


def make_candidates(number: int, *, resumes: float) -> list[Candidate]:
    """People of whom something is known and much is not, each with a link."""
    from urllib.parse import parse_qs

    from intake import inviting
    from tests.intake import rounds

    job = rounds.job()
    made = []
    for one in range(number):
        email = f"ada.{time.monotonic_ns()}@example.com"
        who = rounds.candidate(name=f"Ada Example {one}", email=email, job=job, current_company="Old Mill")
        url = urlsplit(inviting.invite(candidate=who, actor=None, site=f"http://127.0.0.1:{PORT}").intake_url)
        has_resume = one < resumes * number
        made.append(Candidate(one, url.path, parse_qs(url.query)["token"][0], has_resume))
    return made


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def cpu_of(pids: list[int]) -> float:
    import psutil

    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


async def run(people: list[Candidate], *, pause: float) -> list[str]:
    """All of them at once; returns what went wrong."""
    waits = [pause * 2 * number / len(people) for number in range(len(people))]
    found = await asyncio.gather(
        *(one.walk(pause=pause, wait=wait) for one, wait in zip(people, waits, strict=True)), return_exceptions=True
    )
    return [f"{type(error).__name__}: {error}" for error in found if error is not None]


def report(scene: str, people: list[Candidate], *, took: float, cpu: float, failed: list[str]) -> None:
    """The figures of a scene, by step."""
    taken: dict[str, list[float]] = defaultdict(list)
    for one in people:
        for name, seconds in one.taken.items():
            taken[name] += seconds
    static = [seconds for one in people for seconds in one.static]
    waited = taken.pop("(resume read)", [])
    pages = sum(map(len, taken.values()))
    if not static or not pages:
        print(f"{scene}: nothing was measured")
        return
    print(
        f"{scene}: {len(people)} candidates, {pages} pages and {len(static)} static files in {took:.0f} s, "
        f"{pages / took:.1f} pages a second; {1000 * cpu / pages:.1f} ms of the server's processor time a page with "
        f"its static file; load {os.getloadavg()[0]:.1f}"
    )
    plain = percentile(static, 0.5), percentile(static, 0.95)
    print(f"{'ms':14} {'median':>8} {'p95':>8} {'÷ static':>10} {'at p95':>8}")
    print(f"{'static file':14} {1000 * plain[0]:8.1f} {1000 * plain[1]:8.1f}")
    whole = [seconds for values in taken.values() for seconds in values]
    for name, values in [*((name, taken[name]) for name in STEPS if taken.get(name)), ("all pages", whole)]:
        middle, high = percentile(values, 0.5), percentile(values, 0.95)
        ratios = middle / plain[0], high / plain[1]
        print(f"{name:14} {1000 * middle:8.1f} {1000 * high:8.1f} {ratios[0]:10.2f} {ratios[1]:8.2f}")
    if uploads := len(taken.get("upload", [])):
        print(
            f"{len(waited)} of {uploads} resumes were read while their people waited"
            + (f", after {statistics.median(waited):.1f} s (median)" if waited else "")
            + f"; the others went on after {PATIENCE_SECONDS:g} s"
        )
    print(f"errors: {len(failed)}")
    for problem in failed[:5]:
        print(f"  {problem}")


def lost(people: list[Candidate]) -> list[str]:
    """Whose own words do not stand in their own profile."""
    from candidates.models import Candidate as Row
    from intake.models import Intake

    rows = Row.objects.in_bulk([one.path.rsplit("/", 1)[1] for one in people])
    found = {str(pk): (row.location, row.current_company) for pk, row in rows.items()}
    wrong = [
        f"candidate {one.number}: {found.get(one.path.rsplit('/', 1)[1])}"
        for one in people
        if not one.went_on and found.get(one.path.rsplit("/", 1)[1]) != (one.place, one.mill)
    ]
    completed = Intake.objects.filter(candidate__in=rows, state="completed").count()
    return [*wrong, *([f"{completed} of {len(people)} completed"] if completed != len(people) else [])]


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_API_KEY": "",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from benchmarks.model_fan_out import database
    from tests import processes

    wrong: list[str] = []
    scenes = {"steady": arguments.pause, "rush": 0.0}
    print(f"served by {'WSGI, 2 processes' if arguments.wsgi else 'ASGI, 1 process, as make run does'}")
    with database(), ExitStack() as stack:
        server = stack.enter_context(processes.web_process(port=PORT, wsgi=arguments.wsgi))[1]
        stack.enter_context(processes.worker(children=4))
        pids = [server.pid, *server.children()]
        for scene in arguments.scene or scenes:
            people = make_candidates(arguments.candidates, resumes=arguments.resumes)
            cpu, began = cpu_of(pids), time.perf_counter()
            failed = asyncio.run(run(people, pause=scenes[scene]))
            took = time.perf_counter() - began
            failed += lost(people)
            report(scene, people, took=took, cpu=cpu_of(pids) - cpu, failed=failed)
            wrong += failed
    print("reached" if not wrong else "below target")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
