"""并单一并答复: which cases may be answered together, and what each citizen is told.

国办函〔2025〕66号 asks that repeated requests be handled as one (重复诉求并单). One text is written
and reviewed; every citizen still gets a letter of their own, with their own greeting and number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from cases.life.reply import approved_draft, waiting_draft
from cases.privacy.masking import PersonalData, find_personal_data, names_nobody
from cases.privacy.reply_text import personal_data_in
from cases.record.case import Case, State
from cases.record.item import Item
from cases.words.refusals import NotAllowed

GREETING: Final = "【称呼】"
NUMBER: Final = "【受理编号】"
CHANNEL: Final = "【来件渠道】"
UNIT: Final = "【署名】"
PLACES: Final = (GREETING, NUMBER, CHANNEL, UNIT)
"""What the writer puts where each letter differs. Everything else in 【 】 stays as it is."""
REQUIRED: Final = (GREETING, NUMBER)
NAMELESS: Final = "来信人"
"""How a citizen is addressed who gave no name, or wrote something else in its place."""
BEGINNING: Final = f"尊敬的{GREETING}：\n您好！您反映的问题（受理编号：{NUMBER}）收悉。"
ENDING: Final = f"\n{UNIT}"
LEAST: Final = 2
"""Cases; one alone is answered on its own page."""
_PLACE: Final = re.compile("|".join(map(re.escape, PLACES)))
_LONGEST_NAME: Final = 20
_LONGEST_NUMBER: Final = 64
_SHORTEST_NUMBER: Final = 5
"""Characters of a number that is looked for in a text as it stands."""


def why_apart(case: Case, lead: str = "") -> str:
    """Why this case cannot be answered together with others; "" where it can. `lead`: the unit
    that answers, "" for any."""
    if why := why_no_longer(case, lead):
        return why
    if waiting_draft(case) or approved_draft(case):
        return "已有单独的答复稿"
    return ""


def why_no_longer(case: Case, lead: str) -> str:
    """Why a case that was chosen is left out now, whatever drafts it has; "" where it is not."""
    if case.state is State.ARCHIVED or case.item.archived:
        return "历史件"
    if not case.open:
        return case.state_words
    if case.confidential or case.item.confidential:
        return "保密件，单独答复"
    if case.item.disclosure:
        return "依申请公开，单独答复"
    if case.round.deciding_clock is None:
        return "没有答复时限，不用答复"
    if not (case.dispatched and case.unit) or case.held is not None:
        return "还没有派单"
    if lead and case.unit != lead:
        return "主办单位不同"
    return ""


# -- the text ------------------------------------------------------------------


def letter(text: str, item: Item, unit: str) -> str:
    """The common text as this citizen gets it. `unit`: the name that signs.

    The places are found in the common text alone, once: what a citizen wrote is put in and never
    read for places, so a name such as "【受理编号】" or "{number}" stays a name."""
    values: Mapping[str, str] = {
        GREETING: greeting(item),
        NUMBER: number(item),
        CHANNEL: _line(item.channel),
        UNIT: unit,
    }
    return _PLACE.sub(lambda found: values[found[0]], text)


def greeting(item: Item) -> str:
    """The name that the source gives; `NAMELESS` for none, and for what is not only a name."""
    name = item.author.strip()
    if names_nobody(name) or len(name) > _LONGEST_NAME or not name.isprintable():
        return NAMELESS
    if any(span.kind is not PersonalData.NAME for span in find_personal_data(name)):
        return NAMELESS
    return name


def number(item: Item) -> str:
    """受理编号, as the source numbers it."""
    return _line(item.source_item_id)[:_LONGEST_NUMBER]


def check_text(text: str, items: Iterable[Item]) -> None:
    """`items`: of all who would get it. Raises `NotAllowed` for a common text without the places
    that make each letter its own, and for one that tells of one citizen to the others."""
    missing = [place for place in REQUIRED if place not in text]
    if missing:
        raise NotAllowed(
            f"一并答复的正文里应有{'、'.join(PLACES[:2])}，发出时换成各人的称呼和编号；"
            f"实际缺少{'、'.join(missing)}。"
        )
    if not _PLACE.sub("", text).strip():
        raise NotAllowed("请填写答复内容。")
    for item in items:
        if named := named_in(text, item):
            raise NotAllowed(
                f"正文里有其中一件的{named}，会发给其他来信人。请删去，或换成{GREETING}、{NUMBER}，"
                "或把那一件移出单独答复。"
            )


def named_in(text: str, item: Item) -> str:
    """What of this citizen stands in a text that others get, in words; "" for nothing."""
    plain = _PLACE.sub("\n", text)
    found = [span.kind for span in personal_data_in(plain, item, names=True)]
    name = "".join(item.author.split())
    if not names_nobody(name) and len(name) > 1 and name in "".join(plain.split()):
        found.append(PersonalData.NAME)
    if found:
        return "、".join(dict.fromkeys(kind.value for kind in found))
    own = number(item)
    return "受理编号" if len(own) >= _SHORTEST_NUMBER and own in plain else ""


def _line(text: str) -> str:
    """In one line, without what does not print (also what turns the direction of writing)."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
