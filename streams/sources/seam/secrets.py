"""Secrets: passwords, tokens and app codes, from the environment or one guarded file.

Configuration names a secret and never holds it. A value is looked up in this order:

1. the environment variable `HUIYIN_SECRET_<NAME>`,
2. the TOML file named by `HUIYIN_SECRETS_FILE`, or `$HUIYIN_HOME/secrets.toml`, which must
   belong to the user that runs the program and be closed to everyone else (0600).

Nothing here prints a value: representations hide it, errors name the secret and not its
content, and `RedactSecrets` takes known values out of log lines.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, quote_plus

from huiyin.extensions import WrongSettings
from streams.sources.seam.base import SourceError

_PREFIX = "HUIYIN_SECRET_"
_FILE = "HUIYIN_SECRETS_FILE"
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_MASK = "〔密〕"
_SHORTEST_REDACTED = 4  # characters; shorter values would tear holes into ordinary words


class SecretError(SourceError, WrongSettings):
    """A secret is missing or badly kept. The text names it and says what to do."""


class Secret:
    """One value that does not show itself. `reveal()` is the only way to it."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"<Secret {self.name} {_MASK}>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


class Secrets:
    """The secrets of this process, by name."""

    def __init__(self, values: Mapping[str, str], *, origin: str = "") -> None:
        """`values` by upper-case name; `origin` is the file they may be added to, for errors."""
        self._secrets = {name: Secret(name, value) for name, value in values.items()}
        self._origin = origin

    @classmethod
    def load(cls, environ: Mapping[str, str], home: Path | None = None) -> Secrets:
        """Read the environment and the secrets file, checking who may read the latter.

        `home` is the data folder (`HUIYIN_HOME`); a file named in the environment must exist,
        the one in `home` may be absent. Raises `SecretError`.
        """
        named = environ.get(_FILE, "")
        path = Path(named) if named else (home / "secrets.toml" if home else None)
        values: dict[str, str] = {}
        if path is not None and (named or path.exists()):
            values.update(_read(path))
        for key, value in environ.items():
            if key.startswith(_PREFIX) and value:
                values[_checked_name(key.removeprefix(_PREFIX), "环境变量 " + key)] = value
        return cls(values, origin=str(path) if path else "")

    def get(self, name: str) -> Secret | None:
        """The secret of that name (case does not matter), or None."""
        return self._secrets.get(name.upper())

    def require(self, name: str) -> str:
        """The value of a secret that must be there. Raises `SecretError`, which says where
        to put it."""
        secret = self.get(name)
        if secret is None:
            place = (
                f'，或在文件 {self._origin} 中加一行 {name.upper()} = "…"' if self._origin else ""
            )
            raise SecretError(
                f"缺少密钥 {name.upper()}。请设置环境变量 {_PREFIX}{name.upper()}{place}。"
                "密钥不要写进 config/ 下的文件。"
            )
        return secret.reveal()

    def redact(self, text: str) -> str:
        """`text` with every known value replaced, also where it is URL- or JSON-escaped."""
        for form in self._forms():
            if form in text:
                text = text.replace(form, _MASK)
        return text

    def _forms(self) -> Iterator[str]:
        forms: set[str] = set()
        for secret in self._secrets.values():
            value = secret.reveal()
            if len(value) < _SHORTEST_REDACTED:
                continue
            forms |= {value, quote(value, safe=""), quote_plus(value)}
            forms.add(json.dumps(value)[1:-1])
            forms.add(json.dumps(value, ensure_ascii=False)[1:-1])
            forms.add(repr(value)[1:-1])
            forms.add(base64.b64encode(value.encode()).decode())
        # The longest first: one value may be a part of another.
        return iter(sorted(forms, key=len, reverse=True))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.upper() in self._secrets

    def __repr__(self) -> str:
        return f"<Secrets {', '.join(sorted(self._secrets))}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets cannot be pickled")


class RedactSecrets(logging.Filter):
    """A log filter for handlers: known secrets leave the message, traceback and stack."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # Arguments that do not fit the format: logging itself would print them raw.
            message = f"{record.msg} {record.args}"
        record.msg, record.args = self._secrets.redact(message), None
        if record.exc_info and not record.exc_text:
            # Formatters use `exc_text` when it is there and would otherwise print the original.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._secrets.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._secrets.redact(record.stack_info)
        return True


def guard_logs(secrets: Secrets, handlers: Iterable[logging.Handler]) -> None:
    """Put `RedactSecrets` on each handler. A filter on a logger would miss its children."""
    for handler in handlers:
        handler.addFilter(RedactSecrets(secrets))


def _read(path: Path) -> dict[str, str]:
    try:
        # Checked on the open file: a name could be pointed elsewhere between check and read.
        with path.open("rb") as file:
            _check_owner(path, os.fstat(file.fileno()))
            data = file.read(1 << 20)
    except FileNotFoundError:
        raise SecretError(
            f"找不到密钥文件 {path}（由 {_FILE} 指定）。请创建它，或改正变量。"
        ) from None
    except OSError as error:
        raise SecretError(f"无法读取密钥文件 {path}：{error.strerror}。") from None
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's own message may quote the line, and the line may hold a secret.
        raise SecretError(
            f'密钥文件 {path} 不是有效的 UTF-8 TOML。每行应为：名称 = "值"。'
        ) from None
    values: dict[str, str] = {}
    for key, value in table.items():
        name = _checked_name(key.upper(), f"密钥文件 {path}")
        if not isinstance(value, str) or not value:
            raise SecretError(f"密钥文件 {path} 中的 {name} 应为非空字符串（加双引号）。")
        values[name] = value
    return values


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(f"密钥文件 {path} 不是普通文件。")
    if not hasattr(os, "geteuid"):
        return  # Windows: access lists, not modes
    if status.st_uid != os.geteuid():
        raise SecretError(
            f"密钥文件 {path} 属于用户号 {status.st_uid}，应属于运行本程序的用户 {os.geteuid()}。"
            f"请执行 chown 改正。"
        )
    if status.st_mode & 0o077:
        raise SecretError(
            f"密钥文件 {path} 的权限是 {stat.S_IMODE(status.st_mode):04o}，其他用户可以访问。"
            f"请执行：chmod 600 {path}"
        )


def _checked_name(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise SecretError(
            f"{where} 中的密钥名 {name!r} 无效：应以大写字母开头，只含大写字母、数字和下划线。"
        )
    return name
