"""One at a time among all who ask: threads, processes and commands of one machine.

The lock is the system's (`flock`), so it ends with its holder, however that ends: nothing is
left to clean up, and no time has to pass until the next one may begin.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from huiyin.store.errors import StoreError

_OWNER_ONLY = 0o600
_LONGEST = 400


class Taken(Exception):
    """Another holds the lease; the text is what it wrote there about itself."""


@contextmanager
def lease(path: Path, holder: str) -> Iterator[None]:
    """Held for the body. `holder`: what the next one is told meanwhile. The file stays.

    Raises `Taken`, and `StoreError` where the file cannot be opened."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(os.pread(file, _LONGEST, 0).decode("utf-8", "replace")) from None
        except OSError as error:
            raise _unusable(path, error) from error
        # It is held, whether or not there is room to say by whom.
        with suppress(OSError):
            os.ftruncate(file, 0)
            os.pwrite(file, holder.encode()[:_LONGEST], 0)
        yield
    finally:
        os.close(file)


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"占用标记 {path} 不能使用：{error.strerror}。请检查磁盘和文件夹权限。")
