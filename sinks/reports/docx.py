"""A paper as a Word file. Tables are written as XML at once: the library's own way of
filling a table looks every cell up again and takes minutes for a few hundred rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE as RELATION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from cases.reporting.document import (
    Block,
    Chart,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    TableCell,
    Tone,
)
from sinks.reports import docx_letter
from sinks.reports.base import restamp
from sinks.reports.docx_chart import add_chart
from sinks.reports.first_page import runs_over, shown_evidence
from sinks.reports.texts import clean

BODY_FONT: Final = "宋体"
HEAD_FONT: Final = "黑体"
_A4: Final = (21.0, 29.7)
_A3: Final = (29.7, 42.0)
_MARGIN: Final = 2.0
"""Centimetres, all around."""
_COMPACT: Final = 1.6
"""Above and below a paper that has to stay on one page."""
_COLOURS: Final = {Tone.LATE: "8B1A1A", Tone.SOON: "7A5B00", Tone.GOOD: "2B6A45"}
_FILLS: Final = {Tone.LATE: "F8D7DA", Tone.SOON: "FFF3CD"}
_NS: Final = nsdecls("w", "r")


def write_docx(
    document: Document,
    path: Path,
    made_at: datetime,
    public_url: str = "",
    template: Path | None = None,
) -> None:
    """`made_at`: what the file says of its own age; the same contents give the same bytes.
    `public_url`: scheme and host of the desk, put before the links of cells. `template`: the
    office's own red head. Raises `TemplateError`, OSError."""
    letter = document.letter
    word = docx_letter.open_template(template) if template and letter else docx.Document()
    before = len(word.element.body)
    if not (template and letter):
        _page(word, document)
        _styles(word)
        if letter:
            docx_letter.red_head(word, letter, _write_head)
        _title(word, document)
    _properties(word, document, made_at)
    _blocks(word, document, public_url, own_foot=template is None)
    if template and letter:
        docx_letter.fill(word, document, letter, before - 1)
    else:
        _footer(word, document)
    raw = path.with_name(f"{path.name}.raw")
    try:
        word.save(str(raw))
        restamp(raw, path)
    finally:
        raw.unlink(missing_ok=True)


def _write_head(paragraph: WordParagraph, text: str, *, size: float, head: bool = False) -> Run:
    return _run(paragraph, text, font=HEAD_FONT if head else BODY_FONT, size=size)


def _title(word: WordDocument, document: Document) -> None:
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(6)
    _run(title, document.title, font=HEAD_FONT, size=20)
    for line in document.head:
        under = word.add_paragraph()
        under.alignment = WD_ALIGN_PARAGRAPH.CENTER
        under.paragraph_format.space_after = Pt(0)
        _run(under, line, size=11)
    if document.letter and document.letter.to:
        to = word.add_paragraph()
        to.paragraph_format.space_before = Pt(8)
        _run(to, f"{document.letter.to}：", size=12)


def _blocks(word: WordDocument, document: Document, public_url: str, *, own_foot: bool) -> None:
    """The foot stands behind the first page, before the annexes."""
    charts, new_page = 0, False
    letter = document.letter if own_foot else None
    compact = document.compact or runs_over(document, public_url)
    for number, block in enumerate(document.blocks, 1):
        match block:
            case Heading():
                heading = word.add_paragraph(style="Heading 1")
                heading.paragraph_format.page_break_before = new_page
                new_page = False
                if compact:
                    heading.paragraph_format.space_before = Pt(4)
                    heading.paragraph_format.space_after = Pt(1)
                _run(heading, block.text, font=HEAD_FONT, size=12 if compact else 14)
            case Paragraph():
                _paragraph(word, block, public_url, document, compact=compact)
            case Table():
                _table(word, block, document, public_url)
                if not document.compact:
                    _space_after_table(word, document.blocks[number:])
            case Chart():
                charts += 1
                add_chart(word, block, charts)
            case PageBreak():
                if letter:
                    docx_letter.foot(word, letter, _write_head)
                    letter = None
                new_page, compact = True, document.compact
    if letter:
        docx_letter.foot(word, letter, _write_head)


def _paragraph(
    word: WordDocument, block: Paragraph, public_url: str, document: Document, *, compact: bool
) -> None:
    text = word.add_paragraph()
    text.paragraph_format.space_after = Pt(1 if compact else 2)
    size = 10 if block.small else 10.5 if compact else 12
    if document.letter is not None and not block.small:
        text.paragraph_format.first_line_indent = Pt(2 * size)
    _run(text, block.text, size=size, tone=block.tone)
    if block.rule:
        _grey(_run(text, f"（规则：{block.rule}）", size=9))
    if block.original:
        _grey(_run(text, "（文字经人工修改）", size=9))
    shown = shown_evidence(block, public_url)
    for number, cell in enumerate(shown):
        # Only what has a page is one of them; "等 347 件" says how many there are.
        between = "、" if cell.href else " "
        _grey(_run(text, between if number else "〔", size=9))
        run = _grey(_run(text, cell.text, size=9))
        if public_url and cell.href:
            link = OxmlElement("w:hyperlink")
            target = word.part.relate_to(
                public_url + cell.href, RELATION.HYPERLINK, is_external=True
            )
            link.set(qn("r:id"), target)
            element = run._element  # noqa: SLF001
            element.addprevious(link)
            link.append(element)
    if shown:
        _grey(_run(text, "〕", size=9))


def _grey(run: Run) -> Run:
    run.font.color.rgb = RGBColor(0x59, 0x59, 0x59)
    return run


def _page(word: WordDocument, document: Document) -> None:
    section = word.sections[0]
    if document.wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_height, section.page_width = Cm(_A3[0]), Cm(_A3[1])
    else:
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(_A4[0]), Cm(_A4[1])
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(_MARGIN))
    if document.compact:
        section.top_margin = section.bottom_margin = Cm(_COMPACT)


def _room(document: Document) -> float:
    """Centimetres between the margins."""
    return (_A3[1] if document.wide else _A4[0]) - 2 * _MARGIN


def _styles(word: WordDocument) -> None:
    for name, font, size in (("Normal", BODY_FONT, 12), ("Heading 1", HEAD_FONT, 14)):
        style = word.styles[name]
        style.font.name = font
        style.font.size = Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    # Without the second, punctuation stands in the middle of its square, as in Taiwan. The first
    # is for letters and digits: as Chinese ones, a line could end within a number.
    languages = word.styles.element.xpath("w:docDefaults//w:lang")
    for language in languages:
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")
    heading = word.styles["Heading 1"]
    heading.font.color.rgb = RGBColor(0, 0, 0)
    heading.paragraph_format.space_before = Pt(8)
    heading.paragraph_format.space_after = Pt(3)
    heading.paragraph_format.keep_with_next = True


def _properties(word: WordDocument, document: Document, made_at: datetime) -> None:
    said = word.core_properties
    said.title = clean(document.title)
    said.author = ""
    said.comments = ""
    said.last_modified_by = ""
    said.revision = 1
    said.created = said.modified = made_at.replace(tzinfo=None)


def _run(
    paragraph: WordParagraph,
    text: str,
    *,
    font: str = BODY_FONT,
    size: float,
    tone: Tone = Tone.PLAIN,
) -> Run:
    run = paragraph.add_run(clean(text))
    run.font.name = font
    run.font.size = Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001
    if tone in _COLOURS:
        run.font.color.rgb = RGBColor.from_string(_COLOURS[tone])
    return run


def _table(word: WordDocument, table: Table, document: Document, public_url: str) -> None:
    def link(cell: TableCell) -> str:
        if not (public_url and cell.href):
            return ""
        return word.part.relate_to(public_url + cell.href, RELATION.HYPERLINK, is_external=True)

    if table.caption:
        caption = word.add_paragraph()
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(6)
        caption.paragraph_format.space_after = Pt(2)
        _run(caption, table.caption, font=HEAD_FONT, size=11)
    room = _room(document) * 567  # twentieths of a point
    whole = sum(table.widths)
    widths = [round(room * width / whole) for width in table.widths]
    size = 18 if document.wide or document.compact or len(table.headers) > 5 else 21  # half points
    numbers = frozenset(table.numbers)
    parts = [
        f"<w:tbl {_NS}><w:tblPr><w:tblW w:w='{sum(widths)}' w:type='dxa'/>"
        "<w:tblBorders>"
        + "".join(
            f"<w:{side} w:val='single' w:sz='4' w:space='0' w:color='7F7F7F'/>"
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        + "</w:tblBorders><w:tblLayout w:type='fixed'/>"
        "<w:tblCellMar><w:left w:w='57' w:type='dxa'/><w:right w:w='57' w:type='dxa'/>"
        "</w:tblCellMar></w:tblPr><w:tblGrid>",
        *(f"<w:gridCol w:w='{width}'/>" for width in widths),
        "</w:tblGrid>",
        # The head is printed again on every page, and no row is torn apart.
        "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>",
        *(
            _cell(TableCell(header), width, size, head=True)
            for header, width in zip(table.headers, widths, strict=True)
        ),
        "</w:tr>",
    ]
    for row in table.rows:
        parts.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>")
        parts += [
            _cell(cell, width, size, right=number in numbers, link=link(cell))
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        parts.append("</w:tr>")
    parts.append("</w:tbl>")
    body = word.element.body
    body.insert(len(body) - 1, parse_xml("".join(parts)))


def _space_after_table(word: WordDocument, following: Sequence[Block]) -> None:
    """An empty line, but none that could come to stand alone on a page: not before a heading that
    begins a page, and almost no line at the end, where Word asks for a paragraph."""
    match following:
        case (PageBreak(), Heading(), *_):
            return
    after = word.add_paragraph()
    after.paragraph_format.space_after = Pt(0)
    if not following:
        after.paragraph_format.line_spacing = Pt(1)


def _cell(
    cell: TableCell,
    width: int,
    size: int,
    *,
    head: bool = False,
    right: bool = False,
    link: str = "",
) -> str:
    font = HEAD_FONT if head else BODY_FONT
    fill = "E7EEF6" if head else _FILLS.get(cell.tone, "")
    colour = "" if head else _COLOURS.get(cell.tone, "")
    look = (
        f"<w:rPr><w:rFonts w:ascii='{font}' w:hAnsi='{font}' w:eastAsia='{font}'/>"
        + (f"<w:color w:val='{colour}'/>" if colour else "")
        + f"<w:sz w:val='{size}'/><w:szCs w:val='{size}'/></w:rPr>"
    )
    place = "center" if head else ("right" if right else "left")
    runs = "<w:r><w:br/></w:r>".join(
        f"<w:r>{look}<w:t xml:space='preserve'>{escape(line)}</w:t></w:r>"
        for line in clean(cell.text).split("\n")
    )
    if link:
        runs = f"<w:hyperlink r:id='{link}'>{runs}</w:hyperlink>"
    return (
        f"<w:tc><w:tcPr><w:tcW w:w='{width}' w:type='dxa'/>"
        + (f"<w:shd w:val='clear' w:color='auto' w:fill='{fill}'/>" if fill else "")
        + "<w:vAlign w:val='center'/></w:tcPr>"
        f"<w:p><w:pPr><w:spacing w:before='20' w:after='20'/><w:jc w:val='{place}'/></w:pPr>"
        f"{runs}</w:p></w:tc>"
    )


def _footer(word: WordDocument, document: Document) -> None:
    paragraph = word.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if document.footer:
        _run(paragraph, f"{document.footer}　", size=9)
    _run(paragraph, "第 ", size=9)
    _field(paragraph, "PAGE")
    _run(paragraph, " 页，共 ", size=9)
    _field(paragraph, "NUMPAGES")
    _run(paragraph, " 页", size=9)


def _field(paragraph: WordParagraph, code: str) -> None:
    """Each mark in a run of its own, so that the number keeps the size of its line."""
    for kind in ("begin", "separate", "end"):
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        if kind == "separate":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = code
            _run(paragraph, "", size=9)._element.append(instruction)  # noqa: SLF001
        _run(paragraph, "", size=9)._element.append(mark)  # noqa: SLF001
        if kind == "separate":
            _run(paragraph, "1", size=9)
