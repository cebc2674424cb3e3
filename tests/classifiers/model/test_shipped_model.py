"""The shipped model with the shipped tables: what a duty officer relies on."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.words.labels import Kind, Sentiment
from classifiers.base import Text
from classifiers.model.engine import SHIPPED, ModelClassifier, load_model, mix_kinds
from classifiers.rules.engine import NO_CONFIDENCE
from classifiers.rules.kinds import KindGuess
from classifiers.rules.tables import RuleTables
from classifiers.text.folding import fold
from desk.ground.configuration import Configuration
from tests.cases.helpers import CONFIG


@pytest.fixture(scope="module")
def tables() -> RuleTables:
    read = Configuration(CONFIG).table
    return RuleTables.from_tables(*(read(f"{name}.toml") for name in ("topics", "kinds", "risk")))


@pytest.fixture(scope="module")
def model(tables: RuleTables) -> ModelClassifier:
    return load_model(tables)


@pytest.mark.parametrize(
    ("title", "body", "topic"),
    [
        (
            "业委会选举不公开",
            "小区业主大会的投票结果一直不公示，物业公司擅自动用维修资金，请住建局查处。",
            "城乡建设",
        ),
        (
            "养老保险断缴如何补",
            "我在单位交了八年社保，后来离职断缴了，退休前怎样补缴养老保险？",
            "劳动和社会保障",
        ),
        ("幼升小学位不够", "片区内小学学位紧张，家长担心孩子入学，请教育局扩大招生。", "教育文体"),
        ("河水发黑发臭", "上游造纸厂偷排污水，河水又黑又臭，夜里还有刺鼻废气。", "环境保护"),
        ("出租车拒载不打表", "火车站的出租车漫天要价，不打表还拒载，请交通局整治。", "交通运输"),
        ("医院乱收费", "在县医院住院，医生开了许多没做的检查，费用清单对不上。", "卫生计生"),
        (
            "健身房跑路",
            "办了两年会员卡，老板关门失联，退款无门，请市场监管部门帮助消费者维权。",
            "商贸旅游",
        ),
    ],
)
def test_clear_letters_get_their_topic(
    model: ModelClassifier, title: str, body: str, topic: str
) -> None:
    (labels,) = model.classify([Text(title, body)])
    assert labels.topic == topic
    assert labels.topic_confidence >= 0.6
    assert labels.topic_path[0] == topic
    assert labels.topic_candidates[0] == (topic, labels.topic_confidence)


def test_evidence_quotes_the_letter(model: ModelClassifier) -> None:
    text = Text("關於拖欠工資", "包工頭<b>拖欠</b>農民工工資，多次投訴無人管！")
    (labels,) = model.classify([text])
    assert {item.label.partition(":")[0] for item in labels.evidence} >= {"topic", "risk"}
    for item in labels.evidence:
        raw = text.title if item.field == "title" else text.body
        assert item.text == raw[item.start : item.end] != ""


def test_place_names_decide_nothing(model: ModelClassifier) -> None:
    """Two letters that differ in the place alone get the same answer."""
    letter = "{}小区的电动车乱停，堵住单元门，物业不管。"
    first, second = model.classify(
        [Text("", letter.format("A3区A市")), Text("", letter.format("K12县K市"))]
    )
    assert first.topic == second.topic
    assert first.topic_confidence == pytest.approx(second.topic_confidence, abs=0.05)
    for item in first.evidence:
        assert not re.search(r"A3|A市", item.text)


@pytest.mark.parametrize(
    "noise",
    [
        "",
        "a",
        "的",
        "？",
        "😀😀😀🎉",
        "\ud800\udfff",
        "asdf qwer zxcv 8971263",
        "龘靐齉爩鱻麤灪" * 20,
        "The quick brown fox jumps over the lazy dog. " * 20,
        "0101010101" * 50,
        "<div></div>&nbsp;<br/>",
        "\x00\x01\x02\ufeff\u200b",
        "！！！！！！",
        "A市A3区B4县K2区C7州D镇",
        "\ud83d\ude00\ud800小区",
        "a\u0301" * 500,
        "жалоба これは test 종합",
    ],
)
def test_no_confident_answer_on_noise(model: ModelClassifier, noise: str) -> None:
    for text in (Text(noise, ""), Text("", noise), Text(noise, noise)):
        (labels,) = model.classify([text])
        assert labels.abstained
        assert labels.topic == ""
        assert labels.topic_confidence < 0.3
        assert labels.kind_confidence < 0.5
        assert labels.sentiment_abstained or labels.sentiment is Sentiment.NEUTRAL
        assert not labels.simple
        assert not labels.urgent


@pytest.mark.parametrize(
    ("body", "sentiment"),
    [
        ("加油！", Sentiment.POSITIVE),
        ("辛苦了", Sentiment.POSITIVE),
        ("气死了", Sentiment.NEGATIVE),
        ("太好了！！", Sentiment.POSITIVE),
    ],
)
def test_a_few_characters_have_a_feeling_and_no_topic(
    model: ModelClassifier, body: str, sentiment: Sentiment
) -> None:
    (labels,) = model.classify([Text("", body)])
    assert (labels.topic, labels.abstained) == ("", True)
    assert labels.sentiment is sentiment
    assert labels.sentiment_confidence >= 0.5
    assert not labels.sentiment_abstained


@pytest.mark.parametrize("noise", ["", "？？", "asdf qwer", "0101", "😀😀"])
def test_where_nothing_is_written_in_chinese_the_feeling_is_a_guess(
    model: ModelClassifier, noise: str
) -> None:
    (labels,) = model.classify([Text("", noise)])
    assert labels.sentiment is Sentiment.NEUTRAL
    assert labels.sentiment_abstained
    assert labels.sentiment_confidence < 0.5


def test_a_wavering_answer_keeps_its_best_guess_apart(model: ModelClassifier) -> None:
    letters = [Text("", "这个情况一直没有人管，请领导关注一下。"), Text("", "哈")]
    for labels in model.classify(letters):
        assert labels.abstained
        assert labels.topic == ""
        assert labels.topic_guess == labels.best_topic != ""
    (sure,) = model.classify([Text("小学招生", "小学学位不够，请教育局扩招。")])
    assert (sure.topic_guess, sure.best_topic) == ("", sure.topic)


LETTERS = (
    "河西公园旁边那条支路路灯全坏了，晚上漆黑一片，下班的人骑车摔了好几回，请市政部门派人维修。",
    "我在建材厂干了九年，去年工厂停产，厂里只交了五年养老保险，剩下四年补缴要找哪个窗口办理。",
    "孩子今年小学毕业，户口随外公落在老城区，房产证在开发区，升初中按户口划片还是按房产划片。",
    "县医院门诊收费窗口只开两个，排队一个多小时，老年人站不住，建议增加自助缴费机和导医人员。",
)


def test_the_same_characters_without_their_order_are_noise(model: ModelClassifier) -> None:
    shuffled = [
        Text("", "".join(random.Random(seed).sample(letter, len(letter))))
        for letter in LETTERS
        for seed in range(10)
    ]
    assert not any(labels.abstained for labels in model.classify([Text("", x) for x in LETTERS]))
    sure = [
        labels
        for labels in model.classify(shuffled)
        if labels.topic or labels.simple or labels.kind_confidence >= 0.5
    ]
    assert len(sure) <= len(shuffled) // 4


@pytest.mark.parametrize(
    "shape", ["<a", "&amp", "@居民", "http://", "<!--", "不很", "拖欠工资", "!?"]
)
def test_no_shape_of_a_long_text_is_slow_or_breaks(model: ModelClassifier, shape: str) -> None:
    """A pattern that looks back and forth would take minutes on one of these."""
    long = shape * (1_000_000 // len(shape))
    (labels,) = model.classify([Text(long, long)])
    assert labels.model == model.version


def test_a_megabyte_is_read_in_part(model: ModelClassifier) -> None:
    (labels,) = model.classify([Text("投诉", "小区物业不作为，电梯总坏。" * 80_000)])
    assert labels.kind is Kind.COMPLAINT
    assert labels.topic in ("城乡建设", "商贸旅游")


def test_scripts_and_widths_do_not_matter(model: ModelClassifier) -> None:
    plain, traditional, wide = model.classify(
        [
            Text("幼儿园乱收费", "民办幼儿园强制收取伙食费500元，请教育局查处。"),
            Text("幼兒園亂收費", "民辦幼兒園強制收取伙食費５００元，請教育局查處。"),
            Text("幼儿园乱收费", "民办幼儿园强制收取伙食费 ５００ 元，请教育局查处。"),
        ]
    )
    for other in (traditional, wide):
        assert other.topic == plain.topic
        assert other.topic_confidence == plain.topic_confidence
        assert other.kind is plain.kind
        assert other.sentiment_score == plain.sentiment_score


@given(st.lists(st.tuples(st.text(max_size=120), st.text(max_size=300)), max_size=4))
@settings(max_examples=60)
def test_anything_gives_labels_that_hold_together(
    model: ModelClassifier, pairs: list[tuple[str, str]]
) -> None:
    texts = [Text(title, body) for title, body in pairs]
    answers = model.classify(texts)
    assert len(answers) == len(texts)
    for text, labels in zip(texts, answers, strict=True):
        assert labels.abstained == (labels.topic == "")
        assert labels.topic_path[:1] == ((labels.topic,) if labels.topic else ())
        assert 0.0 <= labels.topic_confidence <= 1.0
        assert 0.0 <= labels.kind_confidence <= 1.0
        assert -1.0 <= labels.sentiment_score <= 1.0
        for item in labels.evidence:
            raw = text.title if item.field == "title" else text.body
            assert item.text == raw[item.start : item.end]


def test_one_at_a_time_is_the_same_as_all_at_once(model: ModelClassifier) -> None:
    texts = [Text("停水", "村里停水三天"), Text("", ""), Text("咨询", "请问落户需要什么材料？")]
    assert model.classify(texts) == [model.classify([text])[0] for text in texts]
    assert model.classify([]) == []


def test_the_version_names_model_and_tables(model: ModelClassifier) -> None:
    assert re.match(
        r"huiyin-linear-\d+-[0-9a-f]{8}\+rules-[0-9a-f]{8}\+danger-[0-9a-f]{8}$", model.version
    )
    (labels,) = model.classify([Text("停电", "又停电了")])
    assert labels.model == model.version


def test_the_file_is_small_enough_to_ship() -> None:
    assert SHIPPED.stat().st_size < 8_000_000


def test_a_question_is_calm_and_an_insult_is_not(model: ModelClassifier) -> None:
    calm, upset = model.classify(
        [
            Text("咨询公积金", "请问公积金贷款需要连续缴存多久？"),
            Text("黑心开发商", "开发商欺骗业主，态度恶劣，忍无可忍，无法无天！严惩这些骗子！"),
        ]
    )
    assert calm.sentiment is not Sentiment.NEGATIVE
    assert upset.sentiment is Sentiment.NEGATIVE
    assert upset.sentiment_score < calm.sentiment_score
    assert upset.intensity > calm.intensity or upset.intensity != calm.intensity


@pytest.mark.parametrize(
    "body", ["工资三个月没拿到手", "暖气片冰凉，屋里才十二度", "路灯坏了一个多月没修"]
)
def test_a_grievance_without_kind_words_is_no_question(model: ModelClassifier, body: str) -> None:
    (labels,) = model.classify([Text("", body)])
    assert labels.kind in (Kind.COMPLAINT, Kind.HELP, Kind.REPORT)
    assert not labels.simple


@pytest.mark.parametrize(
    "body", ["图书馆周末开门吗", "居住证过期了还能续吗", "养老金认证手机上怎么操作"]
)
def test_a_question_stays_one(model: ModelClassifier, body: str) -> None:
    (labels,) = model.classify([Text("", body)])
    assert labels.kind is Kind.INQUIRY


def test_how_common_a_kind_is_counts_where_nothing_else_tells() -> None:
    kinds = list(Kind)
    even = [1 / len(kinds)] * len(kinds)
    nothing = KindGuess([(kind, 1 / len(kinds)) for kind in kinds])
    rare = [0.2 if kind is Kind.INQUIRY else 1.0 for kind in kinds]
    mixed = dict(zip(kinds, mix_kinds(even, kinds, nothing, rare), strict=True))
    assert sum(mixed.values()) == pytest.approx(1.0)
    assert mixed[Kind.INQUIRY] == pytest.approx(0.2 * mixed[Kind.HELP])


@pytest.mark.parametrize("post", ["加油!!", "都平安", "好难过"])
def test_a_post_too_short_for_a_topic_has_its_feeling(model: ModelClassifier, post: str) -> None:
    (labels,) = model.classify([Text("", post)])
    assert labels.abstained
    assert labels.kind is Kind.HELP
    assert labels.sentiment is not Sentiment.NEUTRAL
    assert labels.sentiment_confidence > 0.5


def test_a_letter_is_positive_only_where_it_praises_or_thanks(model: ModelClassifier) -> None:
    hope = Text("建议增设公交线路", "希望家乡越来越美好，建议增设公交线路，期待发展，共同进步。")
    thanks = Text("感谢信", "衷心感谢社区工作人员，服务热情耐心，办事很好，点赞！")
    polite = Text("镇口公交车站希望尽快启用", "想请求您关注，尽早开通，方便大家出行。非常感谢！")
    asked, praised, ended = model.classify([hope, thanks, polite])
    assert asked.sentiment is not Sentiment.POSITIVE
    assert ended.sentiment is not Sentiment.POSITIVE
    assert praised.sentiment is Sentiment.POSITIVE


@pytest.mark.parametrize(
    ("title", "body", "quoted"),
    [
        ("河边路能走大货车吗", "每天夜里都有大货车路过，请打电话联系，没有人来。", None),
        ("请修公园长椅", "领导您好，请求派人来修长椅，我们联系过两次，下雨就坐不了。", None),
        ("反映小区道闸问题", "物业在道闸上加了锁，访客的车进不来。", {"反映"}),
        ("小区违规装修出租", "楼上在打隔断，做群租房。", {"违规"}),
        ("对物业不满", "物业态度恶劣，让人气愤。", {"恶劣", "不满"}),
    ],
)
def test_a_letter_s_feeling_is_quoted_by_words_of_feeling_or_of_complaint(
    model: ModelClassifier, title: str, body: str, quoted: set[str] | None
) -> None:
    (labels,) = model.classify([Text(title, body)])
    found = {one.text for one in labels.evidence if one.label.startswith("sentiment:")}
    assert not found & {"电话", "联系", "货车", "领导", "请求", "下雨", "没有"}
    if quoted:
        assert found
        assert found <= quoted


def test_a_long_letter_full_of_facts_is_no_noise(model: ModelClassifier) -> None:
    """Rare characters stand for the names and terms that no model knows."""
    rare = "".join(chr(0x6A00 + number * 7 % 900) for number in range(1500))
    facts = "开发商逾期交房，物业不管，停车位不够，自来水浑浊，学校没有动工，工资拖欠，噪音扰民。"
    letter, noise = model.classify([Text("投诉开发商", facts + rare), Text("", rare)])
    assert letter.topic_confidence > NO_CONFIDENCE
    assert letter.kind is Kind.COMPLAINT
    assert noise.abstained
    assert noise.topic_confidence <= NO_CONFIDENCE


def test_a_polite_letter_of_complaint_is_negative(model: ModelClassifier) -> None:
    title, body = "反映小区道闸问题", "物业在道闸上加了锁，访客的车进不来，烦请有关部门了解。"
    letter, question = model.classify(
        [Text(title, body), Text("咨询道闸", "请问小区道闸几点关闭，访客的车怎么登记？")]
    )
    assert (letter.kind, letter.sentiment) == (Kind.COMPLAINT, Sentiment.NEGATIVE)
    assert letter.sentiment_score <= 0
    assert question.sentiment is not Sentiment.NEGATIVE


def test_quotes_are_whole_words(model: ModelClassifier) -> None:
    letter = Text(
        "天然气管道何时通", "小区垃圾成堆，天然气管道迟迟不通，请问什么时候能通？晚上七点停水。"
    )
    (labels,) = model.classify([letter])
    quotes = [one.text for one in labels.evidence if one.label.startswith("topic:")]
    assert quotes
    for quote in quotes:
        assert quote not in {"气管道", "区垃圾", "什么时", "晚上七"}
        assert len(quote) > 1


@pytest.mark.parametrize(
    ("title", "body", "topic"),
    [
        (
            "桂花苑物业费年年涨",
            "物业公司说人工成本高，收费依据却不肯公示，请主管部门督促公司明码标价、退还多收的钱。",
            "城乡建设",
        ),
        ("母亲遭遇电信诈骗", "接到自称客服的电话，转走了六万元存款，已经报案，想问进展。", "政法"),
        (
            "七里村征地补偿款没有发完",
            "修公路占了我们组的田，款子发了一半就没有下文了。",
            "国土资源",
        ),
        ("希望给我们单元加装电梯", "七层楼住的多是老人，想问补贴怎么申请。", "城乡建设"),
        ("健身房关门", "小区门口的店办了年卡，老板不见了，房东说已经退租。", "商贸旅游"),
    ],
)
def test_a_title_that_names_its_matter_decides_the_topic(
    model: ModelClassifier, title: str, body: str, topic: str
) -> None:
    (labels,) = model.classify([Text(title, body)])
    assert labels.topic == topic
    assert labels.topic_candidates[0] == (topic, labels.topic_confidence)
    assert labels.topic_confidence >= 0.9
    assert any(item.label == f"topic:{topic}" for item in labels.evidence)


def test_titles_that_name_two_matters_decide_nothing(model: ModelClassifier) -> None:
    title = Text("养老院里遭遇电信诈骗", "")
    assert model._rules.topics.find(fold(title.body, title.title)).decided == ""


@pytest.mark.parametrize("title", ["测试", "测试测试", "城关镇测试"])
def test_what_only_tries_the_door_has_no_topic(model: ModelClassifier, title: str) -> None:
    (labels,) = model.classify([Text(title, "城关镇 测试测试 1234")])
    assert labels.topic == ""
    assert labels.abstained


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("医院给老人做手术没有通知家属", "当天就放了支架，家属事后才知道。", Kind.COMPLAINT),
        ("健身房未经通知取消团课", "会员卡还有一年，操课和单车都没有了。", Kind.COMPLAINT),
        ("村口养鸭场臭味熏天", "一刮风全村都是臭味，居民区边上不是不能建吗？", Kind.COMPLAINT),
        ("申请公开河西片区评估报告", "请以纸质形式提供河西片区评估报告的复印件。", Kind.HELP),
    ],
)
def test_a_grievance_told_as_a_story_is_a_complaint_and_a_request_for_papers_no_report(
    model: ModelClassifier, title: str, body: str, kind: Kind
) -> None:
    (labels,) = model.classify([Text(title, body)])
    assert labels.kind is kind
