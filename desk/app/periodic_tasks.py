"""What comes round by itself at the desk, beside the stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event

from desk.app.background import PeriodicTask
from desk.backup.copies import forget_copies
from desk.backup.pending_copies import forget_pending
from desk.backup.service import Backups, passphrase_of
from desk.exchange.service import exchange_step
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import file_store
from desk.ground.retention_table import EXPIRED_ON, read_retention
from desk.ground.settings import Settings
from desk.opinion.incident_round import IncidentRound
from desk.opinion.watch_round import WatchRound
from desk.personal.retention import expire
from desk.pictures import service as pictures
from desk.rectification.register import printed_items
from desk.reports.due import due_papers, make_due
from desk.reports.in_force import ReportsInForce
from desk.site_columns.check import check_columns, site_client, site_watch
from desk.sources.wechat_files import REST_SECONDS, media_step
from sinks.ledger.stored_case import forget_shown
from streams.embedded.erasing import erased_so_far
from streams.embedded.runner import EmbeddedRunner
from streams.runtime import Runtime
from streams.sources.registry import open_sources
from streams.sources.wechat.source import Wechat

COLUMN_SECONDS = 600.0
PAPER_SECONDS = 300.0
BACKUP_SECONDS = 60.0
ERASURE_SECONDS = 60.0
EXPIRY_SECONDS = 600.0
EXCHANGE_SECONDS = 5.0
INCIDENT_SECONDS = 10.0
WATCH_SECONDS = 60.0


def periodic_tasks(
    settings: Settings, stop: Event, file: DeskFile, in_force: Callable[[], Settings]
) -> tuple[PeriodicTask, ...]:
    """`file`: the desk's, to be closed after the last step. `in_force`: the settings with the
    configuration that the desk goes by now. Raises `SettingsError` and
    `SourceError`."""
    found = [PeriodicTask("栏目更新监测", COLUMN_SECONDS, partial(_columns, in_force, file, stop))]
    found.append(PeriodicTask("删除收尾", ERASURE_SECONDS, lambda r: _copies(settings, r)))
    if read_retention(settings).enabled:
        found.append(PeriodicTask("保存期限", EXPIRY_SECONDS, lambda r: _expiry(settings, r)))
    if settings.backup is not None and settings.production is None:
        found.append(PeriodicTask("备份", BACKUP_SECONDS, lambda runner: _backup(settings, runner)))
    found += _wechat_files(settings, stop)
    if pictures.wanted(settings):
        found.append(
            PeriodicTask(
                "图片文字",
                pictures.REST_SECONDS,
                lambda runner: pictures.picture_step(settings, runner, stop.is_set),
            )
        )
    found.append(
        PeriodicTask("报表", PAPER_SECONDS, lambda runner: _papers(in_force, runner, file))
    )
    found.append(
        PeriodicTask(
            "事件档案",
            INCIDENT_SECONDS,
            lambda runner: IncidentRound(settings, file, runner).step,
        )
    )
    found.append(
        PeriodicTask(
            "关注主题", WATCH_SECONDS, lambda runner: WatchRound(settings, file, runner).step
        )
    )
    if wanted := wiring.build_rules(settings).platforms:
        word = f"对上交换（{len(wanted)} 个来源）"
        found.append(
            PeriodicTask(word, EXCHANGE_SECONDS, lambda runner: exchange_step(settings, runner))
        )
    return tuple(found)


def _columns(
    in_force: Callable[[], Settings], file: DeskFile, stop: Event, runner: Runtime
) -> Callable[[], bool]:
    settings = in_force()
    watch, client = site_watch(settings, file), None

    def step() -> bool:
        """Today's check of the columns, once it is due; one that was missed while the machine was
        off is made up. Nothing where no host is allowed."""
        nonlocal settings, watch, client
        if in_force() is not settings:
            settings = in_force()
            watch, client = site_watch(settings, file), None
        if watch.table.hosts and watch.due(runner.clock()):
            client = client or site_client(watch)
            check_columns(watch, client, runner, stopped=stop.is_set)
        return False

    return step


def _expiry(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """What is kept no longer, once a day."""
    table = read_retention(settings)

    def step() -> bool:
        today = f"{runner.clock():%Y-%m-%d}"
        if runner.store.fact(EXPIRED_ON) != today:
            expire(settings, runner, table)
            runner.store.set_fact(EXPIRED_ON, today)
        return False

    return step


def _copies(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """What an erasure that broke off has left behind, and what this process still remembers of
    cases that another one has erased."""
    erased = 0

    def step() -> bool:
        nonlocal erased
        if isinstance(runner, EmbeddedRunner):
            runner.finish_erasures()
            forget_copies(settings, runner.store)
            before, erased = erased, erased_so_far(runner.store)
            if erased != before:
                forget_shown()
        else:
            forget_pending(settings, runner.store.ledger, runner.clock())
        return False

    return step


def _wechat_files(settings: Settings, stop: Event) -> Iterator[PeriodicTask]:
    around, files = wiring.source_context(settings, stop), file_store(settings)
    entries = wiring.source_entries(settings)
    for name, source in open_sources(entries, around).items():
        if not isinstance(source, Wechat):
            continue
        entry = entries[name]
        media = source.media(around.pacing, files.most_bytes)
        if media is not None:
            step = partial(media_step, source=entry.name, media=media, files=files)
            yield PeriodicTask(f"附件 {entry.channel}", REST_SECONDS, step)


def _backup(settings: Settings, runner: Runtime) -> Callable[[], bool]:
    """The backup of the day. Raises `SecretError`; the step raises `BackupError`."""
    passphrase = passphrase_of(settings)

    def step() -> bool:
        backups = Backups(settings.backup or Path())
        now = runner.clock()
        if backups.due(now, settings.backup_at):
            backups.make(settings, now, passphrase=passphrase, keep=settings.backup_keep)
        return False

    return step


def _papers(
    in_force: Callable[[], Settings], runner: Runtime, file: DeskFile
) -> Callable[[], bool]:
    """快报、周反馈、月整改、季通报 when they fall due, and those that were missed. Raises
    `SettingsError`."""
    reports = ReportsInForce(in_force, file)
    folder, public_url = in_force().papers_folder, in_force().public_url

    def step() -> bool:
        office = reports.reporting
        missing = due_papers(folder, office, runner.clock())
        if not missing:
            return False
        begun = next(iter(runner.store.ledger.outlines()), None)
        if begun is None:
            return False
        for one in missing:
            if one.owed(begun.received):
                listed = printed_items(file, office.register)
                counted = office.as_decided(file)
                make_due(runner.store.ledger, counted, folder, one, listed, public_url)
                return len(missing) > 1
        return False

    return step
