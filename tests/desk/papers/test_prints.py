"""交办单, 督办单, 舆情专报 and the case on paper: what stands on them, for whom."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.commands import AnyCommand, Rung
from cases.words.actors import Actor, Role
from desk.accounts.accounts import Accounts
from desk.ground.office_settings import OfficeSettings, load_office_settings
from desk.ground.settings import SettingsError, read_settings
from desk.papers.docx import docx_of
from desk.papers.paper import Paper, Section
from desk.papers.prints import print_links
from tests.desk.api.helpers import OPEN, PHONE, SECRET, coded, filled
from tests.desk.app.test_web import NOW, Desk, item, text_of
from tests.desk.clients import signed_in


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = filled(tmp_path_factory.mktemp("prints"), root / "config")
    made.act(OPEN, do.Acknowledge(), Role.RESPONDER, "housing")
    made.act(OPEN, do.Press(rung=Rung.REMIND, text="请抓紧答复。"))
    due = NOW + timedelta(days=2)
    supervise = do.Press(rung=Rung.SUPERVISE, text=f"请书面说明，并联系 {PHONE}。", due_at=due)
    act(made, OPEN, supervise)
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[str, TestClient]:
    return {
        "desk": desk.client,
        "housing": signed_in(desk.office, Role.RESPONDER, "housing"),
        "education": signed_in(desk.office, Role.RESPONDER, "education"),
        "health": signed_in(desk.office, Role.RESPONDER, "health"),
        "petition": signed_in(desk.office, Role.RESPONDER, "petition"),
        "reviewer": signed_in(desk.office, Role.REVIEWER),
        "leader": signed_in(desk.office, Role.LEADER),
        "admin": signed_in(desk.office, Role.ADMIN),
    }


def act(desk: Desk, case_id: str, command: AnyCommand) -> None:
    desk.office.acts.submit(Actor("desk", Role.DESK, "林某"), case_id, command)


def get(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
    return answer.text


def words(page: str) -> str:
    return text_of(page.partition('<main class="sheet">')[2])


def post(client: TestClient, path: str, status: int = 303, **fields: object):
    answer = client.post(
        path,
        data={"csrf": client.headers["x-csrf-token"], **fields},
        follow_redirects=False,
    )
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
    return answer


def press_seq(desk: Desk, rung: Rung) -> int:
    case = desk.runner.store.ledger.load([OPEN])[OPEN]
    return next(one.seq for one in case.history if getattr(one.body, "rung", None) is rung)


def unmasked(client: TestClient, case_id: str, path: str, reason: str = "现场核实") -> str:
    """The address of the paper without masks, given for a reason."""
    answer = post(client, f"/cases/{coded(case_id)}/unmask", then=path, reason=reason)
    return str(answer.headers["location"])


def docx_text(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


HANDOVER = f"/print/handover/{coded(OPEN)}"


# -- 交办单 ------------------------------------------------------------------------------


def test_a_handover_has_what_the_unit_needs(people: dict[str, TestClient]) -> None:
    paper = words(get(people["desk"], f"{HANDOVER}/housing"))
    for part in (
        "交办单", "县住房和城乡建设局（主办）", OPEN, "问政平台", "2026-11-23 09:00",
        "2026-11-30 23:59", "乱收停车费", "物业归住建", "请于 2026-11-30 23:59 前办理完毕",
        "1 个工作日内申请退回", "签收人、时间", "单位负责人意见（盖章）", "县政务舆情值班室",
        "2026年11月24日",
    ):  # fmt: skip
        assert part in paper, part
    second = words(get(people["desk"], f"{HANDOVER}/education"))
    assert "（协办）" in second
    assert "协办意见" in second
    assert "前办理完毕" not in second


def test_a_paper_is_masked_until_a_reason_is_given(
    desk: Desk, people: dict[str, TestClient]
) -> None:
    """One way for the page, for papers and for files; and it stands in the trail."""
    for path in (f"{HANDOVER}/housing", f"/print/case/{coded(OPEN)}"):
        for name in ("desk", "housing"):
            assert PHONE not in get(people[name], path)
            assert PHONE not in docx_text(people[name].get(f"{path}?format=docx").content)
            there = unmasked(people[name], OPEN, path)
            assert PHONE in words(get(people[name], there))
            assert PHONE in docx_text(people[name].get(f"{there}&format=docx").content)
            # A grant is for one account, one case and the address that it was given for.
            assert PHONE not in get(people["education"], there.replace("/housing", "/education"))
        step = desk.office.trail.search(deed="查看个人信息", about=OPEN, who="responder-housing")
        assert step[1][0].detail == "现场核实"
    for name in ("reviewer", "leader", "admin"):
        form = {"then": f"/print/case/{coded(OPEN)}", "reason": "想看看"}
        post(people[name], f"/cases/{coded(OPEN)}/unmask", 403, **form)
    asked = post(people["desk"], f"/cases/{coded(OPEN)}/unmask", 422, then=HANDOVER, reason=" ")
    assert "请写明为什么" in asked.text


def test_a_secret_paper_shows_its_text_after_a_reason_only(
    people: dict[str, TestClient],
) -> None:
    for path in (f"/print/handover/{coded(SECRET)}/petition", f"/print/case/{coded(SECRET)}"):
        assert "吃拿卡要" not in get(people["desk"], path)
        assert "吃拿卡要" in get(people["desk"], unmasked(people["desk"], SECRET, path))


def test_a_handover_is_for_its_own_unit(people: dict[str, TestClient]) -> None:
    get(people["housing"], f"{HANDOVER}/housing")
    get(people["housing"], f"{HANDOVER}/education", 404)
    get(people["health"], f"{HANDOVER}/housing", 404)
    get(people["leader"], f"{HANDOVER}/housing", 403)
    get(people["desk"], f"{HANDOVER}/health", 404)
    secret = f"/print/handover/{coded(SECRET)}"
    assert "保密件" in get(people["petition"], f"{secret}/petition")
    get(people["housing"], f"{secret}/housing", 404)
    get(people["desk"], f"{secret}/housing", 404)


def test_a_paper_gets_one_number_and_keeps_it(people: dict[str, TestClient]) -> None:
    first = get(people["desk"], f"{HANDOVER}/housing")
    assert "舆交〔2026〕" not in first
    assert "取号" in first
    post(people["desk"], f"{HANDOVER}/housing")
    post(people["desk"], f"{HANDOVER}/housing")
    assert "舆交〔2026〕1号" in get(people["desk"], f"{HANDOVER}/housing")
    post(people["desk"], f"{HANDOVER}/education")
    assert "舆交〔2026〕2号" in get(people["desk"], f"{HANDOVER}/education")
    post(people["housing"], f"{HANDOVER}/housing", 403)
    assert "取号" not in get(people["housing"], f"{HANDOVER}/housing")
    without = people["desk"].post(
        f"{HANDOVER}/housing", data={"csrf": "x"}, headers={"x-csrf-token": "x"}
    )
    assert without.status_code == 403


def test_a_case_that_came_back_has_a_new_paper(desk: Desk, people: dict[str, TestClient]) -> None:
    desk.put(item("r1"))
    case_id = "board-export:r1"
    path = f"/print/handover/{coded(case_id)}"
    act(desk, case_id, do.Assign(lead="education", reason="先派教育"))
    post(people["desk"], f"{path}/education")
    before = re.search(r"舆交〔2026〕\d+号", get(people["desk"], f"{path}/education"))
    act(desk, case_id, do.Assign(lead="health", reason="改派"))
    get(people["desk"], f"{path}/education", 404)
    post(people["desk"], f"{path}/health")
    after = re.search(r"舆交〔2026〕\d+号", get(people["desk"], f"{path}/health"))
    assert before and after  # noqa: PT018
    assert before[0] != after[0]


# -- 督办单 ------------------------------------------------------------------------------


def test_a_press_has_its_rung_its_text_and_what_went_before(
    desk: Desk, people: dict[str, TestClient]
) -> None:
    path = f"/print/press/{coded(OPEN)}/{press_seq(desk, Rung.SUPERVISE)}"
    paper = words(get(people["desk"], path))
    for part in ("督办单", "县住房和城乡建设局", "请书面说明", "2026-11-26 10:40", "请抓紧答复。",
                 "办理中", "办理情况和未按时办结的原因"):  # fmt: skip
        assert part in paper, part
    # It goes through many hands.
    assert PHONE not in paper
    assert "欧阳明月" not in paper
    post(people["desk"], path)
    assert "舆督〔2026〕1号" in get(people["leader"], path)
    get(people["housing"], path)
    for name in ("education", "reviewer", "admin"):
        get(people[name], path, 404)
    get(people["desk"], f"/print/press/{coded(OPEN)}/1", 404)
    get(people["desk"], f"/print/press/{coded(OPEN)}/999", 404)


# -- the case --------------------------------------------------------------------------------


def test_a_case_on_paper_is_for_its_reader(people: dict[str, TestClient]) -> None:
    path = f"/print/case/{coded(OPEN)}"
    for name in ("desk", "housing", "reviewer", "leader", "admin"):
        paper = get(people[name], path)
        assert "乱收停车费" in paper
        assert PHONE not in paper
        assert "欧阳明月" not in paper
    get(people["health"], path, 404)
    for name in ("admin", "housing"):
        get(people[name], f"/print/case/{coded(SECRET)}", 404)
    assert "督办" in words(get(people["desk"], path))


def test_what_is_printed_is_on_record(desk: Desk, people: dict[str, TestClient]) -> None:
    get(people["desk"], f"/print/case/{coded(OPEN)}")
    total, steps = desk.office.trail.search(who="desk", deed="导出", about=OPEN)
    assert total
    assert steps[0].detail == "打印事项办理单"


def test_nobody_prints_what_he_may_not_open(desk: Desk) -> None:
    case = desk.runner.store.ledger.load([OPEN])[OPEN]
    secret = desk.runner.store.ledger.load([SECRET])[SECRET]

    def links(case, role: Role, unit: str = "") -> list[str]:
        from desk.http.authentication import Person

        client = signed_in(desk.office, role, unit)
        account = desk.office.get(Accounts).get(f"{role.value}-{unit}" if unit else role.value)
        assert account is not None
        found = [href for _, href in print_links(case, Person(account=account))]
        for href in found:
            assert client.get(href).status_code == 200, href
        return found

    assert len(links(case, Role.DESK)) == 6
    assert len(links(case, Role.RESPONDER, "housing")) == 4
    assert len(links(case, Role.RESPONDER, "education")) == 2
    assert len(links(case, Role.LEADER)) == 3
    assert links(secret, Role.ADMIN) == []


def test_a_page_for_paper_has_no_frame_and_nothing_from_elsewhere(
    people: dict[str, TestClient],
) -> None:
    page = get(people["desk"], f"/print/case/{coded(OPEN)}")
    assert 'class="side"' not in page
    assert "<script>" not in page
    assert "style=" not in page


# -- Word ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{HANDOVER}/housing", f"/print/case/{coded(OPEN)}"])
def test_the_word_file_says_the_same(people: dict[str, TestClient], path: str) -> None:
    answer = people["desk"].get(f"{path}?format=docx")
    assert "wordprocessingml" in answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment; ")
    text = docx_text(answer.content)
    shown = words(get(people["desk"], path))
    for part in ("县住房和城乡建设局（主办）", "乱收停车费", "县政务舆情值班室", "2026年11月24日"):
        assert part in text
        assert part in shown


def test_a_word_file_takes_any_text() -> None:
    paper = Paper(
        title="事项办理单",
        number="",
        sections=(Section(heading="反映内容", paragraphs=("响铃\x07和\x00空，<w:p>",)),),
        signed_by="某办",
        phone="",
        on=NOW,
    )
    assert "响铃和空，<w:p>" in docx_text(docx_of(paper))


# -- 舆情专报 ---------------------------------------------------------------------------------


def brief(**changes: str) -> dict[str, Any]:
    return {
        "title": "关于停车费的情况",
        "overview": "收到一件。",
        "spread": "来源一处。",
        "risk": "低。",
        "progress": "已派单。",
        "advice": "建议约谈物业。",
        "case_ids": OPEN,
        **changes,
    }


def test_a_report_is_drafted_from_facts_alone(people: dict[str, TestClient]) -> None:
    page = get(people["desk"], f"/briefs/new?case={coded(OPEN)}")
    for part in ("问政平台收到投诉", "乱收停车费", "承办单位：县住房和城乡建设局 1 件", "督办"):
        assert part in page, part
    assert PHONE not in page
    assert "欧阳明月" not in page
    # What is to be proposed is for a person to say.
    assert re.search(r'<textarea id="advice"[^>]*></textarea>', page)
    get(people["desk"], "/briefs/new?case=board-export:999", 404)


def test_a_report_of_a_matter_counts_its_cases(desk: Desk, people: dict[str, TestClient]) -> None:
    for number in ("m1", "m2", "m3"):
        desk.put(item(number, likes=2))
        desk.act(f"board-export:{number}", do.LinkMatter(matter="停车费"), Role.DESK)
    page = get(people["desk"], "/briefs/new?matter=停车费")
    assert "共 3 件" in page
    assert "点赞合计 6 次（3 件有此数）" in page
    assert "来源：问政平台 3 件" in page


def test_a_report_of_a_matter_is_withheld_for_any_of_its_cases(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for one beyond those that a draft is made of, and for one that left the matter."""
    monkeypatch.setattr("desk.papers.briefs.MOST_CASES", 2)
    made = Desk(tmp_path, root / "config")
    try:
        for number in ("w1", "w2", "w3"):
            made.put(item(number))
            made.act(f"board-export:{number}", do.LinkMatter(matter="路灯"), Role.DESK)
        of_matter = brief(case_ids="board-export:w1", matter="路灯")
        of_cases = brief(case_ids="board-export:w3", matter="")
        of_both = brief(case_ids="board-export:w3", matter="别的")
        pages = [
            f"/print{post(made.client, '/briefs', **one).headers['location']}"
            for one in (of_matter, of_cases, of_both)
        ]
        accused = signed_in(made.office, Role.LEADER, "housing")
        others = signed_in(made.office, Role.LEADER, "health")
        for page in pages:
            get(accused, page.replace("briefs", "brief"))
        act(made, "board-export:w3", do.MarkConfidential(reason="检举", accused=("housing",)))
        for page in pages:
            get(accused, page.replace("briefs", "brief"), 404)
            get(others, page.replace("briefs", "brief"))
        assert "关于停车费的情况" not in get(accused, "/briefs")
        assert get(others, "/briefs").count("关于停车费的情况") == len(pages)
    finally:
        made.close()


def test_a_report_is_written_issued_and_then_stands(people: dict[str, TestClient]) -> None:
    desk = people["desk"]
    made = post(desk, "/briefs", **brief(advice="")).headers["location"]
    refused = post(desk, made, 409, seen="1", then="issue", **brief(advice=""))
    assert "下一步建议" in refused.text
    seen = re.search(r'name="seen" value="(\d+)"', refused.text)
    assert seen is not None
    stale = post(desk, made, 409, seen="1", **brief(overview="别人看过的旧稿。"))
    assert "刚被别人修改过" in stale.text
    assert "别人看过的旧稿。" in stale.text
    printed = post(desk, made, seen=seen[1], then="issue", **brief()).headers["location"]
    paper = words(get(people["leader"], printed))
    for part in ("舆情专报", "舆专报〔2026〕1号", "关于停车费的情况", "一、情况概述", "五、下一步建议",
                 "建议约谈物业。"):  # fmt: skip
        assert part in paper, part
    assert "舆专报〔2026〕1号" in get(people["leader"], "/briefs")
    record = made.rpartition("/")[2]
    changed = post(desk, made, 409, seen="3", **brief(overview="改口。"))
    assert "已经签发" in changed.text
    assert "改口" not in get(desk, f"/print/brief/{record}")
    docx = desk.get(f"/print/brief/{record}?format=docx")
    assert "建议约谈物业。" in docx_text(docx.content)


def test_reports_are_for_the_desk_and_leaders(people: dict[str, TestClient]) -> None:
    made = post(people["desk"], "/briefs", **brief()).headers["location"]
    record = made.rpartition("/")[2]
    for name in ("housing", "reviewer"):
        for path in ("/briefs", "/briefs/new", made, f"/print/brief/{record}"):
            get(people[name], path, 403)
    get(people["leader"], made, 303)
    post(people["leader"], "/briefs", 403, **brief())
    post(people["admin"], made, 403, seen="1", **brief())
    post(people["desk"], "/briefs", 400, **brief(title=" "))
    post(people["desk"], "/briefs", 400, **brief(risk="长" * 20_001))
    get(people["desk"], "/briefs/zb2026-9999", 404)


# -- who we are --------------------------------------------------------------------------------


def test_the_card_of_the_office(root: Path, tmp_path: Path) -> None:
    def card(text: str | None) -> OfficeSettings:
        if text is not None:
            (tmp_path / "office.toml").write_text(text, "utf-8")
        return load_office_settings(read_settings({"HUIYIN_CONFIG": str(tmp_path)}))

    assert card(None) == OfficeSettings()
    assert card('name = "某县值班室"\nseal = "某县政府办"').sealed_by == "某县政府办"
    for wrong in ("colour = 1", "open311 = 3", "most_upload_megabytes = 0"):
        with pytest.raises(SettingsError, match=r"office\.toml"):
            card(wrong)
    shipped = load_office_settings(read_settings({"HUIYIN_CONFIG": str(root / "config")}))
    assert shipped.open311 is False


def test_a_danger_to_life_has_its_own_word_on_paper_and_in_the_interface(
    tmp_path: Path, root: Path
) -> None:
    made = Desk(tmp_path, root / "config")
    danger = "楼道里燃气泄漏，有人被困，随时可能爆炸。"
    made.put(item("gas", title="燃气泄漏，居民被困", body=danger))
    case_id = "board-export:gas"
    unit = made.runner.store.ledger.load([case_id])[case_id].unit
    assert "危急、" in words(get(made.client, f"/print/handover/{coded(case_id)}/{unit}"))
    drafted = get(made.client, f"/briefs/new?case={coded(case_id)}")
    assert "标为紧急的 1 件，其中危急 1 件。" in drafted
    (line,) = made.client.get("/api/v1/cases").json()["items"]
    assert (line["urgent"], line["loud"]) == (True, True)
    made.close()
