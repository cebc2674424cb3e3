"""管理: sources, dead letters, accounts, tokens, calendar, model, trail, check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from cases.clocks.workdays import Calendar
from cases.record.messages import encode_message
from cases.words.actors import Role
from cases.words.times import BEIJING
from classifiers.model.engine import load_model
from desk.accounts.accounts import Account, Accounts
from desk.accounts.changes import Changes
from desk.accounts.tokens import Tokens
from desk.admin import tables
from desk.admin.model import ENGINE_WORDS, read_figures
from desk.dead_letters.routes import readable
from desk.demo.accounts import add_demo_accounts
from desk.doctor.finding import Finding
from desk.files.uploads import Uploads
from desk.ground import settings as settings_module
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.configuration import Configuration
from desk.ground.context import DeskContext
from desk.ground.settings import ENGINES, Settings
from streams.dead_letters import DeadLetter, Stage
from streams.embedded.runner import EmbeddedRunner
from streams.sources.seam.base import Batch
from streams.stored_originals import Kept, encode_kept, keep
from tests.desk.clients import MovingClock, client_of, office_of, signed_in
from tests.desk.http.test_security import item

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
PHONE = "13900012345"
GOOD = "河边 柳树 三只鸭子"


@pytest.fixture(scope="module")
def machine() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, root: Path, machine: MovingClock
) -> Iterator[DeskContext]:
    made = office_of(tmp_path_factory.mktemp("admin"), root / "config", machine)
    yield made
    made.close()


@pytest.fixture(scope="module")
def runner(office: DeskContext) -> Iterator[EmbeddedRunner]:
    made = wiring.open_runner(office.settings)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


@pytest.fixture(scope="module")
def desk(office: DeskContext) -> TestClient:
    return signed_in(office, Role.DESK)


def post(client: TestClient, address: str, status: int = 303, **form: object) -> str:
    answer = client.post(address, data=form, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


def page(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def agreed(client: TestClient, office: DeskContext, status: int = 200) -> str:
    """Somebody else agrees to what was asked for last."""
    number = office.get(Changes).waiting()[-1].number
    return post(client, f"/account/requests/{number}/agree", status)


def last_step(office: DeskContext) -> tuple[str, str, str, str]:
    step = office.trail.search(limit=1)[1][0]
    return step.who, step.deed, step.about, step.detail


# -- sources -----------------------------------------------------------------


def test_sources_show_how_they_are_and_what_came(
    admin: TestClient, desk: TestClient, runner: EmbeddedRunner
) -> None:
    runner.take("board-export", Batch(found=(item("s1"),)))
    text = page(admin, "/admin/sources")
    assert re.search(r"问政平台 board-export 正常 方式 投递文件 .*?读到 1 条", text)
    assert "未启用的来源" in text
    assert "回退…" in text
    read_only = page(desk, "/admin/sources")
    assert "board-export" in read_only
    assert "回退…" not in read_only


def test_a_source_is_paused_and_resumed(office: DeskContext, admin: TestClient) -> None:
    post(admin, "/admin/sources/board-export/pause")
    assert re.search("board-export 已暂停", page(admin, "/admin/sources"))
    assert last_step(office) == ("admin", AuditAction.SOURCE, "board-export", "暂停")
    post(admin, "/admin/sources/board-export/resume")
    assert re.search("board-export 正常", page(admin, "/admin/sources"))


def test_a_source_that_cannot_be_asked_says_why(office: DeskContext, admin: TestClient) -> None:
    post(admin, "/admin/sources/leader-mailbox/run")
    text = page(admin, "/admin/sources")
    said = re.search(r"leader-mailbox .*?(\d\d:\d\d [^ ]+)", text)
    assert said is not None
    assert "10:40" in said[1]
    rewound = post(admin, "/admin/sources/board-export/rewind", status=409, to="2026-11-01")
    assert "不是定时读取的" in rewound
    assert "从哪一天起" in post(admin, "/admin/sources/liuyan/rewind", 400, to="gestern")
    assert "过去的日子" in post(admin, "/admin/sources/liuyan/rewind", 409, to="2027-01-01")
    post(admin, "/admin/sources/nothing/run", 404)


# -- dead letters ------------------------------------------------------------


def letter(number: int, reason: str = "bad_row", original: bytes | None = None, **more: object):
    return DeadLetter.of(
        more.pop("stage", Stage.INTAKE),  # type: ignore[arg-type]
        f"第 {number} 行，联系人：李建国，电话{PHONE}".encode() if original is None else original,
        reason=reason,
        detail=f"第 {number} 行：留言编号应为数字。",
        at=NOW,
        source="board-export",
        origin="a.xlsx",
    )


def test_an_original_is_masked_until_the_desk_asks_and_that_is_on_record(
    office: DeskContext, admin: TestClient, desk: TestClient, runner: EmbeddedRunner
) -> None:
    one = letter(1)
    runner.store.add([one])
    there = f"/dead-letters/{one.letter_id}"
    for client in (admin, desk):
        text = page(client, there)
        assert PHONE not in text
        assert "李建国" not in text
    assert "139****2345" in page(desk, there)
    # It does not say that it is no confidential one.
    assert "没有写明是否保密" in page(admin, there)
    assert "请写明为什么" in post(desk, there + "/original", 422)
    before = office.trail.search(deed=AuditAction.UNMASK)[0]
    assert PHONE in post(desk, there + "/original", 200, reason="核对来源")
    assert last_step(office)[:3] == ("desk", AuditAction.UNMASK, one.letter_id)
    post(admin, there + "/original", 403)
    assert office.trail.search(deed=AuditAction.UNMASK)[0] == before + 1
    assert admin.get("/dead-letters/nothing").status_code == 404
    runner.store.mark_replayed(one.letter_id, NOW)


def test_a_confidential_message_is_shown_to_no_admin(
    admin: TestClient, desk: TestClient, runner: EmbeddedRunner
) -> None:
    from cases.record.messages import Observation

    secret = item("conf", body="举报村主任私分鱼塘租金", confidential=True)
    message = Observation(message_id="m1", case_id="board-export:conf", item=secret)
    one = letter(2, original=encode_message(message), stage=Stage.PROCESS)
    runner.store.add([one])
    assert "鱼塘" not in page(admin, f"/dead-letters/{one.letter_id}")
    assert "鱼塘" not in page(desk, f"/dead-letters/{one.letter_id}")
    shown = post(desk, f"/dead-letters/{one.letter_id}/original", 200, reason="核对来源")
    assert "鱼塘" in shown
    runner.store.mark_replayed(one.letter_id, NOW)


def test_an_original_that_was_too_large_is_shown_and_taken_in_from_its_file(
    office: DeskContext, admin: TestClient, desk: TestClient, runner: EmbeddedRunner
) -> None:
    def kept(number: int, **changes: object) -> DeadLetter:
        data = msgspec.json.encode(item(f"big{number}", **changes))
        return letter(
            number, "too_large", encode_kept(keep(data, office.get(Uploads).kept, "item"))
        )

    one, secret = kept(6), kept(7, body="举报村主任私分鱼塘租金", confidential=True)
    lost = letter(8, "too_large", encode_kept(Kept(kept="item", sha256="0" * 64, bytes=9)))
    runner.store.add([one, secret, lost])
    assert "board-export" in page(admin, f"/dead-letters/{one.letter_id}")
    assert "鱼塘" not in page(admin, f"/dead-letters/{secret.letter_id}")
    assert "鱼塘" not in page(desk, f"/dead-letters/{secret.letter_id}")
    assert "HUIYIN_FILES" in page(desk, f"/dead-letters/{lost.letter_id}")
    said = post(admin, "/dead-letters", 200, do="replay-reason", reason="too_large")
    assert "重试 3 条，2 条已收进台账；1 条的原文太大，存在附件文件夹里，本机没有" in said
    assert runner.store.ledger.load(["board-export:big6"])
    runner.store.mark_replayed(lost.letter_id, NOW)


def test_chosen_letters_are_given_up_with_a_reason(
    office: DeskContext, admin: TestClient, desk: TestClient, runner: EmbeddedRunner
) -> None:
    one, two = letter(3), letter(4)
    runner.store.add([one, two])
    form = {"do": "give-up", "letter": one.letter_id}
    assert "请写明为什么放弃" in post(admin, "/dead-letters", 400, **form)
    post(desk, "/dead-letters", 403, why="测试", **form)
    text = post(admin, "/dead-letters", 200, why="测试数据", **form)
    assert "已放弃 1 条" in text
    assert "第 3 行" not in text
    assert "第 4 行" in text
    assert last_step(office) == ("admin", AuditAction.LETTER, one.letter_id, "放弃：测试数据")
    assert "放弃的理由：测试数据" in page(desk, f"/dead-letters/{one.letter_id}")
    runner.store.add([one])
    again = page(desk, "/dead-letters")
    assert "曾放弃：测试数据" in again
    assert "来过 2 次" in again
    for each in (one, two):
        runner.store.mark_replayed(each.letter_id, NOW)


def test_letters_are_tried_again_one_or_all_of_a_reason(
    office: DeskContext, admin: TestClient, runner: EmbeddedRunner
) -> None:
    from cases.record.messages import Observation

    def waiting(number: str, reason: str) -> DeadLetter:
        message = Observation(
            message_id=f"m-{number}", case_id=f"board-export:{number}", item=item(number)
        )
        return letter(5, reason, encode_message(message), stage=Stage.PROCESS)

    letters = [waiting("r1", "failed"), waiting("r2", "failed"), waiting("r3", "other")]
    runner.store.add(letters)
    assert "请先勾选" in post(admin, "/dead-letters", 400, do="replay")
    assert "请先勾选" in post(admin, "/dead-letters", 400, do="replay", letter="made-up")
    said = post(admin, "/dead-letters", 200, do="replay", letter=letters[2].letter_id)
    assert "重试 1 条，1 条已收进台账" in said
    said = post(admin, "/dead-letters", 200, do="replay-reason", reason="failed")
    assert "重试 2 条，2 条已收进台账" in said
    with office.readers.reader() as store:
        found = store.ledger.load([f"board-export:r{n}" for n in (1, 2, 3)])
    assert len(found) == 3


@pytest.mark.parametrize(
    ("original", "shown", "how"),
    [
        ("路灯".encode(), "路灯", "UTF-8"),
        ("路灯不亮".encode("gb18030"), "路灯不亮", "GB18030"),
        (b"\x00\x01\xff", "00 01 ff", "十六进制"),
        (b"", "", "UTF-8"),
        ("长".encode() * 30_000, "长" * 20_000, "只显示前 20,000"),
    ],
)
def test_an_original_is_shown_as_what_it_is(original: bytes, shown: str, how: str) -> None:
    text, said = readable(original)
    assert text == shown
    assert how in said


# -- accounts ----------------------------------------------------------------


def test_an_account_is_asked_for_and_the_second_person_sees_its_password_once(
    office: DeskContext, admin: TestClient, desk: TestClient
) -> None:
    form = {"id": "zhou", "name": "周某", "role": "responder", "unit": "housing"}
    assert "secret" not in post(admin, "/admin/accounts", 303, **form)
    assert office.get(Accounts).get("zhou") is None
    assert last_step(office)[3] == "提出：添加 周某，承办单位 housing，待第二人确认"
    assert "添加账号 zhou" in page(desk, "/account")
    word = re.search(r'class="secret">([^<]+)<', agreed(desk, office))
    assert word is not None
    assert office.get(Accounts).verify("zhou", word[1], "").must_change
    for somebody in (admin, desk):
        for address in ("/admin/accounts", "/admin/accounts/zhou", "/account"):
            assert word[1] not in somebody.get(address).text
    assert last_step(office) == (
        "desk",
        AuditAction.ACCOUNT,
        "zhou",
        "添加 周某，承办单位 housing（admin 提出，desk 确认）",
    )
    assert "周某" in page(admin, "/admin/units")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"id": "x y", "name": "x", "role": "desk"}, "登录名应由"),
        ({"id": "x1", "name": "x", "role": "system"}, "请选择角色"),
        ({"id": "x1", "name": "x", "role": "responder"}, "要指明单位"),
        ({"id": "x1", "name": "x", "role": "desk", "unit": "moon"}, "没有这个单位"),
        ({"id": "x1", "name": " ", "role": "desk"}, "请填写姓名"),
        ({"id": "ADMIN", "name": "x", "role": "desk"}, "已有名为"),
    ],
)
def test_a_wrong_form_says_why_and_keeps_what_was_typed(
    office: DeskContext, admin: TestClient, form: dict[str, str], said: str
) -> None:
    text = post(admin, "/admin/accounts", 400, **form)
    assert said in text
    assert f'value="{form["id"]}"' in text
    assert office.get(Accounts).get("x1") is None


def test_an_account_is_changed_locked_out_and_let_in_again(
    office: DeskContext, admin: TestClient, desk: TestClient
) -> None:
    office.get(Accounts).add(Account(id="he", name="何某", role=Role.DESK, created=NOW), GOOD)
    there = "/admin/accounts/he"
    client = client_of(office)
    form = {"account": "he", "password": GOOD, "next": "/ledger"}
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    assert "testclient" in page(admin, there)
    post(admin, there, name="何某某", role="desk", unit="")
    assert client.get("/ledger", follow_redirects=False).status_code == 200
    post(admin, there, name="何某某", role="reviewer", unit="")
    agreed(desk, office, 303)
    # Another role: whoever is signed in with the one before is so no longer.
    assert client.get("/ledger", follow_redirects=False).status_code == 303
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    found = office.get(Accounts).get("he")
    assert found is not None
    assert (found.name, found.role) == ("何某某", Role.REVIEWER)
    post(admin, there + "/end")
    assert client.get("/ledger", follow_redirects=False).status_code == 303
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    post(admin, there + "/disable")
    assert client.get("/ledger", follow_redirects=False).status_code == 303
    assert client.post("/login", data=form).status_code == 401
    post(admin, there + "/enable")
    for _ in range(4):
        client.post("/login", data=form | {"password": "wrong password"})
    assert "分钟后再试" in client.post("/login", data=form).text
    assert "暂缓登录" in page(admin, "/admin/accounts")
    post(admin, there + "/unlock")
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    post(admin, there + "/password")
    word = re.search(r'class="secret">([^<]+)<', agreed(desk, office))
    assert word is not None
    assert client.get("/ledger", follow_redirects=False).status_code == 303
    assert client.post("/login", data=form).status_code == 401
    form["password"] = word[1]
    answer = client.post("/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/password"
    deeds = [step.detail for step in office.trail.search(deed=AuditAction.ACCOUNT, about="he")[1]]
    assert deeds == [
        "重设密码（admin 提出，desk 确认）",
        "提出：重设密码，待第二人确认",
        "解锁",
        "恢复",
        "停用",
        "退出全部会话",
        "修改为 何某某，审核（admin 提出，desk 确认）",
        "提出：修改为 何某某，审核，待第二人确认",
        "修改为 何某某，值班台",
    ]


def test_no_admin_shuts_himself_out(office: DeskContext, admin: TestClient) -> None:
    there = "/admin/accounts/admin"
    assert "不能停用自己" in post(admin, there + "/disable", 400)
    assert "不能改自己的角色" in post(admin, there, 400, name="林某", role="desk")
    assert "不能改自己的角色" in post(admin, there, 400, name="林某", role="admin", unit="housing")
    assert "修改密码" in post(admin, there + "/password", 400)
    post(admin, there, name="高某", role="admin")
    found = office.get(Accounts).usable("admin")
    assert found is not None
    assert (found.role, found.name) == (Role.ADMIN, "高某")
    post(admin, "/admin/accounts/nobody/disable", 404)


def test_a_sample_admin_makes_sample_accounts_only(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    demo = office_of(tmp_path, root / "config", machine, demo=True)
    add_demo_accounts(demo.get(Accounts), demo.register, NOW)
    demo.get(Accounts).add(Account(id="real", name="真某", role=Role.ADMIN, created=NOW), GOOD)
    sample = signed_in(demo, Role.ADMIN, name="admin")
    post(sample, "/admin/accounts", id="made", name="x", role="admin")
    agreed(signed_in(demo, Role.DESK, name="zhiban"), demo)
    made = demo.get(Accounts).get("made")
    assert made is not None
    assert made.demo
    for deed in ("password", "disable", "unlock", "end"):
        text = post(sample, f"/admin/accounts/real/{deed}", 400)
        assert "不能改真实的账号" in text
    token = {"account": "real", "name": "x", "scope": "act", "days": "9"}
    assert "真实的账号" in post(sample, "/admin/tokens", 400, **token)
    assert demo.get(Accounts).verify("real", GOOD, "")
    demo.close()


# -- tokens ------------------------------------------------------------------


def test_a_token_is_agreed_to_by_its_owner_shown_once_used_and_revoked(
    office: DeskContext, admin: TestClient, desk: TestClient
) -> None:
    form = {"account": "desk", "name": "大屏", "scope": "read", "days": "30"}
    text = post(admin, "/admin/tokens", 200, **form)
    assert "secret" not in text
    assert "令牌属于所选的账号" in text
    assert office.get(Tokens).all() == []
    word = re.search(r'class="secret">(hy_[^<]+)<', agreed(desk, office))
    assert word is not None
    assert word[1] not in admin.get("/admin/tokens").text
    bearer = {"authorization": f"Bearer {word[1]}"}
    assert client_of(office).get("/api/v1/me", headers=bearer).status_code == 200
    (token,) = office.get(Tokens).all()
    assert (token.made_by, token.agreed_by, token.foreign) == ("admin", "desk", False)
    number = token.id
    assert "admin 提出，desk 确认" in page(admin, "/admin/tokens")
    assert "从未使用" not in page(admin, "/admin/tokens")
    post(admin, f"/admin/tokens/{number}/revoke")
    assert client_of(office).get("/api/v1/me", headers=bearer).status_code == 401
    assert last_step(office) == ("admin", AuditAction.TOKEN, "desk", f"吊销第 {number} 号，大屏")
    assert "没有第 999 号" in post(admin, "/admin/tokens/999/revoke", 404)


@pytest.mark.parametrize(
    "change",
    [{"account": "nobody"}, {"scope": "all"}, {"days": "0"}, {"days": "９"}, {"name": " "}],
)
def test_a_wrong_token_is_not_made(
    office: DeskContext, admin: TestClient, change: dict[str, str]
) -> None:
    before = len(office.get(Tokens).all())
    form = {"account": "admin", "name": "x", "scope": "read", "days": "9"}
    post(admin, "/admin/tokens", 400, **(form | change))
    assert len(office.get(Tokens).all()) == before


# -- what can only be read ---------------------------------------------------


def test_units_show_their_topics_merges_and_people(desk: TestClient, office: DeskContext) -> None:
    text = page(desk, "/admin/units")
    for unit in office.register:
        assert unit.name in text
        if unit.merged_into:
            assert f"已并入 {office.register.name(unit.merged_into)}" in text
    assert "还没有账号" in text


def test_the_calendar_shows_each_day_and_the_years_gaps(admin: TestClient) -> None:
    answer = admin.get("/admin/calendar?year=2026").text
    assert 'class="makeup" title="10-10，调休上班，国庆节调休">10<sup>班</sup>' in answer
    assert 'class="holiday" title="10-01，法定节假日，国庆节">1<sup>休</sup>' in answer
    assert re.search(r'class="workday today" title="11-24，工作日，今天"', answer)
    calendar = Calendar()
    open_days = sum(
        calendar.is_provisional(date.fromordinal(day))
        for day in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    )
    assert open_days > 0
    assert answer.count(" provisional") == open_days
    assert "未公布，全部暂定" in page(admin, "/admin/calendar?year=2027")
    assert "通知公布后粘贴在下面" in page(admin, "/admin/calendar?year=2027")
    text = page(admin, "/admin/calendar?year=2025")
    assert "暂定，由" not in text
    for year in ("x", "1800", "9999", "２０２６", "202"):
        assert admin.get(f"/admin/calendar?year={year}").status_code == 400


def test_workdays_of_the_months_add_up_to_the_year(admin: TestClient, office: DeskContext) -> None:
    counted = re.findall(r"月 (\d+) 个工作日", page(admin, "/admin/calendar?year=2026"))
    table = office.rules.calendar
    year = table.working_days_between(date(2025, 12, 31), date(2026, 12, 31))
    assert len(counted) == 12
    assert sum(map(int, counted)) == year


def test_the_models_figures_are_those_of_the_model_card(root: Path, office: DeskContext) -> None:
    card = (root / "docs" / "model-card.md").read_text("utf-8").splitlines()
    figures = read_figures()
    for one in figures.figure:
        assert one.card in card, one.name
        assert f"{one.value:.3f}" in one.card, one.name
    assert any(figures.model in line for line in card)
    shipped = load_model(wiring.build_tables(office.settings))
    assert shipped.version.startswith(figures.model)


def test_the_model_page_has_a_word_for_every_engine() -> None:
    assert sorted(ENGINE_WORDS) == sorted(ENGINES)


def test_the_figures_are_the_models_where_a_second_judge_stands_beside_it(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Both:
        version = f"huiyin-encoder-1-01234567/{read_figures().model}+rules-0"

    monkeypatch.setattr(wiring, "build_classifier", lambda _: Both())
    monkeypatch.setattr(wiring, "second_judge", lambda _: True)
    text = page(admin, "/admin/model")
    assert Both.version in text
    assert "一起判断" in text
    assert "在用的是另一个" not in text


def test_the_model_page_says_what_works_here_and_counts_corrections(
    admin: TestClient, office: DeskContext, runner: EmbeddedRunner
) -> None:
    from cases.record import commands as do
    from cases.record.messages import Action
    from cases.words.actors import Actor
    from cases.words.labels import Kind

    runner.take("board-export", Batch(found=(item("m1"), item("m2"))))
    command = do.Correct(kind=Kind.INQUIRY, reason="是咨询")
    actor = Actor("u1", Role.DESK)
    runner.act(
        Action(message_id="c1", case_id="board-export:m1", actor=actor, command=command, at=NOW)
    )
    runner.pump_all()
    text = page(admin, "/admin/model")
    assert "只用规则表" in text
    assert "复核模型 没有使用" in text
    assert "在用的是另一个" in text
    assert "还没有统计" in text
    text = page(admin, "/admin/model?count=1")
    assert re.search(r"件里有 1 件的识别结果被人更正过", text)
    assert "诉求类型 1" in text
    assert "2026-11-23 1 " in text, "the week from Monday on, one correction in it"
    assert re.search(r"诉求类型 \S+ 咨询 ", text), "what it was and what it is"


def test_the_trail_is_searched_paged_and_taken_away(office: DeskContext, admin: TestClient) -> None:
    for n in range(60):
        office.trail.record(
            NOW, "paging", AuditAction.EXPORT, f"file-{n}", f"电话{PHONE}", "10.0.0.9"
        )
    text = page(admin, "/admin/trail?who=paging")
    assert "60 条" in text
    assert "file-59" in text
    assert "file-9 " not in text
    assert PHONE not in text
    assert "file-9 " in page(admin, "/admin/trail?who=paging&page=2")
    assert "1 条" in page(
        admin, "/admin/trail?q=file-7&since=2026-11-24&until=2026-11-24&deed=导出"
    )
    assert "没有符合" in page(admin, "/admin/trail?who=paging&until=2026-11-23")
    for query in ("deed=x", "since=x", "until=0001-01-01", "page=0", f"q={'x' * 101}"):
        assert admin.get(f"/admin/trail?{query}").status_code == 400, query
    answer = admin.get("/admin/trail.csv?who=paging")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 61
    assert rows[0] == "序号,时间,账号,操作,对象,说明,地址"
    assert answer.headers["content-disposition"] == 'attachment; filename="huiyin-trail.csv"'
    assert last_step(office) == ("admin", AuditAction.EXPORT, "操作日志", "60 条，条件 who=paging")


def test_the_check_says_what_the_command_says(admin: TestClient) -> None:
    text = page(admin, "/admin/check")
    assert "工作日历" in text
    assert "时限表" in text


def test_the_check_reads_the_files_as_they_are_now(
    office: DeskContext, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[Configuration] = []

    def seen(settings: Settings) -> list[Finding]:
        looked_at.append(settings.configuration)
        return []

    monkeypatch.setattr(tables, "examine", seen)
    # Not the one that the tests share.
    monkeypatch.setattr(settings_module, "Configuration", Configuration)
    page(admin, "/admin/check")
    (one,) = looked_at
    assert one is not office.settings.configuration
    assert one.folder == office.settings.configuration.folder


def test_every_page_is_in_the_tabs_of_who_may_open_it(
    office: DeskContext, admin: TestClient, desk: TestClient
) -> None:
    for client, most in ((admin, 17), (desk, 6)):
        shown = client.get("/admin").text
        tabs = re.search(r'<nav class="tabs".*?</nav>', shown, re.DOTALL)
        assert tabs is not None
        links = re.findall(r'href="([^"]+)"', tabs[0])
        assert len(links) == most
        for link in links:
            assert client.get(link).status_code == 200
    assert 'href="/admin"' not in signed_in(office, Role.LEADER).get("/ledger").text
