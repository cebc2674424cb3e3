"""承诺事项 in a reply: what is promised, in its own words, and by when.

"路灯将于12月底前修复" gives the clause and 31 December on or after the reply. A
promise without a date ("将尽快处理") is kept with no due date; what is already
done ("已于3月完成") is none. Working days are counted, not turned into a date:
only the calendar knows them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from msgspec import Struct

_CLAUSE = re.compile(r"[^。！!？?；;\n]+")
_PART = re.compile(r"[^，,]+")
_DONE = re.compile(r"已经?[于在]?|早已|现已|目前已|业已|于?日前|此前")
_INTENT = re.compile(
    r"(?<!现)将(?!有关|相关|该|其|情况)|会(?!议|计|员|同|商)|承诺|保证|计划|预计|确保|力争|拟|争取|务必|限期|责令|要求(?!是|为)|安排|定于|预期|拟定|必须"
)
_SOON = re.compile(r"尽快|尽早|及时|早日|近期")
_LIMIT = re.compile(r"[前内底]$")
_NEAR = 14
_ACTION = re.compile(
    r"完成|解决|整改|修复|维修|竣工|完工|开工|动工|开通|启动|落实|发放|安装|建成|交付|到位|投入使用|通车|"
    r"处理|拆除|改造|清理|清运|搬迁|开园|开学|开放|实施|恢复|支付|付清|结清|公布|公示|答复|回复|反馈(?!如下)|办理|"
    r"办结|补种|更换|施工|建设|招标|验收|投用|运营|移交|补发|退还|退款|兑付|签订|修好|建好|装好|办好|接通|调整|增设|疏通|清除|铺设|恢复|供水|供电|通水|通气"
)
_NUMBERS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_YEAR = r"(?:(?P<year>20\d{2})年|(?P<next>明年|次年|来年)|(?P<this>今年|本年|当年))?"
_MAX_PROMISES = 10


class PromiseText(Struct, frozen=True):
    """A promise as the reply words it.

    `start` and `end` count code points of the reply (half open). `due` is the
    last day on which it is kept; `working_days` is set instead when the reply
    counts working days from its own date. Both are empty for "尽快".
    """

    text: str
    start: int
    end: int
    due: date | None = None
    due_text: str = ""
    working_days: int | None = None


class _Due(Struct, frozen=True):
    day: date | None
    text: str
    working_days: int | None = None


def find_promises(reply: str, replied_on: date) -> tuple[PromiseText, ...]:
    """Promises in order of the text, at most ten. Total: any string."""
    found: list[PromiseText] = []
    for clause in _CLAUSE.finditer(reply):
        text = clause.group()
        if not _ACTION.search(text):
            continue
        promise = _promise(text, clause.start(), replied_on)
        if promise is not None:
            found.append(promise)
            if len(found) == _MAX_PROMISES:
                break
    return tuple(found)


def _promise(text: str, offset: int, replied_on: date) -> PromiseText | None:
    due = _due(text, replied_on)
    if due is None:
        if not (_SOON.search(text) and _INTENT.search(text)):
            return None
        at = 0
    else:
        at = text.find(due.text)
        if not _is_meant(text, at, due.text):
            return None
    first, last = _bounds(text, at)
    part = text[first:last]
    if not _ACTION.search(text[at:last]):
        return None
    done = _DONE.search(text[first : at if due is not None else last])
    if done is not None and not _INTENT.search(text[first + done.end() : last]):
        return None
    lead = len(part) - len(part.lstrip())
    return PromiseText(
        text=part.strip(),
        start=offset + first + lead,
        end=offset + first + lead + len(part.strip()),
        due=due.day if due is not None else None,
        due_text=due.text if due is not None else "",
        working_days=due.working_days if due is not None else None,
    )


def _is_meant(text: str, at: int, due_text: str) -> bool:
    """Whether the date is one to come: it is a limit (前, 内, 底), or will and date
    stand close together. A date alone is a letter's head or a piece of history."""
    end = at + len(due_text)
    if text[max(0, at - 1) : at] == "去":
        return False
    if _INTENT.search(text[max(0, at - _NEAR) : at]) or _INTENT.search(
        text[end : end + _NEAR // 2]
    ):
        return True
    return (
        _LIMIT.search(due_text) is not None and _ACTION.search(text[end : end + _NEAR]) is not None
    )


def _bounds(text: str, at: int) -> tuple[int, int]:
    """The comma part around `at`, with the next part when the action stands there and
    the one before when the will stands there."""
    parts = [(part.start(), part.end()) for part in _PART.finditer(text)]
    for index, (start, end) in enumerate(parts):
        if not start <= at < end:
            continue
        first, last = start, end
        if not _ACTION.search(text[start:end]) and index + 1 < len(parts):
            last = parts[index + 1][1]
        if not _INTENT.search(text[start:at]) and index:
            before = text[parts[index - 1][0] : start]
            if _INTENT.search(before) and not _DONE.search(before):
                first = parts[index - 1][0]
        return first, last
    return 0, len(text)


def _due(text: str, replied_on: date) -> _Due | None:
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            due = resolve(match, replied_on)
            if due is not None:
                return due
    return None


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return _NUMBERS.get(text[-1], 0)
    return (_NUMBERS.get(tens, 1) if tens else 1) * 10 + (_NUMBERS.get(ones, 0) if ones else 0)


def _year(match: re.Match[str], replied_on: date) -> int | None:
    """The year the text names, None when it leaves it open."""
    if match.group("year"):
        return int(match.group("year"))
    if match.group("next"):
        return replied_on.year + 1
    return replied_on.year if match.group("this") else None


def _ahead(year: int | None, replied_on: date, build: Callable[[int], date]) -> date | None:
    """The day in the named year, or the first one not before the reply.

    A named day before the reply tells of the past: None.
    """
    try:
        day = build(year if year is not None else replied_on.year)
        if day < replied_on and year is None:
            day = build(replied_on.year + 1)
    except ValueError:
        return None
    return day if day >= replied_on else None


def _on_day(match: re.Match[str], replied_on: date) -> _Due | None:
    month, number = _number(match.group("month")), _number(match.group("day"))
    day = _ahead(_year(match, replied_on), replied_on, lambda year: date(year, month, number))
    return _Due(day, match.group()) if day else None


def _in_month(match: re.Match[str], replied_on: date) -> _Due | None:
    month = _number(match.group("month"))
    if not 1 <= month <= 12:
        return None
    part = match.group("part") or ""
    inside = {"上旬": 10, "初": 10, "中旬": 20, "份上旬": 10, "份中旬": 20}.get(part)

    def build(year: int) -> date:
        return date(year, month, inside or monthrange(year, month)[1])

    day = _ahead(_year(match, replied_on), replied_on, build)
    return _Due(day, match.group()) if day else None


def _this_month(match: re.Match[str], replied_on: date) -> _Due | None:
    first = replied_on.replace(day=1)
    if match.group("which") in ("下月", "下个月", "次月"):
        first = (first + timedelta(days=32)).replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    inside = {"上旬": 10, "初": 10, "中旬": 20}.get(match.group("part") or "")
    day = first.replace(day=inside) if inside else last
    return _Due(day, match.group()) if day >= replied_on else None


def _in_quarter(match: re.Match[str], replied_on: date) -> _Due | None:
    quarter = _number(match.group("quarter"))
    if not 1 <= quarter <= 4:
        return None
    month = quarter * 3

    def build(year: int) -> date:
        return date(year, month, monthrange(year, month)[1])

    day = _ahead(_year(match, replied_on), replied_on, build)
    return _Due(day, match.group()) if day else None


def _in_half(match: re.Match[str], replied_on: date) -> _Due | None:
    month, last = (6, 30) if match.group("half") == "上" else (12, 31)
    day = _ahead(_year(match, replied_on), replied_on, lambda year: date(year, month, last))
    return _Due(day, match.group()) if day else None


def _year_end(match: re.Match[str], replied_on: date) -> _Due | None:
    year = _year(match, replied_on) or replied_on.year
    day = date(year, 12, 31)
    return _Due(day, match.group()) if day >= replied_on else None


def _in_year(match: re.Match[str], replied_on: date) -> _Due | None:
    day = date(int(match.group("year")), 12, 31)
    return _Due(day, match.group()) if day >= replied_on else None


def _within(match: re.Match[str], replied_on: date) -> _Due | None:
    count = _number(match.group("count"))
    unit = match.group("unit")
    if not count:
        return None
    if "工作日" in unit:
        return _Due(None, match.group(), working_days=count)
    if "月" in unit:
        months = replied_on.year * 12 + replied_on.month - 1 + count
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return _Due(date(year, month + 1, min(replied_on.day, last)), match.group())
    days = count * (7 if unit in ("周", "个星期", "星期") else 1)
    return _Due(replied_on + timedelta(days=days), match.group())


def _this_week(match: re.Match[str], replied_on: date) -> _Due | None:
    days = 6 - replied_on.weekday() + (7 if match.group("which").startswith("下") else 0)
    return _Due(replied_on + timedelta(days=days), match.group())


_Rule = Callable[[re.Match[str], date], _Due | None]

_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (
        re.compile(rf"{_YEAR}(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号](?:之?前|以前)?"),
        _on_day,
    ),
    (
        re.compile(
            rf"{_YEAR}(?P<month>{_NUMBER})月(?P<part>份?上旬|份?中旬|份?下旬|初|底|末|份)?(?:之?前|以前)?"
        ),
        _in_month,
    ),
    (
        re.compile(
            r"(?P<which>本月|这个月|当月|下个?月|次月)(?P<part>上旬|中旬|下旬|初|底|末)?(?:之?前|内)?"
        ),
        _this_month,
    ),
    (re.compile(rf"{_YEAR}第?(?P<quarter>[一二三四1-4])季度(?:末|内|底)?(?:之?前)?"), _in_quarter),
    (re.compile(rf"{_YEAR}(?P<half>[上下])半年(?:内|底)?(?:之?前)?"), _in_half),
    (
        re.compile(
            r"(?:(?P<year>20\d{2})年|(?P<next>明年|次年|来年)|(?P<this>今年|本年))?年?(?:年底|底|末)(?:之?前)?"
        ),
        _year_end,
    ),
    (re.compile(r"(?P<year>20\d{2})年(?:之?前|内)"), _in_year),
    (
        re.compile(rf"(?P<count>{_NUMBER})(?P<unit>个?工作日|个月|周|个?星期|日|天)(?:之?内|以内)"),
        _within,
    ),
    (re.compile(r"(?P<which>本周|这周|下周)(?:内|底|末)?(?:之?前)?"), _this_week),
)
