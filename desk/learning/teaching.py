"""The linear model learns at this desk: lessons out of the ledger, a new version, the way back."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from threading import Lock, Thread
from typing import Final, Self

import msgspec
from msgspec import Struct

from cases.figures.taught import Heads, confirmed, taught_heads
from cases.record.case import Case
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from classifiers.base import Text
from classifiers.encoder.encoderfile import EncoderError
from classifiers.model import modelfile
from classifiers.model.engine import SHIPPED, maker
from classifiers.model.modelfile import ModelError, ModelFile
from classifiers.training import lessons
from classifiers.training.lessons import Head, Lesson, Progress, Teaching
from desk.ground import models, wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import SettingsError
from huiyin.store.errors import StoreError
from huiyin.store.whole import put_in_place, whole
from sinks.ledger.base import Query
from sinks.private import make_folder

_log = logging.getLogger("huiyin.learning")

ROLES: Final = (Role.ADMIN,)
HEADS: Final = {Head.TOPIC: "事项分类", Head.KIND: "诉求类型", Head.SENTIMENT: "情感倾向"}
LAST: Final = "last.json"
"""In the folder of models: the report of the last training, whether its model is used or not."""


class Report(Struct, frozen=True, kw_only=True):
    """What a training was made of and what it brought."""

    version: str
    """Of the new model; "" where none was kept."""
    at: datetime
    by: str
    cases: int
    """Letters that it learnt from."""
    teaching: Teaching


def brought(report: Report) -> str:
    """What it did on the held-out letters, head by head, in one line."""
    learnt = (head for head in report.teaching.heads if head.learnt)
    return "；".join(
        f"{HEADS[head.head]} {head.corrected.before + head.confirmed.before} → "
        f"{head.corrected.after + head.confirmed.after}"
        f"（共 {head.corrected.count + head.confirmed.count}）"
        for head in learnt
    )


class ModelLine(Struct, frozen=True, kw_only=True):
    """A model that can be used; `version` "" is the program's own."""

    version: str
    in_use: bool
    report: Report | None = None


class Models:
    """Every method raises `NotPermitted`, and `NotAllowed` with what to do."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._busy = Lock()
        self.said = ""
        """What became of the training that was ordered at the page."""

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    def listed(self) -> tuple[ModelLine, ...]:
        """The program's own first, then those taught here, the newest first."""
        settings = self._desk.settings
        now = _chosen(self._desk)
        return tuple(
            ModelLine(version=name, in_use=name == now, report=self._report(f"{name}.json"))
            for name in ("", *models.versions(settings))
        )

    def outdated(self) -> bool:
        """Whether the model in use was made of another one than the program now comes with. What
        a new version of the program brought is not in it then."""
        report = next((line.report for line in self.listed() if line.in_use), None)
        if report is None or self._desk.settings.model is not None:
            return False
        return report.teaching.base != modelfile.read(SHIPPED).version

    def last(self) -> Report | None:
        return self._report(LAST)

    def use(self, by: Doer, version: str) -> None:
        """From the next message on; labels that were given stay. "" is the program's own."""
        desk = self._desk
        desk.permit(by, *ROLES, to="换用模型", about=version)
        self._refuse_fixed()
        if version and version not in models.versions(desk.settings):
            raise NotAllowed(f"没有训练过“{version[:80]}”这个模型。请从列表里选。")
        if version == _chosen(desk):
            raise NotAllowed("正在用的就是这个模型，没有改动。")
        try:
            if version:
                modelfile.read(models.file_of(desk.settings, version))
            models.choose(desk.settings, version)
        except (ModelError, SettingsError) as error:
            raise NotAllowed(f"不能换用：{error}") from None
        self.note_use(by, version)

    def note_use(self, by: Doer, version: str) -> None:
        """Into the trail, also where the choice had to be made before anything could open."""
        said = f"换用{version or '程序自带的模型'}"
        self._desk.note(by, AuditAction.CONFIGURATION, "模型", said)

    def teach(self, by: Doer, *, keep: bool, progress: Progress | None = None) -> Report:
        """Learns from the whole ledger. `keep`: the new model can be used afterwards; without it
        only the report is kept."""
        desk = self._desk
        desk.permit(by, *ROLES, to="训练模型", about="模型")
        if desk.settings.classifier == "rules":
            raise NotAllowed(
                "HUIYIN_CLASSIFIER=rules 只用规则表，没有可以训练的模型。请先改用 model 或 linear。"
            )
        if not self._busy.acquire(blocking=False):
            raise NotAllowed("正在训练，请等它结束。")
        try:
            return self._teach(by, keep=keep, progress=progress or (lambda _said: None))
        finally:
            self._busy.release()

    def begin(self, by: Doer) -> None:
        """`teach` beside the page. To use what comes of it is another press."""
        self._desk.permit(by, *ROLES, to="训练模型", about="模型")
        self.said = "正在训练，请稍后刷新"
        Thread(target=partial(self._run, by), name="huiyin-teach", daemon=True).start()

    def _run(self, by: Doer) -> None:
        try:
            report = self.teach(by, keep=True)
            self.said = "训练好了" if report.version else "更正还不够，没有新的模型"
        except NotAllowed as problem:
            self.said = str(problem)
        except StoreError as error:
            _log.warning("训练没有完成：%s", error)
            self.said = "训练没有完成：数据文件写不了，请检查磁盘空间"
        except Exception:  # noqa: BLE001
            # Whatever it is, the page has to say it.
            _log.exception("teaching")
            self.said = "训练没有完成，请查看日志"

    def _teach(self, by: Doer, *, keep: bool, progress: Progress) -> Report:
        desk = self._desk
        settings = desk.settings
        with desk.readers.reader() as store:
            learnt = gathered(store.ledger.scan(Query()))
        try:
            base = modelfile.read(settings.model or SHIPPED)
            make = maker(wiring.build_tables(settings), base, second=wiring.second_judge(settings))
        except (ModelError, EncoderError, SettingsError) as error:
            raise NotAllowed(f"不能训练：{error}") from None
        new, teaching = lessons.teach(base, learnt, make, progress=progress)
        try:
            folder = make_folder(models.folder_of(settings))
            version = self._write(new) if keep and teaching.learnt else ""
            report = Report(
                version=version,
                at=desk.clock(),
                by=by.actor.name or by.actor.id,
                cases=len(learnt),
                teaching=teaching,
            )
            for name in (LAST, *([f"{version}.json"] if version else [])):
                with whole(folder / name) as written:
                    written.write_bytes(msgspec.json.encode(report))
        except OSError as error:
            raise NotAllowed(f"不能写数据文件夹：{error.strerror}。请检查权限和空间。") from None
        desk.note(by, AuditAction.CONFIGURATION, "模型", f"训练：{version or '没有留下新的模型'}")
        return report

    def _write(self, new: ModelFile) -> str:
        """Gives the version."""
        settings = self._desk.settings
        part = models.folder_of(settings) / "new"
        digest = modelfile.write(part, new.info, new.keys, new.idf, new.weights, new.bias)
        version = f"{new.info.name}-{digest[:8]}"
        put_in_place(part, models.file_of(settings, version))
        return version

    def _report(self, name: str) -> Report | None:
        path = models.folder_of(self._desk.settings) / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=Report)
        except (OSError, msgspec.MsgspecError):
            return None  # a report says how good a model is; the model works without

    def _refuse_fixed(self) -> None:
        if self._desk.settings.model is not None:
            raise NotAllowed(
                "HUIYIN_MODEL 指定了模型文件，这里的选择不起作用。请先去掉这个环境变量再重新启动。"
            )


def _chosen(desk: DeskContext) -> str:
    try:
        return models.chosen(desk.settings)
    except SettingsError:
        return "?"


def gathered(cases: Iterable[Case]) -> list[Lesson]:
    """Every correction, and of what was let stand the newest; confidential and erased cases
    teach nothing. By time of receipt, the oldest first."""
    set_by_people: list[tuple[datetime, str, Lesson]] = []
    let_stand: list[tuple[datetime, str, Lesson]] = []
    for case in cases:
        if case.confidential or case.erased_at is not None:
            continue
        lesson = _lesson(case)
        if lesson is None:
            continue
        row = (case.received_at, case.case_id, lesson)
        if lesson.corrected:
            set_by_people.append(row)
        elif len(let_stand) < lessons.MOST:
            heapq.heappush(let_stand, row)
        else:
            heapq.heappushpop(let_stand, row)
    return [lesson for _, _, lesson in sorted(set_by_people + let_stand)]


def _lesson(case: Case) -> Lesson | None:
    said, stood = taught_heads(case), confirmed(case)
    names = {Head.TOPIC: said.topic, Head.KIND: said.kind, Head.SENTIMENT: said.sentiment}
    if said == Heads() and not (stood.topic or stood.kind):
        return None
    return Lesson(
        text=Text(case.item.title, case.item.body),
        topic=said.topic or stood.topic,
        kind=said.kind or stood.kind,
        sentiment=said.sentiment,
        corrected=frozenset(head for head, label in names.items() if label),
    )
