"""A package that does not work: what needs it is left out, everything else goes on, and it is told."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.alerts.alerting import alert_setup
from desk.app import serve
from desk.app.commands import config
from desk.delivery.service import doors
from desk.doctor.checks import examine
from desk.ground import extensions, wiring
from desk.ground.settings import Settings, read_settings
from desk.sources.open_sources import open_doors
from sinks.delivery.by_hand import ByHand
from streams.sources.registry import SourceLeftOut, build_source
from tests.installed_package import install_package

GROUPS = {"huiyin.sources": "post", "huiyin.alert_channels": "bell", "huiyin.delivery_doors": "van"}
OVERLAY = {
    "sources.toml": '[source.counter]\nnew = true\nadapter = "post"\nchannel = "办事窗口"\n',
    "alerts.toml": """
[channel.hall]
new = true
adapter = "bell"
fallback = "hook"
[channel.alone]
new = true
adapter = "bell"
[channel.hook]
new = true
adapter = "webhook"
options = { url = "http://127.0.0.1:1/", secret = "HOOK", allow_private_addresses = true }
[route.all]
new = true
channels = ["hall", "hook", "alone"]
""",
    "delivery.toml": """
[delivery.printed]
new = true
adapter = "van"
sources = ["counter"]
[delivery.other]
new = true
adapter = "by-hand"
sources = ["board-export"]
""",
}
Add = Callable[..., None]


@pytest.fixture
def settings(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A county whose source, channel and door need packages."""
    local = tmp_path / "local"
    local.mkdir()
    for name, text in OVERLAY.items():
        (local / name).write_text(text, "utf-8")
    monkeypatch.setenv("HUIYIN_SECRET_HOOK", "k" * 40)
    return read_settings(
        {
            "HUIYIN_HOME": str(tmp_path / "home"),
            "HUIYIN_CONFIG": str(root / "config"),
            "HUIYIN_OVERLAY": str(local),
            "HUIYIN_CLASSIFIER": "rules",
        }
    )


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    def install(package: str, module: str, names: dict[str, str] = GROUPS) -> None:
        points = "".join(
            f"[{group}]\n{name} = {{m}}:make\n" for group, name in names.items() if name
        )
        install_package(monkeypatch, tmp_path / "packages", package, module, points)

    return install


@pytest.fixture
def broken(add: Add, settings: Settings) -> Settings:
    add("wreck", "import nowhere")
    return settings


def test_only_the_source_that_needs_it_is_left_out(
    broken: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    entries, around = wiring.source_entries(broken), wiring.source_context(broken)
    opened = open_doors(list(entries.values()), around)
    assert "counter" not in opened.all
    assert "board-export" in opened.all
    assert "counter" in [entry.name for entry in opened.entries], "its silence becomes an alert"
    assert "来源 counter 没有打开：扩展包 wreck 3.1 的来源适配器 post" in caplog.text
    with pytest.raises(SourceLeftOut, match="No module named 'nowhere'"):
        build_source(entries["counter"], around)


def test_its_fallback_stands_in_for_a_channel(broken: Settings) -> None:
    setup = alert_setup(broken)
    assert list(setup.outlets) == ["hook"]
    assert setup.routing.routes["all"].channels == ("hook", "alone")
    assert setup.routing.channels == {"hook"}
    assert [text.partition("：")[0] for text in setup.left_out] == [
        "告警渠道 hall 没有启用",
        "告警渠道 alone 没有启用",
    ]


def test_replies_are_given_by_hand_where_a_door_is_left_out(broken: Settings) -> None:
    found = doors(broken)
    assert isinstance(found.door("counter"), ByHand)
    assert "counter" not in found.sources
    assert "board-export" in found.sources
    assert found.left_out[0].startswith(
        "送达方式 printed 没有启用，来源 counter 改为人工答复：扩展包"
    )


def test_doctor_says_what_is_missing_and_the_tables_are_in_order(broken: Settings) -> None:
    errors = [one.text for one in examine(broken) if one.level == "error"]
    assert [text.partition("：")[0] for text in errors] == [
        "来源 counter 没有打开",
        "告警渠道 hall 没有启用",
        "告警渠道 alone 没有启用",
        "送达方式 printed 没有启用，来源 counter 改为人工答复",
    ]
    assert not config.check(broken).problems


def test_doctor_warns_of_a_package_that_nothing_needs(add: Add, tmp_path: Path, root: Path) -> None:
    add("wreck", "import nowhere", {"huiyin.sources": "webhook", "huiyin.alert_channels": "bell"})
    home = {"HUIYIN_HOME": str(tmp_path / "home"), "HUIYIN_CONFIG": str(root / "config")}
    found = [one for one in examine(read_settings(home)) if "wreck" in one.text]
    assert [one.level for one in found] == ["warning", "warning"]
    assert "与程序自带的重名" in found[0].text
    assert "不能载入" in found[1].text


def test_a_start_tells_it_and_goes_on(
    broken: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "run_server", lambda *_: None)
    with socket.socket() as listener:
        serve._run(broken, listener, demo=False)
    said = capsys.readouterr().out
    for called in ("来源适配器 post", "告警渠道 bell", "送达方式 van"):
        assert f"注意：扩展包 wreck 3.1 的{called}" in said
    assert said.endswith("回音已停止。\n")


def test_config_show_lists_what_does_not_work(broken: Settings) -> None:
    listed = list(config.of_packages(extensions.installed()))
    assert listed[:2] == ["扩展包", "  huiyin.sources post = wreck 3.1"]
    assert listed[2].startswith("    扩展包 wreck 3.1 的来源适配器 post（huiyin.sources）不能用")
    assert list(config.of_packages([])) == []


def test_an_uninstalled_package_is_an_unknown_adapter(settings: Settings) -> None:
    told = "\n".join(config.check(settings).problems)
    assert "找到 'post'，应为以下之一：desk-form、" in told
    assert "不认识 adapter 'bell'，应为 dingtalk、" in told
    assert "不认识 adapter 'van'，应为 http、smtp、by-hand 之一" in told


def test_wrong_settings_of_a_package_stand_beside_those_of_built_in_parts(
    add: Add, settings: Settings
) -> None:
    add(
        "strict",
        "from sinks.alerts.base import AlertConfigError\n"
        "def make(building): raise AlertConfigError('options 应有 file')",
        {"huiyin.alert_channels": "bell"},
    )
    assert "options 应有 file" in config.check(settings).problems


def test_a_secret_that_is_missing_is_no_fault_of_the_package(add: Add, settings: Settings) -> None:
    add(
        "keyed",
        "def make(building): building.secrets.require('PAGER')",
        {"huiyin.alert_channels": "bell"},
    )
    (told,) = [text for text in config.check(settings).problems if "PAGER" in text]
    assert told.startswith("缺少密钥 PAGER")
