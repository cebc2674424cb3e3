"""An SMTP server in this process that keeps what it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import free_port


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it was sent: envelope addresses and the raw bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Smtp:
    """`refuse`, once set (such as "451 try again later"), answers every message until cleared."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.mails: list[Mail] = []
        self.refuse: str | None = None
        self._controller: Controller | None = None

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd looks it up by this name
        if self.refuse is not None:
            return self.refuse
        if not isinstance(envelope.content, bytes):
            raise TypeError("aiosmtpd was told to decode the message; it must stay bytes")
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content)
        self.mails.append(mail)
        return "250 OK"

    def start(self) -> None:
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
