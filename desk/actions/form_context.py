"""How the forms of the case page are made: from the case, the person and the office."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from cases.privacy.visibility import Eyes
from cases.record.case import Case
from cases.record.commands import Service
from cases.words.actors import Actor
from desk.actions.fields import Choices, Field
from desk.ground.context import DeskContext


class FormContext(Struct, frozen=True, kw_only=True):
    """What a form is made from."""

    case: Case
    actor: Actor
    eyes: Eyes
    office: DeskContext
    now: datetime
    topics: tuple[tuple[str, Choices], ...]
    risks: tuple[str, ...]
    services: Mapping[str, Service]
    """By kind of danger, the emergency service to call first."""
    asked_before: Callable[[], int]
    """Requests for information of the same applicant in the month, before this one."""


def area(name: str, label: str, hint: str = "", *, required: bool = True) -> Field:
    """A field for several lines."""
    return Field(name=name, label=label, hint=hint, required=required)


def units(context: FormContext) -> tuple[tuple[str, Choices], ...]:
    """Units to choose from, by kind."""
    return tuple(group for group in context.office.unit_groups() if group[1])


def numbers(pairs: list[tuple[int, str]], label: str) -> Field:
    """A choice among the numbered things of a case: (number, words)."""
    return Field(
        name="number",
        label=label,
        sort="select",
        choices=tuple((str(number), text) for number, text in pairs),
        required=True,
    )


def cut(text: str) -> str:
    """As much of a text as stands in a choice."""
    return text if len(text) <= 30 else f"{text[:30]}…"


NOTE = area("note", "说明", required=False)
REASON = area("reason", "理由")
