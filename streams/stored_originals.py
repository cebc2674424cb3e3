"""Originals that no record of a log holds: the store of files has them, and a letter says which."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct

from cases.record.item import Item
from sinks.files import FileStore


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a dead letter in place of the original."""

    kept: Literal["original", "item"]
    """What a source reads, or the item that it made of it, as JSON."""
    sha256: str
    """Its name in the store, 64 hex digits."""
    bytes: int


class NotHere(Exception):
    """The store has no such bytes; the text says where they were looked for, in Chinese."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Kept)


def keep(data: bytes, files: FileStore, what: Literal["original", "item"]) -> Kept:
    """Raises `OSError`."""
    return Kept(kept=what, sha256=files.keep(data), bytes=len(data))


def encode_kept(kept: Kept) -> bytes:
    return _encoder.encode(kept)


def kept_of(original: bytes) -> Kept | None:
    """What the original of a dead letter stands for; None where it is the original itself."""
    try:
        return _decoder.decode(original)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def kept_item(original: bytes, files: FileStore) -> Item | None:
    """The item that the original of a dead letter stands for; None where it stands for none.

    Raises `NotHere`."""
    kept = kept_of(original)
    if kept is None or kept.kept != "item":
        return None
    return msgspec.json.decode(whole_original(original, files), type=Item)


def whole_original(original: bytes, files: FileStore) -> bytes:
    """The original of a dead letter, from the store where the letter only names it.

    Raises `NotHere`."""
    kept = kept_of(original)
    if kept is None:
        return original
    try:
        path = files.path(kept.sha256)
        data = path.read_bytes()
    except (ValueError, OSError):
        raise NotHere(
            f"原文（{kept.bytes / 2**20:.1f} MB）不在本机的附件文件夹 {files.folder} 里。"
            "请在有这个文件夹的机器上操作，或检查 HUIYIN_FILES。"
        ) from None
    if hashlib.sha256(data).hexdigest() != kept.sha256:
        raise NotHere(f"文件 {path} 与收到时不一致，不能使用。请从备份恢复。")
    return data
