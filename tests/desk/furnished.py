"""A home for a test that has its tables already: to make them takes longer than most tests.

They are those that a desk makes in an empty folder when it starts, without a row; each home is
known by a word of its own, as ever. How tables are made and brought up to date is tested in
`tests/huiyin/store` and by the tests that start in an empty folder.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import Settings, read_settings
from streams.embedded.store import EmbeddedStore
from tests.desk.analysed_once import app_of

_CONFIG = Path(__file__).parents[2] / "config"
FILES = ("huiyin.db", "desk.db", "alerts.db")


def furnish(settings: Settings) -> None:
    """Puts the tables into the home of `settings`, where there are none yet. Files that are to
    lie elsewhere, or sealed, are left to the program."""
    home = settings.home
    if settings.database != home / FILES[0] or settings.master.key:
        return
    if any((home / name).exists() for name in FILES):
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, (data, word) in _tables().items():
        with os.fdopen(os.open(home / name, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data.replace(word, secrets.token_hex(len(word) // 2).encode()))


@cache
def _tables() -> dict[str, tuple[bytes, bytes]]:
    """What stands in each file, and the word that it is known by."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        settings = read_settings({"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(_CONFIG)})
        EmbeddedStore(settings.database).close()
        office = DeskContext(
            settings=settings,
            rules=wiring.build_rules(settings),
            register=wiring.build_router(settings).register,
            readers=Readers(settings.database),
            acts=CaseActions(lambda: wiring.open_runner(settings)),
        )
        app_of(office)
        office.close()
        return {name: _as_new(home / name) for name in FILES}


def _as_new(file: Path) -> tuple[bytes, bytes]:
    with closing(sqlite3.connect(file)) as db:
        # The small file beside it, which this is compared with, is of the first home.
        db.execute("UPDATE commits SET number = 0")
        db.commit()
        (word,) = db.execute("SELECT file FROM commits").fetchone()
    return file.read_bytes(), word.encode()
