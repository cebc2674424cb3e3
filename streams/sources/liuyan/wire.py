"""领导留言板 on the wire: addresses, signature, envelopes.

Two interfaces of one site. The old one is unsigned and takes form fields; the new one
takes JSON with a signature over path and parameters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from huiyin.net.charset import decode
from huiyin.net.json_values import BadJson, Json, as_text, find
from streams.sources.seam.http import Answer, BadAnswer
from streams.sources.values.json_records import parse_shallow

UNSIGNED_LIST = "/threads/queryThreadsList"
SIGNED_LISTS = {"df": "/v1/threads/list/df", "bw": "/v1/threads/list/bw"}
SEARCH = "/v2/threads/search"
CONTENT = "/v1/threads/content"

_GONE = ("不存在", "已删除", "已被删除", "已屏蔽")
_FINE_CODES = frozenset({"", "0", "200", "success", "000000"})


class SiteRefused(Exception):
    """The interface answered with an error of its own (`code`, `msg`)."""


class Gone(Exception):
    """The message is no longer shown."""


def signature(path: str, param: str, app_code: str, token: str = "") -> str:
    """32 hex digits: md5(path without query + param + md5(token or app code)[:16] + token).

    `param` is the very string that is sent. The rule was recomputed from captured requests.
    """
    key = _md5(token or app_code)[:16]
    return _md5(path.partition("?")[0] + param + key + token)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def signed_body(path: str, param: Mapping[str, object], app_code: str, token: str = "") -> bytes:
    """The body of a signed request. The keys of `param` keep their order: the string is
    signed as it is sent."""
    text = json.dumps(param, ensure_ascii=False, separators=(",", ":"))
    body = {
        "appCode": app_code,
        "token": token,
        "signature": signature(path, text, app_code, token),
        "param": text,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read_object(answer: Answer) -> dict[str, Json]:
    """The JSON object of an answer, whatever media type it claims. Raises `BadAnswer`."""
    text = decode(answer.body, answer.content_type).strip()
    if text.startswith("<"):
        raise BadAnswer("应返回 JSON，实际返回了网页，常见于登录页、防护页或维护公告")
    try:
        value = parse_shallow(text)
    except BadJson as error:
        raise BadAnswer(f"应返回 JSON：{error}可能没有传完") from None
    if not isinstance(value, dict):
        raise BadAnswer("应返回一个 JSON 对象，实际不是")
    return value


def unsigned_list(answer: Answer) -> list[Json]:
    """`responseData` of the old interface."""
    value = read_object(answer)
    rows = value.get("responseData")
    if isinstance(rows, list):
        return rows
    if as_text(value.get("result")) not in ("", "success"):
        raise SiteRefused(_said(value))
    raise BadAnswer("缺少列表 responseData")


def signed_list(answer: Answer) -> tuple[list[Json], str]:
    """Rows and `lastItem` of `list/df` and `list/bw`; without `lastItem` it is ""."""
    value = read_object(answer)
    rows = find(value, "resultData.data")
    if isinstance(rows, list):
        return rows, as_text(find(value, "resultData.lastItem"))
    _check_code(value)
    raise BadAnswer("缺少列表 resultData.data")


def search_list(answer: Answer) -> list[Json]:
    """Rows of `v2/threads/search`."""
    value = read_object(answer)
    rows = find(value, "data.data")
    if isinstance(rows, list):
        return rows
    _check_code(value)
    raise BadAnswer("缺少列表 data.data")


def content(answer: Answer) -> list[dict[str, Json]]:
    """`contentList` of one message. Raises `Gone` when the site no longer shows it."""
    if answer.status in (404, 410):
        raise Gone
    value = read_object(answer)
    said = as_text(value.get("msg")) or as_text(value.get("resultMsg"))
    rows = find(value, "resultData.contentList")
    if isinstance(rows, list) and rows:
        return [row for row in rows if isinstance(row, dict)]
    if any(word in said for word in _GONE):
        raise Gone
    _check_code(value)
    raise BadAnswer("缺少留言内容 resultData.contentList")


def _check_code(value: dict[str, Json]) -> None:
    if as_text(value.get("code")) not in _FINE_CODES:
        raise SiteRefused(_said(value))


def _said(value: dict[str, Json]) -> str:
    code = as_text(value.get("code")) or as_text(value.get("result"))
    return f"{code} {as_text(value.get('msg'))}".strip()[:200]
