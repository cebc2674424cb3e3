"""JSON as files: arrays, envelopes, lines, exports of MongoDB, and what is none of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.seam.base import Rejected, SourceError
from tests.streams.sources.tabular import items, only_item, only_rejected, read, row, source

ONE, TWO = row("J1", 姓名="林某"), row("J2", 姓名="何某")


def dump(value: object, **options: object) -> str:
    return json.dumps(value, ensure_ascii=False, **options)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "来信.json"


LINES = f"{dump(ONE)}\n{dump(TWO)}\n"
SHAPES = {
    "array": dump([ONE, TWO]),
    "pretty array": dump([ONE, TWO], indent=2),
    "array, an element a line": f"[\n{dump(ONE)},\n{dump(TWO)}\n]\n",
    "array, brackets beside": f"[{dump(ONE)},\n{dump(TWO)}]",
    "array with a comma too many": f"[{dump(ONE)},{dump(TWO)},]",
    "envelope": dump({"code": 0, "data": {"data": [ONE, TWO], "total": 2}}),
    "pretty envelope": dump({"code": 0, "data": {"rows": [ONE, TWO]}}, indent="\t"),
    "envelope with another list": dump({"columns": [{"name": "编号"}] * 9, "list": [ONE, TWO]}),
    "envelope in an array": dump([{"page": 1, "rows": [ONE]}, {"page": 2, "rows": [TWO]}]),
    "an envelope a line": f"{dump({'page': 1, 'rows': [ONE]})}\n{dump({'page': 2, 'rows': [TWO]})}",
    "records under their numbers": dump({"J1": ONE, "J2": TWO}),
    "the same in an envelope": dump({"code": 0, "data": {"a": ONE, "b": TWO}}),
    "hits of a search": dump(
        {"took": 1, "hits": {"hits": [{"_id": "a", "_source": ONE}, {"_id": "b", "_source": TWO}]}}
    ),
    "features of a map": dump(
        {"features": [{"type": "Feature", "properties": one} for one in (ONE, TWO)]}
    ),
    "an envelope a record": f"{dump({'code': 0, 'data': ONE})}\n{dump({'code': 0, 'data': TWO})}",
    "call-back": f"getList({dump([ONE, TWO])});",
    "call-back with an envelope": f"window.cb ({dump({'code': 0, 'rows': [ONE, TWO]})})",
    "variable": f"var letters = {dump([ONE, TWO], indent=1)};\n",
    "comments of a script": f"// exported\n[ // two\n{dump(ONE)},\n{dump(TWO)}]",
    "lines": LINES,
    "lines with marks": f"\ufeff{dump(ONE)}\n\ufeff{dump(TWO)}\n",
    "lines with commas": f"{dump(ONE)},\n{dump(TWO)},\n",
    "lines with semicolons and blanks": f"\n {dump(ONE)};\r\n\r\n {dump(TWO)};\r\n",
    "documents": f"{dump(ONE, indent=1)}\n{dump(TWO, indent=1)}\n",
    "documents with comments": f"/* 1 */\n{dump(ONE, indent=4)}\n\n/* 2 */\n{dump(TWO, indent=4)}\n",
    "documents in one line": dump(ONE) + dump(TWO),
    "list of lists": dump([list(ONE), list(ONE.values()), list(TWO.values())]),
    "names beside": dump({"columns": list(ONE), "data": [list(ONE.values()), list(TWO.values())]}),
    "names as objects": dump(
        {"head": [{"title": n} for n in ONE], "rows": [list(ONE.values()), list(TWO.values())]}
    ),
    "single quotes": str([ONE, TWO]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_shape_in_every_encoding(path: Path, shape: str, codec: str):
    if codec == "gb18030" and "marks" in shape:
        codec = "utf-8"
    path.write_bytes(SHAPES[shape].encode(codec))
    first, second = items(read(source(), path))
    assert (first.source_item_id, first.body, first.author) == ("J1", ONE["正文"], "林某")
    assert (second.source_item_id, second.title, second.author) == ("J2", TWO["标题"], "何某")
    assert first.notes == ()


@pytest.mark.parametrize(
    "text", [dump(ONE), dump(ONE, indent=2), dump([ONE]), dump({"data": [ONE]})]
)
def test_one_record(path: Path, text: str):
    path.write_text(text, "utf-8")
    assert only_item(read(source(), path)).source_item_id == "J1"


EXTENDED = {
    "relaxed": '{"_id":{"$oid":"65e2"},"编号":{"$numberLong":"250912101108115409"},'
    '"时间":{"$date":"2026-01-02T01:15:00Z"},"标题":"灯","正文":"不亮"}',
    "canonical": '{"_id":{"$oid":"65e2"},"编号":{"$numberLong":"250912101108115409"},'
    '"时间":{"$date":{"$numberLong":"1767316500000"}},"标题":"灯","正文":"不亮"}',
    "shell": '{"_id":ObjectId("65e2"),"编号":NumberLong("250912101108115409"),'
    '"时间":ISODate("2026-01-02T01:15:00Z"),"标题":"灯","正文":"不亮"}',
    "shell, pretty": '/* 1 */\n{\n    "_id" : ObjectId("65e2"),\n    "编号" : NumberLong('
    '250912101108115409),\n    "时间" : ISODate("2026-01-02T01:15:00.000Z"),\n'
    '    "标题" : "灯",\n    "正文" : "不亮"\n}\n',
}


@pytest.mark.parametrize("form", EXTENDED)
@pytest.mark.parametrize("around", ["{}", "[{}]", "{}\n{}"])
def test_exports_of_mongodb(path: Path, form: str, around: str):
    path.write_text(around.replace("{}", EXTENDED[form]), "utf-8")
    for item in items(read(source(), path)):
        assert item.source_item_id == "250912101108115409"
        assert item.received_at == datetime(2026, 1, 2, 9, 15, tzinfo=BEIJING)
        assert item.extra == {"_id": "65e2"}


def test_a_text_that_looks_like_the_shell_is_text(path: Path):
    path.write_text(dump([row("J1", 正文='他写了 ISODate("x") 和 {"a":[1')]), "utf-8")
    assert only_item(read(source(), path)).body == '他写了 ISODate("x") 和 {"a":[1'


def test_lists_of_files_and_nested_values(path: Path):
    path.write_text(dump([row("J1", 附件=["一.jpg", "二.pdf"], 其他={"a": [1]})]), "utf-8")
    item = only_item(read(source(), path))
    assert [file.name for file in item.attachments] == ["一.jpg", "二.pdf"]
    assert item.extra == {"其他": '{"a":[1]}'}


def test_long_numbers_keep_their_digits_or_are_refused(path: Path):
    path.write_text(
        '[{"编号":250912101108115409,"时间":"2026-01-02","标题":"甲","正文":"乙"},'
        '{"编号":250912101108115400,"时间":"2026-01-02","标题":"甲","正文":"乙"},'
        '{"编号":2.5e17,"时间":"2026-01-02","标题":"甲","正文":"乙"}]',
        "utf-8",
    )
    first, *others = read(source(), path)
    assert isinstance(first, Item)
    assert first.source_item_id == "250912101108115409"
    assert [one.reason for one in others if isinstance(one, Rejected)] == ["rounded_id"] * 2


def test_a_broken_record_costs_itself(path: Path):
    bad = dump(ONE).replace('"标题":', '"标题"')
    path.write_text(f"[{bad},{dump(TWO)}, 17, null]", "utf-8")
    found = read(source(), path)
    reasons = [one.reason for one in found if isinstance(one, Rejected)]
    assert reasons == ["bad_json"] * 2
    assert found[-1].original == b"17, null"  # type: ignore[union-attr]
    assert [one.source_item_id for one in found if isinstance(one, Item)] == ["J2"]
    assert found[0].origin.endswith("第 1 条")  # type: ignore[union-attr]


def test_a_file_cut_short_says_so_and_keeps_the_rest(path: Path):
    path.write_text(dump([ONE, TWO])[:-40], "utf-8")
    found = read(source(), path)
    assert isinstance(found[0], Item)
    assert "中断" in only_rejected(found).detail
    path.write_text(dump({"data": [ONE]}, indent=1)[:-40], "utf-8")
    with pytest.raises(SourceError, match="JSON，但不完整"):
        read(source(), path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"code": 401, "msg": "登录已过期"}', "内容是 JSON.*实际表头：code、msg"),
        (
            '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{}}]}',
            "内容是 JSON",
        ),
        ("[]", "内容是 JSON"),
        ('["a", "b"]', "内容是 JSON"),
        ("[1, 2]", "内容是 JSON"),
    ],
)
def test_other_json_is_called_json(path: Path, text: str, said: str):
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=said):
        read(source(), path)


_records = st.lists(
    st.fixed_dictionaries(
        {
            "编号": st.integers(1, 99).map(lambda n: f"J{n}"),
            "时间": st.just("2026-01-02 09:00:00"),
            "标题": st.just("标题"),
            "正文": st.text(
                st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30
            ),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda record: record["编号"],
)


@hypothesis_settings(max_examples=60)
@given(
    _records,
    st.sampled_from(["array", "pretty", "lines", "envelope", "documents"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_every_record_arrives_in_any_shape(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, str]],
    shape: str,
    codec: str,
):
    for number, record in enumerate(records):
        record["正文"] = f"〔{number}〕{record['正文']}〔完{number}〕"
    text = {
        "array": dump(records),
        "pretty": dump(records, indent=2),
        "lines": "\n".join(map(dump, records)),
        "envelope": dump({"code": 0, "result": {"list": records}}),
        "documents": "\n".join(dump(record, indent=1) for record in records),
    }[shape]
    path = tmp_path_factory.mktemp("json") / "x"
    path.write_bytes(text.encode(codec))
    found = items(read(source(), path))
    assert len(found) == len(records)
    for number, item in enumerate(found):
        assert item.body.startswith(f"〔{number}〕")
        assert item.body.endswith(f"〔完{number}〕")


@pytest.mark.parametrize(
    "bad", ['"\\ud800"', '"水\\udfff管"', '{"内": ["\\udc00"]}', '{"\\ud83d": 1}']
)
@pytest.mark.parametrize(
    "frame",
    [
        '{"code": 0, "data": {"rows": [ONE, BAD, TWO]}}',
        "[ONE, BAD, TWO]",
        "ONE\nBAD\nTWO\n",
        '[{"rows": [ONE]}, {"rows": [BAD, TWO]}]',
    ],
)
def test_half_a_character_costs_its_own_record_only(path: Path, frame: str, bad: str):
    broken = dump(row("J9"))[:-1] + f', "附": {bad}}}'
    text = frame.replace("ONE", dump(ONE)).replace("TWO", dump(TWO)).replace("BAD", broken)
    path.write_text(text, "utf-8")
    found = read(source(), path)
    rejected = only_rejected(found)
    assert rejected.reason == "bad_encoding"
    assert b"J9" in rejected.original
    assert [one.source_item_id for one in found if isinstance(one, Item)] == ["J1", "J2"]


def test_a_record_with_an_object_in_it_stays_whole(path: Path):
    path.write_text(dump([{**ONE, "附表": {"编号": "内1", "时间": "无", "标题": "无"}}]), "utf-8")
    found = only_item(read(source(), path))
    assert (found.source_item_id, found.body) == ("J1", ONE["正文"])
    assert "内1" in str(found.extra)


def test_what_stands_beside_a_wrapped_record_is_kept(path: Path):
    path.write_text(dump({"list": [{"_source": ONE, "来路": "窗口"}]}), "utf-8")
    assert only_item(read(source(), path)).extra["来路"] == "窗口"


@pytest.mark.parametrize("value", ['BinData(0,"aGk=")', 'DBRef("files", "7")', 'HexData(0,"00")'])
def test_further_types_of_the_shell(path: Path, value: str):
    path.write_text(f'{dump(ONE)[:-1]}, "x": {value}, "_id": ObjectId("65e0")}}\n', "utf-8")
    found = only_item(read(source(), path))
    assert found.body == ONE["正文"]
    assert found.extra["x"] == value
