"""Everything the decider goes by, as one value."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.clocks import clocks as clock_steps
from cases.clocks.clocks import Clock, ClockUnit
from cases.clocks.policy import ClockPolicy, Facts
from cases.clocks.workdays import Calendar
from cases.life.dates import consulted_too_long, end_of
from cases.life.handling import HandlingRules
from cases.life.simple import SimpleRule
from cases.record.case import Case
from cases.record.item import Item
from cases.record.platform import Upward
from cases.routing.accusation import NO_ACCUSATION, Accusation, AccusationRule
from cases.routing.influence import NO_RELATIONS, Influence
from cases.routing.routing import Assignment
from cases.words.labels import Labels


class PlatformRules(Struct, frozen=True, kw_only=True):
    """What the desk may tell one platform above it."""

    messages: frozenset[Upward] = frozenset()
    answer_hours: int = 24
    """Natural hours after which an ask without an answer may be repeated."""


class Rules(Struct, frozen=True, kw_only=True):
    handling: HandlingRules
    policy: ClockPolicy
    calendar: Calendar
    simple: SimpleRule
    units: frozenset[str] = frozenset()
    """Ids that may be assigned; empty leaves that unchecked."""
    influence: Influence = NO_RELATIONS
    """Which units belong together: none gets a report against the other."""
    accusation: AccusationRule = NO_ACCUSATION
    platforms: dict[str, PlatformRules] = {}
    """By source: the platform above that sends orders by it."""
    number: str = ""
    """The configuration's number, which stands in every event that these rules decide."""


class Findings(Struct, frozen=True, kw_only=True):
    """What enrichment made of an observed item."""

    labels: Labels
    assignment: Assignment
    accusation: Accusation | None = None
    """What sounds like an accusation of an office or its people."""
    named: tuple[str, ...] = ()
    """Every unit that source, text or place name, for a message that accuses."""


def clocks_for(
    rules: Rules,
    item: Item,
    labels: Labels,
    *,
    started_at: datetime,
    detected_at: datetime,
    event_level: str = "",
) -> tuple[Clock, ...]:
    """The clocks that the policy sets for such an item. Working days count from
    `started_at`, the natural hours of a public event from `detected_at`."""
    facts = Facts(
        source=item.source,
        channel=item.channel,
        kind=labels.kind.value,
        topic=labels.topic,
        risk=labels.risk,
        simple=labels.simple,
        urgent=labels.urgent,
        loud=labels.loud,
        received_at=started_at,
        detected_at=detected_at,
        source_due_at=item.due_at,
        event_level=event_level,
        disclosure=item.disclosure,
    )
    return rules.policy.clocks_for(facts, rules.calendar)


def reckoned_again(clock: Clock, rules: Rules) -> Clock:
    """The same clock on today's calendar."""
    return clock_steps.recompute(clock, rules.calendar, rules.policy.office)


def extended(clock: Clock, days: int, rules: Rules) -> Clock:
    return clock_steps.extend(clock, days, rules.calendar, rules.policy.office)


def running_again(case: Case, at: datetime, rules: Rules) -> tuple[Clock, ...]:
    """The paused clocks of the round, running again from `at`. Of an opinion that was asked
    for, no more than the statute's time for it is left out."""
    if consulted_too_long(case, at) and case.waiting is not None and case.waiting.until:
        at = end_of(case.waiting.until)
    return tuple(
        clock_steps.resume(clock, max(at, clock.paused_since), rules.calendar, rules.policy.office)
        for clock in case.round.clocks
        if clock.paused_since is not None
    )


def carried_over(old: Clock | None, new: Clock, rules: Rules) -> Clock:
    """`new` with what happened to `old`: its extensions and its pauses. Days that were granted of
    one kind are no days of the other."""
    if old is None or old.unit is not new.unit:
        return new
    if new.unit not in (ClockUnit.WORKING_DAYS, ClockUnit.DAYS):
        return new
    if not (old.extensions or old.pauses or old.paused_since):
        return new
    return reckoned_again(
        replace(
            new,
            extensions=old.extensions,
            pauses=old.pauses,
            paused_since=old.paused_since,
        ),
        rules,
    )
