"""`huiyin ocr`: the text in the pictures of cases that are there already."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.ground.console import Json, bar, fail, interruptible, opened, tell
from desk.ground.settings import read_settings
from desk.pictures.service import HOW_TO_INSTALL, Totals, cases_to_read, read_all
from streams.pictures.reader import PictureReader, PicturesError, Stopped, installed


def add_to(app: typer.Typer) -> None:
    app.command()(ocr)


def ocr(
    *,
    again: Annotated[
        bool, typer.Option("--again", help="以前没有识别成、没有识别完的附件再识别一次。")
    ] = False,
    as_json: Json = False,
) -> None:
    """识别已有事项附件里图片、扫描件的文字；新来的附件由程序自己识别。可以随时中断，再运行时接着做。"""
    settings = read_settings()
    if not installed():
        fail(f"{HOW_TO_INSTALL}：pip install 'huiyin[ocr]'，然后再运行。")
    with opened(settings) as runner, interruptible() as stopped, bar("图片文字") as progress:
        case_ids = cases_to_read(runner, again=again)
        task = progress.add_task("", name="", total=len(case_ids))
        try:
            with PictureReader(stopped=stopped) as reader:
                totals = read_all(
                    settings,
                    runner,
                    reader,
                    case_ids,
                    again=again,
                    progress=lambda done: progress.advance(task, done),
                )
        except Stopped:
            fail("已中断；已识别的都已保存，再运行时接着做。")
        except PicturesError as problem:
            fail(str(problem))
    text = _in_words(totals) if totals.cases else "没有要识别的附件。"
    tell(text, totals, as_json=as_json)


def _in_words(totals: Totals) -> str:
    unread = f"，{totals.unread} 个没有识别完（原因在事项页）" if totals.unread else ""
    missing = (
        f"{totals.missing} 件的附件不在附件文件夹里，没有识别。请检查 HUIYIN_FILES。"
        if totals.missing
        else ""
    )
    return f"{totals.cases} 件事项：{totals.read} 个附件已识别{unread}。{missing}"
