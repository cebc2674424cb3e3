"""Connections that are opened and kept."""

from __future__ import annotations

import time
from contextlib import ExitStack
from random import Random

from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import HANDLES, Target
from tests.attack.wire import PATIENCE, Wire, request

HALF = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def _open(target: Target, stack: ExitStack, count: int, data: bytes, source: str) -> list[Wire]:
    """As many as the desk takes; one that is turned away counts too."""
    made = []
    for number in range(count):
        address = source if source.count(".") == 3 else f"127.0.{1 + number % 60}.{1 + number % 9}"
        try:
            wire = stack.enter_context(target.wire(address))
        except OSError:
            continue
        wire.send(data)
        made.append(wire)
    return made


@attack("half-open connections of one address", kind=Kind.CONNECTIONS, issue=(7,))
def half_open(target: Target, _dice: Random, size: Size) -> Result:
    """More connections than the process has file handles, none with a whole request. The desk
    was out of reach for everybody, and its log grew to 114 MB in a minute."""
    wrong = []
    log = target.log.stat().st_size
    with ExitStack() as stack:
        _open(target, stack, HANDLES + 76 if size is Size.FULL else 400, HALF, "127.0.0.2")
        elsewhere, same = target.answers(), target.answers("127.0.0.2")
        if not elsewhere:
            wrong.append("others are not answered")
        if not same:
            wrong.append("others behind the same address are not answered")
    grown = target.log.stat().st_size - log
    if grown > 64 << 10:
        wrong.append(f"the log grew by {grown:,} bytes")
    return Result("200" if elsewhere else "none", wrong)


@attack("half-open connections of many addresses", kind=Kind.CONNECTIONS, issue=(7,))
def half_open_everywhere(target: Target, _dice: Random, size: Size) -> Result:
    """No address has many, all together are more than the desk keeps."""
    wrong = []
    with ExitStack() as stack:
        _open(target, stack, HANDLES + 76 if size is Size.FULL else 700, HALF, "many")
        answered = target.answers()
        if not answered:
            wrong.append("others are not answered")
    return Result("200" if answered else "none", wrong)


@attack("slow bodies of many addresses", kind=Kind.CONNECTIONS, issue=(7,))
def slow_bodies(target: Target, _dice: Random, size: Size) -> Result:
    """Pushes whose bodies never come, from more senders than connections are kept."""
    head = request(
        "/push/new-media",
        "Content-Length: 100000",
        "X-Timestamp: 1764000000",
        f"X-Signature: {'ab' * 32}",
        method="POST",
    )
    wrong = []
    with ExitStack() as stack:
        _open(target, stack, HANDLES + 76 if size is Size.FULL else 700, head, "many")
        answered = target.answers()
        if not answered:
            wrong.append("others are not answered")
    return Result("200" if answered else "none", wrong)


def _trickle(wire: Wire, piece: bytes) -> bool:
    """Whether the desk ends a connection on which a little always comes."""
    wire.socket.settimeout(0.2)
    end = time.monotonic() + PATIENCE / 2
    while time.monotonic() < end:
        if not wire.send(piece):
            return True
        try:
            if not wire.socket.recv(1000):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@attack("a header that never ends", kind=Kind.CONNECTIONS, issue=(7,))
def header_trickle(target: Target, _dice: Random, _size: Size) -> Result:
    """A line of a header now and then (slowloris)."""
    with target.wire() as wire:
        wire.send(HALF)
        ended = _trickle(wire, b"x: y\r\n")
    return Result("ended" if ended else "open", [] if ended else ["it stays open"])


@attack("a body that never ends", kind=Kind.CONNECTIONS, issue=(7,))
def body_trickle(target: Target, _dice: Random, _size: Size) -> Result:
    """A byte of a sign-in form now and then."""
    head = request(
        "/login",
        "Origin: http://127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 5000",
        method="POST",
    )
    with target.wire() as wire:
        wire.send(head)
        ended = _trickle(wire, b"a")
    return Result("ended" if ended else "open", [] if ended else ["it stays open"])


@attack("a body after the refusal", kind=Kind.CONNECTIONS)
def endless_after_refusal(target: Target, _dice: Random, _size: Size) -> Result:
    """A chunked body that goes on after it was refused."""
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    sent = 0
    with target.wire() as wire:
        wire.send(request("/push/nowhere", "Transfer-Encoding: chunked", method="POST"))
        status = wire.status()
        end = time.monotonic() + PATIENCE / 2
        while time.monotonic() < end and wire.send(chunk):
            sent += len(chunk)
        ended = time.monotonic() < end
    wrong = [] if ended else ["it goes on being read"]
    return Result(str(status), wrong, f"{sent >> 20} MB read")


@attack("an answer that nobody reads", kind=Kind.CONNECTIONS)
def no_reader(target: Target, _dice: Random, size: Size) -> Result:
    """Requests for a page, many on one connection, and nothing is ever read of the answers."""
    ask = request("/login")
    wrong = []
    with ExitStack() as stack:
        count = 100 if size is Size.FULL else 10
        wires = [stack.enter_context(target.wire("127.0.0.3", 2048)) for _ in range(count)]
        for wire in wires:
            wire.send(ask * 300)
        if not target.answers():
            wrong.append("others are not answered")
        end = time.monotonic() + 3 * PATIENCE
        left = _of(target, "127.0.0.3")
        while left and time.monotonic() < end:
            time.sleep(0.1)
            left = _of(target, "127.0.0.3")
    if left:
        wrong.append(f"{left} connections stay")
    return Result("ended" if not left else "open", wrong)


def _of(target: Target, source: str) -> int:
    return sum(
        each.status == "ESTABLISHED" and bool(each.raddr) and each.raddr.ip == source
        for each in target.watched.net_connections("tcp")
    )


@attack("an idle connection", kind=Kind.CONNECTIONS)
def idle(target: Target, _dice: Random, _size: Size) -> Result:
    """One request, and then nothing."""
    with target.wire() as wire:
        wire.send(request("/healthz"))
        status = wire.status()
        ended = wire.ended()
    return Result(str(status), [] if ended else ["it stays open"])


@attack("a thousand requests in one go", kind=Kind.PROCESSOR)
def pipeline(target: Target, _dice: Random, size: Size) -> Result:
    """Pipelining: each is answered once and in order, none twice, and then it ends."""
    count = 1000 if size is Size.FULL else 100
    asked = request("/nowhere") * (count - 1) + request("/nowhere", "Connection: close")
    with target.wire() as wire:
        # The answers are larger than the questions and are not read yet.
        wire.send(asked)
        answers = wire.rest().count(b"HTTP/1.1 303")
    wrong = [] if answers == count else [f"{answers} answers to {count} requests"]
    return Result("303", wrong)
