"""Commands on the 政策咨询问答库."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.ground.arguments import extension
from desk.ground.console import Json, command_line, fail, opened_desk, tell
from desk.ground.settings import read_settings
from desk.qa.published import ExportFormat, PublicAnswers


def add_to(app: typer.Typer) -> None:
    qa_app = typer.Typer(help="政策咨询问答库：导出、推送。", no_args_is_help=True)
    app.add_typer(qa_app, name="qa")
    qa_app.command("export")(export)
    qa_app.command("push")(push)


def export(
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="json 或 html。")
    ] = ExportFormat.JSON,
    out: Annotated[Path | None, typer.Option(help="写到这个文件；不给则打印。")] = None,
    as_json_: Json = False,
) -> None:
    """导出今天有效的问答。"""
    if out is not None:
        extension(out, {".json"} if format_ is ExportFormat.JSON else {".html", ".htm"})
    with opened_desk(read_settings()) as desk:
        made = desk.get(PublicAnswers).export(command_line(), format_)
    if out is None and as_json_:
        told = {"entries": made.entries, "format": format_, "content": made.content.decode()}
        tell("", told, as_json=True)
        return
    if out is None:
        print(made.content.decode(), end="")
        return
    try:
        out.write_bytes(made.content)
    except OSError as error:
        fail(f"写不了 {out}：{error.strerror}。")
    told = {"file": str(out), "format": format_, "entries": made.entries}
    tell(f"已导出 {made.entries} 条问答到 {out}。", told, as_json=as_json_)


def push(as_json_: Json = False) -> None:
    """把今天有效的问答推送到 config/qa.toml 配置的平台。"""
    with opened_desk(read_settings()) as desk:
        done = desk.get(PublicAnswers).push(command_line())
    told = f"已推送 {done.entries} 条问答。平台答复：{done.answer or '（空）'}"
    tell(told, {"entries": done.entries, "answer": done.answer}, as_json=as_json_)
