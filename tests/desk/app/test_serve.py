"""`huiyin run` as a process: it starts, works, says what is wrong, and ends in order."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from cases.words.times import BEIJING
from desk.app.background import Background, Drop
from desk.app.commands.audit import audit_store
from desk.app.server import address_of, is_loopback, listen
from desk.ground.loops import Loop
from desk.ground.settings import SettingsError, read_settings
from desk.ground.wiring import build_sources, open_runner
from huiyin.store.errors import StoreError, open_error, store_error
from huiyin.store.sqlite import Connection, Cursor
from sinks.ledger.base import Query
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import file_source
from streams.sources.seam.base import Batch, SourceError
from streams.sources.tables import dropfolder
from tests.desk.case_office import item
from tests.sessions import cookie_of

CSV = """留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间
7001,A1,路灯不亮,2026-11-20 09:00:00,学府路的路灯坏了,,
a%2Fb,A2,停车费,2026-11-20 10:00:00,小区乱收停车费,,
"""


def until(true: Callable[[], object], what: str) -> None:
    """Waits for what another thread or process does; the test's time limit is the bound."""
    for _ in range(900):
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"never happened: {what}")


class Running:
    """The program, started as a person starts it."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from desk.app.cli import main; main()", "run", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={
                **os.environ,
                "HUIYIN_HOME": str(home),
                "HUIYIN_PORT": "0",
                "PYTHONUTF8": "1",
                **environment,
            },
        )

    def wait_for_address(self) -> tuple[str, str]:
        """The address, and everything printed up to and with its line."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if found := re.search(r"回音已启动：(http://\S+/)", line):
                return found[1], said
        pytest.fail(f"it ended: {said} {self.end()}")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


Start = Callable[..., Running]


@contextmanager
def starting(home: Path) -> Iterator[Start]:
    """Gives what starts the program on this folder; what still runs at the end is killed."""
    started: list[Running] = []

    def start_one(*options: str, **environment: str) -> Running:
        started.append(Running(home, *options, **environment))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path / "home") as start_one:
        yield start_one


class Place(NamedTuple):
    address: str
    home: Path


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One that runs with nothing set, for all who only ask it something."""
    home = tmp_path_factory.mktemp("here") / "home"
    with starting(home) as start_one:
        address, _ = start_one().wait_for_address()
        yield Place(address, home)


def get(address: str, cookie: str = "") -> str:
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_it_starts_with_sample_data_and_stops_in_order(start: Start, tmp_path: Path) -> None:
    running = start("--demo")
    address, said = running.wait_for_address()
    assert "已放入示例数据" in said
    assert "按 Ctrl+C 停止" in said
    assert "注意" not in said
    assert "示例账号" in get(address)
    assert json.loads(get(f"{address}healthz"))["ok"] is True
    code, out, err = running.end(signal.SIGTERM)
    assert (code, out.strip(), err) == (0, "回音已停止。", "")
    # All of it is in the files themselves: a copy of them is a whole copy.
    names = {each.name for each in tmp_path.rglob("*.db*")}
    assert {"huiyin.db", "desk.db", "alerts.db"} <= names
    assert [name for name in names if name.endswith(("-wal", "-shm"))] == []


@pytest.mark.slow
def test_an_empty_home_is_set_up_by_who_sees_its_window(start: Start, tmp_path: Path) -> None:
    running = start(HUIYIN_CLASSIFIER="rules")
    address, said = running.wait_for_address()
    key = re.search(r"设置码 ([A-Z0-9-]{19})", said)
    assert key is not None
    assert f"{address}setup/first" in said
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def posts(path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode()
        headers = {"Origin": address.rstrip("/")}
        request = urllib.request.Request(f"{address}{path}", data, headers)
        with browser.open(request, timeout=60) as answer:
            return str(answer.read().decode())

    word = "河边 柳树 三只鸭子"
    page = posts("setup/first", key=key[1], account="guan", name="林某", new=word, again=word)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    # In force at once, for pages and for what comes in.
    page = posts("admin/office", csrf=csrf[1], place="宁都县")
    assert "宁都县政府办公室" in page
    code, _, err = running.end()
    assert code == 0, err
    _, said = start(HUIYIN_CLASSIFIER="rules").wait_for_address()
    assert "设置码" not in said


@pytest.mark.slow
def test_listening_to_other_machines_is_warned_about_and_ctrl_c_ends_it(start: Start) -> None:
    running = start(HUIYIN_HOST="0.0.0.0")  # noqa: S104
    address, said = running.wait_for_address()
    assert "密码会在网络上明文传送" in said
    assert "127.0.0.1" in address
    code, out, err = running.end(signal.SIGINT)
    assert (code, out.strip(), err) == (0, "回音已停止。", "")


@pytest.mark.slow
def test_a_second_start_says_that_the_port_is_taken(start: Start, here: Place) -> None:
    port = here.address.rstrip("/").rpartition(":")[2]
    code, out, err = start(HUIYIN_PORT=port).end(0)
    assert code == 1
    assert out == ""
    assert f"端口 {port} 已被占用" in err
    assert "HUIYIN_PORT=0" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_file_put_into_the_folder_becomes_cases_on_the_page(here: Place) -> None:
    address = here.address
    folder = here.home / "drop" / "board"
    until(folder.is_dir, "the folder was made")
    file = folder / "导出.csv"
    file.write_text(CSV, "utf-8")
    old = time.time() - 60
    os.utime(file, (old, old))  # somebody saved it a minute ago
    cookie = cookie_of(here.home)
    until(lambda: "路灯不亮" in get(f"{address}ledger", cookie), "the case is in the ledger")
    until(lambda: any((folder / "done").iterdir()), "the file was moved")
    assert not file.exists()
    until(lambda: "导出.csv：新事项 2" in get(address, cookie), "the page says what was read")
    # What the address of a case holds is decoded once and no more.
    href = re.search(r'href="/(cases/[^"]+%252F[^"]*)"', get(f"{address}ledger", cookie))
    assert href is not None
    assert "小区乱收" in re.sub("<[^>]+>", "", get(f"{address}{href[1]}", cookie))


def test_a_foreign_name_is_refused_over_the_wire(here: Place) -> None:
    request = urllib.request.Request(here.address, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == 421
    refused.value.close()


def test_a_port_that_is_taken_and_a_host_that_is_not_ours() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="已被占用"):
            listen("127.0.0.1", port)
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)


def test_addresses_as_a_browser_takes_them() -> None:
    assert address_of("127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert address_of("::1", 80) == "http://[::1]:80/"
    assert address_of("0.0.0.0", 80) == "http://127.0.0.1:80/"  # noqa: S104
    assert [is_loopback(h) for h in ("127.0.0.9", "::1", "localhost", "0.0.0.0", "10.0.0.1")] == [  # noqa: S104
        True,
        True,
        True,
        False,
        False,
    ]


# -- the loops, without a process --------------------------------------------


def test_a_loop_that_fails_says_so_and_goes_on() -> None:
    fixed, seen = threading.Event(), threading.Event()
    calls = []

    def step() -> bool:
        calls.append(1)
        if not fixed.is_set():
            raise OSError("磁盘已满")
        seen.set()
        return False

    loop = Loop("处理", step, 60)
    loop.begin()
    until(lambda: loop.state.error, "the error shows")
    state = loop.state
    assert "磁盘已满" in state.error
    assert state.alive
    assert state.retry_at is not None
    fixed.set()
    assert seen.wait(30)
    until(lambda: not loop.state.error, "the error is gone")
    loop.close()
    loop.close()
    loop.begin()
    assert not loop.state.alive
    assert len(calls) >= 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (store_error("数据文件", Path("/srv/geheim/h.db"), sqlite3.OperationalError("x")), "数据"),
        (open_error("数据文件", Path("/srv/geheim/h.db"), OSError(28, "No space left")), "数据"),
        (FileNotFoundError(2, "No such file or directory", "/srv/geheim/x"), "No such file"),
        (PermissionError(13, "Permission denied", "/srv/geheim/x"), "Permission denied"),
        (OSError(28, "No space left on device", "/srv/geheim/x"), "磁盘已满"),
    ],
)
def test_what_a_loop_says_on_pages_names_no_file_of_the_machine(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def step() -> bool:
        raise error

    loop = Loop("处理", step, 60)
    loop.begin()
    until(lambda: loop.state.error, "the error shows")
    loop.close()
    assert said in loop.state.error
    assert "geheim" not in loop.state.error
    assert "geheim" in caplog.text, "whoever keeps the machine finds it in the log"


def test_a_full_disk_leaves_a_line_in_the_log_and_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def step() -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    loop = Loop("报表", step, 60)
    loop.begin()
    until(lambda: loop.state.error, "the error shows")
    loop.close()
    (record,) = caplog.records
    assert record.exc_info is None


def test_a_full_disk_in_the_middle_of_processing_is_called_by_its_name(
    opened: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has taken the transaction back by itself then, and its savepoints with it."""

    executemany = Connection.executemany

    def full(db: Connection, sql: str, rows: list[tuple[object, ...]]) -> Cursor:
        if "INTO journal" not in sql:
            return executemany(db, sql, rows)
        db.execute("ROLLBACK")
        raise StoreError("磁盘已满")

    opened.take("board-export", Batch(found=(item(),)))
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "executemany", full)
        with pytest.raises(StoreError, match="磁盘已满"):
            opened.pump_all()
    opened.pump_all()
    assert audit_store(opened.store).balanced
    assert [case.case_id for case in opened.store.ledger.scan(Query())] == ["board-export:1"]


def test_a_watched_folder_is_named_without_the_way_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "geheim" / "drop" / "hotline"
    with pytest.raises(SourceError, match="投放文件夹 drop/hotline：读不到") as caught:
        dropfolder.scan(folder, {}, now=datetime.now(BEIJING))
    assert "geheim" not in str(caught.value)


@pytest.fixture
def opened(tmp_path: Path, root: Path) -> Iterator[EmbeddedRunner]:
    settings = read_settings(
        {
            "HUIYIN_HOME": str(tmp_path),
            "HUIYIN_CONFIG": str(root / "config"),
            "HUIYIN_NOW": "2026-11-24T10:00",
        }
    )
    runner = open_runner(settings)
    yield runner
    runner.store.close()


def _background(opened: EmbeddedRunner, root: Path, folder: Path) -> Background:
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    source = file_source(build_sources(settings), "board-export")
    return Background(
        open_runner=lambda: EmbeddedRunner(
            EmbeddedStore(opened.store.path), opened.processor, opened.clock
        ),
        drops=(Drop(source, folder),),
    )


@pytest.mark.slow
def test_the_loops_read_process_and_sweep(
    opened: EmbeddedRunner, tmp_path: Path, root: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    for name, content in (("good.csv", CSV), ("bad.csv", "不是,表格\n1,2\n")):
        (folder / name).write_text(content, "utf-8")
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    background = _background(opened, root, folder)
    background.start()
    try:
        until(lambda: opened.store.ledger.search(Query()).total == 2, "two cases")
        until(lambda: (folder / "failed").is_dir() and any((folder / "failed").iterdir()), "failed")
        until(lambda: opened.store.fact("last_sweep"), "a sweep")
        assert all(state.alive and not state.error for state in background.states())
    finally:
        background.stop()
    assert not any(state.alive for state in background.states())
    assert opened.store.waiting() == 0
    assert opened.clock().tzinfo is BEIJING
    reasons = [path for path in (folder / "failed").iterdir() if path.name.endswith(".错误.txt")]
    assert len(reasons) == 1


def test_a_folder_that_cannot_be_read_is_shown(
    opened: EmbeddedRunner, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "drop").write_text("a file where the folder should be", "utf-8")
    background = _background(opened, root, tmp_path / "drop")
    background.start()
    try:
        until(lambda: any("drop" in state.error for state in background.states()), "the error")
    finally:
        background.stop()
