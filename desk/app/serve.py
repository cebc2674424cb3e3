"""`huiyin run`: intake, processing, sweep and pages in one process."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import msgspec
import typer
import uvicorn
from fastapi import FastAPI

from desk.accounts.accounts import Accounts
from desk.alerts.alerting import embedded_work
from desk.app.background import Background, Drop, PeriodicTask
from desk.app.periodic_tasks import periodic_tasks
from desk.app.web import create_app
from desk.delivery.service import finish_at_start
from desk.demo.accounts import add_demo_accounts, has_real_accounts
from desk.demo.messages import DemoOutcome, load_demo
from desk.demo.registers import fill_registers
from desk.ground import extensions, wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Folder, Readers
from desk.ground.deskfile import DeskFile
from desk.ground.limits import BACKLOG, RESERVED_HANDLES, WebLimits
from desk.ground.live_configuration import LiveConfiguration
from desk.ground.log_folding import fold_repeats
from desk.ground.sample_data import only_samples
from desk.ground.settings import Settings, SettingsError
from desk.http.protocol import Connections
from desk.http.proxy import Proxies
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
_GRACE_SECONDS: Final = 5
"""How long open connections may finish after a stop was asked for."""


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
        matters=lambda: wiring.build_matters(settings),
        alerts=lambda runner: embedded_work(settings, runner),
        chores=(
            *periodic_tasks(settings, stop, chores),
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
        readers=Readers(settings.database),
        acts=CaseActions(
            lambda: wiring.open_runner(settings, processor),
            lambda: background.wake_pump(),  # noqa: PLW0108  (there is another one after the start)
        ),
        folders=tuple(Folder(drop.source.name, drop.folder) for drop in background.drops),
        loops=background.states,
        demo=demo,
    )
    if demo:
        add_demo_accounts(office.get(Accounts), office.register, settings.clock())
    app = create_app(office, pushes=pushes)
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
    store = EmbeddedStore(settings.database)
    try:
        outcome = load_demo(store, processor, settings.clock())
        if outcome is not DemoOutcome.REFUSED:
            fill_registers(settings, store, processor)
        return outcome
    finally:
        store.close()


# -- listening ---------------------------------------------------------------


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes a free one. Raises `SettingsError`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise SettingsError(f"HUIYIN_HOST 应为本机的地址，实际是 {host!r}（{error}）。") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(_why_not(host, port, error)) from None
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被占用，可能回音已经在运行。请打开 {address_of(host, port)} 看看，"
            "或另选端口（如 HUIYIN_PORT=0，由系统选一个空闲的）再启动。"
        )
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}。请改用 1024 以上的端口（HUIYIN_PORT）。"
    return (
        f"不能在 {host} 的端口 {port} 上监听：{error.strerror}。请检查 HUIYIN_HOST、HUIYIN_PORT。"
    )


def address_of(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# -- the server --------------------------------------------------------------


class _Server(uvicorn.Server):
    """Prints the address once requests are answered; ends connections that take too long."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections
        self._watch: asyncio.Task[None] | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Answers that never end by themselves: the server would wait for them.
        for end in self.config.app.state.before_stop:  # type: ignore[union-attr]
            end()
        await super().shutdown(sockets)
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._watch = asyncio.create_task(self._connections.watch())
        if not sockets or self.should_exit:
            return
        host, port = sockets[0].getsockname()[:2]
        if not is_loopback(host):
            _say(
                f"注意：正在 {host} 上监听，其他电脑也能打开。密码会在网络上明文传送，"
                "请在前面加一个提供 https 的反向代理，并设置 HUIYIN_PUBLIC_URL。",
            )
        _say(f"回音已启动：{address_of(host, port)} （按 Ctrl+C 停止）")


def run_server(app: FastAPI, listener: socket.socket, settings: Settings) -> None:
    """Answers until Ctrl+C or SIGTERM; prints the address."""
    server = make_server(app, settings)
    with _signals(server):
        server.run(sockets=[listener])


def make_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """The server of a desk, with its limits."""
    limits = _within_handles(settings.web)
    connections = Connections(limits, Proxies(settings.sign_on).trusts)
    return _Server(
        uvicorn.Config(
            app,
            # uvicorn only calls it.
            http=connections.protocol,  # type: ignore[arg-type]
            ws="none",
            log_level="warning",
            # Handlers of its own would print what ours leave out.
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=round(limits.idle_seconds),
            timeout_graceful_shutdown=_GRACE_SECONDS,
        ),
        connections,
    )


def _within_handles(limits: WebLimits) -> WebLimits:
    """Each connection is an open file of the process. Where the system gives too few, fewer
    connections are taken: without a handle for the next one nobody is answered any more."""
    try:
        import resource
    except ImportError:
        return limits  # Windows, where sockets are not counted so
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + BACKLOG + RESERVED_HANDLES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    fits = max(16, min(limits.connections, soft - BACKLOG - RESERVED_HANDLES))
    return msgspec.structs.replace(limits, connections=fits)


@contextmanager
def _signals(server: uvicorn.Server) -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more when it is done; here that
    signal has had its effect and the rest of the work is to end in order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    typer.echo(text)
