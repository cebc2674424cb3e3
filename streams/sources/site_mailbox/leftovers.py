"""What a page or an interface says and no rule understands: shown to people, not dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from selectolax.lexbor import LexborNode

from cases.privacy.masking import mask
from cases.record.item import Note
from huiyin.net.html_text import from_text, node_text
from huiyin.net.json_values import Json, as_text

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
_LONG_NUMBER: Final = re.compile(r"(\d\d)\d{3,}")
_LONGEST_BUTTON: Final = 20
_MOST: Final = 40
_MOST_TEXT: Final = 4000
_SHOWN: Final = 60


def other_text(root: LexborNode, used: Collection[int]) -> str:
    """The text of a letter's part of the page that was not read, without its furniture."""
    lines = node_text(root, without=used).split("\n")
    kept = [line for line in lines if line and not _is_furniture(line)]
    return "\n".join(kept)[:_MOST_TEXT]


def _is_furniture(line: str) -> bool:
    return len(line) <= _LONGEST_BUTTON and _FURNITURE.fullmatch(line) is not None


def other_values(value: Json, used: Collection[str], read: Collection[str]) -> dict[str, str]:
    """The values of an object that a person could read, by dotted path.

    `used`: the paths that were looked at. `read`: values that are known already. Codes,
    numbers and times say nothing to a person; "三天前" says something else every day."""
    found: dict[str, str] = {}
    for path, leaf in _leaves(value, ""):
        if any(path == one or path.startswith(f"{one}.") for one in used):
            continue
        text = from_text(as_text(leaf))
        if _HAN.search(text) and not changes_by_itself(text) and text not in read:
            found[path] = text[:_MOST_TEXT]
        if len(found) == _MOST:
            break
    return found


def changes_by_itself(text: str) -> bool:
    """Whether it is a time counted from now ("3天前")."""
    return _AGO.fullmatch(text.strip()) is not None


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    inner: list[tuple[str, Json]] = []
    if isinstance(value, dict):
        inner = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list):
        inner = [(str(at), each) for at, each in enumerate(value)]
    else:
        yield path, value
    for key, each in inner:
        yield from _leaves(each, f"{path}.{key}" if path else key)


def leftover_note(unread: Mapping[str, str]) -> Note:
    """What stands in the item under the source's own names, shortened and masked."""
    lines = (f"{name}：{_shortened(value)}" for name, value in unread.items())
    text = f"来源还写有程序不认得的内容，原样保留在来件信息里，请人工查看：{'；'.join(lines)}"
    return Note("not_understood", text)


def _shortened(value: str) -> str:
    line = " ".join(value.split())
    line = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
    return _LONG_NUMBER.sub(r"\1***", mask(line))
