"""Each trap of Chinese mail, with a text of our own; the labels are those seen in the wild."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mail.charset import decode_header, decode_text

LETTER = "河东路井盖缺失，请尽快修复"
RARE = "镕堃喆㎡"  # in GBK, not in GB2312
BEYOND = "𠮷𨭎镇"  # four bytes in GB18030


def word(label: str, data: bytes) -> bytes:
    return b"=?" + label.encode() + b"?B?" + base64.b64encode(data) + b"?="


@pytest.mark.parametrize(
    "label",
    [
        "gb2312",
        "GBK",
        "gb18030",
        "cp936",
        "ms936",
        "x-gbk",
        "eucgb2312_cn",
        "euc-cn",
        "gb_2312-80",
        "GBK2312",
        "unknown-8bit",
        "x-unknown",
        "default",
        "us-ascii",
        "iso-8859-1",
        "no-such-charset",
        "",
    ],
)
def test_gb_bytes_under_any_label(label: str) -> None:
    data = (LETTER + RARE).encode("gbk")
    assert decode_text(data, label) == LETTER + RARE
    if label:
        assert decode_header(word(label, data)) == LETTER + RARE


def test_four_byte_characters() -> None:
    assert decode_text(BEYOND.encode("gb18030"), "gb2312") == BEYOND
    assert decode_header(word("GB18030", BEYOND.encode("gb18030"))) == BEYOND


@pytest.mark.parametrize("label", ["hz", "hz-gb-2312", "HZ-GB-2312"])
def test_hz(label: str) -> None:
    assert decode_text("关于噪声".encode("hz"), label) == "关于噪声"
    assert decode_header(word(label, "关于噪声".encode("hz"))) == "关于噪声"


def test_a_tilde_and_brace_in_ascii_is_not_hz() -> None:
    assert decode_text(b"see ~{file}", "utf-8") == "see ~{file}"


@pytest.mark.parametrize("label", ["utf-8", "utf8mb4", "UTF8", "unknown-8bit", "gb2312", ""])
def test_utf8_under_any_label(label: str) -> None:
    assert decode_text(LETTER.encode(), label) == LETTER


def test_gbk_under_a_utf8_label() -> None:
    assert decode_text(LETTER.encode("gbk"), "utf-8") == LETTER


def test_western_text_stays_western() -> None:
    assert decode_text("Café, naïve".encode("latin-1"), "iso-8859-1") == "Café, naïve"


def test_big5() -> None:
    assert decode_text("噪音擾民".encode("big5"), "big5") == "噪音擾民"


def test_a_text_cut_within_a_character_loses_only_that_character() -> None:
    assert decode_text(LETTER.encode("gbk")[:-1], "gb2312").startswith(LETTER[:-1])


@pytest.mark.parametrize("label", ["gb2312", "utf-8"])
@pytest.mark.parametrize("cut", range(1, 12))
def test_encoded_words_split_within_a_character(label: str, cut: int) -> None:
    data = LETTER.encode("gbk" if label == "gb2312" else label)
    raw = word(label, data[:cut]) + b"\r\n\t " + word(label, data[cut:])
    assert decode_header(raw) == LETTER


def test_base64_split_outside_its_groups_of_four() -> None:
    digits = base64.b64encode(LETTER.encode()).decode()
    raw = f"=?utf-8?B?{digits[:6]}?=\r\n =?utf-8?B?{digits[6:]}?=".encode()
    assert decode_header(raw) == LETTER


def test_base64_without_padding() -> None:
    digits = base64.b64encode("急".encode("gbk")).decode().rstrip("=")
    assert decode_header(f"=?gb2312?B?{digits}?=".encode()) == "急"


def test_quoted_printable_words_with_language() -> None:
    quoted = "".join(f"={byte:02X}" for byte in LETTER.encode()) + "_OK"
    assert decode_header(f"=?utf-8*zh?Q?{quoted}?=".encode()) == LETTER + " OK"


def test_words_of_different_charsets_and_plain_text_between() -> None:
    raw = b"Re: " + word("gbk", "投诉".encode("gbk")) + b" " + word("utf-8", "建议".encode())
    assert decode_header(raw + b" (2) " + word("utf-8", "急".encode())) == "Re: 投诉建议 (2) 急"


def test_raw_eight_bit_header() -> None:
    assert decode_header(LETTER.encode("gbk")) == LETTER
    assert decode_header(LETTER.encode()) == LETTER


def test_a_line_end_inside_a_word_cannot_become_one_in_the_header() -> None:
    assert "\n" not in decode_header(word("utf-8", "好\r\nBcc: x@y.example".encode()))


@given(st.binary(max_size=300), st.sampled_from(["gb2312", "utf-8", "hz", "rot13", "", "x-?"]))
def test_no_bytes_raise(data: bytes, label: str) -> None:
    assert isinstance(decode_text(data, label), str)
    assert isinstance(decode_header(data), str)
    assert isinstance(decode_header(word("gbk", data)), str)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
def test_chinese_survives_each_usual_way(text: str) -> None:
    assert decode_text(text.encode("utf-8"), "utf-8") == text
    assert decode_text(text.encode("gb18030"), "gb2312") == text
    assert decode_header(word("gb18030", text.encode("gb18030"))) == text
