"""What a ledger indexes of a case, the same in every implementation."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Final

from msgspec import Struct

from cases.figures.case_facts import encode_facts, facts_of
from cases.life.dates import dispatch_said, open_dates, waits_since, warning_mark
from cases.life.ticks import ESCALATED, OVERDUE, last_stage, running_clocks
from cases.life.todo import todo_words
from cases.privacy.visibility import masked, withheld_from
from cases.privacy.visible_fields import Sort
from cases.record.case import Case, on_time
from cases.record.item import QUOTED


class CaseIndex(Struct, frozen=True, kw_only=True):
    case_id: str
    seq: int
    source: str
    channel: str
    units: tuple[str, ...]
    """Lead first."""
    lead: str
    """"" where there is none (a return was approved), whoever still assists."""
    topic: str
    kind: str
    risk: tuple[str, ...]
    sentiment: str
    urgent: bool
    state: str
    dispatched: bool
    open: bool
    received_at: datetime
    due_at: datetime | None
    """The date that counts for the current round (`Round.deciding_clock`); None while it stands
    still, for nobody knows yet."""
    due_by: str
    """Name of the clock that `due_at` is of: "reply", "disclosure" or "source"; "" for none."""
    replied_at: datetime | None
    replied: bool
    on_time: bool | None
    satisfied: bool | None
    """What the newest call-back of any round said."""
    returned: bool
    matters: tuple[str, ...]
    todo: tuple[str, ...]
    """What waits to be done, each as `Todo` and, where a unit has to, as `Todo:unit`."""
    promise_due: datetime | None
    """The earliest date of an open promise."""
    look_by: datetime | None
    """The earliest due time or date of which not everything was said yet; of a case that
    waits to be dispatched, the time it has waited since."""
    provisional_calendar: str
    """Version of the calendar of a provisional running clock, else ""."""
    outline: str
    """For the statistics (`cases.figures.case_facts`)."""
    withheld_from: tuple[str, ...]
    """Readers who may not find it by what is a label (`cases.privacy.visibility.withheld_from`)."""
    text: str
    """What search looks in: masked, folded, without punctuation."""


SORTS: Final[dict[str, Sort]] = {
    **dict.fromkeys(
        ("topic", "kind", "risk", "sentiment", "urgent", "matters", "outline"), Sort.LABEL
    ),
    **dict.fromkeys(
        (
            *("case_id", "seq", "source", "channel", "units", "lead", "state", "dispatched"),
            *(
                "open",
                "received_at",
                "due_at",
                "due_by",
                "replied_at",
                "replied",
                "on_time",
                "satisfied",
            ),
            *("returned", "todo", "promise_due", "look_by", "provisional_calendar"),
            # Of a confidential case the text is its number.
            *("withheld_from", "text"),
        ),
        Sort.OPEN,
    ),
}
"""What a condition on each field tells of the case (`cases.privacy.visible_fields`)."""
if missing := set(CaseIndex.__struct_fields__) ^ set(SORTS):
    raise TypeError(f"sinks/ledger/case_index.py: SORTS and CaseIndex differ in {sorted(missing)}")


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
    """Number, title, message, what it quotes, place and replies, masked: what a role may not
    see it cannot find either. Who wrote it is never searchable, and a confidential case
    is found by its number only."""
    item = case.item
    if case.confidential:
        return folded(item.source_item_id)
    parts = [item.source_item_id, item.title, item.body, item.extra.get(QUOTED, ""), item.place]
    parts += [d.text for round_ in case.rounds for d in round_.deliveries]
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
