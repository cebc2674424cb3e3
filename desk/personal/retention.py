"""保存期限: how long what people wrote is kept, by kind and channel; then it is erased, and the
figures stay. 个人信息保护法第十九条: no longer than the purpose needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.life.erasure import why_not_erasable
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, Case
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from cases.words.labels import Kind
from desk.backup.copies import forget_copies, marks_of
from desk.backup.erasures import Line, note_erasures
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table
from sinks.ledger.base import Ledger, Query
from streams.embedded.runner import EmbeddedRunner

FILE: Final = "retention.toml"
_AT_ONCE: Final = 500
"""Cases of one step: what is erased at once is one transaction."""


class Rule(BaseModel):
    """`[[retention]]`: the first that fits a case counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    years: Annotated[int, Field(ge=1, le=100)]
    """After the case ended."""
    source: str = Field(min_length=1)
    """The rule's own source: law, or the office's list of what is kept how long."""
    kind: Kind | None = None
    """诉求类型; without one, all."""
    channel: str = ""
    """"" for all."""


class RetentionTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    """Whether the desk does it by itself, once a day."""
    retention: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _rules(self) -> RetentionTable:
        ids = [rule.id for rule in self.retention]
        if len(set(ids)) < len(ids):
            raise ValueError("每条 [[retention]] 的 id 应各不相同")
        return self


class Expired(Struct, frozen=True, kw_only=True):
    """A case whose time is over."""

    case: Case
    rule: str
    ended: datetime
    refusal: str
    """Why it has to stay all the same; "" where nothing is in the way."""


def read_retention(settings: Settings) -> RetentionTable:
    """Raises `SettingsError`."""
    return read_table(RetentionTable, settings.table(FILE), f"config/{FILE}", SettingsError)


def expired(ledger: Ledger, table: RetentionTable, now: datetime) -> Iterator[Expired]:
    """In the order of their numbers."""
    if not table.retention:
        return
    fewest = min(rule.years for rule in table.retention)
    old = Query(states=tuple(ENDED_STATES), received_to=_years(now, -fewest))
    for case in ledger.scan(old):
        rule = rule_of(case, table)
        if rule is None or case.erased_at is not None:
            continue
        ended = ended_at(case)
        if _years(ended, rule.years) <= now:
            yield Expired(case=case, rule=rule.id, ended=ended, refusal=why_not_erasable(case))


def rule_of(case: Case, table: RetentionTable) -> Rule | None:
    for rule in table.retention:
        if rule.kind in (None, case.labels.kind) and rule.channel in ("", case.item.channel):
            return rule
    return None


def ended_at(case: Case) -> datetime:
    """When the last of it happened: of history when its source says, else by the journal."""
    bodies = [event.body for event in case.history]
    past = [body.at for body in bodies if isinstance(body, ev.Archived)]
    return past[-1] if past else case.round.closed_at or case.history[-1].at


def expire(settings: Settings, runner: EmbeddedRunner, table: RetentionTable) -> int:
    """Erases what is due and not in the way of anything; gives how many. Raises `StoreError`
    and `OSError`; what was not done is done the next time."""
    now = runner.clock()
    due = [one for one in expired(runner.store.ledger, table, now) if not one.refusal]
    for start in range(0, len(due), _AT_ONCE):
        part = due[start : start + _AT_ONCE]
        for one in part:
            runner.act(
                Action(
                    message_id=f"retention:{one.case.case_id}:{one.case.seq}",
                    case_id=one.case.case_id,
                    actor=Actor(id="system", role=Role.SYSTEM),
                    command=do.Erase(ground=ErasureGround.RETENTION, rule=one.rule),
                    at=now,
                )
            )
        lines = [
            Line(
                case_id=one.case.case_id,
                at=now,
                by="system",
                ground=ErasureGround.RETENTION,
                rule=one.rule,
            )
            for one in part
        ]
        note_erasures(lines, settings.home, settings.backup)
        runner.pump_all()
        runner.finish_erasures()
        forget_copies(settings, runner.store, marks_of([one.case for one in part]))
    return len(due)


def _years(at: datetime, years: int) -> datetime:
    """The same day of another year; of 29 February the 28th."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, day=28)
