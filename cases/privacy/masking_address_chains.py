"""Numbered parts of a dwelling, one behind the other: 3栋2单元501, 2排6号, 三楼东头第二间.

A chain is a home once two parts or a part and a bare room stand together and one of them is
finer than a building; a building alone is where the lift is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.masking_rules import Found

Home = tuple[int, int, tuple[Found, ...]]
"""Start, end, and the parts to hide."""

_HAN: Final = "一二三四五六七八九十百零〇○"
_NUMBER: Final = (
    rf"(?:[A-Za-z]{{1,2}}-?[0-9]{{1,3}}|[0-9]{{1,4}}[A-Za-z]?|[{_HAN}]{{1,4}}|负[一二三1-3]"
    rf"|[A-Za-z]"
    "|[甲乙丙丁东西南北中左右顶底](?![门头路街间]))"
)
_UNIT: Final = (
    "(?:号楼|号院|号房|号棚|号铺|号床|单元|支弄|寝室|宿舍|"
    "[栋幢座门楼层室房户排弄寝间床铺棚#](?![窗间梁])|号(?![线文令井桩机]))"
)
_BETWEEN: Final = r"(?:宿舍楼?|公寓楼?|住宅楼|家属楼|楼)?[ -]?[之第]?"
_SIDE: Final = "(?:[东西南北中左右][边面头侧]|尽头|最里面?|拐角)"
_ROOM: Final = (
    rf"(?:[A-Za-z]?[0-9]{{3,4}}[A-Za-z]?|[0-9]{{1,2}}[A-Za-z]|[{_HAN}]{{3,4}})"
    r"(?![0-9A-Za-z*年月日户套型多余平米元个名人间㎡.%:/吨辆台根棵亩斤公层楼号栋幢-]|万)"
)
_CHAIN: Final = re.compile(
    rf"[0-9A-Za-z{_HAN}甲乙丙丁东西南北](?<![月第年0-9A-Za-z*.].)[0-9A-Za-z{_HAN}]{{0,3}}{_UNIT}"
    rf"(?:{_BETWEEN}{_NUMBER}{_UNIT})*(?:{_BETWEEN}(?:{_ROOM}"
    rf"|{_SIDE}(?:第?[{_HAN}0-9]{{1,2}}[间家户])?))?"
)
_PART: Final = re.compile(rf"({_NUMBER})({_UNIT})")
_ENDS_IN_ROOM: Final = re.compile(rf"[0-9]{{2,4}}|[{_HAN}]{{3}}|[0-9][A-Za-z]")
_NUMERAL: Final = re.compile(
    rf"[A-Za-z]?[0-9]+[A-Za-z]?|[{_HAN}]+|[A-Za-z]+|[甲乙丙丁负顶底]"
    rf"|[东西南北中左右](?:[边面头侧])?"
)
_FINE: Final = frozenset(("室", "房", "寝室", "床", "铺", "号床", "号铺", "号房", "寝", "号"))
_SIDED: Final = re.compile(
    r"[楼层].{1,4}[间家首]|排.{1,3}间|[东西南北中左右][边面头侧]?户|[楼层][东西中左右][边头]?$"
)
_OF_A_HOUSE: Final = frozenset(
    (
        "栋",
        "幢",
        "座",
        "号楼",
        "排",
        "弄",
        "支弄",
        "号院",
        "#",
        "号棚",
        "棚",
        "楼",
        "层",
        "单元",
        "门",
    )
)
PUBLIC: Final = re.compile(
    r"[ ]?(?:号?(?:电梯|户型|门面|商铺|店铺|铺面|门店|商户|窗口|车位|车库|教室|会议室|办公室"
    r"|病房|诊室|柜台|摊位)|[文令件]|公告)"
)
"""Behind a number: what anyone may enter, documents, the place of the matter."""
_PLACE: Final = re.compile("[\u4e00-\u9fff]{0,4}(?:电梯|楼顶|楼下|之间|公司|店[铺主])")
_WARD: Final = re.compile("医院|病[房室区]|科")


def _is_open_to_all(text: str, start: int, end: int) -> bool:
    behind = PUBLIC.match(text, end) or _PLACE.match(text, end)
    return bool(behind or _WARD.search(text, max(0, start - 12), start))


def chains(text: str) -> Iterator[Home]:
    for match in _CHAIN.finditer(text):
        home = _home(text, match)
        if home is not None:
            yield home


def _home(text: str, match: re.Match[str]) -> Home | None:
    start, end = match.span()
    parts = list(_PART.finditer(text, start, end))
    if not parts or _is_open_to_all(text, start, end):
        return None
    units = {part[2] for part in parts}
    if units.isdisjoint(_OF_A_HOUSE):
        return None  # a list of numbers
    room = _ENDS_IN_ROOM.search(text, parts[-1].end(), end)
    fine = not units.isdisjoint(_FINE) and len(units) > 1
    upstairs = "单元" in units and not units.isdisjoint(("楼", "层"))
    by_side = len(units) > 0 and _SIDED.search(text, start, end)
    if not (room or fine or upstairs or by_side):
        return None
    hidden = tuple(one.span() for one in _NUMERAL.finditer(text, start, end))
    return start, end, hidden
