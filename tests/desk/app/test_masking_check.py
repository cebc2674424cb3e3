"""`huiyin masking-check` on labelled sets and on letters that nobody labelled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk.app.cli import app

LABELLED = {
    "id": "a1",
    "form": "mobile-plain",
    "text": "请打13812345678找县住建局",
    "mask": [{"text": "13812345678", "kind": "phone", "start": 2, "end": 13}],
    "keep": ["县住建局"],
    "split": "tune",
}


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["masking-check", *arguments])
    return result.exit_code, result.output


def test_a_labelled_set_gives_recall_by_kind_and_form(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(LABELLED, ensure_ascii=False) + "\n", "utf-8")
    status, text = run(str(path))
    assert status == 0
    assert "phone  1  1  100.0%" in text
    assert "mobile-plain  1  1  100.0%" in text
    assert "查准率 100.0%" in text
    status, text = run(str(path), "--json")
    assert json.loads(text)["by_kind"]["phone"] == {"labelled": 1, "hidden": 1}
    assert "来信 0 件" in run(str(path), "--split", "final")[1]


def test_letters_without_labels_show_what_was_taken(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("我叫王小明，电话13812345678", "utf-8")
    (tmp_path / "two.csv").write_text("编号,诉求内容\n1,路灯坏了\n2,找李建国先生\n", "utf-8")
    (tmp_path / "three.jsonl").write_text('{"title": "停水", "body": "打13912345678"}\n', "utf-8")
    status, text = run(str(tmp_path))
    assert status == 0
    for part in ("one.txt  姓名  …我叫【王小明】", "two.csv:3  姓名", "three.jsonl:1  手机号"):
        assert part in text
    assert "来信 4 件，有遮盖的 3 件" in text
    assert "姓名 2 处" in text


@pytest.mark.parametrize(
    ("name", "content", "arguments", "told"),
    [
        ("a.csv", "甲,乙\n1,2\n".encode(), (), "表头是：甲、乙。请用 --column"),
        ("a.csv", "甲,乙\n1,2\n".encode(), ("--column", "丙"), "没有“丙”列"),
        ("a.txt", "打".encode("gbk"), (), "应为 UTF-8"),
        ("a.jsonl", b'{"text": \n', (), "第 1 行"),
        ("a.xlsx", b"", (), "应为 .txt、.csv 或 .jsonl"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, name: str, content: bytes, arguments: tuple[str, ...], told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    status, text = run(str(path), *arguments)
    assert status == 1
    assert told in text


def test_missing_and_empty_folders_are_named(tmp_path: Path) -> None:
    assert "没有这个文件" in run(str(tmp_path / "no"))[1]
    assert "没有 .txt" in run(str(tmp_path))[1]
