"""The answers that are public today, as files and for the platform: the page, `huiyin qa export`
and `huiyin qa push`."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Self

from msgspec import Struct

from cases.words.actors import Role
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.qa.book import READERS, Book
from desk.qa.export import PublicEntry, as_html, as_json, public_entries
from desk.qa.push import push
from desk.qa.qa_table import read_qa
from streams.sources.seam.secrets import Secrets


class ExportFormat(StrEnum):
    JSON = "json"
    HTML = "html"


class Export(Struct, frozen=True):
    """A file, in UTF-8, and how many answers it holds."""

    name: str
    content: bytes
    entries: int


class Push(Struct, frozen=True):
    entries: int
    answer: str
    """What the platform said, at most 200 characters."""


class PublicAnswers:
    """Every method raises `NotPermitted`; what was handed out stands in the trail."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def export(self, by: Doer, form: ExportFormat) -> Export:
        desk, day = self._desk, self._desk.clock().date()
        desk.permit(by, *READERS, to="导出问答")
        entries = self._entries()
        data = as_json(entries, day) if form is ExportFormat.JSON else as_html(entries, day)
        made = Export(f"qa-{day}.{form}", data, len(entries))
        desk.note(by, AuditAction.REGISTER, made.name, f"导出问答 {made.entries} 条")
        return made

    def push(self, by: Doer) -> Push:
        """Raises `SettingsError` where no platform is configured, `SourceError` where it fails."""
        desk, now = self._desk, self._desk.clock()
        desk.permit(by, Role.ADMIN, to="推送问答")
        entries = self._entries()
        secrets = Secrets.load(os.environ, desk.settings.home)
        options = read_qa(desk.settings).push
        answer = push(options, secrets, as_json(entries, now.date()), now)
        desk.note(by, AuditAction.REGISTER, f"qa-{now.date()}", f"推送问答 {len(entries)} 条")
        return Push(len(entries), answer)

    def _entries(self) -> list[PublicEntry]:
        desk = self._desk
        book, names = desk.get(Book), {unit.id: unit.name for unit in desk.register}
        return public_entries(book.public(desk.clock().date()), book.documents(), names)
