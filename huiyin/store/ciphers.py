"""Short values sealed and opened: which algorithms there are, and how a sealed value looks.

    algorithm (1 byte) · nonce (12 bytes) · ciphertext with its tag (16 bytes)

AES-256-GCM unless 商用密码 is asked for: SM4-GCM (GB/T 32907). A value says by which of them it
was sealed, so that both may stand in one file and the choice may change at any time.
"""

from __future__ import annotations

import os
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE: Final = 12
_TAG: Final = 16
_SM4_KEY: Final = 16
"""SM4 has keys of 128 bits: the first half of ours."""


class Algorithm(IntEnum):
    """The value stands in front of every sealed value."""

    AES = 1
    SM4 = 2


_KNOWN: Final = frozenset(bytes((each,)) for each in Algorithm)


class WrongKey(Exception):
    """The key does not open the value, or the value was changed."""


def seal(algorithm: Algorithm, key: bytes, data: bytes) -> bytes:
    """`key`: 32 bytes. Never the same twice."""
    nonce = os.urandom(_NONCE)
    if algorithm is Algorithm.AES:
        return b"\x01" + nonce + AESGCM(key).encrypt(nonce, data, None)
    sealing = Cipher(algorithms.SM4(key[:_SM4_KEY]), modes.GCM(nonce)).encryptor()
    return b"\x02" + nonce + sealing.update(data) + sealing.finalize() + sealing.tag


def is_sealed(data: bytes) -> bool:
    """Whether this may be a sealed value; JSON never is."""
    return data[:1] in _KNOWN and len(data) > _NONCE + _TAG


def unseal(key: bytes, data: bytes) -> bytes:
    """Raises `WrongKey`."""
    nonce, body = data[1 : 1 + _NONCE], data[1 + _NONCE :]
    try:
        if data[:1] == b"\x01":
            return AESGCM(key).decrypt(nonce, body, None)
        if data[:1] == b"\x02":
            mode = modes.GCM(nonce, body[-_TAG:])
            opening = Cipher(algorithms.SM4(key[:_SM4_KEY]), mode).decryptor()
            return opening.update(body[:-_TAG]) + opening.finalize()
    except (InvalidTag, ValueError):
        pass
    raise WrongKey
