"""The command line: what is wrong is said, nothing is written then, and programs get JSON."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from desk.accounts.second_factor import SecondFactor
from desk.app import cli
from desk.app.cli import app
from desk.app.commands.audit import audit_store
from desk.ground.deskfile import DeskFile
from desk.ground.settings import read_settings
from huiyin.store.lease import Taken, lease
from sinks.alerts.base import Sent, Unsent
from streams.embedded.store import EmbeddedStore

Run = Callable[..., Result]

ROWS = (
    "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间\r\n"
    "1,U1,楼道灯坏了,2026-03-03 09:00,楼道灯坏了，请来修。,已修好。,2026-03-05 09:00\r\n"
    "2,U2,公交太少,2026-03-06 09:00,早上等车太久。,,\r\n"
)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "board.csv").write_text(ROWS, "utf-8")
    called(folder / "home", "ingest", str(folder / "board.csv"), "--source", "board-export")
    return folder / "home"


def called(home: Path, *arguments: str, status: int = 0) -> Result:
    environment = {
        "HUIYIN_HOME": str(home),
        "HUIYIN_CLASSIFIER": "rules",
        "HUIYIN_NOW": "2026-03-20T09:00",
        "COLUMNS": "400",
    }
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def run(taken_in: Path, tmp_path: Path) -> Run:
    shutil.copytree(taken_in, tmp_path / "home")
    return partial(called, tmp_path / "home")


# -- history ---------------------------------------------------------------------------


def test_a_date_parts_history_from_what_is_to_be_done(tmp_path: Path) -> None:
    (tmp_path / "board.csv").write_text(ROWS, "utf-8")
    ingest = ("ingest", str(tmp_path / "board.csv"), "--source", "board-export")
    both = called(tmp_path / "home", *ingest, "--archive", "--archive-before=2026-03-05", status=2)
    assert "只用一个" in both.output
    called(tmp_path / "home", *ingest, "--archive-before", "2026-03-05")
    shown = {
        number: json.loads(called(tmp_path / "home", "show", f"board-export:{number}").stdout)
        for number in (1, 2)
    }
    assert shown[1]["state"] == "archived"
    assert shown[2]["state"] != "archived"
    # The whole file as history changes nothing of what is worked on.
    called(tmp_path / "home", *ingest, "--archive")
    again = json.loads(called(tmp_path / "home", "show", "board-export:2").stdout)
    assert again == shown[2]


# -- an unknown case ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", ["board-export:999", "999", "elsewhere:1", "board-export:", "："]
)
@pytest.mark.parametrize("command", ["acknowledge", "close"])
def test_an_action_on_an_unknown_case_is_an_error_and_leaves_nothing(
    run: Run, tmp_path: Path, number: str, command: str
) -> None:
    said = run("act", number, command, status=1)
    assert f"没有编号为“{number}”的事项" in said.output
    assert "请到台账核对" in said.output
    assert json.loads(run("audit", "--json").stdout)["actions"] == 0
    assert "没有死信" in run("dead-letters", "--all").output


def test_an_action_on_a_case_that_just_came_in_is_taken(run: Run) -> None:
    run("act", "board-export:2", "log_contact", '{"text": "已联系"}')
    assert json.loads(run("audit", "--json").stdout)["actions"] == 1


# -- names that are none -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "ledger", "--out", "台账.pdf"), "文件名应以 .csv、.docx、.jsonl、.xlsx 结尾，实际是 .pdf"),
        (("export", "ledger", "--out", "台账.xls"), "实际是 .xls（台账.xls）"),
        (("export", "ledger", "--out", "台账.xlsx.bak"), "或用 --format 写明格式"),
        (("report", "weekly", "--out", "周反馈.pdf"), "文件名应以 .docx 结尾，实际是 .pdf"),
        (("report", "monthly", "--out", "月整改.doc"), "文件名应以 .docx 结尾"),
        (("report", "quarterly", "--out", "季通报"), "没有扩展名"),
        (("qa", "export", "--format", "html", "--out", "问答.json"), "文件名应以 .htm、.html 结尾"),
        (("qa", "export", "--out", "问答.xlsx"), "文件名应以 .json 结尾"),
        (("export", "ledger", "--out", "l.csv", "--source", "board-exprot"), "是不是“board-export”？"),
        (("export", "ledger", "--out", "l.csv", "--source", "x"), "config/sources.toml 里有：hotline-export"),
        (("export", "ledger", "--out", "l.csv", "--channel", "问政平合"), "是不是“问政平台”？"),
        (("export", "ledger", "--out", "l.csv", "--topic", "城乡建没"), "是不是“城乡建设”？"),
        (("export", "ledger", "--out", "l.csv", "--topic", "城乡建设/市镇管理"), "没有名为“市镇管理”的事项分类"),
        (("replay-dead", "--source", "board"), "是不是“board-export”？"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_says_what_is_meant(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    output = re.sub(r"[\s│]+", " ", run(*arguments, status=2).output)
    assert said in output
    assert not any(work.iterdir()), "nothing is written"


def test_a_wrong_source_of_a_file_says_which_was_meant(run: Run, tmp_path: Path) -> None:
    (tmp_path / "board.csv").write_text(ROWS, "utf-8")
    said = run("ingest", str(tmp_path / "board.csv"), "--source", "board-exprot", status=1)
    assert "是不是“board-export”？" in str(said.exception)


@pytest.mark.parametrize(
    "options",
    [("--source", "board-export"), ("--channel", "问政平台"), ("--topic", "城乡建设/环境卫生")],
)
def test_known_names_are_taken(run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    run("export", "ledger", "--out", str(tmp_path / "l.csv"), *options)


def test_a_source_that_left_the_configuration_is_known_by_its_cases(
    run: Run, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    shutil.copytree(root / "config", config)
    table = (config / "sources.toml").read_text("utf-8")
    (config / "sources.toml").write_text(
        table.replace("[source.board-export", "[source.gone"), "utf-8"
    )
    monkeypatch.setenv("HUIYIN_CONFIG", str(config))
    out = tmp_path / "l.csv"
    assert "2 件" in run("export", "ledger", "--out", str(out), "--source", "board-export").output


# -- JSON for programs -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (
            ("export", "ledger", "--out", "l.csv"),
            {"file", "format", "rows", "equation", "balanced"},
        ),
        (("report", "weekly", "--out", "w.docx"), {"file", "period", "equation"}),
        (("report", "monthly", "--out", "m.docx"), {"file", "period", "equation"}),
        (("report", "quarterly", "--out", "q.docx"), {"file", "period", "equation"}),
        (("source", "pause", "leader-mailbox"), {"source", "paused"}),
        (("source", "resume", "leader-mailbox"), {"source", "paused"}),
        (("columns", "list"), None),
        (("user", "list"), None),
        (("token", "list"), None),
        (("source", "list"), None),
        (("alerts", "list"), None),
        (("deliveries",), None),
        (("audit",), {"cases", "balanced"}),
        (("doctor",), None),
        (("hotspots",), None),
        (("deadline", "2026-09-24T10:00", "--working-days", "5"), set()),
        (("restored", "恢复了备份"), None),
        (("qa", "export"), {"entries", "format", "content"}),
        (("qa", "export", "--out", "qa.json"), {"file", "format", "entries"}),
    ],
)
def test_a_program_gets_one_json_document(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    keys: set[str] | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    found = json.loads(run(*arguments, "--json").stdout)
    assert isinstance(found, list) if keys is None else keys <= set(found)


def test_accounts_and_tokens_as_json(run: Run) -> None:
    run("user", "add", "zhou", "--role", "leader", "--name", "周某")
    users = json.loads(run("user", "list", "--json").stdout)
    assert [(one["id"], one["role"], one["marks"]) for one in users] == [
        ("zhou", "leader", ["待改初始密码"])
    ]
    made = json.loads(run("token", "add", "zhou", "--name", "大屏", "--json").stdout)
    assert made["token"]
    shown = run("token", "list", "--json").stdout
    assert [one["account"] for one in json.loads(shown)] == ["zhou"]
    assert made["token"] not in shown


def test_what_changes_an_account_tells_it_as_json(run: Run, tmp_path: Path) -> None:
    def told(*arguments: str) -> dict[str, object]:
        found = json.loads(run(*arguments, "--json").stdout)
        assert isinstance(found, dict)
        return found

    added = told("user", "add", "zhou", "--role", "leader", "--name", "周某")
    assert (added["account"], added["role"], added["unit"]) == ("zhou", "leader", "")
    assert added["password"]
    again = told("user", "password", "zhou")
    assert again["password"] not in (None, added["password"])
    assert told("user", "unlock", "zhou") == {"account": "zhou", "locked": False}
    factor = DeskFile(read_settings({"HUIYIN_HOME": str(tmp_path / "home")}).desk_file)
    SecondFactor(factor).begin("zhou")
    factor.close()
    dropped = told("user", "drop-second-factor", "zhou")
    assert dropped == {"account": "zhou", "second_factor": False}
    assert told("user", "disable", "zhou") == {"account": "zhou", "disabled": True}
    assert told("user", "enable", "zhou") == {"account": "zhou", "disabled": False}
    bare = told("user", "add", "li", "--role", "leader", "--name", "李某", "--no-password")
    assert bare["password"] is None
    made = told("token", "add", "zhou", "--name", "大屏")
    revoked = told("token", "revoke", str(made["id"]))
    assert revoked == {"id": made["id"], "account": "zhou", "revoked": True}


def test_a_tried_channel_as_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(
        (Sent(receipt="r-1"), Unsent(reason="rejected", detail="token 不对", retry=False))
    )
    monkeypatch.setattr("desk.alerts.service.try_channel", lambda *_: next(answers))
    said = json.loads(run("alerts", "test", "duty", "--json").stdout)
    assert said == {"channel": "duty", "sent": True, "receipt": "r-1"}
    failed = run("alerts", "test", "duty", "--json", status=1)
    assert json.loads(failed.stdout) == {"channel": "duty", "sent": False, "detail": "token 不对"}


@pytest.mark.slow
def test_a_retrained_model_as_json(run: Run, tmp_path: Path) -> None:
    pairs = [("路灯很快修好了，谢谢", "正面"), ("一直没有人管，太差了", "负面")]
    rows = [f"{text}{n},{side}" for n in range(12) for text, side in pairs]
    (tmp_path / "texts.csv").write_text("\n".join(("text,sentiment", *rows)), "utf-8")
    told = json.loads(run("train-snownlp", str(tmp_path / "texts.csv"), "--json").stdout)
    assert (told["negative"], told["positive"]) == (12, 12)
    assert {"model", "version", "check"} <= set(told)


NO_JSON = {"run", "worker", "intake", "desk"}
"""They serve until they are stopped."""
ALWAYS_JSON = {"act", "show", "classify", "corrections"}


def test_every_command_that_ends_offers_json() -> None:
    def without(command: Any, path: tuple[str, ...]) -> Iterator[str]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from without(inner, (*path, name))
        options = {one for each in command.params for one in getattr(each, "opts", ())}
        if not hasattr(command, "commands") and "--json" not in options:
            yield " ".join(path)

    assert set(without(get_command(app), ())) == NO_JSON | ALWAYS_JSON


# -- long work ---------------------------------------------------------------------------


def test_the_proof_tells_how_far_it_is(run: Run, tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "home" / "huiyin.db")
    told: list[int] = []
    audit_store(store, told.append)
    assert told[-1] == store.processed > 0
    store.close()


def test_setting_up_says_each_step(root: Path) -> None:
    said = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "--what-if=requirements.lock", "run"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    steps = [line for line in said.splitlines() if re.search(r"echo \"[123]/3", line)]
    assert len(steps) == 3
    (packages,) = (line for line in said.splitlines() if "--require-hashes" in line)
    assert "--quiet" not in packages, "two minutes without a word look like a fault"
    assert "-q " not in packages


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "磁盘已满，没有写完。请清出空间，再试一次；已经入库的都在：/srv/out.xlsx"),
        (errno.EROFS, "请管理员检查 HUIYIN_HOME 的权限和磁盘是否只读"),
        (errno.EIO, "数据文件读写失败"),
    ],
)
def test_a_disk_that_cannot_be_written_to_is_a_message(
    number: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OSError(number, "as the system says", "/srv/out.xlsx")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    assert said in capsys.readouterr().err


def test_a_lease_is_held_though_there_is_no_room_for_the_name_of_its_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with (
        lease(tmp_path / "lock", "林某"),
        pytest.raises(Taken),
        lease(tmp_path / "lock", "周某"),
    ):
        pytest.fail("two at a time")
