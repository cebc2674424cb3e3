"""Papers on the page: previewed, their words edited, their figures not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import docx
import pytest

from cases.reporting.document import Paragraph
from cases.reporting.settings import PaperKind
from cases.words.actors import Actor, Role
from desk.app.periodic_tasks import _papers
from desk.duty.roster import Duty
from desk.reports.choices import choices
from desk.reports.stored_papers import EditError, edit, keep, kept
from sinks.reports.docx import write_docx
from sinks.reports.docx_letter import TemplateError, open_template
from tests.cases.helpers import at
from tests.desk.app.test_web import Desk, item, text_of
from tests.desk.clients import signed_in
from tests.desk.reports.test_reports_page import desk, wait
from tests.reporting.contents import word_text
from tests.reporting.test_leader_page import WEEK, made
from tests.reporting.town import NOW as THEN
from tests.reporting.town import ledger_of, town

__all__ = ["desk"]
MADE = THEN


def weekly(folder: Path) -> Path:
    path = folder / "2026-W11.docx"
    with ledger_of(town()) as ledger:
        keep(made(ledger, PaperKind.WEEKLY, WEEK), path, MADE)
    return path


def sentence(path: Path, beginning: str) -> str:
    paper = kept(path)
    assert paper is not None
    return next(
        block.text
        for block in paper.document.blocks
        if isinstance(block, Paragraph) and block.text.startswith(beginning)
    )


def test_an_edit_is_marked_and_stays_when_the_paper_is_made_anew(tmp_path: Path) -> None:
    path = weekly(tmp_path)
    original = sentence(path, "对集中反映的")
    edit(path, {original: "对集中反映的 1 项，由分管副县长牵头研究。"}, "林某", MADE)
    assert "由分管副县长牵头研究。（规则：同一事项 2 件以上）（文字经人工修改）" in word_text(path)
    again = weekly(tmp_path)
    paper = kept(again)
    assert paper is not None
    (one,) = paper.edits
    assert (one.by, one.original) == ("林某", original)
    assert "由分管副县长牵头研究。" in word_text(again)
    edit(path, {original: original}, "林某", MADE)
    assert "人工修改" not in word_text(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("对集中反映的 3 项专题研究。", "数字不能改：原句的数字是 1，改后是 3"),
        ("对集中反映的事项专题研究。", "改后是 没有"),
        ("", "一句应为 1 到 400 个字"),
    ],
)
def test_figures_cannot_be_edited(tmp_path: Path, text: str, said: str) -> None:
    path = weekly(tmp_path)
    before = path.read_bytes()
    with pytest.raises(EditError, match=said):
        edit(path, {sentence(path, "对集中反映的"): text}, "林某", MADE)
    assert path.read_bytes() == before
    with pytest.raises(EditError, match="请刷新"):
        edit(path, {"没有这一句": "改"}, "林某", MADE)


def test_the_page_shows_a_paper_before_it_is_fetched(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(days=20), title="停水"))
    desk.client.post("/reports/papers", data={"paper": "weekly", "period": "2026-W45"})
    page = wait(desk)
    assert "2026年第45周（11月2日—11月8日）" in text_of(page)
    assert "/reports/papers/weekly/2026-W45/preview" in page
    shown = text_of(desk.page("/reports/papers/weekly/2026-W45/preview"))
    for words in ("一、总体情况", "五、下步建议", "守恒核对", "修改首页的文字"):
        assert words in shown, words
    page = desk.page("/reports/papers/weekly/2026-W45/preview")
    assert page.count('class="foot"') == 1, "signed once, behind the first page"
    assert ' short">0<' in page, "a number stays on one line"
    assert desk.client.get("/reports/papers/weekly/2026-W44/preview").status_code == 404
    leader = signed_in(desk.office, Role.LEADER)
    read = leader.get("/reports/papers/weekly/2026-W45/preview")
    assert read.status_code == 200
    assert "修改首页的文字" not in read.text
    assert leader.post("/reports/papers/weekly/2026-W45/preview").status_code == 403
    name = desk.client.get("/reports/papers/weekly/2026-W45").headers["content-disposition"]
    assert "_2026%E5%B9%B4%E7%AC%AC45%E5%91%A8.docx" in name


def test_an_edit_on_the_page(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(days=20), title="停水"))
    desk.client.post("/reports/papers", data={"paper": "weekly", "period": "2026-W45"})
    wait(desk)
    address = "/reports/papers/weekly/2026-W45/preview"
    path = desk.office.settings.papers_folder / "weekly/2026-W45.docx"
    original = sentence(path, "2026年第45周")
    wrong = {"original": original, "text": original.replace("新收 1 件", "新收 9 件")}
    assert "数字不能改" in desk.client.post(address, data=wrong).text
    right = {"original": original, "text": original.replace("新收", "共收到")}
    assert "文字经人工修改" in desk.client.post(address, data=right).text
    assert "人工修改 1 处" in text_of(desk.page("/reports"))


def test_periods_are_chosen_with_their_dates() -> None:
    offered = choices(at("2026-11-24T09:00").date())
    assert offered["week"][0].name == "2026年第47周（11月16日—11月22日）"
    assert offered["week"][1].name == "2026年第48周（11月23日—11月29日），未结束"
    assert [one.key for one in offered["quarter"][:2]] == ["2026-Q3", "2026-Q4"]


def test_an_older_period_is_chosen_by_a_day_in_it(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(days=400)))
    form = {"paper": "monthly", "period": "2026-10", "day": "2025-10-20"}
    desk.client.post("/reports/papers", data=form)
    assert "2025年10月" in wait(desk)
    bad = desk.client.post("/reports/papers", data={**form, "day": "十月"})
    assert "日期应写作 2026-11-22" in bad.text


def test_the_offices_own_head_takes_the_place_of_ours(tmp_path: Path) -> None:
    word = docx.Document()
    for text in (
        "红头 {{发文机关}}",
        "{{期号}} 签发 {{签发人}}",
        "{{标题}}",
        "{{主送}}",
        "{{正文}}",
    ):
        word.add_paragraph(text)
    word.add_paragraph("抄送：县委办公室 {{日期}}")
    template = tmp_path / "head.docx"
    word.save(str(template))
    with ledger_of(town()) as ledger:
        document = made(ledger, PaperKind.WEEKLY, WEEK)
    write_docx(document, tmp_path / "w.docx", MADE, template=template)
    lines = word_text(tmp_path / "w.docx").splitlines()
    assert lines[1].startswith("2026年第11期 签发")
    assert lines[2] == "政务舆情回应周反馈"
    assert "一、总体情况" in lines
    assert lines[-1] == "抄送：县委办公室 2026年3月16日"
    assert "{{" not in "".join(lines)


def test_a_template_without_a_place_for_the_text_is_refused(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("{{标题}}")
    word.save(str(tmp_path / "head.docx"))
    with pytest.raises(TemplateError, match="没有单独成段的"):
        open_template(tmp_path / "head.docx")
    (tmp_path / "bad.docx").write_bytes(b"no Word file")
    with pytest.raises(TemplateError, match="请用 Word 另存为 docx"):
        open_template(tmp_path / "bad.docx")


def test_the_daily_paper_is_made_read_and_fetched_like_the_others(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(hours=20), title="停水"))
    desk.client.post("/reports/papers", data={"paper": "daily", "period": "2026-11-24"})
    page = wait(desk)
    assert "2026年11月24日（星期二）" in text_of(page)
    address = "/reports/papers/daily/2026-11-24"
    shown = desk.page(f"{address}/preview")
    for words in ("11月23日07:30至11月24日07:30", "新收 1 件", "停水", "二、今日到期"):
        assert words in text_of(shown), words
    assert shown.count('class="foot"') == 1, "one page, signed at its end"
    assert desk.client.get(address).content.startswith(b"PK")


def test_the_morning_on_the_page_begins_with_the_hand_over_of_yesterday(desk: Desk) -> None:
    now = desk.office.clock()
    desk.put(
        item("1", received_at=now - timedelta(hours=20), title="停水"),
        item("2", received_at=now - timedelta(hours=16, minutes=30), title="停电"),
    )
    page = text_of(desk.page("/morning"))
    assert "11月23日07:30至11月24日10:40" in page
    assert "新收 2 件" in page
    officer = Actor(id="zhou", role=Role.DESK, name="周某")
    desk.office.get(Duty).write_note("已交班", now.replace(day=23, hour=17, minute=30), officer)
    page = text_of(desk.page("/morning"))
    assert "11月23日17:30至11月24日10:40" in page
    assert "新收 1 件" in page
    unit = signed_in(desk.office, Role.RESPONDER, unit="housing")
    assert unit.get("/morning").status_code == 200


def test_the_loop_makes_the_daily_paper_of_the_morning(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(hours=20), title="停水"))
    step = _papers(lambda: desk.settings, desk.runner, desk.office.file)
    while step():
        pass
    made = desk.settings.papers_folder / "daily/2026-11-24.docx"
    assert "新收 1 件" in word_text(made)
    assert not (made.parent / "2026-11-22.docx").exists(), "before the first message"
    before = made.read_bytes()
    step()
    assert made.read_bytes() == before


def test_ledger_columns_and_heads_of_papers_count_without_a_restart(desk: Desk) -> None:
    desk.put(item("1", received_at=desk.office.clock() - timedelta(days=6), title="停水"))
    step = _papers(lambda: desk.office.settings, desk.runner, desk.office.file)
    assert desk.client.get("/reports").status_code == 200
    overlay = desk.settings.home / "overlay"
    overlay.mkdir()
    (overlay / "ledger.toml").write_text(
        'title = "民情台账"\n[[column]]\nkey = "risk"\nheader = "风险提示"\n', "utf-8"
    )
    (overlay / "reports.toml").write_text('[letterhead]\nto = "县委、县政府"\n', "utf-8")
    (overlay / "office.toml").write_text('[paper.weekly]\nword = "某府办周报"\n', "utf-8")
    assert desk.office.reload() == ("office.toml",)

    form = {"kind": "week", "period": "2026-W47", "format": "csv"}
    desk.client.post("/reports/ledger", data=form)
    wait(desk)
    (written,) = (desk.settings.home / "exports").rglob("*.csv")
    assert "民情台账" in written.name
    assert "风险提示" in written.read_text("utf-8-sig").splitlines()[0]

    desk.client.post("/reports/papers", data={"paper": "weekly", "period": "2026-W47"})
    wait(desk)
    assert "县委、县政府" in word_text(desk.settings.papers_folder / "weekly/2026-W47.docx")
    assert "某府办周报〔2026〕" in desk.client.get("/reports/papers/weekly/2026-W47/preview").text

    while step():
        pass
    assert "县委、县政府" in word_text(desk.settings.papers_folder / "daily/2026-11-23.docx")
