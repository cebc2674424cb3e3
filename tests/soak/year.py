"""A year of an office in minutes, on a clock that is moved by hand.

The home is one that an earlier version left, where there is one; then come steady days, a burst, a
silent source, a year whose calendar is published late, Spring Festival with weekends that are
worked, a change of staff, an upgrade of a file in the middle, three backups and a lost disk. What
has to come out is worked out beforehand, by `tests.soak.year_plan`.
"""

from __future__ import annotations

import gc
import shutil
import sys
import tarfile
import tempfile
import time as machine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import OPEN_STATES, Case
from cases.record.messages import Action
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.app.commands.audit import audit_store
from desk.backup.drills import drills
from desk.backup.restoring import restore
from desk.backup.service import Backups
from desk.doctor.checks import examine
from desk.ground import wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, read_settings
from huiyin.store.migrations import copies
from sinks.alerts.config import AlertSetup, Outlet, Watch
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.routing import Route, Routing
from sinks.ledger.base import Query
from streams.embedded.alerts import StoredAlerts
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.linking import Linker
from streams.notifier_ports import NotifierPorts
from streams.notify import Notifier
from streams.polling import poll_once, watch
from streams.process import Processor
from streams.sources.seam.health import HealthRules
from tests.huiyin.store.test_earlier_homes import HOMES
from tests.soak import year_plan as known
from tests.soak.year_board import Board, Heard
from tests.soak.year_check import check
from tests.soak.year_plan import CHANNEL, NOTICE_COMES, SOURCE, Plan

ROOT: Final = Path(__file__).parents[2]
WHOLE: Final = Plan(a_day=100, burst=10_000, hours=(0, 6, 8, 9, 10, 11, 12, 14, 15, 16, 17, 20))
SHORT: Final = Plan(a_day=3, burst=300, hours=(9, 17))
BACKUPS: Final = tuple(
    datetime(2027, month, day, 2, 30, tzinfo=BEIJING) for month, day in ((2, 19), (6, 17), (10, 20))
)
LOST: Final = datetime(2027, 6, 17, 12, 30, tzinfo=BEIJING)
"""Ten hours after the second backup the disk is gone."""
STAFF: Final = datetime(2027, 4, 1, tzinfo=BEIJING)
"""From then on another person sits at the desk."""
UPGRADE: Final = datetime(2027, 8, 16, tzinfo=BEIJING)
_HEALTH: Final = HealthRules(silent_after_hours=48)
_AT_ONCE: Final = 500


@dataclass
class Figures:
    """What the year was like."""

    cases: int = 0
    alerts: int = 0
    messages: int = 0
    looks: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    bytes_per_case: int = 0
    memory: dict[str, int] = field(default_factory=dict)
    """MB resident at the end of each month."""
    home: str = ""

    def line(self) -> str:
        first, *_, last = self.memory.values()
        return (
            f"a year of {self.cases} cases from {self.home}, {self.messages} messages, "
            f"{self.looks} looks in {self.seconds:.0f} s ({self.processor:.0f} s of processor): "
            f"{self.alerts} alerts, each once; every deadline as reckoned; "
            f"{self.bytes_per_case} bytes a case; {first} MB resident after the first month, "
            f"{max(self.memory.values())} at most, {last} at the end"
        )


class Year:
    """One office, one clock. `run` plays it, `check` holds it against what was planned."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.plan = plan
        self.messages = plan.messages()
        self.now = datetime.combine(known.FIRST, datetime.min.time(), BEIJING)
        self.home = folder / "home"
        self.copies = folder / "copies"
        self.copies.mkdir(parents=True)
        self.figures = Figures(home=_earlier_home(self.home))
        (self.home / "overlay").mkdir(parents=True, exist_ok=True)
        self.board = Board(self.messages)
        self.told = Heard(folder / "told.txt")
        self.again: set[str] = set()
        """Alerts between a backup and the loss of what came after it: told once more."""
        self.processor = Processor(
            wiring.build_rules(self.settings),
            wiring.build_classifier(self.settings),
            wiring.build_router(self.settings),
        )
        self._open()
        self.demo = {case.case_id for case in self.runner.store.ledger.scan(Query())}
        for name in ("zhang", "li"):
            self.accounts.add(
                Account(
                    id=name, name=name, role=Role.DESK, created=self.now, disabled=name == "li"
                ),
                "",
            )

    @property
    def settings(self) -> Settings:
        read = read_settings(
            {
                "HUIYIN_HOME": str(self.home),
                "HUIYIN_CONFIG": str(ROOT / "config"),
                "HUIYIN_BACKUP": str(self.copies),
                "HUIYIN_CLASSIFIER": "rules",
            }
        )
        return replace(read, now=self.now)

    def _open(self) -> None:
        settings = self.settings
        store = EmbeddedStore(settings.database, master=settings.master)
        self.runner = EmbeddedRunner(store, self.processor, lambda: self.now)
        self.linker = Linker(store, wiring.build_matters(settings))
        self.desk_file = DeskFile(settings.desk_file)
        self.accounts = Accounts(self.desk_file, clock=lambda: self.now)
        self.alert_file = AlertFile(self.home / "alerts.db")
        self.notifier = Notifier(AlertOutbox(self.alert_file), self._setup(), self._ports())

    def _setup(self) -> AlertSetup:
        outlet = Outlet(
            channel=self.told, fallback="", fallback_after=timedelta(minutes=2), singles=20,
            call_on_duty=False,
        )  # fmt: skip
        routes = {"all": Route(name="all", channels=("duty",))}
        routing = Routing(routes=routes, channels=frozenset({"duty"}), quiet=None, newest_hours=24)
        return AlertSetup(
            outlets={"duty": outlet}, routing=routing, watch=Watch(), give_up=timedelta(hours=12)
        )

    def _ports(self) -> NotifierPorts:
        return NotifierPorts(
            source=StoredAlerts(self.runner.store),
            raised=self.runner,
            act=self.runner.act,
            cases=self.runner.store.ledger.load,
            is_workday=lambda at: self.processor.rules.calendar.is_workday(at.date()),
            clock=lambda: self.now,
            real=lambda: self.now,
        )

    def close(self) -> None:
        self.linker.save()
        self.runner.store.close()
        self.desk_file.close()
        self.alert_file.close()

    # -- the year ----------------------------------------------------------------------

    def run(self) -> Figures:
        began, worked = machine.monotonic(), machine.process_time()
        happens = sorted(
            [
                (NOTICE_COMES, self._notice),
                (STAFF, self._staff),
                (UPGRADE, self._upgrade),
                *((at, self._backup) for at in BACKUPS),
                (LOST, self._lose),
            ],
            key=lambda one: one[0],
        )
        month = ""
        for at in known.looks(self.plan):
            while happens and happens[0][0] <= at:
                self.now, play = happens.pop(0)
                play()
            self.now = at
            self._look()
            if f"{at:%Y-%m}" != month:
                month = f"{at:%Y-%m}"
                self.figures.memory[month] = _resident()
                self._so_far(began)
        self.figures.seconds = machine.monotonic() - began
        self.figures.processor = machine.process_time() - worked
        return self.figures

    def _so_far(self, began: float) -> None:
        """A line for who waits, at the end of each month: the whole year takes its time."""
        month, megabytes = list(self.figures.memory.items())[-1]
        size = sum(f.stat().st_size for f in self.home.rglob("*") if f.is_file()) // 1_000_000
        print(
            f"{month}: {machine.monotonic() - began:.0f} s, {self.figures.looks} looks, "
            f"{self.runner.store.processed} messages, {megabytes} MB resident, "
            f"{size} MB on the disk",
            flush=True,
        )

    def _look(self) -> None:
        """What the loops of a running desk do, one after the other."""
        runner = self.runner
        self.figures.looks += 1
        poll_once(runner, self.board, runner.clock)
        runner.pump_all()
        self._dispatch()
        while self.linker.step():
            pass
        runner.pump_all()
        runner.sweep()
        runner.pump_all()
        workday = self.processor.rules.calendar.is_workday
        watch(runner, SOURCE, CHANNEL, _HEALTH, self.now, workday)
        while self.notifier.step():
            pass
        runner.pump_all()

    def _dispatch(self) -> None:
        """Who is at the desk gives each new case to a unit."""
        who = self.accounts.usable("zhang" if self.now < STAFF else "li")
        assert who is not None, "nobody is at the desk"
        query = Query(states=tuple(OPEN_STATES), dispatched=False, limit=_AT_ONCE)
        for case in self.runner.store.ledger.search(query).cases:
            if case.case_id in self.demo:
                continue
            command = do.Assign(lead="housing")
            self.runner.act(
                Action(
                    message_id=f"assign:{case.case_id}",
                    case_id=case.case_id,
                    actor=who.actor,
                    command=command,
                    at=self.now,
                )
            )
        self.runner.pump_all()

    def _notice(self) -> None:
        """The calendar of the year comes, and takes effect without a restart."""
        ledger = self.runner.store.ledger
        late = [c for c in ledger.scan(Query()) if _provisional(c)]
        assert late, "no deadline was marked 暂定 while the calendar was missing"
        assert self._calendar_is_missing(), "huiyin doctor says nothing of the missing calendar"
        (self.home / "overlay" / "calendar.toml").write_text(known.notice(), "utf-8")
        settings = self.settings
        assert not self._calendar_is_missing()
        self.processor.use(
            wiring.build_rules(settings),
            wiring.build_classifier(settings),
            wiring.build_router(settings),
        )
        self.runner.sweep()
        self.runner.pump_all()
        still = [
            c.case_id for c in ledger.load([c.case_id for c in late]).values() if _provisional(c)
        ]
        assert not still, f"暂定 although the calendar is out: {still[:5]}"

    def _calendar_is_missing(self) -> bool:
        """Whether `huiyin doctor` asks for the notice."""
        found = examine(self.settings)
        return any(one.level == "warning" and "未公布的日子" in one.text for one in found)

    def _staff(self) -> None:
        for name, disabled in (("zhang", True), ("li", False)):
            found = self.accounts.get(name)
            assert found is not None
            self.accounts.change(replace(found, disabled=disabled))
        assert self.accounts.usable("zhang") is None

    def _backup(self) -> None:
        settings = self.settings
        made = Backups(self.copies).make(settings, self.now, passphrase="", keep=14)
        assert made.made_at == self.now

    def _lose(self) -> None:
        """All that came since the backup is gone from the disk; the board still shows it."""
        since = Backups(self.copies).listed()[0].made_at
        self.again = {alert_id for at, alert_id in self.told.alerts() if at >= since}
        self.close()
        shutil.rmtree(self.home)
        settings = self.settings
        newest = self.copies / Backups(self.copies).listed()[0].name
        restore(newest, settings, by="林某")
        assert drills(self.copies)[-1].backup == newest.name
        self._open()
        result = audit_store(self.runner.store)
        assert result.balanced, result

    def _upgrade(self) -> None:
        """The desk's file as the version before had it: opened, it is brought up to date, with a
        copy of what was."""
        self.close()
        file = DeskFile(self.settings.desk_file)
        with file.writing() as db:
            db.execute("ALTER TABLE accounts DROP COLUMN password_set")
            db.execute("UPDATE parts SET version = 1 WHERE name = 'accounts'")
        file.close()
        before = len(copies(self.settings.desk_file))
        self._open()
        assert len(copies(self.settings.desk_file)) == before + 1
        assert self.accounts.usable("li") is not None


def _provisional(case: Case) -> bool:
    clock = case.round.reply_clock
    return clock is not None and clock.provisional and case.open


def _earlier_home(home: Path) -> str:
    """Unpacks the home of an earlier version, where there is one; gives what it is."""
    packed = HOMES / "ad796df-demo.tar.gz"
    if not packed.is_file():
        return "an empty home"
    with tarfile.open(packed) as archive:
        archive.extractall(home, filter="data")
    return "the home of ad796df"


def _resident() -> int:
    """MB of memory of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 // 1_000_000


def main(arguments: list[str]) -> int:
    """Exit status 1 where something came out otherwise than planned."""
    plan = SHORT if arguments == ["short"] else WHOLE
    with tempfile.TemporaryDirectory(prefix="huiyin-year-") as folder:
        year = Year(Path(folder), plan)
        try:
            figures = year.run()
            check(year)
        except AssertionError as error:
            print(f"year: FAILED: {error}", year.figures, file=sys.stderr)
            return 1
    print(figures.line())
    return 0
