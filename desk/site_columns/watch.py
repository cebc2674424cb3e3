"""栏目更新监测 at the desk: what was last found, and what follows from it.

A column that was not updated in time goes to its unit as a rectification item, once for
each standstill; before that there is a reminder, after it an alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from cases.alerts import Alert, AlertKind, Level
from cases.clocks.workdays import Calendar
from cases.registers.rectification import Found, Origin
from cases.registers.site_columns import Column, ColumnTable, Freshness, freshness
from cases.routing.units import UnitRegister
from cases.words.actors import SYSTEM
from cases.words.ids import escaped
from cases.words.times import BEIJING
from desk.ground.deskfile import DeskFile
from desk.rectification.register import Rectifications
from streams.site_watch.crawl import Finding, crawl
from streams.site_watch.newest import newest_date
from streams.site_watch.report import Reported
from streams.sources.seam.base import SourceError
from streams.sources.seam.http import PoliteClient

_STEPS = (
    """
    CREATE TABLE site_columns (
        name TEXT PRIMARY KEY, checked_at TEXT NOT NULL, newest TEXT, problem TEXT NOT NULL,
        failures INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE site_findings (
        id INTEGER PRIMARY KEY, origin TEXT NOT NULL, page TEXT NOT NULL, target TEXT NOT NULL,
        trouble TEXT NOT NULL, detail TEXT NOT NULL, first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL, item TEXT NOT NULL DEFAULT '',
        UNIQUE (origin, page, target, trouble)
    );
    CREATE TABLE site_runs (name TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID
    """,
)
CRAWLED = "巡查"
IMPORTED = "监测软件"
FAILURES_TOLD = 2
"""A page that fails once may be a passing fault."""


class ColumnState(Struct, frozen=True, kw_only=True):
    """A column and what was last found."""

    column: Column
    cycle: str
    freshness: Freshness
    newest: date | None
    last_day: date | None
    """The last day on which something new is in time."""
    checked_at: datetime | None
    problem: str
    failures: int


class SiteFinding(Struct, frozen=True, kw_only=True):
    id: int
    origin: str
    page: str
    target: str
    trouble: str
    detail: str
    first_seen: datetime
    last_seen: datetime
    item: str
    """Number of the rectification item that it is on."""


class SiteWatch:
    def __init__(self, file: DeskFile, table: ColumnTable, register: UnitRegister) -> None:
        self._file = file
        self.table = table
        self._items = Rectifications(file, {unit.id for unit in register})
        file.ensure("site_watch", _STEPS)

    # -- columns -------------------------------------------------------------

    def states(self, today: date) -> list[ColumnState]:
        """Of the enabled columns, the most urgent first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT name, checked_at, newest, problem, failures FROM site_columns"
            ).fetchall()
        known = {name: rest for name, *rest in rows}
        states = [
            self._state(column, known.get(column.name), today)
            for column in self.table.column
            if column.enabled
        ]
        order = (Freshness.STALE, Freshness.UNKNOWN, Freshness.DUE_SOON, Freshness.FRESH)
        states.sort(key=lambda one: (order.index(one.freshness), one.last_day or date.max))
        return states

    def _state(self, column: Column, row: list[str] | None, today: date) -> ColumnState:
        cycle = self.table.cycle[column.cycle]
        checked_at, newest_text, problem, failures = row or (None, None, "", 0)
        newest = date.fromisoformat(newest_text) if newest_text else None
        return ColumnState(
            column=column,
            cycle=cycle.title,
            freshness=freshness(newest, cycle, today),
            newest=newest,
            last_day=cycle.last_day(newest) if newest else None,
            checked_at=datetime.fromisoformat(checked_at) if checked_at else None,
            problem=problem,
            failures=int(failures),
        )

    def check(
        self, client: PoliteClient, now: datetime, done: Callable[[], None] = lambda: None
    ) -> list[ColumnState]:
        """Asks for every column once; one that fails keeps its last known date."""
        for column in self.table.column:
            if not column.enabled:
                continue
            newest, problem = None, ""
            try:
                newest = newest_date(client, column.url, column.reader, now.date())
                if newest is None:
                    problem = "页面上没有读到日期，请检查 config/columns.toml 里的 reader。"
            except SourceError as error:
                problem = str(error)
            self.note(column.name, newest, problem, now)
            done()
        return self.states(now.date())

    def note(self, name: str, newest: date | None, problem: str, now: datetime) -> None:
        """What a look at a column found at `now`; one that failed keeps its last known date."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO site_columns VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "checked_at = excluded.checked_at, newest = coalesce(excluded.newest, newest), "
                "problem = excluded.problem, "
                "failures = CASE WHEN excluded.problem = '' THEN 0 ELSE failures + 1 END",
                (
                    name,
                    now.isoformat(),
                    newest.isoformat() if newest else None,
                    problem,
                    int(bool(problem)),
                ),
            )

    def hand_over(self, now: datetime, calendar: Calendar) -> list[str]:
        """Gives each column that stands still to its unit; the numbers of the new items.
        One item a standstill: while one is open there is no other, and a column that moved
        and stood still again gets a new one."""
        items = self._items.all()
        made = []
        for state in self.states(now.date()):
            if state.freshness is not Freshness.STALE or state.newest is None:
                continue
            # A name may hold a stroke of its own: items of "a/b" are none of "a".
            prefix = f"栏目/{escaped(state.column.name, '/')}/"
            ref = f"{prefix}{state.newest}"
            of_column = [one for one in items if one.ref.startswith(prefix)]
            if any(one.open or one.ref == ref for one in of_column):
                continue
            found = Found(
                title=f"栏目“{state.column.title}”未按时更新",
                problem=f"{state.cycle}，最近一次更新是 {state.newest}，"
                f"应在 {state.last_day} 前更新。{state.column.url}",
                origin=Origin.STALE_COLUMN,
                unit=state.column.unit,
                found_on=now.date(),
                due=calendar.add_working_days(now.date(), self.table.rectify_working_days),
                ref=ref,
                requirement="更新栏目内容；确无内容更新的，说明情况并提出归并意见。",
            )
            made.append(self._items.find(found, now, SYSTEM).number)
        return made

    def alerts(self, now: datetime) -> Iterator[Alert]:
        """What is to be said of the columns now. The ids follow from what was found: saying
        it again says nothing."""
        for state in self.states(now.date()):
            name, title = state.column.name, state.column.title
            match state.freshness:
                case Freshness.STALE:
                    kind, level = AlertKind.COLUMN_STALE, Level.MEDIUM
                    text = (
                        f"栏目“{title}”未按时更新，最近更新 {state.newest}，时限 {state.last_day}"
                    )
                    mark = f"{state.newest}"
                case Freshness.DUE_SOON:
                    kind, level = AlertKind.COLUMN_DUE, Level.LOW
                    text = f"栏目“{title}”将到更新时限 {state.last_day}，最近更新 {state.newest}"
                    mark = f"{state.newest}"
                case _ if state.failures >= FAILURES_TOLD:
                    kind, level = AlertKind.COLUMN_STALE, Level.LOW
                    text = f"栏目“{title}”读不到更新日期：{state.problem[:100]}"
                    mark = f"unknown:{now:%Y-%m-%d}"
                case _:
                    continue
            yield Alert(
                # A name may hold colons of its own.
                alert_id=f"column:{escaped(name, ':')}:{mark}:{kind.value}",
                kind=kind,
                level=level,
                at=now,
                text=text,
                unit=state.column.unit,
            )

    # -- links and reports ---------------------------------------------------

    def walk(
        self, client: PoliteClient, now: datetime, stopped: Callable[[], bool] = lambda: False
    ) -> int:
        """Looks for broken links from the columns' pages on; gives how many were found.
        What is no longer found is forgotten, unless a person works on it."""
        starts = list(dict.fromkeys(one.url for one in self.table.column if one.enabled))
        walked = crawl(client, starts, self.table.hosts, self.table.crawl_pages, stopped=stopped)
        if stopped():
            return 0
        self._keep(CRAWLED, walked.findings, now)
        if not walked.cut:
            with self._file.writing() as db:
                db.execute(
                    "DELETE FROM site_findings WHERE origin = ? AND last_seen < ? AND item = ''",
                    (CRAWLED, now.isoformat()),
                )
        return len(walked.findings)

    def take(self, reported: Iterable[Reported], now: datetime) -> int:
        """Findings of a third party; gives how many."""
        found = [
            Finding(
                page=one.page or one.site,
                target=one.target,
                trouble=one.problem,
                detail="；".join(part for part in (one.advice, one.unit, one.found_at) if part),
            )
            for one in reported
        ]
        self._keep(IMPORTED, found, now)
        return len(found)

    def _keep(self, origin: str, findings: Iterable[Finding], now: datetime) -> None:
        at = now.isoformat()
        with self._file.writing() as db:
            db.executemany(
                "INSERT INTO site_findings (origin, page, target, trouble, detail, first_seen, "
                "last_seen) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "last_seen = excluded.last_seen, detail = excluded.detail",
                [
                    (origin, one.page, one.target, one.trouble, one.detail, at, at)
                    for one in findings
                ],
            )

    def findings(self, limit: int = 500) -> list[SiteFinding]:
        """The newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, origin, page, target, trouble, detail, first_seen, last_seen, item "
                "FROM site_findings ORDER BY item <> '', last_seen DESC, id LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            SiteFinding(
                id=number,
                origin=origin,
                page=page,
                target=target,
                trouble=trouble,
                detail=detail,
                first_seen=datetime.fromisoformat(first),
                last_seen=datetime.fromisoformat(last),
                item=item,
            )
            for number, origin, page, target, trouble, detail, first, last, item in rows
        ]

    def hand_findings(self, ids: Iterable[int], item: str) -> None:
        """They are on this rectification item now."""
        with self._file.writing() as db:
            db.executemany(
                "UPDATE site_findings SET item = ? WHERE id = ?", [(item, one) for one in ids]
            )

    # -- when ----------------------------------------------------------------

    def due(self, now: datetime) -> bool:
        """Whether today's check, or an earlier one that was missed, is still to be made."""
        if not self.table.hosts or not any(one.enabled for one in self.table.column):
            return False
        today_at = datetime.combine(now.date(), time(self.table.check_hour), BEIJING)
        wanted = today_at if now >= today_at else today_at - timedelta(days=1)
        last = self.last_run()
        return last is None or last < wanted

    def last_run(self) -> datetime | None:
        with self._file.reading() as db:
            row = db.execute("SELECT at FROM site_runs WHERE name = 'check'").fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def ran(self, at: datetime) -> None:
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO site_runs VALUES ('check', ?) "
                "ON CONFLICT DO UPDATE SET at = excluded.at",
                (at.isoformat(),),
            )
