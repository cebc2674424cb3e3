"""Where people live: flats, houses of a village, and addresses that are announced.

Estate, street and village stay readable, and so does a building that stands alone: where the
lift is broken is what the desk needs to know. Once a door is named, or the words before say
that a person lives there (家住, 住址), the numbers of building, unit, floor and door go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.address_parts import HAN_NUMERALS, Chain, Home, chains
from cases.privacy.hamlets import hamlets
from cases.privacy.masking_tables import homes_in_forms

_CAPITAL: Final = re.compile("[壹贰叁肆伍陆柒捌玖拾][栋幢座单楼层室房组零壹贰叁肆伍陆柒捌玖号]")
_PLAIN_NUMERALS: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")

_PUBLIC: Final = re.compile(
    r"[ ]?(?:号?(?:电梯|户型|门面|商铺|店铺|铺面|门店|商户|商家|窗口|车位|车库|教室|会议室"
    r"|办公室|办公"
    r"|病房|诊室|柜台|摊位|负责|楼道|公交|井盖|地块|路灯|信号|机组|泵|线|桩|棚改)"
    r"|[,，、]?(?:违[法规]|非法)住改商|[^,，。;；\n]{0,10}改[造装建]?成了?(?:麻将|餐|酒店|旅馆|民宿)"
    r"|(?:[、和及][0-9]{1,4}号?)+(?:门面|商铺|店面)"
    r"|[文令件]|公告|台风|议案|提案"
    r"|[\u4e00-\u9fff]{0,4}(?:电梯|公司|店[铺主面]|诊所|培训|美容|健身|会所|酒店|宾馆|超市"
    r"|餐厅|食堂|工作室)"
    r"|(?:[,，]?一家名?叫[\u4e00-\u9fff]{0,6}|住改商|(?![住业租户我家旁边被受反投对面下隔上])[\u4e00-\u9fff]){0,7}"
    r"(?:医院|饭店|餐馆|麻将馆|棋牌室|茶馆|民宿|旅馆|日租房|火锅|烧烤|理发店|药店|幼儿园|托管|教育|摄影|工艺|养生)"
    r"|(?:的?新?(?:楼(?![上下内里道顶梯])|房子|楼房|别墅|高楼)|几[十百]户)"
    r"|[\u4e00-\u9fff]{0,2}(?:楼顶|楼下|之间))"
)
"""Behind a number: what anyone may enter, documents, the place of the matter."""
_WARD: Final = re.compile(
    "医院[^,，。]{0,6}$|病[房室区][^,，。]{0,4}$|[一-十外内儿骨]科[^,，。]{0,6}$"
)
_LIVES: Final = re.compile("(?:[我俺咱]家|[居现家租]住|住)[在是于的]?$")
_INSTITUTION: Final = re.compile(
    "[ :]{0,2}(?![住业租户我家的旁边])[\u4e00-\u9fffA-Z]{2,16}?"
    "(?:公司|大学|学院|医院|科技园|产业园)(?!的?(?:宿舍|家属|职工|公寓))"
    r"|\([^()]{0,14}(?:政府|政府地址|交汇处?|交叉口|路口)\)|[线文令台桥井杆灯站口车机池坝墩桩塔矿坑段称]|地块|热线"
)
"""Behind the number of a road or village: whose it is."""
_ESTATE_BEHIND: Final = re.compile(
    "[ 、·]?(?![住户家的])[\u4e00-\u9fff·]{2,9}?(?:的?业主|小区|[嘉花]园|广场|大厦|商业|公寓"
    "|世家|国际|[苑城府庭湾郡])"
    r"(?![^,，。;；\n]{0,14}(?:单元|室|[0-9]{3}))"
)
"""Behind the number of a road: the estate that it is the number of."""
_ADDRESSED: Final = re.compile("址[:是为 ]{1,2}[^,，。;；\n]{0,24}$")
"""Before an address that a writer gives, whatever stands behind its number."""
_ESTATE_BEFORE_BRACKET: Final = re.compile(
    "[\u4e00-\u9fff]{2}\\((?![^()]{0,12}(?:住|址|家))[^()（）]{2,20}$"
)
"""The number of a road explains in brackets where an estate is: 金领公寓(桐梓坡西路12号)."""
_BUSINESS: Final = re.compile(
    "(?:店铺|公司|单位|办公|经营|注册|门店|厂)(?:实际)?(?:地址|地点|地)[^,，。;；\n]{0,26}$"
    "|(?:商务中心|写字楼|步行街|商业[街城广乐][场园]?)[^,，。;；\n]{0,4}$"
    "|(?:办公室|[居村]委会?|物业|服务[站中]心?|卫生室|警务室|居委会?|派出所)(?:[设就位]?[在于]|办公地点在)"
    "[^,，。;；\n]{0,6}$"
)
"""Before a number: where business is done."""
_HOME_WORD: Final = re.compile(
    "(?:(?:[家现居租所我俺咱们就人子妈爸女亲奶爷户者客工民称友,，。;；:：( ]|^)"
    "住(?![建房宅院宿户])|住[在于址]|现居|居住|居于|我家|屋头在?|家里在|俺家|咱家|家在|老家|娘家|家是|门牌|户籍|户口|籍贯|[收寄邮投]件"
    "|[邮寄送写]到|[邮寄送]至|快递|身份证|上门|(?:[庭系讯居信件货寄籍是的我人装访住递]|^"
    "|[\n,，。;；:： ])地址|address|addr|坐落"
    "|[请或,，]寄|请到|回访|房子在|我就在|我们?是|本人系?|租(?:房|的|住)|合租|人在|祖屋|老屋|房产"
    ")[^,，。;；!！?？\n]{0,26}$"
)
_LABEL: Final = re.compile(
    "(?:住址|地址|我家|俺家|门牌号?)[:：,， ]{0,2}"
    "[^,，。;；!！?？\n]{0,16}[,， ][^,，。;；!！?？\n]{0,8}$"
    "|(?:我家|俺家)[,，][^,，。;；!！?？\n]{0,12}$"
)
_STRONG: Final = re.compile(
    "(?:[家现居租所我俺咱们就人子妈爸女亲奶爷者客工民称友,，。;；:：( ]|^)"
    "住(?![建房宅院宿户])|住[在于址]|现居|居住|我家|屋头|家在|老家"
    "|户籍|户口|籍贯|[收寄邮投]件|[邮寄]到|[邮寄送]至|地址|门牌|身份证"
)
_NO_HOME: Final = re.compile(
    "会所|位于|位置|门面|铺面|设在|开设|店(?!面?带)|大厦|公司|厂|酒店|工地|市场|窗口|大厅|中心|局|路口"
    "|附近|对面|在建(?!设)|经营|营业"
)
_BEFORE: Final = 30

_ROAD: Final = re.compile("[路街巷弄道里头坡段坊桥门口](?:门牌|[A-Za-z]{0,2}\\.?)?[ ]?$")
_VILLAGE: Final = re.compile("[场村屯寨庄湾冲坪坳垄塘岭坝屋坊埠圩围里组队社巷边上下垅头便子背]$")
_AT_HOME: Final = re.compile(
    r"[附院家住户内我之租](?!外)|的?(?:住户|业主|租户|户主|居民|村民|独居|孤寡|老人|一户|人家)"
    r"|的[房住居租家老屋墙一]|[一二三四1-9]楼|门牌|[后前]门[^口]|后院|前院|院内|对面平房|平房|老房|私房"
    r"|旁|隔壁|房子|是我|住着|找我|找人"
)
_NO_HOUSE: Final = re.compile(
    r"[线文令地台桥井杆灯站口车库楼栋幢公通路井机池坝墩桩塔标馆厅厂店铺商生产期矿坑田仓库段召码称座床]|院(?![门里内子])"
    r"|村民|[\u4e00-\u9fff]{0,6}(?:公司|酒店|大厦|超市)"
    r"|[\u4e00-\u9fff]{2,8}(?:小区|[苑园城府庭湾郡层]|广场)(?![0-9])"
)
_RESIDENT: Final = re.compile("的?(?:住户|业主|居民|租户)代表")
_OF_IT: Final = re.compile("的(?:[,，。;；!！?？\n]|$|(?:普通)?(?:居民|住户|村民|老人))")
_OURS: Final = re.compile("(?:我们|咱们?|俺们?)(?:这)?$")
_MY_FLAT: Final = re.compile("[^。!！?？\n]{0,20}[我俺咱]家[0-9]{3,4}(?![0-9元])")
_CODE: Final = re.compile("(?:取件码|提货码|取货码|验证码|单号|编号|型号|票号)[是为:： ]{0,3}$")
_IN_VILLAGE: Final = re.compile("[村寨屯庄][^,，。;；路街巷]{0,6}$")
_I_AM: Final = re.compile("我们?是|本人")
_DORMITORY: Final = re.compile(
    "(?:宿舍[区楼]?|公寓[区楼]?|寝室|出租[屋房]|周转房|平房|板房|工棚|养老院|敬老院|福利院|公租房|廉租房|筒子楼"
    "|单身楼|家属[楼院区]|教工楼|[\u4e00-\u9fff][楼塔])[ ]?$"
)
_ESTATE: Final = re.compile(
    "[苑园城里湾寓舍庭府居区邸村墅轩筑郡座楼院#栋幢号房](?:[一二三四五六]期)?[ ]?$"
)
_NEXT_DOOR: Final = (
    re.compile(
        r"[上下壁门家](?=[是在的住]?[0-9]{3})(?:(?<=楼上)|(?<=楼下)|(?<=隔壁)|(?<=对门)|(?<=我家))"
        r"[是在的住]?([0-9]{3,4})(?=[\u4e00-\u9fff,，])(?![元年月号平米多块])"
    ),
    re.compile(
        r"[0-9](?<![0-9.近有约共达余超].)[0-9]{2,3}(?:室|房)?的?(?=住户|业主|租户|租客|户主|老人|大爷|大妈|婆婆)"
    ),
    re.compile(
        r"[舍寓寝屋房楼塔](?=区?[A-Za-z]?[0-9]{3})(?:(?<=宿舍)|(?<=公寓)|(?<=寝室)|(?<=出租屋)"
        r"|(?<=出租房)|(?<=周转房)|(?<=平房)|(?<=教工楼)|(?<=[东南西北]楼)|(?<=[东南西北]塔))"
        r"区?([A-Za-z]?[0-9]{3,4})(?:室|房|号|(?![0-9年月元个名多人平米余]))"
    ),
    re.compile(r"号[ -]?([0-9]{3,4})室"),
    re.compile(r"元(?:(?<=[们同本]单元)|(?<=这个单元))([0-9]{3,4})(?![0-9元年月号平米多块户])"),
)
"""A door that is named by whose it is, or without its building."""
_NTH_DWELLING: Final = re.compile(
    r"[东西南北最背后前旁倒](?:(?:(?<=最)[东西南北][头边]|(?<=[东西南北])[头边]|(?<=背)后|(?<=[后前])面"
    r"|(?<=旁)边|(?<=倒)数)的?)?(?:(?:倒数)?第[一二三四五六七八九十0-9]{1,2}|那一?|头一)[家户](?![超企公医幼饭开单用主门])"
)
"""A dwelling without a number: 东头第三家, 最西头那户."""
_THREE_DIGITS: Final = re.compile("[0-9]{3}")
_ROAD_DASHED: Final = re.compile(
    rf"[路街巷道弄](?:门牌(?:号)?([0-9]{{1,5}})|(?:No|NO|no)\.? ?([0-9]{{1,5}})"
    rf"|([0-9]{{1,4}}-[0-9]{{1,3}})(?![0-9.年月-])|[甲乙丙丁]字([0-9{HAN_NUMERALS}]{{1,5}})号)"
)
_NUMBERED: Final = re.compile(
    rf"[0-9{HAN_NUMERALS}A-Za-z甲乙丙丁顶][号栋幢座单楼层室房组社队屯弄排舍宿村小生分#F-]"
)
_NO_PART: Final = frozenset(("壹号", *(f"{number}房" for number in "一二两三四五")))
"""The name of an estate (湘江壹号), and how many rooms a flat has (三房)."""
_NUMERAL: Final = re.compile(f"[0-9A-Za-z]+|[{HAN_NUMERALS}]+")


def homes(text: str) -> Iterator[Home]:
    """Where people live, without what anyone may enter (shops, consulting rooms)."""
    written = text
    if _CAPITAL.search(text):
        text = text.translate(_PLAIN_NUMERALS)
    if _NUMBERED.search(text):
        for chain in chains(text):
            if written[chain.start : chain.end] in _NO_PART:
                continue
            if _is_home(text, chain) and not _is_public(text, chain):
                yield chain.start, chain.end, chain.hidden
    patterns = (*_NEXT_DOOR, _ROAD_DASHED) if _THREE_DIGITS.search(text) else (_ROAD_DASHED,)
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if not _PUBLIC.match(text, end):
                yield start, end, tuple(one.span() for one in _NUMERAL.finditer(text, start, end))
    if "家" in text or "户" in text:
        for match in _NTH_DWELLING.finditer(text):
            yield match.start(), match.end(), (match.span(),)
    yield from homes_in_forms(text)
    yield from hamlets(text)


def _is_public(text: str, chain: Chain) -> bool:
    """Whether anyone may enter, or it is where something stands; not where the words directly
    before say that a person lives: 我家2幢303室楼下."""
    if not _PUBLIC.match(text, chain.end):
        return False
    return not _LIVES.search(text, max(0, chain.start - 4), chain.start)


_TOO_LITTLE: Final = frozenset(("floor", "side", "bay", "lane"))
"""Parts that say nothing of where a person lives, whatever announces them: A3区, 二楼."""


def _is_home(text: str, chain: Chain) -> bool:
    kinds, start, end = set(chain.kinds), chain.start, chain.end
    alone = len(chain.kinds) == 1 and chain.kinds[0] in _TOO_LITTLE
    if alone and not (_OF_IT.match(text, end) or _RESIDENT.match(text, end)):
        return False
    dormitory = _DORMITORY.search(text, max(0, start - 8), start) is not None
    if not (
        (dormitory and kinds & {"door", "room"})
        or _names_a_door(chain)
        or _RESIDENT.match(text, end)
        or _says_where(text, chain, kinds)
    ):
        return False
    if not dormitory and _WARD.search(text, max(0, start - 12), start):
        return False
    return not _BUSINESS.search(text, max(0, start - _BEFORE), start)


def _says_where(text: str, chain: Chain, kinds: set[str]) -> bool:
    """Whether it is a home by the words around it, though no door is named."""
    start, end = chain.start, chain.end
    if chain.kinds == ("dashed",):
        return _is_dashed_home(text, chain)
    if "building" in kinds:
        ours = "floor" in kinds and _OURS.search(text, max(0, start - 3), start)
        if ours or _MY_FLAT.match(text, end):
            return True
    if kinds & {"lane", "group"} and kinds & {"house", "room"}:
        return not _NO_HOUSE.match(text, end)
    return _is_announced(text, chain)


def _is_announced(text: str, chain: Chain) -> bool:
    """Whether the words before, of a house those behind too, say that a person lives there."""
    kinds, start, end = set(chain.kinds), chain.start, chain.end
    before = max(0, start - _BEFORE)
    home_word = _HOME_WORD.search(text, before, start) or _LABEL.search(text, before, start)
    if "alley" in kinds and "house" in kinds:
        return bool(home_word or _AT_HOME.match(text, end))
    if chain.kinds == ("house",) and _is_of_an_estate(text, chain):
        return False
    if chain.kinds[0] == "house" and not _NO_HOUSE.match(text, end):
        return _is_house(text, chain, home_word)
    if home_word is None:
        return False
    if _I_AM.match(home_word.group()) and _OF_IT.match(text, end):
        return True
    return not kinds <= _TOO_LITTLE and _says_home(text, home_word, start)


def _is_of_an_estate(text: str, chain: Chain) -> bool:
    """Whether the number is that of an estate or an institution, in which many live or none."""
    start, end = chain.start, chain.end
    if _INSTITUTION.match(text, end):
        return True
    if not _ROAD.search(text, max(0, start - 6), start) or _ADDRESSED.search(
        text, max(0, start - _BEFORE), start
    ):
        return False
    if _ESTATE_BEHIND.match(text, end):
        return True
    in_brackets = text[end : end + 1] == ")"
    return (
        in_brackets and _ESTATE_BEFORE_BRACKET.search(text, max(0, start - 24), start) is not None
    )


def _says_home(text: str, home_word: re.Match[str], start: int) -> bool:
    """Whether the word is a strong one (家住, 住址) and no place of business stands with it."""
    near = max(0, home_word.start() - 4)
    strong = _STRONG.search(text, home_word.start(), start)
    return bool(strong and not _NO_HOME.search(text, near, start))


def _names_a_door(chain: Chain) -> bool:
    """Whether a part finer than a building and its floors is in it."""
    kinds = set(chain.kinds)
    if len(chain.kinds) == 1 or not kinds & {"building", "entrance", "floor"}:
        return False
    if kinds & {"door", "bay", "room", "house"}:
        return True
    return {"entrance", "floor"} <= kinds or ("side" in kinds and kinds != {"building", "side"})


def _is_dashed_home(text: str, chain: Chain) -> bool:
    """5-2-301, or 3-602 behind an estate or a building."""
    if _CODE.search(text, max(0, chain.start - 6), chain.start):
        return False
    written = text[chain.start : chain.end]
    if written.count("-") > 1:
        return True
    return _ESTATE.search(text, max(0, chain.start - 4), chain.start) is not None


def _is_house(text: str, chain: Chain, home_word: re.Match[str] | None) -> bool:
    """A house of a road needs a word for a home; one of a village does not."""
    before = max(0, chain.start - 6)
    in_village = _IN_VILLAGE.search(text, max(0, chain.start - 8), chain.start)
    if _ROAD.search(text, before, chain.start) and not in_village:
        at_home = _AT_HOME.match(text, chain.end) or "extra" in chain.kinds
        near = max(0, chain.start - 14)
        near = min(near, max(0, home_word.start() - 4)) if home_word else near
        clear = not _NO_HOME.search(text, near, chain.start)
        return bool(clear and (home_word or at_home))
    if in_village or _VILLAGE.search(text, before, chain.start):
        return True
    return bool(home_word and _STRONG.search(text, home_word.start(), chain.start))
