"""Where pages of a Word file begin."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn

from cases.reporting.annex_cells import more, two_lines
from cases.reporting.document import (
    Block,
    Document,
    Heading,
    Letter,
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


def leaders_page(folder: Path, sentences: int) -> Any:
    letter = Letter(issuer="", number="", issue="", signer="", to="", seal="", on="")
    said = "期末逾期未答复的事项涉及三个单位，请逐件说明原因，尽快答复群众。"
    ids = tuple(TableCell(f"demo:{n}", href=f"/cases/demo:{n}") for n in range(3))
    many = Paragraph(said, evidence=(*ids, TableCell("等 347 件")))
    blocks: list[Block] = [Heading("一、总体情况")]
    blocks += [many] * sentences
    blocks += [PageBreak(), Heading("附件1"), Paragraph("平衡。")]
    path = folder / "leader.docx"
    write_docx(
        Document(title="周反馈", head=(), blocks=tuple(blocks), letter=letter),
        path,
        datetime(2026, 11, 30, tzinfo=BEIJING),
    )
    return docx.Document(str(path))


def sizes(word: Any, text: str) -> set[float]:
    return {
        run.font.size.pt
        for paragraph in word.paragraphs
        for run in paragraph.runs
        if text in run.text
    }


def test_a_long_first_page_is_set_smaller_and_stays_one(tmp_path: Path) -> None:
    """A week with thousands of messages says more: the page of a leader is one page."""
    assert sizes(leaders_page(tmp_path, 5), "逐件说明") == {12.0}
    long = leaders_page(tmp_path, 14)
    assert sizes(long, "逐件说明") == {10.5}
    assert sizes(long, "平衡") == {12.0}, "annexes keep their size"


def test_how_many_more_there_are_is_no_case_among_them(tmp_path: Path) -> None:
    text = "\n".join(one.text for one in leaders_page(tmp_path, 1).paragraphs)
    assert "〔demo:0、demo:1、demo:2 等 347 件〕" in text


def test_a_rate_of_thousands_is_not_torn_between_its_numbers() -> None:
    assert two_lines("85.9%（1767/2058）") == "85.9%\n1767/2058"
    assert two_lines("1769") == "1769"


def test_a_list_that_is_cut_says_where_the_rest_is() -> None:
    assert more(50, 50) == []
    (said,) = more(347, 50)
    assert isinstance(said, Paragraph)
    assert said.text == "共 347 项，此处列前 50 项，其余 297 项见同期台账（Excel）。"
