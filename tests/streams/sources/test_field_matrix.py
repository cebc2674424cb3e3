"""Every field that a pushed door maps, with every value that it should never have.

The good records around the bad one are items; the bad one is an item or set aside, and in either
case what comes out can be stored.
"""

from __future__ import annotations

import json
from typing import get_args

import pytest

from cases.record.item import Item
from streams.intake import take
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.push.payload_map import Name
from streams.sources.push.webhook import Webhook
from streams.sources.seam.base import Batch, PushSource, Rejected
from streams.sources.seam.config import SourceEntry
from streams.sources.wechat.source import Wechat
from tests.cases.helpers import RECEIVED
from tests.soak import poison
from tests.soak.doors import SECRETS, received, signed
from tests.streams.fakes import MemoryIntake

VALUES = (
    *poison._JSON,
    *(json.dumps(each) for each in poison._TEXTS),
    '"\\ud83d"',
    "[" * 400 + "]" * 400,
    '{"name": "王女士", "phone": ["13800000000"]}',
    "[[], [[]]]",
    "1e308",
    "-9999999999999",
    "253402300800",
    '"253402300800000"',
)


def _entry(adapter: str, **options: object) -> SourceEntry:
    auth = {"kind": "bearer", "secrets": ["TOKEN"]}
    return SourceEntry(
        name="door",
        adapter=adapter,
        channel="12345热线",
        options={"auth": auth, **options},
        file="sources.toml",
    )


NAMES = get_args(Name)
MAPPED = {name: f"f_{name}" for name in NAMES}
HOTLINE = HotlinePush.from_options(_entry("hotline-push", fields=MAPPED), SECRETS)
WEBHOOK = Webhook.from_options(_entry("webhook", fields=MAPPED), SECRETS)
FLOW = ("flow", "date", "di_title", "ps_caption", "pss_caption_end")


def _stored(found: tuple[Item | Rejected, ...]) -> MemoryIntake:
    store = MemoryIntake()
    counts = take("door", Batch(found=found), store, RECEIVED)
    assert counts.read == len(found) == counts.new + counts.unchanged + counts.rejected
    return store


def _good(number: str) -> str:
    record = {"id": number, "received_at": "2026-03-05 09:00:00", "title": "停水", "body": "没水"}
    return json.dumps({MAPPED[name]: value for name, value in record.items()})


@pytest.mark.parametrize("source", [HOTLINE, WEBHOOK], ids=["hotline", "webhook"])
@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_any_kind_in_any_field_costs_its_own_record_at_most(
    name: str, source: PushSource
) -> None:
    records = []
    for number, value in enumerate(VALUES):
        fields = json.loads(_good(f"bad-{number}"))
        fields.pop(MAPPED[name], None)
        rest = json.dumps(fields, ensure_ascii=False).removesuffix("}")
        records += [_good(f"good-{number}"), f'{rest}, "{MAPPED[name]}": {value}}}']
    body = "[" + ", ".join(records) + "]"
    (batch,) = received(source, body.encode("utf-8", "surrogatepass"), {})
    assert len(batch.found) == len(records)
    for number, one in enumerate(batch.found[::2]):
        assert isinstance(one, Item), one
        assert one.source_item_id == f"good-{number}"
    for one in batch.found[1::2]:
        if isinstance(one, Rejected):
            assert one.detail
            assert one.original
    _stored(batch.found)


@pytest.mark.parametrize("name", FLOW)
def test_a_value_of_any_kind_in_the_flow_costs_its_own_record_at_most(name: str) -> None:
    step = {"date": '"2026-03-05 10:00"', "di_title": '"水务局"', "ps_caption": '"已派"'}
    records = []
    for number, value in enumerate(VALUES):
        steps = (
            "{" + ", ".join(f'"{key}": {one}' for key, one in {**step, name: value}.items()) + "}"
        )
        flow = value if name == "flow" else f"[{steps}, {steps}]"
        rest = _good(f"bad-{number}").removesuffix("}")
        records += [_good(f"good-{number}"), f'{rest}, "flow": {flow}}}']
    body = "[" + ", ".join(records) + "]"
    (batch,) = received(HOTLINE, body.encode("utf-8", "surrogatepass"), {})
    assert len(batch.found) == len(records)
    assert all(isinstance(one, Item) for one in batch.found[::2])
    _stored(batch.found)


WECHAT_FIELDS = (
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event"),
    *("PicUrl", "MediaId", "Format", "Recognition", "Location_X", "Location_Y", "Scale", "Label"),
    *("Title", "Description", "Url", "ThumbMediaId", "EventKey", "Encrypt"),
)
KINDS = ("text", "image", "voice", "video", "shortvideo", "location", "link", "event", "odd")


@pytest.mark.parametrize("name", WECHAT_FIELDS)
def test_a_wechat_message_with_any_value_in_any_field_is_kept(name: str) -> None:
    source = Wechat.from_options(
        SourceEntry(name="door", adapter="wechat", channel="公众号", options={}, file="x.toml"),
        SECRETS,
    )
    for kind in KINDS:
        for value in (*poison._TEXTS, *MARKUP):
            fields = {"FromUserName": "u", "CreateTime": "1772672400", "MsgType": kind}
            fields |= {"Content": "路灯不亮", "MsgId": "7", name: value}
            inner = "".join(f"<{key}>{one}</{key}>" for key, one in fields.items())
            body = f"<xml>{inner}</xml>".encode("utf-8", "surrogatepass")
            for batch in received(source, body, signed()):
                assert len(batch.found) <= 1
                assert "root:" not in repr(batch.found), "no file of the machine is read in"
                _stored(batch.found)


MARKUP = (
    "<![CDATA[路灯]]>",
    "<a>x</a>" * 50,
    "&lt;x&gt;&#0;&#xd800;",
    "&amp;" * 5000,
    "&undefined;",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "<!-- -->",
    "<?php x ?>",
    "<MsgId>8</MsgId>",
)


@pytest.mark.parametrize("source", [HOTLINE, WEBHOOK], ids=["hotline", "webhook"])
@pytest.mark.parametrize("name", ["id", "title", "body", "phone"])
def test_of_a_field_that_stands_twice_no_value_is_lost_in_silence(
    name: str, source: PushSource
) -> None:
    rest = _good("7").removesuffix("}")
    body = f'[{rest}, "{MAPPED[name]}": "1390"}}, {_good("8")}]'.encode()
    (batch,) = received(source, body, {})
    twice, good = batch.found
    assert isinstance(good, Item)
    said = twice.original if isinstance(twice, Rejected) else repr(twice).encode()
    first = {"id": "7", "title": "停水", "body": "没水", "phone": "1390"}[name]
    assert first.encode() in said
    assert b"1390" in said
