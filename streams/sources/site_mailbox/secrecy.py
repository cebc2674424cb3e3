"""Whether the citizen asked a site for secrecy: 公开意愿：不公开, `info_hidden`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from cases.record.item import Note
from streams.sources.values.cells import BadCell, read_yes_no
from streams.sources.values.words import NO, NOTHING, YES

KEYS: Final = ("info_hidden", "infoHidden", "is_hidden", "isHidden", "is_secret", "isSecret")
"""Under these names interfaces say it themselves; no configuration is needed."""
_HIDDEN: Final = YES | {"隐藏", "不公开", "不愿公开", "完全保密", "匿名保密", "已隐藏", "同意保密"}
_SHOWN: Final = NO | {"不隐藏", "未隐藏", "显示", "愿意公开", "同意公开", "可以公开"}
_PUBLIC: Final = frozenset(
    {
        "是",
        "公开",
        "愿意",
        "同意",
        "愿意公开",
        "同意公开",
        "可公开",
        "可以公开",
        "已公开",
        "全部公开",
    }
    | {"完全公开", "对外公开", "主动公开", "true", "1", "y", "yes"}
)
_NOT_PUBLIC: Final = frozenset(
    {
        "否",
        "不公开",
        "不愿公开",
        "不愿意",
        "不愿意公开",
        "不同意",
        "不同意公开",
        "不对外公开",
        "保密",
    }
    | {"拒绝公开", "不予公开", "依申请公开", "隐藏", "false", "0", "n", "no"}
)


def asked_for_secrecy(values: Mapping[str, str], notes: list[Note]) -> bool:
    """By the fields `confidential` and `public`; a wording nobody knows counts as asked for,
    with a note."""
    asked = False
    for name, yes, no in (
        ("confidential", _HIDDEN, _SHOWN),
        ("public", _NOT_PUBLIC, _PUBLIC),
    ):
        text = unicodedata.normalize("NFKC", values.get(name, "")).strip()
        if text.lower() in NOTHING - yes - no:
            continue
        try:
            asked = read_yes_no(text, yes, no) is True or asked
        except BadCell:
            said = f"来源关于是否公开的说法“{text[:40]}”不认得，先按要求保密处理，请核对"
            notes.append(Note("confidential_unclear", said))
            asked = True
    return asked
