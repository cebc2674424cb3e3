"""保存期限: how long what people wrote is kept, by kind and channel; then it is erased, and the
figures stay. 个人信息保护法第十九条: no longer than the purpose needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.life.erasure import why_not_erasable
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, Case
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from desk.backup.copies import forget_copies
from desk.backup.erasures import Line, note_erasures
from desk.backup.pending_copies import forget_pending, note_copies
from desk.ground.deskfile import DeskFile
from desk.ground.retention_table import RetentionTable, Rule
from desk.ground.settings import Settings
from sinks.ledger.base import Ledger, Query
from streams.embedded.erasing import copies_of
from streams.embedded.runner import EmbeddedRunner
from streams.runtime import Runtime

_AT_ONCE: Final = 500
"""Cases of one step: what is erased at once is one transaction."""


class Expired(Struct, frozen=True, kw_only=True):
    """A case whose time is over."""

    case: Case
    rule: str
    ended: datetime
    refusal: str
    """Why it has to stay all the same; "" where nothing is in the way."""


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


def expire(settings: Settings, runner: Runtime, table: RetentionTable) -> int:
    """Erases what is due and not in the way of anything; gives how many. Raises `StoreError`
    and `OSError`, with Kafka `LogDown` and `LedgerUnavailable` too; what was not done is done the
    next time."""
    now = runner.clock()
    due = [one for one in expired(runner.store.ledger, table, now) if not one.refusal]
    for start in range(0, len(due), _AT_ONCE):
        part = due[start : start + _AT_ONCE]
        if not isinstance(runner, EmbeddedRunner):
            with closing(DeskFile(settings.desk_file)) as file:
                cases = [one.case for one in part]
                note_copies(settings, file, [copies_of(c.case_id, c.history) for c in cases], now)
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
        if isinstance(runner, EmbeddedRunner):
            runner.finish_erasures()
            forget_copies(settings, runner.store)
        else:
            forget_pending(settings, runner.store.ledger, now)
    return len(due)


def _years(at: datetime, years: int) -> datetime:
    """The same day of another year; of 29 February the 28th."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, day=28)
