"""The yearly notice of holidays, read from its text."""

from __future__ import annotations

from datetime import date

import pytest

from cases.clocks.holiday_notice import NoticeError, NoticeRun, read_notice

NOTICE = """某某发明电〔2026〕1号：现将2027年元旦、春节等放假安排通知如下。
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历腊月二十九、周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月13日（星期六）上班。鼓励安排职工在除夕（2月5日）休息。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
节假日期间，各地区要妥善安排好值班。
"""


def test_every_festival_and_every_weekend_worked_is_read() -> None:
    runs = read_notice(NOTICE, 2027)
    assert [run.name for run in runs if not run.workday] == [
        "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"
    ]  # fmt: skip
    assert runs[1] == NoticeRun(
        first=date(2027, 2, 5), last=date(2027, 2, 11), workday=False, name="春节"
    )
    assert [(run.first, run.name) for run in runs if run.workday] == [
        (date(2027, 1, 31), "春节调休"), (date(2027, 2, 13), "春节调休"),
        (date(2027, 5, 8), "劳动节调休"),
        (date(2027, 9, 26), "国庆节调休"), (date(2027, 10, 9), "国庆节调休"),
    ]  # fmt: skip
    assert all(run.first == run.last for run in runs if run.workday)


def test_two_festivals_of_one_item_and_a_run_over_new_year() -> None:
    text = NOTICE.replace(
        "1月1日（周五）至3日（周日）放假，共3天",
        "2026年12月31日（周四）至2027年1月2日放假调休，共3天。1月3日（周日）上班",
    )
    text = text.replace("六、中秋节：9月15日（周三）放假1天。\n", "")
    text = text.replace("七、国庆节：", "六、国庆节、中秋节：")
    runs = read_notice(text, 2027)
    assert (runs[0].first, runs[0].last) == (date(2026, 12, 31), date(2027, 1, 2))
    assert (runs[1].first, runs[1].workday) == (date(2027, 1, 3), True)
    assert "国庆节、中秋节" in {run.name for run in runs}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "2027-01-01 是周五，通知写着周四，请核对年份"),
        ("共5天", "共4天", "写着 4 天，2027-05-01 至 2027-05-05 是 5 天"),
        ("5月8日（周六）上班", "5月7日（周五）上班", "2027-05-07 是周五，调休上班的应为周末"),
        ("9月26日", "9月31日", "没有“9月31日（周日）”这一天"),
        ("五、端午节：6月9日（周三）放假1天，不调休。\n", "", "没有读到端午的安排"),
        ("至7日（周四）放假", "至30日放假", "不像一段假期"),
        ("6月9日（周三）放假", "放假", "里没有读到日期"),
    ],
)
def test_a_slip_of_the_pen_is_said_and_nothing_taken(old: str, new: str, said: str) -> None:
    text = NOTICE.replace(old, new) if old else NOTICE.replace("1月1日（周五）", "1月1日（周四）")
    with pytest.raises(NoticeError, match=said):
        read_notice(text, 2027)


@pytest.mark.parametrize("text", ["", "今年放假安排如下", "元旦：待定。"])
def test_what_is_no_notice_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(NoticeError, match="没有读到放假安排。请粘贴通知的全文"):
        read_notice(text, 2027)


def test_the_year_before_has_other_weekdays() -> None:
    with pytest.raises(NoticeError, match="请核对年份"):
        read_notice(NOTICE, 2026)
