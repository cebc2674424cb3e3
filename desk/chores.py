"""What comes round by itself at the desk, beside the stream."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from desk.background import Chore
from desk.commands.columns import check_columns, site_client, site_watch
from desk.commands.due import due_papers, make_due, papers_folder
from desk.commands.report import Reporting
from desk.deskfile import DeskFile
from desk.rectify import printed_items
from desk.settings import Settings
from streams.runtime import Runtime

COLUMN_SECONDS = 600.0
PAPER_SECONDS = 300.0


def chores(settings: Settings, stop: Event) -> tuple[Chore, ...]:
    """Raises `SettingsError`."""
    watch = site_watch(settings)
    found = []
    if watch.table.hosts:

        def open_columns(runner: Runtime) -> Callable[[], bool]:
            client = site_client(watch)

            def step() -> bool:
                """Today's check of the columns, once it is due; one that was missed while the
                machine was off is made up."""
                if watch.due(runner.clock()):
                    check_columns(watch, client, runner, stopped=stop.is_set)
                return False

            return step

        found.append(Chore("栏目监测", COLUMN_SECONDS, open_columns))
    found.append(Chore("报表", PAPER_SECONDS, lambda runner: _papers(settings, runner)))
    return tuple(found)


def _papers(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """周反馈、月整改、季通报 when they fall due, and those that were missed. Raises
    `SettingsError`."""
    office = Reporting.of(settings)
    folder = papers_folder(settings)
    file = DeskFile(settings.desk_file)

    def step() -> bool:
        missing = due_papers(folder, office, runner.clock())
        # An office that has just begun owes nobody the papers of the time before.
        begun = next(iter(runner.store.ledger.outlines()), None)
        if begun is None:
            return False
        for one in missing:
            if one.period.end_at.timestamp() > begun.received:
                listed = printed_items(file, office.register)
                make_due(runner.store.ledger, office, folder, one, listed, settings.public_url)
                return len(missing) > 1
        return False

    return step
