"""Whole lives of cases: between them every kind of event happens."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from cases.life.rules import PlatformRules
from cases.record import commands as do
from cases.record.case import Case
from cases.record.commands import Rung
from cases.record.disclosure import Result
from cases.record.fees import Basis
from cases.record.instant import InstantBasis
from cases.record.item import Attachment
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Says, Sent, Upward
from cases.words.actors import SYSTEM
from cases.words.erasure import ErasureGround
from cases.words.labels import URGENT, Evidence, Kind, Sentiment
from tests.cases.helpers import (
    ASSISTANT,
    CITY,
    DESK,
    HOUSING,
    LEAD,
    LEADER,
    REVIEWER,
    SECOND,
    UNPLACED,
    Story,
    at,
    handling,
    item,
    labels,
    reply,
    usual,
)


def refused() -> Case:
    story = Story(item("2001"), to=UNPLACED)
    story.does(DESK, do.Refuse(reason="不属于本级政府职权范围"), "2026-03-02T14:00")
    return story.case


def erased() -> Case:
    story = Story()
    story.does(DESK, do.Refuse(reason="涉诉"), "2026-03-02T11:00")
    story.does(SYSTEM, do.Erase(ground=ErasureGround.REQUEST), "2026-03-20T11:00")
    return story.case


def accused() -> Case:
    """A report against its own unit, and one that a person marks later."""
    story = Story(item("2005", title="举报县住建局物业科科长受贿"))
    story.does(DESK, do.Assign(lead=CITY), "2026-03-02T14:00")
    story.does(ASSISTANT, do.Acknowledge(), "2026-03-02T14:10")
    story.does(ASSISTANT, do.DraftReply(text="正在核实。"), "2026-03-02T14:20")
    marked = do.MarkConfidential(reason="城管也在其中", accused=(CITY,))
    story.does(DESK, marked, "2026-03-02T15:00")
    return story.case


def invalid() -> Case:
    story = Story(item("2002", body="测试测试"))
    story.does(DESK, do.MarkInvalid(reason="测试件"), "2026-03-02T14:00")
    return story.case


def closed_at_source() -> Case:
    story = Story(item("2003"))
    shown = item(
        "2003",
        replies=(reply(when=at("2026-03-04T09:00")),),
        closed_at=at("2026-03-05T10:00"),
        resolved=True,
        satisfied=True,
    )
    story.shows(shown, "2026-03-05T12:00")
    story.shows(item("2003", withdrawn=True), "2026-03-20T12:00")
    return story.case


def first_of_many() -> Case:
    story = Story(item("2007"))
    said = labels(sentiment=Sentiment.NEGATIVE, model="later")
    story.does(SYSTEM, do.JudgeAgain(version=story.case.version, labels=said), "2026-03-10T08:00")
    begins = do.WarnEmerging(
        words=("路灯",),
        places=("清河苑", "枫林苑"),
        cases=(story.case.case_id,),
        people=6,
        hours=2,
        usual=0.1,
        years=12.0,
    )
    story.does(SYSTEM, begins, "2026-03-11T08:00")
    until = at("2026-03-14T08:00")
    story.does(DESK, do.MuteEmerging(until=until, reason="路灯检修已公告"), "2026-03-11T08:10")
    story.does(DESK, do.UnmuteEmerging(reason="检修已结束"), "2026-03-11T09:00")
    story.does(DESK, do.MuteEmerging(until=until, reason="还有一条街在检修"), "2026-03-11T09:30")
    return story.case


def with_picture() -> Case:
    """A photo that a program read: it tells of a danger, with its words."""
    photo = Attachment(name="楼道.jpg", media_type="image/jpeg", sha="ab" * 32)
    story = Story(item("2008", attachments=(photo,)))
    read = PictureText(
        sha=photo.sha,
        name=photo.name,
        pages=("楼道里煤气味很重",),
        engine="rapidocr 3.10.0",
        model="test",
        urgent=True,
        evidence=(Evidence(label=URGENT, text="煤气味", field="quoted", start=3, end=6),),
    )
    story.does(SYSTEM, do.NotePicture(picture=read), "2026-03-02T10:20")
    return story.case


def history() -> Case:
    return Story(item("2006", archived=True), now=at("2026-11-02T09:00")).case


def request() -> Case:
    """依申请公开: confirmed, corrected, others asked, reasons and a fee, answered."""
    story = Story(item("2004", disclosure=True))
    story.does(DESK, do.ConfirmReceipt(how="电话确认"), "2026-03-03T09:00")
    missing = do.AskSupplement(missing="请写明年度", until=date(2026, 3, 20))
    story.does(DESK, missing, "2026-03-03T10:00")
    story.does(DESK, do.TakeSupplement(note="2025年度"), "2026-03-06T09:00")
    asked = do.Consult(party="某建筑公司", about="合同价款")
    story.does(DESK, asked, "2026-03-06T10:00")
    story.does(DESK, do.EndConsultation(opinion="同意公开"), "2026-03-10T09:00")
    reason = do.AskReason(about="一个月内申请 46 件", until=date(2026, 3, 11))
    story.does(DESK, reason, "2026-03-10T09:10")
    judged = do.JudgeReason(reasonable=True, note="核对课题", given="撰写论文")
    story.does(DESK, judged, "2026-03-10T09:20")
    delay = do.DelayAnswer(working_days=10, reason="量大", citizen_told=True)
    story.does(DESK, delay, "2026-03-10T09:30")
    story.does(DESK, do.ChargeFee(basis=Basis.PAGES, count=90, via="扫码"), "2026-03-10T09:40")
    story.does(DESK, do.FeeNoticed(), "2026-03-10T09:45")
    story.does(DESK, do.TakePayment(receipt="票号 0001"), "2026-03-10T09:50")
    story.does(DESK, do.DecideDisclosure(result=Result.GRANTED), "2026-03-10T10:00")
    return story.case


def under_a_platform() -> Case:
    """An order of the platform above: signed for, returned in vain, answered on the spot."""
    platforms = {"letters": PlatformRules(messages=frozenset(Upward))}
    question = item("2007", due_at=at("2026-03-06T18:00"))
    story = Story(
        question,
        rules=replace(usual(), platforms=platforms),
        read_as=labels(kind=Kind.INQUIRY),
    )
    story.does(LEAD, do.Acknowledge(), "2026-03-02T10:20")
    taken = do.NotePlatform(number=1, sent=Sent.TAKEN, detail="回执 71")
    story.does(SYSTEM, taken, "2026-03-02T10:21")
    story.does(DESK, do.ReturnToPlatform(reason="属邻县管辖"), "2026-03-02T11:00")
    word = PlatformWord(says=Says.RETURN, granted=False, text="属你县，请办理")
    story.shows(replace(question, title="", body="", said=(word,)), "2026-03-02T15:00")
    basis = InstantBasis(
        entry="Q0001",
        document="W0001",
        policy="《办法》（1号）",
        clause="第三条",
        reviewed="五日内修复。",
    )
    answer = do.AnswerInstantly(basis="Q0001", told="电话告知", evidence=basis)
    story.does(DESK, answer, "2026-03-02T16:00")
    return story.case


def _passed_round(story: Story) -> None:
    """Given back in vain, then given back and dispatched anew."""
    story.does(LEAD, do.AskReturn(reason="不涉及我局职责"), "2026-03-02T11:00")
    story.does(
        DESK, do.DecideReturn(unit=HOUSING, approve=False, reason="照明归住建"), "2026-03-02T11:20"
    )
    story.does(LEAD, do.AskReturn(reason="应由城管主办"), "2026-03-02T11:30")
    story.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), "2026-03-02T11:40")
    story.does(DESK, do.Assign(lead=HOUSING, assisting=(CITY,)), "2026-03-02T12:00")


def in_danger() -> Case:
    """危急: handed over, met, and one that was none."""
    story = Story(item("2007"), read_as=labels(urgent=True, loud=True))
    told = do.HandOver(
        service=do.Service.AMBULANCE,
        person="接警员王某",
        at=at("2026-03-02T10:17"),
        note="已派救护车",
    )
    story.does(DESK, told, "2026-03-02T10:20")
    story.does(DESK, do.NotUrgent(reason="已经过去或已解决"), "2026-03-02T11:00")
    return story.case


def measured() -> Case:
    story = Story(item("2008"), read_as=labels(urgent=True, loud=True))
    story.does(DESK, do.TakeMeasure(text="社区已到场"), "2026-03-02T10:20")
    return story.case


def long_life() -> Case:
    """Received, passed round, prolonged, paused, pressed, answered, found wanting,
    answered again and closed; with a promise, an instruction and a correction."""
    story = Story(to=UNPLACED, rules=handling(review={"approvals": 2}))
    story.does(DESK, do.Accept(), "2026-03-02T10:20")
    story.does(DESK, do.Assign(lead=HOUSING, assisting=(CITY,)), "2026-03-02T10:30")
    _passed_round(story)
    story.does(LEAD, do.Acknowledge(), "2026-03-02T14:40")
    story.does(ASSISTANT, do.Acknowledge(), "2026-03-02T14:45")
    story.does(LEAD, do.HandOn(section="市政科"), "2026-03-02T15:00")
    story.does(LEAD, do.LogContact(text="已电话联系周女士"), "2026-03-02T15:30")
    story.does(ASSISTANT, do.FinishShare(text="灯具已备"), "2026-03-03T09:00")
    story.does(LEAD, do.AskExtension(working_days=5, reason="需采购"), "2026-03-03T10:00")
    story.does(DESK, do.DecideExtension(grant=False, reason="时间够"), "2026-03-03T11:00")
    story.does(LEAD, do.AskExtension(working_days=2, reason="确需采购"), "2026-03-03T14:00")
    story.does(DESK, do.DecideExtension(grant=True, citizen_told=True), "2026-03-03T15:00")
    story.does(DESK, do.PauseForSupplement(missing="具体楼栋"), "2026-03-04T09:00")
    story.does(DESK, do.Resume(note="已补充"), "2026-03-04T16:00")
    story.does(DESK, do.Suspend(measures="先装临时灯", until=date(2026, 3, 10)), "2026-03-05T09:00")
    story.does(DESK, do.EndSuspension(), "2026-03-06T09:00")
    story.does(DESK, do.Press(rung=Rung.REMIND, text="请抓紧"), "2026-03-06T10:00")
    story.does(
        LEADER, do.Instruct(text="请速办", due_at=at("2026-03-10T12:00")), "2026-03-06T11:00"
    )
    story.does(
        DESK, do.Correct(kind=Kind.HELP, event_level="一般", reason="是求助"), "2026-03-06T14:00"
    )
    story.ticks("2026-03-11T00:30")
    told = do.NoteAlert(
        alert_id=f"{story.case.case_id}#30:overdue",
        kind="overdue",
        channel="duty-robot",
        outcome="sent",
        at=at("2026-03-11T07:00"),
        receipt="与另外 2 条合并发送",
    )
    story.does(SYSTEM, told, "2026-03-11T07:00")
    story.does(LEAD, do.ReportOnInstruction(number=1, text="已安排"), "2026-03-11T09:00")
    story.does(LEAD, do.ReportOnPressure(text="配件已到货"), "2026-03-11T09:15")
    story.does(LEAD, do.DraftReply(text="不日修复。"), "2026-03-11T09:30")
    story.does(REVIEWER, do.RejectReply(draft=1, reason="请写明日期"), "2026-03-11T10:00")
    story.does(LEAD, do.DraftReply(text="三月二十日前修复。"), "2026-03-11T10:30")
    story.does(REVIEWER, do.ApproveReply(draft=2), "2026-03-11T11:00")
    story.does(SECOND, do.ApproveReply(draft=2), "2026-03-11T11:05")
    story.refuses(DESK, do.Resume(), "2026-03-11T11:10")
    story.does(LEAD, do.Deliver(draft=2, via="领导信箱"), "2026-03-11T11:30")
    story.does(
        LEAD, do.RecordPromise(text="三月二十日前修复", due=date(2026, 3, 20)), "2026-03-11T11:40"
    )
    story.does(DESK, do.DeclinePublication(reason="涉及住址"), "2026-03-11T14:00")
    story.does(
        DESK,
        do.Publish(where="县政府网站", text="路灯坏了。", reply="已修复。"),
        "2026-03-11T15:00",
    )
    story.does(DESK, do.WithdrawPublication(reason="有误"), "2026-03-11T15:10")
    story.does(DESK, do.Publish(where="县政府网站"), "2026-03-11T15:20")
    story.does(DESK, do.CallBack(resolved=False, satisfied=False), "2026-03-12T09:00")
    story.shows(
        item(replies=(reply("灯已全部修好。", at("2026-03-16T10:00")),)), "2026-03-16T11:00"
    )
    story.does(DESK, do.CallBack(resolved=True, satisfied=True), "2026-03-17T09:00")
    story.does(DESK, do.VerifyPromise(number=1, kept=True, evidence="现场照片"), "2026-03-17T10:00")
    story.does(DESK, do.PublishPromise(number=1, where="县政府网站"), "2026-03-17T11:00")
    story.does(DESK, do.LinkMatter(matter="路灯2026"), "2026-03-17T14:00")
    story.does(DESK, do.UnlinkMatter(matter="路灯2026"), "2026-03-17T14:10")
    story.does(DESK, do.HoldData(reason="行政复议"), "2026-03-17T14:12")
    story.does(DESK, do.ReleaseData(reason="复议终结"), "2026-03-17T14:15")
    story.does(DESK, do.MarkConfidential(reason="本人要求"), "2026-03-17T14:20")
    story.does(DESK, do.Close(note="办结"), "2026-03-17T15:00")
    return story.case
