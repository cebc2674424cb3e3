"""The mails of one folder in one poll: which are read, which are owed, when the poll ends.

A mail that the server lists and does not give keeps no other out and is never forgotten in
silence: see `streams.sources.mail.imap`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from cases.record.item import Item
from streams.sources.mail.imap_cursor import Place
from streams.sources.mail.imap_line import Line, Unread
from streams.sources.mail.imap_session import MailEntry
from streams.sources.mail.item import Letter
from streams.sources.seam.base import Rejected, SourceError

log = logging.getLogger(__name__)

_DEAD_AFTER: Final = 3
"""Polls in which a mail was not given, before it becomes a dead letter."""
_FORGOTTEN_AFTER: Final = 20
"""Polls after which it is not asked for any more; the dead letter stays."""
_MOST_UNREAD: Final = 10
"""Mails in a row that the server does not give: then it is the server, and the poll ends."""


class FolderReading:
    """Moves `place` along with the mails it reads."""

    def __init__(
        self,
        line: Line,
        place: Place,
        *,
        source: str,
        where: str,
        limit: int,
        read: Callable[[Letter], Item | Rejected],
        skipped: Callable[[MailEntry], bool],
    ) -> None:
        """`where` names source and folder for people; `limit`: bytes read of one mail."""
        self._line = line
        self._place = place
        self._source = source
        self._where = where
        self._limit = limit
        self._item = read
        self._skipped = skipped
        self._unread_in_a_row = 0
        self.taken: list[int] = []
        """UIDs of the last group whose mails were read."""
        self.failure: SourceError | None = None
        """Why the poll ends with this group."""

    def take(self, group: Sequence[MailEntry]) -> list[Item | Rejected]:
        """What becomes of these mails, up to the one with which the poll ends."""
        place = self._place
        found: list[Item | Rejected] = []
        self.taken = []
        for entry in group:
            polls = place.owed.pop(entry.uid, 0)
            place.uid = max(place.uid, entry.uid)
            if self._skipped(entry):
                continue
            read = self._letter(entry, polls)
            if isinstance(read, Letter):
                found.append(self._item(read))
                self.taken.append(entry.uid)
                self._unread_in_a_row = 0
            elif read is not None:
                found += self._owed(entry, polls + 1, read)
            if self.failure is not None:
                break
        return found

    def _letter(self, entry: MailEntry, polls: int) -> Letter | Unread | None:
        try:
            return self._line.letter(entry, self._limit, short_will_do=polls + 1 >= _DEAD_AFTER)
        except SourceError as error:
            self.failure = error
            return Unread(error)

    def _owed(self, entry: MailEntry, polls: int, why: Unread) -> list[Rejected]:
        uid = entry.uid
        log.warning("来源 %s 的邮件 %s 没有读到：%s", self._where, uid, why)
        self._unread_in_a_row += 1
        if self._unread_in_a_row >= _MOST_UNREAD and self.failure is None:
            self.failure = SourceError(
                f"邮箱服务器连续 {_MOST_UNREAD} 封邮件没有给出内容：{why}稍后会重试。"
            )
        if polls < _FORGOTTEN_AFTER:
            self._place.owed[uid] = polls
        if polls != _DEAD_AFTER:
            return []
        where = f"{self._where}/{self._place.validity}/{uid}"
        detail = (
            f"邮箱里有这封邮件（{self._where}，UID {uid}，{entry.size} 字节），"
            f"读了 {polls} 次都没有读到内容：{why}还会再试；读到后自动收进台账。"
            "请在邮箱网页中打开它核对，必要时手工登记"
        )
        return [
            Rejected(
                source=self._source,
                reason="mail_not_given",
                detail=detail,
                original=f"IMAP {where}，{entry.size} 字节".encode(),
                origin=where,
            )
        ]
