"""What backup, restore and an upgrade of a whole office cost: time, processor time, size.

    python -m benchmarks.upkeep CASES [ledger]

The cases come in from a file, as exports do, with a full history: inbox, journal and ledger. With
`ledger` they are those of `benchmarks.many_cases`, which fill only the ledger: for numbers that
take too long to read in. The upgrade is the dearest that there is: a file whose table of cases an
older program has made, which is copied first and then filled anew from its documents.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from msgspec.structs import replace

from benchmarks.many_cases import fill
from benchmarks.messages import write_board_csv
from benchmarks.places import OVERLAY
from desk.app.commands.audit import audit_store
from desk.backup.restoring import restore
from desk.backup.service import Backups
from desk.ground import wiring
from desk.ground.settings import Settings, read_settings
from desk.sources.ingest import ingest_file
from huiyin.store.migrations import copies
from sinks.ledger.sqlite_table import VERSION
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import file_source


def main() -> None:
    cases = int(sys.argv[1])
    with TemporaryDirectory(prefix="huiyin-upkeep-") as name:
        folder = Path(name)
        settings = _settings(folder / "home")
        whole = sys.argv[2:] != ["ledger"]
        _timed(f"{cases} cases made", lambda: _filled(settings, folder, cases, whole=whole))
        print(f"  data folder: {_size(settings.home)}", flush=True)
        for sealed in (False, True):
            _backup_and_restore(settings, folder, sealed=sealed)
        _upgrade(settings)
        if whole:
            _timed("audit", lambda: _audit(settings))


def _settings(home: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_OVERLAY": str(OVERLAY),
            "HUIYIN_NOW": "2026-11-22T09:00",
            "HUIYIN_CLASSIFIER": "rules",
        }
    )


def _filled(settings: Settings, folder: Path, cases: int, *, whole: bool) -> None:
    if not whole:
        fill(settings, cases)
        return
    path = folder / "messages.csv"
    write_board_csv(path, cases)
    runner = wiring.open_runner(settings)
    reader = file_source(wiring.build_sources(settings), "board-export")
    ingest_file(runner, reader, path, lambda *_: None)
    runner.pump_all()
    runner.store.close()


def _backup_and_restore(settings: Settings, folder: Path, *, sealed: bool) -> None:
    kept, again = folder / f"kept-{sealed}", folder / "again"
    kept.mkdir()
    backups, passphrase = Backups(kept), "a passphrase of the bench" if sealed else ""
    what = "backup, encrypted" if sealed else "backup"
    _timed(
        f"{what} (written, read back)",
        lambda: backups.make(settings, settings.clock(), passphrase=passphrase, keep=1),
    )
    (made,) = backups.listed()
    print(f"  archive: {_megabytes(made.size)}", flush=True)
    there = replace(settings, home=again)
    _timed("restore", lambda: restore(kept / made.name, there, by="bench", passphrase=passphrase))
    shutil.rmtree(again)
    shutil.rmtree(kept)


def _upgrade(settings: Settings) -> None:
    store = EmbeddedStore(settings.database)
    store.connection.execute("UPDATE parts SET version = ? WHERE name = 'ledger'", (VERSION - 1,))
    store.close()
    _timed("upgrade (copy, then the table of cases anew)", lambda: _opened(settings))
    (copy,) = copies(settings.database)
    print(f"  copy: {_megabytes(copy.stat().st_size)}", flush=True)
    copy.unlink()
    _timed("start without an upgrade", lambda: _opened(settings))


def _opened(settings: Settings) -> None:
    EmbeddedStore(settings.database).close()


def _audit(settings: Settings) -> None:
    store = EmbeddedStore(settings.database)
    assert audit_store(store).balanced
    store.close()


def _timed(what: str, work: Callable[[], object]) -> None:
    used, start = process_time(), perf_counter()
    work()
    print(
        f"{what}: {perf_counter() - start:.1f} s, {process_time() - used:.1f} s of processor",
        flush=True,
    )


def _size(folder: Path) -> str:
    return _megabytes(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"


if __name__ == "__main__":
    main()
