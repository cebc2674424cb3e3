"""The ledger as a file: exactly what the filter finds, as it is at one moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from fastapi import Depends, FastAPI, Request
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.privacy.visibility import is_withheld
from cases.record.case import Case
from cases.reporting.sight import NotShown, Shown, masked_for_all, unmasked_for
from cases.words.actors import Actor
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.sight import only_seen_of
from desk.http.authentication import person_of, posted
from desk.http.closing_stream import ClosingStream
from desk.http.form_input import note
from desk.ledger.ledger_query import query_for
from desk.ledger.page import described, read_address
from sinks.ledger.base import Query
from sinks.reports.export import csv_cells, record
from sinks.spreadsheet import csv_line

Form = Annotated[FormData, Depends(posted)]
HEADERS: Final = {
    "case_id": "编号",
    "channel": "渠道",
    "received_at": "受理时间",
    "title": "标题",
    "body": "正文",
    "place": "地点",
    "kind": "诉求",
    "topic": "分类",
    "sentiment": "情感",
    "risk": "风险",
    "urgent": "紧急",
    "loud": "危急",
    "unit": "承办单位",
    "assisting": "协办单位",
    "state_text": "状态",
    "round": "轮次",
    "due_at": "答复期限",
    "extended_working_days": "延期工作日",
    "returns": "退回次数",
    "replied_at": "答复时间",
    "reply": "答复",
    "on_time": "按时",
    "resolved": "是否解决",
    "satisfied": "是否满意",
    "promises": "承诺数",
    "published": "公开",
    "closed_at": "办结时间",
    "confidential": "保密件",
}
"""Columns for people; `jsonl` has everything, under the names of `sinks.reports.export.record`."""
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_AT_ONCE: Final = BoundedSemaphore(2)
"""Each holds one of the few readers as long as it lasts."""
_LONGEST_CELL: Final = 32_767
_MOST_SHEET_ROWS: Final = 1_048_575
_CHUNK: Final = 1 << 16


def add_exports(app: FastAPI, office: DeskContext) -> None:
    @app.post("/ledger/export")
    def export(request: Request, form: Form) -> ClosingStream:
        person, now = person_of(request), office.clock()
        format_ = str(form.get("format", "csv"))
        if format_ not in _TYPES:
            raise HTTPException(400, f"文件格式应为 {'、'.join(_TYPES)} 之一。")
        wanted = read_address(str(form.get("filter", ""))).plain
        query = query_for(wanted, office, now, person.actor)
        ids = [str(each) for each in form.getlist("case")] if form.get("only_chosen") else None
        reason = str(form.get("reason", "")).strip()[:200]
        texts: Shown = masked_for_all
        if form.get("unmasked"):
            try:
                texts = unmasked_for(person.actor, reason)
            except NotShown as refusal:
                raise HTTPException(400, str(refusal)) from None
        about = f"台账.{format_}"
        what = (
            f"勾选的 {len(ids)} 件" if ids is not None else described(wanted, office, person.actor)
        )
        if form.get("unmasked"):
            what += f"；未脱敏，理由：{reason}"
        if not _AT_ONCE.acquire(blocking=False):
            raise HTTPException(429, "已有两个导出在进行，请等它们完成后再试。")

        def say(how: str) -> None:
            note(office, request, AuditAction.EXPORT, about, how)

        taken = _Counted(_cases(office, query, ids, person.actor))

        def stream() -> Generator[bytes, None, None]:
            whole = False
            try:
                # Before the first byte: whatever happens then, it stands in the trail.
                say(f"开始：{what}")
                yield b""
                yield from _WRITERS[format_](taken, office.register.name, texts, person.actor)
                whole = True
            finally:
                _AT_ONCE.release()
                taken.close()
                end = "完成" if whole else "中断"
                say(f"{end}：{taken.count} 件；{what}")

        body = stream()
        next(body)  # what never began is never closed, and would keep its place
        name = f"台账-{now:%Y%m%d-%H%M}.{format_}"
        ascii_name = f"ledger-{now:%Y%m%d-%H%M}.{format_}"
        return ClosingStream(
            body,
            media_type=_TYPES[format_],
            headers={
                "content-disposition": f'attachment; filename="{ascii_name}"; '
                f"filename*=UTF-8''{quote(name)}",
                "x-accel-buffering": "no",
            },
        )


def _cases(
    office: DeskContext, query: Query | None, ids: Sequence[str] | None, actor: Actor
) -> Generator[Case, None, None]:
    """What this person may see of what is asked for, by case_id. `query`: as allowed to ask."""
    if query is None:
        return
    with office.readers.reader() as store:
        if ids is not None:
            found = store.ledger.load(ids)
            yield from only_seen_of((found[each] for each in sorted(found)), actor)
            return
        scan = store.ledger.scan(replace(query, limit=0, offset=0, count_to=0), one_moment=True)
        try:
            yield from only_seen_of(scan, actor)
        finally:
            scan.close()


class _Counted:
    """Counts what is taken from it."""

    def __init__(self, cases: Generator[Case, None, None]) -> None:
        self._cases = cases
        self.count = 0

    def __iter__(self) -> Iterator[Case]:
        for case in self._cases:
            self.count += 1
            yield case

    def close(self) -> None:
        self._cases.close()


Names = Callable[[str], str]
Writer = Callable[[Iterable[Case], Names, Shown, Actor], Iterator[bytes]]


def _cells(case: Case, names: Names, texts: Shown, actor: Actor) -> list[str]:
    row = record(case, names, texts, labels=not is_withheld(case, actor))
    return csv_cells([row[name] for name in HEADERS])


def _csv(cases: Iterable[Case], names: Names, texts: Shown, actor: Actor) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + csv_line(list(HEADERS.values()))
    for case in cases:
        yield csv_line(_cells(case, names, texts, actor))


_encoder = msgspec.json.Encoder()


def _jsonl(cases: Iterable[Case], names: Names, texts: Shown, actor: Actor) -> Iterator[bytes]:
    for case in cases:
        yield (
            _encoder.encode(record(case, names, texts, labels=not is_withheld(case, actor))) + b"\n"
        )


def _xlsx(cases: Iterable[Case], names: Names, texts: Shown, actor: Actor) -> Iterator[bytes]:
    """Row by row to a file, then the file: a workbook is complete only at its end."""
    import xlsxwriter

    from sinks.reports.texts import clean

    with TemporaryDirectory(prefix="huiyin-") as folder:
        path = Path(folder) / "ledger.xlsx"
        book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        sheet = book.add_worksheet("台账")
        bold = book.add_format({"bold": True})
        for at, header in enumerate(HEADERS.values()):
            sheet.write_string(0, at, header, bold)
        sheet.freeze_panes(1, 0)
        for number, case in enumerate(cases, 1):
            if number > _MOST_SHEET_ROWS:
                break
            for at, cell in enumerate(_cells(case, names, texts, actor)):
                sheet.write_string(number, at, clean(cell)[:_LONGEST_CELL])
        book.close()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


_WRITERS: Final[dict[str, Writer]] = {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx}
