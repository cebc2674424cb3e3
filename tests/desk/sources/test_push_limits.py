"""What of a push is refused before its body is read, and how much of all bodies is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.types import Message

from cases.words.times import BEIJING
from desk.sources.push import Pushes, add_pushes
from streams.intake import IntakeCounts
from streams.sources.push.webhook import Webhook
from streams.sources.seam.base import Batch, ChecksHead, PushRequest, PushSource
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.push_auth import sign
from streams.sources.seam.secrets import Secrets
from streams.sources.wechat.source import Wechat

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
STAMP = str(int(NOW.timestamp()))
KEY, TOKEN, WECHAT = "key-1f3a", "token-2b4c", "wechat-9d"
SECRETS = Secrets({"KEY": KEY, "TOKEN": TOKEN, "WECHAT_TOKEN": WECHAT})
MOST = 20_000
SIGNED = {"auth": {"kind": "hmac", "secrets": ["KEY"]}, "fields": {"id": "id", "body": "text"}}
BEARER = {**SIGNED, "auth": {"kind": "bearer", "secrets": ["TOKEN"]}}
BODY = json.dumps({"id": "a-1", "text": "路灯不亮"}).encode()


def _entry(name: str, adapter: str, options: dict[str, object]) -> SourceEntry:
    return SourceEntry(name=name, adapter=adapter, channel="x", options=options, file="f")


def _source(name: str) -> PushSource:
    if name == "chat":
        return Wechat.from_options(_entry(name, "wechat", {}), SECRETS)
    options = {"signed": SIGNED, "token": BEARER, "keyless": SIGNED}[name]
    secrets = Secrets({}) if name == "keyless" else SECRETS
    return Webhook.from_options(_entry(name, "webhook", {**options, "max_body": MOST}), secrets)


class _Runner:
    """Takes what is given, and remembers it."""

    def __init__(self) -> None:
        self.taken: list[Batch] = []
        self.store = SimpleNamespace(close=lambda: None)

    def clock(self) -> datetime:
        return NOW

    def take(self, _name: str, batch: Batch) -> IntakeCounts:
        self.taken.append(batch)
        return IntakeCounts(new=len(batch.found))


class House:
    def __init__(self, *names: str) -> None:
        self.runner = _Runner()
        self.pushes = Pushes(
            {name: _source(name) for name in names}, lambda: cast("Any", self.runner)
        )
        self.app = FastAPI()
        add_pushes(self.app, self.pushes, 2 * MOST)

    async def ask(
        self,
        name: str,
        pieces: list[bytes],
        headers: dict[str, str] | None = None,
        query: str = "",
        address: str = "10.0.0.1",
        hold: asyncio.Event | None = None,
        reached: asyncio.Event | None = None,
    ) -> tuple[int, int, str]:
        """Status, how many pieces of the body were taken, and the text of the answer. `hold`:
        the last piece waits for it, and says with `reached` that it is asked for."""
        left = list(pieces)
        answer: list[Any] = []
        body = bytearray()

        async def receive() -> Message:
            if not left:
                await asyncio.Event().wait()
            if len(left) == 1 and hold is not None:
                if reached is not None:
                    reached.set()
                await hold.wait()
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.append(message["status"])
            body.extend(message.get("body", b""))

        await self.app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": "POST",
                "path": f"/push/{name}",
                "raw_path": f"/push/{name}".encode(),
                "query_string": query.encode(),
                "root_path": "",
                "scheme": "http",
                "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
                "client": (address, 1),
                "server": ("127.0.0.1", 80),
                "state": {"address": address},
            },
            receive,
            send,
        )
        return answer[0], len(pieces) - len(left), body.decode()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("desk.sources.push.note", lambda *_: None)
    made = House("signed", "token", "chat", "keyless")
    yield made
    made.pushes.close()


def _signature(body: bytes) -> dict[str, str]:
    return {"x-timestamp": STAMP, "x-signature": sign(KEY, STAMP, body).hex()}


def _chat_query(token: str) -> str:
    joined = "".join(sorted((token, STAMP, "n")))
    digest = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return f"signature={digest}&timestamp={STAMP}&nonce=n"


@pytest.mark.parametrize(
    ("name", "headers", "query", "status"),
    [
        ("nowhere", {}, "", 404),
        ("token", {}, "", 401),
        ("token", {"authorization": "Bearer wrong"}, "", 401),
        ("token", {"authorization": f"Bearer {TOKEN}", "content-encoding": "gzip"}, "", 415),
        ("token", {"authorization": f"Bearer {TOKEN}", "content-length": "20001"}, "", 413),
        ("token", {"authorization": f"Bearer {TOKEN}", "content-length": "9" * 40}, "", 413),
        ("signed", {}, "", 401),
        ("signed", {"x-timestamp": STAMP}, "", 401),
        ("signed", {"x-timestamp": STAMP, "x-signature": "abcd"}, "", 401),
        ("signed", {"x-timestamp": "now", "x-signature": "ab" * 32}, "", 401),
        ("chat", {}, "", 401),
        ("chat", {}, _chat_query("wrong"), 401),
        ("keyless", {"x-timestamp": STAMP, "x-signature": "ab" * 32}, "", 503),
    ],
)
def test_what_is_refused_whatever_the_body_is_refused_before_it(
    house: House, name: str, headers: dict[str, str], query: str, status: int
) -> None:
    found, taken, _ = asyncio.run(house.ask(name, [b"x" * 1000] * 5, headers, query))
    assert (found, taken) == (status, 0)
    assert house.runner.taken == []


def test_who_proves_himself_is_read_and_stored(house: House) -> None:
    halves = [BODY[:5], BODY[5:]]
    message = (
        "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><MsgId>7</MsgId>"
        f"<Content>路灯</Content><CreateTime>{STAMP}</CreateTime></xml>"
    ).encode()

    async def all_three() -> list[int]:
        return [
            (await house.ask("signed", halves, _signature(BODY)))[0],
            (await house.ask("token", halves, {"authorization": f"Bearer {TOKEN}"}))[0],
            (await house.ask("chat", [message], {}, _chat_query(WECHAT)))[0],
        ]

    assert asyncio.run(all_three()) == [200, 200, 200]
    assert [len(batch.found) for batch in house.runner.taken] == [1, 1, 1]


def test_a_signature_of_another_body_is_refused_after_it(house: House) -> None:
    found, taken, _ = asyncio.run(house.ask("signed", [b"{", b"}"], _signature(BODY)))
    assert (found, taken) == (401, 2)


def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(house: House) -> None:
    pieces = [b"x" * 6000] * 10
    found, taken, text = asyncio.run(house.ask("signed", pieces, _signature(BODY)))
    assert (found, taken) == (413, 4)
    assert "20,000" in text


def test_bodies_in_flight_have_one_limit_and_a_share_for_each_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twice 20,000 bytes in all, and no sender has more than 20,000."""
    monkeypatch.setattr("desk.sources.push.note", lambda *_: None)
    house = House("signed", "token")
    body = [b"x" * 18_000, b"y"]

    async def play() -> tuple[list[int], int]:
        hold, senders = asyncio.Event(), ("10.0.0.1", "10.0.0.2")
        reached = [asyncio.Event() for _ in senders]
        slow = [
            asyncio.create_task(
                house.ask("signed", body, _signature(BODY), "", address, hold, there)
            )
            for address, there in zip(senders, reached, strict=True)
        ]
        for there in reached:
            await there.wait()
        during = [
            (await house.ask("signed", body, _signature(BODY), "", address))[0]
            for address in ("10.0.0.1", "10.0.0.3")
        ]
        proof = {"authorization": f"Bearer {TOKEN}"}
        during.append((await house.ask("token", [BODY], proof, "", "10.0.0.1"))[0])
        hold.set()
        await asyncio.gather(*slow)
        return during, (await house.ask("signed", [BODY], _signature(BODY), "", "10.0.0.3"))[0]

    during, after = asyncio.run(play())
    assert during == [503, 503, 200], "strangers wait; who has proved himself does not"
    assert after == 200, "what was held is given back"


def test_the_proof_of_a_body_may_not_take_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.sources.push.UNPROVEN_SECONDS", 0.01)
    never = asyncio.run(_never(house))
    assert never[0] == 408


async def _never(house: House) -> tuple[int, int, str]:
    return await house.ask("signed", [b"x", b"y"], _signature(BODY), hold=asyncio.Event())


@pytest.mark.parametrize(("name", "in_head"), [("signed", False), ("token", True), ("chat", True)])
def test_each_source_says_whether_its_head_proves_the_sender(name: str, in_head: bool) -> None:
    source = _source(name)
    assert isinstance(source, ChecksHead)
    assert source.proof_in_head is in_head
    wrong = PushRequest(method="PUT", query={}, headers={}, body=b"")
    answer = source.refuse_head(wrong, now=NOW)
    assert answer is not None
    assert answer.status == 405
