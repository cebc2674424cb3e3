"""HTML to the text a person would read, paragraphs kept."""

from __future__ import annotations

import re
from collections.abc import Collection

from selectolax.lexbor import LexborHTMLParser, LexborNode

from huiyin.net.json_values import clean

_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|font|table|tbody|tr|td|th|ul|ol|li|dl|dt|dd|h[1-6]"
    r"|img|script|style|section|article|pre|blockquote|center|html|body|iframe|input|o:p|st1:\w+)"
    r"(?=[\s/>])[^<>]*>|<!--|<!\[CDATA\[|&(?:nbsp|lt|gt|amp|quot|ldquo|rdquo|mdash|hellip|#\d{2,6}"
    r"|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "dl", "dt", "dd", "table", "section", "article"}
    | {"blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "center", "header"}
    | {"footer", "form", "fieldset", "textarea"}
)
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "head"}
    | {"title", "link", "meta", "select", "button"}
)
_CLOSING_THEMSELVES = frozenset(
    {"p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "a", "br"}
    | {"img", "hr", "input", "meta", "link", "col", "area", "base", "embed", "wbr", "param"}
)
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_TAG_WHOLE = re.compile(r"<[^<>]*>")
_DEEPEST = 2_000
_MOST_TAGS = 200_000
"""Opening and closing ones; a long list of letters has some thousands."""
_BLANKS = re.compile(r"[ \t\f\v\u00a0\u2002\u2003\u2009\ufeff]+")
_NEWLINES = re.compile(r"\n{2,}")


class TooDeep(ValueError):
    """A page far beyond anything a person wrote, nested or full of elements: parsing it would
    take hours, or a gigabyte."""


def parse_html(source: str) -> LexborHTMLParser:
    """The tree of a page or fragment. Raises `TooDeep`."""
    if _is_too_deep(source):
        raise TooDeep
    return LexborHTMLParser(source)


def _is_too_deep(source: str) -> bool:
    # The parser takes time by the square of the depth: 100,000 open elements, ten seconds.
    marks = source.count("<")
    if marks <= _DEEPEST:
        return False
    if marks > _MOST_TAGS:
        return True
    closing_themselves = frozenset() if _FOREIGN.search(source) else _CLOSING_THEMSELVES
    depth = 0
    for found in _TAG.finditer(source):
        if found[2].lower() in closing_themselves:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def is_markup(text: str) -> bool:
    """Whether a text from an interface is HTML; "5<6" and "<通知>" are not."""
    return _MARKUP.search(text) is not None


def from_text(text: str) -> str:
    """Text from an interface that may or may not be HTML. In both, a line end is one."""
    if not is_markup(text):
        return tidy(text)
    return from_html(text.replace("\r\n", "\n").replace("\n", "<br>"))


def from_html(source: str, *, mark_cited: bool = False) -> str:
    """The readable text of an HTML document or fragment, one line per paragraph.
    Scripts, styles and form controls are dropped, but for what stands in a `textarea`. With
    `mark_cited`, lines that a mail program quotes (`blockquote` of type or class "cite" or
    "quote") begin with "> ", as in plain mails."""
    try:
        tree = parse_html(_PRIVATE.sub("", source) if mark_cited else source)
    except TooDeep:
        return tidy(_TAG_WHOLE.sub("\n", source))
    if tree.body is None:
        return ""
    if not mark_cited:
        return node_text(tree.body)
    for node in tree.css(_CITED):
        node.insert_before(_BEGIN)
        node.insert_after(_END)
    return _with_marks(node_text(tree.body))


_CITED = (
    'blockquote[type="cite" i], blockquote[class*="quote" i], blockquote[class*="cite" i],'
    ' blockquote[id*="quote" i], blockquote[id*="reply" i]'
)
_BEGIN, _END = "\ue2f0", "\ue2f1"
_PRIVATE = re.compile(f"[{_BEGIN}{_END}]")


def _with_marks(text: str) -> str:
    lines: list[str] = []
    depth = 0
    for line in _PRIVATE.sub(r"\n\g<0>\n", text).split("\n"):
        if _PRIVATE.fullmatch(line):
            depth = max(0, depth + (1 if line == _BEGIN else -1))
        elif shown := line.strip():
            lines.append(f"{'>' * depth} {shown}" if depth else shown)
    return "\n".join(lines)


def node_text(node: LexborNode, without: Collection[int] = ()) -> str:
    """The readable text under a node; `without` what is under the nodes with these `mem_id`."""
    parts: list[str] = []
    _walk(node, parts, without)
    return tidy("".join(parts))


def _walk(root: LexborNode, parts: list[str], without: Collection[int]) -> None:
    # Not recursive: a hostile page nests thousands of elements.
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
        elif without and node.mem_id in without:
            parts.append("\n")
        elif node.is_text_node:
            # A line end in the source of a page is a blank.
            parts.append((node.text_content or "").replace("\n", " ").replace("\r", " "))
        elif node.is_element_node:
            tag = node.tag or ""
            if tag in _DROPPED:
                continue
            if tag in _BLOCKS:
                parts.append("\n")
                stack.append("\n")
            elif tag in ("td", "th"):
                stack.append(" ")
            children: list[LexborNode] = []
            child = node.first_child
            while child is not None:
                children.append(child)
                child = child.next
            stack.extend(reversed(children))


def tidy(text: str) -> str:
    """Clean text: one blank between words, no blank lines, no blanks at line ends."""
    lines = (_BLANKS.sub(" ", line).strip() for line in clean(text).split("\n"))
    return _NEWLINES.sub("\n", "\n".join(lines)).strip()
