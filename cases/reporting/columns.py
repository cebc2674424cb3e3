"""The columns of the ledger: what can be shown, and what an office chose to show.

Each column is a pure function of a line. Which of them stand in the ledger, in which
order, how wide and under which heading, says config/ledger.toml (`cases.reporting.ledger_table`).

A column does not mask: it gives what people wrote as `CitizenText`, and its cell masks that. A
text that is neither this nor `OfficeWords` is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Final

from msgspec import Struct

from cases.clocks.standing import counted_days
from cases.privacy.citizen_text import CitizenText, OfficeWords, UnmaskedText
from cases.record.case import Promise, State
from cases.reporting.history import End
from cases.reporting.lines import ENTRY_WORDS, Line, days_late, judged
from cases.reporting.naming import UnitNames
from cases.reporting.sight import Shown
from cases.words.labels import SENTIMENT_WORDS

Cell = str | int | date | datetime | None
"""What stands in a file: its texts are as its readers may see them."""
Piece = OfficeWords | CitizenText
Value = Piece | tuple[Piece, ...] | int | date | datetime | None
"""What a column gives; pieces stand one behind the other in the cell."""


class Form(StrEnum):
    """How a column is written in a spreadsheet."""

    TEXT = "text"
    LONG = "long"
    """Wrapped, aligned to the top left."""
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"


class OnPage(Struct, frozen=True):
    """How a column is offered on the ledger's page at the desk."""

    name: str = ""
    """Its name there, in what a reader keeps; "": the key."""
    header: str = ""
    """A shorter heading; "": the one of the files."""
    sorted: str = ""
    """The order of a list that it sorts by (`sinks.ledger.base.Order`), where there is one."""
    place: int = 99
    """From the left; columns of one place in the order of the table."""
    usual: bool = False
    """Whether it stands there before a reader chooses."""


class View(Struct, frozen=True):
    """How this ledger is looked at."""

    names: UnitNames
    shown: Shown
    summary_chars: int = 120

    def masked(self, line: Line, written: CitizenText) -> str:
        """A text as the readers of this ledger may see it. Of one that is to be short, the
        beginning: nothing is invented, and the cut is marked."""
        text = self.shown(line.case, written.text, written.by_office)
        if not written.short:
            return text
        text = " ".join(text.split())
        return text if len(text) <= self.summary_chars else text[: self.summary_chars - 1] + "…"


class Column(Struct, frozen=True):
    key: str
    header: str
    width: float
    """In characters, two to a Chinese one, as spreadsheets measure it."""
    form: Form
    value: Callable[[Line, View], Value]
    page: OnPage | None = OnPage()
    """None: in files only."""

    def cell(self, line: Line, view: View) -> Cell:
        """What stands in the file. Raises `UnmaskedText` with the column's name where a text is
        neither `CitizenText`, which is masked here, nor `OfficeWords`."""
        value = self.value(line, view)
        if isinstance(value, OfficeWords):
            return str(value)
        if isinstance(value, tuple):
            return "".join([self._text(piece, line, view) for piece in value])
        if value is None or isinstance(value, int | date):
            return value
        return self._text(value, line, view)

    def _text(self, piece: Piece, line: Line, view: View) -> str:
        if isinstance(piece, CitizenText):
            return view.masked(line, piece)
        if isinstance(piece, OfficeWords):
            return str(piece)
        raise UnmaskedText(
            f"台账栏目“{self.header}”（{self.key}）应给出 CitizenText（群众或单位写的文字，由台账"
            f"脱敏）或 OfficeWords（本系统的用语），实际给出 {type(piece).__name__}，没有写入。"
            "请改正 cases/reporting/columns.py。"
        )


_RESOLVED: Final = {None: "", True: "是", False: "否"}
_SATISFIED: Final = {None: "", True: "满意", False: "不满意"}


def _case_id(line: Line, view: View) -> Value:
    return OfficeWords(line.case.case_id)


def _entry(line: Line, view: View) -> Value:
    return OfficeWords(ENTRY_WORDS[line.entry])


def _channel(line: Line, view: View) -> Value:
    return OfficeWords(line.case.item.channel)


def _received_at(line: Line, view: View) -> Value:
    return line.case.received_at


def _title(line: Line, view: View) -> Value:
    return CitizenText(line.case.item.title)


def _summary(line: Line, view: View) -> Value:
    return CitizenText(line.case.item.body, short=True)


def _body(line: Line, view: View) -> Value:
    return CitizenText(line.case.item.body)


def _place(line: Line, view: View) -> Value:
    return CitizenText(line.case.item.place)


_HIDDEN: Final = OfficeWords("（保密件）")
"""A file is read by roles from whom a confidential case is withheld."""


def _topic(line: Line, view: View) -> Value:
    if line.case.confidential:
        return _HIDDEN
    labels = line.case.labels
    return OfficeWords("/".join(labels.topic_path) or labels.topic or "未分类")


def _kind(line: Line, view: View) -> Value:
    return _HIDDEN if line.case.confidential else OfficeWords(line.case.labels.kind.value)


def _sentiment(line: Line, view: View) -> Value:
    if line.case.confidential:
        return _HIDDEN
    return OfficeWords(SENTIMENT_WORDS[line.case.labels.sentiment])


def _risk(line: Line, view: View) -> Value:
    if line.case.confidential:
        return _HIDDEN
    labels = line.case.labels
    return OfficeWords("、".join(filter(None, (labels.urgency, *labels.risk))))


def _unit(line: Line, view: View) -> Value:
    return OfficeWords(view.names.shown(line.case.unit))


def _assisting(line: Line, view: View) -> Value:
    assisting = (view.names.shown(task.unit) for task in line.case.tasks if not task.lead)
    return OfficeWords("、".join(assisting))


def _acknowledged_at(line: Line, view: View) -> Value:
    return line.case.round.acknowledged_at


def _due_at(line: Line, view: View) -> Value:
    clock = line.case.round.deciding_clock
    return clock.due_at if clock else None


def _provisional(line: Line, view: View) -> Value:
    clock = line.case.round.deciding_clock
    return OfficeWords("暂定" if clock and clock.provisional else "")


def _due_basis(line: Line, view: View) -> Value:
    """Which of two dates counts, and the one that does not."""
    round_ = line.case.round
    own, source = round_.reply_clock, round_.source_clock
    if own is None or source is None:
        return None
    if round_.deciding_clock is source:
        said = "暂停计时" if own.paused_since is not None else f"{own.due_at:%Y-%m-%d %H:%M}"
        return OfficeWords(f"来源期限；本地时限 {said}")
    return OfficeWords(f"本地时限；来源期限 {source.due_at:%Y-%m-%d %H:%M}")


def _extension(line: Line, view: View) -> Value:
    own, source = line.case.round.reply_clock, line.case.round.source_clock
    said = []
    if own is not None and own.extensions:
        was = f"，原 {own.original_due_at:%Y-%m-%d}" if own.original_due_at else ""
        said.append(f"延期 {counted_days(own.unit, sum(own.extensions))}{was}")
    if source is not None and source.original_due_at is not None:
        said.append(f"来源期限原为 {source.original_due_at:%Y-%m-%d %H:%M}")
    return OfficeWords("；".join(said)) if said else None


def _replied_at(line: Line, view: View) -> Value:
    first = line.case.round.first_delivery
    return first.at if first else None


def _on_time(line: Line, view: View) -> Value:
    return OfficeWords(judged(line).value)


def _overdue_days(line: Line, view: View) -> Value:
    return days_late(line.case.round, line.at, judged(line))


def _reply(line: Line, view: View) -> Value:
    first = line.case.round.first_delivery
    return CitizenText(first.text, by_office=True, short=True) if first else None


def _callback(line: Line, view: View) -> Value:
    called = line.case.round.callback
    if called is None:
        due = line.ended is End.ANSWERED and line.case.state is not State.ARCHIVED
        return OfficeWords("未回访") if due else None
    return OfficeWords(f"已回访（{called.at:%Y-%m-%d}）")


def _resolved(line: Line, view: View) -> Value:
    called = line.case.round.callback
    return OfficeWords(_RESOLVED[called.resolved if called else None])


def _satisfied(line: Line, view: View) -> Value:
    called = line.case.round.callback
    if called is not None and called.grade is not None:
        return OfficeWords(called.grade.value)
    return OfficeWords(_SATISFIED[called.satisfied if called else None])


def _instructions(line: Line, view: View) -> Value:
    return _lines(
        (
            OfficeWords(f"{each.number}. "),
            CitizenText(each.text, by_office=True, short=True),
            OfficeWords("（已反馈）" if each.reported_at else "（待反馈）"),
        )
        for each in line.case.instructions
    )


def _instant(line: Line, view: View) -> Value:
    return _lines(
        (
            OfficeWords(f"{basis.entry} 第 {basis.version} 版 " if basis.entry else ""),
            CitizenText(f"{basis.policy}{basis.clause}", by_office=True, short=True),
        )
        for round_ in line.case.rounds
        for draft in round_.drafts
        if (basis := draft.rests_on) is not None
        and any(delivery.draft == draft.number for delivery in round_.deliveries)
    )


def _promises(line: Line, view: View) -> Value:
    return _lines(
        (
            OfficeWords(f"{each.number}. "),
            CitizenText(each.text, by_office=True, short=True),
        )
        for each in line.case.promises
    )


def _lines(parts: Iterable[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    """Each part on a line of its own."""
    broken = ((OfficeWords("\n"), *part) if number else part for number, part in enumerate(parts))
    return tuple(chain.from_iterable(broken))


def _promise_due(line: Line, view: View) -> Value:
    return OfficeWords("\n".join(_numbered(line, lambda promise: promise.due.isoformat())))


def _promise_kept(line: Line, view: View) -> Value:
    words = _numbered(line, lambda promise: promise_word(promise, line.at))
    return OfficeWords("\n".join(words))


def promise_word(promise: Promise, at: datetime) -> str:
    if promise.kept is not None:
        return "已兑现" if promise.kept else "未兑现"
    return "到期待核查" if promise.due < at.date() else "未到期"


def _numbered(line: Line, word: Callable[[Promise], str]) -> list[str]:
    promises = line.case.promises
    if len(promises) == 1:
        return [word(promises[0])]
    return [f"{each.number}. {word(each)}" for each in promises]


def _publication(line: Line, view: View) -> Value:
    seen = line.case.publication
    if seen is None:
        return OfficeWords("不公开（保密件）" if line.case.confidential else "未公开")
    if seen.where:
        return OfficeWords(f"已公开：{seen.where}")
    return OfficeWords("不公开："), CitizenText(seen.declined, by_office=True, short=True)


def _state(line: Line, view: View) -> Value:
    return OfficeWords(line.case.state_words)


def _returns(line: Line, view: View) -> Value:
    return line.case.returns


def _closed_at(line: Line, view: View) -> Value:
    return line.case.round.closed_at


def _round(line: Line, view: View) -> Value:
    return line.case.round.number


def _matter(line: Line, view: View) -> Value:
    return _HIDDEN if line.case.confidential else OfficeWords("、".join(line.case.matters))


_D, _M, _T, _L, _N = Form.DAY, Form.MOMENT, Form.TEXT, Form.LONG, Form.NUMBER

COLUMNS: Final = {
    column.key: column
    for column in (
        Column("case_id", "编号", 13, _L, _case_id, OnPage("number", place=2)),
        Column("entry", "本期来由", 8.5, _T, _entry, page=None),
        Column("channel", "来源渠道", 10, _L, _channel, OnPage(header="渠道", place=3, usual=True)),
        Column(
            "received_at",
            "受理时间",
            13,
            _M,
            _received_at,
            OnPage("received", "受理", "newest", place=9, usual=True),
        ),
        Column("title", "标题", 18, _L, _title, OnPage(place=1, usual=True)),
        Column("summary", "内容摘要", 40, _L, _summary, page=None),
        Column("body", "内容", 60, _L, _body, page=None),
        Column("place", "地点", 16, _L, _place, OnPage(place=6)),
        Column("topic", "事项分类", 12, _L, _topic, OnPage(header="分类", place=4, usual=True)),
        Column("kind", "诉求类型", 9, _T, _kind, OnPage(header="诉求", place=5)),
        Column("sentiment", "情感", 5, _T, _sentiment, OnPage(place=12)),
        Column("risk", "风险", 10, _L, _risk),
        Column("unit", "责任单位", 12, _L, _unit, OnPage(header="承办单位", place=7, usual=True)),
        Column("assisting", "协办单位", 10, _L, _assisting),
        Column("acknowledged_at", "签收时间", 13, _M, _acknowledged_at),
        Column("due_at", "办理时限", 13, _M, _due_at, OnPage("due", "到期", "due", place=10)),
        Column("due_basis", "时限依据", 13, _L, _due_basis),
        Column("provisional", "暂定", 5, _T, _provisional),
        Column("extension", "延期", 10, _L, _extension),
        Column("replied_at", "答复时间", 13, _M, _replied_at, OnPage("replied", place=11)),
        Column("on_time", "是否按时", 10.5, _T, _on_time),
        Column("overdue_days", "逾期天数", 5, _N, _overdue_days),
        Column("reply", "答复摘要", 40, _L, _reply, page=None),
        Column("callback", "回访", 11, _L, _callback),
        Column("resolved", "是否解决", 5, _T, _resolved),
        Column("satisfied", "满意度", 7, _T, _satisfied, OnPage(place=13)),
        Column("instant", "即时答复依据", 14, _L, _instant),
        Column("instructions", "批示", 14, _L, _instructions),
        Column("promises", "承诺事项", 14, _L, _promises),
        Column("promise_due", "承诺期限", 11, _L, _promise_due),
        Column("promise_kept", "兑现情况", 10.5, _L, _promise_kept),
        Column("publication", "公开情况", 10, _L, _publication),
        Column("state", "办理状态", 7.5, _T, _state, OnPage(header="状态", place=8, usual=True)),
        Column("returns", "退回次数", 5, _N, _returns, OnPage(place=14)),
        Column("closed_at", "办结时间", 13, _M, _closed_at),
        Column("round", "办理轮次", 5, _N, _round),
        Column("matter", "同一事项", 18, _L, _matter),
    )
}
"""Every column there is, with its usual heading and width: the ledger's files, its printed page and
its page at the desk are made from here."""


def plain(value: Cell) -> str:
    """A cell as text for people, the same in every format."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
