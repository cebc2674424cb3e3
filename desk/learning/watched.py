"""How the model does here: what it leaves to people, what they correct, how letters change.

Of the cases received within the last weeks; confidential ones are left out of every number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.figures.measures import Ratio
from cases.figures.taught import Taught, What, taught
from cases.privacy.visibility import for_anyone
from cases.record import events as ev
from cases.record.case import Case
from cases.words.labels import SENTIMENT_WORDS, Labels, Sentiment
from cases.words.times import beijing
from classifiers.base import Text
from classifiers.model.engine import ModelClassifier
from desk.phrasing.lines import HIDDEN_TITLE, case_href
from desk.phrasing.phrases import Phrases

WEEKS: Final = 12
MONTH: Final = timedelta(days=30)
NEWEST: Final = 20
_TOPICS: Final = 8
_READ: Final = 150
"""Letters of each month whose words are looked up in the model, the newest."""

WHAT_WORDS: Final = {
    What.TOPIC: "事项分类",
    What.KIND: "诉求类型",
    What.SENTIMENT: "情感倾向",
    What.RISK: "风险",
    What.URGENT: "是否紧急",
    What.SIMPLE: "是否简单问题",
    What.UNIT: "承办单位",
    What.MATTER: "同一事项",
    What.PROMISE: "承诺",
    What.HOTSPOT: "热点名称",
}
_NOTHING: Final = {
    What.TOPIC: "未分类",
    What.RISK: "没有",
    What.URGENT: "不紧急",
    What.UNIT: "未派单",
    What.MATTER: "未关联",
}


class Week(Struct, frozen=True, kw_only=True):
    """A week from Monday on; the last one is not over."""

    first: date
    abstained: Ratio
    """Received in it: left 未分类 by the model, of all."""
    corrections: int
    """Made in it."""


class TopicShare(Struct, frozen=True):
    """What the model took letters for, of the 30 days before and of the last 30."""

    topic: str
    before: Ratio
    now: Ratio


class CorrectionRow(Struct, frozen=True):
    href: str
    title: str
    what: str
    before: str
    after: str
    at: datetime
    model: str


class Watched(Struct, frozen=True, kw_only=True):
    at: datetime
    cases: int
    corrected: int
    """Cases of which a person corrected something."""
    fields: tuple[tuple[str, int], ...]
    """What was corrected in how many cases."""
    weeks: tuple[Week, ...]
    """The newest first."""
    topics: tuple[TopicShare, ...]
    """Those that changed most."""
    unknown: tuple[float | None, float | None]
    """Share of the letters' n-grams that the model does not know, the month before and the last;
    None where there are no letters, or no model."""
    newest: tuple[CorrectionRow, ...]


def since(now: datetime) -> datetime:
    """From when on cases are looked at: a Monday."""
    today = beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def watch(
    cases: Iterable[Case], now: datetime, phrases: Phrases, model: ModelClassifier | None
) -> Watched:
    """`cases`: those received from `since(now)` on."""
    start = since(now).date()
    seen = corrected = 0
    fields: Counter[What] = Counter()
    received, abstained, made = [0] * WEEKS, [0] * WEEKS, [0] * WEEKS
    months: tuple[list[tuple[datetime, Text, str]], ...] = ([], [])
    rows: list[tuple[Taught, str]] = []
    for case in cases:
        if case.confidential:
            continue
        seen += 1
        labels = _first(case)
        week = _week(case.received_at, start)
        received[week] += 1
        abstained[week] += labels.abstained
        age = now - case.received_at
        if age < 2 * MONTH:
            text = Text(case.item.title, case.item.body)
            months[age < MONTH].append((case.received_at, text, labels.best_topic))
        own = taught(case)
        corrected += bool(own)
        fields.update({row.what for row in own})
        for row in own:
            made[_week(row.at, start)] += 1
            rows.append((row, for_anyone(case, case.item.title, instead=HIDDEN_TITLE)))
        if len(rows) > 50 * NEWEST:
            rows = _newest(rows)
    return Watched(
        at=now,
        cases=seen,
        corrected=corrected,
        fields=tuple((WHAT_WORDS[what], count) for what, count in fields.most_common()),
        weeks=tuple(
            Week(
                first=start + timedelta(weeks=week),
                abstained=Ratio(abstained[week], received[week]),
                corrections=made[week],
            )
            for week in reversed(range(WEEKS))
        ),
        topics=_changes([topic for *_, topic in months[0]], [topic for *_, topic in months[1]]),
        unknown=(_unknown(months[0], model), _unknown(months[1], model)),
        newest=tuple(_row(row, title, phrases) for row, title in _newest(rows)),
    )


def _first(case: Case) -> Labels:
    """What the model said when the case came in."""
    opened = case.history[0].body
    return opened.labels if isinstance(opened, ev.CaseOpened) else case.labels


def _week(at: datetime, start: date) -> int:
    return min(max((beijing(at).date() - start).days // 7, 0), WEEKS - 1)


def _newest(rows: list[tuple[Taught, str]]) -> list[tuple[Taught, str]]:
    return sorted(rows, key=lambda row: row[0].at, reverse=True)[:NEWEST]


def _changes(before: Sequence[str], now: Sequence[str]) -> tuple[TopicShare, ...]:
    old, new = Counter(before), Counter(now)
    shares = [
        TopicShare(name or "看不出", Ratio(old[name], len(before)), Ratio(new[name], len(now)))
        for name in old.keys() | new.keys()
    ]

    def change(share: TopicShare) -> float:
        return abs((share.now.value or 0.0) - (share.before.value or 0.0))

    return tuple(sorted(shares, key=lambda each: (-change(each), each.topic))[:_TOPICS])


def _unknown(
    letters: list[tuple[datetime, Text, str]], model: ModelClassifier | None
) -> float | None:
    newest = sorted(letters, key=lambda each: each[0], reverse=True)[:_READ]
    if not newest or model is None:
        return None
    return 1.0 - sum(model.scores(text).known for _, text, _ in newest) / len(newest)


def _row(row: Taught, title: str, phrases: Phrases) -> CorrectionRow:
    return CorrectionRow(
        href=case_href(row.case_id),
        title=title,
        what=WHAT_WORDS[row.what],
        before=value_word(row.what, row.before, phrases),
        after=value_word(row.what, row.after, phrases),
        at=row.at,
        model=row.model,
    )


def value_word(what: What, value: str, phrases: Phrases) -> str:
    """A value of a correction as people read it."""
    if not value:
        return _NOTHING.get(what, "—")
    match what:
        case What.TOPIC:
            return value.replace("/", " / ")
        case What.SENTIMENT:
            return SENTIMENT_WORDS[Sentiment(value)]
        case What.SIMPLE:
            return "是" if value == "1" else "否"
        case What.UNIT:
            return phrases.unit(value)
        case What.PROMISE:
            day, _, owner = value.partition(" ")
            return f"{day} {phrases.unit(owner)}"
        case _:
            return value
