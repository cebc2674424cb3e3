"""CSV and JSON lines: encodings, delimiters, damaged rows, and files that are none."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cases.record.item import Item
from streams.sources.seam.base import Rejected, SourceError
from tests.streams.sources.tabular import (
    NOW,
    codes,
    csv_text,
    items,
    only_item,
    only_rejected,
    read,
    row,
    source,
    write_csv,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "来信.csv"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_every_usual_encoding(path: Path, encoding: str):
    write_csv(path, [row("T1"), row("T2", 正文="第二封：井盖丢失，请尽快补上。")], encoding)
    first, second = items(read(source(), path))
    assert (first.source_item_id, first.title) == ("T1", "路灯不亮 T1")
    assert second.body == "第二封：井盖丢失，请尽快补上。"


def test_rare_characters_of_gb18030(path: Path):
    write_csv(path, [row(正文="𠮷家庄的㙍路口 €")], "gb18030")
    assert only_item(read(source(), path)).body == "𠮷家庄的㙍路口 €"


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_kr"])
def test_a_foreign_encoding_is_an_error_that_shows_the_header(path: Path, encoding: str):
    path.write_bytes("番號,題目\n1,道路\n".encode(encoding, "replace"))
    with pytest.raises(SourceError, match=r"乱码|编码无法辨认"):
        read(source(), path)


def test_random_bytes_are_no_text(path: Path):
    path.write_bytes(bytes(range(128, 256)) * 40)
    with pytest.raises(SourceError, match="UTF-8 或 GB18030"):
        read(source(), path)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_few_undecodable_bytes_cost_one_row_only(path: Path, encoding: str):
    rows = [row(f"T{n}", 正文="小区门口积水，出行不便，请派人来看一看。" * 5) for n in range(8)]
    damaged = csv_text(rows).encode(encoding).replace(b"T3,", b"T3,", 1)
    place = damaged.index("路灯不亮 T3".encode(encoding))
    path.write_bytes(damaged[:place] + b"\xff\xff" + damaged[place:])
    found = read(source(), path)
    rejected = only_rejected(found)
    assert (rejected.reason, len(found)) == ("bad_encoding", 8)
    assert b"ffff" in rejected.original
    (again,) = source().replay(rejected.original, now=NOW)
    assert isinstance(again, Rejected)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(path: Path, delimiter: str):
    path.write_text(csv_text([row(正文="路灯,坏了;三|天")], delimiter), "utf-8")
    assert only_item(read(source(), path)).body == "路灯,坏了;三|天"


def test_line_breaks_and_quotes_inside_a_cell(path: Path):
    body = '第一行，\r\n第二行说"灯不亮"\n第三行'
    write_csv(path, [row("T1", 正文=body), row("T2")])
    first, second = items(read(source(), path))
    assert first.body == body
    assert second.source_item_id == "T2"


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cf"], include_characters="\n\t\"',"),
        min_size=1,
        # What a spreadsheet leaves of a broken formula is not what the citizen wrote, and what
        # an export puts in front against one is neither (test_guards.py).
    ).filter(lambda text: text.strip() and text.strip()[0] not in "#='’`"),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_any_body_comes_back_as_it_was(path: Path, body: str, encoding: str):
    write_csv(path, [row("T1", 正文=body), row("T2")], encoding)
    assert [one.body for one in items(read(source(), path))] == [body.strip(), row("T2")["正文"]]


def test_title_rows_above_the_header_and_repeated_headers(path: Path):
    text = csv_text([row("T1")])
    path.write_text(
        "某区来信汇总,,,\n导出时间 2025,,,\n" + text + text.replace("T1", "T2"), "utf-8"
    )
    assert [one.source_item_id for one in items(read(source(), path))] == ["T1", "T2"]


def test_blank_rows_are_no_rows(path: Path):
    path.write_text(csv_text([row("T1")]) + ",,,\n\n  ,,,\n", "utf-8")
    assert only_item(read(source(), path)).source_item_id == "T1"


@pytest.mark.parametrize("body", ["路灯坏了，请修", "少一列"])
def test_rows_of_another_width_are_dead_letters_that_stay_held(path: Path, body: str):
    wrong = (
        "T2,2025-09-01 09:05:00,标题,路灯坏了,请修\n"
        if "请修" in body
        else "T2,2025-09-01 09:05:00,标题\n"
    )
    path.write_text(csv_text([row("T1")]) + wrong + "T3,2025-09-01 09:05:00,标题,正文\n", "utf-8")
    found = read(source(), path)
    rejected = only_rejected(found)
    assert [type(one) for one in found] == [Item, Rejected, Item]
    assert rejected.reason == "cell_count"
    assert rejected.origin == "文件 来信.csv 第 3 行"
    (again,) = source().replay(rejected.original, now=NOW)
    assert isinstance(again, Rejected)
    assert again.reason == "cell_count"


def test_empty_cells_beyond_the_header_are_harmless(path: Path):
    path.write_text(csv_text([row("T1")]).replace("编号 T1\r\n", "编号 T1,,\r\n"), "utf-8")
    assert only_item(read(source(), path)).source_item_id == "T1"


def test_an_unclosed_quote_does_not_swallow_rows_in_silence(path: Path):
    text = (
        csv_text([row("T1")])
        + 'T2,2025-09-01 09:05:00,标题,"没有收尾\nT3,2025-09-01 09:05:00,标题,正文\n'
    )
    path.write_text(text, "utf-8")
    rejected = only_rejected(read(source(), path))
    assert rejected.reason == "unclosed_quote"
    assert "T3" in rejected.original.decode()


def test_quotes_in_the_middle_of_a_plain_cell_are_text(path: Path):
    path.write_text('编号,时间,标题,正文\nT1,2025-09-01,标题,5"水管\n', "utf-8")
    assert only_item(read(source(), path)).body == '5"水管'


def test_nul_inside_a_text_is_damage(path: Path):
    write_csv(path, [row("T1"), row("T2", 正文="路灯\x00坏了"), row("T3")])
    found = read(source(), path)
    assert only_rejected(found).reason == "nul_bytes"
    assert len(found) == 3


def test_nul_padding_around_a_text_is_dropped_with_a_note(path: Path):
    write_csv(path, [row("T1\x00\x00", 标题="路灯不亮\x00\x00")])
    item = only_item(read(source(), path))
    assert (item.source_item_id, item.title, codes(item)) == ("T1", "路灯不亮", ["nul_padding"])


def test_control_characters_are_dropped_with_a_note(path: Path):
    write_csv(path, [row(正文="路灯\x0b坏了\x07")])
    item = only_item(read(source(), path))
    assert (item.body, codes(item)) == ("路灯坏了", ["control_characters"])


def test_a_cell_of_ten_megabytes_is_a_dead_letter_with_all_of_it(path: Path):
    write_csv(path, [row("T1"), row("T2", 正文="灯" * 3_500_000), row("T3")])
    assert path.stat().st_size > 10_000_000
    found = read(source(), path)
    rejected = only_rejected(found)
    assert [type(one) for one in found] == [Item, Rejected, Item]
    assert rejected.reason == "cell_too_long"
    assert json.loads(rejected.original)["row"]["正文"] == "灯" * 3_500_000


def test_a_record_without_end_stops_the_reading(path: Path):
    path.write_text(csv_text([row("T1")]) + '"' + "灯\n" * 3000, "utf-8")
    with pytest.raises(SourceError, match="引号没有成对"):
        read(source(limits={"max_record_chars": 2000}), path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空文件"),
        (b"\r\n\r\n", "没有任何内容|缺少必需的列"),
        ("编号,时间,标题,正文\n".encode(), "只有表头"),
        (b"%PDF-1.7 ...", "PDF"),
        (gzip.compress(b"x" * 100, mtime=0), "gzip"),
        ("<html><table><tr><td>编号</td></tr></table>".encode(), "缺少必需的列"),
        (b'<?xml version="1.0"?><Workbook/>', "另存为 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "Excel 97"),
    ],
)
def test_a_file_with_nothing_to_take_in_is_an_error(path: Path, content: bytes, message: str):
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        read(source(), path)
    assert "来信.csv" in str(caught.value)


def test_missing_columns_name_what_was_found_and_where_to_add_aliases(path: Path):
    path.write_text("编号,受理日,标题\nT1,2025-09-01,路灯\n", "utf-8")
    with pytest.raises(SourceError) as caught:
        read(source(), path)
    message = str(caught.value)
    for part in (
        "received_at（认得的列名：时间）",
        "body",
        "编号、受理日、标题",
        "[source.plain.options.columns]",
    ):
        assert part in message


def test_too_large_a_file_is_refused_unread(path: Path):
    with path.open("wb") as file:
        file.truncate(3 << 20)
    with pytest.raises(SourceError, match="上限 2 MB"):
        read(source(limits={"max_file_mb": 2}), path)


def test_a_vanished_file(tmp_path: Path):
    with pytest.raises(SourceError, match="找不到"):
        read(source(), tmp_path / "没有.csv")


def test_a_file_name_that_does_not_decode(tmp_path: Path):
    path = tmp_path / os.fsdecode("工单.csv".encode("gb18030"))
    write_csv(path, [row("T1"), row("T2", 时间="昨天")])
    rejected = only_rejected(read(source(), path))
    assert rejected.origin.encode("utf-8").endswith("第 3 行".encode())


def test_a_damaged_header_is_shown_without_the_damage(path: Path):
    path.write_bytes(
        csv_text([row("T1")] * 50).encode().replace("编号,".encode(), b"\xff\xfe\xff,", 1)
    )
    with pytest.raises(SourceError) as caught:
        read(source(), path)
    assert "缺少必需的列：id" in str(caught.value).encode("utf-8").decode()


def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path):
    with pytest.raises(SourceError, match="文件夹"):
        read(source(), tmp_path)
    os.mkfifo(tmp_path / "管道.csv")
    with pytest.raises(SourceError, match="普通文件"):
        read(source(), tmp_path / "管道.csv")


def test_no_permission(path: Path, monkeypatch: pytest.MonkeyPatch):
    write_csv(path, [row()])

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("streams.sources.tables.tables.os.open", refuse)
    with pytest.raises(SourceError, match="没有读取权限"):
        read(source(), path)


def test_a_file_that_another_program_locks(path: Path):
    write_csv(path, [row()])
    with path.open("rb+") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(SourceError, match="锁定"):
            read(source(), path)
    assert len(read(source(), path)) == 1


@pytest.mark.parametrize("size", [600_000, 900_000])
def test_a_file_that_changes_while_it_is_read_is_not_taken_as_complete(path: Path, size: int):
    write_csv(path, [row(f"T{n}", 正文=f"{n} 号楼漏水" * 20) for n in range(2000)])
    batches = source(batch_rows=100).read(path, now=NOW)
    first = next(batches)
    os.truncate(path, size)
    with pytest.raises(SourceError, match="读取过程中发生变化"):
        list(batches)
    assert len(first.found) == 100


def test_a_file_that_grows_by_whole_rows_is_not_taken_as_complete(path: Path):
    write_csv(path, [row(f"T{n}") for n in range(300)])
    batches = source(batch_rows=100).read(path, now=NOW)
    next(batches)
    with path.open("ab") as file:
        file.write(csv_text([row("T300")]).splitlines(keepends=True)[1].encode())
    with pytest.raises(SourceError, match="读取过程中发生变化"):
        list(batches)


def test_a_removed_file_is_read_to_its_end(path: Path):
    write_csv(path, [row(f"T{n}") for n in range(300)])
    batches = source(batch_rows=100).read(path, now=NOW)
    first = next(batches)
    path.unlink()
    assert len(first.found) + sum(len(batch.found) for batch in batches) == 300


def test_a_failing_disk_is_told_in_plain_words(path: Path, monkeypatch: pytest.MonkeyPatch):
    write_csv(path, [row()])

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("streams.sources.tables.tables.detect", fail)
    with pytest.raises(SourceError, match="读取中断"):
        read(source(), path)


def test_batches_say_how_far_the_reading_is(path: Path):
    write_csv(path, [row(f"T{n}", 正文=f"{n} 号楼漏水" * 30) for n in range(1200)])
    batches = list(source().read(path, now=NOW))
    assert [len(batch.found) for batch in batches] == [500, 500, 200]
    done = [batch.done for batch in batches]
    assert done == sorted(done)
    assert {batch.total for batch in batches} == {path.stat().st_size}
    assert done[-1] == path.stat().st_size


def test_the_same_number_for_two_different_messages(path: Path):
    write_csv(
        path,
        [
            row("T1", 标题="路灯不亮", 正文="桥头路灯坏了"),
            row("T1", 标题="井盖丢失", 正文="学校门口少了井盖", 时间="2025-09-02 10:00:00"),
            row("T1", 标题="路灯不亮", 正文="桥头路灯坏了，已经三天"),
            row("T1", 标题="路灯又不亮", 正文="桥头路灯坏了"),
            row("T1", 标题="路灯不亮", 正文="桥头路灯坏了"),
        ],
    )
    lamp, cover = items(read(source(), path))
    assert (lamp.source_item_id, lamp.body) == ("T1", "桥头路灯坏了，已经三天")
    assert "路灯又不亮" in {lamp.title, *lamp.extra.values()}
    assert (cover.source_item_id, cover.body) == ("T1@20250902100000", "学校门口少了井盖")
    assert codes(cover) == ["number_shared"]


def test_a_held_row_of_older_dead_letters_passes_only_when_it_is_released():
    packed = {"origin": "文件 x.csv 第 3 行", "row": row("T1"), "held": "id_reused"}
    (again,) = source().replay(json.dumps(packed).encode(), now=NOW)
    assert isinstance(again, Rejected)
    del packed["held"]
    (passed,) = source().replay(json.dumps(packed).encode(), now=NOW)
    assert isinstance(passed, Item)


def test_numbers_that_a_spreadsheet_rounded_and_saved_as_text(path: Path):
    write_csv(path, [row(f"2509121011081{n:02}000") for n in range(5)])
    with pytest.raises(SourceError, match="trailing_zero_ids"):
        read(source(), path)
    assert len(items(read(source(trailing_zero_ids=True), path))) == 5
    write_csv(
        path, [row("250912101108115000"), row("250912101108115409"), row("250912101108115410")]
    )
    assert len(items(read(source(), path))) == 3


def test_json_lines(path: Path):
    lines = [row("T1", 赞=3, 保密=True), {"其他": ["甲", 1], **row("T2")}, row(123, 标题=None)]
    path.write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n", "utf-8"
    )
    first, second, third = items(read(source(), path))
    assert (first.likes, first.confidential) == (3, True)
    assert second.extra == {"其他": '["甲",1]'}
    assert (third.source_item_id, codes(third)) == ("123", ["title_missing"])


def test_bad_lines_of_json_are_dead_letters(path: Path):
    good = json.dumps(row("T1"), ensure_ascii=False)
    lines = [
        good,
        "{坏",
        "[1]",
        '{"编号": "T2"}',
        json.dumps(row(250912101108115400)),
        json.dumps(row(250912101108115409)),
        '{"编号": "\\ud800"}',
    ]
    path.write_text("\n".join(lines), "utf-8")
    found = read(source(), path)
    reasons = [one.reason for one in found if isinstance(one, Rejected)]
    assert reasons == ["bad_json", "bad_json", "missing_column", "rounded_id", "bad_encoding"]
    # A number that JSON carries with all its digits is as good as a text.
    assert "250912101108115409" in [o.source_item_id for o in found if isinstance(o, Item)]
    assert found[1].original == "{坏\n".encode()  # type: ignore[union-attr]


def test_json_lines_without_the_columns_at_all(path: Path):
    path.write_text('{"a": 1}\n{"b": 2}\n', "utf-8")
    with pytest.raises(SourceError, match="实际表头：a、b"):
        read(source(), path)


def test_a_large_file_is_told_of_from_its_first_walk_on(path: Path) -> None:
    rows = [row(f"T{n}") for n in range(12_000)]
    write_csv(path, rows)
    batches = list(source().read(path, now=NOW))
    assert not batches[0].found, "the first walk has something to tell, and nothing to give"
    done = [batch.done for batch in batches]
    assert done == sorted(done)
    assert 0 < done[0] < done[-1] == batches[-1].total
    assert sum(len(batch.found) for batch in batches) == 12_000


def test_a_small_file_gives_no_empty_batch(path: Path) -> None:
    write_csv(path, [row("T1"), row("T2")])
    (batch,) = source().read(path, now=NOW)
    assert len(batch.found) == 2
