"""What speaks for a name: the words before it, the words behind it, what it is made of.

Each gives points, and a name is believed from `ENOUGH` on (`masking_names`): a label such as
姓名： carries nearly anything, the edge of a word only a name that looks like one.
"""

from __future__ import annotations

import re
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, FIRST_GIVEN, GIVEN, LAST_GIVEN, SINGLE_GIVEN
from cases.privacy.name_boundaries import (
    AFTER,
    CUT,
    FELLOW_PAIRS,
    NEXT_WORDS,
    TELLING,
    TITLE_PAIRS,
    TOLD,
    pairs,
)
from cases.privacy.name_word_evidence import as_words, goes_on_as_word, is_everyday, is_word
from cases.privacy.name_words import LOOSE, OF_HISTORY, ROLES, SURE, TITLES
from cases.privacy.surnames import (
    COMPOUND,
    DOUBTFUL,
    NEVER_GIVEN,
    ORDINARY_WORDS,
    PLACE_ENDS,
    TELLING_SURNAMES,
    WORDLIKE,
)

SURE_COMPOUNDS: Final = COMPOUND - frozenset(
    ("东方", "长孙", "单于", "太史", "南宫", "百里", "西门", "南门", "东郭", "乐正", "宗政")
)
"""Hardly any word begins with these."""
ENOUGH: Final = 3.5
MOST_BEHIND: Final = 4.0
"""Points of the best that can stand behind a name."""
NEVER: Final = -9.0

SURE_PAIRS: Final = pairs(SURE)
ROLE_PAIRS: Final = pairs((*ROLES, *LOOSE, *TITLES))
_CLOSINGS: Final = frozenset(("敬礼", "此致"))
_MARKS: Final = frozenset(" \t\n:“\"‘'([【〔「『〈<《{=、，,。.;；!！?？|/-—)）]】…~*_")
_GAP: Final = frozenset(" \t:“\"‘'([【〔「『〈<《{=】〕」』]")
EDGES: Final = (_MARKS - _GAP - {"*"}) | {""}
"""Marks that say nothing of what follows but that a word begins."""
_OPENING: Final = frozenset("([【〔「『〈《<{“‘\"'")
_CLOSING: Final = frozenset(")]】〕」』〉》>}”’\"'")
_NAMED: Final = re.compile("(?:名字?|姓名)?(?:[叫唤称][做作]?|名唤|名叫|[是为系名们])$")
_NAMING: Final = frozenset("叫做作唤是为系名们称")
_CALLING: Final = frozenset("叫做作唤")
_PERSON_ENDS: Final = frozenset(
    "人者户客娘婿媳嫂婆爷奶舅姨姑叔伯妻夫母父爹兄姐妹胎员民生友师辈哥弟娃孩妈爸孙侄甥汉儿女童伴侣匠贩"
)
_NO_PERSONS: Final = frozenset(
    ("或者", "再者", "人生", "民生", "卫生", "产生", "发生", "招生", "师生", "有人", "大娘")
)
_TOWARDS: Final = frozenset("与和跟找被由叫让把将向给对同及请其系替邻因姓填位名个")
_WEAKLY: Final = dict.fromkeys(_TOWARDS, 1.0) | dict.fromkeys("了成有是为着", 0.0) | {"的": 0.5}
"""Points of single characters that other words stand behind as well."""
_JOINING: Final = frozenset("和与但那都由从时")
"""Surnames that join other words before all."""
_TOLD_BEGINS: Final = frozenset(
    "(,，、 \n\t男女现年身汉回藏苗彝壮蒙满侗瑶白傣羌畲居住系家户联电手是等夫两父母"
    "一二三四五六七八九十"
    "名本代的0123456789"
)
_DOORS: Final = frozenset("楼室号户栋幢座组队社")
_NUMERALS: Final = frozenset("0123456789一二三四五六七八九十")
_LISTING: Final = frozenset(("还有", "包括", "另有", "以及", "即是", "实为", "实是", "就是"))
"""Before what is named one by one."""
BEFORE: Final = (
    _PERSON_ENDS
    | _TOWARDS
    | frozenset(_WEAKLY)
    | _NAMING
    | _DOORS
    | frozenset(pair[-1] for pair in SURE_PAIRS | ROLE_PAIRS)
)
"""What a name can stand behind, marks apart."""
_NO_LAWYER: Final = re.compile("律师[事法函执证费所协]")
_OF_ESTATES: Final = frozenset("金华丰普明管白和但洪盛富万宝楚景梅黄沙江龙房方常段司花桂乌蓝古招")
"""Surnames that begin names of estates, shops and other words as often."""
_NO_PERSON_BEHIND: Final = re.compile(
    r"[〔\[{][0-9]|\((?:19|20)[0-9]{2}\)"
    r"| ?[0-9A-Z]{1,2}(?:[栋幢]|-[0-9]{3,4}(?![0-9]))|家(?<=世家)|这[类种]|网(?![上络购贷])"
    r"|自然[村寨屯]| ?风景|景区"
    r"|商[贸城场]|市场|大厦|[\u4e00-\u9fff]{1,2}族(?:[\u4e00-\u9fff]{1,2}族)?(?:自治|[乡镇])"
    r"|(?:[\u4e00-\u9fff](?<![在与于和被把到去给从向因的]))?(?:小学|中学|学校|幼儿|公司|医院"
    r"|酒店|大道|花园|小区|社区|家园|公馆|广场|[一二三四五六东西南北中]路|大?药[房店]|[饭酒面粉餐菜]馆"
    r"|[饭酒]店|诊所|超市|木业|合作社|集团|工程)"
    r"|[沿路街巷镇乡村县市区州城园桥湾河湖站岭坡坪庄苑府郡邸阁里楼店厂院校局所组线山馆]"
)
"""A place or an institution goes on behind what looks like a name."""
_OF_OFFICE: Final = frozenset(f"{area}长" for area in "科局处所股镇乡县市区厅院校村队站省部州") | {
    "书记",
    "主任",
    "法官",
    "警官",
    "主席",
    "委员",
}
"""Behind a name they say that it stands in public office."""
_TOLD_POINTS: Final = 3.0
_GIVEN_HERE: Final = GIVEN | {"阿", "和"}
_NO_GIVEN: Final = frozenset("您咱俺谁等姓啊呀吧呢吗哦嘛的了是在与或被把将就也都我你他她它们")
_ADDRESS: Final = frozenset(
    ("先生", "女士", "小姐", "同志", "战士", "会计", "出纳", "经理", "队长", "组长", "师傅", "老板")
)
_NEXT_WORDS: Final = NEXT_WORDS | CUT | _ADDRESS | {"业主", "村民", "居民", "住户"}
_ANNOUNCED: Final = 4.0
_LIKELY: Final = 3.0
_RELATED: Final = 2.5
_LONGEST_GAP: Final = 4
_NO_PERSON_ENDS: Final = frozenset("园居邸湾郡苑府网店牌量场路")
_ACTS: Final = frozenset("开水到来去出进过走")
"""Behind a surname that is a verb or a thing no given name: 买水, 门开."""
_THINGS: Final = frozenset("店站点场厂机群号牌园校路桥村镇司")
"""Before 叫 they say that no person is called so: 一家店叫, 站点叫."""
OTHER: Final = -1.5
"""Points where any other word goes on behind a name."""


def before(text: str, start: int) -> float:
    """Points for the words before a name: 5 for a label (姓名：), 3 for a word for a person
    (村民), 2.5 for a relation (我哥), 1 for the edge of a word, below 0 within a word."""
    at = start
    while at > 0 and start - at < _LONGEST_GAP and text[at - 1] in _GAP:
        at -= 1
    if at == 0:
        return 1.0
    last, pair = text[at - 1], text[max(0, at - 2) : at]
    if at == start:
        return _directly_before(text, at, last, pair)
    if pair in SURE_PAIRS:
        return 5.0
    points = _named(text, at, last)
    if points:
        return points
    if pair in ROLE_PAIRS:
        return 3.0
    if last in _PERSON_ENDS:
        return 4.0 if last == "人" else 3.0
    return 2.5 if ":" in text[at:start] else 1.0


def _directly_before(text: str, at: int, last: str, pair: str) -> float:
    if last not in BEFORE:
        if last in "*)":
            return NEVER if last == "*" else _behind_brackets(text, at)
        in_a_word = "\u4e00" <= last <= "\u9fff" or (last.isascii() and last.isalnum())
        return -2.0 if in_a_word else 1.0
    if pair in SURE_PAIRS:
        return 4.0
    points = _named(text, at, last)
    if points:
        return points
    if pair in ROLE_PAIRS and text[max(0, at - 3) : at] != "物业主":
        return 1.0 if pair in _CLOSINGS else 3.0
    if last in _PERSON_ENDS:
        return 0.0 if pair in _NO_PERSONS else 2.0 if pair == "人员" else 2.5
    if pair in _LISTING or last in _DOORS:
        return 1.5 if pair in _LISTING else 1.0 if pair[0] in _NUMERALS else -2.0
    return _WEAKLY.get(last, -2.0)


def _behind_brackets(text: str, at: int) -> float:
    """Points behind 举报人(要求保密): those of the word before the brackets."""
    opening = text.rfind("(", max(0, at - 12), at)
    if opening < 1:
        return 1.0
    pair = text[max(0, opening - 2) : opening]
    return 3.0 if pair in SURE_PAIRS or pair in ROLE_PAIRS else 1.0


def _named(text: str, at: int, last: str) -> float:
    """Points for 叫, 名叫, and for 是 and 为 behind a word for a person; 0 without them."""
    named = _NAMED.search(text, max(0, at - 4), at) if last in _NAMING else None
    if named is None:
        return 0.0
    whose = text[max(0, named.start() - 2) : named.start()]
    if last in _CALLING and whose[-1:] in _THINGS:
        return 0.0
    if last in _CALLING or whose in SURE_PAIRS:
        return 4.5
    return 3.0 if whose in ROLE_PAIRS or whose[-1:] in _PERSON_ENDS else 0.0


def behind(text: str, start: int, end: int) -> float:
    """Points for the words behind a name: 4 for a title, 3 for what is said of persons only,
    1 for the edge of a word; `NEVER` where another word has begun within the name."""
    following, pair = text[end : end + 1], text[end : end + 2]
    if not following:
        return 1.0
    if pair in TITLE_PAIRS or (pair == "律师" and not _NO_LAWYER.match(text, end)):
        return 4.0
    if text[end - 1 : end + 1] in _NEXT_WORDS:
        return NEVER
    quoted = following in _CLOSING and start > 0 and text[start - 1] in _OPENING
    if quoted and text[end - 1] not in _NO_PERSON_ENDS:
        return 2.0 if following in "》”’\"'" else 2.5
    if pair in FELLOW_PAIRS:
        return 2.0
    place = _of_a_place(text, end, pair)
    if place > NEVER and following in _TOLD_BEGINS and TOLD.match(text, end):
        return 3.0
    return place or _edge(text, end, following)


def _of_a_place(text: str, end: int, pair: str) -> float:
    """Points against a name that goes on as a place or an office; 0 for all else."""
    if _NO_PERSON_BEHIND.match(text, end):
        return NEVER
    return -3.0 if pair in _OF_OFFICE or text[end - 1] in _NO_PERSON_ENDS else 0.0


def _edge(text: str, end: int, following: str) -> float:
    if AFTER.match(text, end) or TELLING.match(text, end):
        return 1.0
    return 0.0 if following == "的" or goes_on_as_word(text, end) else OTHER


def within(text: str, start: int, length: int, end: int, left: float) -> float:
    """Points for the characters of a name whose surname has `length` characters."""
    first, given = text[start], text[start + length : end]
    if (
        first in given
        or not _NO_GIVEN.isdisjoint(given)
        or given in _OF_OFFICE
        or given in _ADDRESS
        or (given in NEVER_GIVEN and left < _LIKELY)
        or (given[0] == "某" and (left < _RELATED or not COMMON_GIVEN.issuperset(given[1:])))
        or given == "某"
        or (given[0] in _NUMERALS and given[-1] in "中小院")
        or text[start:end] in OF_HISTORY
        or text[start : start + 3] in OF_HISTORY
    ):
        return NEVER
    if length == 1:
        if len(given) == 1 and text[start:end] in ORDINARY_WORDS:
            return NEVER
        points = _surname(first, given, left)
    else:
        points = 3.5 if text[start : start + 2] in SURE_COMPOUNDS else 0.0
    if len(given) == 1:
        points += _single(given, max(left, points))
    else:
        points += _double(given, left)
    if points + left + MOST_BEHIND < ENOUGH - 1:
        return points
    return points + as_words(text, start, length, end, left)


def may_be_rare(text: str, start: int, length: int, end: int, left: float, right: float) -> bool:
    """Whether, behind a word for a person, characters that are no usual ones of names may be
    one all the same: they form no word, and none of them is an everyday character."""
    first, given = text[start], text[start + length : end]
    if left < _RELATED or first in _JOINING or first in given or given[-1] in PLACE_ENDS:
        return False
    if first in DOUBTFUL or first in WORDLIKE or first in _OF_ESTATES:
        likely = _GIVEN_HERE.issuperset(given) and not is_word(given)
        word_like = first in WORDLIKE and given in _ACTS
        if left < _LIKELY or not right or (right < _TOLD_POINTS and (word_like or not likely)):
            return False
    if not _NO_GIVEN.isdisjoint(given) or given[0] == "某" or given in NEVER_GIVEN:
        return False
    unusual = any(is_everyday(char) for char in given if char not in GIVEN)
    return not unusual and as_words(text, start, length, end, left) == 0.0


def _surname(first: str, given: str, left: float) -> float:
    if first in TELLING_SURNAMES:
        return 1.0
    if first in WORDLIKE:
        likely = len(given) > 1 and (GIVEN if left >= 3 else COMMON_GIVEN).issuperset(given)
        if left > _ANNOUNCED or (left == _ANNOUNCED and first not in _JOINING):
            return -1.0
        return -2.0 if likely and first not in _JOINING else -4.0
    if first in DOUBTFUL or first in _OF_ESTATES:
        return 0.0 if left >= _ANNOUNCED else -0.5 if left > 1 else -1.5
    return 0.5


def _single(given: str, left: float) -> float:
    if given in SINGLE_GIVEN:
        return 1.0
    if given in PLACE_ENDS:
        return -2.5 if left < 3.5 else -1.0
    if given in COMMON_GIVEN:
        return 0.0 if left >= 3 else -0.5
    if left < 3:
        return -2.0
    return -0.5 if given in GIVEN else -2.5


def _double(given: str, left: float) -> float:
    first, last = given[0], given[1]
    if last in PLACE_ENDS:
        return -0.5 if left >= _ANNOUNCED else -2.0
    if first == last:
        return 1.0
    common = (first in COMMON_GIVEN) + (last in COMMON_GIVEN)
    if first in FIRST_GIVEN and last in LAST_GIVEN:
        return (1.0, 1.5, 2.0)[common]
    return -0.5 if common else -1.5
