"""处理活动记录: what the configuration does is in it, and what people add stays."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from cases.words.actors import Actor, Role
from desk.accounts.tokens import Scope, Tokens
from desk.alerts.people_told import PeopleTold, Way
from desk.annual_review.service import AnnualReviews
from desk.app import cli
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.processing.activities import activities, kept_of
from desk.processing.facts import Expiry, Facts, facts_of
from desk.processing.service import ProcessingRegister
from tests.desk.accounts.test_accounts import NOW
from tests.desk.clients import MovingClock, office_of, signed_in
from tests.desk.exchange.test_sender import KAFKA

BOSS = Actor(id="boss", role=Role.ADMIN)
TABLES = {
    "sources.toml": """
[source.hotline]
enabled = true
[source.hotline-export]
archive_before = 2026-01-01
[source.liuyan-export]
disabled = true
""",
    "delivery.toml": """
[delivery.hotline-back]
enabled = true
[delivery.hotline-back.options]
url = "https://hotline.example.gov.cn/api/handle?key=GEHEIM"
""",
    "platform.toml": "[platform.city]\nenabled = true\n",
    "alerts.toml": "[channel.duty-robot]\nenabled = true\n[channel.duty-sms]\nenabled = true\n",
    "office.toml": 'open311 = true\nsecond_factor = ["leader"]\n',
    "retention.toml": """
enabled = true
[[retention]]
id = "hotline"
new = true
channel = "12345热线"
kind = "咨询"
years = 5
source = "保管期限表"
""",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    overlay = tmp_path / "home" / "overlay"
    overlay.mkdir(parents=True)
    for name, text in TABLES.items():
        (overlay / name).write_text(text, "utf-8")
    return tmp_path / "home"


@pytest.fixture
def office(home: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(
        home, root / "config", MovingClock(NOW), HUIYIN_BACKUP=str(home.parent / "copies")
    )
    yield made
    made.close()


def by_id(facts: Facts) -> dict[str, tuple[str, ...]]:
    return {
        each.id: (each.purpose, each.way, each.kept, each.receivers, each.measures, each.assess)
        for each in activities(facts)
    }


def test_the_rows_are_what_the_configuration_does(office: DeskContext) -> None:
    office.get(Tokens).make("zhiban", "大屏", Scope.READ, 90, "zhiban")
    people = PeopleTold(office.file)
    for via in ("robot:wecom", "robot:wecom", "duty-sms"):
        people.add_way(Way(unit="housing", via=via, to="13900000000"), NOW, BOSS)
    rows = by_id(facts_of(office))
    enabled = {"board-export", "hotline-export", "hotline"}
    assert enabled <= {key.removeprefix("source-") for key in rows if key.startswith("source-")}
    assert "source-liuyan-export" not in rows
    assert "2026-01-01 以前的作为历史来件" in rows["source-hotline-export"][1]
    assert "办结后咨询 5 年（保管期限表）" in rows["source-hotline"][2]
    assert "每天自动删除；其余一直保存" in rows["source-hotline"][2]
    assert rows["source-board-export"][2] == "没有定期限，一直保存"
    assert "hotline.example.gov.cn" in rows["door-hotline-back"][3]
    assert "市12345平台" in rows["platform-city"][3]
    assert rows["channel-duty-robot"][3] == "值班人员；经 钉钉群机器人 duty-robot"
    assert rows["channel-duty-sms"][5] == ""
    assert "大屏（只读）" in rows["tokens"][3]
    assert rows["told"][3] == "承办单位的接收人；经 duty-sms 1 个、企业微信群机器人 2 个"
    assert rows["open311"][3] == "公众"
    assert str(office.settings.backup) in rows["backup"][1]
    assert "领导两步验证" in rows["handling"][4]
    assert "没有设主密钥" in rows["handling"][4]
    assert all("GEHEIM" not in "".join(row) for row in rows.values())


def test_what_is_switched_off_or_missing_is_no_row(tmp_path: Path, root: Path) -> None:
    plain = office_of(tmp_path / "plain", root / "config", MovingClock(NOW))
    rows = by_id(facts_of(plain))
    plain.close()
    assert not {"backup", "told", "tokens", "open311", "platform-city", "door-mail"} & set(rows)
    assert {"handling", "judging", "people", "door-boards"} <= set(rows)
    assert "由人" in rows["judging"][1]


@pytest.mark.parametrize(
    ("change", "key", "column", "said"),
    [
        ({"with_kafka": True}, "handling", 4, "Elasticsearch 的台账没有逐件加密"),
        ({"master_key": True, "sealed": "SM4-GCM"}, "handling", 4, "SM4-GCM 加密，密钥由主密钥"),
        ({"told": ("钉钉群机器人 2 个",)}, "told", 3, "经 钉钉群机器人 2 个"),
        ({"tls": True}, "handling", 4, "网页经 TLS"),
        ({"second_judge": True, "engine": "model"}, "judging", 1, "模型和复核模型在本机运行"),
        ({"sign_on": "id.example.gov.cn"}, "people", 0, "账号"),
    ],
)
def test_each_fact_is_told(
    office: DeskContext, change: dict[str, object], key: str, column: int, said: str
) -> None:
    assert said in by_id(replace(facts_of(office), **change))[key][column]


def test_a_rule_for_all_leaves_nothing_for_ever(office: DeskContext) -> None:
    facts = facts_of(office)
    table = facts.retention
    (rule,) = table.retention
    whole = rule.model_copy(update={"channel": "", "kind": None, "years": 10})
    all_kept = table.model_copy(update={"retention": (rule, whole), "enabled": False})
    by_hand = replace(facts, retention=all_kept, expiry=Expiry.BY_HAND)
    said = kept_of(by_hand, "12345热线")
    assert "咨询 5 年" in said
    assert "各类 10 年" in said
    assert "由人运行" in said
    assert "一直保存" not in said
    # What all channels share says of which each rule is.
    assert "“12345热线”的咨询 5 年" in kept_of(by_hand, "")
    assert kept_of(by_hand, "问政平台").startswith("办结后各类 10 年（")
    # The first that fits counts.
    other = table.model_copy(update={"retention": (whole, rule)})
    assert "咨询" not in kept_of(replace(facts, retention=other), "12345热线")


def test_nothing_is_promised_that_kafka_cannot_do(office: DeskContext) -> None:
    office.use(replace(office.settings, production=KAFKA), office.rules, office.register)
    rows = by_id(facts_of(office))
    assert "Elasticsearch 的台账没有逐件加密" in rows["handling"][4]
    assert "backup" not in rows  # no desk makes one there, whatever folder is set
    found = {one.id: one for one in office.get(AnnualReviews).look(Doer(actor=BOSS))}
    assert found["retention"].figure.startswith("1 条规则；每天自动删除")
    assert found["drill"].figure == "按运维说明恢复，这里没有记录"
    assert not found["drill"].attention


@pytest.mark.parametrize(("day", "again"), [("2023-11-26", False), ("2023-11-20", True)])
def test_an_assessment_lasts_three_years(office: DeskContext, day: str, again: bool) -> None:
    client = signed_in(office, Role.ADMIN)
    client.post("/admin/processing/handling", data={"assessed": day})
    (row,) = [r for r in office.get(ProcessingRegister).rows() if r.activity.id == "handling"]
    assert row.to_assess is again
    said = f"{day} 已评估" + ("，满三年，要重新评估" if again else "")
    assert row.assessment.startswith(said)
    assert (f"! {said}" in client.get("/admin/processing").text) is again


def test_what_people_add_is_kept_in_the_overlay_and_can_be_taken_back(
    office: DeskContext, home: Path
) -> None:
    client = signed_in(office, Role.ADMIN)
    sent = {"responsible": "张主任", "contact": "0797-12345"}
    assert client.post("/admin/processing", data=sent, follow_redirects=False).status_code == 303
    sent = {"basis": "某办法第三条", "assessed": "2026-03-01", "note": "报告第 3 号"}
    for more in ({}, {"note": "报告第 4 号"}):
        answer = client.post(
            "/admin/processing/source-hotline", data=sent | more, follow_redirects=False
        )
        assert answer.status_code == 303, answer.text
    written = tomllib.loads((home / "overlay" / "processing.toml").read_text("utf-8"))
    assert written["activity"]["source-hotline"]["note"] == "报告第 4 号"
    row = next(
        r for r in office.get(ProcessingRegister).rows() if r.activity.id == "source-hotline"
    )
    assert (row.basis, row.assessment) == ("某办法第三条", "2026-03-01 已评估")
    assert row.responsible == "张主任"
    page = client.get("/admin/processing").text
    assert all(text in page for text in ("张主任", "0797-12345", "某办法第三条", "报告第 4 号"))
    assert client.post("/admin/changes/3/take-back", follow_redirects=False).status_code == 303
    assert "报告第 3 号" in client.get("/admin/processing").text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"assessed": "去年"}, "应写作 2026-03-01"),
        ({"assessed": "2099-01-01"}, "今天或以前"),
        ({"note": "长" * 301}, "最多 300 个字"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    office: DeskContext, home: Path, sent: dict[str, str], said: str
) -> None:
    client = signed_in(office, Role.ADMIN)
    answer = client.post("/admin/processing/handling", data=sent)
    assert (answer.status_code, said in answer.text) == (409, True)
    assert client.post("/admin/processing/nothing", data={"note": "x"}).status_code == 404
    assert not (home / "overlay" / "processing.toml").exists()


def test_it_is_taken_away_as_word_and_excel(office: DeskContext) -> None:
    client = signed_in(office, Role.ADMIN)
    word = docx.Document(io.BytesIO(client.get("/admin/processing/register.docx").content))
    assert word.paragraphs[0].text == "个人信息处理活动记录"
    cells = [cell.text for row in word.tables[0].rows for cell in row.cells]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get("/admin/processing/register.xlsx").content)
    )
    rows = book.get_sheet_by_index(0).to_python()
    purposes = [row.activity.purpose for row in office.get(ProcessingRegister).rows()]
    assert [row[0] for row in rows[1:]] == purposes
    assert set(purposes) <= set(cells)
    taken = office.trail.search(deed=AuditAction.EXPORT.value)[1]
    assert [step.about for step in taken] == [
        "个人信息处理活动记录.xlsx",
        "个人信息处理活动记录.docx",
    ]
    assert client.get("/admin/processing/register.pdf").status_code == 404


@pytest.mark.parametrize("role", [Role.DESK, Role.REVIEWER])
def test_only_administrators_open_it(office: DeskContext, role: Role) -> None:
    client = signed_in(office, role)
    for address in ("/admin/processing", "/admin/processing/register.xlsx", "/admin/review"):
        assert client.get(address).status_code == 403
    for address in ("/admin/processing", "/admin/processing/handling", "/admin/review"):
        assert client.post(address, data={"note": "看过了，没有问题"}).status_code == 403


def test_the_command_says_the_same(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["huiyin", "processing", *words])
        with pytest.raises(SystemExit):
            cli.main()
        told = capsys.readouterr()
        return told.out + told.err

    told = json.loads(run("register", "--json"))["activities"]
    assert "source-hotline" in {row["id"] for row in told}
    assert "接收“12345热线”的来件" in run("register")
    assert "已写到" in run("register", "--out", str(tmp_path / "r.docx"))
    assert (tmp_path / "r.docx").stat().st_size > 10_000
    assert "应以 .docx、.xlsx 结尾" in run("register", "--out", str(tmp_path / "r.pdf"))


def test_a_wrong_table_is_named_with_file_and_line(home: Path, root: Path) -> None:
    from desk.doctor.tables import wrong_tables
    from desk.ground.settings import read_settings

    (home / "overlay" / "processing.toml").write_text(
        "[activity.handling]\nnew = true\nassesed = 2026-03-01\n", "utf-8"
    )
    settings = read_settings({"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(root / "config")})
    (wrong,) = [each for each in wrong_tables(settings) if "processing.toml" in each]
    assert "assesed" in wrong
