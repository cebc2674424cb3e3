"""A file that only who knows the passphrase can read, written and read as a stream.

AES-256-GCM over pieces of 1 MB, each with its number and whether it is the last, so that a
piece that was changed, moved or cut off is noticed. The key comes from the passphrase by scrypt.
"""

from __future__ import annotations

import os
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC: Final = b"huiyin sealed 1\n"
_PIECE: Final = 1 << 20
_TAG: Final = 16
_SALT: Final = 16
_PREFIX: Final = 7
_WORK: Final = 2**15
"""Of scrypt, with blocks of 8: 32 MB and a tenth of a second for each guess."""


class SealError(Exception):
    """A sealed file cannot be read; the text is plain Chinese."""


class SealedWriter:
    """Takes bytes, writes sealed pieces into `file`. Nothing is whole before `close`."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        file.write(MAGIC + salt + self._prefix)
        self._file = file
        self._cipher = AESGCM(_key(passphrase, salt))
        self._pending = bytearray()
        self._number = 0

    def write(self, data: bytes) -> int:
        self._pending += data
        # One piece stays back: the last one is marked, and only `close` knows which it is.
        while len(self._pending) > _PIECE:
            self._seal(bytes(self._pending[:_PIECE]), last=False)
            del self._pending[:_PIECE]
        return len(data)

    def close(self) -> None:
        self._seal(bytes(self._pending), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, piece, MAGIC))
        self._number += 1


class SealedReader:
    """Gives the bytes that went into a `SealedWriter`. Raises `SealError`."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        head = file.read(len(MAGIC) + _SALT + _PREFIX)
        if len(head) < len(MAGIC) + _SALT + _PREFIX:
            raise SealError("备份文件不完整：开头就被截断了。请换一份备份。")
        salt = head[len(MAGIC) : len(MAGIC) + _SALT]
        self._prefix = head[-_PREFIX:]
        self._file = file
        self._cipher = AESGCM(_key(passphrase, salt))
        self._next = file.read(_PIECE + _TAG)
        self._number = 0
        self._plain = bytearray()
        self._over = False

    def read(self, size: int = -1) -> bytes:
        while not self._over and (size < 0 or len(self._plain) < size):
            self._open()
        end = len(self._plain) if size < 0 else size
        taken = bytes(self._plain[:end])
        del self._plain[:end]
        return taken

    def _open(self) -> None:
        piece, self._next = self._next, self._file.read(_PIECE + _TAG)
        self._over = not self._next
        try:
            nonce = _nonce(self._prefix, self._number, last=self._over)
            self._plain += self._cipher.decrypt(nonce, piece, MAGIC)
        except InvalidTag:
            raise SealError(
                "备份文件打不开：口令（密钥 BACKUP_KEY）不对，或文件被截断、改动过。"
                "请核对口令；口令没有错的，换一份备份。"
            ) from None
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes((last,))


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_WORK, r=8, p=1).derive(passphrase.encode())
