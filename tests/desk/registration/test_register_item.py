"""登记来件: the form at the desk is a door like every other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from selectolax.lexbor import LexborHTMLParser

from cases.words.actors import Role
from desk.ground import wiring
from desk.ground.settings import read_settings
from desk.registration.routes import CHANNELS, NotAnItem, form_doors, item_of
from tests.desk.app.test_web import NOW, Desk
from tests.desk.clients import signed_in

DOORS = form_doors(())
FORM_ID = "0123456789abcdef" * 2
TYPED = {
    "channel": "来访",
    "received": "2026-11-24T09:30",
    "body": "锦绣花园 3 栋电梯停了两天。老人下不了楼，请尽快修。",
    "author": "周晓岚",
    "phone": "13900012345",
    "form_id": FORM_ID,
}


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_makes_an_item(channel: str) -> None:
    made = item_of({**TYPED, "channel": channel}, FORM_ID, NOW, "林某", DOORS)
    assert made.channel == channel
    assert made.case_id == "desk:20261124-0123456789"
    assert made.title == "锦绣花园 3 栋电梯停了两天"
    assert made.disclosure == (channel == "依申请公开")
    request = {"申请方式": "当面提交"} if made.disclosure else {}
    assert made.extra == {"登记人": "林某", **request}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "微信"}, "来源渠道应为"),
        ({"body": "  "}, "反映的内容"),
        ({"title": "字" * 101}, "最长 100 字"),
        ({"received": "昨天"}, "受理时间应写作"),
        ({"received": (NOW + timedelta(minutes=2)).isoformat()}, "不应晚于现在"),
        ({"received": "2025-11-01T09:00"}, "一年以前"),
        ({"kind": "抱怨"}, "诉求类型应为"),
        ({"urgency": "很急"}, "紧急程度应为"),
        ({"number": "督查 7 号"}, "来源编号最长 60 字，不含空格"),
        ({"number": "7" * 61}, "来源编号最长 60 字"),
        ({"due": "下周"}, "期限应写作 2026-12-05"),
        ({"due": "2026-11-23"}, "不应早于受理时间"),
    ],
)
def test_what_cannot_be_registered_is_told(changes: dict[str, str], said: str) -> None:
    with pytest.raises(NotAnItem, match=said):
        item_of({**TYPED, **changes}, FORM_ID, NOW, "林某", DOORS)


def test_a_form_that_is_not_ours_is_refused() -> None:
    with pytest.raises(NotAnItem, match="过期"):
        item_of(TYPED, "../../etc", NOW, "林某", DOORS)


def test_what_is_registered_is_a_case_with_its_clock_and_once(desk: Desk) -> None:
    assert "登记来件" in desk.page("/register")
    for _ in range(2):  # pressed twice
        answer = desk.client.post("/register", data=TYPED)
        assert answer.status_code == 200, answer.text[:300]
        assert "电梯停了两天" in answer.text
    case = desk.runner.store.ledger.load(["desk:20261124-0123456789"])["desk:20261124-0123456789"]
    assert case.versions == 1
    assert case.round.reply_clock is not None
    assert case.item.phone == "13900012345"
    assert desk.runner.store.ledger.counts(NOW, ()).total == 1


def test_a_request_for_information_gets_the_clocks_of_disclosure(desk: Desk) -> None:
    desk.client.post("/register", data={**TYPED, "channel": "依申请公开"})
    (case,) = desk.runner.store.ledger.load(["desk:20261124-0123456789"]).values()
    clock = case.round.reply_clock
    assert clock is not None
    assert clock.name == "disclosure"


@pytest.mark.parametrize(
    ("way", "confirmed", "counts_from"),
    [
        ("当面提交", "", "2026-11-20T09:30"),
        ("邮寄（需签收）", "", "2026-11-20T09:30"),
        ("平常信函", "2026-11-20T15:00", "2026-11-20T15:00"),
        ("互联网", "2026-11-23T10:00", "2026-11-23T10:00"),
        ("传真", "", "2026-11-20T09:30"),
    ],
)
def test_a_request_counts_from_the_day_that_the_statute_says(
    way: str, confirmed: str, counts_from: str
) -> None:
    typed = {
        **TYPED,
        "channel": "依申请公开",
        "received": "2026-11-20T09:30",
        "way": way,
        "confirmed": confirmed,
        "wanted": "电子文件",
    }
    made = item_of(typed, FORM_ID, NOW, "林某", DOORS)
    assert f"{made.received_at:%Y-%m-%dT%H:%M}" == counts_from
    assert made.source_item_id == "20261120-0123456789", "the form stays the same item"
    assert made.extra["申请方式"] == way
    assert made.extra["获取方式"] == "电子文件"


@pytest.mark.parametrize(
    ("way", "confirmed", "said"),
    [
        ("飞鸽传书", "", "申请方式应为"),
        ("当面提交", "2026-11-24T10:00", "不填双方确认"),
        ("互联网", "2026-11-24T09:29", "不应早于来件时间"),
        ("互联网", "2026-11-25T09:29", "双方确认的时间（2026-11-25 09:29）不应晚于现在"),
    ],
)
def test_an_impossible_receipt_is_told(way: str, confirmed: str, said: str) -> None:
    typed = {**TYPED, "channel": "依申请公开", "way": way, "confirmed": confirmed}
    with pytest.raises(NotAnItem, match=said):
        item_of(typed, FORM_ID, NOW, "林某", DOORS)


def test_no_channel_is_chosen_before_a_person_chooses_it(desk: Desk) -> None:
    """The clock hangs on it."""
    form = LexborHTMLParser(desk.page("/register"))
    first, *others = form.css("select[name=channel] option")
    assert first.attributes["value"] == ""
    assert not any("selected" in one.attributes for one in others)
    answer = desk.client.post("/register", data={**TYPED, "channel": ""})
    assert answer.status_code == 400
    assert "来源渠道应为" in answer.text
    assert "老人下不了楼" in answer.text


def test_a_problem_leaves_what_was_typed(desk: Desk) -> None:
    answer = desk.client.post("/register", data={**TYPED, "received": ""})
    assert answer.status_code == 400
    assert "老人下不了楼" in answer.text
    assert f'value="{FORM_ID}"' in answer.text


@pytest.mark.parametrize("role", [Role.LEADER, Role.REVIEWER, Role.ADMIN])
def test_only_the_desk_registers(desk: Desk, role: Role) -> None:
    client = signed_in(desk.office, role)
    assert client.get("/register").status_code == 403
    assert client.post("/register", data=TYPED).status_code == 403


SHIPPED = {
    "国务院“互联网+督查”": "gov-supervision",
    "问政赣州": "wenzheng-ganzhou",
    "信息公开咨询电话": "disclosure-phone",
    "实体服务大厅": "service-hall",
    "便民服务中心": "convenience-center",
}


def test_every_door_that_is_typed_at_the_desk_is_offered(root: Path) -> None:
    settings = read_settings({"HUIYIN_CONFIG": str(root / "config")})
    doors = form_doors(wiring.source_entries(settings).values())
    assert doors == SHIPPED | {name: "desk" for name in CHANNELS if name not in SHIPPED}


@pytest.mark.parametrize(("channel", "source"), SHIPPED.items())
def test_what_is_registered_arrives_under_its_own_channel_and_is_found_by_it(
    desk: Desk, channel: str, source: str
) -> None:
    assert f"<option>{channel}</option>" in desk.page("/register")
    order = {"channel": channel, "number": "督查2026-118", "urgency": "特急", "due": "2026-11-25"}
    assert desk.client.post("/register", data=TYPED | order).status_code == 200
    case_id = f"{source}:督查2026-118"
    (case,) = desk.runner.store.ledger.load([case_id]).values()
    assert (case.item.source, case.item.channel) == (source, channel)
    assert case.round.reply_clock is not None
    assert case.item.due_at is not None
    assert f"{case.item.due_at:%m-%d %H:%M}" == "11-25 23:59"
    # 特急 counts whatever the text says.
    assert case.labels.urgent
    found = desk.page(f"/ledger?channel={quote(channel)}")
    assert "电梯停了两天" in found
    assert "电梯停了两天" not in desk.page("/ledger?channel=来访")


def test_the_same_number_again_is_the_same_case(desk: Desk) -> None:
    for body, form in (("电梯停了。", "a" * 32), ("电梯停了，老人被困家中。", "b" * 32)):
        order = {"channel": "问政赣州", "number": "7", "body": body, "form_id": form}
        answer = desk.client.post("/register", data=TYPED | order)
        if form[0] == "b":
            # Never another letter in silence: a slip in a number is told.
            assert answer.status_code == 400
            assert "编号 7 已登记为“电梯停了”" in answer.text
            assert "老人被困家中" in answer.text
            answer = desk.client.post("/register", data=TYPED | order | {"again": "1"})
        assert answer.status_code == 200
    (case,) = desk.runner.store.ledger.load(["wenzheng-ganzhou:7"]).values()
    assert case.versions == 2


@pytest.mark.parametrize("secret", ["", "1"])
def test_a_number_that_is_taken_tells_no_more_than_the_page_of_its_case(
    desk: Desk, secret: str
) -> None:
    """Personal data and confidential texts are shown after a reason, here as elsewhere."""
    first = {"channel": "问政赣州", "number": "7", "confidential": secret, "form_id": "a" * 32}
    title = "周晓岚 13900012345 举报水务站"
    assert desk.client.post("/register", data=TYPED | first | {"title": title}).status_code == 200
    other = TYPED | {"author": "", "phone": "", "body": "路灯不亮。", "form_id": "b" * 32}
    answer = desk.client.post("/register", data=other | {"channel": "问政赣州", "number": "7"})
    assert answer.status_code == 400
    for word in ("周晓岚", "13900012345"):
        assert word not in answer.text
    assert ("举报水务站" in answer.text) == (not secret)
    assert ("已登记为一件保密件" in answer.text) == bool(secret)


@pytest.mark.parametrize(("urgency", "urgent"), [("一般", False), ("紧急", True), ("特急", True)])
def test_only_what_the_office_calls_urgent_is(desk: Desk, urgency: str, urgent: bool) -> None:
    quiet = {"body": "建议在广场多放几张长椅。", "urgency": urgency}
    desk.client.post("/register", data=TYPED | quiet)
    (case,) = desk.runner.store.ledger.load(["desk:20261124-0123456789"]).values()
    assert case.labels.urgent is urgent
