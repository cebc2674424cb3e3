"""The tree of parts of a mail: its text in reading order, and its files.

Only within `multipart/alternative` do parts say the same in other forms, so only there one is
chosen. Everywhere else each part is another piece of the letter: what stood before a picture,
what stood behind it, the footer that a server put below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment
from huiyin.net.json_values import clean
from streams.sources.mail.alternatives import STUB_LENGTH, is_stub, letters, missing, says_more
from streams.sources.mail.charset import decode_text, from_base64
from streams.sources.mail.headers import file_name, header, raw_header
from streams.sources.mail.mime_parser import (
    ATTACHED_DEPTH,
    MAILS,
    MailPart,
    Room,
    TooManyPartsDefect,
    parse_mail,
)
from streams.sources.mail.parameters import parameter
from streams.sources.mail.text_formats import (
    HTML,
    MAX_BYTES,
    MAX_TEXT,
    MAX_WRAPPED,
    bounded,
    decoded,
)
from streams.sources.mail.transfer import coding, part_bytes, text_bytes, written

_FILES: Final = frozenset(
    {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/css"}
    | {"text/rtf", "text/javascript", "text/xml", "text/rfc822-headers", "text/x-amp-html"}
)
"""Texts that are for programs."""
_UNSURE: Final = frozenset({"application/octet-stream", "application/text", "application/unknown"})
_BODY_NAME: Final = re.compile(
    r"(?:ATT\d+|untitled|unnamed|noname|mime-attachment|part\s?\d*|body|mail|message|正文|邮件正文"
    r"|无标题|未命名)[\w.\- ]{0,12}",
    re.IGNORECASE,
)
"""Names that programs give to pieces of the text (Exchange, Apple Mail, gateways)."""
_PREAMBLE: Final = re.compile(
    r"(?i)multi-?part|mime|不支持|html|created by|e-?mail (?:client|reader)|eudora"
)


class _Piece(Struct):
    """A piece of text; `attached`: of a mail that came as a file."""

    text: str
    html: bool = False
    attached: bool = False


class Body:
    """Text and files of one message.

    `own`: the mail's text. `attached`: that of mails attached to it. `all_text`: both, in reading
    order. `other`: what the form that was not chosen says and the chosen one does not."""

    def __init__(self, message: MailPart, room: Room, *, cut: bool = False, depth: int = 0) -> None:
        """`room`: with which `message` was parsed. `cut`: these are not all bytes of the mail."""
        self.files: list[Attachment] = []
        self.contents: list[bytes | None] = []
        self.text_ended = True
        self.too_many_parts = False
        self.shortened = False
        """Whether a text is longer than anybody reads, and only its beginning was read."""
        self._depth = depth
        self._room = room
        self._root = message
        self._first: MailPart | None = None
        self._last: MailPart | None = None
        self._last_is_text = False
        self._last_kept: MailPart | None = None
        self._last_kept_at = 0
        self._other: list[str] = []
        self._asides: list[tuple[MailPart, str, bool]] = []
        """Text files: should there be no other text, they are the letter."""
        pieces = self._walk(message)
        if not any(piece.text for piece in pieces):
            pieces = [_Piece(text, html) for _, text, html in self._asides]
            self._last_is_text |= any(part is self._last for part, _, _ in self._asides)
        pieces = _without_repeats(pieces)
        self.own = _join(piece.text for piece in pieces if not piece.attached)
        self.attached = _join(piece.text for piece in pieces if piece.attached)
        self.all_text = _join(piece.text for piece in pieces)
        self.other = _join(self._other)
        # Nothing but the end of a closed multipart tells that a last part is whole.
        ended = self._last is not None and self._last is not message and _closed(message)
        if self._last_is_text:
            self.text_ended = ended
        if self.contents and cut and not ended and self._last_kept is self._last:
            whole = self._last_kept_at
            self.contents[whole:] = [None] * (len(self.contents) - whole)

    def _walk(self, part: MailPart) -> list[_Piece]:
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart":
            return self._multipart(part, kind)
        self._first = self._first or part
        self._last, self._last_is_text = part, False
        if part.is_multipart():
            return self._mail(part, kind)
        return self._leaf(part, kind)

    def _multipart(self, part: MailPart, kind: str) -> list[_Piece]:
        too_many = any(isinstance(defect, TooManyPartsDefect) for defect in part.defects)
        self.too_many_parts |= too_many
        children = _inner(part)
        if not children:
            return [] if too_many else self._unparted(part)
        pieces = _outside(part.preamble, is_preamble=True)
        parts = [self._walk(child) for child in children]
        if kind == "multipart/alternative":
            pieces += self._chosen(parts)
        else:
            pieces += [piece for each in parts for piece in each]
        return pieces + _outside(part.epilogue)

    def _unparted(self, part: MailPart) -> list[_Piece]:
        """A multipart without parts: it has no line like a boundary, or was coded as a whole."""
        data = part_bytes(part)
        if coding(part):
            subtype = part.get_content_subtype().encode("ascii", "replace")
            again = parse_mail(b"Content-Type: multipart/%s\r\n\r\n" % subtype + data, self._room)
            if _inner(again):
                return self._walk(again)
        self._last, self._last_is_text = part, True
        self.shortened |= len(data) > MAX_BYTES
        text = clean(decode_text(data[:MAX_BYTES]))
        boundary_line = f"--{parameter(raw_header(part, 'Content-Type'), 'boundary')}"
        lines = (line for line in text.split("\n") if line.removesuffix("--") != boundary_line)
        return [_Piece(clean("\n".join(lines))[: MAX_TEXT + 1])]

    def _chosen(self, parts: list[list[_Piece]]) -> list[_Piece]:
        """The pieces of the form that says most."""
        attached = [piece for pieces in parts for piece in pieces if piece.attached]
        forms = [[piece for piece in pieces if not piece.attached] for pieces in parts]
        texts = [_join(piece.text for piece in form) for form in forms]
        spoken = [number for number, text in enumerate(texts) if text]
        if not spoken:
            return attached
        best = spoken[0]
        for number in spoken[1:]:
            if says_more(texts[number], texts[best]):
                best = number
        for number in spoken:
            # Words such as those of a stub stand in letters too, and those say more.
            is_longest = len(texts[number]) > len(texts[best])
            if number != best and (is_longest or not is_stub(texts[number])):
                self._other += missing(texts[number], texts[best])
        return forms[best] + attached

    def _leaf(self, part: MailPart, kind: str) -> list[_Piece]:
        name = file_name(part)
        if _is_mail_file(kind, name):
            return self._mail_file(part, name, kind, part_bytes(part))
        is_root = part is self._root
        if not _is_text(part, kind, root=is_root, name=name):
            self._keep(part, name, kind, part_bytes(part))
            return []
        named = bool(name) and not is_root
        if named:
            self._keep(part, name, kind, part_bytes(part))
        text, html = self._text(part, kind), kind in HTML
        attached = _is_attachment(part)
        shown = not attached or not named or part is self._first or _BODY_NAME.fullmatch(name)
        if not shown:
            self._asides.append((part, text, html))
            return []
        self._last_is_text = True
        return [_Piece(text, html)]

    def _text(self, part: MailPart, kind: str) -> str:
        data, whole = bounded(kind, text_bytes(part, MAX_WRAPPED))
        self.shortened |= not whole or len(written(part)) > MAX_WRAPPED
        return decoded(part, kind, data)

    def _mail(self, part: MailPart, kind: str) -> list[_Piece]:
        """message/rfc822, or a report whose lines were read as headers."""
        inner = _inner(part)
        name = file_name(part)
        if coding(part) == "base64":
            # The standard forbids it, and programs do it.
            return self._mail_file(part, name, kind, from_base64(part.content))
        if kind in MAILS and inner:
            self._keep(part, name or header(inner[0], "Subject") + ".eml", kind, part.content)
            return self._attached(inner[0])
        self._keep(part, name, kind, part.content)
        return []

    def _mail_file(self, part: MailPart, name: str, kind: str, data: bytes) -> list[_Piece]:
        """A mail that came as a coded file."""
        inner = parse_mail(data, self._room)
        self._keep(part, name or header(inner, "Subject") + ".eml", kind, data)
        return self._attached(inner) if header(inner, "From") or header(inner, "Subject") else []

    def _attached(self, inner: MailPart) -> list[_Piece]:
        if self._depth >= ATTACHED_DEPTH:
            return []
        body = Body(inner, self._room, depth=self._depth + 1)
        self.files += body.files
        self.contents += body.contents
        self.too_many_parts |= body.too_many_parts
        self.shortened |= body.shortened
        text = _join((body.all_text, body.other))
        if not text:
            return []
        named = (("发件人", "From"), ("时间", "Date"), ("主题", "Subject"))
        head = [f"{word}：{value}" for word, name in named if (value := header(inner, name))]
        return [_Piece(clean("\n".join([*head, text])), attached=True)]

    def _keep(self, part: MailPart, name: str, kind: str, content: bytes | None) -> None:
        size = None if content is None else len(content)
        name = clean(name).replace("/", "／").replace("\\", "＼")[:200] or f"未命名（{kind}）"
        self.files.append(Attachment(name=name, media_type=kind, size=size))
        self.contents.append(content)
        self._last_kept, self._last_kept_at = part, len(self.files) - 1


def _is_attachment(part: Message) -> bool:
    return raw_header(part, "Content-Disposition").strip().lower().startswith("attachment")


def _is_mail_file(kind: str, name: str) -> bool:
    return kind in MAILS or (kind in _UNSURE and name.lower().endswith(".eml"))


def _is_text(part: MailPart, kind: str, *, root: bool, name: str) -> bool:
    if kind in HTML or (kind.startswith("text/") and kind not in _FILES):
        return True
    if kind in _FILES:
        return root
    # A letter whose type a program did not know; a file has a name, or other bytes.
    return root and not name and kind in _UNSURE and b"\x00" not in part_bytes(part)[:4096]


def _outside(text: str | None, *, is_preamble: bool = False) -> list[_Piece]:
    """Text before the first boundary or behind the last one. Programs write there that theirs
    is a mail of several parts; servers write footers; and where a boundary is broken, the letter
    stands there."""
    if not text or not text.strip():
        return []
    shown = clean(decode_text(text.encode("utf-8", "surrogateescape")))[: MAX_TEXT + 1]
    if is_preamble and len(shown) < STUB_LENGTH and _PREAMBLE.search(shown):
        return []
    return [_Piece(shown)] if letters(shown) else []


def _without_repeats(pieces: list[_Piece]) -> list[_Piece]:
    """Without pieces that another form of the text says in full: some programs send plain text
    and HTML side by side as if they were two pieces."""
    squeezed = [letters(piece.text) for piece in pieces[:_COMPARED]]
    kept = []
    for number, piece in enumerate(pieces):
        if number >= _COMPARED:
            kept.append(piece)
            continue
        said = any(
            other.html != piece.html
            and not other.attached
            and squeezed[number]
            and squeezed[number] in squeezed[place]
            and (len(squeezed[place]) > len(squeezed[number]) or place < number)
            for place, other in enumerate(pieces[:_COMPARED])
            if place != number
        )
        if not said or piece.attached:
            kept.append(piece)
    return kept


_COMPARED: Final = 20
"""Pieces that are looked at for repeats."""


def _join(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)


def _inner(part: MailPart) -> list[MailPart]:
    payload = part.get_payload()
    return (
        [one for one in payload if isinstance(one, MailPart)] if isinstance(payload, list) else []
    )


def _closed(message: Message) -> bool:
    """Whether a multipart message has its closing boundary."""
    return not any("CloseBoundary" in type(defect).__name__ for defect in message.defects)
