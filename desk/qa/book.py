"""The 问答库: documents, entries and their use, in the desk's registers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from threading import Lock
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.registers import qa
from cases.registers.ownership import unit_of
from cases.registers.qa import Document, Happened, QaEntry, Step, Written
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed
from classifiers.base import Text
from classifiers.matter.similar import SimilarCases
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Register, RegisterEntry
from desk.qa.qa_table import Alike, read_qa

READERS: Final = (Role.DESK, Role.RESPONDER, Role.REVIEWER, Role.LEADER, Role.ADMIN)
SUGGESTED_FROM: Final = 0.1
"""A person reads a suggestion before using it; of seven pairs of
paraphrases of our own six are above it."""
_decoder = msgspec.json.Decoder(Step)
_ALIKE = Alike()


class _Used(Struct, frozen=True):
    case_id: str


class Suggestion(Struct, frozen=True):
    entry: QaEntry
    score: float


class Book:
    """Raises what `cases.registers.qa` and `desk.ground.registers` raise."""

    def __init__(self, file: DeskFile, alike: Alike = _ALIKE) -> None:
        self.alike = alike
        self._documents = Register(file, "policies")
        self._entries = Register(file, "qa")
        self._uses = Register(file, "qa_use")
        self._lock = Lock()
        self._read: tuple[int, tuple[QaEntry, ...]] = (-1, ())
        self._index: tuple[int, date, SimilarCases] | None = None

    # -- documents -----------------------------------------------------------

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, read_qa(desk.settings).alike)

    def add_document(self, document: Document, at: datetime, by: Actor) -> str:
        """Gives its number."""
        qa.check_document(document, by)
        for number, known in self.documents().items():
            if known.reference == document.reference:
                raise NotAllowed(f"文号“{document.reference}”已经登记（{number}）。")
        return self._documents.begin("W", at, by, document).record

    def change_document(
        self, number: str, seen: int, document: Document, at: datetime, by: Actor
    ) -> None:
        """A new validity, or a repeal; the entries follow by themselves."""
        qa.check_document(document, by)
        entries = self._documents.load(number)
        if not entries:
            raise NotAllowed(f"没有编号为“{number[:20]}”的政策文件。")
        qa.check_owner(unit_of(entries[0].by), by)
        self._documents.append(number, seen, at, by, document)

    def documents(self) -> dict[str, Document]:
        """By number."""
        return {
            number: msgspec.json.decode(entries[-1].body, type=Document)
            for number, entries in self._documents.all().items()
        }

    def owners(self) -> dict[str, str]:
        """By number of the document: the unit that registered it, "" for the desk."""
        return {number: unit_of(entries[0].by) for number, entries in self._documents.all().items()}

    def document_steps(self, number: str) -> int:
        return len(self._documents.load(number))

    # -- entries -------------------------------------------------------------

    def write(self, content: Written, at: datetime, by: Actor) -> QaEntry:
        """A new entry. Raises `NotAllowed` for one whose question is asked already."""
        qa.check_written(content, by, self.documents(), at.date())
        twin = self.twin(content.question)
        if twin is not None:
            raise NotAllowed(
                f"已有相近的问答 {twin.number}“{twin.content.question}”，请在它上面修改。"
            )
        entry = self._entries.begin("Q", at, by, content)
        return qa.fold(entry.record, [_happened(entry)])

    def do(self, number: str, seen: int, step: Step, at: datetime, by: Actor) -> QaEntry:
        entry = self.get(number)
        if entry is None:
            raise NotAllowed(f"没有编号为“{number[:20]}”的问答。")
        qa.check(entry, step, by, self.documents(), at.date())
        self._entries.append(number, seen, at, by, step)
        return qa.fold(number, [*entry.history, Happened(at, by, step)])

    def get(self, number: str) -> QaEntry | None:
        entries = self._entries.load(number)
        return qa.fold(number, map(_happened, entries)) if entries else None

    def all(self) -> tuple[QaEntry, ...]:
        last = self._entries.last()
        with self._lock:
            if self._read[0] != last:
                found = self._entries.all().items()
                folded = (qa.fold(number, map(_happened, rows)) for number, rows in found)
                self._read = (last, tuple(folded))
            return self._read[1]

    def public(self, day: date) -> list[QaEntry]:
        """What may be shown and exported on this day."""
        documents = self.documents()
        return [entry for entry in self.all() if entry.public(documents, day)]

    def expired(self, day: date) -> list[QaEntry]:
        """Published, but taken out because of a document or a date."""
        documents = self.documents()
        return [
            entry
            for entry in self.all()
            if entry.published is not None and not entry.public(documents, day)
        ]

    # -- suggestions and use -------------------------------------------------

    def suggest(self, text: Text, day: date, most: int = 3) -> list[Suggestion]:
        """Public entries that may answer this message, the closest first."""
        by_number = {entry.number: entry for entry in self.public(day)}
        found = self._similar(day, list(by_number.values())).find(text, most)
        return [
            Suggestion(by_number[one.case_id], one.score)
            for one in found
            if one.score >= SUGGESTED_FROM and one.case_id in by_number
        ]

    def twin(self, question: str) -> QaEntry | None:
        """An entry, withdrawn ones aside, that asks the same."""
        entries = {
            one.number: one for one in self.all() if one.standing is not qa.QaStanding.WITHDRAWN
        }
        index = SimilarCases()
        for number, one in entries.items():
            index.add(number, Text(one.content.question, ""))
        found = index.find(Text(question, ""), 1)
        return entries[found[0].case_id] if found and found[0].score >= self.alike.twin else None

    def use(self, number: str, case_id: str, at: datetime, by: Actor) -> None:
        """A responder took the answer over into a reply; counted once a case."""
        steps = self._uses.load(number)
        if all(msgspec.json.decode(one.body, type=_Used).case_id != case_id for one in steps):
            self._uses.append(number, len(steps), at, by, _Used(case_id))

    def uses(self) -> Counter[str]:
        """How many cases each entry was used for."""
        return Counter({number: len(rows) for number, rows in self._uses.all().items()})

    def _similar(self, day: date, entries: Sequence[QaEntry]) -> SimilarCases:
        last = self._entries.last() + self._documents.last()
        with self._lock:
            if self._index is None or self._index[:2] != (last, day):
                index = SimilarCases()
                for entry in entries:
                    shown = entry.published or entry.content
                    index.add(entry.number, Text(shown.question, shown.answer))
                self._index = (last, day, index)
            return self._index[2]


def _happened(entry: RegisterEntry) -> Happened:
    return Happened(entry.at, entry.by, _decoder.decode(entry.body))
