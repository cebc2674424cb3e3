"""Bytes of attachments by their SHA-256: what came with a message, and what people put in.

The same bytes are there once, a name chosen by others never becomes a path, and
keeping them again does nothing. Processes of one office share the folder, on one machine
or as a mounted one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

from huiyin.store.whole import put_in_place, sync_folder
from sinks.private import make_folder

_SHA: Final = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """The folder. It holds personal data: nobody but its owner reads a file in it."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """`most_bytes`: of one file; the caller sees to it and says so."""
        self.folder = folder
        self.most_bytes = most_bytes

    def keep(self, data: bytes) -> str:
        """The SHA-256, once the bytes are safe. Raises `OSError`."""
        sha = hashlib.sha256(data).hexdigest()
        if not self.path(sha).exists():
            with self.new() as out:
                out.write(data)
                self.put(out, sha)
        return sha

    @contextmanager
    def new(self) -> Iterator[IO[bytes]]:
        """A file to write to; it is gone at the end unless it was `put` in its place."""
        make_folder(self.folder)
        with NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False) as out:
            try:
                yield out
            finally:
                Path(out.name).unlink(missing_ok=True)

    def put(self, out: IO[bytes], sha: str) -> None:
        """Gives what was written to `new` its place. Raises `OSError`."""
        out.flush()
        path = self.path(sha)
        make_folder(path.parent)
        put_in_place(Path(out.name), path)
        sync_folder(self.folder)  # has the name of the folder, which may be new

    def path(self, sha: str) -> Path:
        """Where these bytes are, or would be. Raises `ValueError` for what is no SHA-256."""
        if not is_sha(sha):
            raise ValueError(f"expected 64 hex digits, found {sha[:80]!r}")
        return self.folder / sha[:2] / sha


def is_sha(text: str) -> bool:
    return _SHA.fullmatch(text) is not None
