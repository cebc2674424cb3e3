"""A mail as bytes, read into what the desk needs: who, when, what, with which files.

The citizen's words come first: nothing is thrown away. Quoted history and signatures are
set apart only where the mail itself marks them, and are kept beside the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment
from huiyin.net.html_text import from_html
from huiyin.net.json_values import clean
from streams.sources.mail.charset import decode_header, decode_text
from streams.sources.mail.parts import MAX_PARTS, parse_mail
from streams.sources.mail.quotes import cut_quoted, cut_signature
from streams.sources.values.moments import mail_date

MAX_TEXT: Final = 500_000  # characters; a longer letter is cut and says so
_MOST_BYTES: Final = 4 * MAX_TEXT
"""Of one text, decoded from its transfer encoding: no character has more than four."""
_MOST_HTML: Final = 4 << 20
_MOST_WRAPPED: Final = 16 << 20
"""Of a text in its transfer encoding, which takes at most three bytes for one, or of HTML,
where pictures may stand within."""


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
    """Quoted history that stood below the text."""
    signature: str
    attachments: tuple[Attachment, ...]
    contents: tuple[bytes | None, ...]
    """The bytes of each attachment; None for one that cannot be told or may be cut off."""
    text_ended: bool
    """False when the bytes may end within the text; it matters where a mail was fetched in part."""
    too_long: bool
    automatic: str
    """Why this mail was written by a program and must not be answered; "" for a person's."""


def read_mail(data: bytes, *, cut: bool = False) -> Mail:
    """`cut`: these are not all bytes of the mail. Never raises: whatever is broken in a mail
    becomes missing or replacement characters."""
    message = parse_mail(data)
    subject = header(message, "Subject")
    name, address = split_address(header(message, "From", encoded=True))
    _, reply_to = split_address(header(message, "Reply-To", encoded=True))
    references = _references(message)
    body = _Body(message, cut=cut)
    text = body.text()
    quoted = signature = ""
    if references or re.match(r"(?i)\s*(re|回复|答复)\s*[:：]", subject):
        text, quoted = cut_quoted(text)
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
        too_long=body.shortened or len(text) > MAX_TEXT,
        automatic=why_automatic(message, subject, address),
    )


def header(message: Message, name: str, *, encoded: bool = False) -> str:
    """The first header of that name as text, "" when absent; encoded words are left alone
    with `encoded`, where the structure must be read before the words."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            raw = str(value).encode("utf-8", "surrogateescape")
            if encoded:
                return decode_text(re.sub(rb"\r?\n(?=[ \t])", b"", raw))
            return decode_header(raw)
    return ""


_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}")


def split_address(value: str) -> tuple[str, str]:
    """Name and address of the first mailbox in a header value with encoded words."""
    found = re.search(r"<\s*(" + _ADDRESS.pattern + r")\s*>", value) or re.search(
        "(" + _ADDRESS.pattern + ")", value
    )
    if not found:
        return decode_header(value.encode()).strip(' "'), ""
    name = value[: found.start()].strip().strip('"').replace('\\"', '"')
    return decode_header(name.encode()).strip(' "'), found[1].lower()


_MESSAGE_ID: Final = re.compile(r"<[^<>\s@]{1,400}@[^<>\s@]{1,400}>")


def _message_ids(value: str) -> list[str]:
    return [found for found in _MESSAGE_ID.findall(value) if found.isascii()]


def _references(message: Message) -> tuple[str, ...]:
    ids = _message_ids(header(message, "References")) + _message_ids(header(message, "In-Reply-To"))
    return tuple(dict.fromkeys(reversed(ids)))[::-1]


def _date(value: str) -> datetime | None:
    # A clock that was never set is not the same as no clock; the letter's note says which.
    return mail_date(value.strip(), first_year=1)


def why_automatic(message: Message, subject: str, address: str) -> str:
    """Bounces, vacation notes and the like, by what the mail says of itself (RFC 3834)."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"邮件标明 Auto-Submitted: {submitted}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response", "X-AutoReply-From"):
        if header(message, name):
            return f"邮件带有 {name} 标记"
    if header(message, "Precedence").lower() in ("auto_reply", "auto-reply"):
        return "邮件标明 Precedence: auto_reply"
    if message.get_content_type() in ("multipart/report", "message/delivery-status"):
        return "邮件是退信或投递报告"
    local = address.partition("@")[0]
    if local in ("mailer-daemon", "postmaster", "mail-daemon"):
        return f"发件人 {local} 是邮件系统"
    if header(message, "Return-Path").strip() == "<>":
        return "退信地址为空（Return-Path: <>）"
    if re.match(
        r"(?i)\s*(自动回复|自動回覆|auto(matic)?[- ]?reply|out of office)\s*[:：]", subject
    ):
        return "主题标明是自动回复"
    return ""


class _Body:
    """The text parts of a message joined, and its files."""

    def __init__(self, message: Message, *, cut: bool) -> None:
        self.files: list[Attachment] = []
        self.contents: list[bytes | None] = []
        self.text_ended = True
        self.shortened = False
        """Whether a text is longer than anybody reads, and only its beginning was read."""
        self._plain: list[str] = []
        self._html: list[str] = []
        parts = list(_leaves(message))
        for part in parts:
            if self._is_text(part):
                self._take(part)
            else:
                content = _content(part)
                self.files.append(_attachment(part, content))
                self.contents.append(content)
        # Nothing but the end of a closed multipart tells that a last part is whole.
        ended = bool(parts) and parts[-1] is not message and _closed(message)
        if parts and self._is_text(parts[-1]):
            self.text_ended = ended
        elif self.contents and cut and not ended:
            self.contents[-1] = None

    @staticmethod
    def _is_text(part: Message) -> bool:
        shown = part.get_content_disposition() != "attachment" and not part.get_filename()
        return shown and part.get_content_type() in ("text/plain", "text/html")

    def _take(self, part: Message) -> None:
        is_html = part.get_content_type() == "text/html"
        data, whole = _text_bytes(part, _MOST_HTML if is_html else _MOST_BYTES)
        self.shortened = self.shortened or not whole
        label = str(part.get_content_charset() or "")
        if is_html:
            self._html.append(from_html(decode_text(data, label or _meta_charset(data))))
        else:
            self._plain.append(clean(decode_text(data, label)))

    def text(self) -> str:
        plain = "\n".join(part for part in self._plain if part)
        html = "\n".join(part for part in self._html if part)
        # "Your program can't show HTML" is no letter.
        if not plain or len(html) > 2 * len(plain) + 200:
            return html or plain
        return plain


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something, in order; an attached mail counts as one file."""
    stack = [message]
    for _ in range(MAX_PARTS):
        if not stack:
            return
        part = stack.pop()
        if part.is_multipart() and part.get_content_maintype() != "message":
            stack.extend(reversed(_inner(part)))
        else:
            yield part


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    # Not `get_payload()`: it decodes with the label of the part and raises when that is broken.
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_bytes(part: Message, most: int) -> tuple[bytes, bool]:
    """The bytes of a text, `most` of them; whether these are all."""
    # Not `get_payload()`, see `_bytes`.
    payload = part._payload  # type: ignore[attr-defined]  # noqa: SLF001
    whole = True
    if isinstance(payload, str) and len(payload) > _MOST_WRAPPED:
        part.set_payload(payload[:_MOST_WRAPPED])
        whole = False
    data = _bytes(part)
    return data[:most], whole and len(data) <= most


def _closed(message: Message) -> bool:
    """Whether a multipart message has its closing boundary."""
    return not any("CloseBoundary" in type(defect).__name__ for defect in message.defects)


def _content(part: Message) -> bytes | None:
    if not part.is_multipart():
        return _bytes(part)
    inner = _inner(part)
    try:
        return inner[0].as_bytes() if inner else None
    except (ValueError, LookupError):
        # It was read leniently and cannot be written again.
        return None


def _attachment(part: Message, content: bytes | None) -> Attachment:
    kind = part.get_content_type()
    name = _file_name(part)
    if part.is_multipart():
        inner = _inner(part)
        name = name or (header(inner[0], "Subject") + ".eml" if inner else "")
    size = None if content is None else len(content)
    name = clean(name).replace("/", "／").replace("\\", "＼")[:200] or f"未命名（{kind}）"
    return Attachment(name=name, media_type=kind, size=size)


def _file_name(part: Message) -> str:
    for where, key in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        found = part.get_param(key, None, where.lower(), unquote=True)
        if isinstance(found, tuple):  # RFC 2231: charset, language, percent-decoded text
            charset, _, value = found
            return decode_text(value.encode("latin-1", "surrogateescape"), charset or "")
        if found:
            # Encoded words do not belong here and are everywhere all the same.
            return decode_header(str(found).encode("utf-8", "surrogateescape"))
    return ""


def _meta_charset(data: bytes) -> str:
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,30})", data[:4096])
    return found[1].decode() if found else ""
