"""Sockets whose other end stops reading, and sockets whose Redis goes away."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator

import psutil
import pytest
from pytest_django import DjangoDbBlocker

from candidates import chats
from candidates.chats import Chat
from candidates.resume_chat import Exchange
from candidates.sockets import CLOSED_SLOW
from config.socket_server import PARTING_SECONDS
from tests import processes
from tests.candidates.chatting import Client
from tests.processes import Process
from tests.simulator import Simulator

PORT = processes.free_port()
PATIENCE_SECONDS = 2
# What the server may grow by, in MiB. Without bounds it were some hundred.
MOST_GROWTH = 40
WORDS = "word " * 400
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker, simulator: Simulator) -> Iterator[Process]:
    with django_db_blocker.unblock():
        started = processes.web_process(port=PORT, sockets=True, RESUME_CHAT_SENDING_SECONDS=PATIENCE_SECONDS)
    with started as (base_url, process):
        with Client(base_url) as client:  # what a process keeps of its first question anyhow
            client.ask("Where did Robin study?")
        yield process


class Deaf:
    """A client that reads nothing after the handshake. All of its window is what its TCP has."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", PORT))
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self.socket.recv(64)

    def send(self, opcode: int, payload: bytes, *, times: int = 1) -> None:
        head = bytes([0x80 | opcode, 0x80 | min(len(payload), 126)])
        head += len(payload).to_bytes(2, "big") if len(payload) > 125 else b""
        self.socket.sendall((head + bytes(4) + payload) * times)

    def ask_for_much(self) -> None:
        """Ask three hundred times for a conversation of two hundred kilobytes."""
        chat = Chat(history=[Exchange(WORDS, WORDS, WORDS) for _ in range(50)])
        assert chats.keep(chat)
        resume = {"type": "resume", "session_id": str(chat.id), "secret": chat.secret}
        self.send(0x1, json.dumps(resume).encode(), times=300)

    def read_on(self) -> bytes:
        got = b""
        while piece := self.socket.recv(1 << 20):
            got += piece
        return got


def resident_mib(process: Process) -> float:
    return float(psutil.Process(process.pid).memory_info().rss) / 2**20


def open_connections(process: Process) -> int:
    found = psutil.Process(process.pid).net_connections(kind="tcp")
    return sum(one.status == "ESTABLISHED" and one.laddr.port == PORT for one in found)


def test_who_stops_reading_is_closed_while_others_are_answered(server: Process) -> None:
    before = resident_mib(server)
    deaf = [Deaf() for _ in range(6)]
    for one in deaf:
        one.ask_for_much()
    began = time.monotonic()
    with Client(f"http://127.0.0.1:{PORT}") as client:
        slowest = 0.0
        while time.monotonic() - began < PATIENCE_SECONDS + 1:
            asked = time.monotonic()
            client.send({"type": "ping"})
            while client.hear().get("event") != "pong":
                continue
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.05)
        # One of them reads on after all: behind what was on its way stands why it was closed.
        late = deaf.pop().read_on()
        assert client.ask("Where did Robin study?")["type"] == "response"
    assert slowest < PATIENCE_SECONDS  # nobody waited until they were given up
    assert late.endswith(b"\x88\x02" + CLOSED_SLOW.to_bytes(2, "big"))
    assert len(late) < 8 * 2**20
    # The others never do; what they were sent does not keep them open.
    processes.wait_until(lambda: open_connections(server) == 0, seconds=PARTING_SECONDS + 10, what="all are cut off")
    assert resident_mib(server) - before < MOST_GROWTH
    for one in deaf:
        one.socket.close()


def test_pings_of_who_does_not_read_pile_up_nowhere(server: Process) -> None:
    before = resident_mib(server)
    deaf = Deaf()
    sent, began = 0, time.monotonic()
    is_cut_off = False
    while not is_cut_off and time.monotonic() - began < processes.PATIENCE:
        try:
            deaf.send(0x9, b"x" * 125, times=1000)
            sent += 1000
        except ConnectionError:
            is_cut_off = True
    assert is_cut_off
    assert sent > 10_000
    assert resident_mib(server) - before < MOST_GROWTH


def test_a_redis_that_restarts_costs_no_answer(server: Process, simulator: Simulator) -> None:
    with Client(f"http://127.0.0.1:{PORT}") as client:
        client.hear()
        simulator.control(tokens_per_second=20)
        client.send({"type": "question", "question": "What did Robin do at Example Energy?"})
        client.hear_until("delta")
        processes.wipe_redis()
        assert client.hear_until("response", "error")["type"] == "response"
        simulator.control(tokens_per_second=None)
        began = time.monotonic()
        assert client.ask("Where did Robin study?", id="after")["type"] == "response"
        assert time.monotonic() - began < 20
        # The place where another window's word is heard was Redis: it is heard there again.
        # Listening begins anew some seconds after the restart, so more windows than one may have to say it.
        welcome, told, began = client.told[0], {}, time.monotonic()
        while not told and time.monotonic() - began < processes.PATIENCE:
            with Client(f"http://127.0.0.1:{PORT}") as other, contextlib.suppress(TimeoutError):
                other.send({"type": "resume", "session_id": welcome["session_id"], "secret": welcome["secret"]})
                assert len(other.hear_until("system")["message"]) > 0
                resumed = other.hear()
                assert [one["question"] for one in resumed["history"]][-1] == "Where did Robin study?"
                told = client.hear(seconds=3)
        assert told["event"] == "taken_over"
        assert client.hear_the_end() == 4409
