"""What stands between the socket and the pages: cookies, hosts, bodies, storage, log, settings."""

from __future__ import annotations

import ast
import asyncio
import errno
import logging
import sqlite3
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message

from cases.words.actors import Role
from desk.accounts.sessions import Sessions
from desk.accounts.tokens import Scope, Tokens
from desk.app.server import _within_handles
from desk.ground.context import DeskContext
from desk.ground.limits import TABLE, WebLimits
from desk.ground.log_folding import MOST, MOST_ALIKE, WINDOW_SECONDS, FoldRepeats
from desk.ground.settings import SettingsError, read_settings
from desk.ground.storage_problems import storage_problem
from desk.http.body_budget import Budget
from desk.http.closing_stream import ClosingStream
from desk.http.cookies import LONGEST, cookie_of
from desk.http.security import own_address
from huiyin.store.errors import StoreError
from huiyin.store.sqlite import Connection
from streams.kafka.errors import LogDown
from tests.desk.case_office import NOW
from tests.desk.clients import MovingClock, client_of, office_of, signed_in

# -- cookies -----------------------------------------------------------------


def _with(*headers: bytes) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"cookie", header) for header in headers]})


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((b"huiyin=abc",), "abc"),
        ((b"a=1; huiyin=abc; b=2",), "abc"),
        ((b"a=1;huiyin = abc",), "abc"),
        ((b"a=1", b"huiyin=abc"), "abc"),
        ((b"huiyin=first; huiyin=second",), "first"),
        ((b'huiyin="quoted=="',), "quoted=="),
        ((b'huiyin="',), '"'),
        ((b"xhuiyin=abc; huiyinx=abc",), ""),
        ((b"huiyin",), ""),
        ((b";;;=;=x",), ""),
        ((b"huiyin=\xff\xfe",), "\xff\xfe"),
        ((), ""),
    ],
)
def test_a_cookie_by_its_name(headers: tuple[bytes, ...], found: str) -> None:
    assert cookie_of(_with(*headers), "huiyin") == found


def test_of_far_too_many_cookies_none_is_read() -> None:
    assert cookie_of(_with(b"huiyin=abc; x=" + b"y" * LONGEST), "huiyin") == ""
    assert cookie_of(_with(b"x=" + b"y" * LONGEST, b"huiyin=abc"), "huiyin") == ""


def test_nothing_reads_the_cookies_of_a_request_in_another_way(root: Path) -> None:
    """Starlette's `request.cookies` and `http.cookies` take quadratic time on what strangers
    send. What our own client keeps of a site is another thing."""
    found = []
    for path in sorted((root / "desk").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            attribute = isinstance(node, ast.Attribute) and node.attr == "cookies"
            imported = isinstance(node, ast.ImportFrom) and node.module == "http.cookies"
            if (
                attribute
                or imported
                or (
                    isinstance(node, ast.Import)
                    and any(a.name == "http.cookies" for a in node.names)
                )
            ):
                found.append(f"{path.relative_to(root)}")
    assert found == []


# -- hosts -------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path_factory.mktemp("edge"), root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8765", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8765", 200),
        ("10.1.2.3", 200),
        ("evil.example", 421),
        ("127.0.0.1:8765/x", 421),
        ("127.0.0.1:x", 421),
        ("x@127.0.0.1", 421),
        ("[::1]evil", 421),
        ("[evil]", 421),
        ("127.0.0.1 ", 421),
        ("", 421),
    ],
)
def test_a_host_is_a_known_name_or_an_address_and_nothing_else(
    office: DeskContext, host: str, status: int
) -> None:
    answer = client_of(office).get("/login", headers={"host": host})
    assert answer.status_code == status
    if status == 421:
        assert "HUIYIN_PUBLIC_URL" in answer.text


def test_an_unknown_host_is_told_in_the_shape_of_its_asker(office: DeskContext) -> None:
    answer = client_of(office).get("/api/v1/cases", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "unknown_host"


@pytest.mark.parametrize(
    ("server", "public", "address"),
    [
        (("127.0.0.1", 8765), "", "http://127.0.0.1:8765"),
        (("10.0.0.5", 80), "", "http://10.0.0.5"),
        (("::1", 8765), "", "http://[::1]:8765"),
        (("10.0.0.5", 80), "https://huiyin.example.gov.cn", "https://huiyin.example.gov.cn"),
        (None, "", "http://127.0.0.1"),
    ],
)
def test_our_address_is_never_what_the_request_calls_us(
    server: tuple[str, int] | None, public: str, address: str
) -> None:
    scope = {"type": "http", "server": server, "headers": [(b"host", b"evil.example")]}
    assert own_address(scope, public) == address


@pytest.mark.parametrize("path", ["/login/", "/push/x/"])
def test_a_slash_too_many_is_not_answered_with_an_address(office: DeskContext, path: str) -> None:
    answer = client_of(office).get(path, headers={"host": "203.0.113.7"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


# -- storage -----------------------------------------------------------------


def _full() -> sqlite3.Error:
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.Error) as caught:
        db.execute("CREATE TABLE t AS SELECT zeroblob(100000)")
    db.close()
    return caught.value


def _damaged(path: Path) -> sqlite3.Error:
    path.write_bytes(b"this is no database" * 100)
    db = sqlite3.connect(path)
    with pytest.raises(sqlite3.Error) as caught:
        db.execute("SELECT * FROM sqlite_master")
    db.close()
    return caught.value


def _wrapped(error: Exception) -> StoreError:
    made = StoreError("/secret/place/desk.db 打不开")
    made.__cause__ = error
    return made


def test_what_is_wrong_with_the_disk_is_said_by_its_cause(tmp_path: Path) -> None:
    for error, status, word in (
        (_full(), 507, "磁盘已满"),
        (_wrapped(_full()), 507, "磁盘已满"),
        (OSError(errno.ENOSPC, "no space"), 507, "磁盘已满"),
        (OSError(errno.EDQUOT, "quota"), 507, "磁盘已满"),
        (OSError(errno.EFBIG, "limit of the system"), 507, "磁盘已满"),
        (OSError(errno.EIO, "broken"), 503, "没有保存"),
        (_damaged(tmp_path / "x.db"), 503, "已损坏"),
        (_wrapped(_damaged(tmp_path / "y.db")), 503, "已损坏"),
        (OSError(errno.EROFS, "read only"), 503, "不能写入"),
        (OSError(errno.EMFILE, "handles"), 503, "太多"),
        (StoreError("/secret/place 打不开"), 503, "读不到数据"),
        (LogDown("Kafka 没有应答。"), 503, "Kafka"),
    ):
        problem = storage_problem(error)
        assert problem is not None, error
        assert problem.status == status
        assert word in problem.text
        assert "/secret" not in problem.text
    assert storage_problem(OSError(errno.ENOENT, "no file")) is None
    assert storage_problem(ValueError("x")) is None


@pytest.mark.parametrize("error", [_full(), OSError(errno.ENOSPC, "no space")], ids=repr)
def test_a_full_disk_under_any_layer_is_507_with_the_reason(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Before the routes (who asks), in a page, in the interface."""

    def full(*_: object, **__: object) -> None:
        raise error

    client = signed_in(office, Role.DESK)
    with monkeypatch.context() as patch:
        patch.setattr(office.get(Sessions), "find", full)
        page, api = client.get("/ledger"), client.get("/api/v1/cases")
    with monkeypatch.context() as patch:
        patch.setattr(office.acts, "submit", full)
        act = client.post(
            "/api/v1/cases/board-export:1/actions", json={"do": "log_contact", "text": "已联系"}
        )
    assert [each.status_code for each in (page, api, act)] == [507, 507, 507]
    assert "磁盘已满" in page.text
    for answer in (api, act):
        assert answer.json()["error"]["code"] == "disk_full"
        assert "没有保存" in answer.json()["error"]["message"]
        assert answer.headers["retry-after"]


def test_a_damaged_page_is_told_without_a_traceback(
    office: DeskContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = _damaged(tmp_path / "x.db")

    def damaged(*_: object, **__: object) -> None:
        raise error

    client = signed_in(office, Role.DESK)
    monkeypatch.setattr(office.readers, "reader", damaged)
    for path in ("/", "/ledger", "/api/v1/cases", "/healthz"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "已损坏" in answer.text, path
        assert "备份" in answer.text, path
    assert not any(record.exc_info for record in caplog.records)


def test_people_and_programs_can_read_while_the_disk_is_full(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That somebody was there a minute ago need not be written down for that, nor that a session
    is over."""
    machine: Any = office.get(Tokens).clock
    client = signed_in(office, Role.DESK, name="reader")
    _, word = office.get(Tokens).make("reader", "screen", Scope.READ, 30, "reader")
    bearer = {"authorization": f"Bearer {word}"}

    def full(*_: object, **__: object) -> None:
        raise _wrapped(_full())

    assert client.get("/ledger").status_code == 200
    monkeypatch.setattr(Connection, "transaction", full)
    machine.walk(minutes=5)
    assert client.get("/ledger").status_code == 200
    assert client_of(office).get("/api/v1/cases", headers=bearer).status_code == 200
    machine.walk(hours=24)
    assert client.get("/ledger", follow_redirects=False).status_code == 303


# -- JSON that is too deep -------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"do":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"do":"press","x":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b"[" * 100_000,
    ],
    ids=["lists", "objects", "open"],
)
def test_deep_json_is_a_bad_request(office: DeskContext, body: bytes) -> None:
    client = signed_in(office, Role.DESK)
    for path in ("/api/v1/cases/board-export:1/actions", "/api/v1/classify"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, (path, answer.text)
        assert "请求的内容不对" in answer.json()["error"]["message"]


# -- answers that let go ---------------------------------------------------------


def _play(answer: ClosingStream, *, leave_after: int) -> list[bytes]:
    """Sends the answer to a reader who goes away after so many pieces."""
    got: list[bytes] = []

    async def run() -> None:
        gone = asyncio.Event()

        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if body := message.get("body"):
                got.append(body)
            if len(got) >= leave_after:
                gone.set()
                await asyncio.Event().wait()  # what waits for a reader who is gone

        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    asyncio.run(run())
    return got


@pytest.mark.parametrize("leave_after", [1, 3, 1000])
def test_what_an_answer_holds_is_given_back_when_it_ends(leave_after: int) -> None:
    closed = []

    def parts() -> Generator[bytes, None, None]:
        try:
            for _ in range(10):
                yield b"x"
        finally:
            closed.append(True)

    kept = parts()  # a reference of ours: nothing is left to the collector
    got = _play(ClosingStream(kept, media_type="text/csv", headers={}), leave_after=leave_after)
    assert len(got) == min(leave_after, 10)
    assert closed == [True]


def test_an_answer_that_takes_too_long_ends_and_lets_go() -> None:
    closed = []

    async def parts() -> AsyncGenerator[bytes, None]:
        try:
            yield b"x"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    answer = ClosingStream(parts(), media_type="text/csv", headers={}, most_seconds=0.01)
    assert _play(answer, leave_after=1000) == [b"x"]
    assert closed == [True]


# -- memory for bodies -----------------------------------------------------------


def test_one_sender_takes_no_more_than_its_share_and_all_no_more_than_the_total() -> None:
    budget = Budget(total=100, share=40)
    with budget.holding("a") as first, budget.holding("a") as second, budget.holding("b") as other:
        assert first.grow(30)
        assert not second.grow(11)
        assert second.grow(10)
        assert other.grow(40)
        with budget.holding("c") as third:
            assert not third.grow(21)
            assert third.grow(20)
        assert budget.held == 80
    assert budget.held == 0
    assert budget.peak == 100


def test_what_was_held_goes_back_after_an_error_too() -> None:
    budget = Budget(total=10, share=10)
    with suppress(ValueError), budget.holding("a") as part:
        assert part.grow(10)
        raise ValueError
    assert budget.peak == 10
    assert budget.held == 0


# -- the log ---------------------------------------------------------------------


def _line(where: int = 1, text: str = "x") -> logging.LogRecord:
    return logging.LogRecord("n", logging.WARNING, "place.py", where, text, None, None)


def test_lines_from_one_place_are_counted_and_told() -> None:
    now = [0.0]
    fold = FoldRepeats(lambda: now[0])
    written = [fold.filter(_line(text=f"nobody at {number}")) for number in range(1000)]
    assert sum(written) == MOST_ALIKE
    assert fold.filter(_line(2))
    now[0] = WINDOW_SECONDS
    after = _line()
    assert fold.filter(after)
    assert f"此前有 {1000 - MOST_ALIKE} 行" in after.getMessage()
    again = _line()
    assert fold.filter(again)
    assert again.getMessage() == "x"


def test_lines_from_everywhere_are_bounded_too() -> None:
    fold = FoldRepeats(lambda: 0.0)
    assert sum(fold.filter(_line(where)) for where in range(5000)) == MOST


# -- settings --------------------------------------------------------------------


def test_the_defaults_of_table_and_value_are_the_same() -> None:
    assert read_settings({}).web == WebLimits()


@pytest.mark.parametrize("limit", TABLE, ids=lambda each: each.name)
def test_a_limit_that_cannot_be_is_refused_with_what_can(limit: Any) -> None:
    for text in (str(limit.least - 1), str(limit.most + 1), "x", "1.5", "９", "9" * 40):
        with pytest.raises(SettingsError, match=f"{limit.name} 应为 {limit.least} 至 {limit.most}"):
            read_settings({limit.name: text})
    read_settings({limit.name: str(limit.least)})
    read_settings({limit.name: str(limit.most)})


def test_fewer_connections_are_taken_where_the_system_gives_few_handles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import resource

    given = [(1024, 1024)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: given[0])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: given.__setitem__(0, pair))
    assert _within_handles(WebLimits(connections=1024)).connections == 640
    given[0] = (1024, 100_000)
    assert _within_handles(WebLimits(connections=1024)).connections == 1024
    assert given[0] == (1408, 100_000)
    given[0] = (200, 200)
    assert _within_handles(WebLimits(connections=1024)).connections == 16
