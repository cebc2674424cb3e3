"""Commands on the ledger as a whole: import, proof, repair."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import TaskID

from desk.app.commands.audit import audit_store, audit_text, last_word
from desk.backup.erasures import erase_again, noted_erasures
from desk.backup.proofs import files_text, name_restore, prove_files
from desk.dead_letters.service import DeadLetters, replayed_text
from desk.ground import production_upkeep, wiring
from desk.ground.arguments import known_source
from desk.ground.console import (
    Json,
    bar,
    command_line,
    interruptible,
    notices,
    opened,
    opened_desk,
    tell,
)
from desk.ground.sample_data import refuse_samples
from desk.ground.settings import Settings, read_settings
from desk.sources.ingest import FileResult, ingest_file
from huiyin.interpreter import settle
from huiyin.store.errors import StoreError
from sinks.ledger.base import LedgerUnavailable
from streams.audit import Audit
from streams.embedded.store import EmbeddedStore
from streams.history import HistoryLine, history_of
from streams.sources.registry import file_source


def add_to(app: typer.Typer) -> None:
    app.command()(ingest)
    app.command()(audit)
    app.command()(restored)
    app.command()(rebuild)
    app.command("replay-dead")(replay_dead_letters)
    app.command("dead-letters")(list_dead_letters)


def ingest(
    files: Annotated[list[Path], typer.Argument(help="要导入的文件。", metavar="FILE...")],
    source: Annotated[str, typer.Option(help="config/sources.toml 里的来源名称。")],
    archive: Annotated[
        bool,
        typer.Option(
            "--archive",
            help="按历史数据导入：带原有答复和日期，不计时、不告警、不回访、不考核。",
        ),
    ] = False,
    archive_before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="这一天以前收到的按历史数据导入，其余照常办理。",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """导入文件：12345 工单、留言板导出等，与其他来源走同一条路。"""
    if archive and archive_before is not None:
        raise typer.BadParameter("--archive 是整个文件，--archive-before 是其中一部分，只用一个。")
    settings = read_settings()
    refuse_samples(settings)
    reader = file_source(wiring.build_sources(settings), source)
    history = history_of(wiring.source_entries(settings)[source])
    if archive or archive_before is not None:
        history = HistoryLine(archive_before.date() if archive_before else None)
    results: list[FileResult] = []
    with opened(settings) as runner, bar("导入") as progress:
        settle()
        for path in files:
            task = progress.add_task("", name=path.name, total=None)

            def shown(done: int, total: int | None, task: TaskID = task) -> None:
                progress.update(task, completed=done, total=total)

            results.append(ingest_file(runner, reader, path, shown, history))
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


def audit(as_json: Json = False) -> None:
    """核对：来件都在台账里，一件不多，一件不少。"""
    settings = read_settings()
    # First of all: what is wrong with a file explains the rest.
    proofs = prove_files(settings)
    if settings.production is not None:
        proofs += production_upkeep.prove_log(settings)
    result: Audit | None = None
    problem = ""
    try:
        result = _stream(settings)
    except (StoreError, LedgerUnavailable) as error:
        problem = str(error)
    balanced = result is not None and result.balanced and all(each.balanced for each in proofs)
    if as_json:
        found = msgspec.to_builtins(result) if result else {"problems": [problem]}
        answer = found | {"files": msgspec.to_builtins(proofs), "balanced": balanced}
        print(msgspec.json.encode(answer).decode())
    else:
        print(audit_text(result) if result else f"来件核对做不了：\n  · {problem}")
        print(files_text(proofs))
        print(f"\n{last_word(balanced=balanced)}")
    if not balanced:
        raise SystemExit(1)


def _stream(settings: Settings) -> Audit:
    """Raises `StoreError`, and with Kafka what `production_upkeep.audit` raises."""
    if settings.production is not None:
        return production_upkeep.audit(settings)
    store = EmbeddedStore(settings.database, master=settings.master)
    try:
        with store.connection.snapshot(), bar("核对") as progress:
            task = progress.add_task("", name="来件", total=store.processed)
            return audit_store(store, lambda done: progress.update(task, completed=done))
    finally:
        store.close()


def restored(
    reason: Annotated[str, typer.Argument(help="原因，如 磁盘损坏，恢复 11 月 28 日的备份。")],
    by: Annotated[str, typer.Option(help="谁登记的。")] = "命令行",
    as_json: Json = False,
) -> None:
    """登记数据文件是从备份恢复的：audit 从此把缺的写入列为恢复，不再算丢失。"""
    if not reason.strip():
        raise typer.BadParameter("请写明原因", param_hint="REASON")
    settings = read_settings()
    named = [(file, one.at) for file, one in name_restore(settings, reason.strip(), by)]
    again = 0
    if settings.production is not None:
        gone = production_upkeep.explain_log(settings, reason.strip(), by)
        named += [(one.topic, one.at) for one in gone]
        with opened(settings) as runner:
            again = erase_again(noted_erasures(settings.home), runner)
        again += production_upkeep.erase_again(settings)
    lines = [
        f"已登记：{file} 在 {at:%Y-%m-%d %H:%M} 发现的不符，原因：{reason.strip()}"
        for file, at in named
    ]
    if again:
        lines.append(f"恢复的内容里有 {again} 件登记过删除，已再次删除。")
    told = [{"file": file, "found_at": at, "reason": reason.strip()} for file, at in named]
    nothing = "没有需要登记的：各数据文件与确认过的写入相符。"
    tell("\n".join(lines) or nothing, told, as_json=as_json)


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
            result = production_upkeep.rebuild(settings, progress)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print(f"已从 {result.events} 个事件重建 {result.cases} 件事项。")


def replay_dead_letters(
    source: Annotated[str, typer.Option(help="只重试这个来源的死信。")] = "",
    after: Annotated[str, typer.Option(help="从上次中断的地方继续。", metavar="PLACE")] = "",
    as_json: Json = False,
) -> None:
    """重试死信：改好配置或程序之后，把没有收进来的再收一次。可用 Ctrl-C 中断，不会重复收。"""
    settings = read_settings()
    if source:
        with opened(settings) as runner:
            stored = runner.store.dead_letters(waiting_only=False)
            known_source(
                settings, source, lambda: any(source == one.letter.source for one in stored)
            )
    with opened_desk(settings) as desk, bar("重试死信") as progress, interruptible() as stopped:
        task = progress.add_task("", name=source or "全部来源", total=None)
        result = desk.get(DeadLetters).replay(
            command_line(),
            source=source,
            after=after,
            stopped=stopped,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    tell(f"{replayed_text(result)}。", result, as_json=as_json)
    if result.left and not as_json:
        again = f"huiyin replay-dead --after {result.after}"
        again += f" --source {source}" if source else ""
        print(f"已中断，还有 {result.left} 条没有试。从这里继续：{again}")


def list_dead_letters(
    every: Annotated[bool, typer.Option("--all", help="包括已重试成功的。")] = False,
    as_json: Json = False,
) -> None:
    """列出死信：原因、出处和该怎么办。"""
    shown = 0
    with opened(read_settings()) as runner:
        for stored in runner.store.dead_letters(waiting_only=not every):
            letter = stored.letter
            shown += 1
            if as_json:
                print(msgspec.json.encode(letter).decode())
            else:
                at = f"{letter.at:%m-%d %H:%M}"
                print(f"{at}  {letter.source}  {letter.origin}\n    {letter.detail}")
    if not shown and not as_json:
        print("没有死信。")
