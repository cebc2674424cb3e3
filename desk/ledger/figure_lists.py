"""The lists behind the figures of papers, kept beside the papers.

    HUIYIN_HOME/papers/lists/2026-W47.json.gz

Written when a paper is made; the papers of one period were counted from one list.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from threading import Lock
from typing import Self

import msgspec
from msgspec import Struct

from cases.figures.measures import MEASURES, Measure, value_text
from cases.reporting.counts import Ratio
from cases.reporting.lists import (
    FIGURES,
    GROUP_WORDS,
    REST_WORDS,
    FigureKey,
    FigureLists,
    Group,
    Listing,
)
from cases.reporting.naming import NO_UNIT_WORD
from cases.reporting.periods import PeriodError, PeriodKind, read_period
from cases.routing.units import UnitRegister
from desk.ground.context import DeskContext
from huiyin.store.whole import whole
from sinks.private import make_folder

_KINDS = (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


def lists_folder(papers: Path) -> Path:
    """Where the lists behind the figures of these papers are."""
    return papers / "lists"


class NoList(Exception):
    """There is no list of this figure; the text says what to do, in Chinese."""


class FoundList(Struct, frozen=True, kw_only=True):
    key: FigureKey
    lists: FigureLists
    listing: Listing

    @property
    def measure(self) -> Measure:
        """What the figure counts."""
        return MEASURES[self.key.figure]

    def words(self, register: UnitRegister) -> str:
        """2026年第47周 县住建局 按时率 85.0%（17/20）."""
        name, unit = FIGURES[self.key.figure]
        if self.key.rest:
            name, unit = REST_WORDS[self.key.figure], "件次"
        value = self.listing.value
        return f"{self.about(register)} {name} {value_text(value)}" + (
            "" if isinstance(value, Ratio) else f" {unit}"
        )

    def about(self, register: UnitRegister) -> str:
        """The period, and whose figure it is."""
        key = self.key
        named = register.name(key.name) if key.group is Group.UNIT and key.name else key.name
        if key.group is Group.UNIT:
            whose = named or NO_UNIT_WORD
        elif key.group is None:
            whose = ""
        else:
            whose = f"{GROUP_WORDS[key.group]} {named or '未注明'}"
        return f"{self.lists.names[key.span]} {whose}".strip()

    @property
    def rest(self) -> tuple[str, str] | None:
        """Word and address of the cases that a rate lacks."""
        value = self.listing.value
        if not isinstance(value, Ratio) or value.part == value.whole:
            return None
        key = msgspec.structs.replace(self.key, rest=True)
        return f"{REST_WORDS[self.key.figure]} {value.whole - value.part} 件次", key.href


class KeptLists:
    """Any thread may call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._last: tuple[Path, int, FigureLists] | None = None

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(lists_folder(desk.settings.papers_folder))

    def keep(self, lists: FigureLists) -> None:
        """In place of what was kept of this period. Raises OSError."""
        make_folder(self._folder)
        with whole(self._path(lists.period)) as temporary:
            temporary.write_bytes(gzip.compress(msgspec.json.encode(lists), 6, mtime=0))

    def read(self, key: FigureKey) -> FoundList:
        """Raises `NoList`."""
        lists = self._read(key.period)
        if key.span not in lists.names:
            raise NoList("这一时段没有可以比较的上期或去年同期。")
        return FoundList(key=key, lists=lists, listing=lists.listing(key))

    def of_period(self, period: str) -> FigureLists:
        """All that was kept of it. Raises `NoList`."""
        return self._read(period)

    def _path(self, period: str) -> Path:
        return self._folder / f"{period}.json.gz"

    def _read(self, period: str) -> FigureLists:
        if not _is_period(period):
            raise NoList(f"“{period[:20]}”不是周、月、季度或年，应写作 2026-W47、2026-11。")
        path = self._path(period)
        try:
            changed = path.stat().st_mtime_ns
            with self._lock:
                if self._last is not None and self._last[:2] == (path, changed):
                    return self._last[2]
            lists = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=FigureLists)
        except (OSError, EOFError, zlib.error, msgspec.DecodeError):
            raise NoList(
                f"没有 {period} 报表的清单，或者清单已损坏。请在“报表”里重新生成这一期。"
            ) from None
        with self._lock:
            self._last = (path, changed, lists)
        return lists


def _is_period(text: str) -> bool:
    for kind in _KINDS:
        try:
            # Nothing else may become part of a path.
            return read_period(kind, text).key == text
        except PeriodError:
            continue
    return False
