"""The web server over real sockets, with a small application behind it."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from desk.app.server import listen, make_server
from desk.ground.limits import HEADER_FIELDS, TARGET_BYTES, TARGET_CONDITIONS
from desk.ground.settings import read_settings
from desk.http.closing_stream import ClosingStream
from desk.http.problems import Failures
from tests.attack.wire import Wire, request
from tests.desk.case_office import NOW

SHORT = {
    "HUIYIN_WEB_HEADER_SECONDS": "1",
    "HUIYIN_WEB_BODY_SECONDS": "1",
    "HUIYIN_WEB_IDLE_SECONDS": "2",
    "HUIYIN_WEB_WRITE_SECONDS": "1",
    "HUIYIN_WEB_CONNECTIONS": "16",
    "HUIYIN_WEB_CONNECTIONS_PER_ADDRESS": "6",
}


def _app() -> FastAPI:
    app = FastAPI()
    app.state.before_stop = []
    app.add_middleware(Failures, clock=lambda: NOW)
    app.state.left = threading.Event()
    app.state.go_on = threading.Event()
    app.state.begun = threading.Semaphore(0)

    @app.get("/")
    def page() -> Response:
        return PlainTextResponse("好")

    @app.post("/refused")
    async def refused() -> Response:
        return PlainTextResponse("不收", 403)

    @app.post("/read")
    async def read(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    @app.get("/busy")
    def busy() -> Response:
        app.state.begun.release()
        app.state.go_on.wait(30)
        return PlainTextResponse("办完")

    @app.get("/endless")
    def endless() -> Response:
        def parts() -> Generator[bytes, None, None]:
            try:
                while True:
                    yield b"x" * 65536
            finally:
                app.state.left.set()

        return ClosingStream(parts(), media_type="text/plain", headers={})

    return app


@contextmanager
def _serving(**settings: str) -> Iterator[tuple[int, FastAPI]]:
    app = _app()
    server = make_server(app, read_settings(SHORT | settings))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield port, app
        finally:
            app.state.go_on.set()
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _serving() as (number, _):
        yield number


def _told(port: int, data: bytes) -> tuple[int, str]:
    """Status and text of an answer, after which the connection ends."""
    with Wire(port) as wire:
        wire.send(data)
        head, _, text = wire.rest().partition(b"\r\n\r\n")
    return int(head[9:12]), text.decode()


CLOSE = "Connection: close"


@contextmanager
def _several(port: int, count: int, source: str, data: bytes) -> Iterator[list[Wire]]:
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(port, source)) for _ in range(count)]
        for each in wires:
            each.send(data)
        yield wires


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "status", "word"),
    [
        (request("/", CLOSE), 200, "好"),
        (b"no HTTP\r\n\r\n", 400, "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400, "HTTP"),
        (request("/", "x: " + "y" * 40_000), 431, "Cookie"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 300_000, 431, "Cookie"),
        (request("/", *[f"x{n}: y" for n in range(HEADER_FIELDS)]), 431, str(HEADER_FIELDS)),
        (request("/" + "a" * TARGET_BYTES), 414, "8 KB"),
        (b"GET /" + b"a" * 300_000, 414, "8 KB"),
        (request("/?" + "a&" * (TARGET_CONDITIONS + 1)), 414, str(TARGET_CONDITIONS)),
        (request("/", "Host: a"), 400, "HTTP"),
        (request("/read", "Content-Length: 5", "Content-Length: 6", method="POST"), 400, "HTTP"),
        (request("/read", "Transfer-Encoding: gzip", method="POST"), 501, "编码"),
        (
            request("/read", "Content-Length: 5", "Transfer-Encoding: chunked", method="POST")
            + b"0\r\n\r\n"
            + request("/read", CLOSE),
            400,
            "HTTP",
        ),
        (request("/", "Upgrade: websocket", "Connection: Upgrade, close"), 200, "好"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", 408, "还没有发完"),
        (request("/read", "Content-Length: 10", method="POST") + b"123", 408, "还没有发完"),
    ],
    ids=range(16),
)
def test_what_is_beyond_a_limit_is_told_what_was_expected(
    port: int, data: bytes, status: int, word: str
) -> None:
    found, text = _told(port, data)
    assert found == status
    assert word in text


def test_a_connection_on_which_nothing_is_asked_ends_without_a_word(port: int) -> None:
    with Wire(port) as wire:
        assert wire.rest() == b""


def test_tiny_pieces_of_a_body_are_bounded_and_large_ones_are_not(port: int) -> None:
    head = request("/read", "Transfer-Encoding: chunked", CLOSE, method="POST")
    assert _told(port, head + b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n")[0] == 400
    large = (b"400\r\n" + b"x" * 1024 + b"\r\n") * 5000 + b"0\r\n\r\n"
    assert _told(port, head + large) == (200, str(5000 * 1024))


def test_a_refused_body_that_comes_late_does_not_cost_the_connection(port: int) -> None:
    with Wire(port) as wire:
        wire.send(request("/refused", "Content-Length: 10", method="POST"))
        assert wire.status() == 403
        wire.send(b"0123456789" + request("/", CLOSE))
        assert wire.rest().endswith("好".encode())


def test_a_refused_body_that_never_ends_does(port: int) -> None:
    with Wire(port) as wire:
        wire.send(request("/refused", "Transfer-Encoding: chunked", method="POST"))
        assert wire.status() == 403
        while wire.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n"):
            pass


def test_an_idle_connection_serves_the_next_request_and_then_ends(port: int) -> None:
    with Wire(port) as wire:
        for _ in range(3):
            wire.send(request("/"))
            assert wire.status() == 200
        assert wire.ended()


def test_a_reader_who_takes_nothing_is_left_and_what_was_held_is_free() -> None:
    with _serving() as (port, app), Wire(port, receive_buffer=2048) as wire:
        wire.send(request("/endless"))
        assert wire.status() == 200
        assert app.state.left.wait(30)


def _begun(app: FastAPI, count: int) -> None:
    """Returns when so many requests are being worked on."""
    for _ in range(count):
        assert app.state.begun.acquire(timeout=30)


def test_half_open_connections_make_room_and_working_ones_do_not() -> None:
    with (
        _serving(HUIYIN_WEB_HEADER_SECONDS="60") as (port, app),
        _several(port, 1, "127.0.0.2", request("/busy")) as (working,),
    ):
        _begun(app, 1)
        with _several(port, 12, "127.0.0.2", b"GET / HTTP/1.1\r\n") as half:
            for source in ("127.0.0.2", "127.0.0.3"):
                with Wire(port, source) as one:
                    one.send(request("/", CLOSE))
                    assert one.status() == 200, source
            assert half[0].ended()
        app.state.go_on.set()
        assert working.status() == 200


def test_an_address_whose_requests_are_all_worked_on_is_told_to_wait() -> None:
    with _serving() as (port, app), _several(port, 6, "127.0.0.2", request("/busy")) as busy:
        _begun(app, 6)
        with Wire(port, "127.0.0.2") as one:
            assert "连接太多".encode() in one.rest()
        with Wire(port, "127.0.0.3") as other:
            other.send(request("/", CLOSE))
            assert other.status() == 200
        app.state.go_on.set()
        assert [each.status() for each in busy] == [200] * 6


def test_a_reverse_proxy_may_hold_more_than_one_address() -> None:
    with (
        _serving(HUIYIN_PROXY_ADDRESSES="127.0.0.2") as (port, app),
        _several(port, 10, "127.0.0.2", request("/busy")) as busy,
    ):
        _begun(app, 10)
        with Wire(port, "127.0.0.2") as one:
            one.send(request("/", CLOSE))
            assert one.status() == 200
        app.state.go_on.set()
        assert [each.status() for each in busy] == [200] * 10


def test_a_sender_who_leaves_in_the_middle_is_no_error_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with _serving() as (port, _):
        for data in (
            request("/read", "Content-Length: 1000", method="POST") + b"12",
            b"GET / HT",
            request("/endless"),
        ):
            wire = Wire(port)
            wire.send(data)
            wire.reset()
        with Wire(port) as wire:
            wire.send(request("/", CLOSE))
            assert wire.status() == 200
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
