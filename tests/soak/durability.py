"""Kills, full disks, cut logs and bad pages: nothing acknowledged is lost without a word."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from huiyin.store import sqlite as store
from tests.soak.live import Live

COMMANDS = (
    ["user", "list"], ["token", "list"], ["audit"], ["doctor"], ["source", "list"],
    ["alerts", "list"], ["deliveries"], ["replay-dead"], ["rebuild"], ["qa", "export"],
    ["columns", "list"], ["dead-letters"],
)  # fmt: skip
"""Beside the server; those that write among them."""
_PATIENCE = 10.0


@dataclass
class Result:
    kills: int = 0
    orders: int = 0
    notes: int = 0
    refusals: int = 0
    commands: int = 0
    lost: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s with {self.commands} commands beside: "
            f"{self.orders} orders, {self.notes} notes and {self.refusals} trail entries "
            f"acknowledged, {self.lost} lost"
        )


def kills(folder: Path, times: int, seed: int) -> Result:
    """A server that takes pushes, notes and refused actions is killed `times` times, at a
    random moment each, with a command beside it; after each kill the next start finds the
    files as they were left. Raises `AssertionError` with what is missing."""
    began = time.monotonic()
    live = Live(folder)
    chance = random.Random(seed)
    result = Result()
    for round_ in range(times):
        live.start()
        stop = threading.Event()
        workers = [threading.Thread(target=_work, args=(live, round_, n, stop)) for n in range(2)]
        for worker in workers:
            worker.start()
        beside = threading.Thread(target=live.huiyin, args=(chance.choice(COMMANDS),))
        if chance.random() < 0.5:
            beside.start()
            result.commands += 1
        enough = len(live.acknowledged) + chance.randint(1, 12)
        end = time.monotonic() + _PATIENCE
        while len(live.acknowledged) < enough and time.monotonic() < end:
            time.sleep(0.005)
        # In the middle of the next one.
        time.sleep(chance.uniform(0, 0.05))
        live.kill()
        stop.set()
        for worker in workers:
            worker.join()
        if beside.ident is not None:
            beside.join()
        result.kills += 1
        if round_ % 20 == 19:
            _all_there(live)
    _all_there(live)
    known = live.acknowledged
    result.orders, result.notes = len(known.orders), len(known.notes)
    result.refusals = len(known.refusals)
    result.seconds = time.monotonic() - began
    assert "Traceback" not in live.errors.read_text("utf-8"), live.errors.read_text("utf-8")
    return result


def _work(live: Live, round_: int, worker: int, stop: threading.Event) -> None:
    n = 0
    while not stop.is_set():
        order = f"26030{worker}{round_:06}{n:06}"
        if live.push(order):
            live.note(order, f"note {order}")
        live.refused(f"mark-{order}")
        n += 1


def _all_there(live: Live) -> None:
    missing = live.missing()
    assert not missing, missing[:10]
    status, printed = live.audit()
    assert status == 0, printed


def full_disk(folder: Path) -> str:
    """No file may grow any more: the server refuses in words, and takes in again once there
    is room."""
    live = Live(folder)
    with live.running():
        _fill(live, "a", 5)
    size = max(each.stat().st_size for each in live.home.iterdir())
    live.start(most_bytes=max(size, 200_000) + 100_000)
    refused = sum(not live.push(f"2603060{n:011}") for n in range(150))
    refused_marks = sum(not live.refused(f"full-{n}") for n in range(50))
    assert refused, "the disk was never full"
    live.kill()
    errors = live.errors.read_text("utf-8")
    assert "Traceback" not in errors, errors[-3000:]
    _all_there(live)
    with live.running():
        _fill(live, "b", 5)
    _all_there(live)
    return f"full disk: {refused} orders and {refused_marks} trail entries refused, nothing lost"


def two_servers(folder: Path) -> str:
    live = Live(folder)
    with live.running():
        other, port = live.second()
        for n in range(30):
            order = f"2603070{n:011}"
            assert live.push(order, port if n % 2 else 0)
            assert live.note(order, f"note {n}", 0 if n % 2 else port)
            assert live.refused(f"mark-{n}", port if n % 2 else 0)
        other.kill()
        other.join()
        assert live.push("260307900000000000")
    _all_there(live)
    return f"two servers on one home: {len(live.acknowledged)} acknowledged, nothing lost"


def cut_log(folder: Path, name: str, how: str) -> str:
    """The log of a file is cut after a kill: `huiyin audit` says so, and how much."""
    live = _killed(folder)
    log = live.home / f"{name}-wal"
    if how == "deleted":
        log.unlink()
    else:
        os.truncate(log, log.stat().st_size // 2)
    live.start()
    live.kill()
    status, printed = live.audit()
    assert status == 1, printed
    assert "发现：确认过" in printed, printed
    assert "没有丢失" not in printed, printed
    return f"log of {name} {how}: reported, status 1"


def older_file(folder: Path) -> str:
    """A file from before lies in the place of the newer one; naming the restore ends it."""
    live = Live(folder)
    with live.running():
        _fill(live, "a", 3)
        live.stop()
        copy = folder / "copy.db"
        # With what is still in its log.
        store.copy(live.home / "desk.db", copy, "desk.db")
        live.start()
        _fill(live, "b", 5)
        live.stop()
    for side in ("-wal", "-shm"):
        (live.home / f"desk.db{side}").unlink(missing_ok=True)
    shutil.copy(copy, live.home / "desk.db")
    status, printed = live.audit()
    assert status == 1, printed
    assert "操作记录 10 条" in printed, printed
    status, printed = live.huiyin(["doctor"])
    assert status == 1, printed
    assert "与确认过的写入不符。请运行 huiyin audit" in printed, printed
    assert live.huiyin(["restored", "恢复昨晚的备份", "--by", "林某"])[0] == 0
    status, printed = live.audit()
    assert status == 0, printed
    assert "登记原因：恢复昨晚的备份" in printed, printed
    return "an older desk.db: reported with 5 trail entries, status 1; named, status 0"


def bad_page(folder: Path, name: str) -> str:
    live = _killed(folder)
    live.start()
    live.stop()
    path = live.home / name
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(data)
    status, printed = live.audit()
    assert status == 1, printed
    assert "坏页" in printed or "已损坏" in printed, printed
    assert "Traceback" not in printed, printed
    return f"bad page in {name}: reported, status 1"


def _killed(folder: Path) -> Live:
    live = Live(folder)
    live.start()
    _fill(live, "a", 20)
    live.kill()
    return live


def _fill(live: Live, mark: str, times: int) -> None:
    for n in range(times):
        order = f"26030{ord(mark)}{n:010}"
        assert live.push(order)
        assert live.note(order, f"note {mark} {n}")
        assert live.refused(f"{mark}-{n}")
