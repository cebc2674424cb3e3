"""Danger to life, by words and by the model together."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.urgent import SENTENCES, engine, scored
from cases.words.labels import LOUD, URGENT
from classifiers.base import Text
from classifiers.danger.features import MOST_SENTENCES, counted, stretches
from classifiers.danger.judging import judged
from classifiers.danger.scorer import NOTHING, SHIPPED, DangerModelError, read, shipped
from classifiers.rules.risk import Finding
from classifiers.text.folding import fold

EIGHT = (
    "有人爬到楼顶了，说要往下跳",
    "屋里有煤气味，我妈头晕",
    "我爸走失两天了，有老年痴呆",
    "墙裂得不敢住人，还在响",
    "想带孩子一起走",
    "电梯停在半空，老人被困在里面喘不上气",
    "邻居家着火了，浓烟往楼上冲",
    "孩子掉进河里了，快来人",
)


@pytest.fixture(scope="module")
def judge():
    return engine()


def labels(judge, text: str, title: str = "", quoted: str = ""):
    return judge.classify([Text(title, text, quoted)])[0]


@pytest.mark.parametrize("text", EIGHT)
def test_the_eight_sentences_wake_a_person_with_what_decided(judge, text: str) -> None:
    found = labels(judge, text)
    assert (found.urgent, found.loud) == (True, True)
    said = [one for one in found.evidence if one.label.startswith(LOUD)]
    assert said
    assert all(text[one.start : one.end] == one.text for one in said)


@pytest.mark.parametrize(
    "text",
    [
        "管管玩手游的孩子，天天喊打喊杀",
        "跳楼价大甩卖的喇叭太吵",
        "请问消防证在哪里办",
        "路灯坏了，请维修",
        "小区门口的路坑坑洼洼，急死人了",
    ],
)
def test_figures_of_speech_wake_nobody(judge, text: str) -> None:
    assert not labels(judge, text).loud


@pytest.mark.parametrize(
    "text",
    [
        "上周我爱人突发心梗，急救车来得快，现在已经康复出院，向急救人员道谢",
        "孩子掉进河里被路过的人救起，现在平安到家，想找到恩人",
        "母亲煤气中毒，送医及时已经转危为安，感谢县医院",
        "吸取外地公交车坠江教训，请完善大桥护栏",
        "看到新闻说有人煤气中毒，我们小区也该装报警器",
    ],
)
def test_what_is_over_or_elsewhere_wakes_nobody(judge, text: str) -> None:
    assert not labels(judge, text).loud


@pytest.mark.parametrize(
    "text",
    [
        "路口的路灯坏了好几盏，下晚自习的学生摸黑走路，麻烦修一下",
        "老人随子女住在外省，打算在那边做白内障手术，请问医保怎么报",
        "宅基地申请交了半年没有答复，请给个准话",
        "集市收摊以后菜叶扔了一地，没有人扫",
    ],
)
def test_a_short_everyday_message_is_not_seen_first(judge, text: str) -> None:
    """What is short and told plainly is no danger for that: the sentences of danger that the model
    was taught with are written in the same manner."""
    assert not labels(judge, text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "家里的墙裂得不敢住",
        "老屋歪了，全家不敢进屋",
        "大梁断裂，晚上不敢睡在里面",
        "地基下沉，老人不敢住",
        "屋顶掉渣，孩子不敢睡",
    ],
)
def test_a_house_that_gives_way_and_nobody_dares_to_live_in_wakes_a_person(judge, text) -> None:
    assert labels(judge, text).loud


@pytest.mark.parametrize(
    "text",
    [
        "祖孙六口住的是危房，翻建的申请交上去一年了。这样的房子不敢住，请给个准话",
        "新房装修半年了味道还是大，房子不敢住",
        "楼上天天吵架，这房子不敢住了",
        "隔壁的狗没有拴，不敢进屋",
        "传言那栋楼闹鬼，大家不敢住",
    ],
)
def test_that_people_dare_not_live_there_wakes_nobody_without_what_gives_way(judge, text) -> None:
    """The words of the table decide here: the model hears the same letters."""
    assert not judge._rules.risks.find(fold(text)).loud
    assert not labels(judge, text).loud


def test_a_house_that_nobody_dares_to_live_in_is_seen_first(judge) -> None:
    assert judge._rules.risks.find(fold("这样的房子不敢住，请给个答复")).urgent


def test_in_a_long_letter_the_sentence_is_found(judge) -> None:
    calm = "我们小区的物业费收得高，服务却跟不上。绿化带里的草没有人割。"
    letter = calm * 2 + "刚才有人从楼顶往下跳，人躺在地上不动了。" + calm
    found = labels(judge, letter)
    assert found.urgent
    assert any("楼顶" in one.text for one in found.evidence if one.label.startswith((LOUD, URGENT)))


def test_the_model_may_lower_and_never_hides_a_hit_of_the_words(judge) -> None:
    """Words of the table in a calm letter: marked all the same."""
    rules_only = judge._rules.risks.find(fold("建议各村宣传一下，煤气中毒怎么预防请多讲讲"))
    found = labels(judge, "二楼的住户说他们家闻到煤气味，后来物业来看过，说没有问题，请放心")
    assert found.urgent
    assert rules_only.urgent is False or rules_only.evidence


def test_what_the_words_found_stays_marked_whatever_the_model_says(judge) -> None:
    message = fold("请问房产证什么时候办")
    evidence = (message.quote("loud:燃气泄漏和中毒", 0, 4, 1.0),)
    found = judged(
        Finding(urgent=True, loud=True, evidence=evidence),
        message,
        shipped(),
        judge._rules.risks.told,
    )
    assert (found.urgent, found.loud) == (True, False)
    assert [one.label for one in found.evidence] == ["urgent:燃气泄漏和中毒"]


def test_noise_is_no_danger(judge) -> None:
    for text in ("", "a", "的", "测试", "жалоба", "!!!???", "11111111"):
        assert not labels(judge, text).urgent


def test_stretches_are_bounded_and_lie_within_the_text() -> None:
    long = fold("路灯坏了请维修。" * 500)
    spans = stretches(long)
    assert len(spans) <= 2 * MOST_SENTENCES + 1
    assert all(0 <= start < end <= len(long.text) for start, end in spans)
    assert shipped().hear(fold("")) == NOTHING
    unbroken = stretches(fold("水漫进屋里了" * 100))
    assert unbroken[0][0] == 0
    assert unbroken[-1][1] == 600


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    bad = tmp_path / "danger.model"
    bad.write_bytes(SHIPPED.read_bytes()[:100])
    with pytest.raises(DangerModelError, match="请重新安装"):
        read(bad)
    with pytest.raises(DangerModelError, match="读不出"):
        read(tmp_path / "none")


@pytest.mark.parametrize("half", ["choosing", "final"])
def test_the_sentences_are_found_as_they_were(judge, half: str) -> None:
    assert SENTENCES.is_file()
    rows = scored(half, judge)
    dangers = [(row, found) for row, found in rows if row["kind"] != "none"]
    now = [found.loud for row, found in dangers if row["loud"] == "yes"]
    assert sum(found.urgent for _, found in dangers) >= 0.95 * len(dangers)
    assert sum(now) >= (0.90 if half == "choosing" else 0.89) * len(now)
    none = [found.loud for row, found in rows if row["kind"] == "none"]
    assert sum(none) <= 0.15 * len(none)


@pytest.mark.parametrize("text", ["着火啦！快", "楼塌啦！救", "煤气漏！跑。快。啊", "救", "塌。"])
def test_a_short_cry_whose_last_words_are_one_character_is_heard(judge, text: str) -> None:
    heard = shipped().hear(fold(text))
    assert heard.stretches
    assert labels(judge, text)


def test_each_stretch_scores_as_its_ngrams_do() -> None:
    model = shipped()
    letter = fold("墙裂得不敢住人，还在响！快来。他说要跳。救" * 3, "楼要塌了")
    last = len(letter.text)
    spans = [*stretches(letter), (0, 1), (0, 2), (last - 1, last), (last - 2, last), (0, last)]
    for span, found in zip(spans, model._scores(letter, spans).T.tolist(), strict=True):
        [(numbers, factor)] = counted(letter.codes, [span])
        plain = model._weights[numbers].astype(float).sum(axis=0) * factor + model._bias
        assert found == pytest.approx(plain.tolist(), abs=1e-9)
