"""Pages that show a letter as labels and values: 信件编号 | 2025-0317, 回复内容：…

Fifty city mailboxes of one survey use about a hundred labels for fifteen things; the
common ones are known here, others are added in the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborNode

from huiyin.net.html_text import node_text, tidy
from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES

LABELS: dict[str, tuple[str, ...]] = {
    "id": (
        "信件编号",
        "编号",
        "留言编号",
        "受理编号",
        "办件编号",
        "业务编号",
        "办理编号",
        "来信编号",
        "来电来信编号",
    ),
    "title": (
        "标题",
        "信件标题",
        "来信标题",
        "信件主题",
        "来信主题",
        "主题",
        "办件标题",
        "留言标题",
        "反映标题",
        "受理件标题",
    ),
    "body": (
        "内容",
        "来信内容",
        "信件内容",
        "留言内容",
        "反映内容",
        "受理件内容",
        "咨询内容",
        "正文",
        "问题描述",
        "网友提问",
        "发言内容",
        "诉求内容",
    ),
    "received_at": (
        "来信时间",
        "写信时间",
        "提交时间",
        "留言时间",
        "咨询时间",
        "反映时间",
        "申请日期",
        "提交日期",
        "来信日期",
        "写信日期",
        "提问时间",
        "发表时间",
        "发起时间",
        "发言时间",
    ),
    "published_at": ("发布时间", "对外公开时间", "公开时间", "审核时间"),
    "author": (
        "来信人",
        "写信人",
        "姓名",
        "网友",
        "提交人",
        "申请人",
        "发送人",
        "发表人",
        "提交者",
        "留言人",
        "问政人",
        "昵称",
    ),
    "phone": ("联系电话", "手机号码"),
    "address": ("联系地址",),
    "place": ("事发地点", "发生地点", "详细区域"),
    "kind": (
        "类型",
        "信件类型",
        "来信类型",
        "诉求类型",
        "信访目的",
        "类别",
        "信件类别",
        "问政类型",
    ),
    "category": ("问题类别", "问题分类", "所属类型", "分类"),
    "state": ("状态", "信件状态", "处理状态", "办理状态", "受理状态", "当前状态", "办理环节"),
    "named_unit": (
        "受理单位",
        "受理部门",
        "承办单位",
        "转办单位",
        "办理单位",
        "办理部门",
        "受文单位",
    ),
    "reply_unit": (
        "回复单位",
        "答复单位",
        "回复部门",
        "答复部门",
        "处理单位",
        "回文单位",
        "发布部门",
    ),
    "reply_text": (
        "回复内容",
        "答复内容",
        "处理结果",
        "办理结果",
        "信件回复",
        "回复意见",
        "答复情况",
        "办理内容",
        "答复意见",
        "部门答复",
        "回复",
    ),
    "reply_at": (
        "回复时间",
        "答复时间",
        "回复日期",
        "办理时间",
        "处理时间",
        "反馈时间",
        "回信时间",
    ),
    "closed_at": ("办结时间", "办结日期"),
    "confidential": tuple(name for name in SECRET_NAMES if not name.isascii()),
    "public": tuple(name for name in PUBLIC_NAMES if not name.isascii()),
    "satisfied": ("满意度", "用户满意度评价", "回复满意度", "来信人评议"),
}
"""Field to the labels that stand for it."""

_FIELD_OF = {label: field for field, labels in LABELS.items() for label in labels}
_EDGES = re.compile(r"^[\s\u3000*【\[]+|[\s\u3000:：】\]]+$")
_BLANKS = re.compile(r"[\s\u3000]+")
_NUMBERED = re.compile(r"^(回复|答复|部门答复)\d{1,2}(?=\D|$)")
_INLINE = re.compile(r"\s*([^:：\n]{1,12})[:：]\s*(.*)", re.DOTALL)
_WITHIN_LINE = "p, li, span, div, label, em, strong, b, h1, h2, h3, h4"
_LONGEST_LABEL = 14
_MOST_PLACES = 5_000
"""Elements looked at; a page with more is no letter, and each costs a look below it."""


def read_labels(root: LexborNode, more: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(field, value) in page order. `more` maps further labels to fields and wins."""
    known = {**_FIELD_OF, **{_plain(label): field for label, field in more.items()}}
    pending = ""
    places = root.css("tr, dl, li, p, span, div, h1, h2, h3, h4, label, em, strong, b")
    for node in places[:_MOST_PLACES]:
        if node.tag == "tr":
            yield from _cells(node, known, pending)
            pending = _lone_label(node, known)
        elif node.tag == "dl":
            yield from _definitions(node, known)
        elif not _holds(node, "tr, dl, li, p, div, h1, h2, h3, h4"):
            yield from _inline(node, known)


def _cells(row: LexborNode, known: Mapping[str, str], pending: str) -> Iterator[tuple[str, str]]:
    """Label, value, label, value …; a row of one cell below a row with one label is its value."""
    if _holds(row, "tr"):
        return  # a layout table: its inner rows come by themselves
    texts = [node_text(cell) for cell in _children(row, ("td", "th"))]
    if pending and len(texts) == 1 and texts[0]:
        yield pending, texts[0]
        return
    at = 0
    while at + 1 < len(texts):
        field = _field(texts[at], known)
        if field and _field(texts[at + 1], known) is None:
            if texts[at + 1]:
                yield field, texts[at + 1]
            at += 2
        else:
            at += 1


def _lone_label(row: LexborNode, known: Mapping[str, str]) -> str:
    texts = [node_text(cell) for cell in _children(row, ("td", "th"))]
    return (_field(texts[0], known) or "") if len(texts) == 1 else ""


def _definitions(node: LexborNode, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    field: str | None = None
    for child in _children(node, ("dt", "dd")):
        text = node_text(child)
        if child.tag == "dt":
            field = _field(text, known)
        elif field and text:
            yield field, text
            field = None


def _inline(node: LexborNode, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """ "来信人：张*" in one element, or the label in one and the value behind it."""
    if node.parent is None or node.parent.tag in ("td", "th", "dd", "dt"):
        return
    field, value = _split(node, known)
    if not field or any(_split(inner, known)[0] for inner in node.css(_WITHIN_LINE)[1:]):
        return  # several labels in one line come by themselves
    if value or (value := _behind(node, known)):
        yield field, value


def _split(node: LexborNode, known: Mapping[str, str]) -> tuple[str | None, str]:
    """Field and value of "label：value"."""
    found = _INLINE.fullmatch(node_text(node))
    return (None, "") if found is None else (_field(found[1], known), found[2].strip())


def _behind(node: LexborNode, known: Mapping[str, str]) -> str:
    """The text that follows a label, up to the next one."""
    parts: list[str] = []
    sibling = node.next
    while sibling is not None:
        if sibling.is_text_node:
            parts.append((sibling.text_content or "").replace("\n", " "))
        elif sibling.is_element_node:
            if _split(sibling, known)[0]:
                break
            parts.append("\n" if sibling.tag == "br" else node_text(sibling) + "\n")
        sibling = sibling.next
    return tidy("".join(parts))


def _holds(node: LexborNode, selector: str) -> bool:
    """Whether there is such an element below `node`; the parser also offers itself."""
    return any(found.mem_id != node.mem_id for found in node.css(selector))


def _children(node: LexborNode, tags: tuple[str, ...]) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        if child.tag in tags:
            yield child
        child = child.next


def _field(label: str, known: Mapping[str, str]) -> str | None:
    if len(label) > _LONGEST_LABEL:
        return None
    return known.get(_plain(label))


def _plain(label: str) -> str:
    """A label without blanks, colon and number: "回 复 2：" is 回复."""
    return _NUMBERED.sub(r"\1", _BLANKS.sub("", _EDGES.sub("", label)))
