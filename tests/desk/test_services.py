"""What is done by page, interface and command is decided in one place: same refusal, same trail."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.routing import BaseRoute, Mount
from typer.testing import CliRunner

from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.alerts.alerting import alert_file
from desk.app.cli import app as commands
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from huiyin.store.lease import lease
from sinks.alerts.outbox import AlertOutbox
from sinks.alerts.routing import Plan
from streams.dead_letters import DeadLetter, Stage
from streams.sources.seam.health import SourceHealth, pause
from tests.desk.app.test_web import Desk
from tests.desk.case_office import CaseOffice, item
from tests.desk.clients import _app, signed_in

V1 = "/api/v1"
ROW = re.compile(r"^\| .+? \| `(desk\.[\w.]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
COMPUTES_ONLY = {"POST /classify", "POST /check-reply"}
PULLED = "liuyan"
"""A source of the shipped table that is polled."""


# -- the table -------------------------------------------------------------------------


class Row(Struct, frozen=True):
    service: str
    pages: tuple[str, ...]
    interface: tuple[str, ...]
    commands: tuple[str, ...]


@pytest.fixture(scope="module")
def rows(root: Path) -> list[Row]:
    text = (root / "docs" / "architecture.md").read_text("utf-8")
    cells = [
        (found[0], *(re.findall(r"`(.+?)`", one) for one in found[1:]))
        for found in ROW.findall(text)
    ]
    return [Row(service, *map(tuple, others)) for service, *others in cells]


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[CaseOffice]:
    made = CaseOffice(tmp_path, root / "config")
    vars(made.office)["app_of_tests"] = made._app
    yield made
    made.close()


def routes(of: list[BaseRoute]) -> dict[str, Callable[..., Any]]:
    return {
        f"{method} {route.path}": route.endpoint
        for route in of
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def interface(desk: CaseOffice) -> dict[str, Callable[..., Any]]:
    (mounted,) = (
        one for one in _app(desk.office).routes if isinstance(one, Mount) and one.path == V1
    )
    return routes(list(mounted.routes))


def callback(name: str) -> Callable[..., Any]:
    found: Any = typer.main.get_command(commands)
    for word in name.split()[1:]:
        found = found.commands[word]
    called: Callable[..., Any] = inspect.unwrap(found.callback)
    return called


def test_every_cell_of_the_table_calls_the_service_of_its_row(
    rows: list[Row], desk: CaseOffice
) -> None:
    pages, operations = routes(list(_app(desk.office).routes)), interface(desk)
    assert len(rows) > 8
    for row in rows:
        module, _, name = row.service.rpartition(".")
        assert inspect.isclass(getattr(importlib.import_module(module), name))
        callers = [pages[one] for one in row.pages]
        callers += [operations[one] for one in row.interface]
        callers += [callback(one) for one in row.commands]
        for caller in callers:
            held = inspect.getmodule(caller)
            assert held is not None
            # A page that keeps its service in a class of its own has it in its module.
            assert hasattr(held, name), f"{held.__name__} does not use {name}"


def test_every_operation_that_changes_something_stands_in_the_table(
    rows: list[Row], desk: CaseOffice
) -> None:
    changing = {one for one in interface(desk) if not one.startswith(("GET ", "HEAD "))}
    assert changing - COMPUTES_ONLY == {
        one for row in rows for one in row.interface if not one.startswith("GET ")
    }


# -- the same answer, whoever asks -----------------------------------------------------


class Asked(Struct, frozen=True):
    """One thing, asked for in each way: status or exit status, and the text."""

    page: tuple[int, str]
    interface: tuple[int, str]
    command: tuple[int, str]


def command(desk: CaseOffice | Desk, *words: str) -> tuple[int, str]:
    settings = desk.office.settings
    environment = {
        "HUIYIN_HOME": str(settings.home),
        "HUIYIN_CONFIG": str(settings.config),
        "HUIYIN_NOW": desk.office.clock().isoformat(),
        "HUIYIN_CLASSIFIER": "rules",
    }
    done = CliRunner().invoke(commands, words, env=environment)
    return done.exit_code, done.output


def ask(
    desk: CaseOffice, role: Role, page: str, operation: str, *words: str, **form: object
) -> Asked:
    client = signed_in(desk.office, role)
    shown = client.post(page, data=form, follow_redirects=False)
    answered = client.post(f"{V1}{operation}", json={})
    return Asked(
        (shown.status_code, shown.text),
        (answered.status_code, answered.json().get("error", {}).get("message", "")),
        command(desk, *words) if words else (1, ""),
    )


def trail(office: DeskContext, deed: AuditAction) -> list[tuple[str, str, str]]:
    _, steps = office.trail.search(deed=deed.value, limit=20)
    return [(one.who, one.about, one.detail) for one in reversed(steps)]


@pytest.mark.parametrize(
    ("handle", "word"),
    [("pause", "暂停来源"), ("resume", "恢复来源"), ("run", "读取来源")],
)
def test_another_role_is_refused_alike_and_on_record(
    desk: CaseOffice, handle: str, word: str
) -> None:
    said = f"您的角色不能{word}。如需要，请联系管理员。"
    asked = ask(desk, Role.DESK, f"/admin/sources/{PULLED}/{handle}", f"/sources/{PULLED}/{handle}")
    assert asked.page[0] == asked.interface[0] == 403
    assert said in asked.page[1]
    assert asked.interface[1] == said
    assert trail(desk.office, AuditAction.REFUSED) == [("desk", PULLED, word)] * 2
    assert trail(desk.office, AuditAction.SOURCE) == []


@pytest.mark.parametrize("handle", ["pause", "resume", "run"])
def test_an_unknown_source_is_said_alike(desk: CaseOffice, handle: str) -> None:
    asked = ask(
        desk,
        Role.ADMIN,
        f"/admin/sources/nothing/{handle}",
        f"/sources/nothing/{handle}",
        *("source", handle, "nothing"),
    )
    assert (asked.page[0], asked.interface[0], asked.command[0]) == (404, 404, 1)
    assert asked.interface[1].startswith("没有来源 nothing。已配置的有：")
    assert asked.interface[1] in asked.page[1]
    assert asked.interface[1] in asked.command[1]


def test_what_was_done_to_a_source_leaves_the_same_trail(desk: CaseOffice) -> None:
    asked = ask(
        desk,
        Role.ADMIN,
        f"/admin/sources/{PULLED}/pause",
        f"/sources/{PULLED}/pause",
        *("source", "pause", PULLED),
    )
    assert (asked.page[0], asked.interface[0], asked.command[0]) == (303, 200, 0)
    page, api, line = trail(desk.office, AuditAction.SOURCE)
    assert page == api == ("admin", PULLED, "暂停")
    assert line[0].startswith("命令行（")
    assert line[1:] == page[1:]


@pytest.mark.parametrize("why", ["busy", "paused"])
def test_a_source_that_cannot_be_read_now_says_why_alike(desk: CaseOffice, why: str) -> None:
    with desk.office.acts.borrowed() as runner:
        held = runner.polls / f"{PULLED}.lock"
        if why == "paused":
            now = runner.clock()
            runner.change_health(
                PULLED,
                lambda _known: pause(
                    SourceHealth(source=PULLED, watched_since=now), now=now, by="值班长"
                ),
            )
    ways = (
        f"/admin/sources/{PULLED}/run",
        f"/sources/{PULLED}/run",
        *("source", "run", PULLED),
    )
    if why == "busy":
        with lease(held, "11-24 10:00 开始，进程 4"):
            asked = ask(desk, Role.ADMIN, *ways)
        said = f"来源“{PULLED}”正在读取（11-24 10:00 开始，进程 4），同一来源一次只读一遍"
    else:
        asked = ask(desk, Role.ADMIN, *ways)
        said = f"来源“{PULLED}”已暂停，没有读取。请先恢复。"
    assert (asked.page[0], asked.interface[0], asked.command[0]) == (409, 409, 1)
    for text in (asked.page[1], asked.interface[1], asked.command[1]):
        assert said in text
    assert trail(desk.office, AuditAction.SOURCE) == []


def test_an_action_is_refused_in_the_same_words(desk: CaseOffice) -> None:
    desk.put(item())
    client = signed_in(desk.office, Role.DESK)
    shown = client.post("/cases/board-export:1/act/acknowledge", data={})
    answered = client.post(f"{V1}/cases/board-export%3A1/actions", json={"do": "acknowledge"})
    status, told = command(desk, "act", "board-export:1", "acknowledge")
    said = answered.json()["error"]["message"]
    assert (shown.status_code, answered.status_code, status) == (422, 409, 1)
    assert said in shown.text
    assert told.strip().splitlines()[-1] == said


def test_a_role_that_may_not_is_refused_in_the_same_words(desk: CaseOffice) -> None:
    desk.put(item())
    client = signed_in(desk.office, Role.LEADER)
    shown = client.post("/cases/board-export:1/act/assign", data={"lead": "housing"})
    answered = client.post(
        f"{V1}/cases/board-export%3A1/actions", json={"do": "assign", "lead": "housing"}
    )
    status, told = command(
        desk, "act", "board-export:1", "assign", '{"lead": "housing"}', "--by", "leader"
    )
    said = "您的角色不能办理“派单”。如需要，请联系管理员。"
    assert (shown.status_code, answered.status_code, status) == (403, 403, 1)
    assert said in shown.text
    assert answered.json()["error"]["message"] == said
    assert told.strip() == said
    about = [(who, case) for who, case, _ in trail(desk.office, AuditAction.REFUSED)]
    assert about == [("leader", "board-export:1")] * 3


def test_a_case_that_is_not_there_is_told_alike(desk: CaseOffice) -> None:
    client = signed_in(desk.office, Role.DESK)
    shown = client.post("/cases/board-export:9/act/close", data={})
    answered = client.post(f"{V1}/cases/board-export%3A9/actions", json={"do": "close"})
    status, told = command(desk, "act", "board-export:9", "close")
    said = "没有编号为“board-export:9”的事项，或您无权查看。请到台账核对编号。"
    assert (shown.status_code, answered.status_code, status) == (404, 404, 1)
    assert said in shown.text
    assert answered.json()["error"]["message"] == said
    assert told.strip() == said


def test_who_may_not_say_that_an_alert_was_seen_is_refused_alike(desk: CaseOffice) -> None:
    desk.put(item(title="锦绣花园燃气泄漏有人被困", body="请县住建局快来人救命。"))
    alert = desk.runner.store.alerts(10)[0]
    file = alert_file(desk.office.settings)
    AlertOutbox(file).take([alert], "1", lambda _alert: Plan(), desk.now)
    path = f"/alerts/{quote(alert.alert_id, safe='')}/acknowledge"
    for role, statuses in ((Role.ADMIN, (403, 403)), (Role.LEADER, (303, 200))):
        client = signed_in(desk.office, role)
        form = {"alert": alert.alert_id}
        shown = client.post("/alerts/acknowledge", data=form, follow_redirects=False)
        answered = client.post(V1 + path)
        assert (shown.status_code, answered.status_code) == statuses
        if role is Role.ADMIN:
            assert answered.json()["error"]["message"] in shown.text
    file.close()
    assert trail(desk.office, AuditAction.ALERT) == [("leader", alert.alert_id, "知悉")] * 2
    assert trail(desk.office, AuditAction.REFUSED) == [("admin", alert.alert_id, "知悉告警")] * 2


@pytest.mark.parametrize("role", [Role.DESK, Role.ADMIN])
def test_dead_letters_are_tried_again_or_refused_alike(desk: CaseOffice, role: Role) -> None:
    desk.runner.store.add(
        [
            DeadLetter(
                letter_id="l1",
                stage=Stage.INTAKE,
                source="gone",
                reason="bad_row",
                detail="第 2 行",
                original=b"x",
                origin="来信.xlsx 第 2 行",
                at=desk.now,
            )
        ]
    )
    asked = ask(
        desk,
        role,
        "/dead-letters",
        "/dead-letters/replay",
        *(("replay-dead",) if role is Role.ADMIN else ()),
        letter="l1",
        do="replay",
    )
    if role is Role.DESK:
        said = "您的角色不能重试死信。如需要，请联系管理员。"
        assert (asked.page[0], asked.interface) == (403, (403, said))
        assert said in asked.page[1]
        return
    assert (asked.page[0], asked.interface[0], asked.command[0]) == (200, 200, 0)
    said = "重试 1 条，0 条已收进台账；1 条的来源没有启用或不能重试，请改好来源文件后重新导入。"
    assert said in asked.page[1]
    assert said in asked.command[1]
    page, api, line = trail(desk.office, AuditAction.LETTER)
    assert page == api == ("admin", "死信", "重试 1 条，成功 0")
    assert line[1:] == page[1:]


@pytest.mark.parametrize(("switch", "word"), [("disable", "停用"), ("enable", "恢复")])
def test_an_account_is_switched_alike(desk: CaseOffice, switch: str, word: str) -> None:
    for name in ("desk", "admin"):
        signed_in(desk.office, Role(name))
    client = signed_in(desk.office, Role.ADMIN)
    form = client.post(f"/admin/accounts/desk/{switch}", follow_redirects=False)
    wanted = {"disabled": switch == "disable"}
    answered = client.patch(f"{V1}/accounts/desk", json=wanted)
    assert (form.status_code, answered.status_code) == (303, 200)
    assert command(desk, "user", switch, "desk")[0] == 0
    page, api, line = trail(desk.office, AuditAction.ACCOUNT)
    assert page == api == ("admin", "desk", word)
    assert line[1:] == page[1:]


def test_nobody_switches_the_own_account_off(desk: CaseOffice) -> None:
    client = signed_in(desk.office, Role.ADMIN)
    shown = client.post("/admin/accounts/admin/disable", data={})
    answered = client.patch(f"{V1}/accounts/admin", json={"disabled": True, "name": "新名"})
    said = "不能停用自己的账号，请让另一位管理员来做。"
    assert (shown.status_code, answered.status_code) == (400, 409)
    assert said in shown.text
    assert answered.json()["error"]["message"] == said
    found = desk.office.get(Accounts).get("admin")
    assert found is not None
    assert (found.disabled, found.name) == (False, "林某")


def test_a_sample_account_switches_no_real_one(desk: CaseOffice) -> None:
    desk.office.get(Accounts)._demo = True
    made = Account(id="sample", name="示例", role=Role.ADMIN, demo=True, created=desk.now)
    desk.office.get(Accounts).add(made, "")
    signed_in(desk.office, Role.DESK)
    client = signed_in(desk.office, Role.ADMIN, name="sample")
    shown = client.post("/admin/accounts/desk/disable", data={})
    answered = client.patch(f"{V1}/accounts/desk", json={"disabled": True})
    said = "示例账号不能改真实的账号。"
    assert (shown.status_code, answered.status_code) == (400, 409)
    assert said in shown.text
    assert answered.json()["error"]["message"] == said


def test_the_answers_of_today_leave_the_same_file_and_the_same_trail(desk: CaseOffice) -> None:
    shown = signed_in(desk.office, Role.LEADER).get("/qa/export.json")
    status, printed = command(desk, "qa", "export")
    assert (shown.status_code, status) == (200, 0)
    assert printed == shown.text
    page, line = trail(desk.office, AuditAction.REGISTER)
    assert page == ("leader", "qa-2026-11-24.json", "导出问答 0 条")
    assert line[0].startswith("命令行（")
    assert line[1:] == page[1:]


# -- huiyin act ------------------------------------------------------------------------


def test_the_command_acts_as_the_account_and_the_trail_says_who_used_the_machine(
    desk: CaseOffice,
) -> None:
    desk.put(item())
    signed_in(desk.office, Role.RESPONDER, "health", name="lin")
    given = ("act", "board-export:1", "log_contact", '{"text": "已电话联系"}', "--by", "lin")
    # Not yet this unit's case: it is not there for it.
    assert command(desk, *given)[0] == 1
    command(desk, "act", "board-export:1", "assign", '{"lead": "health", "reason": "归口"}')
    assert command(desk, *given)[0] == 0
    last = desk.case("board-export:1").history[-1]
    assert (last.actor.id, last.actor.role, last.actor.unit) == ("lin", Role.RESPONDER, "health")
    who, about, detail = trail(desk.office, AuditAction.ACT)[-1]
    assert (who, about) == ("lin", "board-export:1")
    assert re.search(r"（命令行（.+））", detail)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--role", "admin"), "与 --role、--unit 不符"),
        (("--unit", "health"), "与 --role、--unit 不符"),
    ],
)
def test_an_account_lends_its_name_to_no_other_role(
    desk: CaseOffice, more: tuple[str, ...], said: str
) -> None:
    desk.put(item())
    signed_in(desk.office, Role.RESPONDER, "housing", name="lin")
    status, told = command(desk, "act", "board-export:1", "close", "{}", "--by", "lin", *more)
    assert (status, said in told) == (1, True), told


def test_a_disabled_account_does_nothing_more(desk: CaseOffice) -> None:
    desk.put(item())
    desk.office.get(Accounts).add(
        Account(
            id="former", name="周某", role=Role.DESK, disabled=True, created=desk.office.clock()
        ),
        "",
    )
    status, told = command(desk, "act", "board-export:1", "close", "{}", "--by", "former")
    assert (status, "已停用" in told) == (1, True)


def test_the_command_takes_no_field_that_the_action_does_not_have(desk: CaseOffice) -> None:
    desk.put(item())
    status, told = command(desk, "act", "board-export:1", "assign", '{"laed": "housing"}')
    assert (status, "动作 assign 没有“laed”这一项" in re.sub(r"[│\s]+", " ", told)) == (2, True)


def test_a_number_counts_once_whoever_reads_it_again(desk: CaseOffice) -> None:
    desk.put(item())
    given = ("act", "board-export:1", "log_contact", '{"text": "一次"}', "--action-id", "k-1")
    first, again = command(desk, *given), command(desk, *given)
    assert first == again
    assert json.loads(first[1])["text"] == "一次"
    logged = [one for one in desk.case("board-export:1").history if one.actor.id == "cli"]
    assert len(logged) == 1
