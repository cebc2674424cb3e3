"""The table of measures: what every figure is called and what it counts.

One place: board, ledger page, papers, API and 考核 name and count by it and show the definition on
demand (the page 指标口径, `huiyin measures --json`, `/api/v1/measures`). How a figure is counted
stands in `cases.figures.counted` and `cases.reporting.counts`, how it is written in `value_text`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from msgspec import Struct

from cases.words.numbers import percent, points_between, signed_percent

__all__ = [
    "LEAST_FOR_A_RATE",
    "MEASURES",
    "TOO_FEW",
    "Measure",
    "Ratio",
    "Value",
    "change_text",
    "rate_text",
    "value_text",
]

LEAST_FOR_A_RATE: Final = 3
"""A share of fewer cases says nothing: one case more or less moves it by half of the scale."""
TOO_FEW: Final = "样本不足"
WITHOUT_EXCLUDED: Final = "考核计分时，分子、分母都不计剔除和申诉成立的事项"
"""Part of the definition of every rate."""


class Ratio(Struct, frozen=True):
    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None when there is nothing to take a share of."""
        return self.part / self.whole if self.whole else None

    @property
    def enough(self) -> bool:
        """Whether a percentage of it may be shown."""
        return self.whole >= LEAST_FOR_A_RATE


Value = int | Ratio


class Measure(Struct, frozen=True, kw_only=True):
    id: str
    """Name of the field or property of `cases.figures.counted.Counts`."""
    name: str
    unit: str = ""
    """"" for a rate."""
    formula: str
    numerator: str = ""
    denominator: str = ""
    """Of a rate only."""
    date: str
    """Which date decides in which period a case counts."""
    source: str
    """The document the rule comes from, or 本地约定."""
    lacks: str = ""
    """Of a rate with a list of its own: the word for what its numerator lacks."""

    @property
    def definition(self) -> str:
        """In one line, for a tooltip."""
        without = f"。{WITHOUT_EXCLUDED}" if self.denominator else ""
        return f"{self.name}：{self.formula}{without}。归期：{self.date}。依据：{self.source}"


_LOCAL: Final = "本地约定"
_MANAGED: Final = "宁府办字〔2023〕56号第15条（答复期限）；归期为本地约定"
_RATES: Final = "参照北京市接诉即办工作条例（以响应率、解决率、满意率为考评核心）；算法为本地约定"
_RECEIVED: Final = "受理时间"
_DUE: Final = "应答复日期（本地时限和来源期限中较早的一个）"
_DUE_WHOLE: Final = (
    "应答复日期落在本期的办理轮次；不予受理、无效、例外办结、待补充和答复时间不详的不计"
)
_END: Final = "期末时点"


def _table(rows: Iterable[Measure]) -> dict[str, Measure]:
    return {row.id: row for row in rows}


MEASURES: Final = _table(
    (
        Measure(
            id="received", name="新收", unit="件", date=_RECEIVED, source=_LOCAL,
            formula="本期内受理的群众来件；媒体报道不是群众来件，不计（见“媒体报道”）",
        ),
        Measure(
            id="carried", name="上期结转", unit="件", date="期初时点", source=_LOCAL,
            formula="期初时群众仍在等待答复的事项",
        ),
        Measure(
            id="reopened", name="重新办理", unit="件", date="重新办理的时间", source=_LOCAL,
            formula="以前已办结、本期内重新办理的事项",
        ),
        Measure(
            id="ended", name="办结", unit="件", date="首次答复或办结的时间", source=_LOCAL,
            formula="本期在账事项中，期末已首次答复或以其他方式结束的",
        ),
        Measure(
            id="closing", name="结存", unit="件", date=_END, source=_LOCAL,
            formula="上期结转＋新收＋重新办理－办结，即期末群众仍在等待答复的事项",
        ),
        Measure(
            id="due", name="到期应答复", unit="件次", date=_DUE, source=_MANAGED,
            formula=_DUE_WHOLE,
        ),
        Measure(
            id="on_time", name="按时率", date=_DUE, source=_MANAGED, lacks="未按时",
            formula="按时答复÷到期应答复",
            numerator="其中首次答复送达不晚于应答复日期的",
            denominator=_DUE_WHOLE,
        ),
        Measure(
            id="on_time_own", name="按时率（只按本地时限）", source=_MANAGED,
            lacks="晚于本地时限",
            date="本地时限（不看来源期限）",
            formula="按本地时限按时答复÷按本地时限到期应答复",
            numerator="其中首次答复送达不晚于本地时限的",
            denominator="本地时限落在本期的办理轮次，不计的同“到期应答复”",
        ),
        Measure(
            id="answered", name="回应率", date=_DUE, source=_MANAGED, lacks="未答复",
            formula="期末已答复÷到期应答复",
            numerator="其中期末时已答复的（不论早晚）",
            denominator=_DUE_WHOLE,
        ),
        Measure(
            id="responded", name="响应率", date=_DUE, source=_RATES, lacks="未按时联系",
            formula="应答复日期前已与群众首次联系÷到期应答复",
            numerator="其中应答复日期前有联系记录、请群众补充材料或已答复的",
            denominator=_DUE_WHOLE,
        ),
        Measure(
            id="resolved", name="解决率", date="回访时间", source=_RATES, lacks="未解决",
            formula="回访说已解决÷回访时表了态的",
            numerator="其中群众说已解决的",
            denominator="本期回访中群众说了是否解决的；来源平台的回访同样计入",
        ),
        Measure(
            id="satisfied", name="满意率", date="回访时间", source=_RATES, lacks="不满意",
            formula="回访说满意÷回访时作了评价的",
            numerator="其中评价为满意的（五档评价中非常满意、满意和基本满意）",
            denominator="本期回访中群众作了评价的；来源平台的回访同样计入",
        ),
        Measure(
            id="instant", name="即答率", date=_RECEIVED,
            source="参照北京市接诉即办工作条例第十一条（能够即时答复的，即时答复）；算法为本地约定",
            lacks="不是即答",
            formula="受理当日由值班台自己答复的，和即时答复的÷新收",
            numerator="其中由值班台拟稿、受理当日送达答复的；按问答库或政策即时答复、按时送达的",
            denominator="本期新收",
        ),
        Measure(
            id="right_first", name="一次派准率", date="首次派单时间",
            source="国办函〔2025〕66号（派单异议）；算法为本地约定", lacks="改派或退回",
            formula="首次派单后没有退回或改派主办单位的÷首次派单",
            numerator="其中期末前没有同意退回、没有改派主办单位的",
            denominator="本期首次派到单位的事项",
        ),
        Measure(
            id="returned_share", name="退单率", date="首次派单时间",
            source="国办函〔2025〕66号（派单异议）；算法为本地约定",
            formula="首次派单后同意退回过的÷首次派单",
            numerator="其中期末前同意退回过的（不论第几次派单）",
            denominator="本期首次派到单位的事项",
        ),
        Measure(
            id="overdue", name="期末逾期未答复", unit="件", date=_END, source=_MANAGED,
            formula="期末已过应答复日期、群众仍在等待答复的事项",
        ),
        Measure(
            id="overdue_days", name="合计已逾期", unit="天", date=_END, source=_LOCAL,
            formula="期末逾期未答复事项逾期天数之和；逾期天数按自然日，"
            "应答复日期之后每过一个零点加一天，当天过时的计1天",
        ),
        Measure(
            id="returns", name="退回", unit="次", date="同意退回的时间", source=_LOCAL,
            formula="本期同意退回的次数，计在退回的单位",
        ),
        Measure(
            id="pressed", name="督办、挂牌、约谈", unit="次", date="督办的时间", source=_LOCAL,
            formula="本期督办、挂牌、约谈的次数，催办不计",
        ),
        Measure(
            id="negative", name="负面情绪来件", unit="件", date=_RECEIVED, source=_LOCAL,
            formula="新收中情感为负面的",
        ),
        Measure(
            id="suggestions", name="意见建议", unit="件", date=_RECEIVED, source=_LOCAL,
            formula="新收中诉求类型为建言的",
        ),
        Measure(
            id="media", name="媒体报道", unit="篇", date=_RECEIVED, source=_LOCAL,
            formula="本期内收到的媒体报道，转载、跟进各计一篇；不是群众来件，除承诺外不计入其他指标",
        ),
        Measure(
            id="stories", name="媒体舆情", unit="条", date=_RECEIVED, source=_LOCAL,
            formula="本期内收到的媒体报道，同一报道的转载、跟进合为一条",
        ),
        Measure(
            id="promises_due", name="到期承诺", unit="项", date="承诺日期", source=_LOCAL,
            formula="承诺日期落在本期的承诺，计在作出承诺的单位",
        ),
        Measure(
            id="promises_kept", name="承诺已兑现", unit="项", date="承诺日期", source=_LOCAL,
            formula="到期承诺中核查为已兑现的",
        ),
        Measure(
            id="promises_broken", name="承诺未兑现", unit="项", date="承诺日期", source=_LOCAL,
            formula="到期承诺中核查为未兑现的",
        ),
        Measure(
            id="promises_unchecked", name="承诺到期待核查", unit="项", date="承诺日期",
            source=_LOCAL, formula="到期承诺中还没有核查的",
        ),
    )
)  # fmt: skip
"""In the order in which they are listed."""


def rate_text(ratio: Ratio) -> str:
    """83.3%（5/6）; 样本不足（1/2）where a percentage would say nothing; — without any."""
    if not ratio.whole:
        return "—"
    share = percent(ratio.part, ratio.whole) if ratio.enough else TOO_FEW
    return f"{share}（{ratio.part}/{ratio.whole}）"


def value_text(value: Value | None) -> str:
    """A figure as every surface writes it."""
    if value is None:
        return "—"
    return rate_text(value) if isinstance(value, Ratio) else str(value)


def change_text(now: Value, before: Value | None) -> str:
    """Against another period: +12.5%, or points for a rate."""
    if isinstance(now, Ratio):
        if not (isinstance(before, Ratio) and now.enough and before.enough):
            return "—"
        points = points_between(Fraction(now.part, now.whole), Fraction(before.part, before.whole))
        return f"{points:+} 个百分点" if points else "持平"
    if not isinstance(before, int):
        return "—"
    if not before:
        return "持平" if not now else "基数为 0"
    return "持平" if now == before else signed_percent(now, before)
