"""派单建议: what reassignments suggest, accepted into the own table or dismissed with a reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.words.actors import Role
from cases.words.labels import Labels
from desk.disputes.learned import DispatchProposals
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from tests.desk.app.test_web import Desk, item
from tests.desk.case_office import text_of
from tests.desk.clients import signed_in

ROADS = "东西南北"
TO = "education"
HREF = "/disputes/proposals"
ACCEPTED = {"item": "校车站牌", "words": "校车站牌", "basis": "县里定了校车归教体局"}


def letter(n: int) -> dict[str, object]:
    road = ROADS[n]
    return {
        "title": f"{road}门小区物业不管校车站牌",
        "body": f"{road}门小区旁边的校车站牌歪了{n + 2}天，物业公司说不归他们，请住建局管一管。",
    }


def moved(desk: Desk, *numbers: int) -> None:
    for n in numbers:
        desk.put(item(str(n), **letter(n)))
        desk.act(f"board-export:{n}", do.Assign(lead=TO, reason="校车归教体局"))


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, root / "config")
    moved(made, 0, 1, 2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    """A desk with one proposal. Nothing is accepted here."""
    made = Desk(tmp_path_factory.mktemp("shown"), root / "config")
    moved(made, 0, 1, 2)
    made.put(item("9", title="锦园物业费", body="锦园的物业公司多收钱，请住建局管一管。"))
    yield made
    made.close()


def client_of(desk: Desk, role: Role = Role.DESK, unit: str = "") -> TestClient:
    return signed_in(desk.office, role, unit)


def proposal(client: TestClient) -> str:
    found = re.search(HREF + r"/(\w+)/accept", client.get(HREF).text)
    assert found is not None
    return found[1]


def test_a_proposal_shows_words_units_and_the_cases_it_rests_on(shown: Desk) -> None:
    page = text_of(client_of(shown).get(HREF).text)
    assert "以下 3 件都由县住房和城乡建设局改派县教育体育局，共同的词是“校车站牌”" in page
    for n in range(3):
        assert f"{ROADS[n]}门小区物业不管校车站牌" in page
    assert "没有：有这些词的都由县教育体育局承办" in page
    assert "正文点名 25.0%（1/4）" in page, "how right each rule was"
    assert HREF in client_of(shown).get("/disputes").text


def test_only_the_desk_and_administrators_see_and_decide(shown: Desk) -> None:
    known = proposal(client_of(shown))
    assert client_of(shown, Role.ADMIN).get(HREF).status_code == 200
    for role, unit in ((Role.LEADER, ""), (Role.REVIEWER, ""), (Role.RESPONDER, TO)):
        client = client_of(shown, role, unit)
        assert client.get(HREF).status_code == 403
        assert client.post(f"{HREF}/{known}/accept", data=ACCEPTED).status_code == 403
        assert client.post(f"{HREF}/{known}/dismiss", data={"reason": "x"}).status_code == 403
    assert not (shown.office.settings.home / "overlay").exists()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"words": ""}, "现在没有填"),
        ({"words": "路灯"}, "标题和正文里没有“路灯”"),
        ({"basis": "来信人电话13900001111"}, "个人信息"),
        ({"item": ""}, "请写明是什么事项"),
    ],
)
def test_what_is_wrong_is_refused_in_words_and_stays_typed(
    shown: Desk, changed: dict[str, str], why: str
) -> None:
    client = client_of(shown)
    answer = client.post(f"{HREF}/{proposal(client)}/accept", data=ACCEPTED | changed)
    assert answer.status_code == 400
    assert why in text_of(answer.text)
    assert f'value="{(ACCEPTED | changed)["words"]}"' in answer.text
    assert not (shown.office.settings.home / "overlay").exists()


@pytest.mark.slow
def test_accepted_it_counts_for_the_next_message_and_is_withdrawn_as_a_ruling(desk: Desk) -> None:
    client = client_of(desk)
    next_one = item("3", **letter(3))
    before = wiring.build_router(desk.office.settings).route(next_one, Labels(model="test"))
    assert before.lead == "housing"
    assert client.post(f"{HREF}/{proposal(client)}/accept", data=ACCEPTED).status_code == 200
    (row,) = tomllib.loads(
        (desk.office.settings.home / "overlay" / "units.toml").read_text("utf-8")
    )["ruling"]
    assert (row["unit"], row["words"], row["case_id"]) == (TO, ["校车站牌"], "board-export:2")
    assert row["decided_by"]
    after = wiring.build_router(desk.office.settings).route(next_one, Labels(model="test"))
    assert (after.lead, "县里定了校车归教体局" in after.reason) == (TO, True)
    _, (step, *_) = desk.office.trail.search(deed=AuditAction.CONFIGURATION.value)
    assert "据改派 3 件" in step.detail
    assert "现在没有派单建议" in client.get(HREF).text, "said by a row that counts"
    assert client.post(f"/disputes/rulings/{row['id']}/withdraw").status_code == 200
    assert "以下 3 件" in client.get(HREF).text


def test_dismissed_it_is_shown_no_more_and_the_reason_stays(desk: Desk) -> None:
    client = client_of(desk)
    known = proposal(client)
    empty = client.post(f"{HREF}/{known}/dismiss", data={"reason": " "})
    assert (empty.status_code, "请写明为什么不采纳" in empty.text) == (400, True)
    client.post(f"{HREF}/{known}/dismiss", data={"reason": "只是这几个月由教体局代管"})
    page = text_of(client.get(HREF).text)
    assert "现在没有派单建议" in page
    assert "只是这几个月由教体局代管" in page
    gone = client.post(f"{HREF}/{known}/accept", data=ACCEPTED)
    assert (gone.status_code, "没有这条派单建议" in gone.text) == (404, True)


def test_a_case_of_secrecy_is_neither_learnt_from_nor_shown(desk: Desk) -> None:
    desk.act("board-export:1", do.MarkConfidential(reason="要求保密"))
    page = client_of(desk).get(HREF).text
    assert "现在没有派单建议" in page, "two are too few"
    assert f"{ROADS[1]}门小区" not in page


def test_words_with_personal_data_are_no_proposal(tmp_path: Path, root: Path) -> None:
    other = Desk(tmp_path, root / "config")
    for n in range(3):
        text = letter(n) | {
            "title": f"{ROADS[n]}门物业",
            "body": f"{ROADS[n]}门的李建国又堵路了，李建国不听劝，请住建局管李建国。",
        }
        other.put(item(str(n), author="李建国", **text))
        other.act(f"board-export:{n}", do.Assign(lead="police", reason="归公安"))
    service = other.office.get(DispatchProposals)
    with other.office.readers.reader() as store:
        assert not [one for one in service._waiting(store) if "李建国" in "".join(one.words)]
    other.close()


def merged(desk: Desk, unit: str, into: str) -> None:
    overlay = desk.office.settings.home / "overlay"
    overlay.mkdir()
    row = f'[[unit]]\nid = "{unit}"\nmerged_into = "{into}"\nvalid_to = 2026-11-01\n'
    (overlay / "units.toml").write_text(row, "utf-8")
    desk.office.reload()


def test_of_a_unit_that_was_merged_its_successor_is_proposed(desk: Desk) -> None:
    merged(desk, TO, "culture-tourism")
    client = client_of(desk)
    assert "改派县文化广电旅游局，共同的词是“校车站牌”" in text_of(client.get(HREF).text)
    client.post(f"{HREF}/{proposal(client)}/accept", data=ACCEPTED)
    path = desk.office.settings.home / "overlay/units.toml"
    (row,) = tomllib.loads(path.read_text("utf-8"))["ruling"]
    assert row["unit"] == "culture-tourism"


def test_what_only_followed_a_merger_is_no_proposal(desk: Desk) -> None:
    merged(desk, "housing", TO)
    assert "/accept" not in client_of(desk).get(HREF).text
