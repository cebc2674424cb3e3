"""A mailbox behind a server of one folder: short letters, and trees of parts."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from random import Random
from typing import Final
from unittest.mock import patch

from streams.sources.mail import imap
from streams.sources.mail.imap_session import Folder, MailEntry
from streams.sources.seam.base import Batch
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.soak import poison
from tests.soak.offers import NOW, Door, Offer

_SECRETS: Final = Secrets({"PASSWORD": "t" * 24})
_PICTURE: Final = (
    b"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nQUFBQQ==\r\n"
)


class _Server:
    """An IMAP server with one folder."""

    def __init__(self, mails: list[bytes]) -> None:
        self._mails = mails

    def knows(self, _capability: str) -> bool:
        return False

    def open(self, _folder: str, *, readonly: bool) -> Folder:
        del readonly
        return Folder(1, len(self._mails) + 1, len(self._mails))

    def after(self, uid: int, _count: int) -> list[MailEntry]:
        return [MailEntry(n, len(m), NOW) for n, m in enumerate(self._mails, 1) if n > uid]

    def described(self, uids: list[int]) -> list[MailEntry]:
        return [one for one in self.after(0, 0) if one.uid in uids]

    def lists(self, uid: int) -> bool:
        return 0 < uid <= len(self._mails)

    def failures(self) -> AbstractContextManager[None]:
        return nullcontext()

    def content(self, entry: MailEntry, limit: int) -> bytes:
        return self._mails[entry.uid - 1][:limit]


def _reader(name: str) -> Callable[[bytes], Iterator[Batch]]:
    options: dict[str, object] = {
        "host": "a.example",
        "user": "u@a.example",
        "password": "PASSWORD",
    }
    entry = SourceEntry(
        name=name, adapter="imap", channel=name, options=options, file="sources.toml"
    )
    source = imap.ImapMailbox.from_options(entry, _SECRETS)

    def read(data: bytes) -> Iterator[Batch]:
        @contextmanager
        def session(*_args: object, **_more: object) -> Iterator[_Server]:
            yield _Server([data])

        with patch.object(imap, "session", session), patch.object(source, "_context"):
            yield from source.poll(None, now=NOW)

    return read


def _damaged(rng: Random, data: bytes) -> bytes:
    """Never nothing at all: a mail without content is asked for again, which is a matter of
    several looks (`test_imap_losses.py`)."""
    return poison.mutated(rng, data) or data


def mail() -> Door:
    def offer(rng: Random, number: int) -> Offer:
        text = "路灯不亮，请修。\r\n".encode() * rng.randrange(1, 4)
        parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text]
        if rng.random() < 0.4:
            parts.append(b"Content-Type: text/html\r\n\r\n<p>" + text + b"</p>\r\n")
        if rng.random() < 0.3:
            parts.append(_PICTURE)
        if len(parts) > 1:
            body = b"".join(b"--=x\r\n" + part for part in parts) + b"--=x--\r\n"
            parts = [b'Content-Type: multipart/mixed; boundary="=x"\r\n\r\n' + body]
        data = (
            f"Message-ID: <{number}@a.example>\r\nFrom: 王女士 <w@b.example>\r\n"
            f"Subject: 第 {number} 件\r\nDate: Thu, 05 Mar 2026 09:00:00 +0800\r\n"
        ).encode() + parts[0]
        if rng.random() < 0.5:
            # A mail is one record whatever its bytes are.
            bad = poison.text(rng).encode("utf-8", "surrogatepass")
            name = rng.choice((b"Subject", b"From", b"Date", b"Reply-To", b"Content-Type"))
            data = name + b": " + bad + b"\r\n" + data
        if rng.random() < 0.5:
            data = _damaged(rng, data)
        return Offer(data, 1)

    return offer, _reader("mail")


_LEAVES: Final = ("text/plain", "text/html", "text/enriched", "text/markdown", "application/pdf")
_TREES: Final = ("mixed", "alternative", "related", "signed", "x-odd")


def _part(rng: Random, depth: int) -> bytes:
    """A part: a leaf, a mail within the mail (as an attached .eml), or several parts."""
    way = rng.random()
    if depth > 5 or way < 0.5:
        return _leaf(rng)
    if way < 0.65:
        name = rng.choice(("", '; name="信.eml"'))
        kind = rng.choice(("message/rfc822", "application/octet-stream"))
        inner = b"From: z@m.example\r\nSubject: old\r\n" + _part(rng, depth + 1)
        return f"Content-Type: {kind}{name}\r\n\r\n".encode() + inner
    mark = f"=_{depth}{rng.randrange(10)}"
    head = f'Content-Type: multipart/{rng.choice(_TREES)}; boundary="{mark}"\r\n\r\n'.encode()
    parts = [
        f"--{mark}\r\n".encode() + _part(rng, depth + 1) + b"\r\n" for _ in range(rng.randrange(4))
    ]
    end = f"--{mark}--\r\n".encode() if rng.random() < 0.8 else b""
    return head + b"".join(parts) + end


def _leaf(rng: Random) -> bytes:
    charset = rng.choice(("utf-8", "gbk", "gb18030", "us-ascii", "x-none", ""))
    text = "路灯不亮，请修。\n> 原来的信\n" if rng.random() < 0.6 else poison.text(rng)
    codec = charset if charset.startswith("g") else "utf-8"
    data = text.encode(codec, "replace")
    head = f"Content-Type: {rng.choice(_LEAVES)}"
    head += f"; charset={charset}" if charset else ""
    if rng.random() < 0.3:
        head += "\r\nContent-Disposition: attachment; filename*=utf-8''%E4%BF%A1.txt"
    coding = rng.choice(("8bit", "base64", "quoted-printable", "x-odd"))
    if coding == "base64":
        data = base64.encodebytes(data)
    elif coding == "quoted-printable":
        data = quopri.encodestring(data)
    return f"{head}\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode() + data


def mail_trees() -> Door:
    def offer(rng: Random, number: int) -> Offer:
        data = (
            f"Message-ID: <t{number}@a.example>\r\nFrom: w@b.example\r\n"
            f"Subject: 第 {number} 件\r\nMIME-Version: 1.0\r\n"
        ).encode() + _part(rng, 0)
        # A mail is one record whatever its bytes are.
        return Offer(_damaged(rng, data) if rng.random() < 0.4 else data, 1)

    return offer, _reader("mail-trees")
