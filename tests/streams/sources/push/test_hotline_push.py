"""Work orders pushed by the hotline platform."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from cases.record.item import Item, content_hash
from cases.words.times import BEIJING
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.seam.base import PushAnswer, PushRequest, PushSource, Rejected, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import SecretError, Secrets
from tests.standins.hotline_platform import TOKEN, order, push, signed

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
BEARER = {"kind": "bearer", "secrets": ["HOTLINE_OLD", "HOTLINE"]}
HMAC = {"kind": "hmac", "secrets": ["HOTLINE"]}
SECRETS = Secrets({"HOTLINE": TOKEN, "HOTLINE_OLD": "old-token-0"})


def source(secrets: Secrets = SECRETS, **options: object) -> HotlinePush:
    entry = SourceEntry(
        name="hotline",
        adapter="hotline-push",
        channel="12345热线",
        options={"auth": BEARER, **options},
        file="sources.toml",
    )
    return HotlinePush.from_options(entry, secrets)


def receive(body: object, **options: object) -> PushAnswer:
    return source(**options).receive(push(body), now=NOW)  # type: ignore[arg-type]


def found(answer: PushAnswer) -> list[Item | Rejected]:
    return list(answer.batch.found) if answer.batch else []


def one(answer: PushAnswer) -> Item:
    (item,) = found(answer)
    assert isinstance(item, Item), item
    return item


def rejected(answer: PushAnswer) -> Rejected:
    (entry,) = found(answer)
    assert isinstance(entry, Rejected), entry
    return entry


def test_an_order_becomes_an_item() -> None:
    answer = receive(order())
    item = one(answer)
    assert answer.status == 200
    assert json.loads(answer.body)["code"] == "0000"
    assert item.case_id == "hotline:260305101108115409"
    assert item.received_at == datetime(2026, 3, 5, 10, 11, 8, tzinfo=BEIJING)
    assert item.due_at == datetime(2026, 3, 12, 18, 0, tzinfo=BEIJING)
    assert (item.title, item.author, item.phone) == ("小区停水", "王女士", "13800000000")
    assert (item.place, item.kind, item.state) == ("柳林小区", "投诉", "待处置")
    assert item.extra["办理流程"].splitlines()[1] == "2026-03-05 11:02 水务局 处置 待处置"
    assert item.closed_at is None
    assert not item.notes


def test_it_is_a_push_source() -> None:
    assert isinstance(source(), PushSource)


def test_the_same_order_again_is_the_same_item_an_hour_later() -> None:
    first = one(receive(order()))
    again = one(source().receive(push(order()), now=NOW + timedelta(hours=1)))
    assert content_hash(first) == content_hash(again)


def test_transport_words_do_not_make_another_version() -> None:
    first = one(receive(order(push_time="1", sign="a")))
    again = one(receive(order(push_time="2", sign="b")))
    assert content_hash(first) == content_hash(again)


def test_a_list_of_orders_also_below_a_path() -> None:
    orders = [order("1001"), order("1002")]
    assert len(found(receive(orders))) == 2
    assert len(found(receive({"data": {"list": orders}}, list_path="data.list"))) == 2


@pytest.mark.parametrize(
    "number", ["260305101108115409", "9007199254740993", "12345678901234567890123"]
)
def test_a_long_number_is_kept_to_the_last_digit(number: str) -> None:
    text = json.dumps(order("N")).replace('"N"', number)
    item = one(receive(text.encode()))
    assert item.source_item_id == number
    assert not item.notes


def test_a_number_that_looks_rounded_is_kept_and_marked() -> None:
    text = json.dumps(order("N")).replace('"N"', str(int(float("260305101108115409")) // 100 * 100))
    assert [note.code for note in one(receive(text.encode())).notes] == ["id_maybe_rounded"]


@pytest.mark.parametrize("number", ["2.60305101108115e17", "260305101108115409.0", "1.5", "1e3"])
def test_a_number_that_was_a_float_is_refused(number: str) -> None:
    text = json.dumps(order("N")).replace('"N"', number)
    answer = receive(text.encode())
    assert rejected(answer).reason == "rounded_id"
    assert answer.status == 200  # it is kept; sending it again would bring the same


@pytest.mark.parametrize("number", ["2.60305E+17", "2.60305101108115e+17"])
def test_a_rounded_number_in_quotes_is_refused_too(number: str) -> None:
    assert rejected(receive(order(number))).reason == "rounded_id"


def test_leading_zeros_stay() -> None:
    assert one(receive(order("00012"))).source_item_id == "00012"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing_id"),
        ("", "missing_id"),
        ("  ", "missing_id"),
        (True, "bad_id"),
        ({"a": 1}, "bad_id"),
    ],
)
def test_an_unusable_number_is_a_dead_letter(value: object, reason: str) -> None:
    entry = rejected(receive(order(record_number=value)))
    assert entry.reason == reason
    assert "柳林小区" in entry.original.decode()


def test_a_bad_order_does_not_stop_its_neighbours() -> None:
    answer = receive([order("1"), {"诉求标题": "无编号"}, "text", order("2")])
    kinds = [type(entry).__name__ for entry in found(answer)]
    assert kinds == ["Item", "Rejected", "Rejected", "Item"]
    assert [entry["origin"] for entry in json.loads(answer.body)["refused"]] == [
        "推送第 2 件",
        "推送第 3 件",
    ]


def test_a_child_order_names_its_parent() -> None:
    assert one(receive(order("2", 父工单编号="1"))).parent_id == "1"
    assert one(receive(order("1", 父工单编号="1"))).parent_id == ""


def test_a_finished_flow_closes_the_order_at_its_last_step() -> None:
    flow = [
        {"date": "2026-03-05 14:00:00", "di_title": "回访组", "ps_caption": "回访", "pss_caption_end": "待结案"},
        {"date": "2026-03-05 15:00:00", "di_title": "回访组", "ps_caption": "结案", "pss_caption_end": "已结案"},
    ]  # fmt: skip
    item = one(receive(order(flow=flow)))
    assert item.state == "已结案"
    assert item.closed_at == datetime(2026, 3, 5, 15, 0, tzinfo=BEIJING)


@pytest.mark.parametrize("flow", [None, [], "", "待处置", [None], [{}], [{"date": "?"}], 5])
def test_odd_flows_do_no_harm(flow: object) -> None:
    assert one(receive(order(flow=flow))).source_item_id == "260305101108115409"


def test_epoch_seconds_and_milliseconds() -> None:
    seconds = int(datetime(2026, 3, 5, 10, 0, tzinfo=BEIJING).timestamp())
    for value in (seconds, seconds * 1000, str(seconds), str(seconds * 1000)):
        at = one(receive(order(**{"受理时间 ": value}))).received_at
        assert at == datetime(2026, 3, 5, 10, 0, tzinfo=BEIJING)


def test_without_a_time_the_first_step_counts_and_a_repeat_is_the_same() -> None:
    body = order(**{"受理时间 ": None})
    first = one(receive(body))
    again = one(source().receive(push(body), now=NOW + timedelta(hours=3)))
    assert first.received_at == datetime(2026, 3, 5, 10, 11, 8, tzinfo=BEIJING)
    assert content_hash(first) == content_hash(again)


@pytest.mark.parametrize(
    ("value", "code"),
    [("2036-01-01 00:00:00", "received_in_future"), ("昨天下午", "received_at_unreadable")],
)
def test_an_odd_time_is_said_and_kept(value: str, code: str) -> None:
    item = one(receive(order(**{"受理时间 ": value}, flow=None)))
    assert item.received_at == NOW
    assert code in {note.code for note in item.notes}


def test_one_reply_null_replies_and_several() -> None:
    replies = {"path": "replys", "text": "CONTENT", "at": "TIME", "unit": "DEPT"}
    rows = [
        {"CONTENT": "已转办", "TIME": 1772700000},
        {"CONTENT": None},
        {"CONTENT": "已恢复", "DEPT": "水务局"},
    ]
    assert (
        one(receive(order(回复内容="已恢复供水", 回复时间="2026-03-06 09:00"))).replies[0].at
        is not None
    )
    assert one(receive(order(replys=None), replies=replies)).replies == ()
    assert [reply.text for reply in one(receive(order(replys=rows), replies=replies)).replies] == [
        "已转办",
        "已恢复",
    ]


def test_attachments_as_names_or_as_objects() -> None:
    paths = ["file/2026/现场.jpg", ""]
    files = [{"n": "报告.pdf", "u": "https://x.example/1", "s": 10}]
    assert [
        f.name for f in one(receive(order(att=paths), attachments={"path": "att"})).attachments
    ] == ["现场.jpg"]
    (file,) = one(
        receive(order(att=files), attachments={"path": "att", "name": "n", "url": "u", "size": "s"})
    ).attachments
    assert (file.name, file.url, file.size) == ("报告.pdf", "https://x.example/1", 10)


def test_a_field_map_replaces_single_names() -> None:
    item = one(receive(order(正文={"内容": "路面塌陷"}), fields={"body": ["正文.内容"]}))
    assert item.body == "路面塌陷"
    assert item.title == "小区停水"


def test_prefixed_names_of_the_same_platform() -> None:
    body = {
        "12345工单编号": "7",
        "12345受理时间 ": "2026-03-05 09:00:00",
        "12345内容描述": "噪声扰民",
    }
    item = one(receive(body))
    assert (item.source_item_id, item.body, item.title) == ("7", "噪声扰民", "噪声扰民")


def test_other_columns_are_kept_and_identity_numbers_are_not() -> None:
    item = one(
        receive(order(企业名称="某公司", 来电电话="010-1", 身份证号="110101190001010000", 空=None))
    )
    assert item.extra["企业名称"] == "某公司"
    assert item.extra["来电电话"] == "010-1"
    assert "110101190001010000" not in str(item)
    assert "空" not in item.extra


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("是", True),
        ("要求保密", True),
        ("看情况", True),
        ("否", False),
        ("公开", False),
        ("", False),
        ("无", False),
    ],
)
def test_secrecy_counts_as_asked_for_where_the_word_is_unknown(word: str, expected: bool) -> None:
    item = one(receive(order(是否保密=word), fields={"confidential": "是否保密"}))
    assert item.confidential is expected
    assert bool(item.notes) is (word == "看情况")


@pytest.mark.parametrize("word", ["暂无回复", "无", "-", "NULL"])
def test_words_for_nothing_are_no_reply_and_no_time(word: str) -> None:
    item = one(receive(order(回复内容=word, 回复时间=word, 办结时间=word)))
    assert (item.replies, item.closed_at, item.notes) == ((), None, ())


def test_satisfaction_in_words() -> None:
    item = one(receive(order(是否解决="否", 是否满意="基本满意")))
    assert (item.resolved, item.satisfied) == (False, True)
    assert one(receive(order(是否满意="未评价"))).satisfied is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a":',
        b"[" * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b"\xff\xff\xff",
    ],
)
def test_what_is_no_json_is_kept_and_refused(body: bytes) -> None:
    answer = receive(body)
    assert answer.status == 400
    assert rejected(answer).original == body


def test_gb18030_without_a_word_about_it_and_a_byte_order_mark() -> None:
    text = json.dumps(order(), ensure_ascii=False)
    assert one(receive(text.encode("gb18030"))).title == "小区停水"
    assert one(receive(text.encode("utf-8-sig"))).title == "小区停水"


def test_half_a_surrogate_does_not_reach_the_stores() -> None:
    item = one(receive(json.dumps(order(诉求标题="水\ud83d管\x00")).encode()))
    content_hash(item)
    assert "\x00" not in item.title


def test_limits() -> None:
    assert receive(b" " * 2000, max_body=1024).status == 413
    answer = receive([order(str(number)) for number in range(3)], max_records=2)
    assert answer.status == 400
    assert "分批" in json.loads(answer.body)["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": TOKEN},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": "Bearer 口令"},
        {"x-signature": "00"},
    ],
)
def test_a_stranger_is_refused_and_learns_nothing(headers: dict[str, str]) -> None:
    request = PushRequest(method="POST", query={}, headers=headers, body=b"not even json")
    for auth in (BEARER, HMAC):
        answer = source(auth=auth).receive(request, now=NOW)
        assert answer.status == 401
        assert answer.batch is None
        assert (
            answer.body
            == source(auth=auth)
            .receive(PushRequest(method="POST", query={}, headers={}, body=b"{}"), now=NOW)
            .body
        )


def test_both_tokens_hold_while_one_is_changed() -> None:
    for token in (TOKEN, "old-token-0"):
        assert source().receive(push(order(), token=token), now=NOW).status == 200


def test_a_signed_push() -> None:
    body = json.dumps(order()).encode()
    at = NOW.timestamp()
    good = signed(body, key=TOKEN, at=at)
    assert source(auth=HMAC).receive(good, now=NOW).status == 200
    changed = PushRequest(method="POST", query={}, headers=good.headers, body=body + b" ")
    late = signed(body, key=TOKEN, at=at - 301)
    early = signed(body, key=TOKEN, at=at + 301)
    stranger = signed(body, key="other", at=at)
    moved = PushRequest(
        method="POST",
        query={},
        headers={**good.headers, "x-timestamp": str(int(at) + 1)},
        body=body,
    )
    for request in (changed, late, early, stranger, moved):
        assert source(auth=HMAC).receive(request, now=NOW).status == 401


@pytest.mark.parametrize(
    "stamp", ["", "abc", "1772700000.5", "１７７２７００００００", "-1772700000"]
)
def test_an_odd_timestamp_is_a_stranger(stamp: str) -> None:
    good = signed(b"{}", key=TOKEN, at=NOW.timestamp())
    request = PushRequest(
        method="POST", query={}, headers={**good.headers, "x-timestamp": stamp}, body=b"{}"
    )
    assert source(auth=HMAC).receive(request, now=NOW).status == 401


def test_other_methods_and_compressed_bodies() -> None:
    get = PushRequest(method="GET", query={}, headers={}, body=b"")
    assert source().receive(get, now=NOW).status == 405
    packed = push(order(), headers={"content-encoding": "gzip"})
    assert source().receive(packed, now=NOW).status == 415


def test_a_missing_secret_is_our_fault_and_names_it() -> None:
    with pytest.raises(SecretError, match="HOTLINE"):
        source(Secrets({})).receive(push(order()), now=NOW)


@pytest.mark.parametrize(
    "options",
    [
        {"auth": {"kind": "none"}},
        {"auth": {"kind": "bearer", "secrets": []}},
        {"fields": {"no_such_field": "x"}},
        {"charset": "utf-9"},
        {"colour": "red"},
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=r"source\.hotline\.options"):
        source(**options)  # type: ignore[arg-type]
