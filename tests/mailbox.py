"""A mail server that keeps what it is given: for letters that other processes send over a real SMTP connection.

with Mailbox() as mailbox:
    with processes.web(**mailbox.settings()):
        …
    assert "Hello" in mailbox.texts()[0]

It can be told to stand still at a moment of the conversation (`hold`, `release`), so that a sender is killed there, to
refuse letters, and to hang up.
"""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, cast

Moment = Literal["HELLO", "MAIL", "DATA"]


class Mailbox:
    """Listens on a port of its own; `letters` are the messages in the order in which they came.

    A letter counts as soon as its last line is here, whether its sender is told or not: a real server delivers it.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        # What it says to a whole letter, e.g. "554 5.7.1 No."; without an answer it takes the letter and hangs up.
        self.answer = "250 fine"
        self.hangs_up_between = False
        # Set when somebody stands at the moment that is held.
        self.reached = threading.Event()
        self._held: Moment | None = None
        self._go_on = threading.Event()
        mailbox = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    mailbox._converse(self)
                except OSError:
                    return  # the sender is gone

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Session)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Mailbox:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> dict[str, object]:
        """Settings, as environment variables, of a process that shall send its letters here."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
        }

    def texts(self) -> list[str]:
        """Each letter with its headers and all of its parts, decoded."""
        return [text_of(letter) for letter in list(self.letters)]

    def hold(self, moment: Moment) -> None:
        """From now on stand still: before a caller is greeted, a letter begun, or a whole one confirmed."""
        self.reached.clear()
        self._go_on.clear()
        self._held = moment

    def release(self) -> None:
        """Go on."""
        self._held = None
        self._go_on.set()

    def _pass(self, moment: Moment) -> None:
        if self._held == moment:
            self.reached.set()
            self._go_on.wait(60)

    def _converse(self, session: socketserver.StreamRequestHandler) -> None:
        """The part of RFC 5321 that Python's smtplib needs."""

        def say(line: str) -> None:
            session.wfile.write(f"{line}\r\n".encode())

        self._pass("HELLO")
        say("220 mailbox")
        while line := session.rfile.readline():
            verb = line[:4].upper()
            if verb == b"MAIL":
                self._pass("MAIL")
            if verb == b"DATA":
                say("354 go on")
                content = b""
                while (part := session.rfile.readline()) != b".\r\n":
                    if not part:
                        return  # the line broke: there was no letter
                    content += part.removeprefix(b".")
                if not self.answer or self.answer.startswith("2"):
                    letter = email.message_from_bytes(content, policy=email.policy.default)
                    self.letters.append(cast(EmailMessage, letter))
                self._pass("DATA")
                if not self.answer:
                    return
                say(self.answer)
                if self.hangs_up_between:
                    return
                continue
            if verb == b"QUIT":
                say("221 bye")
                return
            say("250 fine")


def text_of(letter: EmailMessage) -> str:
    """A letter's headers and parts, each decoded, as one text."""
    parts = [f"{name}: {value}" for name, value in letter.items()]
    parts += [str(part.get_content()) for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join(parts)
