"""Rows and settings of the tables: shown as they count, changed, switched off, tried before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.reporting.columns import COLUMNS
from cases.words.refusals import NotAllowed
from desk.doctor.tables import wrong_tables
from desk.ground.configuration import Configuration
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.setup.own_tables import OwnTables, TablesWrong
from desk.tables.beside import beside
from desk.tables.edits import (
    Changed,
    Edit,
    FieldsWrong,
    changed,
    free_id,
    restore_edit,
    row_edit,
    settings_edit,
    switch_edit,
)
from desk.tables.effects import Effect, effects
from desk.tables.fields import inside, shown
from desk.tables.sheets import CLOSED, SHEETS, Offers, Sheet, Term
from huiyin.configuration.document import ConfigurationError
from huiyin.configuration.standing import StandingRow, Values

_CHANGED_SINCE: Final = "打开这一页以后，这一行又改过了，没有保存。请重新打开，看过再改。"


class RowWrong(NotAllowed):
    """Nothing was changed. `fields`: what is wrong with which key; `others`: all the rest."""

    def __init__(
        self, fields: Mapping[str, str], others: Sequence[str] = (), text: str = ""
    ) -> None:
        """`text`: all of it, for where there are no fields."""
        super().__init__(text or "\n".join([*fields.values(), *others]))
        self.fields, self.others = dict(fields), tuple(others)


class AsWritten(Struct, frozen=True, kw_only=True):
    """A table as its file says."""

    configuration: Configuration
    problems: tuple[str, ...]
    """Of the files: while there are some, the desk goes by what it read before."""
    readable: bool
    """False: the file cannot be read, and what is shown is what counts now."""


class Tables:
    """Every method that changes something raises `NotPermitted`, `NotThere`, `RowWrong` with what
    is wrong with which field, and `NotAllowed`."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._own = desk.get(OwnTables)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    # -- what there is ---------------------------------------------------------

    def sheet(self, name: str) -> Sheet:
        """Raises `NotThere`."""
        if name not in SHEETS:
            raise NotThere(f"没有叫“{name[:20]}”的表。")
        return SHEETS[name]

    def standing(self, file: str) -> AsWritten:
        """What this file says now; where it cannot be read, what the desk goes by."""
        settings = self._desk.settings.read_again()
        now = self._desk.settings.configuration
        try:
            same = settings.configuration.number == now.number
            settings.configuration.table(file)
        except ConfigurationError:
            same = False
        problems = () if same else tuple(wrong_tables(settings))
        try:
            settings.configuration.table(file)
        except ConfigurationError:
            return AsWritten(configuration=now, problems=problems, readable=False)
        return AsWritten(configuration=settings.configuration, problems=problems, readable=True)

    def rows(self, sheet: Sheet, at: AsWritten) -> tuple[StandingRow, ...]:
        return at.configuration.rows(sheet.file, *sheet.path)

    def row(self, sheet: Sheet, row_id: str, at: AsWritten) -> StandingRow:
        """Raises `NotThere`."""
        for row in self.rows(sheet, at):
            if row.id == row_id:
                return row
        raise NotThere(f"{sheet.title}里没有“{row_id[:40]}”这一行，可能刚被删去。")

    def settings(self, sheet: Sheet, at: AsWritten) -> Values:
        """Of a sheet without rows: what counts."""
        return at.configuration.table(sheet.file).below(*sheet.path)

    def said(self, sheet: Sheet, at: AsWritten) -> Values:
        """Of a sheet without rows: what the office says itself."""
        said: object = at.configuration.said(sheet.file)
        if sheet.path and isinstance(said, Mapping):
            said = inside(said, ".".join(sheet.path))
        return said if isinstance(said, Mapping) else {}

    def name_of(self, sheet: Sheet, values: Values) -> str:
        """As a row is called in lists and in the trail."""
        return next((text for _, text in self.listed(sheet, values) if text), "")

    def listed(self, sheet: Sheet, values: Values) -> list[tuple[Term, str]]:
        """What the list of rows shows of a row, as people read it."""
        return [(term, self._read(sheet, term, values)) for term in sheet.listed_terms]

    def offered(self, term: Term, at: AsWritten) -> dict[str, str]:
        """Value and name of what a field proposes."""
        match term.offers:
            case Offers.UNITS:
                return {unit.id: unit.name for unit in self._desk.register}
            case Offers.EXTENSIONS:
                rows = at.configuration.rows("deadlines.toml", "extension")
                return {
                    row.id: f"{row.values.get('most')} 天（{row.values.get('source')}）"
                    for row in rows
                    if not row.disabled
                }
            case Offers.COLUMNS:
                return {key: column.header for key, column in COLUMNS.items()}
            case Offers.CLOCKS:
                rows = at.configuration.rows("deadlines.toml", "clock")
                return {str(row.values["name"]): str(row.values["label"]) for row in rows[::-1]}
            case Offers.CYCLES:
                cycles = at.configuration.table("columns.toml").below("cycle")
                return {
                    name: f"{cycle.get('title', '')}（{name}）"
                    for name, cycle in cycles.items()
                    if isinstance(cycle, Mapping)
                }
            case None:
                return {}

    def seen(self, values: Values) -> str:
        """Names what a form began with."""
        raw = msgspec.json.encode(dict(values), order="deterministic")
        return hashlib.sha256(raw).hexdigest()[:16]

    # -- changes ---------------------------------------------------------------

    def save(self, by: Doer, sheet: Sheet, row_id: str, typed: Mapping[str, str]) -> int:
        """The row as filled in counts from now on; `row_id` "": a new one. Gives the number of
        the change, by which it is taken back; 0 where nothing is different."""
        edit, what = self._planned(sheet, row_id, typed)
        return self._change(by, sheet, edit, what)

    def preview(
        self, by: Doer, sheet: Sheet, row_id: str, typed: Mapping[str, str]
    ) -> tuple[Effect, ...]:
        """What the change would do, as far as it can be reckoned. Nothing is written."""
        edit, _ = self._planned(sheet, row_id, typed)
        return self._effects(by, sheet, edit)

    def switch(self, by: Doer, sheet: Sheet, row_id: str, *, on: bool) -> int:
        """The row counts, or does not."""
        text = self._own.text(sheet.file)
        row = self.row(sheet, row_id, self._readable(sheet))
        word = "启用" if on else "停用"
        what = f"{sheet.title}：{word}“{self.name_of(sheet, row.values)}”"
        return self._change(by, sheet, _of_text(text, switch_edit(sheet, row, on=on)), what)

    def restore(self, by: Doer, sheet: Sheet, row_id: str) -> int:
        """The row is as it is shipped; one of the office's own goes away."""
        text = self._own.text(sheet.file)
        row = self.row(sheet, row_id, self._readable(sheet))
        word = "删去" if row.shipped is None else "恢复"
        what = f"{sheet.title}：{word}“{self.name_of(sheet, row.values)}”"
        return self._change(by, sheet, _of_text(text, restore_edit(sheet, row)), what)

    def try_switch(self, by: Doer, sheet: Sheet, row_id: str, *, on: bool) -> tuple[Effect, ...]:
        row = self.row(sheet, row_id, self._readable(sheet))
        return self._effects(by, sheet, switch_edit(sheet, row, on=on))

    def _change(self, by: Doer, sheet: Sheet, edit: Edit, what: str) -> int:
        before = self._own.newest(sheet.file)
        try:
            self._own.change(by, sheet.file, edit, what)
        except TablesWrong as wrong:
            raise RowWrong(*beside(sheet, wrong.lines), str(wrong)) from None
        number = self._own.newest(sheet.file)
        return number if number != before else 0

    def _effects(self, by: Doer, sheet: Sheet, edit: Edit) -> tuple[Effect, ...]:
        try:
            with self._own.trying(by, sheet.file, edit) as (before, after):
                return effects(self._desk, by.actor, sheet.file, before, after)
        except TablesWrong as wrong:
            raise RowWrong(*beside(sheet, wrong.lines), str(wrong)) from None

    def _planned(self, sheet: Sheet, row_id: str, typed: Mapping[str, str]) -> tuple[Edit, str]:
        """The change of the file, and what it is in words."""
        text = self._own.text(sheet.file)
        at = self._readable(sheet)
        typed = self._meant(sheet, typed, at)
        try:
            if sheet.has_rows:
                edit, what = self._planned_row(sheet, row_id, typed, at)
            else:
                edit, what = self._planned_settings(sheet, typed, at)
        except FieldsWrong as wrong:
            raise RowWrong(wrong.fields) from None
        return _of_text(text, edit), what

    def _planned_settings(
        self, sheet: Sheet, typed: Mapping[str, str], at: AsWritten
    ) -> tuple[Edit, str]:
        values = self.settings(sheet, at)
        self._unchanged(typed, values)
        shipped = Configuration(at.configuration.folder).table(sheet.file).below(*sheet.path)
        changes = changed(sheet, typed, values, shipped)
        return settings_edit(sheet, self.said(sheet, at), changes), _told(sheet, "", changes)

    def _planned_row(
        self, sheet: Sheet, row_id: str, typed: Mapping[str, str], at: AsWritten
    ) -> tuple[Edit, str]:
        row = self.row(sheet, row_id, at) if row_id else None
        values = row.values if row is not None else {}
        self._unchanged(typed, values)
        changes = changed(sheet, typed, values, row.shipped if row is not None else None)
        known = {each.id: each for each in self.rows(sheet, at)}
        new_id = free_id(sheet.prefix, known) if sheet.prefix else typed.get(sheet.key, "").strip()
        if row is None:
            _check_new(sheet, new_id, changes, known)
        elif any(each.term.key == sheet.key for each in changes):
            label = next(term.label for term in sheet.terms if term.key == sheet.key)
            raise FieldsWrong({sheet.key: f"{label}不能改。请复制成新行，再停用这一行。"})
        before = typed.get("before", "")
        if before and (before not in known or before == row_id):
            raise RowWrong({}, [f"没有“{before[:40]}”这一行可以排在它前面。"])
        name = self.name_of(sheet, values) or typed.get(sheet.listed[0], new_id)
        what = _told(sheet, name, changes, new=row is None, moved=bool(before))
        return row_edit(sheet, row, new_id, changes, before), what

    def _unchanged(self, typed: Mapping[str, str], values: Values) -> None:
        if typed.get("seen", "") != self.seen(values):
            raise NotAllowed(_CHANGED_SINCE)

    def _readable(self, sheet: Sheet) -> AsWritten:
        at = self.standing(sheet.file)
        if not at.readable:
            raise NotAllowed("文件里有错，先不能在页面上改：\n" + "\n".join(at.problems))
        return at

    def _read(self, sheet: Sheet, term: Term, values: Values) -> str:
        value = inside(values, term.key)
        if term.offers is Offers.UNITS and value:
            return self._desk.register.name(str(value))
        if term.offers is Offers.COLUMNS and isinstance(value, str):
            return COLUMNS[value].header if value in COLUMNS else value
        return shown(sheet.holds(term), value)

    def _meant(self, sheet: Sheet, typed: Mapping[str, str], at: AsWritten) -> dict[str, str]:
        """Names of what is offered become the values that the table has."""
        found = dict(typed)
        wrong: dict[str, str] = {}
        for term in sheet.terms:
            if term.offers not in CLOSED or not typed.get(term.key):
                continue
            offered = self.offered(term, at)
            by_name = {name: value for value, name in offered.items()}
            words = typed[term.key].split("、")
            unknown = [word for word in words if word not in offered and word not in by_name]
            if unknown:
                wrong[term.key] = f"没有“{unknown[0][:40]}”可选。请从列出的里面选。"
            found[term.key] = "、".join(by_name.get(word, word) for word in words)
        if wrong:
            raise RowWrong(wrong)
        return found


def _of_text(text: str, edit: Edit) -> Edit:
    """Of this text of the file alone: what was written since is not written over."""

    def edited(now: str) -> str:
        if now != text:
            raise NotAllowed(_CHANGED_SINCE)
        return edit(now)

    return edited


def _check_new(
    sheet: Sheet, new_id: str, changes: Sequence[Changed], known: Mapping[str, object]
) -> None:
    """Raises `FieldsWrong`."""
    filled = {each.term.key for each in changes}
    missing = {
        term.key: "请填写。"
        for term in sheet.terms
        if sheet.holds(term).needed and term.key not in filled
    }
    if new_id in known:
        missing[sheet.key] = f"已经有“{new_id}”这一行。"
    if missing:
        raise FieldsWrong(missing)


def _told(
    sheet: Sheet,
    name: str,
    changes: Sequence[Changed],
    *,
    new: bool = False,
    moved: bool = False,
) -> str:
    if new:
        return f"{sheet.title}：新增“{name}”"
    parts = [each.text for each in changes] + (["改了次序"] if moved else [])
    return "：".join(part for part in (sheet.title, name, "；".join(parts)) if part)


__all__ = ["AsWritten", "RowWrong", "Tables"]
