"""A connection that is made again when one mail breaks it, and the content of one mail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Self

from streams.sources.mail.imap_session import Broken, Folder, MailEntry, Session
from streams.sources.mail.item import Letter
from streams.sources.seam.base import SourceError

log = logging.getLogger(__name__)

_ASKED_IN_A_ROW: Final = 2


class Unread(str):
    """Why the server did not give a mail that it lists, in plain Chinese."""

    __slots__ = ()


class Line:
    """One folder of one mailbox, over as many connections as it takes."""

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Session]], *, readonly: bool
    ) -> None:
        """`connect` gives a session that is logged in."""
        self._connect = connect
        self._readonly = readonly
        self._folder = ""
        self._opened: Folder | None = None

    def __enter__(self) -> Self:
        self._manager = self._connect()
        self.server = self._manager.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._manager.__exit__(kind, error, trace)

    def open(self, folder: str) -> Folder:
        self._folder = folder
        self._opened = self.server.open(folder, readonly=self._readonly)
        return self._opened

    def _again(self, error: Broken) -> None:
        """Raises `SourceError` when the server cannot be reached any more."""
        log.warning("mailbox connection broke and is made again: %s", error)
        before = self._opened
        self._manager.__exit__(type(error), error, error.__traceback__)
        self.__enter__()
        now = self.open(self._folder)
        if before is not None and now.uidvalidity != before.uidvalidity:
            raise SourceError(f"邮箱文件夹 {self._folder} 在读取途中被服务器重新编号，稍后重读。")

    def letter(
        self, entry: MailEntry, limit: int, *, short_will_do: bool
    ) -> Letter | Unread | None:
        """The mail, asked for again when the server gives nothing, refuses or breaks off; None
        when the folder does not list it any more. `short_will_do`: much less than the listed
        size is taken too. Raises `SourceError` when the server cannot be reached any more."""
        why = Unread()
        for _ in range(_ASKED_IN_A_ROW):
            try:
                with self.server.failures():
                    data = self.server.content(entry, limit)
            except Broken as error:
                why = Unread(error)
                self._again(error)
                continue
            except SourceError as error:
                why = Unread(error)
                continue
            expected = min(entry.size, limit)
            if data and (short_will_do or len(data) >= expected // 2):
                return self._letter(data, entry, limit)
            why = Unread(
                f"服务器只给出了 {expected} 字节中的 {len(data)} 字节。"
                if data
                else "服务器没有给出邮件内容。"
            )
        return why if self._lists(entry.uid) else None

    def _letter(self, data: bytes, entry: MailEntry, limit: int) -> Letter:
        # Servers count line ends differently; half of a mail is missing only for another reason.
        short = entry.size > limit or len(data) < entry.size // 2
        more = not entry.size and len(data) >= limit
        return Letter(
            data=data,
            size=max(entry.size, len(data) + more) if short or more else len(data),
            stored_at=entry.stored_at,
            origin=f"{self._folder}/{self._opened.uidvalidity if self._opened else 0}/{entry.uid}",
        )

    def _lists(self, uid: int) -> bool:
        """Whether the mail is still there, or may be."""
        try:
            with self.server.failures():
                return self.server.lists(uid)
        except Broken as error:
            self._again(error)
        except SourceError as error:
            log.warning("the mailbox does not say whether it still has mail %s: %s", uid, error)
        return True
