"""Commands on the 政策咨询问答库."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from desk.ground import wiring
from desk.ground.arguments import extension
from desk.ground.console import Json, fail, tell
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, read_settings
from desk.qa.book import Book
from desk.qa.export import PublicEntry, as_html, as_json, public_entries
from desk.qa.push import push as send
from desk.qa.qa_table import read_qa
from streams.sources.seam.secrets import Secrets


class Format(StrEnum):
    JSON = "json"
    HTML = "html"


def add_to(app: typer.Typer) -> None:
    qa_app = typer.Typer(help="政策咨询问答库：导出、推送。", no_args_is_help=True)
    app.add_typer(qa_app, name="qa")
    qa_app.command("export")(export)
    qa_app.command("push")(push)


def export(
    format_: Annotated[Format, typer.Option("--format", help="json 或 html。")] = Format.JSON,
    out: Annotated[Path | None, typer.Option(help="写到这个文件；不给则打印。")] = None,
    as_json_: Json = False,
) -> None:
    """导出今天有效的问答。"""
    settings = read_settings()
    day = settings.clock().date()
    if out is not None:
        extension(out, {".json"} if format_ is Format.JSON else {".html", ".htm"})
    entries = _public(settings)
    data = as_json(entries, day) if format_ is Format.JSON else as_html(entries, day)
    if out is None and as_json_:
        told = {"entries": len(entries), "format": format_, "content": data.decode()}
        tell("", told, as_json=True)
        return
    if out is None:
        print(data.decode(), end="")
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        fail(f"写不了 {out}：{error.strerror}。")
    told = {"file": str(out), "format": format_, "entries": len(entries)}
    tell(f"已导出 {len(entries)} 条问答到 {out}。", told, as_json=as_json_)


def push(as_json_: Json = False) -> None:
    """把今天有效的问答推送到 config/qa.toml 配置的平台。"""
    settings = read_settings()
    entries = _public(settings)
    now = settings.clock()
    secrets = Secrets.load(os.environ, settings.home)
    said = send(read_qa(settings).push, secrets, as_json(entries, now.date()), now)
    told = f"已推送 {len(entries)} 条问答。平台答复：{said or '（空）'}"
    tell(told, {"entries": len(entries), "answer": said}, as_json=as_json_)


def _public(settings: Settings) -> list[PublicEntry]:
    book = Book(DeskFile(settings.desk_file))
    names = {unit.id: unit.name for unit in wiring.build_router(settings).register}
    return public_entries(book.public(settings.clock().date()), book.documents(), names)
