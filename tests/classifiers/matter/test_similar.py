from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Text
from classifiers.matter import similar
from classifiers.matter.similar import SimilarCases

CASES = {
    "a": Text("老旧小区加装电梯", "六层老楼没有电梯，老人上下楼困难，请问加装电梯有什么补贴政策？"),
    "b": Text("加装电梯补贴何时发放", "我们单元加装电梯已经验收，补贴款一直没有到账。"),
    "c": Text("公交站台没有雨棚", "候车的地方没有雨棚，下雨天只能淋着，请增设。"),
    "d": Text("幼儿园收费太高", "民办幼儿园一个学期收费一万二，是否合理？"),
    "e": Text("农村自来水水质浑浊", "村里自来水发黄有泥沙，无法饮用。"),
}


def index() -> SimilarCases:
    cases = SimilarCases()
    similar.extend(cases, CASES.items())
    return cases


def test_the_closest_answered_cases_come_first() -> None:
    found = index().find(Text("加装电梯的补贴", "老小区加装电梯有补贴吗？"))
    assert [item.case_id for item in found][:2] in (["a", "b"], ["b", "a"])
    assert "e" not in [item.case_id for item in found]
    assert all(0 < item.score <= 1 for item in found)


def test_nothing_close_gives_nothing() -> None:
    assert index().find(Text("篮球比赛门票", "周末决赛还有票吗")) == []
    assert index().find(Text("", "😀")) == []
    assert SimilarCases().find(CASES["a"]) == []


def test_the_case_itself_is_left_out() -> None:
    found = index().find(CASES["a"], exclude="a")
    assert [item.case_id for item in found] == ["b"]
    assert index().find(CASES["a"])[0] == similar.Similar("a", 1.0)


def test_a_case_added_again_replaces_its_older_text() -> None:
    cases = index()
    cases.add("a", Text("健身器材损坏", "公园里的健身器材坏了没人修"))
    assert len(cases) == len(CASES)
    assert "a" not in [item.case_id for item in cases.find(CASES["a"])]
    assert cases.find(Text("健身器材", "公园健身器材坏了"))[0].case_id == "a"


def test_a_case_is_found_before_and_after_the_index_is_built() -> None:
    cases = index()
    fresh = cases.find(CASES["c"])
    for number in range(1_100):
        cases.add(f"x{number}", Text(f"第{number}号路口信号灯", f"信号灯编号{number}时间太短"))
    assert cases.find(CASES["c"])[0].case_id == fresh[0].case_id == "c"
    cases.add("late", Text("站台雨棚", "公交站台没有雨棚"))
    assert {"c", "late"} <= {item.case_id for item in cases.find(CASES["c"])}


def test_a_saved_index_answers_the_same() -> None:
    cases = index()
    again = SimilarCases.restore(similar.decode(similar.encode(cases.state())))
    for text in CASES.values():
        assert again.find(text) == cases.find(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_added_and_asked(title: str, body: str) -> None:
    cases = index()
    cases.add("new", Text(title, body))
    assert len(cases.find(Text(title, body))) <= 5
