"""The policy table: which clocks a case gets, read from `config/deadlines.toml`.

Local rules differ from county to county, so no period is a constant in code.
Each row cites the rule it comes from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from cases.clocks.clocks import Clock, ClockUnit, start_clock
from cases.clocks.office_hours import OfficeHours
from cases.clocks.policy_table import read_file
from cases.clocks.rule import EVENT_LEVELS, ClockRule, Conditions, Facts, PolicyError
from cases.clocks.workdays import Calendar

__all__ = ["EVENT_LEVELS", "ClockPolicy", "ClockRule", "Conditions", "Facts", "PolicyError"]

_CACHED_MATCHES = 4096

_Key = tuple[str, str, str, str, tuple[str, ...], bool, bool, bool, str, bool, bool]


class ClockPolicy:
    """The parsed table. Immutable apart from a cache of matches."""

    __slots__ = ("_by_id", "_matches", "office", "rules", "version")

    def __init__(
        self,
        rules: tuple[ClockRule, ...],
        office: OfficeHours | None = None,
        edition: str = "",
    ) -> None:
        self.rules = rules
        self.office = office or OfficeHours()
        content = msgspec.json.encode((rules, self.office), order="deterministic")
        digest = hashlib.sha256(content).hexdigest()[:10]
        self.version = f"{edition}-{digest}" if edition else digest
        """The table's own `version` and a hash of its content, so that an edit
        nobody announced is still another version."""
        self._by_id = {rule.id: rule for rule in rules}
        self._matches: dict[_Key, tuple[ClockRule, ...]] = {}

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/deadlines.toml"
    ) -> ClockPolicy:
        """Read the parsed TOML of `config/deadlines.toml`. Raises PolicyError."""
        read = read_file(table, file)
        return cls(read.rules, read.office, read.version)

    def rule(self, rule_id: str) -> ClockRule:
        """The row with this id. Raises PolicyError naming those there are."""
        found = self._by_id.get(rule_id)
        if found is None:
            raise PolicyError(
                f"时限表里没有 id 为 {rule_id!r} 的行；现有：{'、'.join(self._by_id)}。"
            )
        return found

    def rules_for(self, facts: Facts) -> tuple[ClockRule, ...]:
        """The winning row of each clock that applies, in the order of the file.

        A `fixed` row applies only when the source set a time.
        """
        key: _Key = (
            facts.source,
            facts.channel,
            facts.kind,
            facts.topic,
            facts.risk,
            facts.simple,
            facts.urgent,
            facts.loud,
            facts.event_level,
            facts.disclosure,
            facts.source_due_at is not None,
        )
        found = self._matches.get(key)
        if found is None:
            won: dict[str, ClockRule] = {}
            for rule in self.rules:
                timed = rule.unit is not ClockUnit.FIXED or facts.source_due_at is not None
                if rule.name not in won and (timed or rule.none) and rule.when.hold(facts):
                    won[rule.name] = rule
            if len(self._matches) >= _CACHED_MATCHES:
                self._matches.clear()
            found = tuple(rule for rule in won.values() if not rule.none)
            self._matches[key] = found
        return found

    def clocks_for(self, facts: Facts, calendar: Calendar) -> tuple[Clock, ...]:
        """The clocks of a case or of a new round, in the order of the file.

        Raises CalendarRangeError when `received_at` or a due day lies outside
        the calendar.
        """
        return tuple(
            start_clock(
                name=rule.name,
                rule=rule.id,
                policy=self.version,
                unit=rule.unit,
                amount=rule.amount,
                started_at=(
                    facts.detected_at or facts.received_at
                    if rule.unit is ClockUnit.HOURS
                    else facts.received_at
                ),
                calendar=calendar,
                office=self.office,
                fixed_due_at=facts.source_due_at,
            )
            for rule in self.rules_for(facts)
        )

    def extension_limit(self, clock: Clock) -> int:
        """Days of its own kind that may be granted to this clock in all; 0 for a row
        that the table no longer has."""
        rule = self._by_id.get(clock.rule)
        return rule.extension_limit if rule else 0

    def extension_left(self, clock: Clock) -> int:
        """Days of its own kind that may still be granted to this clock."""
        return max(0, self.extension_limit(clock) - sum(clock.extensions))
