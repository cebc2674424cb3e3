"""A stranger's export comes in through the browser: looked at, described, tried, taken."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.record.case import State
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.ground.context import DeskContext
from desk.ground.machine_clock import machine_time
from desk.setup.exports import Exports
from desk.setup.fields import FIELD_WORDS
from sinks.ledger.base import Query
from streams.sources.tables.header_map import FIELDS
from tests.desk.case_office import text_of
from tests.desk.clients import MovingClock, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
HEAD = "序号,信件号码,来信日期,信件概述,反映情况,写信人手机,身份证号码,办理答复"
LETTERS = f"""{HEAD}
1,XF1,2026-03-02 08:30:00,路灯不亮,锦绣花园门口的路灯坏了很久，晚上看不见路。,13900012345,36220119900101123X,已修好。
2,XF2,2026-11-20 09:00:00,噪声扰民,楼下的饭店每天营业到半夜，吵得孩子没法睡。,13900012346,36220119900101123X,
3,XF3,昨天,没有日期,这一行的来信日期读不出来，不能收进来办理。,13900012347,36220119900101123X,
"""
HOTLINE = "工单编号,受理时间,诉求标题,市民诉求\nG1,2026-11-20 09:00:00,路灯不亮,门口的路灯坏了。\n"


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


def upload(client: TestClient, text: str | bytes, name: str = "来信.csv") -> str:
    """The address of the page that describes it."""
    data = text.encode() if isinstance(text, str) else text
    answer = client.post("/admin/upload", files={"file": (name, data)}, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


def fields(page: str) -> dict[str, str]:
    """What the page has chosen for each column."""
    return {
        number: (re.search(r'value="([^"]*)" selected', options) or ["", ""])[1]
        for number, options in re.findall(r'name="field-(\d+)".*?>(.*?)</select>', page, re.DOTALL)
    }


def choice(page: str, **more: str) -> dict[str, str]:
    chosen = {f"field-{number}": field for number, field in fields(page).items()}
    return {**chosen, "source": "", "channel": "县长信箱", **more}


def wait(office: DeskContext) -> None:
    office.get(Exports).wait()


def test_a_strangers_export_is_on_the_screen_without_an_editor(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    page = admin.get(there).text
    assert list(fields(page).values()) == [
        "-", "id", "received_at", "title", "body", "phone", "-", "reply"
    ]  # fmt: skip
    assert "13900012345" not in page
    assert "139****2345" in page
    said = text_of(admin.post(there, data=choice(page, do="look")).text)
    assert "其中 1 件是 60 天以前收到的" in said
    assert "前 3 行，读得出来件的 2 行" in said
    assert "来信日期" in said
    assert "XF2" in said
    with office.readers.reader() as store:
        assert store.ledger.counts(NOW, ()).total == 0
    answer = admin.post(there, data=choice(page, do="take"), follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    wait(office)
    said = text_of(admin.get(there).text)
    assert "导入完成：读到 3 条，新事项 2，新版本 0，未变化 0，死信 1" in said
    with office.readers.reader() as store:
        case = store.ledger.load(["mailbox-1:XF1"])["mailbox-1:XF1"]
    assert (case.item.title, case.item.phone) == ("路灯不亮", "13900012345")
    assert "36220119900101123X" not in str(case)


def test_the_columns_are_kept_as_a_source_that_knows_the_next_export(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    admin.post(there, data=choice(admin.get(there).text, do="take"))
    wait(office)
    written = tomllib.loads((office.settings.home / "overlay/sources.toml").read_text("utf-8"))
    assert written["source"]["mailbox-1"]["options"]["columns"]["id"] == ["信件号码"]
    assert "mailbox-1" in admin.get("/admin/sources").text
    there = upload(
        admin, f"{HEAD}\n4,XF4,2026-11-21,新的一件,这一件是后来才写来的，路面有坑。,,,\n"
    )
    page = admin.get(there).text
    assert 'value="mailbox-1" checked' in page
    admin.post(there, data={"source": "mailbox-1", "do": "take"})
    wait(office)
    said = text_of(admin.get(there).text)
    assert "新事项 1" in said
    assert "文件原件（连同“不存”的列）留在数据文件夹的 uploads/done" in said
    original = list((office.settings.home / "uploads" / "done").iterdir())
    assert len(original) == 2


def test_an_export_of_a_known_system_needs_no_columns(
    office: DeskContext, admin: TestClient
) -> None:
    page = admin.get(upload(admin, HOTLINE)).text
    assert 'value="hotline-export" checked' in page


@pytest.mark.parametrize(
    ("history", "states"),
    [
        ({"history": "all"}, {State.ARCHIVED}),
        ({"history": "before", "before": "2026-06-01"}, {State.ARCHIVED, State.ASSIGNED}),
    ],
)
def test_what_was_done_with_before_comes_in_as_history(
    office: DeskContext, admin: TestClient, history: dict[str, str], states: set[State]
) -> None:
    there = upload(admin, LETTERS)
    admin.post(there, data=choice(admin.get(there).text, do="take", **history))
    wait(office)
    with office.readers.reader() as store:
        found = store.ledger.search(Query(limit=9)).cases
    assert {case.state for case in found} == states
    assert len(found) == 2


def test_the_line_of_history_stays_where_something_else_was_wrong(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    form = choice(admin.get(there).text, channel="", history="before", before="2026-06-01")
    said = admin.post(there, data=form).text
    assert 'name="history" value="before" checked' in said
    assert 'name="before" value="2026-06-01"' in said
    said = admin.post(there, data={**form, "before": "2026-02-30"}).text
    assert "请填写从哪一天起照常办理" in said
    assert 'name="history" value="before" checked' in said
    said = admin.post(there, data={**form, "channel": "县长信箱"}).text
    assert "其中 1 件按历史数据收下" in text_of(said)
    assert "60 天以前" not in text_of(said)


def test_the_line_that_stands_in_the_table_of_a_source_counts_for_an_upload(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    admin.post(there, data=choice(admin.get(there).text, do="take", history="all"))
    wait(office)
    table = office.settings.home / "overlay/sources.toml"
    said = table.read_text("utf-8")
    table.write_text(
        said.replace("[source.mailbox-1]", "[source.mailbox-1]\narchive_before = 2026-11-01"),
        "utf-8",
    )
    office.reload()
    rows = "5,XF5,2026-10-01,旧的一件,这一件是去年的老事，早就办完了。,,,\n"
    rows += "6,XF6,2026-11-21,新的一件,这一件是后来才写来的，路面有坑。,,,\n"
    there = upload(admin, f"{HEAD}\n{rows}")
    form = {"source": "mailbox-1", "history": ""}
    assert "其中 1 件按历史数据收下" in text_of(admin.post(there, data=form).text)
    admin.post(there, data={**form, "do": "take"})
    wait(office)
    with office.readers.reader() as store:
        found = store.ledger.search(Query(limit=9)).cases
    still_open = {case.case_id: case.open for case in found}
    assert not still_open["mailbox-1:XF5"]
    assert still_open["mailbox-1:XF6"]


def test_the_name_of_a_source_that_was_taken_back_is_not_given_again(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    admin.post(there, data=choice(admin.get(there).text, do="take"))
    wait(office)
    admin.post("/admin/changes/1/take-back")
    assert "mailbox-1" not in office.get(Exports).sources()
    there = upload(
        admin, f"{HEAD}\n4,XF1,2026-11-21,别的系统,另一个系统的编号也是从一数起的。,,,\n"
    )
    admin.post(there, data=choice(admin.get(there).text, do="take"))
    wait(office)
    with office.readers.reader() as store:
        assert store.intake_counts()["mailbox-2"].new == 1


def test_an_upload_that_breaks_off_is_kept_with_what_to_do(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    form = choice(admin.get(there).text, do="take")
    office.get(Exports).close()
    admin.post(there, data=form)
    wait(office)
    assert "回音停止了，没有导入完。请重新上传" in text_of(admin.get(there).text)
    names = sorted((office.settings.home / "uploads" / "failed").iterdir())
    assert len(names) == 2
    said = names[1].read_text("utf-8-sig")
    assert "请在 管理 → 来源 里重新上传；已收下的内容不会重复" in said
    assert "上一级文件夹" not in said


def test_a_file_that_nobody_describes_is_gone_after_a_day(
    office: DeskContext, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = upload(admin, LETTERS)
    folder = office.settings.home / "uploads" / there.rpartition("/")[2]
    upload(admin, HOTLINE)
    assert folder.is_dir()
    later = machine_time() + timedelta(hours=25)
    monkeypatch.setattr("desk.setup.exports.machine_time", lambda: later)
    upload(admin, HOTLINE)
    assert not folder.exists()
    assert "请重新上传" in admin.get(there).text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"channel": " "}, "请写明来自哪个渠道"),
        ({"field-1": ""}, "还没有指明哪一列是编号"),
        ({"field-2": "-"}, "还没有指明哪一列是受理时间"),
        ({"field-3": "", "field-4": ""}, "还没有指明哪一列是标题或正文"),
        ({"field-2": "title", "field-3": "received_at"}, "没有一行读得出来件"),
        ({"history": "before"}, "请填写从哪一天起照常办理"),
        ({"source": "liuyan"}, "没有读文件的来源 liuyan"),
    ],
)
def test_what_makes_no_messages_is_told_and_nothing_is_kept(
    office: DeskContext, admin: TestClient, more: dict[str, str], said: str
) -> None:
    there = upload(admin, LETTERS)
    answer = admin.post(there, data=choice(admin.get(there).text, do="take", **more))
    assert answer.status_code == 400
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    assert found is not None
    assert said in found[1]
    assert not (office.settings.home / "overlay").exists()
    with office.readers.reader() as store:
        assert store.intake_counts() == {}


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "空文件"), (b"%PDF-1.4 x", "PDF"), ("你好\n".encode(), "一行表头")]
)
def test_what_is_no_export_is_told(
    office: DeskContext, admin: TestClient, data: bytes, said: str
) -> None:
    answer = admin.post("/admin/upload", files={"file": ("../../a.csv", data)})
    assert answer.status_code == 400
    assert said in text_of(answer.text)
    assert list((office.settings.home / "uploads").iterdir()) == []


def test_a_file_that_is_taken_in_is_not_taken_in_again(
    office: DeskContext, admin: TestClient
) -> None:
    there = upload(admin, LETTERS)
    form = choice(admin.get(there).text, do="take")
    admin.post(there, data=form)
    wait(office)
    assert admin.post(there, data=form).status_code in (400, 200)
    with office.readers.reader() as store:
        assert store.intake_counts()["mailbox-1"].read == 3
    assert admin.get("/admin/upload/nothing").status_code == 404


def test_only_an_administrator_uploads(office: DeskContext, admin: TestClient) -> None:
    there = upload(admin, LETTERS)
    desk = signed_in(office, Role.DESK)
    for path in ("/admin/upload", there):
        assert desk.get(path).status_code == 403
    assert desk.post("/admin/upload", files={"file": ("a.csv", b"x")}).status_code == 403
    assert desk.post(there, data={"do": "take"}).status_code == 403


def test_every_field_of_a_message_can_be_chosen() -> None:
    assert set(FIELD_WORDS) == set(FIELDS)
