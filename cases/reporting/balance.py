"""The balance of a period: 上期结转 + 新收 + 重新办理 − 办结 = 结存.

Every case on the books of the period counts once: it came in by exactly one of the three
ways and left by exactly one of two (ended, or carried on). Counted by received_at and by
the time of the first answer; a case that was answered, reopened and answered again within
the period is still one, and said so. The proof (守恒核对) counts the same in other ways
and names the cases where they differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from cases.record.case import Case
from cases.registers.watch import story_of
from cases.reporting.history import END_WORDS, End, Span, waits_at
from cases.reporting.lines import Entry, Line
from cases.reporting.naming import UnitNames

MOST_IDS = 20
"""Case ids named in one line of the proof."""
MOST_IN_A_NOTE = 3
"""Case ids named in a sentence."""


class Sums(Struct, frozen=True, kw_only=True):
    """件, each case once."""

    carried: int = 0
    new: int = 0
    reopened: int = 0
    ended: int = 0
    closing: int = 0

    @property
    def entered(self) -> int:
        return self.carried + self.new + self.reopened

    @property
    def holds(self) -> bool:
        return self.entered - self.ended == self.closing


class Check(Struct, frozen=True):
    """One line of the proof."""

    name: str
    left: str
    right: str
    holds: bool
    case_ids: tuple[str, ...] = ()
    """Where it does not hold, the cases concerned (at most `MOST_IDS`)."""


class Group(Struct, frozen=True):
    """The balance of one unit, channel or topic."""

    key: str
    name: str
    sums: Sums


class Balance(Struct, frozen=True, kw_only=True):
    at: datetime
    sums: Sums
    ways: tuple[tuple[End, int], ...]
    """办结 by how it ended."""
    again: tuple[str, ...]
    """Cases that ended and were reopened within the period: counted once."""
    linked: int
    """Cases on the books that belong to a matter with others; each counted once."""
    matters: int
    """How many matters those are."""
    children: int
    """Child work orders of the same source (子工单), each a case of its own."""
    untimed: tuple[str, ...]
    """Answered, but the source tells no time: counted when the answer became known."""
    ahead: tuple[str, ...]
    """Not on the books: their time of receipt lies in the future."""
    reports: int = 0
    """Reports of media received in the period: on no books, as no citizen waits."""
    stories: int = 0
    """What they tell, each story once."""
    by_unit: tuple[Group, ...]
    by_channel: tuple[Group, ...]
    by_topic: tuple[Group, ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def empty(self) -> bool:
        """Nothing on the books, and nothing in the media: 零报告."""
        return self.sums.entered == 0 and not self.reports

    @property
    def equation(self) -> str:
        s = self.sums
        again = f" + 重新办理 {s.reopened}" if s.reopened else ""
        return f"上期结转 {s.carried} + 新收 {s.new}{again} − 办结 {s.ended} = 结存 {s.closing}"

    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers may ask."""
        said = []
        if self.again:
            said.append(
                f"期内答复后又重新办理的 {len(self.again)} 件，各按 1 件计：{_listed(self.again)}。"
            )
        if self.linked:
            said.append(
                f"{self.linked} 件与其他来件反映同一事项（共 {self.matters} 个事项），"
                "每件来件各计 1 件，不合并。"
            )
        if self.children:
            said.append(f"含子工单 {self.children} 件，与主工单分别计数。")
        if self.untimed:
            said.append(
                f"{len(self.untimed)} 件来源没有给出答复时间，按得知答复之日计："
                f"{_listed(self.untimed)}。"
            )
        if self.reports:
            said.append(
                f"另收到媒体报道 {self.reports} 篇，转载、跟进合并后为 {self.stories} 条；"
                "媒体报道不是群众来件，不计入以上各数。"
            )
        if self.ahead:
            said.append(
                f"另有 {len(self.ahead)} 件的受理时间在将来，没有列入，请核对来源的时间："
                f"{_listed(self.ahead)}。"
            )
        return tuple(said)


def _listed(case_ids: Iterable[str]) -> str:
    ids = list(case_ids)
    more = f" 等 {len(ids)} 件" if len(ids) > MOST_IN_A_NOTE else ""
    return "、".join(ids[:MOST_IN_A_NOTE]) + more


class _Tally:
    """Counts of one group."""

    __slots__ = ("closing", "ended", "entries")

    def __init__(self) -> None:
        self.entries = dict.fromkeys(Entry, 0)
        self.ended = 0
        self.closing = 0

    def add(self, line: Line) -> None:
        self.entries[line.entry] += 1
        if line.ended is None:
            self.closing += 1
        else:
            self.ended += 1

    def sums(self) -> Sums:
        return Sums(
            carried=self.entries[Entry.CARRIED],
            new=self.entries[Entry.NEW],
            reopened=self.entries[Entry.REOPENED],
            ended=self.ended,
            closing=self.closing,
        )


class Books:
    """Takes every case that was received before the end, one by one, and balances.

    `look` for each case (on the books or not), `add` for each line. Holds numbers and
    the ids that a proof has to name, never cases."""

    def __init__(self, at: datetime, names: UnitNames) -> None:
        self.at = at
        self._names = names
        self._all = _Tally()
        self._by: dict[str, dict[str, _Tally]] = {"unit": {}, "channel": {}, "topic": {}}
        self._ways: Counter[End] = Counter()
        self._again: list[str] = []
        self._untimed: list[str] = []
        self._matters: Counter[str] = Counter()
        self._ahead: list[str] = []
        self._children = 0
        self._received = 0
        self._seen = 0
        self._told_before = 0
        self._reports = 0
        self._stories: set[str] = set()
        self._over = 0
        self._last = ""
        self._twice: list[str] = []
        self._unlike: list[str] = []
        self._open = 0

    def look(self, case: Case, spans: tuple[Span, ...]) -> None:
        """Every case of the ledger that was received before the end, in the order of
        the ids."""
        if case.received_at >= self.at:
            return
        self._received += 1
        if not waits_at(spans, self.at):
            self._over += 1
        self._numbered(case)

    def look_at_report(self, case: Case) -> None:
        """A report of media, in its turn among the cases."""
        self._told_before += 1
        self._numbered(case)

    def _numbered(self, case: Case) -> None:
        self._seen += 1
        if case.case_id == self._last:
            self._twice.append(case.case_id)
        self._last = case.case_id

    def add_report(self, case: Case) -> None:
        """A report that was received in the period, as of its end."""
        self._reports += 1
        self._stories.add(story_of(case))

    def put_off(self, case: Case) -> None:
        """A case of a period that runs on, received later than now."""
        self._ahead.append(case.case_id)

    def add(self, line: Line) -> None:
        case = line.case
        self._all.add(line)
        for name, key in (
            ("unit", self._names.counted_at(case.unit)),
            ("channel", case.item.channel),
            ("topic", case.labels.topic),
        ):
            self._by[name].setdefault(key, _Tally()).add(line)
        if line.ended is not None:
            self._ways[line.ended] += 1
            first = case.round.first_delivery
            if first is not None and first.at is None:
                self._untimed.append(case.case_id)
        if line.again:
            self._again.append(case.case_id)
        if case.matters:
            self._matters[case.matters[0]] += 1
        if case.item.parent_id:
            self._children += 1
        if case.open:
            self._open += 1
        if case.open != (line.ended is None):
            self._unlike.append(case.case_id)

    def balance(self, rows: int | None = None) -> Balance:
        """`rows`: how many lines were written, where a list was."""
        sums = self._all.sums()
        shared = [count for count in self._matters.values() if count > 1]
        groups = {name: self._groups(name) for name in self._by}
        return Balance(
            at=self.at,
            sums=sums,
            ways=tuple((end, self._ways[end]) for end in End if self._ways[end]),
            again=tuple(self._again),
            linked=sum(shared),
            matters=len(shared),
            children=self._children,
            untimed=tuple(self._untimed),
            ahead=tuple(self._ahead),
            reports=self._reports,
            stories=len(self._stories),
            by_unit=groups["unit"],
            by_channel=groups["channel"],
            by_topic=groups["topic"],
            checks=tuple(self._checks(sums, groups, rows)),
        )

    def _groups(self, name: str) -> tuple[Group, ...]:
        found = [
            Group(key, self._named(name, key), tally.sums())
            for key, tally in self._by[name].items()
        ]
        return tuple(sorted(found, key=lambda group: (-group.sums.entered, group.key)))

    def _named(self, name: str, key: str) -> str:
        if name == "unit":
            return self._names.shown(key) or "（未派单）"
        return key or ("未分类" if name == "topic" else "（未注明）")

    def _checks(
        self, sums: Sums, groups: dict[str, tuple[Group, ...]], rows: int | None
    ) -> Iterable[Check]:
        yield Check(
            "收支平衡：上期结转 + 新收 + 重新办理 − 办结 = 结存",
            f"{sums.carried} + {sums.new} + {sums.reopened} − {sums.ended} = "
            f"{sums.entered - sums.ended}",
            str(sums.closing),
            sums.holds,
        )
        yield Check(
            "累计核对：累计收件 − 累计办结 = 结存",
            f"{self._received} − {self._over} = {self._received - self._over}",
            str(sums.closing),
            self._received - self._over == sums.closing,
        )
        yield Check(
            "状态核对：按办理历史逐件重算，期末仍在办理的 = 结存",
            str(self._open),
            str(sums.closing),
            not self._unlike,
            tuple(self._unlike[:MOST_IDS]),
        )
        ways = sum(self._ways.values())
        yield Check(
            "办结核对：各种办结方式合计 = 办结",
            " + ".join(f"{END_WORDS[end]} {n}" for end, n in self._ways.items()) or "0",
            str(sums.ended),
            ways == sums.ended,
        )
        for name, word in (("unit", "责任单位"), ("channel", "来源渠道"), ("topic", "事项分类")):
            total = sum(group.sums.entered for group in groups[name])
            left = sum(group.sums.closing for group in groups[name])
            yield Check(
                f"按{word}核对：各项合计 = 在账总数（结存）",
                f"{total}（{left}）",
                f"{sums.entered}（{sums.closing}）",
                (total, left) == (sums.entered, sums.closing),
            )
        yield Check(
            "编号核对：没有一个编号出现两次",
            str(len(self._twice)),
            "0",
            not self._twice,
            tuple(self._twice[:MOST_IDS]),
        )
        if self._told_before:
            yield Check(
                "来件核对：群众来件 + 媒体报道 = 累计收到",
                f"{self._received} + {self._told_before}",
                str(self._seen),
                self._received + self._told_before == self._seen,
            )
        if rows is not None:
            more = f" + {self._reports}" if self._reports else ""
            yield Check(
                f"清单核对：清单行数 = 在账总数{' + 媒体报道' if more else ''}",
                str(rows),
                f"{sums.entered}{more}",
                rows == sums.entered + self._reports,
            )


def previous_check(closing_then: Iterable[str], carried_now: Iterable[str]) -> Check:
    """The cases that the edition before left over against those this one took over."""
    then, now = set(closing_then), set(carried_now)
    return Check(
        "衔接核对：上期台账的结存 = 本期的上期结转",
        str(len(then)),
        str(len(now)),
        then == now,
        tuple(sorted(then ^ now)[:MOST_IDS]),
    )
