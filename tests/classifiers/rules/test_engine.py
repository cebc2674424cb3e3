from __future__ import annotations

import pytest

from cases.words.labels import Intensity, Kind, Sentiment
from classifiers.base import Text
from classifiers.rules.engine import RulesClassifier
from classifiers.rules.feeling import decided_by_kind
from classifiers.rules.lexicon import Lexicon
from classifiers.rules.tables import RuleTables, TableError
from classifiers.text.folding import fold
from tests.cases.helpers import table_with_every_row


@pytest.mark.parametrize(
    ("title", "body", "topic"),
    [
        ("小区物业乱收停车费", "业委会和物业公司都不管", "城乡建设"),
        ("农民工工资被拖欠", "包工头不发工资，劳动监察说等等", "劳动和社会保障"),
        ("中学违规补课", "学校老师要求学生周末补课", "教育文体"),
        ("公交车一小时才一班", "公交线路太少，客运站也取消了班车", "交通运输"),
        ("化工厂排放废气", "臭味刺鼻，污水直排", "环境保护"),
        ("派出所不给办身份证", "户口迁移也办不了，民警让等", "政法"),
        ("村里低保名额", "五保户申请低保，民政局没有答复", "民政"),
        ("手机信号差", "移动公司宽带也经常断网", "科技与信息产业"),
    ],
)
def test_topic_by_words(rules: RulesClassifier, title: str, body: str, topic: str) -> None:
    (labels,) = rules.classify([Text(title, body)])
    assert labels.topic == topic
    assert labels.topic_path[0] == topic
    assert not labels.abstained
    assert any(item.label == f"topic:{topic}" for item in labels.evidence)


def test_the_path_goes_as_deep_as_the_words(rules: RulesClassifier) -> None:
    (deep,) = rules.classify([Text("拖欠工资", "公司克扣工资不发，员工讨薪")])
    assert deep.topic_path == ("劳动和社会保障", "工资福利", "工资发放")


def test_without_words_it_abstains_and_says_so(rules: RulesClassifier) -> None:
    (labels,) = rules.classify([Text("你好", "今天天气不错")])
    assert labels.abstained
    assert labels.topic == ""


@pytest.mark.parametrize(
    "noise", ["", "12000 119", "p2p it ktv", "？！？！", "水水水水水", "<b>&nbsp;"]
)
def test_noise_gets_no_answer(rules: RulesClassifier, noise: str) -> None:
    (labels,) = rules.classify([Text("", noise)])
    assert (labels.topic, labels.abstained, labels.simple) == ("", True, False)
    assert labels.kind_confidence < 0.5
    assert labels.sentiment is Sentiment.NEUTRAL


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("投诉楼下烧烤店", "油烟扰民，严重影响休息", Kind.COMPLAINT),
        ("求助", "恳请领导帮帮我们，协调解决停水", Kind.HELP),
        ("咨询社保补缴", "请问如何办理？需要什么材料？", Kind.INQUIRY),
        ("建议增设公交站", "建议在路口增设站点，方便市民", Kind.SUGGESTION),
        ("感谢社区工作人员", "衷心感谢，问题得到了解决", Kind.THANKS),
        ("实名举报村支书", "举报其套取补贴，贪污公款，请纪委查处", Kind.REPORT),
        ("关于咨询公积金的问题", "外地公积金能转吗？", Kind.INQUIRY),
    ],
)
def test_kind_by_how_it_is_said(rules: RulesClassifier, title: str, body: str, kind: Kind) -> None:
    (labels,) = rules.classify([Text(title, body)])
    assert labels.kind is kind


def test_a_polite_close_is_no_thanks(rules: RulesClassifier) -> None:
    (labels,) = rules.classify([Text("投诉噪音扰民", "夜里施工扰民，请处理，万分感谢！谢谢领导")])
    assert labels.kind is Kind.COMPLAINT


def test_simple_needs_every_condition(rules: RulesClassifier) -> None:
    asked = Text("咨询医保卡补办", "请问医保卡丢了怎么补办？去社保局哪个窗口？")
    (plain,) = rules.classify([asked])
    assert plain.simple
    (long,) = rules.classify([Text(asked.title, asked.body * 20)])
    (risky,) = rules.classify([Text(asked.title, asked.body + "多次反映没人管。")])
    (complaint,) = rules.classify([Text("投诉医保局", "投诉医保局推诿，忍无可忍")])
    assert [long.simple, risky.simple, complaint.simple] == [False, False, False]


@pytest.mark.parametrize(
    ("text", "intensity"),
    [
        ("请问图书馆几点开门", Intensity.CALM),
        ("路灯坏了，大家有点担心", Intensity.CONCERNED),
        ("多次投诉，一直推诿，严重扰民", Intensity.UPSET),
        ("黑心商家嚣张至极，无法无天！", Intensity.ANGRY),
        ("你们这帮王八蛋，他妈的就知道收钱", Intensity.FURIOUS),
    ],
)
def test_intensity_from_calm_to_furious(
    rules: RulesClassifier, text: str, intensity: Intensity
) -> None:
    (labels,) = rules.classify([Text("", text)])
    assert labels.intensity is intensity


def test_praise_is_positive_and_anger_negative(rules: RulesClassifier) -> None:
    good, bad = rules.classify(
        [
            Text("表扬", "工作人员热情耐心，非常感谢，点赞！"),
            Text("", "态度恶劣，推诿敷衍，令人寒心"),
        ]
    )
    assert good.sentiment is Sentiment.POSITIVE
    assert bad.sentiment is Sentiment.NEGATIVE
    assert good.sentiment_score > 0 > bad.sentiment_score


def test_every_word_of_the_topic_table_names_a_place_in_the_tree(tables: RuleTables) -> None:
    assert len(tables.topics.topics) == 15
    paths = tables.topics.leaves()
    assert all(words for words in paths.values())
    assert all(first in tables.topics.topics for first, _, _ in paths)


def test_a_wrong_table_names_file_and_key() -> None:
    read = {name: table_with_every_row(f"{name}.toml") for name in ("topics", "kinds", "risk")}
    read["risk"]["negation"].pop("before")
    with pytest.raises(TableError, match=r"risk\.toml.*negation.*before"):
        RulesClassifier.from_tables(read["topics"], read["kinds"], read["risk"])


def test_the_longest_word_wins_and_nested_ones_are_kept_when_asked() -> None:
    words = {"公交": 1, "公交车站": 2, "车站": 3, "路": 4}
    folded = fold("公交车站在路口")
    assert [value for _, _, value in Lexicon(words).find(folded)] == [2, 4]
    assert [value for _, _, value in Lexicon(words, nested=True).find(folded)] == [2, 3, 4]
    assert Lexicon({}).find(folded) == []


def test_every_change_of_a_table_is_another_version(tables: RuleTables) -> None:
    read = {name: table_with_every_row(f"{name}.toml") for name in ("topics", "kinds", "risk")}
    same = RuleTables.from_tables(read["topics"], read["kinds"], read["risk"])
    read["kinds"]["simple"]["max_characters"] += 1
    other = RuleTables.from_tables(read["topics"], read["kinds"], read["risk"])
    assert same.version == tables.version != other.version


@pytest.mark.parametrize(
    ("kind", "sentiment", "score", "negative"),
    [
        (Kind.COMPLAINT, Sentiment.NEUTRAL, 0.2, True),
        (Kind.REPORT, Sentiment.NEUTRAL, -0.1, True),
        (Kind.HELP, Sentiment.NEUTRAL, -0.1, True),
        (Kind.HELP, Sentiment.NEUTRAL, 0.0, False),
        (Kind.INQUIRY, Sentiment.NEUTRAL, -0.3, False),
        (Kind.SUGGESTION, Sentiment.NEUTRAL, -0.3, False),
        (Kind.COMPLAINT, Sentiment.POSITIVE, 0.4, False),
    ],
)
def test_a_grievance_is_negative_however_politely_it_is_put(
    kind: Kind, sentiment: Sentiment, score: float, *, negative: bool
) -> None:
    assert decided_by_kind(kind, sentiment, score) is negative


def test_a_polite_complaint_is_negative_and_a_post_keeps_its_feeling(
    rules: RulesClassifier,
) -> None:
    letter, post = rules.classify(
        [Text("反映公园长椅缺板", "东门的长椅缺了两块板"), Text("", "东门的长椅缺了两块板")]
    )
    assert (letter.kind, letter.sentiment) == (Kind.COMPLAINT, Sentiment.NEGATIVE)
    assert letter.sentiment_score <= 0
    assert not letter.sentiment_abstained
    assert post.sentiment is Sentiment.NEUTRAL


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("请求查处无证麻将室", "楼下麻将室通宵营业。", Kind.COMPLAINT),
        ("反对在小区旁建变电站", "离居民楼只有二十米。", Kind.COMPLAINT),
        ("坚决取缔校门口的游戏机", "孩子放学就围在那里。", Kind.COMPLAINT),
        ("对评审结果的质疑", "名次前后公布了两次，不一样。", Kind.COMPLAINT),
        ("关于村主任的举报信", "低保名额给了自己的亲戚。", Kind.REPORT),
        ("请求修一条入户路", "雨天出不了门。", Kind.HELP),
        ("协调解决孩子入学", "请教育局给个说法，希望帮忙。", Kind.HELP),
        ("出租车司机不顾乘客绕路", "请求停车也没有停。", Kind.COMPLAINT),
        ("商场套路商户，押金该退了", "钱如何要回来？孩子还要上学。", Kind.COMPLAINT),
        ("大货车长期乱停在小区门口", "请问停车有没有规定？", Kind.COMPLAINT),
    ],
)
def test_a_request_to_act_against_something_is_a_complaint(
    rules: RulesClassifier, title: str, body: str, kind: Kind
) -> None:
    (labels,) = rules.classify([Text(title, body)])
    assert labels.kind is kind


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("关于镇政府答复的质疑", "请问是谁来量过？什么时间来的？问过谁吗？", Kind.COMPLAINT),
        ("关于停车收费的几点建议", "请求补录两个月的月卡，恳请考虑。", Kind.SUGGESTION),
        ("县医院选址的补充意见。", "恳请离老城近一些。", Kind.SUGGESTION),
        # What the letter begins with goes first; a thing called after a kind is none.
        ("咨询垃圾分类的建议", "请问哪里可以交？", Kind.INQUIRY),
        ("物业的投诉电话", "请问是多少？", Kind.INQUIRY),
    ],
)
def test_the_title_tells_the_kind_by_its_end_too(
    rules: RulesClassifier, title: str, body: str, kind: Kind
) -> None:
    (labels,) = rules.classify([Text(title, body)])
    assert labels.kind is kind


def test_what_speaks_for_another_kind_is_kept_too(rules: RulesClassifier) -> None:
    """The model may decide for it, and then quotes these words and no ragged piece."""
    guess = rules.kinds.guess(fold("请问怎么收费？物业违规收费。", "咨询物业收费"))
    assert guess.kind is Kind.INQUIRY
    assert [one.text for one in guess.evidence] == ["咨询", "请问"]
    assert "违规" in {one.text for one in guess.quotes[Kind.COMPLAINT]}
