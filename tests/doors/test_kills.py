"""`kill -9` in the middle of a poll, fifty times for each pulled door: nothing is lost,
nothing comes twice, the cursor is right, and the ledger ends like an undisturbed one."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cases.record.case import encode_case
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from sinks.ledger.base import Query
from sinks.reports.export import jsonl
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts
from streams.polling import close_source, poll_once
from streams.sources.registry import SourceContext, build_source
from streams.sources.seam.base import Batch, PullSource
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.servers import Dovecot
from tests.standins.clock import FakeClock
from tests.standins.feed import Feed
from tests.standins.liuyan import APP_CODE, Liuyan, Thread
from tests.standins.mailbox import Letter, Mailbox
from tests.standins.server import StandIn
from tests.streams.sources.pulled import NOW

KILLS = 50
HOMES = 5
ITEMS = 24
SECRETS = {"LIUYAN_APP_CODE": APP_CODE, "MAILBOX": "letter-box"}
T0 = int(NOW.timestamp()) - 3 * 86_400
LONG = "西河路路口的排水井盖缺失已有一个多月，夜间行人经过十分危险。" * 5

Kill = Callable[[str], None]
"""Is told of each point that a child reaches, and may end it there."""


@dataclass
class Door:
    """A pulled source, and what happens at the other end between the two halves."""

    options: dict[str, Any]
    adapter: str
    change: Callable[[], None]
    ids: set[str]
    """What has to be in the ledger in the end."""


def _http(stand_in: StandIn) -> dict[str, Any]:
    return {"hosts": [stand_in.host], "allow_private_addresses": True, "read_timeout": 5.0}


@contextmanager
def liuyan() -> Iterator[Door]:
    with Liuyan() as board:
        for n in range(ITEMS):
            board.add(Thread(1000 + n, T0 + n * 600, f"留言 {n}", f"{n} {LONG}", "1"))

        def change() -> None:
            for n in range(0, ITEMS, 3):
                at = T0 + 100_000
                board.threads[1000 + n].replies.append(
                    {"dateline": at, "content": f"答复 {n}", "organization": "住建局"}
                )
            board.threads[1001].text = "改过的留言"
            board.threads[1004].gone = True
            board.add(Thread(2000, T0 + 90_000, "新留言", LONG, "1"))

        options = {
            "base_url": board.url, "http": _http(board), "mode": "signed", "fids": ["1"],
            "app_code_secret": "LIUYAN_APP_CODE", "rows": 5,
        }  # fmt: skip
        yield Door(options, "liuyan", change, {str(1000 + n) for n in range(ITEMS)} | {"2000"})


@contextmanager
def site_mailbox() -> Iterator[Door]:
    with Mailbox() as site:
        site.size = 5
        site.letters += [
            Letter(str(1000 + n), T0 + n * 600, f"来信 {n}", f"正文 {n}") for n in range(ITEMS)
        ]

        def change() -> None:
            for one in site.letters[::3]:
                one.replies.append(("已处理", T0 + 100_000, "城管局"))
            site.letters[1].text = "改过的来信"
            site.letters.append(Letter("2000", T0 + 90_000, "新来信", "新的正文"))

        options = {
            "base_url": site.url,
            "http": _http(site),
            "list": {
                "url": "/letters", "params": {"page": "{page}"}, "format": "html",
                "rows": "table.list tr",
                "fields": {
                    "id": {"at": "a@href", "match": r"id=(\w+)"}, "title": ["a@title", "a"],
                    "received_at": "td:nth-child(2)", "state": "td:nth-child(3)", "url": "a@href",
                },
            },
            "detail": {"format": "html", "root": "table.letter"},
        }  # fmt: skip
        ids = {str(1000 + n) for n in range(ITEMS)} | {"2000"}
        yield Door(options, "site-mailbox", change, ids)


@contextmanager
def feed() -> Iterator[Door]:
    def entry(n: int, text: str = "道路塌陷") -> str:
        return (
            f"<title>报道 {n}</title><guid>n{n}</guid><description>{text} {n}</description>"
            "<pubDate>Mon, 09 Mar 2026 08:00:00 +0800</pubDate>"
        )

    with Feed() as paper:
        paper.rss(*(entry(n) for n in range(3 * ITEMS)))

        def change() -> None:
            paper.rss(entry(999), *(entry(n, "更正：道路塌陷") for n in range(3 * ITEMS)))

        options = {"urls": [f"{paper.url}/rss.xml"], "http": _http(paper)}
        yield Door(options, "feed", change, {f"n{n}" for n in (*range(3 * ITEMS), 999)})


@contextmanager
def imap(server: Dovecot) -> Iterator[Door]:
    def mail(n: int) -> bytes:
        return (
            f"Received: from m.example by x; Mon, 9 Mar 2026 08:00:{n:02d} +0800\r\n"
            f"From: w{n}@m.example\r\nMessage-ID: <n{n}@m.example>\r\n"
            f"Subject: letter {n}\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
        ).encode() + f"停水 第 {n} 封\r\n".encode("gbk")

    for n in range(ITEMS):
        server.deliver(mail(n))

    def change() -> None:
        server.deliver(mail(ITEMS))
        server.deliver(mail(3))  # a copy of a letter that is known

    options = {
        "host": server.host, "port": server.port, "security": "none", "user": server.user,
        "password": "MAILBOX", "batch_size": 3, "timeout_seconds": 5,
    }  # fmt: skip
    yield Door(options, "imap", change, set())


class Watched(EmbeddedRunner):
    """Says where it is, to somebody with a gun."""

    at: Kill = staticmethod(lambda point: None)

    def take_from(self, source: str, batch: Batch, cursor: str | None) -> IntakeCounts | None:
        self.at("before the store")
        with self.store.transaction():
            taken = super_take(self, source, batch, cursor)
            self.at("stored, not committed")
        self.at("after the store")
        return taken

    def pump_all(self, progress: Callable[[int], None] | None = None) -> int:
        done = 0
        while n := self.pump(limit=7).messages:
            done += n
            self.at("between two batches of the processing")
        return done


def super_take(
    runner: EmbeddedRunner, source: str, batch: Batch, cursor: str | None
) -> IntakeCounts | None:
    """`EmbeddedRunner.take_from` inside a transaction that is already open."""
    from streams.intake import take

    if runner.store.cursor(source) != cursor:
        return None
    return take(source, batch, runner.store, runner.clock())


POINTS = (
    "asked",
    "before the store",
    "stored, not committed",
    "after the store",
    "between two batches of the processing",
    "the poll has ended",
)


def _settings(home: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_NOW": NOW.isoformat(),
            "HUIYIN_CLASSIFIER": "rules",
        }
    )


def _work(home: Path, door: Door, at: Kill) -> None:
    """One poll, and the processing of what it brought."""
    settings = _settings(home)
    runner = Watched(
        EmbeddedStore(settings.database), wiring.build_processor(settings), settings.clock
    )
    runner.at = at
    entry = SourceEntry(
        name="door", adapter=door.adapter, channel="门", options=door.options, file="s.toml"
    )
    around = SourceContext(secrets=Secrets(SECRETS), pacing=FakeClock().pacing())
    source = build_source(entry, around)
    assert isinstance(source, PullSource)
    at("asked")
    result = poll_once(runner, source, settings.clock)
    assert not result.error, result.error
    at("the poll has ended")
    runner.pump_all()
    close_source(source)
    runner.store.close()


def _child(home: Path, door: Door, point: str, skip: int) -> None:
    left = skip

    def at(reached: str) -> None:
        nonlocal left
        if reached == point:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    _work(home, door, at)


def _kill(home: Path, door: Door, number: int, random_: random.Random) -> None:
    """One child that dies: at a chosen point, or at a random moment."""
    point = POINTS[number // 2 % len(POINTS)] if number % 2 == 0 else ""
    tries = [(point, random_.randrange(3)), (point, 0)] if point else [("", 0)]
    # A poll that brings nothing new passes few points; it does end.
    for at, skip in (*tries, ("the poll has ended", 0)):
        # Forked, so that a kill comes during the work and not during the imports.
        child = multiprocessing.get_context("fork").Process(
            target=_child, args=(home, door, at, skip)
        )
        child.start()
        child.join(20 if at else random_.uniform(0.02, 0.15))
        if child.is_alive():
            child.kill()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL), at
        if child.exitcode:
            return
    pytest.fail(f"no child died at {point!r}")


@dataclass
class End:
    exported: bytes
    histories: list[bytes]
    """The cases with their whole history."""
    place: object
    ids: set[str]


def _ended(home: Path) -> End:
    """How it ended in `home`; the audit balances."""
    runner = wiring.open_runner(_settings(home))
    result = audit_store(runner.store)
    assert result.balanced, result.problems
    assert result.waiting == 0
    cases = list(runner.store.ledger.scan(Query()))
    exported = b"".join(jsonl(cases, str))
    place = _place(runner.store.cursor("door"))
    runner.store.close()
    ids = {case.item.source_item_id for case in cases}
    return End(exported, [encode_case(case) for case in cases], place, ids)


def _place(cursor: str | None) -> object:
    """What a cursor says, without how many polls it took to get there."""
    found = json.loads(cursor or "{}")
    if "lists" not in found:
        return found
    return {
        key: (state["mark"], {one: seen[0] for one, seen in state["seen"].items()})
        for key, state in found["lists"].items()
    }, dict(sorted(found["rounds"]["looks"].items()))


def never(_point: str) -> None:
    pass


def _same(killed: End, calm: End) -> None:
    assert killed.ids == calm.ids
    assert killed.exported == calm.exported
    # Byte for byte: the same versions in the same order, with the same message ids.
    assert killed.histories == calm.histories
    assert killed.place == calm.place


def _checked(door: Door, tmp_path: Path) -> None:
    """Half of the kills before the other end changes, half after; in several homes, so
    that most of them come while there is still something to do."""
    random_ = random.Random(11)
    calm, homes = tmp_path / "calm", [tmp_path / f"killed{n}" for n in range(HOMES)]
    kills = itertools.count()
    for half in range(2):
        if half:
            door.change()
        _work(calm, door, never)
        end = _ended(calm)
        for home in homes:
            for _ in range(KILLS // HOMES // 2):
                _kill(home, door, next(kills), random_)
            _work(home, door, never)
            _same(_ended(home), end)
    assert next(kills) == KILLS
    if door.ids:
        assert end.ids == door.ids
    else:
        assert len(end.ids) == ITEMS + 1


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("open_door", [liuyan, site_mailbox, feed])
def test_fifty_kills_leave_no_trace(
    open_door: Callable[[], AbstractContextManager[Door]], tmp_path: Path
) -> None:
    with open_door() as door:
        _checked(door, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_fifty_kills_leave_no_trace_in_a_mailbox(dovecot: Dovecot, tmp_path: Path) -> None:
    with imap(dovecot) as door:
        _checked(door, tmp_path)
