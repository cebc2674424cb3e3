"""One JSON object on its way to an item: its values by field, and what no field takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment, Note, SourceReply
from huiyin.net.json_values import Decimal, Integer, Json, as_text, find, may_be_rounded
from streams.sources.push.payload_map import ListMap, PayloadMap
from streams.sources.values.cells import BadCell, read_count, read_id, read_yes_no
from streams.sources.values.leftovers import Used, kept, leftover_note, says_something
from streams.sources.values.secrecy import Wishes, choices, wishes
from streams.sources.values.times import When, read_time
from streams.sources.values.words import NO, NOTHING, YES

_FLAGS: Final = frozenset({"resolved", "satisfied", "confidential", "disclosure", "withdrawn"})
"""Read as yes or no; the platform's own word ("基本满意") is kept beside it."""
_AHEAD: Final = timedelta(minutes=10)
_YEAR_AHEAD: Final = timedelta(days=364)
"""A time limit without a year is the first such day after the message came."""


class Step(Struct, frozen=True):
    """One of 办理流程."""

    at: datetime | None
    unit: str
    text: str
    state: str

    def line(self) -> str:
        at = f"{self.at:%Y-%m-%d %H:%M}" if self.at else ""
        return " ".join(part for part in (at, self.unit, self.text, self.state) if part)


class RecordReader:
    """One object on its way to an item: collects notes and what was used."""

    def __init__(self, map_: PayloadMap, record: Mapping[str, Json], now: datetime) -> None:
        self._map = map_
        self._record: Json = dict(record)
        self._now = now
        self.notes: list[Note] = []
        self._used = Used(map_.ignore)

    def raw(self, name: str) -> Json:
        for path in self._map.paths(name):
            value = find(self._record, path)
            if value is not None and value not in ("", []):
                if name not in _FLAGS:
                    self._used.take(path)
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
            self._release(name)
            return None
        self.notes += when.notes if when else ()
        return when

    def _release(self, name: str) -> None:
        for path in self._map.paths(name):
            self._used.release(path)

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
            self._release(name)
            return None

    def received_at(self, steps: tuple[Step, ...]) -> datetime:
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

    def rows(self, map_: ListMap | None) -> list[tuple[str, Json]]:
        """The elements of a list, each with its path; one element may stand without a list."""
        found = find(self._record, map_.path) if map_ else None
        if map_ and isinstance(found, list):
            return [(f"{map_.path}.{at}", row) for at, row in enumerate(found)]
        return [] if map_ is None or found in (None, "") else [(map_.path, found)]

    def elements(self, path: str) -> list[tuple[str, Json]]:
        """As `rows`, of a place without a map; "" is the record itself."""
        if not path:
            return [("", self._record)]
        return self.rows(ListMap(path=path))

    def peek(self, row: Json, name: str) -> str:
        """A value of an element, whose place stays unused."""
        return as_text(find(row, name)).strip()

    def part_deadline(self, field: str, path: str, row: Json, name: str) -> datetime | None:
        """A time limit: a day without a time is its last second."""
        value = self.part(path, row, name)
        when = self._when(field, value, self._now + _YEAR_AHEAD) if value is not None else None
        return when.deadline if when else None

    def part(self, path: str, row: Json, name: str) -> Json:
        """A value of a list's element; its place counts as used."""
        value = find(row, name) if name else None
        if value not in (None, ""):
            self._used.take(f"{path}.{name}" if path else name)
        return value

    def part_text(self, path: str, row: Json, name: str) -> str:
        return as_text(self.part(path, row, name))

    def part_time(self, field: str, path: str, row: Json, name: str) -> datetime | None:
        value = self.part(path, row, name)
        at = self.time(field, value) if value is not None else None
        if at is None and name:
            self._used.release(f"{path}.{name}")
        return at

    def replies(self) -> tuple[SourceReply, ...]:
        given = self._map.replies
        found = []
        for path, row in self.rows(given):
            text = as_text(find(row, given.text) if given and given.text else row)
            if given is None or not text or text.lower() in NOTHING:
                continue
            self._used.take(f"{path}.{given.text}" if given.text else path)
            at = self.part_time("replied_at", path, row, given.at)
            unit = self.part_text(path, row, given.unit)
            found.append(SourceReply(text=text, at=at, unit=unit))
        if text := self.said("reply"):
            found.append(
                SourceReply(text=text, at=self.time("replied_at"), unit=self.text("reply_unit"))
            )
        return tuple(found)

    def steps(self) -> tuple[Step, ...]:
        given = self._map.flow
        return tuple(
            Step(
                self.part_time("flow", path, row, given.at),
                self.part_text(path, row, given.unit),
                self.part_text(path, row, given.text),
                self.part_text(path, row, given.state),
            )
            for path, row in self.rows(given)
            if given and isinstance(row, dict)
        )

    def attachments(self) -> tuple[Attachment, ...]:
        given = self._map.attachments
        return tuple(
            file
            for path, row in self.rows(given)
            if given and (file := self._attachment(given, path, row))
        )

    def _attachment(self, given: ListMap, path: str, row: Json) -> Attachment | None:
        if not isinstance(row, dict):
            url = as_text(row)
            name = PurePosixPath(url.partition("?")[0]).name
            if name:
                self._used.take(path)
            return Attachment(name=name, url=url) if name else None
        url = as_text(find(row, given.url))
        name = as_text(find(row, given.name)) if given.name else ""
        name = name or PurePosixPath(url.partition("?")[0]).name
        if not name:
            return None
        for each in (given.url, given.name):
            self._used.take(f"{path}.{each}")
        size = self.part_text(path, row, given.size)
        return Attachment(
            name=name,
            url=url,
            media_type=self.part_text(path, row, given.media_type),
            size=int(size) if size.isdecimal() and len(size) < 16 else None,
        )

    def rest(self, *, confidential: bool) -> dict[str, str]:
        """What no field carries, however deep, by its path. Call it last: reading a field uses
        its place. What a person could read below the top is said in a note too."""
        found = kept(self._used.rest(self._record))
        top = {as_text(key) for key in self._record} if isinstance(self._record, dict) else set()
        deep = {k: v for k, v in found.values.items() if k not in top and says_something(v)}
        if deep:
            self.notes.append(leftover_note(deep, confidential=confidential))
        self.notes += found.notes
        return found.values
