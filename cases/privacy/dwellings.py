"""Homes that have a name or a place and no number of a house: 渡口边第二家, 荷塘村上厅, 西厢房.

What stands behind a village up to the end of the clause is finer than the village, and so is a
dwelling that is told by what is beside it. Both are homes only behind words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cases.privacy.address_parts import Found, Home

_AT_HOME: Final = (
    "(?:(?:[家现居租人我妈爸女子们,，。;；:： (]|^)住(?![建房宅院户])[在着于]?|居住[在于]|现居"
    "|我家(?:老[宅屋])?在"
    "|老[家宅屋]在|家在|落户在?|住址|地址|户籍|籍贯|联系人|找我|[请寄写送信]到)"
)
_MEMBER: Final = re.compile(rf"{_AT_HOME}[^。;；!！?？\n]{{0,24}}$")
_NEAR: Final = re.compile(rf"{_AT_HOME}[^,，。;；!！?？\n]{{0,12}}$")
_ENDS: Final = "(?=[,，。;；!！?？\n)]|$)"
_NO_DWELLING: Final = (
    "(?<![街路道村镇乡县市区园苑城府庭邸寓墅店司厂校院站局所处会部班点边委线])"
    "(?<!附近)(?<!对面)(?<!广场)(?<!屋场)(?<!老屋)(?<!院子)(?<![组社队])"
)
_FINER: Final = re.compile(
    r"[村寨屯岛埠](?!民|委|里的|[\u4e00-\u9fff]{0,3}[的子是有在和])"
    r"(?:[0-9一二三四五六七八九十]{1,3}[组社队])?"
    rf"([\u4e00-\u9fff]{{2,4}}){_NO_DWELLING}{_ENDS}"
    r"|[镇乡](?![政党人中卫])([\u4e00-\u9fff]{2,4}[坡坪湾冲坝坳垄塘岭屋垸凼沟院里]"
    rf"(?:子|里|上|下|头)?){_ENDS}"
)
"""Behind a village the rest of the clause; behind a town a hamlet named after its land."""
_NTH: Final = re.compile(
    r"[边脚旁头尾侧口下后前](第[一二三四五六七八九十0-9]{1,2}(?:[家户]|间(?!屋?店)|进|排))"
    r"(?:靠[^,，。的]{1,5}那[家户])?"
    r"(?![超企公医幼饭开单用主门店铺])"
)
_ROOMS: Final = re.compile(
    r"((?:小[白红黄灰黑石木]屋|[东西南北]?厢房|[东西南北]?耳房|偏房|拐角平房))"
    r"(?=[,，。;；!！?？\n)的]|$)"
)
_LOOKS_LIKE_ONE: Final = re.compile("第[一二三四五六七八九十0-9]|[厢耳偏平]房|小.屋")
_BEFORE: Final = 34


def dwellings(text: str) -> Iterator[Home]:
    """Homes without a number of a house."""
    for match in _FINER.finditer(text):
        start, end = match.span(match.lastindex or 0)
        if _MEMBER.search(text, max(0, match.start() - _BEFORE), match.start()):
            yield start, end, ((start, end),)
    if not _LOOKS_LIKE_ONE.search(text):
        return
    for pattern, before in ((_NTH, 18), (_ROOMS, 16)):
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if _NEAR.search(text, max(0, start - before), start):
                yield start, end, ((start, end),)


_DOOR_OF_NAME: Final = re.compile(
    r"(?<![0-9A-Za-z.*-])([1-9][0-9]{2}|[12][0-9]{3})(?:[室户]?的| {1,2})?$"
)
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")


def doors_of_names(text: str, names: Iterable[Found]) -> Iterator[Found]:
    """Doors by which people are told apart: 902的王明, 101李红、202张强."""
    for start, end in names:
        door = _DOOR_OF_NAME.search(text, max(0, start - 7), start)
        if door and end - start > 1 and not _YEAR.fullmatch(door[1]):
            yield door.span(1)
