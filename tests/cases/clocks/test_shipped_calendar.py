"""The shipped calendar: every published day, against a package that the runtime does not use."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from cases.clocks.published_days import Overlay
from cases.clocks.workdays import Calendar, DayMark
from desk.ground.configuration import Configuration
from tests.cases.clocks.test_workdays import CALENDAR, days
from tests.cases.helpers import CONFIG


@pytest.fixture(scope="module")
def shipped() -> Calendar:
    return Calendar(Overlay.from_table(Configuration(CONFIG).table("calendar.toml")))


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_published_day_agrees_with_an_independent_calendar(
    shipped: Calendar, year: int
) -> None:
    oracle = holidays.country_holidays("CN", years=range(year - 1, year + 2))
    wrong = [
        (day, shipped.mark(day))
        for day in days(date(year, 1, 1), date(year, 12, 31))
        if shipped.is_workday(day) != oracle.is_working_day(day)
    ]
    assert wrong == []


def test_the_package_lacks_one_day_that_the_overlay_corrects(shipped: Calendar) -> None:
    # 国办发明电〔2005〕35号: “12月31日（星期六）上班”.
    assert not CALENDAR.is_workday(date(2005, 12, 31))
    assert shipped.mark(date(2005, 12, 31)) is DayMark.MAKEUP
