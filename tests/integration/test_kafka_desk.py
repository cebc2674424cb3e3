"""The desk on Kafka and Elasticsearch, page by page beside the one of a single machine: the
same cases, moved in, are told in the same words and numbers; and every register and every page
of administration does there what it is for."""

from __future__ import annotations

import difflib
import html
import io
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
import xlsxwriter

from cases.record.item import Attachment
from cases.record.messages import Observation, encode_message
from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions, csrf_token
from desk.demo.messages import load_demo
from desk.demo.registers import fill_registers
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.deskfile import DeskFile
from desk.ground.office_settings import file_store
from desk.ground.settings import Settings, read_settings
from desk.http.encoded_routes import case_href
from desk.http.sections import SECTIONS
from streams.dead_letters import DeadLetter, Stage
from streams.sources.seam.base import Batch, Rejected
from tests.desk.app.test_web import item
from tests.desk.clients import client_of
from tests.installation import ROOT, Installation, Worker, installation, until
from tests.screenshots import NOW, saved, shape
from tests.servers import Elasticsearch, Kafka

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
PEOPLE = {
    Role.DESK: "",
    Role.RESPONDER: "housing",
    Role.REVIEWER: "",
    Role.LEADER: "",
    Role.ADMIN: "",
}
JPEG = b"\xff\xd8\xff\xe0 photo"
OWN_WORDS = {
    "home",
    "reports",
    "admin-trail",
    "admin-check",
    "admin-letters",
    "admin-backup",
    "admin-persons",
    "admin-processing",
    "admin-review",
}
"""Pages that tell of the installation itself: its loops, the papers that came round by
themselves, who fetched them, its data file."""


class People:
    """One client for each role, at the desk of either runtime."""

    def __init__(self, clients: dict[Role, Any]) -> None:
        self._clients = clients
        self.case_id = ""
        """The case that they work on."""

    @property
    def case(self) -> str:
        return case_href(self.case_id)

    def get(self, role: Role, path: str, status: int = 200) -> Any:
        return self._checked(path, self._clients[role].get(path, follow_redirects=True), status)

    def post(self, who: Role, path: str, **form: Any) -> Any:
        """`files` are sent with the form."""
        return self._sent(who, path, form, 200)

    def refused(self, who: Role, path: str, status: int = 400, **form: Any) -> Any:
        return self._sent(who, path, form, status)

    def _sent(self, who: Role, path: str, form: dict[str, Any], status: int) -> Any:
        files = form.pop("files", None)
        answer = self._clients[who].post(path, data=form, files=files, follow_redirects=True)
        return self._checked(path, answer, status)

    def bare(self, path: str, headers: dict[str, str]) -> Any:
        """Asked by a machine, with nothing of a browser."""
        client = self._clients[Role.DESK]
        cookies = dict(client.cookies)
        client.cookies.clear()
        answer = client.get(path, headers=headers)
        client.cookies.update(cookies)
        return answer

    def _checked(self, path: str, answer: Any, status: int) -> Any:
        assert answer.status_code == status, f"{path}: {answer.status_code} {told(answer.text)}"
        return answer


class Town:
    """The sample data in both runtimes, each with accounts and registers of its own."""

    def __init__(self, alone: People, kafka: People, installed: Installation) -> None:
        self.alone = alone
        self.kafka = kafka
        self.installed = installed


@pytest.fixture(scope="module")
def town(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("both")
    words = _sample(_settings(folder / "home"))
    shutil.copytree(folder / "home", folder / "alone")
    alone = _settings(folder / "alone")
    runner = wiring.open_runner(alone)
    office = DeskContext(
        settings=alone,
        rules=runner.processor.rules,
        register=wiring.build_router(alone).register,
        readers=Readers(alone.database),
        acts=CaseActions(lambda: wiring.open_runner(alone)),
    )
    near = {role: client_of(office) for role in PEOPLE}
    with installation(folder, kafka, elasticsearch, now=NOW.isoformat()) as installed:
        moved = installed.run("migrate")
        assert moved.returncode == 0, moved.stderr
        installed.start_worker()
        installed.until_done()
        environment = installed.environment | {"HUIYIN_PORT": "0"}
        desk = Worker(environment, folder / "desk.log", ("desk",))
        try:
            until(lambda: "回音已启动：" in desk.said(), 60, desk.said)
            address = desk.said().partition("回音已启动：")[2].split()[0].rstrip("/")
            far = {
                role: httpx2.Client(base_url=address, headers={"origin": address}, timeout=60)
                for role in PEOPLE
            }
            for clients in (near, far):
                for role, word in words.items():
                    clients[role].cookies.set("huiyin", word)
                    clients[role].headers["x-csrf-token"] = csrf_token(word)
            yield Town(People(near), People(far), installed)
            for client in far.values():
                client.close()
            assert desk.stop() == 0, desk.said()
            assert "Traceback" not in desk.said(), desk.said()
        finally:
            desk.kill()
    office.close()
    runner.store.close()


def _settings(home: Path) -> Settings:
    return read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_CONFIG": str(ROOT / "config"),
            "HUIYIN_NOW": NOW.isoformat(),
        }
    )


def _sample(settings: Settings) -> dict[Role, str]:
    """The sample data, two dead letters and somebody of each role; gives their sessions."""
    runner = wiring.open_runner(settings)
    load_demo(runner.store, runner.processor, NOW)
    fill_registers(settings, runner.store, runner.processor)
    again = Observation(message_id="m-again", case_id="board-export:again", item=item("again"))
    bad = Rejected(
        source="board-export",
        reason="bad_row",
        detail="演练",
        original="第 3 行，不是数字".encode(),
        origin="第 3 行",
    )
    runner.take("board-export", Batch(found=(bad,)))
    runner.store.add(
        [
            DeadLetter.of(
                Stage.PROCESS, encode_message(again), reason="failed", detail="演练", at=NOW
            )
        ]
    )
    photo = Attachment(name="来信附件.jpg", size=len(JPEG), sha=file_store(settings).keep(JPEG))
    runner.take("board-export", Batch(found=(item("photo", attachments=(photo,)),)))
    runner.pump_all()
    runner.store.close()
    file = DeskFile(settings.desk_file)
    accounts, sessions = Accounts(file), Sessions(file)
    words = {}
    for role, unit in PEOPLE.items():
        accounts.add(Account(id=role.value, name="林某", role=role, unit=unit, created=NOW), "")
        words[role] = sessions.begin(role.value, "127.0.0.1")
    accounts.add(Account(id="other", name="高某", role=Role.DESK, created=NOW), "")
    file.close()
    return words


def told(page: str) -> str:
    """What a reader sees, without what is another one at every look."""
    page = re.sub(r"(?s)<script.*?</script>", "", page)
    # The one on one machine lies in another folder.
    page = page.replace("alone/overlay", "home/overlay")
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _differing(town: Town, role: Role, path: str) -> list[str]:
    """What the two desks say differently. On a busy machine the numbers beside a list are
    counted in part at first, and again ten seconds later."""
    for _ in range(3):
        near, far = (told(each.get(role, path).text) for each in (town.alone, town.kafka))
        if near == far:
            return []
        time.sleep(10)
    lines = difflib.unified_diff(near.split(), far.split(), "alone", "kafka", n=2, lineterm="")
    return [f"{path}: {' '.join(lines)[:500]}"]


# -- what the pages say ------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_of_a_role_says_what_it_says_on_one_machine(town: Town, role: Role) -> None:
    waiting = ["/", *(one.href for one in SECTIONS if role in one.roles)]
    wrong, seen = [], set()
    while waiting:
        path = waiting.pop(0)
        if (
            path.startswith("//")
            or shape(path) in seen
            or shape(path) == "reports-papers-weekly-id"
        ):
            continue
        seen.add(shape(path))
        far = town.kafka.get(role, path)
        if "html" not in far.headers["content-type"]:
            continue
        waiting += [
            html.unescape(link)
            for link in re.findall(r'<a [^>]*href="(/[^"]*)"', far.text)
            if not saved(link)
        ]
        if shape(path) not in OWN_WORDS and not path.startswith("/reports/"):
            wrong += _differing(town, role, path)
    assert wrong == []
    assert {shape(one.href) for one in SECTIONS if role in one.roles} <= seen
    assert len(seen) > 15


# -- what the pages do -------------------------------------------------------------


@pytest.mark.parametrize("runtime", ["alone", "kafka"])
def test_every_register_and_page_of_administration_does_its_work(town: Town, runtime: str) -> None:
    people: People = getattr(town, runtime)
    for step in (
        _registers_and_hands_on,
        _rectifies,
        _plans_duty,
        _answers_questions,
        _watches,
        _follows_an_incident,
        _decides_on_a_suggestion,
        _proposes_publication,
        _verifies_a_promise,
        _takes_findings_of_the_site,
        _writes_reports,
        _works_on_many_cases,
        _keeps_a_file,
        _administers,
        _tries_dead_letters_again,
    ):
        step(people)


def test_nothing_was_lost_on_the_way(town: Town) -> None:
    # The desk goes on telling cases of their alerts: what is in progress is no difference in
    # the next audit.
    until(lambda: town.installed.audit().problems == (), 60, lambda: str(town.installed.audit()))


def _says(page: str, words: str) -> None:
    """Without the whole page in the message of a failure."""
    assert words in page or words in told(page), f"{words}: {told(page)[:600]}"


def _link(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, f"{pattern}: {told(page)[:600]}"
    return html.unescape(found[1])


def _registers_and_hands_on(people: People) -> None:
    form = _link(r'name="form_id" value="([^"]+)"', people.get(Role.DESK, "/register").text)
    typed = {
        "channel": "来电",
        "received": "2026-11-24T09:00",
        "body": "锦绣花园 3 栋电梯停了两天。老人下不了楼，请尽快修。",
        "author": "周晓岚",
        "phone": "13900012345",
        "form_id": form,
    }
    for _ in range(2):  # pressed twice
        made = people.post(Role.DESK, "/register", **typed)
        people.case_id = unquote(made.url.path.removeprefix("/cases/"))
    _says(people.get(Role.DESK, people.case).text, "电梯停了两天")
    # Found and counted at once.
    _says(people.get(Role.DESK, "/ledger?q=电梯停了两天").text, "<b>1</b> 件")
    handed = {"case": people.case_id, "lead": "housing", "reason": "物业归住建"}
    people.post(Role.DESK, "/today/assign", **handed)
    _says(people.get(Role.RESPONDER, "/queue").text, people.case)
    people.post(Role.RESPONDER, f"{people.case}/act/acknowledge")
    page = people.get(Role.RESPONDER, "/ledger?lead=housing&q=电梯停了两天").text
    _says(page, "<b>1</b> 件")
    assert "办理中" in told(page)


def _rectifies(people: People) -> None:
    form = {"title": "答复逾期", "problem": "三件逾期", "origin": "上级反馈", "unit": "housing"}
    made = people.post(Role.DESK, "/rectification", due="2026-12-01", **form)
    item = f"/rectification/{made.url.path.rpartition('/')[2]}"
    people.post(Role.RESPONDER, f"{item}/measure", seen=1, text="专人盯办")
    people.post(Role.RESPONDER, f"{item}/hand-in", seen=2, text="截图三张")
    assert "刚被别人修改过" in people.refused(Role.REVIEWER, f"{item}/pass", seen=2, text="好").text
    _says(people.post(Role.REVIEWER, f"{item}/pass", seen=3, text="已见成效").text, "已销号")


def _plans_duty(people: People) -> None:
    shift = {"name": "郝某", "first": "2026-12-01", "last": "2026-12-07"}
    people.post(Role.DESK, "/duty/shifts", begin="08:30", end="08:30", **shift)
    assert people.get(Role.LEADER, "/duty?month=2026-12").text.count("郝某") >= 7
    noted = people.post(Role.DESK, "/duty/notes", text="今晚有暴雨预警，注意积水来件。")
    _says(noted.text, "今晚有暴雨预警")


def _answers_questions(people: People) -> None:
    about = {
        "title": "电梯更新补贴办法",
        "reference": "演发〔2026〕3号",
        "valid_from": "2026-01-01",
    }
    page = people.post(Role.DESK, "/qa/documents", valid_to="", **about).text
    document = max(re.findall(r"W\d{4}", page))
    asked = {
        "question": "老旧电梯更新每台补贴多少？",
        "answer": "每台补贴十万元。",
        "clause": "第五条",
    }
    entry = people.post(Role.DESK, "/qa", document=document, unit="housing", **asked).url.path
    people.post(Role.DESK, f"{entry}/submit", seen=1)
    people.refused(Role.DESK, f"{entry}/approve", seen=2)  # nobody publishes his own
    people.post(Role.REVIEWER, f"{entry}/approve", seen=2)
    _says(people.get(Role.RESPONDER, "/qa?q=电梯").text, "老旧电梯更新")
    published = people.get(Role.DESK, "/qa/export.json").json()
    assert any(one["question"] == asked["question"] for one in published["entries"])


def _watches(people: People) -> None:
    watch = {"title": "电梯安全", "words": "电梯", "field": "专题"}
    page = people.post(Role.DESK, "/watches", **watch).text
    _says(page, "<mark>电梯</mark>")
    people.post(Role.DESK, _link(r'action="(/watches/G\d+/drop)"', page), seen=1)


def _follows_an_incident(people: People) -> None:
    opened = people.post(
        Role.DESK,
        "/incidents",
        title="城东水管爆裂",
        level="较大",
        noticed_at="2026-11-23T08:00",
        summary="三个小区停水",
        refs=people.case_id,
    )
    _says(opened.text, "电梯停了两天")
    note = {"part": "风险研判", "text": "影响三个小区", "at": "2026-11-23T09:00", "where": ""}
    _says(people.post(Role.DESK, f"{opened.url.path}/note", seen=1, **note).text, "影响三个小区")


def _decides_on_a_suggestion(people: People) -> None:
    page = people.get(Role.DESK, "/suggestions").text
    decided = people.post(
        Role.DESK,
        _link(r'action="(/suggestions/[^"]+)"', page),
        adoption="采纳",
        reason="已列入计划",
    )
    _says(decided.text, "已列入计划")


def _proposes_publication(people: People) -> None:
    page = people.get(Role.REVIEWER, "/disclosure").text
    proposal = _link(r'action="(/disclosure/proposals/GK[^"]+)"', page)
    decided = people.post(Role.REVIEWER, proposal, seen=1, publish="1", text="征地信息公开栏目")
    assert "已主动公开" in told(decided.text)


def _verifies_a_promise(people: People) -> None:
    page = people.get(Role.DESK, "/promises").text
    kept = told(page).count("已兑现")
    case = _link(r'href="(/cases/[^"#?]+)', page)
    verified = {"number": 1, "kept": "1", "evidence": "现场照片"}
    people.post(Role.DESK, f"{case}/act/verify_promise", **verified)
    assert told(people.get(Role.DESK, "/promises").text).count("已兑现") > kept


def _takes_findings_of_the_site(people: People) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["序号", "网站名称", "所在页面", "问题类型", "整改建议"])
        sheet.write_row(1, 0, [1, "县政府网", "http://www.example.gov.cn/1", "错别字", "改正"])
    found = people.post(Role.DESK, "/site/report", files={"file": ("结果.xlsx", file.getvalue())})
    number = _link(r'name="id" value="(\d+)"', found.text)
    assert (
        "网站问题 1 处" in people.post(Role.DESK, "/site/findings", unit="housing", id=number).text
    )


def _writes_reports(people: People) -> None:
    people.post(Role.DESK, "/reports/ledger", kind="week", period="2026-W48", format="xlsx")
    people.post(Role.DESK, "/reports/papers", paper="quarterly", period="2026-Q3")
    people.post(Role.DESK, "/reports/issue", kind="week", period="2026-W47", signer="秦某")
    end = time.monotonic() + 120
    while not all(job["ended"] for job in people.get(Role.DESK, "/reports/jobs").json()):
        assert time.monotonic() < end, "the reports did not end"
        time.sleep(0.2)
    page = people.get(Role.DESK, "/reports").text
    for pattern in (
        r'href="(/reports/jobs/[0-9a-f]+/file)"',
        r'href="(/reports/papers/quarterly/2026-Q3)"',
        r'href="(/reports/editions/2026-W47/1/[^"]+\.xlsx)"',
    ):
        assert people.get(Role.DESK, _link(pattern, page)).content.startswith(b"PK")
    page = people.get(Role.DESK, people.case).text
    draft = people.get(Role.DESK, _link(r'href="(/briefs/new\?[^"]+)"', page)).text
    texts = dict(re.findall(r'(?s)<textarea id="(\w+)"[^>]*>(.*?)</textarea>', draft))
    written = {name: html.unescape(text) for name, text in texts.items()}
    written |= {
        "title": "电梯停运专报",
        "advice": "建议住建局约谈物业",
        "case_ids": people.case_id,
    }
    brief = people.post(Role.DESK, "/briefs", **written).url.path
    page = people.get(Role.DESK, brief).text
    seen = _link(r'name="seen" value="(\d+)"', page)
    issued = people.post(Role.DESK, brief, seen=seen, then="issue", **written)
    _says(issued.text, "电梯停运专报")
    _says(people.get(Role.LEADER, "/briefs").text, "电梯停运专报")


def _works_on_many_cases(people: People) -> None:
    page = people.get(Role.DESK, "/ledger?state=handling").text
    cases = re.findall(r'name="case" value="([^"]+)"', page)[:3]
    assert len(cases) == 3
    job = _link(r'name="job" value="([0-9a-f]+)"', page)
    form = {"action": "remind", "text": "请抓紧办理", "case": cases, "job": job}
    people.post(Role.DESK, "/ledger/bulk", **form)
    end = time.monotonic() + 60
    while people.get(Role.DESK, f"/jobs/{job}/progress").json()["running"]:
        assert time.monotonic() < end, "the job did not end"
        time.sleep(0.1)
    assert people.get(Role.DESK, f"/jobs/{job}/progress").json()["handled"] == 3
    saved_as = {"filter": "state=handling", "name": "在办的"}
    _says(people.post(Role.DESK, "/ledger/saved", **saved_as).text, "在办的")
    exported = people.post(Role.DESK, "/ledger/export", format="csv", filter="q=电梯停了两天").text
    _says(exported, "电梯停了两天")
    assert "13900012345" not in exported


def _keeps_a_file(people: People) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
    form = {"purpose": "办理佐证"}
    files = {"file": ("现场.png", picture)}
    page = people.post(
        Role.RESPONDER, f"/uploads/{people.case.removeprefix('/cases/')}", files=files, **form
    ).text
    kept = _link(r'href="(/files/[0-9a-f]{64}[^"]*)"', page)
    assert _opened(people, Role.RESPONDER, people.case, kept) == picture
    photo = "/cases/board-export%3Aphoto"
    came = _link(r'href="(/files/[0-9a-f]{64}[^"]*)"', people.get(Role.DESK, f"{photo}/files").text)
    assert _opened(people, Role.DESK, photo, came) == JPEG
    assert came not in people.get(Role.LEADER, f"{photo}/files").text


def _opened(people: People, who: Role, case: str, file: str) -> bytes:
    """A file of the case, after a reason was given."""
    content: bytes = people.post(who, f"{case}/unmask", then=file, reason="现场核实").content
    return content


def _agrees(people: People) -> str:
    """The desk, to what the administrator asked for; gives the page that says so."""
    page = people.get(Role.DESK, "/account").text
    return people.post(Role.DESK, _link(r'action="(/account/requests/\d+/agree)"', page)).text


def _administers(people: People) -> None:
    person = {"id": "zhou", "name": "周某", "role": "responder", "unit": "housing"}
    assert 'class="secret"' not in people.post(Role.ADMIN, "/admin/accounts", **person).text
    assert 'class="secret"' in _agrees(people)
    people.post(Role.ADMIN, "/admin/accounts/zhou/disable")
    people.post(Role.ADMIN, "/admin/accounts/zhou/enable")
    token = {"account": "desk", "name": "大屏", "scope": "read", "days": "30"}
    people.post(Role.ADMIN, "/admin/tokens", **token)
    page = _agrees(people)
    bearer = {"authorization": f"Bearer {_link(r'class=.secret.>(hy_[^<]+)<', page)}"}
    assert people.bare("/api/v1/me", bearer).status_code == 200
    listed = people.get(Role.ADMIN, "/admin/tokens").text
    people.post(Role.ADMIN, _link(r'action="(/admin/tokens/\d+/revoke)"', listed))
    assert people.bare("/api/v1/me", bearer).status_code == 401
    paused = people.post(Role.ADMIN, "/admin/sources/board-export/pause").text
    assert re.search("board-export 已暂停", told(paused))
    resumed = people.post(Role.ADMIN, "/admin/sources/board-export/resume").text
    assert re.search("board-export 正常", told(resumed))
    people.refused(Role.ADMIN, "/admin/sources/board-export/rewind", 409, to="2026-11-01")
    _says(people.get(Role.ADMIN, "/admin/trail?who=admin").text, "zhou")
    for page in ("units", "calendar?year=2026", "model", "check"):
        people.get(Role.ADMIN, f"/admin/{page}")


def _tries_dead_letters_again(people: People) -> None:
    page = people.get(Role.ADMIN, "/dead-letters").text
    _says(page, "演练")
    said = people.post(Role.ADMIN, "/dead-letters", do="replay-reason", reason="failed").text
    assert "1 条已收进台账" in said
    people.get(Role.DESK, "/cases/board-export%3Aagain")
    left = _link(r'name="letter" value="([^"]+)"', people.get(Role.ADMIN, "/dead-letters").text)
    shown = people.post(Role.DESK, f"/dead-letters/{left}/original", reason="核对来源").text
    assert "第 3 行，不是数字" in shown
    people.post(Role.ADMIN, "/dead-letters", do="give-up", letter=left, why="演练结束")
    assert left not in people.get(Role.ADMIN, "/dead-letters").text
