"""An export that was uploaded: looked at, described column by column, taken in.

What the columns are is kept as a source of config/sources.toml in the overlay, so the next export
of the same system is known.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, BinaryIO, Final, Self

from msgspec import Struct

from cases.record.item import Item
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.files.uploads import safe_name
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.machine_clock import machine_time
from desk.ground.sample_data import only_samples
from desk.ground.settings import SettingsError
from desk.setup.own_source import Chosen, free_name, source_table
from desk.setup.own_tables import OwnTables
from desk.sources.ingest import FileResult, ingest_file
from huiyin.configuration.written import with_table
from huiyin.store.errors import StoreError
from sinks.ledger.base import LedgerUnavailable
from sinks.private import make_folder
from streams.history import HistoryLine, as_history, history_of
from streams.intake import IntakeCounts
from streams.sources.registry import FILE_ADAPTERS, build_source
from streams.sources.seam.base import Rejected, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.tables import dropfolder
from streams.sources.tables.files import TableFiles
from streams.sources.tables.guess import Guess, guess_columns, known_names
from streams.sources.tables.header_map import lay_out

_log = logging.getLogger(__name__)

SOURCES: Final = "sources.toml"
_LASTS: Final = timedelta(days=1)
"""How long a file waits to be described."""
_OLD: Final = timedelta(days=60)
_LOOKED_AT: Final = 50
"""Rows of a trial."""
_SHOWN: Final = 5


class Trial(Struct, frozen=True, kw_only=True):
    """What the first rows would become. Nothing was stored."""

    items: tuple[Item, ...]
    """Some of them."""
    read: int
    rejected: int
    problems: tuple[str, ...]
    """Why rows were no items, the first few."""
    history: int
    """Items that are taken in as history."""
    old: int
    """The others that came in so long ago that their deadlines are over."""


class Export(Struct, kw_only=True):
    """A file that was uploaded. Changed by the thread that takes it in."""

    token: str
    name: str
    path: Path
    since: datetime
    guess: Guess
    fitting: tuple[str, ...]
    """Sources that know these columns, the best first."""
    begun: bool = False
    share: int = 0
    """Per cent."""
    result: FileResult | None = None
    source: str = ""


class Exports:
    """Methods raise `NotPermitted`, `NotThere` for a file that is not there any more, and
    `NotAllowed`, with what is wrong and what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)
        self._lock = Lock()
        self._known: dict[str, Export] = {}
        self._threads: list[Thread] = []
        self._stop = Event()
        self._folder = desk.settings.uploads_folder
        self._forget_old()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def wait(self) -> None:
        """Until everything that was begun is taken in."""
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        self._stop.set()
        self.wait()

    def sources(self) -> dict[str, SourceEntry]:
        """Those that read files."""
        entries = wiring.source_entries(self._desk.settings)
        return {
            name: entry
            for name, entry in entries.items()
            if entry.enabled and entry.adapter in FILE_ADAPTERS
        }

    def put(self, by: Doer, data: BinaryIO, name: str) -> Export:
        """Keeps the file and looks at its columns."""
        self._may(by, name)
        self._forget_old()
        token = secrets.token_urlsafe(9).replace("_", "a").replace("-", "b")
        try:
            folder = make_folder(make_folder(self._folder) / token)
            path = folder / safe_name(name)
            with path.open("wb") as out:
                shutil.copyfileobj(data, out, 1 << 20)
        except OSError as error:
            raise NotAllowed(f"文件没有存下来（{error.strerror}）。请检查剩余空间后重试") from None
        try:
            maps = self._maps()
            guess = guess_columns(
                path,
                known_names(maps.values()),
                ignored={name for each in maps.values() for name in each.ignore},
                now=self._desk.clock(),
            )
        except SourceError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise NotAllowed(str(error)) from None
        header = tuple(column.name for column in guess.columns)
        layouts = {source: lay_out(header, each) for source, each in maps.items()}
        fits = [source for source, layout in layouts.items() if not layout.missing]
        fits.sort(key=lambda source: -len(layouts[source].fields))
        export = Export(
            token=token, name=path.name, path=path, since=machine_time(),
            guess=guess, fitting=tuple(fits),
        )  # fmt: skip
        with self._lock:
            self._known[token] = export
        return export

    def get(self, token: str) -> Export:
        with self._lock:
            found = self._known.get(token)
        if found is None:
            raise NotThere("这个文件已经导入或过期，请重新上传。")
        return found

    def attempt(self, by: Doer, token: str, chosen: Chosen) -> Trial:
        """Reads the first rows."""
        export = self.get(token)
        self._may(by, export.name)
        name = self._name(chosen)
        reader, line = self._reader(export, name, chosen), self._line(name, chosen)
        found: list[Item | Rejected] = []
        try:
            for batch in reader.read(export.path, now=self._desk.clock()):
                found += as_history(batch, line).found
                if len(found) >= _LOOKED_AT:
                    break
        except SourceError as error:
            raise NotAllowed(str(error)) from None
        items = [each for each in found if isinstance(each, Item)]
        refused = [each.detail for each in found if isinstance(each, Rejected)]
        return Trial(
            items=tuple(items[:_SHOWN]),
            read=len(found),
            rejected=len(refused),
            problems=tuple(refused[:_SHOWN]),
            history=sum(each.archived for each in items),
            old=sum(
                not each.archived and each.received_at < self._desk.clock() - _OLD for each in items
            ),
        )

    def take(self, by: Doer, token: str, chosen: Chosen) -> None:
        """Keeps what the columns are and takes the file in, beside the page."""
        trial = self.attempt(by, token, chosen)
        if not trial.items:
            why = "；".join(trial.problems[:2])
            raise NotAllowed(f"前 {trial.read} 行没有一行读得出来件，没有导入。{why}")
        export = self.get(token)
        with self._lock:
            if export.begun:
                raise NotAllowed("这个文件已经在导入。")
            export.begun = True
        name = self._name(chosen)
        try:
            if not chosen.source:
                table = source_table(name, chosen, export.guess)
                self._own.change(
                    by, SOURCES, lambda text: with_table(text, ("source", name), table),
                    f"来源 {name}（{chosen.channel}）：{export.name} 的各列",
                )  # fmt: skip
            reader = self._reader(export, name, chosen)
        except NotAllowed:
            export.begun = False
            raise
        export.source = name
        line = self._line(name, chosen)
        said = line.text if line else ""
        self._desk.note(by, AuditAction.SOURCE, name, f"上传 {export.name}{said}")
        thread = Thread(target=self._run, args=(export, reader, line), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, export: Export, reader: TableFiles, history: HistoryLine | None) -> None:
        def progress(done: int, total: int | None) -> None:
            export.share = min(99, 100 * done // total) if total else 0
            if self._stop.is_set():
                raise SourceError("回音停止了，没有导入完。请重新上传：已收下的不会重复")

        try:
            with self._desk.acts.apart() as runner:
                result = ingest_file(runner, reader, export.path, progress, history)
            _set_aside(export.path, self._folder, result)
        except (StoreError, LedgerUnavailable, SettingsError, SourceError) as error:
            result = _failed(export, str(error))
        except Exception:  # noqa: BLE001  (whatever it is, the page has to say it)
            _log.exception("upload of %s", export.source)
            result = _failed(export, "导入没有完成，请查看日志，再重新上传：已收下的不会重复")
        export.share, export.result = 100, result

    def _forget_old(self) -> None:
        """Files that nobody described in time, and those of a run before."""
        before = machine_time() - _LASTS
        with self._lock:
            for token, export in [*self._known.items()]:
                if export.since < before and (export.result or not export.begun):
                    del self._known[token]
            used = {*self._known, dropfolder.DONE, dropfolder.FAILED}
            for each in self._folder.iterdir() if self._folder.is_dir() else ():
                put = datetime.fromtimestamp(each.stat().st_mtime, before.tzinfo)
                if each.is_dir() and each.name not in used and put < before:
                    shutil.rmtree(each, ignore_errors=True)

    def _may(self, by: Doer, name: str) -> None:
        self._desk.permit(by, Role.ADMIN, to="导入文件", about=name)
        if only_samples(self._desk.settings):
            raise NotAllowed("这里是示例数据，不接收真实来件。正式使用请换一个数据文件夹。")

    def _maps(self) -> dict[str, Any]:
        around = wiring.source_context(self._desk.settings)
        built = {name: build_source(entry, around) for name, entry in self.sources().items()}
        return {name: each.options for name, each in built.items() if isinstance(each, TableFiles)}

    def _name(self, chosen: Chosen) -> str:
        """Of the source: the one that was chosen, else one that is free."""
        entries = wiring.source_entries(self._desk.settings)
        if chosen.source:
            if chosen.source not in self.sources():
                raise NotAllowed(f"没有读文件的来源 {chosen.source[:40]}，请从列表里选。")
            return chosen.source
        with self._desk.readers.reader() as store:
            # The cases of a source that was taken back keep its name in front of their numbers.
            return free_name(chosen.channel, {*entries, *store.intake_counts()})

    def _line(self, name: str, chosen: Chosen) -> HistoryLine | None:
        """As a person said it, else as the table of the source has it."""
        entry = wiring.source_entries(self._desk.settings).get(name)
        return chosen.history or (history_of(entry) if entry else None)

    def _reader(self, export: Export, name: str, chosen: Chosen) -> TableFiles:
        """Raises `NotAllowed` where columns were chosen that make no messages."""
        entry = wiring.source_entries(self._desk.settings).get(name)
        if entry is None:
            table = source_table(name, chosen, export.guess)
            entry = SourceEntry(
                name=name, file="选择的各列", adapter="table-file", channel=chosen.channel,
                options=table["options"],
            )  # fmt: skip
        try:
            made = build_source(entry, wiring.source_context(self._desk.settings))
        except SourceError as error:
            raise NotAllowed(str(error)) from None
        if not isinstance(made, TableFiles):
            raise NotAllowed(f"来源 {name} 不读文件。")
        return made


def _failed(export: Export, why: str) -> FileResult:
    return FileResult(file=export.name, counts=IntakeCounts(), error=why)


def _set_aside(path: Path, folder: Path, result: FileResult) -> None:
    """The file as it came is kept, like one from a watched folder."""
    kept = folder / path.name
    path.replace(kept)
    path.parent.rmdir()
    if result.error:
        again = "请在 管理 → 来源 里重新上传"
        dropfolder.fail(kept, result.error, now=machine_time(), again=again)
    else:
        taken = result.counts.read - result.counts.rejected
        dropfolder.finish(kept, now=machine_time(), taken=taken)
