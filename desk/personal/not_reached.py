"""What an erasure does not reach, and on what ground it is kept."""

from __future__ import annotations

from pathlib import Path

from desk.backup.originals import originals, unread_originals
from desk.backup.service import Backups
from desk.ground.settings import Settings
from huiyin.store.migrations import copies as upgrade_copies


def not_reached(settings: Settings) -> list[str]:
    """Where data of the person may still stand, and on what ground, in Chinese."""
    lines = []
    copies = [
        copy for path in (settings.database, settings.desk_file) for copy in upgrade_copies(path)
    ]
    if copies:
        lines.append(f"升级前的副本 {len(copies)} 个（如 {copies[0].name}）：核对无误后请自行删除")
    if settings.backup is not None and (listed := Backups(settings.backup).listed()):
        lines.append(
            f"备份 {len(listed)} 份（备份文件夹）：按保存份数轮换后消失；"
            "在那以前恢复的，会自动再删除"
        )
    if kept := originals(settings):
        lines.append(
            f"导入后留存的来件原文件 {len(kept)} 个（done 文件夹）：认得出这个人的已随同删除；"
            "其余请核对，用不着的自行删除"
        )
    if unread := unread_originals(settings):
        lines.append(
            f"没有读完的来件原文件 {len(unread)} 个（failed 文件夹）：没有随同删除，"
            "请核对，用不着的自行删除"
        )
    if _any_file(settings.papers_folder):
        lines.append("已印发的报表和公文（公文文件夹）：作为公文归档保存（档案法第十三条）")
    lines.append("已导出、打印、发出的文件，以及来源平台自己保存的：不在回音里，请另行处理")
    return lines


def _any_file(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
