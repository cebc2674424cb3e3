"""An office under a platform that refuses, delays, repeats and lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cases.record import commands as do
from cases.record.case import Case
from cases.words.actors import Actor, Role
from desk.actions.acting import Acting
from desk.exchange.service import exchange_step
from desk.ground.doer import Doer
from desk.ground.settings import Settings, read_settings
from streams.embedded.runner import EmbeddedRunner
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.desk.case_office import CaseOffice
from tests.standins.hotline_platform import Platform, order, push

NUMBER = "260305101108115409"
CASE = f"hotline:{NUMBER}"
KEY = "exchange-key-93b1"
OFFICER = Doer(actor=Actor("lin", Role.DESK, "林某"))
TABLE = """
[platform.city]
name = "市12345平台"
sources = ["hotline"]
url = "URL"
allow_private_addresses = true
timeout_seconds = 1
headers = { Idempotency-Key = "{delivery_id}" }
sign = { secret = "EXCHANGE_KEY" }
success = { path = "code", values = ["0000"], message_path = "message", reference_path = "data.id", number_path = "data.record_number" }
[platform.city.messages.sign]
payload = { record_number = "{source_item_id}", act = "签收" }
[platform.city.messages.return]
payload = { record_number = "{source_item_id}", act = "退单", reason = "{text}" }
[platform.city.messages.extension]
payload = { record_number = "{source_item_id}", act = "延期", reason = "{text}", until = "{field:until}" }
[platform.city.messages.call_back]
payload = { record_number = "{source_item_id}", act = "回访", note3 = "{field:contacted}", note6 = "{field:resolved}", grade = "{field:grade}" }
"""
WORDS = [
    {"says": "退单审核", "path": "audit", "type": "kind", "values": ["TD"], "granted": "result",
     "text": "opinion", "number": "id"},
    {"says": "延期审核", "path": "audit", "type": "kind", "values": ["YQ"], "granted": "result",
     "text": "opinion", "number": "id", "due_at": "new_limit"},
    {"says": "督办", "path": "supervise", "text": "opinion", "number": "id", "due_at": "limit"},
    {"says": "回访", "path": "visit", "contacted": "lx", "resolved": "jj", "grade": "myd"},
]  # fmt: skip


class Under:
    """An office under a platform: its desk, the sending, and the platform's pushes."""

    def __init__(self, desk: CaseOffice, above: Platform) -> None:
        self.desk, self.above = desk, above
        self.settings = desk.office.settings
        self.step: Callable[[], bool] = exchange_step(self.settings, self.runner())
        options = {
            "auth": {"kind": "bearer", "secrets": ["TOKEN"]},
            "words": WORDS,
        }
        entry = SourceEntry(
            name="hotline",
            adapter="hotline-push",
            channel="12345热线",
            options=options,
            file="sources.toml",
        )
        self._push = HotlinePush.from_options(entry, Secrets({"TOKEN": "platform-token-1"}))

    def runner(self) -> EmbeddedRunner:
        made = self.desk.office.acts.runner()
        assert isinstance(made, EmbeddedRunner)
        return made

    def started_anew(self) -> None:
        self.step = exchange_step(self.settings, self.runner())

    def pushes(self, **changed: object) -> dict[str, object]:
        """The platform pushes the order, or what it says of it; gives its answer."""
        body = changed if "record_number" in changed else order(NUMBER, **changed)
        answer = self._push.receive(push(body), now=self.desk.now)
        assert answer.batch is not None
        self.desk.runner.take("hotline", answer.batch)
        self.desk.runner.pump_all()
        found = json.loads(answer.body)
        assert isinstance(found, dict)
        return found

    def says(self, **words: object) -> dict[str, object]:
        return self.pushes(record_number=NUMBER, **words)

    def does(self, command: do.AnyCommand) -> None:
        self.desk.office.get(Acting).act(OFFICER, CASE, command)

    def signs(self) -> None:
        """The unit acknowledges the order."""
        unit = Doer(actor=Actor("wang", Role.RESPONDER, "王某", self.case.unit))
        self.desk.office.get(Acting).act(unit, CASE, do.Acknowledge())

    def sends(self, after: timedelta = timedelta(0)) -> Case:
        self.desk.now += after
        self.step()
        return self.case

    @property
    def case(self) -> Case:
        return self.desk.case(CASE)

    @property
    def acts(self) -> list[object]:
        """What the platform was told, in its order."""
        return [taken.json["act"] for taken in self.above.taken]


def settings_of(config: Path) -> Settings:
    return read_settings({"HUIYIN_CONFIG": str(config)})
