"""A mail server for tests: real SMTP over a socket, which keeps what it takes and can be told to hold still.

    with MailServer() as server, processes.worker(**server.settings()):
        server.hold("DATA")      # it has the letter, and does not say so
        ...
        server.release()

`taken` holds every letter whose last line has arrived, whether the sender was told or not: so much a real server may
deliver. A letter whose line breaks before that was never there.
"""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from typing import Literal, Self, cast

Moment = Literal["HELLO", "MAIL", "DATA"]


class MailServer:
    """See the module."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        # What it answers to a letter; e.g. "554 5.7.1 No." refuses it. Empty: it hangs up without an answer.
        self.answer = "250 2.0.0 Taken."
        self.hangs_up_between = False
        # Set when somebody stands at the moment that is held.
        self.reached = threading.Event()
        self._held: Moment | None = None
        self._go_on = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.mail = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def settings(self) -> dict[str, object]:
        """Greenroom's settings that point at it."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
        }

    def hold(self, moment: Moment) -> None:
        """From now on stand still: before a caller is greeted, a letter begun, or a whole one confirmed."""
        self.reached.clear()
        self._go_on.clear()
        self._held = moment

    def release(self) -> None:
        """Go on."""
        self._held = None
        self._go_on.set()

    def passes(self, moment: Moment) -> None:
        """The conversation of one sender has come to this moment."""
        if self._held == moment:
            self.reached.set()
            self._go_on.wait(60)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mail: MailServer


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        mail = cast(_Server, self.server).mail
        try:
            mail.passes("HELLO")
            self._say("220 tests ready")
            while line := self.rfile.readline().decode().strip():
                verb = line.split(":")[0].split(" ")[0].upper()
                if verb == "EHLO":
                    self._say("250 tests")
                elif verb == "MAIL":
                    mail.passes("MAIL")
                    self._say("250 2.1.0 Go on.")
                elif verb == "DATA":
                    if not self._letter(mail):
                        return
                elif verb == "QUIT":
                    self._say("221 2.0.0 Bye.")
                    return
                else:  # RCPT, RSET, NOOP
                    self._say("250 2.0.0 Yes.")
        except OSError:
            return  # the sender is gone

    def _letter(self, mail: MailServer) -> bool:
        """Take one letter; whether the conversation goes on."""
        self._say("354 Go ahead.")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # the line broke: there was no letter
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        parsed = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        if mail.answer.startswith("2") or not mail.answer:
            mail.taken.append(cast(EmailMessage, parsed))
        mail.passes("DATA")
        if mail.answer:
            self._say(mail.answer)
        return bool(mail.answer) and not mail.hangs_up_between

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
