"""`huiyin corrections`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from desk.ground.audit_log import AuditAction
from desk.ground.console import command_line, moment, opened_desk
from desk.ground.context import DeskContext
from desk.ground.settings import read_settings
from desk.learning.rows import CorrectionLine, hotspot_names, line_of, lines
from sinks.ledger.base import Query


def add_to(app: typer.Typer) -> None:
    app.command()(corrections)


def corrections(
    since: Annotated[str, typer.Option(help="只要这一天以后的，如 2026-11-01。")] = "",
    texts: Annotated[
        bool, typer.Option("--texts", help="带上标题、正文和更正的说明，个人信息已隐去。")
    ] = False,
) -> None:
    """人工的更正，每条一行 JSON：哪一件、改了什么、改前改后、谁、何时、当时的模型。"""
    from_then = moment(since, "--since") if since else None
    with opened_desk(read_settings()) as desk, desk.readers.reader() as store:
        if texts:
            desk.note(command_line(), AuditAction.EXPORT, "corrections", "导出更正，带正文")

        def all_lines(desk: DeskContext) -> Iterator[CorrectionLine]:
            yield from lines(store.ledger.scan(Query()), from_then, texts=texts)
            for row in hotspot_names(desk.file):
                if from_then is None or row.at >= from_then:
                    yield line_of(row, None, texts=texts)

        for line in all_lines(desk):
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
