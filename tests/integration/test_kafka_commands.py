"""The handles of the office on Kafka: dead letters tried again, sources looked at, stopped,
read and taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.messages import write_board_csv
from cases.record import commands as do
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from desk.ground import production
from sinks.ledger.base import Query
from streams.sources.seam.base import Batch, Rejected
from tests.cases.helpers import item
from tests.installation import ROOT, Installation, installation
from tests.servers import Elasticsearch, Kafka
from tests.standins.feed import Feed


@pytest.fixture(scope="module")
def paper() -> Iterator[Feed]:
    with Feed() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def town(
    kafka: Kafka,
    elasticsearch: Elasticsearch,
    paper: Feed,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """With a worker, and a newsroom among its sources."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(ROOT / "config", folder / "config")
    with (folder / "config" / "sources.toml").open("a", encoding="utf-8") as out:
        out.write(f"""
[source.paper]
adapter = "feed"
channel = "新闻媒体"
poll_minutes = 60
[source.paper.options]
urls = ["{paper.url}/rss.xml"]
[source.paper.options.http]
hosts = ["{paper.host}"]
allow_private_addresses = true
""")
    config = str(folder / "config")
    with installation(folder, kafka, elasticsearch, HUIYIN_CONFIG=config) as it:
        it.start_worker()
        yield it


def said(town: Installation, *command: str) -> str:
    done = town.run(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_what_can_be_taken_in_now_is_and_the_rest_stays(town: Installation) -> None:
    """An action came before its case did, and a row has no number."""
    path = town.folder / "messages.csv"
    write_board_csv(path, 3)
    whole = path.read_text("utf-8")
    early = Action(
        message_id="a-early",
        case_id="board-export:100001",
        actor=Actor(id="wang", role=Role.DESK),
        command=do.LogContact(text="已电话联系"),
        at=town.settings.clock(),
    )
    runner = production.open_runner(town.settings)
    runner.act(early)
    runner.store.close()
    town.until_done()
    path.write_text(whole.replace("\n100002,", "\n,", 1), "utf-8")
    counts = town.feed(path).counts
    assert (counts.new, counts.rejected) == (2, 1)
    town.until_done()
    assert "没有编号为 board-export:100001 的事项" in said(town, "dead-letters")

    first = said(town, "replay-dead")
    assert first == "重试 2 条，1 条已收进台账；1 条仍有同样的问题。\n"
    case = production.ledger(town.settings).ledger.load([early.case_id])[early.case_id]
    assert case.recorded_for("a-early")
    left = said(town, "dead-letters", "--json").splitlines()
    assert [json.loads(line)["source"] for line in left] == ["board-export"]
    assert said(town, "replay-dead", "--source", "paper").startswith("重试 0 条")
    assert town.audit().problems == ()


@pytest.mark.timeout(600)
def test_what_was_too_large_is_taken_in_by_a_program_that_cuts_it(
    town: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = replace(item("100009"), source="board-export", body="路" * (6 * 1024 * 1024))
    row = Rejected(
        source="board-export",
        reason="missing_id",
        detail="没有编号。",
        original=b"[" + b" " * (9 * 1024 * 1024),
        origin="第 7 行",
    )
    runner = production.open_runner(town.settings)
    with monkeypatch.context() as patch:
        patch.setattr("streams.kafka.oversized.LONGEST_TEXT", len(huge.body))
        assert runner.take("board-export", Batch(found=(huge, row))).rejected == 2
    runner.store.close()
    letters = [json.loads(line) for line in said(town, "dead-letters", "--json").splitlines()]
    assert {one["reason"] for one in letters} >= {"too_large", "missing_id"}

    elsewhere = town.run("replay-dead", HUIYIN_FILES=str(tmp_path)).stdout
    assert "，0 条已收进台账" in elsewhere
    assert "2 条的原文太大" in elsewhere
    assert "，1 条已收进台账" in said(town, "replay-dead")
    town.until_done()
    case_id = "board-export:100009"
    case = production.ledger(town.settings).ledger.load([case_id])[case_id]
    (file,) = case.item.attachments
    assert (town.settings.files / file.sha[:2] / file.sha).read_text("utf-8") == huge.body
    left = [json.loads(line) for line in said(town, "dead-letters", "--json").splitlines()]
    assert "too_large" not in {one["reason"] for one in left}
    assert town.audit().problems == ()


@pytest.mark.timeout(600)
def test_a_source_is_read_stopped_resumed_and_taken_back(town: Installation, paper: Feed) -> None:
    story = (
        "<title>城东路灯修好了</title><link>https://paper.example/1</link><guid>1</guid>"
        "<pubDate>Fri, 20 Nov 2026 10:00:00 +0800</pubDate><description>已恢复照明。</description>"
    )
    paper.rss(story)
    assert said(town, "source", "run", "paper").startswith("来源 paper：读到 1 条，新事项 1，")
    assert said(town, "source", "pause", "paper", "--by", "值班长") == "来源 paper 已暂停。\n"
    lines = {line["name"]: line for line in json.loads(said(town, "source", "list", "--json"))}
    assert (lines["paper"]["paused"], lines["paper"]["read"]) == (True, 1)
    refused = town.run("source", "run", "paper")
    assert refused.returncode == 1
    assert "来源“paper”已暂停，没有读取。请先恢复。" in refused.stderr
    assert said(town, "source", "resume", "paper") == "来源 paper 已恢复。\n"
    assert "来源 paper 下次从 2026-11-01 00:00 读起" in said(
        town, "source", "rewind", "paper", "2026-11-01"
    )
    paper.rss(story.replace("已恢复照明", "全部恢复照明"))
    assert "新事项 0，新版本 1" in said(town, "source", "run", "paper")
    town.until_done()
    assert town.audit().problems == ()


@pytest.mark.timeout(600)
def test_a_case_is_left_out_of_the_scores_from_the_command_line(town: Installation) -> None:
    path = town.folder / "excluded.csv"
    write_board_csv(path, 1)
    town.feed(path)
    town.until_done()
    parts = production.ledger(town.settings)
    parts.refresh()
    case_id = next(iter(parts.ledger.scan(Query()))).case_id
    why = ("--reason", "来源平台停机", "--evidence", "平台停机公告")
    asked = json.loads(said(town, "exclusion", "ask", case_id, *why, "--by", "周某", "--json"))
    assert case_id in said(town, "exclusion", "list")
    decision = ("--reason", "公告属实", "--upheld")
    own = town.run("exclusion", "decide", asked["number"], *decision, "--by", "周某")
    assert own.returncode == 1
    assert "提出的人不能自己决定" in own.stderr
    said(town, "exclusion", "decide", asked["number"], *decision, "--by", "秦某")
    assert "成立，不参加考核" in said(town, "exclusion", "list")
    unknown = town.run("exclusion", "ask", "board-export:1", *why)
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)
