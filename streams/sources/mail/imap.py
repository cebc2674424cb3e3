"""Mailboxes by IMAP: 领导信箱, 信访邮箱. Adapter "imap".

The cursor is UIDVALIDITY and the last UID of each folder. When a server renumbers a folder
it is read again from the start; mails keep their numbers (`mail_item`), so nothing is
taken twice. Mails stay as they were found, unread ones included.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import ssl
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from cases.record.item import Item
from sinks.files import FileStore
from streams.sources.mail.imap_session import Entry, Folder, Session, session
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.seam.base import Batch, OpenItem, Rejected, SourceError
from streams.sources.seam.config import Settings, SourceEntry, read_options
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets

log = logging.getLogger(__name__)

_BATCH_BYTES: Final = 8 * 1024 * 1024
_FLOOR: Final = ""
"""In the cursor, beside the folders: the time to which the source was rewound."""

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
    """Of a larger mail only the beginning is read."""
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
        options = self._options
        known = _read_cursor(cursor)
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
            for folder in options.folders:
                yield from self._folder(server, folder, known, now)

    def rewound(self, to: datetime) -> str:
        """See `PullSource`: each folder is read again from its start, without the mails that
        the mailbox took in before `to`. Mails keep their numbers, so nothing is taken twice."""
        return _write_cursor({_FLOOR: (int(to.timestamp()), 0)})

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        """See `Replayable`. The original is the mail, or its beginning where it was larger
        than `max_bytes`; when the mailbox took it in stands in its own headers."""
        cut = len(original) >= self._options.max_bytes
        letter = Letter(data=original, size=len(original) + cut, stored_at=None, origin="死信重试")
        return (self._item(letter, now),)

    def _item(self, letter: Letter, now: datetime) -> Item | Rejected:
        return read_alone(
            lambda: mail_item(
                letter,
                source=self.name,
                channel=self._channel,
                rules=self._rules,
                now=now,
                files=self._files,
            ),
            source=self.name,
            origin=letter.origin,
            original=lambda: letter.data,
        )

    def _folder(
        self, server: Session, folder: str, known: dict[str, tuple[int, int]], now: datetime
    ) -> Iterator[Batch]:
        opened = server.open(folder, readonly=not self._options.mark_seen)
        # Only while a rewound folder is read again: later, an old mail may be moved in.
        floor = known.get(_FLOOR, (0, 0))[0] if folder not in known else 0
        validity, uid = known.get(folder, (opened.uidvalidity, 0))
        if validity != opened.uidvalidity:
            log.warning("来源 %s：文件夹 %s 已被服务器重新编号，从头核对一遍。", self.name, folder)
            uid = 0
        entries: list[Entry] = []
        if opened.uidnext is None or opened.uidnext > uid + 1:
            entries = server.after(uid, opened.count)
        if not entries and known.get(folder) != (opened.uidvalidity, uid):
            yield Batch(found=(), cursor=self._moved(known, folder, opened, uid))
        for done, group in self._groups(entries):
            wanted = [entry for entry in group if not self._too_old(entry, floor)]
            letters = [self._letter(server, folder, opened, entry) for entry in wanted]
            yield Batch(
                found=tuple(self._item(letter, now) for letter in letters if letter is not None),
                cursor=self._moved(known, folder, opened, group[-1].uid),
                done=done,
                total=len(entries),
            )
            # The caller asks on after it has stored the batch.
            if self._options.mark_seen and wanted:
                server.mark_seen([entry.uid for entry in wanted])

    def _moved(
        self, known: dict[str, tuple[int, int]], folder: str, opened: Folder, uid: int
    ) -> str:
        known[folder] = (opened.uidvalidity, uid)
        if all(name in known for name in self._options.folders):
            known.pop(_FLOOR, None)
        return _write_cursor(known)

    def _too_old(self, entry: Entry, floor: int) -> bool:
        since, stored_at = self._options.since, entry.stored_at
        if stored_at is None:
            return False
        return (since is not None and stored_at.date() < since) or stored_at.timestamp() < floor

    def _groups(self, entries: list[Entry]) -> Iterator[tuple[int, list[Entry]]]:
        """Groups bounded in number and in bytes, with the count read so far."""
        group: list[Entry] = []
        weight = 0
        for done, entry in enumerate(entries, 1):
            group.append(entry)
            weight += min(entry.size, self._options.max_bytes)
            if len(group) == self._options.batch_size or weight >= _BATCH_BYTES:
                yield done, group
                group, weight = [], 0
        if group:
            yield len(entries), group

    def _letter(self, server: Session, folder: str, opened: Folder, entry: Entry) -> Letter | None:
        data = server.content(entry, self._options.max_bytes)
        if data is None:
            return None  # deleted since it was listed
        return Letter(
            data=data,
            size=max(entry.size, len(data)) if entry.size > self._options.max_bytes else len(data),
            stored_at=entry.stored_at,
            origin=f"{folder}/{opened.uidvalidity}/{entry.uid}",
        )

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._options.ca_file or None)
        except OSError as error:
            raise SourceError(
                f"证书文件 {self._options.ca_file} 不能用：{error.strerror or error}。"
            ) from None


def _read_cursor(cursor: str | None) -> dict[str, tuple[int, int]]:
    if not cursor:
        return {}
    try:
        stored = json.loads(cursor)
        return {name: (int(validity), int(uid)) for name, (validity, uid) in stored.items()}
    except (ValueError, TypeError, AttributeError):
        raise SourceError(
            f"邮箱的读取位置无法识别：{cursor[:80]!r}。请把该来源重置到开头。"
        ) from None


def _write_cursor(known: dict[str, tuple[int, int]]) -> str:
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its text; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
