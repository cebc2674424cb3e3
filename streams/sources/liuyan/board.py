"""The site, shared by all lists of one source: how it is asked, and what its lines become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from cases.record.item import Item
from huiyin.net.json_values import BadJson, Integer, Json, write_json
from streams.sources.lists.detail_budget import Details
from streams.sources.liuyan import wire
from streams.sources.liuyan.item import (
    BadThread,
    Door,
    thread_id,
    to_item,
)
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.seam.base import Rejected, SourceError
from streams.sources.seam.http import Answer, Ask, PoliteClient
from streams.sources.seam.isolation import read_alone
from streams.sources.seam.secrets import Secrets
from streams.sources.values.json_records import parse_shallow

T = TypeVar("T")

_GONE = frozenset({404, 410})


class Board:
    """The site, shared by all lists of one source."""

    def __init__(
        self,
        name: str,
        channel: str,
        options: LiuyanOptions,
        client: PoliteClient,
        secrets: Secrets,
    ) -> None:
        self.name = name
        self.options = options
        self.door = Door(source=name, channel=channel, base_url=options.base_url.rstrip("/"))
        self.details = Details()
        self._client = client
        self._secrets = secrets

    def form(self, path: str, form: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        ask = Ask(method="POST", url=self.door.base_url + path, form=form)
        return self._send(ask, read)

    def signed(
        self,
        path: str,
        param: Mapping[str, object],
        read: Callable[[Answer], T],
        also_ok: frozenset[int] = frozenset(),
    ) -> T:
        app_code = self._secrets.require(self.options.app_code_secret)
        token_name = self.options.token_secret
        token = self._secrets.require(token_name) if token_name else ""
        ask = Ask(
            method="POST",
            url=self.door.base_url + path,
            body=wire.signed_body(path, param, app_code, token),
            headers={"Content-Type": "application/json;charset=UTF-8"},
            also_ok=also_ok,
        )
        return self._send(ask, read)

    def content(self, tid: str) -> list[dict[str, Json]]:
        """All parts of one message. Raises `wire.Gone` and `SourceError`."""
        param = {"tid": tid, "fromTrash": 0}
        return self.signed(wire.CONTENT, param, wire.content, _GONE)

    def line(self, original: bytes, now: datetime) -> Item | Rejected:
        """A line of a list, read by itself."""
        try:
            row = parse_shallow(original.decode("utf-8", "replace"))
            tid = thread_id(row)
        except BadJson as error:
            return self.rejected("bad_json", str(error), original)
        except BadThread as error:
            return self.rejected(error.reason, str(error), original)
        fields = row if isinstance(row, dict) else {}
        return self.item(tid, fields, None, day_of(now), now)

    def item(
        self,
        tid: str,
        row: dict[str, Json],
        parts: list[dict[str, Json]] | None,
        first_seen: datetime,
        now: datetime,
    ) -> Item | Rejected:
        return read_alone(
            lambda: to_item(self.door, tid, row, parts, first_seen=first_seen, now=now),
            source=self.name,
            origin=f"{self.door.base_url} {tid}",
            original=lambda: write_json({"tid": Integer(tid), **row}),
        )

    def rejected(self, reason: str, detail: str, original: bytes) -> Rejected:
        return Rejected(
            source=self.name,
            reason=reason,
            detail=detail,
            original=original,
            origin=self.door.base_url,
        )

    @property
    def has_content(self) -> bool:
        """Whether single messages can be fetched."""
        return bool(self.options.app_code_secret)

    def _send(self, ask: Ask, read: Callable[[Answer], T]) -> T:
        try:
            return self._client.ask(ask, read)
        except wire.SiteRefused as error:
            raise SourceError(
                f"来源 {self.name}：{ask.url} 拒绝了请求：{error}。"
                "SN0006 表示签名或参数不被接受，请核对 appCode、fid 与本机时间"
            ) from None


def day_of(now: datetime) -> datetime:
    """The day, so that two looks on one day say the same."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
