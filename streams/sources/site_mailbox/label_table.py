"""Pages that show a letter as labels and values: 信件编号 | 2025-0317, 回复内容：…

Labels that no rule knows are read too, where they stand in the table of known ones: what a
page says is shown to people, not dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from huiyin.net.html_text import node_text, tidy
from streams.sources.site_mailbox.labels import LABELS, UNUSED

_UNUSED = "unused"
_FIELD_OF = {
    **dict.fromkeys(UNUSED, _UNUSED),
    **{label: field for field, labels in LABELS.items() for label in labels},
}
_EDGES = re.compile(r"^[\s\u3000*【\[]+|[\s\u3000:：】\]]+$")
_BLANKS = re.compile(r"[\s\u3000]+")
_NUMBERED = re.compile(r"^(回复|答复|部门答复)\d{1,2}(?=\D|$)")
_INLINE = re.compile(r"\s*([^:：\n]{1,12})[:：]\s*(.*)", re.DOTALL)
_A_SENTENCE = re.compile(r"[。！？!?，,；;\n]|^[\d\s./:：-]+$")
_WITHIN_LINE = "p, li, span, div, label, em, strong, b, h1, h2, h3, h4"
_LONGEST_LABEL = 14
_MOST_LEVELS = 200
_MOST_PLACES = 5_000
"""Elements looked at; a page with more is no letter, and each costs a look below it."""


class Labelled(NamedTuple):
    """A label and its value."""

    field: str
    """"" where no rule knows the label."""
    label: str
    """Without blanks and colon."""
    value: str
    cell: LexborNode
    """The element in which the value stands."""


class _Found(NamedTuple):
    pair: Labelled
    title: int
    """The `mem_id` of the element with the label."""
    table: int = 0
    """That of the table or list it stands in; 0 for a line of its own."""


def read_labels(
    root: LexborNode, more: Mapping[str, str], used: set[int] | None = None
) -> Iterator[Labelled]:
    """Labels with values in page order. `more` maps further labels to fields and wins.

    `used` receives the `mem_id` of every element that was read, empty values included."""
    used = set() if used is None else used
    known = {**_FIELD_OF, **{_plain(label): field for label, field in more.items()}}
    found = list(_all(root, known, used))
    tables = {each.table for each in found if each.pair.field not in ("", _UNUSED)}
    for each in found:
        if each.pair.field or each.table in tables:
            used |= {each.title, each.pair.cell.mem_id}
            if each.pair.value and each.pair.field != _UNUSED:
                yield each.pair


def _all(root: LexborNode, known: Mapping[str, str], used: set[int]) -> Iterator[_Found]:
    pending: LexborNode | None = None
    places = root.css("tr, dl, li, p, span, div, h1, h2, h3, h4, label, em, strong, b")
    read: set[int] = set()
    """Cells of known labels: what stands within them is theirs."""
    for node in places[:_MOST_PLACES]:
        if read and _is_within(node, read):
            continue
        if node.tag == "tr":
            cells = list(_children(node, ("td", "th")))
            for each in _cells(node, cells, known, pending):
                if each.pair.field:
                    read.add(each.pair.cell.mem_id)
                yield each
            alone = len(cells) == 1 and _field(node_text(cells[0]), known) is not None
            pending = cells[0] if alone else None
        elif node.tag == "dl":
            for each in _definitions(node, known):
                read.add(each.pair.cell.mem_id)
                yield each
        elif not _holds(node, "tr, dl, li, p, div, h1, h2, h3, h4"):
            yield from _inline(node, known, used)


def _cells(
    row: LexborNode,
    cells: list[LexborNode],
    known: Mapping[str, str],
    pending: LexborNode | None,
) -> Iterator[_Found]:
    """Label, value, label, value …; a row of one cell below a row with one label is its value."""
    layout = _holds(row, "tr")
    texts = [node_text(cell) for cell in cells]
    table = _table_of(row)
    if pending is not None and len(texts) == 1 and texts[0]:
        yield _found(pending, cells[0], known, table)
        return
    at = 0
    while at + 1 < len(texts):
        field = _field(texts[at], known)
        behind = _field(texts[at + 1], known)
        if layout and (not field or _holds(cells[at], "tr")):
            at += 1  # a table that places things on the page: its inner rows come by themselves
        elif (field and behind is None) or (
            field is None and behind is None and at % 2 == 0 and _may_be_label(texts[at])
        ):
            yield _found(cells[at], cells[at + 1], known, table)
            at += 2
        else:
            at += 1


def _may_be_label(text: str) -> bool:
    label = _plain(text)
    return 0 < len(label) <= _LONGEST_LABEL and _A_SENTENCE.search(label) is None


def _table_of(row: LexborNode) -> int:
    node = row.parent
    while node is not None and node.tag != "table":
        node = node.parent
    return 0 if node is None else node.mem_id


def _definitions(node: LexborNode, known: Mapping[str, str]) -> Iterator[_Found]:
    title: LexborNode | None = None
    for child in _children(node, ("dt", "dd")):
        if child.tag == "dt":
            text = node_text(child)
            title = child if _field(text, known) or _may_be_label(text) else None
        elif title is not None:
            yield _found(title, child, known, node.mem_id)
            title = None


def _found(title: LexborNode, cell: LexborNode, known: Mapping[str, str], table: int) -> _Found:
    label = node_text(title)
    pair = Labelled(_field(label, known) or "", _plain(label), node_text(cell), cell)
    return _Found(pair, title.mem_id, table)


def _inline(node: LexborNode, known: Mapping[str, str], used: set[int]) -> Iterator[_Found]:
    """ "来信人：张*" in one element, or the label in one and the value behind it."""
    if node.parent is None or node.parent.tag in ("td", "th", "dd", "dt"):
        return
    field, label, value = _split(node, known)
    if not field or any(_split(inner, known)[0] for inner in node.css(_WITHIN_LINE)[1:]):
        return  # several labels in one line come by themselves
    used.add(node.mem_id)
    if value or (value := _behind(node, known, used)):
        yield _Found(Labelled(field, label, value, node), node.mem_id)


def _split(node: LexborNode, known: Mapping[str, str]) -> tuple[str | None, str, str]:
    """Field, label and value of "label：value"."""
    found = _INLINE.fullmatch(node_text(node))
    if found is None:
        return None, "", ""
    return _field(found[1], known), _plain(found[1]), found[2].strip()


def _behind(node: LexborNode, known: Mapping[str, str], used: set[int]) -> str:
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
        used.add(sibling.mem_id)
        sibling = sibling.next
    return tidy("".join(parts))


def _is_within(node: LexborNode, cells: set[int]) -> bool:
    above = node.parent
    for _ in range(_MOST_LEVELS):
        if above is None:
            return False
        if above.mem_id in cells:
            return True
        above = above.parent
    return False


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
