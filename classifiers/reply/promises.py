"""承诺事项 in a reply: what is promised, in its own words, and by when.

"路灯将于12月底前修复，护栏年后更换" promises lamps by 31 December. Every day to come that a
sentence names is looked at by itself, so a sentence may hold several promises. A day is
promised when will and act stand by it ("预计6月份安装完毕"), or when it is a limit with an act
("本周内修复"); the will carries on through a list ("计划下半年开建，明年上半年交付"). What is done
("已于12月27日修复"), what a rule says ("应当自受理之日起10日内"), and what citizens are to do
("请于月底前申请") is none. A promise without a day ("将尽快处理") is kept with no due date.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Final

from msgspec import Struct

from classifiers.reply.due_dates import NamedDay, named_days


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


SENTENCE: Final = re.compile(r"[^。！!？?；;\n]+")
_PART: Final = re.compile(r"[^，,]+")
_MAX_PROMISES: Final = 10
_LONGEST: Final = 1000
"""Characters of a sentence that are read; real ones have fewer."""

_ACT: Final = re.compile(
    r"完成|(?:完工|完善|完毕|解决|整改|整治|整修|(?<!装)修|竣工|动工|开工|施工|开通|开建|开业|开考|启动|落实|到位|到户|发放|"
    r"安装|安排|建|交付|交房|投入|投用|使用|通车|通水|通电|通气|供水|供电|亮灯|处理|拆除|拆|改造|清理|清运|清淤|"
    r"清退|清除|搬|迁|拖离|拖运|填埋|开园|开学|招生|开放|实施|实行|实现|恢复|支付|付清|结清|结算|预交|兑付|公布|公示|"
    r"公开|公告|答复|回复|反馈(?!如下)|办理|办证|办结|办成|改正|纠正|补种|更换|招标|验收|运营|运行|移交|补发|退还|退款|全部退|签订|"
    r"装好|办好|接通|贯通|调整|增设|疏通|铺|面世|推出|推进|出台|出具|召开|举行|成立|关闭|停业|配备|配置|取缔|"
    r"扩建|扩宽|加宽|消除|达到(?=[^，,]{0,8}(?:条件|标准))|征收|征地|拆迁|清洗|清扫|受理|检查|调查|开展|硬化|协商|查明|加固|覆盖|具备|下达|审核|上线|上报|缓解|进场)"
    r"(?!计划|方案|规划|任务|项目|指标|政策|名录|目录|办法|协议|之日)"
)
_WILL: Final = re.compile(
    r"(?<!现)(?<!即)将(?!有关|相关|该|其|近|情况)|即将|[将也都](?:会|可)|(?<![大委协社开])会(?:尽|安装|完成)|承诺|保证|预计|预期|"
    r"确保|力争|争取|努力|有望|务必|限期|限定|限其|责令|责成|督促|(?<![的案件定策准范规])要求(?!是|为|的|，)|安排(?=[^，,]{0,6}(?:人|车|队|施工|维修|资金|进场|完成|实施|修|建|开))|定于|定在|"
    r"必须(?!为|是|符合|严格|具备|按)|决定|推迟[至到]|延期[至到]|(?<!虚)(?<!模)拟(?!建议|订)|"
    r"(?<!原)(?:计划|规划)(?=[于在从到对将年内今明本下元春秋\d两一二三四五六七八九十新扩改开建完修投实安进启整动硬拆用]|采取)|"
    r"(?<![不无未])可(?:以|基本|全面)?(?=解决|完|竣|通|开|投|动|全|建|修|启|即|实|受理|在|于|出)|就能|才能"
)
_SOON: Final = re.compile(r"尽快|尽早|及时|早日|近期|近日")
_DONE: Final = re.compile(
    r"(?<!不得)已(?!申报|纳入|列入|经.{0,3}(?:计划|规划))|早已|业已|于?日前|此前|曾|直[至到]|由?原(?:计划|定)|截[至止]"
)
_HAPPENED: Final = re.compile(
    r"[完成立进入修改增建换到办发](?:了|过)(?!解|的)|后来|(?<!将)并?未(?:在|能|按|履行|整改|完成|提供|自行)|但[^，,]{0,12}未"
)
_AGAIN: Final = re.compile(
    r"承诺|责令|责成|要求|督促|计划|预计|将|拟|争取|力争|确保|安排|限|决定|推迟[至到]|延期[至到]"
)
_NO_WILL: Final = re.compile(r"(?:没有|并?未|不再?|暂无|无|不能|无法|难以|取消)[^，,]{0,6}$")
_NO_ACT: Final = re.compile(
    r"^[^，,将]{0,3}(?:不能|无法|难以|没有|暂无|未)|^[^，,]{0,10}(?:暂未|尚未|正在|还不能|不会|不予)"
    r"|^[^，,]{0,6}以来"
)
_CITIZENS: Final = re.compile(
    r"请(?:您|你|于|在|各|查看|关注|留意|咨询)|[您你](?:可|须|需|应|还可|在|于)|可自|建议[您你]|申请人|对象|业主(?:应|须|需|可)|逾期|"
    r"年满|满\d|补缴|参保|缴费|生育|签订(?!了)|提出|有效期|享受|申领|产后|就读|网签"
)
_RULE: Final = re.compile(
    r"应当?|(?<!必)须(?!发)|规定|有权|不得|至迟|最迟|一般在|时限|要在|每[年月日]|《[^》]*法》|条例|按照合同"
)
_COUNTED_FROM: Final = re.compile(r"之日起|时限")
_WHICH: Final = re.compile(r"^[^，,]{0,10}的(?:$|，)|^[^，,]{0,10}一次(?:$|，)")
_ORDER: Final = re.compile(r"要求|责令|责成|限")
_ANCHOR: Final = re.compile(r"(?:后|起|之日|以来|自|出生|收到|入院|有效期满?)[^，,]{0,3}$")
_HEAD: Final = re.compile(r"\s*(?:我[司局镇县委]|网友|尊敬|您好)")
_YEARLY: Final = re.compile(r"每年|历年|往年")
_CONDITION: Final = re.compile(r"如(?!期|下|东|何|此|实)|若(?!干)|假如|凡是?|一旦|的话")
_PLAN_OF_YEAR: Final = re.compile(
    r"^(?:有望)?[纳列]入|^度?[^，,将拟可]{0,20}?(?:计划(?!于|在|新)|方案|政策|规划|任务|指标|目录|标准|预算|新生|名单|清单|活动|工作会|工作要点|整修范围|重点)"
)
_INTO_PLAN: Final = re.compile(r"(?:[纳列进]入|申报|上报|报|下达|关注)[^，,]{0,8}$")
_RANGE: Final = re.compile(r"^\s*(?:起)?\s*[—－\-~～至到]+\s*$")
_OR: Final = re.compile(r"^\s*或者?\s*$")
_QUOTED: Final = re.compile(
    r"《[^》]*》|“[^”]*”(?=[^，,]{0,3}的?(?:问题|留言|来信|帖|贴|建议|诉求|情况|咨询|一))"
)
_NEAR: Final = 16


def find_promises(reply: str, replied_on: date) -> tuple[PromiseText, ...]:
    """Promises in order of the text, at most ten. Total: any string."""
    found: list[PromiseText] = []
    for sentence in SENTENCE.finditer(reply):
        text = sentence.group()[:_LONGEST]
        if not _ACT.search(text):
            continue
        found += _dated(text, sentence.start(), replied_on) or _soon(text, sentence.start())
        if len(found) >= _MAX_PROMISES:
            break
    return tuple(found[:_MAX_PROMISES])


def _dated(text: str, offset: int, replied_on: date) -> list[PromiseText]:
    days = _single(text, named_days(text, replied_on))
    found: list[PromiseText] = []
    carried = False
    reached = 0
    for at, day in enumerate(days):
        until = days[at + 1].start if at + 1 < len(days) else len(text)
        place = _Place(
            text,
            day,
            since=days[at - 1].end if at else 0,
            until=until,
            past_before=any(not other.ahead for other in days[:at]),
        )
        if place.tells_of_the_past:
            carried = False
        elif day.ahead and place.is_promise(carried=carried):
            carried = True
            first, last = _bounds(text, day, reached)
            reached = last
            found.append(_as_promise(text, offset, (first, last), day))
    return found


def _single(text: str, days: tuple[NamedDay, ...]) -> list[NamedDay]:
    """Of two days with 至 or 或 between them the second stands for both; those in titles and
    in the citizen's own words are left out."""
    joined = [
        pair
        for pair in pairwise(days)
        if _RANGE.match(text[pair[0].end : pair[1].start])
        or _OR.match(text[pair[0].end : pair[1].start])
    ]
    gone = {pair[0].start for pair in joined if pair[1].ahead}
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    return [
        day
        for day in days
        if day.start not in gone and not any(a <= day.start < b for a, b in quoted)
    ]


class _Place(Struct, frozen=True):
    """A named day in its sentence, and how far what is said of it may reach."""

    text: str
    day: NamedDay
    since: int
    until: int
    past_before: bool = False

    @property
    def _part_start(self) -> int:
        commas = [self.text.rfind(mark, 0, self.day.start) for mark in "，,"]
        return max(*commas, -1) + 1

    @property
    def _before(self) -> str:
        """Of its own comma part, behind the day before it."""
        return self.text[max(self._part_start, self.since) : self.day.start]

    @property
    def _after(self) -> str:
        """Its own comma part, and the next one when the day ends its part."""
        parts = _PART.findall(self.text[self.day.end : self.until])
        if self.text[self.day.end : self.day.end + 1] in ("，", ","):
            return parts[0] if parts else ""
        own = parts[0] if parts else ""
        following = parts[1] if len(parts) > 1 and not _ACT.search(own) else ""
        return own + following

    @property
    def tells_of_the_past(self) -> bool:
        before, after = self._before, self._after
        done = list(_DONE.finditer(before))
        if done and not _AGAIN.search(before[done[-1].end() :]):
            return True
        act = _ACT.search(after)
        if _DONE.search(after[: act.start()] if act else after[:6]):
            return True
        rest = self.text[self.day.end :]
        return _HAPPENED.search(after) is not None or (
            self.day.counted and _HAPPENED.search(rest) is not None
        )

    def is_promise(self, *, carried: bool) -> bool:
        before, after = self._before, self._after
        if not _ACT.search(after) and not _ACT.search(before[-_NEAR:] if self.day.limit else ""):
            return False
        if _NO_WILL.search(before) or _NO_ACT.search(after):
            return False
        if not self.text[: self.day.start].strip() and _HEAD.match(self.text[self.day.end :]):
            return False
        if self._is_for_citizens_or_a_rule(before, after):
            return False
        will = self._wills(before, after)
        if self.day.broad:
            if _INTO_PLAN.search(before) or _PLAN_OF_YEAR.search(after):
                return False
            return will or carried
        return will or carried or (self._is_limit(before, after) and not self.past_before)

    def _wills(self, before: str, after: str) -> bool:
        first = self.day.start - min(len(before), _NEAR)
        reach = len(after) if self.day.broad and not before.strip() else _NEAR
        if _stands(_WILL, self.text, first, self.day.start) or _WILL.search(after[:reach]):
            return True
        previous = self.text[: self._part_start].rstrip("，,")
        last_part = _PART.findall(previous)[-1:] if self._part_start else []
        return (
            len(before) < 4
            and self.day.limit
            and bool(last_part)
            and _AGAIN.search(last_part[0][-8:]) is not None
        )

    def _is_limit(self, before: str, after: str) -> bool:
        reach = _NEAR if before.strip() else len(after)
        return self.day.limit and _ACT.search(after[:reach]) is not None and len(before) < 30

    def _is_for_citizens_or_a_rule(self, before: str, after: str) -> bool:
        around = before + self.day.text + after[:_NEAR]
        if _CITIZENS.search(before[-24:] + after[:12]):
            return True
        if self.day.counted:
            return bool(
                _COUNTED_FROM.search(self.text)
                or _WHICH.search(self.text[self.day.end :])
                or (self.past_before and _ORDER.search(before))
                or _ANCHOR.search(before)
                or _RULE.search(around)
                or _CONDITION.search(self.text[: self.day.start])
            )
        return bool(
            _RULE.search(before)
            or _CONDITION.search(before)
            or _YEARLY.search(self.text[: self.day.start])
        )


def _stands(words: re.Pattern[str], text: str, first: int, last: int) -> bool:
    """Whether one of the words begins in text[first:last]; it may look further."""
    return any(match.start() < last for match in words.finditer(text, first))


def _bounds(text: str, day: NamedDay, reached: int) -> tuple[int, int]:
    """The comma part around the day, with the next part when the act stands there and the
    one before when the will stands there; never what an earlier promise took."""
    parts = [match.span() for match in _PART.finditer(text)]
    index = next(
        i for i, (start, end) in enumerate(parts) if start <= day.start < end or end == len(text)
    )
    first, last = parts[index]
    if not _ACT.search(text[day.end : last]) and index + 1 < len(parts):
        last = parts[index + 1][1]
    if not _stands(_WILL, text, first, last) and index:
        before = text[slice(*parts[index - 1])]
        if _WILL.search(before) and not _DONE.search(before):
            first = parts[index - 1][0]
    return min(max(first, reached), day.start), last


def _soon(text: str, offset: int) -> list[PromiseText]:
    """ "尽快" and the like: the part that says so."""
    for part in _PART.finditer(text):
        words = part.group()
        if not (_SOON.search(words) and _WILL.search(words) and _ACT.search(words)):
            continue
        done = _DONE.search(words)
        if done is None or _AGAIN.search(words[done.end() :]):
            return [_as_promise(text, offset, part.span(), None)]
    return []


def _as_promise(text: str, offset: int, span: tuple[int, int], day: NamedDay | None) -> PromiseText:
    first, last = span
    words = text[first:last]
    start = offset + first + len(words) - len(words.lstrip("，, \t\u3000\xa0"))
    words = words.strip("，, \t\u3000\xa0")
    return PromiseText(
        text=words,
        start=start,
        end=start + len(words),
        due=day.day if day else None,
        due_text=day.text if day else "",
        working_days=day.working_days if day else None,
    )
