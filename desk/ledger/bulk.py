"""Many cases at once: 派单, 改派, 催办, 督办, each a normal action of the person.

A job is written down before anything is done, and each case's action carries a number
made of job and case: submitted again, or taken up again after a stop, nothing is done
twice.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from datetime import datetime, time
from queue import Empty, SimpleQueue
from typing import Final

import msgspec
from msgspec import Struct

from cases.record import commands as do
from cases.record.commands import AnyCommand
from cases.words.actors import Actor
from cases.words.refusals import NotAllowed
from cases.words.times import BEIJING
from desk.actions.acting import Acting
from desk.ground.actions import NotYet
from desk.ground.deskfile import DeskFile
from desk.ground.doer import Doer, NotPermitted, NotThere
from desk.ground.loops import Loop

MOST_CASES: Final = 1000
"""In one job; with Kafka that is some minutes."""
BULK_WORDS: Final = {
    "assign": "派单",
    "reassign": "改派",
    "remind": "催办",
    "supervise": "督办",
}
_IDLE_SECONDS: Final = 60.0
_log = logging.getLogger(__name__)

_STEPS = (
    """
    CREATE TABLE bulk_jobs (
        id TEXT PRIMARY KEY, actor BLOB NOT NULL, word TEXT NOT NULL, command BLOB NOT NULL,
        at TEXT NOT NULL, stopped TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE TABLE bulk_cases (
        job TEXT NOT NULL, number INTEGER NOT NULL, case_id TEXT NOT NULL,
        outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (job, number)
    ) WITHOUT ROWID
    """,
)
_OUTCOMES: Final = ("done", "refused", "unclear")


class BadBulk(ValueError):
    """What was asked cannot be done to any case; the text says why, in Chinese."""


class JobCase(Struct, frozen=True):
    case_id: str
    outcome: str
    """"" waits, "done", "refused", "unclear"."""
    reason: str


class Job(Struct, frozen=True, kw_only=True):
    id: str
    actor: Actor
    word: str
    at: datetime
    stopped: str
    """Why it does not go on; "" for no such reason."""
    total: int
    done: int
    refused: int
    unclear: int
    problems: tuple[JobCase, ...]
    """What was refused or is unclear, with the reason each."""

    @property
    def over(self) -> bool:
        return self.done + self.refused + self.unclear >= self.total


def bulk_command(
    action: str, unit: str, text: str, due: str, skip_reason: str, now: datetime
) -> AnyCommand:
    """The action that is done to each case. Raises `BadBulk`."""
    text = text.strip()[:2000]
    match action:
        case "assign" | "reassign":
            if not unit:
                raise BadBulk("请选择承办单位。")
            if action == "reassign" and not text:
                raise BadBulk("请填写改派的理由。")
            return do.Assign(lead=unit, reason=text)
        case "remind" | "supervise":
            if not text:
                raise BadBulk(f"请填写{BULK_WORDS[action]}的内容。")
            rung = do.Rung.REMIND if action == "remind" else do.Rung.SUPERVISE
            return do.Press(
                rung=rung, text=text, due_at=_due(due, now), skip_reason=skip_reason.strip()[:500]
            )
        case _:
            raise BadBulk("请选择要做什么。")


def _due(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  (a day)
    except ValueError:
        raise BadBulk(f"期限应为 2026-11-22 这样的日期，实际是“{text[:20]}”。") from None
    due = datetime.combine(day, time(23, 59, 59), BEIJING)
    if due <= now:
        raise BadBulk("期限应在今天或以后。")
    return due


class Bulk:
    """The jobs, and the one thread that does them."""

    def __init__(self, file: DeskFile, acting: Acting) -> None:
        self._file = file
        self._acting = acting
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._lock = threading.Lock()
        self._taken: set[str] = set()
        self._loop = Loop("批量办理", self._step, _IDLE_SECONDS)
        file.ensure("bulk", _STEPS)

    def submit(
        self,
        job_id: str,
        actor: Actor,
        word: str,
        command: AnyCommand,
        case_ids: Sequence[str],
        at: datetime,
    ) -> None:
        """Once for a `job_id`: a second time changes nothing. Raises `BadBulk`."""
        cases = list(dict.fromkeys(case_ids))
        if not cases:
            raise BadBulk("请先勾选事项。")
        if len(cases) > MOST_CASES:
            raise BadBulk(
                f"一次最多办理 {MOST_CASES} 件，选了 {len(cases)} 件。请缩小筛选范围，分次办理。"
            )
        with self._file.writing() as db:
            made = db.execute(
                "INSERT INTO bulk_jobs (id, actor, word, command, at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (
                    job_id,
                    msgspec.json.encode(actor),
                    word,
                    msgspec.json.encode(command),
                    at.isoformat(),
                ),
            ).rowcount
            if made:
                db.executemany(
                    "INSERT INTO bulk_cases (job, number, case_id) VALUES (?, ?, ?)",
                    [(job_id, number, case_id) for number, case_id in enumerate(cases, 1)],
                )
        if made:
            self.go_on(job_id)

    def go_on(self, job_id: str) -> None:
        """Does what is left of a job."""
        with self._file.writing() as db:
            db.execute("UPDATE bulk_jobs SET stopped = '' WHERE id = ?", (job_id,))
        with self._lock:
            if job_id in self._taken:
                return
            self._taken.add(job_id)
            self._waiting.put(job_id)
        self._loop.begin()
        self._loop.wake()

    def job(self, job_id: str) -> Job | None:
        with self._file.reading() as db:
            row = db.execute(
                "SELECT actor, word, at, stopped FROM bulk_jobs WHERE id = ?", (job_id,)
            ).fetchone()
            if row is None:
                return None
            counts = dict(
                db.execute(
                    "SELECT outcome, count(*) FROM bulk_cases WHERE job = ? GROUP BY 1", (job_id,)
                ).fetchall()
            )
            problems = db.execute(
                "SELECT case_id, outcome, reason FROM bulk_cases "
                "WHERE job = ? AND outcome IN ('refused', 'unclear') ORDER BY number",
                (job_id,),
            ).fetchall()
        actor, word, at, stopped = row
        return Job(
            id=job_id,
            actor=msgspec.json.decode(actor, type=Actor),
            word=word,
            at=datetime.fromisoformat(at),
            stopped=stopped,
            total=sum(counts.values()),
            **{name: counts.get(name, 0) for name in _OUTCOMES},
            problems=tuple(JobCase(*problem) for problem in problems),
        )

    def running(self, job_id: str) -> bool:
        """Whether this process is at it; the job of a process that ended waits for `go_on`."""
        with self._lock:
            return job_id in self._taken

    def close(self) -> None:
        """Ends after the action in hand; what is left can be taken up again."""
        self._loop.close()

    def _step(self) -> bool:
        try:
            job_id = self._waiting.get_nowait()
        except Empty:
            return False
        try:
            self._do(job_id)
        except Exception as error:  # noqa: BLE001
            # Whatever it is, the next job is done all the same.
            _log.exception("bulk job %s", job_id)
            self._say_stopped(job_id, f"{error}"[:300])
        finally:
            with self._lock:
                self._taken.discard(job_id)
        return True

    def _do(self, job_id: str) -> None:
        with self._file.reading() as db:
            actor_data, command_data = db.execute(
                "SELECT actor, command FROM bulk_jobs WHERE id = ?", (job_id,)
            ).fetchone()
            cases = db.execute(
                "SELECT number, case_id FROM bulk_cases WHERE job = ? AND outcome = '' "
                "ORDER BY number",
                (job_id,),
            ).fetchall()
        actor = msgspec.json.decode(actor_data, type=Actor)
        command = msgspec.json.decode(command_data, type=AnyCommand)
        for number, case_id in cases:
            if self._loop.stop.is_set():
                return
            outcome, reason = self._act(job_id, actor, case_id, command)
            with self._file.writing() as db:
                db.execute(
                    "UPDATE bulk_cases SET outcome = ?, reason = ? WHERE job = ? AND number = ?",
                    (outcome, reason, job_id, number),
                )

    def _act(self, job_id: str, actor: Actor, case_id: str, command: AnyCommand) -> tuple[str, str]:
        number = hashlib.sha256(f"{job_id}\n{case_id}".encode()).hexdigest()[:32]
        try:
            self._acting.act(Doer(actor=actor), case_id, command, action_id=f"bulk-{number}")
        except (NotAllowed, NotPermitted, NotThere) as refusal:
            return "refused", str(refusal)
        except NotYet as late:
            return "unclear", str(late)
        return "done", ""

    def _say_stopped(self, job_id: str, why: str) -> None:
        with self._file.writing() as db:
            db.execute("UPDATE bulk_jobs SET stopped = ? WHERE id = ?", (why, job_id))
