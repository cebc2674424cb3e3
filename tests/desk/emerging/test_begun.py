"""The messages of a 苗头预警 stand beside the case that told of it: for the desk, as it may see them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from cases.privacy.visibility import seen_by
from cases.record import commands as do
from cases.record import events as ev
from cases.words.actors import Actor, Role
from tests.desk.app.test_web import NOW, Desk, item
from tests.desk.clients import signed_in

LEAD = Actor(id="lin", role=Role.RESPONDER, name="经办", unit="housing")
TOLD = "/cases/board-export:3"


def warned(tmp_path: Path, root: Path) -> Desk:
    desk = Desk(tmp_path, root / "config")
    first = item("1", title="滨河小区的水发黄")
    secret = replace(item("2", title="不许外传的题目"), confidential=True)
    third = item("3", title="物业不管，电梯里的水是黄的", body="请住建局处理小区物业")
    desk.put(
        *(replace(one, received_at=NOW - timedelta(hours=1)) for one in (first, secret, third))
    )
    cases = tuple(f"board-export:{number}" for number in (1, 2, 3))
    warning = do.WarnEmerging(
        words=("水",), places=("滨河小区",), cases=cases, people=6, hours=2, usual=0.1, years=12.0,
        since=NOW - timedelta(hours=1), where="滨河小区",
    )  # fmt: skip
    desk.act("board-export:3", warning, Role.SYSTEM)
    desk.act("board-export:3", do.Assign(lead="housing", reason="改派"))
    return desk


def test_the_desk_reads_them_and_what_is_confidential_stays_so(tmp_path: Path, root: Path) -> None:
    desk = warned(tmp_path, root)
    page = desk.page(TOLD)
    assert "苗头预警：2 小时内 6 人反映“水”，平常约 0.1 人，偶然出现约 12 年一次" in page
    assert "苗头预警：还有这些来件" in page
    assert "滨河小区的水发黄" in page
    assert "不许外传的题目" not in page
    form = desk.page(html.unescape(re.findall(r'href="(/incidents\?[^"]+)"', page)[0]))
    assert 'value="board-export:1 board-export:2 board-export:3"' in form
    assert "2 小时内 6 人反映“水”" in form
    desk.close()


def test_a_unit_learns_of_no_other_case(tmp_path: Path, root: Path) -> None:
    desk = warned(tmp_path, root)
    page = signed_in(desk.office, Role.RESPONDER, unit="housing").get(TOLD).text
    assert "苗头预警：2 小时内 6 人" in page
    assert "还有这些来件" not in page
    assert "滨河小区" not in page
    assert "board-export:1" not in page
    (case,) = desk.runner.store.ledger.load(["board-export:3"]).values()
    seen = seen_by(case, LEAD)
    assert seen is not None
    (body,) = (one.body for one in seen.history if isinstance(one.body, ev.EmergingSeen))
    assert (body.cases, body.places) == ((), ())
    desk.close()
