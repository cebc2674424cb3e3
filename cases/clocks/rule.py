"""What a row of the policy table is, and the facts of a case it is held against."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cases.clocks.clocks import ClockUnit

__all__ = ["EVENT_LEVELS", "ClockRule", "Conditions", "Facts", "PolicyError"]

EVENT_LEVELS = ("特别重大", "重大", "较大", "一般")
"""突发事件的级别 (突发事件应对法: 自然灾害、事故灾难、公共卫生事件分为四级)."""


class PolicyError(ValueError):
    """A policy table that cannot be used; the text names file, row and field,
    the value found and what was expected."""


class Facts(Struct, frozen=True, kw_only=True):
    """What the choice of clocks depends on."""

    source: str
    received_at: datetime
    """When the office received it: counting starts the day after. For a new
    round, when that round began; for 依申请公开 after 补正, when the corrected
    application came (政府信息公开条例第三十条)."""
    channel: str = ""
    kind: str = ""
    """A value of `cases.words.labels.Kind`."""
    topic: str = ""
    """First-level topic."""
    risk: tuple[str, ...] = ()
    simple: bool = False
    source_due_at: datetime | None = None
    """The time the source itself set (处理期限, 督办 date)."""
    event_level: str = ""
    """One of EVENT_LEVELS for a public event, otherwise empty."""
    urgent: bool = False
    """Urgent by its words, or by the 紧急程度 of the order."""
    loud: bool = False
    """危急: a life is in danger now, or the order says 特急."""
    disclosure: bool = False
    """依申请公开 (政府信息公开条例第二十九条)."""
    detected_at: datetime | None = None
    """When a public event was noticed, the start of natural-hour clocks;
    `received_at` when not given."""


class Conditions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that are given must hold; within one list any value will do."""

    source: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    kind: frozenset[str] | None = None
    topic: frozenset[str] | None = None
    risk: frozenset[str] | None = None
    event_level: frozenset[str] | None = None
    simple: bool | None = None
    urgent: bool | None = None
    loud: bool | None = None
    disclosure: bool | None = None

    def hold(self, facts: Facts) -> bool:
        return (
            (self.source is None or facts.source in self.source)
            and (self.channel is None or facts.channel in self.channel)
            and (self.kind is None or facts.kind in self.kind)
            and (self.topic is None or facts.topic in self.topic)
            and (self.risk is None or not self.risk.isdisjoint(facts.risk))
            and (self.event_level is None or facts.event_level in self.event_level)
            and (self.simple is None or facts.simple is self.simple)
            and (self.urgent is None or facts.urgent is self.urgent)
            and (self.loud is None or facts.loud is self.loud)
            and (self.disclosure is None or facts.disclosure is self.disclosure)
        )


class ClockRule(Struct, frozen=True, kw_only=True):
    """One row `[[clock]]`."""

    id: str
    name: str
    """The clock this row sets; among the rows of one name the first that
    matches wins."""
    label: str
    """What the desk calls it, in Chinese."""
    unit: ClockUnit
    amount: int
    source: str
    """Where the period comes from: document number and clause."""
    when: Conditions
    none: bool = False
    """A case that it holds for has no such clock."""
    extension_limit: int = 0
    """Days, of the kind that the row counts, that may be granted in all; 0 means no extension."""
    extension_source: str = ""
    """Where the extension comes from; "" without one."""
