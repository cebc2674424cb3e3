"""关注主题 and 意见建议 on their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.item import SourceReply
from cases.registers.watch import AROUND, Watch, check, hear, quote_of
from cases.words.actors import Role
from desk.opinion.registers import Watches, preset_watches
from desk.opinion.watch_round import RESTS, WatchRound, watched
from tests.cases.helpers import Story, item, labels
from tests.desk.app.test_web import NOW, Desk
from tests.desk.app.test_web import item as letter
from tests.desk.clients import signed_in

SWAP = Watch(title="以旧换新", words=("以旧换新", "家电补贴"))


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


# -- watches -----------------------------------------------------------------


def test_a_quote_stands_around_the_word_and_is_masked() -> None:
    body = "甲" * 50 + "我叫周晓岚，电话13912345678，家电补贴至今没到账" + "乙" * 50
    case = Story(item(title="补贴", body=body)).case
    quote = quote_of(case, SWAP.words)
    assert quote is not None
    assert quote.word == "家电补贴"
    assert len(quote.before) == AROUND
    assert "13912345678" not in quote.before
    assert "周晓岚" not in quote.before
    secret = Story(item(body=body, confidential=True)).case
    assert quote_of(secret, SWAP.words) is None


def test_what_is_said_of_it_is_counted_and_the_angriest_quoted_first() -> None:
    calm = Story(item("1", body="请问以旧换新怎么申请？")).case
    angry = Story(item("2", body="以旧换新是骗人的！"), read_as=labels(sentiment_score=-0.9)).case
    said = hear(SWAP, [calm, angry])
    assert (said.total, said.answered) == (2, 0)
    assert [quote.case_id for quote in said.quotes] == [angry.case_id, calm.case_id]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "名称"),
        ({"title": "名" * 101}, "至多 100 个字，实际 101 个字"),
        ({"words": ("补",)}, "至少两个字"),
        ({"field": "其他"}, "政策或专题"),
    ],
)
def test_what_cannot_be_watched_is_told(changes: dict[str, object], said: str) -> None:
    known = {"title": "x", "words": ("补贴",)} | changes
    assert said in check(Watch(**known))  # type: ignore[arg-type]


def test_the_shipped_view_of_the_business_environment(desk: Desk) -> None:
    (preset,) = preset_watches(desk.settings)
    assert (preset.title, preset.field) == ("营商环境", "专题")
    desk.put(letter("7", title="开发区乱收费", body="园区对企业乱收费，影响营商环境。"))
    page = desk.page("/watches")
    assert "<b>1</b> 件提到" in page
    assert re.search("；负面 . 件，正面 . 件", page)
    assert "<mark>" in page


def test_a_policy_is_watched_and_dropped_on_the_page(desk: Desk) -> None:
    desk.put(letter("7", body="家电以旧换新的补贴什么时候发？"))
    form = {"title": "以旧换新", "words": "以旧换新 家电补贴", "field": "政策"}
    assert desk.client.post("/watches", data=form).status_code == 200
    wrong = desk.client.post("/watches", data=form | {"title": "另一项", "since": "去年"})
    assert "“从哪天起”应写作 2026-11-22，实际是“去年”。" in wrong.text
    twice = desk.client.post("/watches", data=form)
    assert twice.status_code == 400
    assert "已经在关注" in twice.text
    assert "家电<mark>以旧换新</mark>" in desk.page("/watches")
    assert desk.client.post("/watches/G0001/drop", data={"seen": 1}).status_code == 200
    assert "<mark>以旧换新" not in desk.page("/watches")
    responder = signed_in(desk.office, Role.RESPONDER, "housing")
    assert responder.get("/watches").status_code == 403


def test_a_watch_means_words_of_which_one_all_and_none_occur_a_place_and_a_channel() -> None:
    watch = Watch(
        title="停水", words=("停水", "断水"), all_of=("学校",), none_of=("演练",), place="城东"
    )
    told = Story(item(title="学校停水", body="城东学校停水了", channel="问政平台")).case
    assert watch.means(told)
    assert watch.means(Story(item(title="学校断水", body="x", place="城东小学")).case)
    for body in ("学校停水", "城东停水", "城东学校停水演练"):
        assert not watch.means(Story(item(title="", body=body)).case), body
    assert replace(watch, channel="问政平台").means(told)
    assert not replace(watch, channel="12345热线").means(told)
    assert "每个词至少" in check(replace(watch, none_of=("水",)))


def test_a_watch_that_calls_does_so_once_for_one_matter(desk: Desk) -> None:
    form = {"title": "停水", "words": "停水 断水", "none_of": "演练", "alert": "1", "place": "城东"}
    answer = desk.client.post("/watches", data=form)
    assert "有新的来件时告警" in answer.text
    assert "不含：演练" in answer.text
    (kept,) = (one for one in Watches(desk.office.file, ()).all() if one.watch.alert)
    desk.put(
        letter("1", title="城东停水", body="城东小区停水一天了。"),
        letter("2", title="城东停水", body="城东小区停水一天了，什么时候来水？"),
        letter("3", title="城东演练", body="城东停水演练通知什么时候发？"),
        letter("4", title="城西断水", body="城西断水三天。"),
    )
    desk.act("board-export:2", do.LinkMatter(matter="board-export:1"))
    desk.act("board-export:1", do.LinkMatter(matter="board-export:1"))
    ledger, rules = desk.runner.store.ledger, desk.runner.processor.rules.handling
    assert list(watched(kept, ledger, rules, NOW)) == [], "left alone until it was linked"
    (alert,) = watched(kept, ledger, rules, NOW + RESTS)
    assert alert.case_id == "board-export:1"
    assert alert.text == "关注主题“停水”有新的来件：城东停水"
    assert "board-export:1" in alert.alert_id
    later = replace(kept, at=NOW + timedelta(hours=1))
    assert list(watched(later, ledger, rules, NOW + RESTS)) == [], "came before the watch"


# -- suggestions -------------------------------------------------------------


def test_a_suggestion_is_decided_by_its_unit_after_the_answer(desk: Desk) -> None:
    reply = SourceReply(text="感谢建议，已列入计划。", at=NOW, unit="县住建局")
    desk.put(
        letter("1", kind="建议", title="建议增设路灯", body="建议在锦绣花园东门增设路灯。"),
        letter("2", kind="建议", title="建议增设座椅", body="建议公园增设座椅。", replies=(reply,)),
    )
    for number in ("1", "2"):
        desk.act(f"board-export:{number}", do.Correct(kind="建言"))  # type: ignore[arg-type]
    page = desk.page("/suggestions")
    assert "收到 2 件" in page
    form = {"adoption": "部分采纳", "reason": "先装两处"}
    unanswered = desk.client.post("/suggestions/board-export%3A1", data=form)
    assert unanswered.status_code == 400
    assert "请先答复" in unanswered.text
    assert "部分采纳 1 件" in desk.client.post("/suggestions/board-export%3A2", data=form).text
    other = signed_in(desk.office, Role.RESPONDER, "education")
    assert other.post("/suggestions/board-export%3A2", data=form).status_code == 404
    leader = signed_in(desk.office, Role.LEADER)
    assert leader.post("/suggestions/board-export%3A2", data=form).status_code == 400
    bad = desk.client.post("/suggestions/board-export%3A2", data={"adoption": "也许"})
    assert bad.status_code == 400


def test_what_is_preset_while_it_runs_calls_too_and_a_broken_file_changes_nothing(
    tmp_path: Path, root: Path
) -> None:
    desk = Desk(tmp_path, root / "config")
    watching = WatchRound(desk.settings, desk.office.file, desk.runner)
    before = {one.title for one in watching._presets_now()}
    own = desk.settings.home / "overlay" / "watches.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text('[[watch]]\nnew = true\ntitle = "湿地公园"\nwords = ["湿地公园"]\n', "utf-8")
    assert {one.title for one in watching._presets_now()} - before == {"湿地公园"}
    own.write_text("[[watch]\n", "utf-8")
    assert "湿地公园" in {one.title for one in watching._presets_now()}
    desk.close()
