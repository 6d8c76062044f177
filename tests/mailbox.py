"""A mail server that keeps what it is given: for letters that other processes send over a real SMTP connection.

with Mailbox() as mailbox:
    with processes.web(port=…, **mailbox.settings()):
        …
    assert "Hello" in mailbox.texts()[0]
"""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from types import TracebackType
from typing import cast


class Mailbox:
    """Listens on a port of its own; `letters` are the messages in the order in which they came."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        mailbox = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                mailbox._converse(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Session)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Mailbox:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
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

    def _converse(self, session: socketserver.StreamRequestHandler) -> None:
        """The part of RFC 5321 that Python's smtplib needs."""

        def say(line: str) -> None:
            session.wfile.write(f"{line}\r\n".encode())

        say("220 mailbox")
        while line := session.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                content = b""
                while (part := session.rfile.readline()) not in (b".\r\n", b""):
                    content += part.removeprefix(b".")
                letter = email.message_from_bytes(content, policy=email.policy.default)
                self.letters.append(cast(EmailMessage, letter))
            if verb == b"QUIT":
                say("221 bye")
                return
            say("250 fine")


def text_of(letter: EmailMessage) -> str:
    """A letter's headers and parts, each decoded, as one text."""
    parts = [f"{name}: {value}" for name, value in letter.items()]
    parts += [str(part.get_content()) for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join(parts)
