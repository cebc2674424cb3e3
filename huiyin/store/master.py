"""The master key: a file outside the data folder, under which the keys of rows are wrapped.

    openssl rand -hex 32 > /etc/huiyin/master.key

Who has the data folder and not this file reads none of the texts. Who loses this file reads
none of them either, for ever: a copy belongs into the safe.
"""

from __future__ import annotations

import hmac
import re
from pathlib import Path
from typing import Final

from msgspec import Struct

from huiyin.store.ciphers import Algorithm, WrongKey, is_sealed, seal, unseal
from huiyin.store.errors import StoreError

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
HOW: Final = "可以用 openssl rand -hex 32 生成"


class Master(Struct, frozen=True):
    """By what rows are sealed."""

    key: bytes = b""
    """32 bytes; b"" where there is no master key, and the keys of rows lie as they are."""
    algorithm: Algorithm = Algorithm.AES

    def derived(self, purpose: str) -> bytes:
        """Another key of 32 bytes, which does not tell this one."""
        return hmac.digest(self.key, purpose.encode(), "sha256")

    def closed(self, purpose: str, data: bytes) -> bytes:
        """`data` sealed for a purpose; as it is where there is no master key. It must be nothing
        that may pass for sealed (`huiyin.store.ciphers.is_sealed`)."""
        return seal(self.algorithm, self.derived(purpose), data) if self.key else data

    def opened(self, purpose: str, data: bytes) -> bytes:
        """What `closed` was given; what lies open since there was no master key then, as it is.
        Raises `StoreError`."""
        if not is_sealed(data):
            return data
        try:
            return unseal(self.derived(purpose), data)
        except WrongKey:
            raise self.unfit("数据文件夹里有内容") from None

    def unfit(self, what: str) -> StoreError:
        """This is not the master key under which something was sealed."""
        why = "主密钥不是写入时的那一个" if self.key else "没有主密钥"
        return StoreError(f"{what}加了密，{why}。请把 HUIYIN_KEY_FILE 指到原来的主密钥文件。")


NO_MASTER: Final = Master()


def read_master(path: Path | None, algorithm: Algorithm = Algorithm.AES) -> Master:
    """`path`: None where there is no master key. Raises `StoreError`."""
    if path is None:
        return Master(algorithm=algorithm)
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "不是文本"
        raise StoreError(
            f"主密钥文件 {path}（HUIYIN_KEY_FILE）读不出来：{why}。应为一行 64 位十六进制，{HOW}；"
            "已经用过主密钥的，请把原来的文件放回去。"
        ) from error
    if not _HEX.fullmatch(text):
        raise StoreError(
            f"主密钥文件 {path}（HUIYIN_KEY_FILE）应为一行 64 位十六进制，实际是 {len(text)} 个字符"
            f"的其他内容。{HOW}；已经用过主密钥的，请把原来的文件放回去。"
        )
    return Master(bytes.fromhex(text), algorithm)
