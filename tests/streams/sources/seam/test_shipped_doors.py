"""What config/ ships for the doors: complete, off, and ready to be switched on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from huiyin.configuration.table import Table
from huiyin.net.pacing import HostPacing
from sinks.delivery.config import read_doors
from sinks.delivery.http import HttpDeliveryOptions
from sinks.delivery.smtp import SmtpOptions
from streams.sources.mail.imap import ImapOptions
from streams.sources.push.hotline_push import HotlineOptions
from streams.sources.registry import ADAPTERS, DeskForm, SourceContext, build_source
from streams.sources.seam.config import load_sources, read_settings
from streams.sources.seam.health import HealthRules
from streams.sources.seam.push_auth import HmacAuth
from streams.sources.seam.secrets import Secrets
from streams.sources.wechat.source import WechatOptions

CHANNELS = {
    "12345热线", "领导信箱", "政务新媒体", "网上留言", "国务院“互联网+督查”", "问政江西", "问政赣州",
    "信息公开咨询电话", "实体服务大厅", "便民服务中心",
}  # fmt: skip


class EverySecret(Secrets):
    """Has every secret."""

    def require(self, name: str) -> str:
        return f"value of {name}"


@pytest.fixture
def config(root: Path) -> Path:
    return root / "config"


def test_each_channel_of_the_plans_has_an_entry(config: Path) -> None:
    assert {entry.channel for entry in load_sources(config / "sources.toml").values()} >= CHANNELS


def test_every_entry_can_be_built_and_its_health_read(config: Path) -> None:
    around = SourceContext(secrets=EverySecret({}), pacing=HostPacing())
    for entry in load_sources(config / "sources.toml").values():
        assert build_source(entry, around).name == entry.name
        read_settings(HealthRules, entry.health, entry.file, f"source.{entry.name}.health")


def test_a_door_that_needs_an_address_is_off(config: Path) -> None:
    for entry in load_sources(config / "sources.toml").values():
        if entry.adapter not in ("table-file", "hotline-file", "desk-form"):
            assert not entry.enabled, entry.name


def test_phone_and_counter_are_typed_at_the_desk(config: Path) -> None:
    entries = load_sources(config / "sources.toml")
    for name in ("disclosure-phone", "service-hall", "convenience-center"):
        assert entries[name].adapter == "desk-form"
    assert "desk-form" in ADAPTERS
    assert DeskForm("x", "y").channel == "y"


def test_every_way_back_can_be_built_and_belongs_to_a_source(config: Path, tmp_path: Path) -> None:
    text = (config / "delivery.toml").read_text("utf-8")
    assert (
        len(read_doors(Table.read(config / "delivery.toml"), Secrets({}))) == 3
    )  # by hand needs no secret
    everything = tmp_path / "delivery.toml"
    everything.write_text(text.replace("enabled = false", "enabled = true"), "utf-8")
    doors = read_doors(Table.read(everything), EverySecret({}))
    names = load_sources(config / "sources.toml")
    assert doors.door("hotline").name == "hotline-back"
    assert doors.door("leader-mailbox").name == "mail"
    assert doors.door("online-message").name == "site"
    assert set(doors.sources) <= set(names)


@pytest.mark.parametrize(
    ("page", "model"),
    [
        ("sources/hotline-push.md", HotlineOptions),
        ("sources/webhook.md", HmacAuth),
        ("sources/wechat.md", WechatOptions),
        ("sources/mail.md", ImapOptions),
        ("sources/health.md", HealthRules),
        ("delivery.md", SmtpOptions),
        ("delivery.md", HttpDeliveryOptions),
    ],
)
def test_every_option_is_documented(root: Path, page: str, model: type[BaseModel]) -> None:
    text = (root / "docs" / page).read_text("utf-8")
    known = {"kind", "secrets"}  # shown in the examples
    missing = {name for name in model.model_fields if f"`{name}`" not in text} - known
    assert missing == set()
