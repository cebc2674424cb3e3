"""What a secrecy review should look at in a text: words of secrecy, personal data, and
facts that are harmless one by one and together tell who a person is.

信访工作条例第三十条 and the open-government plans ask for a look at state, work and trade
secrets, privacy and 汇聚风险 before anything is published. The words are the office's own
(config/secrecy.toml). This points; the reviewer judges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from cases.privacy.masking import PersonalData, Span, find_personal_data
from huiyin.configuration.checked import read_table

PRIVACY: Final = "个人隐私"
AGGREGATION: Final = "汇聚风险"
_ATTRIBUTE = re.compile(
    r"\d{1,3}岁|[男女](?=[，,、；;]|性)|出生|籍贯|户籍|职业|务农|就读|班级|毕业|月收入|年收入|身高|残疾|低保"
)
_NAMED = re.compile(r"[\u4e00-\u9fff](?:某某?|\*{1,2})|[\u4e00-\u9fff]{1,3}(?:先生|女士|同学)")
_LINE = re.compile(r"[^\n；;。]+")


class SecrecyTableError(ValueError):
    """config/secrecy.toml does not have the expected shape; the text names the key."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SecrecyRule(_Table, frozen=True):
    point: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    id: str = ""
    """Of the row, for an overlay; the point where it has none."""


class Aggregation(_Table, frozen=True):
    kinds: Annotated[int, Meta(ge=2)] = 3
    """Sorts of personal facts in one text."""
    people: Annotated[int, Meta(ge=2)] = 3
    """People of whom the text says something each."""


class SecrecyTable(_Table, frozen=True):
    rule: tuple[SecrecyRule, ...] = ()
    aggregation: Aggregation = Aggregation()

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], file: str = "config/secrecy.toml"
    ) -> SecrecyTable:
        """Raises `SecrecyTableError`."""
        return read_table(cls, table, file, SecrecyTableError)


class SecrecyFinding(Struct, frozen=True):
    """A piece of the text, code points, half open, and what it may touch."""

    start: int
    end: int
    point: str
    """The point of the checklist: 国家秘密, 工作秘密 …"""
    text: str
    why: str


def scan(text: str, table: SecrecyTable) -> tuple[SecrecyFinding, ...]:
    """Findings in order of the text. Total: any string."""
    found = [finding for rule in table.rule for finding in _words(text, rule)]
    personal = find_personal_data(text, by_office=True)
    found += [
        SecrecyFinding(span.start, span.end, PRIVACY, span.text, span.kind.value)
        for span in personal
        if "*" not in span.text
    ]
    found += _together(text, personal, table.aggregation)
    return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def _words(text: str, rule: SecrecyRule) -> list[SecrecyFinding]:
    spared = [m.span() for word in rule.unless for m in re.finditer(re.escape(word), text)]
    return [
        SecrecyFinding(*match.span(), rule.point, word, f"出现“{word}”")
        for word in rule.words
        for match in re.finditer(re.escape(word), text)
        if not any(start <= match.start() and match.end() <= end for start, end in spared)
    ]


def _together(text: str, personal: tuple[Span, ...], limits: Aggregation) -> list[SecrecyFinding]:
    found: list[SecrecyFinding] = []
    sorts = {span.kind.value for span in personal}
    sorts |= {match.group() for match in _ATTRIBUTE.finditer(text)}
    if len(sorts) >= limits.kinds:
        why = f"同时出现 {len(sorts)} 类个人情况：{'、'.join(sorted(sorts))}"
        found.append(SecrecyFinding(0, 0, AGGREGATION, "", why))
    people = sum(1 for line in _LINE.finditer(text) if _person_with_fact(line, personal))
    if people >= limits.people:
        why = f"像是一份名单：{people} 处把人和情况写在一起"
        found.append(SecrecyFinding(0, 0, AGGREGATION, "", why))
    return found


def _person_with_fact(line: re.Match[str], personal: tuple[Span, ...]) -> bool:
    inside = [span for span in personal if line.start() <= span.start < line.end()]
    named = _NAMED.search(line.group()) or any(s.kind is PersonalData.NAME for s in inside)
    fact = _ATTRIBUTE.search(line.group()) or any(
        span.kind is not PersonalData.NAME for span in inside
    )
    return bool(named) and bool(fact or re.search(r"\d", line.group()))
