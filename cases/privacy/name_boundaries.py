"""Where a name begins and ends: surnames and given names as patterns, and what follows a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cases.privacy.given_names import COMMON_GIVEN, GIVEN
from cases.privacy.name_words import FELLOWS, PLACE_WORDS, TITLES
from cases.privacy.surnames import COMPOUND, SINGLE


def pairs(words: Iterable[str]) -> frozenset[str]:
    """The last two characters of each."""
    return frozenset(word[-2:] for word in words)


TITLE_PAIRS: Final = pairs((*TITLES, "律师"))
FELLOW_PAIRS: Final = pairs(FELLOWS)
SURNAME: Final = f"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
GIVEN_CHAR: Final = f"[{''.join(sorted(GIVEN))}]"
COMMON_GIVEN_CHAR: Final = f"[{''.join(sorted(COMMON_GIVEN))}]"
AFTER: Final = re.compile(
    r"$|[\s①-⑫—~…&,.，。、；;:！!？?()/\d”\"’'《》\]【】〔〕「」『』<>|-]|男|女|系|身份证|电话|手机|现住|家住|现年|今年|性别|联系|是|先生|女士|同志"
)
_TELLING_CHARS: Final = (
    "在于与和及的被把向从到因已说称等对为给让将曾去来没不就患现身这也并以又还要想至经今年打骂借欠找骗拿办读受遭突摔死住跟同却"
    "竟都只才刚正再共所反则则时后前私强非多次写问求吵哭喝吃坐抢签"
)
_TELLING_WORDS: Final = (
    "联名|申请|上学|回家|出生|名下|夫妇|老人|同学|本人|系|投诉|举报|反映|来信|来电|咨询|报名|参加|"
    "结婚|离婚|吵架|打架|开店|失业|下岗|退休|生病|住院|病逝|死亡|受伤|骨折|辱骂|威胁|殴打|签订|"
    "承包|租住|居住|购买|走失|失踪|伙同|承诺|借走|出具|持有|过世|上门|尽快|去世|上班|下班|上访|领取|反对|"
    "愿意|拒绝|骑|开车|种|名义|名字|代表|个人|签"
)
TELLING: Final = re.compile(f"[{_TELLING_CHARS}]|家(?![园电具长])|{_TELLING_WORDS}")
TOLD: Final = re.compile(
    r"\((?:[^()]{0,6}[人者户民员主属父母妻夫子女儿兄弟姐妹]|已故|化名|音|同音|谐音|女|男)\)"
    r"|[,，、(\s]{0,2}(?:男(?![生士人女])|女(?![儿士婿朋同生人])|[0-9]{1,3}周?岁"
    r"|[一二三四五六七八九十两]{1,3}周?岁|现年|年龄|身份证|汉族|[回藏苗彝壮蒙满侗瑶白傣羌畲]族"
    r"|居?住[在于址]"
    r"|系[^统列]|家住|户籍|联系?电话|电话:|手机|(?:19|20)[0-9]{2}年[0-9月]{0,3}(?:出生"
    r"|生[,，。]|参加|入伍)|1[3-9][0-9]{3,9}\*{0,4})"
    r"|是(?:我|俺|咱|本[村社]|一[名位]|个[^人]|他[的妈爸儿妻]|她[的妈爸儿]|该)"
    r"|等[0-9一二三四五六七八九十两几]{1,3}(?:人|户|名|位)|夫妇|夫妻|两口子|父子|母子|母女"
    r"|父女|[两二三四五]人[^民]|[两二三四]位|[一两二三四五]家|名下|本人|代笔|代书"
    r"|的(?:女人|男人|老婆|老公|媳妇|丈夫|妻子|爱人|儿子|女儿|孩子|父亲|母亲|户口|身份证|名字|名下)"
)
"""What is said of a person only: sex, age, where they live, whose they are. Behind it
uncommon given names are believed too."""
CUT: Final = frozenset(("联系", "身份", "电话", "手机", "现住", "家住", "现年", "今年", "性别"))
"""Words that follow a name; one that begins inside the candidate shows it is too long."""
OFFICIAL: Final = re.compile(
    "(?:人大代表|政协委员|书记|支书"
    "|[省市县区镇乡村局处科厅部院校所站庭]长|检察长|(?<!班)(?<!物业)主任|主席|委员|法官|警官)[ ]?$"
)
NEXT_WORDS: Final = TITLE_PAIRS | FELLOW_PAIRS | PLACE_WORDS
BEHIND: Final = (
    frozenset(
        "家的是系男女身电手现年今性联先同居住户汉回藏苗彝壮蒙满侗瑶白傣羌畲等夫两父母一二三四五名个他她该本"
    )
    | frozenset(_TELLING_CHARS)
    | {word[0] for word in _TELLING_WORDS.split("|")}
    | {pair[0] for pair in TITLE_PAIRS | FELLOW_PAIRS}
)
"""What can stand behind a name of which nothing but the edge of a word speaks before."""
