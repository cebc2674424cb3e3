"""The socket that the desk listens on, and the server behind it."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
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

from desk.ground.limits import BACKLOG, RESERVED_HANDLES, WebLimits
from desk.ground.settings import Settings, SettingsError
from desk.http.protocol import Connections
from desk.http.proxy import Proxies
from huiyin.interpreter import settle

_GRACE_SECONDS: Final = 5
"""How long open connections may finish after a stop was asked for."""


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
    settle()
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
