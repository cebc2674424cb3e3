"""What an issued paper said, figure by figure and case by case, and what is different now.

An issued paper stays as it was. What became known later is told by a numbered correction
(更正第1号): each figure before and after, and which cases made the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from operator import attrgetter
from typing import Final

from msgspec import Struct

from cases.figures.measures import Ratio, value_text
from cases.privacy.visibility import withheld_from
from cases.record.case import Case
from cases.reporting.annex_cells import two_lines
from cases.reporting.counts import Counts, Hit
from cases.reporting.document import Block, Document, Letter, Paragraph, Table, TableCell, cells
from cases.reporting.leader_page import case_href
from cases.reporting.lists import FIGURES, GROUP_WORDS, FigureLists, Group, Span
from cases.reporting.morning import Morning, MorningCase
from cases.reporting.naming import NO_UNIT_WORD

LATE_ARRIVAL: Final = "签发后补入"
GONE: Final = "签发后不再计入"
RECOUNTED: Final = "签发后改计"
_BY_UNIT: Final = ("received", "ended", "closing", "due", "on_time", "answered", "overdue")
_BY_OTHERS: Final = ("received",)
_MOST_CASES: Final = 3
_ROWS: Final = 200


class PaperFigure(Struct, frozen=True, kw_only=True):
    """One figure of a paper with the part of each case in it."""

    name: str
    whose: str = ""
    """Of which unit, channel or topic; "" for the whole office."""
    value: str
    given: dict[str, str]
    """By case id, as `value_text` has it without a percentage: "1", "5", "1/2"."""


class Difference(Struct, frozen=True, kw_only=True):
    name: str
    whose: str
    before: str
    after: str
    cases: tuple[tuple[str, str], ...]
    """Case id, and why it counts differently."""


def figures_of(lists: FigureLists, unit_name: Callable[[str], str]) -> tuple[PaperFigure, ...]:
    """All figures of the period itself."""
    hits = lists.hits.get(Span.NOW, ())
    found = [_figure(key, "", hits) for key in FIGURES]
    for group, keys, of in (
        (Group.UNIT, _BY_UNIT, attrgetter("unit")),
        (Group.CHANNEL, _BY_OTHERS, attrgetter("channel")),
        (Group.TOPIC, _BY_OTHERS, attrgetter("topic")),
    ):
        together: dict[str, list[Hit]] = {}
        for hit in hits:
            together.setdefault(of(hit), []).append(hit)
        for name, some in sorted(together.items()):
            said = (unit_name(name) if name else NO_UNIT_WORD) if group is Group.UNIT else name
            whose = f"{GROUP_WORDS[group]} {said or '未注明'}"
            found += [_figure(key, whose, some) for key in keys]
    return tuple(one for one in found if one.given)


def _figure(key: str, whose: str, hits: Iterable[Hit]) -> PaperFigure:
    total: int | Ratio | None = None
    given: dict[str, int | Ratio] = {}
    for hit in hits:
        value: int | Ratio = getattr(Counts(**dict(hit.found)), key)
        if value.whole if isinstance(value, Ratio) else value:
            given[hit.case_id] = _sum(given.get(hit.case_id), value)
            total = _sum(total, value)
    return PaperFigure(
        name=FIGURES[key][0],
        whose=whose,
        value=value_text(total) if total is not None else "0",
        given={
            case_id: f"{n.part}/{n.whole}" if isinstance(n, Ratio) else str(n)
            for case_id, n in sorted(given.items())
        },
    )


def _sum(one: int | Ratio | None, other: int | Ratio) -> int | Ratio:
    if isinstance(other, Ratio):
        before = one if isinstance(one, Ratio) else Ratio(0, 0)
        return Ratio(before.part + other.part, before.whole + other.whole)
    return (one if isinstance(one, int) else 0) + other


def figures_of_morning(morning: Morning) -> tuple[PaperFigure, ...]:
    def of(name: str, found: Iterable[MorningCase]) -> PaperFigure:
        given = {one.case_id: "1" for one in found}
        return PaperFigure(name=name, value=str(len(given)), given=given)

    whys = dict.fromkeys(one.why for one in morning.missed)
    found = [
        of("新收", morning.new),
        of("媒体舆情", morning.reports),
        of("今日到期", morning.due),
        of("紧急、高风险待答复", morning.high),
        *(of(why, [one for one in morning.missed if one.why == why]) for why in whys),
        of("现有逾期未答复", morning.late),
        *(
            PaperFigure(
                name="同一事项",
                whose=one.matter,
                value=str(len(one.case_ids)),
                given=dict.fromkeys(one.case_ids, "1"),
            )
            for one in morning.growing
        ),
    ]
    return tuple(one for one in found if one.given)


def differences(
    before: Iterable[PaperFigure], after: Iterable[PaperFigure]
) -> tuple[Difference, ...]:
    """Figure by figure, in the order of the newer paper; a figure whose sum is the same but whose
    cases are others is one too."""
    old = {(one.name, one.whose): one for one in before}
    new = {(one.name, one.whose): one for one in after}
    known = {case_id for one in old.values() for case_id in one.given}
    still = {case_id for one in new.values() for case_id in one.given}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        had, has = was.given if was else {}, now.given if now else {}
        changed = sorted(one for one in {*had, *has} if had.get(one) != has.get(one))
        values = (was.value if was else "0", now.value if now else "0")
        if changed or values[0] != values[1]:
            found.append(
                Difference(
                    name=key[0],
                    whose=key[1],
                    before=values[0],
                    after=values[1],
                    cases=tuple((one, _why(one, known, still)) for one in changed),
                )
            )
    return tuple(found)


def _why(case_id: str, known: set[str], still: set[str]) -> str:
    if case_id not in known:
        return LATE_ARRIVAL
    return RECOUNTED if case_id in still else GONE


def listed_ids(found: tuple[Difference, ...]) -> tuple[str, ...]:
    """The ids of the cases that a correction has room for."""
    rows = found[:_ROWS]
    ids = (case_id for one in rows for some in _by_why(one).values() for case_id in some)
    return tuple(dict.fromkeys(ids))


def correction(
    number: int,
    title: str,
    period: str,
    letter: Letter,
    found: tuple[Difference, ...],
    reason: str,
    cases: Iterable[Case],
) -> Document:
    """更正第n号 of a paper. `letter`: that of the paper, with its number and the day of the
    correction. `cases`: those of `listed_ids`. One that is withheld from some readers is counted
    and not named: the paper goes to all, and says under which topic and unit each was counted."""
    named = {case.case_id for case in cases if not withheld_from(case)}
    name = f"更正第{number}号"
    issued = letter.number
    blocks: list[Block] = [
        Paragraph(
            f"《{title}》（{issued}）签发以后有事项补入或更正，"
            f"重新统计有 {len(found)} 处不同。原件不改，以下各处以本更正为准。"
        ),
        Paragraph(f"更正原因：{reason}"),
        Table(
            headers=("指标", "范围", "原", "现", "事项和原因"),
            widths=(2.4, 3.0, 1.8, 1.8, 8.0),
            rows=tuple(
                cells(
                    one.name,
                    one.whose or "全部",
                    two_lines(one.before),
                    two_lines(one.after),
                    _named(one, named),
                )
                for one in found[:_ROWS]
            ),
        ),
    ]
    if len(found) > _ROWS:
        blocks.append(Paragraph(f"共 {len(found)} 处，此处列前 {_ROWS} 处。", small=True))
    return Document(
        title=f"{title}{name}",
        head=(period,),
        blocks=tuple(blocks),
        footer=f"{title}　{name}",
        letter=Letter(
            issuer=letter.issuer,
            number=f"{issued}{name}",
            issue=letter.issue,
            signer=letter.signer,
            to=letter.to,
            seal=letter.seal,
            on=letter.on,
        ),
    )


def _by_why(one: Difference) -> dict[str, list[str]]:
    """The first ids of each reason."""
    together: dict[str, list[str]] = {}
    for case_id, why in one.cases:
        together.setdefault(why, []).append(case_id)
    return {why: ids[:_MOST_CASES] for why, ids in together.items()}


def _named(one: Difference, named: Collection[str]) -> TableCell:
    counts = Counter(why for _, why in one.cases)
    lines = []
    for why, ids in _by_why(one).items():
        said = [case_id for case_id in ids if case_id in named]
        if len(said) < len(ids):
            said.append(f"{len(ids) - len(said)} 件不列编号")
        rest = "等" if counts[why] > len(ids) else ""
        lines.append(f"{why} {counts[why]} 件：{'、'.join(said)}{rest}")
    alone = one.cases[0][0] if len(one.cases) == 1 else ""
    href = case_href(alone) if alone in named else ""
    return TableCell("\n".join(lines) or "由上列各处得出", href=href)
