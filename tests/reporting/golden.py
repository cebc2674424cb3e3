"""Golden files: what the town's ledger and papers say, kept as text in `golden/`.

    python -m tests.reporting.golden

writes them anew after an intended change; look at the difference before keeping it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from cases.reporting.periods import containing
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from desk.reports.making import produce
from desk.reports.service import LedgerFormat, Wanted, write_ledger, write_paper
from tests.reporting.contents import word_text, workbook_text
from tests.reporting.town import NOW, ledger_of, office, town

FOLDER = Path(__file__).with_name("expected")
DAY = NOW.date().replace(day=11)


def texts(folder: Path) -> dict[str, str]:
    """Name to contents, of everything that has a golden file; `folder` for the files."""
    found = {}
    week = containing(PAPER_PERIODS[PaperKind.WEEKLY], DAY)
    with ledger_of(town()) as ledger:
        files = {format_: folder / f"ledger.{format_.value}" for format_ in LedgerFormat}
        write_ledger(ledger, office(), Wanted(period=week), files, NOW)
        found["ledger.csv"] = files[LedgerFormat.CSV].read_text("utf-8-sig")
        found["ledger.jsonl"] = files[LedgerFormat.JSONL].read_text("utf-8")
        found["ledger.xlsx.txt"] = workbook_text(files[LedgerFormat.XLSX])
        found["ledger.docx.txt"] = word_text(files[LedgerFormat.DOCX])
        for kind, period in PAPER_PERIODS.items():
            made = produce(kind, ledger, office(), containing(period, DAY), NOW)
            path = folder / f"{kind.value}.docx"
            write_paper(made.document, path, NOW)
            found[f"{kind.value}.docx.txt"] = word_text(path)
    return found


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        for name, text in texts(Path(folder)).items():
            (FOLDER / name).write_text(text, "utf-8", newline="\n")
            print(FOLDER / name)


if __name__ == "__main__":
    main()
