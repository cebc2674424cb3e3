"""Signed JSON of a platform whose names are all configured."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime

import pytest

from cases.record.item import Item
from cases.words.times import BEIJING
from streams.sources.push.webhook import Webhook
from streams.sources.seam.base import PushRequest, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.standins.hotline_platform import signed

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BEIJING)
KEY = "media-key-1"
FIELDS = {"id": "msg.id", "body": "msg.text", "author": "user.nick", "received_at": "msg.ts"}
BODY = json.dumps(
    {
        "msg": {"id": 9007199254740993, "text": "公交站牌倒了", "ts": 1772676000},
        "user": {"nick": "小李"},
    }
).encode()


def source(**options: object) -> Webhook:
    settings: dict[str, object] = {
        "auth": {"kind": "hmac", "secrets": ["MEDIA"]},
        "fields": FIELDS,
        **options,
    }
    entry = SourceEntry(
        name="media", adapter="webhook", channel="政务新媒体", options=settings, file="s.toml"
    )
    return Webhook.from_options(entry, Secrets({"MEDIA": KEY}))


def test_a_signed_message_becomes_an_item_by_the_map_alone() -> None:
    answer = source().receive(signed(BODY, key=KEY, at=NOW.timestamp()), now=NOW)
    assert answer.batch is not None
    (item,) = answer.batch.found
    assert isinstance(item, Item)
    assert (item.source_item_id, item.body, item.author) == (
        "9007199254740993",
        "公交站牌倒了",
        "小李",
    )
    assert item.received_at == datetime(2026, 3, 5, 10, 0, tzinfo=BEIJING)


def test_a_replay_within_the_window_is_the_same_item() -> None:
    request = signed(BODY, key=KEY, at=NOW.timestamp())
    assert source().receive(request, now=NOW).batch == source().receive(request, now=NOW).batch


def test_a_base64_signature_with_a_prefix_and_no_separator() -> None:
    stamp = str(int(NOW.timestamp() * 1000))
    digest = hmac.new(KEY.encode(), stamp.encode() + BODY, hashlib.sha256).digest()
    headers = {"x-time": stamp, "x-sign": "v1=" + base64.b64encode(digest).decode()}
    auth = {
        "kind": "hmac", "secrets": ["MEDIA"], "signature_header": "x-sign", "timestamp_header": "x-time",
        "prefix": "v1=", "encoding": "base64", "separator": "",
    }  # fmt: skip
    request = PushRequest(method="POST", query={}, headers=headers, body=BODY)
    assert source(auth=auth).receive(request, now=NOW).status == 200
    assert source().receive(request, now=NOW).status == 401


def test_the_answer_uses_the_platforms_words() -> None:
    answer = {"code_key": "errcode", "message_key": "errmsg", "ok": "0", "failed": "1"}
    taken = source(answer=answer).receive(signed(BODY, key=KEY, at=NOW.timestamp()), now=NOW)
    assert json.loads(taken.body)["errcode"] == "0"


def test_without_an_id_in_the_map_it_does_not_start() -> None:
    with pytest.raises(SourceError, match="id"):
        source(fields={"body": "x"})
