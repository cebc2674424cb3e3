"""A proxy in front of a real IMAP server that spoils what it says about chosen mails."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from typing import Final

Spoil = Callable[[bytes, bytes], bytes | None]
"""The tag of a `UID FETCH n (… BODY…)` and the server's whole answer to what is said instead;
None breaks the connection off."""

_FETCH: Final = re.compile(rb"(\S+) UID FETCH (\d+) \(UID BODY", re.IGNORECASE)


def nil(_tag: bytes, answer: bytes) -> bytes:
    """The answer without content."""
    return re.sub(
        rb"BODY\[\](<\d+>)? \{\d+\}\r\n.*?(?=( UID \d+)?\)\r\n\S+ OK)",
        rb"BODY[] NIL",
        answer,
        flags=re.DOTALL,
    )


def empty(_tag: bytes, answer: bytes) -> bytes:
    """A literal of no bytes."""
    return nil(_tag, answer).replace(b"BODY[] NIL", b"BODY[] {0}\r\n")


def blank(tag: bytes, answer: bytes) -> bytes:
    """A literal of one line end."""
    return empty(tag, answer).replace(b"{0}\r\n", b"{2}\r\n\r\n")


def silent(tag: bytes, _answer: bytes) -> bytes:
    """OK and nothing else."""
    return tag + b" OK Fetch completed.\r\n"


def refused(tag: bytes, _answer: bytes) -> bytes:
    return tag + b" NO [SERVERBUG] Internal error occurred.\r\n"


def bad(tag: bytes, _answer: bytes) -> bytes:
    return tag + b" BAD Error in IMAP command\r\n"


def broken(_tag: bytes, _answer: bytes) -> None:
    return None


def as_string(_tag: bytes, answer: bytes) -> bytes:
    """The content as a quoted string, its line ends left out: a mail of one line."""
    found = re.search(rb"BODY\[\](?:<\d+>)? \{(\d+)\}\r\n", answer)
    assert found is not None
    content = answer[found.end() : found.end() + int(found[1])]
    text = content.split(b"\r\n\r\n")[-1].strip().replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return answer.replace(found[0] + content, b'BODY[] "' + text + b'"')


def halved(_tag: bytes, answer: bytes) -> bytes:
    """A third of the mail under the listing of a whole one."""
    found = re.search(rb"BODY\[\](?:<\d+>)? \{(\d+)\}\r\n", answer)
    assert found is not None
    size = int(found[1])
    content = answer[found.end() : found.end() + size]
    return answer.replace(
        found[0] + content, b"BODY[] {%d}\r\n" % (size // 3) + content[: size // 3]
    )


class ImapProxy:
    """Listens on `port` until closed; `spoiled` maps UIDs to what is done to their content,
    `times` says how often, for UIDs that recover."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.spoiled: dict[int, Spoil] = {}
        self.times: dict[int, int] = {}
        self.asked: list[int] = []
        """UIDs whose content was asked for, in order."""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server, 10)
        self._open += [client, server]
        try:
            said, asked = server.makefile("rb"), client.makefile("rb")
            client.sendall(said.readline())
            while line := asked.readline():
                server.sendall(line)
                if (answer := self._spoil(line, _answer(said, line.split(b" ")[0]))) is None:
                    return
                client.sendall(answer)
        except OSError:
            return
        finally:
            client.close()
            server.close()

    def _spoil(self, line: bytes, answer: bytes) -> bytes | None:
        fetch = _FETCH.match(line)
        if not fetch:
            return answer
        uid = int(fetch[2])
        self.asked.append(uid)
        left = self.times.get(uid, 1_000)
        if uid not in self.spoiled or not left:
            return answer
        self.times[uid] = left - 1
        return self.spoiled[uid](fetch[1], answer)


def _answer(said: object, tag: bytes) -> bytes:
    """All lines and literals up to the one with the tag."""
    whole = b""
    while True:
        line: bytes = said.readline()  # type: ignore[attr-defined]
        whole += line
        if not line or line.startswith(tag + b" "):
            return whole
        if literal := re.search(rb"\{(\d+)\}\r\n$", line):
            whole += said.read(int(literal[1]))  # type: ignore[attr-defined]
