"""What the running program logs, whoever logs it, holds no secret."""

from __future__ import annotations

import logging

import pytest

from desk.app.serve import prepare_logs
from streams.sources.seam.secrets import Secrets


def test_a_logged_secret_leaves_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    last = logging.lastResort
    assert last is not None
    handlers = [
        last,
        *(
            h
            for name in ("", "uvicorn", "uvicorn.access")
            for h in logging.getLogger(name).handlers
        ),
    ]
    before = {handler: list(handler.filters) for handler in handlers}
    try:
        prepare_logs(Secrets({"TOKEN": "value-of-the-token"}))
        assert all(len(handler.filters) > len(before[handler]) for handler in handlers)
        last.handle(
            logging.makeLogRecord(
                {"msg": "sent %s", "args": ("value-of-the-token",), "levelno": 40}
            )
        )
    finally:
        for handler, filters in before.items():
            handler.filters[:] = filters
    said = capsys.readouterr().err
    assert "sent" in said
    assert "value-of-the-token" not in said
