"""Files that came with WeChat messages, kept while the platform still has them.

A push is answered before its file is fetched. What was fetched makes another version of the
item, as if the source had shown it so: the history says when the file came, and every reader
of the item finds its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import Final, Protocol

from msgspec.structs import replace

from cases.record.item import Item, Note
from sinks.files import FileStore
from sinks.ledger.base import Ledger, Query
from streams.runtime import Runtime
from streams.sources.seam.base import Batch, SourceError
from streams.sources.seam.http import TooLarge, TryLater
from streams.sources.wechat.media import Gone, MediaFile
from streams.sources.wechat.source import MEDIA_ID

REST_SECONDS: Final = 60.0
_KEPT_THERE: Final = timedelta(days=3)
_PAGE: Final = 200
_LEFT_OUT: Final = "file_not_kept"


class Media(Protocol):
    def fetch(self, media_id: str) -> MediaFile: ...


def media_step(runner: Runtime, source: str, media: Media, files: FileStore) -> Callable[[], bool]:
    """One look at the messages whose files are still to be had. Raises `SourceError` for
    the page to show, after it has tried them all."""

    def step() -> bool:
        trouble: SourceError | None = None
        for item in list(_waiting(runner.store.ledger, source, runner)):
            try:
                shown = _with_file(item, media, files)
            except TryLater:
                raise
            except SourceError as error:
                trouble = trouble or error
                continue
            runner.take(source, Batch(found=(shown,), done=1))
            runner.carry_on([shown.case_id])
        if trouble is not None:
            raise trouble
        return False

    return step


def _waiting(ledger: Ledger, source: str, runner: Runtime) -> Iterator[Item]:
    query = Query(source=source, received_from=runner.clock() - _KEPT_THERE, limit=_PAGE)
    while True:
        cases = ledger.search(query).cases
        for case in cases:
            item = case.item
            kept = item.attachments and item.attachments[0].sha
            left_out = any(note.code == _LEFT_OUT for note in item.notes)
            if item.extra.get(MEDIA_ID) and not kept and not left_out:
                yield item
        if len(cases) < _PAGE:
            return
        query = replace(query, offset=query.offset + _PAGE)


def _with_file(item: Item, media: Media, files: FileStore) -> Item:
    (attachment,) = item.attachments
    try:
        found = media.fetch(item.extra[MEDIA_ID])
    except Gone:
        return _without(item, "平台上已没有这个附件，没有留存")
    except TooLarge:
        most = files.most_bytes >> 20
        return _without(item, f"附件超过 {most} MB，没有留存，请在三天内到公众号后台打开")
    name = attachment.name
    kept = replace(
        attachment,
        name=name if PurePath(name).suffix else f"{name}{found.ending}",
        media_type=found.media_type or attachment.media_type,
        size=len(found.data),
        sha=files.keep(found.data),
    )
    return replace(item, attachments=(kept,))


def _without(item: Item, why: str) -> Item:
    return replace(item, notes=(*item.notes, Note(_LEFT_OUT, why)))
