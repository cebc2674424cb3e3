"""What a ledger indexes of a case, the same in every implementation."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Final

from msgspec import Struct

from cases.figures.case_facts import encode_facts, facts_of
from cases.life.dates import dispatch_said, open_dates, waits_since, warning_mark
from cases.life.ticks import ESCALATED, OVERDUE, last_stage, running_clocks
from cases.life.todo import todo_words
from cases.privacy.visibility import masked, withheld_from
from cases.privacy.visible_fields import Sort
from cases.record.case import Case, on_time
from cases.record.item import QUOTED
from sinks.ledger.base import Order
from sinks.ledger.fields import (
    Field,
    Use,
    conditions_of,
    declared,
    fields_asked,
    fields_counted,
    fields_ordered_by,
)


class CaseIndex(Struct, frozen=True, kw_only=True):
    """What follows from each line: `sinks.ledger.fields`."""

    case_id: Annotated[str, Field(Sort.OPEN, Use.KEY, orders=(Order.CASE_ID,))]
    seq: Annotated[int, Field(Sort.OPEN, Use.KEPT)]
    source: Annotated[str, Field(Sort.OPEN, Use.FILTERED, asked=("source",))]
    channel: Annotated[str, Field(Sort.OPEN, Use.COUNTED, asked=("channel",), facet="channel")]
    units: Annotated[tuple[str, ...], Field(Sort.OPEN, Use.COUNTED, asked=("unit",), facet="unit")]
    """Lead first."""
    lead: Annotated[str, Field(Sort.OPEN, Use.FILTERED, asked=("lead",), own_column=False)]
    """"" where there is none (a return was approved), even if others still assist."""
    topic: Annotated[str, Field(Sort.LABEL, Use.COUNTED, asked=("topic",), facet="topic")]
    kind: Annotated[str, Field(Sort.LABEL, Use.COUNTED, asked=("kind",), facet="kind")]
    risk: Annotated[
        tuple[str, ...],
        Field(Sort.LABEL, Use.COUNTED, asked=("risk", "high_risks"), facet="risk"),
    ]
    sentiment: Annotated[str, Field(Sort.LABEL, Use.FILTERED, asked=("sentiment",))]
    urgent: Annotated[bool, Field(Sort.LABEL, Use.FILTERED)]
    """An urgent case has a high risk (`Query.high_risks`)."""
    state: Annotated[str, Field(Sort.OPEN, Use.COUNTED, asked=("states",), facet="state")]
    dispatched: Annotated[bool, Field(Sort.OPEN, Use.FILTERED, asked=("dispatched",))]
    open: Annotated[bool, Field(Sort.OPEN, Use.FILTERED)]
    received_at: Annotated[
        datetime,
        Field(
            Sort.OPEN,
            Use.SORTED,
            asked=("received_from", "received_to"),
            orders=(Order.NEWEST, Order.OLDEST),
        ),
    ]
    due_at: Annotated[
        datetime | None,
        Field(Sort.OPEN, Use.SORTED, asked=("due_from", "due_to"), orders=(Order.DUE,)),
    ]
    """The date that counts for the current round (`Round.deciding_clock`); None while it stands
    still, for nobody knows yet."""
    due_by: Annotated[str, Field(Sort.OPEN, Use.KEPT)]
    """Name of the clock that `due_at` is of: "reply", "disclosure" or "source"; "" for none."""
    replied_at: Annotated[datetime | None, Field(Sort.OPEN, Use.KEPT)]
    replied: Annotated[bool, Field(Sort.OPEN, Use.FILTERED, asked=("replied",))]
    on_time: Annotated[bool | None, Field(Sort.OPEN, Use.KEPT)]
    satisfied: Annotated[bool | None, Field(Sort.OPEN, Use.FILTERED, asked=("satisfied",))]
    """What the newest call-back of any round said."""
    returned: Annotated[bool, Field(Sort.OPEN, Use.FILTERED, asked=("returned",))]
    matters: Annotated[tuple[str, ...], Field(Sort.LABEL, Use.RARE, asked=("matter",))]
    todo: Annotated[tuple[str, ...], Field(Sort.OPEN, Use.RARE, asked=("todo",))]
    """What waits to be done, each as `Todo` and, where a unit has to, as `Todo:unit`."""
    promise_due: Annotated[datetime | None, Field(Sort.OPEN, Use.RARE, asked=("promise_to",))]
    """The earliest date of an open promise."""
    look_by: Annotated[datetime | None, Field(Sort.OPEN, Use.RARE)]
    """The earliest due time or date of which not everything was said yet; of a case that
    waits to be dispatched, the time it has waited since. Asked by `Ledger.to_look_at`."""
    provisional_calendar: Annotated[str, Field(Sort.OPEN, Use.RARE)]
    """Version of the calendar of a provisional running clock, else "". Asked by
    `Ledger.to_look_at`."""
    outline: Annotated[str, Field(Sort.LABEL, Use.OPAQUE, asked=("case_ids",))]
    """For the statistics (`cases.figures.case_facts`): a list behind a figure, asked for by
    numbers, is counted from it."""
    withheld_from: Annotated[
        tuple[str, ...], Field(Sort.OPEN, Use.FILTERED, asked=("not_withheld_from",))
    ]
    """Readers who may not find it by what is a label (`cases.privacy.visibility.withheld_from`)."""
    text: Annotated[str, Field(Sort.OPEN, Use.SEARCHED, asked=("text",))]
    """What search looks in: masked, folded, without punctuation. Of a confidential case it is its
    number."""


FIELDS: Final = declared(CaseIndex)
ASKED: Final = fields_asked(FIELDS)
"""Condition of a query -> field that it tells of."""
COUNTED: Final = fields_counted(FIELDS)
"""Name of a facet -> field."""
ORDERED_BY: Final = fields_ordered_by(FIELDS)
CONDITIONS: Final = conditions_of(FIELDS, ASKED)


def index_of(case: Case) -> CaseIndex:
    clock = case.round.deciding_clock
    first = case.round.first_delivery
    running = running_clocks(case)
    unsaid = [
        clock.due_at
        for clock in running
        if warning_mark(clock.name, last_stage(clock.name), clock.due_at.isoformat())
        not in case.round.warned
    ]
    unsaid += [
        each.due_at
        for each in open_dates(case)
        if each.mark(ESCALATED if each.escalates else OVERDUE) not in case.dates_warned
    ]
    promises = [each.due_at for each in open_dates(case) if each.what == "promise"]
    called_back = [round_.callback for round_ in case.rounds if round_.callback]
    waiting = waits_since(case)
    if waiting is not None and not dispatch_said(case, waiting.seq):
        unsaid.append(waiting.at)
    if case.held is not None and case.open:
        # How often it is asked for is the office's own rule, which no index knows.
        unsaid.append(case.held.since)
    provisional = next((clock.calendar for clock in running if clock.provisional), "")
    return CaseIndex(
        case_id=case.case_id,
        seq=case.seq,
        source=case.item.source,
        channel=case.item.channel,
        units=tuple(dict.fromkeys(u for u in (case.unit, *(t.unit for t in case.tasks)) if u)),
        lead=case.unit,
        topic=case.labels.topic,
        kind=case.labels.kind.value,
        risk=case.labels.risk,
        sentiment=case.labels.sentiment.value,
        urgent=case.labels.urgent,
        state=case.state.value,
        dispatched=case.dispatched,
        open=case.open,
        received_at=case.received_at,
        due_at=clock.due_at if clock and clock.paused_since is None else None,
        due_by=clock.name if clock else "",
        replied_at=first.at if first else None,
        replied=first is not None,
        on_time=on_time(case.round)[0],
        satisfied=called_back[-1].satisfied if called_back else None,
        returned=case.returns > 0,
        matters=case.matters,
        todo=todo_words(case),
        promise_due=min(promises, default=None),
        look_by=min(unsaid, default=None),
        provisional_calendar=provisional,
        outline=encode_facts(facts_of(case)),
        withheld_from=withheld_from(case),
        text=search_text(case),
    )


def search_text(case: Case) -> str:
    """Number, title, message, what it quotes, place, replies and the text of pictures, masked:
    what a role may not see it cannot find either. Who wrote it is never searchable, and a
    confidential case is found by its number only."""
    item = case.item
    if case.confidential:
        return folded(item.source_item_id)
    parts = [item.source_item_id, item.title, item.body, item.extra.get(QUOTED, ""), item.place]
    parts += [d.text for round_ in case.rounds for d in round_.deliveries]
    parts += [picture.text for picture in case.pictures]
    return folded(masked(item, "\n".join(parts)))


_NOT_SEARCHED = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Full-width to half-width, lower case, letters and digits only: a search
    finds 停车费 in 停车，费 as well, and nobody has to guess the punctuation."""
    text = _NOT_SEARCHED.sub("", text)
    # Without punctuation most text is in normal form already, and asking is cheap.
    if not unicodedata.is_normalized("NFKC", text):
        text = _NOT_SEARCHED.sub("", unicodedata.normalize("NFKC", text))
    return text.lower()
