"""Places a message names, as keys that two messages about one place share.

A name has no certain beginning in running text ("我住在滨湖花园"), so the key is
its kind (花园) with the two characters before it. Good enough to bring candidates
together; what they say decides whether they belong together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from cases.words.wrapped_lines import unwrapped
from classifiers.base import Text
from classifiers.matter.everyday import share

_KINDS = (
    "小区|花园|家园|新村|公寓|大厦|广场|社区|街道|大道|学校|小学|中学|学院|大学|幼儿园|医院|"
    "卫生院|市场|商场|超市|公园|工地|工业园|产业园|车站|路口|公司|工厂|酒店|"
    "新城|名城|之城|村|镇|乡|路|街|巷|桥|苑|(?<!政)府|湾|厂"
)
_NAME = re.compile(rf"([\u3400-\u9fff]{{2,6}}?)({_KINDS})(?!区)")
_DISTRICT = re.compile(r"[A-Z]\d{0,2}[市区县]|[\u3400-\u9fff]{2,3}[区县]")
_NO_NAME = re.compile(
    r"包括|我们|他们|你们|大家|这个|那个|该|某|各|每|本|附近|对面|旁边|周边|全部|所有|整个|一个|两个|"
    r"同一|[一二两三几多][所处家座条栋期]|普惠|非?[营盈]利|[惠利]性|惠[制型]|专科|三甲|特大|繁华|城中|断头|投无|经之|泥巴|"
    r"设立|设置|开设|开办|入读|侵占|占用|听闻|传及|使得|扰乱|挂牌|薄弱|距离|即火|穿马|"
    r"[的了在是我你他这那有和与或到从被把对为就都也很不没着过向于由给让请问说看去来住里内外市区县]"
)
_NOT_DISTRICT = re.compile(
    r"(?:居民|住宅|宿舍|家属|旅游|度假|风景|开发|经开|高新|保税|工业|先导|示范|保护|服务|管理|景观|安置|棚户|棚改|"
    r"建成|城中|中心|公共|建筑物|划分|院|学|校|行政|什么|没有|[一二三四五六七八九十])区|"
    r"[小社校园景厂库辖片地郊街居工本全各该两]区|[主老全]城区|(?:偏远|贫困|大)山区|[我本全各该两]县|[的在是我本该全各]..?[区县]|[把最同每个].{0,2}[区县]"
)
_NOT_ROAD = re.compile("[道线铁公马套跑思出走车电高速]路$")
"""道路, 线路, 铁路, 公路 …: a road, and no name of one."""
_NAMES = frozenset(
    """
    人民 五一 劳动 红旗 解放 建设 和平 幸福 团结 胜利 青年 友谊 文化 体育 儿童 农业 工业 科技
    中心 第一 第二 第三 国际 时代 阳光 东方 世纪 中央 城东 城西 城南 城北 青山 实验 外国 中医
    妇幼 家园 花园 新城
    """.split()  # noqa: SIM905
)
"""Everyday words that places are called by; on their own they tell too little, so more of the
name is compared with them."""
_EVERYDAY = 0.003
"""Words in so many letters are no names: 投诉小区, 配套幼儿园, 物业公司."""
_WIDE = re.compile("(?:社区|街道|大道|大学|公司|市场|路|街|村|镇|乡)$")
"""Kinds that are long, or hold several places, or go by several names."""
_NO_SPOT = re.compile("(?:社区|街道|大学|公司|市场|村|镇|乡)$")
"""Where two who name different ones may still mean one place."""
_TOWN = re.compile("(?:街道|镇|乡)$")
"""Too wide for two problems there to be one."""
_SORTS: dict[str, tuple[str, ...]] = {
    "school": ("学校", "小学", "中学", "学院", "大学", "幼儿园"),
    "road": ("路口", "大道", "路", "街", "巷", "桥"),
    "hospital": ("卫生院", "医院"),
    "park": ("工业园", "产业园", "公园"),
    "trade": ("广场", "市场", "商场", "超市", "酒店", "大厦"),
    "works": ("公司", "工厂", "工地", "厂"),
    "station": ("车站",),
    "office": ("府",),
    "home": (
        "小区", "花园", "家园", "新村", "公寓", "社区", "新城", "名城", "之城", "苑", "湾", "村",
        "街道", "镇", "乡",
    ),
}  # fmt: skip
_SHORTEST = 2
_LONGEST = 600


class Place(Struct, frozen=True):
    """`key` is compared, `name` is shown."""

    key: str
    name: str

    @property
    def is_town(self) -> bool:
        return _TOWN.search(self.key) is not None


def places(text: Text) -> list[Place]:
    """Distinct places in order of appearance, those of the title first."""
    found: dict[str, Place] = {}
    for field in (text.title, unwrapped(text.body[:_LONGEST])):
        for match in _NAME.finditer(field):
            name, kind = match.groups()
            parts = _NO_NAME.split(name)
            proper = parts[-1]
            if not _is_name(proper, kind):
                continue
            key = proper[-4 if proper[-2:] in _NAMES else -2 :] + kind
            found.setdefault(key, Place(key, proper[-4:] + kind))
    return list(found.values())


def without_places(text: Text) -> Text:
    """The text without the names of places: what is left of 青禾花园北门路灯坏了 in any town."""
    title, body = text.title, text.body
    for place in places(text):
        title, body = title.replace(place.name, "，"), body.replace(place.name, "，")
    return Text(title, body)


def _is_name(proper: str, kind: str) -> bool:
    tail = proper[-2:]
    if len(tail) < 2 or _NOT_ROAD.search(tail + kind):
        return False
    return tail in _NAMES or share(tail) < _EVERYDAY


def is_wide(key: str) -> bool:
    """Whether a place is large: two who name it need not mean the same spot of it."""
    return _WIDE.search(key) is not None


def spots(title: str, field: str) -> list[str]:
    """Where it is, as far as that is certain: what the source's own field for the place
    says, else the places of the title, without towns and communities there: one who names
    城关镇 and one who names 建设路 may well mean the same."""
    field = field.strip()
    if field:
        # 江南一品 is of no kind we know, and is a place; 不详 and 全县 are none.
        whole = [field] if len(field) > _SHORTEST else []
        return [*whole, *(each.key for each in places(Text("", field)))]
    return [each.key for each in places(Text(title, "")) if not _NO_SPOT.search(each.key)]


def apart(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two lists of `spots` are certainly of different places."""
    if not left or not right or any(a in b or b in a for a in left for b in right):
        return False
    # A kindergarten lies in an estate, and an estate on a road.
    kinds, others = {_sort_of(key) for key in left}, {_sort_of(key) for key in right}
    return "" in kinds | others or not kinds.isdisjoint(others)


def _sort_of(key: str) -> str:
    """Places of one sort lie beside each other; "" for one of no kind that we know."""
    return next((name for name, kinds in _SORTS.items() if key.endswith(kinds)), "")


def district(text: Text) -> str:
    """The first district or county the message names, its city when it names no
    district, "" when it names neither."""
    city = ""
    for field in (text.title, unwrapped(text.body[:_LONGEST])):
        for match in _DISTRICT.finditer(field):
            name = match.group()
            if _NOT_DISTRICT.search(name) or share(name[-3:-1]) >= _EVERYDAY:
                continue
            if not name.endswith("市"):
                return name
            city = city or name
    return city


def elsewhere(left: str, right: str) -> bool:
    """Whether two districts (as `district` gives them) are certainly different.

    A masked city (A市) covers its districts (A2区); a missing one covers all.
    """
    if not left or not right or left == right:
        return False
    if left.endswith("市") or right.endswith("市"):
        return left[0] != right[0]
    return True
