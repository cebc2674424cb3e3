"""The fields of one row: each value as it can be used, with a note where it can't."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cases.record.item import Note
from streams.sources.tables.guards import unguarded_row
from streams.sources.tables.header_map import Layout
from streams.sources.tables.row_rules import RowRules
from streams.sources.values.cells import (
    BadCell,
    Cell,
    CellError,
    is_blank,
    looks_rounded,
    read_count,
    read_id,
    read_text,
    read_yes_no,
)
from streams.sources.values.secrecy import Wishes, wishes
from streams.sources.values.times import When, read_time

_DAMAGE: Final = re.compile("[\x00\ud800-\udfff]")
_CONTROLS: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_WORD: Final = 12


class RowRefused(Exception):
    """The row is no item. The text is plain Chinese."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class RowFields:
    """Reads the cells of one row by field name; `notes` and `extra` gather the rest."""

    __slots__ = ("_cells", "_epoch1904", "_layout", "_rules", "extra", "notes")

    def __init__(
        self,
        rules: RowRules,
        layout: Layout,
        cells: Sequence[Cell],
        *,
        check_text: bool,
        epoch1904: bool,
    ) -> None:
        """`cells` are at least as many as the header has. Raises `RowRefused`."""
        self.notes: list[Note] = []
        self.extra: dict[str, str] = {}
        self._rules = rules
        self._layout = layout
        self._epoch1904 = epoch1904
        longest = rules.max_cell_chars
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > longest:
                raise RowRefused(
                    "cell_too_long",
                    f"“{self._column(index)}”有 {len(cell)} 字，上限 {longest} 字。"
                    "请核对来源，或在来源配置里调高 max_cell_chars",
                )
        numbers = layout.fields.get("id", ())
        number = next((cells[i] for i in numbers if not is_blank(cells[i])), None)
        cells = unguarded_row(cells, number)
        self._cells = self._checked(cells) if check_text else cells

    # -- values -----------------------------------------------------------------

    def has(self, field: str) -> bool:
        """Whether the header has a column for the field."""
        return field in self._layout.fields or field in self._layout.joined

    def name(self, field: str) -> str:
        """The field's column as the header calls it."""
        indices = self._layout.fields.get(field)
        return self._layout.names[indices[0]] if indices else field

    def pick(self, field: str) -> Cell:
        """The first filled cell of the field's columns; what its other columns say
        besides is kept in `extra`."""
        indices = self._layout.fields.get(field)
        if indices is None:
            return None
        cells = self._cells
        if len(indices) == 1:
            return cells[indices[0]]
        chosen: Cell = None
        for index in indices:
            cell = cells[index]
            if is_blank(cell):
                continue
            if chosen is None:
                chosen = cell
            elif cell != chosen:
                self.keep(self._layout.names[index], cell)
        return chosen

    def is_nothing(self, cell: Cell) -> bool:
        """True for an empty cell and for a word that stands for one."""
        if cell is None:
            return True
        return (
            isinstance(cell, str)
            and len(cell) < _LONGEST_WORD
            and (not (word := cell.strip().lower()) or word in self._rules.nothing)
        )

    def number(self, field: str) -> str:
        """A source's number. Raises `BadCell`."""
        return read_id(self.pick(field))

    def moment(self, field: str, latest: datetime) -> When | None:
        """A time, with a note where it is written oddly; `latest` as in `read_time`.
        Raises `BadCell`."""
        cell = self.pick(field)
        if self.is_nothing(cell):
            return None
        when = read_time(cell, epoch1904=self._epoch1904, latest=latest)
        for note in when.notes if when else ():
            self.note(note.code, f"“{self.name(field)}”：{note.text}")
        return when

    def text(self, field: str) -> str:
        cell = self.pick(field)
        self._note_rounded(self.name(field), cell)
        if type(cell) is str and cell[:1] != "#":
            return cell.strip()
        try:
            return read_text(cell)
        except BadCell as bad:
            self.note("error_cell", f"“{self.name(field)}”{bad}，按空处理")
            return ""

    def joined(self, field: str) -> str:
        """A text from one column, or from several levels joined by " / "."""
        indices = self._layout.joined.get(field)
        if indices is None:
            return self.text(field)
        parts: list[str] = []
        for index in indices:
            self._note_rounded(self._column(index), self._cells[index])
            try:
                text = read_text(self._cells[index])
            except BadCell as bad:
                self.note("error_cell", f"“{self._column(index)}”{bad}，按空处理")
                continue
            if text and text not in parts:
                parts.append(text)
        whole = self.text(field)
        if parts and whole and whole not in (parts[-1], " / ".join(parts)):
            self.keep(self.name(field), whole)
        return " / ".join(parts) or whole

    def time(self, field: str, latest: datetime) -> When | None:
        """A time, or None with a note for one that can't be read."""
        try:
            return self.moment(field, latest)
        except BadCell as bad:
            self._unused(field, f"{field}_unreadable", bad)
            return None

    def count(self, field: str) -> int | None:
        cell = self.pick(field)
        if self.is_nothing(cell):
            return None
        try:
            return read_count(cell)
        except BadCell as bad:
            self._unused(field, "bad_number", bad)
            return None

    def yes_no(self, field: str) -> bool | None:
        cell = self.pick(field)
        if cell is None:
            return None
        try:
            # The lists first: 无 is "no" here before it is "nothing".
            return read_yes_no(cell, self._rules.yes, self._rules.no)
        except BadCell as bad:
            if not self.is_nothing(cell):
                self._unused(field, "unknown_word", bad)
            return None

    def wishes(self) -> Wishes:
        """要求保密、不公开, under every column that the export has for it."""
        asked = wishes(
            self._shown("confidential"),
            self._shown("public"),
            yes=self._rules.yes,
            no=self._rules.no,
        )
        self.notes += asked.notes
        return asked

    def _shown(self, field: str) -> list[str]:
        """The field's cells as they are shown; one that cannot be read says what it holds."""
        cells = [self._cells[index] for index in self._layout.fields.get(field, ())]
        return [cell.shown if isinstance(cell, CellError) else read_text(cell) for cell in cells]

    def other_number(self, field: str) -> str:
        """Another item's number, "" with a note for one that can't be read."""
        if self.is_nothing(self.pick(field)):
            return ""
        try:
            return self.number(field)
        except BadCell as bad:
            self._unused(field, f"{field}_unreadable", bad)
            return ""

    # -- notes and leftovers ----------------------------------------------------

    def note(self, code: str, text: str) -> None:
        note = Note(code=code, text=text)
        if note not in self.notes:
            self.notes.append(note)

    def keep(self, name: str, cell: Cell) -> None:
        """Keeps a value in `extra` as it is shown."""
        self._note_rounded(name, cell)
        self._keep(name, cell)

    def _keep(self, name: str, cell: Cell) -> None:
        if isinstance(cell, CellError):
            self.extra[name] = cell.shown
        elif text := cell.strip() if isinstance(cell, str) else read_text(cell):
            self.extra[name] = text

    def keep_rest(self) -> None:
        """Keeps the columns that are no field, and cells beyond the header."""
        for name, index in self._layout.extra:
            self.keep(name, self._cells[index])
        for index in range(len(self._layout.header), len(self._cells)):
            self.keep(self._column(index), self._cells[index])

    def _note_rounded(self, name: str, cell: Cell) -> None:
        if looks_rounded(cell):
            self.note(
                "rounded_number",
                f"“{name}”里的“{cell}”已被电子表格取整或改写，末几位可能不对，请在来源系统中核对",
            )

    def _unused(self, field: str, code: str, bad: BadCell) -> None:
        self.note(code, f"“{self.name(field)}”：{bad}；按没有处理")
        self._keep(self.name(field), self.pick(field))

    def _column(self, index: int) -> str:
        names = self._layout.names
        return names[index] if index < len(names) else f"第{index + 1}列"

    def _checked(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The cells without stray control characters. NUL inside a text and bytes that
        don't decode mean that something is lost, so the row is refused."""
        changed: list[Cell] | None = None
        for index, cell in enumerate(cells):
            if not isinstance(cell, str) or not cell:
                continue
            text = cell
            if "\x00" in (cell[0], cell[-1]):
                # Systems with fields of fixed length pad them with NUL; nothing is lost.
                text = text.strip("\x00")
                self.note("nul_padding", "去掉了单元格首尾的空字节（NUL）")
            if (damage := _DAMAGE.search(text)) is not None:
                self._damaged(index, damage[0])
            if _CONTROLS.search(text) is not None:
                text = _CONTROLS.sub("", text)
                self.note("control_characters", "去掉了不可见的控制字符")
            if text is not cell:
                changed = changed or list(cells)
                changed[index] = text
        return changed or cells

    def _damaged(self, index: int, character: str) -> None:
        reason, what = (
            ("nul_bytes", "含空字节（NUL）")
            if character == "\x00"
            else ("bad_encoding", "有无法解码的字节")
        )
        raise RowRefused(
            reason, f"“{self._column(index)}”{what}，内容已损坏。请从来源系统重新导出这一行"
        )
