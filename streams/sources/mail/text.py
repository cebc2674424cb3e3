"""A mail as bytes, read into what the desk needs: who, when, what, with which files.

The citizen's words come first: nothing is thrown away. Quoted history and signatures are
set apart only where the mail itself marks them, and are kept beside the text.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.message import Message
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment
from huiyin.net.json_values import clean
from streams.sources.mail.addresses import split_address
from streams.sources.mail.automatic import why_automatic
from streams.sources.mail.headers import header
from streams.sources.mail.mime_parser import Room, parse_mail
from streams.sources.mail.parts import Body
from streams.sources.mail.quotes import (
    cut_quoted,
    cut_signature,
    is_forward,
    subject_prefixes,
    unquoted,
)
from streams.sources.mail.text_formats import MAX_TEXT
from streams.sources.values.moments import mail_date

OWN_ID: Final = re.compile(r"<huiyin\.([mb][0-9a-f]{20})\.[^<>]*>")
"""The Message-ID of a reply of ours; it names the letter."""


class Mail(Struct, frozen=True, kw_only=True):
    """One mail, decoded."""

    subject: str
    author: str
    """Name in From; "" where there is only an address."""
    address: str
    """Address in From, lower case; "" when there is none."""
    reply_to: str
    """Where an answer goes: Reply-To, else From."""
    message_id: str
    """With its angle brackets; "" when missing or malformed."""
    references: tuple[str, ...]
    """The thread, oldest first; ends with In-Reply-To."""
    dated: datetime | None
    """What the sender's clock said."""
    arrived: datetime | None
    """What the topmost Received line says: the clock of the server that took it in."""
    text: str
    quoted: str
    """Earlier mails that the text answers, those attached to it, and what only the other form of
    the mail (plain or HTML) says."""
    signature: str
    attachments: tuple[Attachment, ...]
    contents: tuple[bytes | None, ...]
    """The bytes of each attachment; None for one that cannot be told or may be cut off."""
    text_ended: bool
    """False when the bytes may end within the text; it matters where a mail was fetched in part."""
    too_long: bool
    too_many_parts: bool
    """True when some parts were not looked at."""
    automatic: str
    """Why this mail was written by a program and must not be answered; "" for a person's."""


def read_mail(data: bytes, *, cut: bool = False) -> Mail:
    """`cut`: these are not all bytes of the mail. Never raises: whatever is broken in a mail
    becomes missing or replacement characters."""
    room = Room()
    message = parse_mail(data, room)
    subject = header(message, "Subject")
    name, address = split_address(header(message, "From", encoded=True))
    if not address:
        _, address = split_address(header(message, "Sender", encoded=True))
    _, reply_to = split_address(header(message, "Reply-To", encoded=True))
    references = _references(message)
    body = Body(message, room, cut=cut)
    whole, text, quoted = _own_and_quoted(body, subject, references)
    text, signature = cut_signature(text)
    ids = _message_ids(header(message, "Message-ID"))
    return Mail(
        subject=clean(subject)[:1000],
        author=clean(name)[:200],
        address=address,
        reply_to=reply_to or address,
        message_id=ids[0] if ids else "",
        references=references,
        dated=_date(header(message, "Date")),
        arrived=_date(header(message, "Received").rpartition(";")[2]),
        text=text[:MAX_TEXT],
        quoted=quoted[:MAX_TEXT],
        signature=signature,
        attachments=tuple(body.files),
        contents=tuple(body.contents),
        text_ended=body.text_ended,
        too_long=body.shortened or len(whole) > MAX_TEXT,
        too_many_parts=body.too_many_parts,
        automatic=why_automatic(message, subject, address, text),
    )


def _own_and_quoted(body: Body, subject: str, references: tuple[str, ...]) -> tuple[str, str, str]:
    """The whole text, what of it is the letter, and what is earlier mail."""
    answers_us = any(OWN_ID.fullmatch(one) for one in references)
    prefixes = subject_prefixes(subject)
    # An answer to our reply quotes what we have, whatever the first letter's subject was.
    answer = answers_us and prefixes[:1] != ("fw",)
    forward = not answer and is_forward(subject, body.own)
    if forward or not body.own:
        whole = unquoted(body.all_text)
        return whole, whole, body.other
    text, quoted = body.own, ""
    if references or "re" in prefixes:
        text, quoted = cut_quoted(body.own[:MAX_TEXT])
    below = (quoted, body.attached, body.other)
    return body.own, text, "\n".join(part for part in below if part)


_MESSAGE_ID: Final = re.compile(r"<[^<>\s@]{1,400}@[^<>\s@]{1,400}>")


def _message_ids(value: str) -> list[str]:
    return [found for found in _MESSAGE_ID.findall(value) if found.isascii()]


def _references(message: Message) -> tuple[str, ...]:
    ids = _message_ids(header(message, "References")) + _message_ids(header(message, "In-Reply-To"))
    return tuple(dict.fromkeys(reversed(ids)))[::-1]


def _date(value: str) -> datetime | None:
    # A clock that was never set is not the same as no clock; the letter's note says which.
    return mail_date(value.strip(), first_year=1)
