"""Switching accounts off and on: what one administrator may do alone, by page, interface and
`huiyin user`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Self

from msgspec.structs import replace

from desk.accounts.accounts import Account, AccountError, Accounts
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere


class Switches:
    """Every method raises `AccountError`, and `NotThere` for an account that is none; what was
    done stands in the trail. That only an administrator asks is for the caller to see to."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        factors: SecondFactor,
        trail: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._factors = factors
        self._trail = trail
        self._clock = clock

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(
            desk.get(Accounts), desk.get(Sessions), desk.get(SecondFactor), desk.trail, desk.clock
        )

    def disable(self, by: Doer, account_id: str) -> None:
        account = self.may_disable(by, account_id)
        self._accounts.change(replace(account, disabled=True))
        self._note(by, account, "停用")

    def may_disable(self, by: Doer, account_id: str) -> Account:
        account = self._known(by, account_id)
        if account.id.lower() == by.actor.id.lower():
            raise AccountError("不能停用自己的账号，请让另一位管理员来做。")
        return account

    def enable(self, by: Doer, account_id: str) -> None:
        account = self._known(by, account_id)
        self._accounts.change(replace(account, disabled=False))
        self._note(by, account, "恢复")

    def unlock(self, by: Doer, account_id: str) -> None:
        account = self._known(by, account_id)
        self._accounts.unlock(account.id)
        self._note(by, account, "解锁")

    def end_sessions(self, by: Doer, account_id: str) -> None:
        account = self._known(by, account_id)
        self._sessions.end_all(account.id)
        self._note(by, account, "退出全部会话")

    def drop_second_factor(self, by: Doer, account_id: str) -> None:
        """For who lost the phone and the recovery codes; the password stays what it was."""
        account = self._known(by, account_id)
        if account.id.lower() == by.actor.id.lower():
            raise AccountError("自己的两步验证请在“我的账号”里凭验证码停用。")
        if not self._factors.remove(account.id):
            raise AccountError("这个账号没有启用两步验证。")
        self._note(by, account, "解除两步验证")

    def _known(self, by: Doer, account_id: str) -> Account:
        account = self._accounts.get(account_id)
        if account is None:
            raise NotThere(f"没有名为“{account_id[:80]}”的账号。")
        asker = self._accounts.get(by.actor.id)
        if asker is not None and asker.demo and not account.demo:
            raise AccountError("示例账号不能改真实的账号。")
        return account

    def _note(self, by: Doer, account: Account, word: str) -> None:
        said = f"{word}{by.through}"
        action = AuditAction.ACCOUNT
        self._trail.record(self._clock(), by.actor.id, action, account.id, said, by.address)
