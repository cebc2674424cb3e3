"""The polite HTTP client of the pulled sources.

It goes only to hosts that the source's configuration names, waits its turn, backs off
when it is refused or answered nonsense, and stops reading at a limit.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore2
import httpx2
from msgspec import Struct

from huiyin.net.guarded import AddressRefused, Deadline, GuardedTransport, Resolve, resolve
from huiyin.net.http_errors import retry_after, status_text, transport_text
from huiyin.net.pacing import HostPacing, TooEarly
from streams.sources.seam.base import SourceError
from streams.sources.seam.http_options import HttpOptions
from streams.sources.seam.secrets import Secrets

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_MOST_COOKIES = 50
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Ask(Struct, frozen=True, kw_only=True):
    """One request."""

    url: str
    method: str = "GET"
    params: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    also_ok: frozenset[int] = frozenset()
    """Statuses outside 200 to 299 that the reader understands."""

    @property
    def address(self) -> str:
        """`url` with `params` behind whatever query it has."""
        if not self.params:
            return self.url
        mark = "&" if "?" in self.url else "?"
        return self.url + mark + urlencode(self.params)


class Answer(Struct, frozen=True, kw_only=True):
    """What came back, read to the end."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


class BadAnswer(Exception):
    """A reader cannot use the body. It may be a passing fault, so the request is repeated
    after a pause. The text says what was expected and what was found."""


class TryLater(SourceError):
    """The server refuses or fails for now; `seconds` until it may be asked again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class TooLarge(SourceError):
    """The answer was cut off at `max_bytes`."""


class _Trouble(Exception):
    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class PoliteClient:
    """HTTP for one source. Safe to share between threads; requests follow one another."""

    def __init__(
        self,
        source: str,
        options: HttpOptions,
        *,
        pacing: HostPacing,
        secrets: Secrets | None = None,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` (Unix time) only reads a Retry-After that is given as a date."""
        self._source = source
        self._options = options
        self._pace = options.pace()
        self._pacing = pacing
        self._secrets = secrets
        self._clock = clock
        self._lock = threading.Lock()
        self._deadline = Deadline()
        self._resolve = resolve
        self._opened: httpx2.Client | None = None

    def ask(self, ask: Ask, read: Callable[[Answer], T]) -> T:
        """Send `ask` when it is its turn and return what `read` makes of the answer.

        `read` raises `BadAnswer` for a body that is not what it should be. Raises `TryLater`
        when the server keeps refusing, `SourceError` when asking again cannot help."""
        host = self._allowed(ask.url)
        trouble = ""
        for _ in range(self._options.attempts):
            try:
                answer = self._follow(ask)
                value = self._read(ask, answer, read)
            except _Trouble as error:
                trouble = str(error)
                wait = self._pacing.bad(host, self._pace, retry_after=error.wait)
                if wait > self._pace.patience:
                    raise self._later(trouble, wait) from None
            else:
                self._pacing.good(host)
                return value
        raise self._later(trouble, 0.0)

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _read(self, ask: Ask, answer: Answer, read: Callable[[Answer], T]) -> T:
        place = _place(answer.url)
        if answer.status not in ask.also_ok:
            if answer.status in (403, 408, 425, 429) or answer.status >= 500:
                wait = retry_after(answer.headers.get("retry-after", ""), self._clock())
                raise _Trouble(f"{place} {status_text(answer.status)}", wait)
            if not 200 <= answer.status < 300:
                raise self._error(f"{place} {status_text(answer.status)}")
            if not answer.body.strip():
                raise _Trouble(f"{place} 返回 {answer.status}，但正文是空的，常见于访问被限制")
        try:
            return read(answer)
        except BadAnswer as error:
            raise _Trouble(f"{place} {error}") from None

    def _follow(self, ask: Ask) -> Answer:
        url = ask.address
        for _ in range(_MOST_REDIRECTS):
            host = self._allowed(url)
            try:
                self._pacing.turn(host, self._pace)
            except TooEarly as early:
                raise self._later("服务器先前拒绝或出错，正在退避", early.seconds) from None
            answer = self._once(ask, url)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target or answer.status in ask.also_ok:
                return answer
            url = self._redirected(ask, answer, urljoin(url, target))
        raise self._error(f"{_place(ask.url)} 连续跳转超过 {_MOST_REDIRECTS} 次，请核对地址")

    def _redirected(self, ask: Ask, answer: Answer, target: str) -> str:
        if not self._is_allowed(target):
            raise self._error(
                f"{_place(ask.url)} 要跳转到未经允许的主机 {_place(target)}，已拒绝。"
                "可能是登录页、防护页或网站搬迁；确认可信后把该主机写入 hosts"
            )
        if ask.method != "GET":
            raise self._error(
                f"{_place(ask.url)} 返回 {answer.status}，要求改到 {_place(target)}。"
                "提交的请求不跟随跳转，请把配置中的地址改为新地址"
            )
        if urlsplit(ask.url).scheme == "https" and urlsplit(target).scheme != "https":
            raise self._error(f"{_place(ask.url)} 要从 https 跳转到不加密的地址，已拒绝")
        return target

    def _once(self, ask: Ask, url: str) -> Answer:
        with self._lock:
            client = self._client()
            if len(client.cookies.jar) > _MOST_COOKIES:
                client.cookies.clear()
            self._deadline.start(self._options.total_timeout)
            try:
                with client.stream(
                    ask.method,
                    url,
                    data=dict(ask.form) if ask.form is not None else None,
                    content=ask.body,
                    headers=self._headers(ask),
                ) as response:
                    body = self._body(response)
                    return Answer(
                        url=url,
                        status=response.status_code,
                        headers={key.lower(): value for key, value in response.headers.items()},
                        body=body,
                    )
            except AddressRefused as error:
                raise self._error(
                    f"{_place(url)} 解析到内部地址（{error}），已拒绝。"
                    "若服务器确在内网，请设置 allow_private_addresses = true"
                ) from None
            except (httpx2.TransportError, httpcore2.TimeoutException) as error:
                raise _Trouble(f"{_place(url)} {transport_text(error, self._options)}") from error
            except (httpx2.InvalidURL, httpx2.DecodingError, zlib.error) as error:
                raise _Trouble(f"{_place(url)} 的答复无法解码（{error}）") from error

    def _body(self, response: httpx2.Response) -> bytes:
        """The body, decompressed here so that the limit holds before memory is used."""
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            place = _place(str(response.url))
            raise _Trouble(f"{place} 的答复用了未请求的压缩方式 {encoding!r}")
        limit = self._options.max_bytes
        unpack = zlib.decompressobj(wbits=47) if encoding not in ("", "identity") else None
        parts: list[bytes] = []
        size = 0
        for raw in response.iter_raw():
            part = raw if unpack is None else unpack.decompress(raw, limit + 1 - size)
            size += len(part)
            if size > limit:
                raise TooLarge(
                    f"来源 {self._source}：{_place(str(response.url))} 的答复超过 {limit} 字节，"
                    "已在此处切断。请核对地址；确有这么大的，请调大 max_bytes"
                )
            parts.append(part)
        return b"".join(parts)

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = {
            "User-Agent": self._options.user_agent,
            "Accept-Encoding": "gzip",
            **self._options.headers,
            **ask.headers,
        }
        for header, name in self._options.secret_headers.items():
            headers[header] = (self._secrets or Secrets({})).require(name)
        return headers

    def _client(self) -> httpx2.Client:
        if self._opened is None:
            options = self._options
            self._opened = httpx2.Client(
                transport=GuardedTransport(
                    self._deadline,
                    allow_private=options.allow_private_addresses,
                    proxy=options.proxy,
                    ca_file=options.ca_file,
                    resolve=self._resolve,
                ),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx2.Timeout(options.read_timeout, pool=options.total_timeout),
            )
        return self._opened

    def _is_allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
            return False
        usual = _DEFAULT_PORTS[parts.scheme]
        host = parts.hostname.lower()
        names = {f"{host}:{port or usual}"} | ({host} if port in (None, usual) else set())
        return not names.isdisjoint(self._options.hosts)

    def _allowed(self, url: str) -> str:
        if not self._is_allowed(url):
            raise self._error(
                f"地址 {_place(url)} 不在允许的主机之列（{'、'.join(self._options.hosts)}）。"
                "请核对地址；确认可信后把主机（非常用端口写“主机:端口”）写入 hosts"
            )
        return urlsplit(url).netloc.lower()

    def _error(self, text: str) -> SourceError:
        return SourceError(f"来源 {self._source}：{text}")

    def _later(self, text: str, seconds: float) -> TryLater:
        hint = f"约 {seconds:.0f} 秒后再试" if seconds else "下次轮询再试"
        return TryLater(f"来源 {self._source}：{text}；{hint}", seconds)


def _place(url: str) -> str:
    """Scheme, host and path. The query stays out: it may hold a token."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "（无法辨认的地址）"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
