"""Sample data for `huiyin run --demo`: an invented county, alive relative to now.

The messages come in and are acted on along the real path (intake, processing, actions,
sweeps), under a clock that walks from four weeks ago to now, so that every history
reads as if the office had worked these weeks. It is the same for the same moment:
nothing is drawn by chance. Once put in, it is not put in again; when it was cut short
it is taken up from the moment it was begun for, and what is there already changes nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cases.record.case import Case
from cases.record.commands import AnyCommand
from cases.record.item import Item
from cases.record.messages import Action, Observation, decode_message
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING, beijing
from desk.demo.scenes import ORDINARY, SCENES, Scene, Who, assign
from desk.ground.sample_data import DEMO_FACT, SOURCE
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch

"""Set once sample data is in the file; its value is the moment it is relative to."""
_DONE_FACT: Final = "demo_done"
_CHANNELS: Final = ("12345热线", "领导留言板", "县长信箱", "微信公众号", "问政平台", "12345热线")
_NAMES: Final = ("王女士", "李先生", "张女士", "陈先生", "刘女士", "杨先生", "热心市民", "赵女士")
_SWEEPS: Final = (time(0, 10), time(9, 0))


_TAKING, _DOING, _SWEEP = range(3)
"""What comes first of what happens at the same moment."""


class DemoOutcome(StrEnum):
    LOADED = "loaded"
    THERE = "there"
    REFUSED = "refused"
    """There are real cases in the file: invented ones do not belong among them."""


class DemoMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of demo_messages.toml."""

    title: str
    body: str
    subject: str
    answer: str
    unit: str
    places: tuple[str, ...]
    scenes: tuple[str, ...] = ()


class _Sent(Struct, frozen=True):
    """One message from one place, with what becomes of it."""

    number: int
    message: DemoMessage
    item: Item
    scene: Scene


def read_messages() -> tuple[DemoMessage, ...]:
    text = Path(__file__).with_name("messages.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["message"], tuple[DemoMessage, ...])


def load_demo(store: EmbeddedStore, processor: Processor, now: datetime) -> DemoOutcome:
    """Puts the sample data in, unless it is there or real cases are."""
    if store.fact(_DONE_FACT):
        return DemoOutcome.THERE
    begun = store.fact(DEMO_FACT)
    if begun is None:
        if store.processed or store.waiting():
            return DemoOutcome.REFUSED
        begun = beijing(now).isoformat()
        store.set_fact(DEMO_FACT, begun)
    _Walk(store, processor, datetime.fromisoformat(begun)).go()
    store.set_fact(_DONE_FACT, beijing(now).isoformat())
    return DemoOutcome.LOADED


class _Walk:
    """The four weeks up to `now`, happening by happening."""

    def __init__(self, store: EmbeddedStore, processor: Processor, now: datetime) -> None:
        self._store = store
        self._now = now
        self._at = now
        self._runner = EmbeddedRunner(store, processor, lambda: self._at)
        self._calendar = processor.rules.calendar

    def go(self) -> None:
        sent = tuple(self._plan())
        happenings: list[tuple[datetime, int, Callable[[], None]]] = []
        for one in sent:
            happenings.append((one.item.received_at, _TAKING, self._taking(one.item)))
            happenings += self._steps(one)
        first = min(at for at, _, _ in happenings).date()
        for n in range((self._now.date() - first).days + 1):
            for when in _SWEEPS:
                at = datetime.combine(first + timedelta(days=n), when, BEIJING)
                happenings.append((at, _SWEEP, self._sweep))
        self._finish_what_was_cut()
        swept = self._store.fact("last_sweep")
        done = datetime.fromisoformat(swept) if swept else None
        for at, order, happen in sorted(happenings, key=lambda h: h[:2]):
            if at > self._now or (order == _SWEEP and done and at <= done):
                continue
            self._at = at
            happen()
            self._runner.pump_all()
        self._at = self._now
        self._sweep()
        self._runner.pump_all()

    def _finish_what_was_cut(self) -> None:
        """Messages of an earlier start that were stored and not processed, each at its
        own time."""
        while waiting := self._store.inbox(self._store.processed, 1):
            message = decode_message(waiting[0][1])
            self._at = message.item.received_at if isinstance(message, Observation) else message.at
            self._runner.pump(1)

    def _sweep(self) -> None:
        self._runner.sweep()

    def _taking(self, item: Item) -> Callable[[], None]:
        return lambda: void(self._runner.take(SOURCE, Batch(found=(item,))))

    # -- who sends what, and when --------------------------------------------

    def _plan(self) -> Iterator[_Sent]:
        number = ordinary = fresh = 0
        messages = read_messages()
        for round_ in range(max(len(message.places) for message in messages)):
            for message in messages:
                if round_ >= len(message.places):
                    continue
                number += 1
                if round_ < len(message.scenes):
                    name = message.scenes[round_]
                else:
                    name = ORDINARY[ordinary % len(ORDINARY)]
                    ordinary += 1
                scene = SCENES[name]
                if scene.days_ago is None:
                    fresh += 1
                    received = self._today(fresh)
                else:
                    received = self._days_ago(scene.days_ago, number)
                yield _Sent(number, message, _item(message, round_, number, received), scene)

    def _today(self, n: int) -> datetime:
        """One of up to twenty moments within the last hours of today, the first latest."""
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        span = min(self._now - midnight, timedelta(hours=5))
        return (self._now - span * (n / 20)).replace(second=0, microsecond=0)

    def _days_ago(self, days: Sequence[int], number: int) -> datetime:
        """So many working days before the next day that is one (today, on a working
        day), at a time of day that differs from message to message."""
        today = self._now.date()
        due = today if self._calendar.is_workday(today) else self._after(today, 1)
        day = self._calendar.add_working_days(due, -days[number % len(days)])
        minute = (number * 97) % (11 * 60)
        return datetime.combine(day, time(8 + minute // 60, minute % 60), BEIJING)

    def _after(self, day: date, n: int) -> date:
        return self._calendar.add_working_days(day, n)

    # -- what becomes of it --------------------------------------------------

    def _steps(self, sent: _Sent) -> Iterator[tuple[datetime, int, Callable[[], None]]]:
        received = sent.item.received_at
        for n, step in enumerate(sent.scene.steps):
            day = self._after(received.date(), step.days)
            at = datetime.combine(day, step.at, BEIJING) + timedelta(minutes=sent.number % 25)
            # A step of the day of receipt follows the receipt, however late it came.
            at = max(at, received + timedelta(minutes=20 * (n + 1)))
            yield at, _DOING, self._doing(sent, n)

    def _doing(self, sent: _Sent, n: int) -> Callable[[], None]:
        def do() -> None:
            case_id = sent.item.case_id
            case = self._runner.store.ledger.load([case_id])[case_id]
            step = sent.scene.steps[n]
            if case.recorded_for(_message_id(case, str(n))):
                return  # done by an earlier start that was cut short
            if step.who is Who.UNIT and not case.dispatched:
                self._act(case, f"{n}-assign", Who.DESK, assign(sent.message.unit))
                self._runner.pump_all()
                case = self._runner.store.ledger.load([case_id])[case_id]
            command = step.command(case, sent.message.subject, sent.message.answer)
            if command is not None:
                self._act(case, str(n), step.who, command)

        return do

    def _act(self, case: Case, name: str, who: Who, command: AnyCommand) -> None:
        self._runner.act(
            Action(
                message_id=_message_id(case, name),
                case_id=case.case_id,
                actor=_actor(who, case),
                command=command,
                at=self._at,
            )
        )


def _message_id(case: Case, name: str) -> str:
    return f"demo-{case.case_id}-{name}"


def void(_value: object) -> None:
    """For the sake of what was done, not of what came back."""


def _actor(who: Who, case: Case) -> Actor:
    match who:
        case Who.UNIT:
            return Actor(f"demo-{case.unit}", Role.RESPONDER, "周某", case.unit)
        case Who.ASSISTING:
            unit = next((task.unit for task in case.tasks if not task.lead), case.unit)
            return Actor(f"demo-{unit}", Role.RESPONDER, "周某", unit)
        case Who.REVIEWER:
            return Actor("demo-reviewer", Role.REVIEWER, "何某")
        case Who.LEADER:
            return Actor("demo-leader", Role.LEADER, "陈副县长")
        case Who.DESK:
            return Actor("demo-desk", Role.DESK, "林某")


def _item(message: DemoMessage, round_: int, number: int, received: datetime) -> Item:
    place = message.places[round_]
    return Item(
        source=SOURCE,
        source_item_id=f"{number:04d}",
        channel=_CHANNELS[number % len(_CHANNELS)],
        received_at=received,
        title=message.title.format(p=place),
        body=message.body.format(p=place),
        author=_NAMES[number % len(_NAMES)],
        place=place,
        confidential="保密" in message.body,
    )
