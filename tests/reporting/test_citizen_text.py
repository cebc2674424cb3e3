"""What people wrote reaches no report unmasked, whatever column or record it stands in."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cases.privacy.citizen_text import CitizenText, OfficeWords, UnmaskedText
from cases.privacy.visible_fields import FIELDS, Sort
from cases.record.case import Case
from cases.reporting.columns import COLUMNS, Cell, Column, Form, Value, View, plain
from cases.reporting.lines import Line, line_of
from cases.reporting.naming import UnitNames
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.settings import PaperKind
from cases.reporting.sight import masked_for_all
from desk.reports.service import count_period, make_paper
from sinks.reports.export import record
from tests.cases import whole_life
from tests.cases.helpers import at
from tests.reporting import town

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
YEAR = read_period(PeriodKind.YEAR, "2026")
PHONE = "13987654321"
PUBLIC = frozenset(("where", "published"))
"""Where something was published: a public place, though a person types it."""
LIVES = (
    whole_life.refused,
    whole_life.invalid,
    whole_life.closed_at_source,
    whole_life.request,
    whole_life.long_life,
    whole_life.under_a_platform,
    whole_life.with_picture,
    town.carried_and_answered,
    town.carried_on,
    town.long_before,
    town.answered_late_then_reopened,
)


def salted(value: Any) -> Any:
    """The same with a telephone number in every text that people wrote. Which fields those are
    says the table of sights, which has every field."""
    if isinstance(value, tuple):
        return tuple(salted(one) for one in value)
    if type(value) not in FIELDS:
        return value
    changed = {}
    for name, sort in FIELDS[type(value)].items():
        before = getattr(value, name)
        if isinstance(before, str):
            written = sort in (Sort.TEXT, Sort.PERSON) and name not in PUBLIC
            changed[name] = f"电话{PHONE}，{before}" if written and before else before
        else:
            changed[name] = salted(before)
    return replace(value, **changed)


def line(case: Case) -> Line:
    found = line_of(case, WEEK, at("2026-12-31T00:00")) or line_of(
        case, YEAR, at("2026-12-31T00:00")
    )
    assert found is not None
    return replace(found, case=salted(case))


def view() -> View:
    return View(UnitNames(town.office().register, WEEK.last), masked_for_all)


def column(value: Value) -> Column:
    return Column("opinion", "听证意见", 20, Form.LONG, lambda _line, _view: value)


@pytest.mark.parametrize("key", list(COLUMNS))
def test_no_column_shows_what_was_typed_unmasked(key: str) -> None:
    for life in LIVES:
        cell: Cell = COLUMNS[key].cell(line(life()), view())
        assert PHONE not in plain(cell), f"{key}: {life.__name__}"


def test_no_record_of_an_export_does() -> None:
    for life in LIVES:
        row = record(salted(life()), lambda unit: unit)
        shown = [name for name, value in row.items() if PHONE in str(msgspec.to_builtins(value))]
        assert shown == [], life.__name__


@pytest.mark.parametrize(
    ("kind", "span", "key"),
    [
        (PaperKind.WEEKLY, PeriodKind.WEEK, "2026-W11"),
        (PaperKind.MONTHLY, PeriodKind.MONTH, "2026-03"),
        (PaperKind.QUARTERLY, PeriodKind.QUARTER, "2026-Q1"),
    ],
)
def test_no_paper_does(kind: PaperKind, span: PeriodKind, key: str) -> None:
    with town.ledger_of(tuple(salted(case) for case in town.town())) as ledger:
        report = count_period(ledger, town.office(), read_period(span, key), town.NOW)
    document = make_paper(kind, report, town.office(), ())
    assert "139" in str(document), "nothing of a text stands in it, so nothing is proved"
    assert PHONE not in str(document)


def test_the_salt_is_in_the_texts() -> None:
    case = salted(town.carried_on())
    assert PHONE in case.item.title
    assert PHONE in case.instructions[0].text
    assert PHONE in case.history[0].body.item.body


def test_a_text_that_nothing_is_known_of_is_refused_with_the_name_of_the_column() -> None:
    bare: Any = town.carried_on().item.body
    for value in (bare, (OfficeWords("1. "), bare)):
        with pytest.raises(
            UnmaskedText, match=r"台账栏目“听证意见”（opinion）.*CitizenText.*实际给出 str"
        ):
            column(value).cell(line(town.carried_on()), view())


def test_the_ledger_masks_what_a_column_gives_as_citizens_text() -> None:
    written = CitizenText(f"请回电 {PHONE}")
    cell = column((OfficeWords("1. "), written)).cell(line(town.carried_on()), view())
    assert str(cell).startswith("1. 请回电 139")
    assert PHONE not in str(cell)


def test_citizens_text_does_not_become_a_text_by_itself() -> None:
    written = CitizenText(f"请回电 {PHONE}")
    with pytest.raises(UnmaskedText, match="须先脱敏"):
        str(written)
    with pytest.raises(UnmaskedText, match="须先脱敏"):
        f"意见：{written}"
    with pytest.raises(UnmaskedText, match="须先脱敏"):
        plain(written)  # type: ignore[arg-type]
    assert PHONE not in repr([written])


def test_a_confidential_case_gives_none_of_it() -> None:
    case = whole_life.accused()
    for one in COLUMNS.values():
        assert "受贿" not in plain(one.cell(line(case), view())), one.key
