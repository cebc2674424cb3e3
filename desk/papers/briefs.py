"""舆情专报: written from the facts of cases, by a person, and issued under a number.

The draft holds what the cases say, masked as leaders see them; what is a judgement or
a proposal is left to who writes. Once issued, a report is never changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.visibility import Sight, is_withheld, marks_of, seen_at
from cases.record import events as ev
from cases.record.case import Case
from cases.reporting.document import Letter
from cases.reporting.settings import Letterhead
from cases.words.actors import Actor
from cases.words.labels import SENTIMENT_WORDS
from cases.words.times import beijing, day_in_words
from desk.actions.sentences import describe_event
from desk.ground.context import DeskContext
from desk.ground.office_settings import red_head
from desk.ground.registers import RegisterEntry
from desk.papers.numbers import Series, give_number
from desk.papers.paper import Paper, Section, full
from desk.papers.timeline import news
from desk.phrasing import vocabulary
from desk.phrasing.lines import standing
from desk.phrasing.phrases import Phrases
from sinks.ledger.base import Ledger, Order, Query

MOST_CASES: Final = 200
_LISTED: Final = 10
_NEWS: Final = 12
_EXCERPT: Final = 300
LONGEST: Final = 20_000
"""Characters of one part."""


class BriefError(ValueError):
    """The text says why, in Chinese."""


class Written(Struct, frozen=True, kw_only=True, tag="written"):
    title: str
    overview: str
    spread: str
    risk: str
    progress: str
    advice: str
    case_ids: tuple[str, ...]
    matter: str = ""


class Issued(Struct, frozen=True, kw_only=True, tag="issued"):
    number: str
    at: datetime


PARTS: Final = {
    "overview": "情况概述",
    "spread": "传播情况",
    "risk": "风险研判",
    "progress": "处置进展",
    "advice": "下一步建议",
}


class Brief(Struct, frozen=True, kw_only=True):
    record: str
    seen: int
    text: Written
    by: str
    at: datetime
    """Of the last change."""
    issued: Issued | None = None


class Briefs:
    """The register of reports."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._book = office.book("briefs")
        # A template that cannot be used is told when the program starts.
        red_head(office.settings, "office.toml [paper.brief]", office.card.paper.get("brief"))

    def begin(self, text: Written, by: Actor, at: datetime) -> Brief:
        """Raises `BriefError`."""
        check(text)
        year = beijing(at).year
        entry = self._book.begin(f"zb{year}-", at, by, text)
        return _folded([entry])

    def write(self, record: str, seen: int, text: Written, by: Actor, at: datetime) -> Brief:
        """Raises `BriefError`, and `Changed` when it was written to meanwhile."""
        check(text)
        before = self.get(record)
        if before.issued:
            raise BriefError(f"专报 {before.issued.number} 已经签发，不能再改；请另写一期。")
        self._book.append(record, seen, at, by, text)
        return self.get(record)

    def issue(self, record: str, seen: int, by: Actor, at: datetime) -> Brief:
        """Gives it its number. Raises `BriefError` and `Changed`."""
        before = self.get(record)
        if before.issued:
            return before
        if not before.text.advice.strip():
            raise BriefError("“下一步建议”还没有写，不能签发。")
        number = give_number(self._office, Series.BRIEF, record, by, at)
        self._book.append(record, seen, at, by, Issued(number=number, at=at))
        return self.get(record)

    def get(self, record: str) -> Brief:
        """Raises `BriefError`."""
        entries = self._book.load(record)
        if not entries:
            raise BriefError(f"没有编号为“{record[:40]}”的专报。")
        return _folded(entries)

    def all(self) -> list[Brief]:
        """The newest first."""
        return [_folded(entries) for entries in self._book.all().values()][::-1]


def check(text: Written) -> None:
    """Raises `BriefError`."""
    if not text.title.strip():
        raise BriefError("请填写专报的标题。")
    for name, word in PARTS.items():
        length = len(getattr(text, name))
        if length > LONGEST:
            raise BriefError(f"“{word}”最长 {LONGEST} 个字，实际是 {length} 个。")


def _folded(entries: Sequence[RegisterEntry]) -> Brief:
    text: Written | None = None
    issued: Issued | None = None
    for entry in entries:
        body = msgspec.json.decode(entry.body, type=Written | Issued)
        if isinstance(body, Issued):
            issued = body
        else:
            text = body
    if text is None:
        raise BriefError("这期专报的登记不完整。")
    last = entries[-1]
    return Brief(
        record=last.record,
        seen=last.seq,
        text=text,
        by=last.by.name or vocabulary.ROLES[last.by.role],
        at=last.at,
        issued=issued,
    )


# -- what the cases say ------------------------------------------------------------


def readable(brief: Brief, ledger: Ledger, actor: Actor) -> bool:
    """Whether this person may read the report: not where a case that it is about is withheld
    from that person. Without an actor's unit or role in the way nothing is looked up."""
    marks = marks_of(actor)
    if not marks:
        return True
    # Of a matter every case counts, not only those that a draft is made of, and those that
    # the draft was made of count even where they are of the matter no more.
    named = ledger.load(list(brief.text.case_ids)).values()
    if any(is_withheld(case, actor) for case in named):
        return False
    if not brief.text.matter:
        return True
    every = Query(matter=brief.text.matter, limit=0)
    open_to = replace(every, not_withheld_from=marks)
    return ledger.search(every).total == ledger.search(open_to).total


def drafted(cases: Sequence[Case], matter: str, office: DeskContext, now: datetime) -> Written:
    """A report with the facts filled in; of a confidential case no text, which who writes the
    report adds as far as its readers may know it. Raises `BriefError` without a case."""
    seen = [one for case in cases if (one := seen_at(case, _sight(case)))]
    if not seen:
        raise BriefError("没有可以写入专报的事项。")
    seen.sort(key=lambda case: (case.received_at, case.case_id))
    first = seen[0]
    title = first.item.title if len(seen) == 1 else f"{first.item.title}等 {len(seen)} 件"
    return Written(
        title=f"关于“{title}”的情况",
        overview=_overview(seen, office),
        spread=_spread(seen),
        risk=_risk(seen, office),
        progress=_progress(seen, office, now),
        advice="",
        case_ids=tuple(case.case_id for case in seen),
        matter=matter,
    )


def _sight(case: Case) -> Sight:
    return Sight.LABELS if case.confidential else Sight.MASKED


def cases_of(ledger: Ledger, case_ids: Sequence[str], matter: str) -> list[Case]:
    if matter:
        query = Query(matter=matter, order=Order.OLDEST, limit=MOST_CASES)
        return list(ledger.search(query).cases)
    return list(ledger.load(list(case_ids)[:MOST_CASES]).values())


def _overview(seen: Sequence[Case], office: DeskContext) -> str:
    lines = []
    for case in seen[:_LISTED]:
        body = " ".join(case.item.body.split())
        text = body if len(body) <= _EXCERPT else body[:_EXCERPT] + "……"
        place = f"，地点：{case.item.place}" if case.item.place else ""
        lines.append(
            f"{full(case.received_at)}，{case.item.channel}收到{case.labels.kind.value}"
            f"“{case.item.title}”（{case.case_id}{place}）：{text}"
        )
    if len(seen) > _LISTED:
        lines.append(f"其余 {len(seen) - _LISTED} 件略。")
    units = Counter(office.register.name(one.unit) for one in seen if one.dispatched)
    if units:
        lines.append("承办单位：" + "、".join(_counted(units)) + "。")
    return "\n".join(lines)


def _spread(seen: Sequence[Case]) -> str:
    lines = [f"共 {len(seen)} 件，{full(seen[0].received_at)} 首次收到。"]
    if len(seen) > 1:
        lines[0] = (
            f"共 {len(seen)} 件，{full(seen[0].received_at)} 首次收到，"
            f"最近一件 {full(seen[-1].received_at)}。"
        )
        days = Counter(f"{beijing(one.received_at):%m-%d}" for one in seen)
        lines.append(
            "按日：" + "，".join(f"{day} {n} 件" for day, n in sorted(days.items())) + "。"
        )
    channels = Counter(one.item.channel for one in seen)
    lines.append("来源：" + "、".join(_counted(channels)) + "。")
    likes = [one.item.likes for one in seen if one.item.likes is not None]
    if likes:
        lines.append(f"来源平台显示点赞合计 {sum(likes)} 次（{len(likes)} 件有此数）。")
    feelings = Counter(SENTIMENT_WORDS[one.labels.sentiment] for one in seen)
    lines.append("情感（程序识别）：" + "、".join(_counted(feelings)) + "。")
    return "\n".join(lines)


def _risk(seen: Sequence[Case], office: DeskContext) -> str:
    risks = Counter(risk for one in seen for risk in one.labels.risk)
    lines = []
    if risks:
        high = [risk for risk in risks if risk in office.high_risks]
        lines.append("程序识别的风险：" + "、".join(_counted(risks)) + "。")
        if high:
            lines.append("其中本单位列为高风险的：" + "、".join(high) + "。")
    else:
        lines.append("程序没有识别出风险。")
    if urgent := sum(one.labels.urgent for one in seen):
        loud = sum(one.labels.loud for one in seen)
        lines.append(f"标为紧急的 {urgent} 件{f'，其中危急 {loud} 件' if loud else ''}。")
    if levels := sorted({one.event_level for one in seen if one.event_level}):
        lines.append("事件等级：" + "、".join(levels) + "。")
    return "\n".join(lines)


def _progress(seen: Sequence[Case], office: DeskContext, now: datetime) -> str:
    if len(seen) > 1:
        states = Counter(one.state_words for one in seen)
        late = sum(standing(one, office, now).tone == "late" for one in seen)
        lines = ["办理状态：" + "、".join(_counted(states)) + "。"]
        if late:
            lines.append(f"逾期的 {late} 件。")
        return "\n".join(lines)
    (case,) = seen
    teller = Phrases(office.register, now)
    told = [one for one in news(case.history) if not isinstance(one.body, ev.CaseOpened)]
    lines = [f"{full(one.at)}，{describe_event(one.body, teller).text}。" for one in told[-_NEWS:]]
    lines.append(f"截至 {full(now)}：{case.state_words}，{standing(case, office, now).text}。")
    return "\n".join(lines)


def _counted(counts: Counter[str]) -> list[str]:
    return [f"{name} {n} 件" for name, n in counts.most_common()]


def brief_paper(brief: Brief, office: DeskContext, now: datetime) -> Paper:
    """With the red head of `[paper.brief]`. Raises `SettingsError` where its template is gone."""
    head = office.card.paper.get("brief", Letterhead())
    number = brief.issued.number if brief.issued else ""
    on = beijing(brief.issued.at if brief.issued else now)
    return Paper(
        title="舆情专报",
        number=number,
        sections=(
            Section(heading=brief.text.title),
            *(
                Section(heading=f"{number}、{word}", paragraphs=tuple(_lines(brief.text, name)))
                for number, (name, word) in zip("一二三四五", PARTS.items(), strict=True)
            ),
        ),
        letter=Letter(
            issuer=head.issuer or office.card.name,
            number=number,
            signer=head.signer,
            to=head.to,
            seal=head.seal or office.card.sealed_by,
            on=day_in_words(on),
        ),
        template=red_head(office.settings, "office.toml [paper.brief]", head),
        signed_by=head.seal or office.card.sealed_by,
        phone=office.card.phone,
        on=on,
    )


def _lines(text: Written, name: str) -> list[str]:
    part: str = getattr(text, name)
    return [line for line in part.splitlines() if line.strip()]
