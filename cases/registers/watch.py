"""关注主题: a policy, or a field such as 营商环境, and what the messages say of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from cases.privacy.visibility import for_anyone
from cases.record.case import Case
from cases.registers.wording import Wording, problem_of
from cases.words.labels import Sentiment

LONGEST_TITLE = 100
AROUND = 30
"""Characters quoted on each side of the word."""
MOST_QUOTES = 6


class Watch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    words: Annotated[tuple[str, ...], Meta(min_length=1, max_length=40)]
    """One of them has to occur, as written."""
    field: str = "政策"
    """政策 or 专题: where it is listed."""
    reference: str = ""
    """文号 of the policy."""
    unit: str = ""
    since: date | None = None
    """Messages received from this day on; None: of the last 90 days."""
    all_of: tuple[str, ...] = ()
    """All of them have to occur as well."""
    none_of: tuple[str, ...] = ()
    place: str = ""
    """Has to stand in the place or in the text."""
    channel: str = ""
    """Messages of this channel only; "" for all."""
    alert: bool = False
    """Whether each new message, or each new story of several, calls the desk once."""

    def means(self, case: Case) -> bool:
        item = case.item
        wording = Wording(any_of=self.words, all_of=self.all_of, none_of=self.none_of)
        return (
            wording.means(item.title, item.body)
            and (not self.channel or item.channel == self.channel)
            and (not self.place or self.place in f"{item.place}\n{item.title}\n{item.body}")
        )


class Quote(Struct, frozen=True):
    """A piece of a message around the word, masked."""

    case_id: str
    before: str
    word: str
    after: str


class Heard(Struct, frozen=True, kw_only=True):
    """What the messages say."""

    total: int
    more: bool
    """There were more than could be looked at; the numbers are of the newest."""
    answered: int
    negative: int
    positive: int
    kinds: tuple[tuple[str, int], ...]
    topics: tuple[tuple[str, int], ...]
    quotes: tuple[Quote, ...]
    """Of different cases, the angriest first."""


def check(watch: Watch) -> str:
    """What is wrong with it, "" for nothing."""
    if not watch.title.strip():
        return "请填写名称。"
    if len(watch.title) > LONGEST_TITLE:
        return f"名称至多 {LONGEST_TITLE} 个字，实际 {len(watch.title)} 个字。"
    short = [word for word in watch.words if len(word.strip()) < 2]
    if short or not watch.words:
        return "请填写至少一个关注的词，每个词至少两个字，多个词用空格分开。"
    if watch.field not in ("政策", "专题"):
        return f"类别应为政策或专题，实际是“{watch.field[:20]}”。"
    wording = Wording(any_of=watch.words, all_of=watch.all_of, none_of=watch.none_of)
    return problem_of(wording)


def story_of(case: Case) -> str:
    """Names what a message tells of: all of one matter, reprints of one report too, tell of one."""
    return case.matters[0] if case.matters else case.case_id


def hear(watch: Watch, cases: Iterable[Case], *, more: bool = False) -> Heard:
    """`cases`: those in which one of the words occurs, each once."""
    found = sorted(cases, key=lambda case: case.received_at, reverse=True)
    feelings = Counter(case.labels.sentiment for case in found)
    loudest = sorted(found, key=lambda case: case.labels.sentiment_score)
    quotes = []
    for case in loudest:
        quote = quote_of(case, watch.words)
        if quote is not None:
            quotes.append(quote)
        if len(quotes) == MOST_QUOTES:
            break
    return Heard(
        total=len(found),
        more=more,
        answered=sum(case.round.first_delivery is not None for case in found),
        negative=feelings[Sentiment.NEGATIVE],
        positive=feelings[Sentiment.POSITIVE],
        kinds=_counted(case.labels.kind.value for case in found),
        topics=_counted(case.labels.topic for case in found if case.labels.topic),
        quotes=tuple(quotes),
    )


def quote_of(case: Case, words: Sequence[str]) -> Quote | None:
    """The first place where one of the words stands; None in a confidential case, or
    where it stands in a reply only."""
    if case.confidential:
        return None
    for text in (case.item.title, case.item.body):
        shown = for_anyone(case, text)
        for word in words:
            at = shown.find(word)
            if at >= 0:
                end = at + len(word)
                return Quote(
                    case.case_id,
                    shown[max(0, at - AROUND) : at].lstrip("\n"),
                    word,
                    shown[end : end + AROUND].rstrip("\n"),
                )
    return None


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(values).most_common(5))
