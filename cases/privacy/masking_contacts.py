"""Mail addresses and chat accounts, as they are and written out: 艾特, 点, 圈a.

As in `masking_rules`, the finders expect the plain text of `text_normalization.normalize`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cases.privacy.masking_rules import Found

_EMAIL = re.compile(
    r"[A-Za-z0-9](?<![A-Za-z0-9._%+*@-].)[A-Za-z0-9._%+-]{0,63}"
    r"@{1,2}(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
)
_CHAT_WORD = (
    r"(?:[微威薇徽卫wW] ?[信星xX]|[vV]信|[Ww]e[Cc]hat|WECHAT|[wW]ei[xX]in|[Vv][Xx]"
    r"|[Ww][Xx](?:id)?|绿泡泡"
    r"|[Qq] ?[Qq]|扣扣|企鹅|球球|[Qq]号|抖音|快手|钉钉|支付宝|小红书|陌陌)"
)
_CHAT_WORD_BEGINS = re.compile(
    rf"[微威薇徽卫wWvVqQ绿扣企球抖快钉支小陌加]"
    rf"(?:(?<=加)[我Vv]|(?<![A-Za-z].)(?<=(?=({_CHAT_WORD})).))"
)
_CHAT = re.compile(
    r"(?:微信|威信|薇信|[Ww]e[Cc]hat|WECHAT|weixin|V信|[Vv][Xx]|抖音|快手|钉钉|支付宝|小红书)"
    r"(?:(?:账号|帐号|号码|号|[:：]| ?ID| ?id)[是为:： ]{0,3}"
    r"([A-Za-z][A-Za-z0-9_.-]{5,19}|[0-9]{5,12})"
    r"|[ 是]?([A-Za-z][A-Za-z_-]{0,18}[0-9][A-Za-z0-9_-]{0,18}))"
    r"(?![A-Za-z0-9_*-])"
    r"|(?:[Qq]{2}|扣扣)(?:账号|帐号|号码|号)?[是为:： ]{0,3}([1-9][0-9]{4,11})(?![0-9*])"
    r"|加(?:我)?(?:微信|[Vv])[:： ]{0,2}([A-Za-z][A-Za-z0-9_-]{5,19}|[0-9]{5,12})(?![A-Za-z0-9_*-])"
)
_MAIL_LOCAL = (
    r"[A-Za-z0-9](?<![A-Za-z0-9._%+*@-].)(?:[A-Za-z0-9.%+-]|_(?![aA][tT]_)|"
    r"[ ]?(?:下划线|中划线|横杠|杠|减号|点(?! ?com| ?cn))[ ]?|"
    r"[〇零一二三四五六七八九幺]){1,63}"
)
_MAIL_SIGNS = (
    r"(?:@|[ _]?(?:艾特|爱特|圈[aA]|[aA]圈|小?老鼠|花[aA]|at)(?:符号?)?[ _号]?(?<![a-z]at)"
    r"|[ ]?[#※◎][ ]?(?=(?:qq|163|126|139|189|sina|gmail|foxmail)[.点])|[ ]?[(\[{<](?:at|AT|At|[aA]"
    r"|@|艾特|圈[aA])[)\]}>][ ]?"
    r"|[ _#-](?:at|AT|At)[ _#-])"
)
_MAIL_DOT = r"(?: ?(?:[.。,，]|点儿?|[(\[]?dot[)\]]?|DOT|_dot_) ?)"
_WRITTEN_MAIL = re.compile(
    rf"{_MAIL_LOCAL} ?{_MAIL_SIGNS} ?(?:[A-Za-z0-9-]{{2,30}}|[零〇一二三六九幺]{{3}}"
    rf"|扣扣|新浪|网易|搜狐)(?:{_MAIL_DOT}(?:[A-Za-z]{{2,8}}|康[母姆]?)){{1,3}}"
)
_NUMERAL_MAIL = re.compile(
    r"[〇零一二三四五六七八九幺](?<![〇零一二三四五六七八九幺].)"
    rf"[〇零一二三四五六七八九幺]{{3,20}} ?{_MAIL_SIGNS} ?"
    rf"(?:[A-Za-z0-9-]{{2,30}}|[零〇一二三六九幺]{{3}}|扣扣){_MAIL_DOT}[A-Za-z]{{2,8}}"
)
_LIKE_MAIL = re.compile(
    "[@艾爱圈鼠箱#※◎aA邮点](?:(?<![aA邮点])|(?<=点)(?=[cC][oO][mM]|[cC][nN])|(?<=邮)(?=[件编])|(?<=[aA])[tT](?<![A-Za-z]..)(?![A-Za-z]))"
)
"""What stands in every text with a mail address; most texts are without."""
MAIL_SIGN = re.compile("@|[#※◎]|艾特|爱特|小?老鼠|[圈花][aA]|[^A-Za-z][aA][tT][^A-Za-z]")
"""What stands between the two parts of a mail address, as it is or written out."""
_PROVIDERS = (
    "qq|163|126|139|189|sina|gmail|outlook|hotmail|foxmail|sohu|aliyun|yeah|icloud|vip|yahoo"
)
_SPELT_MAIL = re.compile(
    rf"[A-Za-z0-9](?<![A-Za-z0-9._%+*@-].)[A-Za-z0-9._%+-]{{3,40}}[^A-Za-z0-9,，\n]{{0,3}}(?:at|AT|At|[^A-Za-z0-9,，。\n]{{1,4}})?"
    rf"[^A-Za-z0-9,，\n]{{0,3}}(?:{_PROVIDERS})[^A-Za-z0-9,，\n]{{0,3}}(?:dot"
    rf"|DOT)?[^A-Za-z0-9,，\n]{{0,3}}(?:com|cn|net|COM|CN)(?![A-Za-z])"
)
_LOOSE_CHAT = re.compile(
    rf"(?<![A-Za-z]){_CHAT_WORD}(?!公众号|小程序|群)[^。;；\n群众公小A-Za-z0-9]{{0,12}}(?:ID"
    rf"|id|Id)?[:：是为 ]{{0,2}}"
    r"([A-Za-z][A-Za-z0-9_.-]{4,19}|[1-9][0-9]{4,11}"
    r"|[1-9][0-9]{1,3}(?:[ -][0-9]{2,4}){1,3})(?![A-Za-z0-9_*-]|[元年块万分人个])"
)


_SHORT_CHAT = re.compile(
    r"[Vv薇微](?<![A-Za-z0-9].)[^A-Za-z0-9\u4e00-\u9fff\n]{1,3}"
    r"([A-Za-z](?=[A-Za-z_-]{0,16}[0-9])[A-Za-z0-9_-]{5,19})(?![A-Za-z0-9_*-])"
)
"""V: or 薇 with a mark, and an account with letters and digits."""


def emails(text: str) -> Iterator[Found]:
    """Mail addresses."""
    if not _LIKE_MAIL.search(text):
        return
    for pattern in (_EMAIL, _WRITTEN_MAIL, _NUMERAL_MAIL, _SPELT_MAIL):
        for match in pattern.finditer(text):
            yield match.span()


def chat_ids(text: str) -> Iterator[Found]:
    """WeChat and QQ numbers after the word; not 公众号, not groups."""
    for match in _SHORT_CHAT.finditer(text):
        yield match.span(1)
    if not _CHAT_WORD_BEGINS.search(text):
        return
    for match in _LOOSE_CHAT.finditer(text):
        if "公众号" not in text[max(0, match.start() - 8) : match.start()]:
            yield match.span(1)
    for match in _CHAT.finditer(text):
        if "公众号" not in text[max(0, match.start() - 8) : match.start()]:
            yield match.span(match.lastindex or 0)
