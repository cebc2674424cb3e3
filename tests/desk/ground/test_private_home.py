"""A day at the desk, and an older installation: nobody else on the machine reads the home."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from cases.words.actors import Actor, Role
from desk.app import cli
from desk.files.uploads import Purpose, Uploads
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.private_home import close_home, open_to_others
from desk.ground.settings import read_settings
from sinks.private import readable_by_others
from streams.sources.tables.dropfolder import fail, finish, prepare
from tests.desk.clients import signed_in
from tests.desk.http.test_security import PNG

GOOD = "河边 柳树 三只鸭子"
LETTERS = "留言编号,留言主题,留言详情,留言时间\n{n},路灯不亮,学府路的路灯坏了请尽快修好,2026-11-23 09:00\n"


@pytest.fixture(autouse=True)
def _wide_open() -> Iterator[None]:
    """As a careless machine has it: what is made is open to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


Run = Callable[..., int]


@pytest.fixture
def home(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")
    monkeypatch.setenv("HUIYIN_NOW", "2026-11-24T10:40")
    return tmp_path / "var"


@pytest.fixture
def huiyin(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["huiyin", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


@pytest.mark.slow
def test_after_a_day_of_use_others_read_nothing(home: Path, tmp_path: Path, huiyin: Run) -> None:
    letters = tmp_path / "letters.csv"
    letters.write_text(LETTERS.format(n=1), "utf-8")
    huiyin("user", "add", "zhiban", "--role", "desk", "--name", "林某")
    assert huiyin("ingest", str(letters), "--source", "board-export") == 0
    huiyin("act", "board-export:1", "log_contact", '{"text": "已联系"}')
    for form in ("xlsx", "csv", "jsonl", "docx"):
        there = home / "exports" / f"ledger.{form}"
        period = ("--from", "2026-11-01", "--to", "2026-11-30", "--format", form)
        there.parent.mkdir(exist_ok=True)
        assert huiyin("export", "ledger", *period, "--out", str(there)) == 0
    assert huiyin("report", "issue", "--week", "2026-W47", "--signer", "李主任") == 0
    assert huiyin("report", "weekly", "--week", "2026-W47") == 0
    huiyin("doctor")
    huiyin("audit")
    _work_on_pages(home)
    assert (home / "exports" / "ledger.csv").is_file()
    assert len(list(home.rglob("*"))) > 20
    assert readable_by_others(home) == []


def _work_on_pages(home: Path) -> None:
    settings = read_settings()
    office = DeskContext(
        settings=settings,
        rules=wiring.build_rules(settings),
        register=wiring.build_router(settings).register,
        readers=Readers(settings.database),
        acts=CaseActions(lambda: wiring.open_runner(settings)),
    )
    desk = signed_in(office, Role.DESK, name="zhiban")
    desk.post("/cases/board-export%3A1/typed", data={"text": "写了一半", "seen": "1"})
    desk.post("/ledger/export", data={"format": "xlsx"})
    by = Actor("zhiban", Role.DESK, "林某")
    office.get(Uploads).store(
        BytesIO(PNG), "x.png", case_id="board-export:1", purpose=Purpose.PROOF, by=by,
        at=office.clock(),
    )  # fmt: skip
    folder = home / "drop" / "board"
    prepare(folder)
    for name, text in (("good.csv", LETTERS.format(n=2)), ("bad.xlsx", "kein Blatt")):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o666)
    now = office.clock()
    finish(folder / "good.csv", now=now, taken=1, rejected=["第 2 行：没有编号"])
    fail(folder / "bad.xlsx", "不是表格", now=now)
    office.close()


def test_an_existing_home_is_closed_at_the_start_and_doctor_tells_before(home: Path) -> None:
    settings = read_settings()
    prepare(home / "drop" / "board")
    (home / "drop" / "board").chmod(0o777)
    old = home / "papers" / "weekly.docx"
    old.parent.mkdir()
    old.write_bytes(b"x")
    assert old in open_to_others(settings)
    close_home(settings)
    assert open_to_others(settings) == []
    assert (home / "drop" / "board").stat().st_mode & 0o777 == 0o733


def test_every_process_that_stays_closes_the_home_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, huiyin: Run
) -> None:
    seen: list[str] = []
    home.mkdir()

    def serving(*_: object, **__: object) -> None:
        seen.append("served" if open_to_others(read_settings()) == [] else "open")

    for module in ("desk.app.serve.serve", "desk.app.serve_production.serve",
                   "desk.app.commands.worker.run", "desk.app.commands.intake.run"):  # fmt: skip
        monkeypatch.setattr(module, serving)
    monkeypatch.setenv("HUIYIN_KAFKA", "127.0.0.1:9")
    monkeypatch.setenv("HUIYIN_ELASTICSEARCH", "http://127.0.0.1:9")
    for command in ("run", "desk", "worker", "intake"):
        home.chmod(0o755)
        assert huiyin(command) == 0
    assert seen == ["served"] * 4
