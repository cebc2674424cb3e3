"""One bad record never keeps the good ones out: it is set aside with its own bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases.record.item import Item
from streams.intake import NOT_STORABLE, take
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.liuyan.source import LiuyanSource
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.seam.base import Batch, Rejected
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.seam.isolation import UNREADABLE
from streams.sources.site_mailbox.options import MailboxOptions
from streams.sources.site_mailbox.source import SiteMailbox
from streams.sources.tables.files import FileOptions, TableFiles
from streams.sources.values.json_records import element_slices, without_depths
from streams.sources.wechat.source import Wechat
from tests.cases.helpers import RECEIVED, item
from tests.soak.doors import SECRETS, Canned, received, signed
from tests.soak.offers import NOW
from tests.streams.fakes import MemoryIntake

GOOD = '{"编号": "1", "标题": "停水"}', '{"编号": "2", "标题": "路灯不亮"}'
BAD = {
    "an id of 5,000 digits": (f'{{"编号": {"9" * 5000}, "标题": "x"}}', "bad_id"),
    "half a character in an id": ('{"编号": "a\\ud800", "标题": "x"}', "bad_id"),
    "a NUL in an id": ('{"编号": "a\\u0000b", "标题": "x"}', "bad_id"),
    "a turned id": ('{"编号": "a\\u202eb", "标题": "x"}', "bad_id"),
    "a number beyond all": ('{"编号": 1e400, "标题": "x"}', "rounded_id"),
    "an id that is no number": ('{"编号": NaN, "标题": "x"}', "rounded_id"),
    "an id that is infinite": ('{"编号": -Infinity, "标题": "x"}', "rounded_id"),
    "a list as id": ('{"编号": ["7"], "标题": "x"}', "bad_id"),
    "an object as id": ('{"编号": {"a": 1}, "标题": "x"}', "bad_id"),
    "a yes as id": ('{"编号": true, "标题": "x"}', "bad_id"),
    "a fraction as id": ('{"编号": 7.5, "标题": "x"}', "rounded_id"),
    "no id": ('{"标题": "x"}', "missing_id"),
    "no object": ('"x"', "not_an_object"),
    "nothing": ("null", "not_an_object"),
    "depth": (f'{{"编号": "7", "a": {"[" * 60}{"]" * 60}}}', "too_deep"),
    "great depth": (f'{{"编号": "7", "a": {"[" * 9000}{"]" * 9000}}}', "too_deep"),
    "no JSON": ('{"编号": 07}', "bad_json"),
    "a bare word": ('{"编号": 七}', "bad_json"),
}


def source(**options: object) -> HotlinePush:
    auth = {"kind": "bearer", "secrets": ["TOKEN"]}
    entry = SourceEntry(
        name="hotline",
        adapter="hotline-push",
        channel="12345热线",
        options={"auth": auth, **options},
        file="sources.toml",
    )
    return HotlinePush.from_options(entry, SECRETS)


def given(body: bytes, **options: object) -> list[Item | Rejected]:
    return [one for batch in received(source(**options), body, {}) for one in batch.found]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=list(BAD))
def test_the_good_orders_of_a_push_are_taken_and_the_bad_one_is_kept_as_it_came(
    bad: str, reason: str, place: int
) -> None:
    records = [*GOOD]
    records.insert(place, bad)
    for body, options in (
        ("[" + ", ".join(records) + "]", {}),
        ('{"data": {"orders": [' + ",\n".join(records) + "]}}", {"list_path": "data.orders"}),
    ):
        found = given(body.encode(), **options)
        rejected = [one for one in found if isinstance(one, Rejected)]
        assert [one.source_item_id for one in found if isinstance(one, Item)] == ["1", "2"]
        assert [(one.reason, one.original) for one in rejected] == [(reason, bad.encode())]
        store = MemoryIntake()
        counts = take("hotline", Batch(found=tuple(found)), store, RECEIVED)
        assert (counts.new, counts.rejected) == (2, 1)
        store.taken[0].dead_letters[0].detail.encode()


def test_the_answer_says_which_one_and_why() -> None:
    body = ("[" + ", ".join((GOOD[0], BAD["half a character in an id"][0])) + "]").encode()
    answer = source().receive(_request(body), now=NOW)
    said = json.loads(answer.body)
    assert answer.status == 200
    assert said["message"] == "已收到 1 件，1 件无法识别，已留存待人工处理"
    assert [each["origin"] for each in said["refused"]] == ["推送第 2 件"]


def _request(body: bytes) -> Any:
    from streams.sources.seam.base import PushRequest
    from tests.soak.doors import TOKEN

    headers = {"authorization": f"Bearer {TOKEN}"}
    return PushRequest(method="POST", query={}, headers=headers, body=body)


def test_bytes_that_are_no_text_cost_the_record_that_holds_them() -> None:
    bad = '{"编号": "7", "标题": "'.encode() + b"\xff\xfe\xfa" + b'"}'
    body = b"[" + GOOD[0].encode() + b", " + bad + b"]"
    first, second = given(body)
    assert isinstance(first, Item)
    assert isinstance(second, Rejected)
    assert (second.reason, second.original) == ("bad_encoding", bad)


def test_an_error_nobody_foresaw_is_the_records_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from huiyin.net import json_values
    from streams.sources.push import record_reader

    usual = json_values.as_text

    def surprised(value: Any) -> str:
        if value == "惊":
            raise ZeroDivisionError
        return usual(value)

    monkeypatch.setattr(record_reader, "as_text", surprised)
    bad = '{"编号": "7", "标题": "惊"}'
    found = given(f"[{GOOD[0]}, {bad}]".encode())
    assert isinstance(found[0], Item)
    assert isinstance(found[1], Rejected)
    assert (found[1].reason, found[1].original) == (UNREADABLE, bad.encode())


def test_a_list_that_does_not_end_is_refused_as_a_whole() -> None:
    """What came after the end is unknown: the platform has to send it again."""
    body = f"[{GOOD[0]}, {GOOD[1]}".encode()
    (rejected,) = given(body)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.original) == ("bad_json", body)


def test_a_list_is_taken_apart_outside_of_texts_only() -> None:
    text = '{"x": [9], "d": {"rows": ["a]\\"[,", {"b": [1, 2]}, [ ], 3 ,]}}'
    assert element_slices(text, "d.rows", 9) == ['"a]\\"[,"', '{"b": [1, 2]}', "[ ]", "3"]
    assert element_slices(text, "x", 9) == ["9"]
    assert element_slices(text, "d.none", 9) is None
    assert element_slices(text, "", 9) is None
    assert element_slices("[]", "", 9) == []


def test_what_is_too_deep_is_replaced_and_the_rest_is_as_it_was() -> None:
    deep = "[" * 50 + "1" + "]" * 50
    text = without_depths(f'{{"a": {deep}, "b": "[[[", "c": 2}}')
    value = json.loads(text)
    assert (value["b"], value["c"]) == ("[[[", 2)
    assert "嵌套过深" in text


@pytest.mark.parametrize("number", ["9" * 5000, "a\ud800", "", "a\u202eb", "7\x00\x00x"])
def test_a_wechat_message_with_a_bad_number_is_kept(number: str) -> None:
    entry = SourceEntry(
        name="wechat", adapter="wechat", channel="公众号", options={}, file="sources.toml"
    )
    body = (
        f"<xml><FromUserName>u</FromUserName><MsgType>text</MsgType><MsgId>{number}</MsgId></xml>"
    ).encode("utf-8", "surrogatepass")
    (batch,) = received(Wechat.from_options(entry, SECRETS), body, signed())
    (rejected,) = batch.found
    assert isinstance(rejected, Rejected)
    assert rejected.original == body


@pytest.mark.parametrize("number", ["", "  ", "a\ud800", "a\x00", "a\u202e", "9" * 601])
def test_an_item_whose_number_no_store_can_carry_is_a_dead_letter(number: str) -> None:
    store = MemoryIntake()
    bad, good = item(number), item("2")
    counts = take("letters", Batch(found=(bad, good)), store, RECEIVED)
    assert (counts.read, counts.new, counts.rejected) == (2, 1, 1)
    (letter,) = store.taken[0].dead_letters
    assert letter.reason == NOT_STORABLE
    (letter.origin + letter.detail).encode()


def test_two_numbers_that_differ_in_what_is_lost_are_never_one_case() -> None:
    store = MemoryIntake()
    found = (item("a\ud800"), item("a\ud801"))
    assert take("letters", Batch(found=found), store, RECEIVED).rejected == 2


ROWS = {
    "an id of 5,000 digits": '{"id": %s, "tid": %s, "t": "x"}'.replace("%s", "9" * 5000),
    "half a character in an id": '{"id": "a\\ud800", "tid": "a\\ud800", "t": "x"}',
    "NaN": '{"id": "3", "tid": 3, "likes": NaN, "t": "x"}',
    "a number beyond all": '{"id": "3", "tid": 3, "likes": 1e400, "t": "x"}',
    "depth": f'{{"id": "3", "tid": 3, "a": {"[" * 60}{"]" * 60}, "t": "x"}}',
    "great depth": f'{{"id": "3", "tid": 3, "a": {"[" * 9000}{"]" * 9000}, "t": "x"}}',
    "lists": '{"id": [1], "tid": [1], "t": [[1]], "dateline": {"a": 1}}',
    "no object": '"x"',
}


@pytest.mark.parametrize("bad", ROWS.values(), ids=list(ROWS))
def test_the_good_letters_of_a_list_are_taken_whatever_stands_between(bad: str) -> None:
    at = int(NOW.timestamp()) - 3600
    good = [
        f'{{"id": "{n}", "tid": {n}, "t": "停水", "subject": "停水", "dateline": {at}}}'
        for n in (1, 2)
    ]
    body = f'{{"responseData": [{good[0]}, {bad}, {good[1]}]}}'.encode()
    empty = b'{"responseData": []}'
    mailbox = {
        "base_url": "http://a.example",
        "http": {"hosts": ["a.example"]},
        "list": {
            "format": "json",
            "url": "list",
            "rows": "responseData",
            "paging": False,
            "fields": {"id": "id", "title": "t", "likes": "likes"},
        },
    }
    board = {**mailbox, "mode": "unsigned", "fids": ["1"]}
    del board["list"]
    client: Any = Canned(body, "application/json", empty)
    letters = SiteMailbox(
        "site", "site", read_options(_entry("site", mailbox), MailboxOptions), client
    )
    client = Canned(body, "application/json", empty)
    threads = LiuyanSource(
        "liuyan", "门", read_options(_entry("liuyan", board), LiuyanOptions), client, SECRETS
    )
    for source in (letters, threads):
        found = [one for b in source.poll(None, now=NOW, recheck=()) for one in b.found]
        taken = [one.source_item_id for one in found if isinstance(one, Item)]
        assert {"1", "2"} <= set(taken)
        counts = take(source.name, Batch(found=tuple(found)), MemoryIntake(), RECEIVED)
        assert counts.new >= 2


def _entry(name: str, options: dict[str, Any]) -> SourceEntry:
    return SourceEntry(name=name, adapter="x", channel="门", options=options, file="x.toml")


@pytest.mark.parametrize("bad", [*BAD.values()], ids=list(BAD))
def test_the_good_lines_of_a_file_are_taken_whatever_stands_between(
    bad: tuple[str, str], tmp_path: Path
) -> None:
    columns = {"id": ["编号"], "received_at": ["时间"], "title": ["标题"], "body": ["正文"]}
    source = TableFiles("t", "门", read_options(_entry("t", {"columns": columns}), FileOptions))
    good = [
        f'{{"编号": "{n}", "时间": "2026-03-01 09:00", "标题": "停水", "正文": "停水"}}'
        for n in (1, 2)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join((good[0], bad[0], good[1])), "utf-8")
    found = [one for batch in source.read(path, now=NOW) for one in batch.found]
    assert [one.source_item_id for one in found if isinstance(one, Item)] == ["1", "2"]
    (rejected,) = (one for one in found if isinstance(one, Rejected))
    assert take("t", Batch(found=(rejected,)), MemoryIntake(), RECEIVED).rejected == 1


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"a\x00b", "a b"),
        ("收款\u202e人\u202c".encode(), "收款〔RLO〕人〔PDF〕"),
        (b"=?utf-8?B?7aCA?=x", "\ufffd"),
        (b"9" * 5000, "9" * 1000),
    ],
)
def test_bad_headers_of_a_mail_are_shown_and_cost_nothing_else(sent: bytes, shown: str) -> None:
    data = b"Message-ID: <1@a.b>\r\nSubject: " + sent + b"\r\n\r\ntext"
    letter = Letter(data=data, size=len(data), stored_at=NOW, origin="INBOX/1/1")
    found = mail_item(letter, source="m", channel="m", rules=MailRules(), now=NOW)
    assert isinstance(found, Item)
    store = MemoryIntake()
    assert take("m", Batch(found=(found,)), store, RECEIVED).new == 1
    assert shown in store.taken[0].observations[0].item.title
