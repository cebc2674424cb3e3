"""Where many messages wait, what is urgent and what people press does not wait for the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.messages import Action, encode_message, observe
from cases.words.actors import SYSTEM
from cases.words.erasure import ErasureGround
from cases.words.labels import Labels
from classifiers.base import Classifier, Text
from classifiers.model.engine import load_model
from classifiers.rules.engine import RulesClassifier
from classifiers.snownlp.engine import SnowNLPSentiment
from desk.app import background
from desk.app.commands.audit import audit_store
from desk.ground import wiring
from desk.ground.settings import read_settings
from streams.embedded import precedence as stepping_aside
from streams.embedded import runner as embedded
from streams.embedded.precedence import precedence
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Prepared, Processor
from streams.sources.seam.base import Batch
from tests.cases.helpers import LEAD, RECEIVED, item, labels, usual
from tests.streams.fakes import OneUnit

NOW = RECEIVED + timedelta(hours=1)
FIRE = "9007"


class Fires(Classifier):
    """着火 is urgent; 毒 breaks it, also where only urgency is asked for."""

    version = "fires"

    def __init__(self) -> None:
        self.asked = 0

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        return [labels(urgent=urgent, loud=urgent) for urgent in self._urgent(texts)]

    def urgent(self, texts: Sequence[Text]) -> list[bool]:
        self.asked += len(texts)
        return self._urgent(texts)

    def _urgent(self, texts: Sequence[Text]) -> list[bool]:
        if any("毒" in text.body for text in texts):
            raise ZeroDivisionError
        return ["着火" in text.body for text in texts]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "BATCH", 5)
    monkeypatch.setattr(embedded, "AT_ONCE", 5)
    monkeypatch.setattr(embedded, "BACKLOG", 8)
    monkeypatch.setattr(embedded, "LOOK_AHEAD", 20)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "huiyin.db")
    yield opened
    opened.close()


def opened(store: EmbeddedStore, fires: Fires | None = None) -> EmbeddedRunner:
    return EmbeddedRunner(store, Processor(usual(), fires or Fires(), OneUnit()), lambda: NOW)


def take(runner: EmbeddedRunner, *numbers: str, body: str = "路灯坏了", **more: object) -> None:
    runner.take("letters", Batch(found=tuple(item(n, body=body, **more) for n in numbers)))


def known(store: EmbeddedStore) -> set[str]:
    return {event.case_id.removeprefix("letters:") for event in store.journal()}


def many(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def test_what_sounds_urgent_at_the_end_of_a_backlog_is_opened_first(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 15))
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    assert known(store) == {FIRE}
    assert AlertKind.URGENT in {alert.kind for alert in store.alerts(10)}
    assert store.processed == 0


def test_many_urgent_ones_come_in_batches_as_all_do(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 12))
    take(runner, *many(100, 7), body="楼里着火了")
    runner.pump(5)
    assert known(store) == set(many(100, 5))
    runner.pump(5)
    assert known(store) == set(many(100, 7))


def test_urgent_ones_that_had_their_turn_meanwhile_end_no_round(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(100, 7), body="楼里着火了")
    take(runner, *many(1, 20))
    runner.pump(5)
    with store.transaction():
        store.set_processed(7)
    assert runner.pump(5).messages == 5
    assert set(many(1, 5)) <= known(store)


def test_afterwards_nothing_is_there_twice_and_the_book_balances(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 15))
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    early = [event for event in store.journal() if event.case_id == f"letters:{FIRE}"]
    raised = len(store.alerts(100))
    runner.pump_all()
    assert [e for e in store.journal() if e.case_id == f"letters:{FIRE}"] == early
    assert known(store) == {*many(1, 15), FIRE}
    assert [a.alert_id for a in store.alerts(100)].count(store.alerts(100)[-1].alert_id) == 1
    assert len(store.alerts(100)) >= raised
    assert store.waiting() == 0
    assert audit_store(store).balanced


def test_without_a_backlog_messages_keep_their_turn(store: EmbeddedStore) -> None:
    fires = Fires()
    runner = opened(store, fires)
    take(runner, *many(1, 5))
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    assert known(store) == set(many(1, 5))
    assert not fires.asked


def test_each_message_is_looked_at_once_while_the_backlog_goes_down(store: EmbeddedStore) -> None:
    fires = Fires()
    runner = opened(store, fires)
    take(runner, *many(1, 60))
    runner.pump_all()
    assert fires.asked <= 60
    assert known(store) == set(many(1, 60))


def test_what_the_source_calls_urgent_goes_first_and_history_does_not(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 15))
    take(runner, "old", body="当年着火了", archived=True)
    take(runner, "grave", urgency="特急")
    runner.pump(5)
    assert known(store) == {"grave"}


def test_what_breaks_the_look_or_cannot_be_read_waits_and_hinders_nobody(
    store: EmbeddedStore,
) -> None:
    runner = opened(store)
    take(runner, *many(1, 12))
    take(runner, "poison", body="毒")
    with store.transaction():
        store.append_raw([b"no message"])
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    assert known(store) == {FIRE}
    runner.pump_all()
    assert {letter.letter.reason for letter in store.dead_letters()} == {
        "not_a_message",
        "processing_failed",
    }


def test_a_bad_message_of_a_case_that_goes_first_is_a_dead_letter_once_and_at_its_turn(
    store: EmbeddedStore,
) -> None:
    runner = opened(store)
    take(runner, *many(1, 12))
    take(runner, FIRE, body="毒")
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    assert known(store) == {FIRE}
    assert list(store.dead_letters()) == []
    runner.pump_all()
    assert [letter.times for letter in store.dead_letters()] == [1]
    assert audit_store(store).balanced


def test_bad_messages_alone_do_not_stop_a_press_or_the_round(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, "bad", body="毒")
    take(runner, "bad", body="毒，第二版")
    take(runner, *many(1, 12))
    runner.carry_on(["letters:bad"])
    assert known(store) == set()
    runner.pump_all()
    assert known(store) == set(many(1, 12))
    assert len(list(store.dead_letters())) == 2


def test_urgent_ones_that_could_not_be_written_go_first_at_the_next_try(
    monkeypatch: pytest.MonkeyPatch, store: EmbeddedStore
) -> None:
    runner = opened(store)
    take(runner, *many(1, 15))
    take(runner, FIRE, body="楼里着火了")
    with monkeypatch.context() as broken:
        broken.setattr(store, "raise_alerts", _no_room)
        with pytest.raises(OSError, match="full"):
            runner.pump(5)
    assert known(store) == set()
    runner.pump(5)
    assert known(store) == {FIRE}


def _no_room(_: object) -> None:
    raise OSError("full")


def test_what_the_clock_says_of_a_case_does_not_wait_for_a_backlog(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, "case")
    runner.pump_all()
    take(runner, *many(1, 15))
    late = NOW + timedelta(days=200)
    again = EmbeddedRunner(store, Processor(usual(), Fires(), OneUnit()), lambda: late)
    assert again.sweep() == 1
    again.pump(5)
    assert known(store) == {"case"}
    assert {alert.case_id for alert in store.alerts(10)} == {"letters:case"}
    again.pump_all()
    assert audit_store(store).balanced


def test_a_case_that_is_erased_before_its_messages_have_their_turn_stays_erased(
    store: EmbeddedStore,
) -> None:
    runner = opened(store)
    case_id = "letters:old"
    take(runner, *many(1, 12))
    take(runner, "old", body="当年着火了", archived=True)
    runner.hurry([case_id])
    take(runner, "old", body="当年着火了，已经扑灭", archived=True)
    erase = Action(
        message_id="e-1",
        case_id=case_id,
        actor=SYSTEM,
        command=do.Erase(ground=ErasureGround.REQUEST),
        at=NOW,
    )
    runner.act(erase)
    runner.carry_on([case_id])
    assert runner.finish_erasures() == (case_id,)
    (erased,) = store.ledger.load([case_id]).values()
    runner.pump_all()
    (after,) = store.ledger.load([case_id]).values()
    assert (after.erased_at, after.seq) == (NOW, erased.seq)
    assert "着火" not in str(after.item)
    assert audit_store(store).balanced


def test_messages_of_a_case_keep_their_order_when_it_goes_first(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 12))
    take(runner, "case")
    take(runner, "case", body="路灯坏了，现在着火了")
    runner.act(press("letters:case"))
    runner.hurry(["letters:case"])
    history = [event.body.__struct_config__.tag for event in store.journal()]
    (case,) = store.ledger.load(["letters:case"]).values()
    assert known(store) == {"case"}
    assert case.item.body.endswith("着火了")
    assert history[0] == "case_opened"
    assert history[-1] == "acknowledged"
    runner.pump_all()
    again = store.ledger.load(["letters:case"])["letters:case"]
    assert again.history == case.history
    assert audit_store(store).balanced


def press(case_id: str) -> Action:
    return Action(message_id="a-1", case_id=case_id, actor=LEAD, command=do.Acknowledge(), at=NOW)


def test_a_press_is_carried_out_before_the_backlog(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, "case")
    runner.pump_all()
    take(runner, *many(1, 40))
    runner.act(press("letters:case"))
    runner.carry_on(["letters:case"])
    (case,) = store.ledger.load(["letters:case"]).values()
    assert case.recorded_for("a-1")
    assert known(store) == {"case"}
    assert store.waiting() == 41


def test_in_the_midst_of_a_backlog_the_book_balances(store: EmbeddedStore) -> None:
    """What went before its turn has events, and lies in the part of the inbox that still waits."""
    runner = opened(store)
    take(runner, *many(1, 30))
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    runner.act(press(f"letters:{FIRE}"))
    runner.carry_on([f"letters:{FIRE}"])
    while store.waiting():
        found = audit_store(store)
        assert found.problems == ()
        assert found.waiting == len(many(1, 30)) + 1 - len(known(store))
        runner.pump(5)
    assert audit_store(store).balanced


def test_a_press_with_little_waiting_sees_to_everything(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, "case", *many(1, 4))
    runner.act(press("letters:case"))
    store_waits = store.waiting()
    runner.pump(1)
    runner.carry_on(["letters:case"])
    assert store_waits == 6
    assert store.waiting() == 0


def test_messages_that_lie_open_count_in_their_order_too(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, "case")
    with store.transaction():
        store.connection.execute(
            "INSERT INTO inbox (position, data) VALUES (2, ?)",
            (encode_message(observe(item("case", body="第二版"), "x#1")),),
        )
    runner.act(replace(press("letters:case"), message_id="a-2"))
    found = store.inbox_of(["letters:case"], 0)
    assert [data in row for data, row in zip((b"observ", b"x#1", b"a-2"), found, strict=True)] == [
        True
    ] * 3
    assert store.inbox_of(["letters:case"], 2) == found[2:]
    assert store.inbox_of(["letters:other"], 0) == []


def test_after_a_start_the_rest_of_a_backlog_is_looked_at_again(store: EmbeddedStore) -> None:
    runner = opened(store)
    take(runner, *many(1, 15))
    take(runner, FIRE, body="楼里着火了")
    runner.pump(5)
    before = list(store.journal())
    again = opened(store)
    again.pump(5)
    assert list(store.journal()) == before
    again.pump_all()
    assert known(store) == {*many(1, 15), FIRE}


@pytest.mark.parametrize(
    "engine", ["rules", "linear", pytest.param("snownlp", marks=pytest.mark.slow)]
)
def test_what_an_engine_marks_urgent_sounds_so_at_the_first_look(engine: str) -> None:
    tables = wiring.build_tables(read_settings({}))
    engines: dict[str, Classifier] = {
        "rules": RulesClassifier(tables),
        "linear": load_model(tables),
        "snownlp": SnowNLPSentiment(RulesClassifier(tables)),
    }
    texts = [
        Text("", "孩子掉进河里了，快来人"),
        Text("楼要塌了", "墙裂得不敢住人，还在响"),
        Text("关于公交的建议", "线路调整以后候车时间太长，建议增加早晚班次"),
        Text("回复", "谢谢", "三楼着火了，有人被困"),
        Text(),
    ]
    chosen = engines[engine]
    marked = [found.urgent for found in chosen.classify(texts)]
    assert chosen.urgent(texts) == marked
    assert set(marked) == {True, False}


class _Overtaken(Processor):
    """While it prepares its first batch, another runner does the same messages."""

    other: EmbeddedRunner | None = None

    def prepare(self, batch: Sequence[bytes], now: datetime) -> Prepared:
        if self.other is not None:
            other, self.other = self.other, None
            other.pump(3)
        return super().prepare(batch, now)


def test_what_another_runner_did_meanwhile_is_not_done_again(tmp_path: Path) -> None:
    stores = [EmbeddedStore(tmp_path / "huiyin.db") for _ in range(2)]
    slow = _Overtaken(usual(), Fires(), OneUnit())
    slow.other = opened(stores[1])
    runner = EmbeddedRunner(stores[0], slow, lambda: NOW)
    take(runner, *many(1, 5))
    outcome = runner.pump(5)
    assert (outcome.opened, outcome.replayed) == (2, 0)
    assert stores[0].processed == 5
    assert known(stores[0]) == set(many(1, 5))
    for store in stores:
        store.close()


class _Watched(Processor):
    """Says how many messages it has at once, and lets a person press in the midst of one piece."""

    def __init__(self) -> None:
        super().__init__(usual(), Fires(), OneUnit())
        self.pieces: list[int] = []
        self.looks: list[int] = []

    def prepare(self, batch: Sequence[bytes], now: datetime) -> Prepared:
        self.pieces.append(len(batch))
        return super().prepare(batch, now)

    def pressing_cases(self, batch: Sequence[bytes]) -> list[str]:
        self.looks.append(len(batch))
        return super().pressing_cases(batch)


def test_the_processing_asks_before_each_piece_of_work_whether_a_person_waits(
    monkeypatch: pytest.MonkeyPatch, store: EmbeddedStore
) -> None:
    monkeypatch.setattr(embedded, "PIECE", 6)
    watched = _Watched()
    runner = EmbeddedRunner(store, watched, lambda: NOW)
    take(runner, *many(1, 40))
    asked: list[tuple[int, int, bool]] = []

    def give_way() -> None:
        asked.append((len(watched.looks), len(watched.pieces), store.connection.in_transaction))

    runner._pump(5, give_way)
    assert watched.looks == [6, 6, 6, 6]
    assert watched.pieces == [5]
    # Before each look, after the last, before the batch is read, and before it is written.
    assert [(looks, pieces) for looks, pieces, _ in asked] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (4, 0),
        (4, 1),
    ]
    assert not any(writing for _, _, writing in asked)


def test_the_loop_of_the_desk_takes_little_at_a_time_and_less_while_people_press(
    monkeypatch: pytest.MonkeyPatch, store: EmbeddedStore
) -> None:
    monkeypatch.setattr(background, "STEP", 6)
    monkeypatch.setattr(background, "PEOPLE_STEP", 2)
    watched = _Watched()
    runner = EmbeddedRunner(store, watched, lambda: NOW)
    step = background.processing_step(runner)
    take(runner, "case", *many(1, 5))
    # What the program itself notes of a case is no press.
    runner.act(replace(press("letters:none"), message_id="s-1", actor=SYSTEM))
    assert step()
    step()
    runner.act(press("letters:case"))
    take(runner, *many(10, 2))
    assert [step(), step(), step()] == [True, True, False]
    assert watched.pieces == [6, 1, 2, 1]


def test_while_a_person_waits_the_processing_of_the_same_file_does(tmp_path: Path) -> None:
    first, second = (precedence(tmp_path / "huiyin.db") for _ in range(2))
    other = precedence(tmp_path / "other.db")
    assert first is second
    went_on = Event()

    def work() -> None:
        second.give_way()
        went_on.set()

    with first.person():
        worker = Thread(target=work)
        worker.start()
        other.give_way()
        assert not went_on.is_set()
    worker.join(10)
    assert went_on.is_set()


def test_who_presses_all_the_time_does_not_stop_the_processing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stepping_aside, "MOST_SECONDS", 0.01)
    one = precedence(tmp_path / "huiyin.db")
    with one.person():
        one.give_way()


def test_what_a_person_waits_for_gives_way_to_nobody(
    monkeypatch: pytest.MonkeyPatch, store: EmbeddedStore
) -> None:
    runner = opened(store)
    monkeypatch.setattr(stepping_aside.Precedence, "give_way", lambda _: pytest.fail("it waits"))
    take(runner, "case")
    runner.act(press("letters:case"))
    runner.carry_on(["letters:case"])
    take(runner, *many(1, 30))
    runner.act(replace(press("letters:case"), message_id="a-2"))
    runner.carry_on(["letters:case"])
    (case,) = store.ledger.load(["letters:case"]).values()
    assert case.recorded_for("a-1")
    assert case.recorded_for("a-2")
