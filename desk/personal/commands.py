"""`huiyin person`: one person's data from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from desk.ground.console import Json, command_line, fail, opened, opened_desk, tell
from desk.ground.retention_table import read_retention
from desk.ground.settings import read_settings
from desk.personal.retention import expire, expired
from desk.personal.service import Persons, in_words
from huiyin.store.whole import whole

By = Annotated[str, typer.Option(help="谁；不给则为本机的用户。")]
Cases = Annotated[list[str], typer.Argument(help="事项编号，可以多个。", metavar="CASE_ID...")]


def add_to(app: typer.Typer) -> None:
    person = typer.Typer(help="个人信息：按人查找、导出、保全、删除。", no_args_is_help=True)
    app.add_typer(person, name="person")
    person.command("find")(find)
    person.command("export")(export)
    person.command("hold")(hold)
    person.command("release")(release)
    person.command("erase")(erase)
    app.command("retention")(retention)


def retention(
    run: Annotated[bool, typer.Option("--run", help="删除到期的；不给则只列出。")] = False,
    as_json: Json = False,
) -> None:
    """保存期限：列出已到期的事项，加 --run 删除其中的个人信息和来文。"""
    settings = read_settings()
    table = read_retention(settings)
    if not table.retention:
        fail("没有写保存期限。请在 config/retention.toml 里写 [[retention]]，文件里有例子。")
    with opened(settings) as runner:
        lines = [
            {
                "case_id": one.case.case_id,
                "rule": one.rule,
                "ended": f"{one.ended:%Y-%m-%d}",
                "refusal": one.refusal,
            }
            for one in expired(runner.store.ledger, table, runner.clock())
        ]
        done = expire(settings, runner, table) if run else 0
    if as_json:
        print(msgspec.json.encode({"expired": lines, "erased": done}).decode())
        return
    for line in lines:
        stays = f"  留下：{line['refusal']}" if line["refusal"] else ""
        print(f"{line['case_id']}  {line['ended']} 办结  {line['rule']}{stays}")
    print(f"到期 {len(lines)} 件，{f'已删除 {done} 件' if run else '没有删除；加 --run 删除'}。")


def find(
    reason: Annotated[str, typer.Option(help="依据，如申请表编号；记入操作日志。")],
    name: Annotated[str, typer.Option(help="姓名。")] = "",
    phone: Annotated[str, typer.Option(help="电话。")] = "",
    other: Annotated[str, typer.Option(help="邮箱、证件号或事项编号。")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """列出可能是这个人的事项，由人核对后再导出或删除。"""
    with opened_desk(read_settings()) as desk:
        lines = desk.get(Persons).find(command_line(by), name, phone, other, reason)
    if as_json:
        print(msgspec.json.encode(lines).decode())
        return
    for line in in_words(lines):
        print(line)
    if not lines:
        print("没有找到。换一项再找，如电话或证件号。")


def export(
    case_ids: Cases,
    out: Annotated[Path, typer.Option(help="写到哪个文件。")],
    reason: Annotated[str, typer.Option(help="依据，如申请表编号；记入操作日志。")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """把选定事项里本人的信息写成一个文件，交给本人。"""
    with opened_desk(read_settings()) as desk:
        text = desk.get(Persons).export(command_line(by), case_ids, reason)
    with whole(out) as written:
        written.write_text(text, "utf-8")
    told = f"已写到 {out}。其中有个人信息，只交给本人。"
    tell(told, {"file": str(out), "cases": case_ids}, as_json=as_json)


def hold(
    case_ids: Cases,
    reason: Annotated[str, typer.Option(help="理由和依据，如诉讼案号。")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """保全：解除以前不得删除。"""
    with opened_desk(read_settings()) as desk:
        desk.get(Persons).hold(command_line(by), case_ids, reason)
    tell(f"已保全 {len(case_ids)} 件。", {"held": case_ids}, as_json=as_json)


def release(
    case_ids: Cases,
    reason: Annotated[str, typer.Option(help="为什么可以解除。")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """解除保全。"""
    with opened_desk(read_settings()) as desk:
        desk.get(Persons).release(command_line(by), case_ids, reason)
    tell(f"已解除保全 {len(case_ids)} 件。", {"released": case_ids}, as_json=as_json)


def erase(
    case_ids: Cases,
    yes: Annotated[
        bool, typer.Option("--yes", help="已核对清单，确认删除；删除后不能恢复。")
    ] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """删除选定事项里的个人信息和来文，编号、单位、时间和统计留下。"""
    if not yes:
        fail(f"将删除 {len(case_ids)} 件的个人信息和来文，不能恢复。核对后加 --yes 再运行。")
    with opened_desk(read_settings()) as desk:
        done = desk.get(Persons).erase(command_line(by), case_ids)
    lines = [f"已删除 {len(done.erased)} 件：{'、'.join(done.erased) or '无'}"]
    lines += [f"没有删除 {case_id}：{why}" for case_id, why in done.refused.items()]
    lines += ["仍可能留有的：", *(f"  · {line}" for line in done.kept)]
    tell("\n".join(lines), done, as_json=as_json)
    if done.refused:
        raise SystemExit(1)
