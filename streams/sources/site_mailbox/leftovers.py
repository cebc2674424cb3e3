"""What a page or an interface says and no rule understands: shown to people, not dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from huiyin.net.html_text import from_text, node_text
from huiyin.net.json_values import Json, as_text
from streams.sources.values.leftovers import leaves, named, says_something
from streams.sources.values.moments import moment

OTHER_TEXT: Final = "网页其他文字"
_FURNITURE: Final = re.compile(
    r"(?:返回|打印|关闭|首页|上一|下一|分享|收藏|字号|点击|回到|更多|查看|我要|登录|注册|当前位置|【?大|浏览|阅读)"
    r".{0,12}|(?:来?信件?|留言|处理|办理|回复|答复|咨询|基本|详细|办件|内容|问题)+(?:的|及)?"
    r"(?:结果|详情|内容|信息|情况|展示|处理|查看|反馈)*|[大中小\s【】|>»·.-]+"
)
_AGO: Final = re.compile(
    r"(?:\d+\s*(?:秒钟?|分钟?|个?小时|天|周|个?月|年)|刚刚|昨天|前天|片刻)\s*[之以]?前?"
)
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_LIMIT: Final = re.compile("(?i)dead|limit|due|expir|期限|时限|截止")
"""What the name of a time by which something is wanted holds."""
_LONGEST_BUTTON: Final = 20


def other_text(root: LexborNode, used: Collection[int]) -> str:
    """The text of a letter's part of the page that was not read, without its furniture."""
    lines = node_text(root, without=used).split("\n")
    return "\n".join(line for line in lines if line and not _is_furniture(line))


def _is_furniture(line: str) -> bool:
    return len(line) <= _LONGEST_BUTTON and _FURNITURE.fullmatch(line) is not None


def other_values(value: Json, used: Collection[str], read: Collection[str]) -> dict[str, str]:
    """The values of an object that a person could read, by dotted path.

    `used`: the paths that were looked at. `read`: values that are known already. Codes,
    numbers and times say nothing to a person, but a time limit does; "三天前" says something
    else every day."""
    return named(_others(value, used, read))


def _others(value: Json, used: Collection[str], read: Collection[str]) -> Iterator[tuple[str, str]]:
    for path, leaf in leaves(value):
        if any(path == one or path.startswith(f"{one}.") for one in used):
            continue
        text = from_text(as_text(leaf))
        if not text or text in read or changes_by_itself(text):
            continue
        bare_time = moment(text) is not None and not _HAN.search(text)
        if (bare_time and _LIMIT.search(path)) or (not bare_time and says_something(text)):
            yield path, text


def changes_by_itself(text: str) -> bool:
    """Whether it is a time counted from now ("3天前")."""
    return _AGO.fullmatch(text.strip()) is not None
