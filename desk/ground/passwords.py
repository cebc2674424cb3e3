"""Passwords: which are good enough, and their hashes."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Sequence
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
    "password", "passw0rd", "passwd", "changeme", "change-me", "change_me", "default", "letmein",
    "welcome", "secret", "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "zxcvbn",
    "1qaz2wsx", "1qaz", "2wsx", "qazwsx", "3edc", "1q2w3e4r", "1q2w3e", "qwe123", "asd123",
    "abc123", "abcd1234", "abcd", "abc", "administrator", "admin", "root", "test", "guest", "user",
    "huiyin", "demo", "woaini", "iloveyou", "5201314", "1314520", "520", "1314", "888888", "666666",
    "zhiban", "zhengfu", "zhengwu", "xianzhengfu", "mima", "回音", "密码", "管理员", "值班", "政府",
    "elastic", "elasticsearch", "kafka", "gov",
)  # fmt: skip
"""What guessing programs try first, here and elsewhere; what is left without them has to be
something. With `$`, `@` and digits in place of letters they are the same words."""
_LOOKS_LIKE: Final = str.maketrans("@$013457!", "asoleasti")
_PATTERN: Final = re.compile(r"(?:19|20)\d\d|(\w)\1{2,}|[\W_]+")
"""Years, one character again and again, and what only separates."""
_PLACEHOLDERS: Final = ("change-me", "changeme", "change_me", "replace-me", "placeholder")
"""What stands in examples to be replaced: with anything added it was still not replaced."""
_LEAST_REST: Final = 5
SHORTEST_SECRET: Final = 12
"""Of a password that only programs use: nobody types it, so it can be long."""
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


def check_password(password: str, account_id: str, known: Sequence[str] = ()) -> None:
    """Length before composition: what people can remember and programs cannot guess.
    `known`: further words that anybody would try first, such as the name of the person and
    of the office.

    Raises `PasswordError`."""
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise PasswordError(f"密码应为 {SHORTEST} 至 {LONGEST} 个字符，实际是 {len(text)} 个。")
    if text != text.strip():
        raise PasswordError("密码首尾不能是空格：复制时容易多带，也看不出来。")
    if not text.isprintable():
        raise PasswordError("密码里有看不见的字符（如换行、制表符），请重新输入。")
    if account_id.lower() in text.lower() or _trivial(text, known):
        raise PasswordError(
            "密码太容易猜：不要含登录名，不要只用姓名、单位名称、年份、几个相同或相连的字符，"
            "也不要用常见的密码（如 admin@123、change-me）。"
        )


def check_secret(name: str, value: str) -> None:
    """A password between programs, such as that of Kafka: long, and no example.

    Raises `PasswordError`."""
    text = normal(value)
    if len(text) < SHORTEST_SECRET:
        raise PasswordError(
            f"密钥 {name} 应至少 {SHORTEST_SECRET} 个字符，实际是 {len(text)} 个。"
            "请换成随机的，例如 openssl rand -base64 24 的结果。"
        )
    if _trivial(text, ()):
        raise PasswordError(
            f"密钥 {name} 是示例或常见的密码。请换成随机的，例如 openssl rand -base64 24 的结果。"
        )


def _trivial(text: str, known: Sequence[str]) -> bool:
    low = text.lower()
    if any(word in low for word in _PLACEHOLDERS):
        return True
    words = sorted({*_EASY, *(normal(word).lower() for word in known)}, key=len, reverse=True)
    rests = [_without(each, words) for each in (low, low.translate(_LOOKS_LIKE))]
    return len(set(low)) < 5 or min(map(len, rests)) < _LEAST_REST or _walks(low)


def _without(text: str, words: Sequence[str]) -> str:
    """What is left of it without what anybody would guess."""
    for word in words:
        if len(word) > 1:
            text = text.replace(word, "")
    text = _PATTERN.sub("", text)
    return "".join(part for part in re.split(r"(\d+)", text) if not _counts(part))


def _counts(digits: str) -> bool:
    """Digits in a row, up or down: 12345, 4321."""
    steps = {int(b) - int(a) for a, b in pairwise(digits)} if digits.isdecimal() else set()
    return len(digits) > 2 and steps in ({1}, {-1}, {0})


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
