"""Personal data erased with Kafka: on a real broker, with workers, from door to rebuild."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cases.privacy.erased import ERASED
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.backup.erasures import NAME
from desk.ground import production, production_upkeep
from desk.ground.console import bar
from sinks.ledger.base import Query
from streams.kafka.follower import LogFollower
from streams.kafka.keyring import KeyRing
from streams.kafka.reader import Reader
from streams.kafka.records import Record
from streams.kafka.topics import Topics
from tests.installation import Installation, installation
from tests.servers import Elasticsearch, Kafka

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
ERASED_CASE, OTHER, OPEN = "board-export:1", "board-export:2", "board-export:3"
MARKS = ("欧阳标记", "13900007777", "龘路的路灯坏了", "标记答复")
"""Of the first message alone: who, how to reach them, what, and what was said about it."""


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            [
                "留言编号",
                "留言用户",
                "留言主题",
                "留言时间",
                "留言详情",
                "答复意见",
                "答复时间",
                "点赞数",
            ]
        )
        body = f"我是{MARKS[0]}，{MARKS[2]}，请打{MARKS[1]}"
        for number, who, text in (
            (1, MARKS[0], body),
            (2, "甲某", "水管漏水"),
            (3, "乙某", "噪声"),
        ):
            rows.writerow([number, who, text[:20], "2026-11-20 09:00:00", text, "", "", 0])


def _act(town: Installation, number: int, case_id: str, command: do.AnyCommand) -> None:
    runner = production.open_runner(town.settings)
    runner.act(
        Action(
            message_id=f"a-{number}",
            case_id=case_id,
            actor=Actor(id="wang", role=Role.DESK),
            command=command,
            at=town.settings.clock(),
        )
    )
    runner.pump_all()
    runner.store.close()


def _cases(town: Installation) -> dict[str, Case]:
    parts = production.ledger(town.settings)
    parts.refresh()
    return {case.case_id: case for case in parts.ledger.scan(Query())}


def _on_the_disks(kafka: Kafka, town: Installation) -> list[str]:
    """The marks that stand in any byte of any topic."""
    data = b"".join(
        path.read_bytes()
        for path in kafka.folder.rglob("*.log")
        if path.parent.name.startswith(f"{town.name}.")
    )
    assert b"board-export:1" in data
    return [
        mark for mark in MARKS if mark.encode() in data or json.dumps(mark)[1:-1].encode() in data
    ]


def _rebuilt(town: Installation) -> tuple[bytes, bytes]:
    with bar("重建") as progress:
        production_upkeep.rebuild(town.settings, progress)
    return town.export()


@pytest.fixture(scope="module")
def town(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Two workers, three messages, two of them refused: one of these is erased at the end."""
    folder = tmp_path_factory.mktemp("erasing")
    (folder / "master.key").write_text("ab" * 32, "ascii")
    _write(folder / "messages.csv")
    key = str(folder / "master.key")
    with installation(folder, kafka, elasticsearch, HUIYIN_KEY_FILE=key) as it:
        it.start_worker()
        it.start_worker()
        assert it.feed(folder / "messages.csv").counts.new == 3
        it.until_done(180)
        for number, case_id in enumerate((ERASED_CASE, OTHER)):
            _act(it, number, case_id, do.Refuse(reason=f"{MARKS[3]}：请走诉讼"))
        yield it


def test_an_erasure_from_beginning_to_end(
    town: Installation, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = production.address(town.settings)
    before = _cases(town)
    assert MARKS[0] in before[ERASED_CASE].item.author
    assert town.audit().problems == ()
    # Sealed from the first byte on: what the topics hold is what an erasure leaves on the disks.
    assert _on_the_disks(kafka, town) == []
    with production.opened_follower(town.settings) as follower:
        _erase_and_look(town, follower)
    after = _cases(town)
    assert after[ERASED_CASE].erased_at is not None
    assert after[OTHER] == before[OTHER]
    exported = town.export()
    assert not [mark for mark in MARKS[:3] if mark in exported[0].decode()]
    assert ERASED in exported[0].decode()
    assert town.audit().problems == ()

    # The same feed, and another version of the same item: neither comes in.
    assert town.feed(town.folder / "messages.csv").counts.unchanged == 3
    text = (town.folder / "messages.csv").read_text("utf-8")
    (town.folder / "later.csv").write_text(text.replace("请打", "再打"), "utf-8")
    later = town.feed(town.folder / "later.csv").counts
    assert (later.new, later.later) == (0, 0)
    town.until_done()

    # A process that knows nothing yet reads what is left.
    fresh = KeyRing(address)
    monkeypatch.setattr("streams.kafka.reader.ring_of", lambda _address: fresh)
    monkeypatch.setattr("streams.kafka.proof.ring_of", lambda _address: fresh)
    with Reader(address) as reader:
        topics = Topics(address.prefix)
        for topic in (topics.inbox, topics.journal, topics.alerts, topics.dead_letters):
            said = b"".join(entry.value or b"" for entry in reader.read_all(topic)).decode()
            assert not [mark for mark in MARKS[:3] if mark in said], topic
    assert town.audit().problems == ()
    again = _rebuilt(town)
    assert again == exported
    assert _rebuilt(town) == again
    assert _on_the_disks(kafka, town) == []
    fresh.close()


def _erase_and_look(town: Installation, follower: LogFollower) -> None:
    refused = town.run("person", "erase", OPEN, "--yes")
    assert "还没有办结" in refused.stdout + refused.stderr
    done = town.run("person", "erase", ERASED_CASE, "--yes")
    assert f"已删除 1 件：{ERASED_CASE}" in done.stdout, done.stderr
    assert ERASED_CASE in (town.settings.home / NAME).read_text("utf-8")
    assert OPEN not in (town.settings.home / NAME).read_text("utf-8")
    desk = b"".join(p.read_bytes() for p in town.settings.home.rglob("desk.db*") if p.is_file())
    assert not [mark for mark in MARKS if mark.encode() in desk]
    follower.catch_up()
    told = [alert.text for alert in follower.alerts(500) if alert.case_id == ERASED_CASE]
    assert set(told) <= {ERASED}


def test_keys_that_an_older_copy_brought_back_are_found_and_go_again(
    town: Installation, kafka: Kafka
) -> None:
    """The topic of keys was restored from a copy of before the erasure."""
    with Reader(production.address(town.settings)) as reader:
        rows = [
            Record(entry.key, entry.value)
            for entry in reader.read_all(_keys(town))
            if (entry.key or b"").startswith(f"{ERASED_CASE}\0".encode())
        ]
    made = [row for row in rows if row.key != _marker() and row.value is not None]
    assert made
    with closing(production.writer(town.settings, 20)) as writer:
        writer.write(_keys(town), [Record(_marker(), None), *made])
    (problem,) = [p for p in production_upkeep.audit(town.settings).problems if "密钥却还在" in p]
    assert ERASED_CASE in problem
    done = town.run("restored", "从副本恢复了密钥主题")
    assert "恢复的内容里有 1 件登记过删除，已再次删除" in done.stdout, done.stderr
    assert town.audit().problems == ()
    assert "恢复的内容里有" not in town.run("restored", "再看一次").stdout
    assert _on_the_disks(kafka, town) == []


def _keys(town: Installation) -> str:
    return Topics(production.address(town.settings).prefix).keys


def _marker() -> bytes:
    return f"{ERASED_CASE}\0".encode()


def test_a_message_to_an_erased_case_is_refused_and_leaves_nothing(
    town: Installation, kafka: Kafka
) -> None:
    _act(town, 50, ERASED_CASE, do.LogContact(text=f"{MARKS[0]}又来电"))
    last = _cases(town)[ERASED_CASE].history[-1].body
    assert isinstance(last, ev.ActionRefused)
    assert MARKS[0] not in str(last)
    assert town.audit().problems == ()
    assert _on_the_disks(kafka, town) == []
