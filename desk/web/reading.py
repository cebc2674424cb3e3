"""What most pages begin with: the data, the frame around the page, the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import Request

from desk.web.office import Office, PageStore
from desk.web.pages import Frame, frame
from desk.web.who import person_of


@contextmanager
def reading(
    office: Office, request: Request, here: str
) -> Iterator[tuple[PageStore, Frame, datetime]]:
    """`here`: the section that the page belongs to, as in `desk.web.sections`."""
    now = office.clock()
    with office.readers.reader() as store:
        yield store, frame(store, office, now, here, person_of(request)), now
