"""Personal data is found wherever it stands, hidden in its shape, and nothing else is touched."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.privacy.masking import (
    PersonalData,
    find_personal_data,
    mask,
    mask_item,
    mask_name,
    mask_number,
)
from cases.privacy.masking_rules import id_check_digit, luhn
from cases.record.item import Attachment, Item, SourceReply
from cases.words.times import BEIJING

K = PersonalData


def kinds(text: str) -> list[tuple[PersonalData, str]]:
    return [(span.kind, span.text) for span in find_personal_data(text)]


# A valid number is made by computing its check digit; nobody's own number is used.
ID_NUMBER = "110105194912310021"[:17]
ID_NUMBER += id_check_digit(ID_NUMBER)


@pytest.mark.parametrize(
    ("text", "kind", "found", "masked"),
    [
        ("请拨打13812345678联系我", K.MOBILE, "13812345678", "请拨打138****5678联系我"),
        ("电话138 1234 5678", K.MOBILE, "138 1234 5678", "电话138 **** 5678"),
        ("电话138-1234-5678", K.MOBILE, "138-1234-5678", "电话138-****-5678"),
        ("电话１３８１２３４５６７８。", K.MOBILE, "１３８１２３４５６７８", "电话１３８****５６７８。"),
        ("+86 13812345678", K.MOBILE, "13812345678", "+86 138****5678"),
        ("8613812345678", K.MOBILE, "13812345678", "86138****5678"),
        ("我家0571-87654321", K.LANDLINE, "0571-87654321", "我家0571-8*****21"),
        ("家里电话：87654321", K.LANDLINE, "87654321", "家里电话：8*****21"),
        ("车牌浙A·12345", K.PLATE, "浙A·12345", "车牌浙A·***45"),
        ("车牌浙A12B34", K.PLATE, "浙A12B34", "车牌浙A***34"),
        ("川A1B2C3别车", K.PLATE, "川A1B2C3", "川A***C3别车"),
        ("浙AD12345没礼让", K.PLATE, "浙AD12345", "浙A****45没礼让"),
        ("警车赣A1234警", K.PLATE, "赣A1234警", "警车赣A***4警"),
        ("挂车鄂AP185挂", K.PLATE, "鄂AP185挂", "挂车鄂A***5挂"),
        ("写信到zhang.san@example.com谢谢", K.EMAIL, "zhang.san@example.com",
         "写信到z********@example.com谢谢"),
        ("微信号：abc_12345", K.CHAT_ID, "abc_12345", "微信号：ab*******"),
        ("加我QQ 12345678", K.CHAT_ID, "12345678", "加我QQ 12******"),
        ("护照号E12345678", K.PASSPORT, "E12345678", "护照号E******78"),
        ("卡号6222021234567890123", K.BANK_CARD, "6222021234567890123", "卡号6222***********0123"),
        ("住在3栋2单元501室", K.ADDRESS, "3栋2单元501室", "住在*栋*单元***室"),
        ("5幢1101业主", K.ADDRESS, "5幢1101", "*幢****业主"),
    ],
)  # fmt: skip
def test_found_and_hidden_in_its_shape(
    text: str, kind: PersonalData, found: str, masked: str
) -> None:
    assert kinds(text) == [(kind, found)]
    assert mask(text) == masked


def test_identity_numbers_need_a_right_check_digit_or_the_word() -> None:
    wrong = ID_NUMBER[:17] + ("1" if ID_NUMBER[17] != "1" else "2")
    assert kinds(f"本人{ID_NUMBER}，") == [(K.ID_CARD, ID_NUMBER)]
    assert mask(ID_NUMBER) == "110*************" + ID_NUMBER[16:]
    assert kinds(f"编码{wrong}") == []
    assert kinds(f"身份证号码：{wrong}") == [(K.ID_CARD, wrong)]
    assert kinds("老身份证330102500101123号") == [(K.ID_CARD, "330102500101123")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("联系人：李建国", "李建国"),
        ("姓名:欧阳建国，男", "欧阳建国"),
        ("我叫王银花是个农民", "王银花"),
        ("本人赵六，系某村村民", "赵六"),
        ("楼上的钱小明先生不听劝", "钱小明"),
        ("此致敬礼！ 孙立平 2024年1月", "孙立平"),
        ("周大海 13812345678", "周大海"),
        ("吴小燕，联系电话见附件", "吴小燕"),
        ("投诉人郑月联系过多次", "郑月"),
    ],
)
def test_names_beside_a_title_a_label_or_a_number(text: str, name: str) -> None:
    found = [text for kind, text in kinds(text) if kind is K.NAME]
    assert found == [name]
    surname = 2 if name.startswith("欧阳") else 1
    assert name[:surname] + "*" * (len(name) - surname) in mask(text)


def test_every_name_of_a_list_is_found() -> None:
    assert mask("举报人：刘小一、陈小二、张小三") == "举报人：刘**、陈**、张**"


def test_the_surname_before_a_title_stays() -> None:
    assert kinds("回访王先生") == [(K.NAME, "王")]
    assert mask("回访王先生、欧阳女士") == "回访王先生、欧阳女士"


@pytest.mark.parametrize(
    "text",
    [
        "国办发〔2016〕61号、国办发〔2016〕80号、宁府办〔2023〕5号、第247号令",
        "2024年6月24日16:55，2024-06-24 16:55:28，2024/6/24",
        "每千瓦时0.64元，合计4242835.81元，面积95.49㎡，1269行动计划",
        "拨打12345、110、119、95598、400-820-8820咨询",
        "县住建局办公电话0791-83812345",
        "举报电话：83812345",
        "工单编号250912101108115409，订单号1473164426447490320",
        "订单编号：6222021234567890128",
        "共有10栋460户，3栋2019年交付，12栋1000多平米",
        "京ICP备12345678号，京B2-20050001",
        "微信公众号（微信号：xianfabu）",
        "QQ群12345678里有人说",
        "和高中老师、任课老师、许多同学、有关同志说过",
        "本人全家、本人高中毕业、本人曾经反映、我叫了物业",
        "市委书记刘大明同志，县长李大为先生",
        "我先生，风水先生，各位先生",
        "A市A3区学士街道裕园小区",
        "",
        "😀",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text


def test_a_fixed_line_in_a_reply_is_the_office_s_own() -> None:
    text = "请与我们联系：0791-83812345"
    assert mask(text) != text
    assert mask(text, by_office=True) == text
    assert mask("已致电申请人0791-83812345", by_office=True) == "已致电申请人0791-8*****45"


def test_an_address_of_mail_wins_over_the_number_in_it() -> None:
    assert kinds("13812345678@example.com") == [(K.EMAIL, "13812345678@example.com")]
    assert mask("a1@13812345678.com") == "a*@***********.com"
    assert mask("a1@163.com13812345678") == "a*@163.com138****5678"


def _seconds(text: str) -> float:
    """Processor time, the shortest of three."""
    found = []
    for _ in range(3):
        start = time.process_time()
        find_personal_data(text)
        found.append(time.process_time() - start)
    return min(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "王小明、",
            "王小明，",
            "村民王大海",
            "一三八",
            "1\u200b",
            "①",
            "三组12号",
            "住在3栋2单元",
            "买买提·",
        ),
        *(
            "扎西",
            '"name":"王小明",',
            "l1",
            "-1",
            "1-2-301",
            "\\u5f20",
            "（0571）",
            "a at b dot ",
            "微信a1",
        ),
        *("13812345678，", "1", "a@", "王小明先生、", "联系人：", "3栋", "6222 ", "0571-", "*"),
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    """Four times the text takes about four times as long; a square would take sixteen."""
    short, long = (piece * (size // len(piece)) for size in (6_000, 24_000))
    assert len(mask(long)) == len(long)
    assert _seconds(long) < 9 * _seconds(short) + 0.01


# ---------------------------------------------------------------- properties

_HAN = st.text(alphabet="的一了是在不路小区反映噪声扰民停水😀𠮷，。！\n", max_size=30)
_MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_SEPARATORS = st.sampled_from(["", " ", "-"])
_PLATES = st.builds(
    lambda province, letter, dot, number: province + letter + dot + number,
    st.sampled_from("京沪浙赣湘鄂粤川"),
    st.sampled_from("ABCDEFGH"),
    st.sampled_from(["", "·"]),
    st.from_regex(r"[0-9]{5}|[DF][0-9]{5}|[0-9]{3}[A-H][0-9]", fullmatch=True),
)


@st.composite
def _ids(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["110105", "330106", "360730", "430102"]))
    born = draw(st.dates(date(1930, 1, 1), date(2024, 12, 31)))
    number = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return number + id_check_digit(number)


@st.composite
def _cards(draw: st.DrawFn) -> str:
    number = "622" + draw(st.from_regex(r"[0-9]{12,15}", fullmatch=True))
    return next(number + str(digit) for digit in range(10) if luhn(number + str(digit)))


def _wide(text: str) -> str:
    return text.translate({0x30 + i: 0xFF10 + i for i in range(10)})


@given(_HAN, _MOBILES, _SEPARATORS, _HAN, st.booleans())
def test_any_mobile_in_chinese_text_is_found(
    before: str, number: str, mark: str, after: str, wide: bool
) -> None:
    shown = mark.join((number[:3], number[3:7], number[7:]))
    text = before + (_wide(shown) if wide else shown) + after
    spans = [span for span in find_personal_data(text) if span.kind is K.MOBILE]
    assert [span.start for span in spans] == [len(before)]
    assert text[spans[0].start : spans[0].end] == spans[0].text
    assert mask(text)[len(before) : len(before) + len(shown)].count("*") == 4


@given(_HAN, _ids(), _HAN)
def test_any_identity_number_in_chinese_text_is_found(before: str, number: str, after: str) -> None:
    assert (K.ID_CARD, number) in kinds(before + number + after)
    assert number[3:16] not in mask(before + number + after)


@given(_HAN, _PLATES, _HAN)
def test_any_plate_in_chinese_text_is_found(before: str, plate: str, after: str) -> None:
    assert (K.PLATE, plate) in kinds(before + plate + after)


@given(_HAN, _cards(), _HAN)
def test_any_bank_card_in_chinese_text_is_found(before: str, number: str, after: str) -> None:
    assert number[4:-4] not in mask(before + number + after)


_PIECES = st.one_of(
    _MOBILES,
    _ids(),
    _cards(),
    _PLATES,
    st.sampled_from(
        [
            "联系人：", "我叫", "本人", "王小明", "欧阳", "、", "先生", "老师", "李四", "电话", "手机号", "QQ", "微信号：",
            "a1b2c3", "@example.com", "0571-", "87654321", "12345", "3栋", "2单元", "501", "室", "*", "138****5678",
            " ", "-", "身份证", "卡号", "护照", "E1234567", "赵", "高中", "１２", "·", "浙A", "2024年", "，", "86",
        ]
    ),
    st.text(max_size=4),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_masking_keeps_the_length_and_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert len(once) == len(text)
    assert mask(once) == once


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_spans_are_in_order_apart_and_quote_the_text(text: str) -> None:
    end = 0
    for span in find_personal_data(text):
        assert end <= span.start < span.end
        assert span.text == text[span.start : span.end]
        end = span.end


@given(st.dates(), st.integers(0, 99_999), st.decimals(0, 10**7, places=2), st.integers(2000, 2030))
def test_dates_sums_and_document_numbers_are_never_touched(
    day: object, number: int, money: object, year: int
) -> None:
    text = f"{day}，宁府办〔{year}〕{number}号，{money}元，{year}年{number}户"
    assert mask(text) == text


# ---------------------------------------------------------------- whole items


def _item(**fields: object) -> Item:
    return Item(
        source="test",
        source_item_id="1",
        channel="测试",
        received_at=datetime(2024, 1, 2, 9, tzinfo=BEIJING),
        title="请联系13812345678",
        body="我叫王小明，住3栋2单元501室",
        **fields,  # type: ignore[arg-type]
    )


def test_every_field_of_an_item_is_masked() -> None:
    item = _item(
        author="王小明",
        phone="0571-87654321",
        email="wang@example.com",
        address="幸福路12号3栋2单元501室",
        place="幸福路口",
        replies=(SourceReply(text="王小明先生：您好，请致电0571-81234567。"),),
        attachments=(Attachment(name="王小明先生诉求.docx"),),
        extra={"来电电话": "87654321", "姓名": "王小明", "备注": "电13912345678", "件数": "12345"},
    )
    masked = mask_item(item)
    assert masked.title == "请联系138****5678"
    assert masked.body == "我叫王**，住*栋*单元***室"
    assert (masked.author, masked.phone) == ("王**", "0571-8*****21")
    assert masked.email == "w***@example.com"
    assert masked.address == "幸福路**号*栋*单元***室"
    assert masked.place == "幸福路口"
    assert masked.replies[0].text == "王**先生：您好，请致电0571-81234567。"
    assert masked.attachments[0].name == "王**先生诉求.docx"
    assert masked.extra == {
        "来电电话": "8*****21", "姓名": "王**", "备注": "电139****5678", "件数": "12345"
    }  # fmt: skip
    assert mask_item(masked) == masked
    assert (masked.case_id, masked.received_at) == (item.case_id, item.received_at)


def test_nothing_of_a_confidential_reporter_is_left() -> None:
    extra = {"来电人": "王小明", "来电电话": "13812345678", "件数": "1"}
    masked = mask_item(_item(author="王小明", phone="13812345678", confidential=True, extra=extra))
    assert (masked.author, masked.phone, masked.email) == ("（保密）", "（保密）", "")
    assert masked.extra == {"来电人": "（保密）", "来电电话": "（保密）", "件数": "1"}
    assert mask_item(masked) == masked


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"),
        ("欧阳小明", "欧阳**"),
        ("王先生", "王先生"),
        ("王小明先生", "王**先生"),
        ("UU0081019", "UU0081019"),
        ("13812345678", "138****5678"),
        ("网友", "网友"),
        ("", ""),
    ],
)
def test_name_fields(name: str, shown: str) -> None:
    assert mask_name(name) == shown
    assert mask_name(shown) == shown


def test_number_fields_of_odd_form_are_hidden_too() -> None:
    assert mask_number("87654321") == "8*****21"
    assert mask_number("00852-12345678") == "008**-******78"
    assert mask_number("") == ""
