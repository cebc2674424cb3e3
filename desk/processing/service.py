"""The register as people use it: read, remarked on, taken away as a file."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from cases.reporting.document import Document, Paragraph, Table, cells
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.processing_table import FILE, LONGEST, Remarks, read_processing
from desk.processing.activities import Activity, activities
from desk.processing.facts import facts_of
from desk.setup.own_tables import OwnTables
from desk.setup.workbook import workbook
from huiyin.configuration.written import with_keys, with_table
from sinks.reports.docx import write_docx

TITLE: Final = "个人信息处理活动记录"
FORMS: Final = ("docx", "xlsx")
_HEADS: Final = (
    "处理目的", "处理方式", "谁的信息", "个人信息种类", "保存期限", "接收方", "安全措施",
    "法律依据", "影响评估", "负责人", "备注",
)  # fmt: skip
_WIDTHS: Final = (20, 24, 14, 22, 24, 20, 34, 24, 18, 10, 16)
_NOTES: Final = (
    "由系统按来源、答复、平台、告警、保存期限、备份的配置生成；法律依据、评估日期、负责人和备注由人填写。",
    "依据：个人信息保护法第五十五条、第五十六条（影响评估和处理情况记录，至少保存三年）。",
)
_ASSESSMENT_LASTS: Final = timedelta(days=3 * 365)
"""第五十六条: the report is kept for three years; by then the processing is another one."""
TEXTS: Final = ("responsible", "basis", "note")


class Row(Struct, frozen=True, kw_only=True):
    """One purpose, with what people say of it."""

    activity: Activity
    remarks: Remarks
    responsible: str
    """Who answers for it; "" where nobody was named."""
    basis: str

    to_assess: bool
    """The effect has to be assessed, and was not, or three years ago."""

    @property
    def assessment(self) -> str:
        """In words: whether the effect has to be assessed, why, and when it was."""
        done = self.remarks.assessed
        if done is not None:
            again = f"，满三年，要重新评估：{self.activity.assess}" if self.to_assess else ""
            return f"{done:%Y-%m-%d} 已评估{again}"
        return f"要评估：{self.activity.assess}" if self.activity.assess else "不要求"

    @property
    def cells(self) -> tuple[str, ...]:
        a = self.activity
        return (
            a.purpose, a.way, a.people, a.kinds, a.kept, a.receivers, a.measures,
            self.basis, self.assessment, self.responsible, self.remarks.note,
        )  # fmt: skip


class ProcessingRegister:
    """Every method raises `NotPermitted`, `NotAllowed` with what is wrong, and `SettingsError`
    where a table cannot be read."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    @property
    def responsible(self) -> tuple[str, str]:
        """Who answers for personal data, and how to reach them; "" where nobody was named."""
        table = read_processing(self._desk.settings)
        return table.responsible, table.contact

    def rows(self) -> tuple[Row, ...]:
        """As the configuration is now."""
        table = read_processing(self._desk.settings)
        today, rows = self._desk.clock().date(), []
        for each in activities(facts_of(self._desk)):
            said = table.activity.get(each.id, Remarks())
            lasts = said.assessed is not None and today - said.assessed <= _ASSESSMENT_LASTS
            rows.append(
                Row(
                    activity=each,
                    remarks=said,
                    responsible=said.responsible or table.responsible,
                    basis=said.basis or each.basis,
                    to_assess=bool(each.assess) and not lasts,
                )
            )
        return tuple(rows)

    def name_responsible(self, by: Doer, responsible: str, contact: str) -> None:
        self._desk.permit(by, Role.ADMIN, to="改处理活动记录")
        said = {"responsible": _plain(responsible), "contact": _plain(contact)}
        keys = {key: value or None for key, value in said.items()}
        self._desk.get(OwnTables).change(
            by, FILE, lambda text: with_keys(text, keys), "个人信息保护负责人"
        )

    def remark(self, by: Doer, activity_id: str, values: Mapping[str, str]) -> None:
        """What people say of one purpose takes the place of what they said before; "" says
        nothing. `values`: of `TEXTS` and `assessed`, a day. Raises `NotThere`."""
        self._desk.permit(by, Role.ADMIN, to="改处理活动记录")
        activity = next((a for a in activities(facts_of(self._desk)) if a.id == activity_id), None)
        if activity is None:
            raise NotThere(f"现在没有编号为“{activity_id[:80]}”的处理活动。请重新打开页面。")
        said: dict[str, object] = {key: _plain(values.get(key, "")) for key in TEXTS}
        said["assessed"] = self._day(values.get("assessed", ""))
        kept = {key: value for key, value in said.items() if value}
        # A shipped row is changed, any other is new (docs/overlay.md).
        shipped = read_processing(self._desk.settings).activity

        def edit(text: str) -> str:
            own = tomllib.loads(text).get("activity", {}).get(activity_id)
            new = own.get("new", False) if own is not None else activity_id not in shipped
            row = {**({"new": True} if new else dict.fromkeys(TEXTS, "")), **kept}
            return with_table(text, ("activity", activity_id), row)

        what = f"处理活动记录：{activity.purpose}"
        self._desk.get(OwnTables).change(by, FILE, edit, what)

    def file(self, by: Doer, form: str) -> bytes:
        """The register as a file; `form`: of `FORMS`. The trail keeps that it was taken."""
        self._desk.permit(by, Role.ADMIN, to="导出处理活动记录")
        if form not in FORMS:
            raise NotThere(f"格式应为 {'、'.join(FORMS)} 之一，实际是“{form[:20]}”。")
        rows, now = self.rows(), self._desk.clock()
        self._desk.note(by, AuditAction.EXPORT, f"{TITLE}.{form}", f"{len(rows)} 项")
        if form == "xlsx":
            return workbook(
                "处理活动记录", _HEADS, _WIDTHS, (row.cells for row in rows), _NOTES, {}
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "register.docx")
            write_docx(self._document(rows, now), path, now)
            return path.read_bytes()

    def _document(self, rows: tuple[Row, ...], now: datetime) -> Document:
        responsible, contact = self.responsible
        who = "，".join(part for part in (responsible, contact) if part) or "没有填写"
        return Document(
            title=TITLE,
            head=(
                self._desk.card.name,
                f"个人信息保护负责人：{who}",
                f"生成时间：{now:%Y-%m-%d %H:%M}",
            ),
            blocks=(
                *(Paragraph(note, small=True) for note in _NOTES),
                Table(
                    headers=_HEADS,
                    rows=tuple(cells(*row.cells) for row in rows),
                    widths=tuple(map(float, _WIDTHS)),
                ),
            ),
            wide=True,
        )

    def _day(self, text: str) -> date | None:
        if not text.strip():
            return None
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            raise NotAllowed(f"评估日期应写作 2026-03-01，实际是“{text[:20]}”。") from None
        if day > self._desk.clock().date():
            raise NotAllowed(f"评估日期应在今天或以前，实际是“{day}”。评估以后再填。")
        return day


def _plain(text: str) -> str:
    """Raises `NotAllowed`."""
    text = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise NotAllowed(f"每一项最多 {LONGEST} 个字，一行写完。")
    return text
