"""Papers under a 文号: frozen when issued, corrected by number with every difference and its
cases, the series without gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import docx
import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.corrections import LATE_ARRIVAL, differences
from cases.reporting.document import Letter, Table
from cases.reporting.periods import Period, PeriodKind, containing, read_period
from cases.reporting.settings import PAPER_PERIODS, Letterhead, PaperKind
from cases.words.actors import Actor, Role
from desk.ground.deskfile import DeskFile
from desk.papers.docx import docx_of
from desk.papers.paper import Paper, Section
from desk.reports.due import paper_path
from desk.reports.issuing import IssueError, PaperIssues
from desk.reports.making import Made, produce, put
from desk.reports.service import Reporting
from sinks.reports.docx_letter import TemplateError, open_template
from sinks.reports.editions import Edition, hash_of
from tests.cases.helpers import DESK, Story, at, item
from tests.desk.app.test_web import Desk, text_of
from tests.desk.app.test_web import item as message
from tests.desk.reports.test_reports_page import desk, wait
from tests.reporting import recount
from tests.reporting.contents import word_text
from tests.reporting.test_figures import exported
from tests.reporting.town import NOW, ledger_of, office, town

__all__ = ["desk"]
WEEK = read_period(PeriodKind.WEEK, "2026-W11")
DAY = read_period(PeriodKind.DAY, "2026-03-11")
OFFICER = Actor(id="zhou", role=Role.DESK, name="周某")


class Papers:
    """The papers of an office whose ledger grows."""

    def __init__(self, folder: Path, reporting: Reporting | None = None) -> None:
        self.folder = folder / "papers"
        self.office = reporting or office()
        self.file = DeskFile(folder / "desk.db")
        self.issues = PaperIssues(self.file, self.folder, self.office, "舆")

    def made(self, kind: PaperKind, period: Period, cases: tuple[Case, ...]) -> Made:
        with ledger_of(cases) as ledger:
            return produce(kind, ledger, self.office, period, NOW)

    def correct(
        self, kind: PaperKind, period: Period, cases: tuple[Case, ...], reason: str
    ) -> Edition:
        with ledger_of(cases) as ledger:
            made = produce(kind, ledger, self.office, period, NOW)
            return self.issues.correct(kind, period, made, ledger, "秦某", reason, OFFICER, NOW)

    def draft(self, kind: PaperKind, period: Period, cases: tuple[Case, ...] = ()) -> Path:
        path = paper_path(self.folder, kind, period)
        put(self.made(kind, period, cases or town()), self.folder, path, "", None)
        return path


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Papers]:
    made = Papers(tmp_path)
    yield made
    made.file.close()


def late(seed: int) -> tuple[Case, ...]:
    """Received in the week, known only after the paper was issued."""
    dice = Random(seed)
    return tuple(
        Story(
            item(
                f"late{number}",
                received_at=at("2026-03-09T08:00") + timedelta(minutes=dice.randrange(9000)),
                channel=dice.choice(("领导信箱", "12345热线")),
                title="迟到的来件",
            )
        ).case
        for number in range(dice.randint(1, 5))
    )


@pytest.mark.parametrize("kind_period", [(PaperKind.WEEKLY, WEEK), (PaperKind.DAILY, DAY)])
def test_an_issued_paper_is_frozen_and_has_its_number(
    papers: Papers, kind_period: tuple[PaperKind, Period]
) -> None:
    kind, period = kind_period
    path = papers.draft(kind, period)
    edition = papers.issues.issue(kind, period, 1, "秦某", OFFICER, NOW)
    word = {"weekly": "周报", "daily": "快报"}[kind.value]
    assert edition.number == f"舆{word}〔2026〕1号"
    frozen = papers.issues.folder(kind).path(edition, "paper.docx")
    before = frozen.read_bytes()
    text = word_text(frozen)
    assert edition.number in text
    assert "签发人：秦某" in text
    path.unlink()
    papers.draft(kind, period, (*town(), *late(1)))
    assert frozen.read_bytes() == before
    assert not papers.issues.folder(kind).damage(edition)
    with pytest.raises(IssueError, match="已经签发；有补入或更正的，请签发更正"):
        papers.issues.issue(kind, period, 2, "秦某", OFFICER, NOW)


def test_what_was_withdrawn_stays_so_when_the_office_changes_its_word(papers: Papers) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    papers.issues.withdraw(PaperKind.WEEKLY, WEEK, "误发", OFFICER, NOW)
    renamed = PaperIssues(papers.file, papers.folder, papers.office, "宁舆")
    assert renamed.of(PaperKind.WEEKLY, WEEK).withdrawn == "误发"
    assert renamed.of(PaperKind.WEEKLY, WEEK).standing == ()


@pytest.mark.parametrize("seed", range(6))
def test_late_arrivals_make_numbered_corrections_with_every_difference(
    papers: Papers, tmp_path: Path, seed: int
) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    first = papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    cases = town()
    folder = papers.issues.folder(PaperKind.WEEKLY)
    frozen = {path: hash_of(path) for path in folder.path(first).iterdir()}
    for number in (1, 2):
        came = tuple(
            Story(replace(one.item, source_item_id=f"late{seed}-{number}-{n}")).case
            for n, one in enumerate(late(seed * 10 + number))
        )
        before, cases = cases, (*cases, *came)
        made = papers.made(PaperKind.WEEKLY, WEEK, cases)
        told = papers.issues.compare(PaperKind.WEEKLY, WEEK, made.figures)
        edition = papers.correct(PaperKind.WEEKLY, WEEK, cases, "来源迟报")
        assert edition.number == f"舆周报〔2026〕1号更正第{number}号"
        # Each sum of the list is that of a recount of the export, before and after.
        counts = []
        for known in (before, cases):
            with ledger_of(known) as ledger:
                rows = exported(ledger, WEEK.end_at, tmp_path)
            counts.append(recount.recount(rows, WEEK.start_at, WEEK.end_at))
        said = {one.name: (int(one.before), int(one.after)) for one in told if not one.whose
                and one.before.isdigit() and one.after.isdigit()}  # fmt: skip
        names = {"received": "新收", "closing": "结存", "due": "到期应答复", "ended": "办结",
                 "overdue": "期末逾期未答复", "overdue_days": "合计已逾期"}  # fmt: skip
        changed = {
            name: (counts[0][key], counts[1][key])
            for key, name in names.items()
            if counts[0][key] != counts[1][key]
        }
        assert {name: pair for name, pair in said.items() if name in names.values()} == changed
        ids = {one.case_id for one in came}
        assert {case_id for one in told for case_id, _ in one.cases} == ids
        assert {why for one in told for _, why in one.cases} == {LATE_ARRIVAL}
        text = word_text(folder.path(edition, "correction.docx"))
        assert f"更正第{number}号" in text
        assert "更正原因：来源迟报" in text
        assert f"新收 | 全部 | {counts[0]['received']} | {counts[1]['received']}" in text
    assert {path: hash_of(path) for path in folder.path(first).iterdir()} == frozen


def test_of_an_unchanged_ledger_nothing_is_corrected(papers: Papers) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    with pytest.raises(IssueError, match="没有不同"):
        papers.correct(PaperKind.WEEKLY, WEEK, town(), "无")
    with pytest.raises(IssueError, match="处不同，签发更正须写明原因"):
        papers.correct(PaperKind.WEEKLY, WEEK, (*town(), *late(3)), " ")


def test_a_case_that_only_moved_is_a_difference(papers: Papers) -> None:
    """The sum of the whole office stays; that of the channel does not."""
    here = Story(item("m1", received_at=at("2026-03-10T09:00"), channel="领导信箱")).case
    there = Story(item("m1", received_at=at("2026-03-10T09:00"), channel="12345热线")).case
    one = papers.made(PaperKind.WEEKLY, WEEK, (here,)).figures
    other = papers.made(PaperKind.WEEKLY, WEEK, (there,)).figures
    found = differences(one, other)
    assert {(d.whose, d.before, d.after) for d in found if d.name == "新收"} == {
        ("来源渠道 12345热线", "0", "1"),
        ("来源渠道 领导信箱", "1", "0"),
    }


def test_a_damaged_paper_is_not_corrected_before_it_is_restored(papers: Papers) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    edition = papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    path = papers.issues.folder(PaperKind.WEEKLY).path(edition, "paper.docx")
    path.chmod(0o600)
    path.write_bytes(b"another")
    with pytest.raises(IssueError, match=r"与签发时不同（paper\.docx），请先从备份恢复"):
        papers.correct(PaperKind.WEEKLY, WEEK, (*town(), *late(2)), "补报")


# -- 文号 -------------------------------------------------------------------------


def test_the_series_has_no_gap_and_no_double(papers: Papers) -> None:
    weeks = [read_period(PeriodKind.WEEK, f"2026-W{n:02}") for n in (9, 10, 11)]
    for week in weeks:
        papers.draft(PaperKind.WEEKLY, week)
    issues = papers.issues
    assert issues.proposed(PaperKind.WEEKLY, NOW) == 1
    with pytest.raises(IssueError, match="2号会跳号：下一个应是 1"):
        issues.issue(PaperKind.WEEKLY, weeks[0], 2, "秦某", OFFICER, NOW)
    issues.issue(PaperKind.WEEKLY, weeks[0], 1, "秦某", OFFICER, NOW)
    with pytest.raises(IssueError, match="1号已经用过。请用 2"):
        issues.issue(PaperKind.WEEKLY, weeks[1], 1, "秦某", OFFICER, NOW)
    issues.issue(PaperKind.WEEKLY, weeks[1], 2, "秦某", OFFICER, NOW)
    issues.withdraw(PaperKind.WEEKLY, weeks[1], "误发", OFFICER, NOW)
    assert issues.reserved(PaperKind.WEEKLY, NOW) == ("舆周报〔2026〕2号（已撤回：误发）",)
    with pytest.raises(IssueError, match="材料已撤回（误发），文号保留不再用。请用 3"):
        issues.issue(PaperKind.WEEKLY, weeks[2], 2, "秦某", OFFICER, NOW)
    assert issues.issue(PaperKind.WEEKLY, weeks[1], 3, "秦某", OFFICER, NOW).number.endswith("3号")
    assert issues.proposed(PaperKind.MONTHLY, NOW) == 1, "a kind has its own series"
    assert issues.proposed(PaperKind.WEEKLY, NOW.replace(year=2027)) == 1, "and a year"


@pytest.mark.parametrize("number", [0, -1, 100_000])
def test_a_number_that_is_none_is_refused(papers: Papers, number: int) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    with pytest.raises(IssueError, match="应为 1 到 99999 的整数"):
        papers.issues.issue(PaperKind.WEEKLY, WEEK, number, "秦某", OFFICER, NOW)


@pytest.mark.parametrize("role", [Role.LEADER, Role.REVIEWER, Role.RESPONDER, Role.ADMIN])
def test_only_the_desk_issues(papers: Papers, role: Role) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    with pytest.raises(IssueError, match="由值班台签发"):
        papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", Actor(id="x", role=role), NOW)


def test_a_kind_has_its_own_head(tmp_path: Path) -> None:
    head = Letterhead(issuer="某县府办", word="某府办周报", to="县领导", seal="某县府办公室")
    papers = Papers(tmp_path, replace(office(), heads={PaperKind.WEEKLY: head}))
    papers.draft(PaperKind.WEEKLY, WEEK)
    edition = papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    assert edition.number == "某府办周报〔2026〕1号"
    text = word_text(papers.issues.folder(PaperKind.WEEKLY).path(edition, "paper.docx"))
    for words in ("某县府办", "县领导：", "某县府办公室", "2026年3月20日"):
        assert words in text, words
    daily = papers.made(PaperKind.DAILY, DAY, town()).document.letter
    assert daily is not None
    assert daily.to == "", "another kind keeps its own"
    papers.file.close()


# -- on the page --------------------------------------------------------------------


def test_issued_corrected_and_withdrawn_on_the_page(desk: Desk) -> None:
    desk.put(message("1", received_at=desk.office.clock() - timedelta(days=20), title="停水"))
    desk.client.post("/reports/papers", data={"paper": "weekly", "period": "2026-W45"})
    wait(desk)
    address = "/reports/papers/weekly/2026-W45"
    page = desk.page(f"{address}/preview")
    assert 'name="number"' in page
    assert 'value="1"' in page
    bad = desk.client.post(f"{address}/issue", data={"number": "7", "signer": "秦某"})
    assert "会跳号" in text_of(bad.text)
    desk.client.post(f"{address}/issue", data={"number": "1", "signer": "秦某"})
    listed = text_of(desk.page("/reports"))
    assert "舆周报〔2026〕1号" in listed
    page = desk.page(f"{address}/preview")
    assert "已签发" in text_of(page)
    assert "修改首页的文字" not in page
    edited = desk.client.post(f"{address}/preview", data={"original": "x", "text": "y"})
    assert "已经签发" in text_of(edited.text)
    issued = desk.client.get(f"{address}/issued/1/paper.docx").content
    assert issued.startswith(b"PK")

    desk.put(message("2", received_at=desk.office.clock() - timedelta(days=20), title="停电"))
    desk.client.post("/reports/papers", data={"paper": "weekly", "period": "2026-W45"})
    assert "原件不改；重新统计有" in text_of(wait(desk))
    desk.client.post(f"{address}/correct", data={"signer": "秦某", "reason": "来源迟报"})
    assert "舆周报〔2026〕1号更正第1号" in text_of(wait(desk))
    shown = text_of(desk.page(f"{address}/issued/2"))
    assert "签发后补入" in shown
    assert "更正原因：来源迟报" in shown
    assert desk.client.get(f"{address}/issued/2/correction.docx").content.startswith(b"PK")
    assert desk.client.get(f"{address}/issued/1/paper.docx").content == issued
    assert desk.client.get(f"{address}/issued/9").status_code == 404

    desk.client.post(f"{address}/withdraw", data={"reason": "误发"})
    listed = text_of(desk.page("/reports"))
    assert "舆周报〔2026〕1号 已撤回：误发，文号保留" in re.sub(r"\s+", " ", listed)
    assert desk.office.trail.search(deed="报表")[0] >= 4


def test_a_correction_is_a_table_with_no_empty_row(papers: Papers) -> None:
    papers.draft(PaperKind.WEEKLY, WEEK)
    papers.issues.issue(PaperKind.WEEKLY, WEEK, 1, "秦某", OFFICER, NOW)
    edition = papers.correct(PaperKind.WEEKLY, WEEK, (*town(), *late(5)), "补报")
    (table,) = [
        block
        for block in papers.issues.document(PaperKind.WEEKLY, edition).blocks
        if isinstance(block, Table)
    ]
    assert all(all(cell.text for cell in row) for row in table.rows)


@pytest.mark.parametrize("kind_period", [(PaperKind.WEEKLY, WEEK), (PaperKind.DAILY, DAY)])
def test_a_correction_counts_a_withheld_case_and_does_not_name_it(
    papers: Papers, kind_period: tuple[PaperKind, Period]
) -> None:
    """It goes to all who got the paper, and says under which topic each case was counted."""
    kind, period = kind_period
    papers.draft(kind, period)
    papers.issues.issue(kind, period, 1, "秦某", OFFICER, NOW)
    came = {
        name: Story(item(name, received_at=at("2026-03-10T15:00"), confidential=name == "secret"))
        for name in ("plain", "secret", "accused")
    }
    mark = do.MarkConfidential(reason="举报", accused=("housing",))
    came["accused"].does(DESK, mark, "2026-03-10T16:00")
    cases = tuple(story.case for story in came.values())
    edition = papers.correct(kind, period, (*town(), *cases), "来源迟报")
    text = word_text(papers.issues.folder(kind).path(edition, "correction.docx"))
    said = papers.issues.document(kind, edition)
    links = [cell.href for block in said.blocks if isinstance(block, Table)
             for row in block.rows for cell in row]  # fmt: skip
    assert f"签发后补入 3 件：{came['plain'].case.case_id}、2 件不列编号" in text
    for name in ("secret", "accused"):
        assert came[name].case.case_id not in text
        assert not any(name in href for href in links)


# -- the template of every kind --------------------------------------------------


def template(folder: Path, *lines: str) -> Path:
    word = docx.Document()
    for line in lines:
        word.add_paragraph(line)
    path = folder / "head.docx"
    word.save(str(path))
    return path


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("{{标题}}", "{{文号}}"), "没有单独成段的“{{正文}}”"),
        (("{{标题}}", "{{正文}}"), "缺少“{{文号}}”或“{{期号}}”"),
        (("{{文号}}", "{{正文}}"), "缺少“{{标题}}”"),
        (("{{文号}}", "{{标题}}", "{{正文}}", "{{落款人}}"), "不认识“{{落款人}}”；可用的有"),
    ],
)
def test_what_a_template_lacks_is_named(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(said)):
        open_template(template(tmp_path, *lines))


@pytest.mark.parametrize("kind", list(PaperKind))
def test_the_template_works_for_every_kind(tmp_path: Path, kind: PaperKind) -> None:
    own = template(tmp_path, "某县红头 {{文号}}（{{期号}}）", "{{标题}}", "{{正文}}", "{{日期}}")
    known = replace(office(), templates={kind: own}, heads={kind: Letterhead(issuer="某县")})
    papers = Papers(tmp_path, known)
    period = containing(PAPER_PERIODS[kind], NOW.date() - timedelta(days=100))
    papers.draft(kind, period)
    edition = papers.issues.issue(kind, period, 1, "秦某", OFFICER, NOW)
    text = word_text(papers.issues.folder(kind).path(edition, "paper.docx"))
    assert f"某县红头 {edition.number}（{period.year}年第{period.number}期）" in text
    assert "{{" not in text
    papers.file.close()


def test_a_brief_has_the_red_head_and_the_template_too(tmp_path: Path) -> None:
    paper = Paper(
        title="舆情专报",
        number="舆专报〔2026〕1号",
        sections=(Section(heading="一、情况概述", paragraphs=("停水三天。",)),),
        letter=Letter(
            issuer="某县府办", number="舆专报〔2026〕1号", signer="秦某", to="县领导",
            seal="某县府办", on="2026年3月20日",
        ),
        signed_by="某县府办",
        phone="",
        on=NOW,
    )  # fmt: skip
    for own in (None, template(tmp_path, "{{发文机关}} {{文号}}", "{{标题}}", "{{正文}}")):
        path = tmp_path / "brief.docx"
        path.write_bytes(docx_of(replace(paper, template=own)))
        text = word_text(path)
        for words in ("某县府办", "舆专报〔2026〕1号", "停水三天。"):
            assert words in text, words
