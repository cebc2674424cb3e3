"""值班台: what needs a hand first, alerts that are taken note of, assigning from the list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.ground.audit_log import AuditAction
from desk.home import overview
from desk.home.overview import needs_hand
from sinks.alerts.book import AlertBook
from sinks.alerts.file import AlertFile
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.routing import Plan
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in

GAS = {"title": "燃气泄漏，居民被困", "body": "楼道里燃气泄漏，有人被困，随时可能爆炸。"}
JSON = {"accept": "application/json"}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def hand(desk: Desk) -> list[str]:
    """Numbers of the cases in the list of what needs a hand, as the page has them."""
    page = desk.page("/")
    listed = page.partition('<tbody id="hand">')[2].partition("</tbody>")[0]
    return re.findall(r'data-id="board-export:([^"]+)"', listed)


def test_high_risk_comes_first_then_what_has_least_time(desk: Desk) -> None:
    def days_ago(days: int) -> datetime:
        return datetime(2026, 11, 24, 9, 0, tzinfo=BEIJING) - timedelta(days=days)

    desk.put(
        item("calm", received_at=days_ago(1)),
        item("late", received_at=days_ago(12)),
        item("later", received_at=days_ago(20)),
        item("gas", received_at=days_ago(0), **GAS),
    )
    assert hand(desk) == ["gas", "later", "late"]


def test_what_a_unit_asks_of_the_desk_is_in_the_list_and_says_so(desk: Desk) -> None:
    desk.put(item("1", received_at=NOW), item("2", received_at=NOW))
    desk.act("board-export:1", do.AskReturn(reason="不属本局"), Role.RESPONDER, "housing")
    desk.act("board-export:2", do.Acknowledge(), Role.RESPONDER, "housing")
    assert hand(desk) == ["1"]
    assert "申请退回" in text_of(desk.page("/"))


def test_a_paused_case_waits_behind_what_runs(desk: Desk) -> None:
    old = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    desk.put(item("paused", received_at=old, **GAS), item("gas", received_at=NOW, **GAS))
    desk.act("board-export:paused", do.PauseForSupplement(missing="楼栋"))
    ledger = desk.runner.store.ledger
    found = [
        case.item.source_item_id
        for case in needs_hand(ledger, (), NOW, Actor(id="d", role=Role.DESK))
    ]
    assert found == ["gas", "paused"]


def test_no_personal_data_in_the_lists(desk: Desk) -> None:
    said = "联系人：李建国，电话13900012345，燃气泄漏有人被困"
    desk.put(item("1", title=said, body=said, place=said, author="李建国"))
    page = desk.page("/")
    assert "13900012345" not in page
    assert "李建国" not in page


# -- alerts ------------------------------------------------------------------


def alert_of(desk: Desk) -> str:
    desk.put(item("gas", **GAS))
    alert = desk.runner.store.alerts(1)[0]
    return alert.alert_id


def register(desk: Desk) -> AlertBook:
    """Enters the alerts into the book, as the notifier does."""
    file = AlertFile(desk.settings.home / "alerts.db")
    nowhere = Plan()
    AlertOutbox(file).take(desk.runner.store.alerts(100), "1", lambda _alert: nowhere, NOW)
    return AlertBook(file)


def test_taking_note_of_an_alert_shows_who_and_when(desk: Desk) -> None:
    alert_id = alert_of(desk)
    register(desk)
    assert "<button>知悉</button>" in desk.page("/")
    answer = desk.client.post("/alerts/acknowledge", data={"alert": alert_id}, headers=JSON)
    assert answer.json() == {"by": "林某"}
    page = text_of(desk.page("/"))
    assert "林某 11-24 10:40 已知悉" in page
    assert "<button>知悉</button>" not in desk.page("/")
    step = desk.office.trail.search(deed=AuditAction.ALERT.value)[1][0]
    assert (step.who, step.about) == ("desk", alert_id)


def test_the_first_who_takes_note_is_shown(desk: Desk) -> None:
    alert_id = alert_of(desk)
    register(desk)
    leader = signed_in(desk.office, Role.LEADER)
    leader.post("/alerts/acknowledge", data={"alert": alert_id})
    second = desk.client.post("/alerts/acknowledge", data={"alert": alert_id}, headers=JSON)
    assert second.status_code == 200
    assert desk.office.trail.search(deed=AuditAction.ALERT.value)[0] == 2


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REVIEWER, Role.RESPONDER])
def test_only_desk_and_leader_take_note(desk: Desk, role: Role) -> None:
    alert_id = alert_of(desk)
    book = register(desk)
    client = signed_in(desk.office, role, "housing" if role is Role.RESPONDER else "")
    answer = client.post("/alerts/acknowledge", data={"alert": alert_id})
    # Who is not told of it does not hear that it is there.
    assert answer.status_code == (403 if role is Role.ADMIN else 404)
    assert book.states([alert_id])[alert_id].acknowledged is None


def test_taking_note_needs_the_token(desk: Desk) -> None:
    alert_id = alert_of(desk)
    register(desk)
    del desk.client.headers["x-csrf-token"]
    assert desk.client.post("/alerts/acknowledge", data={"alert": alert_id}).status_code == 403


def test_an_alert_that_is_not_in_the_book_yet_is_said_plainly(desk: Desk) -> None:
    answer = desk.client.post("/alerts/acknowledge", data={"alert": "nobody#1:high_risk"})
    assert answer.status_code == 404
    assert "还没有登记" in answer.text


# -- assigning ---------------------------------------------------------------


def assign(desk: Desk, **values: str) -> tuple[int, dict[str, object]]:
    form = {"case": "board-export:1", "lead": "education", "reason": "改派", "action_id": "a1"}
    answer = desk.client.post("/today/assign", data=form | values, headers=JSON)
    return answer.status_code, answer.json()


def test_assigning_from_the_list_is_in_the_history_at_once(desk: Desk) -> None:
    desk.put(item())
    seq = desk.runner.store.ledger.load(["board-export:1"])["board-export:1"].seq
    assert assign(desk, seen=str(seq)) == (200, {"unit": "县教育体育局"})
    case = desk.runner.store.ledger.load(["board-export:1"])["board-export:1"]
    assert case.unit == "education"
    assert case.history[-2].actor.id == "desk"
    assert assign(desk, seen=str(seq))[0] == 200
    assert desk.runner.store.ledger.load(["board-export:1"])["board-export:1"].seq == case.seq


def test_a_case_that_somebody_else_has_touched_is_not_assigned(desk: Desk) -> None:
    desk.put(item())
    seq = desk.runner.store.ledger.load(["board-export:1"])["board-export:1"].seq
    desk.act("board-export:1", do.Acknowledge(), Role.RESPONDER, "housing")
    status, said = assign(desk, seen=str(seq))
    assert status == 409
    assert "别人办理过这件事项" in str(said)


def test_what_the_decider_refuses_is_said(desk: Desk) -> None:
    desk.put(item())
    status, said = assign(desk, reason="")
    assert status == 409
    assert "请填写改派的理由" in str(said)
    assert assign(desk, case="board-export:9")[0] == 404


def test_only_the_desk_assigns(desk: Desk) -> None:
    desk.put(item())
    for role in (Role.LEADER, Role.ADMIN, Role.REVIEWER):
        client = signed_in(desk.office, role)
        form = {"case": "board-export:1", "lead": "education", "reason": "改派"}
        assert client.post("/today/assign", data=form).status_code == 403


def test_the_leading_unit_of_the_topic_is_suggested(desk: Desk) -> None:
    desk.put(item("1", title="学校乱收费", body="县一中高三补课收费太高，请教育局管一管。"))
    desk.act("board-export:1", do.Assign(lead="housing", reason="试派"))
    ask = do.AskReturn(reason="属教育", suggested_unit="education")
    desk.act("board-export:1", ask, Role.RESPONDER, "housing")
    assert re.search(r'data-suggested="education', desk.page("/"))


def test_a_row_carries_the_next_best_units_of_a_case_that_a_rule_gave_away(desk: Desk) -> None:
    desk.put(
        item("1", title="小区停水三天，物业不管", body="物业公司说不归他们管，再不解决我就跳楼。")
    )
    assert re.search(r'data-suggested="water-company', desk.page("/"))


# -- who sees it -------------------------------------------------------------


def test_everybody_starts_on_his_own_page(desk: Desk) -> None:
    for role, unit, start in (
        (Role.RESPONDER, "housing", "/queue"),
        (Role.REVIEWER, "", "/queue"),
        (Role.LEADER, "", "/"),
        (Role.ADMIN, "", "/"),
    ):
        answer = signed_in(desk.office, role, unit).get("/")
        assert answer.status_code == 200
        assert answer.url.path == start


def test_a_leader_looks_and_does_not_assign(desk: Desk) -> None:
    desk.put(item("gas", **GAS))
    page = signed_in(desk.office, Role.LEADER).get("/").text
    assert "燃气泄漏" in page
    assert 'class="assign"' not in page
    assert "<dialog" not in page


def test_a_danger_to_life_stands_with_its_own_hours_and_not_with_the_date_of_the_reply(
    desk: Desk,
) -> None:
    desk.put(item("gas", received_at=NOW, **GAS))
    listed = text_of(desk.page("/").partition('<tbody id="hand">')[2].partition("</tbody>")[0])
    assert "首次联系剩 1 小时" in listed
    assert "个工作日" not in listed
    head = desk.page("/cases/board-export%3Agas").partition('class="meta">')[2]
    assert "首次联系剩 1 小时" in head.partition("</p>")[0]
    desk.act("board-export:gas", do.LogContact(text="已打通电话"), Role.DESK)
    assert "先期处置剩 2 小时" in text_of(desk.page("/"))
    card = desk.page("/cases/board-export%3Agas").partition('class="clocks"')[2]
    contact = card.partition("首次联系")[2].partition("</li>")[0]
    assert "剩" not in contact
    assert "逾期" not in contact


def test_what_is_due_today_keeps_its_line_before_high_risk_that_has_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "LISTED", 4)
    grave = {"title": "几十名业主联名上访", "body": "我们几十名业主联名上访，要求交房。"}
    old = datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)
    desk.put(*(item(f"grave{n}", received_at=NOW, **grave) for n in range(5)))
    desk.put(item("late", received_at=old), item("later", received_at=old))
    found = hand(desk)
    assert len(found) == 4
    assert {"late", "later"} < set(found)
    assert all(number.startswith("grave") for number in found[:2])


def alerts_of(desk: Desk) -> str:
    return text_of(desk.page("/").partition('id="alerts"')[2].partition("</ul>")[0])


def test_an_alert_of_time_leaves_the_page_with_the_deed(desk: Desk) -> None:
    desk.put(item("gas", received_at=NOW, **GAS))
    late = NOW + timedelta(hours=2, minutes=30)
    desk.runner.clock = desk.office.clock = lambda: late
    desk.runner.sweep()
    desk.runner.pump_all()
    alerts = alerts_of(desk)
    assert "首次联系已逾期" in alerts
    assert "先期处置已逾期" in alerts
    desk.act("board-export:gas", do.LogContact(text="已打通电话"), Role.DESK)
    desk.act("board-export:gas", do.TakeMeasure(text="燃气公司已关阀"), Role.DESK)
    alerts = alerts_of(desk)
    assert "危急来件" in alerts
    assert "首次联系已逾期" not in alerts
    assert "先期处置已逾期" not in alerts
