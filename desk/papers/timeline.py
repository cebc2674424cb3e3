"""What happened to a case, as a table on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cases.record import events as ev
from cases.record.case import Case
from cases.record.events import Recorded
from desk.actions.sentences import describe_event
from desk.ground.context import DeskContext
from desk.papers.paper import Table, full
from desk.phrasing.phrases import Phrases

_QUIET: Final = (ev.ActionRefused, ev.AlertNoted, ev.ClockWarned, ev.DateWarned)
"""Events that are no news on paper."""


def timeline(shown: Case, office: DeskContext, now: datetime) -> Table:
    """What happened, first things first; `shown` as its reader may see it."""
    return Table(
        head=("时间", "经办", "办理过程"),
        rows=tuple(_row(one, office, now) for one in news(shown.history)),
    )


def news(history: Sequence[Recorded]) -> list[Recorded]:
    return [one for one in history if not isinstance(one.body, _QUIET)]


def _row(event: Recorded, office: DeskContext, now: datetime) -> tuple[str, str, str]:
    teller = Phrases(office.register, now)
    said = describe_event(event.body, teller)
    drafted = isinstance(event.body, ev.ReplyDrafted)
    text = said.text if drafted or not said.detail else f"{said.text}。{said.detail}"
    return full(event.at), teller.actor(event.actor), text
