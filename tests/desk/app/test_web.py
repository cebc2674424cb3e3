"""The pages, as a browser gets them, without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from urllib.parse import quote

import pytest
from msgspec.structs import fields

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.commands import AnyCommand
from cases.record.events import EventBody
from cases.record.item import Attachment, Item, SourceReply
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.labels import Labels
from cases.words.times import BEIJING
from desk.actions.registry import SENTENCES
from desk.actions.sentences import describe_event
from desk.demo.messages import DemoOutcome, load_demo
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Folder, Readers
from desk.ground.loops import LoopState
from desk.ground.settings import Settings, read_settings
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases
from huiyin.store.room import Room
from sinks.ledger.base import Query
from streams.dead_letters import DeadLetter, Stage
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.kafka.errors import LogDown
from streams.process import Processor
from streams.sources.seam.base import Batch
from tests.desk.clients import signed_in
from tests.desk.furnished import furnish

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
"""A Tuesday."""
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
PHONE = "13900012345"


@cache
def _processor(config: Path) -> Processor:
    """The same for every desk: reading the model takes longer than most tests."""
    return wiring.build_processor(read_settings({"HUIYIN_CONFIG": str(config)}))


class Desk:
    """A desk on a folder of its own, with the shipped configuration and a fixed clock."""

    def __init__(self, home: Path, config: Path, **more: str) -> None:
        """`more`: further variables of the environment."""
        own = {"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(config)}
        self.settings: Settings = read_settings(own | {"HUIYIN_NOW": NOW.isoformat()} | more)
        furnish(self.settings)
        self.processor = _processor(config)
        self.runner = self.open_runner()
        self.loops: tuple[LoopState, ...] = ()
        self.office = DeskContext(
            settings=self.settings,
            rules=self.runner.processor.rules,
            register=wiring.build_router(self.settings).register,
            readers=Readers(self.settings.database),
            acts=CaseActions(self.open_runner),
            folders=(Folder("board-export", home / "drop" / "board"),),
            loops=lambda: self.loops,
        )
        self.client = signed_in(self.office, Role.DESK)

    def open_runner(self) -> EmbeddedRunner:
        return EmbeddedRunner(
            EmbeddedStore(self.settings.database), self.processor, self.settings.clock
        )

    def put(self, *items: Item) -> None:
        self.runner.take("board-export", Batch(found=items))
        self.runner.pump_all()

    def act(
        self,
        case_id: str,
        command: AnyCommand,
        role: Role = Role.DESK,
        unit: str = "",
        again: str = "",
    ) -> None:
        """`again`: of what is done to the case a second time."""
        name = f"{case_id}-{type(command).__name__}{again}"
        self.runner.act(
            Action(
                message_id=name,
                case_id=case_id,
                actor=Actor("u1", role, "林某", unit),
                command=command,
                at=NOW,
            )
        )
        self.runner.pump_all()

    def page(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, answer.text[:500]
        return answer.text

    def close(self) -> None:
        self.office.close()
        self.runner.store.close()


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """Four weeks of an invented county. Only read it."""
    made = Desk(tmp_path_factory.mktemp("demo"), root / "config")
    load_demo(made.runner.store, made.runner.processor, NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """Nothing came yet. Only read it."""
    made = Desk(tmp_path_factory.mktemp("empty"), root / "config")
    yield made
    made.close()


def item(number: str = "1", **changes: object) -> Item:
    values: dict[str, object] = {
        "source": "board-export",
        "source_item_id": number,
        "channel": "问政平台",
        "received_at": datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING),
        "title": "锦绣花园物业费涨价",
        "body": "锦绣花园的物业公司乱收停车费，请住建局管一管。",
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def text_of(page: str) -> str:
    """What a reader sees, spaces squeezed."""
    bare = re.sub(r"<[^>]+>", " ", page)
    return re.sub(r"\s+", " ", bare)


# -- the overview ------------------------------------------------------------


def test_an_empty_desk_says_what_to_do_next(desk: Desk) -> None:
    page = desk.page("/")
    assert "还没有事项" in page
    assert "huiyin ingest" in page
    assert str(desk.settings.home / "drop" / "board") in page
    assert "台账还是空的" in desk.page("/ledger")
    assert "没有死信" in desk.page("/dead-letters")


def test_every_counter_leads_to_as_many_cases(demo: Desk) -> None:
    page = demo.page("/")
    counters = re.findall(r'<li><a href="([^"]+)"[^>]*><b>([\d,]+)</b><span>([^<]+)</span>', page)
    assert [name for _, _, name in counters] == [
        "今日收到",
        "待派",
        "今日到期",
        "已逾期",
        "高风险",
        "事件逾期",
        "来源静默",
    ]
    for href, number, name in counters[:-2]:
        assert int(number.replace(",", "")) > 0, name
        listed = re.search(r"<b>([\d,]+)</b> 件", demo.page(href.replace("&amp;", "&")))
        assert listed is not None
        assert listed[1] == number, name


def test_a_case_that_waits_for_the_citizen_is_not_overdue(desk: Desk) -> None:
    desk.put(item(received_at=datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING)))
    assert "逾期 7 天" in desk.page("/ledger?view=overdue")
    desk.act("board-export:1", do.PauseForSupplement(missing="请补充地址"))
    assert "没有符合这些条件的事项" in desk.page("/ledger?view=overdue")
    assert "没有要马上处理的事项" in desk.page("/")
    assert "暂停计时" in desk.page("/ledger")


def test_what_is_due_next_is_shown_when_nothing_is_due_today(desk: Desk) -> None:
    desk.put(item())
    page = text_of(desk.page("/"))
    assert "今日没有还要到期的事项。下一个到期日 11-30（周一）" in page


def test_alerts_and_sources_are_on_the_overview(desk: Desk) -> None:
    desk.put(item(title="燃气泄漏，居民被困", body="楼道里燃气泄漏，有人被困，随时可能爆炸。"))
    page = text_of(desk.page("/"))
    assert "危急来件" in page
    assert "board-export 1 1 0 0" in page


def test_a_loop_that_fails_is_said_on_every_page(desk: Desk) -> None:
    assert desk.client.get("/healthz").json()["ok"] is True
    desk.loops = (LoopState(name="处理", error="OSError：磁盘已满"),)
    for address in ("/", "/ledger", "/dead-letters"):
        assert "处理：OSError：磁盘已满" in desk.page(address)
    health = desk.client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["ok"] is False
    desk.loops = (LoopState(name="巡查", alive=False),)
    assert "巡查已停止" in desk.page("/")


def test_a_disk_without_room_is_said_on_every_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = [Room(0, 0)]
    monkeypatch.setattr("desk.ground.disks.room_of", lambda _folder: disk[0])
    for room, word, status in (
        (Room(900 << 20, 40 << 30), "磁盘快满", 200),
        (Room(1 << 20, 40 << 30), "磁盘已满", 503),
    ):
        disk[0] = room
        for address in ("/", "/ledger", "/dead-letters", "/register", "/qa", "/duty"):
            assert word in desk.page(address), address
        assert desk.client.get("/healthz").status_code == status
    disk[0] = Room(20 << 30, 40 << 30)
    assert "磁盘" not in desk.page("/")


def test_a_disk_of_backups_without_room_is_said_and_the_desk_is_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(0, 40 << 30, name="备份文件夹", stops="备份做不成", key="backup", vital=False)
    monkeypatch.setattr("desk.ground.disks.rooms", lambda _settings: (room,))
    assert "磁盘已满：备份文件夹所在的磁盘" in desk.page("/")
    assert desk.client.get("/healthz").status_code == 200


def test_health_tells_what_waits_and_how_old_the_sweep_is(desk: Desk) -> None:
    desk.runner.take("board-export", Batch(found=(item(),)))
    desk.runner.store.set_fact("last_sweep", NOW.replace(minute=38).isoformat())
    health = desk.client.get("/healthz").json()
    assert (health["ok"], health["waiting"], health["last_sweep_age_seconds"]) == (True, 1, 120)
    desk.runner.store.set_fact("last_sweep", NOW.replace(hour=9).isoformat())
    assert desk.client.get("/healthz").status_code == 503


# -- the ledger --------------------------------------------------------------


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """Three cases. Only read them."""
    desk = Desk(tmp_path_factory.mktemp("several"), root / "config")
    desk.put(
        item("1"),
        item(
            "2",
            title="路灯不亮",
            body="投诉：学府路的路灯坏了，晚上很黑，多次反映没人管。",
            channel="12345热线",
        ),
        item(
            "3",
            title="征地补偿",
            body="投诉：征地补偿款没有发，多次反映没人管。",
            replies=(SourceReply(text="已发放。", at=NOW.replace(day=23, hour=15)),),
        ),
    )
    yield desk
    desk.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"1", "2", "3"}),
        ("q=停车费", {"1"}),
        ("q=学府路 很黑", {"2"}),
        ("q=已发放", {"3"}),
        ("q=没有这样的话", set()),
        ("channel=12345热线", {"2"}),
        ("unit=urban-management", {"2"}),
        ("topic=国土资源", {"3"}),
        ("state=replied", {"3"}),
        ("state=open", {"1", "2"}),
        ("received_from=2026-11-24", set()),
        ("received_to=2026-11-23", {"1", "2", "3"}),
        ("due_from=2026-11-30&due_to=2026-11-30", {"1", "2", "3"}),
        ("due_to=2026-11-29", set()),
        ("view=overdue&state=closed", set()),
        ("q=路灯&channel=问政平台", set()),
        ("unheard=of&q=路灯", {"2"}),
    ],
)
def test_the_ledger_narrows(several: Desk, query: str, expected: set[str]) -> None:
    page = several.page(f"/ledger?{quote(query, safe='=&')}")
    assert set(re.findall(r'href="/cases/board-export%3A(\d+)"', page)) == expected
    assert f"<b>{len(expected)}</b> 件" in page


def test_a_chip_takes_its_condition_away(several: Desk) -> None:
    page = several.page("/ledger?q=路灯&channel=问政平台")
    found = re.findall(r'class="chip" href="([^"]+)"[^>]*><span>([^<]+)</span>', page)
    chips = {name: href.replace("&amp;", "&") for href, name in found}
    assert set(chips) == {"含", "渠道"}
    assert "学府路" not in several.page(chips["含"])
    assert "路灯不亮" in several.page(chips["渠道"])


def test_the_ledger_has_pages(desk: Desk) -> None:
    desk.put(*(item(f"{n:03d}", title=f"第{n}件") for n in range(120)))
    first, last = desk.page("/ledger?q=停车"), desk.page("/ledger?q=停车&page=3")
    assert len(re.findall("data-line", first)) == 50
    assert len(re.findall("data-line", last)) == 20
    assert "第 3 页，共 3 页" in last
    shown = {n for page in (first, last) for n in re.findall(r"board-export%3A(\d+)", page)}
    assert len(shown) == 70
    assert "page=2" in first
    assert "第 9 页没有内容" in desk.page("/ledger?page=9")


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=９",
        "page=99999999999999999999",
        "state=gone",
        "view=all",
        "order=price",
        "due_from=2026-13-01",
        "due_from=yesterday",
        "due_to=9999-12-31",
        "due_from=2026-11-30&due_to=2026-11-01",
        "received_from=2026-11-30&received_to=2026-11-01",
        f"q={'长' * 101}",
        f"unit={'x' * 101}",
        f"page={XSS}",
        f"state={XSS}",
    ],
)
def test_what_cannot_be_meant_is_a_plain_400(empty: Desk, query: str) -> None:
    page = empty.page(f"/ledger?{quote(query, safe='=&')}", 400)
    assert "网址里的条件不对" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "text", ["，。！", '"', "'; DROP TABLE cases; --", "a\x00b", "*", "NEAR(", "%"]
)
def test_any_search_text_is_only_text(several: Desk, text: str) -> None:
    several.page(f"/ledger?q={quote(text)}")
    assert "<b>3</b> 件" in several.page("/ledger")


# -- one case ----------------------------------------------------------------


def test_a_case_shows_message_marks_deadline_and_history(desk: Desk) -> None:
    desk.put(item(body="物业乱收停车费，已多次投诉无果，请住建局管一管。"))
    page = desk.page("/cases/board-export%3A1")
    text = text_of(page)
    assert "物业乱收停车费" in re.sub(r"\s", "", text)
    assert re.search(r'<mark class="risk" title="[^"]*风险：重复来电', page)
    assert "县住房和城乡建设局" in text
    assert "收到来件（问政平台）" in text
    assert "答复 11-30 23:59" in text
    days = re.findall(r'<li class="([a-z]+) col(\d)( today)?" title="([^"]+)"', page)
    assert [(sort, column) for sort, column, _, _ in days] == [
        ("start", "1"),
        ("counted", "2"),
        ("counted", "3"),
        ("counted", "4"),
        ("counted", "5"),
        ("weekend", "6"),
        ("weekend", "7"),
        ("counted", "1"),
    ]
    assert [words for _, _, today, words in days if today] == ["11-24，周二，工作日，第 1 天，今天"]


def test_holidays_and_make_up_days_are_told_apart(desk: Desk) -> None:
    desk.put(item(received_at=datetime(2026, 9, 30, 9, 0, tzinfo=BEIJING)))
    page = desk.page("/cases/board-export%3A1")
    assert page.count('<li class="holiday') == 7
    assert re.search(r'<li class="makeup col6" title="10-10，周六，调休上班', page)


def test_replies_warnings_and_confidence_of_an_answered_case(desk: Desk) -> None:
    desk.put(
        item(
            received_at=datetime(2026, 11, 10, 9, 0, tzinfo=BEIJING),
            replies=(SourceReply(text="已责令整改。", at=datetime(2026, 11, 9, tzinfo=BEIJING)),),
        )
    )
    text = text_of(desk.page("/cases/board-export%3A1"))
    assert "已责令整改" in text
    assert "来源的答复时间早于受理时间" in text
    assert "按时答复" in text


@pytest.mark.parametrize(
    "number",
    ["a/b", "a?b#c", "..", "../../etc", "中文 编号", "two\nlines", "end\n", "a:b", "a&b=c", XSS],
)
def test_a_case_opens_whatever_its_number(desk: Desk, number: str) -> None:
    desk.put(item(number))
    href = re.search(r'<a href="(/cases/[^"]+)"', desk.page("/ledger"))
    assert href is not None
    assert "锦绣花园物业费涨价" in re.sub(r"<[^>]+>", "", desk.page(href[1].replace("&amp;", "&")))


def test_an_unknown_case_and_an_unknown_page_are_404(desk: Desk) -> None:
    assert "没有编号为“board-export:9”的事项" in desk.page("/cases/board-export%3A9", 404)
    assert "<script>alert" not in desk.page(f"/cases/{quote(XSS, safe='')}", 404)
    assert "没有对应的页面" in desk.page("/nowhere", 404)


def test_a_very_long_text_is_cut_and_no_number_shows_at_the_cut(desk: Desk) -> None:
    desk.put(item(body="长" * 19_995 + PHONE + "尾" * 10_000))
    page = desk.page("/cases/board-export%3A1")
    assert "只显示前一部分" in page
    assert "1390001" not in page
    assert "尾尾" not in page


# -- who must not be harmed --------------------------------------------------


def _hostile(text: str, number: str = "1", **more: object) -> Item:
    words = {
        field.name: text
        for field in fields(Item)
        if field.type is str and field.name not in ("source", "source_item_id")
    }
    words["body"] = f"{text} 燃气泄漏，有人被困，多次投诉无果 {text}"
    return item(
        number,
        **(
            words
            | {
                "replies": (SourceReply(text=text, at=NOW.replace(hour=9), unit=text),),
                "attachments": (Attachment(name=text, url=text),),
                "extra": {text: text},
            }
            | more
        ),
    )


def _every_page(desk: Desk) -> Iterator[str]:
    for address in ("/", "/ledger", "/dead-letters", "/ledger?view=today", "/healthz"):
        answer = desk.client.get(address)
        yield answer.text
        for href in re.findall(r'href="(/cases/[^"]+)"', answer.text):
            yield desk.page(href.replace("&amp;", "&"))


def _bad_letter(text: str) -> DeadLetter:
    return DeadLetter.of(
        Stage.INTAKE, b"x", reason="bad", detail=text, at=NOW, source="board-export", origin=text
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        inline = tag == "script" and "src" not in names
        if inline or tag in ("img", "style", "iframe") or any(n.startswith("on") for n in names):
            self.bad.append(tag)
        if "style" in names:
            self.bad.append(f"{tag} style")


def test_nothing_a_citizen_or_an_office_writes_becomes_markup(desk: Desk) -> None:
    desk.put(_hostile(XSS), _hostile(XSS, "2", received_at=NOW.replace(hour=8)))
    desk.put(item("3", title=XSS, body=XSS))
    desk.act("board-export:3", do.Assign(lead="housing", assisting=(XSS,), reason=XSS))
    desk.act("board-export:3", do.LogContact(text=XSS))
    desk.act("board-export:3", do.DraftReply(text=XSS))
    desk.act("board-export:3", do.Instruct(text=XSS), Role.LEADER)
    desk.act("board-export:3", do.LinkMatter(matter=XSS, reason=XSS))
    desk.act("board-export:3", do.RecordPromise(text=XSS, due=NOW.date(), owner=XSS))
    desk.runner.store.add([_bad_letter(XSS)])
    desk.loops = (LoopState(name="投递文件夹", error=XSS, note=XSS),)
    pages = list(_every_page(desk))
    assert sum("&lt;script&gt;alert(1)" in page for page in pages) > 5
    for page in pages:
        if page.startswith("{"):
            continue
        tags = _Tags()
        tags.feed(page)
        assert tags.bad == []


def test_personal_data_is_masked_on_every_page(desk: Desk) -> None:
    said = f"联系人：李建国，电话{PHONE}"
    author = {
        "author": "李建国",
        "phone": PHONE,
        "address": "锦绣花园3栋502室",
        "channel": "县长信箱",
    }
    desk.put(_hostile(said, **author), item("2", title=said, body=said, **author))
    desk.put(item("3", title=said, body=said, place=said))
    desk.act("board-export:3", do.Assign(lead="housing", reason=said))
    desk.act("board-export:3", do.LogContact(text=said))
    desk.act("board-export:3", do.DraftReply(text=said))
    desk.runner.store.add([_bad_letter(said)])
    desk.loops = (LoopState(name="投递文件夹", error=said, note=said),)
    pages = list(_every_page(desk))
    assert sum("139****2345" in page for page in pages) > 5
    for page in pages:
        assert PHONE not in page
        assert "李建国" not in page
        # With the building before it: three digits alone may stand in any random token.
        assert "栋502" not in page
        assert "502室" not in page


def test_a_confidential_case_shows_no_word_of_its_text(desk: Desk) -> None:
    secret = "举报邻居老周占用鱼塘"
    desk.put(
        _hostile(secret, confidential=True, channel="县长信箱"),
        item("2", title=secret, body=secret, confidential=True),
        item("3", title=secret, body=f"{secret}，燃气泄漏有人被困"),
    )
    # Raised as an alert while it was still open to all.
    assert secret in desk.page("/")
    desk.act("board-export:3", do.MarkConfidential(reason=secret, accused=("agriculture",)))
    desk.act("board-export:3", do.Assign(lead="discipline", reason=secret))
    desk.act("board-export:3", do.DraftReply(text=secret))
    desk.act("board-export:3", do.LogContact(text=secret))
    desk.act("board-export:3", do.RecordPromise(text=secret, due=NOW.date()))
    assert "内容、答复和办理说明在这里不显示" in desk.page("/cases/board-export%3A3")
    for page in _every_page(desk):
        for part in ("私分", "鱼塘", "举报村主任"):
            assert part not in page
        assert "县农业农村局</dd>" not in page
    assert "被反映单位" not in desk.page("/cases/board-export%3A3")
    assert "没有符合这些条件的事项" in desk.page(f"/ledger?q={quote('私分鱼塘')}")


def test_every_answer_carries_the_safety_headers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError(PHONE)

    addresses = ["/", "/ledger?page=x", "/cases/x", "/nowhere", "/healthz", "/static/desk.css"]
    answers = [desk.client.get(address) for address in addresses]
    monkeypatch.setattr("desk.home.today.overview", broken)
    answers.append(desk.client.get("/"))
    assert [answer.status_code for answer in answers] == [200, 400, 404, 404, 200, 200, 500]
    assert PHONE not in answers[-1].text
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert answers[0].headers["cache-control"] == "no-store"
    assert "immutable" in answers[5].headers["cache-control"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200),
        ("localhost:8765", 200),
        ("[::1]:8765", 200),
        ("192.168.1.20", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8765", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ],
)
def test_a_foreign_name_is_not_answered(empty: Desk, host: str, status: int) -> None:
    assert empty.client.get("/", headers={"host": host}).status_code == status


def test_there_is_nothing_to_write_to(desk: Desk) -> None:
    for address in ("/", "/ledger", "/cases/board-export%3A1", "/dead-letters"):
        desk.put(item())
        assert desk.client.post(address).status_code in (403, 405)
    for address in ("/docs", "/redoc", "/openapi.json"):
        desk.page(address, 404)


def test_data_that_cannot_be_read_is_said_plainly(tmp_path: Path, desk: Desk) -> None:
    office = desk.office
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    for path, told in (
        (tmp_path / "gone.db", "暂时读不到数据"),
        (tmp_path / "broken.db", "数据文件已损坏"),
    ):
        blind = DeskContext(
            settings=office.settings,
            rules=office.rules,
            register=office.register,
            readers=Readers(path),
            acts=office.acts,
        )
        client = signed_in(blind, Role.DESK)
        answer = client.get("/")
        assert answer.status_code == 503
        assert told in answer.text
        assert str(path) not in answer.text


# -- dead letters ------------------------------------------------------------


def test_dead_letters_are_listed_with_what_to_do_until_they_are_taken_in(desk: Desk) -> None:
    letter = _bad_letter("第 3 行：留言编号应为数字，实际是空的。请补上后重新导入。")
    processing = DeadLetter.of(
        Stage.PROCESS,
        b"y",
        reason="processing_failed",
        detail='程序出错，原文已保留。\nTraceback (most recent call last):\n  File "x.py"',
        at=NOW,
    )
    desk.runner.store.add([letter, processing])
    page = desk.page("/dead-letters")
    assert "留言编号应为数字" in page
    assert "huiyin replay-dead" in page
    assert "程序出错，原文已保留" in page
    assert "x.py" not in page
    assert 'title="等您处理">2</span>' in desk.page("/")
    desk.runner.store.mark_replayed(letter.letter_id, NOW)
    assert "留言编号应为数字" not in desk.page("/dead-letters")


# -- words -------------------------------------------------------------------


def test_every_kind_of_event_has_its_sentence() -> None:
    missing = [kind.__name__ for kind in get_args(EventBody) if kind not in SENTENCES]
    assert missing == []


def test_every_closed_list_has_its_words() -> None:
    assert set(AlertKind) == set(vocabulary.ALERTS)
    assert set(Role) == set(vocabulary.ROLES)
    fields_of_item = {field.name for field in fields(Item)} - {
        "source",
        "source_item_id",
        "channel",
        "received_at",
        "url",
        "notes",
        "extra",
    }
    corrected = {"kind", "topic_path", "simple", "sentiment", "risk", "urgent"}
    assert corrected <= {field.name for field in fields(Labels)}
    for name in fields_of_item | corrected:
        assert vocabulary.field(name) != vocabulary.field("something new"), name


def test_history_is_told_in_chinese(demo: Desk) -> None:
    store = EmbeddedStore(demo.settings.database, readonly=True)
    teller = Phrases(demo.office.register, NOW)
    told = {
        type(event.body): describe_event(event.body, teller).text
        for case in store.ledger.scan(Query())
        for event in case.history
    }
    store.close()
    assert len(told) > 20
    for kind, text in told.items():
        assert re.search("[一-鿿]{2}", text), kind
        assert not re.search("[a-z]{4,}", text), f"{kind}: {text}"


# -- sample data -------------------------------------------------------------


@pytest.mark.slow
def test_sample_data_is_alive_and_put_in_only_once(desk: Desk) -> None:
    store, processor = desk.runner.store, desk.runner.processor
    assert load_demo(store, processor, NOW) is DemoOutcome.LOADED
    counts = store.ledger.counts(NOW, desk.office.high_risks)
    events = store.journal_size()
    assert counts.total > 100
    assert min(counts.today, counts.undispatched, counts.due_today, counts.overdue) >= 1
    assert {state for state, _ in store.ledger.facets(Query()).state} >= {
        "received",
        "assigned",
        "handling",
        "paused",
        "suspended",
        "replied",
        "closed",
        "refused",
        "invalid",
    }
    assert load_demo(store, processor, NOW) is DemoOutcome.THERE
    assert store.journal_size() == events
    assert "示例数据" in desk.page("/")


@pytest.mark.slow
def test_sample_data_cut_short_is_taken_up_and_ends_the_same(desk: Desk, demo: Desk) -> None:
    store, processor = desk.runner.store, desk.runner.processor
    _cut(store, 300, lambda: load_demo(store, processor, NOW))
    assert load_demo(store, processor, NOW.replace(hour=15)) is DemoOutcome.LOADED
    assert list(store.journal()) == list(demo.runner.store.journal())


class _Cut(Exception):
    pass


def _cut(store: EmbeddedStore, after: int, load: Callable[[], object]) -> None:
    """Runs `load` until the store has been written to so many times."""
    append, left = store.append, after

    def failing(messages: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Cut
        append(messages)  # type: ignore[arg-type]

    store.append = failing  # type: ignore[method-assign]
    with pytest.raises(_Cut):
        load()
    del store.append


def test_sample_data_does_not_join_real_cases(desk: Desk) -> None:
    desk.put(item())
    outcome = load_demo(desk.runner.store, desk.runner.processor, NOW)
    assert outcome is DemoOutcome.REFUSED
    assert desk.runner.store.ledger.counts(NOW, ()).total == 1
    assert "示例数据" not in desk.page("/")


def test_a_log_that_is_away_is_told_and_nothing_is_said_to_be_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(item())

    def away(*_: object, **__: object) -> None:
        raise LogDown("连不上 Kafka（127.0.0.1:1）。")

    monkeypatch.setattr(desk.office.acts, "submit", away)
    page = desk.client.post("/cases/board-export%3A1/act/log_contact", data={"text": "已电话联系"})
    assert page.status_code == 503
    assert "连不上 Kafka" in page.text
    said = desk.client.post(
        "/api/v1/cases/board-export%3A1/actions", json={"do": "log_contact", "text": "已电话联系"}
    )
    assert said.status_code == 503
    assert "连不上 Kafka" in said.json()["error"]["message"]
