"""The ledger as xlsx, docx, csv and jsonl: what is in it, how it looks, what it never does."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace
from python_calamine import load_workbook

from cases.record.case import Case
from cases.reporting.ledger_paper import LedgerPaper
from cases.reporting.lines import line_of
from cases.reporting.periods import Period, PeriodKind, everything, read_period
from cases.reporting.settings import PaperKind
from cases.reporting.sight import unmasked_for
from desk.reports.service import (
    LedgerFormat,
    Wanted,
    Written,
    count_period,
    make_paper,
    write_ledger,
    write_paper,
)
from sinks.ledger.base import Ledger
from sinks.reports.base import TooManyRows
from sinks.reports.texts import clean
from sinks.reports.xlsx import CUT_MARK, MOST_CHARS, fitting
from sinks.spreadsheet import harmless
from tests.cases.helpers import DESK, Story, at, item
from tests.reporting import golden
from tests.reporting.contents import part, word_text, workbook_text
from tests.reporting.town import NOW, ledger_of, office

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
XLSX, DOCX, CSV, JSONL = LedgerFormat.XLSX, LedgerFormat.DOCX, LedgerFormat.CSV, LedgerFormat.JSONL


def write(
    ledger: Ledger, folder: Path, *formats: LedgerFormat, period: Period = WEEK
) -> tuple[Written, list[Path]]:
    files = {format_: folder / f"ledger.{format_.value}" for format_ in formats}
    written = write_ledger(ledger, office(), Wanted(period=period), files, NOW)
    return written, list(files.values())


def one(case: Case, folder: Path, format_: LedgerFormat) -> Path:
    with ledger_of((case,)) as ledger:
        return write(ledger, folder, format_, period=everything(NOW))[1][0]


def rows(path: Path, sheet: str = "台账") -> list[dict[str, object]]:
    lines = load_workbook(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [dict(zip(map(str, lines[2]), line, strict=True)) for line in lines[3:]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return golden.texts(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize(
    "name",
    [
        "ledger.csv",
        "ledger.jsonl",
        "ledger.xlsx.txt",
        "ledger.docx.txt",
        "weekly.docx.txt",
        "monthly.docx.txt",
        "quarterly.docx.txt",
    ],
)
def test_a_file_says_what_its_golden_file_says(files: dict[str, str], name: str) -> None:
    """`python -m tests.reporting.golden` renews them."""
    assert files[name] == (golden.FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("format_", list(LedgerFormat))
def test_the_same_ledger_is_the_same_bytes(
    ledger: Ledger, tmp_path: Path, format_: LedgerFormat
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    _, (first,) = write(ledger, tmp_path / "a", format_)
    _, (second,) = write(ledger, tmp_path / "b", format_)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("format_", [XLSX, DOCX])
def test_no_time_of_writing_is_in_a_file(
    ledger: Ledger, tmp_path: Path, format_: LedgerFormat
) -> None:
    _, (path,) = write(ledger, tmp_path, format_)
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time[:3] for info in archive.infolist()} <= {(1980, 1, 1), (1980, 1, 31)}
    assert "2026-03-16T00:00:00Z" in part(path, "docProps/core.xml")


# -- the workbook --------------------------------------------------------------


def test_the_workbook_has_numbers_and_dates_not_text(ledger: Ledger, tmp_path: Path) -> None:
    _, (path,) = write(ledger, tmp_path, XLSX)
    found = {str(row["编号"]): row for row in rows(path)}
    assert found.pop("合计 10 件")
    assert len(found) == 10
    late = found["letters:a2"]
    assert late["逾期天数"] == 6.0
    assert str(late["受理时间"]).startswith("2026-03-03 09:00")
    assert late["是否按时"] == "逾期未答复"
    assert [row["编号"] for row in rows(path, "逾期清单")] == [
        "letters:a2",
        "合计 1 件，合计逾期 6 天",
    ]


def test_what_is_late_stands_longest_overdue_first(tmp_path: Path) -> None:
    stories = [
        Story(item(str(n), received_at=at(f"2026-02-{day:02}T09:00"))).case
        for n, day in enumerate((12, 3, 24, 9))
    ]
    with ledger_of(tuple(stories)) as ledger:
        wanted = Wanted(period=read_period(PeriodKind.MONTH, "2026-03"))
        path = tmp_path / "l.xlsx"
        write_ledger(ledger, office(), wanted, {XLSX: path}, NOW)
    *late, total = rows(path, "逾期清单")
    days = [row["逾期天数"] for row in late]
    assert len(days) == 4
    assert days == sorted(days, reverse=True)  # type: ignore[type-var]
    assert total["编号"] == f"合计 4 件，合计逾期 {sum(map(int, days)):d} 天"  # type: ignore[arg-type]


def test_the_list_is_frozen_filtered_coloured_and_ready_to_print(
    ledger: Ledger, tmp_path: Path
) -> None:
    _, (path,) = write(ledger, tmp_path, XLSX)
    sheet = part(path, "xl/worksheets/sheet2.xml")
    last = re.search(r'<autoFilter ref="A3:([A-Z]+)13"', sheet)
    assert last is not None
    assert '<pane xSplit="1" ySplit="3" topLeftCell="B4"' in sheet
    assert 'paperSize="8" ' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "<fitToPage" not in sheet or 'fitToPage="1"' in sheet
    assert 'text="逾期"' in sheet
    assert "第 &amp;P 页，共 &amp;N 页" in sheet
    names = part(path, "xl/workbook.xml")
    assert "'台账'!$3:$3" in names or "台账!$3:$3" in names
    # Thirty columns are two themes on A3, with the first column before each.
    assert f"台账!$A$1:$N$14,台账!$O$1:${last[1]}$14" in names.replace("'", "")
    assert "台账!$A:$A" in names
    assert 'paperSize="9" ' in part(path, "xl/worksheets/sheet3.xml")


def test_the_summary_has_native_charts(ledger: Ledger, tmp_path: Path) -> None:
    _, (path,) = write(ledger, tmp_path, XLSX)
    with zipfile.ZipFile(path) as archive:
        charts = [name for name in archive.namelist() if "/charts/chart" in name]
    assert len(charts) == 4
    assert "上期结转 2 + 新收 7 + 重新办理 1 − 办结 4 = 结存 6" in workbook_text(path)


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(0)", "+86", "-1+1", "@SUM(A1)", "{=1+1}", "https://a.example/", "=1+1"]
)
def test_no_cell_is_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    case = Story(item(title=text, body=text, received_at=at("2026-03-09T08:00"))).case
    path = one(case, tmp_path, XLSX)
    sheet = part(path, "xl/worksheets/sheet2.xml")
    assert "<f>" not in sheet
    assert sheet.count(' t="inlineStr"><is>') == sheet.count("<is>") > 10
    assert "<hyperlink" not in sheet
    assert rows(path)[0]["标题"] == harmless(text)


@pytest.mark.parametrize("text", ["=HYPERLINK(0)", "+86", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    case = Story(item(title=text, received_at=at("2026-03-09T08:00"))).case
    data = one(case, tmp_path, CSV).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert row["标题"].startswith("'")


def test_a_cell_never_exceeds_what_excel_can_hold() -> None:
    assert fitting("甲" * MOST_CHARS) == "甲" * MOST_CHARS
    for long in ("甲" * (MOST_CHARS + 1), "😀" * MOST_CHARS):
        cut = fitting(long)
        assert len(cut.encode("utf-16-le")) // 2 <= MOST_CHARS
        assert cut.endswith(CUT_MARK)
        assert "\ufffd" not in cut


@pytest.mark.parametrize("format_", list(LedgerFormat))
def test_characters_that_break_a_file_are_left_out(tmp_path: Path, format_: LedgerFormat) -> None:
    strange = "坏\x00字\x0b符\x1f，\ufffe\r\n第二行 😀 𠀀 <b>&amp;</b> _x0041_"
    case = Story(item(title=strange, received_at=at("2026-03-09T08:00"))).case
    path = one(case, tmp_path, format_)
    text = {
        XLSX: lambda: str(rows(path)[0]["标题"]),
        DOCX: lambda: word_text(path).replace("⏎", "\n"),
    }.get(format_, lambda: path.read_text("utf-8-sig"))()
    assert "😀 𠀀 <b>&amp;</b> _x0041_" in text
    assert clean(strange) == "坏字符，\n第二行 😀 𠀀 <b>&amp;</b> _x0041_"


def test_more_cases_than_a_sheet_has_rows_is_told(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.reports.xlsx.MOST_ROWS", 3)
    with pytest.raises(TooManyRows, match="csv、jsonl"):
        write(ledger, tmp_path, XLSX)
    assert list(tmp_path.iterdir()) == []


# -- the Word file -------------------------------------------------------------


def test_a_long_ledger_is_summary_and_lists_in_word_and_says_so(
    ledger: Ledger, tmp_path: Path
) -> None:
    short = replace(office().table, word_most_rows=9, word_most_listed=1)
    path = tmp_path / "ledger.docx"
    wanted = Wanted(period=WEEK)
    write_ledger(ledger, replace(office(), table=short), wanted, {DOCX: path}, NOW)
    text = word_text(path)
    assert "本时段共 10 件，超过 9 件，Word 只列逾期和高风险事项" in text
    assert "letters:a1" not in text
    assert "letters:a2" in text  # overdue
    assert "letters:d1" in text  # of high risk
    assert "共 2 件，此处列前 1 件，其余见 Excel 台账。" in text


def test_the_paper_keeps_no_more_lines_than_it_prints() -> None:
    table = replace(office().table, word_most_rows=2, word_most_listed=1)
    paper = LedgerPaper(table, ())
    line = line_of(Story(item(received_at=at("2026-03-09T08:00"))).case, WEEK, WEEK.end_at)
    assert line is not None
    for _ in range(50):
        paper.add(line, [""] * len(table.columns), high_risk=True)
    assert paper.kept == 2 + 1 + 1


def test_a_word_table_repeats_its_head_on_a_wide_page(ledger: Ledger, tmp_path: Path) -> None:
    _, (path,) = write(ledger, tmp_path, DOCX)
    document = part(path, "word/document.xml")
    assert document.count("<w:tblHeader/>") == document.count("<w:tbl>")
    size = re.search(r"<w:pgSz[^>]*>", document)
    assert size is not None
    assert 'w:orient="landscape"' in size[0]
    assert 'w:eastAsia="宋体"' in part(path, "word/styles.xml")
    assert 'w:eastAsia="zh-CN"' in part(path, "word/styles.xml")


# -- nothing, and everything ---------------------------------------------------


@pytest.mark.parametrize("format_", [XLSX, DOCX])
def test_a_period_without_cases_is_a_proper_report_of_zero(
    ledger: Ledger, tmp_path: Path, format_: LedgerFormat
) -> None:
    empty = read_period(PeriodKind.WEEK, "2020-W05")
    written, (path,) = write(ledger, tmp_path, format_, period=empty)
    text = workbook_text(path) if format_ is XLSX else word_text(path)
    assert "零报告" in text
    assert "2020年第5周（1月27日—2月2日）" in text
    assert "平衡" in text
    assert (written.rows, written.balance.empty) == (0, True)
    assert "在账合计" not in text, "no table of nothing"


def test_a_paper_about_nothing_says_so(ledger: Ledger, tmp_path: Path) -> None:
    report = count_period(ledger, office(), read_period(PeriodKind.WEEK, "2020-W05"), NOW)
    path = tmp_path / "w.docx"
    write_paper(make_paper(PaperKind.WEEKLY, report, office()), path, NOW)
    text = word_text(path)
    assert text.splitlines() == [
        "2020年第5期签发人：　　　　　　",
        "政务舆情回应周反馈",
        "2020年第5周（1月27日—2月2日）",
        "零报告：本周没有新收、结转或重新办理的事项。",
        "2020年2月3日",
    ]


def test_figures_of_a_paper_link_to_the_desk_where_it_can_be_reached(
    ledger: Ledger, tmp_path: Path
) -> None:
    document = make_paper(PaperKind.WEEKLY, count_period(ledger, office(), WEEK, NOW), office())
    path = tmp_path / "w.docx"
    write_paper(document, path, NOW)
    assert "<w:hyperlink" not in part(path, "word/document.xml")
    write_paper(document, path, NOW, "https://desk.example.gov.cn")
    links = part(path, "word/_rels/document.xml.rels")
    address = "https://desk.example.gov.cn/ledger?figure=2026-W11%2Fnow%2Freceived"
    assert f'Target="{address}"' in links
    ids = re.findall(r'<w:hyperlink r:id="(rId\d+)"', part(path, "word/document.xml"))
    assert ids
    assert all(f'Id="{each}"' in links for each in ids)


def test_conditions_and_an_unfinished_period_stand_under_the_title(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "l.xlsx"
    wanted = Wanted(period=WEEK, unit="urban-management", channel="12345热线")
    now = at("2026-03-15T12:00")
    written = write_ledger(ledger, office(), wanted, {XLSX: path}, now)
    text = workbook_text(path)
    assert "范围：责任单位：县城市管理局" in text
    assert "范围：渠道：12345热线" in text
    assert "时段尚未结束，统计至 2026-03-15 12:00" in text
    assert written.rows == 1


def test_a_file_with_personal_data_says_who_wanted_it_and_why(tmp_path: Path) -> None:
    first = item(title="我是周晓岚", body="电话13912345678", received_at=at("2026-03-09T08:00"))
    with ledger_of((Story(first).case,)) as ledger:
        for name, options in (
            ("masked", {}),
            ("clear", {"texts": unmasked_for(DESK, "报县领导阅批"), "unmasked": "由 zhang 导出"}),
        ):
            files = {format_: tmp_path / f"{name}.{format_.value}" for format_ in LedgerFormat}
            write_ledger(ledger, office(), Wanted(period=WEEK), files, NOW, **options)  # type: ignore[arg-type]
    for format_ in (XLSX, CSV, JSONL):
        masked, clear = (
            workbook_text(path) if format_ is XLSX else path.read_text("utf-8")
            for path in (tmp_path / f"{n}.{format_.value}" for n in ("masked", "clear"))
        )
        assert "13912345678" not in masked
        assert "13912345678" in clear
    assert "含个人信息，由 zhang 导出，注意保管" in workbook_text(tmp_path / "clear.xlsx")


def test_a_file_is_whole_or_not_there(ledger: Ledger, tmp_path: Path) -> None:
    class Away(Exception):
        pass

    calls = 0

    def breaks() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise Away

    files = {format_: tmp_path / f"ledger.{format_.value}" for format_ in LedgerFormat}
    with pytest.raises(Away):
        write_ledger(ledger, office(), Wanted(period=WEEK), files, NOW, progress=breaks)
    assert list(tmp_path.iterdir()) == []
