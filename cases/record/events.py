"""What has happened to a case. A closed list: the journal holds nothing else.

Events are past tense and carry everything that was decided (labels, clocks with
their traces, the reason for a unit), so that folding them needs no rule table,
no calendar and no model. They are never changed or removed; a correction is a
new event.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from msgspec import Struct

from cases.clocks.clocks import Clock
from cases.record.commands import Rung, Service
from cases.record.disclosure import Result, Wait
from cases.record.fees import Basis
from cases.record.instant import InstantBasis
from cases.record.item import Item, Note, SourceReply
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Sent, Upward
from cases.words.actors import Actor
from cases.words.erasure import ErasureGround
from cases.words.grades import Grade
from cases.words.grounds import Ground
from cases.words.labels import Labels


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    """Base of all events; `event` names the kind on the wire."""


# -- intake ------------------------------------------------------------------


class CaseOpened(Event, frozen=True, tag="case_opened"):
    item: Item
    version: str
    """Content hash of the item as the source showed it."""
    labels: Labels
    clocks: tuple[Clock, ...]
    notes: tuple[Note, ...] = ()


class VersionSeen(Event, frozen=True, tag="version_seen"):
    """The source shows the item differently than before."""

    item: Item
    """What is now known: the new version, with what it left out kept from before."""
    version: str
    labels: Labels | None = None
    """Set when the text changed enough to be read again."""
    changed: tuple[str, ...] = ()
    """Names of the fields that changed."""


class ReplySeenAtSource(Event, frozen=True, tag="reply_seen_at_source"):
    """The source shows a reply to the citizen: it counts as delivered."""

    reply: SourceReply
    notes: tuple[Note, ...] = ()


class ClosedAtSource(Event, frozen=True, tag="closed_at_source"):
    at: datetime
    resolved: bool | None = None
    satisfied: bool | None = None


class WithdrawnAtSource(Event, frozen=True, tag="withdrawn_at_source"):
    pass


class Archived(Event, frozen=True, tag="archived"):
    """Taken in as history: nothing of it is due to anybody."""

    at: datetime
    """The last that the source knows of it: its end, its last reply, or its receipt."""


# -- acceptance and units ----------------------------------------------------


class Accepted(Event, frozen=True, tag="accepted"):
    note: str = ""


class RefusedToAccept(Event, frozen=True, tag="refused_to_accept"):
    """不予受理."""

    reason: str


class MarkedInvalid(Event, frozen=True, tag="marked_invalid"):
    reason: str


class Assigned(Event, frozen=True, tag="assigned"):
    lead: str
    assisting: tuple[str, ...] = ()
    rule: str = ""
    """Which routing rule chose it; "desk" when a person did."""
    reason: str = ""
    may_return: bool = True
    to_desk: bool = False
    """True when only the default matched: the desk still has to dispatch it (待派)."""
    cleared: bool = False
    """True when a person gave a case that was held back as an accusation to the unit that it
    was held back from: it is none, and no longer confidential for that."""


class HeldBack(Event, frozen=True, tag="held_back"):
    """待人工派单: nothing is dispatched by a machine; the case waits for a person at the desk.

    信访工作条例第三十条. What the machine would have done is a suggestion for the desk alone:
    `cases.privacy.suggestion.without_suggestion` takes it out of what anybody else may see."""

    grounds: tuple[Ground, ...]
    reason: str
    """One Chinese sentence for the desk, with the words that decided."""
    quotes: tuple[str, ...] = ()
    """The pieces of the text that sound like an accusation."""
    found: tuple[str, ...] = ()
    """The units that routing found, lead first; none of them was told."""
    suggested: tuple[str, ...] = ()
    """The units that the desk may turn to."""
    about: tuple[str, ...] = ()
    """The units that the accusation may be about, as far as they are known."""
    barred: tuple[str, ...] = ()
    """`about` with those that belong to them or stand over them."""


class TakenBack(Event, frozen=True, tag="taken_back"):
    """收回: these units have no part in the case any more. Clocks stay as they are."""

    units: tuple[str, ...]
    reason: str
    drafts: tuple[int, ...] = ()
    """Numbers of their drafts in this round, withdrawn with it."""


class Acknowledged(Event, frozen=True, tag="acknowledged"):
    unit: str


class ReturnAsked(Event, frozen=True, tag="return_asked"):
    unit: str
    reason: str
    suggested_unit: str = ""


class ReturnApproved(Event, frozen=True, tag="return_approved"):
    unit: str
    reason: str = ""


class ReturnRefused(Event, frozen=True, tag="return_refused"):
    unit: str
    reason: str


class HandedOn(Event, frozen=True, tag="handed_on"):
    unit: str
    section: str
    note: str = ""


class ContactLogged(Event, frozen=True, tag="contact_logged"):
    unit: str
    text: str


class ShareFinished(Event, frozen=True, tag="share_finished"):
    unit: str
    text: str


# -- time --------------------------------------------------------------------


class ClocksSet(Event, frozen=True, tag="clocks_set"):
    """Clocks by their new state; those not named stay as they are."""

    clocks: tuple[Clock, ...]
    why: str
    dropped: tuple[str, ...] = ()
    """Names of clocks that no longer apply."""


class ExtensionAsked(Event, frozen=True, tag="extension_asked"):
    unit: str
    working_days: int
    """Natural days with `natural_days`."""
    reason: str
    natural_days: bool = False


class ExtensionGranted(Event, frozen=True, tag="extension_granted"):
    working_days: int
    """Days of the kind that `clocks` count."""
    clocks: tuple[Clock, ...]
    citizen_told: bool = False
    reason: str = ""
    approved_by: str = ""
    """As in `commands.DecideExtension`."""


class ExtensionRefused(Event, frozen=True, tag="extension_refused"):
    reason: str


class Paused(Event, frozen=True, tag="paused"):
    missing: str
    clocks: tuple[Clock, ...]
    why: Wait = Wait.CITIZEN
    until: date | None = None
    """依申请公开: until when the applicant may correct, or the third party may answer."""
    party: str = ""
    """Who was asked."""


class Resumed(Event, frozen=True, tag="resumed"):
    clocks: tuple[Clock, ...]
    note: str = ""
    restarted: bool = False
    """True where the period began afresh (补正) instead of going on."""


class Suspended(Event, frozen=True, tag="suspended"):
    measures: str
    until: date


class SuspensionEnded(Event, frozen=True, tag="suspension_ended"):
    note: str = ""


class ClockWarned(Event, frozen=True, tag="clock_warned"):
    """Time has reached a stage of a clock; said once per stage and due time."""

    clock: str
    stage: str
    """"one_day_left", "due_today", "overdue" or "escalated"."""
    due_at: datetime


class DateWarned(Event, frozen=True, tag="date_warned"):
    """Likewise for a date that a person set."""

    what: str
    """As `cases.life.dates.SetDate.what`."""
    number: int
    """Its number in the case; of a dispatch, that of the event it was waited for since."""
    stage: str
    due_at: datetime


# -- pressure ----------------------------------------------------------------


class Pressed(Event, frozen=True, tag="pressed"):
    rung: Rung
    text: str
    due_at: datetime | None = None
    skip_reason: str = ""


class Instructed(Event, frozen=True, tag="instructed"):
    number: int
    text: str
    due_at: datetime | None = None


class InstructionReported(Event, frozen=True, tag="instruction_reported"):
    number: int
    text: str


class PressureReported(Event, frozen=True, tag="pressure_reported"):
    text: str


# -- reply -------------------------------------------------------------------


class ReplyDrafted(Event, frozen=True, tag="reply_drafted"):
    number: int
    text: str
    unit: str = ""
    personal_data_reason: str = ""
    """Why personal data stands in it, where it does."""
    rests_on: InstantBasis | None = None
    """Of a 即时答复: its evidence."""


class ReplyApproved(Event, frozen=True, tag="reply_approved"):
    number: int
    level: int
    """How many approvals the draft has with this one."""
    final: bool
    name: str = ""
    """What the office calls this level: 本单位审签, 保密审查 …"""
    checklist: tuple[str, ...] = ()
    note: str = ""


class ReplyRejected(Event, frozen=True, tag="reply_rejected"):
    number: int
    reason: str


class ReplyDelivered(Event, frozen=True, tag="reply_delivered"):
    number: int
    text: str
    at: datetime
    via: str
    proof: str = ""


class Published(Event, frozen=True, tag="published"):
    where: str
    text: str = ""
    """Title and message as a person released them; "" where only the place is on record."""
    place: str = ""
    reply: str = ""


class PublicationWithdrawn(Event, frozen=True, tag="publication_withdrawn"):
    reason: str = ""


class PublicationDeclined(Event, frozen=True, tag="publication_declined"):
    reason: str


# -- promises ----------------------------------------------------------------


class PromiseRecorded(Event, frozen=True, tag="promise_recorded"):
    number: int
    text: str
    due: date
    owner: str


class PromiseVerified(Event, frozen=True, tag="promise_verified"):
    number: int
    kept: bool
    evidence: str


class PromisePublished(Event, frozen=True, tag="promise_published"):
    number: int
    where: str


# -- requests for information --------------------------------------------------


class ReceiptConfirmed(Event, frozen=True, tag="receipt_confirmed"):
    """依申请公开: received on the day that both sides confirmed."""

    confirmed_at: datetime
    how: str
    clocks: tuple[Clock, ...]


class DisclosureDecided(Event, frozen=True, tag="disclosure_decided"):
    result: Result
    reason: str = ""


class ReasonAsked(Event, frozen=True, tag="reason_asked"):
    """第三十五条: why the applicant asks for so much."""

    about: str
    until: date


class ReasonJudged(Event, frozen=True, tag="reason_judged"):
    given: str
    reasonable: bool
    note: str


class AnswerDelayed(Event, frozen=True, tag="answer_delayed"):
    """第三十五条: the applicant was told of a longer time."""

    working_days: int
    clocks: tuple[Clock, ...]
    reason: str


class FeeCharged(Event, frozen=True, tag="fee_charged"):
    """收费通知: the clocks stand still."""

    basis: Basis
    count: int
    before: int
    yuan: int
    via: str
    received_on: date | None
    until: date | None
    """Last day to pay; None while it is unknown when the notice arrived."""
    clocks: tuple[Clock, ...]


class FeeNoticeReceived(Event, frozen=True, tag="fee_notice_received"):
    received_on: date
    until: date


class FeePaid(Event, frozen=True, tag="fee_paid"):
    """The period began afresh."""

    paid_at: datetime
    receipt: str
    clocks: tuple[Clock, ...]


# -- the end, and after it ---------------------------------------------------


class CalledBack(Event, frozen=True, tag="called_back"):
    resolved: bool | None
    satisfied: bool | None
    note: str = ""
    grade: Grade | None = None
    contacted: bool | None = None


class ToPlatform(Event, frozen=True, tag="to_platform"):
    """A message to the platform above, to be sent once."""

    number: int
    what: Upward
    text: str = ""
    until: datetime | None = None
    contacted: bool | None = None
    resolved: bool | None = None
    grade: Grade | None = None


class PlatformTook(Event, frozen=True, tag="platform_took"):
    """What became of a message to the platform."""

    number: int
    sent: Sent
    detail: str = ""
    """Plain Chinese; the platform's receipt."""


class PlatformSaid(Event, frozen=True, tag="platform_said"):
    """The platform decided, pressed or called back."""

    word: PlatformWord
    answers: int = 0
    """Number of the message that it decides; 0 where none waited for it."""


class RoundStarted(Event, frozen=True, tag="round_started"):
    """A new round with clocks of its own; the earlier rounds stay as they were."""

    number: int
    reason: str
    clocks: tuple[Clock, ...]


class Closed(Event, frozen=True, tag="closed"):
    note: str = ""
    exception: str = ""


class MatterLinked(Event, frozen=True, tag="matter_linked"):
    matter: str
    reason: str = ""
    burst: int = 0
    """As in `commands.LinkMatter`."""


class EmergingSeen(Event, frozen=True, tag="emerging_seen"):
    """苗头预警; as in `commands.WarnEmerging`."""

    words: tuple[str, ...]
    places: tuple[str, ...]
    cases: tuple[str, ...]
    people: int
    hours: int
    usual: float
    years: float
    grown: bool = False
    since: datetime | None = None
    where: str = ""
    muted_by: str = ""


class EmergingMuted(Event, frozen=True, tag="emerging_muted"):
    until: datetime
    reason: str


class EmergingUnmuted(Event, frozen=True, tag="emerging_unmuted"):
    reason: str = ""


class MatterUnlinked(Event, frozen=True, tag="matter_unlinked"):
    matter: str
    reason: str = ""


class MarkedConfidential(Event, frozen=True, tag="marked_confidential"):
    reason: str
    accused: tuple[str, ...] = ()


class DataHeld(Event, frozen=True, tag="data_held"):
    """保全: nothing of the case may be erased until it is released."""

    reason: str


class DataReleased(Event, frozen=True, tag="data_released"):
    reason: str


class Erased(Event, frozen=True, tag="erased"):
    """What people wrote, and who they are, is erased from here and from all before."""

    ground: ErasureGround
    rule: str = ""


class Corrected(Event, frozen=True, tag="corrected"):
    labels: Labels
    """The labels that hold from now on."""
    fields: tuple[str, ...]
    """What the person set."""
    derived: tuple[str, ...] = ()
    """What changed with it, by a rule."""
    event_level: str | None = None
    reason: str = ""


class JudgedAgain(Event, frozen=True, tag="judged_again"):
    """复核: what the classifier said later of topic and feeling."""

    labels: Labels
    """The labels that hold from now on."""
    fields: tuple[str, ...]
    """`topic_path`, `sentiment`: what it changed."""


class AlertNoted(Event, frozen=True, tag="alert_noted"):
    """An alert about this case was sent, or could not be."""

    alert_id: str
    kind: str
    channel: str
    outcome: str
    at: datetime
    receipt: str = ""


class PictureRead(Event, frozen=True, tag="picture_read"):
    """A program read the text of an attachment, or could not."""

    picture: PictureText
    labels: Labels | None = None
    """Set when it tells of a danger that the labels did not have."""


class ActionRefused(Event, frozen=True, tag="action_refused"):
    """An action that is not allowed was tried; nothing else changed."""

    command: str
    reason: str
    """Plain Chinese, shown to who tried."""


class HandedOver(Event, frozen=True, tag="handed_over"):
    """移送紧急服务."""

    service: Service
    person: str
    at: datetime
    note: str = ""


class MeasureTaken(Event, frozen=True, tag="measure_taken"):
    """先期处置."""

    text: str


class FoundNotUrgent(Event, frozen=True, tag="found_not_urgent"):
    """误报; `Corrected` follows with the labels."""

    reason: str
    loud: bool
    """Whether it had woken a person."""


EventBody = (
    CaseOpened
    | HandedOver
    | MeasureTaken
    | FoundNotUrgent
    | VersionSeen
    | ReplySeenAtSource
    | ClosedAtSource
    | WithdrawnAtSource
    | Archived
    | Accepted
    | RefusedToAccept
    | MarkedInvalid
    | Assigned
    | HeldBack
    | TakenBack
    | Acknowledged
    | ReturnAsked
    | ReturnApproved
    | ReturnRefused
    | HandedOn
    | ContactLogged
    | ShareFinished
    | ClocksSet
    | ExtensionAsked
    | ExtensionGranted
    | ExtensionRefused
    | Paused
    | Resumed
    | Suspended
    | SuspensionEnded
    | ClockWarned
    | DateWarned
    | Pressed
    | Instructed
    | InstructionReported
    | PressureReported
    | ReplyDrafted
    | ReplyApproved
    | ReplyRejected
    | ReplyDelivered
    | Published
    | PublicationWithdrawn
    | PublicationDeclined
    | PromiseRecorded
    | PromiseVerified
    | PromisePublished
    | CalledBack
    | ToPlatform
    | PlatformTook
    | PlatformSaid
    | RoundStarted
    | Closed
    | MatterLinked
    | EmergingSeen
    | EmergingMuted
    | EmergingUnmuted
    | MatterUnlinked
    | MarkedConfidential
    | ReceiptConfirmed
    | DisclosureDecided
    | ReasonAsked
    | ReasonJudged
    | AnswerDelayed
    | FeeCharged
    | FeeNoticeReceived
    | FeePaid
    | Corrected
    | JudgedAgain
    | AlertNoted
    | PictureRead
    | ActionRefused
    | DataHeld
    | DataReleased
    | Erased
)


class Recorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event in the history of a case. `(case_id, seq)` names it for ever."""

    case_id: str
    seq: int
    """1 for the first event of a case, without gaps."""
    message_id: str
    """The inbox message that caused it."""
    at: datetime
    """When it was decided."""
    actor: Actor
    body: EventBody
    configuration: str = ""
    """Number of the configuration by which it was decided; "" in journals from before."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Recorded)


def encode_event(event: Recorded) -> bytes:
    """Stable bytes: the same event is the same bytes on every run."""
    return _encoder.encode(event)


def decode_event(data: bytes) -> Recorded:
    return _decoder.decode(data)
