"""An empty home becomes an office: place, units, each change checked and with a way back."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from msgspec.structs import replace
from starlette.testclient import TestClient

from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Accounts
from desk.ground import production
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import Production
from desk.setup.exports import Exports
from desk.setup.first_account import FirstAccount
from desk.setup.own_source import Chosen
from streams.kafka.errors import LogDown
from tests.desk.case_office import text_of
from tests.desk.clients import MovingClock, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
GOOD = "河边 柳树 三只鸭子"
ELSEWHERE = Production(
    kafka=("127.0.0.1:1",),
    prefix="huiyin",
    partitions=2,
    replication=1,
    kafka_user="",
    kafka_sasl="",
    kafka_ca="",
    elasticsearch="http://127.0.0.1:1",
    elasticsearch_user="",
    elasticsearch_ca="",
    index="huiyin",
)


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


def post(client: TestClient, path: str, status: int = 303, **form: str) -> str:
    answer = client.post(path, data=form, follow_redirects=False)
    assert answer.status_code == status, text_of(answer.text)
    return text_of(answer.text)


def sheet(*rows: tuple[str, ...], title: str = "") -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    lines = [(title,), *rows] if title else rows
    for number, row in enumerate(lines):
        page.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def upload(client: TestClient, data: bytes, status: int = 200, name: str = "单位.xlsx") -> str:
    answer = client.post("/admin/units/list", files={"file": (name, data)})
    assert answer.status_code == status, text_of(answer.text)
    return text_of(answer.text)


def overlay(office: DeskContext, name: str) -> dict[str, object]:
    return tomllib.loads((office.settings.home / "overlay" / name).read_text("utf-8"))


# -- with Kafka ----------------------------------------------------------------


def test_a_change_on_a_page_is_announced_to_the_workers(
    office: DeskContext, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(production, "announce", lambda _settings, number: told.append(number))
    office.use(replace(office.settings, production=ELSEWHERE), office.rules, office.register)
    post(admin, "/admin/office", place="宁都县")
    assert told == [office.settings.configuration.number]


def test_where_kafka_is_down_the_page_says_that_the_change_waits(
    office: DeskContext, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_settings: object, _number: str) -> None:
        raise LogDown("Kafka 连不上。")

    monkeypatch.setattr(production, "announce", down)
    office.use(replace(office.settings, production=ELSEWHERE), office.rules, office.register)
    said = post(admin, "/admin/office", 400, place="宁都县")
    assert "处理进程还没有换上：Kafka 连不上。恢复后请运行 huiyin config reload" in said


# -- forms with a file ----------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/upload", "/site/report"])
def test_a_file_of_another_role_or_too_large_is_refused_unread(
    office: DeskContext, admin: TestClient, path: str
) -> None:
    large = {"content-length": str(1 << 31), "content-type": "multipart/form-data; boundary=x"}
    unit = signed_in(office, Role.RESPONDER, "housing")
    assert unit.post(path, content=b"", headers=large).status_code == 403
    refused = admin.post(path, content=b"", headers=large)
    assert refused.status_code == 413
    assert "文件最大" in text_of(refused.text)


# -- the first account ---------------------------------------------------------


def test_who_has_the_key_makes_the_first_administrator_and_is_signed_in(
    office: DeskContext,
) -> None:
    client = client_of(office)
    assert "凭它建立第一个管理员账号" in text_of(client.get("/login").text)
    form = {"account": "guan", "name": "林某", "new": GOOD, "again": GOOD}
    assert "设置码不对" in post(client, "/setup/first", 400, key="ABCD", **form)
    assert office.get(Accounts).all() == []
    key = office.get(FirstAccount).key.lower().replace("-", " ")
    assert "不一样" in post(client, "/setup/first", 400, key=key, **{**form, "again": "x"})
    answer = client.post("/setup/first", data={"key": key, **form}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert "设置本单位" in client.get("/setup").text
    (made,) = office.get(Accounts).all()
    assert (made.id, made.role, made.must_change) == ("guan", Role.ADMIN, False)


def test_the_key_is_of_no_use_once_there_is_an_account(office: DeskContext) -> None:
    signed_in(office, Role.DESK)
    client = client_of(office)
    key = office.get(FirstAccount).key
    form = {"account": "x1", "name": "某", "new": GOOD, "again": GOOD}
    assert "已经有账号了" in post(client, "/setup/first", 400, key=key, **form)
    answer = client.get("/setup/first", follow_redirects=False)
    assert answer.headers["location"] == "/login"


def test_guessing_the_key_ends_it(office: DeskContext) -> None:
    first = office.get(FirstAccount)
    client = client_of(office)
    form = {"account": "x1", "name": "某", "new": GOOD, "again": GOOD}
    for _ in range(20):
        post(client, "/setup/first", 400, key="AAAA-AAAA-AAAA-AAAA", **form)
    assert "已作废" in post(client, "/setup/first", 400, key=first.key, **form)
    assert office.get(Accounts).all() == []


def test_another_sites_page_makes_no_account(office: DeskContext) -> None:
    client = client_of(office)
    client.headers["origin"] = "https://evil.example"
    form = {"key": office.get(FirstAccount).key, "account": "x1", "name": "某"}
    post(client, "/setup/first", 403, new=GOOD, again=GOOD, **form)
    assert office.get(Accounts).all() == []


# -- the place -----------------------------------------------------------------


def test_the_empty_desk_leads_an_administrator_to_the_set_up(office: DeskContext) -> None:
    assert 'href="/setup"' in signed_in(office, Role.ADMIN).get("/").text
    desk = signed_in(office, Role.DESK)
    assert 'href="/setup"' not in desk.get("/").text
    assert desk.get("/setup").status_code == 403


def test_the_place_is_written_to_the_overlay_and_counts_at_once(
    office: DeskContext, admin: TestClient
) -> None:
    post(admin, "/admin/office", place="宁都县", superior="赣州市", seal="宁都县人民政府办公室")
    assert overlay(office, "office.toml") == {
        "place": "宁都县", "superior": "赣州市", "seal": "宁都县人民政府办公室"
    }  # fmt: skip
    assert office.register.name("housing") == "宁都县住房和城乡建设局"
    assert office.card.sealed_by == "宁都县人民政府办公室"
    assert "宁都县政务舆情" in admin.get("/setup").text
    (step,) = office.trail.search(deed=AuditAction.CONFIGURATION)[1]
    assert (step.who, step.about, step.detail) == ("admin", "office.toml", "本单位：宁都县")


def test_what_is_wrong_is_refused_and_nothing_is_written(
    office: DeskContext, admin: TestClient
) -> None:
    assert "花括号" in post(admin, "/admin/office", 400, place="宁{都}县")
    assert "请填写本地的全称" in post(admin, "/admin/office", 400, place=" ")
    assert "级别应为" in post(admin, "/admin/office", 400, place="宁都县", level="省")
    assert not (office.settings.home / "overlay").exists()


def test_a_change_is_taken_back_once_and_only_the_last_one(
    office: DeskContext, admin: TestClient
) -> None:
    post(admin, "/admin/office", place="宁都县")
    post(admin, "/admin/office", place="兴国县")
    assert "之后又改过" in post(admin, "/admin/changes/1/take-back", 400)
    post(admin, "/admin/changes/2/take-back")
    assert office.card.place == "宁都县"
    said = text_of(admin.get("/admin/changes").text)
    assert "撤回：本单位：兴国县" in said
    assert "admin" in said
    post(admin, "/admin/changes/3/take-back")
    assert office.card.place == "兴国县"
    assert admin.post("/admin/changes/99/take-back").status_code == 404


def test_the_first_change_of_all_is_taken_back_to_no_file(
    office: DeskContext, admin: TestClient
) -> None:
    post(admin, "/admin/office", place="宁都县")
    post(admin, "/admin/changes/1/take-back")
    assert office.card.place == ""
    assert not (office.settings.home / "overlay/office.toml").exists()


def test_what_people_wrote_by_hand_stays(office: DeskContext, admin: TestClient) -> None:
    folder = office.settings.home / "overlay"
    folder.mkdir()
    hand = '# 张三 写\nphone = "0999-1"\n\n[paper.weekly]\nword = "府"\n'
    (folder / "office.toml").write_text(hand, "utf-8")
    post(admin, "/admin/office", place="宁都县", phone="0999-1")
    text = (folder / "office.toml").read_text("utf-8")
    assert text.startswith("# 张三 写\n")
    assert '[paper.weekly]\nword = "府"' in text
    (folder / "office.toml").write_text("place = ", "utf-8")
    assert "不是合法的 TOML" in post(admin, "/admin/office", 400, place="兴国县")


def test_a_fault_that_was_there_before_keeps_nobody_from_the_place(
    office: DeskContext, admin: TestClient
) -> None:
    folder = office.settings.home / "overlay"
    folder.mkdir()
    (folder / "reports.toml").write_text("nonsense = 1\n", "utf-8")
    said = post(admin, "/admin/office", place="宁都县")
    assert overlay(office, "office.toml") == {"place": "宁都县"}, said


# -- units ---------------------------------------------------------------------


@pytest.fixture
def ningdu(office: DeskContext, admin: TestClient) -> TestClient:
    post(admin, "/admin/office", place="宁都县", superior="赣州市")
    return admin


def test_the_list_that_is_downloaded_changes_nothing_when_it_comes_back(
    ningdu: TestClient,
) -> None:
    answer = ningdu.get("/admin/units/list.xlsx")
    assert "filename" in answer.headers["content-disposition"]
    said = upload(ningdu, answer.content)
    assert "新增 0 个，修改 0 个，没有变化" in said


def test_an_own_list_finds_the_units_there_are_and_adds_the_others(
    office: DeskContext, ningdu: TestClient
) -> None:
    said = upload(
        ningdu,
        sheet(
            ("序号", "责任单位", "单位类型", "简称", "联系电话"),
            ("1", "宁都县住建局", "县直部门", "宁都住建", "6832001"),
            ("2", "宁都县梅江镇", "", "", "6832002"),
            ("3", "宁都县水务有限公司", "企事业单位", "水司", ""),
            title="宁都县责任单位一览表",
        ),
    )
    assert "新增 2 个，修改 1 个" in said
    housing = office.register.get("housing")
    assert (housing.name, housing.contact) == ("宁都县住房和城乡建设局", "6832001")
    assert {"宁都住建", "宁都县住建局"} <= {*housing.aliases}
    assert "城乡建设" in housing.topics
    town = office.register.by_name("梅江镇")
    assert town is not None
    assert town.places == ("梅江镇",)
    assert town.kind.value == "乡镇街道"
    firm = office.register.by_name("水司")
    assert firm is not None
    assert firm.kind.value == "公共企事业"
    again = sheet(("单位名称",), ("宁都县住建局",), ("宁都县梅江镇",), ("水司",))
    assert "没有变化 3 个" in upload(ningdu, again)
    post(ningdu, "/admin/changes/2/take-back")
    assert office.register.by_name("梅江镇") is None


def test_a_unit_is_renamed_by_its_number_or_by_a_name_as_full_as_before(
    office: DeskContext, ningdu: TestClient
) -> None:
    rows = (("编号", "单位名称"), ("housing", "宁都县住建局"), ("", "宁都县信访工作局"))
    upload(ningdu, sheet(*rows))
    assert office.register.name("housing") == "宁都县住建局"
    assert office.register.by_name("宁都县信访工作局") is not None


def test_a_name_goes_to_the_unit_that_the_list_gives_it_to(
    office: DeskContext, ningdu: TestClient
) -> None:
    before = office.register.by_name("房管局")
    assert before is not None
    assert before.id == "housing"
    rows = (("单位名称", "别名"), ("宁都县住房和城乡建设局", ""), ("宁都县房产服务中心", "房管局"))
    upload(ningdu, sheet(*rows))
    now = office.register.by_name("房管局")
    assert now is not None
    assert now.name == "宁都县房产服务中心"
    assert "房管局" not in office.register.get("housing").aliases


def test_every_wrong_row_is_told_and_nothing_is_taken(
    office: DeskContext, ningdu: TestClient
) -> None:
    said = upload(
        ningdu,
        sheet(
            ("编号", "单位名称", "类别", "停用"),
            ("", "甲", "", ""),
            ("", "宁都县甲局", "衙门", ""),
            ("一号", "宁都县乙局", "", ""),
            ("", "宁都县丙局", "", ""),
            ("", "宁都县丙局", "", ""),
            ("", "宁都县丁局", "", "是"),
            ("", "合计", "", ""),
            ("", "备注：以上共四个", "", ""),
        ),
        400,
    )
    for text in (
        "第 2 行：单位名称和别名应有两个字以上、没有花括号，实际是“甲”",
        "第 3 行：类别应为部门、乡镇街道、县市区、驻区单位、公共企事业之一，实际是“衙门”",
        "第 4 行：编号应由小写字母",
        "第 6 行：“宁都县丙局”在工作表 Sheet1 第 5 行已有",
        "第 7 行：“宁都县丁局”不在现有单位里，不用停用",
        "第 8 行：“合计”不是单位名称",
        "第 9 行：“备注：以上共四个”不是单位名称",
    ):
        assert text in said, said
    assert not (office.settings.home / "overlay" / "units.toml").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空文件"),
        (b"%PDF-1.4 x", "实际是"),
        (sheet(("姓名", "电话"), ("甲", "1")), "应有一行表头，其中有“单位名称”列"),
        (sheet(("单位名称",)), "应有一行表头"),
    ],
)
def test_what_is_no_list_is_told(ningdu: TestClient, data: bytes, said: str) -> None:
    assert said in upload(ningdu, data, 400)
    assert "请先选择文件" in post(ningdu, "/admin/units/list", 400)


def test_a_unit_is_switched_off_with_what_is_routed_to_it(
    office: DeskContext, ningdu: TestClient
) -> None:
    rows = (("编号", "单位名称", "停用"), ("housing-fund", "住房公积金管理中心", "是"))
    assert "停用 1 个" in upload(ningdu, sheet(*rows))
    assert "housing-fund" not in office.register
    rows = (("编号", "单位名称", "停用"), ("duty-desk", "值班台", "是"))
    assert "default" in upload(ningdu, sheet(*rows), 400)
    assert "duty-desk" in office.register


def test_a_unit_with_cases_or_accounts_goes_neither_by_a_list_nor_by_taking_the_list_back(
    office: DeskContext, ningdu: TestClient
) -> None:
    upload(ningdu, sheet(("编号", "单位名称"), ("folk-centre", "宁都县客家文化中心")))
    off = sheet(("编号", "单位名称", "停用"), ("folk-centre", "宁都县客家文化中心", "是"))
    back = "/admin/changes/2/take-back"
    signed_in(office, Role.RESPONDER, "folk-centre")
    assert "“宁都县客家文化中心”有账号 responder-folk-centre，不能停用" in upload(ningdu, off, 400)
    assert "“宁都县客家文化中心”有账号 responder-folk-centre，不能去掉" in post(ningdu, back, 400)
    person = office.get(Accounts).get("responder-folk-centre")
    assert person is not None
    office.get(Accounts).change(replace(person, disabled=True))
    rows = "工单编号,受理时间,诉求标题,市民诉求,承办单位\n"
    rows += "G1,2026-11-20 09:00:00,几点开门,想问一下他们那里周末几点开门。,宁都县客家文化中心\n"
    doer = Doer(actor=Actor("admin", Role.ADMIN, name="林某"))
    exports = office.get(Exports)
    token = exports.put(doer, io.BytesIO(rows.encode()), "工单.csv").token
    exports.take(doer, token, Chosen(source="hotline-export"))
    exports.wait()
    assert "“宁都县客家文化中心”名下已有事项，不能停用" in upload(ningdu, off, 400)
    assert "“宁都县客家文化中心”名下已有事项，不能去掉" in post(ningdu, back, 400)
    assert "folk-centre" in office.register


def test_only_an_administrator_changes_who_the_office_is(office: DeskContext) -> None:
    desk = signed_in(office, Role.DESK)
    for path in ("/admin/office", "/admin/changes", "/admin/units/list", "/admin/units/list.xlsx"):
        assert desk.get(path).status_code == 403, path
    post(desk, "/admin/office", 403, place="宁都县")
    post(desk, "/admin/changes/1/take-back", 403)
    assert desk.post("/admin/units/list", files={"file": ("a.csv", b"x")}).status_code == 403
