"""Finders of personal names in running text: by title, by label, by relation, by number, by
signature, by list, and wherever a name that was found stands again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cases.privacy.given_names import (
    COMMON_GIVEN,
    ELEMENTS,
    FIRST_GIVEN,
    GIVEN,
    LAST_GIVEN,
    SYLLABLES,
)
from cases.privacy.masking_rules import Found
from cases.privacy.surnames import (
    COMPOUND,
    DOUBTFUL,
    SINGLE,
    WORDLIKE,
    is_full_name,
    is_name,
    surname_length,
)

_TITLES: Final = (
    *("先生", "女士", "小姐", "同志", "太太", "老师", "师傅", "阿姨", "大爷", "大妈", "同学"),
    *(
        "叔叔",
        "伯伯",
        "大叔",
        "大哥",
        "大姐",
        "大嫂",
        "大娘",
        "老汉",
        "婆婆",
        "老伯",
        "大伯",
        "大婶",
    ),
)
"""Titles of private persons. Officials by their office (书记, 局长) are not personal data
here: who answers for what is public."""
_FELLOWS: Final = (
    "等人",
    "夫妇",
    "夫妻",
    "一家",
    "全家",
    "本人",
    "老人",
    "医生",
    "护士",
    "老板",
    "教练",
)
"""Words behind a full name that are no title of respect."""


def _pairs(words: Iterable[str]) -> frozenset[str]:
    """The last two characters of each."""
    return frozenset(word[-2:] for word in words)


def _pair_pattern(pairs: Iterable[str]) -> str:
    """Matches more than the pairs; that it begins with a set of characters makes it quick.
    Which pair it is, is looked up afterwards."""
    first, second = ("".join(sorted({pair[at] for pair in pairs})) for at in (0, 1))
    return f"[{first}][{second}]"


_TITLE_PAIRS: Final = _pairs((*_TITLES, "律师"))
_FELLOW_PAIRS: Final = _pairs(_FELLOWS)
_NO_LAWYER: Final = re.compile("[事法函执证费所协]")
_BEHIND_NAMES: Final = re.compile(_pair_pattern(_TITLE_PAIRS | _FELLOW_PAIRS))

_SURE: Final = frozenset(
    """
    姓名 联系人 联络人 我叫 名叫 我名字叫 投诉人 举报人 申请人 反映人 来电人 求助人 信访人 来信人 留言人
    署名 落款 签名 签字 具名 户名 收款人 开户人 持卡人 收件人 寄件人 经办人 经手人 监护人 委托人 代理人
    法人代表 法定代表人 法人 被告 原告 证人 借款人 欠款人 担保人 被投诉人 被举报人 被反映人 当事人 受害人
    户主 房主 机主 车主 死者 逝者 患者 伤者 病人 学生姓名 孩子姓名 家长姓名 患者姓名 户主姓名 业主姓名
    """.split()
)
"""Labels of a field, and words that are followed by a person."""
_LOOSE: Final = ("实名", "代表人", "负责人", "敬礼", "此致", "本人", "我是", "妻子", "丈夫", "父亲")
_ROLES: Final = """
    孩子 小孩 儿子 女儿 小儿 小女 儿媳 女婿 孙子 孙女 外孙 外孙女 侄子 侄女 外甥 外甥女 弟弟 妹妹 哥哥 姐姐
    丈夫 妻子 老公 老婆 爱人 配偶 前夫 前妻 男友 女友 父亲 母亲 爸爸 妈妈 公公 婆婆 岳父 岳母 爷爷 奶奶 外公
    外婆 叔叔 伯父 舅舅 姑姑 姨妈 堂弟 堂哥 表弟 表哥 表妹 表姐 嫂子 亲戚 家属 家长 监护人 户主 村民 居民 业主
    租户 租客 房东 住户 邻居 农户 群众 市民 老人 老汉 老太 学生 同学 学员 考生 患者 病人 死者 逝者 伤者 亡者
    司机 车主 店主 老板 老板娘 员工 职工 工人 工友 同事 战友 朋友 民工 农民 当事人 经办人 经手人 联系人
    包工头 中介 业务员 销售员 快递员 骑手 保安 保姆 护工 残疾人 低保户 贫困户 五保户 退役军人 退伍军人 老党员
    军属 烈属 班长 兄长 组员 对象 社员 双胞胎 孤儿 婴儿 新生儿 幼儿 男子 女子 男孩 女孩 少年 青年 妇女 产妇 孕妇 嫌疑人 肇事者 被害人 受害者
    代理人 委托人 继承人 借款人 担保人 收款人 证人 楼上 楼下 隔壁 户名 名字 落款 此致 敬礼
    """.split()
_SURNAME: Final = f"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
_G: Final = f"[{''.join(sorted(GIVEN))}]"
_CG: Final = f"[{''.join(sorted(COMMON_GIVEN))}]"
_SURE_PAIRS: Final = _pairs(_SURE)
_LABEL_PAIRS: Final = _SURE_PAIRS | _pairs((*_LOOSE, "母亲", "儿子", "女儿"))
_ROLE_PAIRS: Final = _pairs(_ROLES)
_LABELS: Final = re.compile(
    _pair_pattern(_LABEL_PAIRS | _ROLE_PAIRS)
    + rf"([\s:！!。.，,是为系名字叫做们(“\"‘'】〔【]{{0,4}})(?={_SURNAME}[ \t]{{0,2}}[\u4e00-\u9fff])"
)
_ROLE_GAP: Final = re.compile("们?(?:名叫|叫做?|名字叫|是|为)?[“\"‘'(:\\s】〔【]{0,2}")
_CALLS: Final = re.compile(rf"叫(?:做|作)?[“\"‘'(:]?(?={_SURNAME}{_G})")
_AFTER: Final = re.compile(
    r"$|[\s,.，。、；;:！!？?()/\d”\"’'《》\]【】〔〕|-]|男|女|系|身份证|电话|手机|现住|家住|现年|今年|性别|联系|是|先生|女士|同志"
)
_TELLING: Final = re.compile(
    "[在于与和及的被把向从到因已说称等对为给让将曾去来没不就患现身这也并以又还要想至经今年打骂借欠找骗拿办读受遭"
    "突摔死住跟同却竟都只才刚正再共所反则则时后前家私强非多次]|申请|上学|回家|出生|名下|夫妇|老人|同学|本人|系"
)
_CUT: Final = re.compile("联系|身份|电话|手机|现住|家住|现年|今年|性别")
"""Words that follow a name; one that begins inside the candidate shows it is too long."""
_WORDS_ACROSS: Final = frozenset(
    """
    人文 人均 人马 人时 人车 人和 人包 人方 人高 人员 民安 民房 民国 民生 民和 民居 客房 客车 客运 客源 员全 户全 户均
    户房 户安 生成 生时 生平 生计 生平 师范 师傅 友谊 者何 者高 属于 姐妹 父母 公安 儿童 工程 工方 亲戚 学时 学时 人强
    请都 请全 请安 与时 与高 和平 和谐 同时 同步 同方 被迫 被告 找房 由何 由于 及时 及其 姓名 名车 让全 把车 把门 请何
    """.split()
)
"""Words whose second character only looks like a surname."""
_PLACE_WORDS: Final = frozenset(
    "大道 大厦 大桥 大学 大队 大街 大市 大酒 国际 中学 中心 中路 小学 小区 广场 社区 公园 花园 家园 学校 学院 建材 建筑".split()
)
_NO_PERSON_HERE: Final = re.compile(r"[轩园居邸湾郡]|[\(〔\[{][0-9]")
"""An estate, or the number of a document, behind what looks like a name."""
_ANNOUNCED: Final = re.compile("联系电话|联系方式|手机号|身份证|电话")
_OFFICIAL: Final = re.compile("(?:书记|[省市县区镇乡局处科厅部院校]长|主任|主席|委员|法官|警官)$")
_BEFORE_NUMBER: Final = re.compile(r"[\s:，,(（]{0,3}$")
_G1: Final = f"[{''.join(sorted(FIRST_GIVEN))}]"
_G2: Final = f"[{''.join(sorted(LAST_GIVEN))}]"
_PERSONS: Final = "人者户客娘婿媳嫂婆爷奶舅姨姑叔伯妻夫母父兄姐妹胎员民生友师辈"
"""Last characters of words for a person."""
_PERSON_ENDS: Final = frozenset(_PERSONS)
_TOWARDS: Final = "与和跟找被由叫让把同及请其名姓系"
_NO_NAME_BEFORE: Final = '\u4e00-\u9fffA-Za-z*“"《'
_IN_SENTENCE: Final = re.compile(
    rf"[{''.join(sorted(SINGLE))}]{_G1}"
    rf"(?:{_G2}(?:(?<=[{_PERSONS}{_TOWARDS}]...)|(?<![{_NO_NAME_BEFORE}]...))"
    r"|(?<=[人者]..)(?=[,，。:;；\n)]))"
)
"""A surname and a given name behind a word for a person, behind a word that goes before a
person, or where a word begins; of one character only before a mark."""
_SURE_COMPOUNDS: Final = COMPOUND - {"东方", "长孙", "单于", "司空", "太史", "上官", "南宫"}
_COMPOUND_NAME: Final = re.compile(
    rf"(?:{'|'.join(sorted(_SURE_COMPOUNDS))})(?:{_CG}{{2}}|{_G}(?![\u4e00-\u9fff]))"
)
_COMPOUND_BEGINS: Final = re.compile(
    f"[{''.join(sorted({one[0] for one in _SURE_COMPOUNDS}))}][{''.join(sorted({one[1] for one in _SURE_COMPOUNDS}))}]{_G}"
)
_SPACED: Final = re.compile(
    r"([\u4e00-\u9fff])[ \t]{1,2}([\u4e00-\u9fff])(?:[ \t]{1,2}([\u4e00-\u9fff]))?"
)
_SIGNED: Final = re.compile(
    r"[\s。！!？?~,，]([\u4e00-\u9fff]{2,4})(?=[\s,，。.]{0,6}"
    r"(?:(?:19|20)[0-9]{2}\s{0,2}[年./-]|二[〇零○]|敬上|拜上|谨上|泣上|[上书][。\s]{0,4}$|$))"
)
_SIGNATURE: Final = 80
"""Characters at the end of a text in which a signature is looked for."""
_LATIN: Final = re.compile("[A-Z][A-Za-z]{1,20}(?:[ ·-][A-Z][A-Za-z]{0,20}){1,3}")
_LATIN_BEGINS: Final = re.compile("[名人eE叫][:是 ]{0,3}[A-Z]")
_LATIN_LABEL: Final = re.compile(
    "(?:姓名|联系人|投诉人|申请人|举报人|反映人|[Nn]ame|叫)[\\s:是为]{0,3}$"
)
_KEYED: Final = re.compile(
    r"[\"'](?:[A-Za-z_]{0,20}(?:[Nn]ame|NAME|[Cc]ontact|[Uu]ser|[Aa]uthor|[Rr]eporter|[Aa]pplicant|[Ll]inkman)|xing_?ming|xm|XM|lxr|LXR|sqr|tsr|jbr|ldr"
    r"|[\u4e00-\u9fff]{0,4}(?:姓名|联系人|人|称呼|户主))[\"']\s{0,4}[:=]\s{0,4}[\"']([\u4e00-\u9fff·]{2,15})[\"']"
)
_NO_PERSON: Final = re.compile(
    "[局办院校司所站县市区镇乡村队部室会处科网箱]$|先生|女士|网友|匿名|保密|热心|市民|群众"
)
_SYLLABLE: Final = f"[{''.join(sorted(SYLLABLES))}]"
_DOTTED: Final = re.compile(rf"{_SYLLABLE}{{2,8}}·{_SYLLABLE}{{2,8}}(?:·{_SYLLABLE}{{2,8}})?")
_OF_ELEMENTS: Final = re.compile(f"(?:{'|'.join(sorted(ELEMENTS, key=len, reverse=True))}){{2,3}}")
_LIKE_ELEMENTS: Final = re.compile(
    f"[{''.join(sorted({e[0] for e in ELEMENTS}))}][{''.join(sorted({e[1] for e in ELEMENTS}))}]"
    f"[{''.join(sorted({e[0] for e in ELEMENTS} | {e[2] for e in ELEMENTS if len(e) > 2}))}]"
)
"""What stands in every match of `_OF_ELEMENTS`, found in a tenth of the time."""


_NEXT_WORDS: Final = _TITLE_PAIRS | _FELLOW_PAIRS | _PLACE_WORDS


def names(text: str, numbers: list[int]) -> Iterator[Found]:
    """Names; `numbers` says where telephone and identity numbers begin."""
    found = dict.fromkeys(_by_neighbour(text, numbers))
    waiting = list(found)
    while waiting:
        for other in _listed_with(text, waiting.pop()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    yield from found
    yield from _again(text, list(found))


def _by_neighbour(text: str, numbers: list[int]) -> Iterator[Found]:
    for match in _BEHIND_NAMES.finditer(text):
        found = _before_title(text, match)
        if found:
            yield found
    for label in _LABELS.finditer(text):
        found = _behind_label(text, label)
        if found:
            yield found
    for calls in _CALLS.finditer(text):
        found = _behind_role(text, calls.end())
        if found:
            yield found
    announced = [match.start() for match in _ANNOUNCED.finditer(text)]
    for start in (*numbers, *announced):
        space = _BEFORE_NUMBER.search(text, max(0, start - 3), start)
        found = _alone_before(text, space.start() if space else start)
        if found:
            yield found
    yield from _by_shape(text)


def _before_title(text: str, match: re.Match[str]) -> Found | None:
    word = match.group()
    if word in _TITLE_PAIRS and not (word == "律师" and _NO_LAWYER.match(text, match.end())):
        found = _ending_at(text, match.start())
        if found and not _OFFICIAL.search(text, max(0, found[0] - 4), found[0]):
            return found
    return _full_name_before(text, match.start()) if word in _FELLOW_PAIRS else None


def _behind_label(text: str, label: re.Match[str]) -> Found | None:
    pair = label.group()[:2]
    found = None
    if pair in _LABEL_PAIRS:
        found = _starting_at(text, label.end(), pair, apart=bool(label[1]))
    if found is None and pair in _ROLE_PAIRS and _ROLE_GAP.fullmatch(label[1]):
        found = _behind_role(text, label.end())
    return found


def _by_shape(text: str) -> Iterator[Found]:
    for match in _IN_SENTENCE.finditer(text):
        start, end = match.span()
        word, before = match.group(), text[start - 1 : start]
        if before in _PERSON_ENDS:
            possible = word[0] not in WORDLIKE
        else:
            possible = word[0] not in DOUBTFUL and COMMON_GIVEN.issuperset(word[1:])
        if not possible or not is_full_name(word):
            continue
        if _OFFICIAL.search(text, max(0, start - 4), start):
            continue
        by_person = before in _PERSON_ENDS
        if _is_cut(text, end) or text[max(0, start - 1) : start + 1] in _WORDS_ACROSS:
            continue
        if not by_person and _NO_PERSON_HERE.search(text, end - 1, end + 2):
            continue
        if by_person or _AFTER.match(text, end) or _TELLING.match(text, end):
            yield start, end
    if _COMPOUND_BEGINS.search(text):
        for match in _COMPOUND_NAME.finditer(text):
            if is_full_name(match.group()):
                yield match.span()
    tail = max(0, len(text) - _SIGNATURE)
    for match in _SIGNED.finditer(text, tail):
        word = match.group(1)
        if is_name(word, sure=True) and not GIVEN.isdisjoint(word[1:]):
            yield match.span(1)
    if '"' in text or "'" in text:
        for match in _KEYED.finditer(text):
            if not _NO_PERSON.search(match.group(1)):
                yield match.span(1)
    for match in _LATIN.finditer(text) if _LATIN_BEGINS.search(text) else ():
        if _LATIN_LABEL.search(text, max(0, match.start() - 8), match.start()):
            yield match.span()


def foreign_names(text: str) -> Iterator[Found]:
    """Names of other nationalities as they are written in Chinese; they have no surname
    that could stay."""
    if "·" in text:
        for match in _DOTTED.finditer(text):
            yield match.span()
    if _LIKE_ELEMENTS.search(text):
        for match in _OF_ELEMENTS.finditer(text):
            yield match.span()


def _before_title(text: str, match: re.Match[str]) -> Found | None:
    word = match.group()
    if word in _TITLE_PAIRS and not (word == "律师" and _NO_LAWYER.match(text, match.end())):
        found = _ending_at(text, match.start())
        if found and not _OFFICIAL.search(text, max(0, found[0] - 4), found[0]):
            return found
    return _full_name_before(text, match.start()) if word in _FELLOW_PAIRS else None


def _behind_label(text: str, label: re.Match[str]) -> Found | None:
    pair = label.group()[:2]
    found = None
    if pair in _LABEL_PAIRS:
        found = _starting_at(text, label.end(), pair, apart=bool(label[1]))
    if found is None and pair in _ROLE_PAIRS and _ROLE_GAP.fullmatch(label[1]):
        found = _behind_role(text, label.end())
    return found


def _by_shape(text: str) -> Iterator[Found]:
    for match in _IN_SENTENCE.finditer(text):
        start, end = match.span()
        word, before = match.group(), text[start - 1 : start]
        if before in _PERSON_ENDS:
            possible = word[0] not in WORDLIKE
        else:
            possible = word[0] not in DOUBTFUL and COMMON_GIVEN.issuperset(word[1:])
        if not possible or not is_full_name(word):
            continue
        if _OFFICIAL.search(text, max(0, start - 4), start):
            continue
        by_person = before in _PERSON_ENDS
        if _is_cut(text, end) or text[max(0, start - 1) : start + 1] in _WORDS_ACROSS:
            continue
        if not by_person and _NO_PERSON_HERE.search(text, end - 1, end + 2):
            continue
        if by_person or _AFTER.match(text, end) or _TELLING.match(text, end):
            yield start, end
    if _COMPOUND_BEGINS.search(text):
        for match in _COMPOUND_NAME.finditer(text):
            if is_full_name(match.group()):
                yield match.span()
    tail = max(0, len(text) - _SIGNATURE)
    for match in _SIGNED.finditer(text, tail):
        word = match.group(1)
        if is_name(word, sure=True) and not GIVEN.isdisjoint(word[1:]):
            yield match.span(1)
    if '"' in text or "'" in text:
        for match in _KEYED.finditer(text):
            if not _NO_PERSON.search(match.group(1)):
                yield match.span(1)
    for match in _LATIN.finditer(text) if _LATIN_BEGINS.search(text) else ():
        if _LATIN_LABEL.search(text, max(0, match.start() - 8), match.start()):
            yield match.span()


def foreign_names(text: str) -> Iterator[Found]:
    """Names of other nationalities as they are written in Chinese; they have no surname
    that could stay."""
    if "·" in text:
        for match in _DOTTED.finditer(text):
            yield match.span()
    if _LIKE_ELEMENTS.search(text):
        for match in _OF_ELEMENTS.finditer(text):
            yield match.span()


def _syllables(text: str, start: int, end: int) -> Found:
    """The part of a dotted name that is made of such syllables; words around it go."""
    dot = text.index("·", start)
    last = text.rindex("·", start, end)
    begin, stop = dot, last + 1
    while begin > start and text[begin - 1] in SYLLABLES:
        begin -= 1
    while stop < end and text[stop] in SYLLABLES:
        stop += 1
    return begin, stop


def _before_title(text: str, match: re.Match[str]) -> Found | None:
    word = match.group()
    if word in _TITLE_PAIRS and not (word == "律师" and _NO_LAWYER.match(text, match.end())):
        found = _ending_at(text, match.start())
        if found and not _OFFICIAL.search(text, max(0, found[0] - 4), found[0]):
            return found
    return _full_name_before(text, match.start()) if word in _FELLOW_PAIRS else None


def _behind_label(text: str, label: re.Match[str]) -> Found | None:
    pair = label.group()[:2]
    found = None
    if pair in _LABEL_PAIRS:
        found = _starting_at(text, label.end(), pair, apart=bool(label[1]))
    if found is None and pair in _ROLE_PAIRS and _ROLE_GAP.fullmatch(label[1]):
        found = _behind_role(text, label.end())
    return found


def _by_shape(text: str) -> Iterator[Found]:
    for match in _IN_SENTENCE.finditer(text):
        start, end = match.span()
        word, before = match.group(), text[start - 1 : start]
        if before in _PERSON_ENDS:
            possible = word[0] not in WORDLIKE
        else:
            possible = word[0] not in DOUBTFUL and COMMON_GIVEN.issuperset(word[1:])
        if not possible or not is_full_name(word):
            continue
        if _OFFICIAL.search(text, max(0, start - 4), start):
            continue
        by_person = before in _PERSON_ENDS
        if _is_cut(text, end) or text[max(0, start - 1) : start + 1] in _WORDS_ACROSS:
            continue
        if not by_person and _NO_PERSON_HERE.search(text, end - 1, end + 2):
            continue
        if by_person or _AFTER.match(text, end) or _TELLING.match(text, end):
            yield start, end
    if _COMPOUND_BEGINS.search(text):
        for match in _COMPOUND_NAME.finditer(text):
            if is_full_name(match.group()):
                yield match.span()
    tail = max(0, len(text) - _SIGNATURE)
    for match in _SIGNED.finditer(text, tail):
        word = match.group(1)
        if is_name(word, sure=True) and not GIVEN.isdisjoint(word[1:]):
            yield match.span(1)
    if '"' in text or "'" in text:
        for match in _KEYED.finditer(text):
            if not _NO_PERSON.search(match.group(1)):
                yield match.span(1)
    for match in _LATIN.finditer(text) if _LATIN_BEGINS.search(text) else ():
        if _LATIN_LABEL.search(text, max(0, match.start() - 8), match.start()):
            yield match.span()
    if "·" in text:
        for match in _DOTTED.finditer(text):
            if sum(char in SYLLABLES for char in match.group()) * 4 >= len(match.group()) * 3:
                yield match.span()
    if _LIKE_ELEMENTS.search(text):
        for match in _OF_ELEMENTS.finditer(text):
            yield match.span()


_FEW: Final = 12
"""So many names are looked for one by one; more in one walk, so that the time stays in
proportion to the text."""


def _again(text: str, found: list[Found]) -> Iterator[Found]:
    """Where a whole name that was found stands again."""
    known = {text[start:end] for start, end in found if 3 <= end - start <= 4}
    if not known:
        return
    if len(known) <= _FEW:
        for name in known:
            at = text.find(name)
            while at >= 0:
                yield at, at + len(name)
                at = text.find(name, at + len(name))
        return
    for at in range(len(text) - 2):
        for length in (4, 3):
            if at + length <= len(text) and text[at : at + length] in known:
                yield at, at + length
                break


def _listed_with(text: str, name: Found) -> Iterator[Found]:
    """The names next to a name in a list: 刘一、陈二、张三. Each is asked for its own
    neighbours in turn."""
    start, end = name
    if text[start - 1 : start] == "、":
        before = _alone_before(text, start - 1)
        if before is not None:
            yield before
    if text[end : end + 1] and text[end] in "、和与及/;；,，":
        if text[end] == "、":
            after = _starting_at(text, end + 1, "", apart=True)
        else:
            after = _behind_role(text, end + 1)
        if after is not None:
            yield after


def _ending_at(text: str, end: int) -> Found | None:
    """The name directly before a title: 李建国先生, 王先生."""
    for length in (4, 3, 2):
        start = end - length
        if start < 0 or (length == 4) != (surname_length(text, start) == 2 and length == 4):
            continue
        word = text[start:end]
        doubtful = word[0] in DOUBTFUL and _joined(text, start)
        if length == surname_length(word, 0) + 1 and word[-1] not in GIVEN:
            continue
        if not is_name(word) or (doubtful and not (length == 3 and is_full_name(word))):
            continue
        return start, end
    for length in (2, 1):
        start = end - length
        if start >= 0 and surname_length(text, start) == length:
            if text[start] in DOUBTFUL and _joined(text, start):
                return None
            return start, end
    return None


def _full_name_before(text: str, end: int) -> Found | None:
    """A name of three or four characters, given name and all, before 等人 or 夫妇."""
    for length in (4, 3):
        start = end - length
        if start < 0:
            continue
        word = text[start:end]
        if len(word) - surname_length(word, 0) == 2 and is_full_name(word):
            return start, end
    return None


def _starting_at(text: str, start: int, label: str, *, apart: bool) -> Found | None:
    """The name after a label; a boundary or a telling word must follow. `apart`: a
    colon or the like stands between them."""
    sure = label in _SURE_PAIRS
    for length in (4, 3, 2):
        word = text[start : start + length]
        if len(word) < length or not is_name(word, sure=sure):
            continue
        if word[0] in DOUBTFUL and not apart and label[-1] != "叫":
            continue
        if not sure and length == surname_length(word, 0) + 1 and word[-1] not in LAST_GIVEN:
            continue
        if _CUT.match(text, start + length - 1):
            continue
        if _AFTER.match(text, start + length):
            return start, start + length
    spaced = _SPACED.match(text, start) if sure and apart else None
    if spaced and is_name("".join(filter(None, spaced.groups())), sure=True):
        return spaced.span()
    return None


def _behind_role(text: str, start: int) -> Found | None:
    """The name behind a word for a person: 村民王大海, 孩子叫李小明. Both characters of the
    given name must be such as names have."""
    begin = start + surname_length(text, start)
    if begin == start:
        return None
    for length in (2, 1):
        end = begin + length
        if end > len(text) or not is_full_name(text[start:end]) or _is_cut(text, end):
            continue
        if length > 1 or _AFTER.match(text, end) or _TELLING.match(text, end):
            return start, end
    return None


def _alone_before(text: str, end: int) -> Found | None:
    """The name that stands alone before a phone number: 唐玲艳 13…, 王成（13…）."""
    for length in (4, 3, 2):
        start = end - length
        if start >= 0 and is_name(text[start:end]) and not _joined(text, start):
            return start, end
    return None


def _is_cut(text: str, end: int) -> bool:
    """Whether the last character of a candidate begins the next word: 凌先|夫妇."""
    pair = text[end - 1 : end + 1]
    return bool(_CUT.match(text, end - 1)) or pair in _NEXT_WORDS


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on to the left. A star counts as a letter: what is left of a
    masked name is no boundary."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "*")
