"""What ends an installation, and how commands are run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class InstallError(Exception):
    """The text is plain Chinese: expected, found, what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    user: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """What the command printed. `user`: the account that it runs as, "" for this one. Raises
    `InstallError` with the last that it said."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=None if environment is None else dict(environment),
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            user=user or None,
            group=user or None,
            extra_groups=[] if user else None,
        )
    except OSError as error:
        raise InstallError(f"运行不了 {command[0]}：{error.strerror}。") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise InstallError(f"{Path(command[0]).name} 没有成功（状态 {done.returncode}）：\n{said}")
    return done.stdout


def is_root() -> bool:
    return os.geteuid() == 0
