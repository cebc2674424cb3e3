"""The case: an item being handled. One item, one case, one document."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Struct

from cases.clocks.clocks import Clock
from cases.record.commands import Rung, Service
from cases.record.disclosure import WAIT_WORDS, Result, Wait
from cases.record.events import Recorded
from cases.record.fees import Basis
from cases.record.instant import InstantBasis
from cases.record.item import Item, Note
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Sent, Upward
from cases.words.grades import Grade
from cases.words.grounds import Ground
from cases.words.labels import Labels

T = TypeVar("T", bound=Hashable)


class State(StrEnum):
    """办理状态. The value is stored; `STATE_WORDS` has the office's word."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    HANDLING = "handling"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    REPLIED = "replied"
    CLOSED = "closed"
    REFUSED = "refused"
    INVALID = "invalid"
    ARCHIVED = "archived"


STATE_WORDS: dict[State, str] = {
    State.RECEIVED: "待派单",
    State.ASSIGNED: "待签收",
    State.HANDLING: "办理中",
    State.PAUSED: "待补充",
    State.SUSPENDED: "挂账",
    State.REPLIED: "已答复",
    State.CLOSED: "已办结",
    State.REFUSED: "不予受理",
    State.INVALID: "无效",
    State.ARCHIVED: "历史",
}

OPEN_STATES = frozenset(
    {State.RECEIVED, State.ASSIGNED, State.HANDLING, State.PAUSED, State.SUSPENDED}
)
"""States in which the citizen still waits for an answer."""

ENDED_STATES = frozenset({State.CLOSED, State.REFUSED, State.INVALID, State.ARCHIVED})


REPLY_CLOCKS = ("reply", "disclosure")
"""The office's own clocks for the citizen's answer; a case has one of them."""
SOURCE_CLOCK = "source"
"""The date that the source itself set (an order of the city's platform)."""


WITHDRAWN = "拟稿单位不再承办此件，稿件已撤回"
"""`Draft.rejected` of a draft whose unit has no part in the case any more."""


class _Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class Task(_Part, frozen=True):
    """What one unit has to do in a case: 主办 for the lead, 协办 for the others."""

    unit: str
    lead: bool
    assigned_at: datetime
    may_return: bool = True
    section: str = ""
    acknowledged_at: datetime | None = None
    finished_at: datetime | None = None
    share: str = ""
    return_asked: str = ""
    """Reason of the return request that waits for a decision."""
    suggested_unit: str = ""


class Draft(_Part, frozen=True):
    number: int
    text: str
    by: str
    unit: str
    at: datetime
    seq: int
    approvals: tuple[str, ...] = ()
    """Actor ids, in order."""
    approved: bool = False
    """True once it has as many approvals as the office requires."""
    rejected: str = ""
    rests_on: InstantBasis | None = None
    """Of a 即时答复: its evidence."""


class Delivery(_Part, frozen=True):
    """答复: a reply that reached the citizen."""

    text: str
    at: datetime | None
    """None when the source shows a reply without a usable time."""
    via: str
    unit: str = ""
    draft: int = 0
    """0 for a reply seen at the source."""
    proof: str = ""


class CallBackResult(_Part, frozen=True):
    resolved: bool | None
    satisfied: bool | None
    at: datetime
    note: str = ""
    grade: Grade | None = None
    """满意度 in five grades, where it was asked so."""
    contacted: bool | None = None
    """是否联系."""


class Round(_Part, frozen=True):
    """Once around: from receipt (or reopening) to closing, with its own clocks."""

    number: int
    started_at: datetime
    reason: str = ""
    clocks: tuple[Clock, ...] = ()
    acknowledged_at: datetime | None = None
    """First acknowledgement by a lead unit in this round."""
    drafts: tuple[Draft, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    callback: CallBackResult | None = None
    closed_at: datetime | None = None
    exception: str = ""
    """Why it was closed without a reply, where it was."""
    warned: tuple[str, ...] = ()
    """"clock/stage/due" already said."""

    def clock(self, name: str) -> Clock | None:
        for clock in self.clocks:
            if clock.name == name:
                return clock
        return None

    @property
    def reply_clock(self) -> Clock | None:
        """The office's own clock for the citizen's answer."""
        return next((c for c in self.clocks if c.name in REPLY_CLOCKS), None)

    @property
    def source_clock(self) -> Clock | None:
        """The date that the source itself set. A date before the round began was set for something
        else, and nobody could keep it."""
        clock = self.clock(SOURCE_CLOCK)
        return clock if clock is not None and clock.due_at > clock.started_at else None

    @property
    def deciding_clock(self) -> Clock | None:
        """The date that counts: the earlier of the office's own and the source's
        (docs/decisions/0013-the-date-that-counts.md).

        While the own clock stands still, its date is unknown; the source's does not wait.
        """
        own, source = self.reply_clock, self.source_clock
        if own is None or source is None:
            return own or source
        if own.paused_since is not None and not self.deliveries:
            return source
        return source if source.due_at < own.due_at else own

    @property
    def first_delivery(self) -> Delivery | None:
        """The delivery that on-time is judged by: the earliest with a time, else any."""
        timed = [(d.at, n, d) for n, d in enumerate(self.deliveries) if d.at is not None]
        if timed:
            return min(timed)[2]
        return self.deliveries[0] if self.deliveries else None


class Held(_Part, frozen=True):
    """待人工派单: why no machine dispatches the case, and what only the desk may know."""

    since: datetime
    seq: int
    """Number of the event that it waits since."""
    grounds: tuple[Ground, ...]
    reason: str
    quotes: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    presumed: bool = False
    """True while the case is confidential for no other reason than that a machine took it
    for an accusation."""


class ExtensionRequest(_Part, frozen=True):
    unit: str
    working_days: int
    reason: str
    at: datetime
    """When it was asked; asked in time, it may be granted after the due time."""


class Suspension(_Part, frozen=True):
    measures: str
    until: date


class Pressure(_Part, frozen=True):
    rung: Rung
    text: str
    at: datetime
    by: str
    round: int
    due_at: datetime | None = None
    report: str = ""
    reported_at: datetime | None = None


class Instruction(_Part, frozen=True):
    """批示."""

    number: int
    text: str
    by: str
    at: datetime
    due_at: datetime | None = None
    report: str = ""
    reported_at: datetime | None = None


class Handover(_Part, frozen=True):
    """移送紧急服务."""

    service: Service
    person: str
    at: datetime
    by: str
    note: str = ""


class Promise(_Part, frozen=True):
    """承诺事项."""

    number: int
    text: str
    due: date
    owner: str
    at: datetime
    kept: bool | None = None
    evidence: str = ""
    verified_by: str = ""
    published: str = ""


class Waiting(_Part, frozen=True):
    """What a request for information (依申请公开) stands still for."""

    why: Wait
    about: str
    since: datetime
    until: date | None = None
    party: str = ""


class Outcome(_Part, frozen=True):
    """答复结果 of a request for information."""

    result: Result
    reason: str = ""


class Justification(_Part, frozen=True):
    """第三十五条: what an applicant was asked who asks for very much."""

    about: str
    asked_at: datetime
    until: date
    given: str = ""
    reasonable: bool | None = None
    """None until it is judged."""
    note: str = ""
    working_days: int = 0
    """By which the answer was delayed."""


class Fee(_Part, frozen=True):
    """信息处理费 of a request."""

    basis: Basis
    count: int
    before: int
    yuan: int
    via: str
    charged_at: datetime
    received_on: date | None = None
    until: date | None = None
    paid_at: datetime | None = None
    receipt: str = ""


class PlatformMessage(_Part, frozen=True):
    """A message to the platform above."""

    number: int
    what: Upward
    at: datetime
    seq: int
    """Number of the event; with the case's id it names the message for ever."""
    text: str = ""
    until: datetime | None = None
    contacted: bool | None = None
    resolved: bool | None = None
    grade: Grade | None = None
    sent: Sent = Sent.WAITS
    sent_at: datetime | None = None
    detail: str = ""
    granted: bool | None = None
    """The platform's decision on a 退单 or 延期申请; None while there is none."""
    decided_at: datetime | None = None


class Publication(_Part, frozen=True):
    at: datetime
    where: str = ""
    declined: str = ""
    text: str = ""
    """Title and message as a person released them for everyone; "" when nobody has."""
    place: str = ""
    reply: str = ""
    version: str = ""
    """The version of the message that was released."""
    replies: int = 0
    """How many replies had been given then."""


class Case(_Part, frozen=True):
    """The whole of a case, and its history from which it can be folded again."""

    case_id: str
    item: Item
    """What is known of the message now."""
    version: str
    """Content hash of what the source last showed."""
    versions: int
    received_at: datetime
    """First receipt: the citizen's clock starts here and nothing resets it."""
    opened_at: datetime
    labels: Labels
    state: State
    rounds: tuple[Round, ...]
    unit: str = ""
    """Lead unit (主办)."""
    unit_rule: str = ""
    unit_reason: str = ""
    dispatched: bool = False
    """False while only the default rule or nobody has chosen the unit (待派)."""
    tasks: tuple[Task, ...] = ()
    accepted_at: datetime | None = None
    returns: int = 0
    extension_request: ExtensionRequest | None = None
    suspension: Suspension | None = None
    pressures: tuple[Pressure, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    handovers: tuple[Handover, ...] = ()
    measure_at: datetime | None = None
    """When the first measure of the present round was taken: 先期处置, or 移送."""
    promises: tuple[Promise, ...] = ()
    publication: Publication | None = None
    upward: tuple[PlatformMessage, ...] = ()
    downward: tuple[PlatformWord, ...] = ()
    """What the platform above said of its order, as it came."""
    matters: tuple[str, ...] = ()
    warned: int = 0
    """The number of the event with which it told of the newest 苗头预警; 0 for none."""
    muted_until: datetime | None = None
    """Until when that 苗头预警 is muted."""
    confidential: bool = False
    accused: tuple[str, ...] = ()
    held: Held | None = None
    """Set while it waits for a person to dispatch it (`events.HeldBack`)."""
    event_level: str = ""
    ended: str = ""
    """Reason of a refusal or of invalidity."""
    notes: tuple[Note, ...] = ()
    dates_warned: tuple[str, ...] = ()
    """Like `Round.warned`, for the dates that people set: a promise outlives its round."""
    pictures: tuple[PictureText, ...] = ()
    """What programs read in its attachments."""
    receipt_confirmed_at: datetime | None = None
    """依申请公开: when both sides confirmed the receipt."""
    waiting: Waiting | None = None
    supplement_asked: bool = False
    """补正 is asked for once (一次性告知); true for the rest of the round."""
    outcome: Outcome | None = None
    """Of the present round."""
    justification: Justification | None = None
    """Of the present round, like `fee`."""
    fee: Fee | None = None
    data_hold: str = ""
    """保全: why nothing of it may be erased; "" where it may."""
    erased_at: datetime | None = None
    """When its personal data were erased; nothing happens to it any more."""
    resume_state: State | None = None
    """Where a paused or suspended case goes back to."""
    history: tuple[Recorded, ...] = ()

    @property
    def seq(self) -> int:
        return len(self.history)

    @property
    def round(self) -> Round:
        return self.rounds[-1]

    @property
    def measured(self) -> bool:
        """The first measure of the present round was taken (先期处置, 移送)."""
        return self.measure_at is not None and self.measure_at >= self.round.started_at

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def state_words(self) -> str:
        """The office's word, of a request for information with what it waits for."""
        return WAIT_WORDS[self.waiting.why] if self.waiting else STATE_WORDS[self.state]

    def task(self, unit: str) -> Task | None:
        for task in self.tasks:
            if task.unit == unit:
                return task
        return None

    def draft(self, number: int) -> Draft | None:
        for draft in self.round.drafts:
            if draft.number == number:
                return draft
        return None

    def recorded_for(self, message_id: str) -> tuple[Recorded, ...]:
        """The events this message caused before; empty when it is new."""
        return tuple(event for event in self.history if event.message_id == message_id)


def on_time(round_: Round) -> tuple[bool | None, bool | None]:
    """按时 against the date that counts: (as it is in force, as it was before extensions).

    Both None while nothing was delivered or the time of delivery is unknown.
    """
    clock = round_.deciding_clock
    first = round_.first_delivery
    if clock is None or first is None or first.at is None:
        return None, None
    before = [
        each.original_due_at or each.due_at
        for each in (round_.reply_clock, round_.source_clock)
        if each is not None
    ]
    return first.at <= clock.due_at, first.at <= min(before)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Case)


def encode_case(case: Case) -> bytes:
    """Stable bytes: folding the same events gives the same bytes."""
    return _encoder.encode(case)


def decode_case(data: bytes) -> Case:
    return _decoder.decode(data)


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """The values in order, each once."""
    return tuple(dict.fromkeys(values))
