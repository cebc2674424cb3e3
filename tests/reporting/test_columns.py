"""Which columns stand in the ledger, what they say, and who sees personal data in them."""

from __future__ import annotations

import pytest

from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.columns import COLUMNS, View, plain
from cases.reporting.ledger_table import LedgerTable, LedgerTableError
from cases.reporting.lines import line_of
from cases.reporting.naming import UnitNames
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.sight import CONFIDENTIAL, NotShown, Shown, masked_for_all, unmasked_for
from cases.words.actors import Actor, Role
from tests.cases.helpers import DESK, LEAD, Story, at, item, labels, reply
from tests.reporting.town import (
    answered_late_then_reopened,
    carried_and_answered,
    carried_on,
    confidential,
    long_before,
    of_a_merged_unit,
    office,
    refused,
)

WEEK = read_period(PeriodKind.WEEK, "2026-W11")


def row(case: Case, shown: Shown = masked_for_all, chars: int = 120) -> dict[str, str]:
    line = line_of(case, WEEK, WEEK.end_at) or line_of(
        case, read_period(PeriodKind.YEAR, "2026"), WEEK.end_at
    )
    assert line is not None
    view = View(UnitNames(office().register, WEEK.last), shown, chars)
    return {c.header: plain(c.cell(line, view)) for c in COLUMNS.values()}


def test_an_answered_case_says_everything() -> None:
    said = row(carried_and_answered())
    expected = {
        "编号": "letters:a1",
        "本期来由": "上期结转",
        "责任单位": "县住建局",
        "签收时间": "2026-03-05 10:00",
        "办理时限": "2026-03-16 23:59",
        "延期": "延期 2 个工作日，原 2026-03-12",
        "答复时间": "2026-03-13 14:20",
        "是否按时": "按时",
        "逾期天数": "",
        "答复摘要": "电梯已修好，三月底前更换主板。",
        "回访": "已回访（2026-03-14）",
        "是否解决": "是",
        "满意度": "满意",
        "承诺事项": "1. 三月十九日前更换主板",
        "承诺期限": "2026-03-19",
        "兑现情况": "未到期",
        "公开情况": "已公开：县政府网站",
        "办理状态": "已办结",
        "办结时间": "2026-03-14 11:00",
    }
    assert {key: said[key] for key in expected} == expected


def test_a_case_that_waits_says_how_late_it_is() -> None:
    said = row(carried_on())
    assert (said["是否按时"], said["逾期天数"], said["答复时间"]) == ("逾期未答复", "6", "")
    assert (said["情感"], said["事项分类"]) == ("负面", "环境保护/噪声污染")
    assert said["批示"] == "1. 请住建局认真办理（待反馈）"
    assert said["公开情况"] == "未公开"


def test_a_reopened_case_shows_its_present_round() -> None:
    said = row(answered_late_then_reopened())
    assert (said["办理轮次"], said["答复时间"], said["是否按时"]) == ("2", "", "未到期")


def test_refused_merged_and_broken_promise() -> None:
    assert row(refused())["是否按时"] == "不计"
    assert row(of_a_merged_unit())["责任单位"] == "县市容局（现县城市管理局）"
    assert row(long_before())["兑现情况"] == "未兑现"


def test_paused_and_provisional() -> None:
    story = Story(item(received_at=at("2026-03-09T08:00")))
    story.does(LEAD, do.Acknowledge(), "2026-03-09T09:00")
    story.does(DESK, do.PauseForSupplement(missing="请说明位置"), "2026-03-10T09:00")
    said = row(story.case)
    assert (said["是否按时"], said["办理状态"], said["暂定"]) == ("待补充", "待补充", "")
    far = Story(item(received_at=at("2029-03-05T08:00"))).case
    line = line_of(far, read_period(PeriodKind.YEAR, "2029"), at("2030-01-01T00:00"))
    assert line is not None
    view = View(UnitNames(office().register, WEEK.last), masked_for_all)
    assert COLUMNS["provisional"].cell(line, view) == "暂定"


def test_a_summary_is_the_beginning_and_marks_the_cut() -> None:
    said = row(Story(item(received_at=at("2026-03-09T08:00"), body="甲" * 30)).case, chars=10)
    assert said["内容摘要"] == "甲" * 9 + "…"


# -- the office's own choice ---------------------------------------------------


def test_an_office_may_choose_order_heading_and_width() -> None:
    chosen = LedgerTable.from_table(
        {
            "column": [
                {"key": "unit", "header": "承办单位", "width": 30},
                {"key": "case_id"},
            ],
            "word": {"columns": ["case_id"]},
        }
    )
    assert [(c.header, c.width) for c in chosen.columns] == [("承办单位", 30), ("编号", 13)]
    assert [c.key for c in chosen.word_columns] == ["case_id"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"column": [{"key": "colour"}]}, "没有“colour”这个栏目；可用的有：case_id"),
        ({"column": []}, "至少要有一个"),
        ({"column": [{"key": "unit"}, {"key": "unit"}]}, "“责任单位”出现了不止一次"),
        ({"column": [{"key": "unit", "width": 900}]}, "宽度应为 1 至 200，实际是 900"),
        (
            {"column": [{"key": "unit", "wide": 9}]},
            "键 wide：不认识这个键（值 9）。相近的有：width",
        ),
        ({"word": {"columns": ["title"]}, "column": [{"key": "unit"}]}, "“title”不在"),
        ({"summary_chars": 3}, "10 至 2000，实际是 3"),
    ],
)
def test_a_wrong_table_is_told(changed: dict[str, object], said: str) -> None:
    known: dict[str, object] = {"column": [{"key": "unit"}], "word": {"columns": []}}
    with pytest.raises(LedgerTableError, match=r"config/ledger\.toml") as error:
        LedgerTable.from_table(known | changed)
    assert said in str(error.value)


# -- who sees what -------------------------------------------------------------

PRIVATE = item(
    received_at=at("2026-03-09T08:00"),
    title="周晓岚求助",
    body="我是周晓岚，请打13912345678，住清河苑8栋502室。",
    replies=(reply("周晓岚同志：已电话13912345678联系您。", at("2026-03-10T09:00")),),
)
SECRETS = ("周晓岚", "13912345678", "502室")


def test_personal_data_is_masked_in_every_column() -> None:
    everything = "".join(row(Story(PRIVATE).case).values())
    for secret in SECRETS:
        assert secret not in everything, secret


def test_a_role_and_a_reason_unmask() -> None:
    said = row(Story(PRIVATE).case, unmasked_for(DESK, "报县领导阅批"))
    assert "13912345678" in said["内容摘要"]
    assert "周晓岚" in said["标题"]


def test_a_confidential_case_shows_its_text_to_nobody() -> None:
    for shown in (masked_for_all, unmasked_for(DESK, "报县领导阅批")):
        said = row(confidential(), shown)
        assert said["标题"] == said["内容摘要"] == CONFIDENTIAL
        assert said["公开情况"] == "不公开（保密件）"
        assert said["同一事项"] == "（保密件）"


@pytest.mark.parametrize(
    ("actor", "reason", "said"),
    [
        (DESK, "", "理由"),
        (DESK, "  ？ ", "理由"),
        (Actor(id="", role=Role.DESK), "报县领导阅批", "账号"),
        (LEAD, "报县领导阅批", "只有值班台和审核"),
        (Actor(id="root", role=Role.ADMIN), "报县领导阅批", "只有值班台和审核"),
        (Actor(id="xian", role=Role.LEADER), "报县领导阅批", "只有值班台和审核"),
    ],
)
def test_nobody_unmasks_without_the_role_and_a_reason(actor: Actor, reason: str, said: str) -> None:
    with pytest.raises(NotShown, match=said):
        unmasked_for(actor, reason)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"urgent": True, "loud": True}, "危急"),
        ({"urgent": True}, "紧急"),
        ({}, ""),
        ({"urgent": True, "loud": True, "risk": ("安全生产",)}, "危急、安全生产"),
    ],
)
def test_the_risk_of_a_danger_to_life_is_called_by_its_level(
    found: dict[str, object], said: str
) -> None:
    case = Story(item(received_at=at("2026-03-10T09:00")), read_as=labels(**found)).case
    assert row(case)["风险"] == said
