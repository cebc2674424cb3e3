"""The file of a form."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.datastructures import FormData, UploadFile

from cases.words.refusals import NotAllowed
from desk.files.uploads import safe_name

MOST_LIST: Final = 4 << 20
"""Bytes of a list of units or people."""


def file_of(form: FormData) -> UploadFile:
    """Raises `NotAllowed` where none was chosen."""
    found = form.get("file")
    if not isinstance(found, UploadFile) or not found.filename:
        raise NotAllowed("请先选择文件。")
    return found


@contextmanager
def laid_down(form: FormData) -> Iterator[Path]:
    """The file on the disk under its own name, for a moment. Raises `NotAllowed`."""
    file = file_of(form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, safe_name(file.filename or ""))
        with path.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        yield path
