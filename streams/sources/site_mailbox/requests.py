"""What a site is asked: the requests that the options describe, with their places filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import urljoin

from streams.sources.seam.base import SourceError
from streams.sources.seam.http import Answer, Ask
from streams.sources.site_mailbox.documents import BadSelector, HtmlNode, css, parse
from streams.sources.site_mailbox.options import RequestOptions


def request(
    base_url: str,
    options: RequestOptions,
    filled: Mapping[str, str],
    also_ok: frozenset[int],
) -> Ask:
    """`filled`: what stands for each place, {page} or {id} with its braces. `also_ok`: statuses
    that the reader wants to see."""
    body: bytes | None = None
    headers: dict[str, str] = {}
    if options.json_body is not None:
        body = json.dumps(_fill_all(options.json_body, filled), ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json;charset=UTF-8"
    form = options.form
    return Ask(
        url=address(base_url, options, filled),
        method=options.method,
        params={key: fill(value, filled) for key, value in options.params.items()},
        form=None if form is None else {key: fill(form[key], filled) for key in form},
        body=body,
        headers=headers,
        also_ok=also_ok,
    )


def address(base_url: str, options: RequestOptions, filled: Mapping[str, str]) -> str:
    return urljoin(base_url.rstrip("/") + "/", fill(options.url, filled))


def check_selectors(name: str, requests: Iterable[RequestOptions]) -> None:
    """A selector with a slip is found when the program starts, not at night. Raises `SourceError`
    of the source of this name."""
    blank = parse(Answer(url="", status=200, headers={}, body=b"<p>"), "html")
    if not isinstance(blank, HtmlNode):
        return
    try:
        for options in requests:
            if options.format in ("html", "html-in-js"):
                for selector in _selectors(options):
                    css(blank.node, selector)
    except BadSelector as error:
        raise SourceError(f"来源 {name}：{error}，请改正") from None


def _selectors(options: RequestOptions) -> set[str]:
    places: list[str] = [getattr(options, "rows", ""), getattr(options, "root", "")]
    specs = [*options.fields.values(), *options.extra.values()]
    for spec in specs:
        if isinstance(spec, str):
            places.append(spec)
        else:
            places.extend(spec if isinstance(spec, list) else spec.places)
    places += [spec.rows for spec in (options.replies, options.attachments) if spec is not None]
    return {selector for place in places if (selector := place.partition("@")[0].strip())}


def fill(text: str, filled: Mapping[str, str]) -> str:
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def _fill_all(value: object, filled: Mapping[str, str]) -> object:
    """Fill in all texts; one that is nothing but a number mark becomes a number."""
    if isinstance(value, dict):
        return {key: _fill_all(inner, filled) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill_all(inner, filled) for inner in value]
    if isinstance(value, str):
        text = fill(value, filled)
        return int(text) if value in filled and value != "{id}" and text.isdecimal() else text
    return value
