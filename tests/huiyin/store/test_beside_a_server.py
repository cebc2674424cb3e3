"""Every command beside a live server: what the server acknowledged is there after a crash.

Five notes acknowledged after `huiyin user list` were gone, and `huiyin audit` said 没有丢失:
the desk's file was unlocked, so the command believed that it was alone and deleted the log
into which the server went on writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer.main

from desk.app.cli import app
from huiyin.store.sqlite import copy
from tests.soak.live import Live

ORDER = "260305000100000001"
CASE = f"hotline:{ORDER}"

NOT_BESIDE = {
    "run": "the server itself; two of them on one home are tested below",
    "desk": "the server of the production mode, which has no such file for cases",
    "worker": "production mode only",
    "intake": "production mode only",
    "migrate": "is to be run when the server is stopped, and says so",
    "reindex": "production mode only",
}


@dataclass(frozen=True, slots=True)
class Call:
    """Options of a command; the status it ends with here. 1: it looked and refused, in
    words."""

    options: tuple[str, ...] = ()
    status: int = 0
    stdin: str = ""


CALLS: dict[str, Call] = {
    "deadline": Call(("2026-09-24T10:00", "--working-days", "5")),
    "doctor": Call(),
    "health": Call(),
    "ingest": Call(("{tmp}/board.csv", "--source", "board-export")),
    "init": Call(("--place", "青禾县", "--admin", "second", "--admin-name", "王某")),
    "audit": Call(),
    "masking-check": Call(("{tmp}/board.csv", "--column", "留言详情")),
    "restored": Call(("演练",)),
    "rebuild": Call(),
    "replay-dead": Call(),
    "dead-letters": Call(("--all",)),
    "act": Call((CASE, "log_contact", '{"text": "beside"}')),
    "show": Call((CASE,)),
    "deliver": Call((CASE, "--draft", "1"), status=1),
    "deliveries": Call(),
    "settle-delivery": Call(("d-1", "--proof", "x", "--by", "林某"), status=1),
    "classify": Call(stdin='{"id": "1", "title": "停水", "body": "停水两天"}\n'),
    "train": Call(("--data", "{tmp}", "--out", "{tmp}/model", "--from-ledger"), status=1),
    "train-snownlp": Call(("--from-ledger",), status=1),
    "evaluate": Call(("--data", "{tmp}", "--no-snownlp"), status=1),
    "corrections": Call(),
    "judge": Call(("--dry-run",), status=1),
    "ocr": Call(),
    "model list": Call(),
    "model use": Call(("none",), status=1),
    "processing register": Call(),
    "processing review": Call(("--sign", "各项已看过，没有问题")),
    "hotspots": Call(),
    "rename-hotspot": Call((CASE, "清河苑路灯不亮"), status=1),
    "similar": Call((CASE,)),
    "check-reply": Call((CASE,), status=1),
    "export ledger": Call(("--out", "{tmp}/ledger.jsonl")),
    "report due": Call(),
    "report weekly": Call(("--week", "2026-W10")),
    "report monthly": Call(("--month", "2026-03")),
    "report quarterly": Call(("--quarter", "2026-Q1")),
    "report editions": Call(),
    "report daily": Call(("--day", "2026-03-04")),
    "report sign": Call(
        ("--paper", "weekly", "--period", "2026-W10", "--signer", "林某"),
    ),
    "exclusion list": Call(),
    "exclusion ask": Call((CASE, "--reason", "重复来件", "--evidence", "工单截图")),
    "exclusion decide": Call(("TC2026-0001", "--reason", "属实", "--upheld"), status=1),
    "exchange here": Call(("--reason", "旧机器已停用"), status=1),
    "report issue": Call(("--signer", "林某", "--week", "2026-W10")),
    "source list": Call(),
    "source pause": Call(("hotline",)),
    "source resume": Call(("hotline",)),
    "source run": Call(("hotline",), status=1),
    "source rewind": Call(("hotline", "2026-03-01"), status=1),
    "user list": Call(),
    "user add": Call(("new", "--role", "desk", "--name", "王某")),
    "user password": Call(("new",)),
    "user unlock": Call(("new",)),
    "user drop-second-factor": Call(("new",), status=1),
    "user disable": Call(("new",)),
    "user enable": Call(("new",)),
    "person find": Call(("--reason", "申请表 1", "--name", "王某")),
    "person export": Call((CASE, "--reason", "申请表 1", "--out", "{tmp}/person.txt")),
    "person hold": Call((CASE, "--reason", "诉讼")),
    "person release": Call((CASE, "--reason", "结案")),
    "person erase": Call((CASE, "--yes"), status=1),
    "retention": Call(status=1),
    "joint show": Call(),
    "joint begin": Call(("same", CASE, CASE), status=1),
    "joint press": Call(("BD2026-0001", "send"), status=1),
    "token add": Call(("new", "--name", "大屏")),
    "token list": Call(),
    "token revoke": Call(("2",)),
    "qa export": Call(("--out", "{tmp}/qa.json")),
    "qa push": Call(status=1),
    "columns list": Call(),
    "columns check": Call(status=1),
    "columns import": Call(("{tmp}/board.csv",), status=1),
    "demo remove": Call(("--yes",), status=1),
    "backup": Call(("{tmp}/backups",)),
    "restore": Call(("{tmp}/none.tar.gz",), status=1),
    "config show": Call(),
    "config check": Call(),
    "config reload": Call(),
    "measures": Call(),
    "alerts list": Call(),
    "alerts channels": Call(),
    "alerts failed": Call(),
    "alerts resend": Call(("m-1",), status=1),
    "alerts test": Call(("none",), status=1),
}
"""Each command of the registry, with what it takes to reach the files of the home."""

CSV = """留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间
7001,A1,路灯不亮,2026-11-20 09:00:00,学府路的路灯坏了,,
"""


def _registered() -> set[str]:
    found, todo = set(), [("", typer.main.get_command(app))]
    while todo:
        name, command = todo.pop()
        children = getattr(command, "commands", None)
        if children:
            todo += [(f"{name} {child}".strip(), it) for child, it in children.items()]
        else:
            found.add(name)
    return found


def test_no_command_is_forgotten() -> None:
    """A new command gets its line in CALLS, or a reason in NOT_BESIDE."""
    assert set(CALLS) | set(NOT_BESIDE) == _registered()
    assert not set(CALLS) & set(NOT_BESIDE)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("beside")
    (folder / "board.csv").write_text(CSV, "utf-8")
    live = Live(folder)
    with live.running():
        assert live.push(ORDER)
        yield live


@pytest.mark.timeout(180)
@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_a_command_beside_the_server_loses_nothing(
    name: str, live: Live, tmp_path_factory: pytest.TempPathFactory
) -> None:
    call = CALLS[name]
    folder = str(live.home.parent)
    options = [each.replace("{tmp}", folder) for each in call.options]
    inodes = _logs(live)
    assert {"huiyin.db-wal", "desk.db-wal"} <= set(inodes)
    status, printed = live.huiyin([*name.split(), *options], call.stdin)
    assert "Traceback" not in printed, printed
    assert status == call.status, printed
    # The logs are those that the server has open.
    assert _logs(live) == inodes
    for n in range(2):
        assert live.note(ORDER, f"after {name} {n}")
        assert live.refused(f"after-{name.replace(' ', '-')}-{n}")


def _logs(live: Live) -> dict[str, int]:
    return {each.name: each.stat().st_ino for each in live.home.glob("*.db-wal")
            if each.name.startswith(("huiyin", "desk", "alerts"))}  # fmt: skip


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_after_a_crash_all_of_it_is_there(live: Live) -> None:
    """Of everything above; in a run of its own it has nothing to look at."""
    live.kill()
    assert live.missing() == []
    status, printed = live.audit()
    assert (status, "没有丢失" in printed) == (0, True), printed
    live.start()
    assert live.note(ORDER, "after the restart")
    assert "Traceback" not in live.errors.read_text("utf-8")


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_five_notes_after_user_list(tmp_path: Path) -> None:
    live = Live(tmp_path)
    with live.running():
        assert live.push(ORDER)
        assert live.huiyin(["user", "list"])[0] == 0
        for n in range(5):
            assert live.note(ORDER, f"note {n}")
            assert live.refused(f"mark-{n}")
        live.kill()
        assert len(live.acknowledged) == 11
        assert live.missing() == []
        live.start()
        assert live.stop() == 0
    assert live.missing() == []


@pytest.mark.timeout(180)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["huiyin.db", "desk.db"])
def test_a_file_replaced_below_a_server_is_not_written_on(name: str, tmp_path: Path) -> None:
    live = Live(tmp_path)
    with live.running():
        assert live.push(ORDER)
        assert live.note(ORDER, "before")
        assert live.refused("before")
        copy(live.home / name, tmp_path / "copy", name)
        (tmp_path / "copy").replace(live.home / name)
        if name == "huiyin.db":
            assert not live.push("260305000100000002")
        assert not live.note(ORDER, "after")
        assert not live.refused("after") or name == "huiyin.db"
        live.kill()
    assert "Traceback" not in live.errors.read_text("utf-8")
    assert "被换成了另一个文件" in live.errors.read_text("utf-8")
    for side in ("-wal", "-shm"):
        (live.home / f"{name}{side}").unlink(missing_ok=True)
    assert live.missing() == []


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_two_servers_on_one_home_lose_nothing(tmp_path: Path) -> None:
    live = Live(tmp_path)
    with live.running():
        other, port = live.second()
        for n in range(20):
            order = f"2603050002{n:08}"
            assert live.push(order, port if n % 2 else 0)
            assert live.note(order, f"note {n}", 0 if n % 2 else port)
            assert live.refused(f"mark-{n}", port if n % 2 else 0)
        other.kill()
        other.join()
        assert live.push("260305000300000000")
        live.kill()
    assert live.missing() == []
    assert live.audit()[0] == 0
