"""`huiyin backup`, `huiyin restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.backup.archive import check
from desk.backup.erasures import NAME
from desk.backup.restoring import restore
from desk.backup.service import Backups, passphrase_of
from desk.ground.console import Json, bar, tell
from desk.ground.settings import SettingsError, read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command("restore")(restore_backup)


def backup(
    folder: Annotated[
        Path | None, typer.Argument(help="备份放在哪个文件夹；不填则用 HUIYIN_BACKUP。")
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="留最近几份；不填则用 HUIYIN_BACKUP_KEEP。"),
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", help="不做备份，只核对这一份。", metavar="FILE")
    ] = None,
    if_due: Annotated[
        bool, typer.Option("--if-due", help="当天（HUIYIN_BACKUP_AT 以后）的已经有了就不做。")
    ] = False,
    as_json: Json = False,
) -> None:
    """备份全部数据：运行中也能做，做完再从头读一遍核对。"""
    settings = read_settings()
    passphrase = passphrase_of(settings)
    if verify is not None:
        with bar("核对") as progress:
            task = progress.add_task("", name=verify.name, total=None)
            contents = check(verify, passphrase, lambda size: progress.advance(task, size))
        text = (
            f"{verify.name} 完整：{contents.made_at:%Y-%m-%d %H:%M} 做的，"
            f"{len(contents.files)} 个文件，{_megabytes(contents.size)}。"
        )
        tell(text, contents, as_json=as_json)
        return
    if settings.production is not None:
        raise SettingsError(
            "huiyin backup 备份的是单机运行的数据。用 Kafka 和 Elasticsearch 运行时，"
            "请按 docs/operations.md 的“Backup”一节备份。"
        )
    where = folder or settings.backup
    if where is None:
        raise typer.BadParameter("请写明备份文件夹，或设置 HUIYIN_BACKUP", param_hint="FOLDER")
    backups = Backups(where)
    if if_due and not backups.due(settings.clock(), settings.backup_at):
        newest = backups.listed()[0]
        tell(f"当天的备份已经有了：{newest.name}，没有再做。", newest, as_json=as_json)
        return
    with bar("备份") as progress:
        task = progress.add_task("", name=str(where), total=None)
        made = backups.make(
            settings,
            settings.clock(),
            passphrase=passphrase,
            keep=keep or settings.backup_keep,
            told=lambda size: progress.advance(task, size),
        )
    text = (
        f"已备份到 {where / made.name}：{made.files} 个文件，{_megabytes(made.size)}，"
        f"用时 {made.seconds:.0f} 秒，已从头核对。"
    )
    if not made.sealed:
        text += "没有加密：要加密请设置密钥 BACKUP_KEY，密钥文件 secrets.toml 不在这份备份里。"
    tell(text, made, as_json=as_json)


def restore_backup(
    file: Annotated[Path, typer.Argument(help="要恢复的备份。")],
    by: Annotated[str, typer.Option(help="谁恢复的。")] = "命令行",
    as_json: Json = False,
) -> None:
    """把一份备份恢复到空的数据文件夹（HUIYIN_HOME）。"""
    settings = read_settings()
    with bar("恢复") as progress:
        task = progress.add_task("", name=file.name, total=None)
        done = restore(
            file,
            settings,
            by=by,
            passphrase=passphrase_of(settings),
            told=lambda size: progress.advance(task, size),
        )
    lines = [
        f"已恢复到 {settings.home}：{done.made_at:%Y-%m-%d %H:%M} 的数据。",
        f"共 {done.files} 个文件，{_megabytes(done.size)}，都与清单相符。",
        f"当时的配置在 {done.config}，请与现在的比较。",
        "那以后登记和办理的都不在里面；来源还留着的，启动后会重新读入。",
    ]
    if done.unclear:
        lines.append(f"{done.unclear} 件答复可能在备份之后已经发出，已列为送达不明，请逐件核对。")
    if not done.listed:
        lines.append(
            f"备份旁边没有删除登记 {NAME}：备份以后删除过个人信息的，请用 huiyin person 再删除。"
        )
    if done.erased:
        lines.append(f"{done.erased} 件在备份以后删除过个人信息，已再次删除。")
    lines.append("请运行 huiyin audit 核对，再启动。")
    tell("\n".join(lines), done, as_json=as_json)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
