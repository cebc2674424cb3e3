"""/open311: for everybody, without signing in, where config/office.toml says so."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from cases.record.case import Case
from cases.words.times import beijing
from desk.api.guard import Pace
from desk.ground.context import DeskContext
from desk.ground.storage_problems import STORAGE, storage_problem
from desk.http.authentication import address_of
from desk.http.encoded_routes import CodedRoute
from desk.http.georeport_formats import Format, Names, Value, answer
from desk.http.security import own_address
from desk.open311 import model

_log = logging.getLogger(__name__)

PREFIX: Final = "/open311"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
"""The name of the specification, as its own discovery document demands it."""
_METHODS: Final = ["GET", "HEAD"]
_STATUSES: Final = ("open", "closed")
_LONGEST: Final = 20_000
_UNCODED_PLUS: Final = re.compile(r" (?=\d\d:?\d\d$)(?<=:\d\d )")


class Problem(Exception):
    """An error as the specification wants it."""

    def __init__(self, status: int, description: str, retry_after: int = 0) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after = retry_after


def add_open311(app: FastAPI, office: DeskContext) -> None:
    """Without `open311 = true` there are no such addresses."""
    if office.card.open311:
        app.mount(PREFIX, create_open311(office))


def create_open311(office: DeskContext, pace: Pace | None = None) -> FastAPI:
    pace = pace or Pace(office.card.open311_per_minute)
    api = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(_guard(office, pace))],
    )
    api.router.route_class = CodedRoute
    if office.card.open311_origins:
        # Inside the limit of requests and outside the routes: errors carry it too.
        api.add_middleware(
            CORSMiddleware, allow_origins=office.card.open311_origins, allow_methods=_METHODS
        )
    _add_errors(api)
    _add_services(api, office)
    _add_requests(api, office)
    return api


# -- services --------------------------------------------------------------------


def _services(office: DeskContext) -> tuple[model.Service, ...]:
    table = office.settings.table("topics.toml")["topics"]
    found = msgspec.convert(table, dict[str, dict[str, object]])
    return model.services(
        {
            first: [name for name, leaves in below.items() if isinstance(leaves, dict)]
            for first, below in found.items()
        }
    )


def _add_services(api: FastAPI, office: DeskContext) -> None:
    services = _services(office)
    began = model.w3c(office.clock())

    @api.api_route("/discovery.{form}", methods=_METHODS)
    @api.api_route("/v2/discovery.{form}", methods=_METHODS)
    def discovery(request: Request, form: str) -> Response:
        base = own_address(request.scope, office.settings.public_url)
        document: Value = {
            "changeset": began,
            "contact": " ".join(filter(None, (office.card.name, office.card.phone))),
            "key_service": "只读接口，对公众开放，不需要 API key；参数 api_key 不起作用。",
            "endpoints": [
                {
                    "specification": SPECIFICATION,
                    "url": f"{base}{PREFIX}/v2",
                    "changeset": began,
                    "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        }
        return answer(document, Names("discovery", ""), _form(form))

    @api.api_route("/v2/services.{form}", methods=_METHODS)
    def all_services(form: str) -> Response:
        return answer(_plain(services), Names("services", "service"), _form(form))

    @api.api_route("/v2/services/{name:coded}", methods=_METHODS)
    def one_service(name: str) -> Response:
        code, form = _named(name)
        if code not in {one.service_code for one in services}:
            raise Problem(404, f"service_code 没有“{code[:80]}”。")
        definition: Value = {"service_code": code, "attributes": []}
        return answer(definition, Names("service_definition", ""), form)


# -- requests ----------------------------------------------------------------------


def _add_requests(api: FastAPI, office: DeskContext) -> None:
    names = {one.service_code: one.service_name for one in _services(office)}

    def shown(cases: list[Case], form: Format) -> Response:
        found = [model.public_request(one, names, office.register) for one in cases]
        return answer(_plain(found), Names("service_requests", "request"), form)

    @api.api_route("/v2/requests.{form}", methods=_METHODS)
    def requests(request: Request, form: str) -> Response:
        given, sort = request.query_params, _form(form)
        ids = given.get("service_request_id", "")
        if len(ids) > _LONGEST:
            raise Problem(400, f"service_request_id 太长，最多 {_LONGEST} 个字符。")
        with office.readers.reader() as store:
            if ids:
                # An id may hold a comma: taken as a whole first.
                cases = model.by_ids(store.ledger, [ids]) or model.by_ids(
                    store.ledger, list(dict.fromkeys(one.strip() for one in ids.split(",")))
                )
            else:
                cases = model.search(store.ledger, _wanted(request, office.clock(), names), names)
        return shown(cases, sort)

    @api.api_route("/v2/requests/{name:coded}", methods=_METHODS)
    def one_request(name: str) -> Response:
        case_id, form = _named(name)
        with office.readers.reader() as store:
            cases = model.by_ids(store.ledger, [case_id])
        if not cases:
            raise Problem(404, "没有这个 service_request_id，或它没有公开。")
        return shown(cases, form)


def _wanted(request: Request, now: datetime, names: dict[str, str]) -> model.Wanted:
    """Raises `Problem` 400."""
    given = request.query_params
    codes = _list(given.get("service_code", ""))
    for code in codes:
        if code not in names:
            raise Problem(400, f"service_code 没有“{code[:80]}”，可用的见 services。")
    statuses = _list(given.get("status", ""))
    for status in statuses:
        if status not in _STATUSES:
            raise Problem(400, f"status 应为 open 或 closed，实际是“{status[:40]}”。")
    begin = _moment(given, "start_date", day_ends=False)
    end = _moment(given, "end_date", day_ends=True)
    if begin and end and begin > end:
        raise Problem(400, "start_date 晚于 end_date。")
    if begin and end and end - begin > model.SPAN:
        raise Problem(400, f"start_date 到 end_date 最多 {model.SPAN.days} 天。")
    until = end or (min(now, begin + model.SPAN) if begin else now)
    return model.Wanted(
        since=begin or until - model.SPAN, until=until, codes=codes, statuses=statuses
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _moment(given: Mapping[str, str], name: str, *, day_ends: bool) -> datetime | None:
    """Without a zone it is Beijing time; a day alone is its beginning, or with `day_ends` its
    end: 2026-11-01 to 2026-11-30 is the whole of November."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    try:
        # A plus sign that was not coded arrives as a space.
        found = datetime.fromisoformat(_UNCODED_PLUS.sub("+", text.upper()))
        found = beijing(found + timedelta(days=day is not None and day_ends))
    except (ValueError, OverflowError):
        found = None
    if found is None or not 1990 <= found.year <= 2100:
        raise Problem(
            400,
            f"{name} 应为 W3C 时间，如 2026-11-22T00:00:00+08:00（不写时区为北京时间），"
            f"或一个日期，如 2026-11-22，实际是“{text[:40]}”。",
        )
    return found


# -- formats and errors ------------------------------------------------------------------


def _plain(values: object) -> Value:
    plain: Value = msgspec.to_builtins(values)
    return plain


def _form(text: str) -> Format:
    try:
        return Format(text)
    except ValueError:
        raise Problem(404, "只有 xml 和 json 两种格式。") from None


def _named(name: str) -> tuple[str, Format]:
    """The last part of an address: an id and the format."""
    text, _, form = name.rpartition(".")
    return text, _form(form)


def _guard(office: DeskContext, pace: Pace) -> Callable[[Request], None]:
    wanted = office.card.open311_jurisdiction

    def check(request: Request) -> None:
        seconds = pace.wait(address_of(request))
        if seconds:
            raise Problem(429, f"请求太频繁，每分钟最多 {pace.per_minute} 次。", round(seconds) + 1)
        given = request.query_params.get("jurisdiction_id", "")
        if wanted and given and given != wanted:
            raise Problem(404, f"jurisdiction_id 没有“{given[:80]}”。")

    return check


def _add_errors(api: FastAPI) -> None:
    def told(request: Request, status: int, text: str, retry_after: int = 0) -> Response:
        form = Format.JSON if request.url.path.endswith(".json") else Format.XML
        body: Value = [{"code": status, "description": text}]
        made = answer(body, Names("errors", "error"), form, status)
        if retry_after:
            made.headers["retry-after"] = str(retry_after)
        return made

    @api.exception_handler(Problem)
    def ours(request: Request, problem: Problem) -> Response:
        return told(request, problem.status, str(problem), problem.retry_after)

    @api.exception_handler(HTTPException)
    def theirs(request: Request, error: HTTPException) -> Response:
        texts = {404: "没有这个地址。", 405: "这个接口只能读取（GET）。"}
        made = told(request, error.status_code, texts.get(error.status_code, "不接受这个请求。"))
        if error.status_code == 405:
            made.headers["allow"] = ", ".join(_METHODS)  # RFC 9110, 15.5.6
        return made

    def no_data(request: Request, error: Exception) -> Response:
        found = storage_problem(error)
        if found is None:
            raise error
        _log.error("storage: %s", error)
        return told(request, found.status, found.text, 30)

    for kind in STORAGE:
        api.add_exception_handler(kind, no_data)

    @api.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        _log.error("open311: %s", error)
        return told(request, 503, "暂时读不到数据，请稍后再试。", 30)
