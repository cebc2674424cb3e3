"""Which tables are changed on pages, and what people call their keys.

What a key holds, and what is wrong with it, says the declaration that the file itself is read by
(`Sheet.shape`); a test compares the keys of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cases.clocks.policy_table import ClockRow, ExtensionRow, OfficeRow
from cases.clocks.published_days import DayRow, YearRow
from cases.registers.watch import Watch
from cases.reporting.ledger_table import ChosenColumn, OnPaper
from cases.reporting.settings import Letterhead
from cases.routing.clue_words import Handling
from cases.routing.reasons import PlaceRole, Policy, Rule
from cases.routing.rulings import Ruling
from cases.routing.units import Unit
from desk.tables.sheet import CLOSED, Offers, Sheet, Term
from desk.tables.site_sheets import SITE_SHEETS

_RULES: Final = {
    Rule.NAMED_UNIT.value: "来源指定的单位",
    Rule.NAMED_IN_TEXT.value: "文中点名的单位",
    Rule.EVENT.value: "派单目录",
    Rule.TOPIC.value: "主管的分类",
    Rule.PLACE.value: "属地",
}
_ROLES: Final = {
    PlaceRole.ASSIST.value: "协办",
    PlaceRole.LEAD.value: "主办",
    PlaceRole.NONE.value: "不参与",
}
_SEVERAL: Final = "多个用顿号分开。"
_TOPICS: Final = f"写作 一级、一级/二级 或 一级/二级/三级，越细的越优先。{_SEVERAL}"
_BY_PROGRAM: Final = "自动编号，事项靠它认这一行"

_UNITS: Final = Sheet(
    name="units", title="单位和派单词", group="派单",
    about="各单位叫什么、管什么、管哪里。来件按这些派给单位。",
    file="units.toml", path=("unit",), shape=Unit, key="id", prefix="unit",
    listed=("name", "topics", "aliases"),
    terms=(
        Term("name", "单位名称", "全称。"),
        Term("kind", "类别"),
        Term("aliases", "别名", f"群众和别的系统怎样称呼它。{_SEVERAL}"),
        Term("topics", "主管的分类", _TOPICS),
        Term("assists", "协办的分类", _TOPICS),
        Term("places", "辖区", f"归它管的地名。{_SEVERAL}两条斜线之间的是正则表达式。"),
        Term("named_in_text", "文中点名就派给它", "只是收信人、不是承办单位的，选“否”。"),
        Term("may_not_return", "不得退回的分类", f"* 表示全部。{_SEVERAL}"),
        Term("contact", "联系方式"),
        Term("parent", "上级单位", offers=Offers.UNITS),
        Term("merged_into", "并入的单位", "撤销、合并的写由谁承接。", Offers.UNITS),
        Term("valid_from", "设立日期"),
        Term("valid_to", "撤销日期", "最后一天。写了这一天就要写并入的单位。"),
    ),
    left_to_the_file={"id": _BY_PROGRAM, "formerly": "原名一个一行", "sections": "科室一个一行"},
)  # fmt: skip
_EVENTS: Final = Sheet(
    name="directory", title="派单目录", group="派单",
    about="来件里有这些词的，归这个单位。一个词只能属于一个单位。",
    file="units.toml", path=("event",), shape=Handling, key="id", prefix="event",
    listed=("item", "words", "unit"),
    terms=(
        Term("item", "事项", "目录里的名称，如 供水。处置事件可以不写。"),
        Term("words", "词", f"来件里有其中一个就算。{_SEVERAL}"),
        Term("unit", "承办单位", offers=Offers.UNITS),
    ),
    left_to_the_file={"id": _BY_PROGRAM},
)  # fmt: skip
_RULINGS: Final = Sheet(
    name="rulings", title="派单裁定", group="派单",
    about="裁定过的事项，先于其他规则。异议的裁定在“派单异议”里列入，也可以直接写在这里。",
    file="units.toml", path=("ruling",), shape=Ruling, key="id", prefix="ruling",
    listed=("item", "words", "unit"),
    terms=(
        Term("item", "事项"),
        Term("words", "词", f"来件里全都有才算。{_SEVERAL}"),
        Term("unit", "承办单位", offers=Offers.UNITS),
        Term("basis", "依据", "文件、职责分工、会议决定。"),
        Term("decided_on", "裁定日期"),
        Term("decided_by", "裁定人"),
        Term("case_id", "事项编号", "在哪件里裁定的，可以不写。"),
    ),
    left_to_the_file={"id": _BY_PROGRAM},
)  # fmt: skip
_ROUTING: Final = Sheet(
    name="routing", title="派单规则", group="派单",
    about="几条规则都对得上的，先问哪一条；都对不上的归谁。",
    file="units.toml", path=("routing",), shape=Policy,
    terms=(
        Term("order", "先后", f"可选：{'、'.join(_RULES.values())}。{_SEVERAL}", names=_RULES),
        Term("default", "都对不上的归", offers=Offers.UNITS),
        Term("place_role", "属地单位", "主管单位主办时。", names=_ROLES),
        Term("place_leads", "属地主办的分类", _TOPICS),
        Term("body_mentions", "正文至少提到几次", "标题没有提到派单目录的词时。"),
    ),
)  # fmt: skip

_CONDITION: Final = f"不写的都算。{_SEVERAL}"
_CLOCKS: Final = Sheet(
    name="clocks", title="时限", group="时限",
    about="每件来件起哪几个时限、多长、依据是什么。同名的从上往下，第一行符合条件的生效。"
    "改了以后新来的按新的算，已经起算的不变。",
    file="deadlines.toml", path=("clock",), shape=ClockRow, key="id", prefix="clock",
    listed=("label", "working_days", "days", "hours", "source"), ordered=True,
    terms=(
        Term("label", "叫法", "如 答复。"),
        Term("name", "哪一种时限", "同一种的只有一行生效。", Offers.CLOCKS),
        Term("working_days", "工作日", "收到的次日起算。工作日、自然日、小时只写一样。"),
        Term("days", "自然日", "最后一天放假的，顺延到放假后第一个工作日。"),
        Term("hours", "小时", "从发现起算，节假日不停。"),
        Term("fixed", "按来源给的时间", "选“是”的不写天数。"),
        Term("none", "没有这个时限", "选“是”的不写天数：符合条件的不起这个时限。"),
        Term("extension", "能不能延期", "按哪一条延期规定；不选就是不能延期。", Offers.EXTENSIONS),
        Term("source", "依据", "文号和条款。会印在页面上，考核时要拿得出文件。"),
        Term("when.source", "只算这些来源", f"来源的名字。{_CONDITION}"),
        Term("when.channel", "只算这些渠道", _CONDITION),
        Term("when.kind", "只算这些诉求类型", _CONDITION),
        Term("when.topic", "只算这些一级分类", _CONDITION),
        Term("when.risk", "只算有这些风险的", _CONDITION),
        Term("when.event_level", "只算这些突发事件级别", _CONDITION),
        Term("when.simple", "简单问题", "不选的都算。"),
        Term("when.urgent", "紧急", "不选的都算。"),
        Term("when.loud", "危急", "不选的都算。"),
        Term("when.disclosure", "依申请公开", "不选的都算。"),
    ),
    left_to_the_file={"id": _BY_PROGRAM, "extension_limit": "旧写法，改用延期规定"},
)  # fmt: skip
_EXTENSIONS: Final = Sheet(
    name="extensions", title="延期规定", group="时限",
    about="最多能延几天，依据是什么。时限里选用。",
    file="deadlines.toml", path=("extension",), shape=ExtensionRow, key="id", prefix="extension",
    listed=("source", "most"),
    terms=(
        Term("most", "最多延几天", "工作日时限按工作日，自然日时限按自然日。"),
        Term("source", "依据", "文号和条款。"),
    ),
    left_to_the_file={"id": _BY_PROGRAM},
)  # fmt: skip
_HOURS: Final = Sheet(
    name="hours", title="上班时间", group="时限",
    about="用来折算暂停的时间，和最后一天到几点截止。",
    file="deadlines.toml", path=("office",), shape=OfficeRow,
    terms=(
        Term("hours", "上班时段", f"如 08:30-12:00、14:00-17:30。{_SEVERAL}"),
        Term("day_end", "最后一天到几点", "如 17:30；二十四时截止的写 23:59:59。"),
    ),
)  # fmt: skip

_DAYS: Final = Sheet(
    name="calendar-days", title="放假和调休的日子", group="日历",
    about="软件还没有的放假通知、本地假日、临时调整、更正。整年的通知在“工作日历”里粘贴，不用一行一行写。",
    file="calendar.toml", path=("day",), shape=DayRow, key="from",
    listed=("from", "to", "kind", "name", "notice"),
    terms=(
        Term("from", "从哪天"),
        Term("to", "到哪天", "含这一天；只有一天的写同一天。"),
        Term("date", "哪天", "只有一天的旧写法；写了它就不写从哪天、到哪天。"),
        Term("kind", "安排", names={"holiday": "放假", "workday": "上班"}),
        Term("name", "名称", "如 元旦、春节调休、本地的民族节日。"),
        Term("notice", "依据", "发文字号。"),
    ),
)  # fmt: skip
_YEARS: Final = Sheet(
    name="calendar-years", title="通知已写全的年份", group="日历",
    about="这一年的放假通知已经全部写进来，不再标“暂定”。",
    file="calendar.toml", path=("year",), shape=YearRow, key="year",
    listed=("year", "notice"),
    terms=(Term("year", "年份"), Term("notice", "发文字号")),
)  # fmt: skip
_COLUMNS: Final = Sheet(
    name="ledger", title="台账的栏目", group="台账和材料",
    about="台账里有哪些栏、什么次序。",
    file="ledger.toml", path=("column",), shape=ChosenColumn, key="key",
    listed=("key", "header", "width"), ordered=True,
    terms=(
        Term("key", "内容", offers=Offers.COLUMNS),
        Term("header", "表头", "不写用通用名称。"),
        Term("width", "列宽", "1 至 200，半角字符数。"),
    ),
)  # fmt: skip
_ON_PAPER: Final = Sheet(
    name="ledger-word", title="台账的 Word 版", group="台账和材料",
    about="Word 页面窄，只印这几栏。",
    file="ledger.toml", path=("word",), shape=OnPaper,
    terms=(
        Term("columns", "栏目", f"都要在台账的栏目里。{_SEVERAL}", Offers.COLUMNS),
        Term("most_rows", "最多印多少件", "超过的只印汇总和清单。"),
        Term("most_listed", "清单最多列多少件"),
    ),
)  # fmt: skip
_WATCHES: Final = Sheet(
    name="watches", title="预设的关注主题", group="关注",
    about="一直关注的政策和专题。临时的，值班台在“关注主题”页上加。",
    file="watches.toml", path=("watch",), shape=Watch, key="title",
    listed=("title", "words", "field"),
    terms=(
        Term("title", "名称"),
        Term("words", "词", f"来件里有其中一个就算，每个至少两个字。{_SEVERAL}"),
        Term("field", "类别", names={"政策": "政策", "专题": "专题"}),
        Term("reference", "文号"),
        Term("unit", "单位", offers=Offers.UNITS),
        Term("since", "从哪天起", "不写的看近 90 天。"),
        Term("all_of", "还要都有的词", _SEVERAL),
        Term("none_of", "不能有的词", _SEVERAL),
        Term("place", "地点", "地点或正文里要有。"),
        Term("channel", "渠道", "只看这个渠道的，不写的都看。"),
        Term("alert", "来了就告警", "同一件事只告警一次。"),
    ),
)  # fmt: skip

_LETTERHEAD: Final = (
    Term("issuer", "发文机关"),
    Term("to", "主送"),
    Term("signer", "签发人", "不写的留线手签。"),
    Term("seal", "落款"),
    Term("word", "文号用字", "年份前面的字，如 某府办周报。"),
    Term("template", "红头文件", "本单位的红头（docx），放在配置文件夹里，这里写文件名。"),
)
_PAPER_NAMES: Final = {
    "daily": "每日舆情快报", "weekly": "周反馈", "monthly": "月整改", "quarterly": "季通报",
    "brief": "舆情专报",
}  # fmt: skip


def _paper(kind: str, title: str) -> Sheet:
    return Sheet(
        name=f"paper-{kind}", title=f"{title}的红头和落款", group="台账和材料",
        about="空着的用“各种材料的红头和落款”里的。",
        file="office.toml", path=("paper", kind), shape=Letterhead, terms=_LETTERHEAD,
    )  # fmt: skip


_ALL_PAPERS: Final = Sheet(
    name="letterhead", title="各种材料的红头和落款", group="台账和材料",
    about="每种材料另有的，在下面各自的一页里写。",
    file="reports.toml", path=("letterhead",), shape=Letterhead, terms=_LETTERHEAD,
)  # fmt: skip

SHEETS: Final[Mapping[str, Sheet]] = {
    sheet.name: sheet
    for sheet in (
        *(_UNITS, _EVENTS, _RULINGS, _ROUTING, _CLOCKS, _EXTENSIONS, _HOURS, _WATCHES),
        *(_DAYS, _YEARS),
        *(_COLUMNS, _ON_PAPER, _ALL_PAPERS),
        *(_paper(kind, title) for kind, title in _PAPER_NAMES.items()),
        *SITE_SHEETS,
    )
}
"""In the order of the page."""

__all__ = ["CLOSED", "SHEETS", "Offers", "Sheet", "Term"]
