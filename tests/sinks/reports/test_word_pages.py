"""Where pages of a Word file begin."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn

from cases.reporting.document import (
    Block,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    TableCell,
)
from cases.words.times import BEIJING
from sinks.reports.docx import write_docx

TABLE = Table(
    headers=("单位", "件数"), widths=(2, 1), rows=((TableCell("县水利局"), TableCell("3")),)
)


def written(folder: Path, *blocks: Block) -> list[Any]:
    """What the body holds, without the section at its end."""
    path = folder / "paper.docx"
    write_docx(
        Document(title="周反馈", head=(), blocks=blocks),
        path,
        datetime(2026, 11, 30, tzinfo=BEIJING),
    )
    *body, _ = docx.Document(str(path)).element.body
    return body


def test_no_empty_line_stands_alone_between_a_full_page_and_the_next(tmp_path: Path) -> None:
    """A table that fills its page would push it to a page of its own."""
    body = written(tmp_path, TABLE, PageBreak(), Heading("附件6"), Paragraph("平衡。"))
    at = next(n for n, one in enumerate(body) if one.tag == qn("w:tbl"))
    assert "附件6" in "".join(body[at + 1].itertext())


def test_tables_stay_apart_and_almost_nothing_follows_the_last(tmp_path: Path) -> None:
    body = written(tmp_path, TABLE, TABLE)
    first, second = (n for n, one in enumerate(body) if one.tag == qn("w:tbl"))
    assert second - first == 2, "a line between them"
    (last,) = body[second + 1 :]
    spacing = last.find(f".//{qn('w:spacing')}")
    assert spacing.get(qn("w:line")) == "20", "one point"
    assert spacing.get(qn("w:lineRule")) == "exact"
