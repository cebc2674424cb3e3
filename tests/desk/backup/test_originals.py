"""Files that were taken in whole go with an erased person, and no other file does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from desk.backup.originals import forget_originals, originals, unread_originals
from desk.ground.settings import Settings, read_settings
from streams.embedded.erasing import Person

NAME, PHONE, MAIL, PLACE, SHORT, LONG = (
    "欧阳标记", "13900007777", "mark@example.org", "标记巷九号院", "117", "BX20260001",
)  # fmt: skip
HEAD = "信件编号,写信人,电话,内容\n"


@pytest.fixture
def settings(tmp_path: Path, root: Path) -> Settings:
    home = tmp_path / "home"
    for folder in ("uploads", "drop/board"):
        (home / folder / "done").mkdir(parents=True)
    return read_settings({"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(root / "config")})


def person(**known: str) -> Person:
    told = {"author": NAME, "phone": PHONE, "email": MAIL, "address": PLACE, "number": SHORT}
    return Person(**{**told, **known})


def put(settings: Settings, text: str, name: str = "a.csv", folder: str = "uploads/done") -> Path:
    path = settings.home / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    "row",
    [
        f"9,别人,,请打{PHONE}",
        "9,别人,+86 139-0000-7777,无",
        f"9,别人,,发到{MAIL.upper()}。谢谢",
        f"{SHORT},{NAME},,无",
        f'="{SHORT}",{NAME},,无',
        f"{SHORT},,,我住{PLACE}",
    ],
)
def test_a_file_with_a_row_of_the_person_goes(settings: Settings, row: str) -> None:
    path = put(settings, HEAD + row + "\n")
    remarks = put(settings, "第 2 行没有收下", "a.csv.说明.txt")
    watched = put(settings, HEAD + row + "\n", folder="drop/board/done")
    assert forget_originals(settings, [person()]) == 2
    assert [each.exists() for each in (path, remarks, watched)] == [False] * 3


@pytest.mark.parametrize(
    "row",
    [
        f"9,{NAME},,同名的另一个人",
        f"9,别人,,我也住{PLACE}",
        f"{SHORT},别人,,另一个来源的同一个编号",
        f"{SHORT}0,{NAME},,编号的一部分",
        f"9,别人,,金额 {SHORT} 元",
        f"9,别人,{PHONE}1,号码的一部分",
        f"9,别人,,订单 1{PHONE}",
        f"{SHORT},别人,,无\n10,{NAME},,不在同一行",
    ],
)
def test_a_file_of_others_stays(settings: Settings, row: str) -> None:
    path = put(settings, HEAD + row + "\n")
    assert forget_originals(settings, [person()]) == 0
    assert path.exists()


def test_a_long_number_tells_by_itself_as_a_whole_cell(settings: Settings) -> None:
    """Of a person who gave no name."""
    part, whole = put(settings, f"{HEAD}{LONG}-2,,,见 {LONG}\n"), put(
        settings, f"{HEAD}{LONG},,,无\n", "b.csv"
    )  # fmt: skip
    assert forget_originals(settings, [person(author="匿名", number=LONG, phone="", email="")]) == 1
    assert (part.exists(), whole.exists()) == (True, False)


def test_workbooks_and_json_are_read_as_the_intake_reads_them(settings: Settings) -> None:
    book = Workbook(str(settings.uploads_folder / "done" / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["信件编号", "写信人"])
    sheet.write_row(1, 0, [int(SHORT), NAME])
    book.close()
    rows = [{"信件编号": "1", "写信人": "别人", "电话": int(PHONE)}]
    put(settings, json.dumps({"code": 0, "data": rows}), "a.json")
    assert forget_originals(settings, [person()]) == 2


def test_only_folders_of_the_intake_are_looked_into(settings: Settings, tmp_path: Path) -> None:
    text = f"{HEAD}{SHORT},{NAME},{PHONE},无\n"
    elsewhere = put(settings, text, folder="papers/done")
    deeper = put(settings, text, folder="uploads/done/2024")
    failed = put(settings, text, folder="drop/board/failed")
    outside = tmp_path / "list.csv"
    outside.write_text(text, "utf-8")
    (settings.uploads_folder / "done" / "link.csv").symlink_to(outside)
    assert (originals(settings), unread_originals(settings)) == ([], [failed])
    assert forget_originals(settings, [person()]) == 0
    assert elsewhere.exists()
    assert deeper.exists()
    assert outside.exists()


def test_a_file_that_cannot_be_read_stays(settings: Settings) -> None:
    path = settings.uploads_folder / "done" / "a.xlsx"
    path.write_bytes(b"PK\x03\x04" + PHONE.encode())
    assert forget_originals(settings, [person()]) == 0
    assert originals(settings) == [path]
