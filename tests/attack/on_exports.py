"""Exports that are begun and never fetched."""

from __future__ import annotations

import time
from contextlib import ExitStack
from random import Random

from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.attack.wire import PATIENCE, Wire, request


def _export(target: Target) -> bytes:
    cookie, token = target.as_person()
    body = f"format=csv&csrf={token.partition(': ')[2]}".encode()
    return request(
        "/ledger/export",
        cookie,
        "Origin: http://127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        method="POST",
        body=body,
    )


def _api(target: Target) -> bytes:
    return request("/api/v1/export?format=csv", target.as_person()[0])


def _begun(wire: Wire, asked: bytes) -> int:
    wire.send(asked)
    return wire.status()


def _free_again(target: Target, asked: bytes) -> tuple[int, bool]:
    """What one more export is answered at once, and whether one is begun in time."""
    first = status = 0
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with target.wire() as wire:
            status = _begun(wire, asked)
            first = first or status
            if status == 200:
                return first, True
        time.sleep(0.1)
    return first, False


@attack("exports that are broken off", kind=Kind.SLOTS, issue=(19,))
def broken_off(target: Target, _dice: Random, size: Size) -> Result:
    """Begun, and then the connection is gone; both places were taken for good."""
    wrong, last = [], 0
    for asked in (_export(target), _api(target)):
        for _ in range(20 if size is Size.FULL else 4):
            wire = target.wire(receive_buffer=2048)
            last = _begun(wire, asked)
            wire.reset()
        if not _free_again(target, asked)[1]:
            wrong.append(f"{asked[:20]!r}: no place is free any more")
    return Result(str(last), wrong)


@attack("exports that nobody reads", kind=Kind.SLOTS, issue=(19,))
def not_read(target: Target, _dice: Random, _size: Size) -> Result:
    """Begun by readers who then do nothing; their places come back after a while."""
    wrong = []
    for asked in (_export(target), _api(target)):
        with ExitStack() as stack:
            wires = [stack.enter_context(target.wire(receive_buffer=2048)) for _ in range(2)]
            statuses = [_begun(wire, asked) for wire in wires]
            if not target.answers():
                wrong.append("others are not answered")
            if not _free_again(target, asked)[1]:
                wrong.append(f"{asked[:20]!r}: the places stay taken")
    return Result("/".join(map(str, statuses)), wrong)
