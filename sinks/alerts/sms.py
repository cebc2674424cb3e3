"""Short messages through an SMS gateway over HTTP: of the intranet, or of a provider.

Gateways differ in the names of their fields, so the body is the office's own template. The
request is signed as a webhook's is.

A short message goes through many hands and lies open on a telephone: it says how many matters
wait and how soon, and nothing of any case, not even of one that is not confidential. A gateway
cannot tell a repetition, so what is unclear is not sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from cases.alerts import Level
from sinks.alerts.base import (
    AlertConfigError,
    Answer,
    Limit,
    Line,
    Message,
    Outcome,
    Post,
    Sent,
    Unclear,
    Unsent,
)
from sinks.alerts.signed import Receiver, post_signed
from sinks.alerts.wording import SIGN

MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
PLACES: Final = ("mobiles", "text", "count", "id")
"""What a template may ask for in braces."""
NEEDED: Final = ("mobiles", "text")
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_MOST_SAID: Final = 200


def checked(body: Mapping[str, str], where: str) -> dict[str, str]:
    """The template, if it can be filled in. Raises `AlertConfigError`."""
    asked = {name for text in body.values() for name in _PLACE.findall(text)}
    strange = sorted(asked - set(PLACES))
    if strange:
        places = "、".join(f"{{{name}}}" for name in PLACES)
        raise AlertConfigError(f"{where}：body 里的 {{{strange[0]}}} 不认识，可用的有 {places}")
    missing = [name for name in NEEDED if name not in asked]
    if missing:
        raise AlertConfigError(f"{where}：body 里没有 {{{missing[0]}}}，短信发不出，请补上")
    return dict(body)


class Sms:
    """One gateway."""

    idempotent = False

    def __init__(
        self,
        name: str,
        url: str,
        post: Post,
        *,
        secret: str,
        body: Mapping[str, str],
        mobiles: tuple[str, ...],
        ok: tuple[str, str],
        limits: tuple[Limit, ...],
    ) -> None:
        """`body`: field and text with `PLACES`, as `checked` gives it. `mobiles`: who is told when
        nobody on duty is. `ok`: the field of the answer that says that it was taken, and its
        value then; ("", "") where the status alone says so."""
        self.name = name
        self.limits = limits
        self._to = Receiver(
            url=url, secret=secret, called="短信平台", sent="短信", unclear="。请到短信平台核对"
        )
        self._post = post
        self._body = body
        self._mobiles = mobiles
        self._ok = ok

    def fits(self, lines: Sequence[Line]) -> int:
        """All: a message says how many, and names none."""
        return max(1, len(lines))

    def send(self, message: Message, *, now: datetime) -> Outcome:
        mobiles = [each for each in message.mobiles if MOBILE.fullmatch(each)] or self._mobiles
        values = {
            "mobiles": ",".join(mobiles),
            "text": text_of(message),
            "count": str(count_of(message)),
            "id": message.message_id,
        }
        filled = {
            field: _PLACE.sub(lambda place: values[place[1]], text)
            for field, text in self._body.items()
        }
        answer = post_signed(self._post, self._to, filled, {}, now)
        if not isinstance(answer, Answer):
            return answer
        field, wanted = self._ok
        if not field:
            return Sent(receipt=f"HTTP {answer.status}")
        return _said(answer.body, field, wanted)


def count_of(message: Message) -> int:
    """How many matters it is about."""
    return message.notice.count if message.notice else len(message.lines)


def text_of(message: Message) -> str:
    """What stands on the telephone."""
    if message.test:
        return f"{SIGN}：这是一条测试短信。"
    soon = any(line.alert.level is Level.HIGH for line in message.lines)
    return f"{SIGN}：有 {count_of(message)} 件事需要{'马上' if soon else ''}处理，请登录查看。"


def _said(data: bytes, field: str, wanted: str) -> Outcome:
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or field not in found:
        return Unclear(detail=f"短信平台的回答里没有 {field}，请到短信平台核对，并核对 ok_field")
    value = str(found[field])
    if value == wanted:
        return Sent(receipt=f"{field} {value}"[:_MOST_SAID])
    detail = f"短信平台没有收下（{field} 为 {value[:60]}，应为 {wanted}）。请按平台的说明查原因"
    return Unsent(reason="rejected", detail=detail, retry=False)


LIMITS: Final = (Limit(1, timedelta(minutes=1)), Limit(10, timedelta(hours=1)))
"""Gateways hold back what one number gets more often than once a minute."""
