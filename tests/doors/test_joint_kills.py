"""One draft for many citizens, killed (SIGKILL) again and again in the middle: no citizen gets two,
and one who got none stands for a person to settle."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from cases.life.rules import Rules
from cases.record import commands as do
from cases.record.case import State
from cases.record.messages import Action
from cases.routing.routing import Router
from cases.words.actors import Actor, Role
from classifiers.base import Classifier
from desk.app.commands.audit import audit_store
from desk.delivery.outbox import ReplyOutbox
from desk.delivery.service import delivery_log, finish_at_start
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.doer import Doer
from desk.ground.settings import Settings, read_settings
from desk.matters.carrying import Carrying
from desk.matters.service import Matters
from desk.matters.standing import Stage
from sinks.delivery.base import Outcome, Outgoing, Receipt
from sinks.delivery.config import Doors
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch
from tests.desk.case_office import NOW, item

SOURCE, MATTER, UNIT = "board-export", "board-export:2001", "housing"
DESK = Actor(id="desk", role=Role.DESK, name="林某")
WRITER = Actor(id="writer", role=Role.RESPONDER, name="住建经办", unit=UNIT)
REVIEWER = Actor(id="reviewer", role=Role.REVIEWER, name="审核某")
TEXT = (
    "尊敬的【称呼】：您好！您反映的问题（受理编号：【受理编号】）已办好。电话0999-2345678。【署名】"
)
POINTS_OF_A_CASE = 8
"""Two around each of: draft, approval, letter, record of the letter."""

Reached = Callable[[], None]


class Watched(EmbeddedRunner):
    """Tells of each point that it reaches."""

    reached: Reached = staticmethod(lambda: None)

    def act(self, action: Action) -> None:
        self.reached()
        super().act(action)
        self.reached()


@dataclass
class Letterbox:
    """The citizens' side: what arrived stands in a file, whatever becomes of who sent it."""

    file: Path
    reached: Reached
    name: str = "问政平台接口"

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        self.reached()
        with self.file.open("a", encoding="utf-8") as box:
            box.write(f"{outgoing.item.source_item_id}\t{outgoing.text}\n")
        self.reached()
        return Receipt(at=now, via=self.name, reference="回执")


@cache
def _read_once(config: Path) -> tuple[Rules, Classifier, Router]:
    settings = read_settings({"HUIYIN_CONFIG": str(config), "HUIYIN_CLASSIFIER": "rules"})
    return (
        wiring.build_rules(settings),
        wiring.build_classifier(settings),
        wiring.build_router(settings),
    )


@dataclass
class Town:
    home: Path
    config: Path

    @property
    def settings(self) -> Settings:
        return read_settings(
            {
                "HUIYIN_HOME": str(self.home),
                "HUIYIN_CONFIG": str(self.config),
                "HUIYIN_NOW": NOW.isoformat(),
                "HUIYIN_CLASSIFIER": "rules",
            }
        )

    @property
    def box(self) -> Path:
        return self.home / "letterbox.txt"

    def runner(self, reached: Reached = lambda: None) -> EmbeddedRunner:
        processor = Processor(*_read_once(self.config))
        settings = self.settings
        runner = Watched(EmbeddedStore(settings.database), processor, settings.clock)
        runner.reached = reached
        return runner

    def desk(self, reached: Reached = lambda: None) -> DeskContext:
        settings = self.settings
        rules, _, router = _read_once(self.config)
        desk = DeskContext(
            settings=settings,
            rules=rules,
            register=router.register,
            readers=Readers(settings.database),
            acts=CaseActions(lambda: self.runner(reached)),
        )
        desk._services[ReplyOutbox] = ReplyOutbox(
            acts=desk.acts,
            rules=desk.rules,
            file=desk.file,
            clock=desk.clock,
            open_doors=lambda: Doors({SOURCE: Letterbox(self.box, reached)}),
            open_log=lambda: delivery_log(settings),
            check=lambda _log: None,
        )
        return desk

    def fill(self, cases: int) -> tuple[str, ...]:
        """Linked cases of one unit; their ids."""
        runner = self.runner()
        numbers = [str(2001 + n) for n in range(cases)]
        people = {n: {"author": f"来件人{n}号", "phone": f"1390000{n}"} for n in numbers}
        runner.take(SOURCE, Batch(found=tuple(item(n, **people[n]) for n in numbers)))
        runner.pump_all()
        ids = tuple(f"{SOURCE}:{n}" for n in numbers)
        for case_id in ids:
            self._tell(runner, case_id, do.LinkMatter(matter=MATTER))
            if runner.store.ledger.load([case_id])[case_id].unit != UNIT:
                self._tell(runner, case_id, do.Assign(lead=UNIT, reason="主管"))
        runner.pump_all()
        runner.store.close()
        return ids

    @staticmethod
    def _tell(runner: EmbeddedRunner, case_id: str, command: do.AnyCommand) -> None:
        name = f"{case_id}-{type(command).__name__}"
        runner.act(Action(message_id=name, case_id=case_id, actor=DESK, command=command, at=NOW))


def _by(actor: Actor) -> Doer:
    return Doer(actor=actor, address="127.0.0.1")


def _work(town: Town, number: str, reached: Reached) -> None:
    """What a start of the desk does, and what people then press, where it was not pressed yet."""
    finish_at_start(town.settings, lambda: town.runner(reached))
    desk = town.desk(reached)
    service, carrying, outbox = desk.get(Matters), desk.get(Carrying), desk.get(ReplyOutbox)
    outbox.start()
    carrying.start()
    joint = service.view(_by(DESK), number).joint
    if joint.edition is None:
        service.write(_by(WRITER), number, TEXT)
    assert carrying.wait(60)
    edition = service.view(_by(DESK), number).joint.edition
    assert edition is not None
    if not edition.approvals:
        service.approve(_by(REVIEWER), number)
    assert carrying.wait(60)
    edition = service.view(_by(DESK), number).joint.edition
    assert edition is not None
    if edition.sent is None:
        service.send(_by(WRITER), number)
    assert carrying.wait(60)
    assert outbox.wait(60)
    desk.close()


def _child(town: Town, number: str, points: int) -> None:
    left = points

    def reached() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _work(town, number, reached)


def _killed(town: Town, number: str, points: int) -> bool:
    """One process that dies after so many points; False where it came to the end before."""
    # Forked, so that a kill comes during the work and not during the imports.
    child = multiprocessing.get_context("fork").Process(target=_child, args=(town, number, points))
    child.start()
    child.join(120)
    assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
    return child.exitcode != 0


def _answered(town: Town, cases: int, kills: int) -> tuple[int, Counter[Stage]]:
    ids = town.fill(cases)
    desk = town.desk()
    number = desk.get(Matters).begin(_by(DESK), MATTER, ids).joint.number
    desk.close()
    random_ = random.Random(16)
    most = cases * POINTS_OF_A_CASE // (kills + 1)
    done = sum(_killed(town, number, random_.randint(most // 2, most)) for _ in range(kills))
    _work(town, number, lambda: None)
    _checked(town, number, ids)
    desk = town.desk()
    view = desk.get(Matters).view(_by(DESK), number)
    desk.close()
    return done, Counter(one.standing.stage for one in view.cases)


def _checked(town: Town, number: str, ids: tuple[str, ...]) -> None:
    arrived: Counter[str] = Counter()
    for line in town.box.read_text("utf-8").splitlines():
        own, _, text = line.partition("\t")
        arrived[own] += 1
        assert f"尊敬的来件人{own}号：" in text
        assert f"受理编号：{own}）" in text
    assert max(arrived.values()) == 1, "a citizen got two"
    desk = town.desk()
    view = desk.get(Matters).view(_by(DESK), number)
    assert [one.case.case_id for one in view.cases] == list(ids)
    unclear = set()
    for one in view.cases:
        case, own = one.case, one.case.item.source_item_id
        assert one.standing.stage in (Stage.DELIVERED, Stage.UNCLEAR), "silently none"
        if one.standing.stage is Stage.DELIVERED:
            assert arrived[own] == 1
            assert case.state is State.REPLIED
            assert len(case.round.deliveries) == 1
        else:
            unclear.add(case.case_id)
        assert len(case.round.drafts) == 1
    with closing(delivery_log(town.settings)) as log:
        waiting = log.unclear(now=NOW + timedelta(minutes=11))
    assert {state.case_id for state in waiting} == unclear, "each stands for a person to settle"
    desk.close()
    runner = wiring.open_runner(town.settings)
    result = audit_store(runner.store)
    assert result.balanced, result.problems
    assert result.waiting == 0
    runner.store.close()


def test_three_kills_in_the_middle_of_one_draft_for_eight(tmp_path: Path, root: Path) -> None:
    kills, stages = _answered(Town(tmp_path, root / "config"), 8, 3)
    assert kills == 3
    assert stages.total() == 8


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_in_the_middle_of_one_draft_for_sixty(tmp_path: Path, root: Path) -> None:
    kills, stages = _answered(Town(tmp_path, root / "config"), 60, 20)
    assert kills == 20
    assert stages.total() == 60
    assert stages[Stage.UNCLEAR] <= 20
    print(f"60 件，{kills} 次中断：{dict(stages)}")
