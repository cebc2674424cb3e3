"""A reply as the bytes of a mail.

Written by hand instead of by `email.message`: that package breaks long message ids into
encoded words, and a thread is found by them. Every value is made one line of known
characters first, so no header can be slipped in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final

from sinks.delivery.base import Outgoing

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,400}@[!-;=?-~]{1,400}>")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})+"
)
_MOST_REFERENCES: Final = 20


def usable_address(value: str) -> str:
    """A plain address, lower case; "" for anything a mail must not be sent to."""
    value = value.strip()
    if not value.isascii() or not _ADDRESS.fullmatch(value) or ".." in value:
        return ""
    return value.lower()


def own_message_id(outgoing: Outgoing, domain: str) -> str:
    """The same for the same delivery, and it names the letter it answers: an answer to it
    finds its way back even when a mail program drops the rest of the thread."""
    digest = hashlib.blake2b(outgoing.delivery_id.encode(), digest_size=8).hexdigest()
    number = outgoing.item.source_item_id
    letter = number if re.fullmatch(r"[a-z0-9]{1,40}", number) else "x"
    return f"<huiyin.{letter}.{digest}@{domain}>"


def reply_bytes(
    outgoing: Outgoing,
    *,
    sender: str,
    sender_name: str,
    recipient: str,
    now: datetime,
    footer: str = "",
) -> bytes:
    """The whole message, with CRLF line ends. `sender` and `recipient` are plain addresses."""
    if not usable_address(sender) or not usable_address(recipient):
        raise ValueError("sender and recipient must be plain addresses")
    domain = sender.rpartition("@")[2]
    subject = one_line(outgoing.item.title) or "您的来信"
    if not re.match(r"(?i)(re|回复|答复)\s*[:：]", subject):
        subject = f"Re: {subject}"
    lines = [
        f"Date: {format_datetime(now)}",
        f"From: {_words(one_line(sender_name), 'From')} <{sender}>" if sender_name
        else f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {_words(subject[:200], 'Subject')}",
        f"Message-ID: {own_message_id(outgoing, domain)}",
        *_thread(outgoing.item.extra),
        # Keeps vacation programs from answering, and ours from taking it for a letter.
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
    ]  # fmt: skip
    text = outgoing.text.strip() + (f"\n\n{footer.strip()}" if footer.strip() else "")
    body = re.sub(r"\r\n|\r|\n", "\r\n", text) + "\r\n"
    coded = base64.encodebytes(body.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + coded


def _thread(extra: dict[str, str]) -> list[str]:
    answered = extra.get("Message-ID", "")
    if not _MESSAGE_ID.fullmatch(answered):
        return []
    known = [ref for ref in extra.get("References", "").split() if _MESSAGE_ID.fullmatch(ref)]
    # The first names the thread, the last ones the branch.
    if len(known) >= _MOST_REFERENCES:
        known = known[:1] + known[-(_MOST_REFERENCES - 2) :]
    references = [ref for ref in known if ref != answered] + [answered]
    return [f"In-Reply-To: {answered}", "References: " + "\r\n ".join(references)]


def one_line(text: str) -> str:
    """Text without line ends or other control characters (which could begin a header)."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+", " ", text).strip()


def _words(text: str, header: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    return Header(clean, "utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")
