"""Passwords: which are good enough, and their hashes."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from itertools import pairwise
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST: Final = 10
LONGEST: Final = 200
"""A hash of a megabyte of password would be a way to keep the machine busy."""
_AT_ONCE: Final = 2
"""One hash takes 64 MB: forty sign-ins at once must not take the memory of the desk."""
_PATIENCE_SECONDS: Final = 20.0

_EASY: Final = (
    "password", "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "zxcvbn", "1qaz2wsx",
    "3edc", "1q2w3e4r", "123456789", "12345678", "123456", "987654321", "admin", "huiyin", "abc123",
)  # fmt: skip
"""What guessing programs try first; what is left without them has to be something."""
_LEAST_REST: Final = 5
_TRIES: Final = 100
"""No end of them would hang on a name that is in every password: an empty one."""


class PasswordError(ValueError):
    """The text says what is wrong with it, in Chinese."""


class Busy(Exception):
    """Too many people sign in at this moment."""


_hasher = PasswordHash((Argon2Hasher(),))
_slots = threading.BoundedSemaphore(_AT_ONCE)


def normal(password: str) -> str:
    """One password for all ways to type it: full-width letters of an input method are
    the letters they show (NFKC, NIST SP 800-63B 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, account_id: str) -> None:
    """Length before composition: what people can remember and programs cannot guess.

    Raises `PasswordError`."""
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise PasswordError(f"密码应为 {SHORTEST} 至 {LONGEST} 个字符，实际是 {len(text)} 个。")
    if text != text.strip():
        raise PasswordError("密码首尾不能是空格：复制时容易多带，也看不出来。")
    if not text.isprintable():
        raise PasswordError("密码里有看不见的字符（如换行、制表符），请重新输入。")
    low = text.lower()
    rest = low
    for word in _EASY:
        rest = rest.replace(word, "")
    if account_id.lower() in low or len(set(low)) < 5 or len(rest) < _LEAST_REST or _walks(low):
        raise PasswordError(
            "密码太容易猜：不要含登录名，不要只用几个相同或相连的字符，也不要用常见的密码。"
        )


def made_up(account_id: str) -> str:
    """A first password. Chance may spell a short name, which `check_password` does not take:
    then it is another one."""
    word = secrets.token_urlsafe(12)
    for _ in range(_TRIES):
        try:
            check_password(word, account_id)
        except PasswordError:
            word = secrets.token_urlsafe(12)
        else:
            break
    return word


def _walks(text: str) -> bool:
    """Mostly neighbours: 1234567890, abcdefghij."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(abs(step) <= 1 for step in steps) > 0.6 * len(steps)


def hashed(password: str) -> str:
    """Argon2id. Raises `Busy`."""
    with _Slot():
        return _hasher.hash(normal(password))


def matches(password: str, known: str) -> tuple[bool, str]:
    """Whether the password is the one of the hash, and a newer hash where today's
    settings are stronger ("" otherwise). Takes as long for `known` "", which nobody's
    password matches. Raises `Busy`."""
    text = normal(password)
    with _Slot():
        right, newer = _hasher.verify_and_update(text[:LONGEST], known or _nobody())
    fits = right and bool(known) and len(text) <= LONGEST
    return fits, (newer or "") if fits else ""


class _Slot:
    def __enter__(self) -> None:
        if not _slots.acquire(timeout=_PATIENCE_SECONDS):
            raise Busy

    def __exit__(self, *_: object) -> None:
        _slots.release()


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password")
