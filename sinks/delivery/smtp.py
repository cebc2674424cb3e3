"""The door back by mail: the reply stands in the thread of the citizen's letter."""

from __future__ import annotations

from datetime import datetime

from sinks.delivery.base import NotTaken, Outcome, Outgoing, Receipt, SecretReader
from sinks.delivery.mail_message import own_message_id, reply_bytes, usable_address
from sinks.delivery.mail_server import MailServer, SmtpOptions, Taken

__all__ = ["SmtpDelivery", "SmtpOptions"]

_NOBODY = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply"})


class SmtpDelivery:
    """Sends through one mail server."""

    def __init__(self, name: str, options: SmtpOptions, secrets: SecretReader) -> None:
        """Raises what `MailServer` raises."""
        self.name = name
        self._options = options
        self._server = MailServer(options, secrets)

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        options = self._options
        recipient = usable_address(outgoing.item.email)
        if not recipient or recipient.partition("@")[0] in _NOBODY:
            detail = "来信没有可以答复的邮箱地址，请改用其他方式"
            return NotTaken(reason="no_address", detail=detail, retry=False)
        if recipient == options.sender.lower():
            return NotTaken(
                reason="own_address", detail="收件人是本单位自己的邮箱，不发送", retry=False
            )
        message = reply_bytes(
            outgoing,
            sender=options.sender,
            sender_name=options.sender_name,
            recipient=recipient,
            now=now,
            footer=options.footer,
        )
        # Base64 and headers hold no line that begins with a dot.
        outcome = self._server.send(message, [recipient])
        if not isinstance(outcome, Taken):
            return outcome
        domain = options.sender.rpartition("@")[2]
        return Receipt(
            at=now,
            via=self.name,
            reference=own_message_id(outgoing, domain),
            proof=outcome.said,
        )
