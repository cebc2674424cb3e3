"""Dead letters of every door are taken in once their cause is mended, or the door says why
they never are. Walks the registry: a new adapter without a line here fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cases.record.item import Item
from desk.app.commands.audit import audit_store
from desk.dead_letters.replay import Replayed, replay_dead
from sinks.files import FileStore
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.letter_table import place_of
from streams.process import Processor
from streams.sources.feeds import source as feeds_source
from streams.sources.feeds.source import FeedOptions, FeedSource
from streams.sources.liuyan import board as liuyan_board
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.source import LiuyanSource
from streams.sources.mail.imap import ImapMailbox
from streams.sources.mail.item import Letter
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.push.webhook import Webhook
from streams.sources.registry import ADAPTERS, DeskForm, Source
from streams.sources.seam.base import Batch, Rejected, Replayable
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.site_mailbox.options import MailboxOptions
from streams.sources.site_mailbox.source import SiteMailbox
from streams.sources.tables.files import FileOptions, TableFiles
from streams.sources.wechat import source as wechat_source
from streams.sources.wechat.source import Wechat
from tests.cases.helpers import usual
from tests.soak.doors import SECRETS, Canned, received, signed
from tests.soak.offers import NOW
from tests.streams.fakes import OneLabel, OneUnit

AUTH = {"kind": "bearer", "secrets": ["TOKEN"]}
HTTP = {"hosts": ["a.example"]}
Broken = tuple[Any, list[Item | Rejected], Any]
"""The source as it was, what it made of what came in, and the source once it is mended."""


def entry(adapter: str, **options: object) -> SourceEntry:
    return SourceEntry(name=adapter, adapter=adapter, channel="门", options=options, file="x.toml")


def given(batches: Iterator[Batch]) -> list[Item | Rejected]:
    return [one for batch in batches for one in batch.found]


def fail(*_args: object, **_more: object) -> Any:
    raise ZeroDivisionError


def table(adapter: str, tmp_path: Path) -> Broken:
    columns = {"id": ["编号"], "received_at": ["时间"], "title": ["标题"], "body": ["正文"]}

    def source(longest: int) -> TableFiles:
        made = entry(adapter, columns=columns, max_cell_chars=longest)
        return TableFiles(adapter, "门", read_options(made, FileOptions))

    path = tmp_path / "a.csv"
    path.write_text("编号,时间,标题,正文\n1,2026-03-01 09:00:00,停水,六楼以上停水很久\n", "utf-8")
    return source(5), given(source(5).read(path, now=NOW)), source(500)


def push(made: Callable[[SourceEntry], Any], adapter: str, **options: object) -> Broken:
    order = {"单号": "7", "受理时间": "2026-03-01 09:00:00", "标题": "停水", "内容": "停水"}
    fields = {"title": "标题", "body": "内容", "received_at": "受理时间"}
    broken = made(entry(adapter, auth=AUTH, fields={**fields, "id": "没有"}, **options))
    mended = made(entry(adapter, auth=AUTH, fields={**fields, "id": "单号"}, **options))
    return broken, given(received(broken, json.dumps([order]).encode(), {})), mended


def site(_tmp_path: Path) -> Broken:
    def source(key: str) -> SiteMailbox:
        options = {
            "base_url": "http://a.example",
            "http": HTTP,
            "list": {
                "format": "html",
                "url": "list",
                "rows": "tr",
                "paging": False,
                "fields": {"id": key, "title": "td.title"},
            },
        }
        made = read_options(entry("site-mailbox", **options), MailboxOptions)
        client: Any = Canned(page, "text/html", b"<p>")
        return SiteMailbox("site-mailbox", "门", made, client)

    page = '<table><tr><td class="no">7</td><td class="title">停水</td></tr></table>'.encode()
    return (
        source("td.none"),
        given(source("td.none").poll(None, now=NOW, recheck=())),
        source("td.no"),
    )


def threads(monkeypatch: pytest.MonkeyPatch) -> Broken:
    options = {"mode": "unsigned", "fids": ["1"], "base_url": "http://a.example", "http": HTTP}
    made = read_options(entry("liuyan", **options), LiuyanOptions)
    at = int(NOW.timestamp()) - 3600
    row = {"tid": 7, "subject": "停水", "content": "停水", "dateline": at}
    body = json.dumps({"responseData": [row]}).encode()
    client: Any = Canned(body, "application/json", b'{"responseData": []}')
    source = LiuyanSource("liuyan", "门", made, client, SECRETS)
    with monkeypatch.context() as patched:
        patched.setattr(liuyan_board, "to_item", fail)
        found = given(source.poll(None, now=NOW, recheck=()))
    return source, found, source


def news(monkeypatch: pytest.MonkeyPatch) -> Broken:
    made = read_options(entry("feed", urls=["http://a.example/rss"], http=HTTP), FeedOptions)
    body = (
        b'<rss version="2.0"><channel><item><guid>7</guid><title>x</title></item></channel></rss>'
    )
    client: Any = Canned(body, "application/xml", body)
    source = FeedSource("feed", "门", made, client)
    with monkeypatch.context() as patched:
        patched.setattr(feeds_source.FeedSource, "_made", fail)
        found = given(source.poll(None, now=NOW, recheck=()))
    return source, found, source


def mailbox(_tmp_path: Path) -> Broken:
    def source(**more: object) -> ImapMailbox:
        made = entry("imap", host="a.example", user="u@a.example", password="PASSWORD", **more)
        return ImapMailbox.from_options(made, SECRETS)

    data = (
        b"From: form@site.example\r\nAuto-Submitted: auto-generated\r\nSubject: x\r\n"
        b"Message-ID: <7@site.example>\r\nReceived: by a; Thu, 05 Mar 2026 09:00:00 +0800\r\n"
        b"\r\ntext\r\n"
    )
    letter = Letter(data=data, size=len(data), stored_at=NOW, origin="INBOX/1/1")
    found = source()._item(letter, NOW)
    return source(), [found], source(trusted_senders=["form@site.example"])


def account(monkeypatch: pytest.MonkeyPatch) -> Broken:
    source = Wechat.from_options(entry("wechat"), SECRETS)
    at = int(NOW.timestamp())
    body = (
        f"<xml><FromUserName>u</FromUserName><CreateTime>{at}</CreateTime><MsgType>text</MsgType>"
        "<Content>停水</Content><MsgId>7</MsgId></xml>"
    ).encode()
    with monkeypatch.context() as patched:
        patched.setattr(wechat_source, "_content", fail)
        found = given(received(source, body, signed()))
    return source, found, source


def broken(adapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    makers: dict[str, Callable[[], Broken]] = {
        "table-file": lambda: table("table-file", tmp_path),
        "hotline-file": lambda: table("hotline-file", tmp_path),
        "hotline-push": lambda: push(
            lambda made: HotlinePush.from_options(made, SECRETS), "hotline-push"
        ),
        "webhook": lambda: push(lambda made: Webhook.from_options(made, SECRETS), "webhook"),
        "site-mailbox": lambda: site(tmp_path),
        "liuyan": lambda: threads(monkeypatch),
        "feed": lambda: news(monkeypatch),
        "imap": lambda: mailbox(tmp_path),
        "wechat": lambda: account(monkeypatch),
    }
    return makers[adapter]()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    processor = Processor(usual(), OneLabel(), OneUnit())
    runner = EmbeddedRunner(EmbeddedStore(tmp_path / "huiyin.db"), processor, lambda: NOW)
    yield runner
    runner.store.close()


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", 1 << 20)


NEVER = {"desk-form": "a person types it in and sees at once what is wrong"}


@pytest.mark.parametrize("adapter", sorted(set(ADAPTERS) - set(NEVER)))
def test_dead_letters_of_every_door_are_taken_in_once_mended(
    adapter: str,
    runner: EmbeddedRunner,
    files: FileStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, found, mended = broken(adapter, tmp_path, monkeypatch)
    assert isinstance(mended, Replayable)
    assert [type(one) for one in found] == [Rejected], found
    runner.take(adapter, Batch(found=tuple(found)))
    with monkeypatch.context() as patched:
        if before is mended:  # the fault was in the program
            for where, name in (
                (liuyan_board, "to_item"),
                (feeds_source.FeedSource, "_made"),
                (wechat_source, "_content"),
            ):
                patched.setattr(where, name, fail)
        assert replay_dead(runner, {adapter: before}, files) == Replayed(tried=1, still_bad=1)
    assert replay_dead(runner, {adapter: mended}, files) == Replayed(tried=1, accepted=1)
    assert replay_dead(runner, {adapter: mended}, files) == Replayed()
    (case,) = runner.store.ledger.load([f"{adapter}:{next(_ids(runner))}"]).values()
    assert case.item.title
    assert audit_store(runner.store).balanced


def _ids(runner: EmbeddedRunner) -> Iterator[str]:
    from sinks.ledger.base import Query

    return (case.item.source_item_id for case in runner.store.ledger.scan(Query()))


def test_what_a_person_types_in_leaves_no_letters() -> None:
    assert set(NEVER) == {"desk-form"}
    assert not isinstance(DeskForm("a", "b"), Replayable)


def test_what_can_never_be_read_stays_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _, _ = account(monkeypatch)
    (still,) = source.replay(b"<xml><Encrypt>abc</Encrypt></xml>", now=NOW)
    assert (still.reason, "明文模式" in still.detail) == ("encrypted", True)
    made = read_options(entry("feed", urls=["http://a.example/rss"], http=HTTP), FeedOptions)
    body = b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>'
    client: Any = Canned(body, "application/xml", body)
    door = FeedSource("feed", "门", made, client)
    (nameless,) = given(door.poll(None, now=NOW, recheck=()))
    assert isinstance(nameless, Rejected)
    (still,) = door.replay(nameless.original, now=NOW)
    assert isinstance(still, Rejected)
    assert still.original == nameless.original
    assert "随订阅重新到来" in still.detail


def test_a_whole_push_becomes_its_records_and_the_bad_ones_letters_of_their_own(
    runner: EmbeddedRunner, files: FileStore
) -> None:
    def source(path: str) -> HotlinePush:
        return HotlinePush.from_options(entry("hotline-push", auth=AUTH, list_path=path), SECRETS)

    body = '{"rows": [{"编号": "1", "标题": "a"}, {"编号": true, "标题": "b"}]}'.encode()
    (whole,) = given(received(source("data"), body, {}))
    assert isinstance(whole, Rejected)
    assert whole.original == body
    runner.take("hotline-push", Batch(found=(whole,)))
    done = replay_dead(runner, {"hotline-push": source("rows")}, files)
    assert (done.tried, done.accepted) == (1, 1)
    (left,) = runner.store.dead_letters(waiting_only=True)
    assert left.letter.original == '{"编号": true, "标题": "b"}'.encode()
    assert runner.store.ledger.load(["hotline-push:1"])
    assert audit_store(runner.store).balanced


def many(runner: EmbeddedRunner, number: int) -> Source:
    """So many letters that can be taken in now."""
    source = HotlinePush.from_options(entry("hotline-push", auth=AUTH), SECRETS)
    found = tuple(
        Rejected(
            source="hotline-push",
            reason="missing_id",
            detail="",
            original=json.dumps({"编号": str(n), "标题": "a"}).encode(),
            origin="",
        )
        for n in range(number)
    )
    runner.take("hotline-push", Batch(found=found))
    return source


def test_an_interrupted_replay_goes_on_where_it_stopped_and_counts_every_letter(
    runner: EmbeddedRunner, files: FileStore
) -> None:
    sources = {"hotline-push": many(runner, 450)}
    seen: list[tuple[int, int]] = []
    first = replay_dead(
        runner,
        sources,
        files,
        stopped=lambda: True,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (first.tried, first.accepted, first.left) == (200, 200, 250)
    assert seen == [(200, 450)]
    rest = replay_dead(runner, sources, files, after=first.after)
    assert (rest.tried, rest.accepted, rest.left, rest.after) == (250, 250, 0, "")
    assert runner.store.letters_waiting() == 0
    assert audit_store(runner.store).cases == 450


def test_a_replay_that_died_before_it_marked_its_letters_takes_nothing_twice(
    runner: EmbeddedRunner, files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {"hotline-push": many(runner, 3)}
    with monkeypatch.context() as patched:
        patched.setattr(runner.store, "mark_all_replayed", fail)
        with pytest.raises(ZeroDivisionError):
            replay_dead(runner, sources, files)
    assert runner.store.letters_waiting() == 3
    assert replay_dead(runner, sources, files).accepted == 3
    proof = audit_store(runner.store)
    assert (proof.cases, proof.later_versions, proof.balanced) == (3, 0, True)


def test_letters_are_gone_through_in_the_order_they_came(runner: EmbeddedRunner) -> None:
    many(runner, 5)
    letters = [stored.letter for stored in runner.store.dead_letters(waiting_only=True)]
    places = [place_of(letter) for letter in letters]
    assert places == sorted(places)
    rest = runner.store.letters.each(waiting_only=True, after=places[2])
    assert [stored.letter for stored in rest] == letters[3:]
