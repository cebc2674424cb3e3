"""The tree of parts of a mail: its text in reading order, and its files.

Only within `multipart/alternative` do parts say the same in other forms, so only there one is
chosen. Everywhere else each part is another piece of the letter: what stood before a picture,
what stood behind it, the footer that a server put below.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterable
from email.message import Message
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment
from huiyin.net.json_values import clean
from streams.sources.mail.alternatives import STUB_LENGTH, is_stub, letters, missing, says_more
from streams.sources.mail.charset import decode_text, from_base64
from streams.sources.mail.headers import RAW, file_name, header, raw_header
from streams.sources.mail.parameters import parameter
from streams.sources.mail.text_formats import HTML, MAX_BYTES, MAX_TEXT, decoded

MAX_PARTS: Final = 1_000
_MAX_DEPTH: Final = 50
_ATTACHED_DEPTH: Final = 5
"""Mails within mails that are read for their text."""

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


_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
_LIKE_A_BOUNDARY: Final = re.compile(
    rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[A-Za-z-]{3,40}:|\r?\n)"
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

    def __init__(
        self, message: Message, *, cut: bool = False, raw: bytes = b"", depth: int = 0
    ) -> None:
        """`cut`: these are not all bytes of the mail. `raw`: the bytes that it was read from."""
        self.files: list[Attachment] = []
        self.contents: list[bytes | None] = []
        self.text_ended = True
        self.too_many_parts = False
        self._depth = depth
        self._left = MAX_PARTS
        self._root = message
        self._raw = raw
        self._first: Message | None = None
        self._last: Message | None = None
        self._last_is_text = False
        self._last_kept: Message | None = None
        self._last_kept_at = 0
        self._other: list[str] = []
        self._asides: list[tuple[Message, str, bool]] = []
        """Text files: should there be no other text, they are the letter."""
        pieces = self._walk(message, 0)
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

    def _walk(self, part: Message, depth: int) -> list[_Piece]:
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart":
            return self._multipart(part, kind, depth)
        if self._left <= 0:
            self.too_many_parts = True
            return []
        self._left -= 1
        self._first = self._first or part
        self._last, self._last_is_text = part, False
        if part.is_multipart():
            return self._mail(part, kind)
        return self._leaf(part, kind)

    def _multipart(self, part: Message, kind: str, depth: int) -> list[_Piece]:
        children = _inner(part)
        if not children:
            return self._unparted(part, depth)
        if depth >= _MAX_DEPTH:
            self._left = 0
            self.too_many_parts = True
            return []
        pieces = _outside(part.preamble, is_preamble=True)
        parts = [self._walk(child, depth + 1) for child in children]
        if kind == "multipart/alternative":
            pieces += self._chosen(parts)
        else:
            pieces += [piece for each in parts for piece in each]
        return pieces + _outside(part.epilogue)

    def _unparted(self, part: Message, depth: int) -> list[_Piece]:
        """A multipart without parts: the boundary is missing or another one than was named."""
        data = _bytes(part)
        coded = header(part, "Content-Transfer-Encoding").strip().lower()
        if part is self._root and self._raw and coded not in ("base64", "quoted-printable"):
            # The library drops what stands behind a closing boundary without an opening one.
            data = _HEADER_END.split(self._raw, maxsplit=1)[-1]
        if (found := _LIKE_A_BOUNDARY.search(data)) and depth < _MAX_DEPTH:
            subtype = part.get_content_subtype().encode("ascii", "replace")
            boundary = found[1].replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype, boundary)
            again = email.message_from_bytes(head + data, policy=RAW)
            if _inner(again):
                return self._walk(again, depth + 1)
        self._last, self._last_is_text = part, True
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
            if number != best and not is_stub(texts[number]):
                self._other += missing(texts[number], texts[best])
        return forms[best] + attached

    def _leaf(self, part: Message, kind: str) -> list[_Piece]:
        name = file_name(part)
        attached = _is_attachment(part)
        if _is_mail_file(kind, name):
            return self._mail_file(part, name, kind, _bytes(part))
        is_root = part is self._root
        data = _bytes(part)
        if not _is_text(kind, data, root=is_root, name=name):
            self._keep(part, name, kind, data)
            return []
        text, html = decoded(part, kind, data), kind in HTML
        named = bool(name) and not is_root
        if named:
            self._keep(part, name, kind, data)
        shown = not attached or not named or part is self._first or _BODY_NAME.fullmatch(name)
        if not shown:
            self._asides.append((part, text, html))
            return []
        self._last_is_text = True
        return [_Piece(text, html)]

    def _mail(self, part: Message, kind: str) -> list[_Piece]:
        """message/rfc822, or a report whose lines were read as headers."""
        inner = _inner(part)
        content = _written(inner[0]) if inner else None
        name = file_name(part)
        if content and header(part, "Content-Transfer-Encoding").strip().lower() == "base64":
            # The standard forbids it, and the library does not decode it.
            return self._mail_file(part, name, kind, from_base64(content))
        if kind in ("message/rfc822", "message/global") and inner:
            self._keep(part, name or header(inner[0], "Subject") + ".eml", kind, content)
            return self._attached(inner[0])
        self._keep(part, name, kind, content)
        return []

    def _mail_file(self, part: Message, name: str, kind: str, data: bytes) -> list[_Piece]:
        """A mail that came as a coded file."""
        inner = email.message_from_bytes(data, policy=RAW)
        self._keep(part, name or header(inner, "Subject") + ".eml", kind, data)
        return self._attached(inner) if header(inner, "From") or header(inner, "Subject") else []

    def _attached(self, inner: Message) -> list[_Piece]:
        if self._depth >= _ATTACHED_DEPTH:
            return []
        body = Body(inner, depth=self._depth + 1)
        self.files += body.files
        self.contents += body.contents
        self.too_many_parts |= body.too_many_parts
        text = _join((body.all_text, body.other))
        if not text:
            return []
        named = (("发件人", "From"), ("时间", "Date"), ("主题", "Subject"))
        head = [f"{word}：{value}" for word, name in named if (value := header(inner, name))]
        return [_Piece(clean("\n".join([*head, text])), attached=True)]

    def _keep(self, part: Message, name: str, kind: str, content: bytes | None) -> None:
        size = None if content is None else len(content)
        name = clean(name).replace("/", "／").replace("\\", "＼")[:200] or f"未命名（{kind}）"
        self.files.append(Attachment(name=name, media_type=kind, size=size))
        self.contents.append(content)
        self._last_kept, self._last_kept_at = part, len(self.files) - 1


def _is_attachment(part: Message) -> bool:
    return raw_header(part, "Content-Disposition").strip().lower().startswith("attachment")


def _is_mail_file(kind: str, name: str) -> bool:
    return kind in ("message/rfc822", "message/global") or (
        kind in _UNSURE and name.lower().endswith(".eml")
    )


def _is_text(kind: str, data: bytes, *, root: bool, name: str) -> bool:
    if kind in HTML or (kind.startswith("text/") and kind not in _FILES):
        return True
    if kind in _FILES:
        return root
    # A letter whose type a program did not know; a file has a name, or other bytes.
    return root and not name and kind in _UNSURE and b"\x00" not in data[:4096]


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


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    # Not `get_payload()`: it decodes with the label of the part and raises when that is broken.
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _closed(message: Message) -> bool:
    """Whether a multipart message has its closing boundary."""
    return not any("CloseBoundary" in type(defect).__name__ for defect in message.defects)


def _written(inner: Message) -> bytes | None:
    try:
        return inner.as_bytes()
    except (ValueError, LookupError, RecursionError, UnicodeError):
        # It was read leniently and cannot be written again.
        return None
