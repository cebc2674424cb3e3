"""The list behind a figure: the very cases that were counted, as they were counted.

Labels, units and due times change afterwards, so no condition on the cases of today finds
again what a paper of last month said. What each case gave is kept with the paper instead,
and a link names the figure: period, which of the three periods compared, figure, and of
which unit, channel, topic, matter or risk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from cases.figures.measures import MEASURES
from cases.reporting.counts import Counts, Hit, Ratio


class Span(StrEnum):
    NOW = "now"
    """The period of the paper."""
    PREVIOUS = "previous"
    YEAR_AGO = "year_ago"


class Group(StrEnum):
    UNIT = "unit"
    CHANNEL = "channel"
    TOPIC = "topic"
    MATTER = "matter"
    RISK = "risk"


GROUP_WORDS: Final = {
    Group.UNIT: "责任单位",
    Group.CHANNEL: "来源渠道",
    Group.TOPIC: "事项分类",
    Group.MATTER: "同一事项",
    Group.RISK: "敏感领域",
}

FIGURES: Final = {key: (row.name, row.unit) for key, row in MEASURES.items()}
"""Name of a field or property of `Counts`: its word in the papers and its unit."""

REST_WORDS: Final = {key: row.lacks for key, row in MEASURES.items() if row.lacks}
"""Of a rate: what its numerator lacks."""
_REST: Final = ":rest"


class NoFigure(ValueError):
    """Not the name of a figure."""


class FigureKey(Struct, frozen=True, kw_only=True):
    """Which figure of which paper."""

    period: str
    """Key of the paper's period, e.g. 2026-W47."""
    span: Span = Span.NOW
    figure: str
    rest: bool = False
    """Of a rate: only the cases that its numerator lacks."""
    group: Group | None = None
    name: str = ""
    """Of the group: id of the unit or matter, name of the channel, topic or risk."""

    @property
    def text(self) -> str:
        """As it stands in an address."""
        parts = [self.period, self.span.value, self.figure + (_REST if self.rest else "")]
        return "/".join([*parts, self.group.value, self.name] if self.group else parts)

    @property
    def href(self) -> str:
        """The page of the desk with the list."""
        return f"/ledger?{urlencode({'figure': self.text})}"


def read_key(text: str) -> FigureKey:
    """Raises `NoFigure`."""
    parts = text.split("/", 4)
    if len(parts) not in (3, 5):
        raise NoFigure(text)
    period, span, figure, *group = parts
    rest = figure.endswith(_REST)
    figure = figure.removesuffix(_REST)
    known = figure in (REST_WORDS if rest else FIGURES) and span in list(Span)
    if not known or (group and group[0] not in list(Group)):
        raise NoFigure(text)
    return FigureKey(
        period=period,
        span=Span(span),
        figure=figure,
        rest=rest,
        group=Group(group[0]) if group else None,
        name=group[1] if group else "",
    )


class Listing(Struct, frozen=True, kw_only=True):
    """A figure with the cases that it was counted from."""

    value: int | Ratio
    case_ids: tuple[str, ...]
    """Each once, sorted. As many as the figure where it counts cases (件); a case may be
    answered, handed back or promise something several times in a period."""


class FigureLists(Struct, frozen=True, kw_only=True):
    """What the papers of one period were counted from."""

    period: str
    at: datetime
    """The moment the figures are true of."""
    names: dict[Span, str]
    """The periods in words."""
    hits: dict[Span, tuple[Hit, ...]]

    def listing(self, key: FigureKey) -> Listing:
        """A period that was not compared with has an empty list."""
        total = Counts()
        case_ids = set()
        for hit, counts in self._of(key):
            value = getattr(counts, key.figure)
            if isinstance(value, Ratio):
                value = value.whole - value.part if key.rest else value.whole
            if value:
                case_ids.add(hit.case_id)
                for name, n in hit.found:
                    setattr(total, name, getattr(total, name) + n)
        value = getattr(total, key.figure)
        if key.rest:
            value = value.whole - value.part
        return Listing(value=value, case_ids=tuple(sorted(case_ids)))

    def _of(self, key: FigureKey) -> Iterator[tuple[Hit, Counts]]:
        known: dict[tuple[tuple[str, int], ...], Counts] = {}
        for hit in self.hits.get(key.span, ()):
            if key.group is not None and key.name not in _names(hit, key.group):
                continue
            counts = known.get(hit.found)
            if counts is None:
                counts = known[hit.found] = Counts(**dict(hit.found))
            yield hit, counts


def _names(hit: Hit, group: Group) -> tuple[str, ...]:
    match group:
        case Group.UNIT:
            return (hit.unit,)
        case Group.CHANNEL:
            return (hit.channel,)
        case Group.TOPIC:
            return (hit.topic,)
        case Group.MATTER:
            return hit.matters
        case Group.RISK:
            return hit.risks
