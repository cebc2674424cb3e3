"""Every file that is kept goes through one wrapper: a part of an older number is brought up to
date with a copy first, a newer one is refused, by all who open it."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest

from cases.words.times import BEIJING
from desk.app.web import create_app
from huiyin.store import migrations
from huiyin.store.errors import StoreError
from huiyin.store.migrations import copies
from huiyin.store.sqlite import connect
from sinks.alerts.file import AlertFile
from sinks.delivery.log import SqliteDeliveryLog
from streams.embedded.store import EmbeddedStore
from streams.kafka.acknowledged import Acknowledged
from tests.desk.clients import MovingClock, office_of

ROOT = Path(__file__).parents[3]
PACKAGES = ("huiyin", "cases", "classifiers", "streams", "sinks", "desk")


def open_desk(path: Path) -> None:
    """The whole desk: it makes every service that keeps something."""
    clock = MovingClock(datetime(2026, 3, 2, 10, 30, tzinfo=BEIJING))
    office = office_of(path.parent, ROOT / "config", clock)
    try:
        create_app(office)
    finally:
        office.close()


def open_store(path: Path) -> None:
    EmbeddedStore(path).close()


def open_alerts(path: Path) -> None:
    AlertFile(path).close()


def open_deliveries(path: Path) -> None:
    connection = connect(path, "送达记录")
    try:
        SqliteDeliveryLog(connection)
    finally:
        connection.close()


def open_acknowledged(path: Path) -> None:
    Acknowledged(path, ("inbox",)).close()


FILES: dict[str, Callable[[Path], None]] = {
    "huiyin.db": open_store,
    "desk.db": open_desk,
    "alerts.db": open_alerts,
    "deliveries.db": open_deliveries,
    "kafka.db": open_acknowledged,
}
SLOW_FOR_THE_DESK = [
    pytest.param(name, marks=pytest.mark.slow) if name == "desk.db" else name for name in FILES
]
ENSURING = (
    "desk.ground.deskfile",
    "huiyin.store.counting",
    "huiyin.store.row_keys",
    "sinks.alerts.file",
    "sinks.delivery.log",
    "sinks.ledger.sqlite_table",
    "streams.kafka.acknowledged",
    "streams.embedded.store",
)


def parts_of(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as db:
        return dict(db.execute("SELECT name, version FROM parts"))


def test_nothing_else_opens_a_file_with_sqlite(root: Path) -> None:
    openers, ensuring = set(), set()
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            name = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
            text = path.read_text("utf-8")
            if "sqlite3" not in text and migrations.__name__ not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Attribute) and ast.unparse(node) == "sqlite3.connect":
                    openers.add(name)
                if isinstance(node, ast.ImportFrom) and node.module == migrations.__name__:
                    ensuring |= {name for alias in node.names if alias.name == "ensure"}
    # The doctor asks in memory what the SQLite of this machine can do.
    assert openers == {"huiyin.store.sqlite", "desk.doctor.checks"}
    assert ensuring == set(ENSURING)


def test_these_are_all_the_files_of_a_backup() -> None:
    archive = import_module("desk.backup.archive")
    # A backup is of the embedded mode; the counts of Kafka belong to its cluster.
    assert set(archive._DATABASES) == set(FILES) - {"kafka.db"}


@pytest.mark.parametrize("name", SLOW_FOR_THE_DESK)
def test_every_part_of_a_file_is_refused_where_it_is_newer(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    FILES[name](path)
    parts = parts_of(path)
    assert parts
    for part, version in parts.items():
        with sqlite3.connect(path) as db:
            db.execute("UPDATE parts SET version = version + 1 WHERE name = ?", (part,))
        expected = f"{part} {version + 1}，本程序到 {version}）。请升级程序"
        with pytest.raises(StoreError, match=expected):
            FILES[name](path)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE parts SET version = version - 1 WHERE name = ?", (part,))
    FILES[name](path)
    assert not copies(path)


@pytest.mark.parametrize("name", SLOW_FOR_THE_DESK)
def test_every_part_of_an_older_file_is_brought_up_to_date_with_a_copy_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    FILES[name](path)
    before = parts_of(path)

    def one_step_more(db, part, steps, **options) -> None:
        migrations.ensure(db, part, (*steps, "SELECT 1"), **options)

    for module in ENSURING:
        monkeypatch.setattr(import_module(module), "ensure", one_step_more)
    FILES[name](path)
    assert parts_of(path) == {part: version + 1 for part, version in before.items()}
    kept = copies(path)
    assert kept
    assert parts_of(kept[0]) == before


@pytest.mark.parametrize("part", ["store", "ledger"])
def test_who_only_reads_is_refused_as_well(part: str, tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    open_store(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE parts SET version = 99 WHERE name = ?", (part,))
    with pytest.raises(StoreError, match=f"（{part} 99，本程序到"):
        EmbeddedStore(path, readonly=True)


def test_who_only_reads_an_older_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "huiyin.db"
    open_store(path)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM parts WHERE name = 'ledger'")
    EmbeddedStore(path, readonly=True).close()
    assert "ledger" not in parts_of(path)
