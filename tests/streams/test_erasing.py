"""What a person wrote, and who it was, is gone from the file; what is counted is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cases.figures.case_facts import facts_of
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case, encode_case
from cases.record.item import Attachment, Item
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from classifiers.matter.linker import Matters
from classifiers.rules.tables import CrowdTable
from desk.app.commands.audit import audit_store
from huiyin.store.chain import beginning, links, tombstone
from huiyin.store.errors import StoreError
from huiyin.store.master import NO_MASTER, Master
from huiyin.store.proof import prove
from sinks.ledger.base import Query
from sinks.ledger.stored_case import decode_shown
from streams.embedded.erasing import copies_done, copies_due, finish_erasures
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.linking import Linker
from streams.process import Processor
from streams.sources.seam.base import Batch
from tests.cases.helpers import DESK, RECEIVED, item, usual
from tests.streams.fakes import OneLabel, OneUnit

ADMIN = Actor(id="admin", role=Role.ADMIN, name="高某")
HOUSE = Actor(id="desk", role=Role.SYSTEM, name="林某")
MARKS = ("欧阳标记", "13900007777", "mark@example.org", "标记巷9号", "𠮷", "标记栏目", "标记答复")
ERASE = do.Erase(ground=ErasureGround.REQUEST)


def marked(**more: object) -> Item:
    told = {
        "author": MARKS[0], "phone": MARKS[1], "email": MARKS[2], "address": MARKS[3],
        "title": "𠮷的路灯", "body": f"{MARKS[0]}说𠮷路的路灯坏了，电话{MARKS[1]}",
        "place": "𠮷路", "extra": {"备注": MARKS[5]},
        "attachments": (Attachment(name=f"{MARKS[0]}.jpg", sha="ab" * 32),),
    }  # fmt: skip
    return item("1", **(told | more))


class Office:
    def __init__(self, path: Path, master: Master = NO_MASTER) -> None:
        self.path = path
        self.now = RECEIVED
        self.store = EmbeddedStore(path, master=master)
        processor = Processor(usual(), OneLabel("毒"), OneUnit())
        self.runner = EmbeddedRunner(self.store, processor, lambda: self.now)
        self._number = 0

    def take(self, *items: Item) -> int:
        counts = self.runner.take("letters", Batch(found=items))
        self.runner.pump_all()
        return counts.new + counts.later

    def act(self, command: do.AnyCommand, actor: Actor = DESK, case: str = "letters:1") -> Case:
        self._number += 1
        self.runner.act(
            Action(
                message_id=f"a-{self._number}",
                case_id=case,
                actor=actor,
                command=command,
                at=self.now,
            )
        )
        self.runner.pump_all()
        return self.case(case)

    def case(self, case: str = "letters:1") -> Case:
        return self.store.ledger.load([case])[case]

    def busy(self) -> None:
        self.take(marked(), item("2"))
        linker = Linker(self.store, Matters(_crowd()))
        linker.step()
        linker._unsaved = 1
        linker.save()
        self.take(marked(body=f"{MARKS[0]}改过，𠮷路，电话{MARKS[1]}"))
        self.act(do.Accept(note=f"{MARKS[0]}来电"))
        self.act(do.Refuse(reason=f"{MARKS[6]}：请{MARKS[0]}走诉讼"))

    def ended(self) -> Case:
        case = self.case()
        assert not case.open
        return case

    def copies_gone(self) -> None:
        """As the desk says it, once nothing of the cases is left in its own files."""
        copies_done(self.store, [each.case_id for each in copies_due(self.store)])

    def holds(self, *marks: str | bytes) -> list[str | bytes]:
        """Those that stand in any byte of the file or beside it."""
        data = b"".join(each.read_bytes() for each in self.path.parent.iterdir() if each.is_file())
        return [m for m in marks if (m if isinstance(m, bytes) else m.encode()) in data]


def _crowd() -> CrowdTable:
    return CrowdTable(distinct_people=5, window_hours=24)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "huiyin.db")
    made.busy()
    yield made
    made.store.close()


def documents(office: Office) -> list[bytes]:
    return [encode_case(case) for case in office.store.ledger.scan(Query())]


def balanced(office: Office) -> tuple[str, ...]:
    store = office.store
    proof = prove(store.connection, store.counted, words={}, chain=store.chain)
    return (*proof.problems, *audit_store(store).problems)


def test_nothing_of_it_is_left_in_any_byte_of_the_file(office: Office) -> None:
    """Search has indexed it character by character. No other character begins with the same byte as
    this one, so no compression of prefixes hides it."""
    office.ended()
    # Without a key nothing of a sealed row can be found; what search has lies open.
    office.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    keys = [
        key
        for (key,) in office.store.connection.execute(
            "SELECT substr(wrapped, 2) FROM keys WHERE name = 'letters:1'"
        )
    ]
    assert office.holds("𠮷", keys[0]) == ["𠮷", keys[0]]
    office.act(ERASE, HOUSE)
    assert finish_erasures(office.store) == ("letters:1",)
    # As whom the person was known stays until the copies are gone, and no longer.
    (copies,) = copies_due(office.store)
    assert {one.author for one in copies.people} == {MARKS[0]}
    office.copies_gone()
    assert office.holds(*MARKS, *keys) == []
    assert office.store.ledger.search(Query(text="𠮷")).total == 0


def test_two_rebuilds_are_equal_show_that_it_was_erased_and_audit_balances(office: Office) -> None:
    office.ended()
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    assert balanced(office) == ()
    before = documents(office)
    for _ in range(2):
        office.runner.rebuild()
        assert documents(office) == before
    case = office.case()
    assert (case.item.title, case.item.body, case.item.author, case.item.phone) == (
        "已删除", "已删除", "", "",
    )  # fmt: skip
    assert (case.unit, case.erased_at) == (
        "housing" if case.unit == "housing" else case.unit,
        RECEIVED,
    )
    assert not any(mark in encode_case(case).decode() for mark in MARKS)
    assert balanced(office) == ()
    assert office.case("letters:2").item.body != "已删除"


def test_what_is_counted_stays(office: Office) -> None:
    before = facts_of(office.ended())
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    after = facts_of(office.case())
    told = (
        "unit",
        "topic",
        "kind",
        "risk",
        "state",
        "received",
        "closed",
        "rounds",
        "due",
        "judged",
    )
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]
    assert (before.person != "", after.person) == (True, "")


@pytest.mark.parametrize("again", [marked(), marked(body="又改过")])
def test_the_same_feed_does_not_bring_it_in_again(
    office: Office, again: Item, caplog: pytest.LogCaptureFixture
) -> None:
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    assert office.take(again, item("3")) == 1
    assert office.case().item.body == "已删除"
    assert "1 件已删除个人信息，不再收入（如 letters:1）" in caplog.text
    assert balanced(office) == ()


def test_what_comes_late_is_erased_by_the_next_sweep(office: Office) -> None:
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    case = office.act(do.LinkMatter(matter=f"{MARKS[0]}", reason=MARKS[6]), ADMIN)
    assert isinstance(case.history[-1].body, ev.ActionRefused)
    assert "已经删除" in case.history[-1].body.reason
    office.runner.sweep()
    assert office.store.keys.live(["letters:1"]) == []
    office.copies_gone()
    assert office.holds(*MARKS) == []
    assert balanced(office) == ()


def test_an_open_case_and_a_hold_refuse_with_the_reason(tmp_path: Path) -> None:
    office = Office(tmp_path / "huiyin.db")
    office.take(marked())

    def refused() -> str:
        body = office.act(ERASE, HOUSE).history[-1].body
        assert isinstance(body, ev.ActionRefused)
        return body.reason

    assert "还没有办结" in refused()
    office.act(do.Refuse(reason="不属于受理范围"))
    office.act(do.HoldData(reason="行政复议中"), ADMIN)
    assert office.case().data_hold == "行政复议中"
    assert "已保全（行政复议中）" in refused()
    office.act(do.ReleaseData(reason="复议已结束"), ADMIN)
    body = office.act(ERASE, HOUSE).history[-1].body
    assert body == ev.Erased(ground=ErasureGround.REQUEST)
    assert "已经删除" in refused()
    office.store.close()


def test_killed_between_deciding_and_doing_it_is_done_later(office: Office) -> None:
    office.act(ERASE, HOUSE)
    office.store.close()
    office.store = EmbeddedStore(office.path)
    assert finish_erasures(office.store) == ("letters:1",)
    assert finish_erasures(office.store) == ()
    office.copies_gone()
    assert office.holds(*MARKS) == []


def test_rows_from_before_there_were_keys_become_tombstones(office: Office) -> None:
    """As an older program wrote them: the bytes as they are, under the same chain."""
    _as_of_old(office)
    assert balanced(office) == ()
    assert office.holds(*MARKS) != []
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    office.copies_gone()
    assert office.holds(*MARKS) == []
    assert balanced(office) == ()
    before = documents(office)
    office.runner.rebuild()
    assert documents(office) == before


def test_a_tombstone_without_an_erasure_is_named(office: Office) -> None:
    _as_of_old(office)
    row = office.store.connection.execute("SELECT data FROM journal WHERE position = 1").fetchone()
    office.store.connection.execute(
        "UPDATE journal SET data = ? WHERE position = 1", (tombstone(row[0], 99),)
    )
    proof = prove(office.store.connection, office.store.counted, words={}, chain=office.store.chain)
    assert any("没有删除它的登记" in problem for problem in proof.problems)


def test_alerts_and_the_state_of_linking_are_rewritten(office: Office) -> None:
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    assert {alert.text for alert in office.store.alerts(50) if alert.case_id == "letters:1"} <= {
        "已删除"
    }
    state = office.store.linked()
    assert state is not None
    assert "letters:1" not in str(msgspec.msgpack.decode(state.state)["matters"])


def _as_of_old(office: Office) -> None:
    """Opens every row of both logs, and begins both chains again."""
    db = office.store.connection
    opened = {
        "inbox": office.store.inbox(0, 1000),
        "journal": [
            (position, msgspec.json.Encoder(order="deterministic").encode(event))
            for position, event in office.store.journal_after(0, 1000)
        ],
    }
    with office.store.transaction():
        for log, rows in opened.items():
            for (position, data), head in zip(rows, links(beginning(log), rows), strict=True):
                db.execute(
                    f"UPDATE {log} SET data = ?, chain = ?, key = NULL WHERE position = ?",  # noqa: S608
                    (data, head.link, position),
                )
        db.execute("DELETE FROM facts WHERE name = 'wiped'")
    office.store.counted.file.write(office.store.counted.state(db), anew=True)


def test_a_key_that_is_gone_without_an_erasure_is_a_loss_for_the_audit(office: Office) -> None:
    office.store.connection.execute("UPDATE keys SET wrapped = NULL WHERE name = 'letters:2'")
    with pytest.raises(StoreError, match="letters:2 的密钥不见了，又没有登记删除"):
        audit_store(office.store)


def test_files_that_came_with_it_are_named_until_they_are_gone(office: Office) -> None:
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    assert [each.files for each in copies_due(office.store)] == [("ab" * 32,)]
    copies_done(office.store, ["letters:1"])
    assert copies_due(office.store) == []


def test_what_a_backup_brought_back_goes_again_though_it_was_open_then(tmp_path: Path) -> None:
    office = Office(tmp_path / "huiyin.db")
    office.take(marked())
    again = do.Erase(ground=ErasureGround.REQUEST, restored=True)
    case = office.act(again, HOUSE)
    finish_erasures(office.store)
    assert (case.open, case.erased_at) == (False, RECEIVED)
    office.copies_gone()
    assert office.holds(*MARKS) == []
    assert balanced(office) == ()
    office.store.close()


@pytest.mark.parametrize("master", [NO_MASTER, Master(b"m" * 32)])
def test_as_whom_the_person_was_known_waits_sealed_for_the_copies(
    tmp_path: Path, master: Master
) -> None:
    office = Office(tmp_path / "huiyin.db", master)
    office.busy()
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    (stored,) = office.store.connection.execute("SELECT people FROM erasures").fetchone()
    assert (MARKS[0].encode() in stored) == (not master.key)
    assert {one.author for one in copies_due(office.store)[0].people} == {MARKS[0]}
    office.store.close()


def test_what_an_earlier_program_left_for_the_copies_is_read(office: Office) -> None:
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    office.store.connection.execute("UPDATE erasures SET people = CAST(people AS TEXT)")
    assert {one.author for one in copies_due(office.store)[0].people} == {MARKS[0]}


def test_no_case_that_was_shown_stays_in_memory(office: Office) -> None:
    shown = office.store.ledger.search(Query()).cases
    assert MARKS[0] in {case.item.author for case in shown}
    assert decode_shown.cache_info().currsize
    office.act(ERASE, HOUSE)
    finish_erasures(office.store)
    assert decode_shown.cache_info().currsize == 0


def test_many_cases_take_one_look_at_what_all_cases_share(office: Office) -> None:
    office.act(do.Refuse(reason="走诉讼"), case="letters:2")
    for case in ("letters:1", "letters:2"):
        office.act(ERASE, HOUSE, case=case)
    said: list[str] = []
    office.store.connection.set_trace_callback(said.append)
    assert len(finish_erasures(office.store)) == 2
    office.store.connection.set_trace_callback(None)
    for looked in ("FROM alerts", "FROM dead_letters"):
        assert sum(looked in one for one in said) == 1
    open_ones = [one for one in said if "inbox_open" in one]
    assert len(open_ones) == 2, "a page, and that there is no other"
