"""`huiyin processing register`: the register of processing activities, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from desk.ground.console import Json, command_line, fail, opened_desk, tell
from desk.ground.settings import read_settings
from desk.processing.service import FORMS, ProcessingRegister
from huiyin.store.whole import whole


def add_to(app: typer.Typer) -> typer.Typer:
    """Gives the group `huiyin processing`."""
    processing = typer.Typer(help="个人信息处理活动记录和年度自查。", no_args_is_help=True)
    app.add_typer(processing, name="processing")
    processing.command("register")(register)
    return processing


def register(
    out: Annotated[Path | None, typer.Option(help="写成文件，以 .docx 或 .xlsx 结尾。")] = None,
    as_json: Json = False,
) -> None:
    """个人信息处理活动记录：按现在的配置，每个处理目的一行。"""
    form = out.suffix.removeprefix(".").lower() if out is not None else ""
    if out is not None and form not in FORMS:
        fail(f"文件名应以 {'、'.join(f'.{one}' for one in FORMS)} 结尾，实际是 {out.name}。")
    with opened_desk(read_settings()) as desk:
        found = desk.get(ProcessingRegister)
        rows = found.rows()
        data = found.file(command_line(), form) if out is not None else b""
    if out is not None:
        with whole(out) as written:
            written.write_bytes(data)
        told = {"file": str(out), "activities": len(rows)}
        tell(f"已写到 {out}，{len(rows)} 项。", told, as_json=as_json)
        return
    lines = [
        {"id": row.activity.id, "purpose": row.activity.purpose, "way": row.activity.way}
        | {"people": row.activity.people, "kinds": row.activity.kinds, "kept": row.activity.kept}
        | {"receivers": row.activity.receivers, "measures": row.activity.measures}
        | {"basis": row.basis, "assessment": row.assessment, "responsible": row.responsible}
        | {"note": row.remarks.note}
        for row in rows
    ]
    if as_json:
        print(msgspec.json.encode({"activities": lines}).decode())
        return
    for line in lines:
        print(f"{line['id']}  {line['purpose']}  保存：{line['kept']}  {line['assessment']}")
