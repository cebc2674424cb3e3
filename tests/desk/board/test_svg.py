"""Charts as SVG."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from desk.board.charts import Bar, Chart, Segment
from desk.board.svg import drawn, whole_ticks


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (5, [0, 2, 4, 6]), (12, [0, 5, 10, 15]),
     (38, [0, 10, 20, 30, 40]), (950, [0, 500, 1000]), (4001, [0, 2000, 4000, 6000])],
)  # fmt: skip
def test_axes_that_count_have_whole_numbers(most: int, ticks: list[int]) -> None:
    assert whole_ticks(most) == ticks
    assert all(isinstance(tick, int) for tick in ticks)


def chart(*bars: Bar, upright: bool = False, shares: bool = False) -> Chart:
    return Chart(
        key="k", question="问？", answer="答<b>。", unusual="", bars=bars, columns=(), rows=(),
        series=(("甲", "c0"), ("乙", "c1")), upright=upright, shares=shares,
    )  # fmt: skip


def bar(name: str, *values: float) -> Bar:
    pieces = (Segment(value=n, series=at, href="/ledger?a=1&b=2") for at, n in enumerate(values))
    return Bar(name=name, segments=tuple(pieces))


RECT = re.compile(r'<rect class="\w+" x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)">')


def rects(picture: str) -> list[tuple[float, ...]]:
    found = [tuple(map(float, one)) for one in RECT.findall(picture)]
    assert found
    return found


@pytest.mark.parametrize("upright", [True, False])
def test_what_people_wrote_stands_escaped_in_it(*, upright: bool) -> None:
    picture = drawn(chart(bar("<i>路灯&</i>", 3, 1), upright=upright))
    assert "<i>" not in picture
    root = LexborHTMLParser(picture)
    assert [one.attributes["aria-label"] for one in root.css("svg")] == ["问？答<b>。"]
    assert {one.attributes["href"] for one in root.css("a")} == {"/ledger?a=1&b=2"}


@pytest.mark.parametrize("upright", [True, False])
def test_nothing_is_drawn_outside(*, upright: bool) -> None:
    bars = [bar(f"名称很长很长很长很长很长很长很长的单位{n}", n, 2 * n) for n in range(12)]
    picture = drawn(chart(*bars, upright=upright))
    wide, high = map(float, re.findall(r'viewBox="0 0 (\d+) (\d+)"', picture)[0])
    for x, y, width, height in rects(picture):
        assert min(x, y) >= 0
        assert x + width <= wide
        assert y + height <= high


def test_shares_are_all_of_one_length() -> None:
    picture = drawn(chart(bar("a", 1, 3), bar("b", 40, 1), shares=True))
    widths = [width for _, _, width, _ in rects(picture)]
    assert abs(sum(widths[:2]) - sum(widths[2:])) < 0.5


def test_a_chart_without_bars_has_no_numbers() -> None:
    assert not re.search(r"<rect", drawn(chart()))


def test_the_first_date_does_not_stand_in_the_mark_of_the_axis() -> None:
    picture = drawn(chart(bar("2026-11-01", 3), upright=True))
    places = {
        text: float(y)
        for y, text in re.findall(
            r'<text class="label" x=".+?" y="(.+?)" .+?>(.+?)</text>', picture
        )
    }
    assert places["2026-11-01"] - places["0"] >= 12, "a line of type apart"


def test_numbers_in_a_piece_follow_its_colour() -> None:
    picture = drawn(chart(bar("甲单位", 3, 4)))
    assert re.findall(r'class="(inside .+?)"', picture) == ["inside on-c0", "inside on-c1"]


def test_pieces_may_be_parts_of_a_whole_number() -> None:
    picture = drawn(chart(bar("甲单位", 5.1), bar("乙单位", 0.5)))
    widths = [width for _, _, width, _ in rects(picture)]
    assert widths[0] / widths[1] == pytest.approx(10.2, rel=0.01)
    assert ">6</text>" in picture
