"""Mailboxes by IMAP: 领导信箱, 信访邮箱. Adapter "imap".

The cursor is UIDVALIDITY and the last UID of each folder. When a server renumbers a folder
it is read again from the start; mails keep their numbers (`mail_item`), so nothing is
taken twice. Mails stay as they were found, unread ones included.

A mail that the server lists and does not give is owed: the cursor passes it, so that it keeps
no other out, and carries its UID along. It is asked for at each poll, becomes a dead letter after
some polls, and is forgotten only when the folder does not list it any more or after many more.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from cases.record.item import Item
from sinks.files import FileStore
from streams.sources.mail.imap_cursor import FLOOR, Place, read_cursor, write_cursor
from streams.sources.mail.imap_line import Line
from streams.sources.mail.imap_reading import FolderReading
from streams.sources.mail.imap_session import Broken, MailEntry, Session, session
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.seam.base import Batch, OpenItem, Rejected, SourceError
from streams.sources.seam.config import Settings, SourceEntry, read_options
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets

log = logging.getLogger(__name__)

_BATCH_BYTES: Final = 8 * 1024 * 1024
Names = Annotated[tuple[str, ...], Field(strict=False)]


class ImapOptions(Settings):
    """`[source.NAME.options]` of a mailbox."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    """"none" only to this machine: a password never crosses a network in the clear."""
    user: Annotated[str, Field(min_length=1)]
    password: Annotated[str, Field(min_length=1)]
    """Name of the secret, not the password."""
    folders: Annotated[Names, Field(min_length=1)] = ("INBOX",)
    send_id: bool | None = None
    """Name ourselves after login: always, never, or (None) when the server offers it."""
    mark_seen: bool = False
    since: date | None = None
    """Mails that the mailbox took in before this day are left alone."""
    max_bytes: Annotated[int, Field(ge=10_000, le=64 * 1024 * 1024)] = 32 * 1024 * 1024
    """Only the beginning of a larger mail is read."""
    batch_size: Annotated[int, Field(ge=1, le=500)] = 50
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    ca_file: str = ""
    own_addresses: Names = ()
    trusted_senders: Names = ()

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> ImapOptions:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                f'security = "none" 只允许连接本机，{self.host} 请用 "tls" 或 "starttls"'
            )
        return self


class ImapMailbox:
    """The pull source of one mailbox."""

    def __init__(
        self,
        name: str,
        channel: str,
        options: ImapOptions,
        secrets: Secrets,
        files: FileStore | None = None,
    ) -> None:
        """`files`: where attachments are kept; None notes their names only."""
        self.name = name
        self._channel = channel
        self._options = options
        self._secrets = secrets
        self._files = files
        own = {address.lower() for address in options.own_addresses}
        if "@" in options.user:
            own.add(options.user.lower())
        self._rules = MailRules(
            own_addresses=frozenset(own),
            trusted_senders=frozenset(address.lower() for address in options.trusted_senders),
        )

    @classmethod
    def from_options(
        cls, entry: SourceEntry, secrets: Secrets, files: FileStore | None = None
    ) -> ImapMailbox:
        """Raises `SourceError` when the options don't fit."""
        return cls(entry.name, entry.channel, read_options(entry, ImapOptions), secrets, files)

    def poll(
        self,
        cursor: str | None,
        *,
        now: datetime,
        recheck: Sequence[OpenItem] = (),  # noqa: ARG002  a mail never changes
    ) -> Iterator[Batch]:
        """New mails, oldest first; the cursor moves mail by mail. See `PullSource.poll`."""
        known = read_cursor(cursor)
        with Line(self._session, readonly=not self._options.mark_seen) as line:
            for folder in self._options.folders:
                yield from self._folder(line, folder, known, now)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        options = self._options
        with session(
            options.host,
            options.port,
            security=options.security,
            context=self._context(),
            user=options.user,
            password=self._secrets.require(options.password),
            timeout=options.timeout_seconds,
        ) as server:
            if options.send_id or (options.send_id is None and server.knows("ID")):
                server.identify()
            yield server

    def rewound(self, to: datetime) -> str:
        """See `PullSource`: each folder is read again from its start, without the mails that
        the mailbox took in before `to`. Mails keep their numbers, so nothing is taken twice."""
        return write_cursor({FLOOR: Place(int(to.timestamp()), 0, {})})

    def admit(self, original: bytes, *, now: datetime) -> Item | Rejected:
        """The mail of a dead letter as the letter that a person says it is, whatever its headers
        say. When the mailbox took it in stands in its own headers."""
        return self._item(self._original(original, "由值班台收下"), now, admitted=True)

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. The original is the mail, or its beginning where it was larger
        than `max_bytes`; when the mailbox took it in stands in its own headers."""
        return (self._item(self._original(original, "死信重试"), now),)

    def _original(self, original: bytes, origin: str) -> Letter:
        cut = len(original) >= self._options.max_bytes
        return Letter(data=original, size=len(original) + cut, stored_at=None, origin=origin)

    def _item(self, letter: Letter, now: datetime, *, admitted: bool = False) -> Item | Rejected:
        """See `mail_item` and `read_alone`."""
        return read_alone(
            lambda: mail_item(
                letter,
                source=self.name,
                channel=self._channel,
                rules=self._rules,
                now=now,
                files=self._files,
                admitted=admitted,
            ),
            source=self.name,
            origin=letter.origin,
            original=lambda: letter.data,
        )

    def _folder(
        self, line: Line, folder: str, known: dict[str, Place], now: datetime
    ) -> Iterator[Batch]:
        opened = line.open(folder)
        # Only while a rewound folder is read again: later, an old mail may be moved in.
        floor = known[FLOOR].validity if FLOOR in known and folder not in known else 0
        before = known.get(folder)
        place = before.copy() if before else Place(opened.uidvalidity, 0, {})
        if place.validity != opened.uidvalidity:
            log.warning("来源 %s：文件夹 %s 已被服务器重新编号，从头核对一遍。", self.name, folder)
            place = Place(opened.uidvalidity, 0, {})
        entries: list[MailEntry] = []
        if opened.uidnext is None or opened.uidnext > place.uid + 1:
            entries = line.server.after(place.uid, opened.count)
        # Behind the new ones: what breaks the connection again keeps nobody out.
        again = line.server.described(sorted(place.owed))
        still = {entry.uid for entry in again}
        place.owed = {uid: polls for uid, polls in place.owed.items() if uid in still}
        if not entries and not again and before != place:
            yield Batch(found=(), cursor=self._moved(known, folder, place))
        reading = FolderReading(
            line,
            place,
            where=f"{self.name}：{folder}",
            source=self.name,
            limit=self._options.max_bytes,
            read=lambda letter: self._item(letter, now),
            skipped=lambda entry: self._too_old(entry, floor),
        )
        for done, group in self._groups([*entries, *again]):
            found = reading.take(group)
            yield Batch(
                found=tuple(found),
                cursor=self._moved(known, folder, place),
                done=done,
                total=len(entries) + len(again),
            )
            # The caller asks on after it has stored the batch.
            if reading.failure is not None:
                raise reading.failure
            if self._options.mark_seen:
                _mark_seen(line.server, reading.taken)

    def _moved(self, known: dict[str, Place], folder: str, place: Place) -> str:
        known[folder] = place.copy()
        if all(name in known for name in self._options.folders):
            known.pop(FLOOR, None)
        return write_cursor(known)

    def _too_old(self, entry: MailEntry, floor: int) -> bool:
        """Whether the mailbox took it in before the day, or the time, from which it is read."""
        since, stored_at = self._options.since, entry.stored_at
        if stored_at is None:
            return False
        return (since is not None and stored_at.date() < since) or stored_at.timestamp() < floor

    def _groups(self, entries: list[MailEntry]) -> Iterator[tuple[int, list[MailEntry]]]:
        """Groups bounded in number and in bytes, with the count read so far."""
        group: list[MailEntry] = []
        weight = 0
        for done, entry in enumerate(entries, 1):
            group.append(entry)
            weight += min(entry.size, self._options.max_bytes)
            if len(group) == self._options.batch_size or weight >= _BATCH_BYTES:
                yield done, group
                group, weight = [], 0
        if group:
            yield len(entries), group

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._options.ca_file or None)
        except OSError as error:
            raise SourceError(
                f"证书文件 {self._options.ca_file} 不能用：{error.strerror or error}。"
            ) from None


def _mark_seen(server: Session, uids: list[int]) -> None:
    """A server that refuses it keeps no letter out."""
    if not uids:
        return
    try:
        with server.failures():
            server.mark_seen(uids)
    except Broken:
        raise
    except SourceError as error:
        log.warning("mails could not be marked as read: %s", error)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its text; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
