"""What went wrong on the wire, in words for the desk."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpcore2
import httpx2

from huiyin.net.guarded import OVER

_LONGEST_WAIT = 86_400.0
_STATUS = {
    401: "要求登录（401）。请核对授权码或请求头中的密钥",
    403: "拒绝访问（403）。可能访问过于频繁，或需要开通白名单",
    404: "不存在（404）。请核对配置中的地址",
    405: "不接受这种请求方式（405）。请核对配置中的 method",
    429: "提示访问过于频繁（429）",
}


class _Limits(Protocol):
    @property
    def read_timeout(self) -> float: ...
    @property
    def total_timeout(self) -> float: ...


def status_text(status: int) -> str:
    """A status as a clause that follows the address."""
    if status in _STATUS:
        return _STATUS[status]
    if status >= 500:
        return f"服务器出错（{status}）"
    return f"返回 {status}，应为 200。请核对配置中的地址和参数"


def transport_text(error: Exception, limits: _Limits) -> str:
    """A failed exchange as a clause that follows the address."""
    if isinstance(error, httpx2.ConnectTimeout):
        return "连接超时。请检查网络、防火墙和地址"
    if isinstance(error, (httpx2.TimeoutException, httpcore2.TimeoutException)):
        if str(error) == OVER:
            return f"太慢：{limits.total_timeout:g} 秒内没有传完，已切断"
        return f"{limits.read_timeout:g} 秒没有响应"
    if isinstance(error, httpx2.ConnectError):
        return f"连接不上（{error}）。请检查网络、防火墙和地址"
    return f"连接中断（{type(error).__name__}：{error}）"


def retry_after(value: str, now: float) -> float:
    """Seconds asked for by a Retry-After header, 0 where there is none; at most a day,
    so that one wrong header does not silence a source for a year."""
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment.timestamp() - now, 0.0), _LONGEST_WAIT)
