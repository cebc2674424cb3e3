"""The numbered parts of an address, read one behind the other: 3栋2单元501, 三组12号, 36弄5号.

`chains` reads the text once. What a chain means is decided in `masking_addresses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

Found = tuple[int, int]
"""Start and end in code points, half open."""
Home = tuple[int, int, tuple[Found, ...]]
"""Start, end, and the parts to hide."""

HAN_NUMERALS: Final = "一二三四五六七八九十百零〇○两"
_SIGNS: Final = "甲乙丙丁戊己东西南北中左右顶底负"
NUMERAL: Final = (
    rf"(?:[甲乙丙丁]?[0-9]{{1,5}}[A-Za-z]?(?:-[0-9]{{1,4}}){{0,3}}|[{HAN_NUMERALS}]{{1,7}}"
    rf"|[A-Za-z]{{1,2}}-?[0-9]{{0,4}})"
)
_UNITS: Final = {
    "building": "号楼 号院 号棚 号宿舍 号公寓 舍 栋 幢 座 塔 # 排 棚",
    "entrance": "单元",
    "floor": "楼 层 F",
    "door": "号房间? 号床 号铺 号摊位? 寝室 宿舍 户室 室 房间? 寝 床 铺 摊",
    "bay": "间",
    "lane": "支弄 弄 区",
    "alley": "巷 胡同",
    "group": "村民小组 生产队 小组 分场 组 社 队 连",
    "house": "号",
}
"""What stands behind a number, by what it is a number of."""
_KIND_OF: Final = {
    word: kind for kind, words in _UNITS.items() for word in words.replace("?", "").split()
} | {"号房": "door", "号摊": "door", "房": "door", "门": "entrance"}
_UNIT: Final = (
    "(?=[号栋幢座塔#排棚单门楼层F户寝宿舍室房床铺摊间支弄区巷胡村生小分组社队连])"
    "(?:号楼(?![下上])|号院(?!门)|(?<=[0-9])舍|号宿舍|号公寓|号房间?|号床|号铺|号棚|号摊位?|栋|幢|座|塔|#|排|棚|单元"
    "|门(?=[0-9一二三四五六七八九])"
    "|楼|层|F|户室|寝室|宿舍|室|房间?|寝|床|铺|摊|(?<!中)间|支弄|弄|区|巷(?!子)|胡同"
    "|村民小组|生产队|小组|分场|[组社队连](?![织长会员保伍区续接])|号)"
    "(?![窗梁间改]|一价)"
)
_NO_NUMBER: Final = "月第年0-9A-Za-z*.〔几多上每这那整同任哪某一"
_CHAIN: Final = re.compile(
    rf"[0-9A-Za-z{HAN_NUMERALS}{_SIGNS}第](?<![{_NO_NUMBER}].)"
    rf"(?:[0-9A-Za-z{HAN_NUMERALS}-]{{0,8}} ?{_UNIT}"
    r"|(?<=[0-9])(?<!-.)[0-9]?(?:-[0-9]{1,2})?-[0-9]{3,4}(?![0-9*.-]))"
)
_FIRST: Final = re.compile(rf"(第?(?:{NUMERAL}|[{_SIGNS}])) ?({_UNIT})")
_GAP: Final = r"[ -]?(?:宿舍楼?|公寓楼?|住宅楼|家属楼|教工楼|楼|平房|板房|第?之?)?[ -]?"
_NEXT: Final = re.compile(rf"{_GAP}(第?(?:{NUMERAL}|[{_SIGNS}])) ?({_UNIT})")
_NO_ROOM: Final = (
    r"(?![0-9A-Za-z*年月日户套型多余平米元个名人家间㎡.%:：/吨辆台根棵亩斤公层楼号栋幢"
    r"次块天座岁热路轴国省万-])"
)
_ROOM: Final = re.compile(
    rf"{_GAP}((?:[A-Za-z]?[0-9]{{3,4}}[A-Za-z]?|[0-9]{{1,2}}[A-Za-z]|[{HAN_NUMERALS}]{{3,4}}"
    rf"|[0-9]{{1,2}}-[0-9]{{1,4}}(?:-[0-9]{{3,4}})?)){_NO_ROOM}"
)
_SIDE: Final = re.compile(
    r"[ ]?((?:[顶底]楼)?[东西南北中左右里][边面头侧手首]?(?:第?[0-9一二三四五六七八九"
    r"十]{1,2}[间家户])"
    r"|[东西南北中左右][边面头侧]?[户首](?!外)|[东西南北左右][头侧手边]"
    r"|[东西南北中](?=[,，。;；、的\s(]|$)|[顶底][楼层]"
    r"|(?:最里|尽|拐)[边面头角]?(?:那?一?间)?|靠[^,，。的]{1,4}那?一?间|第[一二三四五六七八九十]间"
    r"|倒数第[一二三四五六七八九十][家户间])"
)
_EXTRA: Final = re.compile(
    r"(?:[附之]([0-9一二三四五六七八九十]{1,3})号?|(?<=号)((?:对面|隔壁)?(?:[前后东西南北]院|院内|平房|[东西]屋)))"
)
_ONE_NUMERAL: Final = re.compile(rf"第?[甲乙丙丁]?[0-9A-Za-z]+|第?[{HAN_NUMERALS}]+|[{_SIGNS}]")


class Chain(NamedTuple):
    """Parts that stand together. `kinds`: of its parts, in order, with "room" for a number
    without a unit behind a building or floor, "side" for 东头, 西户."""

    start: int
    end: int
    kinds: tuple[str, ...]
    hidden: tuple[Found, ...]


def chains(text: str) -> Iterator[Chain]:
    """Every run of parts, in order; a run may be a single part."""
    at = 0
    while match := _CHAIN.search(text, at):
        chain = _chain(text, match)
        at = chain.end if chain else match.start() + 1
        if chain:
            yield chain


def _chain(text: str, begins: re.Match[str]) -> Chain | None:
    start, end = begins.span()
    hidden: list[Found] = []
    kinds: list[str] = []
    first = _FIRST.match(text, start)
    if first:
        if first[2] == "F" and not first[1].isdigit():
            return None  # a number plate
        if first[2] in "楼层" and "-" in first[1]:
            return None  # from one floor to another
        end = first.end()
        kinds.append(_KIND_OF[first[2]])
        hidden += _numerals(text, first.start(1), first.end(1))
    elif "-" in begins.group() and begins.group()[-1].isdigit():
        kinds.append("dashed")
        hidden += _numerals(text, start, end)
    else:
        return None
    while True:
        step = _step(text, end)
        if step is None:
            return Chain(start, end, tuple(kinds), tuple(hidden))
        kind, parts, end = step
        kinds.append(kind)
        hidden += parts


def _step(text: str, end: int) -> tuple[str, list[Found], int] | None:
    """The next part: its kind, what to hide of it, where it ends."""
    if extra := _EXTRA.match(text, end):
        return "extra", [extra.span(extra.lastindex or 0)], extra.end()
    if side := _SIDE.match(text, end):
        if side[1][-1] in "楼层":
            return "floor", _of_side(text, side), side.end()
        at_a_door = side[1][-1] in "间家户首" or side[1][0] not in _SIGNS
        return "door" if at_a_door else "side", _of_side(text, side), side.end()
    if part := _NEXT.match(text, end):
        return _KIND_OF[part[2]], _numerals(text, *part.span(1)), part.end()
    if room := _ROOM.match(text, end):
        return "room", _numerals(text, *room.span(1)), room.end()
    return None


def _of_side(text: str, side: re.Match[str]) -> list[Found]:
    """Of 顶楼, 西户, 东头第二间 the signs; of what is described (靠楼梯那间) all."""
    if side[1][0] in _SIGNS:
        return _numerals(text, *side.span(1))
    return [side.span(1)]


def _numerals(text: str, start: int, end: int) -> list[Found]:
    return [one.span() for one in _ONE_NUMERAL.finditer(text, start, end)]
