"""错链断链: a bounded walk over the pages of configured hosts.

Only hosts that the configuration names are asked, each address once, a fixed number of
pages at most, one request after another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from urllib.parse import urldefrag, urljoin, urlsplit

from msgspec import Struct
from selectolax.lexbor import LexborNode

from huiyin.net.charset import decode
from huiyin.net.html_text import TooDeep, parse_html
from streams.sources.seam.base import SourceError
from streams.sources.seam.http import Answer, Ask, BadAnswer, PoliteClient
from streams.sources.site_mailbox.documents import css

_ALL = frozenset(range(400, 600))
_LINKS = "a[href], area[href], iframe[src]"
_PARTS = "img[src], script[src], link[rel~=stylesheet][href], audio[src], video[src], source[src]"
_LONGEST = 2000
_MOST_WAITING = 20_000


class Trouble(StrEnum):
    """The value is stored and shown."""

    BROKEN = "打不开"
    MIXED = "混合内容"
    """A page under https loads a part of itself without encryption; browsers block it."""


class Finding(Struct, frozen=True, kw_only=True):
    page: str
    """Where the link stands."""
    target: str
    trouble: str
    """One of `Trouble`, or what other software called it."""
    detail: str


class Walked(Struct, frozen=True, kw_only=True):
    pages: int
    addresses: int
    findings: tuple[Finding, ...]
    cut: bool
    """More pages were known than may be looked at."""


class _Page(Struct, frozen=True):
    status: int
    links: tuple[str, ...]
    parts: tuple[str, ...]


def crawl(
    client: PoliteClient,
    starts: Iterable[str],
    hosts: Iterable[str],
    most_pages: int,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Walked:
    """`hosts` as `HttpOptions.hosts`; `starts` stand on them."""
    allowed = {host.lower() for host in hosts}
    waiting = deque((start, start) for start in starts)
    seen = {start for start, _ in waiting}
    findings: list[Finding] = []
    pages = 0
    while waiting and pages < most_pages and not stopped():
        url, found_on = waiting.popleft()
        pages += 1
        try:
            page = client.ask(Ask(url=url, also_ok=_ALL), _read)
        except SourceError as error:
            findings.append(_broken(found_on, url, str(error)))
            continue
        if page.status >= 400:
            findings.append(_broken(found_on, url, f"HTTP {page.status}"))
            continue
        for target in page.parts:
            full = _full(url, target)
            if url.startswith("https://") and full.startswith("http://"):
                findings.append(
                    Finding(
                        page=url,
                        target=full,
                        trouble=Trouble.MIXED.value,
                        detail="https 页面引用 http 资源",
                    )
                )
        for target in (*page.links, *page.parts):
            full = _full(url, target)
            fits = full and len(full) <= _LONGEST and _host(full) in allowed
            if fits and full not in seen and len(waiting) < _MOST_WAITING:
                seen.add(full)
                waiting.append((full, url))
    return Walked(pages=pages, addresses=len(seen), findings=tuple(findings), cut=bool(waiting))


def _broken(page: str, target: str, detail: str) -> Finding:
    return Finding(page=page, target=target, trouble=Trouble.BROKEN.value, detail=detail[:300])


def _read(answer: Answer) -> _Page:
    if answer.status >= 400 or "html" not in answer.content_type.lower():
        return _Page(answer.status, (), ())
    try:
        root = parse_html(decode(answer.body, answer.content_type)).root
    except TooDeep as error:
        raise BadAnswer(str(error)) from None
    if root is None:
        return _Page(answer.status, (), ())
    return _Page(answer.status, _targets(root, _LINKS), _targets(root, _PARTS))


def _targets(root: LexborNode, selector: str) -> tuple[str, ...]:
    found = []
    for node in css(root, selector):
        target = node.attributes.get("href") or node.attributes.get("src") or ""
        if target and not target.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
            found.append(target.strip())
    return tuple(found)


def _full(page: str, target: str) -> str:
    """The whole address without its fragment; "" for what is none."""
    try:
        full = urldefrag(urljoin(page, target)).url
        parts = urlsplit(full)
    except ValueError:
        return ""
    return full if parts.scheme in ("http", "https") and parts.hostname else ""


def _host(url: str) -> str:
    """As `HttpOptions.hosts` has it: with the port where it is not the usual one."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = (parts.hostname or "").lower()
    return host if port in (None, usual) else f"{host}:{port}"
