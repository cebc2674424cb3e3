"""The 政策咨询问答库: rules, book, candidates, exports, pages, push."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from cases.record import commands as do
from cases.registers import qa
from cases.registers.qa import Document, QaStanding, Written
from cases.words.actors import Actor, Role
from cases.words.labels import Kind
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from classifiers.base import Text
from desk.ground.deskfile import DeskFile
from desk.ground.registers import Changed
from desk.ground.settings import SettingsError
from desk.qa.book import Book
from desk.qa.candidates import candidates
from desk.qa.export import as_html, as_json, public_entries
from desk.qa.push import push
from desk.qa.qa_table import Alike, PushOptions
from streams.sources.seam.secrets import Secrets
from tests.cases.helpers import DESK as CASE_DESK
from tests.cases.helpers import HOUSING, Story, item, labels
from tests.cases.helpers import REVIEWER as CASE_REVIEWER
from tests.desk.app.test_web import Desk
from tests.desk.app.test_web import item as letter
from tests.desk.clients import signed_in

AT = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
TODAY = AT.date()
WRITER = Actor("lin", Role.DESK, "林某")
REVIEWER = Actor("he", Role.REVIEWER, "何某")
UNIT = Actor("zhou", Role.RESPONDER, "周某", "housing")
DOCUMENT = Document(
    title="公共租赁住房管理办法",
    reference="县府发〔2026〕3号",
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
)
CONTENT = Written(
    question="申请公租房要符合哪些条件",
    answer="本县户籍、无自有住房、人均收入低于规定线。<b>见</b>第五条。",
    document="W0001",
    clause="第五条",
    topic="城乡建设",
    unit="housing",
)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    made = Book(DeskFile(tmp_path / "desk.db"))
    assert made.add_document(DOCUMENT, AT, WRITER) == "W0001"
    return made


def published(book: Book, content: Written = CONTENT) -> str:
    number = book.write(content, AT, WRITER).number
    book.do(number, 1, qa.Submitted(), AT, WRITER)
    book.do(number, 2, qa.Approved("可以发布"), AT, REVIEWER)
    return number


# -- rules -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "in_force"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_a_document_is_in_force_through_its_last_day(day: str, *, in_force: bool) -> None:
    assert DOCUMENT.in_force(date.fromisoformat(day)) is in_force


def test_a_repealed_document_is_out_from_that_day() -> None:
    gone = replace(DOCUMENT, repealed_on=TODAY)
    assert not gone.in_force(TODAY)
    assert gone.in_force(TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question": " "}, "填写问题"),
        ({"answer": ""}, "填写答案"),
        ({"question": "问" * 201}, "最长 200 字"),
        ({"document": "W0099"}, "选择所依据"),
        ({"clause": ""}, "第几条"),
    ],
)
def test_what_cannot_be_an_entry_is_told(book: Book, changes: dict[str, str], said: str) -> None:
    with pytest.raises(NotAllowed, match=said):
        book.write(replace(CONTENT, **changes), AT, WRITER)


def test_a_document_out_of_force_answers_nothing_new(book: Book) -> None:
    later = datetime(2027, 1, 1, 9, 0, tzinfo=BEIJING)
    with pytest.raises(NotAllowed, match="已经失效"):
        book.write(CONTENT, later, WRITER)
    entry = book.write(CONTENT, AT, WRITER)
    book.do(entry.number, 1, qa.Submitted(), AT, WRITER)
    with pytest.raises(NotAllowed, match="已经失效"):
        book.do(entry.number, 2, qa.Approved(), later, REVIEWER)


def test_nobody_publishes_what_he_wrote(book: Book) -> None:
    number = book.write(CONTENT, AT, WRITER).number
    book.do(number, 1, qa.Submitted(), AT, WRITER)
    with pytest.raises(NotAllowed, match="编写人以外"):
        book.do(number, 2, qa.Approved(), AT, WRITER)
    with pytest.raises(NotAllowed, match="审定"):
        book.do(number, 2, qa.Approved(), AT, UNIT)
    with pytest.raises(Changed):
        book.do(number, 1, qa.Approved(), AT, REVIEWER)
    assert book.do(number, 2, qa.Approved(), AT, REVIEWER).standing is QaStanding.PUBLISHED


def test_a_unit_writes_its_own_only(book: Book) -> None:
    number = book.write(CONTENT, AT, WRITER).number
    other = replace(UNIT, unit="education")
    with pytest.raises(NotAllowed, match="本单位"):
        book.do(number, 1, qa.Submitted(), AT, other)
    book.do(number, 1, qa.Submitted(), AT, UNIT)


def test_an_edit_is_public_only_after_it_was_approved(book: Book) -> None:
    number = published(book)
    changed = replace(CONTENT, answer="条件有变，见第六条。")
    entry = book.do(number, 3, changed, AT, WRITER)
    assert entry.standing is QaStanding.DRAFT
    (shown,) = public_entries(book.public(TODAY), book.documents(), {})
    assert "第五条" in shown.answer
    book.do(number, 4, qa.Submitted(), AT, WRITER)
    book.do(number, 5, qa.Approved(), AT, REVIEWER)
    (shown,) = public_entries(book.public(TODAY), book.documents(), {})
    assert shown.answer == changed.answer


def test_rejected_it_goes_back_with_the_reason(book: Book) -> None:
    number = book.write(CONTENT, AT, WRITER).number
    book.do(number, 1, qa.Submitted(), AT, WRITER)
    with pytest.raises(NotAllowed, match="理由"):
        book.do(number, 2, qa.Rejected(" "), AT, REVIEWER)
    back = book.do(number, 2, qa.Rejected("依据不全"), AT, REVIEWER)
    assert (back.standing, back.rejected) == (QaStanding.DRAFT, "依据不全")


# -- the book ----------------------------------------------------------------


def test_the_entries_of_an_expired_document_are_out_by_themselves(book: Book) -> None:
    published(book)
    new_year = date(2027, 1, 1)
    assert len(book.public(date(2026, 12, 31))) == 1
    assert book.public(new_year) == []
    assert [one.number for one in book.expired(new_year)] == ["Q0001"]
    assert book.suggest(Text("公租房申请条件", ""), new_year) == []


def test_an_own_end_of_validity_holds_too(book: Book) -> None:
    published(book, replace(CONTENT, valid_to=TODAY))
    assert len(book.public(TODAY)) == 1
    assert book.public(TODAY + timedelta(days=1)) == []


def test_a_repeal_withdraws_and_the_number_of_a_document_is_unique(book: Book) -> None:
    published(book)
    with pytest.raises(NotAllowed, match="已经登记"):
        book.add_document(DOCUMENT, AT, WRITER)
    book.change_document("W0001", 1, replace(DOCUMENT, repealed_on=TODAY), AT, WRITER)
    assert book.public(TODAY) == []


def test_a_question_that_is_asked_already_is_not_written_twice(book: Book) -> None:
    book.write(CONTENT, AT, WRITER)
    with pytest.raises(NotAllowed, match="已有相近的问答 Q0001"):
        book.write(replace(CONTENT, question="申请公租房要符合什么条件"), AT, WRITER)
    book.write(replace(CONTENT, question="医保断缴了还能补缴吗"), AT, WRITER)


def test_responders_are_offered_what_fits_and_use_is_counted_once_a_case(book: Book) -> None:
    number = published(book)
    message = Text("想申请公租房", "请问申请公租房需要符合什么条件？")
    assert [one.entry.number for one in book.suggest(message, TODAY)] == [number]
    assert book.suggest(Text("路灯坏了", "南门口的路灯不亮。"), TODAY) == []
    for case_id in ("letters:1", "letters:2", "letters:1"):
        book.use(number, case_id, AT, UNIT)
    assert book.uses()[number] == 2


# -- exports -----------------------------------------------------------------


def test_exports_hide_personal_data_that_the_approver_did_not_see(book: Book) -> None:
    answer = (
        "参照王小明先生一例，电话13812345678。办理：人民路1号县政务中心，县住建局0571-88886666。"
    )
    published(book, replace(CONTENT, answer=answer))
    (entry,) = public_entries(book.public(TODAY), book.documents(), {})
    assert entry.answer == (
        "参照***先生一例，电话***********。办理：人民路1号县政务中心，县住建局0571-88886666。"
    )


def test_a_candidate_is_proposed_as_strictly_as_what_is_public(book: Book) -> None:
    title = "王先生在3栋申请公租房需要什么条件"
    (found,) = candidates([asked(n, title).case for n in ("1", "2")], book.all(), Alike())
    assert found.question == "*先生在*栋申请公租房需要什么条件"


def test_exports_carry_what_a_platform_needs_and_no_markup_of_ours(book: Book) -> None:
    published(book)
    entries = public_entries(book.public(TODAY), book.documents(), {"housing": "县住建局"})
    told = json.loads(as_json(entries, TODAY))
    assert told["count"] == 1
    (entry,) = told["entries"]
    assert entry["document"] == DOCUMENT.title
    assert (entry["unit"], entry["clause"], entry["valid_to"]) == (
        "县住建局",
        "第五条",
        "2026-12-31",
    )
    page = as_html(entries, TODAY).decode()
    assert "&lt;b&gt;见" in page
    assert "县府发〔2026〕3号" in page
    assert as_json(entries, TODAY) == as_json(entries, TODAY)


def test_the_push_is_signed_and_says_what_came_back() -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    class Platform(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write('{"msg": "收到"}'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        options = PushOptions.model_validate(
            {
                "enabled": True,
                "url": f"http://{host}/entries",
                "secret": "qa_push_secret",
                "http": {"hosts": [host], "allow_private_addresses": True, "backoff_first": 0.01},
            }
        )
        secrets = Secrets({"QA_PUSH_SECRET": "s3cret-of-the-platform"})
        said = push(options, secrets, b'{"count": 0}', AT)
        server.shutdown()
    assert "收到" in said
    ((headers, body),) = got
    stamp = headers["x-timestamp"]
    wanted = hmac.new(b"s3cret-of-the-platform", stamp.encode() + b"." + body, hashlib.sha256)
    assert headers["x-signature"] == wanted.hexdigest()


def test_a_push_that_is_not_configured_says_where() -> None:
    with pytest.raises(SettingsError, match=r"qa\.toml"):
        push(PushOptions(), Secrets({}), b"", AT)


# -- candidates --------------------------------------------------------------


def asked(
    number: str, title: str, *, public: bool = True, released: bool = True, reply: str = ""
) -> Story:
    story = Story(
        item(number, title=title, body="请问申请公租房需要什么条件？", author=""),
        read_as=labels(kind=Kind.INQUIRY),
    )
    received = story.case.received_at
    text = reply or "您好！申请公租房的条件是本县户籍、无自有住房。详询0000-2100000。"
    hours = [received + timedelta(hours=n) for n in range(1, 6)]
    story.does(CASE_DESK, do.DraftReply(text=text), hours[0])
    story.does(CASE_REVIEWER, do.ApproveReply(draft=1, note="可"), hours[1])
    story.does(CASE_DESK, do.Deliver(draft=1, via="信箱", proof="回执"), hours[2])
    if public:
        words = ("申请公租房的条件。", text) if released else ("", "")
        publish = do.Publish(where="网站信箱栏目", text=words[0], reply=words[1])
        story.does(CASE_DESK, publish, hours[3])
    return story


def test_what_is_asked_again_and_well_answered_is_a_candidate(book: Book) -> None:
    cases = [
        asked("1", "申请公租房需要什么条件").case,
        asked("2", "申请公租房要符合什么条件").case,
        asked("3", "高龄津贴怎么领取").case,
    ]
    (found,) = candidates(cases, book.all(), Alike())
    assert found.case_ids == ("letters:1", "letters:2")
    assert found.unit == HOUSING
    assert "本县户籍" in found.answer
    book.write(replace(CONTENT, case_ids=found.case_ids), AT, WRITER)
    assert candidates(cases, book.all(), Alike()) == []


@pytest.mark.parametrize(
    "second",
    [
        {"public": False},
        {"released": False},
        {"reply": "您好，您的来信已收悉，我们将认真研究，感谢您的支持。"},
    ],
)
def test_a_bad_or_hidden_answer_is_no_candidate(book: Book, second: dict[str, object]) -> None:
    cases = [asked(n, "申请公租房需要什么条件", **second).case for n in ("1", "2")]  # type: ignore[arg-type]
    assert candidates(cases, book.all(), Alike()) == []


# -- pages -------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    yield made
    made.close()


FORM = {
    "question": CONTENT.question,
    "answer": CONTENT.answer,
    "document": "W0001",
    "clause": "第五条",
    "unit": "housing",
}


def test_from_document_to_published_entry_on_the_pages(desk: Desk) -> None:
    assert "登记有效的政策文件" in desk.page("/qa")
    document = {
        "title": DOCUMENT.title,
        "reference": DOCUMENT.reference,
        "valid_from": "2026-01-01",
        "valid_to": "",
    }
    assert desk.client.post("/qa/documents", data=document).status_code == 200
    made = desk.client.post("/qa", data=FORM)
    assert made.status_code == 200, made.text[:300]
    assert "<b>见</b>" not in made.text
    twice = desk.client.post("/qa", data=FORM)
    assert twice.status_code == 400
    assert "已有相近的问答" in twice.text
    desk.client.post("/qa/entries/Q0001/submit", data={"seen": 1})
    own = desk.client.post("/qa/entries/Q0001/approve", data={"seen": 2})
    assert own.status_code == 400
    reviewer = signed_in(desk.office, Role.REVIEWER)
    assert reviewer.post("/qa/entries/Q0001/approve", data={"seen": 2}).status_code == 200
    assert "已发布 1" in desk.page("/qa")
    export = desk.client.get("/qa/export.json")
    assert export.json()["count"] == 1
    assert "attachment" in export.headers["content-disposition"]
    repeal = {"seen": 1, "day": "2026-11-24", "text": "县府发〔2026〕9号"}
    desk.client.post("/qa/documents/W0001/repeal", data=repeal)
    assert "已失效 1" in desk.page("/qa")
    assert desk.client.get("/qa/export.json").json()["count"] == 0


def test_an_answer_goes_into_the_reply_that_is_being_written(desk: Desk) -> None:
    book = Book(desk.office.file)
    book.add_document(DOCUMENT, AT, WRITER)
    number = published(book)
    desk.put(letter(title="想申请公租房", body="请问住建局，申请公租房需要符合什么条件？"))
    desk.act("board-export:1", do.Assign(lead="housing", reason="按职责"))
    unit = signed_in(desk.office, Role.RESPONDER, "housing")
    page = unit.get("/cases/board-export%3A1").text
    assert "引用到答复" in page
    form = {"case_id": "board-export:1"}
    for _ in range(2):
        answer = unit.post(f"/qa/entries/{number}/quote", data=form)
        assert answer.status_code == 200, answer.text[:200]
    assert answer.text.count("本县户籍、无自有住房") >= 2  # the suggestion, and the draft
    assert book.uses()[number] == 1
    other = signed_in(desk.office, Role.RESPONDER, "education")
    assert other.post(f"/qa/entries/{number}/quote", data=form).status_code == 404
    assert unit.post("/qa/entries/Q0404/quote", data=form).status_code == 404


def test_who_may_not_write_reads_only(desk: Desk) -> None:
    leader = signed_in(desk.office, Role.LEADER)
    assert leader.get("/qa").status_code == 200
    assert leader.post("/qa", data=FORM).status_code == 403
    assert leader.get("/qa/candidates").status_code == 403


def test_what_is_wrong_with_a_document_is_told(desk: Desk) -> None:
    bad = {"title": "办法", "reference": "1号", "valid_from": "2026-02-30"}
    answer = desk.client.post("/qa/documents", data=bad)
    assert answer.status_code == 400
    assert "施行日期应写作" in answer.text
    bad = {"title": "办法", "reference": "1号", "valid_from": "2026-02-01", "url": "javascript:x"}
    assert "http" in desk.client.post("/qa/documents", data=bad).text
    assert desk.client.get("/qa/entries/Q0404").status_code == 404
