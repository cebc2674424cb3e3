"""`huiyin export ledger` and `huiyin report`, from a file that was taken in to the paper."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from desk.app.cli import app
from desk.ground.audit_log import AuditLog
from desk.ground.deskfile import DeskFile
from tests.reporting.contents import word_text, workbook_text

Run = Callable[..., Result]

HEAD = "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间\r\n"
ROWS = (
    "1,U1,楼道灯坏了,2026-03-03 09:00,楼道灯坏了，打13912345678联系我。,已修好。,2026-03-05 09:00\r\n"
    "2,U2,公交太少,2026-03-06 09:00,早上等车太久。,已加车。,2026-03-12 09:00\r\n"
    "3,U3,垃圾没人收,2026-03-10 09:00,小区垃圾三天没人收。,,\r\n"
)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three cases, to be copied."""
    folder = tmp_path_factory.mktemp("office")
    letters = folder / "board.csv"
    letters.write_text(HEAD + ROWS, "utf-8")
    called(folder / "home", "ingest", str(letters), "--source", "board-export")
    return folder / "home"


def called(home: Path, *arguments: str, now: str = "2026-03-20T09:00", ok: bool = True) -> Result:
    environment = {"HUIYIN_HOME": str(home), "HUIYIN_CLASSIFIER": "rules", "HUIYIN_NOW": now}
    result = CliRunner().invoke(app, arguments, env=environment)
    assert (result.exit_code == 0) is ok, result.output
    return result


@pytest.fixture
def run(taken_in: Path, tmp_path: Path) -> Run:
    """Runs a command on the three cases; `now` moves the clock."""
    shutil.copytree(taken_in, tmp_path / "home")
    return partial(called, tmp_path / "home")


def test_a_week_as_a_workbook_by_its_name(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "台账.xlsx"
    said = run("export", "ledger", "--week", "2026-W11", "--out", str(out)).output
    assert "2 件" in said
    assert "上期结转 1 + 新收 1 − 办结 1 = 结存 1" in said
    assert "公交太少" in workbook_text(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), ["1", "2", "3"]),
        (("--from", "2026-03-10", "--to", "2026-03-12"), ["2", "3"]),
        (("--from", "2026-03-10T10:00"), ["2", "3"]),
        (("--to", "2026-03-03"), ["1"]),
        (("--month", "2026-03", "--text", "垃圾"), ["3"]),
        (("--quarter", "2026-Q1", "--channel", "问政平台"), ["1", "2", "3"]),
        (("--year", "2026", "--channel", "12345热线"), []),
        (("--year", "2026", "--source", "board-export"), ["1", "2", "3"]),
    ],
)
def test_periods_and_conditions(
    run: Run, tmp_path: Path, options: tuple[str, ...], ids: list[str]
) -> None:
    out = tmp_path / "l.csv"
    run("export", "ledger", *options, "--out", str(out))
    rows = csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))
    assert [row["编号"].partition(":")[2] for row in rows] == ids


def test_jsonl_is_written_unless_told_otherwise(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "ledger"
    run("export", "ledger", "--out", str(out))
    first = json.loads(out.read_text("utf-8").splitlines()[0])
    assert first["case_id"] == "board-export:1"
    run("export", "ledger", "--week", "2026-W11", "--out", str(out))
    first = json.loads(out.read_text("utf-8").splitlines()[0])
    assert (first["case_id"], first["entry"]) == ("board-export:2", "carried")


@pytest.mark.parametrize(
    ("options", "said", "status"),
    [
        (("--week", "2026-W20"), "还没有开始", 1),
        (("--week", "2026-W60"), "应写成 2026-W47", 1),
        (("--from", "2026-03-12", "--to", "2026-03-10"), "请对调", 1),
        (("--to", "9999-12-31"), "到 2060 年", 1),
        (("--week", "2026-W11", "--month", "2026-03"), "只能用一种", 2),
        (("--unit", "no-such-unit"), "单位表里没有", 2),
        (("--from", "gestern"), "2026-09-24", 2),
        (("--unmasked", "--by", "zhang"), "须写明理由", 1),
        (("--unmasked", "--by", "lin", "--role", "responder", "--reason", "核对"), "只有值班台", 1),
    ],
)
def test_what_cannot_be_exported_is_told(
    run: Run, tmp_path: Path, options: tuple[str, ...], said: str, status: int
) -> None:
    out = tmp_path / "l.csv"
    result = run("export", "ledger", *options, "--out", str(out), ok=False)
    assert result.exit_code == status
    assert said in result.output.replace("\n", "").replace("│", "").replace("  ", "")
    assert not out.exists()


def test_a_period_without_cases_is_a_report_of_zero(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "l.docx"
    assert "零报告" in run("export", "ledger", "--week", "2026-W01", "--out", str(out)).output
    assert "零报告" in word_text(out)


def test_who_exports_personal_data_and_why_is_on_record(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "l.jsonl"
    run("export", "ledger", "--out", str(out))
    assert "13912345678" not in out.read_text("utf-8")
    reason = ("--unmasked", "--by", "zhang", "--reason", "报县领导阅批")
    run("export", "ledger", "--out", str(out), *reason)
    assert "13912345678" in out.read_text("utf-8")
    file = DeskFile(tmp_path / "home" / "desk.db")
    _, (step, *_others) = AuditLog(file).search(deed="导出")
    file.close()
    assert (step.who, step.about) == ("zhang", str(out))
    assert "报县领导阅批" in step.detail


@pytest.mark.slow
def test_issuing_a_week_again_and_correcting_it(run: Run, tmp_path: Path) -> None:
    week = ("report", "issue", "--week", "2026-W11", "--signer", "李主任")
    assert "2026-03-16" in run(*week, now="2026-03-15T09:00", ok=False).output
    assert "已签发2026年第11期：2 件" in run(*week, now="2026-03-16T09:00").output
    assert "没有变化，无需再签发" in run(*week).output
    later = tmp_path / "later.csv"
    late = "4,U4,路牌写错,2026-03-11 09:00,路牌写错了。,,\r\n"
    later.write_text(HEAD + late, "utf-8")
    run("ingest", str(later), "--source", "board-export")
    assert "须写明更正的理由" in run(*week, ok=False).output
    said = run(*week, "--reason", "补登来件").output
    assert "已签发2026年第11期修订1：3 件" in said
    assert "更正 1 处" in said
    listed = run("report", "editions").output.splitlines()
    assert [line.split()[0] for line in listed] == ["2026年第11期修订1", "2026年第11期"]
    assert all(line.endswith("完好") for line in listed)
    damaged = tmp_path / "home" / "editions" / "2026-W11" / "1" / "ledger.csv"
    damaged.unlink()
    assert "文件与签发时不同：ledger.csv" in run("report", "editions", ok=False).output
    one = json.loads(run("report", "editions", "--json", ok=False).output.splitlines()[1])
    assert (one["number"], one["damaged"]) == ("2026年第11期", ["ledger.csv"])


def test_issuing_needs_a_period(run: Run) -> None:
    assert run("report", "issue", "--signer", "李主任", ok=False).exit_code == 2


@pytest.mark.slow
def test_papers_on_demand_and_by_schedule(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "周反馈.docx"
    run("report", "weekly", "--week", "2026-W11", "--out", str(out))
    assert "政务舆情回应周反馈" in word_text(out)
    home = tmp_path / "home" / "papers"
    run("report", "monthly")
    run("report", "quarterly", "--quarter", "2026-Q1")
    assert sorted(str(path.relative_to(home)) for path in home.rglob("*.docx")) == [
        "monthly/2026-02.docx",
        "quarterly/2026-Q1.docx",
    ]
    said = run("report", "due").output
    assert "2026年第11周" in said
    assert "2026年2月" not in said
    missing = [json.loads(each) for each in run("report", "due", "--json").output.splitlines()]
    for one in missing:
        if one["period"] == "2026-W11":
            continue
        path = home / one["paper"] / f"{one['period']}.docx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert "已补出" in run("report", "due", "--make").output
    assert (home / "weekly" / "2026-W11.docx").stat().st_size
    assert "没有漏出的" in run("report", "due").output


def test_nothing_can_be_written_where_there_is_no_folder(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "l.xlsx"
    assert "不能写入" in run("export", "ledger", "--out", str(out), ok=False).output
