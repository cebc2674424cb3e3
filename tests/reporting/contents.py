"""What stands in a workbook or a Word file, as text that a person can compare."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from python_calamine import load_workbook

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def workbook_text(path: Path) -> str:
    book = load_workbook(str(path))
    parts = []
    for name in book.sheet_names:
        parts.append(f"# {name}")
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        parts += [" | ".join(map(_cell, row)).rstrip(" |") for row in rows]
    return "\n".join(parts) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("\n", "⏎")


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def word_text(path: Path) -> str:
    body = fromstring(part(path, "word/document.xml")).find(f"{_W}body")
    assert body is not None
    return "\n".join(_blocks(body)) + "\n"


def _blocks(body: Element) -> Iterator[str]:
    for block in body:
        if block.tag == f"{_W}p" and (text := _text(block)):
            yield text
        if block.tag == f"{_W}tbl":
            for row in block.iter(f"{_W}tr"):
                yield " | ".join(_text(cell) for cell in row.iter(f"{_W}tc"))


def _text(element: Element) -> str:
    return "".join(
        "⏎" if each.tag == f"{_W}br" else each.text or ""
        for each in element.iter()
        if each.tag in (f"{_W}t", f"{_W}br")
    )
