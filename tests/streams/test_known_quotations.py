"""What is quoted below an answer: looked at for risk, and not alarming a second time."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.record.item import QUOTED, SIGNATURE, Item, quoted_text
from cases.record.messages import Message, encode_message, observe
from classifiers.base import Classifier, Text
from classifiers.rules.engine import RulesClassifier
from streams.known_quotations import without_known
from tests.cases.helpers import RECEIVED, item
from tests.streams.fakes import Desk

NOW = RECEIVED + timedelta(hours=2)
CRY = "拖欠我三个月工资，没人管，我打算跳楼。"


@pytest.fixture(scope="module")
def classifier(root: Path) -> Classifier:
    parsed = [
        tomllib.loads((root / "config" / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("topics", "kinds", "risk")
    ]
    return RulesClassifier.from_tables(*parsed)


def letter(number: str, body: str, quoted: str = "", parent: str = "", **more: str) -> Item:
    extra = {QUOTED: quoted} if quoted else {}
    return replace(
        item(number), title="反映", body=body, parent_id=parent, extra=extra | more, replies=()
    )


def taken(desk: Desk, *items: Item, batches: bool = True) -> list[AlertKind]:
    """The alerts of these items, in one batch each or all in one."""
    desk.alerts.raised.clear()
    messages: Sequence[Message] = [observe(each, "") for each in items]
    groups = [[each] for each in messages] if batches else [messages]
    for group in groups:
        desk.processor.process([encode_message(one) for one in group], desk.ports, NOW)
    return [alert.kind for alert in desk.alerts.raised if alert.kind is AlertKind.HIGH_RISK]


def test_a_cry_for_help_that_is_only_quoted_raises_the_alarm_and_says_where(
    classifier: Classifier,
) -> None:
    desk = Desk(classifier)
    one = letter("1", "请你们看看下面。", "-----原始邮件-----\n> 没人管，我打算跳\n> 楼。")
    assert taken(desk, one) == [AlertKind.HIGH_RISK]
    said = desk.case(one.case_id).labels
    found = [each for each in said.evidence if each.label.startswith("risk:")]
    assert said.urgent
    assert found
    assert {each.field for each in found} == {"quoted"}
    assert all(quoted_text(one)[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize(
    "body", ["见附件。", "举报住建局科长受\n贿。"], ids=["only below it", "in wrapped lines"]
)
def test_a_report_against_an_office_is_held_wherever_the_mail_says_it(
    classifier: Classifier, body: str
) -> None:
    desk = Desk(classifier)
    below = "发件人：z@m.example\n举报住建局科长受贿。" if body == "见附件。" else ""
    one = letter("1", body, below)
    taken(desk, one)
    assert desk.case(one.case_id).held is not None
    other = letter("2", "见附件。", "发件人：z@m.example\n路灯不亮。")
    taken(desk, other)
    assert desk.case(other.case_id).held is None


def test_a_signature_is_looked_at_too(classifier: Classifier) -> None:
    desk = Desk(classifier)
    assert taken(desk, letter("1", "请处理。", **{SIGNATURE: "我打算跳楼"}))


@pytest.mark.parametrize("in_one_batch", [False, True])
@pytest.mark.parametrize(
    "quoted",
    [
        f"-----原始邮件-----\n发件人: 信箱\n主题: 答复\n{CRY}",
        "> 拖欠我三个月工资，没人\n> 管，我打算跳楼。",
        "拖欠我三个月工资，\n没人管，我打算\n跳楼。",
        "主题：答复\n拖欠我三个月工资 没人管 我打算跳楼",
    ],
)
def test_what_is_quoted_from_the_case_that_is_answered_raises_no_second_alarm(
    classifier: Classifier, quoted: str, *, in_one_batch: bool
) -> None:
    desk = Desk(classifier)
    first = letter("1", CRY)
    answer = letter("2", "已经解决了，谢谢。", quoted, parent="1")
    assert taken(desk, first, answer, batches=not in_one_batch) == [AlertKind.HIGH_RISK]
    assert not desk.case(answer.case_id).labels.urgent


def test_what_was_put_into_the_quotation_counts(classifier: Classifier) -> None:
    desk = Desk(classifier)
    first = letter("1", "路灯坏了，请修。")
    answer = letter("2", "见下。", "> 路灯坏了，请修。\n> 再不修我就跳楼", parent="1")
    assert taken(desk, first, answer) == [AlertKind.HIGH_RISK]


def test_what_the_citizen_writes_again_counts_again(classifier: Classifier) -> None:
    desk = Desk(classifier)
    first, again = letter("1", CRY), letter("2", CRY, f"> {CRY}", parent="1")
    assert len(taken(desk, first, again)) == 2


def test_a_quotation_from_a_case_that_is_not_here_counts(classifier: Classifier) -> None:
    desk = Desk(classifier)
    assert taken(desk, letter("2", "谢谢。", f"> {CRY}", parent="nobody"))


def test_the_same_mail_twice_is_decided_once(classifier: Classifier) -> None:
    desk = Desk(classifier)
    first = letter("1", CRY)
    answer = letter("2", "谢谢。", f"> {CRY}", parent="1")
    taken(desk, first, answer)
    before = desk.case(answer.case_id)
    taken(desk, answer)
    assert desk.case(answer.case_id) == before


def test_blanks_stand_in_for_what_is_known_and_nothing_moves() -> None:
    quoted = "> 路灯坏了，\n> 请你们快来修理东门桥头的路灯。新的话。"
    left = without_known(quoted, ["路灯坏了", "请你们快来修理东门桥头的路灯"])
    assert len(left) == len(quoted)
    assert left.index("新的话") == quoted.index("新的话")
    assert "路灯" not in left


def test_a_word_of_a_known_sentence_alone_is_not_known() -> None:
    assert "跳楼" in without_known("跳楼", ["我没有说过要去跳楼这种话"])


def test_a_text(classifier: Classifier) -> None:
    (labels,) = classifier.classify([Text("路灯", "不亮", "我打算跳楼")])
    assert labels.urgent
