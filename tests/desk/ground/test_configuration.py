"""One configuration: every file read once, the county's rows over the shipped ones, one number."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from desk.ground import configuration as module
from desk.ground import settings as settings_module
from desk.ground import wiring
from desk.ground.configuration import ADDED, LAYOUTS, Configuration
from desk.ground.settings import SettingsError, read_settings
from huiyin.configuration.document import Located, read_document
from huiyin.configuration.overlay import row_id

SHIPPED_IDS = Path(__file__).with_name("shipped_ids.txt")


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "local"
    folder.mkdir()
    return folder


def overlaid(root: Path, local: Path) -> Configuration:
    return Configuration(root / "config", local)


def ids(configuration: Configuration) -> list[str]:
    """`table path id` of every row of every table."""
    found: list[str] = []

    def walk(node: Located, path: tuple[str, ...], name: str) -> None:
        layout = LAYOUTS[name]
        if keys := layout.arrays.get(path):
            rows = node.value if isinstance(node.value, list) else []
            found.extend(f"{name} {'.'.join(path)} {row_id(row, keys)}" for row in rows)
        elif isinstance(node.value, dict):
            for key, inner in node.value.items():
                if layout.leaf(path) is not None and key not in layout.settings:
                    found.append(f"{name} {'.'.join(path)} {key}")
                walk(inner, (*path, key), name)

    for name in LAYOUTS:
        walk(configuration.table(name).root, (), name)
    return found


def test_every_shipped_row_has_an_id_of_its_own(root: Path) -> None:
    found = ids(Configuration(root / "config"))
    assert len(found) > 600
    assert len(set(found)) == len(found)
    assert all(line.split(" ")[2] for line in found)


def test_every_shipped_file_is_known_and_every_known_file_is_shipped(root: Path) -> None:
    assert {path.name for path in (root / "config").glob("*.toml")} == set(LAYOUTS)
    assert Configuration(root / "config").problems() == []


def test_one_start_reads_each_file_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    actual = read_document

    def counted(path: Path) -> Located:
        read.append(path.name)
        return actual(path)

    monkeypatch.setattr(module, "read_document", counted)
    # Not the one that the tests share.
    monkeypatch.setattr(settings_module, "Configuration", Configuration)
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_CLASSIFIER": "rules"})
    wiring.build_processor(settings)
    wiring.build_columns(settings)
    wiring.source_entries(settings)
    wiring.build_matters(settings)
    assert sorted(read) == sorted(LAYOUTS)
    assert wiring.build_rules(settings) is wiring.build_rules(settings), "made once"


def test_what_is_changed_later_is_another_configuration(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(root / "config", folder)
    before = Configuration(folder)
    number = before.number
    path = folder / "handling.toml"
    path.write_text(path.read_text("utf-8").replace("most = 2 ", "most = 3 "), "utf-8")
    assert before.table("handling.toml")["returns"]["most"] == 2  # type: ignore[index]
    assert before.number == number
    assert Configuration(folder).number != number


def test_the_number_is_of_the_content_wherever_it_is_written(
    root: Path, tmp_path: Path, local: Path
) -> None:
    shipped = Configuration(root / "config").number
    shutil.copytree(root / "config", tmp_path / "config")
    assert Configuration(tmp_path / "config").number == shipped
    assert overlaid(root, local).number == shipped, "an empty overlay changes nothing"
    (local / "handling.toml").write_text("[returns]\nmost = 3\n", "utf-8")
    path = tmp_path / "config" / "handling.toml"
    path.write_text(path.read_text("utf-8").replace("most = 2 ", "most = 3 "), "utf-8")
    assert overlaid(root, local).number == Configuration(tmp_path / "config").number != shipped


def test_a_county_changes_units_clocks_and_columns_in_its_own_folder(
    root: Path, local: Path
) -> None:
    (local / "units.toml").write_text(
        '[[unit]]\nid = "housing"\nname = "县住建局"\naliases = []\n'
        '[[unit]]\nid = "lake"\nnew = true\nname = "湖区管委会"\nkind = "驻区单位"\n'
        '[[event]]\nid = "fire"\ndisabled = true\n',
        "utf-8",
    )
    (local / "deadlines.toml").write_text(
        '[[clock]]\nid = "reply-suggestion"\nnew = true\nbefore = "reply"\nname = "reply"\n'
        'label = "答复"\nworking_days = 10\nsource = "县政府办〔2026〕5号"\n'
        'when = { kind = "建言" }\n',
        "utf-8",
    )
    (local / "ledger.toml").write_text('[[column]]\nkey = "promises"\nbefore = "state"\n', "utf-8")
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(local)})
    register = wiring.build_router(settings).register
    assert register.name("housing") == "县住建局"
    assert "lake" in register
    clocks = [rule.id for rule in wiring.build_policy(settings).rules]
    at = clocks.index("reply-suggestion")
    assert clocks[at - 1 : at + 2] == ["reply-simple", "reply-suggestion", "reply"]
    keys = [row["key"] for row in settings.table("ledger.toml")["column"]]  # type: ignore[attr-defined]
    assert keys.index("promises") == keys.index("state") - 1


def test_a_mistake_in_the_overlay_names_its_file_and_line(root: Path, local: Path) -> None:
    (local / "units.toml").write_text('[[unit]]\nid = "housing"\nparent = "nobody"\n', "utf-8")
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(local)})
    with pytest.raises(SettingsError) as caught:
        wiring.build_router(settings)
    assert f"{local / 'units.toml'} 第 1 行" in str(caught.value)
    assert "'nobody'" in str(caught.value)


def test_a_new_row_that_is_unfinished_is_told_at_its_place(root: Path, local: Path) -> None:
    (local / "units.toml").write_text('[[unit]]\nid = "lake"\nnew = true\nname = "湖区"\n', "utf-8")
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(local)})
    with pytest.raises(SettingsError, match=r"键 kind：缺少这个必填的键") as caught:
        wiring.build_router(settings)
    assert f"{local / 'units.toml'} 第 1 行" in str(caught.value)


def test_unknown_files_and_folders_are_told(root: Path, local: Path, tmp_path: Path) -> None:
    (local / "unit.toml").write_text("", "utf-8")
    (local / "README.md").write_text("ours", "utf-8")
    assert overlaid(root, local).problems() == []
    (problem,) = overlaid(root, local).unknown_files
    assert "unit.toml：没有叫这个名字的配置文件；相近的有：units.toml" in problem
    (problem,) = overlaid(root, tmp_path / "nothing").problems()
    assert "HUIYIN_OVERLAY 应为本地配置的文件夹" in problem


def test_ids_that_were_shipped_stay(root: Path) -> None:
    """A county's overlay may name any of them. A row that is not wanted any more stays in its
    table with `disabled = true`, or its id under `[retired]`; new ids are written into the list beside this test. The names
    of topics come from the taxonomy and are not listed."""
    kept = SHIPPED_IDS.read_text("utf-8").splitlines()
    now = ids(Configuration(root / "config"))
    asleep = [
        f"{name} {'.'.join(path)} {row_id(row, keys)}"
        for name, layout in LAYOUTS.items()
        for path, keys in layout.arrays.items()
        for row in _rows(read_document(root / "config" / name), path)
    ]
    retired = [
        f"units.toml unit {name}"
        for name in tomllib.loads((root / "config/units.toml").read_text("utf-8"))["retired"][
            "unit"
        ]
    ]
    gone = set(kept) - {*now, *asleep, *retired}
    assert not gone, f"a county's overlay may name these: {sorted(gone)}"


def _rows(node: Located, path: tuple[str, ...]) -> list[Located]:
    """The rows of an array as they are written, those that are asleep among them."""
    for step in path:
        inner = node.value.get(step) if isinstance(node.value, dict) else None
        if inner is None:
            return []
        node = inner
    return node.value if isinstance(node.value, list) else []


def test_a_whole_folder_from_before_lacks_what_came_later_and_starts(
    tmp_path: Path, root: Path
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(root / "config", folder)
    for name in ADDED:
        (folder / name).unlink()
    whole, older = Configuration(root / "config"), Configuration(folder)
    assert older.problems() == []
    assert older.number == whole.number
    (folder / "units.toml").unlink()
    assert "units.toml" in "".join(Configuration(folder).problems())
