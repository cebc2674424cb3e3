"""The red head (红头) of a paper, and the office's own in its place.

A template is a Word file of the office with these words where they belong, each in a paragraph:
{{发文机关}} {{文号}} {{期号}} {{签发人}} {{标题}} {{时段}} {{主送}} {{正文}} {{落款}} {{日期}}.
What stands in the same paragraph stays, with the look of its first run; {{正文}} is a
paragraph of its own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import docx
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from cases.reporting.document import Document, Letter
from sinks.reports.texts import clean

BODY: Final = "{{正文}}"
_MARK: Final = re.compile(r"\{\{[^{}]*\}\}")
_NEEDED: Final = (("{{标题}}",), ("{{文号}}", "{{期号}}"))
"""One of each stands in every template: a paper without a name or a number is none."""
_KNOWN: Final = frozenset(
    {
        "{{发文机关}}", "{{文号}}", "{{期号}}", "{{签发人}}", "{{标题}}", "{{时段}}", "{{主送}}",
        BODY, "{{落款}}", "{{日期}}",
    }
)  # fmt: skip
_RED: Final = RGBColor(0xC0, 0x00, 0x00)
_TO_SIGN: Final = "　　　　　　"


class TemplateError(ValueError):
    """The office's template cannot be used; the text says why, in Chinese."""


def words(document: Document, letter: Letter) -> dict[str, str]:
    """What each placeholder becomes."""
    return {
        "{{发文机关}}": letter.issuer,
        "{{文号}}": letter.number,
        "{{期号}}": letter.issue or letter.number,
        "{{签发人}}": letter.signer or _TO_SIGN,
        "{{标题}}": document.title,
        "{{时段}}": "　".join(document.head),
        "{{主送}}": f"{letter.to}：" if letter.to else "",
        "{{落款}}": letter.seal,
        "{{日期}}": letter.on,
    }


def open_template(path: Path) -> WordDocument:
    """Raises `TemplateError` where it is no Word file, or has no place for the text."""
    try:
        word = docx.Document(str(path))
    except Exception as error:
        # python-docx raises whatever it stumbles over in a damaged file.
        raise TemplateError(
            f"{path}：应为 Word 文件（docx），打不开（{error}）。请用 Word 另存为 docx 再试。"
        ) from error
    if not any(each.text.strip() == BODY for each in word.paragraphs):
        raise TemplateError(
            f"{path}：没有单独成段的“{BODY}”，不知道正文放在哪里。请在模板里写上一段。"
        )
    used = {mark for each in _all_paragraphs(word) for mark in _MARK.findall(each.text)}
    for names in _NEEDED:
        if not used.intersection(names):
            raise TemplateError(
                f"{path}：缺少“{'”或“'.join(names)}”，印出来的材料会没有这一项。请在模板里写上它。"
            )
    unknown = sorted(used - _KNOWN)
    if unknown:
        raise TemplateError(
            f"{path}：不认识“{'”“'.join(unknown)}”；可用的有 {' '.join(sorted(_KNOWN))}。请改正。"
        )
    return word


def fill(word: WordDocument, document: Document, letter: Letter, before: int) -> None:
    """Puts the words in their places, and what was added after the first `before` elements
    of the body where the text belongs."""
    for paragraph in _all_paragraphs(word):
        for mark, text in words(document, letter).items():
            if mark in paragraph.text:
                _replace(paragraph, mark, clean(text))
    body = word.element.body
    added = [each for each in list(body)[before:] if each.tag != qn("w:sectPr")]
    place = next(each for each in word.paragraphs if each.text.strip() == BODY)
    for each in added:
        place._p.addprevious(each)  # noqa: SLF001
    body.remove(place._p)  # noqa: SLF001


def _all_paragraphs(word: WordDocument) -> list[WordParagraph]:
    found = list(word.paragraphs)
    for table in word.tables:
        for row in table.rows:
            for cell in row.cells:
                found += cell.paragraphs
    for section in word.sections:
        found += [*section.header.paragraphs, *section.footer.paragraphs]
    return found


def _replace(paragraph: WordParagraph, mark: str, text: str) -> None:
    """Word may have torn the placeholder into several runs."""
    whole = paragraph.text.replace(mark, text)
    runs = paragraph.runs
    runs[0].text = whole
    for run in runs[1:]:
        run.text = ""


def red_head(word: WordDocument, letter: Letter, write: Any) -> None:
    """发文机关 in red, number and 签发人, the red line."""
    if letter.issuer:
        issuer = word.add_paragraph()
        issuer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        issuer.paragraph_format.space_before = Pt(12)
        issuer.paragraph_format.space_after = Pt(12)
        run = write(issuer, letter.issuer, size=30, head=True)
        run.font.color.rgb = _RED
        run.bold = True
    line = word.add_paragraph()
    line.paragraph_format.tab_stops.add_tab_stop(Cm(17), WD_TAB_ALIGNMENT.RIGHT)
    line.paragraph_format.space_after = Pt(10)
    write(line, f"{letter.number}\t签发人：{letter.signer or _TO_SIGN}", size=12)
    line._p.get_or_add_pPr().append(  # noqa: SLF001
        parse_xml(
            f"<w:pBdr {nsdecls('w')}><w:bottom w:val='single' w:sz='18' w:space='4'"
            " w:color='C00000'/></w:pBdr>"
        )
    )


def foot(word: WordDocument, letter: Letter, write: Any) -> None:
    """落款 and date."""
    for text in filter(None, (letter.seal, letter.on)):
        line = word.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.space_after = Pt(0)
        write(line, text, size=12)
