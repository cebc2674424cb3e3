"""保密: what can be found out by asking, counting and comparing, and nobody is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import fields
from starlette.testclient import TestClient

from cases.alerts import Alert, AlertKind, Level
from cases.privacy.visibility import (
    Sight,
    checked_item,
    is_withheld,
    marks_of,
    seen_at,
    sight_of,
    withheld_from,
)
from cases.privacy.visible_fields import FIELDS, check_table, kinds_in, sort_of
from cases.record import commands as do
from cases.record.case import Case
from cases.reporting.lists import FigureKey, Group
from cases.words.actors import SYSTEM, Actor, Role
from desk.dead_letters.sight import LetterSight, Secrecy, masked_text
from desk.ground.context import PageStore
from desk.ground.sight import may_see_figure
from desk.home.live import Live
from desk.home.newest_calls import newest_calls
from sinks.ledger.base import Query
from sinks.reports.export import LABELS, record
from tests.cases.helpers import HOUSING, Story
from tests.desk.api.helpers import coded
from tests.desk.app.test_web import NOW
from tests.desk.clients import client_of
from tests.desk.sight_home import (
    ACCUSED,
    CASES,
    PLAIN,
    READERS,
    REQUEST,
    RISK,
    SECRET,
    TOPIC,
    MarkedHome,
    Reader,
    client,
    open311_config,
)

NOBODY = "board-export:9999"
SOON = "2026-03-03T10:00"
WITHHELD_READERS = [one for one in READERS if one.name in ("admin", "desk-accused", "accused")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[MarkedHome]:
    folder = tmp_path_factory.mktemp("sight")
    made = MarkedHome(folder / "home", open311_config(root / "config", folder))
    yield made
    made.close()


def of(name: str) -> Reader:
    return next(one for one in READERS if one.name == name)


# -- the table -------------------------------------------------------------------


def test_every_field_of_a_case_is_in_the_table() -> None:
    table = check_table()
    assert table == FIELDS
    for kind in kinds_in(Case):
        assert {one.name for one in fields(kind)} == set(table[kind]), kind


def test_a_new_field_stops_the_program() -> None:
    class Later(Case, frozen=True):
        rumour: str = ""

    with pytest.raises(TypeError, match=r"Later\.\w+ is not in cases/privacy/visible_fields\.py"):
        sort_of(Later, "rumour")
    with pytest.raises(TypeError, match="rumour"):
        sort_of(Case, "rumour")


def test_every_column_of_an_export_has_a_sort() -> None:
    """A label that is left out of `LABELS` would stand in the file of who may not know it."""
    case = Story().case
    labelled = set(record(case, str)) & set(case.labels.__struct_fields__)
    assert labelled | {"matters"} == LABELS


def test_who_a_case_is_withheld_from_is_what_the_ledger_keeps(home: MarkedHome) -> None:
    for case_id in CASES:
        case = home.cases[case_id]
        for reader in (*READERS, Reader("system", Role.SYSTEM)):
            actor = SYSTEM if reader.role is Role.SYSTEM else reader.actor
            sight = sight_of(case, actor)
            kept = not set(withheld_from(case)).isdisjoint(marks_of(actor))
            assert kept is is_withheld(case, actor)
            assert (sight is Sight.WITHHELD) <= kept, (case_id, reader)
            assert kept <= (sight <= Sight.WITHHELD), (case_id, reader)


# -- 14: lists, filters, facets, counts, order --------------------------------------


def numbers(page: str) -> set[str]:
    return {one for one in CASES if f"/cases/{coded(one)}" in page}


@pytest.mark.parametrize("reader", WITHHELD_READERS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "query",
    [
        "kind=建言",
        f"topic={TOPIC}",
        f"risk={RISK}",
        "view=high_risk",
        "sentiment=neutral",
        "sentiment=positive",
        "sentiment=negative",
    ],
)
def test_no_withheld_case_is_found_by_a_label(home: MarkedHome, reader: Reader, query: str) -> None:
    who = client(home, reader)
    secret = {
        one for one in (SECRET, ACCUSED, REQUEST) if is_withheld(home.cases[one], reader.actor)
    }
    assert secret
    for order in ("", "&order=due", "&order=oldest"):
        assert not numbers(who.get(f"/ledger?{query}{order}&size=200").text) & secret
    found = who.get(f"/api/v1/cases?{query}").json()
    assert not {one["case_id"] for one in found["items"]} & secret
    assert found["total"] == len(found["items"])
    out = who.get(f"/api/v1/export?{query}").text
    assert not [one for one in secret if one in out]
    form = {"csrf": who.headers["x-csrf-token"], "format": "jsonl", "filter": query}
    out = who.post("/ledger/export", data=form).text
    assert not [one for one in secret if one in out]


@pytest.mark.parametrize("reader", WITHHELD_READERS, ids=lambda one: one.name)
def test_numbers_do_not_count_what_is_withheld(home: MarkedHome, reader: Reader) -> None:
    who = client(home, reader)
    told = who.get("/api/v1/facets").json()
    assert TOPIC not in [one["value"] for one in told["topic"]] or reader.name == "desk-accused"
    hidden = sum(is_withheld(home.cases[one], reader.actor) for one in (SECRET, ACCUSED, REQUEST))
    seen = {one["value"]: one["count"] for one in told["risk"]}
    assert seen.get(RISK, 0) == (3 - hidden if reader.role is Role.DESK else 0)
    # The desk, from whom nothing is withheld, counts them all.
    everything = client(home, of("desk-r")).get("/api/v1/facets").json()
    assert {one["value"]: one["count"] for one in everything["risk"]}[RISK] == 3
    high = who.get("/api/v1/counters").json()["high_risk"]
    assert high == (3 - hidden if reader.role is Role.DESK else 0)
    assert client(home, of("desk-r")).get("/api/v1/counters").json()["high_risk"] == 3


def test_a_withheld_line_is_there_and_says_nothing_of_its_sort(home: MarkedHome) -> None:
    found = client(home, of("admin")).get("/api/v1/cases").json()["items"]
    (line,) = [one for one in found if one["case_id"] == SECRET]
    assert (line["kind"], line["topic"], line["risk"]) == (None, "", [])
    assert (line["urgent"], line["loud"]) == (False, False)
    page = client(home, of("admin")).get(f"/cases/{coded(SECRET)}").text
    assert "<h2>识别</h2>" not in page
    assert "<h2>办理过程</h2>" not in page
    whole = client(home, of("admin")).get(f"/api/v1/cases/{coded(SECRET)}").json()
    assert whole["sight"] == "withheld"
    assert not whole["case"].get("accused")
    assert (
        client(home, of("admin")).get(f"/api/v1/cases/{coded(SECRET)}/history").json()["items"]
        == []
    )


def test_the_first_page_puts_no_withheld_case_first(home: MarkedHome) -> None:
    """Grave cases stand at the top: the place would tell."""
    page = client(home, of("admin")).get("/").text
    hand = page.partition('<tbody id="hand">')[2].partition("</tbody>")[0]
    assert "!" not in hand.partition(coded(SECRET))[0].rpartition("<tr")[2]
    live: Live = client_of(home.office).app.state.live  # type: ignore[attr-defined]
    with home.office.readers.reader() as store:
        for reader in READERS:
            told = json.dumps(live._picture(store, reader.actor), ensure_ascii=False)
            may = home.may_read_labels(reader.actor)
            assert (RISK in told) <= may, reader.name


def test_the_live_stream_tells_each_what_his_page_shows(home: MarkedHome) -> None:
    """Every mark, in the picture that is sent to open pages."""
    live: Live = client_of(home.office).app.state.live  # type: ignore[attr-defined]
    with home.office.readers.reader() as store:
        for reader in READERS:
            told = json.dumps(live._picture(store, reader.actor), ensure_ascii=False)
            wrong = [
                mark
                for mark in home.marks.all.values()
                if mark.word in told and not home.may_read(mark, reader.actor, unmasked=False)
            ]
            assert not wrong, (reader.name, wrong)


def test_a_board_counts_a_withheld_case_without_its_labels(home: MarkedHome) -> None:
    for name, seen in (("desk-r", True), ("leader", True), ("admin", False), ("accused", False)):
        page = client(home, of(name)).get("/board?days=30").text
        assert (TOPIC in page) is seen, name
        assert (RISK in page) is seen, name


# -- 4: the draft check ----------------------------------------------------------------


def look(who: TestClient, case_id: str, text: str) -> dict[str, object]:
    form = {"csrf": who.headers["x-csrf-token"], "text": text}
    answer = who.post(f"/cases/{coded(case_id)}/look", data=form)
    return {"status": answer.status_code, **answer.json()} if answer.status_code == 200 else {}


def accused_desk(home: MarkedHome) -> TestClient:
    """A person who may write replies, and may not know what this report says."""
    return client(home, of("desk-accused"))


def test_the_draft_check_does_not_tell_of_a_withheld_message(home: MarkedHome) -> None:
    who, item = accused_desk(home), home.cases[SECRET].item
    plain = "您好，情况已经核实，请拨打 0999-2345678 联系我们，办理结果将另行告知。"
    assert look(who, SECRET, plain)["advice"] == []
    # A right guess of a name, of words of the message, and a wrong one: the same answer.
    for right, wrong in (
        (item.author, "邬大民"),
        (item.title, "锦绣花园物业费涨价"),
        (item.phone, "13999999999"),
        (f"{item.email}", "zqxmark999@citizen.example"),
    ):
        said = [look(who, SECRET, f"{plain}{one}") for one in (right, wrong)]
        assert json.dumps(said[0], ensure_ascii=False).replace(right, "X") == json.dumps(
            said[1], ensure_ascii=False
        ).replace(wrong, "X")
    # The same answer as for a message that he may see nothing of in it.
    assert "邬" not in json.dumps(look(who, SECRET, plain), ensure_ascii=False)


def test_the_line_of_a_new_alert_does_not_tell_of_what_sort_a_withheld_case_is(
    home: MarkedHome,
) -> None:
    risk, late = (
        Alert(
            alert_id=f"{ACCUSED}#{kind}",
            kind=kind,
            level=Level.HIGH,
            at=NOW,
            text="",
            case_id=ACCUSED,
        )
        for kind in (AlertKind.HIGH_RISK, AlertKind.OVERDUE)
    )
    with home.office.readers.reader() as read:
        store = cast(PageStore, SimpleNamespace(ledger=read.ledger, alerts=lambda _n: (risk, late)))
        told = {
            name: [call.text for call in newest_calls(store, home.office, of(name).actor)]
            for name in ("desk-r", "desk-accused")
        }
    assert told == {
        "desk-r": ["新告警：高风险", "新告警：已逾期"],
        "desk-accused": ["新告警：已逾期"],
    }


def draft(who: TestClient, case_id: str, text: str) -> tuple[int, str]:
    form = {"csrf": who.headers["x-csrf-token"], "text": text, "advised": "1"}
    answer = who.post(f"/cases/{coded(case_id)}/act/draft_reply", data=form, follow_redirects=False)
    return answer.status_code, answer.text


def test_no_name_is_confirmed_by_what_a_draft_is_answered(home: MarkedHome) -> None:
    author = home.cases[SECRET].item.author
    plain = "您好，情况已经核实，请拨打 0999-2345678 联系我们，办理结果将另行告知。"
    for reader in ("desk-accused", "accused"):
        who = client(home, of(reader))
        for case_id in (SECRET, ACCUSED):
            right, wrong = (draft(who, case_id, plain + name) for name in (author, "邬大民"))
            assert right[0] == wrong[0]
            assert right[0] in (404, 422)
            assert len(right[1]) - right[1].count(author) * len(author) == (
                len(wrong[1]) - wrong[1].count("邬大民") * 3
            )
    api = client(home, of("desk-accused"))
    for name in (author, "邬大民"):
        answer = api.post(
            f"/api/v1/cases/{coded(SECRET)}/actions",
            json={"do": "draft_reply", "text": plain + name},
        )
        assert answer.status_code == 409
        assert "不能起草答复" in answer.json()["error"]["message"]


def test_who_does_not_see_the_reporter_does_not_find_him_by_trying() -> None:
    story = Story()
    story.does(Actor(id="d", role=Role.DESK), do.MarkConfidential(reason="检举"), SOON)
    case = story.case
    helper = Actor(id="h", role=Role.REVIEWER)
    assert checked_item(case, helper).author == ""
    assert checked_item(case, helper).body == case.item.body
    accused = Actor(id="a", role=Role.DESK, unit=HOUSING)
    story.does(
        Actor(id="d", role=Role.DESK), do.MarkConfidential(reason="检举", accused=(HOUSING,)), SOON
    )
    assert checked_item(story.case, accused).body == ""
    assert checked_item(story.case, Actor(id="d", role=Role.DESK)) == story.case.item


# -- one that is not his is one that is not there ----------------------------------------


@pytest.mark.parametrize("name", ["other", "accused"])
def test_a_case_of_others_is_answered_like_none(home: MarkedHome, name: str) -> None:
    reader = of(name)
    who = client(home, reader)
    token = who.headers["x-csrf-token"]
    sha = home.shas[SECRET]
    hidden = [one for one in CASES if sight_of(home.cases[one], reader.actor) is Sight.NOTHING]
    assert hidden
    gets = (
        "/cases/{}",
        "/cases/{}/files",
        "/cases/{}/attachments/0",
        f"/files/{sha}?case={{}}",
        "/print/case/{}",
        f"/print/handover/{{}}/{reader.unit}",
        "/print/press/{}/12",
        "/print/fee/{}",
        "/api/v1/cases/{}",
        "/api/v1/cases/{}?reason=核实",
        "/api/v1/cases/{}/history",
        "/api/v1/cases/{}/files",
        "/api/v1/cases/{}/actions",
        "/api/v1/cases/{}/similar",
        f"/api/v1/files/{sha}?case={{}}",
    )
    posts = (
        "/cases/{}/act/log_contact",
        "/cases/{}/act/draft_reply",
        "/cases/{}/unmask",
        "/cases/{}/look",
        "/cases/{}/typed",
        "/cases/{}/send",
        "/cases/{}/posted",
        "/uploads/{}",
        "/suggestions/{}",
    )
    for case_id in hidden:
        for path in gets:
            there, none = (who.get(path.format(coded(one))) for one in (case_id, NOBODY))
            assert same(there, case_id, none), (path, case_id, there.status_code)
        for path in posts:
            form = {"csrf": token, "text": "您好", "reason": "核实", "seen": "1", "draft": "1"}
            there, none = (
                who.post(path.format(coded(one)), data=form, follow_redirects=False)
                for one in (case_id, NOBODY)
            )
            assert same(there, case_id, none), (path, case_id, there.status_code)
        body = {"do": "log_contact", "text": "已联系"}
        there, none = (
            who.post(f"/api/v1/cases/{coded(one)}/actions", json=body) for one in (case_id, NOBODY)
        )
        assert same(there, case_id, none)


def same(there, case_id: str, none) -> bool:
    """Status, headers that could tell, and every word but the number."""

    def said(answer, one: str) -> str:
        return str(answer.text).replace(one, "N").replace(coded(one), "N")

    return (
        there.status_code == none.status_code
        and there.headers.get("etag") == none.headers.get("etag")
        and said(there, case_id) == said(none, NOBODY)
    )


# -- 17, 21, letters -------------------------------------------------------------------


def test_a_promise_leaves_with_its_case(home: MarkedHome) -> None:
    promise = next(
        mark.word
        for mark in home.marks.all.values()
        if mark.case_id == PLAIN and mark.note == "promise"
    )
    housing = client(home, of("accused"))
    assert promise in housing.get("/promises").text
    home.done(PLAIN, do.Assign(lead="health", reason="改派"))
    assert promise not in housing.get("/promises").text
    home.done(PLAIN, do.Assign(lead="housing", assisting=("education",), reason="改回"))


def test_a_unit_reads_its_own_figures_only(home: MarkedHome) -> None:
    own = FigureKey(period="2026-W47", figure="received", group=Group.UNIT, name="housing")
    others = FigureKey(period="2026-W47", figure="received", group=Group.UNIT, name="health")
    whole = FigureKey(period="2026-W47", figure="received")
    housing = of("accused").actor
    assert [may_see_figure(one, housing) for one in (own, others, whole)] == [True, False, False]
    assert all(may_see_figure(one, of("leader").actor) for one in (own, others, whole))
    for key in (others, whole):
        for path in (
            f"/ledger?figure={coded(key.text)}",
            f"/api/v1/cases?figure={coded(key.text)}",
        ):
            answer = client(home, of("accused")).get(path)
            assert answer.status_code == 400, path
            assert "只能查看本单位的数字" in answer.text


def test_names_in_a_payload_are_found_by_what_their_fields_are_called() -> None:
    row = {
        "标题": "路灯",
        "联系人": "邬大民",
        "citizen": {"real_name": "Ou Ming", "mobile": "13900012345", "homeAddr": "清河苑8栋"},
        "items": [{"举报人": "邬小民", "from": "openid-77"}],
        "unit_name": "住建局",
    }
    for text in (json.dumps(row, ensure_ascii=False), json.dumps(row, ensure_ascii=False)[:-3]):
        shown = masked_text(text)
        for word in ("邬大民", "13900012345", "邬小民"):
            assert word not in shown, (word, shown)
    shown = masked_text(json.dumps(row, ensure_ascii=False))
    for word in ("Ou Ming", "清河苑8栋", "openid-77"):
        assert word not in shown
    assert "路灯" in shown
    assert masked_text("姓名：邬大民，内容：路灯") == "姓名：邬**，内容：路灯"
    deep = "[" * 100_000
    assert masked_text(deep) == deep


def test_a_letter_of_which_nobody_knows_is_treated_as_secret() -> None:
    for secrecy, role, withheld in (
        (Secrecy.PLAIN, Role.ADMIN, False),
        (Secrecy.UNKNOWN, Role.ADMIN, True),
        (Secrecy.SECRET, Role.ADMIN, True),
        (Secrecy.UNKNOWN, Role.DESK, False),
        (Secrecy.SECRET, Role.DESK, True),
    ):
        sight = LetterSight(role, secrecy)
        assert sight.withheld is withheld, (secrecy, role)
    detail = "第 3 行：受理时间应为日期，实际是“邬大民举报某某”。\nTraceback 邬大民"
    assert "邬大民" not in LetterSight(Role.ADMIN, Secrecy.UNKNOWN).detail(detail)
    assert "受理时间应为日期" in LetterSight(Role.ADMIN, Secrecy.UNKNOWN).detail(detail)


def test_a_query_may_leave_out_what_is_withheld(home: MarkedHome) -> None:
    with home.office.readers.reader() as store:
        for marks, left in (((), 3), (("role:admin",), 0), (("unit:housing",), 1)):
            query = Query(topic=TOPIC, not_withheld_from=marks)
            page = store.ledger.search(query)
            assert page.total == len(page.cases) == left
            assert len(list(store.ledger.scan(query))) == left
            assert dict(store.ledger.facets(query).topic).get(TOPIC, 0) == left


def test_a_view_of_each_sight_shows_what_the_table_says(home: MarkedHome) -> None:
    case = home.cases[SECRET]
    withheld, labels = seen_at(case, Sight.WITHHELD), seen_at(case, Sight.LABELS)
    assert withheld is not None
    assert labels is not None
    assert (withheld.labels.topic, withheld.accused, withheld.history) == ("", (), ())
    assert (labels.labels.topic, labels.accused) == (TOPIC, ("housing",))
    assert len(labels.history) == len(case.history)
