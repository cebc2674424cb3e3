"""自动邮件: a list, a count at the source, and one press that takes a mail in after all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.ground import wiring
from desk.ground.context import DeskContext
from streams.embedded.runner import EmbeddedRunner
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.seam.base import Batch
from tests.desk.clients import MovingClock, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
RULES = MailRules(own_addresses=frozenset({"box@example.gov.cn"}))


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    config = tmp_path / "config"
    shutil.copytree(root / "config", config)
    entry = """
[source.box]
adapter = "imap"
channel = "领导信箱"
[source.box.options]
host = "imap.example.gov.cn"
user = "box@example.gov.cn"
password = "BOX"
"""
    file = config / "sources.toml"
    file.write_text(file.read_text("utf-8") + entry, "utf-8")
    made = office_of(tmp_path / "home", config, MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def runner(office: DeskContext) -> Iterator[EmbeddedRunner]:
    made = wiring.open_runner(office.settings)
    yield made
    made.store.close()


@pytest.fixture
def desk(office: DeskContext) -> TestClient:
    return signed_in(office, Role.DESK)


def came(runner: EmbeddedRunner, *mails: str) -> None:
    found = []
    for mail in mails:
        data = mail.replace("\n", "\r\n").encode()
        letter = Letter(data=data, size=len(data), stored_at=NOW, origin="INBOX/1/1")
        found.append(mail_item(letter, source="box", channel="领导信箱", rules=RULES, now=NOW))
    runner.take("box", Batch(found=tuple(found)))


AWAY = (
    "From: gu@m.example\nMessage-ID: <away@m.example>\nSubject: 自动回复：您的留言已答复\n"
    "Content-Type: text/plain; charset=utf-8\n\n我正在休假。"
)
LETTER = (
    "From: he@m.example\nMessage-ID: <l@m.example>\nAuto-Submitted: auto-generated\n"
    "Subject: 路灯\nContent-Type: text/plain; charset=utf-8\n\n北巷的路灯不亮。"
)


def page(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def ids(client: TestClient) -> dict[str, str]:
    """Letter id by its line."""
    text = client.get("/set-aside").text
    found = re.findall(r'name="letter" value="([^"]+)" aria-label="选择 ([^"]*)"', text)
    return {subject: letter_id for letter_id, subject in found}


def test_what_is_set_aside_is_listed_with_its_reason_and_counted_at_its_source(
    desk: TestClient, runner: EmbeddedRunner
) -> None:
    assert "没有另存的自动邮件" in page(desk, "/set-aside")
    came(runner, AWAY, LETTER)
    text = page(desk, "/set-aside")
    assert "box 2 封" in text
    assert "自动回复：您的留言已答复" in text
    assert "主题标明是自动回复" in text
    assert "北巷的路灯不亮" in text
    assert "自动邮件 2 封" in page(desk, "/admin/sources")


def test_one_press_takes_a_letter_in(
    desk: TestClient, runner: EmbeddedRunner, office: DeskContext
) -> None:
    came(runner, AWAY, LETTER)
    letter_id = ids(desk)["路灯"]
    answer = desk.post("/set-aside", data={"admit": letter_id})
    assert "已收下" in answer.text
    case_id = re.search(r"编号 (box:\w+)", answer.text)
    assert case_id is not None
    case = runner.store.ledger.load([case_id[1]])[case_id[1]]
    assert (case.item.body, case.item.email) == ("北巷的路灯不亮。", "he@m.example")
    assert list(ids(desk)) == ["自动回复：您的留言已答复"]
    step = office.trail.search(limit=1)[1][0]
    assert step.detail.startswith("作为来信收下")
    assert desk.post("/set-aside", data={"admit": letter_id}).status_code == 409


def test_what_is_no_letter_leaves_the_list(desk: TestClient, runner: EmbeddedRunner) -> None:
    came(runner, AWAY, LETTER)
    assert "请先勾选" in desk.post("/set-aside", data={"do": "dismiss"}).text
    chosen = ids(desk)["自动回复：您的留言已答复"]
    assert "已确认 1 封" in desk.post("/set-aside", data={"letter": chosen}).text
    assert list(ids(desk)) == ["路灯"]


def test_a_copy_of_our_own_mail_says_how_a_form_becomes_a_door(
    desk: TestClient, runner: EmbeddedRunner
) -> None:
    came(runner, "From: box@example.gov.cn\nSubject: 表单\n\nx")
    assert "trusted_senders" in page(desk, "/set-aside")


SECRET = LETTER.replace("Subject: 路灯", "Subject: 科长收钱\nSensitivity: Private").replace(
    "l@m", "s@m"
)
WISH = LETTER.replace("北巷", "是否保密：是\n北巷").replace("l@m", "w@m")


def test_what_each_role_may_see(
    office: DeskContext, desk: TestClient, runner: EmbeddedRunner
) -> None:
    came(runner, LETTER.replace("From: he@m.example", "From: 何大民 <he@m.example>"))
    text = page(desk, "/set-aside")
    assert "何**" in text
    assert "何大民" not in text
    admin = page(signed_in(office, Role.ADMIN), "/set-aside")
    assert "box 1 封" in admin
    assert "Auto-Submitted" in admin
    assert not [word for word in ("何", "路灯", "北巷") if word in admin]


@pytest.mark.parametrize("mail", [SECRET, WISH])
def test_the_words_of_a_confidential_mail_are_withheld_from_the_desk_too(
    desk: TestClient, runner: EmbeddedRunner, mail: str
) -> None:
    came(runner, mail)
    text = page(desk, "/set-aside")
    assert "box 1 封" in text
    assert not [word for word in ("科长", "北巷", "he@m") if word in text]
    letter_id = runner.store.letters_aside(1)[0].letter.letter_id
    assert "北巷" not in desk.get(f"/dead-letters/{letter_id}").text
    answer = desk.post("/set-aside", data={"admit": letter_id})
    case_id = re.search(r"编号 (box:\w+)", answer.text)
    assert case_id is not None
    assert runner.store.ledger.load([case_id[1]])[case_id[1]].confidential


def test_who_may_look(office: DeskContext) -> None:
    assert signed_in(office, Role.LEADER).get("/set-aside").status_code == 403
    assert signed_in(office, Role.ADMIN).get("/set-aside").status_code == 200
