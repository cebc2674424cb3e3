"""Replies to a platform by HTTP, against one that behaves badly in every way we know."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from huiyin.configuration.table import Table
from sinks.delivery.base import (
    Delivery,
    DeliveryError,
    NotTaken,
    Outcome,
    Outgoing,
    Receipt,
    Unclear,
)
from sinks.delivery.by_hand import ByHand
from sinks.delivery.config import Doors, read_doors
from sinks.delivery.http import HttpDelivery, HttpDeliveryOptions
from streams.sources.seam.secrets import SecretError, Secrets
from tests.standins.hotline_platform import Platform
from tests.standins.replies import NOW, outgoing

SECRETS = Secrets({"HOTLINE_BACK": "way-back-token", "SIGN": "signing-key"})
PAYLOAD = {
    "record_number": "{source_item_id}",
    "ps_caption": "{state}",
    "note10": "{text}",
    "note6": "{field:是否解决}",
    "di_title": "{unit}",
    "public_record": 2,
    "d_attachments": [],
}


def door(url: str, **options: object) -> HttpDelivery:
    settings: dict[str, object] = {
        "url": url,
        "payload": PAYLOAD,
        "timeout_seconds": 1,
        "allow_private_addresses": True,
        "success": {"path": "code", "values": ["0000"], "reference_path": "data.id"},
        **options,
    }
    return HttpDelivery("hotline-back", HttpDeliveryOptions.model_validate(settings), SECRETS)


def deliver(behave: str, **options: object) -> tuple[Outcome, Platform]:
    with Platform(behave) as platform:
        return door(platform.url, **options).deliver(outgoing(), now=NOW), platform


def test_reply_and_state_reach_the_platform_in_its_own_form() -> None:
    with Platform() as platform:
        outcome = door(platform.url).deliver(outgoing(fields={"是否解决": "已解决"}), now=NOW)
    assert isinstance(outcome, Receipt)
    assert outcome.reference == "R-77"
    assert platform.taken[0].json == {
        "record_number": "260305101108115409",
        "ps_caption": "处置",
        "note10": "您好，已恢复供水。",
        "note6": "已解决",
        "di_title": "水务局",
        "public_record": 2,
        "d_attachments": [],
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_of_the_own_network_is_refused_unless_the_table_says_so(host: str) -> None:
    with Platform() as platform:
        url = platform.url.replace("127.0.0.1", host)
        outcome = door(url, allow_private_addresses=False).deliver(outgoing(), now=NOW)
    assert platform.taken == []
    assert isinstance(outcome, NotTaken)
    assert outcome.retry, "it goes out once the table allows it"
    assert "allow_private_addresses" in outcome.detail


def test_an_address_that_no_platform_can_have_is_refused_whatever_the_table_says() -> None:
    outcome = door("http://169.254.169.254/reply").deliver(outgoing(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert outcome.reason == "address_refused"


def test_it_is_a_delivery() -> None:
    assert isinstance(door("https://x.example/"), Delivery)


def test_text_of_the_reply_is_never_read_as_a_place() -> None:
    with Platform() as platform:
        door(platform.url).deliver(outgoing("{phone} {field:是否解决} {{x}}"), now=NOW)
    assert platform.taken[0].json["note10"] == "{phone} {field:是否解决} {{x}}"


def test_a_form_with_a_list() -> None:
    payload = {"act": "self_submit", "note": "{text}", "files": ["a", "b"]}
    _, platform = deliver("ok", payload=payload, format="form")
    assert parse_qs(platform.taken[0].body.decode()) == {
        "act": ["self_submit"], "note": ["您好，已恢复供水。"], "files[]": ["a", "b"]
    }  # fmt: skip


def test_token_idempotency_key_and_signature() -> None:
    _, platform = deliver(
        "ok",
        secret_headers={"Authorization": "HOTLINE_BACK"},
        headers={"Idempotency-Key": "{delivery_id}"},
        sign={"secret": "SIGN"},
    )
    taken = platform.taken[0]
    assert taken.headers["authorization"] == "Bearer way-back-token"
    assert taken.headers["idempotency-key"] == outgoing().delivery_id
    signed = taken.headers["x-timestamp"].encode() + b"." + taken.body
    expected = hmac.new(b"signing-key", signed, hashlib.sha256).hexdigest()
    assert taken.headers["x-signature"] == expected


def test_a_header_cannot_be_broken_by_a_value() -> None:
    with Platform() as platform:
        message = outgoing(title="a\r\nX-Evil: 1\r\n\r\n标题")
        outcome = door(platform.url, headers={"X-Title": "{title}"}).deliver(message, now=NOW)
    assert isinstance(outcome, Receipt)
    assert "x-evil" not in platform.taken[0].headers


@pytest.mark.parametrize("number", ["../../admin", "a/b?x=1#y", "..", "%2e%2e/x"])
def test_a_number_cannot_reach_another_path(number: str) -> None:
    with Platform() as platform:
        url = platform.url + "/letters/{source_item_id}/reply"
        door(url).deliver(outgoing(source_item_id=number), now=NOW)
    path = platform.taken[0].path
    assert path.startswith("/handle/letters/")
    assert path.endswith("/reply")
    assert path.count("/") == 4
    assert "?" not in path


@pytest.mark.parametrize(
    ("behave", "kind", "retry"),
    [
        ("refused", NotTaken, False),
        ("400", NotTaken, False),
        ("401", NotTaken, True),
        ("404", NotTaken, False),
        ("409", NotTaken, False),
        ("429", NotTaken, True),
        ("503", NotTaken, True),
        ("307", NotTaken, False),
        ("302", Unclear, None),
        ("408", Unclear, None),
        ("500", Unclear, None),
        ("502", Unclear, None),
        ("504", Unclear, None),
        ("login-page", Unclear, None),
        ("no-code", Unclear, None),
        ("half", Unclear, None),
        ("endless", Unclear, None),
        ("slow", Unclear, None),
        ("drop-before-reading", Unclear, None),
        ("drop-after-reading", Unclear, None),
    ],
)
def test_what_an_answer_means(behave: str, kind: type[Outcome], retry: bool | None) -> None:
    outcome, platform = deliver(behave)
    assert isinstance(outcome, kind), outcome
    assert len(platform.taken) <= 1, "a reply is posted once"
    if isinstance(outcome, NotTaken):
        assert outcome.retry is retry
    if behave == "refused":
        assert "工单已办结" in outcome.detail  # type: ignore[union-attr]


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = door(f"http://127.0.0.1:{port}/").deliver(outgoing(), now=NOW)
    assert isinstance(outcome, NotTaken)
    assert outcome.retry


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    outcome, _ = deliver("ok")
    assert isinstance(outcome, Receipt)


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ftp://x.example/"},
        {"url": "https://{title}.example/"},
        {"url": "https://user:pw@x.example/"},
        {"url": "http://x.example/", "secret_headers": {"Authorization": "HOTLINE_BACK"}},
        {"payload": {}},
        {"payload": {"a": "{no_such_place}"}},
        {"payload": {"a": [{"b": "{text:x}"}]}},
        {"headers": {"x": "{secret:SIGN}"}},
        {"colour": 1},
    ],
)
def test_options_that_do_not_fit(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        door(**{"url": "https://x.example/", **options})  # type: ignore[arg-type]


def test_a_missing_secret_is_named_at_the_start() -> None:
    with pytest.raises(SecretError, match="NOWHERE"):
        door("https://x.example/", secret_headers={"Authorization": "NOWHERE"})


CONFIG = """
[delivery.back]
adapter = "http"
sources = ["hotline", "hotline-export"]
options = { url = "https://h.example/", payload = { n = "{text}", k = [1, true] } }

[delivery.mail]
adapter = "smtp"
sources = ["box"]
options = { host = "127.0.0.1", port = 25, security = "none", sender = "box@gov.example" }

[delivery.hand]
adapter = "by-hand"
sources = ["liuyan"]
options = { where = "领导留言板承办单位后台" }

[delivery.off]
adapter = "http"
enabled = false
sources = ["hotline"]
options = { url = "https://{unfinished}" }
"""


def doors_of(folder: Path, text: str) -> Doors:
    path = folder / "delivery.toml"
    path.write_text(text, "utf-8")
    return read_doors(Table.read(path), SECRETS)


def test_each_source_finds_its_door(tmp_path: Path) -> None:
    doors = doors_of(tmp_path, CONFIG)
    assert [doors.door(name).name for name in ("hotline", "hotline-export", "box")] == [
        "back",
        "back",
        "mail",
    ]
    assert isinstance(doors.door("liuyan"), ByHand)
    assert isinstance(doors.door("anything else"), ByHand)
    assert len(doors_of(tmp_path, "")) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[delivery.x]\nadapter = 'fax'\nsources = ['a']", "fax"),
        ("[delivery.x]\nadapter = 'smtp'\nsources = []", "sources"),
        ("[delivery.x]\nadapter = 'smtp'\nsources = ['a']\noptions = { sender = 'x' }", "host"),
        (
            "[delivery.x]\nadapter='by-hand'\nsources=['a']\n[delivery.y]\nadapter='by-hand'\nsources=['a']",
            "重复",
        ),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DeliveryError, match=said) as caught:
        doors_of(tmp_path, text)
    assert "delivery.toml" in str(caught.value)


def test_a_secret_never_shows_in_an_outcome() -> None:
    for behave in ("401", "500", "drop-after-reading"):
        outcome, _ = deliver(behave, secret_headers={"Authorization": "HOTLINE_BACK"})
        assert "way-back-token" not in repr(outcome)
        assert "way-back-token" not in json.dumps(str(outcome), ensure_ascii=False)


def test_a_reply_names_its_case() -> None:
    message: Outgoing = outgoing()
    assert message.case_id == "hotline:260305101108115409"
