"""承诺事项: the page of all promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.case import Promise
from cases.words.actors import Role
from desk.promises.routes import PromiseStanding, standing_of
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

TODAY = NOW.date()


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("due", "kept", "wanted"),
    [
        (TODAY, None, PromiseStanding.DUE),
        (TODAY - timedelta(days=1), None, PromiseStanding.OVERDUE),
        (TODAY - timedelta(days=1), True, PromiseStanding.KEPT),
        (TODAY + timedelta(days=1), False, PromiseStanding.BROKEN),
    ],
)
def test_how_a_promise_stands(due: date, *, kept: bool | None, wanted: PromiseStanding) -> None:
    promise = Promise(number=1, text="x", due=due, owner="housing", at=NOW, kept=kept)
    assert standing_of(promise, TODAY) is wanted


def test_promises_of_all_units_for_the_desk_and_of_its_own_for_a_unit(desk: Desk) -> None:
    desk.put(item("1"), item("2", title="小区停车位改造", body="请教育局和住建局处理停车问题。"))
    promise = do.RecordPromise(text="月底前完成电梯检修，电话13900012345", due=TODAY)
    desk.act("board-export:1", promise)
    later = TODAY + timedelta(days=1)
    desk.act("board-export:2", do.RecordPromise(text="划定车位", due=later, owner="education"))
    page = desk.page("/promises")
    assert "全部 2" in page
    assert page.index("电梯检修") < page.index("划定车位")  # what is due first
    assert "13900012345" not in page
    assert "划定车位" not in desk.page("/promises?standing=逾期未核查")
    unit = signed_in(desk.office, Role.RESPONDER, "education")
    own = unit.get("/promises").text
    assert "划定车位" in own
    assert "电梯检修" not in own
    verified = do.VerifyPromise(number=1, kept=True, evidence="检修合格证")
    desk.act("board-export:1", verified)
    assert "兑现率 样本不足（1/1）" in desk.page("/promises")
    assert "没有“全部完成”这一类" in desk.page("/promises?standing=全部完成", 400)


def test_an_empty_page_says_where_promises_come_from(desk: Desk) -> None:
    assert "还没有承诺事项" in desk.page("/promises")
