"""The duty desk's first page, and what stands above every page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from cases.alerts import Alert, Level
from cases.masking import mask
from desk.background import LoopState
from desk.demo import DEMO_FACT
from desk.web.filters import RUNNING_STATES, Filter, View
from desk.web.lines import AlertLine, CaseLine, alert_line, case_lines
from desk.web.office import Office
from desk.web.times import WEEKDAYS, midnight
from sinks.ledger import Order, Query
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts

LISTED = 8
_ALERTS_READ = 200
_SWEEP_LATE = timedelta(minutes=5)
_MANY_WAITING = 1000


class Counter(Struct, frozen=True):
    name: str
    value: int
    href: str
    tone: str


class Stream(Struct, frozen=True, kw_only=True):
    """How the stream is doing, for the line above every page."""

    word: str
    """实时, 处理中, 延迟, 出错, 停止."""
    tone: str
    detail: str
    waiting: int
    last_sweep: datetime | None
    letters: int
    revision: int
    """Grows whenever something was processed: an open page asks for it."""
    loops: tuple[LoopState, ...]

    @property
    def ok(self) -> bool:
        return self.tone != "late"


class Due(Struct, frozen=True):
    """What is due today, or else on the next day that has something due."""

    heading: str
    total: int
    lines: tuple[CaseLine, ...]
    href: str
    today: bool


class Overview(Struct, frozen=True, kw_only=True):
    counters: tuple[Counter, ...]
    total: int
    newest: tuple[CaseLine, ...]
    due: Due | None
    overdue: tuple[CaseLine, ...]
    overdue_total: int
    alerts: tuple[AlertLine, ...]
    intake: tuple[tuple[str, IntakeCounts], ...]


def stream_state(store: EmbeddedStore, office: Office, now: datetime) -> Stream:
    said = store.fact("last_sweep")
    last_sweep = datetime.fromisoformat(said) if said else None
    waiting = store.waiting()
    loops = office.loops()
    dead = [loop for loop in loops if not loop.alive]
    failing = [loop for loop in loops if loop.error]
    if dead:
        word, tone, detail = "停止", "late", f"{dead[0].name}已停止，请重新启动回音"
    elif failing:
        word, tone, detail = "出错", "late", f"{failing[0].name}：{failing[0].error}"
    elif last_sweep and now - last_sweep > _SWEEP_LATE:
        word, tone, detail = "停止", "late", "时限巡查已停，数据可能不是最新的；请启动 huiyin run"
    elif waiting > _MANY_WAITING:
        word, tone, detail = "延迟", "soon", f"还有 {waiting} 条待处理"
    elif waiting:
        word, tone, detail = "处理中", "ok", f"还有 {waiting} 条待处理"
    else:
        word, tone, detail = "实时", "ok", "没有待处理的消息"
    return Stream(
        word=word,
        tone=tone,
        detail=mask(detail),
        waiting=waiting,
        last_sweep=last_sweep,
        letters=store.letters_waiting(),
        revision=store.processed,
        loops=loops,
    )


def is_demo(store: EmbeddedStore) -> bool:
    return store.fact(DEMO_FACT) is not None


def overview(store: EmbeddedStore, office: Office, now: datetime) -> Overview:
    ledger = store.ledger
    counts = ledger.counts(now, office.high_risks)
    counters = (
        Counter("今日新收", counts.today, Filter(view=View.TODAY).href, ""),
        Counter("待派", counts.undispatched, Filter(view=View.UNDISPATCHED).href, ""),
        Counter("今日到期", counts.due_today, Filter(view=View.DUE_TODAY).href, "soon"),
        Counter("已超期", counts.overdue, Filter(view=View.OVERDUE).href, "late"),
        Counter("高风险", counts.high_risk, Filter(view=View.HIGH_RISK).href, "late"),
        Counter("事项总数", counts.total, "/ledger", ""),
    )
    overdue = ledger.search(Query(states=RUNNING_STATES, due_to=now, order=Order.DUE, limit=LISTED))
    alerts = _loudest(store.alerts(_ALERTS_READ))
    alerted = ledger.load([alert.case_id for alert in alerts if alert.case_id])
    return Overview(
        counters=counters,
        total=counts.total,
        newest=case_lines(ledger.search(Query(limit=LISTED)).cases, office, now),
        due=_due(store, office, now),
        overdue=case_lines(overdue.cases, office, now),
        overdue_total=counts.overdue,
        alerts=tuple(alert_line(one, alerted.get(one.case_id), office) for one in alerts),
        intake=tuple(store.intake_counts().items()),
    )


def _loudest(alerts: Sequence[Alert]) -> list[Alert]:
    """The newest first, without the lowest level as long as there is any other: what
    will be due tomorrow stands in the lists already."""
    loud = [alert for alert in alerts if alert.level is not Level.LOW]
    return (loud or list(alerts))[:LISTED]


def _due(store: EmbeddedStore, office: Office, now: datetime) -> Due | None:
    """On a weekend nothing is due; then the desk wants to know what comes next."""

    def until(end: datetime | None) -> Query:
        return Query(states=RUNNING_STATES, due_from=now, due_to=end, order=Order.DUE, limit=LISTED)

    tomorrow = midnight(now) + timedelta(days=1)
    page = store.ledger.search(until(tomorrow))
    if page.cases:
        lines = case_lines(page.cases, office, now)
        return Due("今日到期", page.total, lines, Filter(view=View.DUE_TODAY).href, today=True)
    coming = store.ledger.search(until(None)).cases
    first = coming[0].round.reply_clock if coming else None
    if first is None:
        return None
    day = first.due_at.date()
    page = store.ledger.search(until(midnight(first.due_at) + timedelta(days=1)))
    href = Filter(due_from=day, due_to=day, state="open", order=Order.DUE).href
    heading = f"下一个到期日 {day:%m-%d}（周{WEEKDAYS[day.weekday()]}）"
    return Due(heading, page.total, case_lines(page.cases, office, now), href, today=False)
