"""The files opened by an office suite: they become pages with all their words on them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.periods import PeriodKind, read_period
from cases.reporting.settings import PaperKind
from desk.reports.making import produce
from desk.reports.service import (
    LedgerFormat,
    Wanted,
    count_period,
    make_paper,
    write_ledger,
    write_paper,
)
from tests.cases.helpers import ADMIN, CITY, UNPLACED, Story, assigned_to, at, item, labels
from tests.reporting.town import NOW, ledger_of, office, town

pytestmark = pytest.mark.integration

WEEK = read_period(PeriodKind.WEEK, "2026-W11")
SPACE = re.compile(r"\s+")


def full_day() -> Iterator[Case]:
    """Five matters with three messages each, of high risk, some undispatched, all in long words."""
    for matter, number in product(range(5), range(3)):
        day = ("03", "04", "10")[number]
        story = Story(
            item(
                f"2026-WX-{matter}{number:04}",
                received_at=at(f"2026-03-{day}T{8 + matter:02}:15"),
                title="关于某某小区二期三号楼电梯连续停运居民上下楼困难请求尽快解决的来信",
                channel=("12345热线", "领导信箱", "人民网留言板", "微信公众号", "县长信箱")[matter],
            ),
            to=UNPLACED if number == 1 else assigned_to(CITY),
            read_as=labels(risk=("安全生产",), urgent=True),
        )
        linked = do.LinkMatter(matter=f"letters:m{matter}")
        story.does(ADMIN, linked, f"2026-03-{day}T{9 + matter:02}:30")
        yield story.case


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the town's files as PDF."""
    for tool in ("soffice", "pdftotext", "pdfinfo"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} here: install LibreOffice (calc, writer) and poppler-utils")
    folder = tmp_path_factory.mktemp("pages")
    files = {
        LedgerFormat.XLSX: folder / "workbook.xlsx",
        LedgerFormat.DOCX: folder / "ledger.docx",
    }
    paper = folder / "weekly.docx"
    with ledger_of(town()) as ledger:
        write_ledger(ledger, office(), Wanted(period=WEEK), files, NOW)
        report = count_period(ledger, office(), WEEK, NOW)
    write_paper(make_paper(PaperKind.WEEKLY, report, office()), paper, NOW)
    day = read_period(PeriodKind.DAY, "2026-03-11")
    head = replace(
        office().reports.letterhead, issuer="某县人民政府办公室", seal="某县政府办", to="县领导"
    )
    county = replace(office(), reports=replace(office().reports, letterhead=head))
    with ledger_of(tuple(sorted((*town(), *full_day()), key=lambda case: case.case_id))) as ledger:
        daily = produce(PaperKind.DAILY, ledger, county, day, NOW).document
    write_paper(daily, folder / "daily.docx", NOW)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
        + [str(path) for path in (*files.values(), paper, folder / "daily.docx")],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    return folder


def text(path: Path) -> str:
    out = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    return SPACE.sub("", out.stdout)


def facts(path: Path) -> dict[str, str]:
    out = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    return dict(line.split(":", 1) for line in out.stdout.splitlines() if ":" in line)


@pytest.mark.timeout(360)
def test_every_sheet_is_printed_one_page_wide(pages: Path) -> None:
    path = pages / "workbook.pdf"
    # Summary, the list in two themes, what is late, and the proof.
    assert int(facts(path)["Pages"]) == 5
    said = text(path)
    for column in office().table.columns:
        assert column.header in said, column.header
    for words in ("letters:d2", "菜市场漏水", "逾期未答复", "守恒核对：平衡", "第5页，共5页"):
        assert words in said, words
    assert "###" not in said


@pytest.mark.timeout(360)
def test_the_word_ledger_is_wide_and_whole(pages: Path) -> None:
    path = pages / "ledger.pdf"
    assert "(A3)" in facts(path)["Page size"]
    said = text(path)
    for words in ("政务舆情回应台账", "letters:d2", "四、守恒核对", "第1页"):
        assert words in said, words


@pytest.mark.timeout(360)
def test_the_paper_is_upright_and_whole(pages: Path) -> None:
    path = pages / "weekly.pdf"
    assert "(A4)" in facts(path)["Page size"]
    said = text(path)
    for words in (
        "政务舆情回应周反馈",
        "样本不足",
        "1/2",
        "工地夜间施工",
        "附件6守恒核对",
        "五、下步建议",
    ):
        assert words in said, words


def test_the_daily_paper_of_a_day_full_of_everything_is_one_page(pages: Path) -> None:
    path = pages / "daily.pdf"
    out = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    assert re.search(r"^Pages:\s+1$", out.stdout, re.MULTILINE), out.stdout
    assert "漏办和逾期" in text(path)
    assert "…" in text(path), "titles are cut to a line"
