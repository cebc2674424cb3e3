"""What to look at once a year of who may come in: accounts, roles, second steps, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.second_factor import SecondFactor
from desk.accounts.tokens import Token, Tokens
from desk.annual_review.look import Look, counted
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.phrasing.vocabulary import ROLES

UNUSED: Final = timedelta(days=90)
_FULL_SIGHT: Final = (Role.DESK,)
"""Who sees who wrote in every case (`cases.privacy.visibility.sight_of`)."""


def account_looks(desk: DeskContext, now: datetime) -> tuple[Look, ...]:
    people = [one for one in desk.get(Accounts).all() if not (one.disabled or one.demo)]
    return (
        _unused(desk, people, now),
        _full_sight(people),
        _second_factor(desk, people),
        _passwords(desk, people),
        _tokens(desk, now),
    )


def _unused(desk: DeskContext, people: Sequence[Account], now: datetime) -> Look:
    signed = desk.trail.newest_of(AuditAction.SIGN_IN)
    for token in desk.get(Tokens).all():
        name, used = token.account.lower(), token.last_used
        if used is not None and (name not in signed or signed[name] < used):
            signed[name] = used
    unused = [one for one in people if now - signed.get(one.id.lower(), one.created) > UNUSED]
    return Look(
        id="unused",
        title="90 天没有用过的账号",
        figure=counted("个", [one.id for one in unused]),
        ask="人已经走了的，停用；还在的，问一问为什么不用。",
        href="/admin/accounts",
        attention=bool(unused),
    )


def _full_sight(people: Sequence[Account]) -> Look:
    full = [one for one in people if one.role in _FULL_SIGHT]
    by_role = "，".join(
        f"{ROLES[role]} {sum(one.role is role for one in people)}"
        for role in Role
        if any(one.role is role for one in people)
    )
    return Look(
        id="full-sight",
        title="看得到全部原文的账号",
        figure=f"{counted('个', [one.id for one in full])}；各角色：{by_role or '没有账号'}",
        ask="是不是都在值班台做事，角色还对不对。",
        href="/admin/accounts",
    )


def _second_factor(desk: DeskContext, people: Sequence[Account]) -> Look:
    factor = desk.get(SecondFactor)
    missing = [one for one in people if one.has_password and not factor.has(one.id)]
    strong = [one for one in missing if one.role in (Role.ADMIN, *_FULL_SIGHT)]
    required = "、".join(ROLES[role] for role in desk.card.second_factor) or "没有"
    return Look(
        id="second-factor",
        title="没有启用两步验证的账号",
        figure=f"{len(missing)} 个，其中值班台和管理员 "
        f"{counted('个', [one.id for one in strong])}；必须启用的角色：{required}",
        ask="管理员和值班台应该启用；要强制的写在 office.toml 的 second_factor。",
        href="/admin/accounts",
        attention=bool(strong),
    )


def _passwords(desk: DeskContext, people: Sequence[Account]) -> Look:
    first = [one for one in people if one.must_change]
    over = [one for one in people if one.password_over]
    days = desk.card.password_days
    return Look(
        id="passwords",
        title="初始密码没有改、密码到期的账号",
        figure=f"没有改 {counted('个', [one.id for one in first])}；"
        f"到期 {len(over)} 个（{f'{days} 天一换' if days else '没有规定多久一换'}）",
        ask="发了密码没有来登录的，收回或停用。",
        href="/admin/accounts",
        attention=bool(first),
    )


def _tokens(desk: DeskContext, now: datetime) -> Look:
    valid = [one for one in desk.get(Tokens).all() if one.revoked is None and one.expires > now]
    idle = [one for one in valid if now - (one.last_used or one.created) > UNUSED]
    alone = [one for one in valid if one.foreign]
    last = f"，最晚的 {max(one.expires for one in valid):%Y-%m-%d} 到期" if valid else ""
    return Look(
        id="tokens",
        title="接口令牌",
        figure=f"有效 {len(valid)} 个{last}；90 天没有用的 {_numbers(idle)}；"
        f"别人单独添加的 {_numbers(alone)}",
        ask="没有不到期的令牌（至多一年）。不用的吊销。",
        href="/admin/tokens",
        attention=bool(idle or alone),
    )


def _numbers(tokens: Sequence[Token]) -> str:
    return counted("个", [f"第 {one.id} 号" for one in tokens])
