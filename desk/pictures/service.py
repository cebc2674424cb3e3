"""Reading the pictures of cases: new ones by themselves, the others when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from cases.life.todo import Todo
from cases.record.case import Case
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings
from sinks.ledger.base import Query
from streams.pictures.reader import PictureReader, PicturesError, Stopped, installed
from streams.pictures.work import (
    NoSuchFile,
    PictureWork,
    ReadsPictures,
    files_to_read,
    waiting_cases,
)
from streams.runtime import Runtime
from streams.sources.seam.base import SourceError

REST_SECONDS: Final = 15.0
HOW_TO_INSTALL: Final = "没有安装图片文字识别，请安装 huiyin[ocr]"


class Totals(Struct):
    """What came of reading, in files."""

    cases: int = 0
    read: int = 0
    """Read to the end, with or without any text."""
    unread: int = 0
    """Not, or not to the end; the page of the case says why."""
    missing: int = 0
    """Cases with a file that is not in the office's store."""


def wanted(settings: Settings) -> bool:
    """Whether pictures are read by themselves here."""
    return settings.picture_text and installed()


def picture_step(
    settings: Settings,
    runner: Runtime,
    stopped: Callable[[], bool],
    open_reader: Callable[[Callable[[], bool]], PictureReader] | None = None,
) -> Callable[[], bool]:
    """The step of a loop: reads what waits, newest first, and ends the child. Raises
    `SourceError` where files are missing or nothing can be read, for the page that shows how the
    loops are."""
    files = file_store(settings)
    tried: set[str] = set()
    """Told once; with Kafka a worker carries it out a while later."""

    def step() -> bool:
        missing: NoSuchFile | None = None
        reader = (open_reader or _open_reader)(stopped)
        with reader:
            work = PictureWork(runner, files, reader)
            for case in list(waiting_cases(runner.store.ledger, Query(todo=Todo.PICTURES))):
                key = f"{case.case_id}\x1f{case.versions}"
                if key in tried:
                    continue
                try:
                    work.read_case(case)
                except Stopped:
                    return False
                except NoSuchFile as problem:
                    missing = missing or problem
                    continue
                except PicturesError as problem:
                    raise SourceError(str(problem)) from problem
                tried.add(key)
        if missing is not None:
            raise SourceError(str(missing))
        return False

    return step


def _open_reader(stopped: Callable[[], bool]) -> PictureReader:
    return PictureReader(stopped=stopped)


def cases_to_read(runner: Runtime, *, again: bool) -> tuple[str, ...]:
    """Ids of all cases with files that nobody has looked at; `again`: or that were not read."""
    found: Iterable[Case] = runner.store.ledger.scan(Query())
    return tuple(case.case_id for case in found if files_to_read(case, again=again))


def read_all(
    settings: Settings,
    runner: Runtime,
    reader: ReadsPictures,
    case_ids: Iterable[str],
    *,
    again: bool,
    progress: Callable[[int], None],
) -> Totals:
    """What `huiyin ocr` does. Raises what the reader raises; what was read until then is kept."""
    work = PictureWork(runner, file_store(settings), reader)
    totals = Totals()
    for case_id in case_ids:
        case = runner.store.ledger.load([case_id]).get(case_id)
        if case is not None:
            try:
                found = work.read_case(case, again=again)
            except NoSuchFile:
                found = ()
                totals.missing += 1
            totals.cases += 1
            totals.read += sum(not picture.unread for picture in found)
            totals.unread += sum(bool(picture.unread) for picture in found)
        progress(1)
    return totals
