"""The table of limits in docs/operations.md says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.ground import limits
from desk.ground.log_folding import MOST, MOST_ALIKE
from desk.http.closing_stream import FILE_SECONDS
from desk.http.cookies import LONGEST
from desk.http.encoded_routes import MOST_SEGMENTS
from streams.health import MOST_CONNECTIONS, MOST_SECONDS


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[str, str]:
    """The rows of the table by their first cell."""
    page = (root / "docs" / "operations.md").read_text("utf-8")
    section = page.partition("## Limits of the web server")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines}


@pytest.mark.parametrize("limit", limits.TABLE, ids=lambda each: each.name)
def test_every_setting_stands_there_with_its_default(rows: dict[str, str], limit: object) -> None:
    name, default = limit.name, limit.default  # type: ignore[attr-defined]
    assert [row for row in rows.values() if f"| `{name}` | {default} |" in row], name


def test_what_is_fixed_stands_there_as_it_is(rows: dict[str, str]) -> None:
    told = {
        "request line and headers": (
            f"| {limits.HEADER_BYTES >> 10} KB, {limits.HEADER_FIELDS} headers |"
        ),
        "address with its query": (
            f"| {limits.TARGET_BYTES >> 10} KB, {limits.TARGET_CONDITIONS} conditions, "
            f"{MOST_SEGMENTS} slashes |"
        ),
        "cookies of a request": f"| {LONGEST >> 10} KB |",
        "pieces of a chunked body": (
            f"| {limits.FREE_CHUNKS:,}, then {limits.SMALLEST_CHUNK} bytes each on average |"
        ),
        "body of a push whose proof is over the body": f"| {limits.UNPROVEN_SECONDS} s |",
        "what still comes after a refusal": (
            f"| {limits.LINGER_SECONDS:.0f} s, {limits.LINGER_BYTES >> 20} MB |"
        ),
        "an export or list that is sent while it is made": f"| {FILE_SECONDS / 60:.0f} minutes |",
        "the same line in the log": f"| {MOST_ALIKE} a minute, {MOST} of all kinds |",
        "health pages": f"| {MOST_CONNECTIONS} connections, {MOST_SECONDS:.0f} s |",
    }
    for name, cell in told.items():
        assert cell in rows[name], name
