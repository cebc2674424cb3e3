"""A bar chart in a Word file: drawn by the word processor, so it stays sharp on paper.

python-docx knows no charts. A chart is a part of its own that the document points to; its
numbers stand in it, without a workbook behind.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from cases.reporting.document import Chart
from sinks.reports.texts import clean

_COLOURS: Final = ("1F4E79", "A6A6A6")
"""Of the bars: dark and light, which stay two in grey print."""
_TYPE: Final = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
_A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_C: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WP: Final = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_EMU: Final = 360_000
"""Of a centimetre."""
_WIDTH: Final = 16.5


def add_chart(word: WordDocument, chart: Chart, number: int) -> None:
    """At the end of the document; `number` is 1 for its first chart."""
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, _TYPE, _chart(chart).encode(), word.part.package)
    relation = word.part.relate_to(part, _RELATION)
    height = 2.2 + 0.75 * len(chart.names)
    title = escape(clean(chart.title), {"'": "&apos;"})
    drawing = parse_xml(
        f"<w:drawing xmlns:w='{_W}' xmlns:wp='{_WP}' xmlns:a='{_A}' xmlns:c='{_C}'"
        f" xmlns:r='{_R}'><wp:inline><wp:extent cx='{round(_WIDTH * _EMU)}'"
        f" cy='{round(height * _EMU)}'/><wp:docPr id='{100 + number}' name='图{number}'"
        f" descr='{title}'/><a:graphic><a:graphicData uri='{_C}'>"
        f"<c:chart r:id='{relation}'/></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    paragraph = word.add_paragraph()
    paragraph.add_run()._element.append(drawing)  # noqa: SLF001


def _chart(chart: Chart) -> str:
    names = [escape(clean(name)) for name in chart.names]
    series = "".join(
        _series(number, escape(clean(name)), values, names)
        for number, (name, values) in enumerate(chart.series)
    )
    legend = (
        f"<c:legend><c:legendPos val='b'/><c:overlay val='0'/>{_text(900)}</c:legend>"
        if len(chart.series) > 1
        else ""
    )
    title = (
        "<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz='1100' b='0'/></a:pPr>"
        f"<a:r><a:rPr lang='zh-CN' sz='1100' b='0'/><a:t>{escape(clean(chart.title))}</a:t></a:r>"
        "</a:p></c:rich></c:tx><c:overlay val='0'/></c:title>"
    )
    return (
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
        f"<c:chartSpace xmlns:c='{_C}' xmlns:a='{_A}'><c:roundedCorners val='0'/><c:chart>"
        f"{title}<c:autoTitleDeleted val='0'/><c:plotArea><c:layout/>"
        f"<c:barChart><c:barDir val='bar'/><c:grouping val='clustered'/>{series}"
        "<c:gapWidth val='60'/><c:axId val='1'/><c:axId val='2'/></c:barChart>"
        "<c:catAx><c:axId val='1'/><c:scaling><c:orientation val='maxMin'/></c:scaling>"
        "<c:delete val='0'/><c:axPos val='l'/><c:majorTickMark val='none'/>"
        f"<c:tickLblPos val='low'/>{_text(900)}<c:crossAx val='2'/></c:catAx>"
        "<c:valAx><c:axId val='2'/><c:scaling><c:min val='0'/></c:scaling><c:delete val='1'/>"
        "<c:axPos val='t'/><c:numFmt formatCode='0' sourceLinked='0'/><c:crossAx val='1'/>"
        f"</c:valAx></c:plotArea>{legend}<c:plotVisOnly val='1'/></c:chart></c:chartSpace>"
    )


def _series(number: int, name: str, values: tuple[int, ...], names: list[str]) -> str:
    points = "".join(f"<c:pt idx='{i}'><c:v>{name}</c:v></c:pt>" for i, name in enumerate(names))
    counts = "".join(f"<c:pt idx='{i}'><c:v>{n}</c:v></c:pt>" for i, n in enumerate(values))
    size = f"<c:ptCount val='{len(names)}'/>"
    colour = _COLOURS[number % len(_COLOURS)]
    return (
        f"<c:ser><c:idx val='{number}'/><c:order val='{number}'/>"
        f"<c:tx><c:strRef><c:f>s{number}</c:f><c:strCache><c:ptCount val='1'/>"
        f"<c:pt idx='0'><c:v>{name}</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        f"<c:spPr><a:solidFill><a:srgbClr val='{colour}'/></a:solidFill></c:spPr>"
        "<c:invertIfNegative val='0'/>"
        f"<c:dLbls>{_text(900)}<c:showLegendKey val='0'/><c:showVal val='1'/>"
        "<c:showCatName val='0'/><c:showSerName val='0'/><c:showPercent val='0'/>"
        "<c:showBubbleSize val='0'/></c:dLbls>"
        f"<c:cat><c:strRef><c:f>c</c:f><c:strCache>{size}{points}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>v{number}</c:f><c:numCache><c:formatCode>0</c:formatCode>"
        f"{size}{counts}</c:numCache></c:numRef></c:val></c:ser>"
    )


def _text(size: int) -> str:
    """`size` in hundredths of a point."""
    return (
        f"<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz='{size}'/></a:pPr>"
        "<a:endParaRPr lang='zh-CN'/></a:p></c:txPr>"
    )
