"""A paper as a Word file: A4, the faces and sizes of an office's own papers."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from cases.reporting.document import Block, Heading, Paragraph
from cases.reporting.document import Document as Letterpaper
from cases.words.times import day_in_words
from desk.papers.paper import Paper, Section, Table
from sinks.reports.docx import write_docx
from sinks.reports.texts import clean

_BODY: Final = "仿宋"
_HEAD: Final = "黑体"
_TITLE: Final = "宋体"
_LATIN: Final = "Times New Roman"
_WIDTH: Final = 16.0
"""Centimetres between the margins."""


def docx_of(paper: Paper) -> bytes:
    """The same paper gives the same text; the file's own dates are the paper's. Raises
    `TemplateError`."""
    if paper.letter is not None:
        return _with_red_head(paper)
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.5)
    page.top_margin = page.bottom_margin = Cm(2.2)
    document.core_properties.title = clean(f"{paper.title} {paper.number}".strip())
    document.core_properties.author = paper.signed_by
    document.core_properties.created = document.core_properties.modified = paper.on.replace(
        tzinfo=None
    )
    _line(document, paper.title, 22, _TITLE, bold=True, centred=True)
    if paper.number:
        _line(document, paper.number, 12, _BODY, centred=True)
    if paper.facts:
        _facts(document, paper)
    for section in paper.sections:
        _section(document, section)
    if paper.blanks:
        _blanks(document, paper)
    phone = f"（联系电话：{paper.phone}）" if paper.phone else ""
    _line(document, f"{paper.signed_by}{phone}", 12, _BODY).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _line(document, day_in_words(paper.on), 12, _BODY).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _with_red_head(paper: Paper) -> bytes:
    """As the papers of a period are written: one look, and the office's template for all."""
    blocks: list[Block] = []
    for section in paper.sections:
        blocks.append(Heading(section.heading))
        blocks += [Paragraph(text) for text in section.paragraphs]
    document = Letterpaper(
        title=paper.title, head=(), blocks=tuple(blocks), footer=paper.title, letter=paper.letter
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.docx"
        write_docx(document, path, paper.on, template=paper.template)
        return path.read_bytes()


# python-docx says little about its types.
def _line(
    where: Any,
    text: str,
    size: float,
    face: str,
    *,
    bold: bool = False,
    centred: bool = False,
) -> Any:
    paragraph = where.add_paragraph()
    _write(paragraph, text, size, face, bold=bold)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _write(
    paragraph: Any,
    text: str,
    size: float,
    face: str,
    *,
    bold: bool = False,
) -> None:
    run = paragraph.add_run(clean(text))
    run.font.name, run.font.size, run.bold = _LATIN, Pt(size), bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)  # noqa: SLF001  (the only way)
    paragraph.paragraph_format.space_after = Pt(3)


def _table(document: Any, columns: tuple[float, ...]) -> Any:
    table = document.add_table(rows=0, cols=len(columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, columns, strict=True):
        column.width = Cm(width)
    return table


def _row(
    table: Any,
    cells: tuple[str, ...],
    widths: tuple[float, ...],
    *,
    head: tuple[int, ...] = (),
    size: float = 10.5,
) -> Any:
    row = table.add_row()
    for number, (cell, text, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
        cell.width = Cm(width)
        if text:
            face = _HEAD if number in head else _BODY
            _write(cell.paragraphs[0], text, size, face)
            cell.paragraphs[0].paragraph_format.space_before = Pt(3)
    return row


def _facts(document: Any, paper: Paper) -> None:
    widths = (2.6, _WIDTH / 2 - 2.6) * 2
    table = _table(document, widths)
    for pairs in paper.fact_rows:
        cells = tuple(part for pair in pairs for part in pair)
        row = _row(table, (*cells, *[""] * (4 - len(cells))), widths, head=(0, 2))
        if len(pairs) == 1:
            row.cells[1].merge(row.cells[3])


def _section(document: Any, section: Section) -> None:
    _line(document, section.heading, 14, _HEAD).paragraph_format.space_before = Pt(8)
    for text in section.paragraphs:
        _line(document, text, 12, _BODY).paragraph_format.first_line_indent = Pt(24)
    if section.table:
        _listed(document, section.table)


def _listed(document: Any, listed: Table) -> None:
    narrow = 3.6
    widest = max(range(len(listed.head)), key=lambda n: _longest(listed, n))
    rest = _WIDTH - narrow * (len(listed.head) - 1)
    widths = tuple(rest if n == widest else narrow for n in range(len(listed.head)))
    table = _table(document, widths)
    _row(table, listed.head, widths, head=tuple(range(len(listed.head))))
    for row in listed.rows:
        _row(table, row, widths)


def _longest(listed: Table, column: int) -> int:
    return max((len(row[column]) for row in listed.rows), default=0)


def _blanks(document: Any, paper: Paper) -> None:
    document.add_paragraph()
    widths = (4.2, _WIDTH - 4.2)
    table = _table(document, widths)
    for blank in paper.blanks:
        row = _row(table, (blank.label, ""), widths, head=(0,))
        row.height = Cm(0.75 * blank.lines)
