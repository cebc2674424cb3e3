"""Letter pages of many platforms: what each says is in the item, and nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.record.item import Attachment, Item, SourceReply
from cases.words.times import BEIJING
from streams.sources.seam.http import Answer
from streams.sources.seam.secrets import Secrets
from streams.sources.site_mailbox.documents import JsonNode, parse
from streams.sources.site_mailbox.item import to_item
from streams.sources.site_mailbox.labels import LABELS
from streams.sources.site_mailbox.letters import read_letter, read_page
from streams.sources.site_mailbox.options import DetailOptions, ListOptions, MailboxOptions
from streams.sources.site_mailbox.source import SiteMailbox
from tests.standins.clock import FakeClock
from tests.standins.server import Hit, Reply, StandIn
from tests.streams.sources.pulled import NOW, Office, http

URL = "https://mailbox.example.gov.cn/letters/7.html"
TEXT = "东门桥头路灯坏了半个月，夜里有老人摔倒，请尽快修复。"
ANSWER = "您好！已安排抢修，三日内恢复照明。感谢您的监督。"
ASKED = datetime(2026, 3, 2, 9, 15, tzinfo=BEIJING)
ANSWERED = datetime(2026, 3, 4, 10, 20, tzinfo=BEIJING)
UNIT = "城管局"


def page(*rows: str) -> str:
    """A page of table rows: "label|value|label|value"."""
    lines = ("".join(f"<td>{cell}</td>" for cell in row.split("|")) for row in rows)
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<div class=nav>首页</div><div class=letter><table>{table}</table></div>"


def read(source: str, *, root: str = "div.letter", **more: str) -> Item:
    """The page as an item."""
    options = DetailOptions(root=root, more_labels=more)
    answer = Answer(url=URL, status=200, headers={}, body=source.encode())
    document = parse(answer, "html")
    node = next(iter(document.rows(root) or ())) if root else document
    return item(read_page(node, options))


def item(letter) -> Item:
    return to_item("box", "信箱", "7", letter, url=URL, truncated=False, first_seen=NOW, now=NOW)


def codes(found: Item) -> list[str]:
    return [note.code for note in found.notes]


# -- the eight pages of the field ------------------------------------------------------

D1 = (
    page(
        "编号:|C20260302017|来信人:|林某",
        "来信时间:|2026-03-02 09:15:00|受理单位:|城管局",
        "信件类型:|投诉|办事状态:|已办结",
        "来信主题:|路灯不亮",
        f"来信内容:|{TEXT}",
    )
    + page("办理单位:|城管局|办理时间:|2026-03-04 10:20:00", f"处理情况:|{ANSWER}")
).replace("</div><div class=nav>首页</div><div class=letter>", "")
D2 = D1.replace("已办结", "办理中").replace("2026-03-04 10:20:00", "暂无").replace(ANSWER, "")
D3 = page(
    "标题|路灯不亮",
    f"内容|{TEXT}",
    "发布人|林某",
    "发布时间|2026-03-02 09:15:00",
    f"回复内容|{ANSWER}",
    "回复人|城管局",
    "回复时间|2026-03-04 10:20:00",
    "回复期限|2026-03-09",
    "状态|已处理",
).replace("<table>", "<table><tr><th></th><th></th></tr></table><table>")
D4 = page(
    "<b>信件处理结果</b>",
    "信件编号：|L20260302",
    "信件类型：|投诉",
    "来信时间：|2026-03-02",
    "信件主题：|路灯不亮",
    f"信件内容：|{TEXT}",
    f"回复内容：|<div>{ANSWER}</div><div style='color:#666'>回复时间：2026/3/4 10:20:00 </div>",
    "回复内容：|<div>已转城管局办理。</div><div>回复时间：2026/3/3 9:00:00 </div>",
    "<a href='#'>返回上一页</a>",
)
D5 = page(
    "<b>信件处理结果</b>",
    "信件编号：|L20260303",
    "信件类型：|投诉",
    "来信时间：|2026-03-02",
    "信件主题：|路灯不亮",
    f"信件内容：|{TEXT}",
    "处理进度：|待处理",
    "<a href='#'>返回上一页</a>",
)
D6 = page(
    "留言标题：|路灯不亮",
    "留言者：|林某",
    "电子邮箱：|lin@citizen.example|QQ:|10001",
    f"留言内容：|{TEXT}<div style='text-align:right'>留言时间：2026-3-2 9:15:00&nbsp;</div>",
    f"回复内容：|{ANSWER}<div style='text-align:right'>回复时间：2026-3-4 10:20:00&nbsp;</div>",
)
D7 = page(
    "咨询主题|路灯不亮",
    "咨询日期|2026-03-02 09:15",
    "咨询人|林**",
    f"咨询内容|{TEXT}",
    "处理单位|城管局",
    "处理状态|已办结",
    f"受理意见|{ANSWER}",
)
D8 = (
    page(
        "处理状态：|已回复|信件编码：|20260302-9|查询密码：|9527",
        "收信单位：|城管局|来信时间：|2026-03-02 09:15|信件ID：|77",
        "诉求目的：|投诉|发生地区：|东门|内容分类：|城市管理",
        "递交渠道：|网站|公开意愿：|不公开|联系电话：|0797-5550101",
        "来信标题：|路灯不亮",
        f"来信内容：|{TEXT}",
        "答复单位：|城管局|答复时间：|2026-03-04 10:20",
        f"答复内容：|{ANSWER}",
    )
    .replace("<td>", "<th>")
    .replace("</td>", "</th>")
)
PAGES = {"d1": D1, "d2": D2, "d3": D3, "d4": D4, "d5": D5, "d6": D6, "d7": D7, "d8": D8}
WHOLE = SourceReply(text=ANSWER, at=ANSWERED, unit=UNIT)


class Site(StandIn):
    """A list, and the eight pages behind it; one of them in GB2312."""

    def answer(self, hit: Hit) -> Reply:
        name = hit.path.strip("/").removesuffix(".html")
        if name in PAGES:
            charset = "gb2312" if name == "d6" else "utf-8"
            head = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'
            return Reply(body=(head + PAGES[name]).encode(charset))
        rows = (
            f'<tr><td><a href="/{name}.html">路灯不亮</a></td><td>2026-03-02</td></tr>'
            for name in PAGES
        )
        return Reply(body=f"<table class=list>{''.join(rows)}</table>".encode())


@pytest.fixture(scope="module")
def letters() -> Iterator[dict[str, Item]]:
    with Site() as site:
        options = {
            "base_url": site.url,
            "http": http(site),
            "list": {
                "url": "/list.html",
                "format": "html",
                "rows": "table.list tr",
                "paging": False,
                "fields": {
                    "id": {"at": "a@href", "match": r"(\w+)\.html"},
                    "title": "a",
                    "received_at": "td:nth-child(2)",
                    "url": "a@href",
                },
            },
            "detail": {"root": "div.letter"},
        }
        source = SiteMailbox.from_options(
            "box",
            "信箱",
            MailboxOptions.model_validate(options),
            secrets=Secrets({}),
            pacing=FakeClock().pacing(),
        )
        office = Office()
        assert office.poll(source) is None
        source.close()
        assert not office.rejected
        yield {one.source_item_id: one for one in office.versions}


@pytest.mark.parametrize("name", list(PAGES))
def test_text_title_and_kind_of_every_page(letters: dict[str, Item], name: str) -> None:
    found = letters[name]
    assert (found.title, found.body, found.truncated) == ("路灯不亮", TEXT, False)
    assert found.kind == ("投诉" if name in ("d1", "d2", "d4", "d5", "d8") else "")
    assert found.received_at == (
        ASKED if name not in ("d4", "d5") else ASKED.replace(hour=0, minute=0)
    )
    assert found.confidential is (name == "d8")


@pytest.mark.parametrize(
    ("name", "replies"),
    [
        ("d1", (WHOLE,)),
        ("d2", ()),
        ("d3", (WHOLE,)),
        (
            "d4",
            (
                SourceReply(text=ANSWER, at=ANSWERED),
                SourceReply(text="已转城管局办理。", at=datetime(2026, 3, 3, 9, 0, tzinfo=BEIJING)),
            ),
        ),
        ("d5", ()),
        ("d6", (SourceReply(text=ANSWER, at=ANSWERED),)),
        ("d7", (SourceReply(text=ANSWER, unit=UNIT),)),
        ("d8", (WHOLE,)),
    ],
)
def test_replies_of_every_page(letters: dict[str, Item], name: str, replies: object) -> None:
    assert letters[name].replies == replies


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("d1", "author", "林某"),
        ("d1", "named_unit", UNIT),
        ("d1", "state", "已办结"),
        ("d2", "state", "办理中"),
        ("d3", "author", "林某"),
        ("d3", "state", "已处理"),
        ("d3", "due_at", datetime(2026, 3, 9, 23, 59, 59, tzinfo=BEIJING)),
        ("d5", "state", "待处理"),
        ("d6", "author", "林某"),
        ("d6", "email", "lin@citizen.example"),
        ("d6", "extra", {"QQ": "10001"}),
        ("d7", "author", "林**"),
        ("d7", "state", "已办结"),
        ("d8", "place", "东门"),
        ("d8", "category", "城市管理"),
        ("d8", "phone", "0797-5550101"),
        ("d8", "extra", {"信件ID": "77", "递交渠道": "网站"}),
    ],
)
def test_what_else_the_pages_say(
    letters: dict[str, Item], name: str, field: str, value: object
) -> None:
    assert getattr(letters[name], field) == value


@pytest.mark.parametrize("name", ["d1", "d2", "d3", "d4", "d5", "d7"])
def test_what_is_understood_leaves_no_note(letters: dict[str, Item], name: str) -> None:
    assert "not_understood" not in codes(letters[name])
    assert letters[name].extra == {}


def test_what_no_rule_understands_is_noted(letters: dict[str, Item]) -> None:
    notes = {note.code: note.text for note in letters["d8"].notes}
    assert "信件ID：77" in notes["not_understood"]
    assert "递交渠道：网站" in notes["not_understood"]
    assert "9527" not in str(letters["d8"]), "the password opens the citizen's letter"
    said = {note.code: note.text for note in letters["d6"].notes}["not_understood"]
    assert "QQ：10***" in said, "a number of the citizen's is not shown to all who see the note"


# -- the neighbours --------------------------------------------------------------------


@pytest.mark.parametrize("field", list(LABELS))
def test_every_label_is_read(field: str) -> None:
    for label in LABELS[field]:
        value = "2026-03-05 10:00" if field.endswith("_at") else "否"
        rows = ["标题|路灯不亮", f"内容|{TEXT}"] if field not in ("title", "body") else []
        found = read(page(*rows, f"{label}：|{value}"))
        assert label not in found.extra, label
        assert "not_understood" not in codes(found), label


@pytest.mark.parametrize(
    ("cell", "text", "at", "unit"),
    [
        ("已修复。<br>回复时间：2026-03-04 10:20", "已修复。", ANSWERED, ""),
        ("已修复。<span>答复时间：2026年3月4日 上午10点20分</span>", "已修复。", ANSWERED, ""),
        ("<p>回复时间：2026-03-04 10:20</p><p>已修复。</p>", "已修复。", ANSWERED, ""),
        ("已修复。<p>（回复时间：2026-03-04 10：20：00）</p>", "已修复。", ANSWERED, ""),
        (
            "已修复。<p>回复单位：城管局</p><p>回复时间：2026-03-04 10:20</p>",
            "已修复。",
            ANSWERED,
            UNIT,
        ),
        ("<p>已修复。</p><div><p>回复日期：2026-03-04 10:20</p></div>", "已修复。", ANSWERED, ""),
        # What is no stamp stays in the text.
        ("我局定于回复时间：另行通知", "我局定于回复时间：另行通知", None, ""),
        (
            "已修复。<br>施工时间：2026-03-04 10:20",
            "已修复。\n施工时间：2026-03-04 10:20",
            None,
            "",
        ),
        ("回复时间：2026-03-04 10:20", "回复时间：2026-03-04 10:20", None, ""),
    ],
)
def test_a_time_within_the_reply(cell: str, text: str, at: datetime | None, unit: str) -> None:
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", f"回复内容|{cell}"))
    assert found.replies == (SourceReply(text=text, at=at, unit=unit),)


def test_a_time_that_stands_apart_as_well_leaves_the_text_alone() -> None:
    cell = "已修复。<br>回复时间：2026-03-04 10:20"
    found = read(page(f"内容|{TEXT}", f"回复内容|{cell}", "回复时间|2026-03-05 08:00"))
    assert found.replies[0].text == "已修复。\n回复时间：2026-03-04 10:20"
    assert found.replies[0].at == datetime(2026, 3, 5, 8, 0, tzinfo=BEIJING)
    body = f"{TEXT}<div>反映时间：2026-02-01</div>"
    found = read(page(f"内容|{body}", "来信时间|2026-03-02 09:15"))
    assert found.body == f"{TEXT}\n反映时间：2026-02-01"


@pytest.mark.parametrize(
    ("row", "secret", "noted"),
    [
        ("公开意愿：|不公开", True, False),
        ("是否公开|否", True, False),
        ("是否愿意公开|不愿意", True, False),
        ("是否保密|是", True, False),
        ("要求保密|保密", True, False),
        ("是否隐藏|隐藏", True, False),
        ("是否公开|仅公开标题", True, True),
        ("公开意愿|公开", False, False),
        ("是否公开|愿意公开", False, False),
        ("是否保密|不保密", False, False),
        ("是否公开|", False, False),
        ("是否公开|-", False, False),
    ],
)
def test_secrecy_in_the_words_of_the_pages(row: str, secret: bool, noted: bool) -> None:
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", row))
    assert found.confidential is secret
    assert (not {"confidential_unclear", "public_unclear"}.isdisjoint(codes(found))) is noted


@pytest.mark.parametrize("nothing", ["", "暂无", "暂无回复", "待回复", "-", "无"])
def test_a_reply_of_no_words_is_none(nothing: str) -> None:
    found = read(page(f"内容|{TEXT}", f"回复内容|{nothing}", "回复时间|暂无"))
    assert found.replies == ()
    assert "reply_time_missing" not in codes(found)


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("received_at", "来信时间|上个月"),
        ("due_at", "回复期限|尽快"),
        ("closed_at", "办结时间|春节后"),
        ("reply_at", "回复时间|昨天下午"),
    ],
)
def test_a_time_nobody_can_read_is_noted_in_its_own_words(field: str, row: str) -> None:
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", f"回复内容|{ANSWER}", row))
    notes = {note.code: note.text for note in found.notes}
    assert row.partition("|")[2] in notes[f"{field}_unreadable"]


def test_the_same_thing_said_twice_with_other_words_is_kept() -> None:
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", "受理单位|信访局", "责任单位|城管局"))
    assert found.named_unit == "信访局"
    assert found.extra == {"责任单位": "城管局"}


def test_a_letter_with_a_table_in_it_is_whole() -> None:
    inner = "<p>用水量如下：</p><table><tr><td>三月</td><td>九吨</td></tr></table><p>请核查。</p>"
    found = read(page("标题|水费", f"内容|{inner}", "来信人|林某"))
    for words in ("用水量如下", "三月", "九吨", "请核查。"):
        assert words in found.body
    assert found.author == "林某"


def test_text_beside_the_table_is_shown() -> None:
    source = page("标题|路灯不亮", f"内容|{TEXT}", "浏览次数|17").replace(
        "</table>",
        "</table><div class=r>本件已列入三月维修计划。</div><a>返回列表</a><p>打印本页</p>",
    )
    found = read(source)
    assert found.extra == {"网页其他文字": "本件已列入三月维修计划。"}
    again = read(source.replace(">17<", ">18<"))
    assert again == found, "a reader more is no other version"


def test_without_a_place_of_the_letter_the_furniture_of_the_page_is_no_note() -> None:
    found = read("<div>版权所有：某县人民政府</div>" + D7, root="")
    assert found.body == TEXT
    assert found.extra == {}


def test_own_labels_still_win() -> None:
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", "递交渠道|网站"), 递交渠道="category")
    assert (found.category, found.extra) == ("网站", {})


# -- attachments -----------------------------------------------------------------------

PHOTO = Attachment(name="现场.jpg", url="https://mailbox.example.gov.cn/f/1.jpg")


@pytest.mark.parametrize(
    ("cell", "files"),
    [
        ("<a href='/f/1.jpg'>现场.jpg</a>", (PHOTO,)),
        ("<a href='../f/1.jpg'>现场.jpg</a>；<a href='/f/2.doc'>申请.doc</a>", (PHOTO, Attachment(name="申请.doc", url="https://mailbox.example.gov.cn/f/2.doc"))),
        ("现场.jpg；申请.doc", (Attachment(name="现场.jpg"), Attachment(name="申请.doc"))),
        ("<a href='javascript:down(3)'>现场.jpg</a>", (Attachment(name="现场.jpg"),)),
        ("无", ()),
    ],
)  # fmt: skip
def test_attachments_of_a_page(cell: str, files: tuple[Attachment, ...]) -> None:
    assert read(page("标题|路灯", f"内容|{TEXT}", f"附件|{cell}")).attachments == files


def from_json(value: dict[str, object], **more: object) -> Item:
    fields = {"id": "id", "title": "title", "body": "content", "received_at": "time"}
    options = ListOptions.model_validate({"url": "/", "rows": "", "fields": fields, **more})
    return item(read_letter(JsonNode(value), options))  # type: ignore[arg-type]


ROW: dict[str, object] = {"id": "7", "title": "路灯", "content": TEXT, "time": "2026-03-02 09:15"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("attachments", [{"name": "现场.jpg", "url": "/f/1.jpg"}]),
        ("fileList", [{"fileName": "现场.jpg", "filePath": "/f/1.jpg", "fileSize": "12"}]),
        ("files", {"original_name": "现场.jpg", "url": "/f/1.jpg"}),
        ("FJ_LIST", [{"fjmc": "现场.jpg", "fjdz": "/f/1.jpg"}]),
        ("附件", [{"附件名称": "现场.jpg", "附件地址": "/f/1.jpg"}]),
        ("attachment", '[{"name":"现场.jpg","url":"/f/1.jpg"}]'),
    ],
)
def test_attachments_named_in_json(key: str, value: object) -> None:
    found = from_json({**ROW, key: value})
    assert found.attachments == (PHOTO,)
    assert found.extra == {}


def test_attachments_in_json_by_names_or_addresses_alone() -> None:
    found = from_json({**ROW, "files": "现场.jpg,申请.doc", "images": ["/f/1.jpg"]})
    assert [file.name for file in found.attachments] == ["现场.jpg", "申请.doc", "1.jpg"]
    assert from_json({**ROW, "files": "", "attachments": None, "images": []}).attachments == ()


def test_attachments_at_places_of_their_own() -> None:
    spec = {"rows": "more.docs", "name": "label", "url": "where"}
    docs = [{"label": "现场.jpg", "where": "/f/1.jpg"}]
    assert from_json({**ROW, "more": {"docs": docs}}, attachments=spec).attachments == (PHOTO,)


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("info_hidden", "1", True),
        ("info_hidden", True, True),
        ("info_hidden", "0", False),
        ("infoHidden", "是", True),
        ("is_secret", "n", False),
        ("isHidden", "看情况", True),
        ("info_hidden", None, False),
    ],
)
def test_info_hidden_is_secrecy(key: str, value: object, secret: bool) -> None:
    assert from_json({**ROW, key: value}).confidential is secret


def test_what_an_interface_says_besides_is_kept_where_people_can_read_it() -> None:
    found = from_json(
        {
            **ROW,
            "siteId": "151",
            "clicks": "17",
            "shownTitle": "路灯",
            "postedAgo": "3天前",
            "channelName": "手机客户端",
            "comment": [{"text": "我家门口也坏了。", "by": "8"}],
        }
    )
    assert found.extra == {"channelName": "手机客户端", "comment.0.text": "我家门口也坏了。"}
    assert "我家门口也坏了。" in next(n.text for n in found.notes if n.code == "not_understood")


# -- nothing is lost -------------------------------------------------------------------

MARKS = st.lists(st.integers(100, 999), min_size=1, max_size=8, unique=True)
LABEL = st.sampled_from(
    [
        "内容",
        "来信内容",
        "回复内容",
        "处理情况",
        "受理意见",
        "标题",
        "姓名",
        "递交渠道",
        "备注",
        "群众意见",
    ]
)
SHAPES = st.sampled_from(
    [
        "<tr><td>{label}</td><td>{text}</td></tr>",
        "<tr><th>{label}：</th><td><p>{text}</p></td></tr>",
        "<tr><td>{label}</td></tr><tr><td>{text}</td></tr>",
        "<tr><td>{label}</td><td><table><tr><td>{text}</td></tr></table></td></tr>",
        "<tr><td colspan=2>{text}</td></tr>",
    ]
)


@given(MARKS, st.data())
def test_every_sentence_of_a_page_is_somewhere_in_the_item(
    marks: list[int], data: st.DataObject
) -> None:
    rows = "".join(
        data.draw(SHAPES).format(label=data.draw(LABEL), text=f"第{mark}句，路灯坏了。")
        for mark in marks
    )
    found = read(
        f"<div class=letter><table><tr><td>标题</td><td>路灯</td></tr>{rows}</table></div>"
    )
    for mark in marks:
        assert f"第{mark}句" in str(found)


@pytest.mark.parametrize("what", ["诉求", "举报", "求助", "问政", "信访"])
def test_labels_put_together_of_the_usual_words(what: str) -> None:
    found = read(
        page(
            f"{what}主题|路灯不亮",
            f"{what}描述|{TEXT}",
            f"{what}人姓名|周某",
            f"{what}日期|2026-03-02 09:15",
            f"回应内容|{ANSWER}",
            f"回应部门|{UNIT}",
            "回应日期|2026-03-04 10:20",
            "要求答复时间|2026-03-09",
        )
    )
    assert (found.title, found.body, found.author) == ("路灯不亮", TEXT, "周某")
    assert found.received_at == ASKED
    assert found.replies == (SourceReply(text=ANSWER, at=ANSWERED, unit=UNIT),)
    assert found.due_at == datetime(2026, 3, 9, 23, 59, 59, tzinfo=BEIJING)
    assert found.notes == ()


@pytest.mark.parametrize(("row", "year"), [("3月9号", 2026), ("3月20日", 2026), ("12月30日", 2025)])
def test_a_limit_without_a_year_is_the_nearest_where_the_letter_has_no_time(
    row: str, year: int
) -> None:
    """It was first seen on 10 March 2026, maybe after the limit."""
    found = read(page("标题|路灯不亮", f"内容|{TEXT}", f"回复期限|{row}"))
    assert found.due_at is not None
    assert found.due_at.year == year
    assert "year_assumed" in codes(found)


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("hidden", "true", True),
        ("private", True, True),
        ("isPrivate", "0", False),
        ("publicFlag", "N", True),
        ("gkyy", "不公开", True),
        ("sfnm", "是", True),
    ],
)
def test_further_names_of_secrecy(key: str, value: object, secret: bool) -> None:
    assert from_json({**ROW, key: value}).confidential is secret
