"""Rows and settings changed on a page: checked, tried, written into the overlay, taken back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.configuration import AT_ONCE
from desk.ground.context import DeskContext
from desk.tables import service
from desk.tables.sheets import SHEETS
from tests.desk.case_office import text_of
from tests.desk.clients import MovingClock, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


def own(office: DeskContext, name: str) -> dict[str, Any]:
    path = office.settings.home / "overlay" / name
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def form_of(client: TestClient, path: str) -> dict[str, str]:
    """What the form holds as it is opened."""
    page = client.get(path).text
    found = dict(re.findall(r'<input[^>]* name="([\w.]+)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="([\w.]+)"[^>]*>([^<]*)</textarea>', page))
    for name, inner in re.findall(r'<select[^>]* name="([\w.]+)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    found.pop("q", None)
    return {name: unescape(value) for name, value in found.items()}


def put(client: TestClient, sheet: str, row: str = "", status: int = 303, /, **changes: str) -> str:
    """Opens the form, fills in what is to be different, presses."""
    how = changes.pop("press", "save")
    at = f"/admin/tables/{sheet}/row" if SHEETS[sheet].has_rows else f"/admin/tables/{sheet}"
    form = form_of(client, f"{at}?{urlencode({'id': row})}") | {
        key.replace("__", "."): value for key, value in changes.items()
    }
    answer = client.post(
        f"/admin/tables/{sheet}/row", data=form | {"press": how}, follow_redirects=False
    )
    assert answer.status_code == status, text_of(answer.text)
    return answer.headers["location"] if status == 303 else text_of(answer.text)


def press(client: TestClient, path: str, status: int = 303, /, **form: str) -> str:
    answer = client.post(path, data=form, follow_redirects=False)
    assert answer.status_code == status, text_of(answer.text)
    return text_of(answer.text)


# -- who, and what there is ------------------------------------------------------


@pytest.mark.parametrize("role", [Role.DESK, Role.LEADER, Role.REVIEWER])
def test_only_an_administrator_opens_and_changes_them(office: DeskContext, role: Role) -> None:
    client = signed_in(office, role)
    for path in ("", "/clocks", "/clocks/row?id=reply", "/hours"):
        assert client.get(f"/admin/tables{path}").status_code == 403
    for press_ in ("row", "switch", "restore"):
        press(client, f"/admin/tables/clocks/{press_}", 403, id="reply")


def test_every_table_opens_with_all_its_rows(office: DeskContext, admin: TestClient) -> None:
    first = admin.get("/admin/tables").text
    for sheet in SHEETS.values():
        assert f'href="/admin/tables/{sheet.name}"' in first
        page = admin.get(f"/admin/tables/{sheet.name}")
        assert page.status_code == 200
        assert sheet.title in page.text
    rows = office.settings.configuration.rows("deadlines.toml", "clock")
    clocks = admin.get("/admin/tables/clocks").text
    assert all(f"row?id={row.id}" in clocks for row in rows)
    assert clocks.count("已停用") == sum(row.disabled for row in rows) > 0
    assert admin.get("/admin/tables/nothing").status_code == 404
    assert admin.get("/admin/tables/clocks/row?id=nothing").status_code == 404


# -- a row -----------------------------------------------------------------------


def test_a_change_is_written_as_what_is_different_and_counts_at_once(
    office: DeskContext, admin: TestClient
) -> None:
    where = put(admin, "clocks", "reply", working_days="4", source="县政府办〔2027〕1号")
    assert own(office, "deadlines.toml") == {
        "clock": [{"id": "reply", "working_days": 4, "source": "县政府办〔2027〕1号"}]
    }
    assert office.rules.policy.rule("reply").amount == 4
    said = text_of(admin.get(where).text)
    assert "已保存，现在起生效。" in said
    assert "本地 deadlines.toml 第 1 行" in said
    (step,) = office.trail.search(deed=AuditAction.CONFIGURATION)[1]
    assert step.who == "admin"
    assert step.detail.startswith("时限：答复：工作日由“5”改为“4”；依据由“宁府办字")
    assert "随程序带的：5" in text_of(admin.get("/admin/tables/clocks/row?id=reply").text)

    press(admin, "/admin/changes/1/take-back")  # the button of the page
    assert own(office, "deadlines.toml") == {}
    assert office.rules.policy.rule("reply").amount == 5


def test_back_to_what_is_shipped_leaves_nothing_in_the_overlay(
    office: DeskContext, admin: TestClient
) -> None:
    put(admin, "clocks", "reply", working_days="4")
    put(admin, "clocks", "reply", working_days="5")
    assert own(office, "deadlines.toml") == {}
    assert put(admin, "clocks", "reply").endswith("done=0")
    put(admin, "clocks", "reply", working_days="4", label="正式答复")
    press(admin, "/admin/tables/clocks/restore", id="reply")
    assert own(office, "deadlines.toml") == {}
    assert office.rules.policy.rule("reply").label == "答复"


def test_words_of_a_row_that_the_file_says_in_its_own_way_stay(
    office: DeskContext, admin: TestClient
) -> None:
    folder = office.settings.home / "overlay"
    folder.mkdir()
    text = '# 本县的\n[[unit]]\nid = "housing"\naliases = ["{short}房管"] # 旧称\n'
    (folder / "units.toml").write_text(text, "utf-8")
    put(admin, "units", "housing", contact="0999-1234567")
    (row,) = own(office, "units.toml")["unit"]
    assert row == {"id": "housing", "aliases": ["{short}房管"], "contact": "0999-1234567"}
    assert "# 本县的" in (folder / "units.toml").read_text("utf-8")


def test_a_condition_is_written_beside_the_others(office: DeskContext, admin: TestClient) -> None:
    put(admin, "clocks", "reply", when__channel="县长信箱、问政平台")
    (row,) = own(office, "deadlines.toml")["clock"]
    assert row == {"id": "reply", "when": {"channel": ["县长信箱", "问政平台"]}}
    when = office.rules.policy.rule("reply").when
    assert set(when.channel or ()) == {"县长信箱", "问政平台"}
    assert when.disclosure is False, "as it is shipped"
    put(admin, "clocks", "reply", when__channel="")
    assert own(office, "deadlines.toml") == {}


def test_a_new_row_stands_where_it_is_put(office: DeskContext, admin: TestClient) -> None:
    put(
        admin, "clocks", label="答复", name="reply", working_days="10", source="本县办法",
        when__kind="建言", when__disclosure="否", before="reply",
    )  # fmt: skip
    (row,) = own(office, "deadlines.toml")["clock"]
    assert (row["id"], row["new"], row["before"]) == ("clock-1", True, "reply")
    ids = [rule.id for rule in office.rules.policy.rules]
    assert ids.index("clock-1") == ids.index("reply") - 1
    put(admin, "clocks", "clock-1", working_days="8")
    assert office.rules.policy.rule("clock-1").amount == 8
    put(admin, "clocks", label="签收", name="acknowledge", hours="2", source="本县办法")
    assert [row["id"] for row in own(office, "deadlines.toml")["clock"]] == [
        "clock-1",
        "clock-2",
    ]
    press(admin, "/admin/tables/clocks/restore", id="clock-2")
    assert "clock-2" not in [rule.id for rule in office.rules.policy.rules]


def test_a_copy_begins_with_what_the_other_row_has(admin: TestClient) -> None:
    form = form_of(admin, "/admin/tables/clocks/row?from=reply")
    assert (form["id"], form["label"], form["working_days"]) == ("", "答复", "5")
    assert form["when.disclosure"] == "否"


@pytest.mark.parametrize("row", ["reply", "petition"])
def test_a_row_is_switched_off_and_on(office: DeskContext, admin: TestClient, row: str) -> None:
    asleep = row == "petition"

    def counts() -> bool:
        return row in [rule.id for rule in office.rules.policy.rules]

    assert counts() is not asleep
    for on in (asleep, not asleep):
        press(admin, "/admin/tables/clocks/switch", id=row, on="1" if on else "")
        assert counts() is on
    assert own(office, "deadlines.toml") == {}


def test_the_directory_and_words_of_a_unit(office: DeskContext, admin: TestClient) -> None:
    put(admin, "directory", item="湖区", words="湖边垃圾、蓝藻", unit="housing")
    put(admin, "rulings", item="校车", words="校车、停车", unit="education", basis="会议决定",
        decided_on="2026-11-20", decided_by="县政府办")  # fmt: skip
    put(admin, "routing", order="派单目录、文中点名的单位", place_role="主办")
    written = own(office, "units.toml")
    assert written["event"] == [
        {"id": "event-1", "new": True, "item": "湖区", "words": ["湖边垃圾", "蓝藻"],
         "unit": "housing"}
    ]  # fmt: skip
    assert written["routing"] == {"order": ["event", "named_in_text"], "place_role": "lead"}
    page = text_of(admin.get("/admin/tables/directory?local=1").text)
    assert "湖区" in page
    assert "物价和金融" not in page
    assert "湖边垃圾" in text_of(admin.get("/admin/tables/directory?q=蓝藻").text)


def test_columns_watches_and_heads_of_papers(office: DeskContext, admin: TestClient) -> None:
    put(admin, "ledger", "risk", header="风险提示")
    put(admin, "ledger", "channel", before="case_id")
    press(admin, "/admin/tables/ledger/switch", id="sentiment")
    put(admin, "watches", title="校外培训", words="培训班、退费", field="专题")
    put(admin, "paper-weekly", issuer="某县人民政府办公室", seal="某县政府办")
    where = put(admin, "letterhead", to="县委、县政府")
    assert "已保存，现在起生效" in text_of(admin.get(where).text)
    assert "校外培训" in text_of(admin.get("/watches").text), "at once"
    assert own(office, "ledger.toml")["column"] == [
        {"key": "risk", "header": "风险提示"},
        {"key": "channel", "before": "case_id"},
        {"key": "sentiment", "disabled": True},
    ]
    assert own(office, "watches.toml")["watch"] == [
        {"title": "校外培训", "new": True, "words": ["培训班", "退费"], "field": "专题"}
    ]
    assert own(office, "office.toml") == {
        "paper": {"weekly": {"issuer": "某县人民政府办公室", "seal": "某县政府办"}}
    }
    assert office.card.paper["weekly"].seal == "某县政府办"
    put(admin, "paper-weekly", issuer="", seal="")
    assert own(office, "office.toml") == {}
    assert own(office, "reports.toml") == {"letterhead": {"to": "县委、县政府"}}


def test_the_columns_of_sites_are_kept_on_pages(office: DeskContext, admin: TestClient) -> None:
    put(admin, "site-watch", hosts="www.example.gov.cn、m.example.gov.cn", check_hour="8")
    put(admin, "cycle-news", title="每五天至少更新 1 次", days="5")
    column = {
        "name": "yaowen", "title": "要闻", "url": "https://www.example.gov.cn/yaowen/",
        "cycle": "每五天至少更新 1 次（news）", "unit": "县住房和城乡建设局",
        "reader__rows": "ul.list li", "reader__dates": "span.date",
    }  # fmt: skip
    said = put(admin, "site-columns", "", 400, **(column | {"url": "www.example.gov.cn"}))
    assert "网址应以 http:// 或 https:// 开头" in said
    assert "column" not in own(office, "columns.toml")
    said = put(admin, "site-columns", "", 400, **(column | {"cycle": "每年一次"}))
    assert "每年一次" in said
    put(admin, "site-columns", **column)
    assert own(office, "columns.toml") == {
        "hosts": ["www.example.gov.cn", "m.example.gov.cn"],
        "check_hour": 8,
        "cycle": {"news": {"title": "每五天至少更新 1 次", "days": 5}},
        "column": [
            {
                "name": "yaowen", "new": True, "title": "要闻", "unit": "housing",
                "url": "https://www.example.gov.cn/yaowen/", "cycle": "news",
                "reader": {"rows": "ul.list li", "dates": "span.date"},
            }
        ],
    }  # fmt: skip
    # It counts at once: for the page, and for the loop that looks.
    table = wiring.build_columns(office.settings)
    assert (table.hosts[0], table.check_hour, table.cycle["news"].days) == (
        "www.example.gov.cn", 8, 5,
    )  # fmt: skip
    assert [one.title for one in table.column] == ["要闻"]
    press(admin, "/admin/tables/site-columns/switch", id="yaowen")
    assert wiring.build_columns(office.settings).column == ()
    press(admin, "/admin/tables/site-columns/restore", id="yaowen")
    assert "column" not in own(office, "columns.toml")


def test_no_table_of_the_pages_waits_for_the_next_start() -> None:
    files = {sheet.file for sheet in SHEETS.values()}
    assert files - AT_ONCE == {"office.toml"}, "of which only the heads of papers are a page here"
    assert {sheet.path[0] for sheet in SHEETS.values() if sheet.file == "office.toml"} == {"paper"}


# -- what is refused -------------------------------------------------------------


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    office: DeskContext, admin: TestClient
) -> None:
    said = put(admin, "clocks", "reply", 400, working_days="五")
    assert "应为整数，如 5，实际是“五”" in said
    assert "请看标出的各项" in said
    said = put(admin, "clocks", "reply", 400, days="5")
    assert "必须且只能写一个" in said
    said = put(admin, "clocks", "reply", 400, working_days="")
    assert "不能清空" in said
    said = put(admin, "clocks", "reply", 400, working_days="5000")
    assert "不大于 1000" in said
    said = put(admin, "directory", "", 400, item="湖区", words="湖", unit="housing")
    assert "两个字以上" in said
    said = put(admin, "directory", "", 400, item="湖区")
    assert said.count("请填写。") == 2
    said = put(admin, "watches", "营商环境", 400, title="别的")
    assert "不能改" in said
    said = put(admin, "hours", "", 400, day_end="下班")
    assert "应为时间（如 08:30）" in said
    assert not (office.settings.home / "overlay").exists()


def test_a_name_of_another_unit_is_refused_beside_the_aliases(admin: TestClient) -> None:
    page = admin.get("/admin/tables/units/row?id=housing").text
    form = form_of(admin, "/admin/tables/units/row?id=housing")
    assert SEEN.search(page)
    answer = admin.post(
        "/admin/tables/units/row", data=form | {"press": "save", "aliases": "住建局、公安局"}
    )
    assert answer.status_code == 400
    beside = re.search(r'name="aliases".*?</div>', answer.text, re.DOTALL)
    assert beside
    assert "只属于一个单位的名称和别名" in beside[0]
    assert "住建局、公安局" in answer.text, "what was filled in stays"


def test_a_unit_with_accounts_is_not_switched_off(office: DeskContext, admin: TestClient) -> None:
    signed_in(office, Role.RESPONDER, "meteorology")
    said = press(admin, "/admin/tables/units/switch", 400, id="meteorology")
    assert "有账号 responder-meteorology，不能去掉" in said
    assert not (office.settings.home / "overlay").exists()


def test_who_began_before_another_change_is_told(office: DeskContext, admin: TestClient) -> None:
    form = form_of(admin, "/admin/tables/clocks/row?id=reply")
    put(admin, "clocks", "reply", working_days="4")
    stale = form | {"working_days": "3", "press": "save"}
    answer = admin.post("/admin/tables/clocks/row", data=stale)
    assert answer.status_code == 400
    assert "又改过了，没有保存" in text_of(answer.text)
    assert office.rules.policy.rule("reply").amount == 4


# -- files that are wrong --------------------------------------------------------


def test_a_wrong_file_is_said_and_what_was_read_before_stays(
    office: DeskContext, admin: TestClient
) -> None:
    put(admin, "clocks", "reply", working_days="4")
    path = office.settings.home / "overlay" / "deadlines.toml"
    good = path.read_text("utf-8")
    path.write_text(good + "[[clock\n", "utf-8")
    page = admin.get("/admin/tables/clocks")
    assert page.status_code == 200
    said = text_of(page.text)
    assert "这个文件读不了" in said
    assert "不是合法的 TOML" in said
    assert "新增一行" not in said
    assert form_of(admin, "/admin/tables/clocks/row?id=reply")["working_days"] == "4"
    assert "先不能在页面上改" in put(admin, "clocks", "reply", 400, working_days="3")
    assert office.rules.policy.rule("reply").amount == 4
    assert "不是合法的 TOML" in text_of(admin.get("/admin/tables").text)

    path.write_text(good.replace("working_days = 4", "working_days = 0"), "utf-8")
    said = text_of(admin.get("/admin/tables/clocks").text)
    assert "还没有换上" in said
    assert "应为不小于 1" in said
    assert office.rules.policy.rule("reply").amount == 4


def test_what_the_file_says_is_what_the_page_shows(office: DeskContext, admin: TestClient) -> None:
    folder = office.settings.home / "overlay"
    folder.mkdir()
    (folder / "deadlines.toml").write_text('[[clock]]\nid = "reply"\nworking_days = 6\n', "utf-8")
    assert form_of(admin, "/admin/tables/clocks/row?id=reply")["working_days"] == "6"
    put(admin, "clocks", "reply", label="正式答复")
    rule = office.rules.policy.rule("reply")
    assert (rule.amount, rule.label) == (6, "正式答复")


@pytest.mark.parametrize("made", ["settings_edit", "row_edit", "switch_edit", "restore_edit"])
def test_what_is_written_while_a_change_is_made_ready_is_not_written_over(
    office: DeskContext, admin: TestClient, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    put(admin, "clocks", "reply", source="县规〔2026〕3 号第五条")
    path = office.settings.home / "overlay/deadlines.toml"
    by_hand = path.read_text("utf-8") + "\n[office]\nday_end = 17:00:00\n"
    make = getattr(service, made)

    def meanwhile(*args: object, **named: object) -> object:
        path.write_text(by_hand, "utf-8")
        return make(*args, **named)

    monkeypatch.setattr(service, made, meanwhile)
    match made:
        case "settings_edit":
            said = put(admin, "hours", "", 400, day_end="18:00")
        case "row_edit":
            said = put(admin, "clocks", "reply", 400, source="另一条")
        case "switch_edit":
            said = press(admin, "/admin/tables/clocks/switch", 400, id="reply")
        case _:
            said = press(admin, "/admin/tables/clocks/restore", 400, id="reply")
    assert "又改过了，没有保存" in said
    assert path.read_text("utf-8") == by_hand
