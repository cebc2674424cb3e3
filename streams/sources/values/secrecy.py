"""保密、不公开: what sources call it, and what their values mean. Every reader asks here.

Two wishes, two fields. 保密 (`Item.confidential`) is kept from units too: nothing dispatches
such a message by itself. 不公开 (`Item.not_public`) is kept from the public only: it is
handled like any other, and its answer is not published. docs/sources/secrecy.md.

In doubt a wish holds: a value that nobody understands counts as one, with a note.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from cases.record.item import Item, Note
from huiyin.net.json_values import BadJson, Json, as_text, parse_text
from streams.sources.values.cells import BadCell, read_yes_no

SECRET_NAMES: Final = (
    *(
        "是否保密",
        "是否要求保密",
        "要求保密",
        "保密",
        "保密要求",
        "是否需要保密",
        "信件保密",
        "信息保密",
    ),
    *("是否信息保密", "身份保密", "个人信息保密", "是否隐藏信息", "隐藏信息", "是否匿名"),
    *("isSecret", "is_secret", "ISSECRET", "secret", "secrecy", "isConfidential", "confidential"),
    *("info_hidden", "infoHidden", "isHidden", "is_hidden", "anonymous", "sfbm", "bm"),
    *("hidden", "private", "isPrivate", "is_private", "isAnonymous", "is_anonymous", "sfnm"),
)
"""要求保密 under the names that platforms give it. A wish to stay hidden or anonymous is one:
the unit would see the name."""

PUBLIC_NAMES: Final = (
    *("是否公开", "公开意愿", "是否同意公开", "是否愿意公开", "是否允许公开", "公开"),
    *("isOpen", "is_open", "ISOPEN", "isPublic", "is_public", "openFlag", "sfgk"),
    *("publicFlag", "public_flag", "open_flag", "gkyy"),
)
"""公开意愿: "no" is the wish that nothing of it is published."""

_SECRET: Final = frozenset(
    {"是", "有", "true", "1", "y", "yes", "√", "要求保密", "需要保密", "保密", "要求", "需要"}
    | {"不公开", "不愿公开", "完全保密", "匿名保密", "已隐藏", "同意保密", "对被举报单位保密"}
    | {"匿名", "隐藏", "全部保密", "部分保密", "姓名保密", "对外保密", "对被反映单位保密"}
    | {"☑", "✓", "✔"}
)
_NOT_SECRET: Final = frozenset(
    {"否", "无", "false", "0", "n", "no", "×", "不要求保密", "不需要保密", "不保密", "无需保密"}
    | {"未隐藏", "显示", "愿意公开", "同意公开", "可以公开", "一般", "□", "☐"}
    | {"公开", "不要求", "不需要", "非保密", "不匿名", "实名", "不隐藏", "普通", "可公开"}
)
_PUBLIC: Final = frozenset(
    {"是", "true", "1", "y", "yes", "√", "公开", "愿意公开", "同意公开", "可以公开", "同意", "愿意"}
    | {"允许", "允许公开", "可公开", "全部公开", "已公开", "完全公开", "对外公开", "主动公开"}
)
_NOT_PUBLIC: Final = frozenset(
    {"否", "无", "false", "0", "n", "no", "×", "不公开", "不愿公开", "不愿意公开", "不同意公开"}
    | {"不对外公开", "拒绝公开", "不予公开", "依申请公开", "隐藏"}
    | {"不同意", "不愿意", "不允许", "不允许公开", "不宜公开", "保密", "未公开"}
)
_NOTHING: Final = frozenset({"", "-", "--", "—", "——", "/", "null", "none", "nan", "(null)"})
_LINE: Final = re.compile(
    rf"(?m)^[\s*·•\[【]*({'|'.join(map(re.escape, (*SECRET_NAMES, *PUBLIC_NAMES)))})[\]】]?"
    r"[ \t\u3000]*[：:][ \t\u3000]*(\S[^\n]{0,40})"
)

SENSITIVITY: Final = re.compile(rb"(?im)^Sensitivity:[ \t]*([^\r\n]{1,60})")
"""RFC 2156: 敏感度, as mail programs let the writer choose it."""

_SOUNDS_SECRET: Final = re.compile(
    r"保密|匿名|隐名|隐私|隐藏|secret(?!ary)|secrecy|confidential|anonym|private|privacy|infohidden|ishidden"
    r"|^hidden$|^sfbm|^bm$|^sfnm"
)
_SOUNDS_PUBLIC: Final = re.compile(
    r"愿意公开|同意公开|允许公开|是否公开|公开意愿|^公开$|ispublic|isopen|openflag|publicflag"
    r"|^sfgk|^gkyy"
)
_ABOUT_SECRECY: Final = re.compile(
    "审查|审核|审批|承诺|协议|期限|时间|日期|人员|编号|单位|意见|理由|原因|说明|昵称|用户"
)
"""What the office itself writes about secrecy is no wish of the writer."""
_IN_BRACKETS: Final = re.compile(r"[(\[【〔{<].*?[)\]】〕}>]")
_NOT_IN_NAMES: Final = re.compile(r"[\W_]+")
_SOUNDS_UNPUBLISHED: Final = re.compile(
    r"不公开|不予公开|拒绝公开|不对外公开|notpublic|notopen|unpublish"
)
"""Asked the other way round: "yes" is the wish that nothing of it is published."""
_NAMING: Final = frozenset(
    {"name", "label", "key", "title", "field", "fieldname", "itemname", "question", "text"}
    | {"名称", "字段", "字段名", "标题", "题目", "项目"}
)
_NAMED: Final = frozenset(
    {"value", "val", "fieldvalue", "itemvalue", "answer", "content", "text", "result"}
    | {"值", "字段值", "内容", "选项", "答案"}
)
"""How forms that a platform lets its users build send a field: `{"name": "是否保密", "value":
"是"}`."""
_IN_JSON: Final = re.compile(r'"([^"]{1,30})"\s*:\s*("([^"]{0,40})"|true|false|null|-?\d{1,3})')
_MOST_PARTS: Final = 1000
"""Objects and lists of one record that are looked through."""
_LONGEST_WISH: Final = 40
"""Characters; a longer value is a text, not a choice."""

NO_SECRECY: Final[dict[str, str]] = {
    "feed": "新闻报道本来就是公开的，没有来信人可保密；像是举报的内容仍由 accusation.toml 判断",
}
"""Adapters whose sources cannot ask for secrecy, and why."""


class Wishes(Struct, frozen=True):
    """What the citizen asked of the source."""

    confidential: bool = False
    not_public: bool = False
    notes: tuple[Note, ...] = ()


def wishes(
    secret: Iterable[str],
    public: Iterable[str] = (),
    *,
    yes: frozenset[str] = frozenset(),
    no: frozenset[str] = frozenset(),
) -> Wishes:
    """From every value that stands under one of the names, as the source words it: one wish
    among several fields is a wish. `yes`, `no`: the office's own words for secrecy."""
    notes: list[Note] = []
    yes = _SECRET | (yes - _NOT_SECRET) if yes else _SECRET
    no = _NOT_SECRET | (no - _SECRET) if no else _NOT_SECRET
    confidential = [_means(value, yes, no, "secret", notes) for value in secret]
    may_publish = [_means(value, _PUBLIC, _NOT_PUBLIC, "public", notes) for value in public]
    return Wishes(
        confidential=True in confidential,
        not_public=False in may_publish,
        notes=tuple(dict.fromkeys(notes)),
    )


def _means(
    value: str, yes: frozenset[str], no: frozenset[str], what: str, notes: list[Note]
) -> bool | None:
    if value.strip().lower() in _NOTHING:
        return None
    try:
        return read_yes_no(value, yes, no)
    except BadCell as problem:
        if what == "secret":
            notes.append(Note("confidential_unclear", f"是否要求保密：{problem}；先按要求保密处理"))
            return True
        notes.append(Note("public_unclear", f"是否愿意公开：{problem}；先按不公开处理"))
        return False


def wishes_in(record: object) -> Wishes:
    """From a record of a platform, under any name that sounds like one, however deep."""
    return wishes(*choices(record))


def choices(record: object) -> tuple[list[str], list[str]]:
    """What stands in a record (objects, lists, scalars) under names of secrecy, and under names
    of publication. Bounded, whatever the record holds."""
    heard = _Heard()
    waiting = [record]
    for _ in range(_MOST_PARTS):
        if not waiting:
            break
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting += [each for each in part if isinstance(each, dict | list)]
        elif isinstance(part, dict):
            for name, value in part.items():
                if isinstance(value, dict | list):
                    waiting.append(value)
                heard.take(str(name), value)
            heard.take_field(part)
    return heard.secret, heard.public


class _Heard:
    """Values by the wish that they answer."""

    def __init__(self) -> None:
        self.secret: list[str] = []
        self.public: list[str] = []

    def take(self, name: str, value: Json) -> None:
        sort = wish_of(name) if value is not None else ""
        text = as_text(value) if sort else ""
        if not sort or len(text) > _LONGEST_WISH:
            return
        if sort == "unpublished":
            unclear: list[Note] = []
            said = _means(text, _SECRET, _NOT_SECRET, "secret", unclear)
            # A word that nobody understands stays as it is, to be told of.
            text = text if unclear else {True: "不公开", False: "公开", None: ""}[said]
        (self.secret if sort == "secret" else self.public).append(text)

    def take_field(self, part: Mapping[str, Json]) -> None:
        """An object that is one field of a form, with its name and its value as members."""
        plain = {str(name).lower().replace("_", ""): value for name, value in part.items()}
        names = [plain[each] for each in _NAMING & plain.keys()]
        for name in names:
            if not isinstance(name, str) or len(name) > _LONGEST_WISH or not wish_of(name):
                continue
            for each in _NAMED & plain.keys():
                if plain[each] != name:
                    self.take(name, plain[each])


def heeded(item: Item) -> Item:
    """The item with the wishes of its unmapped columns (`extra`), whatever a platform calls
    them: 是否保密（必填）, IS_SECRET, 信件是否保密, `{"是否保密": "是"}` within another value."""
    heard = _Heard()
    for name, value in item.extra.items():
        for inner_name, inner in ((name, value), *_pairs_of(value)):
            # The last name of a path (`order.form.是否保密`) says what stands there.
            heard.take(inner_name.rpartition(".")[2] or inner_name, inner)
        secret, public = choices(_json_in(value))
        heard.secret += secret
        heard.public += public
    if not heard.secret and not heard.public:
        return item
    asked = wishes(heard.secret, heard.public)
    return replace(
        item,
        confidential=item.confidential or asked.confidential,
        not_public=item.not_public or asked.not_public,
        notes=tuple(dict.fromkeys((*item.notes, *asked.notes))),
    )


@lru_cache(maxsize=4096)
def wish_of(name: str) -> Literal["secret", "public", "unpublished", ""]:
    """Which wish a column of this name holds, if any."""
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", name).lower())
    plain = _NOT_IN_NAMES.sub("", plain)
    if not plain or _ABOUT_SECRECY.search(plain):
        return ""
    if _SOUNDS_SECRET.search(plain):
        return "secret"
    if _SOUNDS_UNPUBLISHED.search(plain):
        return "unpublished"
    return "public" if _SOUNDS_PUBLIC.search(plain) else ""


def _json_in(value: str) -> object:
    """What a platform has put into one field as JSON; None where it is a text."""
    if value[:1] not in ("[", "{"):
        return None
    try:
        return parse_text(value)
    except BadJson:
        return None


def _pairs_of(value: str) -> list[tuple[str, str]]:
    """Names and plain values within a value that is JSON, also where it is cut off."""
    if '"' not in value:
        return []
    return [
        (match[1], match[3] if match[3] is not None else match[2])
        for match in _IN_JSON.finditer(value)
    ]


def wishes_in_text(text: str) -> Wishes:
    """From lines such as "是否保密：是", which the form of a site writes into its mails. What
    is asked for in plain words is found by config/accusation.toml, at every door."""
    found = [(match[1], match[2].strip()) for match in _LINE.finditer(text)]
    return wishes(
        [value for name, value in found if name in SECRET_NAMES],
        [value for name, value in found if name in PUBLIC_NAMES],
    )


def sensitivity(header: bytes) -> str:
    """The mail's own mark (Private, Personal, Company-Confidential), "" where it has none."""
    found = SENSITIVITY.search(header)
    said = found[1].decode("ascii", "replace").strip() if found else ""
    return "" if said.lower() == "normal" else said
