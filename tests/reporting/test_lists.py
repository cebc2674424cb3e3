"""Every figure of a paper leads to the list of the cases that it was counted from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from cases.reporting.counts import Ratio
from cases.reporting.document import Table
from cases.reporting.figures import Figure
from cases.reporting.lists import FIGURES, REST_WORDS, FigureKey, Group, NoFigure, Span, read_key
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.settings import PaperKind
from desk.ledger.figure_lists import KeptLists, NoList
from desk.reports.service import Report, count_period, make_paper
from sinks.ledger.base import Ledger, Query
from tests.cases.helpers import HOUSING
from tests.reporting.town import NOW, office

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
PERIODS = (
    read_period(PeriodKind.WEEK, "2026-W10"),
    WEEK,
    read_period(PeriodKind.MONTH, "2026-03"),
    read_period(PeriodKind.QUARTER, "2026-Q1"),
)
OF_CASES = {key for key, (_, unit) in FIGURES.items() if unit == "件"}


@pytest.fixture(scope="module", params=PERIODS, ids=lambda period: period.key)
def counted(request: pytest.FixtureRequest, ledger: Ledger) -> Report:
    return count_period(ledger, office(), request.param, NOW)


def key_of(href: str) -> FigureKey:
    parts = urlsplit(href)
    assert parts.path == "/ledger"
    return read_key(dict(parse_qsl(parts.query))["figure"])


def sides(figure: Figure) -> Iterator[tuple[str, int | Ratio | None]]:
    yield figure.hrefs.value, figure.value
    yield figure.hrefs.previous, figure.previous
    yield figure.hrefs.year_ago, figure.year_ago


def test_the_list_behind_each_figure_has_as_many_rows_as_it_says(
    counted: Report, ledger: Ledger
) -> None:
    looked = 0
    for figure in counted.figures.figures:
        for href, value in sides(figure):
            assert value is not None
            listing = counted.lists.listing(key_of(href))
            assert listing.value == value, href
            rows = ledger.search(Query(case_ids=listing.case_ids, limit=1000)).cases
            assert tuple(sorted(case.case_id for case in rows)) == listing.case_ids
            if figure.key in OF_CASES:
                assert len(rows) == value, href
            else:
                number = value.whole if isinstance(value, Ratio) else value
                assert bool(rows) == bool(number), href
                assert figure.key == "overdue_days" or len(rows) <= number, href
            looked += bool(rows)
    assert looked > 3


def test_every_number_in_a_table_of_figures_has_its_list(counted: Report) -> None:
    kind = {
        PeriodKind.WEEK: PaperKind.WEEKLY,
        PeriodKind.MONTH: PaperKind.MONTHLY,
        PeriodKind.QUARTER: PaperKind.QUARTERLY,
    }[counted.figures.period.kind]
    tables = [
        block
        for block in make_paper(kind, counted, office()).blocks
        if isinstance(block, Table) and block.headers[0] in WITH_LINKS
    ]
    assert len(tables) >= 3
    for table in tables:
        for row in table.rows:
            for column in table.numbers:
                cell = row[column]
                if table.headers[column] in ("环比", "同比") or cell.text in ("0", "—"):
                    assert not cell.href
                    continue
                if table.headers[column] in ("热度", "人数"):
                    assert cell.href == row[table.headers.index("来件")].href
                    continue
                listing = counted.lists.listing(key_of(cell.href))
                said = cell.text
                if isinstance(listing.value, Ratio):
                    value = listing.value
                    assert said.split("\n")[-1] == f"{value.part}/{value.whole}", row[0].text
                else:
                    assert said == str(listing.value), row[0].text
                assert listing.case_ids, row[0].text


WITH_LINKS = (
    "指标", "来源渠道", "事项分类", "升温的分类", "共性问题（同一事项）", "敏感领域", "责任单位",
)  # fmt: skip


def test_what_a_rate_lacks_is_the_rest_of_its_list(counted: Report) -> None:
    total = counted.figures.total
    for figure in REST_WORDS:
        key = FigureKey(period="2026-W11", figure=figure, rest=True)
        ratio = getattr(total, figure)
        rest = counted.lists.listing(key)
        assert rest.value == ratio.whole - ratio.part
        assert set(rest.case_ids) <= set(
            counted.lists.listing(FigureKey(period="2026-W11", figure=figure)).case_ids
        )
        assert read_key(key.text) == key


def test_the_units_together_are_the_whole(counted: Report) -> None:
    def of(group: Group | None, name: str = "") -> tuple[str, ...]:
        key = FigureKey(period="x", figure="received", group=group, name=name)
        return counted.lists.listing(key).case_ids

    units = [of(Group.UNIT, line.unit) for line in counted.figures.units]
    assert sorted(case_id for ids in units for case_id in ids) == list(of(None))


@pytest.mark.parametrize(
    "text",
    [
        "2026-W11/now/speed", "2026-W11/then/received", "2026-W11/now/received/unit",
        "2026-W11/now/received/people/a", "2026-W11", "", "2026-W11/now/received:rest",
    ],
)  # fmt: skip
def test_what_is_no_figure_is_told(text: str) -> None:
    with pytest.raises(NoFigure):
        read_key(text)


def test_a_name_may_hold_anything() -> None:
    key = FigureKey(
        period="2026-11", span=Span.YEAR_AGO, figure="due", group=Group.CHANNEL, name="网站/信箱"
    )
    assert key_of(key.href) == key


def kept_week(ledger: Ledger, folder: Path) -> KeptLists:
    kept = KeptLists(folder)
    kept.keep(count_period(ledger, office(), WEEK, NOW).lists)
    return kept


def test_a_kept_list_says_what_it_is(ledger: Ledger, tmp_path: Path) -> None:
    kept = kept_week(ledger, tmp_path)
    key = FigureKey(period=WEEK.key, figure="on_time", group=Group.UNIT, name=HOUSING)
    found = kept.read(key)
    assert found.words(office().register) == "2026年第11周 县住建局 按时率 样本不足（1/2）"
    assert found.rest is not None
    word, href = found.rest
    assert word == "未按时 1 件次"
    rest = kept.read(key_of(href))
    assert rest.words(office().register) == "2026年第11周 县住建局 未按时 1 件次"
    assert rest.rest is None
    before = kept.read(FigureKey(period=WEEK.key, span=Span.PREVIOUS, figure="received"))
    assert before.words(office().register) == "2026年第10周 新收 3 件"


def test_the_same_list_is_the_same_bytes_and_a_new_one_takes_its_place(
    ledger: Ledger, tmp_path: Path
) -> None:
    kept = kept_week(ledger, tmp_path)
    (path,) = tmp_path.iterdir()
    first = path.read_bytes()
    key = FigureKey(period=WEEK.key, figure="received")
    assert len(kept.read(key).listing.case_ids) == 7
    kept_week(ledger, tmp_path)
    assert path.read_bytes() == first
    kept.keep(count_period(ledger, office(), WEEK, WEEK.start_at).lists)
    assert kept.read(key).listing.case_ids == ()


@pytest.mark.parametrize("period", ["../../secret", "2026-W99", "", "2026-w11", "2026-03-01"])
def test_nothing_but_a_period_is_looked_for(tmp_path: Path, period: str) -> None:
    with pytest.raises(NoList):
        KeptLists(tmp_path).read(FigureKey(period=period, figure="received"))


def test_a_list_that_is_missing_or_damaged_says_what_to_do(ledger: Ledger, tmp_path: Path) -> None:
    key = FigureKey(period=WEEK.key, figure="received")
    with pytest.raises(NoList, match="重新生成"):
        KeptLists(tmp_path).read(key)
    kept_week(ledger, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(NoList, match="重新生成"):
        KeptLists(tmp_path).read(key)
