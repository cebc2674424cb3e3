"""Numbers, names and addresses are found however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.privacy.masking import PersonalData, find_personal_data, mask, mask_item
from cases.privacy.masking_check import Labelled, Piece, check, is_hidden
from cases.privacy.text_normalization import normalize
from tests.cases.helpers import item

K = PersonalData


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # Full-width brackets around an area code.
        ("家里（0571）88886666", "家里（0571）8*****66"),
        ("家里0571 8888 6666", "家里0571 8*** **66"),
        # What shows nothing: zero-width space, soft hyphen, direction marks, word joiner.
        ("打138\u200b1234\u00ad5678", "打138\u200b****\u00ad5678"),
        ("打\u202d13812345678\u202c", "打\u202d138****5678\u202c"),
        ("打1\u20603\u20608\u20601\u20602\u20603\u20604\u20605\u20606\u20607\u20608",
         "打1\u20603\u20608\u2060*\u2060*\u2060*\u2060*\u20605\u20606\u20607\u20608"),
        # Digits of another script, enclosed digits, keycaps.
        ("打١٣٨١٢٣٤٥٦٧٨", "打١٣٨****٥٦٧٨"),
        ("打①③⑧①②③④⑤⑥⑦⑧", "打①③⑧****⑤⑥⑦⑧"),
        # Chinese numerals, and a word that begins with one behind them.
        ("打一三八一二三四五六七八", "打一三八****五六七八"),
        ("打幺三八幺二三四五六七八一直没人接", "打幺三八****五六七八一直没人接"),
        ("打壹叁捌1234五六七八", "打壹叁捌****五六七八"),
        # Letters for digits, odd spacing, line ends.
        ("打l38OO138OO0", "打l38****8OO0"),
        ("打1 3 8 1 2 3 4 5 6 7 8", "打1 3 8 * * * * 5 6 7 8"),
        ("打138\n1234\n5678", "打138\n****\n5678"),
        ("打138_1234_5678", "打138_****_5678"),
        # Mail written out, plates with spaces, cities for provinces.
        ("邮箱lin0417 at 163 dot com", "邮箱l****** at 163 dot com"),
        ("面包车 浙 J 7 3 P 0 5 占道", "面包车 浙 J * * * 0 5 占道"),
        ("核验：33010419931028****", "核验：330*********28****"),
    ],
)  # fmt: skip
def test_numbers_in_disguise(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("孩子李小明在学校被打", "孩子李**在学校被打"),
        ("孩子叫王子涵，上三年级", "孩子叫王**，上三年级"),
        ("村民王大海家门前的路", "村民王**家门前的路"),
        ("家长张秀英反映", "家长张**反映"),
        ("监护人：刘玉兰", "监护人：刘**"),
        ("经办人陈志强让我补材料", "经办人陈**让我补材料"),
        ("患者孙桂芳于昨日出院", "患者孙**于昨日出院"),
        ("户主周长河（已故）", "户主周**（已故）"),
        ("丈夫郑卫国在矿上", "丈夫郑**在矿上"),
        ("村民张勇家的化粪池", "村民张*家的化粪池"),
        ("学生夏侯明轩的准考证", "学生夏侯**的准考证"),
        ("我叫扎西次仁，当过兵", "我叫****，当过兵"),
        ("联系人古丽娜尔·买买提，开店", "联系人****·***，开店".replace("·***", "****")),
        ('{"name":"吴晓燕","sqr":"林海"}', '{"name":"吴**","sqr":"林*"}'),
        (r'{"name":"\u5434\u6653\u71d5"}', r'{"name":"\u5434************"}'),
        ("張小明的電話", "張**的電話"),
        ("此致\n敬礼\n孙立平\n2024年1月2日", "此致\n敬礼\n孙**\n2024年1月2日"),
        ("王建国来过，后来王建国又来了。联系人：王建国", "王**来过，后来王**又来了。联系人：王**"),
    ],
)  # fmt: skip
def test_names_by_what_stands_around_them(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("家住枫林村三组12号", "家住枫林村*组**号"),
        ("老家在黄土村樟树屋场", "老家在黄土村**屋场"),
        ("高山村下塘自然村22号", "高山村**自然村**号"),
        ("本人住人民路128号", "本人住人民路***号"),
        ("10号楼2单元顶楼西户", "**号楼*单元*楼*户"),
        ("幸福里5-2-301", "幸福里*-*-***"),
        ("四号楼三单元五零一室", "*号楼*单元***室"),
    ],
)
def test_addresses_of_villages_and_flats(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "3栋2单元电梯坏了",
        "三组的路灯坏了，12号线还没通",
        "国发〔2016〕61号和雨政发{2017}44号文",
        "人文自然景观，儿童无法上学，工程浩大",
        "孩子成长的环境，居民安静舒适的生活",
        "县长王立军、县医保局局长徐敏华",
        "万科·城市花园，恒大·御景半岛",
        "① 修路；② 装灯；③ 种树",
        "面积100m²，坐标120.153576,30.287459",
        "几百户业主，359户，地铁3号线",
        "建设金星路、和平路，金华市",
        "县残联康复部0574-87311262",
    ],
)
def test_what_only_looks_like_personal_data_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=80))
def test_normalizing_is_total_and_places_are_in_order(text: str) -> None:
    plain, places = normalize(text)
    if places is None:
        assert len(plain) == len(text)
    else:
        assert len(plain) == len(places)
        assert all(0 <= a < b <= len(text) for a, b in places)
        assert places == sorted(places)


_NOISE = st.sampled_from(["", " ", "-", "\u200b", "\u00ad", "\u2060", "\ufeff", "\n"])
_FORMS = st.sampled_from(
    [
        lambda d: d,
        lambda d: chr(0xFF10 + int(d)),
        lambda d: "零一二三四五六七八九"[int(d)],
        lambda d: chr(0x0660 + int(d)),
    ]
)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), _NOISE, _FORMS)
def test_no_five_digits_in_a_row_are_left_of_a_mobile_number(number, noise, form) -> None:
    text = "请联系我" + noise.join(form(digit) for digit in number) + "，谢谢"
    masked = mask(text)
    assert len(masked) == len(text)
    assert mask(masked) == masked
    piece = Piece(text[4:-3], "phone", 4, len(text) - 3)
    assert is_hidden(piece, masked)


@given(
    st.text(
        alphabet="张王小明村民住三组号1234567890栋单元室-·、，：\n*O\u200b电话微信a@.", max_size=60
    )
)
def test_masking_is_idempotent_and_total_on_any_mixture(text: str) -> None:
    once = mask(text)
    assert len(once) == len(text)
    assert mask(once) == once
    for span in find_personal_data(text):
        assert span.text == text[span.start : span.end]


def test_an_item_is_masked_in_every_form() -> None:
    shown = mask_item(item(body="打幺三八幺二三四五六七八", author="張小明"))
    assert shown.body == "打幺三八****五六七八"


def test_the_check_counts_what_is_left_and_what_was_wrongly_taken() -> None:
    text = "联系人：王小明，电话13812345678，县政府2栋"
    labelled = Labelled(
        id="a",
        form="f",
        text=text,
        mask=(Piece("小明", "name", 5, 7), Piece("13812345678", "phone", 10, 21)),
        keep=("县政府",),
    )
    good = check([labelled], mask, find_personal_data)
    assert (good.by_kind["name"].recall, good.by_kind["phone"].recall) == (1.0, 1.0)
    assert (good.precision, good.missed, good.wrong) == (1.0, [], [])
    bad = check([labelled], lambda text: text.replace("县", "*"), find_personal_data)
    assert (bad.by_kind["name"].recall, bad.kept_broken) == (0.0, 1)
    assert (bad.missed, bad.wrong) == (["a"], ["a"])


@pytest.mark.parametrize("text", ["①路灯坏了", "１３８号", "張先生㎡…", "plain", ""])
def test_a_text_of_as_many_plain_characters_keeps_its_places(text: str) -> None:
    plain = normalize(text)
    assert plain.places is None
    assert len(plain.text) == len(text)


def test_every_plain_character_says_where_it_stood() -> None:
    text = "软\u00ad连字㈱符\\u5f20某①"
    plain = normalize(text)
    assert plain.places is not None
    assert len(plain.places) == len(plain.text)
    assert [text[slice(*place)] for place in plain.places if place[1] - place[0] > 1] == ["\\u5f20"]
    assert plain.text[plain.places.index((2, 3))] == "连"
