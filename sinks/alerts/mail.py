"""Alerts by mail. A repetition has the same Message-ID, by which mail programs know it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from typing import Final

from sinks.alerts import wording
from sinks.alerts.base import Limit, Line, Message, Outcome, Sent, Unclear, Unsent
from sinks.delivery.base import NotTaken
from sinks.delivery.mail_message import one_line, usable_address
from sinks.delivery.mail_server import MailServer, SmtpOptions, Taken

_MOST_LINES: Final = 200


class AlertMail:
    """To the people on duty that have an address, else to the channel's own recipients."""

    idempotent = True

    def __init__(
        self,
        name: str,
        options: SmtpOptions,
        server: MailServer,
        *,
        recipients: tuple[str, ...],
        limits: tuple[Limit, ...],
    ) -> None:
        self.name = name
        self.limits = limits
        self._options = options
        self._server = server
        self._recipients = recipients

    def fits(self, lines: Sequence[Line]) -> int:
        return max(1, min(len(lines), _MOST_LINES))

    def send(self, message: Message, *, now: datetime) -> Outcome:
        duty = [address for each in message.emails if (address := usable_address(each))]
        recipients = list(dict.fromkeys(duty or self._recipients))
        outcome = self._server.send(self._bytes(message, recipients, now), recipients)
        if isinstance(outcome, Taken):
            missed = f"；被拒收：{'、'.join(outcome.left_out)}" if outcome.left_out else ""
            return Sent(receipt=f"{outcome.said}{missed}")
        if isinstance(outcome, NotTaken):
            return Unsent(reason=outcome.reason, detail=outcome.detail, retry=outcome.retry)
        return Unclear(detail=outcome.detail)

    def _bytes(self, message: Message, recipients: list[str], now: datetime) -> bytes:
        sender = self._options.sender
        name = self._options.sender_name
        headers = [
            f"Date: {format_datetime(now)}",
            f"From: {_words(name, 'From')} <{sender}>" if name else f"From: {sender}",
            "To: " + ",\r\n ".join(recipients),
            f"Subject: {_words(_subject(message), 'Subject')}",
            f"Message-ID: <huiyin.alert.{message.message_id}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        lines = [*wording.body(message), wording.duty(message), self._options.footer.strip()]
        body = "\r\n".join(filter(None, lines)) + "\r\n"
        coded = base64.encodebytes(body.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
        return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + coded


def _subject(message: Message) -> str:
    if message.test or message.notice or len(message.lines) != 1:
        return wording.heading(message)
    return wording.cut(wording.line_text(message.lines[0]), 180)


def _words(text: str, header: str) -> str:
    return Header(one_line(text), "utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")


LIMITS: Final = (Limit(60, timedelta(minutes=1)),)
