"""What was acknowledged: whether it is there after commands, crashes, cuts and swaps."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cases.words.actors import Role
from tests.attack.on_secrecy import pushed
from tests.attack.people import coded, page_visitor, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.soak import durability

BESIDE = (("user", "list"), ("token", "list"), ("qa", "export"), ("audit",), ("doctor",))


@attack(
    "commands beside the desk, then a crash",
    kind=Kind.LOSS,
    issue=(1,),
    before="five notes acknowledged after `huiyin user list` were gone, and audit said 没有丢失",
)
def beside(target: Target, dice: Random, size: Size) -> Result:
    """Notes and hand-overs acknowledged between the commands; then SIGKILL and a new start."""
    case_id = pushed(target, f"2605{dice.randrange(10**9):09}", 市民诉求="小区停水两天")
    desk, clerk = token_visitor(target, Role.DESK), page_visitor(target, Role.DESK)
    desk.arrived(case_id)
    kept: list[str] = []
    for number, command in enumerate(BESIDE if size is Size.FULL else BESIDE[:1]):
        status, printed = target.huiyin(*command)
        if status not in (0, 1) or "Traceback" in printed:
            return Result(str(status), [f"{command}: {printed[-200:]}"])
        for each in range(3):  # the page shows the newest 20
            text = f"记事{number}之{each}号{dice.randrange(10**6)}"
            if desk.act(case_id, "log_contact", text=text).status == 200:
                kept.append(text)
            if clerk.post("/duty/notes", text=f"交接{text}").status == 303:
                kept.append(f"交接{text}")
    target.crash()
    found = desk.get(f"/api/v1/cases/{coded(case_id)}/history?limit=200").text
    found += clerk.get("/duty").text
    gone = [text for text in kept if text not in found]
    wrong = [f"{text} is gone" for text in gone]
    status, printed = target.huiyin("audit")
    if status != 0:
        wrong.append(f"audit: {printed[-300:]}")
    return Result(f"audit {status}", wrong, f"{len(kept) - len(gone)} of {len(kept)} there")


def _play(name: str, play: Callable[[Path], str], wrong: list[str]) -> None:
    with TemporaryDirectory(prefix="huiyin-attack-") as folder:
        try:
            play(Path(folder) / "run")
        except AssertionError as error:
            wrong.append(f"{name}: {str(error)[:200]}")


@attack(
    "a cut log, a bad page, an older file",
    kind=Kind.LOSS,
    issue=(21,),
    before="140 acknowledged items were gone, and audit said 没有丢失; tracebacks for bad pages",
)
def cut(target: Target, _dice: Random, size: Size) -> Result:
    """On homes of their own: each is reported by `huiyin audit` with status 1 and in words."""
    del target
    wrong: list[str] = []
    plays: list[tuple[str, Callable[[Path], str]]] = [
        ("log deleted", lambda folder: durability.cut_log(folder, "huiyin.db", "deleted")),
    ]
    if size is Size.FULL:
        plays += [
            ("log cut", lambda folder: durability.cut_log(folder, "huiyin.db", "truncated")),
            ("desk's log", lambda folder: durability.cut_log(folder, "desk.db", "deleted")),
            ("bad page", lambda folder: durability.bad_page(folder, "huiyin.db")),
            ("desk's bad page", lambda folder: durability.bad_page(folder, "desk.db")),
            ("older file", durability.older_file),
            ("full disk", durability.full_disk),
        ]
    for name, play in plays:
        _play(name, play, wrong)
    return Result("reported", wrong, f"{len(plays)} plays")


@attack(
    "another account of the machine looks around",
    kind=Kind.SECRECY,
    issue=(21,),
    before="drop/*/done, exports/ and papers/ could be read by everybody",
)
def modes(target: Target, dice: Random, _size: Size) -> Result:
    """After files came in, an export and a paper were made: nothing is open to others."""
    drop = target.home / "drop" / "board"
    drop.mkdir(parents=True, exist_ok=True)
    source = target.home.parent / "来信.csv"
    source.write_text(
        "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间,点赞数,反对数\n"
        f"M{dice.randrange(10**9)},王女士,路灯,2026-03-05 10:11:08,东门路灯不亮,,,0,0\n",
        "utf-8",
    )
    source.chmod(0o644)
    target.huiyin("ingest", str(source), "--source", "board-export")
    out = target.home / "台账.csv"
    target.huiyin("export", "ledger", "--format", "csv", "--out", str(out))
    target.huiyin("report", "weekly")
    open_to_others = [
        f"{path.relative_to(target.home)} {stat.filemode(path.stat().st_mode)}"
        for path in (target.home, *target.home.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    return Result("0700/0600", open_to_others)
