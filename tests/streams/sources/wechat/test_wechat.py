"""Messages to an official account, as the platform sends them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from cases.record.item import Item, content_hash
from cases.words.times import BEIJING
from streams.sources.seam.base import PushAnswer, PushRequest, PushSource, Rejected
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from streams.sources.wechat.source import Wechat

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
TOKEN = "account-token"
SENT = int(NOW.timestamp()) - 2


def source(**options: object) -> Wechat:
    entry = SourceEntry(
        name="wechat", adapter="wechat", channel="政务新媒体", options=options, file="s.toml"
    )
    return Wechat.from_options(entry, Secrets({"WECHAT_TOKEN": TOKEN}))


def query(*, at: int = SENT, token: str = TOKEN, **more: str) -> dict[str, str]:
    joined = "".join(sorted([token, str(at), "n0nce"]))
    signature = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return {"signature": signature, "timestamp": str(at), "nonce": "n0nce", **more}


def message(**fields: str) -> bytes:
    given = {
        "ToUserName": "gh_account",
        "FromUserName": "oCitizen1",
        "CreateTime": str(SENT),
        "MsgType": "text",
        "Content": "河堤上的护栏断了\n已经一周",
        "MsgId": "23549876543210987",
        **fields,
    }
    inner = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in given.items() if v)
    return f"<xml>{inner}</xml>".encode()


def post(body: bytes, given: dict[str, str] | None = None, **options: object) -> PushAnswer:
    request = PushRequest(method="POST", query=given or query(), headers={}, body=body)
    return source(**options).receive(request, now=NOW)


def one(answer: PushAnswer) -> Item:
    assert answer.batch is not None
    (item,) = answer.batch.found
    assert isinstance(item, Item), item
    return item


def test_it_is_a_push_source() -> None:
    assert isinstance(source(), PushSource)


def test_the_platform_verifies_the_address() -> None:
    request = PushRequest(method="GET", query=query(echostr="5837492"), headers={}, body=b"")
    answer = source().receive(request, now=NOW)
    assert (answer.status, answer.body) == (200, b"5837492")
    assert answer.media_type.startswith("text/plain")


@pytest.mark.parametrize("echo", ["", "<script>alert(1)</script>", "x" * 300])
def test_nothing_else_is_echoed(echo: str) -> None:
    request = PushRequest(method="GET", query=query(echostr=echo), headers={}, body=b"")
    answer = source().receive(request, now=NOW)
    assert answer.status == 400
    assert b"script" not in answer.body


def test_a_text_becomes_an_item_and_the_answer_is_success() -> None:
    answer = post(message())
    item = one(answer)
    assert (answer.status, answer.body) == (200, b"success")
    assert item.case_id == "wechat:23549876543210987"
    assert (item.title, item.body) == ("河堤上的护栏断了", "河堤上的护栏断了\n已经一周")
    assert item.extra["openid"] == "oCitizen1"
    assert item.received_at == NOW - timedelta(seconds=2)


def test_the_three_attempts_of_the_platform_are_one_item() -> None:
    hashes = {content_hash(one(post(message(), query(at=SENT + n * 5)))) for n in range(3)}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        query(token="wrong"),
        {**query(), "signature": ""},
        {**query(), "signature": "é"},
        {**query(), "nonce": "other"},
        query(at=SENT - 700),
        query(at=SENT + 700),
        {**query(), "timestamp": "１７７２６８３１９８"},
    ],
)
def test_a_stranger_is_refused(given: dict[str, str]) -> None:
    answer = source().receive(
        PushRequest(method="POST", query=given, headers={}, body=message()), now=NOW
    )
    assert answer.status == 401
    assert answer.batch is None


def test_events_are_answered_and_not_kept_unless_configured() -> None:
    event = message(MsgType="event", Event="CLICK", EventKey="我要投诉", MsgId="", Content="")
    assert post(event).batch is None
    assert post(event).body == b"success"
    item = one(post(event, events=["CLICK"]))
    assert item.source_item_id == f"oCitizen1-{SENT}-CLICK"
    assert "我要投诉" in item.body


def test_names_with_hyphens_run_into_no_other_number() -> None:
    event = {"MsgType": "event", "Event": "CLICK", "MsgId": "", "Content": ""}
    plain = message(**event, FromUserName="o", CreateTime="1-2")
    # A second is digits: without them there is no number, and the message is kept as it came.
    batch = post(plain, events=["CLICK"]).batch
    assert batch is not None
    assert [entry.reason for entry in batch.found if isinstance(entry, Rejected)] == ["missing_id"]
    hyphen = one(post(message(**event, FromUserName="o-1", CreateTime="2"), events=["CLICK"]))
    assert hyphen.source_item_id == "o-1-2-CLICK"


@pytest.mark.parametrize(
    ("fields", "body", "files"),
    [
        (
            {"MsgType": "image", "Content": "", "PicUrl": "https://p.example/1", "MediaId": "M1"},
            "〔图片〕",
            1,
        ),
        (
            {"MsgType": "voice", "Content": "", "Recognition": "路灯坏了", "MediaId": "M2"},
            "路灯坏了",
            1,
        ),
        ({"MsgType": "video", "Content": "", "MediaId": "M3"}, "〔视频〕", 1),
        (
            {"MsgType": "link", "Content": "", "Title": "帖子", "Url": "https://t.example/"},
            "帖子\nhttps://t.example/",
            0,
        ),
        (
            {
                "MsgType": "location",
                "Content": "",
                "Label": "河东路",
                "Location_X": "1",
                "Location_Y": "2",
            },
            "〔位置〕河东路（1,2）",
            0,
        ),
    ],
)
def test_other_kinds(fields: dict[str, str], body: str, files: int) -> None:
    item = one(post(message(**fields)))
    assert item.body == body
    assert len(item.attachments) == files


def test_a_kind_nobody_knows_is_still_kept() -> None:
    assert "未来内容" in one(post(message(MsgType="hologram", Content="未来内容"))).body


def test_a_configured_answer_is_sent_to_the_sender_and_cannot_break_out() -> None:
    answer = post(message(), auto_answer="已收到 ]]> 谢谢")
    root = fromstring(answer.body)
    assert answer.media_type == "text/xml"
    assert root.findtext("Content") == "已收到 ]]> 谢谢"
    assert root.findtext("FromUserName") == "gh_account"
    assert root.findtext("ToUserName") == "oCitizen1"
    assert answer.batch is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "bad_xml"),
        (b"<xml>", "bad_xml"),
        (b"{}", "bad_xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><MsgType>&a;</MsgType></xml>", "bad_xml"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><xml/>", "bad_xml"),
        (b"<xml><a/></xml>", "missing_type"),
        (b"<xml><ToUserName>g</ToUserName><Encrypt>AAAA</Encrypt></xml>", "encrypted"),
        (message(MsgId=""), "missing_id"),
        (message(FromUserName=""), "missing_id"),
    ],
)
def test_what_is_no_readable_message_is_kept_and_not_sent_again(body: bytes, reason: str) -> None:
    answer = post(body)
    assert (answer.status, answer.body) == (200, b"success")
    assert answer.batch is not None
    (entry,) = answer.batch.found
    assert isinstance(entry, Rejected)
    assert (entry.reason, entry.original) == (reason, body)


def test_compatible_mode_is_read_by_its_plain_part() -> None:
    body = message().replace(b"</xml>", b"<Encrypt>AAAA</Encrypt></xml>")
    assert one(post(body, query(encrypt_type="aes", msg_signature="x"))).source_item_id


def test_a_clock_in_the_future_is_not_believed() -> None:
    item = one(post(message(CreateTime=str(SENT + 86_400))))
    assert item.received_at == NOW
    assert [note.code for note in item.notes] == ["received_in_future"]


def test_limits() -> None:
    assert post(b"x" * 300_000).status == 413
    request = PushRequest(method="PUT", query=query(), headers={}, body=b"")
    assert source().receive(request, now=NOW).status == 405
