"""JSON and HTML answers behind one face: rows, and values by place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from selectolax.lexbor import LexborNode, SelectolaxError

from huiyin.net.charset import decode
from huiyin.net.html_text import TooDeep, from_text, node_text, parse_html
from huiyin.net.json_values import BadJson, Json, as_text, find, write_json
from streams.sources.seam.http import Answer, BadAnswer
from streams.sources.site_mailbox.options import FieldSpec, Format, Spec
from streams.sources.values.json_records import parse_shallow
from streams.sources.values.loose_json import js_strings, parse_loose, unwrap
from streams.sources.values.secrecy import Wishes, wishes_in


class BadSelector(ValueError):
    """A CSS selector that is none."""


class Node(Protocol):
    """A document or a part of one."""

    def rows(self, place: str) -> Sequence[Node] | None:
        """The parts at `place`; None where there is no list at all."""
        ...

    def value(self, place: str) -> str:
        """The text at `place`, "" where there is nothing."""
        ...

    def source(self) -> bytes:
        """The part as it was sent, for `parse_part`."""
        ...


class JsonNode:
    """A JSON value; places are dotted paths."""

    def __init__(self, value: Json) -> None:
        self._value = value

    def wishes(self) -> Wishes:
        """保密 and 不公开 under whatever name and however deep."""
        return wishes_in(self._value)

    def rows(self, place: str) -> Sequence[Node] | None:
        found = find(self._value, place) if place else self._value
        return [JsonNode(row) for row in found] if isinstance(found, list) else None

    def value(self, place: str) -> str:
        found = find(self._value, place) if place else self._value
        if isinstance(found, dict | list) and not found:
            return ""
        return as_text(found)

    def source(self) -> bytes:
        return write_json(self._value)

    @property
    def json(self) -> Json:
        return self._value

    def at(self, place: str) -> JsonNode:
        return JsonNode(find(self._value, place)) if place else self


class HtmlNode:
    """An element; places are "selector", "selector@attribute", "@attribute" or ""."""

    def __init__(self, node: LexborNode) -> None:
        self.node = node

    def rows(self, place: str) -> Sequence[Node]:
        return [HtmlNode(node) for node in css(self.node, place)]

    def value(self, place: str) -> str:
        selector, _, attribute = place.partition("@")
        nodes = css(self.node, selector.strip()) if selector.strip() else [self.node]
        for node in nodes:
            text = (node.attributes.get(attribute) or "") if attribute else node_text(node)
            if text.strip():
                return text.strip()
        return ""

    def source(self) -> bytes:
        return (self.node.html or "").encode("utf-8", "replace")


def css(node: LexborNode, selector: str) -> list[LexborNode]:
    """Elements below `node`. Raises `BadSelector`."""
    try:
        return node.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise BadSelector(f"{selector!r} 不是有效的 CSS 选择器（{error}）") from error


def parse(answer: Answer, form: Format) -> JsonNode | HtmlNode:
    """The document in an answer. Raises `BadAnswer`."""
    text = decode(answer.body, answer.content_type)
    if form == "html":
        return _html(text)
    if form == "html-in-js":
        return _html(f"<table><tbody>{''.join(js_strings(text))}</tbody></table>")
    text = text.strip()
    if text.startswith("<"):
        raise BadAnswer("应返回 JSON，实际返回了网页，常见于登录页、防护页或维护公告")
    try:
        return JsonNode(parse_loose(unwrap(text) if form == "jsonp" else text))
    except BadJson as error:
        raise BadAnswer(f"应返回 JSON：{error}可能没有传完") from None


def parse_part(source: bytes, form: Format) -> JsonNode | HtmlNode:
    """What `Node.source` gave, again. Raises `BadAnswer`."""
    text = source.decode("utf-8", "replace")
    if form not in ("html", "html-in-js"):
        try:
            return JsonNode(parse_shallow(text))
        except BadJson as error:
            raise BadAnswer(f"应为 JSON：{error}") from None
    # Rows and cells of a table are nothing outside of one.
    outside = {"<tr": "table > tbody", "<td": "table > tbody > tr"}.get(text.lstrip()[:3].lower())
    if outside is None:
        return _first(_html(f"<section>{text}</section>"), "section")
    opened = "".join(f"<{tag}>" for tag in outside.split(" > "))
    return _first(_html(opened + text), outside)


def _first(page: HtmlNode, selector: str) -> HtmlNode:
    for holder in css(page.node, selector):
        child = holder.first_child
        while child is not None:
            if child.is_element_node:
                return HtmlNode(child)
            child = child.next
    raise BadAnswer("应为网页的一部分，实际没有内容")


def _html(text: str) -> HtmlNode:
    try:
        tree = parse_html(text)
    except TooDeep:
        raise BadAnswer("网页的嵌套层数或元素数异常，已拒绝解析") from None
    if tree.root is None:
        raise BadAnswer("应返回网页，实际没有内容")
    return HtmlNode(tree.root)


def read(node: Node, spec: Spec) -> str:
    """The value that `spec` describes, as it stands in the document."""
    if isinstance(spec, str):
        return node.value(spec)
    if isinstance(spec, list):
        return next((value for place in spec if (value := node.value(place))), "")
    value = next((value for place in spec.places if (value := _matched(node, place, spec))), "")
    return spec.words.get(value, value)


def _matched(node: Node, place: str, spec: FieldSpec) -> str:
    value = node.value(place)
    if spec.inner and value.lstrip()[:1] in ("[", "{"):
        try:
            value = as_text(find(parse_loose(value), spec.inner))
        except BadJson:
            return ""
    if not spec.match:
        return value
    found = re.search(spec.match, value)
    if found is None:
        return ""
    return (found[1] if found.re.groups else found[0]) or ""


def readable(value: str, *, is_html: bool) -> str:
    """A value as text for people. Text out of a page is text already; an interface sends
    HTML or text as it likes."""
    return value if is_html else from_text(value)
