"""The first account of an empty home: made in the browser by who has the key that the program
printed where it was started."""

from __future__ import annotations

import hmac
import secrets
from threading import Lock
from typing import Final, Self

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.accounts.accounts import Account, AccountError, Accounts, plain_id
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.passwords import Busy, normal

FIRST_PAGE: Final = "/setup/first"
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that look alike."""
_MOST_WRONG: Final = 20


class FirstAccount:
    """Holds the key of this run: it is nowhere on the disk, and of no use once there is an
    account."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._lock = Lock()
        self._wrong = 0
        letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
        self.key: Final = "-".join(letters[at : at + 4] for at in range(0, 16, 4))

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    @property
    def wanted(self) -> bool:
        """Whether nobody was ever given an account here."""
        if self._desk.demo:
            return False
        return all(each.demo for each in self._desk.get(Accounts).all())

    def make(self, key: str, account_id: str, name: str, password: str, address: str) -> Account:
        """The first administrator. Raises `NotAllowed`."""
        with self._lock:
            if not self.wanted:
                raise NotAllowed("已经有账号了，请登录；忘记密码请在本机用 huiyin user password。")
            if self._wrong >= _MOST_WRONG:
                raise NotAllowed("设置码错了太多次，已作废。请重新启动回音，用新的设置码。")
            given = "".join(each for each in key.upper() if each.isalnum())
            if not hmac.compare_digest(given.encode(), self.key.replace("-", "").encode()):
                self._wrong += 1
                raise NotAllowed("设置码不对。它显示在启动回音的窗口里（4 组，每组 4 个字符）。")
            account = Account(
                id=plain_id(account_id),
                name=name.strip(),
                role=Role.ADMIN,
                created=self._desk.clock(),
            )
            try:
                self._desk.get(Accounts).add(account, password)
            except AccountError as problem:
                raise NotAllowed(str(problem)) from None
            except Busy:
                raise NotAllowed("现在太忙，请稍等片刻再试。") from None
        self._desk.trail.record(
            self._desk.clock(), account.id, AuditAction.ACCOUNT, account.id,
            "第一个管理员，凭设置码建立", address,
        )  # fmt: skip
        return account


def same(first: str, again: str) -> None:
    """Raises `NotAllowed`."""
    if normal(first) != normal(again):
        raise NotAllowed("两次输入的密码不一样。")
    if not first:
        raise NotAllowed("请填写密码。")
