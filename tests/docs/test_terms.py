"""One word for one thing, wherever a person reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TERMS = {
    "超期": "逾期",
    "待定": "未分类（或说明等谁决定）",
    "聚合风险": "汇聚风险",
    "响应时限": "答复时限",
}
"""Word that is not used: the office's word."""
READ = ("cases", "classifiers", "sinks", "desk", "config", "docs", "streams")
SOURCES = re.compile(
    # Words of sources, which write as they like; what was stored or found once.
    r"^(config/sources\.toml|streams/sources/|docs/sources/|docs/model-card\.md|docs/decisions/)"
)
STORED = {"cases/registers/rectification.py": '"超期答复"'}
"""What an earlier version stored is read under its old name."""


@pytest.mark.parametrize("word", TERMS)
def test_an_old_word_stands_nowhere(root: Path, files: list[Path], word: str) -> None:
    found = []
    for path in files:
        name = str(path.relative_to(root))
        if not name.startswith(READ) or SOURCES.match(name):
            continue
        if path.suffix not in (".py", ".html", ".toml", ".md", ".js"):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if word in line.replace(STORED.get(name, "\0"), ""):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found, f"应写作“{TERMS[word]}”：\n" + "\n".join(found)
