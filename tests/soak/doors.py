"""Every door without its network: a generator of what comes in, and what the door makes of it.

The generator counts what it offers; the door's own count is not asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar
from xml.sax.saxutils import escape

from streams.sources.feeds.source import FeedOptions, FeedSource
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.source import LiuyanSource
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.push.webhook import Webhook
from streams.sources.seam.base import Batch, PushRequest, PushSource, SourceError
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.seam.http import Answer, Ask, BadAnswer
from streams.sources.seam.secrets import Secrets
from streams.sources.site_mailbox.options import MailboxOptions
from streams.sources.site_mailbox.source import SiteMailbox
from streams.sources.wechat.source import Wechat
from tests.soak import poison
from tests.soak.file_doors import file_doors
from tests.soak.mail_doors import mail, mail_trees
from tests.soak.offers import NOW, Door, Offer, maybe_damaged, printable

T = TypeVar("T")

TOKEN: Final = "t" * 24
SECRETS: Final = Secrets({"TOKEN": TOKEN, "WECHAT_TOKEN": TOKEN, "PASSWORD": TOKEN})
_HOSTS: Final = {"hosts": ["a.example"]}


class Canned:
    """Answers every request with the same bytes, then with empty pages."""

    def __init__(self, body: bytes, content_type: str, empty: bytes) -> None:
        self._bodies = iter([body])
        self._empty = empty
        self._headers = {"content-type": content_type}

    def ask(self, ask: Ask, read: Callable[[Answer], T]) -> T:
        body = next(self._bodies, self._empty)
        try:
            return read(Answer(url=ask.url, status=200, headers=self._headers, body=body))
        except BadAnswer as error:
            raise SourceError(str(error)) from None

    def close(self) -> None:
        pass


def _entry(name: str, adapter: str, **options: object) -> SourceEntry:
    return SourceEntry(
        name=name, adapter=adapter, channel=name, options=options, file="sources.toml"
    )


def _count(rng: Random) -> int:
    return rng.randrange(1, 6)


# -- pushed --------------------------------------------------------------------


def _order(rng: Random, number: str) -> str:
    good = {
        "工单编号": json.dumps(number),
        "受理时间": '"2026-03-05 09:00:00"',
        "诉求标题": '"小区停水"',
        "市民诉求": '"六楼以上无水，请尽快处理。"',
        "来电人": '"王女士"',
        "联系电话": '"13800000000"',
        "是否满意": '"满意"',
        "处理期限": '"2026-03-12"',
        "flow": '[{"date": "2026-03-05 10:00", "di_title": "水务局"}]',
    }
    return poison.object_of(rng, good)


def _push_body(rng: Random, number: int, frame: str) -> Offer:
    many = _count(rng)
    records = [_order(rng, f"{number}{n:02}") for n in range(many)]
    body = frame.replace("LIST", "[" + ", ".join(records) + "]")
    return maybe_damaged(rng, body.encode(), many)


def received(source: PushSource, body: bytes, query: dict[str, str]) -> Iterator[Batch]:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    request = PushRequest(method="POST", query=query, headers=headers, body=body)
    answer = source.receive(request, now=NOW)
    assert answer.status in (200, 400, 413), answer.status
    answer.body.decode()
    if answer.batch is not None:
        yield answer.batch


def hotline_push() -> Door:
    auth = {"kind": "bearer", "secrets": ["TOKEN"]}
    source = HotlinePush.from_options(_entry("hotline", "hotline-push", auth=auth), SECRETS)
    return (
        lambda rng, number: _push_body(rng, number, "LIST"),
        lambda body: received(source, body, {}),
    )


def webhook() -> Door:
    options = {
        "auth": {"kind": "bearer", "secrets": ["TOKEN"]},
        "list_path": "data.items",
        "fields": {
            "id": "工单编号",
            "title": "诉求标题",
            "body": "市民诉求",
            "received_at": "受理时间",
            "likes": "是否满意",
        },
    }
    source = Webhook.from_options(_entry("webhook", "webhook", **options), SECRETS)
    frame = '{"code": 0, "data": {"total": 3, "items": LIST}}'
    return (
        lambda rng, number: _push_body(rng, number, frame),
        lambda body: received(source, body, {}),
    )


def wechat() -> Door:
    source = Wechat.from_options(_entry("wechat", "wechat"), SECRETS)
    query = signed()

    def offer(rng: Random, number: int) -> Offer:
        fields = {
            "ToUserName": "office",
            "FromUserName": f"u{number}",
            "CreateTime": str(int(NOW.timestamp())),
            "MsgType": rng.choice(("text", "image", "link", "location", "odd")),
            "Content": "路灯不亮",
            "MsgId": str(number),
            "Label": "柳林小区",
        }
        for name in fields:
            if rng.random() < 0.2:
                fields[name] = poison.text(rng)
        if fields["MsgType"] == "event":
            fields["MsgType"] = "text"  # an event is no message here
        inner = "".join(f"<{name}>{_xml(value)}</{name}>" for name, value in fields.items())
        return maybe_damaged(rng, f"<xml>{inner}</xml>".encode("utf-8", "replace"), 1)

    def read(body: bytes) -> Iterator[Batch]:
        yield from received(source, body, query)

    return offer, read


def signed() -> dict[str, str]:
    import hashlib

    timestamp, nonce = str(int(NOW.timestamp())), "n"
    joined = "".join(sorted((TOKEN, timestamp, nonce)))
    return {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": hashlib.sha1(joined.encode()).hexdigest(),  # noqa: S324  the platform's
    }


def _xml(value: str) -> str:
    """As text of XML; what XML cannot hold stands as it is, as a careless platform writes it."""
    return escape(value)


# -- pulled --------------------------------------------------------------------


def _time(rng: Random) -> str:
    """A time that a list source does not leave out as old, as JSON."""
    if rng.random() < 0.7:
        return json.dumps(f"{NOW - timedelta(hours=rng.randrange(1, 200)):%Y-%m-%d %H:%M:%S}")
    return rng.choice(('"NaN"', "NaN", "[]", '"2090-01-01"', '"啊"', "1e400", '"\\ud800"'))


def site_json() -> Door:
    options = {
        "base_url": "http://a.example",
        "http": _HOSTS,
        "list": {
            "format": "json",
            "url": "list",
            "rows": "data.rows",
            "paging": False,
            "fields": {"id": "id", "title": "title", "body": "body", "received_at": "at"},
            "extra": {"其他": "other"},
        },
    }
    made = read_options(_entry("site", "site-mailbox", **options), MailboxOptions)

    def offer(rng: Random, number: int) -> Offer:
        many = _count(rng)
        rows = []
        for n in range(many):
            good = {"id": f'"{number}-{n}"', "body": '"路灯不亮"', "other": '"x"'}
            row = poison.object_of(rng, good)[:-1]
            comma = ", " if len(row) > 1 else ""
            rows.append(f'{row}{comma}"title": "第 {number}-{n} 件", "at": {_time(rng)}}}')
        body = '{"data": {"rows": [' + ", ".join(rows) + "]}}"
        return maybe_damaged(rng, body.encode(), many)

    def read(body: bytes) -> Iterator[Batch]:
        client: Any = Canned(body, "application/json", b'{"data": {"rows": []}}')
        yield from SiteMailbox("site", "site", made, client).poll(None, now=NOW, recheck=())

    return offer, read


def site_html() -> Door:
    options = {
        "base_url": "http://a.example",
        "http": _HOSTS,
        "list": {
            "format": "html",
            "url": "list",
            "rows": "tr.letter",
            "paging": False,
            "fields": {
                "id": "td.id",
                "title": "td.title",
                "body": "td.body",
                "received_at": "td.at",
            },
        },
    }
    made = read_options(_entry("page", "site-mailbox", **options), MailboxOptions)

    def offer(rng: Random, number: int) -> Offer:
        many = _count(rng)
        rows = []
        for n in range(many):
            key = f"{number}-{n}" if rng.random() < 0.8 else poison.text(rng)
            body = "路灯不亮" if rng.random() < 0.7 else poison.text(rng)
            at = json.loads(_time(rng).replace("NaN", '"NaN"').replace('""', '"'), strict=False)
            rows.append(
                f'<tr class="letter"><td class="id">{escape(key)}</td>'
                f'<td class="title">第 {number}-{n} 件</td><td class="body">{escape(body)}</td>'
                f'<td class="at">{escape(str(at))}</td></tr>'
            )
        page = "<html><table>" + "".join(rows) + "</table></html>"
        return maybe_damaged(rng, page.encode("utf-8", "replace"), many)

    def read(body: bytes) -> Iterator[Batch]:
        client: Any = Canned(body, "text/html", b"<p>")
        yield from SiteMailbox("page", "page", made, client).poll(None, now=NOW, recheck=())

    return offer, read


def liuyan() -> Door:
    options = {"mode": "unsigned", "fids": ["1"], "base_url": "http://a.example", "http": _HOSTS}
    made = read_options(_entry("liuyan", "liuyan", **options), LiuyanOptions)

    def offer(rng: Random, number: int) -> Offer:
        many = _count(rng)
        rows = []
        for n in range(many):
            good = {
                "tid": f"{number}{n:02}",
                "content": '"路面坑洼"',
                "nickName": '"网友"',
                "domainName": '"城建"',
                "attachment": "0",
                "answerContent": '"已修"',
            }
            row = poison.object_of(rng, good)[:-1]
            comma = ", " if len(row) > 1 else ""
            at = int((NOW - timedelta(hours=rng.randrange(1, 200))).timestamp())
            rows.append(f'{row}{comma}"subject": "第 {number}-{n} 件", "dateline": {at}}}')
        body = '{"result": "success", "responseData": [' + ", ".join(rows) + "]}"
        return maybe_damaged(rng, body.encode(), many)

    def read(body: bytes) -> Iterator[Batch]:
        client: Any = Canned(body, "application/json", b'{"responseData": []}')
        source = LiuyanSource("liuyan", "liuyan", made, client, SECRETS)
        yield from source.poll(None, now=NOW, recheck=())

    return offer, read


def feed() -> Door:
    options = {"urls": ["http://a.example/rss"], "http": _HOSTS}
    made = read_options(_entry("news", "feed", **options), FeedOptions)

    def offer(rng: Random, number: int) -> Offer:
        many = _count(rng)
        entries = []
        for n in range(many):
            parts = {"guid": f"{number}-{n}", "description": "路灯不亮", "author": "记者"}
            for name in parts:
                if rng.random() < 0.25:
                    parts[name] = printable(poison.text(rng))
            if parts["guid"].strip() and parts["guid"] != f"{number}-{n}":
                # Entries that share a guid are versions of one case, which would grow for ever.
                parts["guid"] += f"{number}-{n}"
            parts["title"] = f"第 {number}-{n} 件"
            parts["pubDate"] = rng.choice(("Thu, 05 Mar 2026 09:00:00 +0800", "NaN", "", "9" * 50))
            inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
            entries.append(f"<item>{inner}</item>")
        body = (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title>'
            + "".join(entries)
            + "</channel></rss>"
        )
        return maybe_damaged(rng, body.encode("utf-8", "replace"), many)

    def read(body: bytes) -> Iterator[Batch]:
        client: Any = Canned(body, "application/xml", body)
        yield from FeedSource("news", "news", made, client).poll(None, now=NOW, recheck=())

    return offer, read


def all_doors(root: Path, folder: Path) -> dict[str, Door]:
    """Every door by its name. `root`: the checkout; `folder`: for files."""
    return {
        "hotline-push": hotline_push(),
        "webhook": webhook(),
        "wechat": wechat(),
        "site-mailbox-json": site_json(),
        "site-mailbox-html": site_html(),
        "liuyan": liuyan(),
        "feed": feed(),
        "imap": mail(),
        "imap-trees": mail_trees(),
        **file_doors(root, folder),
    }
