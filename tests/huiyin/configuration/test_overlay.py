"""A county's rows over the shipped ones: override, add, stand before or after, disable."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiyin.configuration.document import ConfigurationError, read_document
from huiyin.configuration.overlay import Layout, laid_over
from huiyin.configuration.table import Table

LAYOUT = Layout(
    arrays={("clock",): ("id",), ("offence",): ("id", "name")},
    named={("source",): "", ("topics",): "", ("topics", "*"): "words"},
    settings=frozenset({"terms"}),
)
BASE = """
title = "台账"
words = ["一", "二"]
[limits]
most = 2
least = 1
[[clock]]
id = "simple"
days = 3
label = "答复"
[[clock]]
id = "reply"
days = 5
label = "答复"
[[clock]]
id = "asleep"
days = 1
disabled = true
[[offence]]
name = "受贿"
words = ["a"]
[[offence]]
name = "受贿"
words = ["b"]
[source.box]
adapter = "imap"
enabled = false
[source.box.options]
host = "h"
port = 1
[topics."城建"]
terms = ["小区"]
"路灯" = ["路灯"]
"井盖" = ["井盖"]
"""


def over(folder: Path, local: str, base: str = BASE) -> Table:
    (folder / "base.toml").write_text(base, "utf-8")
    (folder / "local.toml").write_text(local, "utf-8")
    shipped, county = (read_document(folder / f"{name}.toml") for name in ("base", "local"))
    return Table(laid_over(shipped, county, LAYOUT))


def ids(table: Table) -> list[str]:
    return [row["id"] for row in table["clock"]]  # type: ignore[attr-defined]


def problems(folder: Path, local: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        over(folder, local)
    return str(caught.value)


def test_without_an_overlay_all_is_as_shipped(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE, "utf-8")
    table = Table(laid_over(read_document(tmp_path / "base.toml"), None, LAYOUT))
    assert table["title"] == "台账"
    assert ids(table) == ["simple", "reply"], "what is shipped asleep does not count"
    assert len(table["offence"]) == 2  # type: ignore[arg-type]
    assert over(tmp_path, "") == table


def test_a_row_overrides_by_id_key_by_key(tmp_path: Path) -> None:
    table = over(tmp_path, '[[clock]]\nid = "reply"\ndays = 4\n')
    assert table["clock"][1] == {"id": "reply", "days": 4, "label": "答复"}  # type: ignore[index]
    assert ids(table) == ["simple", "reply"]
    assert str(table.place("clock", 1, "days")) == f"{tmp_path / 'local.toml'} 第 3 行"
    assert str(table.place("clock", 1, "label")).startswith(str(tmp_path / "base.toml"))


def test_settings_are_replaced_and_the_others_stay(tmp_path: Path) -> None:
    table = over(tmp_path, 'words = ["三"]\n[limits]\nmost = 9\n')
    assert table["words"] == ["三"]
    assert table["limits"] == {"most": 9, "least": 1}
    assert table["title"] == "台账"


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("", ["simple", "reply", "own"]),
        ('before = "simple"', ["own", "simple", "reply"]),
        ('before = "reply"', ["simple", "own", "reply"]),
        ('after = "simple"', ["simple", "own", "reply"]),
        ('after = "asleep"', ["simple", "reply", "own"]),
    ],
)
def test_a_new_row_stands_where_it_says(tmp_path: Path, place: str, order: list[str]) -> None:
    table = over(tmp_path, f'[[clock]]\nid = "own"\nnew = true\ndays = 2\n{place}\n')
    assert ids(table) == order
    assert {"new", "before", "after"}.isdisjoint(table["clock"][order.index("own")])  # type: ignore[index]


def test_a_shipped_row_moves_and_rows_follow_one_another(tmp_path: Path) -> None:
    assert ids(over(tmp_path, '[[clock]]\nid = "reply"\nbefore = "simple"\n')) == [
        "reply",
        "simple",
    ]
    text = "".join(
        f'[[clock]]\nid = "{name}"\nnew = true\nafter = "{other}"\n'
        for name, other in (("b", "a"), ("a", "simple"))
    )
    assert ids(over(tmp_path, text)) == ["simple", "a", "reply", "b"], "in the order of the file"


def test_a_row_is_disabled_and_one_that_is_shipped_asleep_is_woken(tmp_path: Path) -> None:
    assert ids(over(tmp_path, '[[clock]]\nid = "simple"\ndisabled = true\n')) == ["reply"]
    assert "asleep" in ids(over(tmp_path, '[[clock]]\nid = "asleep"\ndisabled = false\n'))
    assert "asleep" not in ids(over(tmp_path, '[[clock]]\nid = "asleep"\ndays = 2\n'))
    text = '[[clock]]\nid = "simple"\ndisabled = true\n[[clock]]\nid = "own"\nnew = true\nafter = "simple"\n'
    assert ids(over(tmp_path, text)) == ["own", "reply"], "its place is still known"


def test_rows_of_one_name_have_numbers(tmp_path: Path) -> None:
    table = over(tmp_path, '[[offence]]\nid = "受贿-2"\nwords = ["c"]\n')
    assert [row["words"] for row in table["offence"]] == [["a"], ["c"]]  # type: ignore[attr-defined]


def test_named_tables_are_rows_too(tmp_path: Path) -> None:
    table = over(
        tmp_path,
        "[source.box]\nenabled = true\n[source.box.options]\nport = 2\n"
        '[source.own]\nnew = true\nadapter = "feed"\n',
    )
    assert table["source"] == {
        "box": {"adapter": "imap", "enabled": True, "options": {"host": "h", "port": 2}},
        "own": {"adapter": "feed"},
    }
    assert over(tmp_path, "[source.box]\ndisabled = true\n")["source"] == {}


def test_lists_that_are_rows_are_written_beside_their_marks(tmp_path: Path) -> None:
    table = over(
        tmp_path,
        '[topics."城建"]\nterms = ["楼"]\n"路灯" = ["灯杆"]\n"井盖" = { disabled = true }\n'
        '"公厕" = { new = true, words = ["厕所"] }\n'
        '[topics."三农"]\nnew = true\n"灌溉" = ["水渠"]\n',
    )
    assert table["topics"] == {
        "城建": {"terms": ["楼"], "路灯": ["灯杆"], "公厕": ["厕所"]},
        "三农": {"灌溉": ["水渠"]},
    }


@pytest.mark.parametrize(
    ("local", "said"),
    [
        (
            '[[clock]]\nid = "repyl"\ndays = 4\n',
            ["第 1 行", "“repyl”", "相近的有：reply", "new = true"],
        ),
        ('[[clock]]\nid = "smple"\ndisabled = true\n', ["“smple”", "相近的有：simple"]),
        ('[[clock]]\nid = "qqq"\n', ["现有：simple、reply、asleep"]),
        (
            '[[clock]]\nid = "a"\nnew = true\nbefore = "repl"\n',
            ["before = “repl”", "相近的有：reply"],
        ),
        ('[[clock]]\nid = "reply"\nafter = "reply"\n', ["after = “reply”", "没有这样的另一行"]),
        ('[[clock]]\nid = "reply"\nafter = "simple"\nbefore = "simple"\n', ["只能写"]),
        ("[[clock]]\ndays = 4\n", ["没有 id", "请补上"]),
        ('[[clock]]\nid = "reply"\n[[clock]]\nid = "reply"\n', ["第 3 行", "重复"]),
        ('[[clock]]\nid = "reply"\ndisabled = "yes"\n', ["disabled 应为true 或 false", "'yes'"]),
        ('[[clock]]\nid = "reply"\nbefore = 1\n', ["before 应为另一行的 id"]),
        ('[source.bok]\nadapter = "imap"\n', ["“bok”", "相近的有：box"]),
        ('[topics."城健"]\n"路灯" = ["a"]\n', ["“城健”", "相近的有：城建"]),
        ('[topics."城建"]\n"路登" = ["a"]\n', ["“路登”", "路灯"]),
        ('[[clock]]\nid = "x"\n[[clock]]\nid = "y"\n', ["“x”", "“y”"]),
    ],
)
def test_what_names_nothing_is_told_with_the_nearest(
    tmp_path: Path, local: str, said: list[str]
) -> None:
    found = problems(tmp_path, local)
    for word in [str(tmp_path / "local.toml"), *said]:
        assert word in found


def test_an_upgrade_never_conflicts(tmp_path: Path) -> None:
    """Shipped rows change, move, come and fall asleep; the county's file stays as it is."""
    local = '[[clock]]\nid = "reply"\ndays = 4\n[[clock]]\nid = "own"\nnew = true\nbefore = "reply"\ndays = 2\n'
    upgraded = BASE.replace("days = 5", "days = 7").replace('label = "答复"', 'label = "回复"')
    upgraded += '[[clock]]\nid = "own"\ndays = 9\nlabel = "自带"\n'
    table = over(tmp_path, local, upgraded)
    rows = {row["id"]: row for row in table["clock"]}  # type: ignore[attr-defined]
    assert rows["reply"] == {"id": "reply", "days": 4, "label": "回复"}
    assert rows["own"] == {"id": "own", "days": 2, "label": "自带"}, "the county's word counts"
    asleep = BASE.replace("days = 5\n", "days = 5\ndisabled = true\n")
    assert ids(over(tmp_path, local, asleep)) == ["simple", "own"]
