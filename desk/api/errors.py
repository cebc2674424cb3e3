"""The one shape of every error of the interface, and how problems become it.

    {"error": {"code": "bad_request", "message": "…", "details": [{"where": "…", "text": "…"}]}}

`code` is stable and for programs, `message` is for people, in Chinese: what was
expected and what was found. `details` is there when there is more to say.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from cases.privacy.visibility import Eyes
from cases.words.refusals import NotAllowed
from desk.actions.sentences import describe_event
from desk.ground.actions import CaseChanged, NotYet
from desk.ground.doer import NotPermitted, NotThere
from desk.ground.settings import SettingsError
from desk.ground.storage_problems import STORAGE, storage_problem
from desk.http.authentication import person_of
from desk.ledger.filter_input import BadParameter
from desk.phrasing.phrases import Phrases
from streams.sources.seam.base import SourceError

_log = logging.getLogger(__name__)

CODES: Final = {
    400: "bad_request",
    401: "sign_in",
    403: "forbidden",
    404: "not_found",
    405: "method",
    409: "conflict",
    413: "too_large",
    415: "media_type",
    429: "too_many",
    500: "broken",
    503: "unavailable",
    507: "disk_full",
}
"""The usual code of each status; some errors have one of their own."""


class Detail(Struct, frozen=True, kw_only=True):
    where: str
    """A field, parameter or event that this is about."""
    text: str


class ErrorBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    code: str
    message: str
    details: tuple[Detail, ...] = ()


class ErrorAnswer(Struct, frozen=True, kw_only=True):
    error: ErrorBody


class ApiError(Exception):
    """An error as it is answered."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(code=code or CODES[status], message=message, details=tuple(details))
        self.headers = dict(headers or {})


def error_response(error: ApiError) -> Response:
    return Response(
        msgspec.json.encode(ErrorAnswer(error=error.body)),
        error.status,
        headers=error.headers,
        media_type="application/json",
    )


def add_errors(api: FastAPI, teller: Callable[[], Phrases]) -> None:
    """`teller`: gives the words for events, as `Office.teller` of now."""

    @api.exception_handler(ApiError)
    def ours(_request: Request, error: ApiError) -> Response:
        return error_response(error)

    @api.exception_handler(BadParameter)
    def parameter(_request: Request, error: BadParameter) -> Response:
        return error_response(ApiError(400, str(error)))

    @api.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> Response:
        details = [_detail(each) for each in error.errors()]
        said = "；".join(f"{one.where} {one.text}" for one in details)
        return error_response(ApiError(400, f"请求里的参数不对：{said}。", details=details))

    @api.exception_handler(NotThere)
    def not_there(_request: Request, error: NotThere) -> Response:
        return error_response(ApiError(404, str(error)))

    @api.exception_handler(NotPermitted)
    def not_permitted(_request: Request, error: NotPermitted) -> Response:
        return error_response(ApiError(403, str(error)))

    @api.exception_handler(NotAllowed)
    def refused(_request: Request, error: NotAllowed) -> Response:
        return error_response(ApiError(409, str(error), code="refused"))

    @api.exception_handler(CaseChanged)
    def changed(request: Request, error: CaseChanged) -> Response:
        words = teller()
        eyes = Eyes(error.case, person_of(request).actor)
        details = [
            Detail(where=f"第 {one.seq} 步", text=eyes.told(describe_event(one.body, words).text))
            for one in error.since
            if eyes.labels
        ]
        return error_response(
            ApiError(
                409,
                "您读取以后，别人办理过这件事项。请看过变化，用新的版本号再提交。",
                code="changed",
                details=details,
                headers={"etag": f'"{error.case.seq}"'},
            )
        )

    @api.exception_handler(NotYet)
    def not_yet(_request: Request, error: NotYet) -> Response:
        return error_response(
            ApiError(503, str(error), code="not_yet", headers={"retry-after": "5"})
        )

    @api.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> Response:
        return error_response(_of_http(error))

    @api.exception_handler(SettingsError)
    @api.exception_handler(SourceError)
    def settings(_request: Request, error: Exception) -> Response:
        return error_response(ApiError(409, str(error), code="configuration"))

    _add_storage_problems(api)

    @api.exception_handler(Exception)
    def broken(_request: Request, _error: Exception) -> Response:
        return error_response(
            ApiError(500, "程序出错，细节已记入日志，请连同网址一起告诉维护人员。")
        )


def _add_storage_problems(api: FastAPI) -> None:
    def no_data(_request: Request, error: Exception) -> Response:
        found = storage_problem(error)
        if found is None:
            raise error
        _log.error("storage: %s", error)
        return error_response(
            ApiError(found.status, found.text, code=found.code, headers={"retry-after": "30"})
        )

    for kind in STORAGE:
        api.add_exception_handler(kind, no_data)


_TEXTS: Final = {
    404: "这个地址没有对应的接口，请看 /api/v1/openapi.json。",
    405: "这个地址不接受这种方法。",
    413: "提交的内容太大。",
}


def _of_http(error: HTTPException) -> ApiError:
    ours = any("\u4e00" <= letter <= "\u9fff" for letter in str(error.detail))
    text = str(error.detail) if ours else _TEXTS.get(error.status_code, "服务器不接受这个请求。")
    code = CODES.get(error.status_code, "refused")
    return ApiError(error.status_code, text, code=code, headers=error.headers)


# -- what FastAPI and msgspec say, in Chinese ------------------------------------

_PARAMETERS: Final = {
    "missing": "没有给出",
    "int_parsing": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_too_long": "最长 {max_length} 个字符",
    "string_too_short": "最短 {min_length} 个字符",
    "enum": "应为 {expected} 之一",
    "literal_error": "应为 {expected} 之一",
    "datetime_from_date_parsing": "应为 2026-11-22T09:30 这样的时间",
    "datetime_parsing": "应为 2026-11-22T09:30 这样的时间",
    "date_from_datetime_parsing": "应为 2026-11-22 这样的日期",
    "date_parsing": "应为 2026-11-22 这样的日期",
}


def _detail(error: Mapping[str, Any]) -> Detail:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    wanted = _PARAMETERS.get(error["type"], "不合要求").format_map(error.get("ctx") or {})
    given = error.get("input")
    found = f"，实际是“{str(given)[:40]}”" if isinstance(given, str | int | float) else ""
    return Detail(where=where, text=wanted + found)


_EXPECTED = re.compile(
    r"Expected `(?P<wanted>.+?)`(?:, got `(?P<found>.+?)`)?(?: - at `(?P<at>.+)`)?"
)
_MISSING = re.compile(r"Object missing required field `(?P<name>.+?)`(?: - at `(?P<at>.+)`)?")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.+?)`(?: - at `(?P<at>.+)`)?")
_VALUE = re.compile(r"Invalid (?:enum )?value (?P<value>.+?)(?: - at `(?P<at>.+)`)?$")
_TIME = re.compile(r"Invalid RFC3339 encoded (?P<sort>datetime|date)(?: - at `(?P<at>.+)`)?")
_TYPES: Final = {
    "str": "文本",
    "int": "整数",
    "float": "数",
    "bool": "true 或 false",
    "object": "对象",
    "array": "列表",
    "null": "空值",
    "datetime": "2026-11-22T09:30+08:00 这样的时间",
    "date": "2026-11-22 这样的日期",
}


def body_error(error: Exception) -> ApiError:
    """What msgspec found wrong with a body, in Chinese."""
    said = str(error)
    if found := _MISSING.match(said):
        where, text = found["at"] or "$", f"缺少 {found['name']}"
    elif found := _UNKNOWN.match(said):
        where, text = found["at"] or "$", f"没有“{found['name']}”这一项"
    elif found := _VALUE.match(said):
        where, text = found["at"] or "$", f"没有 {found['value']} 这个值"
    elif found := _TIME.match(said):
        where, text = found["at"] or "$", f"应为{_TYPES[found['sort']]}"
    elif found := _EXPECTED.match(said):
        where = found["at"] or "$"
        actual = f"，实际是{_words(found['found'])}" if found["found"] else ""
        text = f"应为{_words(found['wanted'])}{actual}"
    else:
        where, text = "$", "不是合法的 JSON" if isinstance(error, msgspec.DecodeError) else said
    return ApiError(
        400, f"请求的内容不对（{where}）：{text}。", details=[Detail(where=where, text=text)]
    )


def too_deep() -> ApiError:
    """For JSON that is nested more deeply than anybody reads."""
    text = "JSON 嵌套太深"
    return ApiError(400, f"请求的内容不对（$）：{text}。", details=[Detail(where="$", text=text)])


def _words(types: str) -> str:
    return "或".join(_TYPES.get(part, part) for part in types.split(" | "))
