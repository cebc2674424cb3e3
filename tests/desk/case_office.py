"""A desk with one case, and people who do things to it through the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from httpx2 import Response
from starlette.testclient import TestClient

from cases.life.rules import Rules
from cases.record.case import Case
from cases.record.item import Item
from cases.routing.routing import Router
from cases.words.actors import Role
from cases.words.times import BEIJING
from classifiers.base import Classifier
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions, csrf_token
from desk.delivery.outbox import ReplyOutbox
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import read_settings
from desk.http.authentication import cookie_name
from sinks.delivery.base import Delivery
from sinks.delivery.config import Doors
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch
from tests.desk.analysed_once import app_of
from tests.desk.clients import ADDRESS
from tests.desk.furnished import furnish

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
"""A Tuesday."""
CASE = "board-export:1"
PHONE = "13900012345"
GOOD = (
    "您好！经现场核实，锦绣花园物业公司擅自提高停车费的情况属实，住建局已责令其按备案标准收取，"
    "多收的部分将于12月20日前退还。咨询电话：0999-2345678。"
)


def item(number: str = "1", **changes: object) -> Item:
    values: dict[str, object] = {
        "source": "board-export",
        "source_item_id": number,
        "channel": "问政平台",
        "received_at": datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING),
        "title": "锦绣花园物业费涨价",
        "body": "锦绣花园的物业公司乱收停车费，请住建局管一管。",
        "author": "李建国",
        "phone": PHONE,
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


class Person:
    """Somebody with a browser."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def opens(self, case_id: str = CASE) -> Response:
        return self._client.get(f"/cases/{quote(case_id, safe='')}")

    def sees(self, case_id: str = CASE) -> str:
        answer = self.opens(case_id)
        assert answer.status_code == 200, answer.text
        return answer.text

    def posts(self, path: str, values: Mapping[str, object], case_id: str = CASE) -> Response:
        return self._client.post(
            f"/cases/{quote(case_id, safe='')}/{path}",
            data={"csrf": self._client.headers["x-csrf-token"], **values},
        )

    def does(self, command: str, case_id: str = CASE, /, **values: object) -> str:
        """Fills in a form of the page as it is now; it has to be taken."""
        values = {"seen": seen_of(self.sees(case_id)), **values}
        answer = self.posts(f"act/{command}", values, case_id)
        assert answer.status_code == 303, text_of(answer.text)
        return str(answer.headers["location"])


class _Shipped(NamedTuple):
    rules: Rules
    classifier: Classifier
    router: Router


@cache
def _shipped(config: Path) -> _Shipped:
    """Read once for all tests: none of it is ever changed."""
    settings = read_settings({"HUIYIN_CONFIG": str(config)})
    return _Shipped(
        wiring.build_rules(settings),
        wiring.build_classifier(settings),
        wiring.build_router(settings),
    )


class CaseOffice:
    """The embedded runtime in a folder of its own, with the shipped rules and a clock that
    stands still."""

    def __init__(self, home: Path, config: Path, handled: Rules | None = None) -> None:
        """`handled`: other rules than the shipped ones."""
        settings = read_settings(
            {"HUIYIN_HOME": str(home), "HUIYIN_CONFIG": str(config), "HUIYIN_NOW": NOW.isoformat()}
        )
        furnish(settings)
        self.now = NOW
        known = _shipped(config)
        processor = Processor(handled or known.rules, known.classifier, known.router)
        self.runner = EmbeddedRunner(EmbeddedStore(settings.database), processor, self._clock)
        self.office = DeskContext(
            settings=settings,
            rules=processor.rules,
            register=known.router.register,
            readers=Readers(settings.database),
            acts=CaseActions(
                lambda: EmbeddedRunner(EmbeddedStore(settings.database), processor, self._clock)
            ),
        )
        self.office.clock = self._clock
        self._app = app_of(self.office)

    def _clock(self) -> datetime:
        return self.now

    def sends_through(self, door: Delivery | None) -> None:
        """Replies to the board leave by this door; by hand without one."""
        office = self.office
        before = office.get(ReplyOutbox)
        office._services[ReplyOutbox] = ReplyOutbox(
            acts=office.acts,
            rules=office.rules,
            file=office.file,
            clock=self._clock,
            open_doors=lambda: Doors({"board-export": door} if door else {}),
            open_log=before._open_log,
            check=before._check,
        )
        before.close()

    def put(self, *items: Item) -> None:
        self.runner.take("board-export", Batch(found=items))
        self.runner.pump_all()

    def person(self, role: Role, unit: str = "", name: str = "") -> Person:
        """Somebody of this role; his account is made if need be."""
        account = name or (f"{role.value}-{unit}" if unit else role.value)
        if self.office.get(Accounts).get(account) is None:
            self.office.get(Accounts).add(
                Account(id=account, name="林某", role=role, unit=unit, created=NOW), ""
            )
        word = self.office.get(Sessions).begin(account, "127.0.0.1")
        client = TestClient(
            self._app,
            base_url=ADDRESS,
            headers={"origin": ADDRESS, "x-csrf-token": csrf_token(word)},
            cookies={cookie_name(self.office): word},
            follow_redirects=False,
        )
        return Person(client)

    def case(self, case_id: str = CASE) -> Case:
        return self.runner.store.ledger.load([case_id])[case_id]

    def close(self) -> None:
        self.office.close()
        self.runner.store.close()


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    return found[1] if found else ""


def text_of(page: str) -> str:
    """What a reader sees, spaces squeezed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def forms_of(page: str) -> set[str]:
    """The commands that the page offers a form for."""
    return set(re.findall(r'action="[^"]*/act/([a-z_]+)"', page))


def primary_of(page: str) -> list[str]:
    """What stands on the blue buttons."""
    return re.findall(r'<button class="primary">([^<]*)</button>', page)


def next_of(page: str) -> str:
    found = re.search(r"<h2>下一步：([^<]*)</h2>", page)
    return found[1] if found else ""
