"""The shipped ledger: the columns of the work plan, and those that a county may add."""

from __future__ import annotations

from pathlib import Path

from cases.reporting.columns import COLUMNS
from cases.reporting.ledger_table import LedgerTable
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG

ISSUE = [
    "编号",
    "来源渠道",
    "受理时间",
    "标题",
    "内容摘要",
    "事项分类",
    "情感",
    "风险",
    "责任单位",
    "协办单位",
    "签收时间",
    "办理时限",
    "暂定",
    "延期",
    "答复时间",
    "是否按时",
    "逾期天数",
    "答复摘要",
    "回访",
    "是否解决",
    "满意度",
    "批示",
    "承诺事项",
    "承诺期限",
    "兑现情况",
    "公开情况",
    "办理状态",
    "退回次数",
    "办结时间",
]


def shipped() -> LedgerTable:
    return LedgerTable.from_table(Configuration(CONFIG).table("ledger.toml"))


def test_the_shipped_ledger_has_every_column_of_the_work_plan() -> None:
    headers = [column.header for column in shipped().columns]
    assert set(ISSUE) <= set(headers)
    assert [header for header in headers if header in ISSUE] == ISSUE


def test_a_column_stands_in_the_shipped_ledger_or_is_told_of(root: Path) -> None:
    columns = {column.key for column in shipped().columns}
    page = (root / "docs" / "ledger.md").read_text("utf-8")
    untold = [key for key in COLUMNS if key not in columns and f"`{key}`" not in page]
    assert not untold, f"neither in config/ledger.toml nor in docs/ledger.md: {untold}"
