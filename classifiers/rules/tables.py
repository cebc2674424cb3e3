"""The shape of the rule tables in `config/`: topics, kinds, risk.

The tables come in as parsed TOML; what does not fit is an error that names the
key. Reading files is left to the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cases.life.simple import SimpleRule
from cases.record.commands import Service
from cases.words.labels import Kind
from huiyin.configuration.checked import read_table


class TableError(ValueError):
    """A rule table does not have the expected shape."""


class TopicTable(Struct, frozen=True, forbid_unknown_fields=True):
    """`config/topics.toml`: first level -> "terms" | "titles" | second level -> third level ->
    words."""

    topics: dict[str, dict[str, list[str] | dict[str, list[str]]]]

    def first_terms(self, first: str) -> list[str]:
        """Words that speak for a first level only."""
        return self._listed(first, "terms")

    def title_terms(self, first: str) -> list[str]:
        """Words that leave no doubt about the first level where a title has them."""
        return self._listed(first, "titles")

    def leaves(self) -> dict[tuple[str, str, str], list[str]]:
        """Words of every (first, second, third) level."""
        return {
            (first, second, third): words
            for first, seconds in self.topics.items()
            for second, thirds in seconds.items()
            if isinstance(thirds, dict)
            for third, words in thirds.items()
        }

    def _listed(self, first: str, key: str) -> list[str]:
        words = self.topics[first].get(key, [])
        return words if isinstance(words, list) else []


class KindTerms(Struct, frozen=True, forbid_unknown_fields=True):
    opens: list[str] = []
    strong: list[str] = []
    weak: list[str] = []
    unless: list[str] = []
    common: Annotated[float, Meta(gt=0.0)] = 1.0
    """How often the kind comes where no word tells it, against the others."""


class DenialTable(Struct, frozen=True, forbid_unknown_fields=True):
    """What takes a word back when it stands right before it."""

    before: list[str]
    fillers: list[str]
    double: list[str]


class FeelingTable(Struct, frozen=True, forbid_unknown_fields=True):
    negative: list[str]
    positive: list[str]
    upset: list[str]
    angry: list[str]
    furious: list[str]
    negation: DenialTable
    courtesy: list[str] = []
    """Those of `positive` with which a request ends as well."""


class KindTable(Struct, frozen=True, forbid_unknown_fields=True):
    """`config/kinds.toml`."""

    kinds: dict[Kind, KindTerms]
    simple: SimpleRule
    feeling: FeelingTable

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> KindTable:
        """Check parsed TOML. Raises `TableError` naming file, key and what was expected."""
        return read_table(cls, table, "config/kinds.toml", TableError)


class RiskEntry(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    words: list[str]
    pairs: list[tuple[list[str], list[str]]] = []
    unless: list[str] = []
    counted: list[str] = []
    titles: list[str] = []
    """Words too common to count but in a title, where they are what the letter is about."""
    supposed: bool = True
    """Whether a danger that is only supposed ("万一着火") counts too."""
    urgent: bool = False


class UrgentTable(Struct, frozen=True, forbid_unknown_fields=True):
    words: list[str]
    risks: int
    signals: list[str]
    pairs: list[tuple[list[str], list[str]]] = []
    unless: list[str] = []
    not_now: list[str] = []
    """What before a danger in its clause, or within it, says that it may come, or is past."""
    past: list[str] = []
    """What before an `urgent` signal in its clause, or within it, says that it is of long ago."""
    over: list[str] = []
    """What soon behind a danger says that it is past."""
    standing: list[str] = []
    """What in the sentence of a danger says that it has been so for long: seen first, it wakes
    nobody."""
    near: int = 8
    """How far apart the halves of a danger's pairs stand, in characters."""


class DangerEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of danger to life that is there now."""

    name: str
    words: list[str] = []
    pairs: list[tuple[list[str], list[str]]] = []
    unless: list[str] = []
    services: list[Service] = []
    """The emergency services that it is handed over to, the likeliest first."""


class CrowdTable(Struct, frozen=True, forbid_unknown_fields=True):
    """How many distinct people within how many hours make one matter a crowd's."""

    distinct_people: int
    window_hours: float


class NegationTable(DenialTable, frozen=True, forbid_unknown_fields=True):
    resolved: list[str]
    unresolved: list[str]
    supposing: list[str] = []
    """What before a word in its clause says that it is only supposed."""


class RiskTable(Struct, frozen=True, forbid_unknown_fields=True):
    """`config/risk.toml`."""

    near: int
    risk: list[RiskEntry]
    urgent: UrgentTable
    crowd: CrowdTable
    negation: NegationTable
    danger: list[DangerEntry] = []


class RuleTables(Struct, frozen=True):
    """All rule tables of a deployment."""

    topics: TopicTable
    kinds: KindTable
    risk: RiskTable

    @property
    def version(self) -> str:
        """Names the content: every change of a table is another version."""
        content = msgspec.json.encode(self, order="deterministic")
        return f"rules-{hashlib.sha256(content).hexdigest()[:8]}"

    @classmethod
    def from_tables(
        cls,
        topics: Mapping[str, object],
        kinds: Mapping[str, object],
        risk: Mapping[str, object],
    ) -> RuleTables:
        """Check parsed TOML. Raises `TableError` naming file, key and what was expected."""
        return cls(
            topics=read_table(TopicTable, topics, "config/topics.toml", TableError),
            kinds=KindTable.from_table(kinds),
            risk=read_table(RiskTable, risk, "config/risk.toml", TableError),
        )
