"""The names a column of an export may go by.

`工单编号（必填）` is 工单编号 with a note, `诉求人 / 姓名` is 姓名 in the group 诉求人. A name
or telephone in a group of another party (受理人员, 承办单位, 被投诉人) is not the citizen's,
and neither is one whose note says so (`联系电话（承办单位）`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

GROUP_MARK: Final = " / "
"""Between the name of a group and that of a column in it."""
CITIZEN_GROUPS: Final = (
    *("诉求人", "来电人", "来信人", "反映人", "投诉人", "举报人", "申请人", "当事人", "留言人"),
    *("写信人", "求助人", "咨询人", "提问人", "信访人", "联系人", "市民", "群众", "居民", "村民"),
    *("网民", "公民", "客户", "用户"),
)
_SPACE: Final = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_NOTE: Final = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|〈[^〈〉]*〉"
)
_FILL_IN: Final = re.compile(
    r"^(?:非必填|必填|选填|必录)项?[:,、\-*]*|[:,、\-*]*(?:非必填|必填|选填|必录)项?$"
)
_EDGES: Final = "*:'\"＊※#★●·-—_=.。、,;"
_OTHERS: Final = re.compile(
    "被|受理|承办|经办|办理|处理|主办|协办|登记|记录|审核|审批|回访|派单|签收|话务|坐席|座席"
    "|接线|值班|人员|单位|部门|责任|干部|领导|网格|工号"
)
_NEUTRAL: Final = re.compile("信息|情况|内容|资料|基本|诉求|工单|来件|来信|来电|信件|留言")
_ABOUT_FORM: Final = re.compile(
    r"[0-9a-z:/.,\-+*_ ]*"
    r"|.*(?:填|格式|字|位|例|如|选|年|必|公开|保密|手机|座机|固话|可|请|多个|分隔).*"
)
"""A note about how the column is filled in, which says nothing about whose it is."""


def normal_header(cell: object, prefixes: Sequence[str] = ()) -> str:
    """A header as it is compared: NFKC, no white space, lower case, no `*`/`:` around,
    without a configured prefix (unless nothing would be left)."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", str(cell or ""))).lower().strip("*:'\"")
    for prefix in prefixes:
        if len(text) > len(prefix) and text.startswith(prefix):
            return text[len(prefix) :]
    return text


class OtherName(NamedTuple):
    """A name that a header can be understood by."""

    text: str
    """Normalised."""
    citizen: bool
    """False where group or note say that it is not about the citizen."""


def other_names(
    header: str, prefixes: Sequence[str], citizen_groups: Sequence[str]
) -> Iterator[OtherName]:
    """The names besides the header as it stands, closest first."""
    *groups, leaf = header.split(GROUP_MARK)
    whole = normal_header(header, prefixes)
    group = "".join(normal_header(_NOTE.sub("", _folded(each))) for each in groups)
    name, note = _without_notes(leaf)
    name = normal_header(name, prefixes)
    citizen = (not group or _is_citizens(group, citizen_groups)) and (
        not note or _says_nothing(note) or _is_citizens(note, citizen_groups)
    )
    # The whole name says whose it is: 诉求人电话 in full, or 承办单位 + 名称.
    said = [(normal_header(group + name), True)] if group and name else []
    for text, known in (*said, (name, citizen)):
        if text and text != whole:
            yield OtherName(text, known)


def _says_nothing(note: str) -> bool:
    return _OTHERS.search(note) is None and _ABOUT_FORM.fullmatch(note) is not None


def _is_citizens(group: str, citizen_groups: Sequence[str]) -> bool:
    if _OTHERS.search(group) is not None:
        return False
    return any(word in group for word in citizen_groups) or _NEUTRAL.search(group) is not None


def _without_notes(leaf: str) -> tuple[str, str]:
    """The name, and its notes."""
    folded = _folded(leaf)
    note = "".join(found[0][1:-1] for found in _NOTE.finditer(folded))
    bare = _NOTE.sub("", folded).strip(_EDGES)
    return _FILL_IN.sub("", bare).strip(_EDGES), note.lower()


def _folded(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))
