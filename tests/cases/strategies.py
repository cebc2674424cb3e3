"""Random lives of a case: what sources show, people do and time brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from cases.life.decide import Findings, Rules, decide
from cases.life.evolve import evolve
from cases.record import commands as do
from cases.record.case import Case
from cases.record.disclosure import Result
from cases.record.events import Recorded
from cases.record.instant import InstantBasis
from cases.record.item import Item, Note, content_hash
from cases.record.messages import Action, Message, Tick, observe
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Says, Sent
from cases.words.actors import Actor
from cases.words.erasure import ErasureGround
from cases.words.grades import Grade
from cases.words.labels import Kind, Sentiment
from tests.cases.helpers import (
    ADMIN,
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    POLICE,
    RECEIVED,
    REVIEWER,
    SECOND,
    STRANGER,
    UNPLACED,
    assigned_to,
    item,
    labels,
    reply,
)

ACTORS: tuple[Actor, ...] = (
    DESK,
    DESK,
    LEAD,
    LEAD,
    ASSISTANT,
    STRANGER,
    REVIEWER,
    SECOND,
    LEADER,
    ADMIN,
)
UNITS = st.sampled_from([HOUSING, CITY, POLICE])
TEXTS = st.sampled_from(["", "  ", "已现场核实", "请三日内办结", "资料不全\n请补充"])
NUMBERS = st.integers(0, 3)
DAYS = st.integers(-1, 12)
DATES = st.dates(date(2026, 2, 25), date(2026, 4, 20))
RESULTS = st.sampled_from(list(Result))
MAYBE = st.sampled_from([None, True, False])
MOMENTS = st.integers(-2 * 1440, 40 * 1440).map(lambda m: RECEIVED + timedelta(minutes=m))
MAYBE_MOMENTS = st.none() | MOMENTS

BASIS = InstantBasis(
    entry="Q0001",
    document="W0001",
    policy="《办法》（1号）",
    clause="第三条",
    reviewed="已现场核实",
)

COMMANDS: st.SearchStrategy[do.AnyCommand] = st.one_of(
    st.builds(do.Accept, note=TEXTS),
    st.builds(do.Refuse, reason=TEXTS),
    st.builds(do.MarkInvalid, reason=TEXTS),
    st.builds(
        do.Assign,
        lead=UNITS,
        assisting=st.lists(UNITS, max_size=2).map(tuple),
        reason=TEXTS,
        may_return=st.booleans(),
    ),
    st.builds(do.Acknowledge),
    st.builds(do.AskReturn, reason=TEXTS, suggested_unit=UNITS),
    st.builds(do.DecideReturn, unit=UNITS, approve=st.booleans(), reason=TEXTS),
    st.builds(do.HandOn, section=TEXTS, note=TEXTS),
    st.builds(do.LogContact, text=TEXTS),
    st.builds(do.FinishShare, text=TEXTS),
    st.builds(do.AskExtension, working_days=DAYS, reason=TEXTS),
    st.builds(
        do.DecideExtension,
        grant=st.booleans(),
        working_days=DAYS,
        reason=TEXTS,
        citizen_told=st.booleans(),
        approved_by=TEXTS,
    ),
    st.builds(do.PauseForSupplement, missing=TEXTS),
    st.builds(do.Resume, note=TEXTS),
    st.builds(do.Suspend, measures=TEXTS, until=DATES),
    st.builds(do.EndSuspension, note=TEXTS),
    st.builds(
        do.Press,
        rung=st.sampled_from(list(do.Rung)),
        text=TEXTS,
        due_at=MAYBE_MOMENTS,
        skip_reason=TEXTS,
    ),
    st.builds(do.Instruct, text=TEXTS, due_at=MAYBE_MOMENTS),
    st.builds(do.ReportOnInstruction, number=NUMBERS, text=TEXTS),
    st.builds(do.ReportOnPressure, text=TEXTS),
    st.builds(
        do.HandOver,
        service=st.sampled_from(list(do.Service)),
        person=TEXTS,
        note=TEXTS,
        at=MAYBE_MOMENTS,
    ),
    st.builds(do.TakeMeasure, text=TEXTS),
    st.builds(do.NotUrgent, reason=TEXTS),
    st.builds(do.DraftReply, text=TEXTS, base_seq=st.none() | st.integers(0, 20)),
    st.builds(
        do.AnswerInstantly,
        basis=st.just("Q0001"),
        text=TEXTS,
        told=TEXTS,
        evidence=st.none() | st.just(BASIS),
    ),
    st.builds(do.ApproveReply, draft=NUMBERS, note=TEXTS),
    st.builds(do.RejectReply, draft=NUMBERS, reason=TEXTS),
    st.builds(do.Deliver, draft=NUMBERS, via=TEXTS, at=MAYBE_MOMENTS),
    st.builds(do.Publish, where=TEXTS, text=TEXTS, reply=TEXTS),
    st.builds(do.WithdrawPublication, reason=TEXTS),
    st.builds(do.DeclinePublication, reason=TEXTS),
    st.builds(do.RecordPromise, text=TEXTS, due=DATES),
    st.builds(do.VerifyPromise, number=NUMBERS, kept=st.booleans(), evidence=TEXTS),
    st.builds(do.PublishPromise, number=NUMBERS, where=TEXTS),
    st.builds(do.CallBack, resolved=MAYBE, satisfied=MAYBE, note=TEXTS),
    st.builds(
        do.CallBack, resolved=MAYBE, satisfied=st.none(), grade=st.sampled_from(Grade), note=TEXTS
    ),
    st.builds(do.ReturnToPlatform, reason=TEXTS),
    st.builds(do.AskPlatformExtension, until=DATES, reason=TEXTS),
    st.builds(do.SendUpAgain, number=NUMBERS),
    st.builds(do.NotePlatform, number=NUMBERS, sent=st.sampled_from(list(Sent)), detail=TEXTS),
    st.builds(do.Close, note=TEXTS, exception=TEXTS),
    st.builds(do.Reopen, reason=TEXTS),
    st.builds(do.LinkMatter, matter=st.sampled_from(["m-1", "m-2", ""])),
    st.builds(do.UnlinkMatter, matter=st.sampled_from(["m-1", "m-2"])),
    st.builds(
        do.WarnEmerging,
        words=st.lists(TEXTS, max_size=2).map(tuple),
        places=st.lists(TEXTS, max_size=2).map(tuple),
        cases=st.just(("letters:1001",)),
        people=st.integers(0, 60),
        hours=st.sampled_from([2, 8, 24]),
        usual=st.floats(0, 9),
        years=st.floats(0, 1e9),
        grown=st.booleans(),
        where=TEXTS,
        muted_by=st.sampled_from(["", "letters:1001"]),
    ),
    st.builds(
        do.JudgeAgain,
        version=st.sampled_from([content_hash(item()), "x"]),
        labels=st.builds(
            labels,
            topic=st.sampled_from(["城乡建设", "交通运输"]),
            topic_path=st.sampled_from([(), ("交通运输", "道路管理")]),
            sentiment=st.sampled_from(list(Sentiment)),
            simple=st.booleans(),
            urgent=st.booleans(),
        ),
    ),
    st.builds(do.MuteEmerging, until=MOMENTS, reason=TEXTS),
    st.builds(do.UnmuteEmerging, reason=TEXTS),
    st.builds(
        do.NoteAlert,
        alert_id=st.just("letters:1001#1:high_risk"),
        kind=st.just("high_risk"),
        channel=TEXTS,
        outcome=st.sampled_from(["sent", "unclear", "failed"]),
        at=MOMENTS,
        receipt=TEXTS,
    ),
    st.builds(
        do.NotePicture,
        picture=st.builds(
            PictureText,
            sha=st.sampled_from(["0" * 64, ""]),
            name=TEXTS,
            pages=st.lists(TEXTS, max_size=2).map(tuple),
            unread=st.sampled_from(["", "图片已损坏"]),
            risk=st.sampled_from([(), ("拖欠工资",)]),
            urgent=st.booleans(),
            loud=st.booleans(),
        ),
    ),
    st.builds(do.ConfirmReceipt, how=TEXTS, at=MAYBE_MOMENTS),
    st.builds(do.AskSupplement, missing=TEXTS, until=DATES),
    st.builds(do.TakeSupplement, at=MAYBE_MOMENTS, note=TEXTS),
    st.builds(do.Consult, party=TEXTS, about=TEXTS, received_on=st.none() | DATES),
    st.builds(do.EndConsultation, opinion=TEXTS),
    st.builds(do.AnswerNow, text=TEXTS, result=RESULTS, reason=TEXTS),
    st.builds(do.DecideDisclosure, result=RESULTS, reason=TEXTS),
    st.builds(do.HoldData, reason=TEXTS),
    st.builds(do.ReleaseData, reason=TEXTS),
    st.builds(
        do.Erase, ground=st.sampled_from(list(ErasureGround)), rule=TEXTS, restored=st.booleans()
    ),
    st.builds(do.MarkConfidential, reason=TEXTS, accused=st.lists(UNITS, max_size=2).map(tuple)),
    st.builds(
        do.Correct,
        kind=st.none() | st.sampled_from(list(Kind)),
        simple=MAYBE,
        topic_path=st.none() | st.sampled_from([(), ("交通运输", "道路管理")]),
        sentiment=st.none() | st.sampled_from(list(Sentiment)),
        event_level=st.none() | st.sampled_from(["", "重大", "一般", "乱写"]),
        lengthen_approved=st.booleans(),
        reason=TEXTS,
    ),
)

REPLIES = st.builds(
    reply,
    st.sampled_from(["已修复。", "已转办，请等候。", "已 修复。"]),
    st.none() | MOMENTS,
)
WORDS = st.builds(
    PlatformWord,
    says=st.sampled_from(list(Says)),
    number=st.sampled_from(["", "P-1", "P-2"]),
    text=TEXTS,
    granted=MAYBE,
    due_at=MAYBE_MOMENTS,
    contacted=MAYBE,
    resolved=MAYBE,
    grade=st.none() | st.sampled_from(Grade),
)
VERSIONS: st.SearchStrategy[Item] = st.builds(
    item,
    body=st.sampled_from(
        [
            "清河苑路灯不亮，请修。",
            "清河苑路灯不亮，请修。补充：三栋也不亮。",
            "清河苑路灯…",
            "清河苑路灯不亮，住建局的科长收了物业的红包。",
        ]
    ),
    truncated=st.booleans(),
    replies=st.lists(REPLIES, max_size=2).map(tuple),
    received_at=st.just(RECEIVED) | MOMENTS,
    due_at=MAYBE_MOMENTS,
    closed_at=st.none() | MOMENTS,
    satisfied=MAYBE,
    resolved=MAYBE,
    confidential=st.booleans(),
    disclosure=st.booleans(),
    withdrawn=st.booleans(),
    archived=st.booleans(),
    likes=st.none() | st.integers(0, 3),
    said=st.lists(WORDS, max_size=2).map(tuple),
    notes=st.sampled_from([(), (Note("reply_time_missing", "来源没有给出这次答复的时间"),)]),
)
FINDINGS = st.builds(
    Findings,
    labels=st.builds(labels, simple=st.booleans(), kind=st.sampled_from(list(Kind))),
    named=st.lists(UNITS, max_size=2).map(tuple),
    assignment=st.sampled_from(
        [assigned_to(), assigned_to(HOUSING, CITY), assigned_to(may_return=False), UNPLACED]
    ),
)

Step = tuple[str, object, object, int]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("see"), VERSIONS, FINDINGS, st.integers(0, 3000)),
    st.tuples(st.just("act"), COMMANDS, st.sampled_from(ACTORS), st.integers(0, 3000)),
    st.tuples(st.just("act"), COMMANDS, st.sampled_from(ACTORS), st.integers(0, 300)),
    st.tuples(st.just("tick"), st.none(), st.none(), st.integers(0, 6000)),
)


@dataclass(frozen=True)
class Taken:
    """One step of a life: what came, and the case before and after it."""

    message: Message
    now: datetime
    findings: Findings | None
    before: Case | None
    events: tuple[Recorded, ...]
    after: Case


def live(first: Item, findings: Findings, steps: list[Step], rules: Rules) -> list[Taken]:
    """The life that these steps make. Minutes pass between them."""
    now = RECEIVED + timedelta(minutes=5)
    case: Case | None = None
    lived: list[Taken] = []
    begin: Step = ("see", first, findings, 0)
    for number, (what, given, by, minutes) in enumerate([begin, *steps]):
        now += timedelta(minutes=minutes)
        seen: Findings | None = None
        message: Message
        if what == "see":
            assert isinstance(given, Item)
            assert isinstance(by, Findings)
            accusation = rules.accusation.find(given.title, given.body)
            message, seen = observe(given, f"#{number}"), replace(by, accusation=accusation)
        elif what == "act":
            assert isinstance(by, Actor)
            message = Action(
                message_id=f"a-{number}",
                case_id=first.case_id,
                actor=by,
                command=given,  # type: ignore[arg-type]
                at=now,
            )
        else:
            message = Tick(message_id=f"t-{number}", case_id=first.case_id, at=now)
        before = case
        events = decide(case, message, now, rules, seen)
        for event in events:
            case = evolve(case, event)
        assert case is not None
        lived.append(Taken(message, now, seen, before, events, case))
    return lived


LIVES = st.tuples(VERSIONS, FINDINGS, st.lists(STEPS, max_size=20))
