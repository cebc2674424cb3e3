"""The polite client against a server that misbehaves."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from huiyin.net.guarded import Resolve, resolve
from huiyin.net.pacing import HostPacing
from streams.sources.seam.base import SourceError
from streams.sources.seam.http import Answer, Ask, BadAnswer, PoliteClient, TryLater
from streams.sources.seam.http_options import HttpOptions
from streams.sources.seam.secrets import Secrets
from tests.standins import server
from tests.standins.clock import FakeClock
from tests.standins.server import Hit, Reply, StandIn
from tests.streams.sources.pulled import http


class Hello(StandIn):
    def answer(self, hit: Hit) -> Reply:
        return Reply(body=b"hello " + hit.path.encode(), headers={"Content-Type": "text/plain"})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hello(clock: FakeClock) -> Iterator[Hello]:
    with Hello(clock.time) as stand_in:
        yield stand_in


Clients = Callable[..., PoliteClient]


@pytest.fixture
def client(hello: Hello, clock: FakeClock) -> Iterator[Clients]:
    """Makes clients of `hello` and closes them before it stops."""
    opened: list[PoliteClient] = []

    def make(
        *,
        options: HttpOptions | None = None,
        pacing: HostPacing | None = None,
        resolve: Resolve = resolve,
        secrets: Secrets | None = None,
        **more: object,
    ) -> PoliteClient:
        polite = PoliteClient(
            "door",
            options or http(hello, **more),
            pacing=pacing or clock.pacing(),
            resolve=resolve,
            secrets=secrets,
            clock=clock.time,
        )
        opened.append(polite)
        return polite

    yield make
    for polite in opened:
        polite.close()


def text(answer: Answer) -> str:
    return answer.body.decode()


def test_reads_an_answer(hello: Hello, client: Clients) -> None:
    assert client().ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"


def test_parameters_join_those_of_the_address(hello: Hello, client: Clients) -> None:
    client().ask(Ask(url=f"{hello.url}/a?method=list", params={"page.no": "2", "q": "路灯"}), text)
    assert hello.log[0].query == {"method": "list", "page.no": "2", "q": "路灯"}


def test_never_faster_than_configured(hello: Hello, client: Clients) -> None:
    polite = client(requests_per_minute=30)
    for _ in range(200):
        polite.ask(Ask(url=f"{hello.url}/a"), text)
    times = [hit.at for hit in hello.log]
    for start in times:
        assert sum(start <= at < start + 60 for at in times) <= 30
    pauses = {round(after - before, 3) for before, after in pairwise(times)}
    assert len(pauses) > 100, "the pauses should vary, or the requests form a pattern"


def test_two_sources_on_one_host_share_its_pace(
    hello: Hello, clock: FakeClock, client: Clients
) -> None:
    pacing = clock.pacing()
    options = http(hello, requests_per_minute=20)
    clients = [client(options=options, pacing=pacing) for name in ("one", "two")]
    for number in range(60):
        clients[number % 2].ask(Ask(url=f"{hello.url}/a"), text)
    times = [hit.at for hit in hello.log]
    for start in times:
        assert sum(start <= at < start + 60 for at in times) <= 20


@pytest.mark.parametrize("code", [403, 429, 500, 503])
def test_backs_off_and_recovers(hello: Hello, code: int, client: Clients) -> None:
    polite = client(attempts=6, requests_per_minute=60, backoff_first=4)
    hello.fault(server.status(code), times=5)
    assert polite.ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"
    times = [hit.at for hit in hello.log]
    pauses = [after - before for before, after in pairwise(times)]
    assert all(after > 1.5 * before for before, after in pairwise(pauses))
    assert pauses[0] >= 4
    for _ in range(6):
        polite.ask(Ask(url=f"{hello.url}/a"), text)
    times = [hit.at for hit in hello.log]
    assert times[-1] - times[-2] < 2, "after enough good answers the usual pace is back"


def test_a_host_that_was_down_for_days_is_soon_back_at_its_pace(
    hello: Hello, clock: FakeClock, client: Clients
) -> None:
    polite = client(attempts=1, requests_per_minute=20)
    hello.fault(server.status(503), times=60)
    for _ in range(60):
        with pytest.raises(TryLater):
            polite.ask(Ask(url=f"{hello.url}/a"), text)
        clock.now += 1_200
    assert len(hello.log) == 60
    for _ in range(6):
        assert polite.ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"
    assert clock.now - hello.log[60].at < 150


def test_a_process_that_stops_does_not_sit_out_the_wait(hello: Hello, client: Clients) -> None:
    stop = threading.Event()
    pacing = HostPacing(sleep=stop.wait, stopped=stop.is_set)
    polite = client(pacing=pacing, requests_per_minute=1)
    polite.ask(Ask(url=f"{hello.url}/a"), text)
    stop.set()
    with pytest.raises(TryLater):
        polite.ask(Ask(url=f"{hello.url}/a"), text)
    assert len(hello.log) == 1


def test_backs_off_across_polls(hello: Hello, clock: FakeClock, client: Clients) -> None:
    polite = client(attempts=2, backoff_first=100, patience=60)
    hello.fault(server.status(429), times=1)
    with pytest.raises(TryLater, match="429") as first:
        polite.ask(Ask(url=f"{hello.url}/a"), text)
    assert 100 <= first.value.seconds <= 125
    with pytest.raises(TryLater, match="正在退避"):
        polite.ask(Ask(url=f"{hello.url}/a"), text)
    assert len(hello.log) == 1, "while it backs off the server is not asked at all"
    clock.now += first.value.seconds
    assert polite.ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"


@pytest.mark.parametrize("value", ["90", "Thu, 01 Jan 1970 00:18:10 GMT"])
def test_honours_retry_after(hello: Hello, value: str, client: Clients) -> None:
    polite = client()
    hello.fault(server.status(429, retry_after=value))
    polite.ask(Ask(url=f"{hello.url}/a"), text)
    assert hello.log[1].at - hello.log[0].at >= 90


def test_an_empty_body_is_a_refusal(hello: Hello, client: Clients) -> None:
    hello.fault(server.EMPTY)
    assert client().ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"
    assert hello.log[1].at - hello.log[0].at >= 5


def test_a_reader_that_cannot_use_the_body_backs_off(hello: Hello, client: Clients) -> None:
    def strict(answer: Answer) -> str:
        raise BadAnswer("应返回 JSON，实际返回了网页")

    with pytest.raises(TryLater, match="应返回 JSON，实际返回了网页"):
        client(attempts=3).ask(Ask(url=f"{hello.url}/a"), strict)
    assert len(hello.log) == 3


def test_only_allowed_hosts(hello: Hello, client: Clients) -> None:
    options = HttpOptions(hosts=["mailbox.example.gov.cn"])
    polite = client(options=options)
    for url in (
        f"{hello.url}/a",
        "http://mailbox.example.gov.cn:8080/a",
        "http://mailbox.example.gov.cn@127.0.0.1/a",
        "ftp://mailbox.example.gov.cn/a",
        "file:///etc/passwd",
    ):
        with pytest.raises(SourceError, match="不在允许的主机之列"):
            polite.ask(Ask(url=url), text)
    assert not hello.log


def test_redirect_to_another_host_is_refused(
    hello: Hello, clock: FakeClock, client: Clients
) -> None:
    with Hello(clock.time) as other:
        hello.fault(server.redirect(f"{other.url}/login"))
        with pytest.raises(SourceError, match="要跳转到未经允许的主机"):
            client().ask(Ask(url=f"{hello.url}/a"), text)
        assert not other.log


def test_redirect_on_the_same_host_is_followed(hello: Hello, client: Clients) -> None:
    hello.fault(server.redirect("/new"))
    assert client().ask(Ask(url=f"{hello.url}/a"), text) == "hello /new"


def test_a_submitted_form_does_not_follow(hello: Hello, client: Clients) -> None:
    hello.fault(server.redirect("/new"))
    with pytest.raises(SourceError, match="请把配置中的地址改为新地址"):
        client().ask(Ask(method="POST", url=f"{hello.url}/a", form={"a": "1"}), text)


def test_redirects_in_a_circle_end(hello: Hello, client: Clients) -> None:
    hello.fault(server.redirect("/a"), times=99)
    with pytest.raises(SourceError, match="连续跳转"):
        client().ask(Ask(url=f"{hello.url}/a"), text)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  refused, not bound to
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "fe80::1",
    ],
)
def test_a_name_that_leads_inside_is_refused(address: str, client: Clients) -> None:
    options = HttpOptions(hosts=["mailbox.example.gov.cn"])
    polite = client(options=options, resolve=lambda host, port: [address])
    with pytest.raises(SourceError, match="内部地址"):
        polite.ask(Ask(url="http://mailbox.example.gov.cn/a"), text)


def test_metadata_service_is_refused_even_inside(client: Clients) -> None:
    options = HttpOptions(hosts=["mailbox.example.gov.cn"], allow_private_addresses=True)
    polite = client(options=options, resolve=lambda host, port: ["169.254.169.254"])
    with pytest.raises(SourceError, match="内部地址"):
        polite.ask(Ask(url="http://mailbox.example.gov.cn/a"), text)


def test_the_checked_address_is_the_one_connected_to(hello: Hello, client: Clients) -> None:
    asked: list[str] = []

    def names(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = hello.host.partition(":")[2]
    options = http(hello, hosts=[f"mailbox.example.gov.cn:{port}"])
    polite = client(options=options, resolve=names)
    assert polite.ask(Ask(url=f"http://mailbox.example.gov.cn:{port}/a"), text) == "hello /a"
    assert asked == ["mailbox.example.gov.cn"]
    assert hello.log[0].headers["host"] == f"mailbox.example.gov.cn:{port}"


@pytest.mark.parametrize("fault", [server.huge, server.bomb])
def test_a_huge_body_is_cut_off(hello: Hello, fault: server.Change, client: Clients) -> None:
    polite = client(max_bytes=1 << 20)
    hello.fault(fault)
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="已在此处切断"):
            polite.ask(Ask(url=f"{hello.url}/a"), text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
    assert polite.ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"


def test_a_dripping_server_is_cut_off(hello: Hello, client: Clients) -> None:
    def drip(hit: Hit, reply: Reply) -> Reply:
        def chunks() -> Iterator[bytes]:
            while not hello.released.wait(0.02):
                yield b"x"

        return Reply(chunks=chunks)

    hello.fault(drip)
    with pytest.raises(TryLater, match="秒内没有传完，已切断"):
        client(total_timeout=0.3, attempts=1).ask(Ask(url=f"{hello.url}/a"), text)


def test_a_silent_server_is_given_up(hello: Hello, client: Clients) -> None:
    def silent(hit: Hit, reply: Reply) -> Reply:
        hello.released.wait(10)
        return reply

    hello.fault(silent)
    with pytest.raises(TryLater, match="秒没有响应"):
        client(read_timeout=0.2, attempts=1).ask(Ask(url=f"{hello.url}/a"), text)


def test_a_cut_connection_is_tried_again(hello: Hello, client: Clients) -> None:
    hello.fault(server.cut_connection)
    assert client().ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"
    assert len(hello.log) == 2


def test_no_proxy_from_the_environment(
    hello: Hello, monkeypatch: pytest.MonkeyPatch, client: Clients
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert client().ask(Ask(url=f"{hello.url}/a"), text) == "hello /a"


def test_a_secret_header_is_sent_and_stays_out_of_errors(hello: Hello, client: Clients) -> None:
    options = http(hello, secret_headers={"X-App": "BOARD_KEY"}, attempts=1)
    secrets = Secrets({"BOARD_KEY": "s3cret-value"})
    polite = client(options=options, secrets=secrets)
    hello.fault(server.status(403))
    with pytest.raises(SourceError) as caught:
        polite.ask(Ask(url=f"{hello.url}/a", params={"key": "s3cret-value"}), text)
    assert hello.log[0].headers["x-app"] == "s3cret-value"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["http://example.gov.cn", "*.example.gov.cn", "a/b", ""])
def test_hosts_are_plain_names(host: str) -> None:
    with pytest.raises(ValueError, match="应只写主机名"):
        HttpOptions(hosts=[host])
