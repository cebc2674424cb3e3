"""年度自查: every figure is of now, it is signed once, and a year later it is asked for again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cases.privacy.visibility import Sight, sight_of
from cases.record import commands as do
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from desk.accounts.accounts import Accounts
from desk.accounts.tokens import Scope, Tokens
from desk.annual_review import account_looks
from desk.annual_review import looks as looks_module
from desk.annual_review.look import YEAR
from desk.annual_review.service import AnnualReviews
from desk.app import cli
from desk.backup.drills import NAME, Drill, drills, note_drill
from desk.backup.erasures import Line, note_erasures
from desk.ground.audit_log import AuditAction
from desk.ground.console import command_line
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from tests.desk.accounts.test_accounts import GOOD, NOW, account
from tests.desk.app.test_web import Desk
from tests.desk.clients import MovingClock, office_of, signed_in
from tests.desk.http.test_security import item

BOSS = Doer(actor=account("boss", Role.ADMIN).actor)


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(
        tmp_path / "home",
        root / "config",
        MovingClock(NOW),
        HUIYIN_BACKUP=str(tmp_path / "copies"),
    )
    (tmp_path / "copies").mkdir()
    made.get(Accounts).add(account("boss", Role.ADMIN), GOOD)
    made.trail.record(NOW, "boss", AuditAction.SIGN_IN)
    yield made
    made.close()


def figures(office: DeskContext) -> dict[str, tuple[str, bool]]:
    found = office.get(AnnualReviews).look(BOSS)
    return {one.id: (one.figure, one.attention) for one in found}


def test_accounts_and_tokens_that_nobody_uses(office: DeskContext) -> None:
    old = NOW - timedelta(days=91)
    accounts, tokens = office.get(Accounts), office.get(Tokens)
    for name in ("gone", "machine", "Seen", "off"):
        accounts.add(account(name, disabled=name == "off"), "")
    with office.file.writing() as db:
        db.execute("UPDATE accounts SET created = ?", (old.isoformat(),))
    office.trail.record(NOW, "seen", AuditAction.SIGN_IN)
    office.trail.record(old, "gone", AuditAction.SIGN_IN)
    assert figures(office)["tokens"] == (
        "有效 0 个；90 天没有用的 0 个；别人单独添加的 0 个",
        False,
    )
    number, word = tokens.make("machine", "大屏", Scope.READ, 30, "boss")
    assert tokens.find(word) is not None
    assert figures(office)["unused"] == ("1 个（gone）", True)
    assert f"别人单独添加的 1 个（第 {number} 号）" in figures(office)["tokens"][0]
    with office.file.writing() as db:
        db.execute("UPDATE tokens SET last_used = NULL, created = ?", (old.isoformat(),))
    assert f"90 天没有用的 1 个（第 {number} 号）" in figures(office)["tokens"][0]
    assert figures(office)["unused"][0] == "2 个（gone、machine）"


def test_who_sees_everything_and_who_has_no_second_step(office: DeskContext) -> None:
    office.get(Accounts).add(account("zhiban"), GOOD)
    office.get(Accounts).add(account("lingdao", Role.LEADER, must_change=True), GOOD)
    found = figures(office)
    assert found["full-sight"][0] == "1 个（zhiban）；各角色：值班台 1，领导 1，管理员 1"
    assert found["second-factor"][0].startswith("3 个，其中值班台和管理员 2 个（boss、zhiban）")
    assert found["passwords"] == ("没有改 1 个（lingdao）；到期 0 个（没有规定多久一换）", True)


def test_full_sight_is_that_of_the_rules_of_sight(tmp_path: Path, root: Path) -> None:
    """Of a case that was given to no unit."""
    desk = Desk(tmp_path, root / "config")
    desk.put(item("one"))
    with desk.office.readers.reader() as store:
        case = store.ledger.load(["board-export:one"])["board-export:one"]
    full = [
        role
        for role in Role
        if role is not Role.SYSTEM and sight_of(case, Actor("x", role)) is Sight.FULL
    ]
    assert tuple(full) == account_looks._FULL_SIGHT
    desk.close()


def test_what_was_erased_and_exported_within_a_year(office: DeskContext) -> None:
    for number, (days, rule) in enumerate([(400, ""), (10, ""), (10, "old"), (10, "old")]):
        note_erasures(
            [
                Line(
                    case_id=f"a:{number}",
                    at=NOW - timedelta(days=days),
                    by="x",
                    ground=ErasureGround.RETENTION if rule else ErasureGround.REQUEST,
                    rule=rule,
                )
            ],
            office.settings.home,
        )
    for days in (1, 2, 400):
        office.trail.record(NOW - timedelta(days=days), "boss", AuditAction.EXPORT)
    office.trail.record(NOW, "boss", AuditAction.UNMASK)
    found = figures(office)
    assert found["erasures"][0] == "3 件：本人申请 1 件，到期 2 件"
    assert found["exports"][0] == "导出和打印 2 次，查看个人信息 1 次，越权被拒 0 次"


def test_backup_and_drill_and_algorithms(office: DeskContext) -> None:
    folder = office.settings.backup
    assert folder is not None
    assert figures(office)["backup"] == ("0 份；还没有", True)
    assert figures(office)["drill"] == ("没有做过", True)
    assert note_drill(folder, Drill(at=NOW - timedelta(days=400), backup="b1", by="林某"))
    assert figures(office)["drill"][1]
    assert note_drill(folder, Drill(at=NOW - timedelta(days=3), backup="b2", by="林某"))
    assert figures(office)["drill"] == ("最近一次 2026-11-21，用 b2", False)
    (folder / NAME).write_bytes(b"{")
    assert drills(folder) == ()
    assert not note_drill(folder / "gone", Drill(at=NOW, backup="b", by=""))
    assert "AES-256-GCM，主密钥没有设" in figures(office)["algorithms"][0]


def test_nothing_but_the_number_of_a_case_is_shown_and_old_holds_are_named(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, root / "config")
    desk.put(item("old"), item("new"), item("free"))
    for name in ("old", "free"):
        desk.act(f"board-export:{name}", do.HoldData(reason="行政复议〔2025〕1号"))
    desk.act("board-export:free", do.ReleaseData(reason="已结"))
    reviews = desk.office.get(AnnualReviews)

    def holds() -> str:
        return next(one.figure for one in reviews.look(BOSS) if one.id == "holds")

    assert holds() == "0 件"
    later = desk.settings.clock() + YEAR + timedelta(days=1)
    monkeypatch.setattr(desk.office, "clock", lambda: later)
    assert holds() == "1 件（board-export:old）"
    page = signed_in(desk.office, Role.ADMIN).get("/admin/review").text
    assert item("old").title not in page
    assert "行政复议" not in page
    monkeypatch.setattr(looks_module, "COUNTED_AT_ONCE", 2)
    assert holds() == "事项超过 2 件，没有数"
    counted = signed_in(desk.office, Role.ADMIN).get("/admin/review?holds=1").text
    assert "board-export:old" in counted
    sent = {"note": "好", "holds": "1"}
    refused = signed_in(desk.office, Role.ADMIN).post("/admin/review", data=sent).text
    assert "board-export:old" in refused
    assert 'name="holds" value="1"' in refused  # signed again, it counts them again
    desk.close()


def test_it_is_signed_with_a_note_and_the_figures_of_that_day(office: DeskContext) -> None:
    client = signed_in(office, Role.ADMIN, name="boss")
    answer = client.post("/admin/review", data={"note": "好"})
    assert (answer.status_code, "请写自查的结论" in answer.text) == (409, True)
    note = "停用一个账号，演练已安排"
    answer = client.post("/admin/review", data={"note": note}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/review?done=signed")
    office.get(Accounts).add(account("zhiban"), GOOD)
    (signed,) = office.get(AnnualReviews).history()
    assert (signed.who, signed.note, signed.at) == ("boss", note, NOW)
    kept = {one.id: one.figure for one in signed.looks}
    assert kept["full-sight"].startswith("0 个")
    assert figures(office)["full-sight"][0].startswith("1 个")
    page = client.get("/admin/review").text
    assert note in page
    assert "登记" in {step.deed for step in office.trail.search(about="第 1 次年度自查")[1]}


def test_after_a_year_the_duty_desk_tells_the_administrator(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = office.get(AnnualReviews)
    admin, desk = signed_in(office, Role.ADMIN, name="boss"), signed_in(office, Role.DESK)
    assert reviews.overdue() == ""
    monkeypatch.setattr(office, "clock", lambda: NOW + timedelta(days=367))
    assert "启用是 2026-11-24，满一年了" in admin.get("/").text
    assert "满一年了" not in desk.get("/").text
    assert "满一年了" in admin.get("/admin/review").text
    reviews.sign(BOSS, "都看过了，没有问题")
    assert "满一年了" not in admin.get("/").text
    monkeypatch.setattr(office, "clock", lambda: NOW + timedelta(days=367 * 2 + 1))
    assert "上次年度自查是 2027-11-26" in admin.get("/").text


def test_the_command_shows_and_signs(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = office.settings.home
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["huiyin", "processing", "review", *words])
        with pytest.raises(SystemExit):
            cli.main()
        told = capsys.readouterr()
        return told.out + told.err

    assert "恢复演练：没有做过" in run()
    assert "请写自查的结论" in run("--sign", "好")
    told = json.loads(run("--sign", "都看过了，没有问题", "--json"))
    assert told["signed"] == 1
    (signed,) = office.get(AnnualReviews).history()
    assert signed.who == command_line().actor.id
