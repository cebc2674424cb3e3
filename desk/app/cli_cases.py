"""Commands on one case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Final

import msgspec
import typer

from cases.life.handling import COMMANDS
from cases.record.commands import AnyCommand
from cases.words.actors import Actor, Role
from desk.accounts.accounts import Accounts
from desk.actions.acting import Acting
from desk.actions.menu import WORDS
from desk.api.cases import read_command
from desk.api.errors import ApiError
from desk.delivery.outbox import OutboxError, ReplyOutbox
from desk.delivery.service import delivery_log, finish_receipts
from desk.ground.console import Json, command_line, fail, moment, opened, opened_desk, tell
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.settings import Settings, read_settings
from sinks.delivery.base import Receipt
from sinks.delivery.log import SettleError
from streams.deliver_reply import NotSent

MaybeRole = Annotated[
    Role | None, typer.Option(help="以什么角色；不给则为账号的角色，没有这个账号则为值班台。")
]
By = Annotated[str, typer.Option(help="谁做的（账号）。")]
Unit = Annotated[str, typer.Option(help="以哪个单位（id）。")]
_ACTIONS: Final = "、".join(f"{name}（{WORDS[name]}）" for name in COMMANDS)


def add_to(app: typer.Typer) -> None:
    app.command()(act)
    app.command()(show)
    app.command()(deliver)
    app.command()(deliveries)
    app.command("settle-delivery")(settle_delivery)


def act(
    case_id: Annotated[str, typer.Argument(help="事项编号，如 board-export:2549。")],
    command: Annotated[str, typer.Argument(help=f"动作：{_ACTIONS}。")],
    arguments: Annotated[
        str, typer.Argument(help='动作的内容，JSON，如 {"lead": "住建局"}。')
    ] = "{}",
    by: By = "cli",
    role: MaybeRole = None,
    unit: Unit = "",
    action_id: Annotated[str, typer.Option(help="动作的编号；重复提交同一编号只算一次。")] = "",
) -> None:
    """对一件事项做一个办理动作（派单、签收、答复、办结……），与网页上的办理相同。"""
    if command not in COMMANDS:
        raise typer.BadParameter(f"没有“{command}”这个动作。可用的有：{_ACTIONS}")
    wanted = _command(command, arguments or "{}")
    with opened_desk(read_settings()) as desk:
        doer = doer_as(desk, by, role, unit)
        with desk.acts.borrowed() as runner:
            # What waits in the inbox may be the message that opens the case.
            runner.pump_all()
        done = desk.get(Acting).act(doer, case_id, wanted, action_id=action_id)
    for event in done.events:
        print(msgspec.json.encode(event.body).decode())


def _command(name: str, arguments: str) -> AnyCommand:
    try:
        given = msgspec.json.decode(arguments, type=dict[str, object])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise typer.BadParameter(
            f'应为 JSON 对象，如 {{"lead": "住建局"}}，实际不是（{error}）',
            param_hint="ARGUMENTS",
        ) from None
    try:
        return read_command(msgspec.json.encode({**given, "do": name}))
    except ApiError as error:
        said = "；".join(f"{one.where} {one.text}" for one in error.body.details)
        raise typer.BadParameter(f"{error}{said}", param_hint="ARGUMENTS") from None


def doer_as(desk: DeskContext, by: str, role: Role | None, unit: str) -> Doer:
    """The account of this name, or where there is none a person with this role and unit; who
    used the machine goes into the trail beside."""
    account = desk.get(Accounts).get(by)
    actor = Actor(id=by, role=role or Role.DESK, unit=unit)
    if account is not None:
        if account.disabled:
            fail(f"账号 {by} 已停用，不能以它办理。")
        actor = account.actor
        if (role or actor.role, unit or actor.unit) != (actor.role, actor.unit):
            fail(
                f"账号 {by} 的角色是 {actor.role}，单位是“{actor.unit}”，与 --role、--unit 不符。"
                "请去掉这两项，或换一个账号。"
            )
    return Doer(actor=actor, through=f"（{command_line().actor.id}）")


def show(case_id: Annotated[str, typer.Argument(help="事项编号。")]) -> None:
    """显示一件事项的全部内容和历史（JSON）。含个人信息，注意保管。"""
    with opened(read_settings()) as runner:
        case = runner.store.ledger.load([case_id]).get(case_id)
    if case is None:
        fail(f"没有编号为 {case_id} 的事项。")
    print(msgspec.json.format(msgspec.json.encode(case), indent=2).decode())


def deliver(
    case_id: Annotated[str, typer.Argument(help="事项编号。")],
    draft: Annotated[int, typer.Option(help="第几号答复稿；须已审核通过。")],
    field: Annotated[
        list[str] | None, typer.Option(help="平台表单要的其他内容，如 是否解决=是；可多次。")
    ] = None,
    proof: Annotated[
        str,
        typer.Option(
            help="已在来源平台人工答复：凭证（截图编号、网址、回执）。给出时只登记，不发送。"
        ),
    ] = "",
    at: Annotated[str, typer.Option(help="人工答复的时间；不给则为现在。只与 --proof 同用。")] = "",
    by: By = "cli",
    role: MaybeRole = None,
    unit: Unit = "",
    as_json: Json = False,
) -> None:
    """把审核通过的答复送给群众：从他来的渠道送回，至多一次；或登记人工答复。"""
    if at and not proof:
        raise typer.BadParameter("只用于登记人工答复，请同时给出 --proof", param_hint="--at")
    given_at = moment(at, "--at") if at else None
    fields = _fields(field or [])
    with _outbox(read_settings()) as desk:
        actor, outbox = doer_as(desk, by, role, unit).actor, desk.get(ReplyOutbox)
        if proof:
            sent = outbox.record(actor, case_id, draft, proof, given_at)
        else:
            sent = outbox.send_now(actor, case_id, draft, fields)
    outcome = sent.outcome
    if isinstance(outcome, Receipt):
        done = {"delivery_id": sent.delivery_id, "via": outcome.via, "reference": outcome.reference}
        tell(f"已送达（{outcome.via}）{outcome.reference}", done, as_json=as_json)
    else:
        fail(f"{outcome.detail}（送达编号 {sent.delivery_id}）")


def _fields(given: list[str]) -> dict[str, str]:
    fields = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name.strip() or not equals:
            raise typer.BadParameter(f"应为 名称=内容，实际是 {each!r}", param_hint="--field")
        fields[name.strip()] = value.strip()
    return fields


def deliveries(as_json: Json = False) -> None:
    """列出结果不明的送达：可能已送到，须由人核实，程序不会重发。"""
    settings = read_settings()
    unclear = delivery_log(settings).unclear(now=settings.clock())
    if as_json:
        print(msgspec.json.encode(unclear).decode())
        return
    for state in unclear:
        print(f"{state.since:%m-%d %H:%M}  {state.delivery_id}  {state.case_id}  {state.door}")
    if not unclear:
        print("没有结果不明的送达。")


def settle_delivery(
    delivery: Annotated[str, typer.Argument(help="送达编号（huiyin deliveries 列出）。")],
    proof: Annotated[str, typer.Option(help="依据：截图编号、平台回执或通话记录。")],
    by: By = "",
    delivered: Annotated[
        bool, typer.Option("--delivered/--not-delivered", help="核实的结果。")
    ] = True,
    as_json: Json = False,
) -> None:
    """登记一次结果不明的送达：经人核实，送到了还是没送到。"""
    with _outbox(read_settings()) as desk:
        actor = doer_as(desk, by, None, "").actor
        desk.get(ReplyOutbox).settle_delivery(actor, delivery, delivered=delivered, proof=proof)
    tell("已登记。", {"delivery_id": delivery, "delivered": delivered}, as_json=as_json)


@contextmanager
def _outbox(settings: Settings) -> Iterator[DeskContext]:
    """The desk, with what waits carried out and what was sent before told to its cases; what
    the outbox refuses ends the command."""
    with opened_desk(settings) as desk:
        with desk.acts.borrowed() as runner, closing(delivery_log(settings)) as log:
            runner.pump_all()
            finish_receipts(runner, log)
        try:
            yield desk
        except (NotSent, SettleError, OutboxError) as reason:
            fail(str(reason))
