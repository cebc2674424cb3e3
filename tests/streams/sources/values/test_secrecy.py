"""保密、不公开: every door that ships reads both wishes, or says why it has none."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from cases.record.item import Item
from cases.words.times import BEIJING
from huiyin.net.json_values import parse_text
from streams.sources.liuyan.item import Door
from streams.sources.liuyan.item import to_item as liuyan_item
from streams.sources.mail.item import Letter as Mail
from streams.sources.mail.item import MailRules, mail_item
from streams.sources.push.hotline_push import HotlineOptions
from streams.sources.push.json_push import PushOptions
from streams.sources.push.payload import read_payload
from streams.sources.push.payload_map import PayloadMap
from streams.sources.registry import ADAPTERS
from streams.sources.seam.config import SourceEntry, load_sources, read_options
from streams.sources.site_mailbox.documents import JsonNode
from streams.sources.site_mailbox.item import to_item
from streams.sources.site_mailbox.letters import Letter, read_letter
from streams.sources.site_mailbox.options import MailboxOptions, RequestOptions, load_presets
from streams.sources.tables.files import FileOptions
from streams.sources.tables.hotline_files import HotlineOptions as HotlineFileOptions
from streams.sources.values import secrecy
from streams.sources.values.secrecy import (
    NO_SECRECY,
    PUBLIC_NAMES,
    SECRET_NAMES,
    heeded,
    wish_of,
    wishes,
)
from tests.cases.helpers import item
from tests.streams.sources.tabular import CONFIG, HEADER, items, read, row, source, write_csv

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)
SHIPPED = load_sources(CONFIG)

# -- words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "secret", "noted"),
    [
        ("是", True, False),
        ("要求保密", True, False),
        ("1", True, False),
        ("True", True, False),
        ("匿名", True, False),
        ("对被反映单位保密", True, False),
        ("否", False, False),
        ("0", False, False),
        ("不保密", False, False),
        ("公开", False, False),
        ("无", False, False),
        ("", False, False),
        ("-", False, False),
        ("null", False, False),
        ("待定", True, True),
        ("看情况", True, True),
        ("2", True, True),
    ],
)
def test_what_is_said_of_secrecy(word: str, *, secret: bool, noted: bool) -> None:
    asked = wishes([word])
    assert asked.confidential is secret
    assert not asked.not_public
    assert bool(asked.notes) is noted
    assert all(word in note.text for note in asked.notes)


@pytest.mark.parametrize(
    ("word", "kept", "noted"),
    [
        ("不公开", True, False),
        ("否", True, False),
        ("不愿意公开", True, False),
        ("0", True, False),
        ("是", False, False),
        ("愿意公开", False, False),
        ("", False, False),
        ("再说", True, True),
    ],
)
def test_not_public_is_a_wish_of_its_own(word: str, *, kept: bool, noted: bool) -> None:
    """The unit may know it, the public may not: nothing waits for that."""
    asked = wishes([], [word])
    assert asked.not_public is kept
    assert not asked.confidential
    assert bool(asked.notes) is noted


def test_one_wish_among_several_fields_is_a_wish() -> None:
    assert wishes(["否", "是"]).confidential
    assert wishes(["", "待定"]).confidential
    assert wishes([], ["是", "不公开"]).not_public


# -- every shipped door -------------------------------------------------------


def test_every_adapter_reads_secrecy_or_says_why_not() -> None:
    assert set(READS) | set(NO_SECRECY) == set(ADAPTERS)
    assert not set(READS) & set(NO_SECRECY)
    assert all(len(why) > 10 for why in NO_SECRECY.values())


@pytest.mark.parametrize("name", list(SHIPPED))
def test_every_shipped_source_maps_secrecy(name: str) -> None:
    entry = SHIPPED[name]
    if entry.adapter not in NO_SECRECY:
        READS[entry.adapter](entry)


@pytest.mark.parametrize("preset", list(load_presets()))
def test_every_preset_maps_secrecy(preset: str) -> None:
    options = MailboxOptions.model_validate(
        {
            "preset": preset,
            "base_url": "https://letters.example",
            "http": {"hosts": ["letters.example"]},
        }
    )
    _mailbox_reads(options)


def _table_reads(entry: SourceEntry) -> None:
    model = HotlineFileOptions if entry.adapter == "hotline-file" else FileOptions
    columns = read_options(entry, model).columns
    assert {"是否保密", "要求保密", "isSecret"} <= set(columns["confidential"])
    assert {"是否公开", "公开意愿"} <= set(columns["public"])


def _push_reads(entry: SourceEntry) -> None:
    model = HotlineOptions if entry.adapter == "hotline-push" else PushOptions
    options = read_options(entry, model)
    assert set(SECRET_NAMES) <= set(options.paths("confidential"))
    assert set(PUBLIC_NAMES) <= set(options.paths("public"))


def _site_reads(entry: SourceEntry) -> None:
    _mailbox_reads(read_options(entry, MailboxOptions))


def _mailbox_reads(options: MailboxOptions) -> None:
    """In the list of a JSON platform, or on the page as a label; a list of titles in HTML
    holds only what the site has published, and says nothing of wishes."""
    parts: list[RequestOptions] = [options.list, *([options.detail] if options.detail else [])]
    by_name = [part for part in parts if {"confidential", "public"} <= set(part.fields)]
    by_label = options.detail is not None and options.detail.labels
    assert by_name or by_label


def _any_text_reads(_entry: SourceEntry) -> None:
    """Doors of plain text: the tests below."""


READS = {
    "table-file": _table_reads,
    "hotline-file": _table_reads,
    "hotline-push": _push_reads,
    "webhook": _push_reads,
    "site-mailbox": _site_reads,
    "liuyan": _any_text_reads,
    "imap": _any_text_reads,
    "wechat": _any_text_reads,
    "desk-form": _any_text_reads,
}


# -- as it comes on the wire --------------------------------------------------


def pushed(**said: object) -> Item:
    """By a map that its county wrote, which speaks of no secrecy."""
    map_ = PayloadMap(fields={"id": "no", "title": "title", "body": "text"})
    record = {"no": "A1", "title": "噪音", "text": "夜里施工。", **said}
    found = read_payload(
        map_,
        json.loads(json.dumps(record)),
        original=b"",
        source="push",
        channel="新媒体",
        now=NOW,
        origin="一件推送",
    )
    assert isinstance(found, Item), found
    return found


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("value", ["是", True, 1, "待定"])
def test_a_push_reads_secrecy_under_every_usual_name(name: str, value: object) -> None:
    assert pushed(**{name: value}).confidential


def test_a_push_reads_secrecy_however_deep_it_stands() -> None:
    assert pushed(extend={"是否保密": "是"}).confidential
    assert pushed(data={"writer": [{"IS_SECRET": 1}]}).confidential
    assert pushed(extend={"公开意愿": "不公开"}).not_public
    assert not pushed(extend={"是否保密": "否", "保密审查": "通过"}).confidential
    deep: object = {"是否保密": "是"}
    for _ in range(300):
        deep = [deep]
    assert pushed(extend=deep).confidential


def test_a_push_that_says_no_or_nothing_asks_for_none() -> None:
    for value in ("否", False, 0, None, ""):
        item = pushed(是否保密=value)
        assert not item.confidential
        assert {note.code for note in item.notes} == {"received_missing"}
    assert pushed(公开意愿="不公开").not_public
    assert not pushed(公开意愿="公开").not_public


def test_a_table_reads_secrecy_under_a_name_that_nobody_mapped(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    write_csv(
        path,
        [
            row("T1", 是否要求保密="是", 是否公开="否"),
            row("T2", 是否要求保密="否", 是否公开="是"),
            row("T3", 是否要求保密="待定", 是否公开=""),
        ],
    )
    found = items(read(source(), path))
    assert [one.confidential for one in found] == [True, False, True]
    assert [one.not_public for one in found] == [True, False, False]
    assert [note.code for note in found[2].notes] == ["confidential_unclear"]


def test_a_name_that_means_something_else_there_keeps_its_meaning(tmp_path: Path) -> None:
    columns = {
        name: [name_]
        for name, name_ in zip(("id", "received_at", "title", "body"), HEADER, strict=True)
    }
    path = tmp_path / "export.csv"
    write_csv(path, [row("T1", 公开="县政府门户网站")])
    (one,) = items(read(source(columns={**columns, "place": ["公开"]}), path))
    assert one.place == "县政府门户网站"
    assert not one.not_public


def letter_of(values: dict[str, str]) -> Item:
    return to_item(
        "site",
        "网站信箱",
        "7",
        Letter(values=values, extra={}, replies=()),
        url="",
        truncated=False,
        first_seen=NOW,
        now=NOW,
    )


def test_a_site_mailbox_reads_it_from_json_and_from_labels() -> None:
    options = RequestOptions(url="/list", fields={"id": "id", "title": "t"})
    node = JsonNode({"id": "7", "t": "噪音", "is_secret": "1", "isOpen": "0"})
    said = read_letter(node, options)
    item = letter_of(said.values)
    assert (item.confidential, item.not_public) == (True, True)
    assert not letter_of({"title": "噪音", "confidential": "否", "public": "是"}).confidential
    unclear = letter_of({"title": "噪音", "confidential": "待定"})
    assert unclear.confidential
    assert "confidential_unclear" in {note.code for note in unclear.notes}


@pytest.mark.parametrize(
    "said",
    [
        {"是否保密": "否", "要求保密": "是"},
        {"IS_SECRET": 1},
        {"writer": {"信件是否保密": "是"}},
    ],
)
def test_a_site_mailbox_hears_one_wish_among_several_under_any_name(said: object) -> None:
    options = RequestOptions(url="/list", fields={"id": "id", "title": "t"})
    assert isinstance(said, dict)
    values = read_letter(JsonNode({"id": "7", "t": "噪音", **said}), options).values
    assert letter_of(values).confidential


def test_a_thread_of_the_leaders_board_too() -> None:
    door = Door(source="board", channel="领导留言板", base_url="https://board.example")
    known = {"tid": "9", "subject": "噪音", "content": "夜里施工"}
    assert liuyan_item(
        door, "9", {**known, "isSecret": "1"}, None, first_seen=NOW, now=NOW
    ).confidential
    assert not liuyan_item(door, "9", dict(known), None, first_seen=NOW, now=NOW).confidential


def mail(body: str, headers: str = "") -> Item:
    head = (
        f"From: w@m.example\r\nSubject: x\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n"
    )
    data = f"{head}\r\n{body}".encode()
    found = mail_item(
        Mail(data=data, size=len(data), stored_at=NOW, origin="INBOX/1/1"),
        source="box",
        channel="领导信箱",
        rules=MailRules(),
        now=NOW,
    )
    assert isinstance(found, Item), found
    return found


def test_a_mail_is_asked_by_the_form_s_lines_and_by_its_sensitivity() -> None:
    assert mail("姓名：周某\n是否保密：是\n内容：夜里施工。").confidential
    assert not mail("姓名：周某\n是否保密：否\n内容：夜里施工。").confidential
    assert mail("【公开意愿】：不公开\n内容：夜里施工。").not_public
    assert mail("夜里施工。", "Sensitivity: Company-Confidential\r\n").confidential
    assert not mail("夜里施工。", "Sensitivity: Normal\r\n").confidential
    assert not mail("我的存折是否保密？请说明。\nSensitivity: Private").confidential


def test_the_names_are_told_apart() -> None:
    assert not set(SECRET_NAMES) & set(PUBLIC_NAMES)
    assert secrecy.wishes_in({"isSecret": 0, "isOpen": None}) == secrecy.Wishes()


# -- columns that nobody mapped --------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("是否保密？", "是"),
        ("是否保密（必填）", "是"),
        ("IS_SECRET", "1"),
        ("Is-Secret", "true"),
        ("SFBM", "1"),
        ("信件是否保密", "是"),
        ("来信人要求保密", "是"),
        ("保密级别", "对被举报单位保密"),
        ("是否匿名举报", "是"),
        ("保密标识", "☑"),
        ("是否隐私", "是"),
        ("extend", '{"是否保密": "是", "k": 1}'),
        ("extend", '[{"isSecret": true}]'),
        ("保 密", "待定"),
    ],
)
def test_a_wish_in_a_column_that_nobody_mapped_is_heard(name: str, value: str) -> None:
    assert heeded(item("1", extra={name: value})).confidential


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("是否保密（必填）", "否"),
        ("IS_SECRET", "0"),
        ("extend", '{"是否保密": "否"}'),
        ("保密审查", "通过"),
        ("保密期限", "10年"),
        ("保密级别", "一般"),
        ("secretary", "王"),
        ("匿名用户昵称", "网友7"),
        ("备注", "来信人要求保密吗"),
        ("bmmc", "住建局"),
        ("是否保密", ""),
    ],
)
def test_other_columns_are_no_wish(name: str, value: str) -> None:
    plain = item("1", extra={name: value})
    assert heeded(plain) is plain or not heeded(plain).confidential


def test_a_wish_not_to_be_published_is_heard_the_same_way() -> None:
    asked = heeded(item("1", extra={"是否愿意公开（选填）": "否"}))
    assert asked.not_public
    assert not asked.confidential


@pytest.mark.parametrize("name", SECRET_NAMES + PUBLIC_NAMES)
def test_the_usual_names_sound_like_what_they_are(name: str) -> None:
    assert wish_of(name) == ("secret" if name in SECRET_NAMES else "public")


FORMS = (
    [{"name": "是否保密", "value": "是"}],
    [{"label": "联系人", "value": "周"}, {"label": "是否要求保密", "val": True}],
    {"rows": [{"fieldName": "is_secret", "fieldValue": "1"}]},
    [{"字段": "信件保密", "值": "保密"}],
    [{"key": "k7", "title": "是否匿名", "content": "匿名"}],
)


@pytest.mark.parametrize("form", FORMS)
def test_a_wish_in_a_form_that_users_built_is_heard(form: object) -> None:
    """As part of the record, and as JSON within one of its texts."""
    assert pushed(ext=form).confidential
    assert heeded(pushed(ext=json.dumps(form, ensure_ascii=False))).confidential


@pytest.mark.parametrize(
    "form",
    [
        [{"name": "是否保密", "value": "否"}],
        [{"name": "标题", "value": "保密"}],
        [{"name": "保密承诺书", "value": "已签"}],
        [{"name": "是否保密"}],
    ],
)
def test_no_wish_is_heard_where_a_form_holds_none(form: object) -> None:
    assert not pushed(ext=form).confidential
    assert not heeded(pushed(ext=json.dumps(form, ensure_ascii=False))).confidential


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("是否不公开", "是", True),
        ("不公开个人信息", True, True),
        ("is_not_public", 1, True),
        ("是否不公开", "否", False),
        ("是否不公开", "", False),
        ("不公开", "待定", True),
    ],
)
def test_publication_that_is_asked_the_other_way_round(
    name: str, value: object, *, kept: bool
) -> None:
    found = heeded(pushed(**{name: value}))
    assert (found.not_public, found.confidential) == (kept, False)
    assert heeded(pushed(ext={name: value})).not_public is kept


@pytest.mark.parametrize("values", [("是", "否"), ("否", "是"), ("否", "是", "否"), ("", "是", "")])
def test_a_wish_that_stands_beside_its_opposite_is_one(values: tuple[str, ...]) -> None:
    """A name that stands twice in an object: readers of JSON keep the last."""
    fields = "".join(f', "是否保密": "{value}"' for value in values)
    record = parse_text(f'{{"no": "A1", "title": "噪音"{fields}, "in": {{"a": 1{fields}}}}}')
    assert isinstance(record, dict)
    assert heeded(pushed(**record)).confidential
    assert pushed(inner=record["in"]).confidential
