"""Commands on accounts and tokens."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer

from cases.words.actors import Role
from cases.words.times import beijing
from desk.accounts.accounts import Account, AccountError, Accounts
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions
from desk.accounts.switches import Switches
from desk.accounts.tokens import MOST_DAYS, Scope, TokenError, Tokens
from desk.ground import wiring
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.console import Json, command_line, fail, tell
from desk.ground.deskfile import DeskFile
from desk.ground.doer import Doer, NotThere
from desk.ground.office_settings import load_office_settings
from desk.ground.passwords import made_up
from desk.ground.settings import Settings, read_settings
from desk.phrasing.vocabulary import ROLES

user = typer.Typer(help="值班台的账号。", no_args_is_help=True)
token = typer.Typer(help="程序用的接口令牌。", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="登录名。")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读密码；不给则生成一个并打印。")
]


def add_to(app: typer.Typer) -> None:
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")


@user.command()
def add(
    account_id: Id,
    role: Annotated[Role, typer.Option(help="角色。")],
    name: Annotated[str, typer.Option(help="姓名。")],
    unit: Annotated[str, typer.Option(help="承办单位的 id（config/units.toml）。")] = "",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="只能通过统一身份认证登录，没有密码。")
    ] = False,
    password_stdin: FromStdin = False,
    as_json: Json = False,
) -> None:
    """添加账号；第一次登录要改密码。"""
    settings = read_settings()
    _check_unit(settings, unit)
    word, given = ("", True) if no_password else _password(account_id, from_stdin=password_stdin)
    if not no_password and not word:
        fail("没有读到密码。请在标准输入给出，或去掉 --password-stdin，由程序生成。")
    account = Account(
        id=account_id,
        name=name,
        role=role,
        unit=unit,
        must_change=not no_password,
        created=settings.clock(),
    )
    with _opened(settings) as file:
        try:
            _accounts(settings, file).add(account, word)
        except AccountError as error:
            fail(str(error))
        _note(settings, file, AuditAction.ACCOUNT, account_id, f"添加，角色 {ROLES[role]}")
    said = f"已添加账号 {account_id}（{ROLES[role]}）。" + _tell(word, given=given)
    done = {
        "account": account_id,
        "role": role,
        "unit": unit,
        "password": _shown(word, given=given),
    }
    tell(said, done, as_json=as_json)


@user.command()
def password(account_id: Id, password_stdin: FromStdin = False, as_json: Json = False) -> None:
    """重设密码并解锁；下次登录要改。已登录的会话全部退出。"""
    settings = read_settings()
    word, given = _password(account_id, from_stdin=password_stdin)
    with _opened(settings) as file:
        try:
            _accounts(settings, file).set_password(account_id, word, must_change=True)
        except AccountError as error:
            fail(str(error))
        _note(settings, file, AuditAction.ACCOUNT, account_id, "重设密码")
    said = f"已重设 {account_id} 的密码。" + _tell(word, given=given)
    done = {"account": account_id, "password": _shown(word, given=given)}
    tell(said, done, as_json=as_json)


@user.command()
def unlock(account_id: Id, as_json: Json = False) -> None:
    """多次输错密码后不必再等：从任何地方都可以马上再试。"""
    _switch(account_id, Switches.unlock)
    said = f"已解锁账号 {account_id}，现在就可以登录。"
    tell(said, {"account": account_id, "locked": False}, as_json=as_json)


@user.command("drop-second-factor")
def drop_second_factor(account_id: Id, as_json: Json = False) -> None:
    """解除两步验证：手机和备用码都丢了的人，下次只凭密码登录。"""
    _switch(account_id, Switches.drop_second_factor)
    said = f"已解除 {account_id} 的两步验证。请本人登录后重新启用。"
    tell(said, {"account": account_id, "second_factor": False}, as_json=as_json)


@user.command()
def disable(account_id: Id, as_json: Json = False) -> None:
    """停用账号；已登录的会话全部退出。"""
    _switch(account_id, Switches.disable)
    tell(f"已停用账号 {account_id}。", {"account": account_id, "disabled": True}, as_json=as_json)


@user.command()
def enable(account_id: Id, as_json: Json = False) -> None:
    """恢复停用的账号。"""
    _switch(account_id, Switches.enable)
    tell(f"已恢复账号 {account_id}。", {"account": account_id, "disabled": False}, as_json=as_json)


@user.command("list")
def list_users(as_json: Json = False) -> None:
    """列出账号。"""
    settings = read_settings()
    with _opened(settings) as file:
        found = _accounts(settings, file).all()
        if as_json:
            told = [
                {"id": one.id, "name": one.name, "role": one.role, "unit": one.unit}
                | {"marks": marks(one)}
                for one in found
            ]
            print(msgspec.json.encode(told).decode())
            return
        for one in found:
            print("\t".join((one.id, one.name, ROLES[one.role], one.unit, "、".join(marks(one)))))


@token.command("add")
def add_token(
    account_id: Id,
    name: Annotated[str, typer.Option(help="用途，如 大屏。")],
    scope: Annotated[Scope, typer.Option(help="read 只读；act 也可以办理。")] = Scope.READ,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="有效天数。")] = 90,
    as_json: Json = False,
) -> None:
    """为一个账号添加接口令牌；只显示这一次。"""
    settings = read_settings()
    with _opened(settings) as file:
        found = _known(Accounts(file), account_id)
        try:
            number, word = Tokens(file).make(found.id, name, scope, days, command_line().actor.id)
        except TokenError as error:
            fail(str(error))
        _note(settings, file, AuditAction.TOKEN, found.id, f"添加第 {number} 号，{name}，{scope}")
    made = {"id": number, "account": found.id, "token": word}
    tell(f"已添加第 {number} 号令牌（只显示这一次）：{word}", made, as_json=as_json)


@token.command("list")
def list_tokens(as_json: Json = False) -> None:
    """列出接口令牌；令牌本身不保存，不能再显示。"""
    settings = read_settings()
    with _opened(settings) as file:
        tokens = Tokens(file)
        now = tokens.clock()
        if as_json:
            told = [
                {"id": one.id, "account": one.account, "name": one.name, "scope": one.scope}
                | {"expires": one.expires, "last_used": one.last_used, "revoked": one.revoked}
                for one in tokens.all()
            ]
            print(msgspec.json.encode(told).decode())
            return
        for one in tokens.all():
            state = "已吊销" if one.revoked else "已过期" if one.expires <= now else "有效"
            used = f"{beijing(one.last_used):%Y-%m-%d %H:%M}" if one.last_used else "从未使用"
            until = f"{beijing(one.expires):%Y-%m-%d}"
            print("\t".join((str(one.id), one.account, one.name, one.scope, state, until, used)))


@token.command("revoke")
def revoke_token(
    number: Annotated[int, typer.Argument(help="令牌的号。")], as_json: Json = False
) -> None:
    """吊销一个接口令牌，立即失效。"""
    settings = read_settings()
    with _opened(settings) as file:
        try:
            found = Tokens(file).revoke(number)
        except TokenError as error:
            fail(str(error))
        _note(settings, file, AuditAction.TOKEN, found.account, f"吊销第 {number} 号，{found.name}")
    said = f"已吊销第 {number} 号令牌（{found.account}，{found.name}）。"
    done = {"id": number, "account": found.account, "revoked": True}
    tell(said, done, as_json=as_json)


def marks(account: Account) -> list[str]:
    """What is special about an account, in words."""
    known = (
        ("停用", account.disabled),
        ("示例", account.demo),
        ("待改初始密码", account.must_change),
        ("密码到期", account.password_over),
        ("仅统一认证", not account.has_password),
        ("暂缓登录", account.locked_until is not None),
    )
    return [word for word, holds in known if holds]


def _switch(account_id: str, act: Callable[[Switches, Doer, str], None]) -> None:
    settings = read_settings()
    with _opened(settings) as file:
        switches = Switches(
            Accounts(file), Sessions(file), SecondFactor(file), AuditLog(file), settings.clock
        )
        try:
            act(switches, command_line(), account_id)
        except NotThere as problem:
            fail(f"{problem}现有的见 huiyin user list。")
        except AccountError as problem:
            fail(str(problem))


def _known(accounts: Accounts, account_id: str) -> Account:
    found = accounts.get(account_id)
    if found is None:
        fail(f"没有名为“{account_id}”的账号。现有的见 huiyin user list。")
    return found


@contextmanager
def _opened(settings: Settings) -> Iterator[DeskFile]:
    file = DeskFile(settings.desk_file)
    try:
        yield file
    finally:
        file.close()


def _accounts(settings: Settings, file: DeskFile) -> Accounts:
    """As the office will have passwords: none rests on its name, none is older than it says."""
    card = load_office_settings(settings)
    return Accounts(file, known=card.known_words, password_days=lambda: card.password_days)


def _check_unit(settings: Settings, unit: str) -> None:
    known = {one.id for one in wiring.build_router(settings).register}
    if unit and unit not in known:
        fail(f"单位表里没有“{unit}”。请用 config/units.toml 里的 id。")


def _password(account_id: str, *, from_stdin: bool) -> tuple[str, bool]:
    if not from_stdin:
        return made_up(account_id), False
    if sys.stdin.isatty():
        return getpass.getpass("密码："), True
    return sys.stdin.readline().rstrip("\r\n"), True


def _shown(word: str, *, given: bool) -> str | None:
    """A password that the program made up; None for one that the caller knows."""
    return None if given else word


def _tell(word: str, *, given: bool) -> str:
    return "" if given else f"初始密码：{word}（只显示这一次，请当面或用可靠的方式交给本人）"


def _note(settings: Settings, file: DeskFile, deed: AuditAction, about: str, detail: str) -> None:
    AuditLog(file).record(settings.clock(), command_line().actor.id, deed, about, detail)
