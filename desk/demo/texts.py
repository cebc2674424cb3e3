"""What stands in the registers of the sample data. All of it is invented."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from msgspec import Struct

from cases.registers import qa
from cases.registers import rectification as mend
from cases.registers.rectification import Origin
from cases.routing.units import UnitRegister

HAND_OVER: Final = (
    "昨夜接热线转办 3 件，已派单 2 件，另 1 件还没有定单位。河道水质一事生态环境局承诺今天中午前"
    "反馈取样结果，请白班盯紧。学府路井盖已设围挡，等住建局回复完工时间。"
)
GRANTED: Final = "您申请公开的滨河片区征收补偿方案可以公开，现将该方案复印件一份提供给您，请查收。"


def documents(now: datetime, units: UnitRegister) -> tuple[qa.Document, ...]:
    year = now.year - 1  # in force all through the weeks of the sample data
    return (
        qa.Document(
            title="灵活就业人员参加企业职工基本养老保险办事指南（示例）",
            reference=f"示例人社发〔{year}〕1号",
            issued_by=units.name("human-resources"),
            valid_from=date(year, 1, 1),
        ),
        qa.Document(
            title="既有住宅加装电梯补助办法（示例）",
            reference=f"示例住建发〔{year}〕2号",
            issued_by=units.name("housing"),
            valid_from=date(year, 1, 1),
            valid_to=date(year + 3, 12, 31),
        ),
        qa.Document(
            title="居民身份证异地受理办事指南（示例）",
            reference=f"示例公发〔{year}〕3号",
            issued_by=units.name("police"),
            valid_from=date(year, 1, 1),
        ),
        qa.Document(
            title="住房公积金个人住房贷款办事指南（示例）",
            reference=f"示例公积金发〔{year}〕4号",
            issued_by=units.name("housing-fund"),
            valid_from=date(year, 1, 1),
        ),
    )


QUESTIONS: Final = (
    (
        0,
        "第三条",
        "human-resources",
        "灵活就业人员的养老保险怎么缴，可以在手机上办吗？",
        "在当地缴费基数上下限之间自选档次，按月或按年缴纳。用电子社保卡或到社保经办窗口办理。",
    ),
    (
        1,
        "第六条第一款",
        "housing",
        "老旧小区加装电梯，政府补助多少？",
        "竣工验收后按每台补助，标准以当年公布的为准；由业主代表向社区提出，住建局审核后拨付。",
    ),
    (
        2,
        "第二条",
        "police",
        "身份证快到期了，人在外省，可以在外地换领吗，多少天能拿到？",
        "可在全国任一户籍窗口异地换领，自受理之日起约 30 日内制发；急需的可同时申领临时身份证。",
    ),
    (
        3,
        "第五条",
        "housing-fund",
        "夫妻双方都缴公积金，买首套房最高能贷多少，异地缴存的能合并计算吗？",
        "夫妻双方缴存的首套房最高可贷 60 万元，额度与缴存余额挂钩；异地缴存凭缴存证明合并计算。",
    ),
    (
        1,
        "第四条",
        "housing",
        "一楼住户不同意，还能申请安装吗？",
        "达到规定的业主比例即可申请。对有异议的住户，社区先组织协商，协商记录随申请一并提交。",
    ),
)
"""Document, clause, unit, question, answer; the last waits for approval."""


class Finding(Struct, frozen=True, kw_only=True):
    days_ago: int
    term: int
    """Working days allowed."""
    unit: str
    origin: Origin
    title: str
    problem: str
    requirement: str
    steps: tuple[tuple[int, mend.Step], ...] = ()
    """Working days after the finding."""


FINDINGS: Final = (
    Finding(
        days_ago=15,
        term=5,
        unit="urban-management",
        origin=Origin.LATE_REPLY,
        title="占道经营类来件答复逾期",
        problem="上月占道经营类来件有三件逾期答复，最长逾期四个工作日。",
        requirement="明确专人盯办，说明原因，举一反三。",
        steps=(
            (1, mend.Measure(text="指定专人每日核对到期事项，中队长签字。")),
            (4, mend.HandedIn(evidence="近两周占道经营类来件十一件全部按时答复，附清单。")),
            (5, mend.Verified(passed=True, opinion="抽查五件，均按时答复，同意销号。")),
        ),
    ),
    Finding(
        days_ago=8,
        term=5,
        unit="housing",
        origin=Origin.BAD_REPLY,
        title="物业类答复没有写明完成时间",
        problem="两件答复只写“将督促整改”，没有完成时间和责任人，群众再次反映。",
        requirement="重新答复，写明完成时间、责任人和联系电话。",
        steps=((2, mend.Measure(text="修订答复模板，股室负责人逐件核稿。")),),
    ),
)
