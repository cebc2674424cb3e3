"""Commands on the ledger as a whole: import, export, proof, repair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import TaskID

from cases.case import Case
from desk import production, wiring
from desk.commands.audit import audit_store, audit_text
from desk.commands.ingest import FileResult, ingest_file
from desk.commands.replay import replay_dead
from desk.console import Json, bar, fail, moment, notices, opened
from desk.settings import read_settings
from sinks.export import WRITERS, write_file
from sinks.ledger import Order, Query
from streams.embedded.store import EmbeddedStore
from streams.sources.registry import file_source


def add_to(app: typer.Typer) -> None:
    export_app = typer.Typer(help="导出。", no_args_is_help=True)
    app.add_typer(export_app, name="export")
    app.command()(ingest)
    export_app.command("ledger")(export_ledger)
    app.command()(audit)
    app.command()(rebuild)
    app.command("replay-dead")(replay_dead_letters)
    app.command("dead-letters")(list_dead_letters)


def ingest(
    files: Annotated[list[Path], typer.Argument(help="要导入的文件。", metavar="FILE...")],
    source: Annotated[str, typer.Option(help="config/sources.toml 里的来源名称。")],
    as_json: Json = False,
) -> None:
    """导入文件：12345 工单、留言板导出等，与其他来源走同一条路。"""
    settings = read_settings()
    reader = file_source(wiring.build_sources(settings), source)
    results: list[FileResult] = []
    with opened(settings) as runner, bar("导入") as progress:
        for path in files:
            task = progress.add_task("", name=path.name, total=None)

            def shown(done: int, total: int | None, task: TaskID = task) -> None:
                progress.update(task, completed=done, total=total)

            results.append(ingest_file(runner, reader, path, shown))
    if as_json:
        print(msgspec.json.encode({"files": results}).decode())
    for result in results:
        counts = result.counts
        # A file that could not be read at all has no counts to tell.
        if not as_json and (counts.read or not result.error):
            print(
                f"{result.file}：读到 {counts.read} 条，新事项 {counts.new}，"
                f"新版本 {counts.later}，未变化 {counts.unchanged}，死信 {counts.rejected}"
            )
        if result.error:
            notices.print(f"{result.file}：{result.error}", markup=False)
    if any(result.error for result in results):
        raise SystemExit(1)


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def export_ledger(
    out: Annotated[Path, typer.Option(help="写到这个文件。")],
    since: Annotated[str, typer.Option("--from", help="受理时间从（含）。")] = "",
    to: Annotated[str, typer.Option("--to", help="受理时间到（不含；只写日期时含这一天）。")] = "",
    format: Annotated[Format, typer.Option("--format", help="文件格式。")] = Format.JSONL,
    source: Annotated[str, typer.Option(help="只要这个来源。")] = "",
    unit: Annotated[str, typer.Option(help="只要这个单位（id）。")] = "",
    topic: Annotated[str, typer.Option(help="只要这个事项分类。")] = "",
    text: Annotated[str, typer.Option(help="只要含有这些字的。")] = "",
) -> None:
    """导出政务舆情回应台账。"""
    settings = read_settings()
    until = moment(to, "--to") if to else None
    if until is not None and len(to) == len("2026-09-24"):
        until += timedelta(days=1)
    query = Query(
        source=source,
        unit=unit,
        topic=topic,
        text=text,
        received_from=moment(since, "--from") if since else None,
        received_to=until,
        order=Order.CASE_ID,
    )
    register = wiring.build_router(settings).register
    with opened(settings) as runner, bar("导出") as progress:
        total = runner.store.ledger.search(query).total
        task = progress.add_task("", name=out.name, total=total)

        def counted() -> Iterator[Case]:
            for case in runner.store.ledger.scan(query):
                progress.advance(task)
                yield case

        try:
            write_file(out, WRITERS[format.value](counted(), register.name))
        except OSError as error:
            fail(f"不能写入 {out}：{error.strerror}。请检查文件夹是否存在、是否可写。")
    print(f"{out}：{total} 件")


def audit(as_json: Json = False) -> None:
    """核对：来件都在台账里，一件不多，一件不少。"""
    settings = read_settings()
    if settings.production is None:
        store = EmbeddedStore(settings.database)
        result = audit_store(store)
        store.close()
    else:
        result = production.audit(settings)
    if as_json:
        print(
            msgspec.json.encode(
                msgspec.to_builtins(result) | {"balanced": result.balanced}
            ).decode()
        )
    else:
        print(audit_text(result))
    if not result.balanced:
        raise SystemExit(1)


def rebuild(as_json: Json = False) -> None:
    """从事件日志重建台账，逐字节相同。"""
    settings = read_settings()
    with bar("重建") as progress:
        if settings.production is None:
            runner = wiring.open_runner(settings)
            task = progress.add_task("", name="台账", total=runner.store.journal_size())
            result = runner.rebuild(lambda n: progress.advance(task, n))
            runner.store.close()
        else:
            result = production.rebuild(settings, progress)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print(f"已从 {result.events} 个事件重建 {result.cases} 件事项。")


def replay_dead_letters(
    source: Annotated[str, typer.Option(help="只重试这个来源的死信。")] = "",
    as_json: Json = False,
) -> None:
    """重试死信：改好配置或程序之后，把没有收进来的再收一次。"""
    settings = read_settings()
    with opened(settings) as runner:
        result = replay_dead(runner, wiring.build_sources(settings), source=source)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print(
            f"重试 {result.tried} 条：收下 {result.accepted}，仍不能识别 {result.still_bad}，"
            f"来源不支持重试 {result.no_way}（原文已保留）。"
        )


def list_dead_letters(
    every: Annotated[bool, typer.Option("--all", help="包括已重试成功的。")] = False,
    as_json: Json = False,
) -> None:
    """列出死信：原因、出处和该怎么办。"""
    with opened(read_settings()) as runner:
        letters = runner.store.dead_letters(waiting_only=not every)
    for stored in letters:
        letter = stored.letter
        if as_json:
            print(msgspec.json.encode(letter).decode())
        else:
            print(f"{letter.at:%m-%d %H:%M}  {letter.source}  {letter.origin}\n    {letter.detail}")
    if not letters and not as_json:
        print("没有死信。")
