"""A JSON object of a platform as an `Item`, by its field map (`payload_map`)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from cases.record.item import Item
from huiyin.net.json_values import Json
from streams.sources.push.payload_map import TEXTS, PayloadMap
from streams.sources.push.platform_words import WordMap, read_words
from streams.sources.push.record_reader import RecordReader
from streams.sources.seam.base import Rejected
from streams.sources.values.cells import BadCell

_TITLE_FROM_BODY: Final = 30


def read_payload(
    map_: PayloadMap,
    record: Json,
    *,
    source: str,
    channel: str,
    now: datetime,
    origin: str,
    original: bytes,
    words: tuple[WordMap, ...] = (),
) -> Item | Rejected:
    """One record as an item, or the reason why it is none. `original`: its bytes. `words`: how
    the platform says what it thinks of its order; what says so needs no text."""

    def reject(reason: str, detail: str) -> Rejected:
        return Rejected(
            source=source, reason=reason, detail=detail, original=original, origin=origin
        )

    if not isinstance(record, dict):
        return reject("not_an_object", "应为一个 JSON 对象（一件工单），实际是其他类型")
    reader = RecordReader(map_, record, now)
    try:
        number = reader.id()
    except BadCell as problem:
        return reject(problem.code, str(problem))
    texts = {name: reader.text(name) for name in TEXTS}
    try:
        said = read_words(reader, words)
    except BadCell as problem:
        return reject(problem.code, f"编号 {number}：{problem}")
    if not texts["title"] and not texts["body"] and not said:
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
        said=said,
    )
    extra = reader.rest(confidential=asked.confidential)
    if steps:
        extra["办理流程"] = "\n".join(step.line() for step in steps)
    return replace(item, **texts, notes=tuple(reader.notes), extra=extra)
