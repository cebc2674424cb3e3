"""From the pictures of a case to messages about them.

What was read comes in through the inbox like everything else that is learnt of a case later, with
what the classifier makes of it: so ledger, search and rebuild need no picture and no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from cases.life.pictures import unread_pictures
from cases.record import commands as do
from cases.record.case import Case
from cases.record.item import Attachment
from cases.record.messages import Action
from cases.record.pictures import PictureText, may_be_read
from cases.words.actors import SYSTEM
from classifiers.base import Classifier, Text
from sinks.files import FileStore
from sinks.ledger.base import Ledger, Query
from streams.pictures.reader import Reading
from streams.runtime import Runtime

_PAGE: Final = 50


class ReadsPictures(Protocol):
    def read(self, path: Path) -> Reading:
        """As `streams.pictures.reader.PictureReader.read`."""
        ...


class NoSuchFile(Exception):
    """The office's store does not have the bytes; the text says where it was looked, in Chinese."""


class PictureWork:
    """Reads pictures and stores what it read, case by case."""

    def __init__(self, runtime: Runtime, files: FileStore, reader: ReadsPictures) -> None:
        self._runtime = runtime
        self._files = files
        self._reader = reader

    def read_case(self, case: Case, *, again: bool = False) -> tuple[PictureText, ...]:
        """Reads what nobody has looked at; `again`: also what was not read before. Stores what
        was found of each file at once. Raises `NoSuchFile` after the other files of the case, and
        what the reader raises."""
        found: list[PictureText] = []
        missing: NoSuchFile | None = None
        for file in files_to_read(case, again=again):
            try:
                picture = self._read(file)
            except NoSuchFile as problem:
                missing = missing or problem
                continue
            self._runtime.act(self._action(case.case_id, picture))
            found.append(picture)
        if found:
            self._runtime.carry_on([case.case_id])
        if missing is not None:
            raise missing
        return tuple(found)

    def _read(self, file: Attachment) -> PictureText:
        path = self._files.path(file.sha)
        try:
            reading = self._reader.read(path)
        except FileNotFoundError:
            raise NoSuchFile(
                f"附件的内容应在附件文件夹 {self._files.folder}，实际没有（{file.sha[:12]}…）。"
                "请检查 HUIYIN_FILES 是否由接收进程和值班台共用，或从备份恢复"
            ) from None
        return with_danger(
            PictureText(
                sha=file.sha,
                name=file.name,
                pages=reading.pages,
                unread=reading.unread,
                engine=reading.engine,
            ),
            self._runtime.processor.classifier,
        )

    def _action(self, case_id: str, picture: PictureText) -> Action:
        """The same reading is the same message, however often it is told."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(case_id.encode() + b"\x1f" + msgspec.json.encode(picture))
        return Action(
            message_id="p-" + digest.hexdigest(),
            case_id=case_id,
            actor=SYSTEM,
            command=do.NotePicture(picture=picture),
            at=self._runtime.clock(),
        )


def with_danger(picture: PictureText, classifier: Classifier) -> PictureText:
    """The picture with what sounds dangerous in it. Topic, kind and feeling are those of what the
    citizen wrote, so its text is looked at as a quotation is."""
    if not picture.text.strip():
        return picture
    labels = classifier.classify([Text(quoted=picture.text)])[0]
    return msgspec.structs.replace(
        picture,
        model=labels.model,
        risk=labels.risk,
        urgent=labels.urgent,
        loud=labels.loud,
        evidence=tuple(each for each in labels.evidence if each.field == "quoted"),
    )


def files_to_read(case: Case, *, again: bool = False) -> Sequence[Attachment]:
    """`again`: also those of which something stayed unread."""
    files = list(unread_pictures(case))
    if again:
        failed = {picture.sha for picture in case.pictures if picture.unread}
        known = {file.sha: file for file in case.item.attachments if may_be_read(file)}
        files += [file for sha, file in known.items() if sha in failed]
    return files


def waiting_cases(ledger: Ledger, query: Query) -> Iterator[Case]:
    """All cases of the query, page by page. What is read meanwhile leaves the list, so that some
    may be passed over: the next look has them."""
    while True:
        cases = ledger.search(msgspec.structs.replace(query, limit=_PAGE)).cases
        yield from cases
        if len(cases) < _PAGE:
            return
        query = msgspec.structs.replace(query, offset=query.offset + _PAGE)
