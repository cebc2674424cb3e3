from __future__ import annotations

import pytest

from classifiers.rules.engine import RulesClassifier
from classifiers.rules.risk import Finding
from classifiers.rules.tables import RuleTables
from classifiers.text.folding import fold


def find(rules: RulesClassifier, body: str, title: str = "") -> Finding:
    return rules.risks.find(fold(body, title))


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("开发商资金链断裂，楼盘停工两年，成了烂尾楼", "房地产金融"),
        ("包工头拖着我们的工钱三个月不给", "工资拖欠"),
        ("公司三个月没有发放工资", "工资拖欠"),
        ("化工厂夜里偷排，鱼塘里都是死鱼", "环境污染和生态破坏"),
        ("孩子吃了食堂的饭菜一直拉肚子", "食品药品安全"),
        ("培训机构突然关门，学费不退", "教育医疗养老"),
        ("楼道的消防通道长期堵塞", "安全生产"),
        ("我父亲瘫痪在床，低保被取消了", "困难群众生活"),
        ("我们小区三百多户业主联名反映", "群体诉求"),
        ("我已经多次反映，一直没有解决", "重复来电"),
        ("再不解决我就从楼上跳楼", "自伤极端"),
        ("再拖下去我们就找媒体曝光", "舆情扩散"),
    ],
)
def test_each_domain_and_signal_is_seen(rules: RulesClassifier, text: str, risk: str) -> None:
    found = find(rules, text)
    assert risk in found.risks
    assert any(item.label == f"risk:{risk}" for item in found.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "老板没有拖欠工资",
        "从来没有拖欠过一分钱工资",
        "请加强巡查，防止发生火灾",
        "我们不会去上访",
        "拖欠的工资已经结清，谢谢",
        "门面清仓，跳楼价大甩卖",
        "3户业主反映路灯不亮",
        "微博账号怎么认证",
    ],
)
def test_negated_settled_or_figurative_words_are_no_risk(rules: RulesClassifier, text: str) -> None:
    assert find(rules, text) == Finding()


@pytest.mark.parametrize(
    "text",
    [
        "不是没有拖欠工资，是拖了半年",
        "一直没解决拖欠工资的问题",
        "希望拖欠的工资早日得到解决",
        "拖欠的工资已经解决了吗",
    ],
)
def test_a_negation_of_something_else_does_not_hide_the_risk(
    rules: RulesClassifier, text: str
) -> None:
    assert "工资拖欠" in find(rules, text).risks


def test_evidence_points_at_the_words(rules: RulesClassifier) -> None:
    body = "工地 拖 欠 工 資 半年"
    (item,) = find(rules, body).evidence
    assert body[item.start : item.end] == item.text == "拖 欠 工 資"
    assert item.field == "body"


def test_a_pair_does_not_reach_into_another_sentence(rules: RulesClassifier) -> None:
    assert find(rules, "房租还拖着。工资不高").risks == ()
    assert find(rules, "老板拖着工资").risks == ("工资拖欠",)


def test_risks_come_in_the_order_of_the_table(rules: RulesClassifier, tables: RuleTables) -> None:
    order = [entry.name for entry in tables.risk.risk]
    found = find(rules, "再不发工资就曝光，工地有安全隐患，多次反映没人管")
    assert list(found.risks) == sorted(found.risks, key=order.index)
    assert len(found.risks) >= 3


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("电梯故障，老人被困在里面", True),
        ("我活不下去了，不想活了", True),
        # Three risks press, but nobody is in danger.
        ("全体业主联名，楼盘烂尾，再不管就去上访", False),
        ("全体业主联名，楼盘烂尾，没发工资，吃不上饭，再不管就去上访", True),
        ("路灯坏了，请维修", False),
        ("消防通道被堵", False),
    ],
)
def test_urgent_is_danger_or_many_risks_with_a_signal(
    rules: RulesClassifier, text: str, urgent: bool
) -> None:
    assert find(rules, text).urgent is urgent


@pytest.mark.parametrize(
    "text",
    [
        "有人爬到楼顶了，说要跳",
        "他坐在天台上要跳",
        "屋里有煤气味，头晕",
        "我母亲走失两天了",
        "孩子放学后不见了",
        "墙裂得不敢住人，房子要塌",
        "日子过不下去，想带孩子一起走",
        "再不给个说法，死的心都有，我不想活了",
        "真想一死了之",
        "她吃了安眠药，叫不醒",
        "家里燃气泄漏，怎么办",
        "楼下着火了，浓烟很大",
        "老人被困在电梯里",
        "食堂的饭菜有问题，学生食物中毒",
        "扬言要打死我们一家",
        "变压器冒烟打火",
        "有人持刀砍人",
    ],
)
def test_danger_to_life_is_urgent(rules: RulesClassifier, text: str) -> None:
    assert find(rules, text).urgent
    assert find(rules, "", text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "为了减轻生产成本",
        "孩子拼命玩手游，管管玩手游的孩子",
        "噪音吵得头都要炸了",
        "非得一哭二闹三上吊才有人管吗",
        "墙上吊顶掉漆",
        "开发商的建议是：“跳楼”",
        "改善交通刻不容缓，情况紧急，请处理",
        "把救命钱都投进去了，法人失踪",
        "救命通道被车占了",
        "一旦燃气泄漏后果不堪设想",
        "管道没有密封，存在燃气泄漏的风险",
        "去年楼下着火了，至今没有处理",
        "难道非得等爆炸了才管",
        "居民被噪音困扰，长期被困扰",
        "防溺水宣传要加强",
        "就这一点扼杀了我们的权利",
        "出院后他一直被囚禁在轮椅上",
        "班主任声称要杀鸡儆猴",
        "孩子上学过危桥，怕掉河里",
    ],
)
def test_figures_of_speech_and_what_may_come_are_not_urgent(
    rules: RulesClassifier, text: str
) -> None:
    found = find(rules, text)
    assert not found.urgent
    assert "自伤极端" not in found.risks


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("还我血汗钱，开发商不退购房款", "工资拖欠"),
        ("预订了度假酒店四晚不退款", "食品药品安全"),
        ("收费像吃了苍蝇一样恶心", "食品药品安全"),
        ("古树被虫子吃了", "食品药品安全"),
        ("根据食品安全法办理健康证", "食品药品安全"),
    ],
)
def test_words_alone_do_not_make_these_domains(
    rules: RulesClassifier, text: str, risk: str
) -> None:
    assert risk not in find(rules, text).risks


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("还欠我三个月工资", "工资拖欠"),
        ("致使工人工资无着落", "工资拖欠"),
        ("干了四个月，包工头一分钱没给", "工资拖欠"),
        ("还农民工的血汗钱", "工资拖欠"),
        ("买的牛奶过期，孩子拉肚子", "食品药品安全"),
        ("食堂饭菜里有毛毛虫", "食品药品安全"),
        ("门口的奶茶无证经营，食品安全谁管", "食品药品安全"),
        ("医院卖假冒伪劣药品", "食品药品安全"),
    ],
)
def test_what_they_missed(rules: RulesClassifier, text: str, risk: str) -> None:
    assert risk in find(rules, text).risks


@pytest.mark.parametrize(
    "text",
    [
        "石桥村灌溉渠塌了一段，没法浇水",
        "罗家桥镇的水渠塌了",
        "桥头社区的棚子要倒，请来看看",
    ],
)
def test_a_bridge_in_a_name_is_no_bridge_that_falls(rules: RulesClassifier, text: str) -> None:
    assert not find(rules, text).urgent


def test_a_bridge_that_falls_is_one(rules: RulesClassifier) -> None:
    assert find(rules, "村口的石桥要塌了，车还在上面走").urgent


def test_a_danger_with_its_year_inside_is_past(rules: RulesClassifier) -> None:
    assert not find(rules, "围墙去年塌了一段，一直没人修").urgent
    assert find(rules, "围墙塌了一段，一直没人修").urgent


@pytest.mark.parametrize(
    "text",
    [
        "昨晚车库起火了。两台电动车烧成了架子，幸好邻居用灭火器把火扑灭",
        "电梯里有人被困，半小时后被消防员救出，物业一个人都没来",
        "孩子落水了，路过的师傅把人救下",
    ],
)
def test_a_danger_that_is_told_to_be_over_wakes_nobody(rules: RulesClassifier, text: str) -> None:
    assert not find(rules, text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "车库起火了，火还没扑灭",
        "车库起火了，请尽快来扑灭",
        "电梯里有人被困，半小时了还没救出",
    ],
)
def test_a_danger_that_is_not_over_yet_does(rules: RulesClassifier, text: str) -> None:
    assert find(rules, text).urgent


def test_a_report_that_nobody_noticed_is_of_the_past(rules: RulesClassifier) -> None:
    assert not find(rules, "值班室没有发现有人被困电梯一个小时").urgent


@pytest.mark.parametrize(
    ("text", "risk", "there"),
    [
        ("健身房老板跑路，年卡都白办了", "房地产金融", False),
        ("早教机构跑路，学费退不了", "房地产金融", False),
        ("开发商跑路，楼盘没人管", "房地产金融", True),
        ("理财平台的老板卷款跑路", "房地产金融", True),
        ("入夏以来老是停电，一周停了六次", "困难群众生活", False),
        ("我们楼停电一周，老人没法做饭", "困难群众生活", True),
        ("砖墙压在楼板上，有倒塌风险", "安全生产", True),
        ("电梯又坏了，电梯里一位老人被困二十分钟", "安全生产", True),
        ("电梯隔三差五故障，老人被困", "安全生产", True),
        ("楼上高空抛物砸坏了车顶", "安全生产", True),
        ("全楼的消防栓没有水", "安全生产", True),
        ("猪场的粪水直接流到沟里", "环境污染和生态破坏", True),
        ("养鸭场臭味熏天", "环境污染和生态破坏", True),
        ("厂子一关，我们病人就没有了生活来源", "困难群众生活", True),
        ("父母年迈，早已丧失劳动力", "困难群众生活", True),
        ("客梯故障二十多次，其中发生两次困人，一次掉层", "安全生产", True),
        ("特困人员的认定标准", "安全生产", False),
        ("路基一经雨水浸泡就会塌陷", "安全生产", False),
        ("请看到的朋友帮忙转发", "舆情扩散", True),
        ("请求转发展改部门研究", "舆情扩散", False),
        ("父亲在县医院去世，物业不开消防通道", "教育医疗养老", False),
    ],
)
def test_a_risk_is_told_from_what_only_sounds_like_it(
    rules: RulesClassifier, text: str, risk: str, *, there: bool
) -> None:
    assert (risk in find(rules, text).risks) is there


@pytest.mark.parametrize(
    ("text", "risk", "there"),
    [
        # A danger that is only supposed, and words that stand in every second letter.
        ("万一着火，谁来负责", "安全生产", False),
        ("昨天楼下着火，物业不管", "安全生产", True),
        ("孩子过马路有安全隐患", "安全生产", False),
        ("电动车堆满楼道，消防隐患突出", "安全生产", True),
        ("纸箱堆在我们单元的消防通道", "安全生产", True),
        ("私自囤放十几个液化气罐", "安全生产", True),
        ("楼下装修砸了承重墙", "安全生产", True),
        ("隔壁的老房子岌岌可危", "安全生产", True),
        # Noise is no pollution of the environment in the sense of the domain.
        ("广场舞的噪音污染严重", "环境污染和生态破坏", False),
        ("空气污染严重，门窗不敢开", "环境污染和生态破坏", True),
        ("村口的砖厂一刮风就是灰尘", "环境污染和生态破坏", True),
        ("学生午餐的鸡腿是臭的", "食品药品安全", True),
        ("印刷黑作坊半夜开工", "食品药品安全", False),
        ("做豆腐的黑作坊连名字都没有", "食品药品安全", True),
        ("养老院挪用老人的押金", "教育医疗养老", True),
        ("这是我们商户的救命钱", "困难群众生活", False),
        ("三天两头停水", "困难群众生活", False),
        ("路灯电池没电，这条路长期没有灯", "困难群众生活", False),
        ("村口的烂尾路请修完", "房地产金融", False),
        ("查出肺癌，拿不出治疗费", "困难群众生活", True),
        ("房子拿不到，定金也退不回", "房地产金融", True),
        ("烂尾楼旁边的小路请修一修", "房地产金融", False),
        ("平台逾期兑付", "房地产金融", True),
        ("万一开发商跑路怎么办", "房地产金融", False),
        ("厂长卷款逃走，工人拿不到工资", "房地产金融", False),
        ("担保公司卷款失联", "房地产金融", True),
        ("招工时欺骗保底工资八千", "教育医疗养老", False),
        ("诊所骗保，住院天数是编的", "教育医疗养老", True),
        ("镇上的留守儿童爱下河", "困难群众生活", False),
        # Signals: neglect is no repetition, and a place where people gather is no crowd.
        ("路灯坏了没人管", "重复来电", False),
        ("投诉石沉大海", "重复来电", True),
        ("反映了多次", "重复来电", True),
        ("车站是人员聚集的地方", "群体诉求", False),
        ("工人聚众讨薪", "群体诉求", True),
        ("局长在答记者问时说过", "舆情扩散", False),
        ("我们只好上访", "舆情扩散", True),
        ("信访局说我上访的材料不全", "舆情扩散", False),
        # A place, an employer, an app is no threat to make it known.
        ("电视台附近的路灯不亮", "舆情扩散", False),
        ("老师把我们派到北京去做销售", "舆情扩散", False),
        ("该项目遭到北京园小区业主反对", "舆情扩散", False),
        ("喇叭一直播放叫卖声", "舆情扩散", False),
        ("楼上租给直播公司", "舆情扩散", False),
        ("我当时发视频给街道工作人员", "舆情扩散", False),
        ("在抖音上看到的培训广告", "舆情扩散", False),
        ("记者证丢了怎么补办", "舆情扩散", False),
        ("再不处理就进京上访", "舆情扩散", True),
        ("我们要到北京去反映", "舆情扩散", True),
        ("电视台来采访过两次", "舆情扩散", True),
        ("已经联系了记者", "舆情扩散", True),
        ("我要把视频发到抖音", "舆情扩散", True),
    ],
)
def test_a_word_that_every_second_letter_has_is_no_risk_by_itself(
    rules: RulesClassifier, text: str, risk: str, *, there: bool
) -> None:
    assert (risk in find(rules, text).risks) is there


@pytest.mark.parametrize(
    ("word", "risk"), [("安全隐患", "安全生产"), ("环境污染", "环境污染和生态破坏")]
)
def test_a_common_word_counts_where_the_title_has_it(
    rules: RulesClassifier, word: str, risk: str
) -> None:
    assert risk in find(rules, "请派人看看", f"小区的{word}").risks
    assert risk not in find(rules, f"这样下去有{word}", "请派人看看").risks


def test_a_threat_that_is_only_supposed_is_a_threat(rules: RulesClassifier) -> None:
    found = find(rules, "如果再不发工资我就跳楼")
    assert {"自伤极端", "工资拖欠"} & set(found.risks) >= {"自伤极端"}


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("前年他扬言要打死我父亲", False),
        ("2019年就曾被物业威胁要打死", False),
        ("去年有职工在车间自杀，赔偿还没有谈好", False),
        ("他扬言要打死我父亲", True),
        ("前年他扬言要打死我，昨晚又拿刀来说要杀我全家", True),
        # Who has thought of it before is in danger now.
        ("我曾几次想自杀", True),
        ("如果再不解决我就跳楼", True),
    ],
)
def test_a_threat_of_long_ago_is_a_risk_and_wakes_nobody(
    rules: RulesClassifier, text: str, *, urgent: bool
) -> None:
    found = find(rules, text)
    assert "自伤极端" in found.risks
    assert found.urgent is urgent
    assert rules.risks.with_quoted(Finding(), text).urgent is urgent
