"""Finders of personal names in running text: by title, by label, by number, by signature."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cases.privacy.masking_rules import Found
from cases.privacy.surnames import DOUBTFUL, is_name, surname_length

_TITLES = (
    "先生",
    "女士",
    "小姐",
    "同志",
    "太太",
    "老师",
    "师傅",
    "阿姨",
    "大爷",
    "大妈",
    "同学",
)
"""Titles of private persons. Officials by their office (书记, 局长) are not personal data
here: who answers for what is public."""
_TITLE = re.compile("|".join(_TITLES) + "|律师(?![事法函执证费所协])")

_LABELS = re.compile(
    r"(?:联系人|姓名|投诉人|举报人|申请人|反映人|来电人|求助人|信访人|来信人|留言人|署名|实名|户主|房主|机主"
    r"|当事人|代表人|负责人|受害人|被告|原告|我叫|名叫|我名字叫|敬礼|此致|本人|我是|妻子|丈夫|父亲|母亲|儿子|女儿)"
)
_SURE = frozenset(
    ("姓名", "联系人", "我叫", "名叫", "我名字叫", "投诉人", "举报人", "申请人", "反映人", "来电人")
)
_CALLED = frozenset(("我叫", "名叫", "我名字叫"))
_GAP = re.compile(r"[\s:：！!。.，,是为(（]{0,4}")
_AFTER = re.compile(
    r"$|[\s,.，。、；;:！!？?()（）/\d]|男|女|系|身份证|电话|手机|现住|家住|现年|今年|性别|联系|是|先生|女士"
)
_CUT = re.compile("联系|身份|电话|手机|现住|家住|现年|今年|性别")
"""Words that follow a name; one that begins inside the candidate shows it is too long."""
_ANNOUNCED = re.compile("联系电话|联系方式|手机号|身份证|电话")
_OFFICIAL = re.compile("(?:书记|[省市县区镇乡局处科厅部院校]长|主任|主席|委员|法官|警官)$")
_BEFORE_NUMBER = re.compile(r"[\s:：，,(（]{0,3}$")


def names(text: str, numbers: list[int]) -> Iterator[Found]:
    """Names; `numbers` says where telephone and identity numbers begin."""
    for found in _by_neighbour(text, numbers):
        yield found
        yield from _listed_with(text, found)


def _by_neighbour(text: str, numbers: list[int]) -> Iterator[Found]:
    for title in _TITLE.finditer(text):
        found = _ending_at(text, title.start())
        if found and not _OFFICIAL.search(text, max(0, found[0] - 4), found[0]):
            yield found
    for label in _LABELS.finditer(text):
        gap = _GAP.match(text, label.end())
        start = gap.end() if gap else label.end()
        found = _starting_at(text, start, label.group(), apart=start > label.end())
        if found:
            yield found
    announced = [match.start() for match in _ANNOUNCED.finditer(text)]
    for start in (*numbers, *announced):
        space = _BEFORE_NUMBER.search(text, max(0, start - 3), start)
        found = _alone_before(text, space.start() if space else start)
        if found:
            yield found


def _listed_with(text: str, name: Found) -> Iterator[Found]:
    """The names that stand in one list with a name: 刘一、陈二、张三."""
    start, end = name
    while text[start - 1 : start] == "、":
        before = _alone_before(text, start - 1)
        if before is None:
            break
        yield before
        start = before[0]
    while text[end : end + 1] == "、":
        after = _starting_at(text, end + 1, "", apart=True)
        if after is None:
            break
        yield after
        end = after[1]


def _ending_at(text: str, end: int) -> Found | None:
    """The name directly before a title: 李建国先生, 王先生."""
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or (length == 4) != (surname_length(text, start) == 2 and length == 4):
            continue
        word = text[start:end]
        if not is_name(word) or (word[0] in DOUBTFUL and _joined(text, start)):
            continue
        return start, end
    for length in (2, 1):
        start = end - length
        if start >= 0 and surname_length(text, start) == length:
            if text[start] in DOUBTFUL and _joined(text, start):
                return None
            return start, end
    return None


def _starting_at(text: str, start: int, label: str, *, apart: bool) -> Found | None:
    """The name after a label; a boundary or a telling word must follow. `apart`: a
    colon or the like stands between them."""
    sure = label in _SURE
    for length in (4, 3, 2):
        word = text[start : start + length]
        if len(word) < length or not is_name(word, sure=sure):
            continue
        if word[0] in DOUBTFUL and not apart and label not in _CALLED:
            continue
        if _CUT.match(text, start + length - 1):
            continue
        if _AFTER.match(text, start + length):
            return start, start + length
    return None


def _alone_before(text: str, end: int) -> Found | None:
    """The name that stands alone before a phone number: 唐玲艳 13…, 王成（13…）."""
    for length in (4, 3, 2):
        start = end - length
        if start >= 0 and is_name(text[start:end]) and not _joined(text, start):
            return start, end
    return None


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on to the left. A star counts as a letter: what is left of a
    masked name is no boundary."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "*")
