"""`huiyin corrections`, `huiyin judge`, `huiyin model`, and `huiyin train --from-ledger`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
import typer

from classifiers.training.lessons import LEAST, HeadReport
from desk.ground import models
from desk.ground.audit_log import AuditAction
from desk.ground.console import (
    Json,
    bar,
    command_line,
    interruptible,
    moment,
    notices,
    opened_desk,
    tell,
)
from desk.ground.context import DeskContext
from desk.ground.settings import SettingsError, read_settings
from desk.learning.rows import CorrectionLine, hotspot_names, lines, name_lines
from desk.learning.second_look import LaterVerdicts, SecondLook
from desk.learning.teaching import HEADS, Models, Report
from desk.phrasing import vocabulary
from sinks.ledger.base import Query

SHIPPED: Final = "shipped"
"""What the command line calls the program's own model."""


def add_to(app: typer.Typer) -> None:
    app.command()(corrections)
    app.command()(judge)
    model_app = typer.Typer(help="分类模型：列出、换用。", no_args_is_help=True)
    app.add_typer(model_app, name="model")
    model_app.command("list")(list_models)
    model_app.command("use")(use_model)


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
            yield from name_lines(hotspot_names(desk.file), store.ledger, from_then)

        for line in all_lines(desk):
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def judge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会改什么，不写入。")] = False,
    as_json: Json = False,
) -> None:
    """复核：线性模型单独识别过的来件，由两个模型再看一遍分类和情感；人工认定的不动，期限不延长。"""
    with opened_desk(read_settings()) as desk, bar("复核") as progress, interruptible() as stopped:
        task = progress.add_task("", name="来件", total=None)
        found = desk.get(LaterVerdicts).look_again(
            command_line(),
            dry_run=dry_run,
            begun=lambda waiting: progress.update(task, total=waiting),
            advanced=lambda read: progress.advance(task, read),
            stopped=stopped,
        )
    tell(_looked(found), found, as_json=as_json)


def _looked(found: SecondLook) -> str:
    changed = "，".join(
        f"{vocabulary.field(field)}有变化的 {count} 件" for field, count in found.changed.items()
    )
    done = "会复核" if found.dry_run else "复核了"
    said = f"复核模型没有看过的 {found.waiting} 件，看了 {found.read} 件；"
    said += f"线性模型没有把握的 {done} {found.judged} 件{f'：{changed}' if changed else ''}。"
    if found.dry_run:
        return f"{said}没有写入。"
    return said if found.read == found.waiting else f"{said}已停下，再次运行从这里接着做。"


def list_models(*, as_json: Json = False) -> None:
    """列出可以用的模型：程序自带的，和用这里的更正训练的。"""
    settings = read_settings()
    now = models.chosen(settings)
    names = ["", *models.versions(settings)]
    lines = [f"{'*' if name == now else ' '} {name or SHIPPED}" for name in names]
    if settings.model is not None:
        lines.append(f"现在由 HUIYIN_MODEL 指定：{settings.model}")
    told = {"models": [name or SHIPPED for name in names], "in_use": now or SHIPPED}
    tell("\n".join(lines), told, as_json=as_json)


def use_model(
    version: Annotated[str, typer.Argument(help="huiyin model list 里的一个，或 shipped。")],
    *,
    as_json: Json = False,
) -> None:
    """换用一个模型：从下一件来件起；已有的识别结果不变。正在运行的进程几秒后换上。"""
    settings = read_settings()
    wanted = "" if version == SHIPPED else version
    try:
        models.chosen(settings)
    except SettingsError:
        # Nothing opens with a pointer to nowhere: put it right first.
        models.choose(settings, wanted)
        with opened_desk(settings) as desk:
            desk.get(Models).note_use(command_line(), wanted)
    else:
        with opened_desk(settings) as desk:
            desk.get(Models).use(command_line(), wanted)
    tell(f"换用{version}。", {"in_use": version}, as_json=as_json)


def teach(*, apply: bool, as_json: bool) -> None:
    """`huiyin train --from-ledger`."""
    with opened_desk(read_settings()) as desk:
        service = desk.get(Models)
        report = service.teach(
            command_line(), keep=apply, progress=lambda said: notices.print(said, markup=False)
        )
        if report.version:
            service.use(command_line(), report.version)
    tell("\n".join(told(report)), report, as_json=as_json)


def told(report: Report) -> Iterator[str]:
    """The report of a training in lines."""
    teaching = report.teaching
    yield f"以 {teaching.base} 为底，学了 {report.cases} 件。轮流留出的来件判对的，训练前和训练后："
    for head in teaching.heads:
        yield _head_line(head)
    if teaching.strange:
        yield f"{teaching.strange} 个标签不在模型的分类里，没有学。"
    yield "风险、紧急由词表和危急模型判断，简单问题按规则认定，不在这里学；更正都已留存，可以导出。"
    if not teaching.learnt:
        yield "更正还不够，没有新的模型。"
    elif not teaching.better:
        yield "留出的来件没有判得更对，建议先不用。"
    if report.version:
        yield f"已换用 {report.version}；换回去：huiyin model use {SHIPPED}。"
    elif teaching.learnt:
        yield "只量了一量，没有留下模型；要用请加 --apply。"


def _head_line(head: HeadReport) -> str:
    name = HEADS[head.head]
    if not head.learnt:
        return f"{name}：更正 {head.corrected.count} 件，不足 {LEAST} 件，不学。"
    parts = [
        f"{word} {one.count} 件，{one.before} → {one.after}"
        for word, one in (("人工更正的", head.corrected), ("没有更正的", head.confirmed))
    ]
    return f"{name}：{'；'.join(parts)}。"
