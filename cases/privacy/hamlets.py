"""The smallest places of a village: groups and hamlets, named after whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cases.privacy.address_parts import Home
from cases.privacy.name_boundaries import SURNAME

_NO_VILLAGE: Final = (
    "(?!村|[\u4e00-\u9fff]{0,2}(?:[的子委民口部校干支]|工作|小组长|党小|领导|调查|督导|互助|专班"
    "|两委|[一二三四五六七八九十两几]个))"
)
"""Behind 村: the village's own bodies and what is no name."""
_NUMBER: Final = "第?[0-9一二三四五六七八九十]{1,3}"
_HILLS: Final = "湾坝冲坪坳垄塘坡咀屋院垸寨沟岭坎嘴凼岩坨畈塆屯垅圩坊背埠围"
_HAMLET: Final = re.compile(
    rf"[村寨场](?:(?<!场)|(?<=[牧农林渔茶]场))(?:{_NUMBER}[组社队])?{_NO_VILLAGE}"
    r"(?:([\u4e00-\u9fff]{2,4}?)(自然[村寨屯]|生产队|屋场|老屋|院[子坝][坝里]?|屋里)"
    rf"|([\u4e00-\u9fff]{{1,4}}?[{_HILLS}](?:子|里|上|下|头|坝)?(?![{_HILLS}])"
    r"|[东西南北中前后][头边一二三四五六]?[巷屯街])(?:组|[社队](?!员))?"
    r"|([\u4e00-\u9fff]{2,4}?)(?<!合作)(?<!供销)(?<!施工)[组社队连](?![织会员长保])"
    r"|([东西南北上下前后])[组社队](?![织会员长保]))"
    r"([\u4e00-\u9fff]{1,2}(?:背后|旁边?|后面|前面)|倒数第[一二三]家)?"
)
_GROUP: Final = re.compile(rf"[村场](?<!市场)({_NUMBER})(?:村民)?(?:小?组|[社队屯连])")
_THEIRS: Final = re.compile(
    r"的?(?:村民|居民|社员|农户|户主|我家|我[们的,，]|老[屋家宅房]|祖[屋宅]|房子|几户"
    r"|[一二三四五六七八九十几0-9]+户)"
    rf"|人[,，。]|住|的[,，。]|[附0-9]|\s*$|[一名]*{SURNAME}[\u4e00-\u9fff]{{1,2}}[,，(]"
    rf"|[一二三四五六七八九十0-9]{{1,3}}号"
)
_MEMBER: Final = re.compile(
    "(?:我们?(?:是|住)|我就?在|我家|家住|[称现居人子女,，。;；:： ]住在?|^住|住址|地址"
    "|籍[在贯地]?|老家[在是]?|本人系?|[人者][:：]|家在|户籍)[^,，。;；]{0,24}$"
)
_BEFORE: Final = 28


def hamlets(text: str) -> Iterator[Home]:
    """A group or hamlet behind a village, where the words around say that it is a home."""
    if "村" not in text and "寨" not in text and "场" not in text:
        return
    for match in _GROUP.finditer(text):
        if _is_home(text, match):
            yield match.start(1), match.end(1), (match.span(1),)
    for match in _HAMLET.finditer(text):
        if match[2] in ("自然村", "自然寨", "自然屯") or _is_home(text, match):
            parts = tuple(match.span(n) for n in (1, 3, 4, 5, 6) if match[n])
            yield parts[0][0], parts[-1][1], parts


def _is_home(text: str, match: re.Match[str]) -> bool:
    start = match.start()
    before = max(0, start - _BEFORE)
    return bool(_THEIRS.match(text, match.end()) or _MEMBER.search(text, before, start))
