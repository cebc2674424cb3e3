"""`huiyin init`: the same set-up as in the browser, through the same services."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cases.privacy.masking import mask
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import Account, AccountError, plain_id
from desk.accounts.changes import Changes
from desk.accounts.wishes import AddAccount, Made
from desk.doctor.checks import examine
from desk.ground.console import Json, command_line, opened_desk, tell
from desk.ground.context import DeskContext
from desk.ground.settings import read_settings
from desk.setup.exports import Export, Exports
from desk.setup.fields import FIELD_WORDS
from desk.setup.own_source import Chosen
from desk.setup.people import People
from desk.setup.service import Setup
from streams.history import HistoryLine
from streams.sources.tables.guess import NOT_KEPT, GuessedColumn

_WORDS: Final = {word.removesuffix("（必选）"): field for field, word in FIELD_WORDS.items()}
_NOT_KEPT: Final = "不存"


def add_to(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    *,
    place: Annotated[str, typer.Option(help="本地全称，如 宁都县。")] = "",
    level: Annotated[str, typer.Option(help="县、区、旗、县级市、设区市；不给则由全称得出。")] = "",
    superior: Annotated[str, typer.Option(help="上一级，如 赣州市。")] = "",
    name: Annotated[str, typer.Option(help="本单位名称。")] = "",
    seal: Annotated[str, typer.Option(help="公文落款。")] = "",
    short: Annotated[str, typer.Option(help="文号用字，如 舆。")] = "",
    phone: Annotated[str, typer.Option(help="公文上的电话。")] = "",
    admin: Annotated[str, typer.Option(help="要建的管理员的登录名，得到一次性密码。")] = "",
    admin_name: Annotated[str, typer.Option(help="管理员的姓名。")] = "",
    units: Annotated[Path | None, typer.Option(help="单位表（Excel、CSV）。")] = None,
    people: Annotated[Path | None, typer.Option(help="人员表（Excel、CSV）。")] = None,
    templates: Annotated[
        Path | None, typer.Option(help="把单位表和人员表的模板写到这个文件夹。")
    ] = None,
    export: Annotated[Path | None, typer.Option(help="第一批来件：其他系统导出的文件。")] = None,
    channel: Annotated[str, typer.Option(help="这批来件的渠道，如 12345热线。")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(help="改正一列，可多次：列名=受理时间、列名=不存。", metavar="NAME=FIELD"),
    ] = None,
    archive: Annotated[bool, typer.Option("--archive", help="这批来件都是历史数据。")] = False,
    archive_before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="这一天以前收到的是历史数据。"),
    ] = None,
    look: Annotated[
        bool, typer.Option("--look", help="来件只看各列和前几行读出来的样子，不导入。")
    ] = False,
    as_json: Json = False,
) -> None:
    """设置本单位：地名、单位、人员和第一批来件；与网页上的设置相同。不给选项时逐项询问。"""
    if archive and archive_before is not None:
        raise typer.BadParameter("--archive 是整个文件，--archive-before 是其中一部分，只用一个。")
    done: dict[str, Any] = {}
    said: list[str] = []
    with opened_desk(read_settings()) as desk:
        with desk.acts.borrowed():
            pass  # an empty home gets its data file
        asked = not (place or admin or units or people or templates or export)
        if asked and sys.stdin.isatty():
            place, superior, name, admin, admin_name = _ask(desk)
        office = {"place": place, "level": level, "superior": superior, "name": name}
        office |= {"seal": seal, "short": short, "phone": phone}
        if any(office.values()):
            setup = desk.get(Setup)
            kept = {key: value or setup.office()[key] for key, value in office.items()}
            setup.name_office(command_line(), kept)
            done["place"] = desk.card.place
            said.append(f"本单位：{desk.card.place}，落款 {desk.card.sealed_by}")
        if templates is not None:
            done["templates"] = [str(each) for each in _write_templates(desk, templates)]
            said.append(f"模板：{'、'.join(done['templates'])}")
        if units is not None:
            plan = desk.get(Setup).take_units(command_line(), _there(units))
            done["units"] = plan.text
            said.append(f"单位表：{plan.text}")
        if admin:
            done["admin"] = _add_admin(desk, admin, admin_name or admin)
            said.append(f"管理员 {admin}，一次性密码：{done['admin']}（只显示这一次）")
        if people is not None:
            made = desk.get(People).add(_who(desk), _there(people), "", alone=True)
            done["people"] = {one.wish.account: one.password for one in made}
            said += [
                f"{one.wish.account}（{one.wish.name}）一次性密码：{one.password}" for one in made
            ]
        if export is not None:
            line = HistoryLine(archive_before.date() if archive_before else None)
            history = line if archive or archive_before else None
            told = _take_in(desk, export, channel, column or (), history, look=look)
            done["export"] = told
            said += told
    missing = [each for each in examine(read_settings()) if each.level != "ok"]
    done["missing"] = [each.text for each in missing]
    said += ["还缺：", *(f"  {each.text}" for each in missing)] if missing else ["没有缺的了。"]
    tell("\n".join([*said, "用 huiyin run 启动。"]), done, as_json=as_json)


def _ask(desk: DeskContext) -> tuple[str, str, str, str, str]:
    """At the terminal, one after the other; an empty answer leaves what is there."""
    card = desk.card
    place = typer.prompt("本地全称（如 宁都县）", default=card.place or None)
    superior = typer.prompt("上一级（如 赣州市；没有直接回车）", default=card.superior)
    name = typer.prompt("本单位名称（直接回车用自带的）", default="")
    admin = typer.prompt("要建的管理员的登录名（已有账号的直接回车）", default="")
    return place, superior, name, admin, typer.prompt("管理员的姓名") if admin else ""


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NotAllowed(f"没有文件 {path}。请核对路径。")
    return path


def _write_templates(desk: DeskContext, folder: Path) -> Iterator[Path]:
    made = (
        ("单位表.xlsx", desk.get(Setup).units_workbook()),
        ("人员表.xlsx", desk.get(People).template()),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in made:
            (folder / name).write_bytes(data)
            yield folder / name
    except OSError as error:
        raise NotAllowed(f"不能写 {folder}：{error.strerror}。请换一个文件夹") from None


def _who(desk: DeskContext) -> Account:
    actor = command_line().actor
    return Account(id=actor.id, name=actor.name, role=Role.ADMIN, created=desk.clock())


def _add_admin(desk: DeskContext, account: str, name: str) -> str:
    wish = AddAccount(account=plain_id(account), name=name, role=Role.ADMIN)
    try:
        (made,) = desk.get(Changes).ask_all(_who(desk), [wish], "", alone=True)
    except AccountError as error:
        raise NotAllowed(str(error)) from None
    return made.secret if isinstance(made, Made) else ""


def _take_in(
    desk: DeskContext,
    path: Path,
    channel: str,
    corrections: Sequence[str],
    history: HistoryLine | None,
    *,
    look: bool,
) -> list[str]:
    """What to tell, line by line. Raises `NotAllowed`."""
    exports, by = desk.get(Exports), command_line()
    with _there(path).open("rb") as data:
        found = exports.put(by, data, path.name)
    fields = _corrected(found, corrections)
    known = found.fitting[0] if found.fitting and not (channel or corrections) else ""
    words = {field: word for word, field in _WORDS.items()} | {NOT_KEPT: _NOT_KEPT, "": "附加信息"}
    said = [f"认得这个文件的来源：{known}"] if known else []
    if not known:
        said += [
            f"  {column.name} = {words[fields.get(at, '')]}（如 {_sample(column)}）"
            for at, column in enumerate(found.guess.columns)
        ]
    chosen = Chosen(source=known, channel=channel, fields=fields, history=history)
    trial = exports.attempt(by, found.token, chosen)
    said.append(f"前 {trial.read} 行，读得出来件的 {trial.read - trial.rejected} 行")
    if trial.history:
        said.append(f"其中 {trial.history} 件按历史数据收下")
    if trial.old:
        said.append(
            f"其中 {trial.old} 件是 60 天以前收到的，要照常办理、算逾期、发告警；"
            "已经办完的用 --archive 或 --archive-before"
        )
    said += [
        f"  {one.source_item_id} {one.received_at:%Y-%m-%d} {mask(one.title)}"
        for one in trial.items
    ]
    said += map(mask, trial.problems)
    if look:
        return said
    exports.take(by, found.token, chosen)
    exports.wait()
    result = found.result
    if result is None or result.error:
        raise NotAllowed(result.error if result else "没有导入。")
    counts = result.counts
    said.append(
        f"已导入（来源 {found.source}）：读到 {counts.read} 条，新事项 {counts.new}，"
        f"新版本 {counts.later}，未变化 {counts.unchanged}，死信 {counts.rejected}"
    )
    return said


def _sample(column: GuessedColumn) -> str:
    return mask(column.samples[0]) if column.samples else "空"


def _corrected(found: Export, corrections: Sequence[str]) -> dict[int, str]:
    fields = {at: column.field for at, column in enumerate(found.guess.columns)}
    names = {column.name: at for at, column in enumerate(found.guess.columns)}
    for each in corrections:
        name, _, word = each.rpartition("=")
        field = NOT_KEPT if word == _NOT_KEPT else _WORDS.get(word, "")
        if name not in names or not (field or word == "附加信息"):
            raise NotAllowed(
                f"--column 应为 列名=字段，实际是“{each}”。列名有：{'、'.join(names)}；"
                f"字段有：{'、'.join([*_WORDS, _NOT_KEPT, '附加信息'])}。"
            )
        if field:
            fields = {at: "" if one == field else one for at, one in fields.items()}
        fields[names[name]] = field
    return fields
