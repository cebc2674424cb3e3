"""The clocks of a round under other labels: a correction, or a text that changed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.clocks.clocks import Clock
from cases.life.rules import Rules, carried_over, clocks_for
from cases.record.case import REPLY_CLOCKS, Case
from cases.words.labels import Labels


class Reclocked(Struct, frozen=True, kw_only=True):
    changed: tuple[Clock, ...]
    dropped: tuple[str, ...]
    """Names of clocks that no longer apply."""
    old_due: datetime | None
    """The citizen's due time so far, and with the new labels; None without such a clock."""
    new_due: datetime | None

    @property
    def lengthens(self) -> bool:
        """Whether the citizen would wait longer by it."""
        if self.old_due is None:
            return False
        return self.new_due is None or self.new_due > self.old_due


def reclocked(
    case: Case, labels: Labels, event_level: str, rules: Rules, *, detected_at: datetime
) -> Reclocked:
    """The current round's clocks reckoned again from its beginning. What happened to a
    clock (extensions, pauses) is carried over, and one whose row stays the same stays.
    The natural hours of a public event that is new count from `detected_at`."""
    source = case.round.clock("source")
    fresh = clocks_for(
        rules,
        # The date that the source set for an earlier round is over with it.
        replace(case.item, due_at=source.due_at if source else None),
        labels,
        started_at=case.round.started_at,
        detected_at=detected_at,
        event_level=event_level,
    )
    after = tuple(_carried(case.round.clock(clock.name), clock, rules) for clock in fresh)
    names = {clock.name for clock in after}
    old = case.round.reply_clock
    new = next((clock for clock in after if clock.name in REPLY_CLOCKS), None)
    return Reclocked(
        changed=tuple(clock for clock in after if clock != case.round.clock(clock.name)),
        dropped=tuple(clock.name for clock in case.round.clocks if clock.name not in names),
        old_due=old.due_at if old else None,
        new_due=new.due_at if new else None,
    )


def _carried(old: Clock | None, new: Clock, rules: Rules) -> Clock:
    if old is not None and (old.rule, old.unit, old.amount) == (new.rule, new.unit, new.amount):
        # The row is the same: a later beginning (改派) or a detected time stays its own.
        return old
    return carried_over(old, new, rules)
