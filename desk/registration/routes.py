"""登记来件: hall windows, 便民服务中心, phone calls and visits, written down at the desk.

The form is a door like every other: what is written goes through intake, inbox and
process, and gets its clock, unit and risk by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from time import monotonic, sleep
from typing import Annotated, Final
from urllib.parse import quote
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from cases.privacy.visibility import Eyes
from cases.record.case import Case
from cases.record.disclosure import CONFIRMED_FIELD, CONFIRMED_WAYS, WAY_FIELD, Way, received_by
from cases.record.item import Item
from cases.words.actors import Role
from cases.words.labels import Kind
from cases.words.times import BEIJING, beijing
from desk.ground import wiring
from desk.ground.actions import PATIENCE, NotYet
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import only, posted
from desk.http.form_input import note
from desk.http.page_context import page_context
from desk.http.pages import render
from streams.sources.seam.base import Batch
from streams.sources.seam.config import SourceEntry

SOURCE: Final = "desk"
CHANNELS: Final = ("大厅窗口", "便民服务中心", "来电", "来访", "依申请公开", "其他")
"""What an office needs no source for. One that has a source of its own arrives under it."""
_FORM: Final = "desk-form"
DISCLOSURE: Final = "依申请公开"
WRITERS: Final = (Role.DESK,)
URGENCIES: Final = ("一般", "紧急", "特急")
LONGEST_NUMBER: Final = 60
LONGEST_TITLE: Final = 100
LONGEST_BODY: Final = 20_000
_OLDEST: Final = timedelta(days=366)
_NUMBER = re.compile(r"\S{1,60}")
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_LOOK_SECONDS: Final = 0.05

Form = Annotated[FormData, Depends(posted)]


def form_doors(entries: Iterable[SourceEntry]) -> dict[str, str]:
    """Channel to source, in the order in which they are offered: the enabled sources that are
    typed at the desk (`adapter = "desk-form"`), then what needs none."""
    typed = {each.channel: each.name for each in entries if each.enabled and each.adapter == _FORM}
    return typed | {channel: SOURCE for channel in CHANNELS if channel not in typed}


class NotAnItem(ValueError):
    """What was filled in cannot be registered; the text says what is missing or wrong."""


def item_of(
    typed: Mapping[str, str], form_id: str, now: datetime, by: str, doors: Mapping[str, str]
) -> Item:
    """The item that a filled-in form is. The same form sent twice is the same item, and so is
    the same number of a source. `doors`: as `form_doors` has them.

    Raises `NotAnItem`."""
    if not _FORM_ID.fullmatch(form_id):
        raise NotAnItem("页面已过期，请重新打开登记页面。")
    channel, title, body = (typed.get(name, "").strip() for name in ("channel", "title", "body"))
    if channel not in doors:
        raise NotAnItem(f"来源渠道应为 {'、'.join(doors)} 之一，实际是“{channel[:20]}”。")
    if not body:
        raise NotAnItem("请填写反映的内容。")
    if len(title) > LONGEST_TITLE or len(body) > LONGEST_BODY:
        raise NotAnItem(
            f"标题最长 {LONGEST_TITLE} 字、内容最长 {LONGEST_BODY} 字，"
            f"实际是 {len(title)} 字和 {len(body)} 字。"
        )
    arrived = _received(typed.get("received", ""), now)
    received, extra = arrived, {"登记人": by}
    if channel == DISCLOSURE:
        received, asked = _request(typed, arrived, now)
        extra |= asked
    kind = typed.get("kind", "")
    if kind and kind not in list(Kind):
        raise NotAnItem(f"诉求类型应为 {'、'.join(Kind)} 之一，实际是“{kind[:20]}”。")
    urgency = typed.get("urgency", "").strip()
    if urgency and urgency not in URGENCIES:
        raise NotAnItem(f"紧急程度应为 {'、'.join(URGENCIES)} 之一，实际是“{urgency[:20]}”。")
    return Item(
        source=doors[channel],
        source_item_id=_number(typed) or f"{arrived:%Y%m%d}-{form_id[:10]}",
        channel=channel,
        received_at=received,
        title=title or _first_sentence(body),
        body=body,
        author=typed.get("author", "").strip(),
        phone=typed.get("phone", "").strip(),
        email=typed.get("email", "").strip(),
        address=typed.get("address", "").strip(),
        place=typed.get("place", "").strip(),
        kind=kind,
        urgency=urgency,
        due_at=_due(typed.get("due", ""), arrived),
        confidential=typed.get("confidential") == "1",
        disclosure=channel == DISCLOSURE,
        extra=extra,
    )


def _number(typed: Mapping[str, str]) -> str:
    """The number that the source gave; "" where none was typed. Raises `NotAnItem`."""
    number = typed.get("number", "").strip()
    if number and not _NUMBER.fullmatch(number):
        raise NotAnItem(
            f"来源编号最长 {LONGEST_NUMBER} 字，不含空格，实际是“{number[:20]}”，{len(number)} 字。"
        )
    return number


def _due(text: str, arrived: datetime) -> datetime | None:
    """By when the source wants it; a day ends at 24:00. Raises `NotAnItem`."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotAnItem(f"来源要求的期限应写作 2026-12-05，实际是“{text[:30]}”。") from None
    due = datetime.combine(day, time(23, 59, 59), tzinfo=BEIJING)
    if due < arrived:
        raise NotAnItem(f"来源要求的期限（{day}）不应早于受理时间（{arrived:%Y-%m-%d %H:%M}）。")
    return due


def _request(
    typed: Mapping[str, str], arrived: datetime, now: datetime
) -> tuple[datetime, dict[str, str]]:
    """When a request for information counts as received (条例第三十一条), and what it says
    of itself. Raises `NotAnItem`."""
    word = typed.get("way", "") or Way.IN_PERSON.value
    if word not in list(Way):
        raise NotAnItem(f"申请方式应为 {'、'.join(Way)} 之一，实际是“{word[:20]}”。")
    way, extra = Way(word), {WAY_FIELD: word}
    confirmed = None
    if typed.get("confirmed", ""):
        if way not in CONFIRMED_WAYS:
            raise NotAnItem(f"{way}的申请以提交或签收之日为收到之日，不填双方确认的时间。")
        confirmed = _received(typed["confirmed"], now, "双方确认的时间")
        if confirmed < arrived:
            raise NotAnItem(f"双方确认的时间不应早于来件时间（{arrived:%Y-%m-%d %H:%M}）。")
        extra |= {CONFIRMED_FIELD: f"{confirmed:%Y-%m-%d %H:%M}"}
        extra |= {"来件时间": f"{arrived:%Y-%m-%d %H:%M}"}
    if wanted := typed.get("wanted", "").strip():
        extra["获取方式"] = wanted[:200]
    return received_by(way, arrived, confirmed), extra


def _received(text: str, now: datetime, what: str = "受理时间") -> datetime:
    """Raises `NotAnItem`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotAnItem(f"{what}应写作 2026-11-22T09:30，实际是“{text[:30]}”。") from None
    at = at.replace(tzinfo=BEIJING) if at.tzinfo is None else beijing(at)
    if at > now + timedelta(minutes=1):
        raise NotAnItem(f"{what}（{at:%Y-%m-%d %H:%M}）不应晚于现在。")
    if at < now - _OLDEST:
        raise NotAnItem(f"{what}（{at:%Y-%m-%d %H:%M}）不应早于一年以前。")
    return at


def _first_sentence(body: str) -> str:
    head = re.split(r"[。！？!?\n]", body, maxsplit=1)[0].strip() or body.strip()
    return head[:40]


def add_register_item(app: FastAPI, office: DeskContext) -> None:
    def doors() -> dict[str, str]:
        return form_doors(wiring.source_entries(office.settings).values())

    def page(
        request: Request, problem: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        with page_context(office, request, "register") as (_store, around, now):
            pass
        return render(
            "register_item.html",
            around,
            400 if problem else 200,
            channels=tuple(doors()),
            urgencies=URGENCIES,
            kinds=list(Kind),
            ways=list(Way),
            form_id=(typed or {}).get("form_id") or uuid4().hex,
            now_text=beijing(now).strftime("%Y-%m-%dT%H:%M"),
            longest_title=LONGEST_TITLE,
            longest_body=LONGEST_BODY,
            problem=problem,
            typed=typed or {},
        )

    @app.get("/register")
    def form_page(request: Request) -> HTMLResponse:
        only(request, *WRITERS)
        return page(request)

    @app.post("/register")
    def register(request: Request, form: Form) -> Response:
        person = only(request, *WRITERS)
        typed = {name: str(value) for name, value in form.items() if name != "csrf"}
        now = office.clock()
        try:
            item = item_of(typed, typed.get("form_id", ""), now, person.account.name, doors())
        except NotAnItem as problem:
            return page(request, str(problem), typed)
        if typed.get("number") and not typed.get("again") and (known := _known(office, item)):
            title = Eyes(known, person.actor).text(known.item.title)
            registered = f"已登记为“{title}”" if title else "已登记为一件保密件"
            taken = (
                f"编号 {item.source_item_id} {registered}，内容与这次的不同。"
                "是同一件的新内容，请勾选下面的“同一件”再登记；不是的，请核对来源编号。"
            )
            return page(request, taken, typed)
        _take(office, item)
        note(office, request, AuditAction.REGISTER, item.case_id, item.channel)
        return RedirectResponse(f"/cases/{quote(item.case_id, safe='')}", 303)


def _known(office: DeskContext, item: Item) -> Case | None:
    """What is registered under this number already, where it says something else."""
    with office.readers.reader() as store:
        case = store.ledger.load([item.case_id]).get(item.case_id)
    if case is None or (case.item.title, case.item.body) == (item.title, item.body):
        return None
    return case


def _take(office: DeskContext, item: Item) -> None:
    """Returns when the case can be opened. Raises `NotYet`."""
    with office.acts.borrowed() as runner:
        runner.take(item.source, Batch(found=(item,)))
        runner.carry_on([item.case_id])
        end = monotonic() + PATIENCE
        while not runner.store.ledger.load([item.case_id]):
            if monotonic() > end:
                raise NotYet
            sleep(_LOOK_SECONDS)
        runner.show_changes()
