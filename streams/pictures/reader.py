"""Reads pictures through a child process: with limits, page by page, and it may die of any file."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from msgspec import Struct

_CHILD: Final = Path(__file__).with_name("child.py")
_NEEDED: Final = ("rapidocr", "onnxruntime", "pypdfium2")


def installed() -> bool:
    """Whether the packages of the extra `huiyin[ocr]` are there."""
    return all(find_spec(name) is not None for name in _NEEDED)


class PicturesError(Exception):
    """Nothing can be read at all; the text says what to do, in Chinese."""


class Stopped(Exception):
    """The program ends meanwhile: nothing was found out about the file."""


class PictureLimits(Struct, frozen=True, kw_only=True):
    """What one file may cost. 本地约定."""

    page_seconds: float = 60.0
    start_seconds: float = 120.0
    memory_mb: int = 3072
    """Address space of the child; reading takes about 1.3 GB of it, 0.5 GB in memory."""
    most_bytes: int = 30 << 20
    most_pixels: int = 50_000_000
    most_pages: int = 20
    most_characters: int = 20_000
    """Of a whole file: it goes into the case's document."""


class Reading(Struct, frozen=True, kw_only=True):
    """What was read in a file."""

    pages: tuple[str, ...] = ()
    unread: str = ""
    """As `cases.record.pictures.PictureText.unread`."""
    engine: str = ""


class _Answer(Struct, frozen=True):
    """A line of the child; see `child`."""

    engine: str = ""
    text: str = ""
    pages: int = 0
    problem: str = ""


class _Died(Exception):
    """The text says how."""


class PictureReader:
    """Owns the child, which is started with the first file and again after one that killed it.
    For one thread; ends the child where it is left."""

    def __init__(
        self,
        limits: PictureLimits | None = None,
        *,
        stopped: Callable[[], bool] = lambda: False,
        command: Sequence[str] = (sys.executable, "-I", "-B", str(_CHILD)),
    ) -> None:
        self.limits = limits or PictureLimits()
        self._stopped = stopped
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._engine = ""
        self._said = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def read(self, path: Path) -> Reading:
        """The text of a file, or why there is none. Raises `PicturesError` where the child does
        not start, `Stopped`, and `OSError` where the file is not there."""
        limits = self.limits
        size = path.stat().st_size
        if size > limits.most_bytes:
            return Reading(
                unread=f"文件有 {size / 2**20:.1f} MB，超过 {limits.most_bytes >> 20} MB 的上限"
            )
        self._start()
        pages: list[str] = []
        left = limits.most_characters
        unread = ""
        while not unread:
            if self._stopped():
                raise Stopped
            try:
                answer = self._ask(path, len(pages))
            except _Died as how:
                unread = f"识别第 {len(pages) + 1} 页时{how}"
                break
            if answer.problem:
                unread = answer.problem
                break
            pages.append(answer.text[:left])
            left -= len(pages[-1])
            if len(answer.text) > len(pages[-1]):
                unread = f"文字超过 {limits.most_characters} 字，只留前一部分"
            elif len(pages) == answer.pages:
                break
            elif len(pages) == limits.most_pages:
                unread = f"共 {answer.pages} 页，只识别前 {limits.most_pages} 页"
        return Reading(pages=tuple(pages), unread=unread, engine=self._engine)

    def _start(self) -> None:
        if self._child is not None:
            return
        limits = self.limits
        self._said = b""
        self._child = subprocess.Popen(  # noqa: S603 - our own script, without a shell
            [*self._command, str(limits.memory_mb), str(limits.most_pixels)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of the environment, which may hold secrets.
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
        )
        try:
            self._engine = self._heard(limits.start_seconds).engine
        except _Died as how:
            raise PicturesError(
                f"图片文字识别程序应能启动，实际{how}。请重新安装 huiyin[ocr]；"
                "不用时设 HUIYIN_PICTURE_TEXT=off"
            ) from None

    def _ask(self, path: Path, page: int) -> _Answer:
        """Raises `_Died`; the child is gone then."""
        child = self._child
        if child is None or child.stdin is None:
            raise _Died("识别程序已退出")
        try:
            child.stdin.write(msgspec.json.encode({"path": str(path), "page": page}) + b"\n")
            child.stdin.flush()
        except OSError:
            self._end()
            raise _Died(_ENDED) from None
        return self._heard(self.limits.page_seconds)

    def _heard(self, seconds: float) -> _Answer:
        child = self._child
        if child is None or child.stdout is None:
            raise _Died(_ENDED)
        end = time.monotonic() + seconds
        while b"\n" not in self._said:
            left = end - time.monotonic()
            if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
                self._end()
                raise _Died(f"超过 {seconds:g} 秒，已停止")
            data = os.read(child.stdout.fileno(), 1 << 16)
            if not data:
                self._end()
                raise _Died(_ENDED)
            self._said += data
        line, self._said = self._said.split(b"\n", 1)
        return msgspec.json.decode(line, type=_Answer)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


_ENDED: Final = "识别程序意外退出（文件已损坏，或需要的内存超过上限）"
