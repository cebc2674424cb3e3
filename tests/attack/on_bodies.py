"""Bodies that are too large, too many, too deep, or not what they say."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from threading import Thread

from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import TOKEN, Target
from tests.attack.wire import request

FOUR = 4 << 20
MIGHT = ("X-Timestamp: 1764000000", f"X-Signature: {'ab' * 32}")
"""Headers of a push as a stranger would make them up."""


def _together(work: Callable[[int], None], count: int) -> None:
    threads = [Thread(target=work, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _flood(target: Target, size: Size, headers: tuple[str, ...], path: str) -> Result:
    """Many pushes at once, each all but the last byte: they are all in memory together, if
    they are taken."""
    count = 200 if size is Size.FULL else 40
    found: list[int] = []
    body = b"[" + b" " * (FOUR - 1)
    with target.measured() as cost, ExitStack() as stack:
        sent = request(path, *headers, method="POST", body=body)

        def push(number: int) -> None:
            wire = stack.enter_context(target.wire(f"127.0.0.{2 + number % 8}"))
            if wire.send(sent[:-1]):
                wire.send(sent[-1:])
            found.append(wire.status())

        _together(push, count)
        answered = target.answers()
    grown = cost.rss_peak - cost.rss_before
    wrong = [] if answered else ["others are not answered"]
    if grown > 150 << 20:
        wrong.append(f"memory grew by {grown >> 20} MB")
    if any(status in (200, 500) for status in found):
        wrong.append("answered as if it were good")
    statuses = "/".join(map(str, sorted(set(found))))
    return Result(statuses, wrong, f"+{grown >> 20} MB")


@attack("pushes of 4 MB from strangers", kind=Kind.MEMORY, issue=(7,))
def unsigned(target: Target, _dice: Random, size: Size) -> Result:
    """Signed over the body, so nobody knows before it is there."""
    return _flood(target, size, MIGHT, "/push/new-media")


@attack("pushes of 4 MB without a token", kind=Kind.MEMORY, issue=(7,))
def without_token(target: Target, _dice: Random, size: Size) -> Result:
    """The token stands in the head: no body is read without it."""
    return _flood(target, size, ("Authorization: Bearer wrong",), "/push/hotline")


@attack("a body without a length", kind=Kind.MEMORY, issue=(7,))
def endless_chunks(target: Target, _dice: Random, size: Size) -> Result:
    """Chunked, as long as it is taken."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    most = 256 << 20 if size is Size.FULL else 32 << 20
    sent = 0
    with target.measured() as cost, target.wire() as wire:
        wire.send(request("/push/new-media", *MIGHT, "Transfer-Encoding: chunked", method="POST"))
        while sent < most and wire.send(chunk):
            sent += 65536
        status = wire.status()
    grown = cost.rss_peak - cost.rss_before
    wrong = [f"memory grew by {grown >> 20} MB"] if grown > 60 << 20 else []
    return Result(str(status or "ended"), wrong, f"+{grown >> 20} MB")


@attack("a body of chunks of one byte", kind=Kind.PROCESSOR)
def tiny_chunks(target: Target, _dice: Random, size: Size) -> Result:
    """Each piece costs as much as a large one."""
    count = 600_000 if size is Size.FULL else 100_000
    body = b"1\r\nx\r\n" * count
    head = request("/push/new-media", *MIGHT, "Transfer-Encoding: chunked", method="POST")
    plain = request("/push/new-media", *MIGHT, method="POST", body=b"x" * count)
    whole = target.cost(lambda: [target.ask(plain) for _ in range(10)]) / 10
    found: list[int] = []
    pieces = target.cost(lambda: found.append(target.ask(head + body + b"0\r\n\r\n")))
    times = pieces / max(whole, 0.005)
    wrong = [f"costs {times:.0f} times the same in one piece"] if times > 40 else []
    return Result(str(found[0] or "ended"), wrong, f"{times:.1f} × in one piece")


@attack("JSON that is nested too deep", kind=Kind.ERRORS, issue=(21,))
def deep_json(target: Target, _dice: Random, _size: Size) -> Result:
    """By a platform that knows the key, and by somebody who is signed in."""
    wrong, found = [], []
    who = target.as_person()
    for deep in (b"[" * 100_000, b'{"do":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"a":' * 60_000):
        for path, headers in (
            ("/push/new-media", target.signed(deep)),
            ("/api/v1/cases/board-export%3A1/actions", (*who, "Origin: http://127.0.0.1")),
            ("/api/v1/classify", (*who, "Origin: http://127.0.0.1")),
        ):
            sent = request(
                path, *headers, "Content-Type: application/json", method="POST", body=deep
            )
            found.append(target.ask(sent))
            if found[-1] not in (400, 404):
                wrong.append(f"{path}: {found[-1]}")
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result("/".join(map(str, sorted(set(found)))), wrong)


@attack("a packed body", kind=Kind.MEMORY)
def packed(target: Target, _dice: Random, _size: Size) -> Result:
    """A megabyte that unpacks to a gigabyte, from a platform that knows its token."""
    bomb = gzip.compress(b"\0" * (1 << 28), 1)
    with target.measured() as cost:
        status = target.ask(
            request(
                "/push/hotline",
                f"Authorization: Bearer {TOKEN}",
                "Content-Encoding: gzip",
                method="POST",
                body=bomb,
            )
        )
    grown = cost.rss_peak - cost.rss_before
    wrong = [] if status == 415 else [f"answered {status}"]
    if grown > 40 << 20:
        wrong.append(f"memory grew by {grown >> 20} MB")
    return Result(str(status), wrong)


def _form(target: Target, path: str, body: bytes, kind: str) -> bytes:
    return request(
        path,
        *target.as_person(),
        "Origin: http://127.0.0.1",
        f"Content-Type: {kind}",
        method="POST",
        body=body,
    )


@attack("a form of 100,000 fields", kind=Kind.PROCESSOR)
def many_fields(target: Target, _dice: Random, _size: Size) -> Result:
    """Below the megabyte that a form may have, and below the 16 KB of the sign-in page."""
    wrong, found = [], []
    form = "application/x-www-form-urlencoded"
    small = _form(target, "/logout", b"csrf=x", form)
    plain = target.cost(lambda: [target.ask(small) for _ in range(50)]) / 50
    for path, count in (("/logout", 100_000), ("/login", 4_000)):
        sent = _form(target, path, b"&".join(b"a%d=b" % (n % 10) for n in range(count)), form)
        dear = target.cost(lambda sent=sent: found.append(target.ask(sent)))  # type: ignore[misc]
        times = dear / max(plain, 0.001)
        if times > 60:
            wrong.append(f"{path} costs {times:.0f} small forms")
    if any(status in (0, 200, 303, 500) for status in found):
        wrong.append(f"answered {found}")
    return Result("/".join(map(str, found)), wrong)


@attack("a form of many parts", kind=Kind.PROCESSOR)
def many_parts(target: Target, _dice: Random, _size: Size) -> Result:
    """Multipart: parts without end, headers without end in one part."""
    wrong, found = [], []
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    heads = b'--x\r\nContent-Disposition: form-data; name="a"\r\n' + b"h: v\r\n" * 100_000
    small = _form(target, "/uploads/board-export%3A1", part + b"--x--\r\n", _MULTIPART)
    plain = target.cost(lambda: [target.ask(small) for _ in range(50)]) / 50
    for body in (part * 15_000, heads, b"--x" * 200_000):
        sent = _form(target, "/uploads/board-export%3A1", body, _MULTIPART)
        dear = target.cost(lambda sent=sent: found.append(target.ask(sent)))  # type: ignore[misc]
        times = dear / max(plain, 0.001)
        if times > 100:
            wrong.append(f"{body[:20]!r}… costs {times:.0f} small forms")
    if any(status in (0, 200, 303, 500) for status in found):
        wrong.append(f"answered {found}")
    return Result("/".join(map(str, found)), wrong)


_MULTIPART = "multipart/form-data; boundary=x"


@attack("a body for a page that takes none", kind=Kind.MEMORY)
def unwanted(target: Target, _dice: Random, size: Size) -> Result:
    """Large bodies to every open address: none of them is kept."""
    found: list[int] = []
    with target.measured() as cost:
        for path in ("/healthz", "/static/huiyin.css", "/open311/discovery.json", "/login", "/"):

            def post(_number: int, path: str = path) -> None:
                found.append(target.ask(request(path, method="POST", body=b"x" * (8 << 20))))

            _together(post, 20 if size is Size.FULL else 3)
    grown = cost.rss_peak - cost.rss_before
    wrong = [f"memory grew by {grown >> 20} MB"] if grown > 60 << 20 else []
    if any(status in (0, 200) or status >= 500 for status in found):
        wrong.append(f"answered {sorted(set(found))}")
    return Result("/".join(map(str, sorted(set(found)))), wrong, f"+{grown >> 20} MB")


@attack("a body of another kind", kind=Kind.ERRORS)
def other_kind(target: Target, _dice: Random, _size: Size) -> Result:
    wrong, found = [], []
    for body in (
        b"\xff" * 100,
        b"null",
        b"[]",
        b'"x"',
        b"\0",
        json.dumps({"do": "\ud800"}).encode(),
    ):
        for kind in ("application/json", "application/x-www-form-urlencoded", _MULTIPART, "x"):
            for path in ("/login", "/api/v1/cases/board-export%3A1/actions", "/logout"):
                found.append(target.ask(_form(target, path, body, kind)))
                if found[-1] >= 500 or found[-1] == 0:
                    wrong.append(f"{path} {kind} {body[:10]!r}: {found[-1]}")
    return Result("/".join(map(str, sorted(set(found)))), wrong)
