"""What there was two or three of, and is one now (docs/decisions/0016-what-is-by-hand.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGES = ("huiyin", "cases", "classifiers", "streams", "sinks", "desk")
BESIDE = ("tests", "benchmarks", "bundle")
PLACES = {
    r"^class Period\b": {"cases/reporting/periods.py"},
    r"\bSENTIMENTS\b": set(),
    r"^def backoff\b": {"huiyin/backoff.py"},
    # One for reports and letters, one for forms.
    r"^import docx$|^from docx import": {
        *("sinks/reports/docx.py", "sinks/reports/docx_letter.py", "desk/papers/docx.py"),
    },
    r"os\.fsync\(": {"huiyin/store/whole.py"},
    r"\"gb2312gbk\"|'gb2312gbk'": {"huiyin/net/charset.py"},
    r"token_urlsafe\(32\)|sha256\(word": {"desk/accounts/secret_words.py"},
    # Names that told nobody what they hold; each has another now.
    r"^class (?:Outline|Teller|Acts|Office|Around|Surroundings|Deed)\b": set(),
}
"""What, and in which files of the product alone it stands."""
NOWHERE = (r"^\s*(?:async )?def _\(", "noqa" + ": F401")
"""Also not in tests and benchmarks."""


def _read(packages: tuple[str, ...]) -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for package in packages
        for path in (root / package).rglob("*.py")
    }


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return _read(PACKAGES)


@pytest.fixture(scope="module")
def beside() -> dict[str, str]:
    return _read(BESIDE)


@pytest.mark.parametrize("what", PLACES)
def test_there_is_one(what: str, sources: dict[str, str]) -> None:
    found = {name for name, text in sources.items() if re.search(what, text, re.MULTILINE)}
    assert found == PLACES[what]


@pytest.mark.parametrize("what", NOWHERE)
def test_there_is_none(what: str, sources: dict[str, str], beside: dict[str, str]) -> None:
    every = sources | beside
    assert not [name for name, text in every.items() if re.search(what, text, re.MULTILINE)]


OLD_NAMES = (
    *("outline", "clues", "typed", "asked", "teller", "terms", "who", "coded", "posts", "reading"),
    *("office", "office_card", "around", "surroundings", "trail", "chores", "pulls", "kept"),
    *("outward", "swept", "rounds", "details", "offers"),
)
"""Names of modules and folders that told nobody what is in them."""


def test_no_module_and_no_folder_has_an_old_name(sources: dict[str, str]) -> None:
    assert not [
        name
        for name in sources
        if not set(OLD_NAMES).isdisjoint((*Path(name).parent.parts, Path(name).stem))
    ]
