r"""Text as the rules of masking read it, and the way back to the text as it was written.

Numbers and names are written in many ways that look alike to a reader: full-width forms,
digits of other scripts, enclosed digits, traditional characters, soft hyphens, characters
that show nothing, `\u5f20` in JSON. Rules see one plain form of each (NFKC, UAX #15);
`Normalized` says which characters of the original stand behind each character of it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

_PAIRS: Final = (
    "係系倫伦偉伟傑杰兒儿內内兩两剛刚劉刘勝胜區区參叁吳吴呂吕喬乔單单嚴严國国報报塢坞婁娄媽妈孫孙學学實实寫写寶宝層层屬属嶺岭師师帳账廣广張张強强愛爱慶庆憲宪戶户於于"
    "曉晓東东棟栋楊杨榮荣樂乐樓楼機机歐欧歲岁溫温滿满潔洁澤泽濤涛濱滨灣湾瑩莹畢毕當当監监盧卢碼码禮礼竇窦簡简紀纪紅红組组絡络經经縣县繫系羅罗義义聞闻聯联聶聂興兴舉举"
    "莊庄華华萬万葉叶蓮莲蔣蒋蕭萧蘇苏蘭兰號号衛卫裏里親亲許许訴诉話话誌志請请諸诸謝谢證证譚谭護护豔艳貞贞貳贰貴贵費费賀贺賈贾賢贤賬账賴赖趙赵車车軍军輝辉辦办連连遠远"
    "郵邮鄉乡鄒邹鄔邬鄧邓鄭郑銀银錢钱鍾钟鎮镇鐘钟長长門门閆闫閔闵閻阎關关陳陈陸陆雲云電电靜静韋韦項项順顺顏颜顧顾飛飞饒饶馬马馮冯駱骆鮑鲍鳳凤鵬鹏麗丽黃黄齊齐齡龄龍龙"
    "龔龚"
)
"""Traditional and simplified, for names and for the words that announce one."""
_PLAIN: Final = (
    dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u2022\u30fb\u2027\u2219\u22c5\uff65\u25cf", "·")
    | dict.fromkeys("\u3164\u2800\u115f\u1160\uffa0", "")
    | dict.fromkeys("\u2028\u2029\x0b\x0c\x85", "\n")
)
"""What NFKC leaves apart: dashes, dots, fillers that show nothing, line ends."""


def _simplified_han() -> str:
    """The basic ideographs without those of `_PAIRS`, as ranges of a character class."""
    holes = [0x4DFF, *sorted(map(ord, _PAIRS[::2])), 0xA000]
    return "".join(f"{chr(a + 1)}-{chr(b - 1)}" for a, b in pairwise(holes) if a + 1 < b)


_USUAL: Final = "\n\r\t -\\[\\]-~、。《》“”‘’…！？；，「」【】〔〕〇℃㎡％·" + _simplified_han()
_UNUSUAL: Final = re.compile(rf"(?:\\u[0-9A-Fa-f]{{4}}|[^{_USUAL}])+")
"""Runs of what is neither plain Chinese nor ASCII, or is an escape of JSON."""
_FIRST_UNUSUAL: Final = re.compile(f"[^{_USUAL}]")
_PIECE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|.", re.DOTALL)
_ENCLOSED_RUN: Final = 3
"""Enclosed and raised digits (①, ²) are digits where so many stand together; alone they
number a list or are a power."""
_BRACKETS: Final = (("（", "("), ("）", ")"), ("：", ":"), ("丶", "、"))
"""The full-width marks of every second text, put right without looking at each character."""


class Normalized(NamedTuple):
    text: str
    places: list[tuple[int, int]] | None
    """For each character of `text` its start and end in the original, half open; None
    where places are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original behind a part of `text`; half open, not empty."""
        if self.places is None:
            return start, end
        return self.places[start][0], self.places[end - 1][1]


def normalize(text: str) -> Normalized:
    """Takes any string, lone surrogates too; time in proportion to its length."""
    for wide, narrow in _BRACKETS:
        text = text.replace(wide, narrow)
    if not _FIRST_UNUSUAL.search(text):
        return Normalized(text, None)
    runs = [
        (run.start(), run.end(), _plain_run(run.group(), run.start()))
        for run in _UNUSUAL.finditer(text)
    ]
    pieces: list[str] = []
    done = 0
    for start, end, run in runs:
        pieces.append(text[done:start])
        pieces += [plain for plain, _, _ in run]
        done = end
    pieces.append(text[done:])
    plain_text = "".join(pieces)
    if all(len(plain) == 1 == end - start for _, _, run in runs for plain, start, end in run):
        return Normalized(plain_text, None)
    places: list[tuple[int, int]] = []
    done = 0
    for start, end, run in runs:
        places += [(at, at + 1) for at in range(done, start)]
        for plain, first, last in run:
            places += [(first, last)] * len(plain)
        done = end
    places += [(at, at + 1) for at in range(done, len(text))]
    return Normalized(plain_text, places)


def _plain_run(run: str, offset: int) -> list[tuple[str, int, int]]:
    """The plain form of each character of a run, with its place in the original."""
    found = [
        (
            chr(int(match[1], 16)) if match[1] else match[0],
            offset + match.start(),
            offset + match.end(),
        )
        for match in _PIECE.finditer(run)
    ]
    digits = sum(_enclosed_digit(char) != "" for char, _, _ in found) >= _ENCLOSED_RUN
    return [(_plain(char, digits=digits), start, end) for char, start, end in found]


@lru_cache(maxsize=4096)
def _plain(char: str, *, digits: bool) -> str:
    known = _PLAIN.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me", "Cc") and char not in "\n\r\t":
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if enclosed := _enclosed_digit(char):
        return enclosed if digits else char
    plain = unicodedata.normalize("NFKC", char)
    # ㎡ and … stay one character: no rule reads them otherwise.
    return plain if len(plain) == 1 or (plain.isalpha() and category != "So") else char


def _enclosed_digit(char: str) -> str:
    """The digit of ①, ⑴, ² or ㊀; "" of anything else."""
    if unicodedata.category(char) not in ("No", "So"):
        return ""
    digit = unicodedata.digit(char, None)
    if digit is None and "\u3220" <= char <= "\u3228":
        digit = ord(char) - 0x321F
    if digit is None and "\u3280" <= char <= "\u3288":
        digit = ord(char) - 0x327F
    return "" if digit is None else str(digit)
