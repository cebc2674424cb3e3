"""Long work on reports, one after the other, with how far it is.

A job lives as long as the process: what it makes is a file, and a file that is missing
can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

Step = Callable[[], None]
"""Called once for each case that was read."""
Work = Callable[[Step], tuple[str, Path | None]]
"""Gives what to say at the end, and the file to fetch, where there is one."""

_MOST = 50


class ReportJob(Struct, frozen=True, kw_only=True):
    id: str
    title: str
    by: str
    """Account id of the owner of the files."""
    at: datetime
    total: int
    """Cases to read; 0 when nobody knows."""
    done: int = 0
    ended: bool = False
    failed: bool = False
    said: str = ""
    path: Path | None = None


class Stopped(Exception):
    """The process ends."""


class ReportJobs:
    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="huiyin-report")
        self._jobs: dict[str, ReportJob] = {}
        self._lock = Lock()
        self._stop = Event()

    def start(self, title: str, by: str, at: datetime, total: int, work: Work) -> str:
        """Gives the job's id."""
        job = ReportJob(id=uuid4().hex, title=title, by=by, at=at, total=total)
        with self._lock:
            ended = [each.id for each in self._jobs.values() if each.ended]
            for old in ended[: max(0, len(self._jobs) - _MOST)]:
                del self._jobs[old]
            self._jobs[job.id] = job
        self._pool.submit(self._run, job.id, work)
        return job.id

    def _run(self, job_id: str, work: Work) -> None:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if self._stop.is_set():
                raise Stopped
            if done % 100 == 0:
                self._change(job_id, done=done)

        try:
            said, path = work(step)
        except Stopped:
            return
        except Exception as error:  # noqa: BLE001  (whatever it is, the page has to say it)
            self._change(job_id, ended=True, failed=True, said=str(error) or type(error).__name__)
            return
        self._change(job_id, done=done, ended=True, said=said, path=path)

    def _change(self, job_id: str, **changes: object) -> None:
        with self._lock:
            if job_id in self._jobs:
                self._jobs[job_id] = replace(self._jobs[job_id], **changes)

    def get(self, job_id: str) -> ReportJob | None:
        with self._lock:
            return self._jobs.get(job_id)

    def all(self, by: str) -> list[ReportJob]:
        """Of one account, the newest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.by == by][::-1]

    def close(self) -> None:
        """After the case that is being read."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
