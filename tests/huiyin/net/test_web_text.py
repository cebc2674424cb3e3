"""Bytes, HTML, lenient JSON, label tables and times as the web really writes them."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from cases.words.times import BEIJING
from huiyin.net.charset import decode
from huiyin.net.html_text import from_html, from_text, tidy
from huiyin.net.json_values import BadJson
from streams.sources.mail.charset import decode_text
from streams.sources.site_mailbox.label_table import read_labels
from streams.sources.site_mailbox.labels import LABELS
from streams.sources.values.loose_json import js_strings, parse_loose, unwrap
from streams.sources.values.moments import at, mail_date, moment

WORDS = "供水管网改造已于昨日完工，请居民放心。"


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize(
    "declared", ["", "text/html", "text/html; charset=utf-8", "a; charset=GBK"]
)
def test_decodes_whatever_it_is_called(charset: str, declared: str) -> None:
    assert decode(WORDS.encode(charset), declared) == WORDS


def test_a_short_gbk_word_that_is_valid_utf8() -> None:
    raw = "妈".encode("gbk") + "桂".encode("gbk")
    text = raw.decode("gbk")
    assert decode(raw, "text/html; charset=gbk") == text
    twin = "Ä¼".encode()
    assert decode(twin, "text/html; charset=utf-8") == "Ä¼"
    assert decode(twin, "text/html; charset=gbk") == twin.decode("gbk")


@pytest.mark.parametrize("label", ["MS936", "x-gbk", "windows-936", "hz", "EUC-CN", "gb_2312-80"])
def test_all_names_of_gbk_mean_it(label: str) -> None:
    """Pages and mails know the same names: what looks like two-byte UTF-8 is GBK then."""
    raw = "\u7261".encode("gbk")
    assert decode(raw, f"text/html; charset={label}") == "\u7261"
    assert decode_text("路灯不亮".encode("gbk"), label) == "路灯不亮" or label == "hz"


def test_damaged_bytes_lose_only_themselves() -> None:
    raw = WORDS.encode()[:20] + b"\xff" + WORDS.encode()[20:]
    assert decode(raw).startswith("供水管网改造")
    assert decode(raw).endswith("请居民放心。")


def test_a_charset_that_is_none_explains_nothing() -> None:
    assert decode("回音".encode("gb18030"), "text/html; charset=UNDEFINED") == "回音"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_decode_is_total(body: bytes, header: str) -> None:
    decode(body, f"text/html; charset={header}")


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("<p>甲</p><p>乙</p>", "甲\n乙"),
        ("甲<br/>乙<br>丙", "甲\n乙\n丙"),
        ("<div>甲\n  乙</div>", "甲 乙"),
        ("<p>甲&nbsp;&nbsp;乙&lt;丙&gt;</p>", "甲 乙<丙>"),
        ("<script>alert('x')</script><style>p{}</style><p>甲</p><!-- 乙 -->", "甲"),
        ("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", "甲 乙\n丙"),
        ("<ul><li>甲<li>乙</ul>", "甲\n乙"),
        ("<p>甲<img src=x onerror=alert(1)>乙</p>", "甲乙"),
        ("<iframe src=x></iframe><noscript>请启用脚本</noscript>甲", "甲"),
        ("", ""),
        ("<p>", ""),
    ],
)
def test_html_to_text(source: str, want: str) -> None:
    assert from_html(source) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("气温低于5<6度，见<通知>", "气温低于5<6度，见<通知>"),
        ("甲\n\n乙", "甲\n乙"),
        ("甲 <script>x</script>\n乙", "甲\n乙"),
        ("<P>甲</P>\r\n<P>乙</P>", "甲\n乙"),
        ("R&D 投入", "R&D 投入"),
        ("甲&nbsp;乙", "甲 乙"),
    ],
)
def test_text_that_may_be_html(text: str, want: str) -> None:
    assert from_text(text) == want


@given(st.text(max_size=300))
def test_readable_text_is_stable(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    from_text(text)


@pytest.mark.parametrize("tag", ["div", "b", "svg><td", "ul><li"])
def test_nesting_beyond_reason_takes_no_time(tag: str) -> None:
    started = time.monotonic()
    assert from_html(f"<{tag}>" * 200_000 + "甲").endswith("甲")
    assert time.monotonic() - started < 5


def test_many_elements_are_not_deep() -> None:
    assert from_html("<p>甲<br>" * 5_000 + "<table><tr><td>乙").count("甲") == 5_000
    assert from_html("<div><b>甲</b></div>" * 5_000).count("\n") == 4_999


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("{a:1,'b':'x',}", {"a": "1", "b": "x"}),
        ('{"a":"行1\n行2"}', {"a": "行1\n行2"}),
        ("{a:'it\\'s',b:\"q\\\"q\",c:'\\u4e2d'}", {"a": "it's", "b": 'q"q', "c": "中"}),
        ("[1,2.5,-3,null,undefined,true]", ["1", "2.5", "-3", None, None, True]),
        ("{null:null,/* 注 */a:// x\n[]}", {"null": None, "a": []}),
        ("{编号:'7'}", {"编号": "7"}),
        ('{"id":123456789012345678}', {"id": "123456789012345678"}),
    ],
)
def test_lenient_json(text: str, want: object) -> None:
    assert parse_loose(text) == want


@pytest.mark.parametrize("text", ["", "{a:", "{a b}", "alert(1)", "{a:1}}", "{'a:1}", "<html>"])
def test_what_is_no_json_at_all(text: str) -> None:
    with pytest.raises(BadJson):
        parse_loose(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@given(JSON)
def test_lenient_reading_agrees_on_strict_json(value: object) -> None:
    assert parse_loose(json.dumps(value, ensure_ascii=False)) == value


def test_call_backs_and_rows_in_scripts() -> None:
    assert unwrap('cb({"a":"(x)"});') == '{"a":"(x)"}'
    assert unwrap('/**/jQuery.x_1({"a":1})') == '{"a":1}'
    assert unwrap('{"a":1}') == '{"a":1}'
    rows = js_strings("var s=['<tr><td>甲\\'</td></tr>',\"<tr><td>乙</td></tr>\"];")
    assert rows == ["<tr><td>甲'</td></tr>", "<tr><td>乙</td></tr>"]


def labels(page: str, **more: str) -> list[tuple[str, str]]:
    root = LexborHTMLParser(page).root
    assert root is not None
    return [(found.field, found.value) for found in read_labels(root, more)]


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>信件编号：</td><td>A7</td><td>来信时间：</td><td>2026-03-01</td></tr></table>",
        "<table><tr><th> 信件编号 </th><td>A7</td></tr><tr><th>来信时间</th><td>2026-03-01</td></tr></table>",
        "<dl><dt>信件编号</dt><dd>A7</dd><dt>来 信 时 间：</dt><dd>2026-03-01</dd></dl>",
        "<ul><li>信件编号：A7</li><li>来信时间:2026-03-01</li></ul>",
        "<p><span>信件编号：</span><span>A7</span></p><p><b>来信时间：</b>2026-03-01</p>",
        "<p>【信件编号】：A7</p><p>来信时间：2026-03-01</p>",
        "<p><span>信件编号：A7</span><span>来信时间：2026-03-01</span></p>",
        "<div><b>信件编号：</b>A7<br><b>来信时间：</b>2026-03-01</div>",
        "<div><span>信件编号：</span><div>A7</div></div><div><span>来信时间：</span><i>2026-03-01</i></div>",
        "<table><tr><td><table><tr><td>信件编号</td><td>A7</td></tr></table></td></tr><tr><td>来信时间</td><td>2026-03-01</td></tr></table>",
    ],
)
def test_label_tables(page: str) -> None:
    assert labels(page) == [("id", "A7"), ("received_at", "2026-03-01")]


def test_a_label_above_its_value() -> None:
    page = "<table><tr><td>信件内容</td></tr><tr><td><p>甲</p><p>乙</p></td></tr></table>"
    assert labels(page) == [("body", "甲\n乙")]


def test_a_value_of_several_lines_behind_its_label() -> None:
    page = "<div><b>回复内容：</b>甲<br>乙<p>丙</p><b>回复时间：</b>2026-03-01</div>"
    assert labels(page) == [("reply_text", "甲\n乙丙"), ("reply_at", "2026-03-01")]


def test_numbered_replies_and_own_labels() -> None:
    page = (
        "<table><tr><td>回复1</td><td>已转办</td></tr><tr><td>回复2</td><td>已办结</td></tr>"
        "<tr><td>群众评价</td><td>满意</td></tr></table>"
    )
    assert labels(page, 群众评价="satisfied") == [
        ("reply_text", "已转办"),
        ("reply_text", "已办结"),
        ("satisfied", "满意"),
    ]


def test_an_empty_value_is_not_the_next_label() -> None:
    page = "<table><tr><td>来信人</td><td>标题</td><td>停水</td></tr></table>"
    assert labels(page) == [("title", "停水")]


def test_a_colon_in_the_text_is_no_label() -> None:
    assert labels("<p>请看：路灯坏了</p><p>时间：昨天</p>") == []


def test_no_label_stands_for_two_things() -> None:
    known = [label for field in LABELS.values() for label in field]
    assert len(known) == len(set(known))


@pytest.mark.parametrize(
    ("value", "want", "day_only"),
    [
        ("1773108000", datetime(2026, 3, 10, 10, 0, tzinfo=BEIJING), False),
        ("1773108000000", datetime(2026, 3, 10, 10, 0, tzinfo=BEIJING), False),
        ("1773108000000000", datetime(2026, 3, 10, 10, 0, tzinfo=BEIJING), False),
        ("1773108000.0", datetime(2026, 3, 10, 10, 0, tzinfo=BEIJING), False),
        ("2026-03-10", datetime(2026, 3, 10, tzinfo=BEIJING), True),
        ("[2026-03-10]", datetime(2026, 3, 10, tzinfo=BEIJING), True),
        ("2026/3/10 9:05", datetime(2026, 3, 10, 9, 5, tzinfo=BEIJING), False),
        ("来信时间：2026年3月10日 09时05分", datetime(2026, 3, 10, 9, 5, tzinfo=BEIJING), False),
        ("2026-03-10T01:05:00Z", datetime(2026, 3, 10, 9, 5, tzinfo=BEIJING), False),
        ("2026-03-10T01:05:00.000+0000", datetime(2026, 3, 10, 9, 5, tzinfo=BEIJING), False),
        ("2026-03-10 09:05:07.0", datetime(2026, 3, 10, 9, 5, 7, tzinfo=BEIJING), False),
    ],
)
def test_times(value: str, want: datetime, day_only: bool) -> None:
    found = moment(value)
    assert found is not None
    assert (found.at, found.day_only) == (want, day_only)


@pytest.mark.parametrize(
    "value", ["", "0", "7", "45000", "昨天", "2026-13-40", "-1", "99999999999999999"]
)
def test_what_is_no_time(value: str) -> None:
    assert at(value) is None


def test_mail_dates() -> None:
    assert mail_date("Tue, 10 Mar 2026 09:05:00") == datetime(2026, 3, 10, 9, 5, tzinfo=BEIJING)
    assert mail_date("nonsense") is None
    assert mail_date("Tue, 10 Mar 1850 09:05:00") is None
