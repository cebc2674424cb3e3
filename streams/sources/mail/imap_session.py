"""One IMAP connection: log in, name ourselves, open a folder, list and fetch.

Built on `imaplib`: the adapter needs the raw bytes, the exact command order and a limit on
what is read, which the packages above it do not give.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from typing import Final

from imap_tools.imap_utf7 import utf7_encode
from msgspec import Struct

from cases.words.times import beijing
from streams.sources.seam.base import SourceError

_WINDOW: Final = 500
_SLACK: Final = 64 * 1024
_UID: Final = re.compile(rb"\bUID (\d+)")
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE: Final = re.compile(rb'INTERNALDATE "([^"]+)"')


class MailEntry(Struct, frozen=True):
    """A message as listed: no content yet."""

    uid: int
    size: int
    stored_at: datetime | None


class Folder(Struct, frozen=True):
    """An open folder."""

    uidvalidity: int
    uidnext: int | None
    """None where the server does not say."""
    count: int


class _Capped:
    """Refuses a literal larger than asked for, instead of reading it into memory."""

    limit = 1 << 20

    def read(self, size: int) -> bytes:
        if size > self.limit + _SLACK:
            raise imaplib.IMAP4.abort(f"literal of {size} bytes")
        return super().read(size)  # type: ignore[misc,no-any-return]


class _Plain(_Capped, imaplib.IMAP4):
    pass


class _Tls(_Capped, imaplib.IMAP4_SSL):
    pass


class Session:
    """An authenticated connection. Every failure is a `SourceError` in plain Chinese."""

    def __init__(self, client: imaplib.IMAP4, where: str, timeout: float) -> None:
        self._client = client
        self._where, self._timeout = where, timeout

    def failures(self) -> AbstractContextManager[None]:
        """What breaks within becomes `Broken` at once, so that the caller can go on."""
        return named_failures(self._where, self._timeout)

    def identify(self) -> None:
        """RFC 2971. 163 and 126 refuse SELECT ("Unsafe Login") to a client that did not."""
        self._client.xatom("ID", '("name" "huiyin" "version" "1" "vendor" "huiyin")')

    def knows(self, capability: str) -> bool:
        return capability in self._client.capabilities

    def open(self, folder: str, *, readonly: bool) -> Folder:
        name = b'"' + utf7_encode(folder).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        status, data = self._client.select(name.decode("ascii"), readonly)
        if status != "OK":
            raise SourceError(
                f"邮箱文件夹 {folder} 打不开：{_said(data)}。请核对 folders；"
                "网易邮箱提示 Unsafe Login 时，请设 send_id = true 并在网页端开启 IMAP。"
            )
        validity = self._number("UIDVALIDITY")
        if validity is None:
            raise SourceError(f"邮箱文件夹 {folder} 没有给出 UIDVALIDITY，无法可靠地续读。")
        return Folder(validity, self._number("UIDNEXT"), int(data[0] or 0))

    def _number(self, name: str) -> int | None:
        _, data = self._client.response(name)
        value = data[0] if data else None
        return int(value) if isinstance(value, bytes) and value.isdigit() else None

    def after(self, uid: int, count: int) -> list[MailEntry]:
        """Entries with a UID above `uid`, in order.

        Listed by sequence number from the end, in windows: UIDs rise with it, a window has
        a bounded answer, and plain FETCH never renumbers.
        """
        found: dict[int, MailEntry] = {}
        last = count
        while last > 0:
            first = max(1, last - _WINDOW + 1)
            status, data = self._client.fetch(f"{first}:{last}", "(UID RFC822.SIZE INTERNALDATE)")
            window = [entry for line in data if (entry := _entry(line))] if status == "OK" else []
            found.update((entry.uid, entry) for entry in window if entry.uid > uid)
            if len(window) < last - first + 1:
                # One that the server cannot describe is still a letter.
                found |= {n: MailEntry(n, 0, None) for n in self._uids_after(uid) if n not in found}
                break
            if min(entry.uid for entry in window) <= uid:
                break
            last = first - 1
        return sorted(found.values(), key=lambda entry: entry.uid)

    def _uids_after(self, uid: int) -> list[int]:
        status, data = self._client.uid("SEARCH", f"UID {uid + 1}:*")
        _expect(status, data, "列出邮件")
        numbers = b" ".join(line for line in data if isinstance(line, bytes)).split()
        # "N:*" always names the last mail too.
        return [n for number in numbers if number.isdigit() and (n := int(number)) > uid]

    def described(self, uids: list[int]) -> list[MailEntry]:
        """Those of the mails that the folder still lists."""
        if not uids:
            return []
        numbers = ",".join(map(str, uids))
        status, data = self._client.uid("FETCH", numbers, "(UID RFC822.SIZE INTERNALDATE)")
        lines = data if status == "OK" else []
        known = {entry.uid: entry for line in lines if (entry := _entry(line))}
        return [known.get(n) or MailEntry(n, 0, None) for n in uids if n in known or self.lists(n)]

    def lists(self, uid: int) -> bool:
        """Whether the folder still has a mail with this UID."""
        status, data = self._client.uid("SEARCH", f"UID {uid}")
        _expect(status, data, "核对邮件")
        return str(uid).encode() in b" ".join(d for d in data if isinstance(d, bytes)).split()

    def content(self, entry: MailEntry, limit: int) -> bytes:
        """The message, or its first `limit` bytes; b"" when the server gave none (NIL, an empty
        literal, an answer without content). Flags stay. Raises `SourceError` when it refuses."""
        self._client.limit = limit  # type: ignore[attr-defined]
        whole = 0 < entry.size <= limit
        section = "BODY.PEEK[]" if whole else f"BODY.PEEK[]<0.{limit}>"
        status, data = self._client.uid("FETCH", str(entry.uid), f"(UID {section})")
        _expect(status, data, "读取邮件")
        for number, part in enumerate(data):
            head = part[0] if isinstance(part, tuple) else part
            if not isinstance(head, bytes) or b"BODY[" not in head.upper():
                continue
            tail = data[number + 1] if number + 1 < len(data) else b""
            line = head + (tail if isinstance(part, tuple) and isinstance(tail, bytes) else b"")
            named = _UID.search(_STRING.sub(b"", line))
            if named and int(named[1]) == entry.uid:
                found = bytes(part[1]) if isinstance(part, tuple) else _string(line)
                if found.strip():
                    return found
        return b""

    def mark_seen(self, uids: list[int]) -> None:
        numbers = ",".join(map(str, uids))
        status, data = self._client.uid("STORE", numbers, "+FLAGS.SILENT", "(\\Seen)")
        _expect(status, data, "标记已读")


_STRING: Final = re.compile(rb'(BODY\[\](?:<\d+>)?) "((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.DOTALL)


def _string(line: bytes) -> bytes:
    """The content as a quoted string, which some servers send for a short mail."""
    found = _STRING.search(line)
    return re.sub(rb"\\(.)", rb"\1", found[2]) if found else b""


def _entry(line: object) -> MailEntry | None:
    if isinstance(line, tuple):
        line = line[0]
    if not isinstance(line, bytes) or not (uid := _UID.search(line)):
        return None
    size, date = _SIZE.search(line), _DATE.search(line)
    return MailEntry(int(uid[1]), int(size[1]) if size else 0, _moment(date[1]) if date else None)


def _moment(value: bytes) -> datetime | None:
    with suppress(ValueError):
        return beijing(datetime.strptime(value.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z"))
    return None


def _expect(status: str, data: object, what: str) -> None:
    if status != "OK":
        raise SourceError(f"邮箱服务器拒绝{what}：{_said(data)}。稍后会重试。")


def _said(data: object) -> str:
    part = data[0] if isinstance(data, list) and data else data
    text = part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part or "")
    return text[:200]


@contextmanager
def session(
    host: str,
    port: int,
    *,
    security: str,
    context: ssl.SSLContext,
    user: str,
    password: str,
    timeout: float,
) -> Iterator[Session]:
    """Connect and log in; whatever goes wrong later is named too, and never with the password."""
    where = f"{host}:{port}"
    client: imaplib.IMAP4 | None = None
    with named_failures(where, timeout):
        try:
            if security == "tls":
                client = _Tls(host, port, ssl_context=context, timeout=timeout)
            else:
                client = _Plain(host, port, timeout=timeout)
                if security == "starttls":
                    client.starttls(context)
            _login(client, where, user, password)
            yield Session(client, where, timeout)
            client.logout()
        finally:
            if client is not None:
                # `logout` closes the socket only when the server answers.
                with suppress(OSError):
                    client.shutdown()


class Broken(SourceError):
    """The connection is of no use any more."""


@contextmanager
def named_failures(where: str, timeout: float) -> Iterator[None]:
    """Failures of the connection as `Broken`, in plain Chinese."""
    try:
        yield
    except TimeoutError:
        raise Broken(f"邮箱服务器 {where} 在 {timeout:.0f} 秒内没有回应。") from None
    except ssl.SSLError as error:
        raise Broken(f"与邮箱服务器 {where} 的加密连接失败：{error.reason}。") from None
    except OSError as error:
        raise Broken(f"连不上邮箱服务器 {where}：{error.strerror or error}。") from None
    except imaplib.IMAP4.error as error:
        # `abort` is one of them: the connection broke or the server spoke nonsense.
        raise Broken(f"邮箱服务器 {where} 中断了会话：{str(error)[:200]}。") from None


def _login(client: imaplib.IMAP4, where: str, user: str, password: str) -> None:
    try:
        client.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        said = str(error).replace(password, "〔密〕")[:200]
        raise SourceError(
            f"邮箱服务器 {where} 拒绝用户 {user} 登录：{said}。"
            "请核对用户名和密码；QQ、网易等邮箱要用网页端生成的授权码，不是登录密码。"
        ) from None
