"""What all commands share: messages, progress bars, JSON, opening the data."""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Event
from types import FrameType
from typing import Annotated, Final, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import beijing
from desk.ground import production, wiring
from desk.ground.actions import CaseActions, CaseChanged, NotYet
from desk.ground.context import DeskContext, PageStores, Readers
from desk.ground.doer import COMMAND_LINE, Doer, NotPermitted, NotThere
from desk.ground.followed_readers import FollowedReaders
from desk.ground.settings import Settings
from streams.process import Processor
from streams.runtime import Runtime

_PATIENCE: Final = 30.0
"""Seconds that a command waits until its action is carried out; people wait less."""
notices = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出结果。")]


def tell(text: str, result: object, *, as_json: bool) -> None:
    """The outcome of a command on standard output: for people, or one JSON document."""
    print(msgspec.json.encode(result).decode() if as_json else text)


def fail(text: str) -> NoReturn:
    """Ends the command with status 1 and this message."""
    notices.print(text, markup=False)
    raise SystemExit(1)


def os_user() -> str:
    """Who runs the command, as the system knows: not by LOGNAME, which anybody sets. Behind
    sudo both names."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"uid {number}"  # a container without an entry for it
    before = os.environ.get("SUDO_USER", "") if number == 0 else ""
    return f"{name}，sudo 自 {before}" if before else name


def command_line(name: str = "") -> Doer:
    """Who has the machine has the data: the commands ask nobody, but say who. `name`: as
    which person of the office, where the command asks for it."""
    user = f"{COMMAND_LINE}（{os_user()}）"
    return Doer(actor=Actor(id=user, role=Role.ADMIN, name=name))


@contextmanager
def opened_desk(settings: Settings) -> Iterator[DeskContext]:
    """The desk's services for a command, closed at the end. What a service refuses ends
    the command with its text. Raises as `opened`."""
    processor: Processor | None = None
    if settings.production is None:
        processor = wiring.build_processor(settings)
        open_one: Callable[[], Runtime] = partial(wiring.open_runner, settings, processor)
        readers: PageStores = Readers(settings.database, master=settings.master)
    else:
        readers = FollowedReaders(partial(production.opened_follower, settings))
        open_one = partial(production.open_runner, settings)
    acts = CaseActions(open_one, patience=_PATIENCE)
    desk = DeskContext(
        settings=settings,
        rules=wiring.build_rules(settings),
        register=wiring.build_router(settings).register,
        readers=readers,
        acts=acts,
    )
    if processor is not None:
        desk.reload = partial(_renewed, desk, processor, desk.reload)
    try:
        yield desk
    except (NotAllowed, NotPermitted, NotThere, NotYet, CaseChanged) as refusal:
        fail(str(refusal))
    finally:
        desk.close()


def _renewed(
    desk: DeskContext, processor: Processor, read_again: Callable[[], tuple[str, ...]]
) -> tuple[str, ...]:
    """What a command changed in the tables counts for what it takes in afterwards."""
    later = read_again()
    now = desk.settings
    processor.use(desk.rules, wiring.build_classifier(now), wiring.build_router(now))
    return later


@contextmanager
def opened(settings: Settings) -> Iterator[Runtime]:
    """The runtime, closed at the end. Raises what `wiring.open_runner` and, with Kafka,
    `production.open_runner` raise."""
    runner: Runtime
    if settings.production is None:
        runner = wiring.open_runner(settings)
    else:
        runner = production.open_runner(settings)
    try:
        yield runner
    finally:
        runner.store.close()


def bar(description: str) -> Progress:
    """A progress bar on a terminal, nothing in a log file."""
    return Progress(
        TextColumn(description),
        TextColumn("{task.fields[name]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=notices,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed meanwhile: the work ends at its next good place. Pressed
    again, it ends at once."""
    pressed = Event()

    def press(_number: int, _frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def moment(text: str, name: str) -> datetime:
    """A time as people write it, in Beijing time; wrong usage otherwise."""
    try:
        return beijing(datetime.fromisoformat(text))
    except ValueError:
        raise typer.BadParameter(
            f"应为 2026-09-24 或 2026-09-24T10:00 这样的时间，实际是 {text!r}", param_hint=name
        ) from None
