"""What a name in a text is doing there: the one complained about or asked, a landmark, or neither.

"请教育局管管" asks the 教育局, "紧挨气象局的工地" only says where the site is, and "找过劳动局"
says who was asked before. Only the first is a reason to send the message there.
"""

from __future__ import annotations

import re
from enum import Enum

_REACH = 24
_MARK = "[，,。.！!？?；;：:\n]"
_PLACE = (
    r"(?:[A-Z]\d{0,2}[市区县]{1,2}|西地省|[\u4e00-\u9fff]{1,4}?[省市区县镇乡]|[省市区县镇]级?"
    r"|当地|本地|贵|我|相关|有关|主管|各级|以及|和|与|、|的|领导|部门)*"
)
_ASKS = re.compile(
    "(?:请求?|恳请|恳求|敬请|特请|烦请|望|希望|盼|建议|要求|呼吁|督促|责成|敦促|咨询|询问|请问|请教|想问"
    "|投诉|举报|反映|质疑|控告|状告|批评|表扬|感谢|点赞|致|尊敬的|对)" + _PLACE + "$"
)
_ASKED = re.compile(
    r"(?:的?(?:各位)?(?:领导|局长|主任|同志)们?)?[，,：:！!\s]*(?:您|你)们?好"
    r"|(?:的?(?:各位)?(?:领导|局长|主任)们?)?[：:]"
    "|的?(?:工作人员|执法人员|人员|领导|干部|窗口|相关部门)?"
    "(?:不作为|乱作为|慢作为|懒政|不管|不理|不处理|推诿|踢皮球|态度|敷衍|拒绝|拒不|乱收费|形同虚设|失职|渎职|效率"
    "|包庇|牵头|协调|何时|什么时候|能否|能不能|可否|是否|为何|为什么|凭什么|加强|加大|尽快|立即|及时|出面|介入|重视|管管|管一管"
    "|查处|核实|督促|予以|给予|给个|应该|应当|严查|取缔)"
)
_STANDS_BY = re.compile(
    "(?:紧挨着?|紧邻|紧靠|挨着|靠近|毗邻|临近|邻近|位于|地处|座落[于在]?|坐落[于在]?|路过|途经|经过|住在|就在"
    "|(?:对面|旁边|隔壁|后面|前面)(?:就?是|有))" + _PLACE + "$"
)
_MAY_STAND_BY = re.compile("[挨邻靠于处落过在是有]")
_LANDMARK = re.compile(
    "(?:[东南西北]?[栋幢]|[0-9一二三四五六七八九十]+[栋幢号])"
    "|的?(?:旁|边上|隔壁|附近|周边|对面|斜对面|外[的面侧围边]|门口|门前|大门|前坪|后面|前面|后门|后侧|[东南西北][侧边面门]|以[东南西北]"
    "|(?:单位|职工|老|退休)*宿舍|家属|小区|楼下|楼上|大楼|大院|院内|院子|公交站|站(?![台点位])|段(?![长位局主书某先女警科队院校所])|路口|[路街巷](?![灯面边])|坡|至|方向|地块|棚改|职工|员工|子弟)"
)


_COMPANY = re.compile(r"[\u4e00-\u9fff]{0,6}?(?:有限|股份)(?:责任)?公司")
_NAMED_AFTER = re.compile(r"[\u4e00-\u9fff]{0,3}公司")
"""招商局物流公司 is no 招商局."""
_ENTERPRISES = ("公司", "集团", "厂", "国网", "电网", "电信", "移动", "联通")
_OWES_WAGES = re.compile(
    "[^，,。.！!？?；;：:\n]{0,6}?(?:欠|克扣|不发|未发|没发|没有发|不缴|未缴|没缴|停缴)"
    "[^，,。.！!？?；;：:\n]{0,8}?(?:工资|薪|工钱|劳务费|社保|五险)"
)
"""公交公司拖欠工资: an employer like any other, and its workers' office looks into it."""


class Mention(Enum):
    """What a name is doing in a text."""

    TARGET = "target"
    """The one complained about or asked."""
    LANDMARK = "landmark"
    """It says where something is."""
    PASSING = "passing"
    """It is spoken of: a suggestion at most."""


def is_landmark(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` says where something is."""
    if _LANDMARK.match(text, end) is not None:
        return True
    before = text[max(0, start - _REACH) : start]
    if _MAY_STAND_BY.search(before) is None:
        return False  # most names, told without splitting the text
    return _STANDS_BY.search(_clause_before(text, start)) is not None


def is_company(text: str, end: int) -> bool:
    """Whether the word that ends there is part of a company's full name: 某食品有限公司."""
    return _COMPANY.match(text, end) is not None


def mention(text: str, start: int, end: int, *, in_title: bool) -> Mention:
    """What the name at `text[start:end]` is doing there. A title is about what it names."""
    if is_landmark(text, start, end) or _NAMED_AFTER.match(text, end) is not None:
        return Mention.LANDMARK
    if text[start:end].endswith(_ENTERPRISES) and _OWES_WAGES.match(text, end) is not None:
        return Mention.PASSING
    if in_title or _ASKED.match(text, end) is not None:
        return Mention.TARGET
    if _ASKS.search(_clause_before(text, start)) is not None:
        return Mention.TARGET
    return Mention.PASSING


def _clause_before(text: str, start: int) -> str:
    return re.split(_MARK, text[max(0, start - _REACH) : start])[-1]
