"""A whole office for the stories: `huiyin run` as its own process, a hotline that pushes
orders and takes replies, a chat group with a robot, and people with accounts."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from cases.record.case import Case
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.ground.deskfile import DeskFile
from tests.doors.office import Office, as_body, bearer, until
from tests.servers import Browser
from tests.servers.process import free_port
from tests.standins.hotline_platform import Platform, order
from tests.standins.robots import DingTalkRobot
from tests.standins.sms_gateway import SmsGateway

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
"""A Tuesday; the office's clock stands still."""
ON_ONE_MACHINE = pytest.mark.parametrize("town", ["embedded"], indirect=True, scope="session")
"""For stories that say the same on both runtimes."""
PASSWORD = "seven herons on the weir"
SIGN = "SEC-of-the-group"
SECRETS = {
    "HOTLINE_TOKEN": "in-token-4f1d",
    "BACK_TOKEN": "back-token-77ce",
    "SIGN": SIGN,
    "SMS_SIGN": "k",
}
PEOPLE = (
    ("officer", "值班员 林某", Role.DESK, ""),
    ("clerk", "住建局 周某", Role.RESPONDER, "housing"),
    ("chief", "住建局 吴某", Role.RESPONDER, "housing"),
    ("school", "教体局 孙某", Role.RESPONDER, "education"),
    ("reviewer", "审核员 何某", Role.REVIEWER, ""),
    ("newcomer", "值班员 新某", Role.DESK, ""),
    ("locked", "值班员 锁某", Role.DESK, ""),
    ("keeper", "管理员 管某", Role.ADMIN, ""),
)
SOURCES = """
[source.hotline]
adapter = "hotline-push"
channel = "12345热线"
[source.hotline.options]
auth = { kind = "bearer", secrets = ["HOTLINE_TOKEN"] }
[[source.hotline.options.words]]
says = "退单审核"
path = "audit"
type = "kind"
values = ["TD"]
number = "id"
granted = "result"
text = "opinion"
[[source.hotline.options.words]]
says = "延期审核"
path = "audit"
type = "kind"
values = ["YQ"]
number = "id"
granted = "result"
due_at = "new_limit"
[[source.hotline.options.words]]
says = "督办"
path = "supervise"
number = "id"
text = "opinion"
"""
TYPED_IN = {
    "gov-supervision": "国务院“互联网+督查”",
    "wenzheng-ganzhou": "问政赣州",
    "disclosure-phone": "信息公开咨询电话",
    "service-hall": "实体服务大厅",
}
"""Channels of orders that are typed in at the desk, by source."""
DELIVERY = """
[delivery.hotline-back]
adapter = "http"
sources = ["hotline"]
[delivery.hotline-back.options]
url = "URL"
allow_private_addresses = true
secret_headers = { Authorization = "BACK_TOKEN" }
success = { path = "code", values = ["0000"], message_path = "message", reference_path = "data.id" }
[delivery.hotline-back.options.payload]
record_number = "{source_item_id}"
note10 = "{text}"
"""
PLATFORM = """
[platform.city]
name = "市12345平台"
sources = ["hotline"]
url = "URL"
allow_private_addresses = true
success = { path = "code", values = ["0000"], reference_path = "data.id" }
[platform.city.messages.sign]
payload = { gdbh = "{source_item_id}", act = "签收" }
[platform.city.messages.return]
payload = { gdbh = "{source_item_id}", act = "退单", reason = "{text}" }
[platform.city.messages.extension]
payload = { gdbh = "{source_item_id}", act = "延期", until = "{field:until}", reason = "{text}" }
"""
ALERTS = """
[channel.group]
adapter = "dingtalk"
options = { address = "ROBOT", secret = "SIGN", allow_private_addresses = true }
[route.grave]
kinds = ["high_risk", "urgent", "emerging"]
channels = ["group"]
"""
LEVELS = """
[[review.levels]]
name = "本单位审签"
roles = ["responder"]
[[review.levels]]
name = "保密审查"
roles = ["reviewer"]
checklist = ["国家秘密", "工作秘密", "商业秘密", "个人隐私", "汇聚风险"]

[closing]"""


class Town(Office):
    """The office; `platform` is the hotline and `robot` sits in the group."""

    platform: Platform
    robot: DingTalkRobot
    gateway: SmsGateway
    port: int

    @cached_property
    def numbers(self) -> set[str]:
        """Of the orders that came: the stories of one town share it, and no order."""
        return set()

    def environment(self) -> dict[str, str]:
        # The port stays over a restart, as it would on a real machine.
        return super().environment() | {
            "HUIYIN_NOW": NOW.isoformat(),
            "HUIYIN_PORT": f"{self.port}",
        }

    def order_comes(
        self, number: str, title: str, body: str, due: str = "2026-12-01 18:00:00", **more: str
    ) -> str:
        """The hotline pushes an order; the id of its case, once it is handled.

        `due`: the platform's date, in Beijing time. `more`: further fields of the order."""
        # A second order under one number is the first one's case: the story would read its unit.
        assert number not in self.numbers, (
            f"another story has an order {number}: take one of its own"
        )
        self.numbers.add(number)
        pushed = order(
            number,
            **{
                "受理时间 ": "2026-11-24 10:31:08",
                "处理期限": due,
                "诉求标题": title,
                "市民诉求": body,
                "事发地点": "幸福里小区",
                "flow": [],
                **more,
            },
        )
        self.platform_says(pushed)
        case_id = f"hotline:{number}"
        until(lambda: self.case(case_id), f"{case_id} is handled")
        return case_id

    def platform_says(self, body: Mapping[str, object]) -> None:
        """The hotline pushes an order, or its word about one."""
        assert self.push("hotline", as_body(body), bearer("in-token-4f1d")).status == 200

    def known(self, case_id: str) -> Case:
        case = self.case(case_id)
        assert case is not None
        return case

    def act(self, case_id: str, command: str, by: str, **arguments: object) -> None:
        """What happened before the story begins, by the command line."""
        role, unit = next((role, unit) for name, _, role, unit in PEOPLE if name == by)
        self.huiyin(
            "act", case_id, command, json.dumps(arguments, ensure_ascii=False),
            "--role", role.value, "--by", by, "--unit", unit,
        )  # fmt: skip

    def assigned(self, number: str, title: str, body: str) -> str:
        """An order that names the housing office, which has signed for it."""
        case_id = self.order_comes(number, title, body)
        assert self.known(case_id).unit == "housing"
        self.act(case_id, "acknowledge", "clerk")
        return case_id

    def signed_off(self, number: str, title: str, body: str, reply: str) -> str:
        """An order whose reply the unit has written and signed off."""
        case_id = self.assigned(number, title, body)
        self.act(case_id, "draft_reply", "clerk", text=reply)
        self.act(case_id, "approve_reply", "chief", draft=1)
        return case_id

    def said_in_overlay(self, name: str) -> str:
        """The office's own file of this name, "" where there is none."""
        path = self.home / "overlay" / name
        return path.read_text("utf-8") if path.exists() else ""

    def takes_on_tables(self) -> None:
        """Returns once every process goes by what was just changed at a page."""

    def balances(self) -> None:
        """Nothing that came in or was done is lost or there twice."""
        self.huiyin("audit")

    def end(self) -> None:
        """Nothing of it goes on."""
        self.kill()

    def told_of(self, words: str) -> int:
        """How often the group was told something with these words."""
        return sum(words in text for text in self.robot.shown)


@contextmanager
def standing(
    folder: Path,
    root: Path,
    make: Callable[[Path, Path, dict[str, str]], Town] = Town,
) -> Iterator[Town]:
    """The office of either runtime, started, with a first order.

    `make`: from its folder, the checkout and its secrets."""
    with (
        Platform() as platform,
        DingTalkRobot(time.time, secret=SIGN, keyword="回音") as robot,
        SmsGateway() as gateway,
    ):
        town = make(folder, root, SECRETS | {"ROBOT": robot.address})
        town.platform, town.robot, town.port = platform, robot, free_port()
        town.gateway = gateway
        forms = [
            f'[source.{name}]\nadapter = "desk-form"\nchannel = "{channel}"\n'
            for name, channel in TYPED_IN.items()
        ]
        town.configure("".join([SOURCES, *forms]), DELIVERY.replace("URL", platform.url))
        table = PLATFORM.replace("URL", platform.url)
        (town.config / "platform.toml").write_text(table, "utf-8")
        (town.config / "alerts.toml").write_text(ALERTS + gateway.channel("office-sms"), "utf-8")
        handling = town.config / "handling.toml"
        table = handling.read_text("utf-8")
        assert table.count("\n[closing]") == 1
        handling.write_text(table.replace("\n[closing]", LEVELS), "utf-8")
        _add_people(town.home)
        try:
            town.start()
            # An office without any case has another first page.
            town.order_comes("260000000000000001", "路灯坏了", "学府路的路灯坏了，请修一修。")
            yield town
        finally:
            town.end()


def _add_people(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    file = DeskFile(home / "desk.db")
    accounts = Accounts(file)
    for name, called, role, unit in PEOPLE:
        made = Account(
            id=name,
            name=called,
            role=role,
            unit=unit,
            must_change=name == "newcomer",
            created=NOW,
        )
        accounts.add(made, PASSWORD)
    file.close()


class People:
    """Opens a browser for whoever a story needs, and closes all of them at the end."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self._browser = browser
        self._town = town
        self._pages: list[Page] = []

    def stranger(self, width: int = 1366) -> Page:
        page = self._browser.page(width=width, height=768)
        page.set_default_timeout(30_000)
        self._pages.append(page)
        page.goto(f"{self.address}/login")
        return page

    def __call__(self, account: str) -> Page:
        page = self.stranger()
        tries(page, account, PASSWORD)
        page.wait_for_selector(".account")
        page.wait_for_load_state("load")  # keys are listened to once the scripts have run
        return page

    @property
    def address(self) -> str:
        return self._town.url.rstrip("/")

    def at_case(self, account: str, case_id: str) -> Page:
        page = self(account)
        page.goto(self.case_address(case_id))
        return page

    def case_address(self, case_id: str) -> str:
        return f"{self.address}/cases/{case_id}"

    def close(self) -> None:
        for page in self._pages:
            page.context.close()


def tries(page: Page, account: str, password: str) -> None:
    """Fills in the sign-in form."""
    page.fill("[name=account]", account)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录", exact=True).click()


def form(page: Page, command: str) -> Locator:
    """The form of an action on the case page, unfolded as a person does."""
    found = page.locator(f"form[action$='/act/{command}']")
    for fold in ("details.menu > summary", f"#act-{command} > summary"):
        if not found.is_visible() and page.locator(fold).is_visible():
            page.locator(fold).click()
    return found


def does(page: Page, command: str, **values: str) -> None:
    """Fills in an action and presses its button; the page says that it was done."""
    place = form(page, command)
    for name, value in values.items():
        place.locator(f"[name={name}]").fill(value)
    with page.expect_navigation():
        place.locator("button").click()
    assert "done=" in page.url, page.locator("main").inner_text()
