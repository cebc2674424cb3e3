"""Whether what is kept of people is locked away, and where the key lies."""

from __future__ import annotations

import stat
from typing import Literal

from desk.ground.settings import Settings
from huiyin.store.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def master_key(settings: Settings) -> tuple[Literal["ok", "warning", "error"], str]:
    """How good it is, and why."""
    file = settings.key_file
    if file is None:
        where, who = (
            ("Kafka 的密钥主题里", "能读 Kafka 的人")
            if settings.production
            else ("数据文件里", "拿到数据文件夹的人")
        )
        told = (
            f"没有主密钥：每件事项已加密，但密钥就放在{where}，{who}都能打开。"
            "请用 openssl rand -hex 32 生成一个文件放在别处，把 HUIYIN_KEY_FILE 指向它"
        )
        return "warning", told
    try:
        _ = settings.master
    except StoreError as error:
        return "error", str(error)
    if file.resolve().is_relative_to(settings.home.resolve()):
        return "warning", f"主密钥文件 {file} 在数据文件夹里，等于没有锁。请移到别处"
    if file.stat().st_mode & _OTHERS:
        return "warning", f"主密钥文件 {file} 本机其他账号能读，请执行 chmod 600 {file}"
    return "ok", f"主密钥 {file}。请另存一份在保险柜里：丢了它，数据和备份都打不开"
