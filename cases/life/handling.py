"""办理规则: the office's own limits on handling, read from config/handling.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from msgspec import Meta, Struct

from cases.record.commands import AnyCommand, Command
from cases.record.fees import Fees
from cases.words.actors import Actor, Role
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import where

COMMANDS: dict[str, type[Command]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)
}
"""Every command by its name on the wire."""

REVIEWING = frozenset({"approve_reply", "reject_reply"})
"""What a role may do because a level of the review asks for it, whatever [may] says."""

Count = Annotated[int, Meta(ge=0)]


class HandlingError(ValueError):
    """The table is not usable; the text names the key, what was found and what was expected."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Returns(_Table, frozen=True):
    window_working_days: Count = 1
    most: Count = 2


class Extensions(_Table, frozen=True):
    most_times: Count = 1
    must_tell_citizen: bool = True


class Pauses(_Table, frozen=True):
    clocks: tuple[str, ...] = ("reply",)


class ReviewLevel(_Table, frozen=True):
    """One of the looks that a reply needs, by another person each."""

    name: Annotated[str, Meta(min_length=1)] = "审核"
    roles: frozenset[Role] = frozenset()
    """Who may take it; empty leaves that to [may] alone."""
    checklist: tuple[str, ...] = ()


class Review(_Table, frozen=True):
    approvals: Annotated[int, Meta(ge=1)] = 1
    own_draft: bool = False
    checklist: tuple[str, ...] = ()
    personal_data_reason: frozenset[Role] = frozenset({Role.DESK})
    """Who may let personal data stand in a reply, with a reason."""
    levels: tuple[ReviewLevel, ...] = ()
    """三审 by name, first to last; in place of `approvals` and `checklist`."""
    disclosure: tuple[ReviewLevel, ...] = ()
    """What a reply to a request for information goes through in place of the others."""

    @property
    def steps(self) -> tuple[ReviewLevel, ...]:
        """The levels that every reply goes through."""
        if self.levels:
            return self.levels
        names = ("审核",) if self.approvals == 1 else ("一审", "二审", "三审")
        return tuple(
            ReviewLevel(
                name=names[n] if n < len(names) else f"第 {n + 1} 审", checklist=self.checklist
            )
            for n in range(self.approvals)
        )

    def steps_of(self, *, disclosure: bool) -> tuple[ReviewLevel, ...]:
        """The levels that a reply goes through; `disclosure`: to a request for information."""
        return self.disclosure if disclosure and self.disclosure else self.steps

    def named(self, *, disclosure: bool) -> bool:
        """Whether those levels have names that the office gave them."""
        return bool(self.disclosure if disclosure and self.disclosure else self.levels)

    @property
    def roles(self) -> frozenset[Role]:
        """Who the named levels ask for."""
        return frozenset(role for level in (*self.levels, *self.disclosure) for role in level.roles)


class Disclosure(_Table, frozen=True):
    """依申请公开."""

    supplement_working_days: Annotated[int, Meta(ge=1)] = 7
    opinion_working_days: Annotated[int, Meta(ge=1)] = 15
    frequent_requests: Annotated[int, Meta(ge=2)] = 3
    fees: Fees = Fees()


class Closing(_Table, frozen=True):
    needs_callback: bool = False


class Ladder(_Table, frozen=True):
    strict: bool = True


class Warnings(_Table, frozen=True):
    one_day_left_working_days: Count = 1
    unassigned_minutes: Annotated[int, Meta(ge=1)] = 30
    """Office minutes."""
    escalate_working_days: Annotated[int, Meta(ge=1)] = 2
    escalate_hours: Annotated[int, Meta(ge=1)] = 1
    """Natural hours, of a clock that runs in natural hours."""
    event_hours: Annotated[int, Meta(ge=1)] = 2
    """Natural hours before a clock of an 事件档案 runs out."""
    returned_times: Annotated[int, Meta(ge=1)] = 2
    burst_cases: Annotated[int, Meta(ge=2)] = 10
    burst_hours: Annotated[int, Meta(ge=1)] = 24
    unanswered_months: Annotated[int, Meta(ge=1, le=24)] = 3
    """国办秘函〔2019〕19号: a message older than this and without an answer."""


class Held(_Table, frozen=True):
    """待人工派单: how long a case that no machine dispatches may wait for a person."""

    alarm_hours: tuple[Annotated[int, Meta(ge=1)], ...] = (1, 4, 8, 24, 48, 72)
    """Natural hours after which an alarm is given, each once."""
    leader_hours: Annotated[int, Meta(ge=1)] = 8
    """From this one on an alarm calls a leader too."""


class RiskLimits(_Table, frozen=True):
    high: tuple[str, ...] = ()


class Orders(_Table, frozen=True):
    """紧急程度 of an order, as platforms word it."""

    urgent: tuple[str, ...] = ("特急", "加急", "紧急", "急件", "特别紧急", "非常紧急")
    """These make a case urgent whatever its text says."""
    loud: tuple[str, ...] = ("特急", "特别紧急")
    """Of these, which wake a person (危急)."""


class HandlingRules(_Table, frozen=True):
    """What an office allows. Every field has the default that config/handling.toml ships."""

    returns: Returns = Returns()
    extensions: Extensions = Extensions()
    pauses: Pauses = Pauses()
    review: Review = Review()
    disclosure: Disclosure = Disclosure()
    closing: Closing = Closing()
    ladder: Ladder = Ladder()
    warnings: Warnings = Warnings()
    held: Held = Held()
    risk: RiskLimits = RiskLimits()
    orders: Orders = Orders()
    may: dict[Role, frozenset[str]] = {}

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/handling.toml"
    ) -> HandlingRules:
        """Raises `HandlingError` for an unknown key, a wrong type or an unknown command."""
        rules = read_table(cls, table, file, HandlingError)
        for key, levels in (
            ("levels", rules.review.levels),
            ("disclosure", rules.review.disclosure),
        ):
            names_given = [level.name for level in levels]
            if len(set(names_given)) < len(names_given):
                raise HandlingError(
                    f"{where(table, file, 'review', key)}：[[review.{key}]] 的 name 应各不相同，"
                    f"实际是{'、'.join(names_given)}。"
                )
        for role, names in rules.may.items():
            for name in sorted(names - COMMANDS.keys()):
                raise HandlingError(
                    f"{where(table, file, 'may', role)}：[may] {role} 中的“{name}”不是办理动作。"
                    f"可用的有：{'、'.join(COMMANDS)}。"
                )
        return rules

    def allows(self, actor: Actor, command: str) -> bool:
        """Whether the role may ask for this at all; the case has its own say after that."""
        if command in REVIEWING and actor.role in self.review.roles:
            return True
        return actor.role is Role.SYSTEM or command in self.may.get(actor.role, frozenset())
