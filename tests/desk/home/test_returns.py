"""退回 through the pages: offered to who may, decided on the first page in one press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Role
from tests.desk.app.test_web import Desk, item, text_of
from tests.desk.case_office import forms_of, primary_of
from tests.desk.clients import signed_in

CASE = "board-export:1"
PAGE = "/cases/board-export%3A1"
LINK = f'href="{PAGE}?do=ask_return#act">退回</a>'
JSON = {"accept": "application/json"}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    made.put(item())
    yield made
    made.close()


def case_of(desk: Desk) -> Case:
    return desk.runner.store.ledger.load([CASE])[CASE]


def asks(desk: Desk, suggested: str = "education") -> None:
    asked = do.AskReturn(reason="不属本局职责", suggested_unit=suggested)
    desk.act(CASE, asked, Role.RESPONDER, "housing")


def decide(desk: Desk, **values: str) -> tuple[int, str]:
    form = {"case": CASE, "unit": "housing", "seen": str(case_of(desk).seq), **values}
    answer = desk.client.post("/today/return", data=form, headers=JSON)
    return answer.status_code, answer.text


def panel(page: str) -> str:
    return page.partition('<ul class="returns" id="returns">')[2].partition("</ul>")[0]


# -- offered -----------------------------------------------------------------


def test_a_row_of_the_queue_opens_exactly_the_form_of_the_return(desk: Desk) -> None:
    unit = signed_in(desk.office, Role.RESPONDER, "housing")
    assert LINK in unit.get("/queue").text
    page = unit.get(f"{PAGE}?do=ask_return").text
    assert "<h2>申请退回</h2>" in page
    assert primary_of(page) == ["提交退回申请"]
    assert "先不办这项，回到下一步：签收" in page
    assert "acknowledge" in forms_of(page), "the next step is still in the menu"


def test_it_is_offered_to_the_lead_unit_alone(desk: Desk) -> None:
    desk.act(CASE, do.Assign(lead="housing", assisting=("education",), reason="联办"))
    for role, unit in (
        (Role.RESPONDER, "education"),
        (Role.DESK, ""),
        (Role.LEADER, ""),
        (Role.REVIEWER, ""),
        (Role.ADMIN, ""),
    ):
        client = signed_in(desk.office, role, unit)
        if role is not Role.ADMIN:
            assert "ask_return" not in client.get("/queue").text, role
        page = client.get(f"{PAGE}?do=ask_return").text
        assert "ask_return" not in forms_of(page), role
        why = "由主办单位提出" if unit else "您的角色不能办理“申请退回”"
        assert why in page, role
    assert LINK in signed_in(desk.office, Role.RESPONDER, "housing").get("/queue").text


def test_where_it_is_too_late_the_row_offers_it_no_more_and_the_page_says_why(desk: Desk) -> None:
    asks(desk)
    unit = signed_in(desk.office, Role.RESPONDER, "housing")
    assert "ask_return" not in unit.get("/queue").text
    assert "退回申请正在等待值班台处理" in unit.get(f"{PAGE}?do=ask_return").text


def test_a_form_that_is_no_command_is_no_matter(desk: Desk) -> None:
    page = desk.page(f"{PAGE}?do=nothing")
    assert "现在不能办理" not in page


# -- decided on the first page -----------------------------------------------


def test_the_first_page_shows_reason_and_suggestion_as_a_decision(desk: Desk) -> None:
    assert 'id="returns-panel" hidden' in desk.page("/")
    asks(desk)
    page = desk.page("/")
    assert 'id="returns-panel" hidden' not in page
    said = text_of(panel(page))
    assert "县住房和城乡建设局 11-24 10:40 申请退回：不属本局职责 建议转县教育体育局" in said
    assert "同意，改派到县教育体育局" in said
    assert "同意退回，待派" in said
    assert "不同意" in said


def test_one_press_agrees_and_gives_it_to_the_unit_that_was_named(desk: Desk) -> None:
    asks(desk)
    form = panel(desk.page("/")).partition("<form")[2].partition("</form>")[0]
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = desk.client.post("/today/return", data=values, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"unit": "县教育体育局"})
    case = case_of(desk)
    assert (case.unit, case.returns, case.dispatched) == ("education", 1, True)
    assert panel(desk.page("/")).strip() == ""
    assert "锦绣花园" not in signed_in(desk.office, Role.RESPONDER, "housing").get("/queue").text
    assert "锦绣花园" in signed_in(desk.office, Role.RESPONDER, "education").get("/queue").text


def test_a_refusal_needs_its_reason_and_reaches_the_unit(desk: Desk) -> None:
    asks(desk)
    status, said = decide(desk, approve="0")
    assert (status, "请填写不同意退回的理由" in said) == (409, True)
    assert decide(desk, approve="0", reason="职责在你局")[0] == 200
    assert case_of(desk).unit == "housing"
    page = signed_in(desk.office, Role.RESPONDER, "housing").get(PAGE).text
    assert "职责在你局" in page


def test_without_a_named_unit_it_goes_back_to_be_dispatched(desk: Desk) -> None:
    asks(desk, "")
    said = text_of(panel(desk.page("/")))
    assert "改派到" not in said
    assert decide(desk, approve="1")[0] == 200
    assert not case_of(desk).dispatched


def test_who_presses_without_an_answer_or_after_another_is_told(desk: Desk) -> None:
    asks(desk)
    assert "请选择同意还是不同意" in decide(desk)[1]
    seen = str(case_of(desk).seq)
    desk.act(CASE, do.DecideReturn(unit="housing", approve=False, reason="在你局"))
    status, said = decide(desk, approve="1", to="education", seen=seen)
    assert (status, "别人办理过这件事项" in said) == (409, True)


def test_only_the_desk_decides_and_the_leader_looks(desk: Desk) -> None:
    asks(desk)
    leader = signed_in(desk.office, Role.LEADER)
    shown = panel(leader.get("/").text)
    assert "不属本局职责" in shown
    assert "<form" not in shown
    for role in (Role.LEADER, Role.ADMIN, Role.REVIEWER):
        form = {"case": CASE, "unit": "housing", "approve": "1"}
        assert signed_in(desk.office, role).post("/today/return", data=form).status_code == 403
    unit = signed_in(desk.office, Role.RESPONDER, "police")
    form = {"case": CASE, "unit": "housing", "approve": "1"}
    assert unit.post("/today/return", data=form).status_code == 404


def test_the_reason_of_a_confidential_case_is_not_on_the_first_page(desk: Desk) -> None:
    desk.act(CASE, do.AskReturn(reason="涉及李某某的举报"), Role.RESPONDER, "housing")
    desk.act(CASE, do.MarkConfidential(reason="要求保密"))
    for role in (Role.DESK, Role.LEADER, Role.ADMIN):
        page = signed_in(desk.office, role).get("/").text
        assert "涉及李某某" not in page, role


# -- decided on the case -----------------------------------------------------


def test_the_form_of_the_case_names_the_suggested_unit_and_a_refusal_ignores_it(
    desk: Desk,
) -> None:
    asks(desk)
    page = desk.page(PAGE)
    assert re.search(r'<option value="education" selected>', page)
    seen = str(case_of(desk).seq)
    form = {"unit": "housing", "approve": "0", "to": "education", "reason": "在你局", "seen": seen}
    answer = desk.client.post(f"{PAGE}/act/decide_return", data=form, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    assert case_of(desk).unit == "housing"
    again = do.AskReturn(reason="另有依据", suggested_unit="education")
    desk.act(CASE, again, Role.RESPONDER, "housing", "again")
    form |= {"approve": "1", "seen": str(case_of(desk).seq)}
    answer = desk.client.post(f"{PAGE}/act/decide_return", data=form, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    assert case_of(desk).unit == "education"
