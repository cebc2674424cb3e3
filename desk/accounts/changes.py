"""Changes that give a person the rights of another: two people make them (双人确认).

Who may make accounts, set passwords and mint tokens could otherwise read as another person
what the own role is denied: an administrator sees nothing of a confidential case, and could
sign in as the desk. So one person asks, a second one agrees, and only the second sees the new
password or token. The trail names both.

Where nobody else has ever been given an account that could agree, the first administrator
works alone, and the trail says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Self

import msgspec
from msgspec.structs import replace

from cases.words.actors import Role
from desk.accounts.accounts import Account, AccountError, Accounts, check
from desk.accounts.tokens import Tokens, check_token
from desk.accounts.wishes import (
    SECONDERS,
    AddAccount,
    Asked,
    ChangeAccount,
    Made,
    MakeToken,
    ResetPassword,
    Wish,
    may_agree,
    read_asked,
    told_of,
)
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.passwords import made_up

LASTS: Final = timedelta(days=7)
"""After that a request is asked anew: who agrees should know what it is about."""
MOST_WAITING: Final = 200

_STEPS = (
    """
    CREATE TABLE account_requests (
        number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL COLLATE NOCASE,
        wish BLOB NOT NULL, asked_by TEXT NOT NULL COLLATE NOCASE, asked_at TEXT NOT NULL,
        decided_by TEXT, decided_at TEXT, agreed INTEGER
    )
    """,
)


class Changes:
    def __init__(
        self,
        file: DeskFile,
        accounts: Accounts,
        tokens: Tokens,
        trail: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        """`clock`: the office's, for the trail; requests end by that of the tokens."""
        self._file = file
        self._accounts = accounts
        self._tokens = tokens
        self._trail = trail
        self._clock = clock
        file.ensure("account-requests", _STEPS)

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk.file, desk.get(Accounts), desk.get(Tokens), desk.trail, desk.clock)

    def ask(self, by: Account, wish: Wish, address: str, through: str = "") -> Made | Asked:
        """Carries it out, or writes it down for a second person to agree to. `through`: of a
        program, with whose token, in words for the trail.

        Raises `AccountError`, `TokenError` and `Busy`."""
        self.check(by, wish)
        if not self.needs_second(by, wish):
            own = wish.account.lower() == by.id.lower()
            alone = "" if own or isinstance(wish, ChangeAccount) else "（没有第二人可以确认）"
            made = self._carry_out(wish, by.id, "")
            self._note(by.id, wish, f"{told_of(wish)}{alone}{through}", address)
            return made
        now = self._tokens.clock()
        with self._file.writing() as db:
            (waiting,) = db.execute(
                "SELECT count(*) FROM account_requests WHERE decided_at IS NULL AND asked_at > ?",
                ((now - LASTS).isoformat(),),
            ).fetchone()
            if waiting >= MOST_WAITING:
                raise AccountError(f"已有 {waiting} 项在等待第二人确认，请先处理。")
            number = db.execute(
                "INSERT INTO account_requests (account, wish, asked_by, asked_at) "
                "VALUES (?, ?, ?, ?)",
                (wish.account, msgspec.json.encode(wish), by.id, now.isoformat()),
            ).lastrowid
        self._note(by.id, wish, f"提出：{told_of(wish)}，待第二人确认{through}", address)
        return Asked(number=number or 0, wish=wish, asked_by=by.id, asked_at=now)

    def ask_all(
        self, by: Account, wishes: Sequence[AddAccount], address: str, *, alone: bool = False
    ) -> list[Made | Asked]:
        """As `ask` for a list of new accounts. Whether a second person has to agree is decided
        once: who comes with the list was not there to be asked. `alone`: nobody has to, for who has
        the machine. Raises as `ask`, of the list as a whole before anything was done."""
        for wish in wishes:
            self.check(by, wish)
        if not alone and any(self.needs_second(by, wish) for wish in wishes):
            if (waiting := len(self.waiting())) + len(wishes) > MOST_WAITING:
                raise AccountError(
                    f"要等第二人确认的最多 {MOST_WAITING} 项，已有 {waiting} 项，这里又有 "
                    f"{len(wishes)} 项。请先处理一些，或分几次上传。"
                )
            return [self.ask(by, wish, address) for wish in wishes]
        done: list[Made | Asked] = []
        for wish in wishes:
            done.append(self._carry_out(wish, by.id, ""))
            why = "" if alone else "（没有第二人可以确认）"
            self._note(by.id, wish, f"{told_of(wish)}{why}", address)
        return done

    def needs_second(self, by: Account, wish: Wish) -> bool:
        match wish:
            case MakeToken(account=account) if account.lower() == by.id.lower():
                return False
            case ChangeAccount():
                before = self._accounts.get(wish.account)
                if before and (before.role, before.unit) == (wish.role, wish.unit):
                    return False
        # Accounts are never deleted, so nobody gets rid of the second person by disabling.
        return any(
            other.id.lower() != by.id.lower() and other.role in SECONDERS and other.demo == by.demo
            for other in self._accounts.all()
        )

    def waiting(self) -> list[Asked]:
        """The oldest first."""
        since = (self._tokens.clock() - LASTS).isoformat()
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT number, wish, asked_by, asked_at FROM account_requests "
                "WHERE decided_at IS NULL AND asked_at > ? ORDER BY number",
                (since,),
            ).fetchall()
        return [read_asked(row) for row in rows]

    def waiting_for(self, person: Account) -> list[Asked]:
        """What this person may agree to."""
        return [asked for asked in self.waiting() if may_agree(person, asked)]

    def agree(self, by: Account, number: int, address: str) -> Made:
        """Raises as `ask`."""
        asked = self._open(by, number)
        asker = self._accounts.usable(asked.asked_by)
        if asker is None or asker.role is not Role.ADMIN:
            raise AccountError("提出的人已经不是管理员，不能再确认；请另一位管理员重新提出。")
        self.check(asker, asked.wish)
        self._decide(by, number, agreed=True)
        made = self._carry_out(asked.wish, asker.id, by.id)
        both = f"{asker.id} 提出，{by.id} 确认"
        self._note(by.id, asked.wish, f"{told_of(asked.wish)}（{both}）", address)
        return made

    def refuse(self, by: Account, number: int, address: str) -> None:
        """By who may agree, or taken back by who asked. Raises `AccountError`."""
        asked = self._open(by, number, also_asker=True)
        self._decide(by, number, agreed=False)
        told = f"不同意：{told_of(asked.wish)}（{asked.asked_by} 提出）"
        self._note(by.id, asked.wish, told, address)

    def _open(self, by: Account, number: int, *, also_asker: bool = False) -> Asked:
        """Raises `AccountError`."""
        asked = next((each for each in self.waiting() if each.number == number), None)
        if asked is None:
            raise AccountError("没有这项申请，或已经处理、已经过期。")
        own = asked.asked_by.lower() == by.id.lower()
        if not may_agree(by, asked) and not (also_asker and own):
            raise AccountError("要由提出人和当事人以外的值班台、领导或管理员确认；令牌由本人确认。")
        return asked

    def _decide(self, by: Account, number: int, *, agreed: bool) -> None:
        """Once: two who press at the same moment carry it out once. Raises `AccountError`."""
        with self._file.writing() as db:
            done = db.execute(
                "UPDATE account_requests SET decided_by = ?, decided_at = ?, agreed = ? "
                "WHERE number = ? AND decided_at IS NULL",
                (by.id, self._tokens.clock().isoformat(), agreed, number),
            )
            if not done.rowcount:
                raise AccountError("别人刚刚处理过这项申请。")

    def check(self, by: Account, wish: Wish) -> None:
        """Raises `AccountError`."""
        target = self._accounts.get(wish.account)
        own = wish.account.lower() == by.id.lower()
        if isinstance(wish, AddAccount):
            check(self._made(wish))
            if target is not None:
                raise AccountError(f"已有名为“{wish.account}”的账号，请换一个登录名。")
            return
        if target is None:
            raise AccountError(f"没有名为“{wish.account[:80]}”的账号。")
        if by.demo and not target.demo:
            raise AccountError("示例账号不能改真实的账号。")
        match wish:
            case ChangeAccount():
                check(replace(target, name=wish.name, role=wish.role, unit=wish.unit))
                if own and (target.role, target.unit) != (wish.role, wish.unit):
                    raise AccountError("不能改自己的角色和单位，请让另一位管理员来改。")
            case ResetPassword() if own:
                raise AccountError("自己的密码请在右上角“修改密码”里改。")
            case MakeToken():
                check_token(wish.name, wish.days)
                if self._accounts.usable(wish.account) is None:
                    raise AccountError("这个账号已停用，不能添加令牌。")

    def _carry_out(self, wish: Wish, asked_by: str, agreed_by: str) -> Made:
        match wish:
            case AddAccount():
                word = made_up(wish.account) if wish.with_password else ""
                self._accounts.add(self._made(wish), word)
                return Made(wish=wish, secret=word)
            case ChangeAccount():
                before = self._accounts.get(wish.account)
                if before is None:
                    raise AccountError(f"没有名为“{wish.account[:80]}”的账号。")
                self._accounts.change(
                    replace(before, name=wish.name, role=wish.role, unit=wish.unit)
                )
                return Made(wish=wish)
            case ResetPassword():
                word = made_up(wish.account)
                self._accounts.set_password(wish.account, word, must_change=True)
                return Made(wish=wish, secret=word)
            case MakeToken():
                _, word = self._tokens.make(
                    wish.account, wish.name, wish.scope, wish.days, asked_by, agreed_by
                )
                return Made(wish=wish, secret=word)

    def _made(self, wish: AddAccount) -> Account:
        return Account(
            id=wish.account,
            name=wish.name,
            role=wish.role,
            unit=wish.unit,
            must_change=wish.with_password,
            demo=wish.demo,
            created=self._clock(),
        )

    def _note(self, who: str, wish: Wish, detail: str, address: str) -> None:
        deed = AuditAction.TOKEN if isinstance(wish, MakeToken) else AuditAction.ACCOUNT
        self._trail.record(self._clock(), who, deed, wish.account, detail, address)
