"""The registers of 关注主题 and 意见建议."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.record.case import Case
from cases.registers import watch as watching
from cases.registers.ownership import of_unit
from cases.registers.watch import Heard, Watch
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from desk.ground.deskfile import DeskFile
from desk.ground.media import WatchesFile
from desk.ground.registers import Register
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where
from sinks.ledger.base import Ledger, Query

USUAL: Final = timedelta(days=90)
MOST: Final = 2000
"""Messages of one word that are looked at; more are said to be more."""


# -- watches -----------------------------------------------------------------


class _Dropped(Struct, frozen=True, tag="dropped"):
    reason: str = ""


class _Kept(Struct, frozen=True, tag="kept"):
    watch: Watch


class KeptWatch(Struct, frozen=True):
    """`number` is "" for one that config/watches.toml sets."""

    number: str
    seq: int
    watch: Watch
    at: datetime | None = None
    """When it was added; None for a preset."""


def preset_watches(settings: Settings) -> tuple[Watch, ...]:
    """Of config/watches.toml. Raises `SettingsError`."""
    table, file = settings.table("watches.toml"), "config/watches.toml"
    found = read_table(WatchesFile, table, file, SettingsError).watch
    for number, one in enumerate(found):
        if problem := watching.check(one):
            place = where(table, file, "watch", number)
            raise SettingsError(f"{place}：“{one.title}”：{problem}")
    return found


class Watches:
    def __init__(self, file: DeskFile, presets: Sequence[Watch]) -> None:
        self._book = Register(file, "watches")
        self._presets = tuple(presets)

    def all(self) -> list[KeptWatch]:
        """The presets first."""
        found = [KeptWatch("", 0, watch) for watch in self._presets]
        for number, entries in self._book.all().items():
            last = msgspec.json.decode(entries[-1].body, type=_Kept | _Dropped)
            if isinstance(last, _Kept):
                found.append(KeptWatch(number, len(entries), last.watch, entries[-1].at))
        return found

    def add(self, watch: Watch, at: datetime, by: Actor) -> str:
        """Gives its number. Raises `NotAllowed`."""
        problem = watching.check(watch)
        if problem:
            raise NotAllowed(problem)
        if any(one.watch.title == watch.title for one in self.all()):
            raise NotAllowed(f"已经在关注“{watch.title}”。")
        return self._book.begin("G", at, by, _Kept(watch)).record

    def drop(self, number: str, seen: int, at: datetime, by: Actor) -> None:
        """Raises `NotAllowed` and `Changed`."""
        if not self._book.load(number):
            raise NotAllowed(f"没有编号为“{number[:20]}”的关注主题。")
        self._book.append(number, seen, at, by, _Dropped())


def heard(ledger: Ledger, watch: Watch, now: datetime) -> Heard:
    """What the messages since the watch's day say of it."""
    since = _start(watch.since) if watch.since else now - USUAL
    cases: dict[str, Case] = {}
    more = False
    for word in watch.words:
        page = ledger.search(Query(text=word, received_from=since, limit=MOST))
        more = more or page.total > MOST
        # The ledger leaves punctuation out of what it searches; a watch means its words.
        cases.update((case.case_id, case) for case in page.cases if watch.means(case))
    return watching.hear(watch, cases.values(), more=more)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


# -- suggestions -------------------------------------------------------------


class Adoption(StrEnum):
    """采纳情况. The value is stored and shown."""

    ADOPTED = "采纳"
    PARTLY = "部分采纳"
    NOT_ADOPTED = "未采纳"


class Decision(Struct, frozen=True, kw_only=True):
    """What became of a suggestion."""

    adoption: Adoption
    reason: str
    """Why not, or what is done with it."""
    by: str = ""
    at: datetime | None = None


class Suggestions:
    """Decisions on 意见建议 by case id; the message and its answer are the case's own."""

    def __init__(self, file: DeskFile) -> None:
        self._book = Register(file, "suggestions")

    def decide(self, case: Case, decision: Decision, at: datetime, by: Actor) -> None:
        """A later decision replaces an earlier one; both stay on record. Raises `NotAllowed`
        and `Changed`."""
        if not (of_unit(by, case.unit) or by.role is Role.DESK):
            raise NotAllowed("采纳情况由值班台或承办单位登记。")
        if not decision.reason.strip():
            raise NotAllowed("请写明怎样采纳，或不采纳的理由。")
        if case.round.first_delivery is None:
            raise NotAllowed("请先答复，再登记采纳情况。")
        seen = len(self._book.load(case.case_id))
        self._book.append(case.case_id, seen, at, by, decision)

    def all(self) -> dict[str, Decision]:
        """The last decision by case id."""
        return {
            case_id: replace(
                msgspec.json.decode(entries[-1].body, type=Decision),
                by=entries[-1].by.name or entries[-1].by.id,
                at=entries[-1].at,
            )
            for case_id, entries in self._book.all().items()
        }
