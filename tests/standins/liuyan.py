"""A stand-in for 领导留言板: the unsigned list and the signed list, search and content."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from tests.standins.server import Hit, Reply, StandIn

APP_CODE = "STANDIN0001"


@dataclass
class Thread:
    tid: int
    at: int
    """Unix seconds."""
    subject: str = ""
    text: str = ""
    fid: str = "9001"
    replies: list[dict[str, Any]] = field(default_factory=list)
    checked: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    gone: bool = False

    @property
    def content(self) -> str:
        return self.text if len(self.text) <= 100 else self.text[:100] + "..."

    @property
    def state(self) -> str:
        return str(self.fields.get("stateInfo", "已办理" if self.replies else "待回复"))


class Liuyan(StandIn):
    """Threads newest first by tid, unless `order` says otherwise."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__(clock)
        self.threads: dict[int, Thread] = {}
        self.milliseconds = False
        self.bare_content = True
        """The content list holds what crawlers describe, without the title."""
        self.order: Callable[[Thread], Any] = lambda thread: -thread.tid
        self.rows = 10
        self.seen_lists: list[str] = []

    def add(self, *threads: Thread) -> None:
        for thread in threads:
            self.threads[thread.tid] = thread

    def answer(self, hit: Hit) -> Reply:
        if hit.path == "/threads/queryThreadsList":
            return self._unsigned(hit)
        request = json.loads(hit.body)
        param = request["param"]
        key = md5((request["token"] or APP_CODE).encode(), usedforsecurity=False).hexdigest()[:16]
        want = md5(
            (hit.path + param + key + request["token"]).encode(), usedforsecurity=False
        ).hexdigest()
        if request["signature"] != want or request["appCode"] != APP_CODE:
            return _json({"code": "SN0006", "msg": "数据格式错误"})
        asked = json.loads(param)
        if hit.path in ("/v1/threads/list/df", "/v1/threads/list/bw"):
            rows = self._page(asked["fid"], str(asked["lastItem"]), asked["rows"])
            data: dict[str, Any] = {"data": [self._row(thread) for thread in rows]}
            if hit.path.endswith("bw"):
                data["lastItem"] = str(rows[-1].tid) if rows else ""
            return _json({"code": 0, "resultData": data})
        if hit.path == "/v2/threads/search":
            hits = [t for t in self._listed(None) if asked["keywords"] in t.subject + t.text]
            start = (asked["page"] - 1) * asked["rows"]
            page = [self._row(thread) for thread in hits[start : start + asked["rows"]]]
            return _json({"code": 0, "msg": "ok", "data": {"data": page}})
        return self._content(int(asked["tid"]))

    def _listed(self, fid: str | None) -> list[Thread]:
        threads = [t for t in self.threads.values() if not t.gone and fid in (None, t.fid)]
        return sorted(threads, key=self.order)

    def _page(self, fid: str, last: str, rows: int) -> list[Thread]:
        self.seen_lists.append(last)
        listed = self._listed(fid)
        ids = [thread.tid for thread in listed]
        if last in ("", "0"):
            return listed[:rows]
        start = ids.index(int(last)) + 1 if int(last) in ids else None
        if start is None:
            return [thread for thread in listed if thread.tid < int(last)][:rows]
        return listed[start : start + rows]

    def _time(self, seconds: int | None) -> int | None:
        return seconds * 1000 if self.milliseconds and seconds is not None else seconds

    def _row(self, thread: Thread) -> dict[str, Any]:
        return {
            "tid": thread.tid,
            "subject": thread.subject,
            "content": thread.content,
            "nickName": "网***",
            "dateline": self._time(thread.at),
            "threadsCheckTime": self._time(thread.checked),
            "forumName": "青禾县委书记",
            "typeName": "投诉/求助",
            "domainName": "城建",
            "stateInfo": thread.state,
            "favNum": 0,
            "grade": None,
            "gradeLevel": None,
            "gradeManner": None,
            "gradeSpeed": None,
            **thread.fields,
        }

    def _unsigned(self, hit: Hit) -> Reply:
        rows = []
        for thread in self._page(hit.form["fid"], hit.form["lastItem"], self.rows):
            last = thread.replies[-1] if thread.replies else {}
            rows.append(
                {
                    **self._row(thread),
                    "answerContent": last.get("content"),
                    "answerDateline": self._time(last.get("dateline")),
                    "answerOrganization": last.get("organization"),
                }
            )
        reply = _json({"result": "success", "success": True, "responseData": rows})
        reply.headers["Content-Type"] = "text/html;charset=UTF-8"
        return reply

    def _content(self, tid: int) -> Reply:
        thread = self.threads.get(tid)
        if thread is None or thread.gone:
            return _json({"code": "TH0001", "msg": "该留言不存在", "resultData": None})
        question: dict[str, Any] = {
            "dataType": 1,
            "content": thread.text,
            "nickName": "网***",
            "stateInfo": thread.state,
            "tags": [],
            "createDateline": self._time(thread.at),
            "dateline": self._time(thread.at),
        }
        if not self.bare_content:
            question["subject"] = thread.subject
        replies = [
            {"dataType": 4, **reply, "dateline": self._time(reply.get("dateline"))}
            for reply in thread.replies
        ]
        return _json({"code": 0, "resultData": {"contentList": [question, *replies]}})


def _json(value: object) -> Reply:
    return Reply(
        body=json.dumps(value, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json;charset=UTF-8"},
    )
