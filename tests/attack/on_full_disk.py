"""No room: what every door and every person is answered, and what is there afterwards."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from cases.words.actors import Role
from tests.attack.on_secrecy import pushed
from tests.attack.people import Answer, Visitor, coded, page_visitor, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.doors.office import until, wechat_message, wechat_query
from tests.small_disk import Disk, LimitedProcess, may_mount, mounted
from tests.standins.hotline_platform import order

_ROW = (
    "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间,点赞数,反对数\n"
    "{},王女士,路灯,2026-03-05 10:11:08,东门路灯不亮,,,0,0\n"
)
_PATIENCE = 150.0
"""Seconds until what was refused goes on by itself: a loop looks again after a minute at most."""


@attack(
    "a full disk",
    kind=Kind.LOSS,
    issue=(21,),
    before="500 and a traceback for an action of the interface",
)
def full_disk(target: Target, dice: Random, size: Size) -> Result:
    """Doors, pages, interface and commands while nothing can be written, and when it can be again;
    in full size on a small disk of its own too."""
    wrong = play(target, LimitedProcess(target.home, target.watched.pid), dice)
    plays = 1
    if size is Size.FULL and may_mount():
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="huiyin-attack-")))
            disk = stack.enter_context(mounted(folder / "disk", 24))
            small = Target(disk.folder)
            stack.callback(small.close)
            wrong += [f"mounted: {each}" for each in play(small, disk, dice)]
            plays += 1
    return Result("503/507", wrong, f"{plays} plays")


def play(target: Target, disk: Disk, dice: Random) -> list[str]:
    wrong: list[str] = []
    first = dice.randrange(10**7)
    case_id = pushed(target, f"2607{first:08}", 市民诉求="小区停水两天")
    desk, clerk = token_visitor(target, Role.DESK), page_visitor(target, Role.DESK)
    desk.arrived(case_id)
    for path in ("/", "/ledger", "/duty", "/register", f"/cases/{coded(case_id)}"):
        clerk.get(path)
    waiting = disk.folder / f"来信{first}.csv"
    waiting.write_text(_ROW.format(f"D{first}"), "utf-8")
    drop = target.home / "drop" / "board"
    drop.mkdir(parents=True, exist_ok=True)
    kept: set[str] = set()
    try:
        disk.fill()
        waiting.rename(drop / waiting.name)
        _doors(target, first, wrong)
        for number in range(60):  # a few still fit into the last page
            text = f"记事{first}之{number}号"
            answer = desk.act(case_id, "log_contact", text=text)
            if answer.status == 200:
                kept.add(text)
            else:
                _refused("interface", answer, wrong)
        if len(kept) == 60:
            wrong.append("the disk was never full")
        _pages(clerk, case_id, first, wrong)
        until(
            lambda: "磁盘" in clerk.get("/ledger").text,
            "it is said on every page",
            _PATIENCE,
        )
        _commands(target, disk, wrong)
    finally:
        disk.clear()
    until(lambda: desk.case(f"board-export:D{first}").status == 200, "the file is read", _PATIENCE)
    until(lambda: clerk.get("/healthz").status == 200, "all is well again", _PATIENCE)
    after = pushed(target, f"2608{first:08}", 市民诉求="小区停电")
    desk.arrived(after)
    history = desk.get(f"/api/v1/cases/{coded(case_id)}/history?limit=200").text
    wrong += [f"{text} is gone" for text in kept if text not in history]
    status, printed = target.huiyin("audit")
    if status != 0:
        wrong.append(f"audit: {printed[-300:]}")
    if target.traceback():
        wrong.append(f"a traceback in the log: {target.log.read_text('utf-8')[-6000:]}")
    return wrong


_SAID = ("磁盘", "没有保存", "不能入库")


def _refused(who: str, answer: Answer, wrong: list[str]) -> None:
    if answer.status not in (503, 507) or not any(each in answer.text for each in _SAID):
        wrong.append(f"{who}: {answer.status} {answer.text[-200:]}")


def _doors(target: Target, first: int, wrong: list[str]) -> None:
    """Large enough that none fits into what is left of a page."""
    much = "小区停水两天，" * 3000
    body = f'[{{"id": "F{first}", "title": "路灯", "content": "{much}", "nickname": "网友"}}]'
    wechat = urlencode(wechat_query("wechat-token-9b1c"))
    for who, answer in (
        (
            "hotline",
            target.platform().call("/push/hotline", order(f"2609{first:08}", 市民诉求=much)),
        ),
        ("webhook", target.media(body.encode())),
        (
            "WeChat",
            Visitor(target).send(
                "POST", f"/push/wechat?{wechat}", wechat_message(first, much[:6000])
            ),
        ),
    ):
        _refused(who, answer, wrong)


def _pages(clerk: Visitor, case_id: str, first: int, wrong: list[str]) -> None:
    typed = {
        "channel": "来访",
        "received": "2026-03-05T09:30",
        "body": "电梯停了两天。" * 400,
        "author": "周晓岚",
        "phone": "13900012345",
        "form_id": f"{first:032x}",
    }
    boundary = "----huiyin"
    part = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{clerk.csrf}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n办理佐证\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode()
    upload = part + b"\x89PNG\r\n\x1a\n" + b"x" * 500_000 + f"\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    for who, answer in (
        ("登记来件", clerk.post("/register", **typed)),
        ("upload", clerk.send("POST", f"/uploads/{coded(case_id)}", upload, kind)),
        ("export", clerk.post("/ledger/export", format="xlsx")),
        ("交接", clerk.post("/duty/notes", text="交接事项" * 1000)),
        ("report", clerk.post("/reports/ledger", kind="week", period="2026-W10", format="csv")),
    ):
        _refused(who, answer, wrong)
    for path in ("/", "/ledger", f"/cases/{coded(case_id)}", "/duty", "/board"):
        answer = clerk.get(path)
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")


def _commands(target: Target, disk: Disk, wrong: list[str]) -> None:
    """Where the disk itself is full."""
    if isinstance(disk, LimitedProcess):
        return
    for command in (
        ("user", "add", "new-clerk", "--role", "desk", "--name", "王某"),
        ("backup", str(disk.folder / "backups")),
        ("export", "ledger", "--out", str(disk.folder / "ledger.jsonl")),
        ("report", "weekly", "--week", "2026-W10"),
        ("audit",),
        ("doctor",),
    ):
        status, printed = target.huiyin(*command)
        if "Traceback" in printed or (command[0] not in ("audit", "doctor") and status == 0):
            wrong.append(f"{' '.join(command)}: {status} {printed[-300:]}")
    wrong += [f"left behind: {left.name}" for left in disk.folder.rglob("*.half")]
