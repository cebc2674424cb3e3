"""Issued editions of the ledger: frozen when issued, never written over.

    HUIYIN_HOME/editions/2026-W47/1/   edition.json, ledger.xlsx, .docx, .csv, .jsonl
    HUIYIN_HOME/editions/2026-W47/2/   第47期修订1, with changes.csv

Each edition's folder appears whole: it is written beside its place and moved there.
`edition.json` holds a hash of every file, so that a later hand in them shows.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import msgspec
from msgspec import Struct

from cases.reporting.periods import Period, PeriodKind
from huiyin.store.whole import sync_file
from sinks.private import FOLDER, make_folder
from sinks.reports.changes import Change

ABOUT: Final = "edition.json"
MOST_CHANGES_KEPT: Final = 500
"""Changes that edition.json repeats; changes.csv has all of them."""


class EditionError(Exception):
    """An edition that cannot be issued or read; the text says why, in Chinese."""


class Edition(Struct, frozen=True, kw_only=True):
    period: Period
    revision: int
    """1 for the first, 2 for 修订1."""
    number: str
    signer: str
    issued_at: datetime
    issue_day: str
    """The first working day after the period: when it was to be issued."""
    rows: int
    equation: str
    balanced: bool
    files: dict[str, str]
    """SHA-256 by file name."""
    changed: int = 0
    changes: tuple[Change, ...] = ()
    reason: str = ""


def number_of(period: Period, revision: int) -> str:
    """2026年第47期; a correction is 2026年第47期修订1."""
    match period.kind:
        case PeriodKind.WEEK:
            number = f"{period.year}年第{period.number}期"
        case PeriodKind.MONTH:
            number = f"{period.year}年{period.number}月月报"
        case PeriodKind.QUARTER:
            number = f"{period.short}季报"
        case PeriodKind.YEAR:
            number = f"{period.year}年年报"
        case _:
            raise EditionError("只能签发整周、整月、整季或整年的台账。")
    return number if revision == 1 else f"{number}修订{revision - 1}"


_decoder = msgspec.json.Decoder(Edition)


class Editions:
    """The folder of all editions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, period: Period) -> tuple[Edition, ...]:
        """The editions of a period, the first one first. Raises `EditionError`."""
        place = self.folder / period.key
        if not place.is_dir():
            return ()
        numbers = sorted(int(each.name) for each in place.iterdir() if each.name.isdigit())
        return tuple(self._read(place / str(number)) for number in numbers)

    def latest(self, period: Period) -> Edition | None:
        found = self.of(period)
        return found[-1] if found else None

    def all(self) -> tuple[Edition, ...]:
        """Every edition, newest period first. Raises `EditionError`."""
        if not self.folder.is_dir():
            return ()
        found = [
            self._read(folder)
            for place in self.folder.iterdir()
            if place.is_dir() and not place.name.startswith(".")
            for folder in place.iterdir()
            if folder.name.isdigit()
        ]
        return tuple(
            sorted(found, key=lambda e: (e.period.end_at, e.period.key, e.revision), reverse=True)
        )

    def path(self, edition: Edition, name: str = "") -> Path:
        return self.folder / edition.period.key / str(edition.revision) / name

    def _read(self, folder: Path) -> Edition:
        try:
            return _decoder.decode((folder / ABOUT).read_bytes())
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
            raise EditionError(f"读不到台账的期 {folder}：{error}。请从备份恢复。") from error

    def damage(self, edition: Edition) -> tuple[str, ...]:
        """Names of the files that are not what was issued."""
        return tuple(
            name
            for name, digest in edition.files.items()
            if not (path := self.path(edition, name)).is_file() or hash_of(path) != digest
        )

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty folder to write an edition into; gone afterwards unless it was issued."""
        try:
            make_folder(self.folder)
            folder = Path(mkdtemp(prefix=".draft-", dir=self.folder))
        except OSError as error:
            raise EditionError(
                f"不能写入 {self.folder}：{error.strerror}。请检查文件夹是否可写。"
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def issue(self, draft: Path, edition: Edition) -> None:
        """Freezes the draft. Raises `EditionError` when it was issued meanwhile."""
        about = draft / ABOUT
        about.write_bytes(msgspec.json.format(msgspec.json.encode(edition), indent=2))
        for path in draft.iterdir():
            path.chmod(0o400)
            sync_file(path)
        place = self.path(edition)
        make_folder(place.parent)
        try:
            draft.chmod(FOLDER)
            draft.rename(place)
        except OSError as error:
            raise EditionError(f"{edition.number}已由别人签发，请刷新后再看。") from error


def hash_of(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
