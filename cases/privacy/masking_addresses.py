"""Where people live: flats, houses of a village, and addresses that are announced.

Estate, street and village stay readable, and so does a building that stands alone: where the
lift is broken is what the desk needs to know. Once a door is named, the numbers of building,
unit, floor and door go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.masking_rules import Found

Home = tuple[int, int, tuple[Found, ...]]
"""Start, end, and the parts to hide."""

_N: Final = "[0-9一二三四五六七八九十两]"
_UP_TO_3: Final = f"{_N}{_N}{{0,2}}"
_HAN_ROOM: Final = "[零〇○一二三四五六七八九]{3,4}"
_SIDE: Final = "[东西南北中左右][边面头]?"
_UNIT: Final = rf"({_UP_TO_3}|[A-Za-z东西南北中]) ?(?:单元|门(?=[0-9]{{3}}))"
_FLOOR: Final = rf"({_UP_TO_3}|[顶底])(?:楼|层)"
_NO_ROOM: Final = (
    "(?![0-9*年月日户套多余平米元个名人家间㎡.%:：/吨辆台根棵米亩mM斤公层楼-]|万|号楼)"
)
_ROOM: Final = (
    rf"(?:([0-9]{{3,4}})(?:室|房|号房|号)?{_NO_ROOM}|({_HAN_ROOM})(?:室|房|号房|号)"
    r"|([东西南北中左右])(?:边|面)?(?:户(?!外)|室(?!外)|首))"
)
_SMALL_ROOM: Final = rf"(?:({_UP_TO_3})(?:室|号(?!楼|院)|户(?!人))|({_SIDE}第?{_N}间)|({_SIDE}))"
# Each pattern begins with a set of characters: `re` then skips the rest quickly.
_FLATS: Final = (
    re.compile(
        r"[栋幢座楼院#](?<!一座)(?:(?<=[栋幢座#])|(?<=号[楼院]))[ -]?"
        rf"(?:(?:{_UNIT})?[ -]?(?:{_FLOOR})?[ -]?{_ROOM}"
        rf"|{_UNIT}[ -]?{_FLOOR}{_SMALL_ROOM}?)"
    ),
    re.compile(
        rf"([0-9一二三四五六七八九十两东西南北中]{_N}{{0,2}}) ?单元[ -]?"
        rf"(?:(?:{_FLOOR})?[ -]?{_ROOM}|{_FLOOR}{_SMALL_ROOM}?)"
    ),
    re.compile(
        rf"([0-9一二三四五六七八九十两顶底]{_N}{{0,2}})[楼层]"
        rf"(?:({_SIDE})(?:户|室|门|首)|({_SIDE}第?{_N}间)|([0-9]{{3,4}}|{_HAN_ROOM})(?:室|房|号房))"
    ),
    re.compile(r"号[ -]?([0-9]{3,4})室"),
    re.compile(r"([0-9](?<![0-9-].)[0-9]{0,2})-([0-9]{1,2})-([0-9]{3,4})室?(?![0-9*-])"),
)
_BUILDING: Final = re.compile(r"([0-9]{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z甲乙丙丁])号?$")
"""The number before 栋, 号楼 and the like; it goes with the door."""
_FARTHEST_BUILDING: Final = 4
_LIKE_A_ROOM: Final = re.compile(
    rf"[栋幢座楼院元层号#-][ -]?(?:[0-9]{{3}}|{_HAN_ROOM}|{_N}{{1,3}} ?[单楼层门]"
    r"|[顶底A-Za-z东西南北中左右][单边面头户室首第楼])"
)
"""What stands in every match of `_FLATS`, found in less time."""
_NUMBERED: Final = re.compile("[0-9一二三四五六七八九十百零〇○]号")
_HOUSE: Final = (
    r"(甲?[0-9一二三四五六七八九十百零〇○]{1,5}(?:-[0-9]{1,3})?)号"
    r"(?![楼院线路文井令公机池坝桥墩桩塔灯门地标台站馆厅厂店铺商生产期矿坑田仓库段口召码称]|村民)"
    r"(?:附([0-9一二三四五六七八九十]{1,2}))?"
)
_VILLAGES: Final = (
    re.compile(rf"({_UP_TO_3})(?:村民)?(?:小?组|[社队])的?{_HOUSE}"),
    re.compile(rf"[场村屯寨庄湾冲坪坳垄塘岭坝屋]{_HOUSE}"),
)
_HAMLET: Final = re.compile(
    r"村([\u4e00-\u9fff]{2,4}?)(?=屋场|自然村|老屋|院子)|村([\u4e00-\u9fff]{2,3}[湾冲坪坳垄塘坡咀屋院])(?=[0-9]{1,4}号)"
)
"""The smallest place of a village: its name says whose houses stand there."""
_LIVES: Final = re.compile(
    r"[住址家籍口在于s](?:(?<=住址)|(?<=[家现居租所我人子妈爸女亲]住)|(?<=住[在于])|(?<=[庭系讯信件货寄籍]地址)|(?<=家)(?=在|是)"
    r"|(?<=房子在)|(?<=户籍)|(?<=户口)|(?<=address))"
    r"(?:地址|所在地|所在|址|地)?[:是为在于 (\"]{0,3}"
)
_ADDRESS_END: Final = re.compile(r"[,，。;；!！?？\n、]|电话|手机|联系|身份")
_PLACE_NUMBER: Final = re.compile(
    rf"((?:[0-9]{{1,5}}(?:-[0-9]{{1,4}}){{0,3}}|[A-Za-z]|[一二三四五六七八九十百零〇○]{{1,5}}))"
    r"(?=号(?!楼|院|线|文|令|井|桩|机|公告)|单元|室|房|户|组|社|队|楼|层)"
    r"|(?<=[栋幢座元楼层号-])([0-9]{3,4})(?![0-9年月日元万户])"
    r"|(?<=号)附([0-9]{1,2})"
    r"|([东西南北中左右][边面]?)(?=户|室)"
)
_LONGEST_ADDRESS: Final = 48
_HOUSE_WORD: Final = re.compile(
    "路|街|巷|弄|道|村|组|社区|小区|栋|幢|号|苑|园|城|府|里|屯|寨|庄|湾|镇|乡|屋场|大院|公寓|花园"
)


def homes(text: str) -> Iterator[Home]:
    """Flats behind a building, houses of a village, and the numbers of an address that is
    announced as a home (家住, 住址)."""
    if _LIKE_A_ROOM.search(text):
        for flat in _FLATS:
            for match in flat.finditer(text):
                yield _with_building(text, _parts(match))
    if _NUMBERED.search(text):
        for village in _VILLAGES:
            for match in village.finditer(text):
                yield _parts(match)
    if "村" in text:
        for match in _HAMLET.finditer(text):
            yield _parts(match)
    if "住" in text or "家" in text or "户" in text or "地址" in text or "address" in text:
        for match in _LIVES.finditer(text):
            yield from _announced(text, match)


def _parts(match: re.Match[str]) -> Home:
    parts = [match.span(n) for n in range(1, (match.lastindex or 0) + 1) if match.group(n)]
    return parts[0][0], parts[-1][1], tuple(parts)


def _with_building(text: str, home: Home) -> Home:
    start, end, parts = home
    sign = start
    while sign > 0 and text[sign - 1] in "栋幢座楼院# -":
        sign -= 1
    if sign == start:
        return home
    building = _BUILDING.search(text, max(0, sign - _FARTHEST_BUILDING), sign)
    if building is None:
        return home
    return building.start(1), end, (building.span(1), *parts)


def _announced(text: str, label: re.Match[str]) -> Iterator[Home]:
    start = label.end()
    stop = _ADDRESS_END.search(text, start, start + _LONGEST_ADDRESS)
    end = stop.start() if stop else min(len(text), start + _LONGEST_ADDRESS)
    if not _HOUSE_WORD.search(text, start, end):
        return
    parts = [match.span(match.lastindex or 0) for match in _PLACE_NUMBER.finditer(text, start, end)]
    if parts:
        yield parts[0][0], parts[-1][1], tuple(parts)
