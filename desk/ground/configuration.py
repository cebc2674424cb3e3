"""The configuration of one moment: every table of `config/`, read once, with the county's own
rows laid over the shipped ones. What is changed later is another configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final, NamedTuple, TypeVar

from desk.ground.locality import FILE, Locality, locality_of
from huiyin.configuration.document import ConfigurationError, Located, Place, read_document
from huiyin.configuration.filled import filled
from huiyin.configuration.overlay import Layout, laid_over, nearest, plain, row_id
from huiyin.configuration.standing import StandingRow, standing_rows
from huiyin.configuration.table import Table

T = TypeVar("T")

_TOPICS: Final = ("topics",)

LAYOUTS: Final[Mapping[str, Layout]] = {
    "accusation.toml": Layout(arrays={("offence",): ("id", "name")}),
    "alerts.toml": Layout(named={("channel",): "", ("route",): ""}),
    "calendar.toml": Layout(arrays={("year",): ("year",), ("day",): ("date", "from")}),
    "columns.toml": Layout(named={("cycle",): ""}, arrays={("column",): ("name",)}),
    "deadlines.toml": Layout(arrays={("clock",): ("id",), ("extension",): ("id",)}),
    "delivery.toml": Layout(named={("delivery",): ""}),
    "handling.toml": Layout(
        arrays={
            ("review", "levels"): ("name",),
            ("review", "disclosure"): ("name",),
            ("disclosure", "fees", "piece"): ("over",),
            ("disclosure", "fees", "page"): ("over",),
        }
    ),
    "kinds.toml": Layout(),
    "ledger.toml": Layout(arrays={("column",): ("key",)}),
    "office.toml": Layout(),
    "platform.toml": Layout(named={("platform",): "", ("platform", "*", "messages"): ""}),
    "processing.toml": Layout(named={("activity",): ""}),
    "qa.toml": Layout(),
    "reports.toml": Layout(
        arrays={
            ("scoring", "rate"): ("figure",),
            ("scoring", "deduction"): ("figure",),
            ("scoring", "appeal"): ("case_id",),
        }
    ),
    "retention.toml": Layout(arrays={("retention",): ("id",)}),
    "risk.toml": Layout(arrays={("risk",): ("name",), ("danger",): ("name",)}),
    "secrecy.toml": Layout(arrays={("rule",): ("id", "point")}),
    "sources.toml": Layout(named={("source",): ""}),
    "topics.toml": Layout(
        named={_TOPICS: "", (*_TOPICS, "*"): "", (*_TOPICS, "*", "*"): "words"},
        settings=frozenset({"terms", "titles"}),
    ),
    "units.toml": Layout(
        arrays={("unit",): ("id",), ("event",): ("id", "unit"), ("ruling",): ("id",)}
    ),
    "watches.toml": Layout(arrays={("watch",): ("title",)}),
}
"""Every file of a configuration, and what its rows are known by."""

OPTIONAL: Final = frozenset(
    {
        "alerts.toml",
        "delivery.toml",
        "office.toml",
        "platform.toml",
        "processing.toml",
        "retention.toml",
    }
)
"""Without these the program's defaults hold."""
ADDED: Final = frozenset({"accusation.toml"})
"""Tables that came after the first version. A county's whole folder from before lacks them, and
then the shipped one holds, so that an upgrade starts."""

AT_ONCE: Final = frozenset(
    {
        "accusation.toml",
        "calendar.toml",
        "columns.toml",
        "deadlines.toml",
        "handling.toml",
        "kinds.toml",
        "ledger.toml",
        "processing.toml",
        "reports.toml",
        "risk.toml",
        "topics.toml",
        "units.toml",
        "watches.toml",
    }
)
"""What decides about cases, and what pages read with every look. The others are read by what is
opened once at a start: doors, channels, limits of uploads. Of these the names of the office, the
heads of its papers and the list of sources are as they are now."""


def shipped_folder() -> Path:
    """The tables that come with the program: beside the installed one, or in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "default_config"
    return installed if installed.is_dir() else package.parent / "config"


class Value(NamedTuple):
    """One value as it counts."""

    name: str
    """Tables and keys with dots; rows by their id: `clock[reply].working_days`."""
    value: object
    place: Place


class Configuration:
    """Immutable once it was asked for something; what is made of its tables is made once."""

    def __init__(self, folder: Path, overlay: Path | None = None) -> None:
        """`folder`: the whole tables. `overlay`: the county's own rows. Nothing is read yet."""
        self.folder = folder
        self.overlay = overlay
        self._documents: dict[str, tuple[Located, Located | None]] = {}
        """What is shipped and what the county says, as they are written."""
        self._locality = Locality()
        self._made: dict[Callable[[Configuration], object], object] = {}
        self._lock = RLock()

    def table(self, name: str) -> Table:
        """The table as it counts; an optional one that is not there is empty. Raises
        `ConfigurationError`."""
        found = self._tables[name]
        if isinstance(found, ConfigurationError):
            raise found
        return found

    def once(self, make: Callable[[Configuration], T]) -> T:
        """What `make` makes of the tables, made when it is first asked for. Raises as it does."""
        with self._lock:
            if make not in self._made:
                self._made[make] = make(self)
            return self._made[make]  # type: ignore[return-value]

    def load(self) -> None:
        """Reads every file now, so that what is changed from here on is another configuration.
        Raises `ConfigurationError` with every problem."""
        if problems := self.problems():
            raise ConfigurationError("\n".join(problems))

    def problems(self) -> list[str]:
        """Of the files as such: what cannot be read or does not fit together."""
        found = [str(each) for each in self._tables.values() if isinstance(each, Exception)]
        return [*found, *self._overlay_problems()]

    @property
    def unknown_files(self) -> list[str]:
        """Files that nobody reads: a slip of the pen in a name would else be silence. What may
        be another version's does not stop a start."""
        return [line for each in (self.folder, self.overlay) for line in _unknown_files(each)]

    @property
    def number(self) -> str:
        """Names the content: the same tables have the same number on every machine. Raises
        `ConfigurationError`."""
        return hashlib.sha256(self.content).hexdigest()[:10]

    @property
    def content(self) -> bytes:
        """All tables as they count, as one JSON document. Raises `ConfigurationError`."""
        return self.once(_content)

    def values(self, name: str) -> Iterator[Value]:
        """Every value of a table as it counts. Raises `ConfigurationError`."""
        return _values(self.table(name).root, "", (), LAYOUTS[name])

    def rows(self, name: str, *path: str) -> tuple[StandingRow, ...]:
        """The rows of `[[path]]` of a table, those that are switched off among them. Raises
        `ConfigurationError`."""
        self.table(name)
        base, over = self._documents[name]

        def fill(node: Located) -> Located:
            return filled(node, self._locality.words, self._locality.branch)

        return tuple(standing_rows(base, over, LAYOUTS[name], path, fill))

    def said(self, name: str) -> Mapping[str, object]:
        """What the county's own file of this name says, {} where there is none. Raises
        `ConfigurationError`."""
        self.table(name)
        over = self._documents[name][1]
        return Table(over) if over is not None else {}

    @cached_property
    def _tables(self) -> dict[str, Table | ConfigurationError]:
        with self._lock:
            written = {name: self._read_table(name) for name in LAYOUTS}
            office = written[FILE]
            known = Locality() if isinstance(office, ConfigurationError) else _locality(office)
            self._locality = known
            return {name: _filled(each, known) for name, each in written.items()}

    def _read_table(self, name: str) -> Located | ConfigurationError:
        path = self.folder / name
        local = self.overlay / name if self.overlay else None
        try:
            if name in ADDED and not path.exists():
                path = shipped_folder() / name
            if name in OPTIONAL and not path.exists():
                base = Located({}, Place(str(path)))
            else:
                base = read_document(path)
            over = read_document(local) if local and local.exists() else None
            self._documents[name] = base, over
            return laid_over(base, over, LAYOUTS[name])
        except ConfigurationError as error:
            return error

    def _overlay_problems(self) -> list[str]:
        if self.overlay is None or self.overlay.is_dir():
            return []
        text = (
            f"HUIYIN_OVERLAY 应为本地配置的文件夹，{self.overlay} 不是文件夹或不存在。"
            "请建好这个文件夹，或改正、去掉 HUIYIN_OVERLAY。"
        )
        return [text]


def waiting_for_start(before: Configuration, after: Configuration) -> tuple[str, ...]:
    """The tables that are different and count from the next start only. Raises
    `ConfigurationError`."""
    return tuple(
        name for name in LAYOUTS if name not in AT_ONCE and before.table(name) != after.table(name)
    )


def _locality(office: Located) -> Locality:
    return locality_of(Table(office))


def _filled(found: Located | ConfigurationError, known: Locality) -> Table | ConfigurationError:
    if isinstance(found, ConfigurationError):
        return found
    return Table(filled(found, known.words, known.branch))


def _unknown_files(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    try:
        names = sorted(each.name for each in folder.iterdir() if each.suffix == ".toml")
    except OSError:
        return []  # every table says so
    return [
        f"{folder / name}：没有叫这个名字的配置文件；{nearest(name, LAYOUTS)}。"
        "请改正文件名，不用的请移走。"
        for name in names
        if name not in LAYOUTS
    ]


def _content(configuration: Configuration) -> bytes:
    tables = {name: configuration.table(name) for name in LAYOUTS}
    return json.dumps(tables, ensure_ascii=False, default=_written).encode()


def _written(value: object) -> str:
    """What TOML has and JSON has not."""
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(type(value))


def _values(node: Located, name: str, path: tuple[str, ...], layout: Layout) -> Iterator[Value]:
    if isinstance(node.value, dict):
        if not node.value and name:
            yield Value(name, {}, node.place)
        for key, inner in node.value.items():
            is_row = layout.leaf(path) is not None and key not in layout.settings
            shown = f"{name}[{key}]" if is_row else f"{name}.{key}"
            yield from _values(inner, shown.lstrip("."), (*path, key), layout)
        return
    keys = layout.arrays.get(path)
    if keys and isinstance(node.value, list):
        for number, row in enumerate(node.value, 1):
            shown = f"{name}[{row_id(row, keys) or number}]"
            yield from _values(row, shown, (*path, shown), layout)
        return
    yield Value(name, plain(node), node.place)
