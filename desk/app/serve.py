"""`huiyin run`: intake, processing, sweep and pages in one process."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import Final

import typer

from desk.accounts.accounts import Accounts
from desk.alerts.alerting import embedded_work
from desk.app.background import Background, Drop, PeriodicTask
from desk.app.periodic_tasks import periodic_tasks
from desk.app.server import address_of, listen, run_server
from desk.app.web import create_app
from desk.delivery.service import finish_at_start
from desk.demo.accounts import add_demo_accounts, has_real_accounts
from desk.demo.messages import DemoOutcome, load_demo
from desk.demo.registers import fill_registers
from desk.ground import extensions, wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Folder, Readers
from desk.ground.deskfile import DeskFile
from desk.ground.live_configuration import LiveConfiguration
from desk.ground.log_folding import fold_repeats
from desk.ground.sample_data import only_samples
from desk.ground.settings import Settings
from desk.setup.first_account import FIRST_PAGE, FirstAccount
from desk.sources.open_sources import Doors, open_doors
from desk.sources.push import Pushes
from huiyin.store.errors import StoreError
from huiyin.store.sqlite import fold_log
from streams.embedded.store import CALLED, EmbeddedStore
from streams.process import Processor
from streams.sources.seam.secrets import Secrets, guard_logs
from streams.sources.tables.files import TableFiles

CONFIGURATION_SECONDS: Final = 3.0
"""Between two looks whether another configuration is asked for."""


def serve(settings: Settings, *, demo: bool) -> None:
    """Runs until Ctrl+C or SIGTERM, then ends in order.

    Raises `SettingsError` (also when the port is taken), `StoreError`, `SourceError`.
    """
    # First of all, so that a second start changes nothing.
    listener = listen(settings.host, settings.port)
    try:
        _run(settings, listener, demo=demo)
    finally:
        listener.close()


def _run(settings: Settings, listener: socket.socket, *, demo: bool) -> None:
    wiring.load(settings)
    for problem in extensions.problems():
        _say(f"注意：{problem}。")
    processor = wiring.build_processor(settings)
    if demo:
        outcome = _put_demo(settings, processor)
        _say(_DEMO[outcome])
        # Everybody knows the sample accounts' password: never beside what is real.
        demo = outcome is not DemoOutcome.REFUSED and not has_real_accounts(settings)
        if not demo:
            _say(_NO_DEMO_ACCOUNTS)
    stop = threading.Event()
    around = wiring.source_context(settings, stop)
    samples = only_samples(settings)
    if samples and not demo:
        _say(_SAMPLES)
    entries = [] if samples else list(wiring.source_entries(settings).values())
    doors = open_doors(entries, around)
    finish_at_start(settings, lambda: wiring.open_runner(settings, processor))
    live = LiveConfiguration(
        settings,
        processor,
        lambda *tables: office.use(*tables),  # noqa: PLW0108  (made below)
    )
    chores = DeskFile(settings.desk_file)
    background = Background(
        stopping=stop,
        open_runner=lambda: wiring.open_runner(settings, processor),
        drops=_drops(settings, doors),
        pulls=doors.pulls,
        doors=doors.entries,
        open_linker=lambda store: wiring.build_linker(settings, store),
        alerts=lambda runner: embedded_work(settings, runner),
        chores=(
            *periodic_tasks(settings, stop, chores, lambda: office.settings),
            PeriodicTask("配置", CONFIGURATION_SECONDS, lambda _runner: live.look),
        ),
    )
    pushes = Pushes(
        doors.pushes,
        lambda: wiring.open_runner(settings, processor),
        lambda: background.wake_pump(),  # noqa: PLW0108  (there is another one after the start)
    )
    office = DeskContext(
        settings=settings,
        rules=processor.rules,
        register=wiring.build_router(settings).register,
        readers=Readers(settings.database, master=settings.master),
        acts=CaseActions(
            lambda: wiring.open_runner(settings, processor),
            lambda: background.wake_pump(),  # noqa: PLW0108  (there is another one after the start)
        ),
        folders=tuple(Folder(drop.source.name, drop.folder) for drop in background.drops),
        loops=background.states,
        demo=demo,
    )
    office.reload = live.reload
    if demo:
        add_demo_accounts(office.get(Accounts), office.register, settings.clock())
    app = create_app(office, pushes=pushes)
    tell_first(office, address_of(*listener.getsockname()[:2]))
    prepare_logs(around.secrets)
    background.start()
    try:
        run_server(app, listener, settings)
    finally:
        pushes.close()
        background.stop()
        chores.close()
        office.close()
        with suppress(StoreError):  # what is wrong with the file was said while it was in use
            fold_log(settings.database, CALLED)
    _say("回音已停止。")


def tell_first(office: DeskContext, address: str) -> None:
    """Who sees this window owns the machine: the key that it shows makes the first account."""
    first = office.get(FirstAccount)
    if first.wanted:
        _say(f"还没有账号。请打开 {address}{FIRST_PAGE.lstrip('/')} ，输入设置码 {first.key}")


def prepare_logs(secrets: Secrets) -> None:
    """Known secrets leave every line; lines that repeat themselves are counted."""
    last = [logging.lastResort] if logging.lastResort else []
    handlers = [*_handlers(), *last]
    guard_logs(secrets, handlers)
    fold_repeats(handlers)


def _handlers() -> list[logging.Handler]:
    loggers = (logging.getLogger(), *map(logging.getLogger, ("uvicorn", "uvicorn.access")))
    return [handler for each in loggers for handler in each.handlers]


def _drops(settings: Settings, doors: Doors) -> tuple[Drop, ...]:
    """The watched folders of config/sources.toml, below the data folder."""
    return tuple(
        Drop(source, settings.home / source.options.folder)
        for source in doors.all.values()
        if isinstance(source, TableFiles) and source.options.folder
    )


_DEMO = {
    DemoOutcome.LOADED: "已放入示例数据（来源 demo，全部为虚构）。",
    DemoOutcome.THERE: "示例数据已经在数据文件里，没有重复放入。",
    DemoOutcome.REFUSED: "数据文件里已有真实事项，没有放入示例数据。要看示例请把 HUIYIN_HOME 指到"
    "另一个文件夹。",
}


_SAMPLES = (
    "这个数据文件夹里是示例数据，不接收真实来件。正式使用请把 HUIYIN_HOME 指到另一个文件夹，"
    "或用 huiyin demo remove 删除示例。"
)
_NO_DEMO_ACCOUNTS = "这里已有真实的事项或账号，示例账号不能登录。请用自己的账号登录。"


def _put_demo(settings: Settings, processor: Processor) -> DemoOutcome:
    store = EmbeddedStore(settings.database, master=settings.master)
    try:
        outcome = load_demo(store, processor, settings.clock())
        if outcome is not DemoOutcome.REFUSED:
            fill_registers(settings, store, processor)
        return outcome
    finally:
        store.close()


def _say(text: str) -> None:
    typer.echo(text)
