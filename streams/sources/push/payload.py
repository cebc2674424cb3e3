"""A JSON object of a platform as an `Item`, by its field map (`payload_map`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from msgspec.structs import replace

from cases.record.item import Attachment, Item, Note, SourceReply
from huiyin.net.json_values import (
    Decimal,
    Integer,
    Json,
    as_text,
    find,
    may_be_rounded,
    plain_key,
)
from streams.sources.push.payload_map import TEXTS, ListMap, PayloadMap
from streams.sources.seam.base import Rejected
from streams.sources.values.cells import BadCell, read_count, read_id, read_yes_no
from streams.sources.values.secrecy import Wishes, choices, wishes
from streams.sources.values.times import When, read_time
from streams.sources.values.words import NO, NOTHING, YES

_FLAGS: Final = frozenset({"resolved", "satisfied", "confidential", "disclosure", "withdrawn"})
"""Read as yes or no; the platform's own word ("基本满意") is kept beside it."""
_AHEAD: Final = timedelta(minutes=10)
_YEAR_AHEAD: Final = timedelta(days=364)
"""A time limit without a year is the first such day after the message came."""
_MAX_EXTRA: Final = 64
_MAX_EXTRA_TEXT: Final = 4000
_TITLE_FROM_BODY: Final = 30


class _Reader:
    """One object on its way to an item: collects notes and what was used."""

    def __init__(self, map_: PayloadMap, record: Mapping[str, Json], now: datetime) -> None:
        self._map = map_
        self._record: Json = dict(record)
        self._now = now
        self.notes: list[Note] = []
        self._used: set[str] = {plain_key(key) for key in map_.ignore}

    def raw(self, name: str) -> Json:
        for path in self._map.paths(name):
            value = find(self._record, path)
            if value is not None and value not in ("", []):
                if name not in _FLAGS:
                    self._used.add(plain_key(path))
                return value
        return None

    def text(self, name: str) -> str:
        return as_text(self.raw(name))

    def id(self) -> str:
        value = self.raw("id")
        if isinstance(value, Decimal):
            raise BadCell(
                "rounded_id",
                f"编号 {value[:40]} 是小数或科学计数，原编号已无法还原。"
                "请对方按字符串或整数推送编号",
            )
        if isinstance(value, bool | list | dict):
            raise BadCell("bad_id", "编号应为字符串或整数，实际是其他类型。请核对字段对照表中的 id")
        if value is None:
            paths = "、".join(self._map.paths("id"))
            raise BadCell("missing_id", f"没有编号：{paths} 都为空。请核对字段对照表或请对方补推")
        if isinstance(value, Integer) and may_be_rounded(value):
            self.notes.append(
                Note("id_maybe_rounded", f"编号 {value} 按数字推送，末几位可能已被对方取整，请核对")
            )
        return read_id(str(value))

    def time(self, name: str, value: Json = None) -> datetime | None:
        when = self._when(name, self.raw(name) if value is None else value, self._now + _AHEAD)
        return when.at if when else None

    def due_at(self, received_at: datetime) -> datetime | None:
        when = self._when("due_at", self.raw("due_at"), received_at + _YEAR_AHEAD)
        return when.deadline if when else None

    def _when(self, name: str, value: Json, latest: datetime) -> When | None:
        text = as_text(value)
        try:
            when = None if text.lower() in NOTHING else read_time(text, latest=latest)
        except BadCell as problem:
            self.notes.append(Note(f"{name}_unreadable", str(problem)))
            self._used -= {plain_key(path) for path in self._map.paths(name)}
            return None
        self.notes += when.notes if when else ()
        return when

    def said(self, name: str) -> str:
        """Text, "" also for the words that stand for nothing (暂无回复)."""
        text = self.text(name)
        return "" if text.lower() in NOTHING else text

    def wishes(self) -> Wishes:
        """要求保密、不公开, under every name that the record has for it, however deep."""
        top = self._record.values() if isinstance(self._record, dict) else ()
        # Unmapped names at the top are kept, and heard after the door (`secrecy.heeded`).
        secret, public = choices([each for each in top if isinstance(each, dict | list)])
        asked = wishes((*self._values("confidential"), *secret), (*self._values("public"), *public))
        self.notes += asked.notes
        return asked

    def _values(self, name: str) -> list[str]:
        return [as_text(find(self._record, path)) for path in self._map.paths(name)]

    def flag(self, name: str) -> bool | None:
        try:
            return read_yes_no(self.text(name), YES, NO)
        except BadCell:
            return None  # a word that is neither; it stays in `extra`

    def count(self, name: str) -> int | None:
        try:
            return read_count(self.said(name))
        except BadCell as problem:
            self.notes.append(Note(f"{name}_unreadable", str(problem)))
            self._used -= {plain_key(path) for path in self._map.paths(name)}
            return None

    def received_at(self, steps: tuple[_Step, ...]) -> datetime:
        at = self.time("received_at")
        if at is not None and at > self._now + _AHEAD:
            shown = f"{at:%Y-%m-%d %H:%M}"
            self.notes.append(
                Note("received_in_future", f"来源写的受理时间 {shown} 晚于收到的时间，按收到时间计")
            )
            return self._now
        if at is not None:
            return at
        first = min((step.at for step in steps if step.at), default=None)
        if first is not None:
            self.notes.append(Note("received_from_flow", "没有受理时间，按流程第一步的时间计"))
            return first
        self.notes.append(Note("received_missing", "没有可用的受理时间，按收到推送的时间计"))
        return self._now

    def rows(self, map_: ListMap | None) -> list[Json]:
        found = find(self._record, map_.path) if map_ else None
        if isinstance(found, list):
            return found
        return [] if found in (None, "") else [found]

    def replies(self) -> tuple[SourceReply, ...]:
        given = self._map.replies
        found = [
            SourceReply(
                text=text,
                at=self.time("replied_at", find(row, given.at)) if given.at else None,
                unit=as_text(find(row, given.unit)) if given.unit else "",
            )
            for row in self.rows(given)
            if given
            and (text := as_text(find(row, given.text) if given.text else row))
            and text.lower() not in NOTHING
        ]
        if text := self.said("reply"):
            found.append(
                SourceReply(text=text, at=self.time("replied_at"), unit=self.text("reply_unit"))
            )
        return tuple(found)

    def steps(self) -> tuple[_Step, ...]:
        given = self._map.flow
        return tuple(
            _Step(
                self.time("flow", find(row, given.at)) if given.at else None,
                as_text(find(row, given.unit)) if given.unit else "",
                as_text(find(row, given.text)) if given.text else "",
                as_text(find(row, given.state)) if given.state else "",
            )
            for row in self.rows(given)
            if given and isinstance(row, dict)
        )

    def attachments(self) -> tuple[Attachment, ...]:
        given = self._map.attachments
        if given is None:
            return ()
        files = []
        for row in self.rows(given):
            url = as_text(find(row, given.url) if isinstance(row, dict) else row)
            name = as_text(find(row, given.name)) if isinstance(row, dict) and given.name else ""
            size = as_text(find(row, given.size)) if isinstance(row, dict) and given.size else ""
            name = name or PurePosixPath(url.partition("?")[0]).name
            if name:
                kind = as_text(find(row, given.media_type)) if given.media_type else ""
                files.append(
                    Attachment(
                        name=name,
                        url=url,
                        media_type=kind,
                        size=int(size) if size.isdecimal() and len(size) < 16 else None,
                    )
                )
        return tuple(files)

    def extra(self) -> dict[str, str]:
        """Scalars at the top that no field carries. Call it last: reading a field uses its key."""
        kept: dict[str, str] = {}
        for key, value in self._record.items() if isinstance(self._record, dict) else ():
            if isinstance(value, list | dict) or plain_key(key) in self._used:
                continue
            if (text := as_text(value)) and len(kept) < _MAX_EXTRA:
                kept[as_text(key)] = text[:_MAX_EXTRA_TEXT]
        return kept


class _Step:
    __slots__ = ("at", "state", "text", "unit")

    def __init__(self, at: datetime | None, unit: str, text: str, state: str) -> None:
        self.at, self.unit, self.text, self.state = at, unit, text, state

    def line(self) -> str:
        at = f"{self.at:%Y-%m-%d %H:%M}" if self.at else ""
        return " ".join(part for part in (at, self.unit, self.text, self.state) if part)


def read_payload(
    map_: PayloadMap,
    record: Json,
    *,
    source: str,
    channel: str,
    now: datetime,
    origin: str,
    original: bytes,
) -> Item | Rejected:
    """One record as an item, or the reason why it is none. `original`: its bytes."""

    def reject(reason: str, detail: str) -> Rejected:
        return Rejected(
            source=source, reason=reason, detail=detail, original=original, origin=origin
        )

    if not isinstance(record, dict):
        return reject("not_an_object", "应为一个 JSON 对象（一件工单），实际是其他类型")
    reader = _Reader(map_, record, now)
    try:
        number = reader.id()
    except BadCell as problem:
        return reject(problem.code, str(problem))
    texts = {name: reader.text(name) for name in TEXTS}
    if not texts["title"] and not texts["body"]:
        return reject("missing_text", f"编号 {number} 的标题和内容都为空。请核对字段对照表")
    texts["title"] = texts["title"] or texts["body"].split("\n")[0][:_TITLE_FROM_BODY]
    if texts["parent_id"] == number:
        texts["parent_id"] = ""
    steps = reader.steps()
    if steps:
        texts["state"] = texts["state"] or steps[-1].state
    closed_at = reader.time("closed_at") or next(
        (step.at for step in reversed(steps) if step.at and step.state in map_.closed_states), None
    )
    asked = reader.wishes()
    received_at = reader.received_at(steps)
    item = Item(
        source=source,
        source_item_id=number,
        channel=channel,
        title=texts["title"],
        body=texts["body"],
        received_at=received_at,
        due_at=reader.due_at(received_at),
        closed_at=closed_at,
        replies=reader.replies(),
        resolved=reader.flag("resolved"),
        satisfied=reader.flag("satisfied"),
        confidential=asked.confidential,
        not_public=asked.not_public,
        disclosure=reader.flag("disclosure") is True,
        withdrawn=reader.flag("withdrawn") is True,
        likes=reader.count("likes"),
        dislikes=reader.count("dislikes"),
        attachments=reader.attachments(),
    )
    extra = reader.extra()
    if steps:
        extra["办理流程"] = "\n".join(step.line() for step in steps)
    return replace(item, **texts, notes=tuple(reader.notes), extra=extra)
