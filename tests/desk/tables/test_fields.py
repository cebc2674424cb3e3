"""Keys of the tables as people fill them in: from the declarations, there and back."""

from __future__ import annotations

from datetime import date

import pytest

from desk.ground.configuration import Configuration, shipped_folder
from desk.tables.edits import key_of
from desk.tables.fields import FieldError, Holds, Kind, inside, keys_of, shown, taken
from desk.tables.sheets import SHEETS, Sheet
from huiyin.configuration.standing import Values

ALL = pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    return Configuration(shipped_folder())


def values_of(shipped: Configuration, sheet: Sheet) -> list[Values]:
    if sheet.has_rows:
        return [row.values for row in shipped.rows(sheet.file, *sheet.path)]
    return [shipped.table(sheet.file).below(*sheet.path)]


@ALL
def test_every_key_of_the_declaration_has_a_field_or_is_left_to_the_file(sheet: Sheet) -> None:
    fields = {term.key for term in sheet.terms}
    assert fields | set(sheet.left_to_the_file) == set(keys_of(sheet.shape))
    assert not fields & set(sheet.left_to_the_file)
    assert set(sheet.listed) <= fields
    assert all(sheet.holds(term) for term in sheet.terms)


@ALL
def test_what_is_shipped_is_shown_and_read_again_as_it_was(
    sheet: Sheet, shipped: Configuration
) -> None:
    for values in values_of(shipped, sheet):
        for term in sheet.terms:
            what, value = sheet.holds(term), inside(values, term.key)
            text = shown(what, value)
            again = taken(what, text)
            if isinstance(value, list):
                assert again == (tuple(dict.fromkeys(value)) or None), (sheet.name, term.key)
            else:
                assert shown(what, again) == text, (sheet.name, term.key)


@ALL
def test_every_shipped_row_is_known_by_one_of_its_own_keys(
    sheet: Sheet, shipped: Configuration
) -> None:
    if sheet.has_rows:
        for row in shipped.rows(sheet.file, *sheet.path):
            assert str(row.values[key_of(sheet, row)]) == row.id


@pytest.mark.parametrize(
    ("what", "text", "value"),
    [
        (Holds(Kind.WORDS), "停水、 漏水，停水\n爆管", ("停水", "漏水", "爆管")),
        (Holds(Kind.WORDS), "/B[0-9]{0,2}区/、河东", ("/B[0-9]{0,2}区/", "河东")),
        (Holds(Kind.WORDS), " 、", None),
        (Holds(Kind.NUMBER), " 5 ", 5),
        (Holds(Kind.DECIMAL), "0.5", 0.5),
        (Holds(Kind.FLAG), "否", False),
        (Holds(Kind.DAY), "2027-01-01", date(2027, 1, 1)),
        (Holds(Kind.CHOICE, ("a",), names={"a": "甲"}), "甲", "a"),
        (Holds(Kind.WORDS, ("a", "b"), names={"a": "甲"}), "b、甲", ("b", "a")),
        (Holds(Kind.TEXT), "", None),
    ],
)
def test_what_is_filled_in_becomes_what_the_table_has(
    what: Holds, text: str, value: object
) -> None:
    assert taken(what, text) == value


@pytest.mark.parametrize(
    ("what", "text", "said"),
    [
        (Holds(Kind.NUMBER), "五", "应为整数，如 5，实际是“五”"),
        (Holds(Kind.DECIMAL), "多", "应为数字"),
        (Holds(Kind.DAY), "明天", "日期应写作 2027-01-01，实际是“明天”"),
        (Holds(Kind.FLAG), "也许", "应为是、否之一"),
        (Holds(Kind.CHOICE, ("a",), names={"a": "甲"}), "乙", "应为甲之一，实际是“乙”"),
        (Holds(Kind.TEXT), "一\x07二", "不能显示的字符"),
        (Holds(Kind.WORDS), "一\x07二", "不能显示的字符"),
        (Holds(Kind.TEXT), "长" * 20_001, "最多 20000 个字"),
    ],
)
def test_what_cannot_be_is_refused_in_words(what: Holds, text: str, said: str) -> None:
    with pytest.raises(FieldError, match=said):
        taken(what, text)
