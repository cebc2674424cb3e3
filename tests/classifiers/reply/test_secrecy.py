"""What a secrecy review has marked for it."""

from __future__ import annotations

import pytest

from classifiers.reply.secrecy import SecrecyTable, SecrecyTableError, scan
from tests.cases.helpers import table as own_table


@pytest.fixture(scope="module")
def table() -> SecrecyTable:
    return SecrecyTable.from_table(own_table("secrecy.toml"))


@pytest.mark.parametrize(
    ("text", "point", "word"),
    [
        ("该文件为机密级，不便答复。", "国家秘密", "机密"),
        ("此事仅供参考，属内部资料。", "工作秘密", "内部资料"),
        ("招标的标底为三百万元。", "商业秘密", "标底"),
        ("经查其病历显示已痊愈。", "个人隐私", "病历"),
        ("请致电13800001111联系。", "个人隐私", "13800001111"),
    ],
)
def test_words_and_numbers_are_found_where_they_stand(
    table: SecrecyTable, text: str, point: str, word: str
) -> None:
    found = [one for one in scan(text, table) if one.text == word]
    assert [one.point for one in found] == [point]
    assert all(text[one.start : one.end] == word for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "经审核，本答复不涉密，不涉及国家秘密。",
        "路灯已修复，咨询电话：0999-2345678。",
        "王先生反映的问题已核实，请您放心。",
        "工程预计2026年12月完成，投资120万元，涉及3个小区。",
        "",
    ],
)
def test_an_ordinary_answer_has_nothing_to_look_at(table: SecrecyTable, text: str) -> None:
    assert [one for one in scan(text, table) if one.point != "个人隐私" or one.why != "姓名"] == []


def test_small_facts_together_tell_who_somebody_is(table: SecrecyTable) -> None:
    alone = "补贴对象为本镇居民，32岁以上均可申请。"
    assert not [one for one in scan(alone, table) if one.point == "汇聚风险"]
    together = "补贴对象李某，32岁，籍贯外县，离异，月收入两千元。"
    assert [one.why for one in scan(together, table) if one.point == "汇聚风险"]


def test_a_list_of_people_is_a_list_whatever_is_starred(table: SecrecyTable) -> None:
    names = "名单如下：\n王某 补助300元\n李某 补助500元\n张某 补助200元"
    assert "名单" in next(one.why for one in scan(names, table) if one.point == "汇聚风险")
    two = "名单如下：\n王某 补助300元\n李某 补助500元"
    assert not [one for one in scan(two, table) if one.point == "汇聚风险"]


def test_the_table_says_what_is_wrong_with_it() -> None:
    with pytest.raises(SecrecyTableError, match=r"secrecy\.toml.*people"):
        SecrecyTable.from_table({"aggregation": {"people": 1}})
