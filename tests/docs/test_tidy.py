"""Nothing in the repository ties it to one machine, one package index or one large file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_LIMIT = 8 * 1024 * 1024  # bytes
_WEIGHTS = {"classifiers/encoder/huiyin.encoder": 32_000_000}
"""Committed when final: every other version stays in the history for ever."""
_MACHINE = re.compile(r"/work/(?:main|shared|\.)|/root/\.|/home/[a-z]+/\.|/Users/[A-Za-z]+/")
# Where packages come from is the business of whoever installs, not of this repository.
_INDEX = re.compile(
    r"(?i)(?:pypi|pythonhosted|npmjs|crates|maven|debian|golang)(?:\.[a-z]+)*\.(?:org|com|io|net)\b"
    r"(?!/POM/)"  # the name of Maven's XML format is an address too
    r"|--(?:extra-)?index-url[ =]|--find-links[ =]"
)


def _texts(files: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in files:
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a workbook or an image


@pytest.mark.parametrize("pattern", [_MACHINE, _INDEX], ids=["machine paths", "package indexes"])
def test_no_address_of_one_place(root: Path, files: list[Path], pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in _texts(files)
        if path != Path(__file__)
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_no_large_file(root: Path, files: list[Path]) -> None:
    sizes = {path.relative_to(root).as_posix(): path.stat().st_size for path in files}
    assert [name for name, size in sizes.items() if size > _WEIGHTS.get(name, _LIMIT)] == []


def test_the_lock_has_a_hash_for_every_package(root: Path) -> None:
    entries = (root / "requirements.lock").read_text("utf-8").replace("\\\n", " ").splitlines()
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_no_secrets_file(files: list[Path]) -> None:
    """.env holds secrets and is ignored; only an example may be in the repository."""
    assert [path for path in files if path.name == ".env"] == []
