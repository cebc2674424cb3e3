"""Files of WeChat messages: fetched once, kept, and part of the item from then on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cases.record.case import Case
from cases.record.item import Attachment, Item
from desk.files.uploads import Uploads
from desk.sources.wechat_files import media_step
from huiyin.net.pacing import HostPacing
from streams.sources.seam.base import Batch, SourceError
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from streams.sources.wechat.media import WechatMedia
from streams.sources.wechat.source import MEDIA_ID, Wechat
from tests.desk.app.test_web import NOW, Desk, item
from tests.standins.wechat_platform import WechatPlatform

MOST = 1 << 20
JPEG = b"\xff\xd8\xff\xe0 photo"


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


@pytest.fixture
def platform() -> Iterator[WechatPlatform]:
    with WechatPlatform() as running:
        yield running


@contextmanager
def media_of(platform: WechatPlatform, secret: str = "") -> Iterator[WechatMedia]:
    host = urlsplit(platform.url).netloc
    entry = SourceEntry(
        name="wechat",
        adapter="wechat",
        channel="政务新媒体",
        options={
            "media": {
                "api": platform.url,
                "app_id": "wx1",
                "http": {
                    "hosts": [host],
                    "allow_private_addresses": True,
                    "requests_per_minute": 600,
                    "jitter": 0,
                    "attempts": 1,
                },
            }
        },
        file="sources.toml",
    )
    secrets = Secrets({"WECHAT_TOKEN": "t", "WECHAT_APP_SECRET": secret or platform.secret})
    found = Wechat.from_options(entry, secrets).media(HostPacing(sleep=lambda _: None), MOST)
    assert found is not None
    yield found
    found.close()


@pytest.fixture
def media(platform: WechatPlatform) -> Iterator[WechatMedia]:
    with media_of(platform) as made:
        yield made


def sent(number: str, media_id: str, **changes: object) -> Item:
    return item(
        number,
        source="wechat",
        attachments=(Attachment(name=f"图片-{media_id}", media_type="image"),),
        extra={MEDIA_ID: media_id},
        **changes,
    )


def take(desk: Desk, *items: Item) -> None:
    desk.runner.take("wechat", Batch(found=items))
    desk.runner.pump_all()


def case(desk: Desk, number: str) -> Case:
    return desk.runner.store.ledger.load([f"wechat:{number}"])[f"wechat:{number}"]


def test_a_picture_is_fetched_once_and_kept(
    desk: Desk, platform: WechatPlatform, media: WechatMedia
) -> None:
    platform.files["M1"] = ("image/jpeg", JPEG)
    take(desk, sent("1", "M1"))
    files = desk.office.get(Uploads).kept
    step = media_step(desk.runner, "wechat", media, files)
    assert not step()
    (kept,) = case(desk, "1").item.attachments
    assert (kept.name, kept.media_type, kept.size) == ("图片-M1.jpg", "image/jpeg", len(JPEG))
    assert files.path(kept.sha).read_bytes() == JPEG
    asked = len(platform.log)
    step()
    assert len(platform.log) == asked
    assert case(desk, "1").versions == 2
    page = desk.page("/cases/wechat%3A1")
    assert f"/files/{kept.sha}?case=wechat%3A1" in page
    # The platform sends a message up to three times.
    take(desk, sent("1", "M1"))
    step()
    assert case(desk, "1").item.attachments == (kept,)


def test_a_token_that_was_taken_away_is_asked_for_anew(
    platform: WechatPlatform, media: WechatMedia
) -> None:
    platform.files |= {"M1": ("image/jpeg", JPEG), "M2": ("video/mp4", b"")}
    assert media.fetch("M1").data == JPEG
    platform.tokens += 1  # somebody else asked for one
    film = media.fetch("M2")
    assert (film.data[4:8], film.ending) == (b"ftyp", ".mp4")


def test_what_will_never_come_is_noted_and_asked_for_once(
    desk: Desk, platform: WechatPlatform, media: WechatMedia
) -> None:
    platform.files["LARGE"] = ("audio/amr", b"#!AMR" + b"x" * MOST)
    take(desk, sent("1", "GONE"), sent("2", "LARGE"), sent("3", "M3"))
    platform.files["M3"] = ("audio/amr", b"#!AMR voice")
    step = media_step(desk.runner, "wechat", media, desk.office.get(Uploads).kept)
    step()
    gone, large, fine = (case(desk, number).item for number in "123")
    assert "已没有这个附件" in gone.notes[-1].text
    assert "超过 20 MB，没有留存" in large.notes[-1].text
    assert [bool(one.attachments[0].sha) for one in (gone, large, fine)] == [False, False, True]
    asked = len(platform.log)
    step()
    assert len(platform.log) == asked


def test_after_three_days_nobody_asks_any_more(
    desk: Desk, platform: WechatPlatform, media: WechatMedia
) -> None:
    platform.files["M1"] = ("image/jpeg", JPEG)
    take(desk, sent("1", "M1", received_at=NOW - timedelta(days=4)))
    media_step(desk.runner, "wechat", media, desk.office.get(Uploads).kept)()
    assert platform.log == []


def test_a_wrong_secret_is_told_and_the_messages_wait(
    desk: Desk, platform: WechatPlatform, media: WechatMedia
) -> None:
    platform.files["M1"] = ("image/jpeg", JPEG)
    take(desk, sent("1", "M1"))
    files = desk.office.get(Uploads).kept
    with media_of(platform, "wrong") as refused, pytest.raises(SourceError, match="40125"):
        media_step(desk.runner, "wechat", refused, files)()
    assert case(desk, "1").versions == 1
    media_step(desk.runner, "wechat", media, files)()
    assert case(desk, "1").item.attachments[0].sha
