"""Where people live: flats, houses of a village, and addresses that are announced.

Estate, street and village stay readable, and so does a building that stands alone: where the
lift is broken is what the desk needs to know. Once a door is named, the numbers of building,
unit, floor and door go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.masking_address_chains import PUBLIC, Home, chains

_CAPITAL: Final = re.compile("[壹贰叁肆伍陆柒捌玖拾][栋幢座单楼层室房组零壹贰叁肆伍陆柒捌玖]")
_PLAIN_NUMERALS: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
_N: Final = "[0-9一二三四五六七八九十两]"
_UP_TO_3: Final = f"{_N}{_N}{{0,2}}"
_HAN_ROOM: Final = "[零〇○一二三四五六七八九]{3,4}"
_SIDE: Final = "(?:[东西南北中左右][边面头]?|尽头|最里面?|拐角)"
_UNIT: Final = rf"({_UP_TO_3}|[A-Za-z东西南北中]) ?(?:单元|门(?=[0-9]{{3}}))"
_FLOOR: Final = rf"({_UP_TO_3}|[顶底])(?:楼|层)"
_NO_ROOM: Final = (
    "(?![0-9*年月日户套多余平米元个名人家间㎡.%:：/吨辆台根棵米亩mM斤公层楼-]|万|号楼)"
)
_ROOM: Final = (
    rf"(?:([0-9]{{3,4}})(?:室|房|号房|号)?{_NO_ROOM}|({_HAN_ROOM})(?:室|房|号房|号"
    rf"|(?=[,，。;；、\s]|$))"
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
    re.compile(r"[#栋幢座楼][ -]?([0-9]{1,2})-([0-9]{3,4})(?![0-9*-])"),
    re.compile(r"([0-9]{1,2})[楼层](\1[0-9]{2})(?![0-9*.年月元米])"),
    re.compile(
        r"[舍寓寝屋房](?:(?<=宿舍)|(?<=公寓)|(?<=寝室)|(?<=出租屋)|(?<=出租房)|(?<=周转房)"
        r"|(?<=平房))"
        rf"区?([A-Za-z]?[0-9]{{3,4}}|{_HAN_ROOM})(?:室|房|号房|号|寝室?)?{_NO_ROOM}"
    ),
    re.compile(r"([0-9](?<![0-9-].)[0-9]{0,2})-([0-9]{1,2})-([0-9]{3,4})室?(?![0-9*-])"),
)
_PART_NUMBER: Final = "(?:[0-9]{1,4}|[一二三四五六七八九十百零〇○]{1,4}|[A-Za-z甲乙丙丁东西南北中])"
_PART: Final = (
    rf"{_PART_NUMBER}(?:号楼|号院|号房|号棚|单元|支弄|[栋幢座门楼层室房号排弄寝间棚铺](?!窗))"
)
_PARTS: Final = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十百零〇○甲乙丙丁东西南北中](?<![月第]."
    rf")[0-9一二三四五六七八九十百零〇○]{{0,3}}(?:号楼|号院|号房|号棚|单元|支弄"
    rf"|[栋幢座门楼层室房号户排弄棚])"
    rf"(?:[ -]?{_PART})+(?:[ -]?[0-9]{{3,4}}{_NO_ROOM})?"
)
_AT_A_DOOR: Final = re.compile("号(?![楼院])|[室房寝间铺]|单元.{1,4}[楼层]|[0-9]{3,4}$")
_ONE_NUMBER: Final = re.compile(f"{_PART_NUMBER}(?=[号单栋幢座门楼层室房户排弄寝间棚铺支]|$)")
_ROAD: Final = re.compile(
    r"[路街巷弄道里头](甲?[0-9]{1,5}(?:-[0-9]{1,3})?|[一二三四五六七八九十百零〇○]{1,5})号"
    r"(?:[附之]?([0-9一二三四五六七八九十]{1,4})号?)?"
    r"(?=(?P<home>[附院家住户内我之租]|的[房住居业租院家平老户屋墙一]|[一二三四1-9]楼|门牌"
    r"|[后前]门[^口]|后院|前院|对面平房|平房|老房|私房"
    r"|旁|隔壁|房子|是我|居民[^楼区])|[^线文令地台桥井杆灯站口车库楼栋幢公通]|$)"
)
"""Without a company, a shop or an estate behind it; those are places of the matter."""
_NEXT_DOOR: Final = (
    re.compile(
        r"[上下壁门家](?:(?<=楼上)|(?<=楼下)|(?<=隔壁)|(?<=对门)|(?<=我家))(?:是|在|的)?([0-9]{3,4})"
        r"(?=[\u4e00-\u9fff])(?![元年月号平米多])"
    ),
    re.compile(
        r"([0-9](?<![0-9.近有约共达余超].)[0-9]{2,3})(?:室|房)?的?(?:住户|业主|租户|租客|户主)"
    ),
    re.compile(r"[苑园城里湾寓舍庭府居区邸村]([0-9]{1,3})-([0-9]{3,4})(?![0-9-])"),
    re.compile(rf"舍(?<=宿舍)[楼区]?({_N}{{1,2}})(?=楼|层)"),
)
"""A door that is named by whose it is, or without its building."""
_NEAR: Final = 14
_HOME_WORD: Final = re.compile(
    "[家居租我人子妈爸女亲现]住|住[在址于:]|^住|[,，。;； ]住(?![建房])|我家|家在|家门牌|户籍"
    "|户口|[收寄邮]件|[邮寄]到|[邮寄]至|送到|快递|身份证|上门地址|[庭系讯居]地址"
)
_NO_HOME: Final = re.compile(
    "会所|位于|位置|门面|铺面|地址|设在|开设|店|大厦|公司|厂|酒店|工地|市场|窗口|大厅|中心|局|路口|附近|对面|在建"
)
_GROUPS: Final = re.compile(
    r"村(第?[0-9一二三四五六七八九十]{1,3})(?:村民)?(?:小?组|[社队屯])"
    r"(?=村民|居民|社员|农户|户主|人[,，。]|住|的?(?:我|老[屋家宅房]|祖[屋宅]|房子)|的[,，。]"
    r"|[附0-9]|[\u4e00-\u9fff]{2,3}[,，(])"
    r"|村(?![\u4e00-\u9fff]{0,2}(?:工作|民小|党小|领导|调查|督导|互助|专班|委"
    r"|[一二三四五六七八九十两几]个))([\u4e00-\u9fff]{2,3})"
    r"(?=组(?:的?(?:一[名个位])?(?:普通)?(?:村民|居民|农民|群众|社员|人[,，。])|[0-9]{1,4}号))"
)
"""A group of a village is named as somebody's home, not as the place of the matter."""
_OF_A_GROUP: Final = re.compile(
    r"村(?![\u4e00-\u9fff]{0,2}(?:工作|民小|党小|领导|调查|督导|互助|专班"
    r"|委))([\u4e00-\u9fff]{2,3}|[0-9一二三四五六七八九十]{1,3})[组社队]"
    r"(?=[,，。)的]|$)"
)
_MEMBER: Final = re.compile(
    "(?:我们?是|我家|家住|住在?|籍[在贯]?|老家[在是]?|本人系?|人[:：]|家在)[^,，。]{0,24}$"
)
_BUILDING: Final = re.compile(r"([0-9]{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z甲乙丙丁])号?$")
"""The number before 栋, 号楼 and the like; it goes with the door."""
_FARTHEST_BUILDING: Final = 4
_LIKE_A_ROOM: Final = re.compile(
    rf"[栋幢座楼院元层号#舍寓寝屋房区-][ -]?(?:[0-9]{{3}}|{_HAN_ROOM}|{_N}{{1,3}} ?[单楼层门]"
    r"|[顶底A-Za-z东西南北中左右][单边面头户室首第楼])"
)
"""What stands in every match of `_FLATS`, found in less time."""
_NUMBERED_PLACE: Final = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十百零〇○两甲乙丙丁东西南北中左右顶底里头拐]"
    r"[号单元室房户组社队楼层栋幢座门院排弄铺棚间首村小屯区附#边面-]|号附"
)
"""What stands in every address that has a number to hide; most texts are without."""
_NUMBERED: Final = re.compile("[0-9一二三四五六七八九十百零〇○]号")
_HOUSE: Final = (
    r"(甲?[0-9一二三四五六七八九十百零〇○]{1,5}(?:-[0-9]{1,3})?)号"
    r"(?![楼院栋幢线路文井令公机池坝桥墩桩塔灯地标台站馆厅厂店铺商生产期矿坑田仓库段口召码称座床]|村民)"
    r"(?:附([0-9一二三四五六七八九十]{1,2}))?"
)
_VILLAGES: Final = (
    re.compile(rf"({_UP_TO_3})(?:村民)?(?:小?组|[社队])的?{_HOUSE}"),
    re.compile(rf"[场村屯寨庄湾冲坪坳垄塘岭坝屋组队社巷](?<!考场){_HOUSE}"),
)
_HAMLET: Final = re.compile(
    r"村(?:[0-9一二三四五六七八九十]{1,3}[组社队])?(?:([\u4e00-\u9fff]{2,4}?)(?=屋场|自然村"
    r"|老屋|院子|屋里)"
    rf"|((?![\u4e00-\u9fff]{{0,2}}[委民口部校])[\u4e00-\u9fff]{{2,4}})(?={_UP_TO_3}号(?!楼|院"
    rf"|线|文|公|井|桩))"
    r"|((?![\u4e00-\u9fff]{0,2}[委民口部校])[\u4e00-\u9fff]{1,3}[坝湾冲坪坳垄塘坡咀屋场院垸寨沟岭坎嘴凼岩坨畈塆](?:子|里|上|下)?)"
    r"(?=的?[几一两三四五六七八九十0-9]{1,3}户|住|里?的?(?:老屋|老宅|老家|我家)))"
)
"""The smallest place of a village: its name says whose houses stand there."""
_LIVES: Final = re.compile(
    r"[住址家籍口在于s](?:(?<=住址)"
    r"|(?<=[家现居租所我人子妈爸女亲,，。;；: (友]住(?![建房宅院宿户]))|(?<=住[在于])"
    r"|(?<=[庭系讯信件货寄籍是的我人]地址)|(?<=^地址)|(?<=[\n,，。;；:(  ]地址)|(?<=家)(?=在|是)"
    r"|(?<=房子在)|(?<=户籍)|(?<=户口)|(?<=address))"
    r"(?:地址|所在地|所在|址|地)?[:是为在于 (\"]{0,3}"
)
_ADDRESS_END: Final = re.compile(r"[,，。;；!！?？\n、]|电话|手机|联系|身份")
_PLACE_NUMBER: Final = re.compile(
    r"(?<![同整这那几每哪])((?:[0-9]{1,5}(?:-[0-9]{1,4}){0,3}|[A-Za-z]"
    r"|[一二三四五六七八九十百零〇○]{1,5}))"
    r"(?=号(?!楼|院|线|文|令|井|桩|机|公告)|号楼|单元|室|房|户|村民小?组|小?组|社|队|楼|层|栋"
    r"|幢|座|排|寝|床|屯)"
    r"|(?<=[栋幢座元楼层号-])([0-9]{3,4})(?![0-9年月日元万户])"
    r"|(?<=号)附([0-9]{1,2})"
    r"|([东西南北中左右][边面]?)(?=户|室)"
)
_PLACE_LABEL: Final = re.compile("址|所")
_LONGEST_ADDRESS: Final = 48
_HOUSE_WORD: Final = re.compile(
    "路|街|巷|弄|道|村|组|社区|小区|栋|幢|号|苑|园|城|府|里|屯|寨|庄|湾|镇|乡|屋场|大院|公寓|花园"
)


def homes(text: str) -> Iterator[Home]:
    """Where people live, without what anyone may enter (shops, consulting rooms)."""
    return (home for home in _homes(text) if not PUBLIC.match(text, home[1]))


def _homes(text: str) -> Iterator[Home]:
    """Flats behind a building, houses of a village, and the numbers of an address that is
    announced as a home (家住, 住址)."""
    if _CAPITAL.search(text):
        text = text.translate(_PLAIN_NUMERALS)
    if not _NUMBERED_PLACE.search(text):
        if "村" in text:
            yield from _in_villages(text)
        return
    like_a_room = _LIKE_A_ROOM.search(text) is not None
    if like_a_room:
        for flat in _FLATS:
            for match in flat.finditer(text):
                yield _with_building(text, _parts(match))
    yield from chains(text)
    for pattern in _NEXT_DOOR:
        for match in pattern.finditer(text):
            yield _parts(match)
    if like_a_room or "号" in text:
        yield from _in_a_row(text)
        yield from _on_roads(text)
    yield from _in_villages(text)
    for match in _LIVES.finditer(text):
        yield from _announced(text, match)


def _on_roads(text: str) -> Iterator[Home]:
    for match in _ROAD.finditer(text):
        before = max(0, match.start() - _NEAR)
        announced = _HOME_WORD.search(text, before, match.start())
        # The lookahead holds a group that is empty where it did not match.
        at_home = match["home"] is not None
        if announced or (at_home and not _NO_HOME.search(text, before, match.start())):
            yield _parts(match, 2)


def _in_a_row(text: str) -> Iterator[Home]:
    """Numbered parts of an address one behind the other, a door among them."""
    for match in _PARTS.finditer(text):
        if _AT_A_DOOR.search(text, match.start(), match.end()):
            parts = tuple(one.span() for one in _ONE_NUMBER.finditer(text, *match.span()))
            if parts:
                yield match.start(), match.end(), parts


def _in_villages(text: str) -> Iterator[Home]:
    patterns = (*_VILLAGES,) if _NUMBERED.search(text) else ()
    if "村" in text:
        patterns = (*patterns, _GROUPS, _HAMLET)
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield _parts(match)
    for match in _OF_A_GROUP.finditer(text) if "村" in text else ():
        if _MEMBER.search(text, max(0, match.start() - 28), match.start()):
            yield _parts(match)


def _parts(match: re.Match[str], groups: int = 0) -> Home:
    """`groups`: how many of them are parts; all of them for 0."""
    last = groups or match.lastindex or 0
    parts = [match.span(n) for n in range(1, last + 1) if match.group(n)]
    return parts[0][0], parts[-1][1], tuple(parts)


def _with_building(text: str, home: Home) -> Home:
    start, end, parts = home
    sign = start
    while start - sign < _FARTHEST_BUILDING and text[max(0, sign - 1)] in "栋幢座楼院# -":
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
    if _PLACE_LABEL.search(label.group()) and _NO_HOME.search(text, start, end):
        return
    parts = [match.span(match.lastindex or 0) for match in _PLACE_NUMBER.finditer(text, start, end)]
    if parts:
        yield parts[0][0], parts[-1][1], tuple(parts)
