"""媒体报道 at the desk: the page, and the exports of monitoring services that bring them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from xlsxwriter import Workbook

from cases.record import commands as do
from cases.record.item import Item
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.doctor.tables import wrong_tables
from desk.ground.media import media_table
from desk.ground.settings import SettingsError, read_settings
from huiyin.net.pacing import HostPacing
from streams.sources.registry import SourceContext, file_source, load_registry
from streams.sources.seam.base import Batch
from streams.sources.seam.secrets import Secrets
from tests.desk.app.test_web import NOW, Desk
from tests.desk.clients import signed_in

LAYOUTS = {
    "media-articles": (
        ("序号", "文章标题", "摘要", "媒体名称", "媒体类型", "发布时间", "原文链接", "阅读数"),
        (
            1, "石板镇一化工厂冒烟", "记者获悉，石板镇一化工厂昨夜冒烟。", "江城晚报", "网媒",
            "2026-11-24 08:12", "https://news.example.cn/a/1", "1.2万",
        ),
    ),
    "media-posts": (
        ("序号", "帖子内容", "平台", "作者昵称", "粉丝数", "发帖时间", "转发数", "点赞数", "帖子链接"),
        (
            1, "石板镇化工厂又冒烟了！味道太大。", "微博", "山里的风", "3,200", "2026/11/24 08:40",
            "15", "88", "https://weibo.example.cn/p/2",
        ),
    ),
    "media-digest": (
        ("序号", "监测方案", "新闻标题", "内容摘要", "站点", "时间", "网址", "相似文章数"),
        (
            1, "本地", "化工厂冒烟 镇政府回应", "石板镇回应：已停产检查。", "新华网",
            "2026-11-24 09:30", "https://xh.example.cn/3", "6",
        ),
    ),
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


def exported(folder: Path, name: str) -> Path:
    path = folder / f"{name}.xlsx"
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("舆情")
        for row, cells in enumerate(LAYOUTS[name]):
            sheet.write_row(row, 0, cells)
    return path


def read(root: Path, folder: Path, name: str) -> Item:
    context = SourceContext(secrets=Secrets({}), pacing=HostPacing())
    source = file_source(load_registry(root / "config" / "sources.toml", context), name)
    (batch,) = source.read(exported(folder, name), now=NOW)
    (found,) = batch.found
    assert isinstance(found, Item), found
    return found


def test_three_layouts_of_monitoring_services_are_read_by_their_maps(
    root: Path, tmp_path: Path
) -> None:
    article = read(root, tmp_path, "media-articles")
    assert article.case_id == "media-articles:https://news.example.cn/a/1"
    assert (article.channel, article.title) == ("新闻媒体", "石板镇一化工厂冒烟")
    assert article.received_at == datetime(2026, 11, 24, 8, 12, tzinfo=BEIJING)
    assert article.extra["媒体名称"] == "江城晚报"
    assert article.url == "https://news.example.cn/a/1"
    post = read(root, tmp_path, "media-posts")
    assert post.title.startswith("石板镇化工厂又冒烟了")
    assert (post.author, post.likes, post.extra["平台"]) == ("山里的风", 88, "微博")
    digest = read(root, tmp_path, "media-digest")
    assert (digest.title, digest.extra["相似文章数"]) == ("化工厂冒烟 镇政府回应", "6")
    assert "监测方案" not in digest.extra


def test_reports_stand_on_the_page_each_story_once_and_have_no_reply_clock(
    desk: Desk, root: Path, tmp_path: Path
) -> None:
    items = [read(root, tmp_path, name) for name in LAYOUTS]
    desk.runner.take("media", Batch(found=tuple(items)))
    desk.runner.pump_all()
    first = items[0].case_id
    for one in items:
        desk.act(one.case_id, do.LinkMatter(matter=first))
    with desk.office.readers.reader() as store:
        cases = store.ledger.load([one.case_id for one in items])
    assert all(case.round.reply_clock is None for case in cases.values())
    body = LexborHTMLParser(desk.page("/media")).css_first("main")
    assert body is not None
    said = " ".join(body.text().split())
    assert "1 起（3 篇）" in said
    assert "转载和后续 2 篇" in said
    assert "江城晚报 市级" in said
    assert "新华网 央级" in said
    assert "最高 央级" in said
    assert "阅读 12,000" in said
    assert "点赞 88" in said
    assert "山里的风" not in said
    assert signed_in(desk.office, Role.RESPONDER, "housing").get("/media").status_code == 403
    assert "没有媒体报道" not in desk.page("/media?days=1")


def test_a_wrong_rank_is_told_at_the_start(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "watches.toml").write_text('[media.ranks]\n"省级" = ["新华社"]\n', "utf-8")
    own = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(overlay)})
    with pytest.raises(SettingsError, match="“新华社”既是“央级”又是“省级”"):
        media_table(own)


def test_a_channel_of_reports_that_has_a_reply_clock_is_named(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "watches.toml").write_text('[media]\nchannels = ["新闻媒体", "短视频"]\n', "utf-8")
    own = read_settings({"HUIYIN_CONFIG": str(root / "config"), "HUIYIN_OVERLAY": str(overlay)})
    (said,) = (line for line in wrong_tables(own) if "短视频" in line)
    assert "不应有答复和首次联系的时限，实际按 urgent-contact、reply 行计算" in said
    assert "请把它写进 reply-media、internal-media、urgent-contact-media、" in said
