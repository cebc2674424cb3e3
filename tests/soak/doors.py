"""Every door without its network: a generator of what comes in, and what the door makes of it.

The generator counts what it offers; the door's own count is not asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar
from unittest.mock import patch
from xml.sax.saxutils import escape

import xlsxwriter
from msgspec import Struct

from cases.words.times import BEIJING
from streams.sources.feeds.source import FeedOptions, FeedSource
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.source import LiuyanSource
from streams.sources.mail import imap
from streams.sources.mail.imap_session import Folder, MailEntry
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.push.webhook import Webhook
from streams.sources.seam.base import Batch, PushRequest, PushSource, SourceError
from streams.sources.seam.config import SourceEntry, load_sources, read_options
from streams.sources.seam.http import Answer, Ask, BadAnswer
from streams.sources.seam.secrets import Secrets
from streams.sources.site_mailbox.options import MailboxOptions
from streams.sources.site_mailbox.source import SiteMailbox
from streams.sources.tables.files import TableFiles
from streams.sources.tables.files import build as build_files
from streams.sources.wechat.source import Wechat
from tests.soak import poison

T = TypeVar("T")

NOW: Final = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
TOKEN: Final = "t" * 24
SECRETS: Final = Secrets({"TOKEN": TOKEN, "WECHAT_TOKEN": TOKEN, "PASSWORD": TOKEN})
_HOSTS: Final = {"hosts": ["a.example"]}


class Offer(Struct, frozen=True):
    """One thing that comes to a door."""

    data: bytes
    records: int | None
    """How many records it holds; None where its bytes were damaged, so that nobody knows."""


Door = tuple[Callable[[Random, int], Offer], Callable[[bytes], Iterator[Batch]]]
"""What is offered (by a number that never comes twice), and what the door makes of it. It
raises `SourceError` for what it cannot read as a whole."""


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


def _maybe_damaged(rng: Random, data: bytes, records: int) -> Offer:
    if rng.random() < 0.15:
        return Offer(poison.mutated(rng, data), None)
    return Offer(data, records)


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
    return _maybe_damaged(rng, body.encode(), many)


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
        return _maybe_damaged(rng, f"<xml>{inner}</xml>".encode("utf-8", "replace"), 1)

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
        return _maybe_damaged(rng, body.encode(), many)

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
        return _maybe_damaged(rng, page.encode("utf-8", "replace"), many)

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
        return _maybe_damaged(rng, body.encode(), many)

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
                    parts[name] = _printable(poison.text(rng))
            parts["title"] = f"第 {number}-{n} 件"
            parts["pubDate"] = rng.choice(("Thu, 05 Mar 2026 09:00:00 +0800", "NaN", "", "9" * 50))
            inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
            entries.append(f"<item>{inner}</item>")
        body = (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title>'
            + "".join(entries)
            + "</channel></rss>"
        )
        return _maybe_damaged(rng, body.encode("utf-8", "replace"), many)

    def read(body: bytes) -> Iterator[Batch]:
        client: Any = Canned(body, "application/xml", body)
        yield from FeedSource("news", "news", made, client).poll(None, now=NOW, recheck=())

    return offer, read


def _printable(text: str) -> str:
    """What XML may hold: a feed that is none is read by a lenient parser, record for record
    no longer."""
    return "".join(char for char in text if char >= " " and not "\ud800" <= char <= "\udfff")


_PICTURE: Final = (
    b"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nQUFBQQ==\r\n"
)


class _Server:
    """An IMAP server with one folder."""

    def __init__(self, mails: list[bytes]) -> None:
        self._mails = mails

    def knows(self, _capability: str) -> bool:
        return False

    def open(self, _folder: str, *, readonly: bool) -> Folder:
        del readonly
        return Folder(1, len(self._mails) + 1, len(self._mails))

    def after(self, uid: int, _count: int) -> list[MailEntry]:
        return [MailEntry(n, len(m), NOW) for n, m in enumerate(self._mails, 1) if n > uid]

    def described(self, uids: list[int]) -> list[MailEntry]:
        return [one for one in self.after(0, 0) if one.uid in uids]

    def lists(self, uid: int) -> bool:
        return 0 < uid <= len(self._mails)

    def failures(self) -> AbstractContextManager[None]:
        return nullcontext()

    def content(self, entry: MailEntry, limit: int) -> bytes:
        return self._mails[entry.uid - 1][:limit]


def mail() -> Door:
    entry = _entry("mail", "imap", host="a.example", user="u@a.example", password="PASSWORD")
    source = imap.ImapMailbox.from_options(entry, SECRETS)

    def offer(rng: Random, number: int) -> Offer:
        text = "路灯不亮，请修。\r\n".encode() * rng.randrange(1, 4)
        parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text]
        if rng.random() < 0.4:
            parts.append(b"Content-Type: text/html\r\n\r\n<p>" + text + b"</p>\r\n")
        if rng.random() < 0.3:
            parts.append(_PICTURE)
        if len(parts) > 1:
            body = b"".join(b"--=x\r\n" + part for part in parts) + b"--=x--\r\n"
            parts = [b'Content-Type: multipart/mixed; boundary="=x"\r\n\r\n' + body]
        data = (
            f"Message-ID: <{number}@a.example>\r\nFrom: 王女士 <w@b.example>\r\n"
            f"Subject: 第 {number} 件\r\nDate: Thu, 05 Mar 2026 09:00:00 +0800\r\n"
        ).encode() + parts[0]
        if rng.random() < 0.5:
            # A mail is one record whatever its bytes are.
            bad = poison.text(rng).encode("utf-8", "surrogatepass")
            name = rng.choice((b"Subject", b"From", b"Date", b"Reply-To", b"Content-Type"))
            data = name + b": " + bad + b"\r\n" + data
        if rng.random() < 0.5:
            data = poison.mutated(rng, data)
        return Offer(data, 1)

    def read(data: bytes) -> Iterator[Batch]:
        @contextmanager
        def session(*_args: object, **_more: object) -> Iterator[_Server]:
            yield _Server([data])

        with patch.object(imap, "session", session), patch.object(source, "_context"):
            yield from source.poll(None, now=NOW)

    return offer, read


# -- files ---------------------------------------------------------------------

_HEADER: Final = ["工单编号", "受理时间", "诉求标题", "市民诉求", "联系电话", "是否解决", "附注"]


def _cells(rng: Random, number: str) -> list[str]:
    cells = [number, "2026-03-05 09:00:00", f"第 {number} 件", "路灯不亮", "13800000000", "是", "x"]
    for index in (0, 1, 3, 4, 5, 6):
        if rng.random() < 0.15:
            # Rows that share number and text are one order, so no two numbers are alike.
            cells[index] = poison.text(rng) + (number if index == 0 else "")
    return cells


def _files(folder: Path, name: str) -> TableFiles:
    entry = load_sources(folder / "config" / "sources.toml")["hotline-export"]
    del name
    return build_files(entry)


def _file_door(
    root: Path, folder: Path, ending: str, write: Callable[[Path, Random, int], int]
) -> Door:
    source = _files(root, ending)
    path = folder / f"export.{ending}"

    def offer(rng: Random, number: int) -> Offer:
        many = write(path, rng, number)
        return _maybe_damaged(rng, path.read_bytes(), many)

    def read(data: bytes) -> Iterator[Batch]:
        path.write_bytes(data)
        yield from source.read(path, now=NOW)

    return offer, read


def table_csv(root: Path, folder: Path) -> Door:
    def write(path: Path, rng: Random, number: int) -> int:
        many = rng.randrange(5, 40)
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(_HEADER)
        for n in range(many):
            writer.writerow(
                [each.encode("utf-8", "ignore").decode() for each in _cells(rng, f"{number}{n:03}")]
            )
        path.write_bytes(out.getvalue().encode("utf-8", "replace"))
        return many

    return _file_door(root, folder, "csv", write)


def json_lines(root: Path, folder: Path) -> Door:
    def write(path: Path, rng: Random, number: int) -> int:
        many = rng.randrange(5, 40)
        lines = []
        for n in range(many):
            values = [json.dumps(each) for each in _cells(rng, f"{number}{n:03}")]
            good = dict(zip(_HEADER, values, strict=True))
            lines.append(poison.object_of(rng, good, share=0.1 if n else 0.0))
        path.write_bytes("\n".join(lines).encode())
        return many

    return _file_door(root, folder, "jsonl", write)


def workbook(root: Path, folder: Path) -> Door:
    def write(path: Path, rng: Random, number: int) -> int:
        many = rng.randrange(20, 80)
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, _HEADER)
            for n in range(many):
                for column, text in enumerate(_cells(rng, f"{number}{n:03}")):
                    clean = text.encode("utf-8", "ignore").decode()[:30_000]
                    sheet.write_string(n + 1, column, clean)
        return many

    return _file_door(root, folder, "xlsx", write)


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
        "table-file-csv": table_csv(root, folder),
        "hotline-file-jsonl": json_lines(root, folder),
        "table-file-xlsx": workbook(root, folder),
    }
