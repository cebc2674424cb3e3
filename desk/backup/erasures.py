"""The list of what was erased, kept beside the data and beside the backups: an older backup that
is restored brings erased cases back, and they go again.

It holds numbers of cases, when, by whom and on what ground; nothing of the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cases.record.commands import Erase
from cases.record.messages import Action
from cases.words.actors import Actor, Role
from cases.words.erasure import ErasureGround
from huiyin.store.whole import whole
from streams.embedded.runner import EmbeddedRunner
from streams.runtime import Runtime

NAME: Final = "erasures.jsonl"


class Line(Struct, frozen=True, kw_only=True):
    case_id: str
    at: datetime
    by: str
    ground: ErasureGround
    rule: str = ""


def note_erasures(lines: Sequence[Line], *folders: Path | None) -> None:
    """Into the list of each folder. Raises `OSError`."""
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    for folder in folders:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / NAME).open("ab") as out:
                out.write(data)


def noted_erasures(folder: Path) -> list[Line]:
    """What stands in the list of a folder. Raises `OSError` and `msgspec.DecodeError`."""
    path = folder / NAME
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Line) for line in path.read_bytes().splitlines() if line]


def lay_beside(home: Path, folder: Path) -> None:
    """The list of a home beside its backups, in place of one that knows less. Raises `OSError`."""
    here, there = home / NAME, folder / NAME
    if here.exists() and (not there.exists() or here.stat().st_size > there.stat().st_size):
        with whole(there) as written:
            written.write_bytes(here.read_bytes())


def erase_again(lines: Sequence[Line], runner: Runtime) -> int:
    """Erases the cases that are there and not erased; gives how many."""
    wanted = {line.case_id: line for line in lines}
    there = runner.store.ledger.load(list(wanted))
    again = [wanted[case_id] for case_id, case in there.items() if case.erased_at is None]
    for line in again:
        runner.act(
            Action(
                message_id=f"restored:{line.case_id}:{line.at:%Y%m%d%H%M%S}",
                case_id=line.case_id,
                actor=Actor(id=line.by, role=Role.SYSTEM),
                command=Erase(ground=line.ground, rule=line.rule, restored=True),
                at=runner.clock(),
            )
        )
    runner.pump_all()
    if isinstance(runner, EmbeddedRunner):
        runner.finish_erasures()
    return len(again)
