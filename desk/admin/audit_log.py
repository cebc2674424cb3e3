"""操作日志: who did what at the desk, searched and taken away."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct

from cases.words.times import BEIJING, beijing
from desk.admin.area import ADMIN, show
from desk.ground.audit_log import AuditAction, AuditLog, Step
from desk.ground.context import DeskContext
from desk.http.authentication import only
from desk.http.closing_stream import ClosingStream
from desk.http.form_input import note
from desk.ledger.filter_input import BadParameter, read_page
from sinks.spreadsheet import csv_line

_PAGE: Final = 50
_AT_ONCE: Final = 1000
_LONGEST: Final = 100
_HEAD: Final = ("序号", "时间", "账号", "操作", "对象", "说明", "地址")


class Wanted(Struct, frozen=True):
    """What the page was asked for."""

    q: str = ""
    who: str = ""
    deed: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def query(self) -> str:
        values = {
            "q": self.q,
            "who": self.who,
            "deed": self.deed,
            "since": self.since,
            "until": self.until,
        }
        return urlencode({name: str(value) for name, value in values.items() if value})

    def search(self, trail: AuditLog, limit: int, offset: int) -> tuple[int, list[Step]]:
        return trail.search(
            text=self.q,
            who=self.who,
            deed=self.deed,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
            limit=limit,
            offset=offset,
        )


def add_trail(app: FastAPI, office: DeskContext) -> None:
    @app.get("/admin/trail")
    def trail(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        wanted, number = _wanted(request.query_params), read_page(request.query_params)
        total, steps = wanted.search(office.trail, _PAGE, (number - 1) * _PAGE)
        return show(
            office,
            request,
            "trail",
            steps=steps,
            total=total,
            wanted=wanted,
            deeds=[deed.value for deed in AuditAction],
            number=number,
            pages=max(1, -(-total // _PAGE)),
        )

    @app.get("/admin/trail.csv")
    def export(request: Request) -> Response:
        only(request, *ADMIN)
        wanted = _wanted(request.query_params)
        total, _ = wanted.search(office.trail, 1, 0)
        note(
            office,
            request,
            AuditAction.EXPORT,
            "操作日志",
            f"{total} 条，条件 {wanted.query or '无'}",
        )
        return ClosingStream(
            _csv(_all(office.trail, wanted)),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="huiyin-trail.csv"'},
        )


def _all(trail: AuditLog, wanted: Wanted) -> Iterator[Step]:
    """Page by page; what is written meanwhile shifts them, so the last seen is kept."""
    last, offset = 0, 0
    while steps := wanted.search(trail, _AT_ONCE, offset)[1]:
        for step in steps:
            if not last or step.position < last:
                last = step.position
                yield step
        offset += _AT_ONCE


def _csv(steps: Iterator[Step]) -> Generator[bytes, None, None]:
    yield b"\xef\xbb\xbf" + csv_line(_HEAD)
    for step in steps:
        at = f"{beijing(step.at):%Y-%m-%d %H:%M:%S}"
        cells = (str(step.position), at, step.who, step.deed, step.about, step.detail, step.address)
        yield csv_line(cells)


def _wanted(values: Mapping[str, str]) -> Wanted:
    """Raises `BadParameter`."""
    texts = {name: values.get(name, "").strip() for name in ("q", "who", "deed")}
    for text in texts.values():
        if len(text) > _LONGEST:
            raise BadParameter(f"检索的文字至多 {_LONGEST} 个字。")
    if texts["deed"] and texts["deed"] not in set(AuditAction):
        raise BadParameter(f"没有“{texts['deed']}”这种操作。")
    return Wanted(
        **texts, since=_date(values.get("since", "")), until=_date(values.get("until", ""))
    )


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.max
    if not 1990 <= found.year <= 2060:
        raise BadParameter(f"日期应为 2026-11-01 的样子，实际是“{text[:20]}”。")
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
