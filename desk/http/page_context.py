"""What most pages begin with: the data, the frame around the page, the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import Request

from desk.ground.context import DeskContext, PageStore
from desk.http.authentication import person_of
from desk.http.pages import Frame, frame


@contextmanager
def page_context(
    office: DeskContext, request: Request, here: str
) -> Iterator[tuple[PageStore, Frame, datetime]]:
    """`here`: the section that the page belongs to, as in `desk.http.sections`."""
    now = office.clock()
    with office.readers.reader() as store:
        yield store, frame(store, office, now, here, person_of(request)), now
