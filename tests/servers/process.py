"""What the server processes have in common: start and wait, stop, kill, freeze, restart."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import psutil


class Missing(Exception):
    """This machine lacks something a server needs. The text says what, and how to get it."""


def free_port() -> int:
    """A loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Server:
    """A server process with its data in `folder`, which outlives stop, kill and restart.

    Subclasses say what to prepare once, what to run and when it is ready. Ports and data stay the
    same over a restart, as they would on a real machine.
    """

    name: str
    ready_within = 180.0  # seconds; a busy machine takes two minutes for a JVM
    stop_within = 20.0  # seconds; after that SIGKILL

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._prepared = False

    def prepare(self) -> None:
        """Write configuration and format storage, once. Raises `Missing`."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start and return when the server answers. Raises `Missing`, or `RuntimeError` with its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._prepared:
            self.prepare()
            self._prepared = True
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guard = _guard(self._process.pid)
        deadline = time.monotonic() + self.ready_within
        while not self.ready():
            code = self._process.poll()
            if code is None and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            self.kill()
            how = f"not ready after {self.ready_within:.0f} s" if code is None else f"exit {code}"
            raise RuntimeError(f"{self.name}: {how}. {self._end_of_log()}")

    def stop(self) -> None:
        """Stop as an operator would (SIGTERM), and by force if that takes too long."""
        if self._process is None:
            return
        self.thaw()
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.stop_within)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the server and all its children; nothing is flushed."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._guard is not None and self._guard.stdin is not None:
            # Killed before its pipe closes: the process id it guards may soon be someone else's.
            self._guard.kill()
            self._guard.wait()
            self._guard.stdin.close()
            self._guard = None

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT, the end of `freeze`."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """What the process has used since its start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-30:]
        return "\n".join(["The end of its log:", *lines])


def _guard(pid: int) -> subprocess.Popen[bytes]:
    """Kill the process group when we die without saying so: no JVM outlives a killed test run.

    The guard's stdin is a pipe that only we hold; it closes however we end.
    """
    return subprocess.Popen(
        ["sh", "-c", f"read _; kill -KILL -{pid}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
