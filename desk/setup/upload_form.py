"""A form with one file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from cases.words.refusals import NotAllowed
from desk.admin.area import ADMIN
from desk.files.uploads import safe_name
from desk.http.authentication import check_token, only

MOST_LIST: Final = 4 << 20
"""Bytes of a list of units or people."""


def form_of(most: int) -> Callable[[Request], AsyncIterator[FormData]]:
    """For `Depends`: an administrator's form, whose token was checked. Raises `HTTPException`
    403 and 413."""

    async def form(request: Request) -> AsyncIterator[FormData]:
        only(request, *ADMIN)  # before a large body is read
        length = request.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= most):
            raise HTTPException(413, f"文件最大 {most >> 20} MB，请分成几个再传。")
        async with request.form(max_files=1, max_fields=20) as found:
            check_token(request, str(found.get("csrf", "")))
            yield found

    return form


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
