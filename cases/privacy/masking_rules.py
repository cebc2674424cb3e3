"""The patterns of personal numbers and codes, one finder for each sort.

All finders expect the plain text of `text_normalization.normalize`. A pattern begins with the
character it hunts for and looks back afterwards, because `re` then skips over
Chinese text quickly. "*" counts as a digit at the edges: what is left of a
masked number is never taken for another number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

Found = tuple[int, int]
"""Start and end in code points, half open."""

_GROUPS = (
    r"(?:[0-9]{8}(?![元圆])|[ .-][0-9]{4}[ .-][0-9]{4}|[ -][0-9]{8}|[0-9]{4}[ -][0-9]{4}"
    r"|[0-9][ -][0-9]{3}[ -][0-9]{4}|[0-9][ -][0-9]{4}[ -][0-9]{3}|[ -][0-9]{3}[ -][0-9]{5})"
)
_MOBILE = re.compile(rf"1(?<![0-9*].)[3-9][0-9]{_GROUPS}(?![0-9*])")
_MOBILE_86 = re.compile(
    rf"86(?:(?<![0-9*]..)|(?<=(?<![0-9*])00..))[ -]?(1[3-9][0-9]{_GROUPS})(?![0-9*])"
)


_MOBILE_IN_BRACKETS = re.compile(
    r"\(1[3-9][0-9]\)[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9*])|1[3-9][0-9]\([0-9]{4}\)[0-9]{4}(?![0-9*])"
)


def mobiles(text: str) -> Iterator[Found]:
    """11 digits from 13 to 19, whole or in the usual groups, with or without 86."""
    for match in _MOBILE.finditer(text):
        yield match.span()
    if "(1" in text or ")" in text:
        for match in _MOBILE_IN_BRACKETS.finditer(text):
            yield match.span()
    if "86" in text:
        for match in _MOBILE_86.finditer(text):
            yield match.span(1)


_AREA = re.compile(
    r"0(?<![0-9*.].)(?:10|2[0-9]|[3-9][0-9]{2})[ /-]?\)?[ -]{0,2}[2-9][0-9]{2,3}[ -]?[0-9]{4}"
    r"(?![0-9*])(?: ?(?:转|分机号?|内线|-)[: ]?[0-9]{1,5}(?![0-9*]))?"
)
_BRACKETED_ZERO = re.compile(
    r"\(0\)[ -]?([1-9][0-9]{1,2}[ -]?[2-9][0-9]{2,3}[ -]?[0-9]{4})(?![0-9*])"
)
_LOCAL = re.compile(
    r"(?:电话|宅电|来电|致电|座机|固话)(?:号码)?(?:是|为)?[:：,， (（]{0,3}"
    r"([2-8][0-9]{6,7})(?![0-9*])"
)
_OFFICE = re.compile(
    r"疑问|热线|举报|监督|咨询|投诉|服务|值班|办公|客服|传真|查询|总机"
    r"|抢修|详询|部|处|室|馆|局|办|科|股|所|中心|站|窗口|大厅|公司|物业|政府|医院|学校|项目部"
    r"|街道|社区|大队|支队|委|银行|预约|挂号|院"
)
_PRIVATE = re.compile(
    r"我的|我家|本人|家里|家庭|住宅|宅电|联系人|投诉人|来电人|申请人|举报人|反映人|机主"
)


def landlines(text: str, *, by_office: bool = False) -> Iterator[Found]:
    """Fixed lines with an area code, or after the word 电话, unless they are an office's.

    Whose line it is stands in the words before it (热线, 窗口, 住建局 against 我家,
    联系人); the last such word counts. Without any it is the writer's own: the
    citizen's, or in a text `by_office` the office's.
    """
    for match in _AREA.finditer(text):
        if not _belongs_to_office(text, match.start(), by_office=by_office):
            yield match.span()
    for match in _BRACKETED_ZERO.finditer(text) if "(0)" in text else ():
        if not _belongs_to_office(text, match.start(), by_office=by_office):
            yield match.span(1)
    if "电" in text or "座机" in text or "固话" in text:
        for match in _LOCAL.finditer(text):
            if not _belongs_to_office(text, match.start(1), by_office=by_office):
                yield match.span(1)


_OFFICE_BEHIND = re.compile(
    r"[0-9 -]{7,14}\([^()]{0,8}(?:局|办公?室?|科|所|中心|站|窗口|大厅|值班室?|热线|传真)\)"
)
"""Whose line it is stands in brackets behind it: 0471-6513289(市监局值班室)."""


def _belongs_to_office(text: str, at: int, *, by_office: bool) -> bool:
    before = text[max(0, at - 16) : at]
    office = max((m.end() for m in _OFFICE.finditer(before)), default=0)
    private = max((m.end() for m in _PRIVATE.finditer(before)), default=0)
    if not private and _OFFICE_BEHIND.match(text, at):
        return True
    return office > private or (by_office and not private)


_ID18 = re.compile(
    r"[1-9](?<![0-9A-Za-z*].)[0-9]{5} ?(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])"
    r"(?:0[1-9]|[12][0-9]|3[01]) ?[0-9]{3}[0-9Xx](?![0-9A-Za-z*])"
)
_ID15 = re.compile(
    r"[1-9](?<![0-9A-Za-z*.].)[0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
    r"(?![0-9A-Za-z*]|\.[0-9])"
)
_ID_PART = re.compile(r"[1-9](?<![0-9A-Za-z*].)[0-9]{5}(?:18|19|20)[0-9]{6}[0-9X]{0,2}(?=\*{2,4})")
"""An identity number whose last places were hidden before: the birthday is still there."""
_PROVINCES = frozenset(
    str(code)
    for group in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(group[0], group[1] + 1)
)
"""First two digits of the division codes (GB/T 2260)."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_WORDS = ("身份", "证件", "证号")
_ORDER_WORDS = (
    "单号",
    "编号",
    "订单",
    "流水",
    "合同",
    "案号",
    "单:",
    "单：",
    "备案",
    "代码",
    "编码",
)


def id_cards(text: str) -> Iterator[Found]:
    """Identity numbers: 18 digits (GB 11643-1999) with a right check digit, or with a
    wrong one after the word 身份证; 15 digits unless an order number is announced."""
    for match in _ID18.finditer(text):
        number = match.group().replace(" ", "")
        if number[:2] in _PROVINCES and _is_day(number[6:14]):
            before = text[max(0, match.start() - 12) : match.start()]
            right = id_check_digit(number) == number[17].upper()
            if right or _any(_ID_WORDS, before) or not _any(_ORDER_WORDS, before):
                yield match.span()
    for match in _ID_PART.finditer(text):
        if match.group()[:2] in _PROVINCES and _is_day(match.group()[6:14]):
            yield match.span()
    for match in _ID15.finditer(text):
        number = match.group()
        if number[:2] in _PROVINCES and _is_day("19" + number[6:12]):
            before = text[max(0, match.start() - 12) : match.start()]
            if _any(_ID_WORDS, before) or not _any(_ORDER_WORDS, before):
                yield match.span()


def id_check_digit(number: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


_CARD = re.compile(
    r"[3-69](?<![0-9A-Za-z*.].)(?:[0-9]{15,18}|[0-9]{3}(?: [0-9]{4}){3}(?: [0-9]{1,3})?)"
    r"(?![0-9A-Za-z*]|\.[0-9])"
)
_ACCOUNT = re.compile(
    r"(?:卡|银行|账|帐)(?:号码?|户)(?:是|为)?[:： (（]{0,3}([0-9](?:[ -]?[0-9]){9,22})(?![0-9*])"
)


def bank_cards(text: str) -> Iterator[Found]:
    """16 to 19 digits with a right Luhn digit and the first digit of a card in use here,
    unless an order number is announced; any account number after 卡号 or 账号."""
    for match in _CARD.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()]
        if luhn(match.group().replace(" ", "")) and not _any(_ORDER_WORDS, before):
            yield match.span()
    if "号" in text or "户" in text:
        for match in _ACCOUNT.finditer(text):
            yield match.span(1)


def luhn(number: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(number)]
    doubled = sum(d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


_PROVINCE_SIGN = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_LETTER = "A-HJ-NP-Za-hj-np-z"
_PLATE = re.compile(
    rf"{_PROVINCE_SIGN}[ -]?[{_LETTER}][ .·-]?"
    rf"(?:(?: ?[{_LETTER}0-9]){{5,6}}|(?: ?[{_LETTER}0-9]){{4}} ?[挂学警港澳试超领])"
    r"(?![A-Za-z0-9*-])"
    rf"|WJ(?<![A-Za-z]..) ?{_PROVINCE_SIGN}?[ .·]?[0-9]{{4}}[0-9A-Z](?![0-9A-Za-z*])"
)
_CITY_PLATE = re.compile(
    rf"[{_LETTER}](?<=[\u4e00-\u9fff]{{2}}.)[ .·-]?[{_LETTER}0-9]{{5}}"
    "(?=的?车?牌|的?[^,，。]{{0,4}}车)"
)
"""With the name of its city in place of the province's sign: 台州A12345."""
_NAMED_PLATE = re.compile(
    r"(?:车牌|牌照|牌号"
    r"|号牌)(?:号码?)?[是为: ]{0,3}"
    r"([A-Za-z\u4e00-\u9fff]{0,2}[ ·.-]?[A-Za-z0-9]{5,7})(?![A-Za-z0-9*-])"
)
_FARM_PLATE = re.compile(rf"{_PROVINCE_SIGN}[0-9]{{2}}[ .·-]?[0-9]{{5}}(?![0-9*])")
"""Tractors and farm vehicles: 皖12·74096."""
_AS_ON_A_PLATE = re.compile(
    rf"[A-Za-z](?:[ .·-]{{0,2}}[A-Za-z0-9](?: ?[A-Za-z0-9]){{3}}| ?{_PROVINCE_SIGN}[0-9])"
)


def plates(text: str, *, seven_digits: bool = True) -> Iterator[Found]:
    """Number plates (GA 36-2018): seven places, eight for new energy, the special
    last characters, and those of the armed police. A real one has two digits at least.

    `seven_digits`: whether so many stand together anywhere, which those of farms need."""
    for match in _FARM_PLATE.finditer(text) if seven_digits else ():
        yield match.span()
    if not _AS_ON_A_PLATE.search(text):
        return
    for match in _PLATE.finditer(text):
        if sum(char.isdigit() for char in match.group()) >= 2:
            yield match.span()
    for match in _NAMED_PLATE.finditer(text):
        if sum(char.isdigit() for char in match[1]) >= 3 and "*" not in match[1]:
            yield match.span(1)
    for match in _CITY_PLATE.finditer(text):
        if sum(char.isdigit() for char in match.group()) >= 3:
            yield match.start() - 2, match.end()


_PASSPORT = re.compile(
    r"(?:护照|通行证|居留证|居留许可|居住证|台胞证|回乡证|海员证|军官证|士兵证|警官证|签证"
    r"|旅行证|证件|[Pp]assport|PASSPORT)"
    r"(?:的?(?:号码?|编号)| ?(?:No|NO|no)\.?)?[是为:： (（]{0,3}"
    r"([A-Za-z]{1,3}(?:[ -]?[0-9]){6,14}|[0-9]{8}"
    r"|[\u4e00-\u9fff]字第?[0-9]{5,9}号?)(?![0-9A-Za-z*])"
)
_LOOSE_PASSPORT = re.compile(
    r"[A-Za-z](?<![A-Za-z0-9*].)[A-Za-z]{0,2}[ -]?[0-9](?:[ -]?[0-9]){6,13}(?![0-9A-Za-z*])"
)
_PASSPORT_WORDS = ("护照", "通行证", "签注", "出入境", "台胞证", "回乡证", "居留", "签证")


def passports(text: str) -> Iterator[Found]:
    """Numbers of passports and travel permits after the word."""
    if any(word in text for word in _PASSPORT_WORDS):
        for match in _LOOSE_PASSPORT.finditer(text):
            yield match.span()
    if "照" in text or "证" in text or "assport" in text:
        for match in _PASSPORT.finditer(text):
            yield match.span(1)


def kind_of(digits: str, text: str, at: int, *, by_office: bool) -> str | None:
    """What number these plain digits are, which stand at this place in some disguise: the
    value of a `PersonalData`, or None."""
    before = text[max(0, at - 12) : at]
    if _is_identity(digits, before):
        return "身份证号"
    mobile = _CALLING_CODE.sub("", digits)
    if len(mobile) == 11 and mobile[0] == "1" and mobile[1] in "3456789":
        return "手机号"
    if _is_card(digits, before, text[max(0, at - 24) : at + 40]):
        return "银行卡号"
    if _ABROAD.fullmatch(digits) and (digits[0] == "0" or text[at - 1 : at] == "+"):
        return "手机号"
    line = _LINE.fullmatch(digits) or (_LOCAL_LINE.fullmatch(digits) and _LINE_WORDS.search(before))
    if line and len(digits) < 9 and _any(_BILL_WORDS, text[max(0, at - 24) : at]):
        return None
    if line and not _belongs_to_office(text, at, by_office=by_office):
        return "座机号"
    return None


def _is_card(digits: str, before: str, near: str) -> bool:
    """A right Luhn digit, or 62 (UnionPay) near a word for banking, or behind 卡号, 账号."""
    if _CARD_WORDS.search(before) and 12 <= len(digits) <= 23:
        return True
    if not 16 <= len(digits) <= 19 or not digits.isdecimal() or _any(_ORDER_WORDS, before[-8:]):
        return False
    by_words = digits[:2] == "62" and _BANK.search(near) is not None
    return by_words or (digits[0] in "34569" and luhn(digits))


_ABROAD = re.compile(
    "(?:00)?(?:852[2-9][0-9]{7}|853[26][0-9]{7}|8869[0-9]{8}|(?:1|7|44|49|33|39|61|65|81|82|60"
    "|66|84|95)[0-9]{8,10})"
)
"""Numbers abroad, with + or 00 in front (ITU-T E.164)."""
_CALLING_CODE = re.compile("^(?:00)?86(?=1)")
_LINE = re.compile(
    "0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}|(?:00)?86(?:10|2[0-9]"
    "|[3-9][0-9]{2})[2-9][0-9]{6,7}"
)
_LOCAL_LINE = re.compile("[2-8][0-9]{6,7}")
_LINE_WORDS = re.compile(
    r"(?:电话|宅电|座机|固话|来电|致电|号码|拨打?|打|回电)(?:号码?)?[^0-9,，。;；]{0,4}$"
)
_BILL_WORDS = ("发票", "代码", "校验", "编号", "批号", "单号")
_BANK = re.compile(
    "银行|[农工建中招]行|卡|账户|帐户|打款|转账|汇款|打钱|邮储|信用社|存折|户名|收款"
)
_CARD_WORDS = re.compile(r"(?:卡号?|账号|帐号|账户|存折)(?:号码?)?[是为: (]{0,3}$")


def _is_identity(digits: str, before: str) -> bool:
    """As `id_cards` has it, for digits without marks."""
    if len(digits) == 18 and digits[:2] in _PROVINCES and _is_day(digits[6:14]):
        right = id_check_digit(digits) == digits[17].upper()
        return right or not _any(_ORDER_WORDS, before)
    return len(digits) in (15, 17, 18) and _any(_ID_WORDS, before) and "考证" not in before
