"""Memory stays flat in each door at its limit: the worst that we know of, in a process of its
own, against a bound that grows with the limit."""

from __future__ import annotations

import pytest

from streams.sources.mail.imap import ImapOptions
from streams.sources.push.json_push import MAX_BODY
from streams.sources.seam.http_options import HttpOptions
from streams.sources.tables.files import FileOptions
from streams.sources.wechat.source import MAX_BODY as MAX_WECHAT
from tests.soak.door_memory import SHAPES, measured

_MB = 1 << 20
_HTTP = HttpOptions.model_fields["max_bytes"].default
_MAIL = ImapOptions.model_fields["max_bytes"].default
_RECORD = FileOptions.model_fields["limits"].default.max_record_chars
MOST_BYTES = {
    "hotline-push": MAX_BODY,
    "webhook": MAX_BODY,
    "wechat": MAX_WECHAT,
    "site-mailbox-json": _HTTP,
    "site-mailbox-html": _HTTP,
    "liuyan": _HTTP,
    "feed": _HTTP,
    "imap": _MAIL,
    "table-file-csv": _RECORD,
    "hotline-file-jsonl": _RECORD,
    "table-file-xlsx": 16 * _MB,
}
"""What a door holds at a time, at its limit. A workbook is read in pieces, whatever its size."""
QUICK = [("hotline-push", "fullest"), ("imap", "short lines"), ("table-file-xlsx", "bomb")]


def check(door: str, shape: str) -> None:
    _, before, peak = measured(door, shape)
    assert peak - before <= 64 + 8 * MOST_BYTES[door] // _MB, (door, shape, before, peak)


@pytest.mark.slow
@pytest.mark.parametrize(("door", "shape"), QUICK)
def test_a_door_at_its_limit(door: str, shape: str) -> None:
    check(door, shape)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("door", "shape"), sorted(set(SHAPES) - set(QUICK)))
def test_every_door_at_its_limit_in_every_bad_shape(door: str, shape: str) -> None:
    check(door, shape)


def test_every_door_has_its_shapes() -> None:
    assert {door for door, _ in SHAPES} == set(MOST_BYTES)
