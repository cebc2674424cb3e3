"""The office whose desk this is: its settings, rules, units, clock and data, and the services
of its features, each asked for by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from queue import LifoQueue
from threading import RLock
from typing import NoReturn, Protocol, Self, TypeVar, runtime_checkable
from urllib.parse import urlsplit

from msgspec import Struct

from cases.alerts import Alert
from cases.life.rules import Rules
from cases.routing.units import UnitKind, UnitRegister
from cases.words.actors import Role
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.configuration import waiting_for_start
from desk.ground.deskfile import DeskFile
from desk.ground.doer import Doer, NotPermitted
from desk.ground.loops import LoopState
from desk.ground.machine_clock import MachineClock, machine_time
from desk.ground.office_settings import load_office_settings
from desk.ground.registers import Register
from desk.ground.settings import Settings
from huiyin.store.master import NO_MASTER, Master
from sinks.ledger.base import Ledger
from streams.dead_letters import StoredLetter
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts
from streams.sources.seam.health import SourceHealth


class PageStore(Protocol):
    """What pages read besides the desk's own file, in either runtime."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def processed(self) -> int:
        """Grows with every message that was processed."""
        ...

    def fact(self, name: str) -> str | None: ...

    def waiting(self) -> int: ...

    def catch_up(self) -> None:
        """What was written before is seen from now on."""
        ...

    def letters_waiting(self) -> int: ...

    def newest_letters(self, limit: int, offset: int = 0) -> list[StoredLetter]: ...

    def waiting_reasons(self) -> list[tuple[str, str]]:
        """Id and reason of every dead letter that waits."""
        ...

    def letters_aside(self, limit: int, offset: int = 0) -> list[StoredLetter]: ...

    def aside_counts(self) -> dict[str, int]: ...

    def letter(self, letter_id: str) -> StoredLetter | None: ...

    def alerts(self, limit: int) -> list[Alert]: ...

    def intake_counts(self) -> dict[str, IntakeCounts]: ...

    def health(self, source: str) -> SourceHealth | None: ...


class PageStores(Protocol):
    def reader(self) -> AbstractContextManager[PageStore]: ...

    def close(self) -> None: ...


class Readers:
    """Read-only connections to the data file, each used by one request at a time."""

    def __init__(self, path: Path, most: int = 4, *, master: Master = NO_MASTER) -> None:
        self._path = path
        self._master = master
        self._idle: LifoQueue[EmbeddedStore | None] = LifoQueue()
        for _ in range(most):
            self._idle.put(None)

    @contextmanager
    def reader(self) -> Iterator[PageStore]:
        """Waits for a connection to be free. Raises `StoreError`."""
        store = self._idle.get()
        try:
            store = store or EmbeddedStore(self._path, readonly=True, master=self._master)
            store.connection.check()
            yield store
        finally:
            self._idle.put(store)

    def close(self) -> None:
        """Closes what is idle; for after the last request."""
        while not self._idle.empty():
            store = self._idle.get()
            if store is not None:
                store.close()


class Folder(Struct, frozen=True):
    """A watched folder, as the desk names it."""

    source: str
    path: Path


class Service(Protocol):
    """What a feature keeps for all requests: its part of the desk's file, an index, a thread.

    One with a `close` is closed after the last request."""

    @classmethod
    def open(cls, desk: DeskContext) -> Self: ...


@runtime_checkable
class Closing(Protocol):
    def close(self) -> None: ...


S = TypeVar("S", bound=Service)


class _GoesBy(Struct, frozen=True):
    """What comes from one configuration; swapped as a whole."""

    settings: Settings
    rules: Rules
    register: UnitRegister


class DeskContext:
    """Rules, units, clock, data and people of the office whose desk this is."""

    def __init__(
        self,
        *,
        settings: Settings,
        rules: Rules,
        register: UnitRegister,
        readers: PageStores,
        acts: CaseActions,
        folders: Sequence[Folder] = (),
        loops: Callable[[], tuple[LoopState, ...]] = tuple,
        demo: bool = False,
        machine: MachineClock = machine_time,
    ) -> None:
        """`loops`: how the background work of this process is doing; empty where it runs
        elsewhere. `demo`: the sample data's accounts may sign in. `machine`: the clock by
        which locks, sessions and tokens run out. Raises `StoreError`."""
        self._goes_by = _GoesBy(settings, rules, register)
        self.card = load_office_settings(settings)
        """Who the office is, by the configuration in force."""
        self.clock = settings.clock
        self.readers = readers
        self.acts = acts
        self.folders = tuple(folders)
        self.loops = loops
        self.demo = demo
        self.before_close: list[Callable[[], None]] = []
        """Ends the work that areas of the desk do in threads of their own."""
        self.file = DeskFile(settings.desk_file)
        self.machine = machine
        self.on_duty: Callable[[datetime], tuple[str, ...]] = lambda _at: ()
        """Names of who is on duty at a moment, the leader of the shift first. The roster is
        a feature, and the frame of every page shows it: the application puts it in."""
        self.reload: Callable[[], tuple[str, ...]] = self._read_again
        """Reads the files of the configuration again, checks them and goes by them from now on;
        gives the names of the tables that wait for the next start. Where this process also
        processes messages, the application puts in what tells the processing too. Raises
        `SettingsError`."""
        self.trail = AuditLog(self.file)
        self._services: dict[type[Service], Service] = {}
        self._lock = RLock()

    @property
    def settings(self) -> Settings:
        return self._goes_by.settings

    @property
    def rules(self) -> Rules:
        return self._goes_by.rules

    @property
    def register(self) -> UnitRegister:
        return self._goes_by.register

    def use(self, settings: Settings, rules: Rules, register: UnitRegister) -> None:
        """Another configuration, from the next request on; what was read when a service was
        opened stays. Raises `SettingsError`, and nothing has changed then."""
        card = load_office_settings(settings)
        self._goes_by = _GoesBy(settings, rules, register)
        self.card = card

    def _read_again(self) -> tuple[str, ...]:
        before, settings = self.settings.configuration, self.settings.read_again()
        self.use(settings, wiring.build_rules(settings), wiring.build_router(settings).register)
        return waiting_for_start(before, settings.configuration)

    def get(self, kind: type[S]) -> S:
        """The one service of this kind, opened when it is first asked for. Raises as its
        `open` does."""
        with self._lock:
            found = self._services.get(kind)
            if found is None:
                found = self._services[kind] = kind.open(self)
            return found  # type: ignore[return-value]

    def note(self, by: Doer, deed: AuditAction, about: str = "", detail: str = "") -> None:
        """Into the trail, under the name of who did it."""
        said = f"{detail}{by.through}"
        self.trail.record(self.clock(), by.actor.id, deed, about[:200], said, by.address)

    def permit(self, by: Doer, *roles: Role, to: str, about: str = "") -> None:
        """Raises `NotPermitted` for another role, which the trail keeps. `to`: what was to be
        done, in words."""
        if by.actor.role not in roles:
            self.refuse(by, to, about)

    def refuse(self, by: Doer, to: str, about: str = "") -> NoReturn:
        """Raises `NotPermitted`, which the trail keeps."""
        self.note(by, AuditAction.REFUSED, about, to)
        raise NotPermitted(f"您的角色不能{to}。如需要，请联系管理员。")

    def book(self, name: str) -> Register:
        """The register of this name, in the desk's file."""
        return Register(self.file, name)

    @property
    def secure(self) -> bool:
        """Whether people reach the desk through TLS."""
        return urlsplit(self.settings.public_url).scheme == "https"

    @property
    def high_risks(self) -> tuple[str, ...]:
        return self.rules.handling.risk.high

    def unit_groups(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Units to choose from, by kind: (kind, ((id, name), …))."""
        return tuple(
            (
                kind.value,
                tuple(
                    (u.id, u.name) for u in self.register if u.kind is kind and not u.merged_into
                ),
            )
            for kind in UnitKind
        )

    def close(self) -> None:
        """After the last request."""
        for each in self.before_close:
            each()
        for service in reversed(self._services.values()):
            if isinstance(service, Closing):
                service.close()
        self.acts.close()
        self.readers.close()
        self.file.close()
