"""One row of an export as an item, or the reason why it is none.

A value that is there and can't be used leaves a `Note`; only a row without
number, time or text is rejected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct

from cases.record.item import Attachment, Item, SourceReply
from streams.sources.seam.base import Rejected
from streams.sources.seam.isolation import UNREADABLE, unforeseen
from streams.sources.tables.header_map import Layout
from streams.sources.tables.originals import pack_row
from streams.sources.tables.row_fields import RowFields, RowRefused
from streams.sources.tables.row_rules import RowRules
from streams.sources.values.cells import BadCell, Cell, is_blank
from streams.sources.values.times import When

_TEXTS: Final = (
    *("author", "phone", "email", "address", "place", "named_unit"),
    *("category", "kind", "urgency", "state", "url"),
)
_TITLE_LENGTH: Final = 40
_CLOCK_AHEAD: Final = timedelta(days=1)
_YEAR_AHEAD: Final = timedelta(days=364)
"""A time limit without a year is the first such day after the message came."""
_SENTENCE_END: Final = re.compile(r"[。！？!?；;\n\r]")
_FILE_SEPARATORS: Final = re.compile(r"[;；,，\n|]+")


class RowForm(Struct, frozen=True, kw_only=True):
    """What the file, not the row, decides."""

    exact_width: bool = False
    """Every row has as many cells as the header, or it is damaged."""
    check_text: bool = True
    """Cells may hold control characters or undecodable bytes."""
    codec: str = "utf-8"
    epoch1904: bool = False


class RowReader:
    """Reads rows of one source. Without state, so a dead letter reads the same again."""

    def __init__(self, source: str, channel: str, rules: RowRules) -> None:
        self._source = source
        self._channel = channel
        self._rules = rules

    def read(
        self, layout: Layout, cells: Sequence[Cell], form: RowForm, *, now: datetime, origin: str
    ) -> Item | Rejected:
        """The row as an item. `origin` says where it is, for the desk."""
        try:
            row = _fitted(cells, len(layout.header), form)
            fields = RowFields(
                self._rules, layout, row, check_text=form.check_text, epoch1904=form.epoch1904
            )
            return self._item(fields, now)
        except RowRefused as refused:
            return self.rejected(
                layout,
                cells,
                form,
                origin,
                refused.reason,
                str(refused),
                # Read alone, a row of the wrong width would pass with its text cut short.
                held=refused.reason == "cell_count",
            )
        except Exception as error:  # noqa: BLE001  one row must not cost the others
            detail = unforeseen(self._source, error)
            return self.rejected(layout, cells, form, origin, UNREADABLE, detail)

    def rejected(
        self,
        layout: Layout,
        cells: Sequence[Cell],
        form: RowForm,
        origin: str,
        reason: str,
        detail: str,
        *,
        held: bool = False,
    ) -> Rejected:
        """The row as a dead letter. `held`: reading it again alone must not let it pass."""
        return Rejected(
            source=self._source,
            reason=reason,
            detail=f"{origin}：{detail}",
            original=pack_row(origin, layout.names, cells, form.codec, reason if held else ""),
            origin=origin,
        )

    def _item(self, fields: RowFields, now: datetime) -> Item:
        number = _number(fields)
        received = _received(fields, now)
        title, body = self._title_and_body(fields)
        closed = fields.time("closed_at", latest=now + _CLOCK_AHEAD)
        due = _due(fields, received)
        texts = {name: fields.joined(name) for name in _TEXTS if fields.has(name)}
        if number.startswith(("http://", "https://")) and not texts.get("url"):
            texts["url"] = number  # exports of monitoring services number nothing
        replies = self._replies(fields, received, closed, now)
        resolved, satisfied = fields.yes_no("resolved"), fields.yes_no("satisfied")
        asked = fields.wishes()
        disclosure, withdrawn = fields.yes_no("disclosure"), fields.yes_no("withdrawn")
        parent = fields.other_number("parent_id")
        attachments = _attachments(fields)
        likes, dislikes = fields.count("likes"), fields.count("dislikes")
        fields.keep_rest()
        cut = self._rules.cut_length
        return Item(
            source=self._source,
            source_item_id=number,
            channel=self._channel,
            received_at=received.at,
            title=title,
            body=body,
            truncated=cut is not None and len(body) >= cut and body.endswith(self._rules.cut_marks),
            due_at=due,
            replies=replies,
            closed_at=closed.at if closed else None,
            resolved=resolved,
            satisfied=satisfied,
            parent_id="" if parent == number else parent,
            attachments=attachments,
            likes=likes,
            dislikes=dislikes,
            confidential=asked.confidential,
            not_public=asked.not_public,
            disclosure=bool(disclosure),
            withdrawn=bool(withdrawn),
            notes=tuple(fields.notes),
            archived=False,
            said=(),
            extra=fields.extra,
            **texts,
        )

    def _title_and_body(self, fields: RowFields) -> tuple[str, str]:
        title, body = fields.text("title"), fields.text("body")
        if not title and not body:
            raise RowRefused("empty_text", "标题和正文都为空，没有可办理的内容。请核对后重新导出")
        if not body:
            fields.note("body_missing", "来源没有给出正文，只有标题")
        elif not title:
            if fields.has("title") or not self._rules.title_from_body:
                fields.note("title_missing", "来源没有给出标题，取正文第一句")
            title = _first_sentence(body)
        return title, body

    def _replies(
        self, fields: RowFields, received: When, closed: When | None, now: datetime
    ) -> tuple[SourceReply, ...]:
        if not fields.has("reply"):
            return ()
        at = fields.time("replied_at", latest=now + _CLOCK_AHEAD)
        text = "" if fields.is_nothing(fields.pick("reply")) else fields.text("reply")
        if not text:
            if at is not None:
                fields.note(
                    "reply_text_missing",
                    f"有答复时间 {at.at:%Y-%m-%d %H:%M} 而没有答复内容，按未答复处理",
                )
            return ()
        if at is None and closed is not None and self._rules.reply_time_from_closing:
            at = closed
            fields.note("reply_time_from_closing", "来源没有可用的答复时间，以办结时间为答复时间")
        if at is None:
            fields.note("reply_time_missing", "有答复内容而没有可用的答复时间，无法判断是否按期")
        elif at.day_only and at.at.date() == received.at.date():
            # The day is known, the hour is not; a reply is not older than its message.
            at = When(max(at.at, received.at), day_only=True)
        if at is not None and at.at < received.at:
            fields.note("reply_before_received", f"答复时间 {at.at:%Y-%m-%d %H:%M} 早于受理时间")
        unit = fields.text("reply_unit")
        return (SourceReply(text=text, at=at.at if at else None, unit=unit),)


def _fitted(cells: Sequence[Cell], width: int, form: RowForm) -> Sequence[Cell]:
    found = len(cells)
    if found == width:
        return cells
    if not form.exact_width:
        # A sheet leaves empty cells at the end of a row out.
        return cells if found > width else [*cells, *[None] * (width - found)]
    if found > width and all(map(is_blank, cells[width:])):
        return cells[:width]
    raise RowRefused(
        "cell_count",
        f"应有 {width} 列，实际 {found} 列，多半是正文里的逗号、引号或换行没有用引号括好。"
        "请修好这一行后重新导入",
    )


def _number(fields: RowFields) -> str:
    try:
        return fields.number("id")
    except BadCell as bad:
        raise RowRefused(bad.code, f"“{fields.name('id')}”：{bad}") from None


def _received(fields: RowFields, now: datetime) -> When:
    try:
        received = fields.moment("received_at", latest=now + _CLOCK_AHEAD)
    except BadCell as bad:
        raise RowRefused("bad_time", f"“{fields.name('received_at')}”：{bad}") from None
    if received is None:
        raise RowRefused(
            "bad_time",
            f"“{fields.name('received_at')}”为空，无法起算时限。请在来源系统中核对后重新导出",
        )
    if received.at > now:
        fields.note(
            "received_in_future",
            f"受理时间 {received.at:%Y-%m-%d %H:%M} 在导入时间之后，请核对来源",
        )
    return received


def _due(fields: RowFields, received: When) -> datetime | None:
    due = fields.time("due_at", latest=received.at + _YEAR_AHEAD)
    if due is None:
        return None
    at = due.deadline
    if at < received.at:
        fields.note("due_before_received", f"处理期限 {at:%Y-%m-%d %H:%M} 早于受理时间")
    return at


def _attachments(fields: RowFields) -> tuple[Attachment, ...]:
    if fields.is_nothing(fields.pick("attachments")):
        return ()
    parts = (part.strip() for part in _FILE_SEPARATORS.split(fields.text("attachments")))
    # Names only: a path in an export is nothing to follow.
    return tuple(
        Attachment(name=name, url=part if part.startswith(("http://", "https://")) else "")
        for part in parts
        if (name := PurePosixPath(part.replace("\\", "/")).name) not in ("", "..")
    )


def _first_sentence(body: str) -> str:
    sentence = _SENTENCE_END.split(body, maxsplit=1)[0].strip() or body.strip()
    return sentence if len(sentence) <= _TITLE_LENGTH else sentence[: _TITLE_LENGTH - 1] + "…"
