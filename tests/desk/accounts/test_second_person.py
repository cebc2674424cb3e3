"""双人确认: nobody gets another person's rights alone, and the trail names both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, AccountError, Accounts
from desk.accounts.changes import Changes
from desk.accounts.sessions import Sessions
from desk.accounts.tokens import Scope, Tokens
from desk.accounts.wishes import (
    AddAccount,
    Asked,
    ChangeAccount,
    Made,
    MakeToken,
    ResetPassword,
    Wish,
    may_agree,
)
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from tests.desk.case_office import CaseOffice, item
from tests.desk.clients import MovingClock, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
GOOD = "河边 柳树 三只鸭子"
PEOPLE = {
    "admin": Role.ADMIN, "admin2": Role.ADMIN, "zhiban": Role.DESK, "lingdao": Role.LEADER,
    "shenhe": Role.REVIEWER,
}  # fmt: skip
TOKEN = MakeToken(account="zhiban", name="大屏", scope=Scope.READ, days=30)
WISHES: tuple[Wish, ...] = (
    AddAccount(account="new", name="新某", role=Role.DESK),
    AddAccount(account="new", name="新某", role=Role.RESPONDER, unit="housing"),
    ChangeAccount(account="shenhe", name="审某", role=Role.DESK),
    ChangeAccount(account="chen", name="陈某", role=Role.RESPONDER, unit="education"),
    ResetPassword(account="zhiban"),
    ResetPassword(account="chen"),
    TOKEN,
)


@pytest.fixture
def machine() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def office(tmp_path: Path, root: Path, machine: MovingClock) -> Iterator[DeskContext]:
    made = office_of(tmp_path, root / "config", machine)
    for name, role in PEOPLE.items():
        made.get(Accounts).add(Account(id=name, name="某", role=role, created=NOW), GOOD)
    made.get(Accounts).add(
        Account(id="chen", name="陈某", role=Role.RESPONDER, unit="housing", created=NOW), GOOD
    )
    yield made
    made.close()


def who(office: DeskContext, name: str) -> Account:
    found = office.get(Accounts).get(name)
    assert found is not None
    return found


def ask(office: DeskContext, wish: Wish, by: str = "admin") -> Asked:
    asked = office.get(Changes).ask(who(office, by), wish, "10.0.0.1")
    assert isinstance(asked, Asked)
    return asked


def steps(office: DeskContext) -> list[tuple[str, str, str]]:
    return [(one.who, one.about, one.detail) for one in office.trail.search()[1]]


@pytest.mark.parametrize("wish", WISHES, ids=repr)
def test_an_admin_alone_changes_nothing_and_learns_nothing(office: DeskContext, wish: Wish) -> None:
    before = office.get(Accounts).all()
    asked = ask(office, wish)
    assert office.get(Accounts).all() == before
    assert office.get(Tokens).all() == []
    assert office.get(Accounts).verify("zhiban", GOOD, "") == who(office, "zhiban")
    with pytest.raises(AccountError, match="提出人和当事人以外"):
        office.get(Changes).agree(who(office, "admin"), asked.number, "")


@pytest.mark.parametrize("wish", WISHES, ids=repr)
def test_the_second_person_s_yes_carries_it_out_and_both_are_on_record(
    office: DeskContext, wish: Wish
) -> None:
    asked = ask(office, wish)
    made = office.get(Changes).agree(who(office, "lingdao"), asked.number, "10.0.0.2")
    assert bool(made.secret) is not isinstance(wish, ChangeAccount)
    last = steps(office)[0]
    assert last[:2] == ("lingdao", wish.account)
    assert last[2].endswith("（admin 提出，lingdao 确认）")
    with pytest.raises(AccountError, match="没有这项申请"):
        office.get(Changes).agree(who(office, "admin2"), asked.number, "")


def test_who_may_agree(office: DeskContext) -> None:
    def agreers(wish: Wish) -> set[str]:
        asked = Asked(number=1, wish=wish, asked_by="admin", asked_at=NOW)
        return {one.id for one in office.get(Accounts).all() if may_agree(one, asked)}

    assert agreers(ResetPassword(account="chen")) == {"admin2", "zhiban", "lingdao"}
    # Nobody agrees to the own rights; to a token its owner does.
    assert agreers(ResetPassword(account="zhiban")) == {"admin2", "lingdao"}
    assert agreers(TOKEN) == {"admin2", "zhiban", "lingdao"}
    mine = MakeToken(account="chen", name="x", scope=Scope.ACT, days=1)
    assert agreers(mine) == {"admin2", "zhiban", "lingdao", "chen"}


def test_disabling_everybody_else_frees_nobody_from_the_second_person(office: DeskContext) -> None:
    for name in ("admin2", "zhiban", "lingdao"):
        with office.file.writing() as db:
            db.execute("UPDATE accounts SET disabled = 1 WHERE id = ?", (name,))
    ask(office, ResetPassword(account="zhiban"))


def test_the_first_admin_works_alone_and_the_trail_says_so(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    empty = office_of(tmp_path / "empty", root / "config", machine)
    empty.get(Accounts).add(Account(id="admin", name="高某", role=Role.ADMIN, created=NOW), GOOD)
    wish = AddAccount(account="zhiban", name="林某", role=Role.DESK)
    made = empty.get(Changes).ask(who(empty, "admin"), wish, "")
    assert isinstance(made, Made)
    assert made.secret
    assert steps(empty)[0][2] == "添加 林某，值班台（没有第二人可以确认）"
    # From then on there is somebody.
    ask(empty, ResetPassword(account="zhiban"))
    empty.close()


def test_a_name_and_the_own_token_need_nobody_else(office: DeskContext) -> None:
    admin = who(office, "admin")
    name = ChangeAccount(account="chen", name="陈某某", role=Role.RESPONDER, unit="housing")
    assert isinstance(office.get(Changes).ask(admin, name, ""), Made)
    own = MakeToken(account="chen", name="x", scope=Scope.READ, days=1)
    assert isinstance(office.get(Changes).ask(who(office, "chen"), own, ""), Made)
    (token,) = office.get(Tokens).all()
    assert (token.made_by, token.foreign) == ("chen", False)


@pytest.mark.parametrize(
    "wish",
    [
        ChangeAccount(account="admin", name="高某", role=Role.DESK),
        ChangeAccount(account="ADMIN", name="高某", role=Role.ADMIN, unit="housing"),
        ResetPassword(account="admin"),
    ],
    ids=repr,
)
def test_nobody_asks_for_the_own_role_unit_or_password(office: DeskContext, wish: Wish) -> None:
    with pytest.raises(AccountError, match="自己的"):
        office.get(Changes).ask(who(office, "admin"), wish, "")


def test_a_request_ends_after_a_week_with_a_refusal_and_with_the_asker_s_role(
    office: DeskContext, machine: MovingClock
) -> None:
    old = ask(office, TOKEN)
    machine.walk(days=7, seconds=1)
    assert office.get(Changes).waiting() == []
    with pytest.raises(AccountError, match="过期"):
        office.get(Changes).agree(who(office, "zhiban"), old.number, "")
    refused = ask(office, TOKEN)
    office.get(Changes).refuse(who(office, "zhiban"), refused.number, "")
    taken_back = ask(office, TOKEN)
    office.get(Changes).refuse(who(office, "admin"), taken_back.number, "")
    with pytest.raises(AccountError):
        office.get(Changes).refuse(who(office, "shenhe"), ask(office, TOKEN).number, "")
    asked = ask(office, TOKEN)
    with office.file.writing() as db:
        db.execute("UPDATE accounts SET role = 'reviewer' WHERE id = 'admin'")
    with pytest.raises(AccountError, match="已经不是管理员"):
        office.get(Changes).agree(who(office, "zhiban"), asked.number, "")
    assert office.get(Tokens).all() == []


def post(client: TestClient, address: str, **form: object) -> tuple[int, str]:
    answer = client.post(address, data=form, follow_redirects=False)
    return answer.status_code, answer.text


def test_the_owner_agrees_on_the_own_page(office: DeskContext) -> None:
    admin = signed_in(office, Role.ADMIN, name="admin")
    chen = signed_in(office, Role.RESPONDER, "housing", name="chen")
    form = {"account": "chen", "name": "大屏", "scope": "read", "days": "30"}
    status, text = post(admin, "/admin/tokens", **form)
    assert (status, "hy_" in text) == (200, False)
    shown = chen.get("/account").text
    assert "为 chen 添加令牌：大屏" in shown
    assert "1 项等您确认" in chen.get("/queue").text
    number = office.get(Changes).waiting()[0].number
    status, text = post(chen, f"/account/requests/{number}/agree")
    assert (status, len(re.findall(r"hy_[\w-]{40,}", text))) == (200, 1)
    # A reviewer who is not concerned sees and decides nothing.
    office.get(Changes).ask(who(office, "admin"), TOKEN, "")
    reviewer = signed_in(office, Role.REVIEWER, name="shenhe")
    assert "等待确认的申请" not in reviewer.get("/account").text
    number = office.get(Changes).waiting()[0].number
    assert post(reviewer, f"/account/requests/{number}/agree")[0] == 400
    assert post(reviewer, f"/account/requests/{number}/refuse")[0] == 400


def test_owners_see_and_revoke_their_own_tokens_only(office: DeskContext) -> None:
    mine, _ = office.get(Tokens).make("chen", "大屏", Scope.READ, 9, "chen")
    other, word = office.get(Tokens).make("zhiban", "别人的", Scope.READ, 9, "admin")
    chen = signed_in(office, Role.RESPONDER, "housing", name="chen")
    shown = chen.get("/account").text
    assert "大屏" in shown
    assert "别人的" not in shown
    assert post(chen, f"/account/tokens/{other}/revoke")[0] == 404
    assert office.get(Tokens).find(word) is not None
    assert post(chen, f"/account/tokens/{mine}/revoke")[0] == 303
    assert "大屏" not in chen.get("/account").text
    # One that somebody else made alone, from before: the owner and the admin are told.
    desk = signed_in(office, Role.DESK, name="zhiban")
    assert "admin 单独添加" in desk.get("/account").text
    assert "他人单独添加" in signed_in(office, Role.ADMIN, name="admin").get("/admin/tokens").text


def test_owners_see_and_end_their_own_sessions_only(office: DeskContext) -> None:
    here = signed_in(office, Role.DESK, name="zhiban")
    there = signed_in(office, Role.DESK, name="zhiban")
    third = signed_in(office, Role.DESK, name="zhiban")
    other = signed_in(office, Role.LEADER, name="lingdao")
    (foreign,) = office.get(Sessions).of("lingdao")
    assert foreign.id not in here.get("/account").text
    post(here, "/account/sessions", session=foreign.id)
    assert other.get("/ledger", follow_redirects=False).status_code == 200
    shown = here.get("/account").text
    ids = re.findall(r'name="session" value="([0-9a-f]{16})"', shown)
    assert len(ids) == 2, "this one has no button"
    post(here, "/account/sessions", session=ids[0])
    open_ = [client.get("/ledger", follow_redirects=False).status_code for client in (there, third)]
    assert sorted(open_) == [200, 303]
    post(here, "/account/sessions")
    assert len(office.get(Sessions).of("zhiban")) == 1
    assert here.get("/ledger", follow_redirects=False).status_code == 200


def test_a_program_is_no_second_person(office: DeskContext) -> None:
    _, word = office.get(Tokens).make("admin", "同步", Scope.ACT, 9, "admin")
    client = client_of(office)
    client.headers["authorization"] = f"Bearer {word}"
    new = {"id": "new", "name": "x", "role": "desk", "password": "keyboard-orchard-41"}
    answer = client.post("/api/v1/accounts", json=new)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "second_person")
    answer = client.patch("/api/v1/accounts/shenhe", json={"role": "desk"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "second_person")
    assert client.patch("/api/v1/accounts/shenhe", json={"name": "沈某"}).status_code == 200
    own = client.patch("/api/v1/accounts/admin", json={"unit": "housing"})
    assert "自己的角色和单位" in own.json()["error"]["message"]


def test_reading_a_confidential_case_by_token_is_on_record_with_both_names(
    tmp_path: Path, root: Path
) -> None:
    from tests.desk.case_office import CASE

    desk = CaseOffice(tmp_path, root / "config")
    desk.put(item(confidential=True), item("2"))
    accounts = desk.office.get(Accounts)
    accounts.add(Account(id="zhiban", name="林某", role=Role.DESK, created=NOW), "")
    _, word = desk.office.get(Tokens).make("zhiban", "大屏", Scope.READ, 9, "admin", "lingdao")
    client = client_of(desk.office)
    client.headers["authorization"] = f"Bearer {word}"
    for path in ("", "/history", "/files"):
        assert client.get(f"/api/v1/cases/board-export%3A1{path}").status_code == 200
        assert client.get(f"/api/v1/cases/board-export%3A2{path}").status_code == 200
    found = desk.office.trail.search(deed=AuditAction.TOKEN)[1]
    assert [(one.who, one.about) for one in found] == [("zhiban", CASE)] * 3
    assert "admin 添加，lingdao 确认" in found[0].detail
    client.get("/api/v1/cases/board-export%3A1?reason=核实来电")
    (unmasked,) = desk.office.trail.search(deed=AuditAction.UNMASK)[1]
    assert "admin 添加，lingdao 确认" in unmasked.detail
    desk.close()


@pytest.fixture
def program(tmp_path: Path, root: Path) -> Iterator[Callable[..., tuple[CaseOffice, TestClient]]]:
    """Gives a program with a token of the account zhiban that somebody made."""
    desk = CaseOffice(tmp_path, root / "config")
    desk.put(item(), item("2"))
    for name, role in (("zhiban", Role.DESK), ("guanli", Role.ADMIN)):
        desk.office.get(Accounts).add(Account(id=name, name=name, role=role, created=NOW), "")

    def made(by: str, agreed: str = "", account: str = "zhiban") -> tuple[CaseOffice, TestClient]:
        _, word = desk.office.get(Tokens).make(account, "大屏", Scope.ACT, 9, by, agreed)
        client = client_of(desk.office)
        client.headers["authorization"] = f"Bearer {word}"
        return desk, client

    yield made
    desk.close()


@pytest.mark.parametrize(
    ("by", "agreed", "said"),
    [
        ("admin", "", "（第 1 号令牌，admin 添加）"),
        ("admin", "lingdao", "（第 1 号令牌，admin 添加，lingdao 确认）"),
        ("命令行（root）", "", "（第 1 号令牌，命令行（root） 添加）"),
    ],
)
def test_lists_read_by_a_token_of_another_are_on_record_once_a_day(
    program: Callable[..., tuple[CaseOffice, TestClient]], by: str, agreed: str, said: str
) -> None:
    desk, client = program(by, agreed)
    for path in ("cases", "cases?q=路灯", "counters", "units", "cases", "units"):
        assert client.get(f"/api/v1/{path}").status_code == 200
    found = desk.office.trail.search(deed=AuditAction.READ)[1]
    assert {(one.who, one.about, one.detail) for one in found} == {
        ("zhiban", f"/api/v1/{part}", f"读取{said}") for part in ("cases", "counters", "units")
    }
    assert len(found) == 3
    desk.now += timedelta(days=1)
    assert client.get("/api/v1/cases").status_code == 200
    assert desk.office.trail.search(deed=AuditAction.READ)[0] == 4


def test_made_up_addresses_fill_no_trail(
    program: Callable[..., tuple[CaseOffice, TestClient]],
) -> None:
    desk, client = program("admin")
    for number in range(60):
        client.get(f"/api/v1/made-up-{number}")
    assert desk.office.trail.search(deed=AuditAction.READ)[0] == 40


def test_what_the_owner_made_is_read_without_a_line(
    program: Callable[..., tuple[CaseOffice, TestClient]],
) -> None:
    desk, client = program("zhiban")
    assert client.get("/api/v1/cases").status_code == 200
    assert desk.office.trail.search(deed=AuditAction.READ)[0] == 0


def test_everything_that_a_program_does_is_on_record_with_both_names(
    program: Callable[..., tuple[CaseOffice, TestClient]],
) -> None:
    desk, client = program("admin", "lingdao")
    assert client.get("/api/v1/export?format=csv").status_code == 200
    _, admin = program("lingdao", "admin", account="guanli")
    for path in ("/sources/hotline/pause", "/sources/hotline/resume"):
        assert admin.post(f"/api/v1{path}").status_code in (200, 404)
    changed = admin.patch("/api/v1/accounts/zhiban", json={"name": "林某"})
    assert changed.status_code == 200
    export = desk.office.trail.search(deed=AuditAction.EXPORT)[1]
    assert ["第 1 号令牌，admin 添加，lingdao 确认" in one.detail for one in export] == [True]
    others = [
        one
        for deed in (AuditAction.ACCOUNT, AuditAction.SOURCE)
        for one in desk.office.trail.search(deed=deed)[1]
        if one.who == "guanli"
    ]
    assert others
    assert all("第 2 号令牌，lingdao 添加，admin 确认" in one.detail for one in others)
