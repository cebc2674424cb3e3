"""The command line. Exit status 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cases.actors import Actor, Role
from cases.handling import COMMANDS
from cases.messages import Action
from cases.times import BEIJING, beijing
from desk import wiring
from desk.commands.audit import audit_store, audit_text
from desk.commands.deadline import deadline_report
from desk.commands.doctor import examine
from desk.commands.ingest import FileResult, ingest_file
from desk.commands.replay import replay_dead
from desk.settings import Settings, SettingsError, read_settings
from sinks.export import WRITERS, write_file
from sinks.ledger import Order, Query
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import StoreError
from streams.sources.base import SourceError
from streams.sources.registry import file_source

app = typer.Typer(
    name="huiyin",
    help="回音：政务舆情监测与留言回应。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
export_app = typer.Typer(help="导出。", no_args_is_help=True)
app.add_typer(export_app, name="export")

_notices = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出结果。")]


def main() -> None:
    """Entry point: errors that a person can mend are one message, not a traceback."""
    try:
        app()
    except (SettingsError, StoreError, SourceError) as error:
        _fail(str(error))
    except sqlite3.OperationalError as error:
        _fail(f"数据文件暂时不能使用：{error}。请检查磁盘空间，或稍后再试。")
    except KeyboardInterrupt:
        _fail("已中断。已经入库的内容不会丢失，可以重新运行。")


def _fail(text: str) -> None:
    _notices.print(text, markup=False)
    raise SystemExit(1)


@contextmanager
def _runner(settings: Settings) -> Iterator[EmbeddedRunner]:
    runner = wiring.open_runner(settings)
    try:
        yield runner
    finally:
        runner.store.close()


def _bar(description: str) -> Progress:
    return Progress(
        TextColumn(description),
        TextColumn("{task.fields[name]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=_notices,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _moment(text: str, name: str) -> datetime:
    try:
        return beijing(datetime.fromisoformat(text))
    except ValueError:
        raise typer.BadParameter(
            f"应为 2026-09-24 或 2026-09-24T10:00 这样的时间，实际是 {text!r}", param_hint=name
        ) from None


@app.command()
def run(
    demo: Annotated[bool, typer.Option("--demo", help="先放入示例数据。")] = False,
) -> None:
    """在一个进程里启动全部：接收、处理、巡查和网页；打印网址。"""
    from desk.serve import serve

    serve(read_settings(), demo=demo)


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="要导入的文件。", metavar="FILE...")],
    source: Annotated[str, typer.Option(help="config/sources.toml 里的来源名称。")],
    as_json: Json = False,
) -> None:
    """导入文件：12345 工单、留言板导出等，与其他来源走同一条路。"""
    settings = read_settings()
    reader = file_source(wiring.build_sources(settings), source)
    results: list[FileResult] = []
    with _runner(settings) as runner, _bar("导入") as bar:
        for path in files:
            task = bar.add_task("", name=path.name, total=None)
            results.append(
                ingest_file(
                    runner,
                    reader,
                    path,
                    lambda name, done, total, task=task: bar.update(
                        task, completed=done, total=total
                    ),
                )
            )
    if as_json:
        print(msgspec.json.encode({"files": results}).decode())
    for result in results:
        counts = result.counts
        if not as_json:
            print(
                f"{result.file}：读到 {counts.read} 条，新事项 {counts.new}，新版本 {counts.later}，"
                f"未变化 {counts.unchanged}，死信 {counts.rejected}"
            )
        if result.error:
            _notices.print(f"{result.file}：{result.error}", markup=False)
    if any(result.error for result in results):
        raise SystemExit(1)


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


@export_app.command("ledger")
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
    until = _moment(to, "--to") if to else None
    if until is not None and len(to) == len("2026-09-24"):
        until += timedelta(days=1)
    query = Query(
        source=source,
        unit=unit,
        topic=topic,
        text=text,
        received_from=_moment(since, "--from") if since else None,
        received_to=until,
        order=Order.CASE_ID,
    )
    register = wiring.build_router(settings).register
    with _runner(settings) as runner, _bar("导出") as bar:
        total = runner.store.ledger.search(query).total
        task = bar.add_task("", name=out.name, total=total)

        def counted() -> Iterator[object]:
            for case in runner.store.ledger.scan(query):
                bar.advance(task)
                yield case

        try:
            write_file(out, WRITERS[format.value](counted(), register.name))  # type: ignore[arg-type]
        except OSError as error:
            _fail(f"不能写入 {out}：{error.strerror}。请检查文件夹是否存在、是否可写。")
    print(f"{out}：{total} 件")


@app.command()
def audit(as_json: Json = False) -> None:
    """核对：来件都在台账里，一件不多，一件不少。"""
    with _runner(read_settings()) as runner:
        result = audit_store(runner.store)
    if as_json:
        print(msgspec.json.encode(msgspec.to_builtins(result) | {"balanced": result.balanced}).decode())
    else:
        print(audit_text(result))
    if not result.balanced:
        raise SystemExit(1)


@app.command()
def rebuild(as_json: Json = False) -> None:
    """从事件日志重建台账，逐字节相同。"""
    with _runner(read_settings()) as runner, _bar("重建") as bar:
        task = bar.add_task("", name="台账", total=runner.store.journal_size())
        result = runner.rebuild(lambda n: bar.advance(task, n))
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print(f"已从 {result.events} 个事件重建 {result.cases} 件事项。")


@app.command("replay-dead")
def replay_dead_letters(
    source: Annotated[str, typer.Option(help="只重试这个来源的死信。")] = "",
    as_json: Json = False,
) -> None:
    """重试死信：改好配置或程序之后，把没有收进来的再收一次。"""
    settings = read_settings()
    with _runner(settings) as runner:
        result = replay_dead(runner, wiring.build_sources(settings), source=source)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print(
            f"重试 {result.tried} 条：收下 {result.accepted}，仍不能识别 {result.still_bad}，"
            f"来源不支持重试 {result.no_way}（原文已保留）。"
        )


@app.command("dead-letters")
def list_dead_letters(
    every: Annotated[bool, typer.Option("--all", help="包括已重试成功的。")] = False,
    as_json: Json = False,
) -> None:
    """列出死信：原因、出处和该怎么办。"""
    with _runner(read_settings()) as runner:
        letters = runner.store.dead_letters(waiting_only=not every)
    for stored in letters:
        letter = stored.letter
        if as_json:
            print(msgspec.json.encode(letter).decode())
        else:
            print(f"{letter.at:%m-%d %H:%M}  {letter.source}  {letter.origin}\n    {letter.detail}")
    if not letters and not as_json:
        print("没有死信。")


@app.command()
def deadline(
    received: Annotated[str, typer.Argument(help="收到的时间，如 2026-09-24T10:00。")],
    working_days: Annotated[int | None, typer.Option(min=1, help="工作日数。")] = None,
    rule: Annotated[str, typer.Option(help="时限表里的行，如 reply、disclosure。")] = "",
    as_json: Json = False,
) -> None:
    """算一个期限，逐日说明哪天算、哪天不算。"""
    settings = read_settings()
    at = _moment(received, "RECEIVED")
    try:
        report = deadline_report(
            at,
            calendar=wiring.build_calendar(settings),
            policy=wiring.build_policy(settings),
            working_days=working_days,
            rule=rule or None,
        )
    except ValueError as error:
        _fail(str(error))
    print(report.json() if as_json else report.text())


@app.command()
def act(
    case_id: Annotated[str, typer.Argument(help="事项编号，如 board-export:2549。")],
    command: Annotated[str, typer.Argument(help=f"动作：{'、'.join(COMMANDS)}。")],
    arguments: Annotated[str, typer.Argument(help='动作的内容，JSON，如 {"lead": "住建局"}。')] = "{}",
    by: Annotated[str, typer.Option(help="谁做的（账号）。")] = "cli",
    role: Annotated[Role, typer.Option(help="以什么角色。")] = Role.DESK,
    unit: Annotated[str, typer.Option(help="以哪个单位（id）。")] = "",
    action_id: Annotated[str, typer.Option(help="动作的编号；重复提交同一编号只算一次。")] = "",
) -> None:
    """对一件事项做一个办理动作（派单、签收、答复、办结……）。"""
    kind = COMMANDS.get(command)
    if kind is None:
        raise typer.BadParameter(f"没有“{command}”这个动作。可用的有：{'、'.join(COMMANDS)}")
    try:
        body = msgspec.json.decode(arguments or "{}", type=dict[str, object])
        wanted = msgspec.convert({"do": command, **body}, kind, str_keys=True)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise typer.BadParameter(f"动作内容不对：{error}", param_hint="ARGUMENTS") from None
    settings = read_settings()
    now = settings.clock()
    action = Action(
        message_id=action_id or f"a-{uuid4().hex}",
        case_id=case_id,
        actor=Actor(id=by, role=role, unit=unit),
        command=wanted,  # type: ignore[arg-type]
        at=now,
    )
    with _runner(settings) as runner:
        runner.act(action)
        runner.pump_all()
        case = runner.store.ledger.load([case_id]).get(case_id)
        if case is None:
            _fail(f"没有编号为 {case_id} 的事项。")
            return
        events = case.recorded_for(action.message_id)
    for event in events:
        print(msgspec.json.encode(event.body).decode())
    refused = [event.body for event in events if event.body.__struct_config__.tag == "action_refused"]
    if refused:
        _fail(getattr(refused[0], "reason", ""))


@app.command()
def show(case_id: Annotated[str, typer.Argument(help="事项编号。")]) -> None:
    """显示一件事项的全部内容和历史（JSON）。含个人信息，注意保管。"""
    with _runner(read_settings()) as runner:
        case = runner.store.ledger.load([case_id]).get(case_id)
    if case is None:
        _fail(f"没有编号为 {case_id} 的事项。")
    print(msgspec.json.format(msgspec.json.encode(case), indent=2).decode())


@app.command()
def doctor(as_json: Json = False) -> None:
    """检查配置、数据文件、日历和来源，说明哪里要改。"""
    findings = examine(read_settings())
    if as_json:
        print(msgspec.json.encode(findings).decode())
    else:
        for finding in findings:
            mark = {"ok": "✓", "warning": "！", "error": "✗"}[finding.level]
            print(f"{mark} {finding.text}")
    if any(finding.level == "error" for finding in findings):
        raise SystemExit(1)


__all__ = ["BEIJING", "app", "main"]
