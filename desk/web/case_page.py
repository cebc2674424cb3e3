"""One case as its page shows it: masked, and without any text when it is confidential."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Final

from msgspec import Struct

from cases.case import Case, Delivery, Draft, Promise
from cases.events import ReplyDelivered, ReplyDrafted, ReplySeenAtSource
from cases.labels import Evidence
from cases.masking import mask_name
from cases.visibility import for_anyone, masked
from desk.web import terms
from desk.web.deadline_card import ClockLine, DayCell, clock_line, day_cells, days_note
from desk.web.lines import CaseLine, case_line
from desk.web.office import Office
from desk.web.times import day
from desk.web.words import Said, say

HIDDEN: Final = "（保密件：登录后由有权限的人员查看）"
MOST_CHARACTERS: Final = 20_000
_SPARE: Final = 200
"""Read beyond the cut, so that no number is cut in two before it is masked."""
MOST_EVENTS: Final = 500


class Piece(Struct, frozen=True):
    """A stretch of text; `marks` are the labels that it is evidence for."""

    text: str
    marks: tuple[str, ...] = ()
    sort: str = ""
    """"risk", "topic" or "kind": the gravest of the labels."""


class Entry(Struct, frozen=True, kw_only=True):
    """A line of the history."""

    seq: int
    at: datetime
    who: str
    text: str
    detail: str
    tone: str


class Reply(Struct, frozen=True, kw_only=True):
    heading: str
    at: datetime | None
    text: str
    state: str


class CasePage(Struct, frozen=True, kw_only=True):
    line: CaseLine
    title: tuple[Piece, ...]
    body: tuple[Piece, ...]
    cut: bool
    hidden: bool
    facts: tuple[tuple[str, str], ...]
    """What the source said besides, as (name, value)."""
    topic_path: str
    topic_confidence: str
    candidates: str
    kind: str
    sentiment: str
    evidence: tuple[tuple[str, tuple[str, ...]], ...]
    """Label and the words that decided it."""
    clocks: tuple[ClockLine, ...]
    days: tuple[DayCell, ...]
    days_note: str
    units: tuple[tuple[str, str, str], ...]
    """主办 or 协办, unit, how far it is."""
    unit_reason: str
    replies: tuple[Reply, ...]
    promises: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    history: tuple[Entry, ...]
    earlier: int
    """Events left out at the beginning of a very long history."""


def case_page(case: Case, office: Office, now: datetime) -> CasePage:
    hidden = case.confidential
    labels = case.labels
    clock = case.round.reply_clock
    return CasePage(
        line=case_line(case, office, now),
        title=marked(case, "title"),
        body=marked(case, "body"),
        cut=len(case.item.body) > MOST_CHARACTERS and not hidden,
        hidden=hidden,
        facts=_facts(case, hidden=hidden),
        topic_path=" / ".join(labels.topic_path) or labels.topic or "待定（由人判断）",
        topic_confidence=_percent(labels.topic_confidence) if labels.topic else "",
        candidates="、".join(
            f"{name} {_percent(p)}" for name, p in labels.topic_candidates if name != labels.topic
        ),
        kind=labels.kind.value + ("（简单问题）" if labels.simple else ""),
        sentiment=f"{terms.SENTIMENTS[labels.sentiment]}，{labels.intensity.value}",
        evidence=() if hidden else _evidence(case),
        clocks=tuple(clock_line(one, case, office, now) for one in case.round.clocks),
        days=day_cells(clock, now) if clock else (),
        days_note=days_note(clock, case) if clock else "",
        units=_units(case, office, now),
        unit_reason=_show(case, case.unit_reason),
        replies=_replies(case, office),
        promises=tuple(_promise(case, one, office, now) for one in case.promises),
        notes=() if hidden else tuple(_show(case, note.text) for note in case.notes),
        history=_history(case, office, now),
        earlier=max(0, len(case.history) - MOST_EVENTS),
    )


# -- the message -------------------------------------------------------------


def _show(case: Case, text: str, *, by_office: bool = False, instead: str = "") -> str:
    """As much of a text as a page shows, masked; `instead` of it when confidential."""
    read = text[: MOST_CHARACTERS + _SPARE]
    return for_anyone(case, read, by_office=by_office, instead=instead)[:MOST_CHARACTERS]


def _fitting(case: Case, field: str) -> list[Evidence]:
    """Evidence that no longer fits (the source changed the text, a person corrected the
    labels) marks nothing."""
    text = case.item.title if field == "title" else case.item.body
    return [
        one
        for one in case.labels.evidence
        if one.field == field
        and one.end <= MOST_CHARACTERS
        and one.text
        and text[one.start : one.end] == one.text
    ]


def marked(case: Case, field: str) -> tuple[Piece, ...]:
    """Title or body in pieces, with the words that decided a label marked. Empty for a
    confidential case."""
    shown = _show(case, case.item.title if field == "title" else case.item.body)
    if not shown:
        return ()
    fitting = _fitting(case, field)
    cuts = sorted({0, len(shown), *(at for one in fitting for at in (one.start, one.end))})
    pieces = []
    for start, end in pairwise(cuts):
        over = [one.label for one in fitting if one.start <= start and one.end >= end]
        names = tuple(dict.fromkeys(terms.label(name) for name in over))
        pieces.append(Piece(shown[start:end], names, _gravest(over)))
    return tuple(pieces)


def _gravest(names: list[str]) -> str:
    heads = {name.partition(":")[0] for name in names}
    if heads & {"risk", "urgent"}:
        return "risk"
    return "topic" if "topic" in heads else "kind" if heads else ""


def _evidence(case: Case) -> tuple[tuple[str, tuple[str, ...]], ...]:
    words: dict[str, list[str]] = {terms.label(one.label): [] for one in case.labels.evidence}
    for field, text in (("title", case.item.title), ("body", case.item.body)):
        shown = _show(case, text)
        for one in _fitting(case, field):
            words[terms.label(one.label)].append(shown[one.start : one.end])
    return tuple((name, tuple(dict.fromkeys(said))) for name, said in words.items())


def _facts(case: Case, *, hidden: bool) -> tuple[tuple[str, str], ...]:
    item = case.item
    facts = [("编号", case.case_id)]
    if not hidden:
        facts += [
            ("留言人", mask_name(item.author)),
            ("地点", _show(case, item.place)),
            ("来源指定单位", _show(case, item.named_unit)),
            ("来源分类", _show(case, item.category)),
            ("来源状态", _show(case, item.state)),
            ("附件", "、".join(_show(case, file.name) for file in item.attachments)),
        ]
    if case.versions > 1:
        facts.append(("版本", f"来源共更新 {case.versions - 1} 次"))
    if item.truncated and not hidden:
        facts.append(("正文", "来源只给出了前一部分"))
    return tuple((name, value) for name, value in facts if value)


def _percent(p: float) -> str:
    return f"{p:.0%}"


# -- units, replies, promises, history ---------------------------------------


def _units(case: Case, office: Office, now: datetime) -> tuple[tuple[str, str, str], ...]:
    if not case.dispatched:
        return ()
    teller = office.teller(now)
    lines = []
    for task in case.tasks:
        if task.return_asked:
            state = "申请退回，待值班台处理"
        elif task.finished_at:
            state = f"{teller.moment(task.finished_at)} 提交意见"
        elif task.acknowledged_at:
            state = f"{teller.moment(task.acknowledged_at)} 签收"
        else:
            state = "未签收"
        section = _show(case, f"（{task.section}）") if task.section else ""
        lines.append(
            ("主办" if task.lead else "协办", office.register.name(task.unit) + section, state)
        )
    return tuple(lines)


def _replies(case: Case, office: Office) -> tuple[Reply, ...]:
    replies: list[Reply] = []
    for round_ in case.rounds:
        name = f"第 {round_.number} 轮" if len(case.rounds) > 1 else ""
        sent = {one.draft for one in round_.deliveries}
        replies += [_delivered(case, one, name, office) for one in round_.deliveries]
        replies += [
            _draft(case, one, name, office) for one in round_.drafts if one.number not in sent
        ]
    return tuple(replies)


def _delivered(case: Case, sent: Delivery, round_name: str, office: Office) -> Reply:
    # What a source calls the unit is the source's text; units of our own are known.
    known = sent.unit in office.register
    who = office.register.name(sent.unit) if known else _show(case, sent.unit, by_office=True)
    return Reply(
        heading=" ".join(part for part in (round_name, f"答复（{who or sent.via}）") if part),
        at=sent.at,
        text=_show(case, sent.text, by_office=True, instead=HIDDEN),
        state="已答复群众" if sent.at else "已答复，来源没有可用的答复时间",
    )


def _draft(case: Case, draft: Draft, round_name: str, office: Office) -> Reply:
    if draft.rejected:
        state = "已退改"
    elif draft.approved:
        state = "审核通过，待答复"
    else:
        state = "待审核"
    who = office.register.name(draft.unit) if draft.unit else "值班台"
    return Reply(
        heading=" ".join(part for part in (round_name, f"答复稿 {draft.number}（{who}）") if part),
        at=draft.at,
        text=_show(case, draft.text, by_office=True, instead=HIDDEN),
        state=state,
    )


def _promise(case: Case, promise: Promise, office: Office, now: datetime) -> tuple[str, str]:
    state = {True: "已兑现", False: "未兑现", None: "待核查"}[promise.kept]
    text = _show(case, f"：{promise.text}", by_office=True)
    owner = office.register.name(promise.owner)
    return state, f"{owner}，{day(promise.due, now)} 前{text}"


_BY_OFFICE = (ReplyDelivered, ReplyDrafted, ReplySeenAtSource)


def _history(case: Case, office: Office, now: datetime) -> tuple[Entry, ...]:
    """The newest first. The text of a reply stands among the replies already."""
    teller = office.teller(now)
    entries = []
    for event in reversed(case.history[-MOST_EVENTS:]):
        said: Said = say(event.body, teller)
        detail = "" if isinstance(event.body, ReplyDrafted) else said.detail
        entries.append(
            Entry(
                seq=event.seq,
                at=event.at,
                who=teller.actor(event.actor),
                text=masked(case.item, said.text, by_office=True),
                detail=_show(case, detail, by_office=isinstance(event.body, _BY_OFFICE)),
                tone=said.tone,
            )
        )
    return tuple(entries)
