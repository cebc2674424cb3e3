"""What another configuration would do to the cases there are, reckoned before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.standing import counted_days
from cases.life.rules import Rules, clocks_for, reckoned_again
from cases.life.ticks import running_clocks
from cases.privacy.visibility import is_withheld
from cases.record.case import OPEN_STATES, Case
from cases.registers.watch import Watch
from cases.reporting.ledger_table import LedgerTable
from cases.words.actors import Actor
from cases.words.times import beijing
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.settings import Settings
from desk.ground.sight import for_actor
from desk.opinion.registers import heard, preset_watches
from desk.phrasing.lines import case_line
from sinks.ledger.base import Ledger, Query

NEWEST: Final = 500
"""Cases that routing and deadlines are tried on."""
OPEN: Final = 5000
"""Open cases whose deadlines are reckoned by another calendar."""
SAMPLES: Final = 8


class Sample(Struct, frozen=True, kw_only=True):
    """One case that would be different."""

    href: str
    title: str
    before: str
    after: str


class Effect(Struct, frozen=True, kw_only=True):
    text: str
    samples: tuple[Sample, ...] = ()


class _Trial(NamedTuple):
    desk: DeskContext
    actor: Actor
    ledger: Ledger
    before: Settings
    after: Settings
    """The whole configuration without and with the change."""


class _Different(Struct, frozen=True):
    case: Case
    before: str
    after: str


def effects(
    desk: DeskContext, actor: Actor, file: str, before: Settings, after: Settings
) -> tuple[Effect, ...]:
    """What the change of this file would do; () where it touches no case. `before`, `after`: the
    whole configuration without and with it. Cases that this person may not read are counted and
    not shown."""
    reckon = _RECKONED.get(file)
    if reckon is None:
        return ()
    with desk.readers.reader() as store:
        return reckon(_Trial(desk, actor, store.ledger, before, after))


# -- routing -------------------------------------------------------------------


def _routing(trial: _Trial) -> tuple[Effect, ...]:
    old, new = wiring.build_router(trial.before), wiring.build_router(trial.after)
    cases = _newest(trial)

    def different() -> Iterator[_Different]:
        for case in cases:
            was = old.route(case.item, case.labels).lead
            now = new.route(case.item, case.labels).lead
            if was != now:
                yield _Different(case, old.register.name(was), new.register.name(now))

    found = list(different())
    text = f"近 {len(cases)} 件如果现在来，{len(found)} 件会改派；已经派出的不动。"
    return (Effect(text=text, samples=_samples(trial, found)),)


# -- deadlines -----------------------------------------------------------------


def _deadlines(trial: _Trial) -> tuple[Effect, ...]:
    old, new = wiring.build_rules(trial.before), wiring.build_rules(trial.after)
    labels = {rule.id: rule.label for rules in (old, new) for rule in rules.policy.rules}
    cases = _newest(trial)

    def different() -> Iterator[_Different]:
        for case in cases:
            was, now = (_periods(case, rules, labels) for rules in (old, new))
            if was != now:
                names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
                yield _Different(case, _said(was, names), _said(now, names))

    found = list(different())
    text = f"近 {len(cases)} 件如果现在来，{len(found)} 件的时限会不同；已经起算的不变。"
    return (Effect(text=text, samples=_samples(trial, found)),)


def _periods(case: Case, rules: Rules, labels: Mapping[str, str]) -> dict[str, str]:
    """By the name of the clock, as people read it."""
    began = case.received_at
    clocks = clocks_for(rules, case.item, case.labels, started_at=began, detected_at=began)
    return {
        clock.name: f"{labels.get(clock.rule, clock.name)} {_amount(clock)}" for clock in clocks
    }


def _amount(clock: Clock) -> str:
    match clock.unit:
        case ClockUnit.HOURS:
            return f"{clock.amount} 小时"
        case ClockUnit.FIXED:
            return "按来源给的时间"
        case _:
            return (
                f"{counted_days(clock.unit, clock.amount)}（{beijing(clock.due_at):%m-%d %H:%M}）"
            )


def _said(periods: Mapping[str, str], names: Sequence[str]) -> str:
    return "，".join(periods[name] for name in names if name in periods) or "没有"


# -- the calendar --------------------------------------------------------------


def _calendar(trial: _Trial) -> tuple[Effect, ...]:
    rules = wiring.build_rules(trial.after)
    query = for_actor(Query(states=tuple(OPEN_STATES), limit=OPEN, count_to=OPEN + 1), trial.actor)
    page = trial.ledger.search(query)
    found = []
    for case in page.cases:
        moved = [
            (clock, again)
            for clock in running_clocks(case)
            if (again := reckoned_again(clock, rules)).due_at != clock.due_at
        ]
        if moved:
            clock, again = moved[0]
            found.append(_Different(case, _moment(clock), _moment(again)))
    more = f"（只看了最近 {OPEN} 件）" if page.total > OPEN else ""
    text = f"现在在办的 {len(page.cases)} 件里，{len(found)} 件的期限将变{more}。"
    return (Effect(text=text, samples=_samples(trial, found)),)


def _moment(clock: Clock) -> str:
    return f"{beijing(clock.due_at):%Y-%m-%d %H:%M}"


# -- watches, the ledger -------------------------------------------------------


def _watches(trial: _Trial) -> tuple[Effect, ...]:
    known = preset_watches(trial.before)
    return tuple(
        Effect(text=f"“{watch.title}”：{_since(watch)}，{found.total} 件提到。")
        for watch in preset_watches(trial.after)
        if watch not in known
        for found in (heard(trial.ledger, watch, trial.desk.clock()),)
    )


def _since(watch: Watch) -> str:
    return f"{watch.since} 以来" if watch.since else "近 90 天"


def _ledger(trial: _Trial) -> tuple[Effect, ...]:
    old, new = (
        [column.header for column in LedgerTable.from_table(each.table("ledger.toml")).columns]
        for each in (trial.before, trial.after)
    )
    gone = [header for header in old if header not in new]
    come = [header for header in new if header not in old]
    parts = [f"台账由 {len(old)} 栏变为 {len(new)} 栏"]
    parts += [f"不再有{'、'.join(gone)}"] if gone else []
    parts += [f"新有{'、'.join(come)}"] if come else []
    return (Effect(text="；".join(parts) + "。"),)


# -- what is the same for all --------------------------------------------------


def _newest(trial: _Trial) -> Sequence[Case]:
    return trial.ledger.search(for_actor(Query(limit=NEWEST, count_to=1), trial.actor)).cases


def _samples(trial: _Trial, found: Sequence[_Different]) -> tuple[Sample, ...]:
    desk, actor = trial.desk, trial.actor
    now = desk.clock()
    told = (each for each in found if not (each.case.confidential or is_withheld(each.case, actor)))
    samples = []
    for each in told:
        line = case_line(each.case, desk, now, actor)
        samples.append(
            Sample(href=line.href, title=line.title, before=each.before, after=each.after)
        )
        if len(samples) == SAMPLES:
            break
    return tuple(samples)


_RECKONED: Final[Mapping[str, Callable[[_Trial], tuple[Effect, ...]]]] = {
    "calendar.toml": _calendar,
    "deadlines.toml": _deadlines,
    "ledger.toml": _ledger,
    "units.toml": _routing,
    "watches.toml": _watches,
}
