"""The robot of the duty group: said on a page, tried with a message."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.alerts import service
from desk.alerts.alerting import alert_setup
from desk.ground.context import DeskContext
from desk.ground.settings import Settings
from sinks.alerts.base import Outcome, Sent, Unsent
from tests.desk.case_office import text_of
from tests.desk.clients import MovingClock, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token=abcdefabcdef"


@pytest.fixture
def office(tmp_path: Path, root: Path) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", MovingClock(NOW))
    yield made
    made.close()


@pytest.fixture
def admin(office: DeskContext) -> TestClient:
    return signed_in(office, Role.ADMIN)


def put(client: TestClient, status: int = 200, **form: str) -> str:
    form = {"robot": "dingtalk", "address": ADDRESS, "key": "SECsecretsecret", **form}
    answer = client.post("/admin/channels", data=form)
    assert answer.status_code == status
    return text_of(answer.text)


def test_the_robot_is_kept_with_its_secrets_apart(office: DeskContext, admin: TestClient) -> None:
    assert "已保存" in put(admin)
    home = office.settings.home
    table = (home / "overlay" / "alerts.toml").read_text("utf-8")
    assert tomllib.loads(table)["route"]["grave"]["channels"] == [
        "own-robot", "duty-robot", "platform"
    ]  # fmt: skip
    secrets = home / "secrets.toml"
    assert tomllib.loads(secrets.read_text("utf-8"))["OWN_ROBOT"] == ADDRESS
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert list(alert_setup(office.settings).outlets) == ["own-robot"]
    told = str(office.trail.search()[1]) + table + admin.get("/admin/channels").text
    assert "abcdefabcdef" not in told
    assert "SECsecret" not in told
    put(
        admin,
        robot="wecom",
        address="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k",
        key="",
    )
    assert "OWN_ROBOT_SIGN" not in tomllib.loads(secrets.read_text("utf-8"))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Sent(receipt="errcode 0"), "测试消息已发出"),
        (
            Unsent(reason="refused", detail="关键词不对", retry=False),
            "测试消息没有发出：关键词不对",
        ),
    ],
)
def test_a_test_message_says_what_became_of_it(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, said: str
) -> None:
    def send(_settings: Settings, name: str) -> Outcome:
        assert name == "own-robot"
        return outcome

    monkeypatch.setattr(service, "try_channel", send)
    answer = admin.post("/admin/channels/test", data={"name": "own-robot"})
    assert said in text_of(answer.text)


def test_what_is_wrong_is_told_and_nothing_is_kept(office: DeskContext, admin: TestClient) -> None:
    assert "请选择" in put(admin, 400, robot="pager")
    assert "https://" in put(admin, 400, address="http://robot.example.cn/x")
    assert "网址" in put(admin, 400, address="https://[x")
    assert "没有启用的告警渠道" in text_of(
        admin.post("/admin/channels/test", data={"name": "none"}).text
    )
    home = office.settings.home
    assert not (home / "overlay").exists()
    assert "OWN_ROBOT" not in (home / "secrets.toml").read_text("utf-8")
    assert signed_in(office, Role.DESK).get("/admin/channels").status_code == 403
