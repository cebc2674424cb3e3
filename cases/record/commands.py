"""What a person may ask to happen to a case. Commands are imperative; whether
one is allowed, and what follows from it, is the decider's business."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from cases.record.disclosure import Result
from cases.record.fees import Basis
from cases.record.instant import InstantBasis
from cases.record.pictures import PictureText
from cases.record.platform import Sent
from cases.words.erasure import ErasureGround
from cases.words.grades import Grade
from cases.words.labels import Kind, Labels, Sentiment


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="do"):
    """Base of all commands; `do` names the command on the wire."""


class Rung(StrEnum):
    """The ladder of pressure on a late unit, lowest first."""

    REMIND = "催办"
    SUPERVISE = "督办"
    LIST = "挂牌"
    SUMMON = "约谈"


class Accept(Command, frozen=True, tag="accept"):
    note: str = ""


class Refuse(Command, frozen=True, tag="refuse"):
    """不予受理."""

    reason: str


class MarkInvalid(Command, frozen=True, tag="mark_invalid"):
    """无效件: spam, a test, nothing that can be handled."""

    reason: str


class Assign(Command, frozen=True, tag="assign"):
    """派单, or 改派 when the case already has a lead unit."""

    lead: str
    assisting: tuple[str, ...] = ()
    reason: str = ""
    may_return: bool = True
    """False: 指定后不得退."""


class Acknowledge(Command, frozen=True, tag="acknowledge"):
    """签收 by the acting unit of its own task."""


class AskReturn(Command, frozen=True, tag="ask_return"):
    """申请退回: not ours, with the reason."""

    reason: str
    suggested_unit: str = ""


class DecideReturn(Command, frozen=True, tag="decide_return"):
    """The desk's answer to a request to give a case back."""

    unit: str
    approve: bool
    reason: str = ""
    to: str = ""
    """The unit that gets the case at once when it may be given back; "" leaves it undispatched."""


class HandOn(Command, frozen=True, tag="hand_on"):
    """The unit hands its task on to one of its 科室."""

    section: str
    note: str = ""


class LogContact(Command, frozen=True, tag="log_contact"):
    """联系记录: when and how the citizen was spoken to."""

    text: str


class FinishShare(Command, frozen=True, tag="finish_share"):
    """An assisting unit hands in its share of a joint case."""

    text: str


class AskExtension(Command, frozen=True, tag="ask_extension"):
    working_days: int
    reason: str


class DecideExtension(Command, frozen=True, tag="decide_extension"):
    grant: bool
    working_days: int = 0
    """What is granted; 0 takes what was asked."""
    reason: str = ""
    citizen_told: bool = False
    approved_by: str = ""
    """依申请公开: name of the head (政府信息公开工作机构负责人) who agreed."""


class PauseForSupplement(Command, frozen=True, tag="pause"):
    """待补充: the clock stands still until the citizen has supplied what is missing."""

    missing: str


class Resume(Command, frozen=True, tag="resume"):
    note: str = ""


class Suspend(Command, frozen=True, tag="suspend"):
    """挂账: cannot be solved now; measures and a date are on record."""

    measures: str
    until: date


class EndSuspension(Command, frozen=True, tag="end_suspension"):
    note: str = ""


class Press(Command, frozen=True, tag="press"):
    """One rung of the ladder: 催办, 督办, 挂牌, 约谈."""

    rung: Rung
    text: str
    due_at: datetime | None = None
    skip_reason: str = ""
    """Why lower rungs were left out, where they were."""


class Instruct(Command, frozen=True, tag="instruct"):
    """批示 of a leader."""

    text: str
    due_at: datetime | None = None


class ReportOnInstruction(Command, frozen=True, tag="report_on_instruction"):
    """批示办理反馈."""

    number: int
    text: str


class ReportOnPressure(Command, frozen=True, tag="report_on_pressure"):
    """催办督办反馈: one report answers all that was pressed for in this round so far."""

    text: str


class DraftReply(Command, frozen=True, tag="draft_reply"):
    text: str
    base_seq: int | None = None
    """The history number the writer last saw; a newer draft by another person is
    then refused instead of being overwritten."""
    personal_data_reason: str = ""
    """Why personal data has to stand in the text; without one it is refused."""


class AnswerInstantly(Command, frozen=True, tag="answer_instantly"):
    """即时答复 (一号答): a question answered on the spot, from 问答库 or out of a policy."""

    basis: str
    """Number of the entry ("Q0001") or of the policy document ("W0001")."""
    text: str = ""
    """The answer; "" takes the reviewed text of the entry as it is."""
    clause: str = ""
    """第几条 of the policy; an entry names its own."""
    told: str = ""
    """How the citizen was told on the spot, where the source has no way back for programs; ""
    where the answer still has to go out."""
    evidence: InstantBasis | None = None
    """What the basis says now. The desk looks it up; what a caller sends is put aside."""


class ApproveReply(Command, frozen=True, tag="approve_reply"):
    draft: int
    checklist: tuple[str, ...] = ()
    note: str = ""


class RejectReply(Command, frozen=True, tag="reject_reply"):
    draft: int
    reason: str


class Deliver(Command, frozen=True, tag="deliver"):
    """答复: an approved draft reached the citizen."""

    draft: int
    via: str
    """The door it went out by."""
    proof: str = ""
    """Receipt of the platform, message id, or how the posting was proved."""
    at: datetime | None = None
    """When it reached the citizen; now, if not given. Never in the future."""


class Publish(Command, frozen=True, tag="publish"):
    """公开: where the reply was published, and the words that everyone may read of it."""

    where: str
    text: str = ""
    """Title and message as released; without it nothing is on Open311."""
    place: str = ""
    reply: str = ""
    """The reply as released."""


class WithdrawPublication(Command, frozen=True, tag="withdraw_publication"):
    """撤回公开: from now on nobody who is not signed in sees anything of the case."""

    reason: str = ""


class DeclinePublication(Command, frozen=True, tag="decline_publication"):
    reason: str


class RecordPromise(Command, frozen=True, tag="record_promise"):
    text: str
    due: date
    owner: str = ""
    """Unit id; the lead unit when empty."""


class VerifyPromise(Command, frozen=True, tag="verify_promise"):
    number: int
    kept: bool
    evidence: str


class PublishPromise(Command, frozen=True, tag="publish_promise"):
    number: int
    where: str


class CallBack(Command, frozen=True, tag="call_back"):
    """回访: whether it is solved and whether the citizen is content are two questions."""

    resolved: bool | None
    satisfied: bool | None
    note: str = ""
    grade: Grade | None = None
    """满意度 in five grades; `satisfied` follows from it and need not be given."""
    contacted: bool | None = None
    """是否联系: whether the unit had spoken to the citizen before it replied."""


class ReturnToPlatform(Command, frozen=True, tag="return_to_platform"):
    """退单: the order is not this county's; the platform above decides."""

    reason: str


class AskPlatformExtension(Command, frozen=True, tag="ask_platform_extension"):
    """延期申请 to the platform above: its own date is its own to move."""

    until: date
    """Last day that is asked for."""
    reason: str


class SendUpAgain(Command, frozen=True, tag="send_up_again"):
    """A message that the platform certainly did not take, once more."""

    number: int


class NotePlatform(Command, frozen=True, tag="note_platform"):
    """What became of a message to the platform: said by the part that sends, never by a
    person."""

    number: int
    sent: Sent
    detail: str = ""


class Close(Command, frozen=True, tag="close"):
    """办结. Without a delivered reply it needs a reasoned exception."""

    note: str = ""
    exception: str = ""


class Reopen(Command, frozen=True, tag="reopen"):
    reason: str


class LinkMatter(Command, frozen=True, tag="link_matter"):
    """同一事项: linked, never merged."""

    matter: str
    reason: str = ""
    burst: int = 0
    """Set with the case that makes the matter a burst: how many cases of it came within
    the office's window."""


class UnlinkMatter(Command, frozen=True, tag="unlink_matter"):
    matter: str
    reason: str = ""


class WarnEmerging(Command, frozen=True, tag="warn_emerging"):
    """苗头预警: with this message something seems to begin (`classifiers.emerging`). Said by the
    part that reads behind the processing, never by a person."""

    words: tuple[str, ...]
    """What the messages have in common."""
    places: tuple[str, ...]
    cases: tuple[str, ...]
    """Ids, oldest first."""
    people: int
    hours: int
    usual: float
    """So many people write of it in so many hours, as a rule."""
    years: float
    """Chance alone would bring it about once in so many years."""
    grown: bool = False
    """It was told before, and has doubled since."""
    since: datetime | None = None
    """When the first of the messages was received."""
    where: str = ""
    """The narrowest place that explains it; "" where that is the whole county, or may not be
    shown."""
    muted_by: str = ""
    """The case that was muted when this came (`MuteEmerging`); "" where nothing was."""


class MuteEmerging(Command, frozen=True, tag="mute_emerging"):
    """静音: until then what this 苗头预警 told of calls nobody, and is listed all the same."""

    until: datetime
    reason: str


class UnmuteEmerging(Command, frozen=True, tag="unmute_emerging"):
    """The mute is taken back before its end."""

    reason: str = ""


class NoteAlert(Command, frozen=True, tag="note_alert"):
    """What became of an alert: said by the part that sends alerts, never by a person."""

    alert_id: str
    kind: str
    channel: str
    """Name of the channel in config/alerts.toml."""
    outcome: str
    """"sent", "unclear" or "failed"."""
    at: datetime
    receipt: str = ""
    """Plain Chinese."""


class NotePicture(Command, frozen=True, tag="note_picture"):
    """What was read in an attachment: said by the part that reads pictures, never by a person."""

    picture: PictureText


class ConfirmReceipt(Command, frozen=True, tag="confirm_receipt"):
    """依申请公开 by plain letter, online or fax: both sides have confirmed it."""

    how: str
    at: datetime | None = None
    """When; now, if not given."""


class AskSupplement(Command, frozen=True, tag="ask_supplement"):
    """告知补正, once: what is unclear, and until when it may be put right."""

    missing: str
    until: date


class TakeSupplement(Command, frozen=True, tag="take_supplement"):
    """收到补正: the period begins afresh."""

    at: datetime | None = None
    """When it came; now, if not given."""
    note: str = ""


class Consult(Command, frozen=True, tag="consult"):
    """征求第三方或其他机关意见."""

    party: str
    about: str
    received_on: date | None = None
    """When they got the letter; today, if not given."""


class EndConsultation(Command, frozen=True, tag="end_consultation"):
    opinion: str
    """What they said, or that they said nothing."""


class AnswerNow(Command, frozen=True, tag="answer_now"):
    """当场答复, on the day of receipt."""

    text: str
    result: Result
    reason: str = ""


class DecideDisclosure(Command, frozen=True, tag="decide_disclosure"):
    """登记答复结果."""

    result: Result
    reason: str = ""


class AskReason(Command, frozen=True, tag="ask_reason"):
    """要求申请人说明理由 (第三十五条): the requests are clearly too many, or too often."""

    about: str
    until: date


class JudgeReason(Command, frozen=True, tag="judge_reason"):
    """认定申请理由."""

    reasonable: bool
    note: str
    given: str = ""
    """What the applicant said; "" for no answer within the term."""


class DelayAnswer(Command, frozen=True, tag="delay_answer"):
    """确定延迟答复的合理期限 (第三十五条): so many working days more."""

    working_days: int
    reason: str
    citizen_told: bool = False


class ChargeFee(Command, frozen=True, tag="charge_fee"):
    """发出收费通知 (第四十二条)."""

    basis: Basis
    count: int
    """Pieces or pages of this request."""
    via: str
    """How it is to be paid."""
    before: int = 0
    """By pieces: those of the same applicant in this calendar month before this request."""
    received_on: date | None = None
    """When the applicant got the notice; None while that is unknown."""


class FeeNoticed(Command, frozen=True, tag="fee_noticed"):
    """登记收费通知送达."""

    received_on: date | None = None
    """Today, if not given."""


class TakePayment(Command, frozen=True, tag="take_payment"):
    """登记缴费: the period begins afresh."""

    receipt: str
    at: datetime | None = None
    """When the fee was paid; now, if not given."""


class MarkConfidential(Command, frozen=True, tag="mark_confidential"):
    """保密. The accused units never see who reported."""

    reason: str
    accused: tuple[str, ...] = ()


class Correct(Command, frozen=True, tag="correct"):
    """What the classifier got wrong. Fields left None stay as they are."""

    kind: Kind | None = None
    topic_path: tuple[str, ...] | None = None
    simple: bool | None = None
    sentiment: Sentiment | None = None
    risk: tuple[str, ...] | None = None
    urgent: bool | None = None
    """False takes 危急 (`Labels.loud`) back as well."""
    event_level: str | None = None
    """Grade of a public event, as in config/deadlines.toml; "" for none."""
    lengthen_approved: bool = False
    """The desk agrees that the citizen's clock gets longer by this."""
    reason: str = ""


class JudgeAgain(Command, frozen=True, tag="judge_again"):
    """复核: a later verdict of the classifier on topic and feeling. Said by `huiyin judge`, by no
    person."""

    version: str
    """What it read: `Case.version`. Of another text it says nothing."""
    labels: Labels
    """All that it says; only topic and feeling count."""


class Service(StrEnum):
    """Emergency services that a case is handed over to, by their numbers."""

    POLICE = "110"
    FIRE = "119"
    AMBULANCE = "120"
    HEALTH = "12320"


class HandOver(Command, frozen=True, tag="hand_over"):
    """移送 to an emergency service: at once, by telephone."""

    service: Service
    person: str
    """Who took it there: name or number."""
    note: str = ""
    at: datetime | None = None
    """When; now, if not given."""


class TakeMeasure(Command, frozen=True, tag="take_measure"):
    """先期处置 of an urgent case: what was done first."""

    text: str


class NotUrgent(Command, frozen=True, tag="not_urgent"):
    """误报: nobody is in danger. Kept as labelled data, as a correction."""

    reason: str


class HoldData(Command, frozen=True, tag="hold_data"):
    """保全: the law asks that the personal data be kept (a lawsuit, a complaint, an inspection)."""

    reason: str


class ReleaseData(Command, frozen=True, tag="release_data"):
    """解除保全."""

    reason: str


class Erase(Command, frozen=True, tag="erase"):
    """删除个人信息. Holds no text of anybody: it is what lasts."""

    ground: ErasureGround
    rule: str = ""
    """Id of the rule of config/retention.toml; "" for a request."""
    restored: bool = False
    """It was erased before, and a backup from before that has brought it back: then it goes
    again, whatever was still to be done in the backup."""


AnyCommand = (
    Accept
    | Refuse
    | MarkInvalid
    | Assign
    | Acknowledge
    | AskReturn
    | DecideReturn
    | HandOn
    | LogContact
    | FinishShare
    | AskExtension
    | DecideExtension
    | PauseForSupplement
    | Resume
    | Suspend
    | EndSuspension
    | Press
    | Instruct
    | ReportOnInstruction
    | ReportOnPressure
    | DraftReply
    | AnswerInstantly
    | ApproveReply
    | RejectReply
    | Deliver
    | Publish
    | WithdrawPublication
    | DeclinePublication
    | RecordPromise
    | VerifyPromise
    | PublishPromise
    | CallBack
    | ReturnToPlatform
    | AskPlatformExtension
    | SendUpAgain
    | NotePlatform
    | Close
    | Reopen
    | LinkMatter
    | UnlinkMatter
    | MarkConfidential
    | ConfirmReceipt
    | AskSupplement
    | TakeSupplement
    | Consult
    | EndConsultation
    | AnswerNow
    | DecideDisclosure
    | AskReason
    | JudgeReason
    | DelayAnswer
    | ChargeFee
    | FeeNoticed
    | TakePayment
    | HandOver
    | TakeMeasure
    | NotUrgent
    | Correct
    | JudgeAgain
    | NoteAlert
    | NotePicture
    | WarnEmerging
    | MuteEmerging
    | UnmuteEmerging
    | HoldData
    | ReleaseData
    | Erase
)
