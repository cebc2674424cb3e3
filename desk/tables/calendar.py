"""The yearly notice of holidays, taken from its text into the office's own calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Final, Self

from msgspec import Struct

from cases.clocks.holiday_notice import NoticeError, NoticeRun, read_notice
from cases.words.refusals import NotAllowed
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.setup.own_tables import Edit, OwnTables
from desk.tables.effects import Effect, effects
from huiyin.configuration.written import with_row, without_row

FILE: Final = "calendar.toml"
FIRST, LAST = 2005, 2099
LONGEST: Final = 10_000
_LONGEST_NUMBER: Final = 60


class Notice(Struct, frozen=True, kw_only=True):
    """A notice as read."""

    year: int
    number: str
    """发文字号."""
    runs: tuple[NoticeRun, ...]


class HolidayNotices:
    """Every method raises `NotPermitted`, and `NotAllowed` with what is wrong with the text."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def read(self, typed: Mapping[str, str]) -> Notice:
        """`typed`: year, notice (发文字号), text."""
        year, number, text = (typed.get(name, "") for name in ("year", "notice", "text"))
        if not (year.isascii() and year.isdigit() and FIRST <= int(year) <= LAST):
            raise NotAllowed(f"年份应为 {FIRST} 至 {LAST}，实际是“{year[:10]}”。")
        if not number or len(number) > _LONGEST_NUMBER or not number.isprintable():
            raise NotAllowed("请填写发文字号，如 国办发明电〔2026〕5号，一行写完。")
        if len(text) > LONGEST:
            raise NotAllowed(f"通知最多 {LONGEST} 个字，现在 {len(text)} 个。请只粘贴一份通知。")
        try:
            runs = read_notice(text, int(year))
        except NoticeError as error:
            raise NotAllowed(str(error)) from None
        return Notice(year=int(year), number=number, runs=runs)

    def preview(self, by: Doer, notice: Notice) -> tuple[Effect, ...]:
        """Which deadlines it would move. Nothing is written."""
        with self._own.trying(by, FILE, self._edit(notice)) as (before, after):
            return effects(self._desk, by.actor, FILE, before, after)

    def take(self, by: Doer, notice: Notice) -> int:
        """The year is published as the notice says, from now on; deadlines that run are reckoned
        again by the clock sweep. Gives the number of the change, 0 where it was so already."""
        before = self._own.newest(FILE)
        what = f"放假通知：{notice.year} 年（{notice.number}），{len(notice.runs)} 段"
        self._own.change(by, FILE, self._edit(notice), what)
        number = self._own.newest(FILE)
        return number if number != before else 0

    def _edit(self, notice: Notice) -> Edit:
        """What the same notice said before goes: it is entered again where it was wrong."""
        days = [_day(notice, run) for run in notice.runs]
        year = {"year": notice.year, "new": True, "notice": notice.number}
        old = list(self._old(notice))

        def edit(text: str) -> str:
            text = reduce(lambda told, row: without_row(told, "day", *row), old, text)
            text = with_row(text, "year", "year", year)
            return reduce(lambda told, row: with_row(told, "day", "from", row), days, text)

        return edit

    def _old(self, notice: Notice) -> Iterable[tuple[str, str]]:
        """Key and value of the rows of the overlay with this notice."""
        configuration = self._desk.settings.read_again().configuration
        said: Any = configuration.said(FILE).get("day", ())
        for row in said:
            if row.get("notice") == notice.number:
                key = "date" if "date" in row else "from"
                yield key, str(row.get(key))


def _day(notice: Notice, run: NoticeRun) -> dict[str, object]:
    return {
        "from": run.first,
        "to": run.last,
        "new": True,
        "kind": "workday" if run.workday else "holiday",
        "name": run.name,
        "notice": notice.number,
    }
