"""办理规则: the office's own limits on handling, read from config/handling.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields as struct_fields

from cases.actors import Actor, Role
from cases.commands import AnyCommand, Command

COMMANDS: dict[str, type[Command]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)
}
"""Every command by its name on the wire."""

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


class Review(_Table, frozen=True):
    approvals: Annotated[int, Meta(ge=1)] = 1
    own_draft: bool = False
    checklist: tuple[str, ...] = ()


class Closing(_Table, frozen=True):
    needs_callback: bool = False


class Ladder(_Table, frozen=True):
    strict: bool = True


class Warnings(_Table, frozen=True):
    one_day_left_working_days: Count = 1


class RiskLimits(_Table, frozen=True):
    high: tuple[str, ...] = ()


class HandlingRules(_Table, frozen=True):
    """What an office allows. Every field has the default that config/handling.toml ships."""

    returns: Returns = Returns()
    extensions: Extensions = Extensions()
    pauses: Pauses = Pauses()
    review: Review = Review()
    closing: Closing = Closing()
    ladder: Ladder = Ladder()
    warnings: Warnings = Warnings()
    risk: RiskLimits = RiskLimits()
    may: dict[Role, frozenset[str]] = {}

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/handling.toml"
    ) -> HandlingRules:
        """Raises `HandlingError` for an unknown key, a wrong type or an unknown command."""
        try:
            rules = msgspec.convert(table, cls)
        except msgspec.ValidationError as error:
            tables = "、".join(field.name for field in struct_fields(cls))
            raise HandlingError(f"{file}：{error}。可用的表有：{tables}。") from None
        for role, names in rules.may.items():
            for name in sorted(names - COMMANDS.keys()):
                raise HandlingError(
                    f"{file}：[may] {role} 中的“{name}”不是办理动作。"
                    f"可用的有：{'、'.join(COMMANDS)}。"
                )
        return rules

    def allows(self, actor: Actor, command: str) -> bool:
        """Whether the role may ask for this at all; the case has its own say after that."""
        return actor.role is Role.SYSTEM or command in self.may.get(actor.role, frozenset())
