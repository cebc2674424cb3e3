"""Memory stays bounded, however many rows a file has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

READ = """
import sys
from datetime import datetime
from pathlib import Path
from cases.words.times import BEIJING
from streams.sources.seam.config import load_sources
from streams.sources.tables.files import build

source = build(load_sources(Path(sys.argv[1]))["board-export"])
rows = 0
for batch in source.read(Path(sys.argv[2]), now=datetime(2026, 1, 1, tzinfo=BEIJING)):
    rows += len(batch.found)
# The peak of this process alone; getrusage would count the one that started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, int(peak.split()[1]) // 1024)
"""
HEADER = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"]


def cells(number: int, length: int) -> list[str]:
    body = f"{number} 号楼二次供水压力不足，高峰时段六楼以上无水。" * length
    reply = f"经核实，{number} 号楼水泵已检修，水压恢复正常。" * length
    moment = "2025-09-01 09:05:00"
    return [f"{number:09}", f"UU{number}", f"{number} 号楼停水", moment, body, reply, moment]


def measured(path: Path, root: Path) -> tuple[int, int]:
    """Rows read and the peak in MB, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(root / "config" / "sources.toml"), str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, peak = done.stdout.split()
    return int(rows), int(peak)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_rows_of_a_workbook(tmp_path: Path, root: Path):
    path = tmp_path / "大.xlsx"
    # Shared strings, the form that costs most: each text stands apart from its row.
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    sheet = book.add_worksheet()
    for line in range(100_001):
        for column, text in enumerate(cells(line, 8) if line else HEADER):
            sheet.write_string(line, column, text)
    book.close()
    rows, peak = measured(path, root)
    assert rows == 100_000
    assert peak < 400


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("rows", "length"), [(100_000, 8), (1_000_000, 1)])
def test_rows_of_a_csv(tmp_path: Path, root: Path, rows: int, length: int):
    path = tmp_path / "大.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADER) + "\n")
        for number in range(1, rows + 1):
            file.write(",".join(cells(number, length)) + "\n")
    found, peak = measured(path, root)
    assert found == rows
    assert peak < 400
