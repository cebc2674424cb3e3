"""What a chat program's answer means. It answers 200 to nearly everything: the code inside the
body decides."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct

from sinks.alerts.base import (
    RATE_LIMITED,
    Answer,
    LostAnswer,
    NotPosted,
    Outcome,
    Post,
    Sent,
    Unclear,
    Unsent,
)


class Codes(Struct, frozen=True, kw_only=True):
    """How one program says what became of a message."""

    fields: tuple[str, ...]
    """Names of the code in the body; the first that is there counts."""
    message: str
    """Name of the text beside it."""
    limited: Mapping[int, float]
    """Codes of "too many", and for how many seconds to be quiet then."""
    busy: frozenset[int] = frozenset()
    """Codes of a server that is busy: try again."""
    words: Mapping[int, str]
    """What to do about other codes."""


def post(send: Post, url: str, payload: Mapping[str, object], codes: Codes) -> Outcome:
    """Posts `payload` as JSON and judges the answer."""
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        answer = send(url, data, {"content-type": "application/json; charset=utf-8"})
    except NotPosted as error:
        return Unsent(reason="unreachable", detail=str(error), retry=error.retry)
    except LostAnswer as error:
        return Unclear(detail=f"消息已交出，但没有收到完整的回答（{error}）。请到群里看是否收到")
    return judge(answer, codes)


def judge(answer: Answer, codes: Codes) -> Outcome:
    found = _code(answer.body, codes)
    by_status = _by_status(answer, codes)
    if by_status is not None:
        return by_status
    if found is None:
        return _without_code(answer.status)
    code, said = found
    if code == 0:
        if 200 <= answer.status < 300:
            return Sent(receipt=said or "ok")
        detail = f"回答自相矛盾（HTTP {answer.status}，错误码 0）。请到群里看是否收到"
        return Unclear(detail=detail)
    if code in codes.limited:
        return _limited(f"{code} {said}", codes.limited[code])
    if code in codes.busy:
        return Unsent(reason="busy", detail=f"对方系统忙（{code} {said}）", retry=True)
    advice = codes.words.get(code, "请按错误码到机器人的说明里查原因")
    return Unsent(
        reason="rejected", detail=f"机器人没有收下（错误码 {code} {said}）。{advice}", retry=False
    )


def _by_status(answer: Answer, codes: Codes) -> Outcome | None:
    """What is clear without looking at the body."""
    status = answer.status
    if status == 429:
        wait = answer.retry_after or max(codes.limited.values())
        return _limited(f"HTTP {status}", wait)
    if status == 503:
        wait = answer.retry_after
        detail = "对方服务器暂时不可用（HTTP 503）"
        return Unsent(reason="busy", detail=detail, retry=True, wait_seconds=wait)
    if 300 <= status < 400:
        detail = (
            f"地址要求跳转（HTTP {status}），没有跟随。请核对机器人地址是否完整、是否被网关拦截"
        )
        return Unsent(reason="redirected", detail=detail, retry=False)
    return None


def _without_code(status: int) -> Outcome:
    if 400 <= status < 500 and status != 408:
        detail = f"对方拒绝接收（HTTP {status}）。请核对机器人地址"
        return Unsent(reason="rejected", detail=detail, retry=False)
    return Unclear(detail=f"回答看不懂（HTTP {status}，不是约定的内容）。请到群里看是否收到")


def _limited(said: str, wait: float) -> Unsent:
    detail = f"发送太快，被对方限流（{said}），{wait:.0f} 秒后再发"
    return Unsent(reason=RATE_LIMITED, detail=detail, retry=True, wait_seconds=wait)


def _code(data: bytes, codes: Codes) -> tuple[int, str] | None:
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    for name in codes.fields:
        code = found.get(name)
        if isinstance(code, int) and not isinstance(code, bool):
            return code, " ".join(str(found.get(codes.message) or "").split())[:200]
    return None
