"""The data folder: who reads it, what is free, what is kept, what its files say."""

from __future__ import annotations

import os

from cases.privacy.public_text import is_newer_than_released
from desk.backup.proofs import unexplained
from desk.backup.service import Backups
from desk.doctor.finding import Finding
from desk.ground.disks import rooms
from desk.ground.private_home import open_to_others
from desk.ground.settings import Settings
from huiyin.store.errors import StoreError
from huiyin.store.room import room_of
from sinks.ledger.base import Query
from streams.embedded.store import EmbeddedStore

_NAMED = 5
"""Cases that are named in a finding."""


def open_files(settings: Settings) -> list[Finding]:
    """Nobody else on the machine reads the letters."""
    found = open_to_others(settings)
    if not found:
        return []
    text = (
        f"数据文件夹里有 {len(found)} 个文件或文件夹本机其他账号能读（如 {found[0]}）。"
        "重新启动回音就会收回；也可以马上运行 "
        f"chmod -R go-r {settings.home}"
    )
    return [Finding("warning", text)]


def data_folder(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        return Finding("ok", f"数据文件夹 {home} 还没有，第一次运行时创建")
    if not home.is_dir():
        return Finding("error", f"HUIYIN_HOME 应为文件夹，{home} 是文件，请改 HUIYIN_HOME")
    if not os.access(home, os.W_OK):
        return Finding("error", f"数据文件夹 {home} 不可写，请检查权限")
    room = room_of(home)
    if room is None:
        return Finding("warning", f"数据文件夹 {home}：系统不说还剩多少空间")
    if room.words:
        return Finding("error" if room.full else "warning", f"数据文件夹 {home}：{room.words}")
    return Finding("ok", f"数据文件夹 {home}，剩余空间 {room.free // 1_000_000} MB")


def attachments(settings: Settings) -> list[Finding]:
    """A folder of its own for attachments; the one in the data folder is that folder's."""
    folder = settings.files
    if folder.is_relative_to(settings.home):
        return []
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        text = f"附件文件夹 {folder}（HUIYIN_FILES）不在或不可写，请检查是否已挂载、权限是否正确"
        return [Finding("error", text)]
    return [Finding("ok", f"附件文件夹 {folder}，可写")]


def free_space(settings: Settings) -> list[Finding]:
    """Those beside the one of the data, where room is short."""
    return [
        Finding("error" if room.full else "warning", room.words)
        for room in rooms(settings)
        if room.words and room.key != "data"
    ]


def last_writes(settings: Settings) -> list[Finding]:
    """Files that are not what was acknowledged, as far as an opening has shown."""
    return [Finding("error", f"{text}。请运行 huiyin audit 查看") for text in unexplained(settings)]


def backups(settings: Settings) -> Finding:
    if settings.backup is None:
        return Finding("warning", "没有设置自动备份：请把 HUIYIN_BACKUP 指到另一块磁盘或共享文件夹")
    kept = Backups(settings.backup)
    if warning := kept.warning(settings.clock()):
        return Finding("warning", f"{warning}请用 huiyin backup 做一份，并查看自动备份为什么没有做")
    newest = kept.listed()[0]
    return Finding("ok", f"最近一次备份 {newest.made_at:%m-%d %H:%M}，在 {settings.backup}")


def database(settings: Settings) -> Finding:
    if not settings.database.exists():
        return Finding("ok", "数据文件还没有，第一次运行时创建")
    try:
        store = EmbeddedStore(settings.database, readonly=True, master=settings.master)
    except StoreError as error:
        return Finding("error", str(error))
    try:
        total = store.ledger.counts(settings.clock(), ()).total
        waiting = store.waiting()
        letters = store.letters_waiting()
    except StoreError as error:
        return Finding("error", str(error))
    finally:
        store.close()
    text = f"数据文件 {settings.database}：事项 {total} 件，待处理 {waiting} 条，死信 {letters} 条"
    return Finding("warning" if letters else "ok", text)


def unreleased(settings: Settings) -> list[Finding]:
    """Cases on record as public that nobody but the desk can read: their text was published
    before a person had to release it, or has changed since."""
    if not settings.database.exists():
        return []
    try:
        store = EmbeddedStore(settings.database, readonly=True, master=settings.master)
    except StoreError:
        return []  # `database` says so
    try:
        waiting = [
            case.case_id
            for case in store.ledger.scan(Query())
            if is_newer_than_released(case) and not case.confidential
        ]
    except StoreError:
        return []
    finally:
        store.close()
    if not waiting:
        return []
    named = "、".join(waiting[:_NAMED]) + ("等" if len(waiting) > _NAMED else "")
    text = (
        f"登记为已公开、但当前文字还没有人放行的事项 {len(waiting)} 件（{named}）："
        "没有放行的不对外显示，放行后有改动的只显示放行时的文字。"
        "请打开事项，核对拟公开文本后点“公开”"
    )
    return [Finding("warning", text)]
