"""Files that were taken in whole and still lie in `done/`: their rows are in the ledger, so one
that tells of an erased person goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from cases.privacy.masking import names_nobody
from desk.backup.scrubbing import SHORTEST_CONTACT_NUMBER
from desk.ground import wiring
from desk.ground.settings import Settings
from streams.embedded.erasing import Person
from streams.sources.registry import FILE_ADAPTERS, build_source
from streams.sources.seam.base import SourceError
from streams.sources.tables.dropfolder import DONE, FAILED, REMARKS
from streams.sources.tables.file_options import FileOptions
from streams.sources.tables.files import TableFiles
from streams.sources.tables.grid import Broken, Limits
from streams.sources.tables.guards import unguarded
from streams.sources.tables.guess import any_columns, known_names
from streams.sources.tables.header_map import ColumnMap
from streams.sources.tables.tables import open_tables
from streams.sources.values.cells import BadCell, Cell, read_text

_SHORTEST_ID: Final = 3
"""A shorter one stands in every file."""
_LONG_NUMBER: Final = 7
"""Characters of a number that tells by itself; a shorter one may be another source's too."""
_APART: Final = re.compile(r"[\s\-－—()（）]+")
_COUNTRY: Final = re.compile(r"^\+?86(?=\d{10})")
"""In front of a telephone number with its area."""
_WAYS: Final = re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+|\d+(?:-\d+)*")
"""Mail addresses and telephone numbers within a text, as whole words."""


def originals(settings: Settings) -> list[Path]:
    """Every file that the intake has taken in whole and kept. Raises `SettingsError`,
    `SourceError` and `OSError`."""
    return list(_files(settings, _readers(settings), DONE))


def unread_originals(settings: Settings) -> list[Path]:
    """The same of files that could not be read to their end."""
    return list(_files(settings, _readers(settings), FAILED))


def forget_originals(settings: Settings, people: Iterable[Person]) -> int:
    """Deletes those in which one of these people stands, with the remarks beside them; gives how
    many. One that cannot be read any more stays. Raises as `originals`."""
    wanted = _Wanted.of(people)
    if not (wanted.ways or wanted.numbers):
        return 0
    gone, readers = 0, _readers(settings)
    columns = any_columns(known_names(readers))
    for path in [*_files(settings, readers, DONE)]:
        if _holds(path, columns, wanted):
            path.unlink(missing_ok=True)
            path.with_name(path.name + REMARKS[0]).unlink(missing_ok=True)
            gone += 1
    return gone


class _Wanted(Struct, frozen=True):
    """A row is of one of the people when it holds a way to reach the person or a long number of
    the source as a whole cell, or a short number with the name or the address beside it."""

    ways: frozenset[str]
    numbers: Mapping[str, frozenset[str]]
    """By the source's number: what stands beside it."""

    @classmethod
    def of(cls, people: Iterable[Person]) -> Self:
        ways: set[str] = set()
        numbers: dict[str, frozenset[str]] = {}
        for one in people:
            ways |= {_bare(each) for each in (one.phone, one.email) if _reaches_one(each)}
            if len(one.number) >= _SHORTEST_ID:
                beside = {one.author.strip(), one.address.strip()}
                known = {each for each in beside if len(each) > 1 and not names_nobody(each)}
                numbers[one.number] = numbers.get(one.number, frozenset()) | known
        return cls(frozenset(ways), numbers)

    def stands_in(self, cells: Iterable[Cell]) -> bool:
        shown = [_shown(cell) for cell in cells]
        text = "\n".join(shown)
        found = {_bare(each) for each in (*_WAYS.findall(text), *shown)}
        if not self.ways.isdisjoint(found):
            return True
        return any(
            len(number) >= _LONG_NUMBER or any(each in text for each in self.numbers[number])
            for number in self.numbers.keys() & set(shown)
        )


def _holds(path: Path, columns: ColumnMap, wanted: _Wanted) -> bool:
    """Row by row, as the intake reads it: a large file is never in memory."""
    try:
        with open_tables(path, columns, Limits()) as opened:
            for table in opened.tables:
                rows = ([row.raw] if isinstance(row, Broken) else row[-1] for row in table.records)
                if any(map(wanted.stands_in, chain([table.header], table.sample, rows))):
                    return True
    except SourceError:
        pass
    return False


def _readers(settings: Settings) -> list[FileOptions]:
    """How the sources read files, those that are switched off too."""
    around, found = wiring.source_context(settings), []
    for entry in wiring.source_entries(settings).values():
        if entry.adapter in FILE_ADAPTERS:
            # One that is switched off may be written wrongly: the start does not look at it.
            with suppress(SourceError):
                reader = build_source(entry, around)
                found += [reader.options] if isinstance(reader, TableFiles) else []
    return found


def _files(settings: Settings, readers: Sequence[FileOptions], place: str) -> Iterator[Path]:
    """Of the folders that the intake made: the one of uploads, and those that are watched."""
    watched = {settings.home / each.folder for each in readers if each.folder}
    for folder in sorted({settings.uploads_folder, *watched}):
        kept = folder / place
        for path in sorted(kept.iterdir()) if kept.is_dir() else ():
            if path.is_file() and not path.is_symlink() and not path.name.endswith(REMARKS):
                yield path


def _reaches_one(way: str) -> bool:
    digits = sum(char.isdigit() for char in way)
    return "@" in way or digits >= SHORTEST_CONTACT_NUMBER


def _bare(way: str) -> str:
    """A number or an address without what may be left out of it."""
    return _COUNTRY.sub("", _APART.sub("", way)).casefold().rstrip(".")


def _shown(cell: Cell) -> str:
    try:
        return unguarded(read_text(cell))
    except BadCell:
        return ""
