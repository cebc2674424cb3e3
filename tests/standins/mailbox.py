"""Stand-ins for site mailboxes: one set of letters, shown the way each platform does."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.words.times import BEIJING
from tests.standins.server import Hit, Reply, StandIn


@dataclass
class Letter:
    key: str
    at: int
    """Unix seconds."""
    title: str
    text: str
    replies: list[tuple[str, int, str]] = field(default_factory=list)
    """Text, time, unit."""
    gone: bool = False

    @property
    def when(self) -> str:
        return stamp(self.at)


def stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


class Mailbox(StandIn):
    """Answers on the addresses of the presets and on a plain HTML mailbox at /letters."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(clock)
        self.letters: list[Letter] = []
        self.size = 10
        self.charset = "utf-8"
        """What the HTML pages are written in."""
        self.header_charset: str | None = None
        self.meta_charset: str | None = None
        self.repeat_last = False
        self.no_times = False
        self.order: Callable[[Letter], Any] = lambda letter: -letter.at

    def shown(self) -> list[Letter]:
        return sorted((one for one in self.letters if not one.gone), key=self.order)

    def letter(self, key: str) -> Letter:
        return next(one for one in self.letters if one.key == key)

    def page(self, number: int, size: int | None = None) -> list[Letter]:
        size = size or self.size
        shown = self.shown()
        if self.repeat_last:
            number = min(number, max(1, -(-len(shown) // size)))
        return shown[(number - 1) * size : number * size]

    def answer(self, hit: Hit) -> Reply:
        routes = {
            "/letters": self._html_list,
            "/letter": self._html_letter,
            "/front/msg/list": self._voice_list,
            "/front/msg/detail": self._voice_detail,
            "/IGI/nbhd/openGovmsgbox.do": self._trs,
            "/jact/front/dataproxy_mailnewlist.action": self._jact_list,
            "/jact/front/mailpubdetail.do": self._html_letter,
        }
        route = routes.get(hit.path)
        return Reply(status=404, body=b"no such page") if route is None else route(hit)

    def _html(self, text: str) -> Reply:
        meta = self.meta_charset or self.charset
        page = f'<html><head><meta charset="{meta}"><title>信箱</title></head><body>{text}</body></html>'
        header = self.header_charset
        kind = "text/html" if header == "" else f"text/html; charset={header or self.charset}"
        return Reply(body=page.encode(self.charset), headers={"Content-Type": kind})

    def _html_list(self, hit: Hit) -> Reply:
        lines = "".join(
            f'<tr><td><a href="letter?id={one.key}" title="{html.escape(one.title)}">'
            f"{html.escape(one.title[:6])}…</a></td>"
            + ("" if self.no_times else f"<td>{one.when[:10]}</td>")
            + f"<td>{'已回复' if one.replies else '待回复'}</td></tr>"
            for one in self.page(int(hit.query.get("page", "1")))
        )
        head = "<tr><th>标题</th><th>时间</th><th>状态</th></tr>"
        return self._html(f'<table class="list">{head}{lines}</table>')

    def _html_letter(self, hit: Hit) -> Reply:
        key = hit.query.get("id") or hit.query["transactId"]
        found = [one for one in self.letters if one.key == key and not one.gone]
        if not found:
            return self._html("<p>您访问的信件不存在或已删除</p>")
        one = found[0]
        paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in one.text.split("\n"))
        replies = "".join(
            f"<tr><td>回复单位：</td><td>{unit}</td><td>回复时间：</td><td>{stamp(at)}</td></tr>"
            f'<tr><td>回复内容：</td><td colspan="3"><p>{text}</p></td></tr>'
            for text, at, unit in one.replies
        )
        return self._html(
            "<script>var t='信件编号：0';</script><style>.a{}</style>"
            '<div class="nav"><ul><li>首页</li><li>信箱</li></ul></div><table class="letter">'
            f"<tr><th>信件编号</th><td>{one.key}</td><th>来 信 人：</th><td>陈**</td></tr>"
            f"<tr><th>信件标题</th><td>{html.escape(one.title)}</td>"
            + ("" if self.no_times else f"<th>来信时间</th><td>{one.when}</td>")
            + f"</tr><tr><th>信件内容</th><td colspan='3'>{paragraphs}</td></tr>{replies}</table>"
        )

    def _voice_list(self, hit: Hit) -> Reply:
        asked = json.loads(hit.body)
        rows = [
            {
                "id": int(one.key),
                "title": one.title,
                "created_at": one.when,
                "type_name": "投诉",
                "nickname": "网友",
                "is_reply": "1" if one.replies else "0",
                "click_num": 5,
            }
            for one in self.page(asked["page"], asked["page_num"])
        ]
        return as_json({"status": "1", "data": {"total": len(self.shown()), "rows": rows}})

    def _voice_detail(self, hit: Hit) -> Reply:
        found = [one for one in self.shown() if one.key == json.loads(hit.body)["id"]]
        if not found:
            return as_json({"status": "0", "msg": "信息不存在"})
        one = found[0]
        replies = [
            {"content": f"<p>{text}</p>", "reply_time": stamp(at), "name": unit}
            for text, at, unit in one.replies
        ]
        return as_json({"status": "1", "data": {"content": f"<p>{one.text}</p>", "reply": replies}})

    def _trs(self, hit: Hit) -> Reply:
        rows = [
            {
                "TITLE": one.title,
                "METADATAID": one.key,
                "PUBLISHURL": json.dumps([{"PUBLISHURL": f"/mail/{one.key}.html"}]),
                "SUBMITTIME": one.at * 1000,
                "REPLYTIME": one.replies[0][1] * 1000 if one.replies else None,
                "CONTENT": one.text,
                "REPLYS": [{"CONTENT": text} for text, _, _ in one.replies],
            }
            for one in self.page(int(hit.query["pageIndex"]), int(hit.query["pageSize"]))
        ]
        return as_json({"statusCode": 200, "message": "", "datas": {"data": rows}})

    def _jact_list(self, hit: Hit) -> Reply:
        start, end = int(hit.query["startrecord"]), int(hit.query["endrecord"])
        rows = [
            f"<tr class=tr_css><td><a href='mailpubdetail.do?transactId={one.key}' "
            f"title='{one.title}'>{one.title}</a></td><td>{one.when[:10]}</td></tr>"
            for one in self.shown()[start - 1 : end]
        ]
        quoted = ",".join("'" + row.replace("'", "\\'") + "'" for row in rows)
        text = f"var totalRecord={len(self.shown())};var dataStore=[{quoted}];"
        return Reply(body=text.encode(), headers={"Content-Type": "text/html;charset=UTF-8"})


def as_json(value: object) -> Reply:
    return Reply(
        body=json.dumps(value, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json;charset=UTF-8"},
    )
