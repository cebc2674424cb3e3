"""What there was two or three of, and is one now (docs/decisions/0016-what-is-by-hand.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGES = ("huiyin", "cases", "classifiers", "streams", "sinks", "desk")
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
    r"^\s*def _\(": set(),
    r"noqa: F401": set(),
}
"""What, and in which files alone it stands."""


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
    }


@pytest.mark.parametrize("what", PLACES)
def test_there_is_one(what: str, sources: dict[str, str]) -> None:
    found = {name for name, text in sources.items() if re.search(what, text, re.MULTILINE)}
    assert found == PLACES[what]


OLD_NAMES = (
    *("outline", "clues", "typed", "asked", "teller", "terms", "who", "coded", "posts", "reading"),
    *("office", "office_card", "around", "surroundings", "trail", "chores", "pulls", "kept"),
    *("outward", "swept", "rounds", "details", "offers"),
)
"""Names of modules that told nobody what is in them."""


def test_no_module_has_an_old_name(sources: dict[str, str]) -> None:
    assert not [name for name in sources if Path(name).stem in OLD_NAMES]
